"""Messages, the addresses people gave, the channels a town opened, and what went out through them."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from zerentian.core import clock
from zerentian.core.ids import new_id
from zerentian.people.models import Account
from zerentian.people.rules import Right


class Channel(models.TextChoices):
    """A way out of the platform."""

    EMAIL = "email", "电子邮件"
    WECOM_APP = "wecom_app", "企业微信应用消息"
    WECOM_ROBOT = "wecom_robot", "企业微信群机器人"


PERSONAL = (Channel.EMAIL, Channel.WECOM_APP)
"""Channels that reach one person; the robot reaches a group."""
PERSONAL_CHOICES = [(one.value, one.label) for one in PERSONAL]


class Kind(models.TextChoices):
    """What a message is about."""

    TODO = "todo", "待办"
    DUE = "due", "到期提醒"
    LATE = "late", "逾期"
    RESULT = "result", "结果"
    NOTICE = "notice", "通知"
    TEST = "test", "测试"


class MessageQuerySet(models.QuerySet["Message"]):
    """Messages, as far as one may see them."""

    def visible_to(self, account: Account) -> MessageQuerySet:
        """One's own, from the moment for which they were meant."""
        return self.filter(account=account, not_before__lte=clock.now())

    def unread(self) -> MessageQuerySet:
        """Those not opened yet."""
        return self.filter(read_at=None)


class Message(models.Model):
    """Something told to an account. Under one key an account is told once, whatever happens."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    account = models.ForeignKey(Account, models.CASCADE, related_name="messages")
    town = models.CharField("镇", max_length=12, blank=True)
    key = models.CharField(max_length=200)
    kind = models.CharField("类别", max_length=10, choices=Kind)
    title = models.CharField("标题", max_length=200)
    body = models.TextField("内容", blank=True)
    url = models.CharField(max_length=400, help_text="a path within the site")
    urgent = models.BooleanField("紧急", default=False)
    created = models.DateTimeField("建立时间", default=clock.now)
    not_before = models.DateTimeField("时间", default=clock.now)
    read_at = models.DateTimeField("打开时间", null=True, blank=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["account", "key"], name="told_once"),)
        indexes = (
            models.Index(fields=["account", "not_before"]),
            models.Index(fields=["account", "not_before"], condition=Q(read_at=None), name="unread_messages"),
        )
        ordering = ("-not_before", "-id")

    def __str__(self) -> str:
        return self.title


class AddressQuerySet(models.QuerySet["Address"]):
    """Addresses, as far as one may see them."""

    def visible_to(self, account: Account) -> AddressQuerySet:
        """One's own."""
        return self.filter(account=account)


class Address(models.Model):
    """Where an account is reached through a channel."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="addresses")
    channel = models.CharField("渠道", max_length=12, choices=PERSONAL_CHOICES)
    address = models.CharField("地址", max_length=254)

    objects = AddressQuerySet.as_manager()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["account", "channel"], name="one_address_a_channel"),)


class TownChannelQuerySet(models.QuerySet["TownChannel"]):
    """A town's channels, as far as one may see them."""

    def visible_to(self, account: Account) -> TownChannelQuerySet:
        """Those of towns whose settings `account` manages."""
        return self.filter(account.scope(Right.MANAGE_SETTINGS).inside("town", "town"))


class TownChannel(models.Model):
    """A channel as a town uses it. `settings` holds the robot's key, or the corporation and application."""

    town = models.CharField("区划代码", max_length=12)
    channel = models.CharField("渠道", max_length=12, choices=Channel)
    is_on = models.BooleanField("开启", default=False)
    settings = models.JSONField(default=dict)

    objects = TownChannelQuerySet.as_manager()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["town", "channel"], name="one_channel_a_town"),)

    def __str__(self) -> str:
        return self.get_channel_display()


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    """What went out, as far as one may see it."""

    def visible_to(self, account: Account) -> DeliveryQuerySet:
        """Of towns whose settings `account` manages."""
        return self.filter(account.scope(Right.MANAGE_SETTINGS).inside("town", "town"))


class Delivery(models.Model):
    """A message on its way through a channel, or something told to a town's group (which has no message).

    `batch` names the letter in which it goes, alone or with others. `begun` is written before a robot is
    asked, in a transaction of its own.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "等待发送"
        SENT = "sent", "已发出"
        FAILED = "failed", "不能发送"
        GAVE_UP = "gave_up", "多次未成"
        UNSURE = "unsure", "不能确定"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    message = models.ForeignKey(Message, models.CASCADE, null=True, related_name="deliveries")
    channel = models.CharField("渠道", max_length=12, choices=Channel)
    town = models.CharField("镇", max_length=12)
    key = models.CharField(max_length=200)
    address = models.CharField("地址", max_length=254, blank=True)
    kind = models.CharField("类别", max_length=10, choices=Kind)
    title = models.CharField("标题", max_length=200)
    body = models.TextField("内容", blank=True)
    url = models.CharField(max_length=400)
    urgent = models.BooleanField("紧急", default=False)
    state = models.CharField("状态", max_length=10, choices=State, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField("已试次数", default=0)
    created = models.DateTimeField("建立时间", default=clock.now)
    next_try = models.DateTimeField("下次发送", default=clock.now)
    last_error = models.CharField("原因", max_length=200, blank=True)
    batch = models.UUIDField(null=True, editable=False)
    begun = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField("发出时间", null=True, blank=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["message", "channel"], name="one_delivery_a_channel"),
            models.UniqueConstraint(
                fields=["town", "channel", "key"], condition=Q(message=None), name="announced_once"
            ),
        )
        indexes = (
            models.Index(
                fields=["town", "channel", "address"], condition=Q(state="waiting"), name="waiting_deliveries"
            ),
            models.Index(fields=["town", "created"]),
        )
        ordering = ("-created", "-id")

    def __str__(self) -> str:
        return f"{self.get_channel_display()}（{self.get_kind_display()}）"

    @property
    def may_be_retried(self) -> bool:
        """Whether only an operator can send it now."""
        return self.state in (self.State.FAILED, self.State.GAVE_UP, self.State.UNSURE)

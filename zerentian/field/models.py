"""Devices that may speak for an account, photos on their way, and reports that found no place."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from zerentian.core import clock
from zerentian.core.ids import new_id
from zerentian.people.models import Account, Post
from zerentian.people.rules import Right
from zerentian.tickets.models import Ticket


class DeviceToken(models.Model):
    """A token bound to one device of one account. Only its hash is kept."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    account = models.ForeignKey(Account, models.CASCADE, related_name="device_tokens")
    device = models.CharField("设备", max_length=64)
    hash = models.CharField(max_length=64, unique=True)
    issued = models.DateTimeField("签发", default=clock.now)
    expires = models.DateTimeField("到期")
    ended = models.DateTimeField("结束", null=True)

    class Meta:
        ordering = ("-issued",)

    def __str__(self) -> str:
        return f"{self.account.name}的设备 {self.device}"

    @property
    def is_live(self) -> bool:
        """Whether it still speaks for its account."""
        return self.ended is None and self.expires > clock.now() and self.account.is_active


class Device(models.Model):
    """A phone of an account: how many reports it says it made, and how many of them came."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    account = models.ForeignKey(Account, models.CASCADE, related_name="devices")
    device = models.CharField("设备", max_length=64)
    made = models.PositiveIntegerField("已做报告", default=0)
    waiting = models.PositiveIntegerField("本机待上传", default=0)
    photos = models.PositiveIntegerField("本机待上传照片", default=0)
    seen = models.DateTimeField("最近联系", default=clock.now)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["account", "device"], name="one_device_an_account"),)


class Upload(models.Model):
    """The bytes of a photo as they come, whoever's report they belong to; joined by their SHA-256."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    account = models.ForeignKey(Account, models.PROTECT, related_name="uploads")
    sha256 = models.CharField(max_length=64)
    size = models.PositiveIntegerField("大小")
    arrived = models.PositiveIntegerField("已到", default=0)
    begun = models.DateTimeField("开始", default=clock.now)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["account", "sha256"], name="one_upload_a_photo"),)
        indexes = (models.Index(fields=["account", "begun"]),)


class HeldReportQuerySet(models.QuerySet["HeldReport"]):
    """Held reports, as far as one may see them."""

    def visible_to(self, account: Account) -> HeldReportQuerySet:
        """Those of towns and inspectors whose inspections one corrects; nobody sees those of his own."""
        scope = account.scope(Right.CORRECT_INSPECTIONS)
        ours = Post.objects.filter(scope.own("organisation_id"))
        seen = self.filter(scope.regions("town") | Q(account__in=ours.values("account")))
        return seen.exclude(account=account)


class HeldReport(models.Model):
    """A report that came but could not take its place: kept as it came until a person decides."""

    class Why(models.TextChoices):
        OTHER_BYTES = "other_bytes", "编号已有另一份报告"
        SIGNED_OUT = "signed_out", "账号或设备已停用"
        NOT_FITTING = "not_fitting", "与任务或标准不符"
        CLOCK = "clock", "手机时钟偏差超过一天"

    class State(models.TextChoices):
        OPEN = "open", "待处理"
        TAKEN = "taken", "已采用"
        REFUSED = "refused", "不采用"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    inspection = models.UUIDField("检查")
    account = models.ForeignKey(Account, models.PROTECT, related_name="+")
    town = models.CharField(max_length=12)
    device = models.CharField("设备", max_length=64)
    why = models.CharField("原因", max_length=12, choices=Why)
    problems = models.JSONField("问题", default=list, blank=True)
    digest = models.CharField(max_length=64)
    body = models.TextField("内容")
    received = models.DateTimeField("收到", default=clock.now)
    state = models.CharField("状态", max_length=8, choices=State, default=State.OPEN)
    decided_by = models.ForeignKey(Account, models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    answer = models.CharField("处理意见", max_length=500, blank=True)

    objects = HeldReportQuerySet.as_manager()

    class Meta:
        ordering = ("-received",)
        constraints = (
            models.UniqueConstraint(fields=["inspection", "digest"], name="one_held_report_a_digest"),
        )

    def __str__(self) -> str:
        return f"{self.account.name}的检查报告（{self.get_why_display()}）"


class TicketAct(models.Model):
    """An act with a ticket that a phone made, under the phone's own id: sent again it is known again."""

    id = models.UUIDField(primary_key=True, editable=False)
    account = models.ForeignKey(Account, models.PROTECT, related_name="+")
    device = models.CharField("设备", max_length=64)
    ticket = models.ForeignKey(Ticket, models.PROTECT, related_name="acts")
    move = models.CharField("事项", max_length=12)
    digest = models.CharField(max_length=64)
    body = models.TextField("内容")
    made = models.DateTimeField("手机上办理")
    received = models.DateTimeField("收到", default=clock.now)
    state = models.CharField("办理后状态", max_length=12, blank=True)

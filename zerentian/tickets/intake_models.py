"""Who sends problems to a town, and what its devices told."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.crypto import salted_hmac

from zerentian.core import clock
from zerentian.core.ids import new_id
from zerentian.evaluation.inputs import SOURCE_NAMES
from zerentian.people.models import Account
from zerentian.people.rules import Right
from zerentian.standards.loop_words import FURTHER_SOURCES

_SALT = "zerentian.tickets.sender"
_NAMES = {**SOURCE_NAMES, **FURTHER_SOURCES}
SENDER_SOURCES = tuple((one, _NAMES[one]) for one in ("city", "district", "leader", "public", "device"))
EVENT_FIELDS = {
    "event": "事件编号", "site": "点位编号或名称", "kind": "事件类型", "time": "发生时间", "words": "说明",
}  # fmt: skip
"""What is read of a device's event, and how our pages call it."""
USUAL_PATHS = {"event": "id", "site": "site", "kind": "type", "time": "time", "words": "message"}


class SenderQuerySet(models.QuerySet["Sender"]):
    """Senders, as far as one may see them."""

    def visible_to(self, account: Account, right: Right = Right.DISPATCH_TICKETS) -> SenderQuerySet:
        """Those of the towns whose problems one dispatches."""
        return self.filter(account.scope(right).regions("town"))


class Sender(models.Model):
    """Who sends problems to a town (来源单位): an office its lists, a system of devices its events.

    `columns` says which of the sender's headings holds what, `aliases` which site a name of the sender means
    (folded name to site id), `paths` where in a device's event what is, `classes` which problem class an
    event type is. A secret is not stored: it is made of the program's key and `secret_salt`, so that a copy
    of the database alone signs nothing; a new salt is a new secret.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    town = models.CharField(max_length=12)
    name = models.CharField("名称", max_length=100)
    source = models.CharField("来源", max_length=20, choices=SENDER_SOURCES)
    is_active = models.BooleanField("在用", default=True)
    columns = models.JSONField(default=dict, blank=True)
    aliases = models.JSONField(default=dict, blank=True)
    paths = models.JSONField(default=dict, blank=True)
    classes = models.JSONField(default=dict, blank=True)
    secret_salt = models.CharField(max_length=64, blank=True)
    secret_given = models.DateTimeField("密钥生成", null=True, blank=True)
    created = models.DateTimeField(default=clock.now)

    objects = SenderQuerySet.as_manager()

    class Meta:
        ordering = ("name",)
        constraints = (
            models.UniqueConstraint(fields=["town", "name"], name="one_sender_a_name"),
            models.CheckConstraint(condition=~Q(town=""), name="sender_of_a_town"),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def secret(self) -> str:
        """What its devices sign with; empty when none was given."""
        if not self.secret_salt:
            return ""
        said = f"{self.pk}|{self.secret_salt}"
        return salted_hmac(_SALT, said, settings.SECRET_KEY, algorithm="sha256").hexdigest()

    @property
    def is_device(self) -> bool:
        """Whether systems of devices send its problems."""
        return self.source == "device"


class DeviceEventQuerySet(models.QuerySet["DeviceEvent"]):
    """Events of devices, as far as one may see them."""

    def visible_to(self, account: Account, right: Right = Right.DISPATCH_TICKETS) -> DeviceEventQuerySet:
        """Those of the towns whose problems one dispatches."""
        return self.filter(account.scope(right).regions("sender__town"))


class DeviceEvent(models.Model):
    """What a device told, once for each of its ids, as it came; kept when no site of ours is known of it."""

    class State(models.TextChoices):
        TAKEN = "taken", "已立单"
        UNMATCHED = "unmatched", "待认领"
        DISMISSED = "dismissed", "不予处理"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    sender = models.ForeignKey(Sender, models.PROTECT, related_name="events", verbose_name="来源单位")
    event = models.CharField("事件编号", max_length=100)
    site_text = models.CharField("所报点位", max_length=200, blank=True)
    kind = models.CharField("事件类型", max_length=100, blank=True)
    words = models.CharField("说明", max_length=300, blank=True)
    found_at = models.DateTimeField("发生")
    received = models.DateTimeField("收到", default=clock.now)
    body = models.TextField()
    state = models.CharField("状态", max_length=10, choices=State, default=State.UNMATCHED)
    ticket = models.ForeignKey(
        "tickets.Ticket", models.PROTECT, null=True, blank=True, related_name="device_events"
    )
    decided_by = models.ForeignKey(Account, models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    answer = models.CharField("处理意见", max_length=500, blank=True)

    objects = DeviceEventQuerySet.as_manager()

    class Meta:
        ordering = ("-received", "id")
        constraints = (models.UniqueConstraint(fields=["sender", "event"], name="one_event_an_id"),)
        indexes = (models.Index(fields=["state", "received"]),)

    def __str__(self) -> str:
        return f"{self.sender.name} {self.event}"

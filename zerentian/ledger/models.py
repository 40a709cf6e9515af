"""Events, the chain over them and the roots of days. The database refuses to change or delete any of them."""

from __future__ import annotations

from datetime import UTC

from django.db import models

from zerentian.core import clock
from zerentian.core.ids import new_id


class Event(models.Model):
    """One act: who did what to which thing, when, and how it changed.

    `town` is the code of the town concerned, empty for what concerns the whole installation. `data` holds
    what changed; personal fields only as salted hashes.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    at = models.DateTimeField("时间", default=clock.now)
    town = models.CharField("镇", max_length=12, blank=True)
    region = models.CharField("区划", max_length=12, blank=True)
    kind = models.CharField("事项", max_length=60)
    actor = models.UUIDField("账号", null=True)
    actor_name = models.CharField("操作人", max_length=200)
    subject_type = models.CharField(max_length=40)
    subject = models.CharField(max_length=64)
    subject_name = models.CharField("对象", max_length=400, blank=True)
    reason = models.TextField("理由", blank=True)
    data = models.JSONField(default=dict)
    request = models.CharField(max_length=36, blank=True)
    address = models.CharField("来源地址", max_length=45, blank=True)

    class Meta:
        indexes = (
            models.Index(fields=["town", "at"]),
            models.Index(fields=["subject_type", "subject", "at"]),
            models.Index(fields=["kind", "at"]),
        )

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.kind} {self.subject_name}"

    def fields(self) -> dict[str, object]:
        """All that the event's hash covers."""
        names = (field.attname for field in self._meta.concrete_fields)
        fields = {name: getattr(self, name) for name in names}
        fields["at"] = self.at.astimezone(UTC).isoformat(timespec="microseconds")
        return {name: value if name == "data" else str(value) for name, value in fields.items()}


class Chain(models.Model):
    """The end of a town's chain: its last number and hash. Locked while events are sealed."""

    town = models.CharField(max_length=12, primary_key=True)
    number = models.BigIntegerField(default=0)
    hash = models.CharField(max_length=64)


class Seal(models.Model):
    """An event's place in its town's chain."""

    town = models.CharField(max_length=12)
    number = models.BigIntegerField()
    event = models.UUIDField(unique=True)
    leaf = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)
    day = models.DateField(help_text="the town's day on which it was sealed")

    class Meta:
        constraints = (models.UniqueConstraint(fields=["town", "number"], name="one_seal_a_number"),)
        indexes = (models.Index(fields=["town", "day"]),)


class DailyRoot(models.Model):
    """The Merkle root of a town's day and the chain's end that day: what the bulletin prints."""

    town = models.CharField(max_length=12)
    day = models.DateField("日期")
    first = models.BigIntegerField()
    last = models.BigIntegerField()
    root = models.CharField("根", max_length=64)
    chain = models.CharField(max_length=64)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["town", "day"], name="one_root_a_day"),)
        ordering = ("town", "day")

    def __str__(self) -> str:
        return f"{self.town} {self.day} {self.root}"

"""Devices that may speak for an account, and reports that came under an id already taken."""

from __future__ import annotations

from django.db import models

from zerentian.core import clock
from zerentian.core.ids import new_id
from zerentian.people.models import Account


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


class OtherReport(models.Model):
    """A report whose id another report had taken: kept as it came, for a person to look at."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    inspection = models.UUIDField("检查")
    account = models.ForeignKey(Account, models.PROTECT, related_name="+")
    device = models.CharField("设备", max_length=64)
    digest = models.CharField(max_length=64)
    body = models.TextField("内容")
    received = models.DateTimeField("收到", default=clock.now)

    class Meta:
        ordering = ("-received",)
        constraints = (
            models.UniqueConstraint(fields=["inspection", "digest"], name="one_other_report_a_digest"),
        )

    def __str__(self) -> str:
        return f"检查 {self.inspection} 的另一份报告"

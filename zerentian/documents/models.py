"""Documents made for the town, and the jobs that make them."""

from __future__ import annotations

from django.db import models

from zerentian.core import clock
from zerentian.core.ids import new_id
from zerentian.people.models import Account


class JobQuerySet(models.QuerySet["Job"]):
    """Jobs, as far as one may see them."""

    def visible_to(self, account: Account) -> JobQuerySet:
        """One's own."""
        return self.filter(asked_by=account)


class Job(models.Model):
    """A document or export asked for: its progress and, once done, its file."""

    class Kind(models.TextChoices):
        MONTH = "month", "通报和约谈通知书"
        REGISTER = "register", "台账"
        SCORE_SHEET = "score_sheet", "评分表"
        ORDER = "order", "督办通知书"

    class State(models.TextChoices):
        WAITING = "waiting", "排队中"
        RUNNING = "running", "制作中"
        DONE = "done", "已完成"
        FAILED = "failed", "未完成"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField("内容", max_length=20, choices=Kind)
    title = models.CharField("名称", max_length=200)
    settings = models.JSONField(default=dict)
    asked_by = models.ForeignKey(Account, models.CASCADE, related_name="jobs")
    asked = models.DateTimeField("申请时间", default=clock.now)
    state = models.CharField("状态", max_length=10, choices=State, default=State.WAITING)
    progress = models.PositiveIntegerField("已写行数", default=0)
    finished = models.DateTimeField(null=True, blank=True)
    files = models.JSONField(default=list, help_text="paths below the job's folder")
    fault = models.TextField("原因", blank=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        ordering = ("-asked",)

    def __str__(self) -> str:
        return self.title

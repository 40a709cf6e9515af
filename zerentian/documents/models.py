"""Documents made for the town, and the jobs that make them."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from zerentian.core.ids import new_id
from zerentian.people.models import Account


class JobQuerySet(models.QuerySet["Job"]):
    """Jobs, as far as one may see them."""

    def visible_to(self, account: Account) -> JobQuerySet:
        """One's own."""
        return self.filter(asked_by=account)


class Job(models.Model):
    """A document or export asked for: its progress and, once done, its file."""

    class State(models.TextChoices):
        WAITING = "waiting", "排队中"
        RUNNING = "running", "制作中"
        DONE = "done", "已完成"
        FAILED = "failed", "未完成"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField("内容", max_length=40)
    title = models.CharField("名称", max_length=200)
    settings = models.JSONField(default=dict)
    asked_by = models.ForeignKey(Account, models.CASCADE, related_name="jobs")
    asked = models.DateTimeField("申请时间", default=timezone.now)
    state = models.CharField("状态", max_length=10, choices=State, default=State.WAITING)
    progress = models.PositiveSmallIntegerField("进度", default=0)
    finished = models.DateTimeField(null=True, blank=True)
    file = models.CharField(max_length=300, blank=True, help_text="path below the data folder")
    fault = models.TextField("原因", blank=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        ordering = ("-asked",)

    def __str__(self) -> str:
        return self.title

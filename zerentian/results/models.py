"""Closed months: frozen figures with all that made them."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from zerentian.core import clock
from zerentian.core.ids import new_id
from zerentian.people.models import Account
from zerentian.people.rules import Right
from zerentian.places.models import Site
from zerentian.rounds.models import Round
from zerentian.standards.models import RuleVersion


class ClosingQuerySet(models.QuerySet["Closing"]):
    """Closings, as far as one may see them."""

    def visible_to(self, account: Account) -> ClosingQuerySet:
        """Published ones of the account's account.towns; unpublished ones for those who prepare them."""
        seen = Q(pk__in=[])
        if account.has(Right.SEE_RESULTS):
            mine = Q(round__town__in=account.towns) | account.scope(Right.SEE_RESULTS).regions("round__town")
            seen = mine & Q(published__isnull=False)
        if account.has(Right.SEE_DRAFT_RESULTS):
            seen |= account.scope(Right.SEE_DRAFT_RESULTS).regions("round__town")
        return self.filter(seen)


class Closing(models.Model):
    """A version of a round's results. `inputs` is what the engine was given, `digest` covers what it gave."""

    class State(models.TextChoices):
        PREPARED = "prepared", "待第二人确认"
        CLOSED = "closed", "已关账"
        REPLACED = "replaced", "已被新版本取代"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    round = models.ForeignKey(Round, models.PROTECT, related_name="closings")
    number = models.PositiveIntegerField("版次")
    state = models.CharField("状态", max_length=10, choices=State, default=State.PREPARED)
    policy = models.ForeignKey(RuleVersion, models.PROTECT, related_name="+")
    standards = models.JSONField(help_text="ids of the versions of standards used")
    inputs = models.JSONField(help_text="names of subjects and sites, figures and history as of then")
    digest = models.CharField("结果指纹", max_length=64)
    reason = models.TextField("重开理由", blank=True)
    prepared_by = models.ForeignKey(Account, models.PROTECT, related_name="+")
    prepared = models.DateTimeField("提出时间", default=clock.now)
    closed_by = models.ForeignKey(Account, models.PROTECT, null=True, blank=True, related_name="+")
    closed = models.DateTimeField("关账时间", null=True, blank=True)
    published = models.DateTimeField("公布时间", null=True, blank=True)

    objects = ClosingQuerySet.as_manager()

    class Meta:
        ordering = ("-round__month", "-number")
        constraints = (
            models.UniqueConstraint(fields=["round", "number"], name="one_closing_a_number"),
            models.UniqueConstraint(
                fields=["round"], condition=Q(state="closed"), name="one_closing_in_force"
            ),
            models.CheckConstraint(
                condition=Q(closed_by__isnull=True) | ~Q(closed_by=F("prepared_by")),
                name="closed_by_another_person",
            ),
        )

    def __str__(self) -> str:
        return f"{self.round} 第{self.number}版"


class SiteResult(models.Model):
    """A site's frozen score in a closing, with the inspections it was made of."""

    closing = models.ForeignKey(Closing, models.CASCADE, related_name="site_results")
    site = models.ForeignKey(Site, models.PROTECT, related_name="results")
    subject = models.CharField("村居代码", max_length=12)
    name = models.CharField("点位", max_length=200)
    kind = models.CharField("类型", max_length=20)
    score = models.DecimalField("得分", max_digits=9, decimal_places=4, null=True)
    full_marks = models.DecimalField("满分", max_digits=9, decimal_places=4, null=True)
    passed = models.BooleanField("达标", null=True)
    vetoes = models.JSONField(default=list)
    deductions = models.JSONField(default=list, help_text="[clause, points as text] pairs")
    inspections = models.JSONField(default=list, help_text="ids of the visits that counted")

    class Meta:
        constraints = (models.UniqueConstraint(fields=["closing", "site"], name="one_result_a_site"),)
        indexes = (models.Index(fields=["closing", "subject"]),)


class SubjectResult(models.Model):
    """A committee's frozen total, rank and the rest in a closing."""

    closing = models.ForeignKey(Closing, models.CASCADE, related_name="subject_results")
    subject = models.CharField("村居代码", max_length=12)
    name = models.CharField("村居", max_length=200)
    group = models.CharField("分组", max_length=100, blank=True)
    score = models.DecimalField("得分", max_digits=9, decimal_places=4, null=True)
    rank = models.PositiveIntegerField("名次", null=True)
    band = models.CharField("等次", max_length=60, blank=True)
    passed = models.BooleanField("达标", null=True)
    pass_rate = models.DecimalField("达标率", max_digits=7, decimal_places=4, null=True)
    scored = models.PositiveIntegerField("计分点位", default=0)
    parts = models.JSONField(default=list, help_text="[part id, name, points as text] triples")
    not_ranked = models.CharField("不排名原因", max_length=200, blank=True)
    row = models.JSONField(
        default=dict, help_text="the row of subject_scores as `zerentian evaluate` writes it"
    )

    class Meta:
        constraints = (models.UniqueConstraint(fields=["closing", "subject"], name="one_result_a_subject"),)
        ordering = ("rank", "subject")


class ListEntry(models.Model):
    """A committee's place on a list (红榜、黑榜) or its interview (约谈) by a closing."""

    class Kind(models.TextChoices):
        LIST = "list", "榜单"
        INTERVIEW = "interview", "约谈"

    closing = models.ForeignKey(Closing, models.CASCADE, related_name="entries")
    kind = models.CharField(max_length=10, choices=Kind)
    title = models.CharField("名称", max_length=100)
    subject = models.CharField("村居代码", max_length=12)
    name = models.CharField("村居", max_length=200)
    position = models.PositiveIntegerField(default=0)
    reason = models.TextField("事由", blank=True)
    row = models.JSONField(default=dict)

    class Meta:
        ordering = ("kind", "position")

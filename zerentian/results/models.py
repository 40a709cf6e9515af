"""Closed months: frozen figures with all that made them."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from zerentian.core import clock
from zerentian.core.ids import new_id
from zerentian.core.months import in_words
from zerentian.evaluation.inputs import SOURCE_NAMES
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
        WITHDRAWN = "withdrawn", "已撤回"
        CLOSED = "closed", "已关账"
        REPLACED = "replaced", "已被新版本取代"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    round = models.ForeignKey(Round, models.PROTECT, related_name="closings")
    number = models.PositiveIntegerField("版次")
    state = models.CharField("状态", max_length=10, choices=State, default=State.PREPARED)
    policy = models.ForeignKey(RuleVersion, models.PROTECT, related_name="+")
    inputs = models.JSONField(help_text="all that decides the figures, as `snapshots.Snapshot`")
    digest = models.CharField("结果指纹", max_length=64)
    reason = models.TextField("说明", blank=True, help_text="why it was closed without full coverage")
    reopened_for = models.TextField("重开理由", blank=True)
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


class SiteResultQuerySet(models.QuerySet["SiteResult"]):
    """Sites' results, as far as one may see them."""

    def visible_to(self, account: Account) -> SiteResultQuerySet:
        """Those of closings one may see."""
        return self.filter(closing__in=Closing.objects.visible_to(account))


class SiteResult(models.Model):
    """A site's frozen score in a closing."""

    closing = models.ForeignKey(Closing, models.CASCADE, related_name="site_results")
    site = models.ForeignKey(Site, models.PROTECT, related_name="results")
    subject = models.CharField("村居代码", max_length=12)
    name = models.CharField("点位", max_length=200)
    kind = models.CharField("类型", max_length=20)
    score = models.DecimalField("得分", max_digits=9, decimal_places=4, null=True)
    full_marks = models.DecimalField("满分", max_digits=9, decimal_places=4, null=True)
    passed = models.BooleanField("达标", null=True)
    vetoes = models.JSONField(default=list, help_text="texts of the vetoes met")
    deductions = models.JSONField(default=list, help_text="clause, text, words observed and points lost")
    adjustments = models.JSONField(
        default=list, help_text="label and signed points of what else made the score"
    )
    inspections = models.JSONField(default=list, help_text="ids of the visits that counted")

    objects = SiteResultQuerySet.as_manager()

    class Meta:
        ordering = ("score", "name")
        constraints = (models.UniqueConstraint(fields=["closing", "site"], name="one_result_a_site"),)
        indexes = (models.Index(fields=["closing", "subject"]),)

    def __str__(self) -> str:
        return self.name


class SubjectResultQuerySet(models.QuerySet["SubjectResult"]):
    """Committees' results, as far as one may see them."""

    def visible_to(self, account: Account) -> SubjectResultQuerySet:
        """Those of closings one may see."""
        return self.filter(closing__in=Closing.objects.visible_to(account))


class SubjectResult(models.Model):
    """A committee's frozen total and rank in a closing."""

    closing = models.ForeignKey(Closing, models.CASCADE, related_name="subject_results")
    subject = models.CharField("村居代码", max_length=12)
    name = models.CharField("村居", max_length=200)
    group = models.CharField("分组", max_length=100, blank=True)
    score = models.DecimalField("得分", max_digits=9, decimal_places=4, null=True)
    rank = models.PositiveIntegerField("名次", null=True)
    of = models.PositiveIntegerField("参加排名", null=True)
    band = models.CharField("等次", max_length=60, blank=True)
    passed = models.BooleanField("达标", null=True)
    pass_rate = models.DecimalField("达标率", max_digits=7, decimal_places=4, null=True)
    scored = models.PositiveIntegerField("计分点位", default=0)
    parts = models.JSONField(default=list, help_text="id, name, full and score of each part")
    not_ranked = models.CharField("不排名原因", max_length=200, blank=True)

    objects = SubjectResultQuerySet.as_manager()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["closing", "subject"], name="one_result_a_subject"),)
        ordering = ("group", "rank", "subject")

    def __str__(self) -> str:
        return self.name


class ListEntryQuerySet(models.QuerySet["ListEntry"]):
    """Entries, as far as one may see them."""

    def visible_to(self, account: Account) -> ListEntryQuerySet:
        """Those of closings one may see."""
        return self.filter(closing__in=Closing.objects.visible_to(account))


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
    position = models.PositiveIntegerField("位次", default=0)
    reason = models.TextField("事由", blank=True)
    details = models.JSONField(default=dict, help_text="of an interview: who chairs and who attends")

    objects = ListEntryQuerySet.as_manager()

    class Meta:
        ordering = ("kind", "id")

    def __str__(self) -> str:
        return f"{self.title} {self.name}"


class OutsideResultQuerySet(models.QuerySet["OutsideResult"]):
    """Results given by others, as far as one may see them."""

    def visible_to(self, account: Account, right: Right = Right.SEE_DRAFT_RESULTS) -> OutsideResultQuerySet:
        """Those of the towns of a right."""
        return self.filter(account.scope(right).regions("town"))


class OutsideResult(models.Model):
    """A committee's result that another body gave, or of a month before this program."""

    town = models.CharField(max_length=12)
    month = models.CharField("月份", max_length=7)
    source = models.CharField("来源", max_length=20, choices=tuple(SOURCE_NAMES.items()))
    subject = models.CharField("村居代码", max_length=12)
    score = models.DecimalField("得分", max_digits=9, decimal_places=4, null=True, blank=True)
    passed = models.BooleanField("达标")

    objects = OutsideResultQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["town", "month", "source", "subject"], name="one_outside_result"),
        )
        ordering = ("-month", "source", "subject")

    def __str__(self) -> str:
        return f"{in_words(self.month)}{self.get_source_display()} {self.subject}"


class FigureQuerySet(models.QuerySet["Figure"]):
    """Figures, as far as one may see them."""

    def visible_to(self, account: Account, right: Right = Right.SEE_DRAFT_RESULTS) -> FigureQuerySet:
        """Those of the towns of a right."""
        return self.filter(account.scope(right).regions("town"))


class Figure(models.Model):
    """A value that a policy's part takes from elsewhere: a district's score, a count of cases."""

    town = models.CharField(max_length=12)
    month = models.CharField("月份", max_length=7)
    subject = models.CharField("村居代码", max_length=12)
    part = models.CharField("部分", max_length=64)
    value = models.DecimalField("数值", max_digits=16, decimal_places=4)

    objects = FigureQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["town", "month", "subject", "part"], name="one_figure"),
        )
        ordering = ("-month", "subject", "part")

    def __str__(self) -> str:
        return f"{in_words(self.month)} {self.subject} {self.part}"

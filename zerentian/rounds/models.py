"""A month's round: its draw, its assignments, its inspections and their evidence."""

from __future__ import annotations

import datetime

from django.db import models
from django.db.models import F, Q

from zerentian.core import clock
from zerentian.core.ids import new_id
from zerentian.core.months import in_words
from zerentian.evaluation.inputs import SOURCE_NAMES
from zerentian.people.models import Account, Organisation, Post
from zerentian.people.rules import Right
from zerentian.places.models import Region, Site
from zerentian.rounds.rules import new_secret
from zerentian.standards.models import RuleVersion


class RoundQuerySet(models.QuerySet["Round"]):
    """Rounds, as far as one may see them."""

    def visible_to(self, account: Account, right: Right = Right.SEE_ROUNDS) -> RoundQuerySet:
        """Rounds of the account's account.towns."""
        if not account.has(right):
            return self.none()
        return self.filter(Q(town__in=account.towns) | account.scope(right).regions("town"))


class Round(models.Model):
    """One month of inspections of one source in one town (月度测评)."""

    class State(models.TextChoices):
        PLANNING = "planning", "计划中"
        OPEN = "open", "检查中"
        CLOSED = "closed", "已关账"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    town = models.CharField(max_length=12)
    month = models.CharField("月份", max_length=7)
    source = models.CharField("来源", max_length=20, choices=tuple(SOURCE_NAMES.items()), default="town")
    state = models.CharField("状态", max_length=10, choices=State, default=State.PLANNING)
    begins = models.DateField("开始日期")
    ends = models.DateField("结束日期")
    per_day = models.PositiveSmallIntegerField("每人每天最多检查", default=20)
    secret = models.CharField(max_length=64, default=new_secret)
    commitment = models.CharField("承诺值", max_length=64)
    created = models.DateTimeField(default=clock.now)

    objects = RoundQuerySet.as_manager()

    class Meta:
        ordering = ("-month", "source")
        constraints = (
            models.UniqueConstraint(fields=["town", "month", "source"], name="one_round"),
            models.CheckConstraint(condition=Q(ends__gte=F("begins")), name="round_ends_after_it_begins"),
        )

    def __str__(self) -> str:
        return f"{in_words(self.month)}{self.get_source_display()}"

    @property
    def is_secret(self) -> bool:
        """Whether the secret of its draws must still be kept: until the last day is over."""
        return self.state != self.State.CLOSED and clock.today() <= self.ends


class Draw(models.Model):
    """A lot drawing that anybody can repeat from the round's secret, once that is told.

    `lots` is what went in, `outcome` what came out, in the form of `rules.DrawRecord`.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    round = models.ForeignKey(Round, models.PROTECT, related_name="draws")
    number = models.PositiveIntegerField("次序", default=1)
    anchor = models.CharField("台账日根", max_length=64)
    drawn_on = models.DateField("抽取日期")
    seed = models.CharField("种子", max_length=64)
    lots = models.JSONField()
    outcome = models.JSONField()
    reason = models.TextField("理由", blank=True)

    class Meta:
        ordering = ("number",)
        constraints = (models.UniqueConstraint(fields=["round", "number"], name="one_draw_a_number"),)

    def __str__(self) -> str:
        return f"{self.round}第{self.number}次抽签"


class Conflict(models.Model):
    """An interest that keeps an inspector away from a committee or an organisation's sites."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    inspector = models.ForeignKey(Account, models.CASCADE, related_name="conflicts")
    region = models.ForeignKey(Region, models.CASCADE, null=True, blank=True)
    organisation = models.ForeignKey(Organisation, models.CASCADE, null=True, blank=True)
    reason = models.CharField("情形", max_length=200)
    declared = models.DateField("申报日期", default=clock.today)
    until = models.DateField("至", null=True, blank=True)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(region__isnull=False) | Q(organisation__isnull=False),
                name="conflict_with_something",
            ),
        )


class AssignmentQuerySet(models.QuerySet["Assignment"]):
    """Assignments, as far as one may see them."""

    def visible_to(self, account: Account) -> AssignmentQuerySet:
        """Those of released days: one's own, and those of regions and inspectors one oversees."""
        return self.overseen_by(account).filter(released__lte=clock.now())

    def overseen_by(self, account: Account) -> AssignmentQuerySet:
        """Those of days to come too: for counts, and for whoever opens the plan on the record."""
        scope = account.scope(Right.SEE_ROUNDS)
        return self.filter(
            Q(inspector=account)
            | scope.regions("site__region__code")
            | Q(inspector__posts__in=Post.objects.filter(scope.own("organisation_id")))
        ).distinct()

    def late(self, today: datetime.date) -> AssignmentQuerySet:
        """Still due although their day is over."""
        return self.filter(state=Assignment.State.DUE, day__lt=today)


class Assignment(models.Model):
    """Who visits a site on which day, in which order. Secret to its inspector until `released`."""

    class State(models.TextChoices):
        DUE = "due", "待检查"
        DONE = "done", "已检查"
        UNREACHABLE = "unreachable", "未能检查"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    round = models.ForeignKey(Round, models.CASCADE, related_name="assignments")
    site = models.ForeignKey(Site, models.PROTECT, related_name="assignments")
    inspector = models.ForeignKey(Account, models.PROTECT, related_name="assignments")
    day = models.DateField("日期")
    position = models.PositiveIntegerField("顺序", default=0)
    released = models.DateTimeField("公布时刻")
    is_recheck = models.BooleanField("复查", default=False)
    state = models.CharField("状态", max_length=12, choices=State, default=State.DUE)
    reason = models.TextField("未能检查的原因", blank=True)
    signed_by = models.ForeignKey(
        Account, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="签认人"
    )
    reported_by = models.ForeignKey(
        Account, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="报告人"
    )
    arrival = models.TimeField("预计到达", null=True, blank=True)

    objects = AssignmentQuerySet.as_manager()

    class Meta:
        ordering = ("day", "inspector", "position")
        constraints = (
            models.UniqueConstraint(fields=["round", "site", "is_recheck"], name="one_assignment_a_site"),
            models.CheckConstraint(
                condition=Q(signed_by__isnull=True) | ~Q(signed_by=F("reported_by")),
                name="signed_by_another_person",
            ),
        )
        indexes = (models.Index(fields=["inspector", "day"]), models.Index(fields=["round", "state"]))

    def __str__(self) -> str:
        return f"{self.day} {self.site.name}"


class InspectionQuerySet(models.QuerySet["Inspection"]):
    """Inspections, as far as one may see them."""

    def visible_to(self, account: Account) -> InspectionQuerySet:
        """One's own, and once submitted those of one's regions, sites and inspectors."""
        scope = account.scope(Right.SEE_INSPECTIONS)
        submitted = ~Q(state=Inspection.State.DRAFT)
        return self.filter(
            Q(inspector=account)
            | (submitted & scope.regions("site__region__code"))
            | (submitted & scope.own("site__property_company_id", "site__responsible_id"))
            | (submitted & scope.own("organisation_id"))
        )

    def counted(self) -> InspectionQuerySet:
        """Submitted before the month was closed and not replaced by a correction: what makes the score."""
        return self.filter(state=Inspection.State.SUBMITTED, is_late=False)


class Inspection(models.Model):
    """One visit of one site (检查). Once submitted it changes no more: a correction is a new version."""

    class State(models.TextChoices):
        DRAFT = "draft", "草稿"
        SUBMITTED = "submitted", "已提交"
        REPLACED = "replaced", "已更正"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    round = models.ForeignKey(Round, models.PROTECT, related_name="inspections")
    site = models.ForeignKey(Site, models.PROTECT, related_name="inspections")
    assignment = models.ForeignKey(
        Assignment, models.PROTECT, null=True, blank=True, related_name="inspections"
    )
    inspector = models.ForeignKey(Account, models.PROTECT, related_name="inspections")
    organisation = models.ForeignKey(Organisation, models.PROTECT, null=True, related_name="+")
    standard = models.ForeignKey(RuleVersion, models.PROTECT, related_name="inspections")
    state = models.CharField("状态", max_length=10, choices=State, default=State.DRAFT)
    started = models.DateTimeField("开始", default=clock.now)
    submitted = models.DateTimeField("提交", null=True, blank=True)
    month = models.CharField("月份", max_length=7)
    latitude = models.DecimalField(max_digits=9, decimal_places=6, null=True, blank=True)
    longitude = models.DecimalField(max_digits=9, decimal_places=6, null=True, blank=True)
    accuracy = models.PositiveIntegerField("定位精度（米）", null=True, blank=True)
    remark = models.TextField("备注", blank=True)
    score = models.DecimalField("得分", max_digits=9, decimal_places=4, null=True, blank=True)
    passed = models.BooleanField("达标", null=True)
    number = models.PositiveIntegerField("版次", default=1)
    replaces = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="replaced_by")
    fingerprint = models.CharField(max_length=64, blank=True, help_text="SHA-256 of what was submitted")
    report = models.CharField(max_length=64, blank=True, help_text="SHA-256 of a phone's report as it came")
    is_late = models.BooleanField("关账后提交", default=False)

    objects = InspectionQuerySet.as_manager()

    class Meta:
        ordering = ("-started",)
        indexes = (
            models.Index(fields=["round", "state"]),
            models.Index(fields=["site", "month"]),
            models.Index(fields=["inspector", "state"]),
        )

    def __str__(self) -> str:
        return f"{in_words(self.month)} {self.site.name}"


class Observation(models.Model):
    """What was seen of one clause (检查项结果), as the text the engine reads."""

    inspection = models.ForeignKey(Inspection, models.CASCADE, related_name="observations")
    clause = models.CharField("评分项", max_length=60)
    value = models.CharField("检查情况", max_length=300)
    remark = models.CharField("说明", max_length=500, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["inspection", "clause"], name="one_observation_a_clause"),
        )


class PhotoQuerySet(models.QuerySet["Photo"]):
    """Photos, as far as one may see them."""

    def visible_to(self, account: Account) -> PhotoQuerySet:
        """Those of inspections one may see."""
        return self.filter(inspection__in=Inspection.objects.visible_to(account))


class Photo(models.Model):
    """Evidence of an inspection, filed under the SHA-256 of its bytes. A slot holds one photo."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    inspection = models.ForeignKey(Inspection, models.CASCADE, related_name="photos")
    clause = models.CharField("评分项", max_length=60, blank=True)
    slot = models.CharField(max_length=80)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveIntegerField()
    content_type = models.CharField(max_length=40)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    received = models.DateTimeField("收到", default=clock.now)

    objects = PhotoQuerySet.as_manager()

    class Meta:
        ordering = ("received",)
        constraints = (models.UniqueConstraint(fields=["inspection", "slot"], name="one_photo_a_slot"),)
        indexes = (models.Index(fields=["sha256"]),)


class CorrectionQuerySet(models.QuerySet["Correction"]):
    """Corrections, as far as one may see them."""

    def visible_to(self, account: Account) -> CorrectionQuerySet:
        """Those of inspections one may see."""
        return self.filter(inspection__in=Inspection.objects.visible_to(account))


class Correction(models.Model):
    """A proposed change of a submitted inspection: reason first, another person decides."""

    class State(models.TextChoices):
        PROPOSED = "proposed", "待审"
        ACCEPTED = "accepted", "同意"
        REFUSED = "refused", "不同意"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    inspection = models.ForeignKey(Inspection, models.PROTECT, related_name="corrections")
    values = models.JSONField(help_text="clause to new value")
    reason = models.TextField("理由")
    proposed_by = models.ForeignKey(Account, models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField(default=clock.now)
    state = models.CharField("状态", max_length=10, choices=State, default=State.PROPOSED)
    decided_by = models.ForeignKey(Account, models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    answer = models.TextField("审核意见", blank=True)

    objects = CorrectionQuerySet.as_manager()

    class Meta:
        ordering = ("-proposed_at",)
        constraints = (
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("proposed_by")),
                name="another_person_decides",
            ),
            models.UniqueConstraint(
                fields=["inspection"], condition=Q(state="proposed"), name="one_open_correction"
            ),
        )

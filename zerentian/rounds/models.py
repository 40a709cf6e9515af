"""A month's round: its draw, its assignments, its inspections and their evidence."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone

from zerentian.core.ids import new_id
from zerentian.core.months import in_words
from zerentian.evaluation.inputs import SOURCE_NAMES
from zerentian.people.models import Account, Organisation
from zerentian.people.rules import Right
from zerentian.places.models import Region, Site
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
    created = models.DateTimeField(default=timezone.now)

    objects = RoundQuerySet.as_manager()

    class Meta:
        ordering = ("-month", "source")
        constraints = (models.UniqueConstraint(fields=["town", "month", "source"], name="one_round"),)

    def __str__(self) -> str:
        return f"{in_words(self.month)}{self.get_source_display()}"


class Draw(models.Model):
    """A lot drawing that anybody can repeat: commitment before, seed and secret after."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    round = models.ForeignKey(Round, models.PROTECT, related_name="draws")
    number = models.PositiveIntegerField(default=1)
    secret = models.CharField(max_length=64)
    commitment = models.CharField("承诺值", max_length=64)
    committed_at = models.DateTimeField(default=timezone.now)
    anchor = models.CharField("上期根", max_length=64, blank=True)
    drawn_on = models.DateField("抽取日期", null=True)
    seed = models.CharField("种子", max_length=64, blank=True)
    lots = models.JSONField(default=dict, help_text="what went into the draw, in order")
    reason = models.TextField("重抽理由", blank=True)

    class Meta:
        ordering = ("number",)
        constraints = (models.UniqueConstraint(fields=["round", "number"], name="one_draw_a_number"),)


class Conflict(models.Model):
    """An interest that keeps an inspector away from a committee or an organisation's sites."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    inspector = models.ForeignKey(Account, models.CASCADE, related_name="conflicts")
    region = models.ForeignKey(Region, models.CASCADE, null=True, blank=True)
    organisation = models.ForeignKey(Organisation, models.CASCADE, null=True, blank=True)
    reason = models.CharField("情形", max_length=200)
    declared = models.DateField("申报日期", default=timezone.localdate)
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
        """One's own of released days, and those of rounds and inspectors one oversees."""
        scope = account.scope(Right.SEE_ROUNDS)
        return self.filter(
            Q(inspector=account, released__lte=timezone.now())
            | scope.regions("site__region__code")
            | scope.own("inspector__posts__organisation_id")
        ).distinct()


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

    objects = AssignmentQuerySet.as_manager()

    class Meta:
        ordering = ("day", "inspector", "position")
        constraints = (
            models.UniqueConstraint(fields=["round", "site", "is_recheck"], name="one_assignment_a_site"),
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
        """Submitted and not replaced by a correction."""
        return self.filter(state=Inspection.State.SUBMITTED)


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
    started = models.DateTimeField("开始", default=timezone.now)
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
    received = models.DateTimeField("收到", default=timezone.now)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["inspection", "slot"], name="one_photo_a_slot"),)
        indexes = (models.Index(fields=["sha256"]),)


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
    proposed_at = models.DateTimeField(default=timezone.now)
    state = models.CharField("状态", max_length=10, choices=State, default=State.PROPOSED)
    decided_by = models.ForeignKey(Account, models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-proposed_at",)
        constraints = (
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=models.F("proposed_by")),
                name="another_person_decides",
            ),
            models.UniqueConstraint(
                fields=["inspection"], condition=Q(state="proposed"), name="one_open_correction"
            ),
        )

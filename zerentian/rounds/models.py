"""A month's round: its draw, its assignments, its inspections and their evidence."""

from __future__ import annotations

import datetime
from typing import Any, ClassVar
from uuid import UUID

from django.db import connection, models
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

    def state_held(self, pk: UUID) -> str:
        """A round's state, which cannot change before this transaction ends; others may hold it as well.

        Submitting needs no more than that. Closing locks the row for itself, and waits for all who hold it.
        """
        table = self.model._meta.db_table
        with connection.cursor() as cursor:
            cursor.execute(f'SELECT state FROM "{table}" WHERE id = %s FOR KEY SHARE', [pk])  # noqa: S608 - our table
            return str(cursor.fetchone()[0])


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
            | Q(inspector__in=Post.objects.filter(scope.own("organisation_id")).values("account"))
        )

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
        """An inspector's own, and once submitted those of one's regions, sites and inspectors."""
        scope = account.scope(Right.SEE_INSPECTIONS)
        seen = ~Q(state=Inspection.State.DRAFT) & (
            scope.inside("town", "site__region__code")
            | scope.own("site__property_company_id", "site__responsible_id", "organisation_id")
        )
        return self.filter(Q(inspector=account) | seen if account.has(Right.INSPECT) else seen)

    def counted(self) -> InspectionQuerySet:
        """What makes the score: submitted, not replaced by a correction, and not standing aside.

        A doubt about the evidence takes nothing away here, for then figures would change with the hour at
        which a worker looked: a doubt that holds stops the closing until it is decided (`results.checks`).
        """
        return self.filter(state=Inspection.State.SUBMITTED, standing=Inspection.Standing.COUNTS)

    def unexamined(self) -> InspectionQuerySet:
        """Complete visits in force whose evidence nobody looked at yet."""
        return self.filter(state=Inspection.State.SUBMITTED, photos_awaited=0, examined=None)

    def incomplete(self) -> InspectionQuerySet:
        """Visits in force of which photos have not come."""
        return self.filter(state=Inspection.State.SUBMITTED, photos_awaited__gt=0)


class Inspection(models.Model):
    """One visit of one site (检查). Once submitted it changes no more: a correction is a new version."""

    class State(models.TextChoices):
        DRAFT = "draft", "草稿"
        SUBMITTED = "submitted", "已提交"
        REPLACED = "replaced", "已更正"

    class Standing(models.TextChoices):
        """Whether it makes the score, and if not why."""

        COUNTS = "counts", "计入"
        LATE = "late", "关账后提交"
        DOUBLE = "double", "重复检查"
        OUTSIDE = "outside", "计划外"
        SET_ASIDE = "set_aside", "不予采信"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    town = models.CharField(
        max_length=12, default="", editable=False, help_text="the site's, for an index of a town's list"
    )
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
    standing = models.CharField("计分", max_length=10, choices=Standing, default=Standing.COUNTS)
    reason = models.CharField("计划外检查的理由", max_length=300, blank=True)
    photos_awaited = models.PositiveSmallIntegerField("未到的照片", default=0)
    ended = models.DateTimeField("结束", null=True, blank=True)
    known_after = models.DateTimeField("不早于", null=True, blank=True)
    received = models.DateTimeField("收到", null=True, blank=True)
    clock_offset = models.IntegerField("手机时钟偏差（秒）", null=True, blank=True)
    examined = models.DateTimeField("核对证据", null=True, blank=True)
    device = models.CharField("设备", max_length=64, blank=True)
    context = models.JSONField(
        default=dict, blank=True, help_text="what the phone told of itself: mode, zone, app, permissions"
    )

    objects = InspectionQuerySet.as_manager()

    class Meta:
        ordering = ("-started",)
        constraints = (models.CheckConstraint(condition=~Q(town=""), name="inspection_of_a_town"),)
        indexes = (
            models.Index(fields=["round", "state"]),
            models.Index(fields=["site", "month"]),
            models.Index(fields=["inspector", "state"]),
            models.Index(fields=["town", "month"]),
            models.Index(
                "town", F("started").desc(), "id", condition=~Q(state="draft"), name="inspections_of_a_town"
            ),
            models.Index(
                fields=["submitted"],
                condition=Q(state="submitted", photos_awaited=0, examined=None),
                name="to_be_examined",
            ),
        )

    def __str__(self) -> str:
        return f"{in_words(self.month)} {self.site.name}"

    def save(self, *args: Any, **settings: Any) -> None:
        """File it under its site's town."""
        self.town = self.town or self.site.town
        super().save(*args, **settings)


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


class Fix(models.Model):
    """Where a phone said it was at a moment of a visit (定位), in WGS-84. `age` is how old the fix was."""

    class Moment(models.TextChoices):
        START = "start", "开始"
        SCAN = "scan", "扫码"
        PHOTO = "photo", "拍照"
        END = "end", "结束"

    inspection = models.ForeignKey(Inspection, models.CASCADE, related_name="fixes")
    moment = models.CharField("时机", max_length=8, choices=Moment)
    at = models.DateTimeField("时刻")
    latitude = models.DecimalField(max_digits=10, decimal_places=7)
    longitude = models.DecimalField(max_digits=10, decimal_places=7)
    accuracy = models.PositiveIntegerField("精度（米）", null=True, blank=True)
    age = models.PositiveIntegerField("定位距今（秒）", default=0)

    class Meta:
        ordering = ("at", "id")


class PhotoQuerySet(models.QuerySet["Photo"]):
    """Photos, as far as one may see them."""

    def visible_to(self, account: Account) -> PhotoQuerySet:
        """Those of inspections one may see."""
        return self.filter(inspection__in=Inspection.objects.visible_to(account))


class Photo(models.Model):
    """Evidence of an inspection, filed under the SHA-256 of its bytes. A slot holds one photo.

    A phone names its photos before it sends them: until then `received` is empty and the sizes are 0.
    `grade` is how the photo was taken, `taken` when by the phone's clock, `likeness` its perceptual hashes.
    """

    class Grade(models.TextChoices):
        """The path a photo came by; firmer ones first."""

        APP = "A", "应用内相机"
        CAMERA = "B", "系统相机"
        GALLERY = "C", "相册或文件"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    inspection = models.ForeignKey(Inspection, models.CASCADE, related_name="photos")
    clause = models.CharField("评分项", max_length=60, blank=True)
    slot = models.CharField(max_length=80)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveIntegerField(default=0)
    content_type = models.CharField(max_length=40, blank=True)
    width = models.PositiveIntegerField(default=0)
    height = models.PositiveIntegerField(default=0)
    received = models.DateTimeField("收到", default=clock.now, null=True)
    grade = models.CharField("取证方式", max_length=1, choices=Grade, blank=True)
    taken = models.DateTimeField("拍摄", null=True, blank=True)
    latitude = models.DecimalField(max_digits=10, decimal_places=7, null=True, blank=True)
    longitude = models.DecimalField(max_digits=10, decimal_places=7, null=True, blank=True)
    accuracy = models.PositiveIntegerField("精度（米）", null=True, blank=True)
    likeness = models.BinaryField("感知哈希", null=True, blank=True)

    objects = PhotoQuerySet.as_manager()

    class Meta:
        ordering = ("received",)
        constraints = (models.UniqueConstraint(fields=["inspection", "slot"], name="one_photo_a_slot"),)
        indexes = (models.Index(fields=["sha256"]),)


class FlagQuerySet(models.QuerySet["Flag"]):
    """Flags, as far as one may see them."""

    def visible_to(self, account: Account) -> FlagQuerySet:
        """Those of inspections one may correct; nobody sees flags on his own work."""
        scope = account.scope(Right.CORRECT_INSPECTIONS)
        seen = scope.regions("inspection__site__region__code") | scope.own("inspection__organisation_id")
        return self.filter(seen).exclude(inspection__inspector=account)

    def holding(self) -> FlagQuerySet:
        """Those that keep a month from being closed."""
        return self.filter(Flag.HOLDING)


class Flag(models.Model):
    """Something about a visit's evidence that a person should look at (疑点). Never a rejection by itself."""

    class Kind(models.TextChoices):
        SAME_PHOTO = "same_photo", "照片与以前的完全相同"
        LIKE_PHOTO = "like_photo", "照片疑似重复"
        TOO_FAST = "too_fast", "移动速度不合常理"
        FROZEN = "frozen", "坐标始终不变"
        ZERO_ACCURACY = "zero_accuracy", "定位精度为零"
        OLD_FIX = "old_fix", "定位已过时"
        OUTSIDE = "outside", "不在点位范围内"
        NO_POSITION = "no_position", "没有定位"
        CLOCK = "clock", "手机时钟不准"
        SHORT_STAY = "short_stay", "停留时间过短"
        GALLERY = "gallery", "照片来自相册"
        NO_CAMERA = "no_camera", "没有相机权限"
        BAD_PHOTO = "bad_photo", "照片打不开或看不清"

    class State(models.TextChoices):
        OPEN = "open", "待处理"
        CLEARED = "cleared", "已排除"
        UPHELD = "upheld", "已认定"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    inspection = models.ForeignKey(Inspection, models.PROTECT, related_name="flags")
    kind = models.CharField("疑点", max_length=16, choices=Kind)
    detail = models.CharField("依据", max_length=300)
    photo = models.ForeignKey(Photo, models.PROTECT, null=True, blank=True, related_name="flags")
    earlier = models.ForeignKey(Photo, models.PROTECT, null=True, blank=True, related_name="+")
    holds = models.BooleanField("处理前暂不计分", default=False)
    raised = models.DateTimeField("提出", default=clock.now)
    state = models.CharField("状态", max_length=8, choices=State, default=State.OPEN)
    decided_by = models.ForeignKey(Account, models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    answer = models.CharField("处理意见", max_length=500, blank=True)

    HOLDING: ClassVar[Q] = Q(
        state="open", holds=True, inspection__state="submitted", inspection__standing="counts"
    )
    """Open, weighing, and about a visit that would make the score."""

    objects = FlagQuerySet.as_manager()

    class Meta:
        ordering = ("-raised", "id")
        constraints = (
            models.UniqueConstraint(
                fields=["inspection", "kind", "photo"], name="one_flag_a_kind", nulls_distinct=False
            ),
        )
        indexes = (models.Index(fields=["state", "kind"]),)

    def __str__(self) -> str:
        return f"{self.inspection}：{self.get_kind_display()}"


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

"""Tickets, what was found, what was done about it and the proof."""

from __future__ import annotations

import datetime
from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from zerentian.core import clock
from zerentian.core.ids import new_id
from zerentian.evaluation.inputs import SOURCE_NAMES
from zerentian.people.models import Account, Organisation
from zerentian.people.rules import Right
from zerentian.places.models import Site
from zerentian.rounds.models import Inspection, Photo
from zerentian.standards.loop import SEVERITY_WORDS
from zerentian.standards.loop_words import FURTHER_SOURCES
from zerentian.tickets.rules import LIVE, RUNNING, STATE_LABELS, Light, State, light

SOURCES = tuple({**SOURCE_NAMES, **FURTHER_SOURCES}.items())


class TicketQuerySet(models.QuerySet["Ticket"]):
    """Tickets, as far as one may see them."""

    def visible_to(self, account: Account, right: Right = Right.SEE_TICKETS) -> TicketQuerySet:
        """Those of one's regions, and those that one's own organisation handles or answers for."""
        scope = account.scope(right)
        return self.filter(
            scope.inside("town", "site__region__code")
            | scope.own("handler_id", "site__property_company_id", "site__responsible_id")
        )

    def live(self) -> TicketQuerySet:
        """Those that somebody must still do something about."""
        return self.filter(state__in=LIVE)

    def running(self) -> TicketQuerySet:
        """Those whose deadline counts."""
        return self.filter(state__in=RUNNING)

    def late(self, now: datetime.datetime) -> TicketQuerySet:
        """Those whose deadline is over and the problem not mended."""
        return self.running().filter(due__lt=now)

    def with_all(self) -> TicketQuerySet:
        """With what a row of a list shows."""
        return self.select_related("site__region", "handler")


class Ticket(models.Model):
    """A problem of one site and one class that one organisation mends until a deadline (整改单).

    `due` is set with the first dispatch; `handled_at` and `verified_at` are those of the last time.
    `version` grows with each move: who decides says which state he has seen.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    town = models.CharField(max_length=12)
    number = models.CharField("编号", max_length=24)
    site = models.ForeignKey(Site, models.PROTECT, related_name="tickets")
    source = models.CharField("来源", max_length=20, choices=SOURCES)
    problem_class = models.CharField("问题类别", max_length=40)
    class_name = models.CharField("问题类别", max_length=60)
    severity = models.CharField("程度", max_length=10, choices=tuple(SEVERITY_WORDS.items()))
    summary = models.CharField("问题", max_length=300)
    state = models.CharField("状态", max_length=12, choices=tuple(STATE_LABELS.items()), default=State.OPEN)
    handler = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="tickets", verbose_name="处置单位"
    )
    found_at = models.DateTimeField("发现")
    opened = models.DateTimeField("立案", default=clock.now)
    dispatched_at = models.DateTimeField("派遣", null=True, blank=True)
    due = models.DateTimeField("期限", null=True, blank=True)
    handled_by = models.ForeignKey(Account, models.PROTECT, null=True, blank=True, related_name="+")
    code_by = models.ForeignKey(
        Account, models.PROTECT, null=True, blank=True, related_name="+",
        help_text="who had handed out the code with which the repair was reported",
    )  # fmt: skip
    handled_name = models.CharField("整改人", max_length=60, blank=True)
    handled_at = models.DateTimeField("整改完成", null=True, blank=True)
    handled_words = models.CharField("整改情况", max_length=500, blank=True)
    first_handled_at = models.DateTimeField("首次整改完成", null=True, blank=True)
    first_due = models.DateTimeField("首次期限", null=True, blank=True)
    verified_by = models.ForeignKey(Account, models.PROTECT, null=True, blank=True, related_name="+")
    verified_at = models.DateTimeField("核查", null=True, blank=True)
    closed_at = models.DateTimeField("结案", null=True, blank=True)
    fails = models.PositiveSmallIntegerField("核查不通过", default=0)
    returns = models.PositiveSmallIntegerField("退回", default=0)
    extensions = models.PositiveSmallIntegerField("延期", default=0)
    supervised_at = models.DateTimeField("督办", null=True, blank=True)
    suspended_for = models.CharField("挂账说明", max_length=500, blank=True)
    review_on = models.DateField("挂账复核日期", null=True, blank=True)
    repeats = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="repeated_by")
    next_rung_at = models.DateTimeField(null=True, blank=True, help_text="when somebody is to be told next")
    version = models.PositiveIntegerField(default=1)

    objects = TicketQuerySet.as_manager()

    class Meta:
        ordering = ("-opened", "id")
        constraints = (
            models.UniqueConstraint(fields=["town", "number"], name="one_ticket_a_number"),
            models.CheckConstraint(condition=~Q(town=""), name="ticket_of_a_town"),
            models.CheckConstraint(
                condition=~Q(state__in=["dispatched", "handled", "verified"])
                | Q(due__isnull=False, handler__isnull=False),
                name="dispatched_to_somebody_until_then",
            ),
            models.CheckConstraint(
                condition=Q(verified_by__isnull=True) | ~Q(verified_by=F("handled_by")),
                name="verified_by_another_person",
            ),
            models.CheckConstraint(
                condition=~Q(state="suspended") | (Q(review_on__isnull=False) & ~Q(suspended_for="")),
                name="suspended_with_reason_and_review",
            ),
        )
        indexes = (
            models.Index(fields=["town", "state", "due"]),
            models.Index("town", F("opened").desc(), "id", name="tickets_of_a_town"),
            models.Index(fields=["site", "problem_class"]),
            models.Index(fields=["handler", "state"]),
            models.Index(
                fields=["next_rung_at"], condition=Q(next_rung_at__isnull=False), name="tickets_to_tell_of"
            ),
        )

    def __str__(self) -> str:
        return f"{self.number} {self.site.name}：{self.class_name}"

    @property
    def state_now(self) -> State:
        """Its state."""
        return State(self.state)

    @property
    def light(self) -> Light:
        """The traffic light of its deadline; green where none counts."""
        return light(self.due, clock.now()) if self.state in RUNNING else Light.GREEN

    @property
    def is_late(self) -> bool:
        """Whether its deadline is over and the problem not mended."""
        return self.light == Light.RED

    @property
    def is_self_mended(self) -> bool:
        """Whether a self-check found it and it was mended in time, at the first try."""
        is_mended = self.first_handled_at is not None and self.state != State.DISMISSED
        return self.source == "self" and is_mended and not self.fails and bool(self.was_on_time)

    @property
    def was_on_time(self) -> bool | None:
        """Whether it was first mended in time; None while it is neither mended nor late."""
        if self.first_due is None:
            return None
        if self.first_handled_at is not None:
            return self.first_handled_at <= self.first_due
        return False if self.first_due < clock.now() else None


class TownNumbers(models.Model):
    """The last number of a town's tickets in a year; locked while one is given."""

    town = models.CharField(max_length=12)
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["town", "year"], name="one_count_a_year"),)


class Finding(models.Model):
    """What somebody saw of one clause at one time (发现的问题)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    ticket = models.ForeignKey(Ticket, models.PROTECT, related_name="findings")
    clause = models.CharField("检查项", max_length=60, blank=True)
    words = models.CharField("问题", max_length=500)
    seen = models.CharField("检查情况", max_length=300, blank=True)
    source = models.CharField("来源", max_length=20, choices=SOURCES)
    found_at = models.DateTimeField("发现")
    inspection = models.ForeignKey(Inspection, models.PROTECT, null=True, blank=True, related_name="findings")
    self_check = models.ForeignKey(
        "tickets.SelfCheck", models.PROTECT, null=True, blank=True, related_name="findings"
    )
    reference = models.CharField("来文编号", max_length=200, blank=True)
    withdrawn = models.CharField("撤销的原因", max_length=200, blank=True)

    class Meta:
        ordering = ("found_at", "id")
        constraints = (
            models.UniqueConstraint(
                fields=["inspection", "clause"],
                condition=Q(inspection__isnull=False, withdrawn=""),
                name="one_finding_a_clause",
            ),
        )  # fmt: skip
        indexes = (
            models.Index(fields=["reference"], condition=~Q(reference=""), name="findings_of_letters"),
        )


class ProofQuerySet(models.QuerySet["Proof"]):
    """Proofs, as far as one may see them."""

    def visible_to(self, account: Account) -> ProofQuerySet:
        """Those of tickets one may see."""
        return self.filter(ticket__in=Ticket.objects.visible_to(account))


class Proof(models.Model):
    """A photo of a ticket: of the problem (before) or of its repair (after), by SHA-256.

    Photos of inspections stay with these. `attempt` counts the repairs: after a failed verification the
    photos of the next one are another set.
    """

    class Kind(models.TextChoices):
        BEFORE = "before", "整改前"
        AFTER = "after", "整改后"
        CHECK = "check", "核查"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    ticket = models.ForeignKey(Ticket, models.PROTECT, related_name="proofs")
    kind = models.CharField("类别", max_length=8, choices=Kind)
    attempt = models.PositiveSmallIntegerField(default=1)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveIntegerField(default=0)
    content_type = models.CharField(max_length=40, blank=True)
    grade = models.CharField("取证方式", max_length=1, choices=Photo.Grade, blank=True)
    taken = models.DateTimeField("拍摄", null=True, blank=True)
    latitude = models.DecimalField(max_digits=10, decimal_places=7, null=True, blank=True)
    longitude = models.DecimalField(max_digits=10, decimal_places=7, null=True, blank=True)
    accuracy = models.PositiveIntegerField("精度（米）", null=True, blank=True)
    by = models.ForeignKey(Account, models.PROTECT, null=True, blank=True, related_name="+")
    at = models.DateTimeField("收到", default=clock.now)
    doubt = models.CharField("疑点", max_length=200, blank=True)

    objects = ProofQuerySet.as_manager()

    class Meta:
        ordering = ("at", "id")
        constraints = (
            models.UniqueConstraint(
                fields=["ticket", "kind", "attempt", "sha256"], name="one_proof_a_photo_and_attempt"
            ),
        )
        indexes = (models.Index(fields=["sha256"]),)


class Step(models.Model):
    """A move that was made with a ticket; never changed, for `median time per state` and its history."""

    ticket = models.ForeignKey(Ticket, models.PROTECT, related_name="steps")
    number = models.PositiveIntegerField()
    move = models.CharField("事项", max_length=12)
    label = models.CharField("事项", max_length=40)
    come_from = models.CharField(max_length=12, blank=True)
    leads_to = models.CharField(max_length=12)
    at = models.DateTimeField("时间", default=clock.now)
    lasted = models.DurationField(null=True, help_text="time in the state it came from")
    by = models.ForeignKey(Account, models.PROTECT, null=True, blank=True, related_name="+")
    by_name = models.CharField("操作人", max_length=200)
    reason = models.CharField("说明", max_length=500, blank=True)
    due = models.DateTimeField("期限", null=True, blank=True)
    handler = models.ForeignKey(Organisation, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ("number",)
        constraints = (models.UniqueConstraint(fields=["ticket", "number"], name="one_step_a_number"),)
        indexes = (models.Index(fields=["come_from", "at"]),)


class ExtensionQuerySet(models.QuerySet["Extension"]):
    """Extensions, as far as one may see them."""

    def visible_to(self, account: Account) -> ExtensionQuerySet:
        """Those of tickets one may see."""
        return self.filter(ticket__in=Ticket.objects.visible_to(account))


class Extension(models.Model):
    """More time asked for, and what was decided (延期申请)."""

    class State(models.TextChoices):
        ASKED = "asked", "待审"
        GRANTED = "granted", "同意"
        REFUSED = "refused", "不同意"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    ticket = models.ForeignKey(Ticket, models.PROTECT, related_name="extension_requests")
    until = models.DateTimeField("申请延至")
    reason = models.CharField("理由", max_length=500)
    asked_by = models.ForeignKey(Account, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(default=clock.now)
    state = models.CharField("状态", max_length=8, choices=State, default=State.ASKED)
    decided_by = models.ForeignKey(Account, models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    answer = models.CharField("审核意见", max_length=500, blank=True)

    objects = ExtensionQuerySet.as_manager()

    class Meta:
        ordering = ("-asked_at",)
        constraints = (
            models.UniqueConstraint(fields=["ticket"], condition=Q(state="asked"), name="one_open_extension"),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("asked_by")),
                name="extension_decided_by_another",
            ),
        )


class BlindCheck(models.Model):
    """A closed ticket that was drawn to be looked at once more (盲查)."""

    class Verdict(models.TextChoices):
        OPEN = "open", "待查"
        HOLDS = "holds", "整改属实"
        FAILS = "fails", "整改不实"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    ticket = models.ForeignKey(Ticket, models.PROTECT, related_name="blind_checks")
    month = models.CharField("月份", max_length=7)
    root = models.CharField("台账日根", max_length=64)
    drawn_at = models.DateTimeField(default=clock.now)
    verdict = models.CharField("结果", max_length=8, choices=Verdict, default=Verdict.OPEN)
    checked_by = models.ForeignKey(Account, models.PROTECT, null=True, blank=True, related_name="+")
    checked_at = models.DateTimeField(null=True, blank=True)
    words = models.CharField("情况", max_length=500, blank=True)

    OPEN_ONES: ClassVar[Q] = Q(verdict="open")

    class Meta:
        ordering = ("-drawn_at",)
        constraints = (models.UniqueConstraint(fields=["ticket", "month"], name="drawn_once_a_month"),)


class Followed(models.Model):
    """A visit whose findings have been followed up."""

    inspection = models.OneToOneField(Inspection, models.CASCADE, primary_key=True, related_name="followed")
    at = models.DateTimeField(default=clock.now)


class SiteCodeQuerySet(models.QuerySet["SiteCode"]):
    """Codes of sites."""

    def live(self) -> SiteCodeQuerySet:
        """Those that open something now."""
        return self.filter(ended=None, expires__gt=clock.now())


class SiteCode(models.Model):
    """A code by which a shop without an account says that it mended its problem (验证码); its hash alone.

    `tries` counts the wrong ones in its whole life, `photos` those that were handed in with it.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    site = models.ForeignKey(Site, models.PROTECT, related_name="codes")
    hash = models.CharField(max_length=128)
    made_by = models.ForeignKey(Account, models.PROTECT, related_name="+")
    made_at = models.DateTimeField("生成", default=clock.now)
    expires = models.DateTimeField("有效至")
    tries = models.PositiveSmallIntegerField("输错", default=0)
    locked_until = models.DateTimeField("暂停至", null=True, blank=True)
    used_at = models.DateTimeField("最近使用", null=True, blank=True)
    photos = models.PositiveSmallIntegerField(default=0)
    ended = models.DateTimeField("停用", null=True, blank=True)

    objects = SiteCodeQuerySet.as_manager()

    class Meta:
        ordering = ("-made_at",)
        constraints = (
            models.UniqueConstraint(
                fields=["site"], condition=Q(ended__isnull=True), name="one_open_code_a_site"
            ),
        )

    def __str__(self) -> str:
        return f"{self.site.name}的验证码"

    @property
    def is_live(self) -> bool:
        """Whether it opens anything."""
        return self.ended is None and self.expires > clock.now()


class CodeFailure(models.Model):
    """A wrong code from an address."""

    address = models.CharField(max_length=45)
    at = models.DateTimeField(default=clock.now)

    class Meta:
        indexes = (models.Index(fields=["address", "at"]),)


from zerentian.tickets.guidance_models import (  # noqa: E402, F401 - found by Django here
    Attendance,
    Guidance,
    GuidancePhoto,
    GuidanceSite,
)
from zerentian.tickets.intake_models import DeviceEvent, Sender  # noqa: E402, F401 - found by Django here
from zerentian.tickets.self_check_models import (  # noqa: E402, F401 - found by Django here
    SelfCheck,
    SelfCheckPhoto,
    SheetText,
)

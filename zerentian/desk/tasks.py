"""What an account has to do now, room by room, each with its traffic light."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.urls import reverse

from zerentian.core import clock
from zerentian.people.models import Account
from zerentian.people.rules import Right
from zerentian.places.models import Site, SiteKind
from zerentian.results.models import Closing
from zerentian.rounds.models import Assignment, Correction, Flag, Inspection, Round
from zerentian.standards.models import RuleVersion
from zerentian.standards.queries import policy_of, standards_of

_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Task:
    """Something to do, with its traffic light: green, yellow or red."""

    title: str
    url: str
    light: str


FURTHER: list[Callable[[Account], Iterator[Task]]] = []
"""What upper rooms have to do; they join when they are loaded."""


def tasks(account: Account) -> list[Task]:
    """What is left to do, the most urgent first."""
    found = [*_inspector_tasks(account), *_correction_tasks(account), *_month_tasks(account)]
    found += [*_evidence_tasks(account), *_rule_tasks(account), *_people_tasks(account)]
    found += [task for further in FURTHER for task in further(account)]
    return sorted(found, key=lambda one: ("red", "yellow", "green").index(one.light))


def _inspector_tasks(account: Account) -> Iterator[Task]:
    if not account.has(Right.INSPECT):
        return
    mine = Assignment.objects.visible_to(account).filter(inspector=account, round__state=Round.State.OPEN)
    late = mine.late(clock.today()).count()
    if late:
        yield Task(f"{late} 个点位过了检查日还没有查", reverse("rounds:today"), "red")
    today = mine.filter(day=clock.today(), state=Assignment.State.DUE).count()
    if today:
        yield Task(f"今天还有 {today} 个点位要查", reverse("rounds:today"), "yellow")
    drafts = Inspection.objects.filter(inspector=account, state=Inspection.State.DRAFT)
    for one in drafts.select_related("site")[:_SHOWN]:
        yield Task(f"草稿没有提交：{one.site.name}", reverse("rounds:inspection", args=[one.pk]), "yellow")


def _correction_tasks(account: Account) -> Iterator[Task]:
    if not account.has(Right.CORRECT_INSPECTIONS):
        return
    waiting = Correction.objects.visible_to(account).filter(state=Correction.State.PROPOSED)
    for one in waiting.exclude(proposed_by=account).select_related("inspection__site")[:_SHOWN]:
        yield Task(f"更正待审：{one.inspection.site.name}", reverse("rounds:decide", args=[one.pk]), "yellow")
    unsigned = Assignment.objects.visible_to(account).filter(
        state=Assignment.State.UNREACHABLE, signed_by=None, round__state=Round.State.OPEN
    )
    for task in unsigned.select_related("site")[:_SHOWN]:
        url = reverse("rounds:plan", args=[task.round_id]) + "?state=unreachable"
        yield Task(f"未能检查待签认：{task.site.name}", url, "yellow")


def _evidence_tasks(account: Account) -> Iterator[Task]:
    if not account.has(Right.CORRECT_INSPECTIONS):
        return
    flags = Flag.objects.visible_to(account).filter(state=Flag.State.OPEN)
    counts = flags.aggregate(all=Count("pk"), holding=Count("pk", Flag.HOLDING))
    url, holding = reverse("rounds:flags") + "?state=open", counts["holding"]
    if holding:
        yield Task(f"{holding} 个疑点待处理，处理前不能关账", f"{url}&holds=True", "red")
    if counts["all"] > holding:
        yield Task(f"{counts['all'] - holding} 个提示性疑点可以看一眼", f"{url}&holds=False", "yellow")
    scope, standings = account.scope(Right.CORRECT_INSPECTIONS), Inspection.Standing
    seen = Inspection.objects.filter(
        scope.regions("site__region__code") | scope.own("organisation_id"),
        round__state=Round.State.OPEN, state=Inspection.State.SUBMITTED,
    ).exclude(inspector=account)  # fmt: skip
    open_ones = seen.aggregate(
        incomplete=Count("pk", Q(photos_awaited__gt=0)),
        double=Count("pk", Q(standing=standings.DOUBLE)),
        outside=Count("pk", Q(standing=standings.OUTSIDE)),
    )
    url = reverse("rounds:inspections")
    if open_ones["incomplete"]:
        yield Task(f"{open_ones['incomplete']} 次检查还有照片没到", f"{url}?photos_awaited__gt=0", "yellow")
    for value in (standings.DOUBLE, standings.OUTSIDE):
        if count := open_ones[value.value]:
            words = f"{count} 次{value.label}没有计分，请决定是否计入"
            yield Task(words, f"{url}?standing={value}", "yellow")


def _month_tasks(account: Account) -> Iterator[Task]:
    if account.has(Right.PLAN_ROUNDS):
        mine = Round.objects.visible_to(account, Right.PLAN_ROUNDS)
        if not mine.filter(month=clock.this_month()).exists():
            yield Task("本月测评还没有建立", reverse("rounds:new_round"), "red")
        for one in mine.filter(state=Round.State.PLANNING):
            yield Task(f"{one}还没有抽签", reverse("rounds:round", args=[one.pk]), "red")
        late = Assignment.objects.late(clock.today()).filter(round__in=mine.filter(state=Round.State.OPEN))
        behind = dict(late.order_by().values_list("round").annotate(Count("pk")))
        for one in Round.objects.filter(pk__in=behind):
            url = reverse("rounds:round", args=[one.pk])
            yield Task(f"{one}有 {behind[one.pk]} 个点位晚了", url, "red")
    if account.has(Right.CLOSE_MONTH):
        town = account.scope(Right.CLOSE_MONTH).regions("round__town")
        yield from _closing_tasks(account)
        prepared = Closing.objects.filter(town, state=Closing.State.PREPARED).exclude(prepared_by=account)
        for closing in prepared.select_related("round"):
            yield Task(f"关账待您确认：{closing}", reverse("results:closing", args=[closing.pk]), "red")
        unpublished = Closing.objects.filter(town, state=Closing.State.CLOSED, published=None)
        for closing in unpublished.select_related("round"):
            yield Task(f"已关账未公布：{closing}", reverse("results:closing", args=[closing.pk]), "yellow")


def _closing_tasks(account: Account) -> Iterator[Task]:
    """Rounds that could be closed: all is inspected, or their month is over."""
    first, again = Q(assignments__is_recheck=False), Q(assignments__is_recheck=True)
    due = Q(assignments__state=Assignment.State.DUE)
    town = account.scope(Right.CLOSE_MONTH).regions("town")
    rounds: QuerySet[Any] = (  # with its counts
        Round.objects.filter(town, state=Round.State.OPEN)
        .exclude(closings__state=Closing.State.PREPARED)
        .annotate(
            drawn=Count("assignments", first),
            due=Count("assignments", first & due),
            rechecks=Count("assignments", again),
            open_rechecks=Count("assignments", again & due),
        )
        .order_by("-month")
    )
    for one in rounds[:_SHOWN]:
        url = reverse("results:close", args=[one.pk])
        if one.month < clock.this_month():
            yield Task(f"{one}已过月底，还没有关账", url, "red")
        elif one.drawn and not one.due and not one.rechecks:
            yield Task(f"{one}初查已完成，可以抽取复查", reverse("rounds:round", args=[one.pk]), "yellow")
        elif one.drawn and not one.due and not one.open_rechecks:
            yield Task(f"{one}检查、复查都已完成，可以关账", url, "yellow")


def _rule_tasks(account: Account) -> Iterator[Task]:
    if not account.has(Right.MANAGE_STANDARDS):
        return
    url, month = reverse("standards:versions"), clock.this_month()
    covered = standards_of(account.town, month)
    kinds = Site.objects.visible_to(account).active().order_by().values_list("kind", flat=True).distinct()
    for kind in kinds:
        if kind not in covered:
            yield Task(f"{SiteKind(kind).label}还没有本月适用的评分标准", url, "red")
    if policy_of(account.town, month) is None:
        yield Task("还没有本月适用的考评办法", url, "red")
    drafts = RuleVersion.objects.visible_to(account).filter(published__isnull=True)
    for draft in drafts[:_SHOWN]:
        yield Task(f"草稿待发布：{draft}", reverse("standards:version", args=[draft.pk]), "yellow")


def _people_tasks(account: Account) -> Iterator[Task]:
    if not account.has(Right.MANAGE_PEOPLE):
        return
    idle = Account.objects.visible_to(account).filter(is_active=True, posts__isnull=True)
    for one in idle[:_SHOWN]:
        yield Task(f"账号没有岗位：{one.name}", reverse("people:account", args=[one.pk]), "yellow")

"""What an account has to do now, room by room, each with its traffic light."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from django.db.models import Q
from django.urls import reverse

from zerentian.core import clock
from zerentian.desk import ticket_tasks
from zerentian.desk.standing import SHOWN, Standing
from zerentian.desk.to_do import Task
from zerentian.people.models import Account
from zerentian.people.rules import Right
from zerentian.places.models import SiteKind
from zerentian.results.models import Closing
from zerentian.rounds.models import Inspection, Round
from zerentian.standards.models import RuleVersion

FURTHER: list[Callable[[Account], Iterator[Task]]] = []
"""What upper rooms have to do; they join when they are loaded."""


def tasks(account: Account, standing: Standing | None = None) -> list[Task]:
    """What is left to do, the most urgent first."""
    standing = standing or Standing(account)
    found = [*_inspector_tasks(standing), *_correction_tasks(standing), *_month_tasks(standing)]
    found += [*_evidence_tasks(standing), *_rule_tasks(standing), *_people_tasks(standing)]
    found += ticket_tasks.tasks(account, standing.answers)
    found += [task for further in FURTHER for task in further(account)]
    return sorted(found, key=lambda one: ("red", "yellow", "green").index(one.light))


def _inspector_tasks(standing: Standing) -> Iterator[Task]:
    if not standing.account.has(Right.INSPECT):
        return
    told = standing.answers
    if told["late"]:
        yield Task(f"{told['late']} 个点位过了检查日还没有查", reverse("rounds:today"), "red")
    if told["today"]:
        yield Task(f"今天还有 {told['today']} 个点位要查", reverse("rounds:today"), "yellow")
    for one in told["drafts"] or ():
        yield Task(f"草稿没有提交：{one['site']}", reverse("rounds:inspection", args=[one["id"]]), "yellow")


def _correction_tasks(standing: Standing) -> Iterator[Task]:
    if not standing.account.has(Right.CORRECT_INSPECTIONS):
        return
    for one in standing.answers["corrections"] or ():
        yield Task(f"更正待审：{one['site']}", reverse("rounds:decide", args=[one["id"]]), "yellow")
    for one in standing.answers["unsigned"] or ():
        url = reverse("rounds:plan", args=[one["round"]]) + "?state=unreachable"
        yield Task(f"未能检查待签认：{one['site']}", url, "yellow")


def _evidence_tasks(standing: Standing) -> Iterator[Task]:
    if not standing.account.has(Right.CORRECT_INSPECTIONS):
        return
    told, standings = standing.answers, Inspection.Standing
    url, holding = reverse("rounds:flags") + "?state=open", told["holding"]
    if holding:
        yield Task(f"{holding} 个疑点待处理，处理前不能关账", f"{url}&holds=True", "red")
    if told["flags"] > holding:
        yield Task(f"{told['flags'] - holding} 个提示性疑点可以看一眼", f"{url}&holds=False", "yellow")
    url = reverse("rounds:inspections")
    if told["incomplete"]:
        yield Task(f"{told['incomplete']} 次检查还有照片没到", f"{url}?photos_awaited__gt=0", "yellow")
    for value in (standings.DOUBLE, standings.OUTSIDE):
        if count := told[value.value]:
            words = f"{count} 次{value.label}没有计分，请决定是否计入"
            yield Task(words, f"{url}?standing={value}", "yellow")


def _month_tasks(standing: Standing) -> Iterator[Task]:
    account = standing.account
    if account.has(Right.PLAN_ROUNDS):
        yield from _round_tasks(standing)
    if account.has(Right.CLOSE_MONTH):
        scope = account.scope(Right.CLOSE_MONTH)
        yield from _closing_tasks(standing)
        for one in standing.closings:
            if not scope.covers(one.round.town):
                continue
            url = reverse("results:closing", args=[one.pk])
            if one.state == Closing.State.PREPARED and one.prepared_by_id != account.pk:
                yield Task(f"关账待您确认：{one}", url, "red")
            if one.state == Closing.State.CLOSED and one.published is None:
                yield Task(f"已关账未公布：{one}", url, "yellow")


def _round_tasks(standing: Standing) -> Iterator[Task]:
    scope = standing.account.scope(Right.PLAN_ROUNDS)
    mine = [one for one in standing.rounds if scope.covers(one.town)]
    if not any(one.month == clock.this_month() for one in mine):
        yield Task("本月测评还没有建立", reverse("rounds:new_round"), "red")
    for one in mine:
        url = reverse("rounds:round", args=[one.pk])
        if one.state == Round.State.PLANNING:
            yield Task(f"{one}还没有抽签", url, "red")
        if one.state == Round.State.OPEN and one.late:
            yield Task(f"{one}有 {one.late} 个点位晚了", url, "red")


def _closing_tasks(standing: Standing) -> Iterator[Task]:
    """Rounds that could be closed: all is inspected, or their month is over."""
    scope = standing.account.scope(Right.CLOSE_MONTH)
    waiting = {one.round_id for one in standing.closings if one.state == Closing.State.PREPARED}
    mine = [one for one in standing.rounds if one.state == Round.State.OPEN and scope.covers(one.town)]
    for one in [one for one in mine if one.pk not in waiting][:SHOWN]:
        url = reverse("results:close", args=[one.pk])
        if one.month < clock.this_month():
            yield Task(f"{one}已过月底，还没有关账", url, "red")
        elif one.drawn and not one.due and not one.rechecks:
            yield Task(f"{one}初查已完成，可以抽取复查", reverse("rounds:round", args=[one.pk]), "yellow")
        elif one.drawn and not one.due and not one.open_rechecks:
            yield Task(f"{one}检查、复查都已完成，可以关账", url, "yellow")


def _rule_tasks(standing: Standing) -> Iterator[Task]:
    account = standing.account
    if not account.has(Right.MANAGE_STANDARDS):
        return
    url = reverse("standards:versions")
    in_force = Q(town=account.town, published__isnull=False, effective_from__lte=clock.this_month())
    wanted = RuleVersion.objects.visible_to(account).filter(in_force | Q(published=None))
    rules = list(wanted.defer("text"))
    standards = {one.site_kind for one in rules if one.published and one.kind == RuleVersion.Kind.STANDARD}
    for kind in standing.answers["kinds"] or ():
        if kind not in standards:
            yield Task(f"{SiteKind(kind).label}还没有本月适用的评分标准", url, "red")
    if not any(one.published and one.kind == RuleVersion.Kind.POLICY for one in rules):
        yield Task("还没有本月适用的考评办法", url, "red")
    for draft in [one for one in rules if one.published is None][:SHOWN]:
        yield Task(f"草稿待发布：{draft}", reverse("standards:version", args=[draft.pk]), "yellow")


def _people_tasks(standing: Standing) -> Iterator[Task]:
    if not standing.account.has(Right.MANAGE_PEOPLE):
        return
    for one in standing.answers["idle"] or ():
        yield Task(f"账号没有岗位：{one['name']}", reverse("people:account", args=[one["id"]]), "yellow")

"""What the home page shows, by what an account may do."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from operator import or_

from django.db.models import Q
from django.urls import reverse

from zerentian.core import clock
from zerentian.core.months import in_words
from zerentian.desk.standing import Standing
from zerentian.ledger.models import Event
from zerentian.people.models import Account
from zerentian.people.rules import Right
from zerentian.results.models import Closing, SubjectResult
from zerentian.rounds.models import Round

_TOLD = ("site.", "round.", "closing.", "rule.", "correction.", "assignment.")


@dataclass(frozen=True, slots=True)
class Card:
    """A figure that links to what it is made of."""

    title: str
    value: object
    url: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """A stage of the month: done, now, next, or apart from the order; with what stands there."""

    title: str
    state: str
    note: str
    url: str


def month_strip(account: Account, standing: Standing | None = None) -> tuple[Round, list[Step]] | None:
    """The latest round as one strip: plan, inspect, re-inspect, rectify, close, publish, interview."""
    standing = standing or Standing(account)
    round_ = standing.latest_round
    if round_ is None:
        return None
    closing = next((one for one in standing.closings if one.round_id == round_.pk), None)
    closed = closing is not None and closing.state == Closing.State.CLOSED
    board = reverse("rounds:round", args=[round_.pk])
    close = reverse("results:close", args=[round_.pk]) if account.has(Right.SEE_DRAFT_RESULTS) else board
    result = reverse("results:closing", args=[closing.pk]) if closing else close
    tickets, live = standing.answers["tickets_of_round"], standing.answers["tickets_live"]
    mended = f"{tickets - live}/{tickets} 已办结" if tickets else "没有要整改的"
    rectify = f"{reverse('tickets:tickets')}?opened_month={round_.month}&source={round_.source}"
    left = f"{(round_.drawn - round_.due) * 100 // round_.drawn if round_.drawn else 0}%，还差 {round_.due}"
    rechecked = f"{round_.done_rechecks}/{round_.rechecks}" if round_.rechecks else "未抽取"
    stages = [
        ("抽签排定", round_.drawn > 0, f"{round_.drawn} 个点位" if round_.drawn else "还没有抽签", board),
        ("检查", round_.drawn > 0 and not round_.due, left, board),
        ("复查", round_.rechecks > 0 and not round_.open_rechecks, rechecked, board),
        ("整改", round_.drawn > 0 and not round_.due and not live, mended, rectify),
        ("关账", closed, "待第二人确认" if closing and not closed else "", close),
        ("公布", bool(closing and closing.published), "", result),
        ("约谈", False, f"{closing.interviews} 个须约谈" if closing and closed else "", result),
    ]
    steps, current = [], True
    for title, done, note, url in stages:
        steps.append(Step(title, "done" if done else "now" if current else "next", note, url))
        current = current and done
    return round_, steps


def cards(account: Account, standing: Standing | None = None) -> list[Card]:
    """The figures at the top."""
    standing = standing or Standing(account)
    told, found = standing.answers, []
    if account.has(Right.INSPECT):
        found.append(Card("今天还要查", told["left"], reverse("rounds:today")))
    own = _own_standing(account)
    if own is not None:
        place = f"{own.closing.round}，共 {own.of} 个" if own.rank else own.not_ranked
        found.append(Card("最近名次", own.rank or "—", reverse("results:subject", args=[own.pk]), place))
    else:
        found += _latest_results(standing)
    if account.has(Right.SEE_PLACES) and (told["sites"] or account.has(Right.MANAGE_PLACES)):
        found.append(Card("在用点位", told["sites"], f"{reverse('places:sites')}?is_active=True"))
    if account.has(Right.SEE_INSPECTIONS):
        url = f"{reverse('rounds:inspections')}?q={clock.this_month()}"
        found.append(Card("本月检查", told["inspections"], url, f"不达标 {told['failed']}"))
    if account.has(Right.MANAGE_PEOPLE):
        found.append(Card("启用的账号", told["people"], reverse("people:accounts")))
    if account.has(Right.READ_LEDGER):
        today = f"今天 {told['events_today']} 条"
        found.append(Card("台账记录", told["events"], reverse("desk:ledger"), today))
    return found


def _latest_results(standing: Standing) -> list[Card]:
    """The latest published month, for those who oversee more than one committee."""
    if not standing.account.has(Right.SEE_RESULTS):
        return []
    for one in standing.closings:
        if one.state == Closing.State.CLOSED and one.published:
            url = reverse("results:closing", args=[one.pk])
            return [Card("最近公布", in_words(one.round.month), url, f"须约谈 {one.interviews} 个村居")]
    return []


def changes(account: Account) -> list[Event]:
    """The latest acts on places, rounds and results that the account oversees."""
    scope = account.scope(Right.MANAGE_PLACES)
    if scope.is_empty:
        return []
    kinds = reduce(or_, (Q(kind__startswith=prefix) for prefix in _TOLD))
    return list(Event.objects.filter(kinds, scope.regions("town")).order_by("-at")[:8])


def _own_standing(account: Account) -> SubjectResult | None:
    """The latest published result of the committee whose post the account holds."""
    regions = {post.region for post in account.current_posts if not post.region.endswith("000")}
    if not regions:
        return None
    rows = SubjectResult.objects.visible_to(account).filter(
        subject__in=regions, closing__state=Closing.State.CLOSED
    )
    rows = rows.select_related("closing__round").defer("closing__inputs", "closing__round__secret")
    return rows.order_by("-closing__round__month").first()

"""What the home page shows, by what an account may do."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.urls import reverse

from zerentian.core import clock
from zerentian.core.months import in_words
from zerentian.ledger.models import Event
from zerentian.people.models import Account
from zerentian.people.rules import Right
from zerentian.places.models import Site
from zerentian.results.models import Closing, ListEntry, SubjectResult
from zerentian.rounds.models import Assignment, Inspection, Round
from zerentian.rounds.queries import coverage, tasks_of_today

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
    """A stage of the month: done, now or next, with what stands there."""

    title: str
    state: str
    note: str
    url: str


def month_strip(account: Account) -> tuple[Round, list[Step]] | None:
    """The latest round as one strip: plan, inspect, re-inspect, close, publish, interview."""
    if not account.has(Right.SEE_ROUNDS):
        return None
    round_ = Round.objects.visible_to(account).filter(town__in=account.towns).order_by("-month").first()
    if round_ is None:
        return None
    first = coverage(round_.assignments.filter(is_recheck=False))
    again = coverage(round_.assignments.filter(is_recheck=True))
    closing = Closing.objects.visible_to(account).filter(
        round=round_, state__in=(Closing.State.CLOSED, Closing.State.PREPARED)
    ).defer("inputs").last()  # fmt: skip
    closed = closing is not None and closing.state == Closing.State.CLOSED
    board = reverse("rounds:round", args=[round_.pk])
    close = reverse("results:close", args=[round_.pk]) if account.has(Right.SEE_DRAFT_RESULTS) else board
    result = reverse("results:closing", args=[closing.pk]) if closing else close
    interviews = closing.entries.filter(kind=ListEntry.Kind.INTERVIEW).count() if closing else 0
    drawn, rechecked = f"{first.total} 个点位", f"{again.done}/{again.total}"
    stages = [
        ("抽签排定", first.total > 0, drawn if first.total else "还没有抽签", board),
        ("检查", first.total > 0 and not first.due, f"{first.percent}%，还差 {first.due}", board),
        ("复查", again.total > 0 and not again.due, rechecked if again.total else "未抽取", board),
        ("关账", closed, "待第二人确认" if closing and not closed else "", close),
        ("公布", bool(closing and closing.published), "", result),
        ("约谈", False, f"{interviews} 个须约谈" if closed else "", result),
    ]
    steps, current = [], True
    for title, done, note, url in stages:
        steps.append(Step(title, "done" if done else "now" if current else "next", note, url))
        current = current and done
    return round_, steps


def cards(account: Account) -> list[Card]:
    """The figures at the top."""
    found = []
    if account.has(Right.INSPECT):
        mine = Assignment.objects.visible_to(account).filter(inspector=account)
        left = tasks_of_today(mine).filter(state=Assignment.State.DUE).count()
        found.append(Card("今天还要查", left, reverse("rounds:today")))
    own = _own_standing(account)
    if own is not None:
        place = f"{own.closing.round}，共 {own.of} 个" if own.rank else own.not_ranked
        found.append(Card("最近名次", own.rank or "—", reverse("results:subject", args=[own.pk]), place))
    else:
        found += _latest_results(account)
    if account.has(Right.SEE_PLACES):
        count = Site.objects.visible_to(account).active().count()
        if count or account.has(Right.MANAGE_PLACES):
            found.append(Card("在用点位", count, f"{reverse('places:sites')}?is_active=True"))
    if account.has(Right.SEE_INSPECTIONS):
        month = clock.this_month()
        seen = Inspection.objects.visible_to(account).filter(month=month, state=Inspection.State.SUBMITTED)
        told = seen.aggregate(all=Count("pk"), failed=Count("pk", Q(passed=False)))
        url = f"{reverse('rounds:inspections')}?q={month}"
        found.append(Card("本月检查", told["all"], url, f"不达标 {told['failed']}"))
    if account.has(Right.MANAGE_PEOPLE):
        people = Account.objects.visible_to(account).filter(is_active=True)
        found.append(Card("启用的账号", people.count(), reverse("people:accounts")))
    if account.has(Right.READ_LEDGER):
        events = Event.objects.filter(account.scope(Right.READ_LEDGER).regions("town"))
        today = events.filter(at__date=clock.today()).count()
        found.append(Card("台账记录", events.count(), reverse("desk:ledger"), f"今天 {today} 条"))
    return found


def _latest_results(account: Account) -> list[Card]:
    """The latest published month, for those who oversee more than one committee."""
    if not account.has(Right.SEE_RESULTS):
        return []
    due = Count("entries", Q(entries__kind=ListEntry.Kind.INTERVIEW))
    published: QuerySet[Any] = Closing.objects.visible_to(account).filter(
        state=Closing.State.CLOSED, published__isnull=False
    )
    latest = (
        published.defer("inputs").select_related("round").annotate(due=due).order_by("-round__month").first()
    )
    if latest is None:
        return []
    url = reverse("results:closing", args=[latest.pk])
    return [Card("最近公布", in_words(latest.round.month), url, f"须约谈 {latest.due} 个村居")]


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
    return rows.select_related("closing__round").order_by("-closing__round__month").first()

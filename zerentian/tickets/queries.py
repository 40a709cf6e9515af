"""Reads of tickets: what lists, boards and registers share, so that every number is the length of a list."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import (
    Aggregate,
    Case,
    CharField,
    Count,
    DurationField,
    F,
    Func,
    Q,
    Value,
    When,
)

from zerentian.core import clock
from zerentian.core.months import bounds
from zerentian.core.worktime import TOWN_ZONE
from zerentian.tickets.models import Finding, Proof, Step, Ticket, TicketQuerySet
from zerentian.tickets.rules import LIVE, RUNNING, STATE_LABELS, State

TERMS = {"late": "已逾期", "today": "今天到期", "ahead": "未到期"}
AGES = {
    "day": "1 天内",
    "three": "1 至 3 天",
    "week": "3 至 7 天",
    "month": "7 至 30 天",
    "older": "30 天以上",
}
_OLDEST = {"day": 1, "three": 3, "week": 7, "month": 30}
_ENDED = (State.VERIFIED, State.CLOSED)


def with_terms(rows: TicketQuerySet, now: datetime.datetime | None = None) -> TicketQuerySet:
    """With what time makes of each: `term`, `age`, `is_live`, `punctual`, `at_once` (right at first)."""
    now = now or clock.now()
    midnight = _end_of_day(now)
    runs, ends = Q(state__in=RUNNING), Q(state__in=_ENDED)
    mended_late = Q(first_handled_at__gt=F("first_due")) | Q(first_handled_at=None, first_due__lt=now)
    ages = [
        When(opened__gt=now - datetime.timedelta(days=days), then=Value(name))
        for name, days in _OLDEST.items()
    ]
    return rows.annotate(
        term=_words(
            When(runs & Q(due__lt=now), then=Value("late")),
            When(runs & Q(due__lt=midnight), then=Value("today")),
            When(runs, then=Value("ahead")),
        ),
        age=Case(*ages, default=Value("older"), output_field=CharField()),
        is_live=_words(When(state__in=LIVE, then=Value("yes"))),
        punctual=_words(
            When(first_handled_at__lte=F("first_due"), then=Value("yes")),
            When(mended_late, then=Value("no")),
        ),
        at_once=_words(
            When(ends & Q(fails=0), then=Value("yes")), When(ends | Q(fails__gt=0), then=Value("no"))
        ),
        again=_words(When(repeats__isnull=False, then=Value("yes"))),
        supervised=_words(When(supervised_at__isnull=False, then=Value("yes"))),
        opened_month=_Month("opened"),
        due_month=_Month("first_due"),
        closed_month=_Month("closed_at"),
    )


class _Month(Func):
    """The month of a moment in the town, as `YYYY-MM`."""

    function = "to_char"
    template = f"to_char(%(expressions)s AT TIME ZONE '{TOWN_ZONE.key}', 'YYYY-MM')"
    output_field = CharField()


def _words(*whens: When) -> Case:
    return Case(*whens, default=Value(""), output_field=CharField())


def _end_of_day(now: datetime.datetime) -> datetime.datetime:
    day = now.astimezone(TOWN_ZONE).date() + datetime.timedelta(days=1)
    return datetime.datetime.combine(day, datetime.time(), TOWN_ZONE)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a board: who or what, how many, and how well they went. Rates are of 100, or None."""

    key: str
    name: str
    live: int
    late: int
    today: int
    returned: int
    suspended: int
    registered: int
    ended: int
    punctual: int
    judged: int
    at_once: int
    checked: int

    @property
    def on_time(self) -> int | None:
        """Share of those mended in time, of those whose deadline decided it."""
        return _share(self.punctual, self.judged)

    @property
    def first_right(self) -> int | None:
        """Share of those whose first repair held."""
        return _share(self.at_once, self.checked)

    @property
    def light(self) -> str:
        """Red with one that is late, yellow with one that is due today."""
        return "red" if self.late else "yellow" if self.today else "green"


BOARDS = {
    "committee": ("各村居", "site__region_id", "site__region__name", "site__region"),
    "handler": ("各处置单位", "handler_id", "handler__name", "handler"),
    "class": ("各问题类别", "problem_class", "class_name", "problem_class"),
    "source": ("各来源", "source", "source", "source"),
}
"""Title, key, name and the list's filter of each board."""


def counts(month: str, now: datetime.datetime | None = None) -> dict[str, Count]:
    """What a board counts: how things stand now, and what became of the tickets due or opened in a month."""
    now = now or clock.now()
    in_month = bounds(month, TOWN_ZONE)
    live, runs = Q(state__in=LIVE), Q(state__in=RUNNING)
    due = Q(first_due__range=in_month)
    right = Q(first_handled_at__lte=F("first_due"))
    judged = Q(first_handled_at__isnull=False) | Q(first_due__lt=now)
    opened = Q(opened__range=in_month)
    checked = opened & (Q(state__in=_ENDED) | Q(fails__gt=0))
    return {
        "live": Count("pk", live),
        "late": Count("pk", runs & Q(due__lt=now)),
        "today": Count("pk", runs & Q(due__gte=now, due__lt=_end_of_day(now))),
        "returned": Count("pk", Q(state=State.RETURNED)),
        "suspended": Count("pk", Q(state=State.SUSPENDED)),
        "registered": Count("pk", opened),
        "ended": Count("pk", Q(closed_at__range=in_month)),
        "punctual": Count("pk", due & right),
        "judged": Count("pk", due & judged),
        "at_once": Count("pk", opened & Q(state__in=_ENDED, fails=0)),
        "checked": Count("pk", checked),
    }


def whole(rows: TicketQuerySet, month: str) -> Line:
    """All tickets in one line."""
    told = _of_month(rows, month).aggregate(**counts(month))
    return Line(key="", name="", **told)


def board(rows: TicketQuerySet, month: str, name: str) -> list[Line]:
    """One of `BOARDS`: a line for each that has tickets, the latest ones first."""
    _, key_field, name_field, _ = BOARDS[name]
    sources = dict(Ticket._meta.get_field("source").flatchoices)
    named = _of_month(rows, month).order_by().annotate(key=F(key_field), name=F(name_field))
    found: Any = named.values("key", "name").annotate(**counts(month))
    lines = [
        Line(**one | {"key": str(one["key"] or ""), "name": _named(name, one["name"], sources)})
        for one in found
    ]
    return sorted(lines, key=lambda one: (-one.late, -one.live, one.name))


def _named(board_name: str, value: object, sources: dict[str, str]) -> str:
    if board_name == "source":
        return sources.get(str(value), str(value))
    return str(value or "（还没有派遣）")


def _share(part: int, of: int) -> int | None:
    return round(Decimal(100) * part / of) if of else None


def _of_month(rows: TicketQuerySet, month: str) -> TicketQuerySet:
    """Those that any count of a board may hold: live, or touched in the month."""
    in_month = bounds(month, TOWN_ZONE)
    touched = Q(opened__range=in_month) | Q(first_due__range=in_month) | Q(closed_at__range=in_month)
    return rows.filter(Q(state__in=LIVE) | touched)


def ages(rows: TicketQuerySet) -> list[tuple[str, str, int]]:
    """Live tickets by age: key, words, how many."""
    found: Any = with_terms(rows.live()).order_by()
    told = dict(found.values_list("age").annotate(Count("pk")))
    return [(key, words, told.get(key, 0)) for key, words in AGES.items()]


class _Median(Aggregate):
    function = "percentile_cont"
    template = "%(function)s(0.5) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = DurationField()


def median_times(rows: TicketQuerySet, month: str) -> list[tuple[str, datetime.timedelta, int]]:
    """How long tickets stayed in each state in a month: state, median, how many left it."""
    left = Step.objects.filter(at__range=bounds(month, TOWN_ZONE), lasted__isnull=False, ticket__in=rows)
    found = left.order_by().values("come_from").annotate(median=_Median("lasted"), count=Count("pk"))
    told = {one["come_from"]: (one["median"], one["count"]) for one in found}
    return [(label, *told[state]) for state, label in STATE_LABELS.items() if state in told]


def recurring(rows: TicketQuerySet, month: str, most: int = 10) -> list[dict[str, Any]]:
    """What tickets that were opened in a month are most often about: words, how many, at how many sites."""
    opened = rows.filter(opened__range=bounds(month, TOWN_ZONE))
    found: Any = Finding.objects.filter(ticket__in=opened, withdrawn="").exclude(words="")
    counted = (
        found.order_by()
        .values("words")
        .annotate(count=Count("ticket", distinct=True), sites=Count("ticket__site", distinct=True))
    )
    return list(counted.order_by("-count", "words")[:most])


@dataclass(frozen=True, slots=True)
class Attempt:
    """One repair: its photos, and those of who looked at it."""

    number: int
    after: Sequence[Proof]
    check: Sequence[Proof]


def attempts(ticket: Ticket) -> Iterator[Attempt]:
    """All repairs, the last one first."""
    proofs = list(ticket.proofs.all())
    for number in range(ticket.fails + 1, 0, -1):
        mine = [one for one in proofs if one.attempt == number]
        after = [one for one in mine if one.kind == Proof.Kind.AFTER]
        check = [one for one in mine if one.kind == Proof.Kind.CHECK]
        if after or check or number == ticket.fails + 1:
            yield Attempt(number, after, check)

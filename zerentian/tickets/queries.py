"""Reads of tickets: what lists, boards and registers share, so that every number is the length of a list."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import (
    Aggregate,
    BooleanField,
    Case,
    CharField,
    Count,
    DurationField,
    Exists,
    ExpressionWrapper,
    F,
    Func,
    OuterRef,
    Q,
    Value,
    When,
)

from zerentian.core import clock
from zerentian.core.months import bounds
from zerentian.core.worktime import TOWN_ZONE
from zerentian.people.models import Organisation
from zerentian.places.models import Region
from zerentian.tickets.models import SOURCES, Extension, Finding, Proof, Step, Ticket, TicketQuerySet
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
_BOOLEAN = BooleanField()
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
        opened_month=Month("opened"),
        due_month=Month("first_due"),
        closed_month=Month("closed_at"),
        extension=_words(When(Exists(_ASKED), then=Value("asked"))),
    )


_ASKED = Extension.objects.filter(ticket=OuterRef("pk"), state=Extension.State.ASKED)


class Month(Func):
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
    "committee": ("各村居", "site__region"),
    "handler": ("各处置单位", "handler"),
    "problem_class": ("各问题类别", "problem_class"),
    "source": ("各来源", "source"),
}
"""Title and the list's filter of each board, by what its lines are."""


def _marks(month: str, now: datetime.datetime) -> dict[str, Q]:
    """What a board counts: how things stand now, and what became of the tickets due or opened in a month."""
    in_month = bounds(month, TOWN_ZONE)
    live, runs = Q(state__in=LIVE), Q(state__in=RUNNING)
    opened, due = Q(opened__range=in_month), Q(first_due__range=in_month)
    in_time = Q(first_handled_at__lte=F("first_due"))
    ages = _age_bounds(now)
    return {
        "live": live,
        "late": runs & Q(due__lt=now),
        "today": runs & Q(due__gte=now, due__lt=_end_of_day(now)),
        "returned": Q(state=State.RETURNED),
        "suspended": Q(state=State.SUSPENDED),
        "registered": opened,
        "ended": Q(closed_at__range=in_month),
        "punctual": due & in_time,
        "judged": due & (Q(first_handled_at__isnull=False) | Q(first_due__lt=now)),
        "at_once": opened & Q(state__in=_ENDED, fails=0),
        "checked": opened & (Q(state__in=_ENDED) | Q(fails__gt=0)),
        **{f"state_{state}": Q(state=state) for state in STATE_LABELS if state in LIVE},
        **{f"age_{name}": live & within for name, within in ages.items()},
    }


def _age_bounds(now: datetime.datetime) -> dict[str, Q]:
    found, younger = {}, now
    for name, days in _OLDEST.items():
        oldest = now - datetime.timedelta(days=days)
        found[name] = Q(opened__gt=oldest, opened__lte=younger)
        younger = oldest
    return found | {"older": Q(opened__lte=younger)}


@dataclass(frozen=True, slots=True)
class Standing:
    """How a town's tickets stand: all in one line, by what lines are of, by state and by age."""

    whole: Line
    boards: dict[str, list[Line]]
    states: dict[str, int]
    ages: dict[str, int]


def standing(rows: TicketQuerySet, month: str) -> Standing:
    """Everything a board counts, in one pass over the tickets that any of its counts may hold."""
    marks = _marks(month, clock.now())
    columns = list(_COLUMNS.values())
    told = _of_month(rows, month).order_by().annotate(
        committee=F("site__region_id"),
        **{f"is_{name}": ExpressionWrapper(mark, _BOOLEAN) for name, mark in marks.items()},
    )  # fmt: skip
    sql, params = told.values(
        *columns, "class_name", *(f"is_{name}" for name in marks)
    ).query.sql_with_params()
    keys = ", ".join(f"{one}::text" for one in columns)
    sets = ", ".join(f"({one})" for one in columns)
    counted = ", ".join(f"count(*) FILTER (WHERE is_{name})" for name in marks)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT GROUPING({', '.join(columns)}), {keys}, max(class_name), {counted}"  # noqa: S608 - our fields
            f" FROM ({sql}) AS told GROUP BY GROUPING SETS ((), {sets})",
            params,
        )
        return _laid_out(cursor.fetchall(), list(marks))


_COLUMNS = {
    "committee": "committee",
    "handler": "handler_id",
    "problem_class": "problem_class",
    "source": "source",
}
"""What the lines of each board are grouped by, in the order of `BOARDS`."""


def _laid_out(found: list[tuple[Any, ...]], marks: list[str]) -> Standing:
    """Rows as they come: which columns are grouped away, the keys, the class in words, the counts."""
    everything, places = _bits(range(len(BOARDS))), range(len(BOARDS))
    board_of = {everything - _bits([place]): place for place in places}
    lines: dict[str, list[dict[str, Any]]] = {name: [] for name in BOARDS}
    whole: dict[str, Any] = dict.fromkeys(marks, 0) | {"key": ""}
    for bits, *values in found:
        keys, (class_name, *numbers) = values[: len(BOARDS)], values[len(BOARDS) :]
        counts = dict(zip(marks, numbers, strict=True)) | {"class_name": class_name, "key": ""}
        if bits == everything:
            whole = counts
        else:
            place = board_of[bits]
            lines[list(BOARDS)[place]].append(counts | {"key": keys[place] or ""})
    names = _names(lines)
    boards = {
        name: sorted(
            (_line(one, names[name].get(one["key"], one["class_name"])) for one in rows),
            key=lambda one: (-one.late, -one.live, one.name),
        )
        for name, rows in lines.items()
    }
    return Standing(
        whole=_line(whole, ""),
        boards=boards,
        states={state.value: whole[f"state_{state}"] for state in State if state in LIVE},
        ages={name: whole[f"age_{name}"] for name in AGES},
    )


def _bits(places: Iterable[int]) -> int:
    """PostgreSQL's GROUPING mask with a 1 for each of these columns."""
    return sum(1 << (len(BOARDS) - 1 - place) for place in places)


def _line(told: dict[str, Any], name: str) -> Line:
    return Line(**{one.name: told[one.name] for one in fields(Line) if one.name != "name"}, name=name)


def _names(lines: dict[str, list[dict[str, Any]]]) -> dict[str, dict[str, str]]:
    """What the keys of each board are called."""
    keys = {name: [one["key"] for one in rows if one["key"]] for name, rows in lines.items()}
    handlers = Organisation.objects.filter(pk__in=keys["handler"]).values_list("pk", "name")
    return {
        "problem_class": {},
        "committee": dict(Region.objects.filter(pk__in=keys["committee"]).values_list("code", "name")),
        "handler": {"": "（还没有派遣）"} | {str(key): name for key, name in handlers},
        "source": dict(SOURCES),
    }


def _share(part: int, of: int) -> int | None:
    return round(Decimal(100) * part / of) if of else None


def _of_month(rows: TicketQuerySet, month: str) -> TicketQuerySet:
    """Those that any count of a board may hold: live, or touched in the month."""
    in_month = bounds(month, TOWN_ZONE)
    touched = Q(opened__range=in_month) | Q(first_due__range=in_month) | Q(closed_at__range=in_month)
    return rows.filter(Q(state__in=LIVE) | touched)


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


def attempts(ticket: Ticket, proofs: Sequence[Proof]) -> Iterator[Attempt]:
    """All repairs, the last one first."""
    for number in range(ticket.fails + 1, 0, -1):
        mine = [one for one in proofs if one.attempt == number]
        after = [one for one in mine if one.kind == Proof.Kind.AFTER]
        check = [one for one in mine if one.kind == Proof.Kind.CHECK]
        if after or check or number == ticket.fails + 1:
            yield Attempt(number, after, check)

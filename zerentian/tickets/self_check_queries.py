"""Reads of self-checks: what the board counts and its lists show are the same rows."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any

from django.db.models import (
    Case,
    CharField,
    Count,
    DateTimeField,
    Exists,
    F,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    UUIDField,
    Value,
    When,
)

from zerentian.core import clock
from zerentian.core.worktime import TOWN_ZONE
from zerentian.people.models import Account
from zerentian.people.rules import Right
from zerentian.places.models import Region, Site
from zerentian.standards.loop import WEEK, Loop
from zerentian.standards.queries import loop_of, self_check_standard_of
from zerentian.tickets.models import Finding, Ticket
from zerentian.tickets.rules import State
from zerentian.tickets.self_check_models import SelfCheck

STATES = {"done": "已自查", "due": "待自查", "late": "逾期未查"}
_WEEK = datetime.timedelta(days=WEEK)
_SHOWN_WEEKS = 26


def monday_of(day: datetime.date) -> datetime.date:
    """The Monday of a day's week."""
    return day - datetime.timedelta(days=day.weekday())


def this_week() -> datetime.date:
    """The Monday of this week in the town."""
    return monday_of(clock.today())


def week_words(week: datetime.date) -> str:
    """A week by its first and last day; with the year when it is not this one."""
    sunday = week + datetime.timedelta(days=6)
    year = "" if week.year == clock.today().year else f"{week.year}年"
    words = f"{year}{week.month}月{week.day}日—{sunday.month}月{sunday.day}日"
    return f"{words}（本周）" if week == this_week() else words


def weeks_of(town: str) -> list[datetime.date]:
    """The weeks since the town's first self-check, the latest first; before it none was late."""
    first = SelfCheck.objects.filter(town=town).order_by("week").values_list("week", flat=True).first()
    latest = this_week()
    count = 1 if first is None else (latest - first).days // WEEK + 1
    return [latest - _WEEK * back for back in range(max(1, min(count, _SHOWN_WEEKS)))]


def due_sites(
    account: Account, week: datetime.date, right: Right = Right.SEE_TICKETS, loop: Loop | None = None
) -> QuerySet[Any]:
    """The sites to be looked at in a week, each with its `state` and the self-check that is good for it."""
    town = account.town
    plan = (loop or _loop(town, week)).self_checks
    sunday = week + datetime.timedelta(days=6)
    good = SelfCheck.objects.filter(
        site=OuterRef("pk"), week__gt=week - _WEEK * plan.weeks, week__lte=week
    ).order_by("-submitted")
    missing = "late" if week < this_week() else "due"
    rows = Site.objects.visible_to(account, right).filter(town=town, kind__in=plan.kinds)
    return rows.filter(Q(is_active=True) | Q(closed_on__gt=sunday)).annotate(
        state=Case(When(Exists(good), then=Value("done")), default=Value(missing), output_field=CharField()),
        check_id=Subquery(good.values("pk")[:1], output_field=UUIDField()),
        checked_at=Subquery(good.values("submitted")[:1], output_field=DateTimeField()),
        checked_by=Subquery(good.values("organisation__name")[:1], output_field=CharField()),
        found=Subquery(good.values("problems")[:1], output_field=IntegerField()),
    )


def left_this_week(account: Account) -> QuerySet[Any]:
    """One's own sites that nobody has looked at this week."""
    return due_sites(account, this_week(), Right.SELF_CHECK).filter(state="due")


def found_in(account: Account, week: datetime.date | None = None) -> QuerySet[Finding]:
    """What self-checks (of a week) found, with `mended`: whether it is said to be mended, and in time."""
    rows = Finding.objects.filter(self_check__in=SelfCheck.objects.visible_to(account), withdrawn="")
    rows = rows.filter(self_check__week=week) if week else rows
    handled = Q(ticket__first_handled_at__isnull=False) & ~Q(ticket__state=State.DISMISSED)
    in_time = handled & Q(
        ticket__source="self", ticket__fails=0, ticket__first_handled_at__lte=F("ticket__first_due")
    )
    return rows.annotate(
        mended=Case(When(handled, then=Value("yes")), default=Value("no"), output_field=CharField()),
        in_time=Case(When(in_time, then=Value("yes")), default=Value(""), output_field=CharField()),
    ).select_related("ticket__site__region", "ticket__handler", "self_check")


def compared(account: Account, week: datetime.date, loop: Loop | None = None) -> QuerySet[Finding]:
    """What the town's round found in a week at sites that looked at themselves shortly before.

    Shortly before: in the same week or the one before it, and earlier than the round. Only clauses
    that a self-check asks too; `named` says whether it named a problem of the same class.
    """
    loop = loop or _loop(account.town, week)
    sheet = self_check_standard_of(account.town, _month(week)).standard
    asked = {one.id for one in sheet.clauses if one.id not in loop.left_out}
    begins = datetime.datetime.combine(week, datetime.time(), TOWN_ZONE)
    rows = Finding.objects.filter(
        ticket__in=Ticket.objects.visible_to(account), source="town", inspection__isnull=False, withdrawn="",
        found_at__gte=begins, found_at__lt=begins + _WEEK, clause__in=asked,
    )  # fmt: skip
    before = SelfCheck.objects.filter(
        site=OuterRef("ticket__site"), week__in=(week - _WEEK, week), submitted__lt=OuterRef("found_at")
    )
    same = Finding.objects.filter(
        self_check__site=OuterRef("ticket__site"), self_check__week__in=(week - _WEEK, week),
        self_check__submitted__lt=OuterRef("found_at"), withdrawn="",
        ticket__problem_class=OuterRef("ticket__problem_class"),
    )  # fmt: skip
    return (
        rows.filter(Exists(before))
        .annotate(
            named=Case(When(Exists(same), then=Value("yes")), default=Value("no"), output_field=CharField())
        )
        .select_related("ticket__site__region", "ticket__handler")
    )


@dataclass(frozen=True, slots=True)
class Line:
    """A committee's week: sites to be looked at, and what came of it."""

    key: str
    name: str
    is_over: bool
    due: int = 0
    checked: int = 0
    problems: int = 0
    mended: int = 0
    compared: int = 0
    named: int = 0

    @property
    def missing(self) -> int:
        """Sites that nobody looked at."""
        return self.due - self.checked

    @property
    def light(self) -> str:
        """Red when the week is over and sites are missing, yellow while they still may be looked at."""
        return "green" if not self.missing else "red" if self.is_over else "yellow"

    @property
    def percent(self) -> int | None:
        """Of 100 sites, how many were looked at."""
        return _share(self.checked, self.due)

    @property
    def share(self) -> int | None:
        """Of 100 problems of the round, how many the self-check had named."""
        return _share(self.named, self.compared)


def board(account: Account, week: datetime.date) -> tuple[Line, list[Line]]:
    """A week as a whole, and by committee: those with most sites missing first."""
    loop = _loop(account.town, week)
    counts: dict[str, dict[str, int]] = {}

    def count(rows: Iterable[dict[str, Any]], whole: str, part: str) -> None:
        for one in rows:
            held = counts.setdefault(one["committee"], {})
            held[whole] = held.get(whole, 0) + one["all"]
            held[part] = held.get(part, 0) + one["some"]

    sites = due_sites(account, week, loop=loop)
    count(_counted(sites, "region", Q(state="done")), "due", "checked")
    count(_counted(found_in(account, week), "ticket__site__region", Q(mended="yes")), "problems", "mended")
    rows = compared(account, week, loop)
    count(_counted(rows, "ticket__site__region", Q(named="yes")), "compared", "named")
    names = dict(Region.objects.filter(pk__in=counts).values_list("code", "name"))
    is_over = week < this_week()
    lines = [Line(code, names[code], is_over, **held) for code, held in counts.items()]
    numbers = [one.name for one in fields(Line)][3:]
    whole = {name: sum(getattr(line, name) for line in lines) for name in numbers}
    return Line("", "", is_over, **whole), sorted(lines, key=lambda one: (-one.missing, one.key))


def _counted(rows: Any, region: str, some: Q) -> Iterator[dict[str, Any]]:
    told = (
        rows.order_by().values(committee=F(region)).annotate(all=Count("pk"), some=Count("pk", filter=some))
    )
    yield from told.values("committee", "all", "some")


def _month(week: datetime.date) -> str:
    return f"{week:%Y-%m}"


def _loop(town: str, week: datetime.date) -> Loop:
    return loop_of(town, _month(week))


def _share(part: int, of: int) -> int | None:
    return round(Decimal(100) * part / of) if of else None

"""Deadlines in natural hours, working hours, working days and calendar days.

Aware datetimes in, aware UTC out; the town's zone and calendar decide what a day and a working day are.
No clock in here: the start is handed in.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import chinese_calendar

from zerentian.core.problems import problem

TOWN_ZONE = ZoneInfo("Asia/Shanghai")
_LIBRARY_YEARS = range(
    min(chinese_calendar.constants.holidays).year, max(chinese_calendar.constants.holidays).year + 1
)
_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class OfficeHours:
    """The spans of a working day in the town's time, in order and not overlapping."""

    spans: tuple[tuple[time, time], ...] = ((time(8, 30), time(11, 30)), (time(13, 30), time(17, 0)))

    def __post_init__(self) -> None:
        edges = [edge for span in self.spans for edge in span]
        if not edges or edges != sorted(set(edges)):
            raise ValueError("office hours must be in order and not overlap")


@dataclass(frozen=True, slots=True)
class YearPlan:
    """A year's arrangement: weekdays that are free, weekend days that are worked."""

    holidays: frozenset[date] = frozenset()
    make_up_days: frozenset[date] = frozenset()


@dataclass(frozen=True, slots=True)
class TownCalendar:
    """Working days and office hours of a town.

    Public holidays and make-up days come from the library `chinesecalendar`; `years` gives (or replaces) the
    arrangement of a year, and the town's own `days_off` and `days_on` stand before both.
    """

    zone: ZoneInfo = TOWN_ZONE
    hours: OfficeHours = OfficeHours()
    years: Mapping[int, YearPlan] = field(default_factory=dict, hash=False)
    days_off: frozenset[date] = frozenset()
    days_on: frozenset[date] = frozenset()

    def __post_init__(self) -> None:
        _refuse_overlap(self.days_off, self.days_on)
        for year, plan in self.years.items():
            _refuse_overlap(plan.holidays, plan.make_up_days)
            strangers = [day for day in plan.holidays | plan.make_up_days if day.year != year]
            if strangers:
                raise ValueError(f"{min(strangers)} stands in the plan of {year}")

    def is_working_day(self, day: date) -> bool:
        """Whether the town works on a day.

        Raises `ProblemsFound` for a year that neither the library nor `years` knows.
        """
        if day in self.days_off or day in self.days_on:
            return day in self.days_on
        plan = self.years.get(day.year)
        if plan is not None:
            if day in plan.holidays or day in plan.make_up_days:
                return day in plan.make_up_days
            return day.weekday() < _SATURDAY
        if day.year not in _LIBRARY_YEARS:
            raise problem("worktime.year_unknown", year=day.year)
        return bool(chinese_calendar.is_workday(day))

    def spans_of(self, day: date) -> Iterator[tuple[datetime, datetime]]:
        """The office spans of a day as aware instants; none on a free day."""
        if self.is_working_day(day):
            for begin, end in self.hours.spans:
                yield (
                    datetime.combine(day, begin, self.zone).astimezone(UTC),
                    datetime.combine(day, end, self.zone).astimezone(UTC),
                )


def after_natural_time(start: datetime, duration: timedelta) -> datetime:
    """`duration` by the clock after `start`, day and night.

    Hours run from the instant itself: Civil Code, article 201. Raises `ValueError` for a naive start or a
    negative duration.
    """
    return _utc(start) + _not_negative(duration)


def after_working_time(start: datetime, duration: timedelta, calendar: TownCalendar) -> datetime:
    """The instant at which `duration` of office time has passed since `start`.

    A start outside office hours counts from the next opening; time that is used up at closing ends there and
    not at the next opening. Raises `ValueError` for a naive start or a negative duration, `ProblemsFound`
    for a year that the calendar does not know.
    """
    start, left = _utc(start), _not_negative(duration)
    for day in _days_from(start, calendar):
        for begin, end in calendar.spans_of(day):
            begin = max(begin, start)
            if begin < end and begin + left <= end:
                return begin + left
            left -= max(end - begin, timedelta())
    raise AssertionError("the calendar never ends")


def after_working_days(
    start: datetime, days: int, calendar: TownCalendar, *, until: time | None = None
) -> datetime:
    """The end of the `days`-th working day after the day of `start`, which itself is not counted.

    The day ends with the last office span, or at `until` in the town's time; `time.max` is the end of the
    day. Source of the counting by working days: Administrative Penalty Law (2021), article 85. Raises
    `ValueError` for a naive start or fewer than one day, `ProblemsFound` for a year that the calendar does
    not know.
    """
    if days < 1:
        raise ValueError("days must be 1 or more")
    day = _utc(start).astimezone(calendar.zone).date()
    while days:
        day += timedelta(days=1)
        days -= calendar.is_working_day(day)
    return datetime.combine(day, until or calendar.hours.spans[-1][1], calendar.zone).astimezone(UTC)


def after_calendar_days(start: datetime, days: int, calendar: TownCalendar) -> datetime:
    """Midnight at the end of the `days`-th day after the day of `start`, free days included.

    That is 0:00 of the day after the last one: a page that names the last day takes an instant off. Raises
    `ValueError` for a naive start or fewer than one day.
    """
    if days < 1:
        raise ValueError("days must be 1 or more")
    day = _utc(start).astimezone(calendar.zone).date() + timedelta(days=days + 1)
    return datetime.combine(day, time(), calendar.zone).astimezone(UTC)


def working_time_between(start: datetime, end: datetime, calendar: TownCalendar) -> timedelta:
    """Office time from `start` to `end`, exact; nothing when `end` is not later.

    Raises `ValueError` for a naive moment, `ProblemsFound` for a year that the calendar does not know; days
    after `end` are never asked for.
    """
    start, end = _utc(start), _utc(end)
    passed = timedelta()
    if start >= end:
        return passed
    last = end.astimezone(calendar.zone).date()
    for day in _days_from(start, calendar):
        if day > last:
            break
        for begin, stop in calendar.spans_of(day):
            passed += max(min(stop, end) - max(begin, start), timedelta())
    return passed


def _days_from(start: datetime, calendar: TownCalendar) -> Iterator[date]:
    """The day of `start` in the town's zone and all days after it."""
    day = start.astimezone(calendar.zone).date()
    while True:
        yield day
        day += timedelta(days=1)


def _utc(moment: datetime) -> datetime:
    if moment.utcoffset() is None:
        raise ValueError("an aware datetime is needed")
    return moment.astimezone(UTC)


def _not_negative(duration: timedelta) -> timedelta:
    if duration < timedelta():
        raise ValueError("a duration must not be negative")
    return duration


def _refuse_overlap(free: frozenset[date], worked: frozenset[date]) -> None:
    if free & worked:
        raise ValueError(f"{min(free & worked)} can't be both free and worked")

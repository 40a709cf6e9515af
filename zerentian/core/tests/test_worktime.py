"""Deadlines by real calendars: National Day 2023, free from 09-29 to 10-06, worked on 10-07 and 10-08."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zerentian.core.problems import ProblemsFound
from zerentian.core.worktime import (
    TOWN_ZONE,
    OfficeHours,
    TownCalendar,
    YearPlan,
    after_calendar_days,
    after_natural_time,
    after_working_days,
    after_working_time,
    working_time_between,
)

CALENDAR = TownCalendar()


def at(text: str) -> datetime:
    """A moment in the town's time."""
    return datetime.fromisoformat(text).replace(tzinfo=TOWN_ZONE)


def test_it_works() -> None:
    # Thursday 16:00: one hour today, Friday is free until 10-06, then Saturday 10-07 is worked
    assert after_working_time(at("2023-09-28T16:00"), timedelta(hours=4), CALENDAR) == at("2023-10-07T11:30")


@pytest.mark.parametrize(
    ("day", "works"),
    [
        ("2023-09-28", True),
        ("2023-09-29", False),
        ("2023-10-06", False),
        ("2023-10-07", True),
        ("2023-10-08", True),
        ("2023-10-14", False),
        ("2024-02-09", True),  # New Year's Eve 2024 was no holiday by law
        ("2024-02-12", False),
        ("2024-02-18", True),
    ],
)
def test_holidays_and_make_up_days(day: str, works: bool) -> None:
    assert CALENDAR.is_working_day(date.fromisoformat(day)) is works


def test_natural_hours_run_day_and_night() -> None:
    assert after_natural_time(at("2023-09-28T20:00"), timedelta(hours=24)) == at("2023-09-29T20:00")


@pytest.mark.parametrize(
    ("start", "hours", "end"),
    [
        ("2023-10-09T09:00", 2, "2023-10-09T11:00"),
        ("2023-10-09T11:00", 2, "2023-10-09T15:00"),  # over the noon break
        ("2023-10-09T12:00", 1, "2023-10-09T14:30"),  # begins in the noon break
        ("2023-10-09T06:00", 1, "2023-10-09T09:30"),  # before opening
        ("2023-10-13T16:30", 1, "2023-10-16T09:00"),  # over a weekend
        ("2023-10-09T10:00", 1.5, "2023-10-09T11:30"),  # ends with a span, not at the next opening
    ],
)
def test_working_hours(start: str, hours: float, end: str) -> None:
    assert after_working_time(at(start), timedelta(hours=hours), CALENDAR) == at(end)


@pytest.mark.parametrize(
    ("start", "days", "end"),
    [
        ("2023-10-09T09:00", 1, "2023-10-10T17:00"),  # the day itself is not counted
        ("2023-10-13T18:00", 1, "2023-10-16T17:00"),
        ("2023-09-28T09:00", 2, "2023-10-08T17:00"),
    ],
)
def test_working_days(start: str, days: int, end: str) -> None:
    assert after_working_days(at(start), days, CALENDAR) == at(end)


def test_a_working_day_may_end_later() -> None:
    assert after_working_days(at("2023-10-09T09:00"), 1, CALENDAR, until=time(23, 59)) == at(
        "2023-10-10T23:59"
    )


def test_calendar_days_count_free_days() -> None:
    assert after_calendar_days(at("2023-09-28T09:00"), 15, CALENDAR) == at("2023-10-14T00:00")


def test_the_zone_decides_the_day() -> None:
    # 2023-10-09 23:00 UTC is already the 10th in the town
    start = datetime(2023, 10, 9, 23, tzinfo=UTC)
    assert after_working_days(start, 1, CALENDAR) == at("2023-10-11T17:00")


def test_answers_are_in_utc() -> None:
    assert after_natural_time(at("2023-10-09T09:00"), timedelta(hours=1)).tzinfo is UTC
    assert after_working_days(at("2023-10-09T09:00"), 1, CALENDAR).tzinfo is UTC


def test_a_naive_start_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        after_natural_time(datetime(2023, 10, 9), timedelta(hours=1))  # noqa: DTZ001 - what the test is about


def test_the_town_decides_last() -> None:
    calendar = TownCalendar(days_off=frozenset({date(2023, 10, 10)}), days_on=frozenset({date(2023, 10, 14)}))
    assert not calendar.is_working_day(date(2023, 10, 10))
    assert calendar.is_working_day(date(2023, 10, 14))


def test_a_year_beyond_the_library_needs_data() -> None:
    with pytest.raises(ProblemsFound) as caught:
        CALENDAR.is_working_day(date(2040, 1, 2))
    assert next(caught.value.lines()).startswith("没有 2040 年的节假日安排")
    plan = YearPlan(holidays=frozenset({date(2040, 1, 2)}), make_up_days=frozenset({date(2040, 1, 7)}))
    calendar = TownCalendar(years={2040: plan})
    assert not calendar.is_working_day(date(2040, 1, 2))
    assert calendar.is_working_day(date(2040, 1, 3))
    assert calendar.is_working_day(date(2040, 1, 7))  # a Saturday that is worked
    assert not calendar.is_working_day(date(2040, 1, 8))


def test_office_hours_must_be_in_order() -> None:
    with pytest.raises(ValueError, match="in order"):
        OfficeHours(((time(13), time(17)), (time(8), time(12))))


MOMENTS = st.datetimes(datetime(2023, 1, 1), datetime(2024, 12, 1)).map(  # noqa: DTZ001
    lambda moment: moment.replace(tzinfo=TOWN_ZONE)
)


@given(MOMENTS, st.integers(1, 600))
def test_what_was_added_is_what_is_measured(start: datetime, quarters: int) -> None:
    duration = timedelta(minutes=15 * quarters)
    end = after_working_time(start, duration, CALENDAR)
    assert working_time_between(start, end, CALENDAR) == duration


@given(MOMENTS, st.integers(1, 200), st.integers(1, 200))
def test_more_hours_never_end_earlier(start: datetime, some: int, more: int) -> None:
    first = after_working_time(start, timedelta(hours=some), CALENDAR)
    assert first < after_working_time(start, timedelta(hours=some + more), CALENDAR)


@given(MOMENTS, MOMENTS)
def test_working_time_never_exceeds_the_clock(start: datetime, end: datetime) -> None:
    passed = working_time_between(start, end, CALENDAR)
    assert timedelta() <= passed <= max(timedelta(), end - start)

"""Deadlines by real calendars: National Day 2023, free from 09-29 to 10-06, worked on 10-07 and 10-08."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

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
        ("2023-10-09T11:30", 1, "2023-10-09T14:30"),  # begins as a span closes
        ("2024-02-09T16:00", 4, "2024-02-18T11:30"),  # over the Spring Festival to a Sunday that is worked
        ("2023-12-29T16:30", 1, "2024-01-02T09:00"),  # over New Year's Day into the next year
        ("2023-10-09T10:00", 13, "2023-10-11T10:00"),  # 5 h that day, 6.5 h the next, 1.5 h the third
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
        ("2023-09-28T09:00", 3, "2023-10-09T17:00"),
        ("2023-09-30T09:00", 1, "2023-10-07T17:00"),  # begins on a holiday
        ("2024-02-08T09:00", 2, "2024-02-18T17:00"),
        ("2024-02-08T09:00", 7, "2024-02-23T17:00"),
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


class Nowhere(tzinfo):
    """A zone that does not know its offset: as good as none."""

    def utcoffset(self, _: datetime | None) -> None:
        return None

    def dst(self, _: datetime | None) -> None:
        return None

    def tzname(self, _: datetime | None) -> None:
        return None


@pytest.mark.parametrize("zone", [None, Nowhere()])
def test_a_naive_start_is_refused(zone: tzinfo | None) -> None:
    naive = datetime(2023, 10, 9, tzinfo=zone)
    aware = at("2023-10-09T09:00")
    asks: list[Callable[[], object]] = [
        lambda: after_natural_time(naive, timedelta(hours=1)),
        lambda: after_working_time(naive, timedelta(hours=1), CALENDAR),
        lambda: after_working_days(naive, 1, CALENDAR),
        lambda: after_calendar_days(naive, 1, CALENDAR),
        lambda: working_time_between(naive, aware, CALENDAR),
        lambda: working_time_between(aware, naive, CALENDAR),
    ]
    for ask in asks:
        with pytest.raises(ValueError, match="aware"):
            ask()


def test_time_can_not_be_added_backwards() -> None:
    start = at("2023-10-09T09:00")
    with pytest.raises(ValueError, match="negative"):
        after_natural_time(start, -timedelta(hours=1))
    with pytest.raises(ValueError, match="negative"):
        after_working_time(start, -timedelta(hours=1), CALENDAR)
    for days in (0, -1):
        with pytest.raises(ValueError, match="1 or more"):
            after_working_days(start, days, CALENDAR)
        with pytest.raises(ValueError, match="1 or more"):
            after_calendar_days(start, days, CALENDAR)


def test_the_end_of_the_day_can_be_the_deadline() -> None:
    due = after_working_days(at("2023-10-09T09:00"), 1, CALENDAR, until=time.max)
    assert due.astimezone(TOWN_ZONE).date() == date(2023, 10, 10)
    assert due + timedelta.resolution == at("2023-10-11T00:00")


def test_measuring_never_asks_for_the_year_after() -> None:
    start = at("2040-12-31T16:00")
    calendar = TownCalendar(years={2040: YearPlan()})
    assert working_time_between(start, at("2040-12-31T19:00"), calendar) == timedelta(hours=1)
    assert after_working_time(start, timedelta(hours=1), calendar) == at("2040-12-31T17:00")
    with pytest.raises(ProblemsFound):
        after_working_time(start, timedelta(hours=2), calendar)


def test_measuring_counts_office_time_alone() -> None:
    # the last hour before National Day, all of 10-07 (3 h + 3.5 h), and the first half hour of 10-08
    passed = working_time_between(at("2023-09-28T16:00"), at("2023-10-08T09:00"), CALENDAR)
    assert passed == timedelta(hours=8)


def test_a_calendar_that_contradicts_itself_is_refused() -> None:
    day = frozenset({date(2040, 1, 2)})
    with pytest.raises(ValueError, match="both free and worked"):
        TownCalendar(days_off=day, days_on=day)
    with pytest.raises(ValueError, match="both free and worked"):
        TownCalendar(years={2040: YearPlan(day, day)})
    with pytest.raises(ValueError, match="stands in the plan of 2041"):
        TownCalendar(years={2041: YearPlan(day)})


def test_another_zone_has_other_days_and_changes_its_clock() -> None:
    # Berlin sets its clock back in the night to 2023-10-29, a Sunday that a town there works by its own rule
    berlin = ZoneInfo("Europe/Berlin")
    hours = OfficeHours(((time(0), time(6)),))
    calendar = TownCalendar(zone=berlin, hours=hours, days_on=frozenset({date(2023, 10, 29)}))
    start = datetime(2023, 10, 29, tzinfo=berlin)
    assert after_working_time(start, timedelta(hours=7), calendar) == datetime(2023, 10, 29, 6, tzinfo=berlin)


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


MOMENTS = st.datetimes(datetime.fromisoformat("2023-01-01"), datetime.fromisoformat("2024-12-01")).map(
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
def test_an_earlier_start_never_ends_later(one: datetime, other: datetime) -> None:
    first, second = sorted((one, other))
    four = timedelta(hours=4)
    assert after_working_time(first, four, CALENDAR) <= after_working_time(second, four, CALENDAR)
    assert after_working_days(first, 3, CALENDAR) <= after_working_days(second, 3, CALENDAR)


@given(MOMENTS, MOMENTS, MOMENTS)
def test_measured_parts_add_up(one: datetime, two: datetime, three: datetime) -> None:
    first, middle, last = sorted((one, two, three))
    parts = working_time_between(first, middle, CALENDAR) + working_time_between(middle, last, CALENDAR)
    assert parts == working_time_between(first, last, CALENDAR)


@given(MOMENTS, MOMENTS)
def test_working_time_never_exceeds_the_clock(start: datetime, end: datetime) -> None:
    passed = working_time_between(start, end, CALENDAR)
    assert timedelta() <= passed <= max(timedelta(), end - start)


def test_summer_time_of_1988_is_kept() -> None:
    """China had it from 1986 to 1991; a record of those years is not an hour off."""
    summer, today = (datetime(year, 7, 1, 0, 30, tzinfo=TOWN_ZONE) for year in (1988, 2023))
    assert summer.utcoffset() == timedelta(hours=9)
    assert today.utcoffset() == timedelta(hours=8)
    assert summer.astimezone(UTC).isoformat() == "1988-06-30T15:30:00+00:00"

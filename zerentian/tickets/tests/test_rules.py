"""The life of a ticket, its ladder and its lots."""

from __future__ import annotations

import datetime
import math
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zerentian.core.worktime import TOWN_ZONE
from zerentian.standards.loop import Limit, Loop
from zerentian.standards.queries import _shipped_loop
from zerentian.tickets.rules import (
    LIVE,
    MOVES,
    Light,
    Move,
    Part,
    State,
    extended_deadline,
    ladder_of,
    light,
    lots,
    moves_from,
    supervised_deadline,
)

LOOP = _shipped_loop()
CALENDAR = LOOP.calendar.calendar()


_START = datetime.datetime(2020, 1, 1, tzinfo=TOWN_ZONE)


def moment(text: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(text).replace(tzinfo=TOWN_ZONE)


def test_every_state_but_the_ends_leads_on() -> None:
    people = {Part.DISPATCHER, Part.HANDLER, Part.VERIFIER}
    for state in LIVE:
        assert moves_from(state, people), state
    assert moves_from(State.DISMISSED, people) == []
    assert moves_from(State.CLOSED, people) == [Move.REOPEN]


def test_every_state_is_reached() -> None:
    assert {course.leads_to for course in MOVES.values() if course.leads_to} == set(State)


def test_no_committee_closes_and_no_handler_verifies() -> None:
    assert Move.CLOSE not in moves_from(State.VERIFIED, {Part.HANDLER, Part.VERIFIER})
    assert moves_from(State.HANDLED, {Part.HANDLER}) == []


@pytest.mark.parametrize(
    ("class_id", "source", "start", "due"),
    [
        # Friday 16:00: four working hours are one on Friday and three on Monday morning
        ("exposed", "town", "2023-10-27T16:00", "2023-10-30T11:30"),
        # found on a Saturday: counted from Monday's opening
        ("exposed", "town", "2023-10-28T10:00", "2023-10-30T14:30"),
        ("facility", "town", "2023-10-23T09:00", "2023-10-30T17:00"),
        ("facility", "city", "2023-10-23T09:00", "2023-10-26T17:00"),
        # the city's 24 hours go on at night and on Sunday
        ("mixed", "city", "2023-10-28T20:00", "2023-10-29T20:00"),
        # Spring Festival 2024: 10 to 17 February are free, Sunday 4 and Sunday 18 February are worked
        ("mixed", "town", "2024-02-09T10:00", "2024-02-18T17:00"),
        ("facility", "town", "2024-02-08T10:00", "2024-02-21T17:00"),
        ("exposed", "town", "2024-02-03T10:00", "2024-02-04T14:30"),
        # over the end of a month
        ("duty", "town", "2023-10-31T16:59", "2023-11-02T17:00"),
    ],
)
def test_deadlines(class_id: str, source: str, start: str, due: str) -> None:
    limit = LOOP.class_named(class_id).limit_of(source)
    assert limit.after(moment(start), CALENDAR) == moment(due)


def test_the_ladder_of_a_day() -> None:
    dispatched, due = moment("2023-10-23T09:00"), moment("2023-10-24T17:00")
    told = [
        (one.rung, one.at.astimezone(TOWN_ZONE).isoformat()[:16]) for one in ladder_of(LOOP, dispatched, due)
    ]
    assert told == [
        (0, "2023-10-23T09:00"),
        (1, "2023-10-24T15:00"),
        (2, "2023-10-24T17:00"),
        (3, "2023-10-25T14:30"),
        (4, "2023-10-26T17:00"),
    ]


def test_a_rung_before_the_dispatch_is_passed_over() -> None:
    dispatched = moment("2023-10-23T09:00")
    rungs = [one.rung for one in ladder_of(LOOP, dispatched, dispatched + datetime.timedelta(hours=1))]
    assert rungs == [0, 2, 3, 4]


def test_supervision_only_ever_brings_a_deadline_nearer() -> None:
    now = moment("2023-10-23T09:00")
    far, near = moment("2023-10-30T17:00"), moment("2023-10-23T12:00")
    assert supervised_deadline(LOOP, far, now) == moment("2023-10-24T17:00")
    assert supervised_deadline(LOOP, near, now) == near
    assert supervised_deadline(LOOP, moment("2023-10-20T17:00"), now) == moment("2023-10-24T17:00")


def test_an_extension_counts_from_the_deadline() -> None:
    due, now = moment("2023-10-23T17:00"), moment("2023-10-23T09:00")
    limit = Limit(working_days=3)
    assert extended_deadline(limit, due, now, CALENDAR) == moment("2023-10-26T17:00")


def test_lights() -> None:
    due = moment("2023-10-23T17:00")
    assert light(None, due) is Light.GREEN
    assert light(due, due - datetime.timedelta(hours=25)) is Light.GREEN
    assert light(due, due - datetime.timedelta(hours=24)) is Light.YELLOW
    assert light(due, due) is Light.YELLOW
    assert light(due, due + datetime.timedelta(seconds=1)) is Light.RED


@given(st.sets(st.uuids(), max_size=60), st.decimals(0, 1, places=2), st.text(max_size=8))
def test_lots_are_the_same_for_everybody(tickets: set[UUID], share: Decimal, root: str) -> None:
    drawn = lots(root, sorted(tickets), share)
    assert drawn == lots(root, sorted(tickets, reverse=True), share)
    assert len(drawn) == math.ceil(len(tickets) * share)
    assert set(drawn) <= tickets


@given(
    st.integers(0, 2300 * 1440).map(lambda one: _START + datetime.timedelta(minutes=one)),
    st.sampled_from(LOOP.classes),
)
def test_a_deadline_lies_ahead_and_the_ladder_is_in_order(start: datetime.datetime, one: object) -> None:
    due = one.limit.after(start, CALENDAR)  # type: ignore[attr-defined]
    rungs = ladder_of(LOOP, start, due)
    assert start < due
    assert [rung.at for rung in rungs] == sorted(rung.at for rung in rungs)
    assert all(rung.at >= start for rung in rungs)


def test_faulty_rules_are_all_named() -> None:
    good = LOOP.model_dump(mode="json")
    for change, said in (
        ({"classes": [*good["classes"], good["classes"][-1]]}, "不能重复"),
        ({"classes": good["classes"][:1]}, "最后一个类别"),
        ({"ladder": [{"when": "after", "tell": ["handler"]}]}, "应给出 limit"),
        ({"supervision": {"working_days": 1, "natural_hours": 3}}, "恰好给出一种"),
    ):
        with pytest.raises(ValueError, match=said):
            Loop.model_validate({**good, **change})

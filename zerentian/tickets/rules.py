"""The life of a ticket (整改单): its states, and which move leads from where to where. Pure."""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from zerentian.core.worktime import TownCalendar
from zerentian.standards.loop import Limit, Loop, Rung


class State(StrEnum):
    """Where a ticket stands. Source of the five stages: the usual course of city-management cases."""

    REPORTED = "reported"
    OPEN = "open"
    DISPATCHED = "dispatched"
    RETURNED = "returned"
    HANDLED = "handled"
    VERIFIED = "verified"
    SUSPENDED = "suspended"
    CLOSED = "closed"
    DISMISSED = "dismissed"

    @property
    def label(self) -> str:
        """The Chinese name."""
        return STATE_LABELS[self]


STATE_LABELS = {
    State.REPORTED: "待核实",
    State.OPEN: "待派遣",
    State.DISPATCHED: "整改中",
    State.RETURNED: "已退回",
    State.HANDLED: "待核查",
    State.VERIFIED: "待结案",
    State.SUSPENDED: "挂账",
    State.CLOSED: "已结案",
    State.DISMISSED: "不予立案",
}
LIVE = frozenset(State) - {State.CLOSED, State.DISMISSED}
"""States in which something is still to be done."""
RUNNING = frozenset({State.DISPATCHED, State.RETURNED})
"""States in which the deadline counts: the problem is not mended yet, or nobody says that it is."""


class Part(StrEnum):
    """What somebody is to a ticket."""

    DISPATCHER = "dispatcher"
    HANDLER = "handler"
    VERIFIER = "verifier"
    PROGRAM = "program"

    @property
    def label(self) -> str:
        """The Chinese name."""
        return _PART_LABELS[self]


_PART_LABELS = {
    Part.DISPATCHER: "镇社发办、城运中心",
    Part.HANDLER: "处置单位",
    Part.VERIFIER: "核查人",
    Part.PROGRAM: "系统",
}


class Move(StrEnum):
    """What may be done with a ticket."""

    REGISTER = "register"
    REPORT = "report"
    CONFIRM = "confirm"
    DISMISS = "dismiss"
    DISPATCH = "dispatch"
    RETURN = "return"
    HANDLE = "handle"
    PASS = "pass"  # noqa: S105 - a move
    FAIL = "fail"
    CLOSE = "close"
    REOPEN = "reopen"
    SUSPEND = "suspend"
    RESUME = "resume"
    SUPERVISE = "supervise"
    EXTEND = "extend"
    WITHDRAW = "withdraw"

    @property
    def label(self) -> str:
        """What its button says."""
        return MOVES[self].label


class Course(NamedTuple):
    """From which states a move leads where (None: the state stays), who makes it, and what he must say."""

    label: str
    by: Part
    come_from: frozenset[State]
    leads_to: State | None
    needs_reason: bool = False


_S, _P = State, Part
MOVES: dict[Move, Course] = {
    move: Course(label, by, frozenset(come_from), leads_to, needs_reason)
    for move, label, by, come_from, leads_to, needs_reason in (
        (Move.REPORT, "登记", _P.PROGRAM, (), _S.REPORTED, False),
        (Move.REGISTER, "立案", _P.PROGRAM, (), _S.OPEN, False),
        (Move.CONFIRM, "核实属实，立案", _P.VERIFIER, (_S.REPORTED,), _S.OPEN, False),
        (Move.DISMISS, "不予立案", _P.DISPATCHER, (_S.REPORTED, _S.OPEN), _S.DISMISSED, True),
        (Move.DISPATCH, "派遣", _P.DISPATCHER, (_S.OPEN, _S.RETURNED, _S.DISPATCHED), _S.DISPATCHED, False),
        (Move.RETURN, "退回", _P.HANDLER, (_S.DISPATCHED,), _S.RETURNED, True),
        (Move.HANDLE, "整改完成", _P.HANDLER, (_S.DISPATCHED,), _S.HANDLED, True),
        (Move.PASS, "核查通过", _P.VERIFIER, (_S.HANDLED,), _S.VERIFIED, False),
        (Move.FAIL, "核查不通过", _P.VERIFIER, (_S.HANDLED,), _S.DISPATCHED, True),
        (Move.CLOSE, "结案", _P.DISPATCHER, (_S.VERIFIED,), _S.CLOSED, False),
        (Move.REOPEN, "重新整改", _P.DISPATCHER, (_S.VERIFIED, _S.CLOSED), _S.DISPATCHED, True),
        (Move.SUSPEND, "挂账", _P.DISPATCHER, (_S.DISPATCHED, _S.RETURNED), _S.SUSPENDED, True),
        (Move.RESUME, "恢复整改", _P.DISPATCHER, (_S.SUSPENDED,), _S.DISPATCHED, False),
        (Move.SUPERVISE, "督办", _P.DISPATCHER, (_S.DISPATCHED, _S.RETURNED), None, True),
        (Move.EXTEND, "延期", _P.DISPATCHER, (_S.DISPATCHED,), None, True),
        (Move.WITHDRAW, "撤销", _P.PROGRAM, tuple(LIVE), _S.DISMISSED, True),
    )
}


def moves_from(state: State, parts: Iterable[Part]) -> list[Move]:
    """What those who are `parts` may do with a ticket in `state`, in the order of the course."""
    mine = set(parts)
    return [move for move, course in MOVES.items() if state in course.come_from and course.by in mine]


@dataclass(frozen=True, slots=True)
class Due:
    """A moment of the ladder: when which rung is reached."""

    at: datetime.datetime
    rung: int


def ladder_of(loop: Loop, dispatched: datetime.datetime, due: datetime.datetime) -> list[Due]:
    """When each rung of the ladder is reached, the earliest first; moments in UTC.

    A rung before the deadline that would lie before the dispatch is passed over: that told as much.
    """
    calendar = loop.calendar.calendar()
    found = [
        Due(at, number)
        for number, rung in enumerate(loop.ladder)
        if (at := _moment(rung, dispatched, due, calendar)) is not None
    ]
    return sorted(found, key=lambda one: (one.at, one.rung))


def _moment(
    rung: Rung, dispatched: datetime.datetime, due: datetime.datetime, calendar: TownCalendar
) -> datetime.datetime | None:
    if rung.when == "dispatched":
        return dispatched
    if rung.when == "due":
        return due
    assert rung.limit
    if rung.when == "after":
        return rung.limit.after(due, calendar)
    at = due - datetime.timedelta(hours=rung.limit.natural_hours or 0)
    return at if at > dispatched else None


def supervised_deadline(
    loop: Loop, due: datetime.datetime | None, now: datetime.datetime
) -> datetime.datetime:
    """The deadline once a ticket is supervised: never later than it was, unless that is over already."""
    sharper = loop.supervision.after(now, loop.calendar.calendar())
    return sharper if due is None or due <= now else min(due, sharper)


def extended_deadline(
    limit: Limit, due: datetime.datetime, now: datetime.datetime, calendar: TownCalendar
) -> datetime.datetime:
    """The latest deadline an extension may set: counted from the old one, or from now once it is over."""
    return limit.after(max(due, now), calendar)


def lots(root: str, tickets: Sequence[UUID], share: Decimal) -> list[UUID]:
    """The tickets that a blind re-check draws: those whose hash with the ledger's root comes first.

    The root is not known before the day is over and published after it, so nobody can choose, and anybody
    can draw again. At least one is drawn while the share is above 0.
    """
    count = int((share * len(tickets)).to_integral_value(ROUND_CEILING))
    in_order = sorted(tickets, key=lambda one: hashlib.sha256(f"{root}|{one}".encode()).hexdigest())
    return in_order[:count]


class Light(StrEnum):
    """A deadline's traffic light: green, yellow within a day of it, red once it is over."""

    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"


NEAR = datetime.timedelta(hours=24)


def light(due: datetime.datetime | None, now: datetime.datetime) -> Light:
    """The light of a deadline at a moment."""
    if due is None or due - now > NEAR:
        return Light.GREEN
    return Light.RED if due < now else Light.YELLOW

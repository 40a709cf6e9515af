"""The one clock of acts: now, today in the town's zone, and a way to set both for a demonstration or test."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from zerentian.core.months import shift
from zerentian.core.worktime import TOWN_ZONE

_SET_TO: ContextVar[datetime.datetime | None] = ContextVar("set_to", default=None)


def now() -> datetime.datetime:
    """This instant, aware, in UTC."""
    return _SET_TO.get() or datetime.datetime.now(datetime.UTC)


def today() -> datetime.date:
    """The day in the town."""
    return now().astimezone(TOWN_ZONE).date()


def this_month() -> str:
    """The month in the town, as `YYYY-MM`."""
    return f"{today():%Y-%m}"


def next_month() -> str:
    """The month after this one."""
    return shift(this_month(), 1)


def as_text(moment: datetime.datetime) -> str:
    """A moment as the town's clocks show it: 2023-10-16 09:05."""
    return f"{moment.astimezone(TOWN_ZONE):%Y-%m-%d %H:%M}"


@contextmanager
def set_to(moment: datetime.datetime) -> Iterator[None]:
    """Let acts inside of the block happen at an aware `moment`."""
    if moment.tzinfo is None:
        raise ValueError("a clock needs an aware moment")
    token = _SET_TO.set(moment)
    try:
        yield
    finally:
        _SET_TO.reset(token)

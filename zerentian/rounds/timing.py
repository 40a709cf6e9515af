"""When a visit took place, without trusting the phone's clock. Pure.

The server's signed time (a nonce) bounds a report from below, its receipt from above; in between the phone's
own clock is put right by what is known of its error.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

HELD_BEYOND = timedelta(hours=24)
"""A clock that is further off is for a person to look at: `trust` case T20."""


@dataclass(frozen=True, slots=True)
class PhoneClock:
    """What a phone told of time: the nonce's moment, its own clock then and at sending, and what passed."""

    nonce_at: datetime
    at_nonce: datetime
    now: datetime
    elapsed: timedelta | None


@dataclass(frozen=True, slots=True)
class Timing:
    """A visit's times put right. `offset` is how far the phone's clock was ahead; None when nothing tells."""

    started: datetime
    ended: datetime | None
    received: datetime
    known_after: datetime | None = None
    offset: timedelta | None = None

    @property
    def is_doubtful(self) -> bool:
        """Whether the clock was so far off that a person must decide."""
        return self.offset is not None and abs(self.offset) > HELD_BEYOND


def timing_of(
    started: datetime, ended: datetime | None, received: datetime, clock: PhoneClock | None = None
) -> Timing:
    """Start and end on the server's clock; neither lies after the receipt."""
    if clock is None:
        return Timing(min(started, received), ended and min(ended, received), received)
    offset = _offset(clock, received)
    end = None if ended is None else max(clock.nonce_at, min(ended - offset, received))
    begin = min(started - offset, end or received)
    return Timing(begin, end, received, clock.nonce_at, offset)


def _offset(clock: PhoneClock, received: datetime) -> timedelta:
    """By how much the phone's clock is ahead: measured, or the least that the bounds allow."""
    if clock.elapsed is not None:
        return _small_is_none(clock.now - (clock.nonce_at + clock.elapsed))
    offset = clock.at_nonce - clock.nonce_at
    sent = clock.now - offset
    if sent > received:
        offset = clock.now - received
    elif sent < clock.nonce_at:
        offset = clock.now - clock.nonce_at
    return _small_is_none(offset)


def _small_is_none(offset: timedelta) -> timedelta:
    """The way of an answer over a slow network is no fault of a clock."""
    return timedelta(0) if abs(offset) < timedelta(seconds=5) else offset

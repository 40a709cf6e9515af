"""When a message may go out, what goes out together, and when a failure is tried again. Pure."""

from __future__ import annotations

import datetime
from collections.abc import Hashable, Iterable
from datetime import UTC, timedelta
from typing import Protocol, TypeVar
from uuid import UUID

from zerentian.core.worktime import TOWN_ZONE
from zerentian.messages.limits import Backoff, QuietHours


def is_quiet(moment: datetime.datetime, quiet: QuietHours, zone: datetime.tzinfo = TOWN_ZONE) -> bool:
    """Whether the clocks in `zone` show quiet hours; their beginning belongs to them, their end does not.

    Raises `ValueError` for a naive moment.
    """
    if moment.utcoffset() is None:
        raise ValueError("an aware datetime is needed")
    clock = moment.astimezone(zone).time()
    if quiet.begins < quiet.ends:
        return quiet.begins <= clock < quiet.ends
    return clock >= quiet.begins or clock < quiet.ends


def allowed_from(
    moment: datetime.datetime, urgent: bool, quiet: QuietHours, zone: datetime.tzinfo = TOWN_ZONE
) -> datetime.datetime:
    """The moment itself, or the end of the quiet hours that it falls into; in UTC."""
    if not is_quiet(moment, quiet, zone) or (urgent and quiet.urgent_passes):
        return moment.astimezone(UTC)
    local = moment.astimezone(zone)
    day = local.date() + timedelta(days=local.time() >= quiet.ends)
    return datetime.datetime.combine(day, quiet.ends, zone).astimezone(UTC)


def wait_after(failures: int, backoff: Backoff) -> timedelta | None:
    """How long to wait after so many failures, one at least; None when it is given up."""
    if failures >= backoff.gives_up_after:
        return None
    return timedelta(minutes=backoff.minutes[min(failures, len(backoff.minutes)) - 1])


class Waiting(Protocol):
    """Something that waits to go out to an address."""

    @property
    def address(self) -> str:
        """To whom."""

    @property
    def urgent(self) -> bool:
        """Whether it goes alone."""

    @property
    def batch(self) -> UUID | None:
        """The letter it was put into before."""


W = TypeVar("W", bound=Waiting)


def grouped(waiting: Iterable[W]) -> list[list[W]]:
    """What goes out in one letter each, in the order given.

    What waits for one address goes together, an urgent message alone. A letter that was begun stays as it
    is: sent once more with other contents, nobody would know it for the same.
    """
    letters: dict[Hashable, list[W]] = {}
    for number, one in enumerate(waiting):
        letters.setdefault(one.batch or (number if one.urgent else one.address), []).append(one)
    return list(letters.values())


def masked(address: str) -> str:
    """As much of an address or key as tells it from others."""
    name, at, domain = address.partition("@")
    shown = name[: min(3, len(name) // 3)]
    return f"{shown}…{at}{domain}" if name else ""

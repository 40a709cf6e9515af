"""Calendar months as `YYYY-MM` text: what a period is everywhere in the program."""

from __future__ import annotations

import datetime
import re

_MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")


def is_month(text: str) -> bool:
    """True for `2023-10`; false for `2023-13`, `2023-1`, `2023/10`."""
    return _MONTH.fullmatch(text) is not None


def months_between(earlier: str, later: str) -> int:
    """How many months `later` lies after `earlier`; negative when before."""
    return _ordinal(later) - _ordinal(earlier)


def shift(month: str, by: int) -> str:
    """The month `by` months after `month` (before it when negative)."""
    year, index = divmod(_ordinal(month) + by, 12)
    return f"{year:04d}-{index + 1:02d}"


def in_words(month: str) -> str:
    """`2023-10` as a bulletin writes it: 2023年10月."""
    year, number = month.split("-")
    return f"{int(year)}年{int(number)}月"


def bounds(month: str, zone: datetime.tzinfo) -> tuple[datetime.datetime, datetime.datetime]:
    """Midnight at which the month begins in a zone, and its last microsecond."""
    first, following = (
        datetime.datetime.combine(datetime.date.fromisoformat(f"{one}-01"), datetime.time(), zone)
        for one in (month, shift(month, 1))
    )
    return first, following - datetime.timedelta(microseconds=1)


def _ordinal(month: str) -> int:
    year, number = month.split("-")
    return int(year) * 12 + int(number) - 1

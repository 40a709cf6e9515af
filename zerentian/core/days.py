"""Days as people write them."""

from __future__ import annotations

import datetime
import re

_DAY = re.compile(r"([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?")


def parse_day(text: str) -> datetime.date | None:
    """2023-10-08, 2023/10/8, 2023.10.8 or 2023年10月8日, a time after it left out; None when it is no day."""
    found = _DAY.fullmatch(text.split(" ")[0])
    if found is None:
        return None
    try:
        return datetime.date(*(int(part) for part in found.groups()))
    except ValueError:
        return None

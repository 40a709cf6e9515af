"""Ids that whoever creates a thing makes, offline too: UUIDv7 (RFC 9562 §5.7), ordered by time of making."""

from __future__ import annotations

import secrets
import time
from threading import Lock
from uuid import UUID

_LOCK = Lock()
_last = 0


def new_id() -> UUID:
    """A new id, greater than each that this process made before, also when the clock goes back (§6.2).

    48 bits of milliseconds since 1970, then random bits; within a millisecond a random step further.
    """
    global _last
    with _LOCK:
        fresh = (time.time_ns() // 1_000_000) << 74 | secrets.randbits(74)
        _last = max(fresh, _last + 1 + secrets.randbits(64))
        order = _last
    upper, lower = order >> 62, order & (1 << 62) - 1
    milliseconds, middle = upper >> 12, upper & 0xFFF
    return UUID(int=milliseconds << 80 | 7 << 76 | middle << 64 | 0b10 << 62 | lower)

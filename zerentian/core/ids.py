"""Ids that whoever creates a thing makes, offline too: UUIDv7 (RFC 9562 §5.7), ordered by time of making."""

from __future__ import annotations

import secrets
import time
from uuid import UUID


def new_id() -> UUID:
    """A new id: 48 bits of milliseconds since 1970, then random bits."""
    value = (time.time_ns() // 1_000_000) << 80 | secrets.randbits(80)
    value = value & ~(0xF << 76) | 7 << 76
    return UUID(int=value & ~(0b11 << 62) | 0b10 << 62)

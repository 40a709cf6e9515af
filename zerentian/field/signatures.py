"""Signatures of systems that send events: who holds a sender's secret, said it just now. Pure."""

from __future__ import annotations

import datetime
import hashlib
import hmac

HOLDS_FOR = datetime.timedelta(minutes=5)
_SCHEME = "sha256="


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """HMAC-SHA256 over timestamp, a dot and the body, as the header says it."""
    return _SCHEME + hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def is_signed(secret: str, timestamp: str, body: bytes, given: str, now: datetime.datetime) -> bool:
    """Whether a body was signed with a secret, and not longer ago (or ahead) than a signature holds."""
    if not secret or not (timestamp.isascii() and timestamp.isdecimal() and len(timestamp) <= 12):
        return False
    if abs(now.timestamp() - int(timestamp)) > HOLDS_FOR.total_seconds():
        return False
    return hmac.compare_digest(signature(secret, timestamp, body).encode(), given.encode())

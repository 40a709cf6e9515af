"""The server's time, signed: what a phone holds bounds its reports from below."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.core.signing import BadSignature, Signer

_SIGNER = Signer(salt="zerentian.field.nonce")


def make_nonce(account: UUID, at: datetime) -> str:
    """A nonce for an account at a moment."""
    return _SIGNER.sign(f"{account}|{at.isoformat()}")


def read_nonce(account: UUID, nonce: str) -> datetime | None:
    """The moment of a nonce that was made for this account; None for any other text."""
    try:
        whose, _, at = _SIGNER.unsign(nonce).partition("|")
    except BadSignature:
        return None
    return datetime.fromisoformat(at) if whose == str(account) else None

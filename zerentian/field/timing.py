"""What a phone told of its clock, for putting its times right."""

from __future__ import annotations

from datetime import timedelta

from zerentian.field.nonces import read_nonce
from zerentian.field.schemas import ClockIn
from zerentian.people.models import Account
from zerentian.rounds.timing import PhoneClock


def phone_clock(account: Account, told: ClockIn | None) -> PhoneClock | None:
    """The phone's clock beside the server's; None without a nonce that was made for this account."""
    at = read_nonce(account.pk, told.nonce) if told else None
    if told is None or at is None:
        return None
    elapsed = None if told.elapsed is None else timedelta(milliseconds=told.elapsed)
    return PhoneClock(at, told.at_nonce, told.now, elapsed)

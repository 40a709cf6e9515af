"""A report as it came."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

from zerentian.field.schemas import ReportIn
from zerentian.field.texts import read_json
from zerentian.people.models import Account


@dataclass(frozen=True, slots=True)
class Sent:
    """A report as it came: who sent it from which device, what it says, and the digest of all of it."""

    account: Account
    device: str
    report: ReportIn
    body: str
    digest: str

    @classmethod
    def of(cls, account: Account, device: str, report: ReportIn, body: bytes | str) -> Sent:
        """The digest is the same however the JSON was written, as a file from the phone repeats it."""
        return cls(account, device, report, *body_and_digest(body))


def body_and_digest(body: bytes | str) -> tuple[str, str]:
    """What was sent, written in one way, and its SHA-256."""
    text = json.dumps(read_json(body), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text, hashlib.sha256(text.encode()).hexdigest()

"""Tokens of devices, and keeping reports that differ from what was accepted under their id."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from django.db import transaction
from django.db.models import QuerySet

from zerentian.core import clock
from zerentian.field.models import DeviceToken, OtherReport
from zerentian.ledger.actions import record
from zerentian.people.models import Account
from zerentian.people.person import Person
from zerentian.rounds.models import Inspection

TOKEN_LASTS = timedelta(days=30)


@transaction.atomic
def issue_token(by: Person, device: str) -> str:
    """A token for a device of the account, told this once; an earlier one of the device ends."""
    account = by.acting
    _end(account.device_tokens.filter(device=device))
    token = secrets.token_urlsafe(32)
    made = DeviceToken.objects.create(
        account=account, device=device, hash=digest(token), expires=clock.now() + TOKEN_LASTS
    )
    record(by, "device.signed_in", made, region=account.town, data={"device": device})
    return token


@transaction.atomic
def end_token(by: Person, token: DeviceToken) -> None:
    """Sign the device out."""
    _end(DeviceToken.objects.filter(pk=token.pk))
    record(by, "device.signed_out", token, region=by.acting.town)


def end_tokens_of(account_id: str) -> None:
    """End all tokens of an account; who calls has recorded why."""
    _end(DeviceToken.objects.filter(account_id=account_id))


def live_token(token: str, device: str) -> DeviceToken | None:
    """The token if it is known, not over, of this device, and its account may sign in."""
    found = DeviceToken.objects.filter(
        hash=digest(token), device=device, ended=None, expires__gt=clock.now(), account__is_active=True
    )
    return found.select_related("account").first()


@transaction.atomic
def keep_other_report(by: Person, inspection: Inspection, device: str, body: str) -> OtherReport:
    """Keep a report that differs from the accepted one; the same one again is kept once."""
    kept, is_new = OtherReport.objects.get_or_create(
        inspection=inspection.pk, digest=digest(body),
        defaults={"account": by.acting, "device": device, "body": body},
    )  # fmt: skip
    if is_new:
        region = inspection.site.region_id
        record(by, "inspection.other_report", inspection, region=region, data={"digest": kept.digest})
    return kept


def digest(text: str) -> str:
    """SHA-256 of a text."""
    return hashlib.sha256(text.encode()).hexdigest()


def _end(tokens: QuerySet[DeviceToken]) -> None:
    tokens.filter(ended=None).update(ended=clock.now())


def is_over(account: Account) -> bool:
    """Whether an initial password's time is over."""
    return account.password_expires is not None and account.password_expires < clock.now()

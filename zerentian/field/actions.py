"""Tokens of devices, and what each device says it still holds."""

from __future__ import annotations

import datetime
import hashlib
import secrets
from datetime import timedelta
from functools import lru_cache

from django.db import transaction
from django.db.models import QuerySet

from zerentian.core import clock
from zerentian.field.models import Device, DeviceToken, HeldReport
from zerentian.ledger.actions import record
from zerentian.pages.prepared import Query
from zerentian.people.models import Account, Post
from zerentian.people.person import Person
from zerentian.rounds.models import Inspection

TOKEN_LASTS = timedelta(days=30)
OWED_FOR = timedelta(days=60)


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


def known_token(token: str, device: str) -> DeviceToken | None:
    """The token of this device if there ever was one; whether it still holds is for `is_live`."""
    found = _TOKEN.first(digest(token), device)
    if found is not None:
        found.account.current_posts = list(_posts(found, clock.today()))
    return found


_TOKEN = Query(
    lambda: (
        DeviceToken.objects.filter(hash="hash", device="device")
        .select_related("account")
        .only("device", "expires", "ended", "account__login", "account__name", "account__is_active")
        .order_by()
    ),
    ["hash", "device"],
    kept=2048,  # phones ask many times a minute; an account, or a token, that changed is another row
)


@lru_cache(maxsize=2048)
def _posts(token: DeviceToken, day: datetime.date) -> tuple[Post, ...]:
    """The posts behind a token, read once a day: whatever changes them ends the token (`hearing`)."""
    return tuple(token.account.current_posts)


def note_queue(account: Account, device: str, made: int, waiting: int, photos: int) -> None:
    """Remember what a device says it made in all and still holds; the highest count of all times stays."""
    held, _ = Device.objects.get_or_create(account=account, device=device)
    held.made, held.waiting, held.photos = max(made, held.made), waiting, photos
    held.seen = clock.now()
    held.save()


def came_of(account: Account, device: str) -> int:
    """How many reports of a device are here, filed or held."""
    filed = Inspection.objects.filter(inspector=account, device=device).exclude(state=Inspection.State.DRAFT)
    held = HeldReport.objects.filter(account=account, device=device).exclude(why=HeldReport.Why.OTHER_BYTES)
    ids = set(filed.filter(replaces=None).values_list("pk", flat=True)) | set(
        held.values_list("inspection", flat=True)
    )
    return len(ids)


def owed(account: Account, device: str) -> list[dict[str, object]]:
    """Reports that devices of an account made and that never came; of `device` what it has no more."""
    found = []
    for one in account.devices.filter(made__gt=0, seen__gt=clock.now() - OWED_FOR):
        missing = one.made - came_of(account, one.device) - (one.waiting if one.device == device else 0)
        if missing > 0:
            found.append({"device": one.device, "reports": missing, "photos": one.photos, "seen": one.seen})
    return found


def digest(text: str) -> str:
    """SHA-256 of a text."""
    return hashlib.sha256(text.encode()).hexdigest()


def _end(tokens: QuerySet[DeviceToken]) -> None:
    tokens.filter(ended=None).update(ended=clock.now())


def is_over(account: Account) -> bool:
    """Whether an initial password's time is over."""
    return account.password_expires is not None and account.password_expires < clock.now()

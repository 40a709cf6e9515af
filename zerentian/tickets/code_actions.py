"""Codes of sites: made and ended by who verifies there, tried by anybody, and what is handed in with one."""

from __future__ import annotations

import datetime
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from django.contrib.auth.hashers import check_password, make_password
from django.db import connection, transaction
from django.db.models import Q

from zerentian.core import clock
from zerentian.core.problems import problem
from zerentian.ledger.actions import PROGRAM, Actor, record
from zerentian.people.models import Organisation
from zerentian.people.person import Person
from zerentian.people.rules import Right
from zerentian.places.models import Site
from zerentian.rounds.photos import file_photo
from zerentian.tickets import actions
from zerentian.tickets.models import CodeFailure, Proof, SiteCode, Ticket, TicketQuerySet
from zerentian.tickets.proofs import add_proof

LASTS = datetime.timedelta(days=14)
LOCKED = datetime.timedelta(minutes=15)
WRONG_BEFORE_LOCK = 5
WRONG_BEFORE_END = 50
"""So many wrong tries in its whole life end a code: a guesser finds one code in 20,000."""
PHOTOS_AT_ONCE = 6
PHOTOS_OF_A_CODE = 120
NAME_LONGEST = 20


class Answer(Enum):
    """What a code that was tried is."""

    RIGHT = "right"
    WRONG = "wrong"
    LOCKED = "locked"


@dataclass(frozen=True, slots=True)
class Tried:
    """An answer, and the code when it was right."""

    answer: Answer
    code: SiteCode | None = None


@transaction.atomic
def make_code(by: Person, site: Site) -> tuple[SiteCode, str]:
    """A new code for a site, its six digits told this once; an earlier one ends."""
    by.require(Right.VERIFY_TICKETS, site.region_id)
    Site.objects.select_for_update().get(pk=site.pk)
    for one in SiteCode.objects.filter(site=site, ended=None):
        _end(by, one)
    digits = f"{secrets.randbelow(1_000_000):06d}"
    made = SiteCode.objects.create(
        site=site, hash=make_password(digits), made_by=by.acting, expires=clock.now() + LASTS
    )
    data = {"until": made.expires.isoformat()}
    record(by, "code.made", made, region=site.region_id, data=data)
    return made, digits


@transaction.atomic
def end_code(by: Person, site: Site) -> None:
    """Let nobody in with the site's code any more."""
    by.require(Right.VERIFY_TICKETS, site.region_id)
    for one in SiteCode.objects.select_for_update(of=("self",)).filter(site=site, ended=None):
        _end(by, one)


@transaction.atomic
def try_code(site: Site, digits: str, address: str) -> Tried:
    """Whether these are the digits of the site's code. Wrong ones lock the site's code, and the address.

    A site without a code answers like one with another code. Tries of one address, and of one site, are
    judged one after another.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"code|{address}"])
    now = clock.now()
    recent = CodeFailure.objects.filter(address=address, at__gt=now - LOCKED)
    if recent.count() >= WRONG_BEFORE_LOCK:
        return Tried(Answer.LOCKED)
    code = SiteCode.objects.select_for_update(of=("self",)).live().filter(site=site).first()
    if code is not None and code.locked_until is not None and code.locked_until > now:
        return Tried(Answer.LOCKED)
    if code is not None and check_password(digits, code.hash):
        code.used_at = now
        code.save(update_fields=["used_at"])
        by = Actor(None, "商铺", address=address)
        record(by, "code.used", code, region=site.region_id)
        return Tried(Answer.RIGHT, code)
    CodeFailure.objects.create(address=address, at=now)
    CodeFailure.objects.filter(at__lt=now - datetime.timedelta(days=1)).delete()
    if code is not None:
        _note_wrong(code, address)
    return Tried(Answer.WRONG)


def tickets_of_shop(site: Site) -> TicketQuerySet:
    """The open tickets of a site that who answers for it, or a unit of its own, is to mend."""
    own = Q(handler__kind=Organisation.Kind.UNIT)
    if site.responsible_id is not None:
        own |= Q(handler=site.responsible_id)
    return Ticket.objects.live().filter(own, site=site)


@transaction.atomic
def hand_in(
    by: Actor, code: SiteCode, ticket: Ticket, photos: Sequence[bytes], words: str, name: str, seen: int
) -> Ticket:
    """Say with a site's code that a problem is mended: photos, words and move, all or nothing.

    Raises `ProblemsFound`.
    """
    if not name.strip():
        raise problem("shop.no_name")
    if len(photos) > PHOTOS_AT_ONCE:
        raise problem("shop.many_photos", most=PHOTOS_AT_ONCE)
    held = SiteCode.objects.select_for_update(of=("self",)).get(pk=code.pk)
    if not held.is_live or ticket.site_id != held.site_id:
        raise problem("shop.code_over")
    for content in photos:
        add_proof(by, ticket, Proof.Kind.AFTER, file_photo(content))
    called = name.strip()[:NAME_LONGEST]
    return actions.handle(by, ticket, words, seen, name=called, code_by=held.made_by)


@transaction.atomic
def count_photos(code: SiteCode, count: int) -> None:
    """Count photos that are handed in before they are looked at, so that no code fills the disk.

    Raises `ProblemsFound` beyond what one code may.
    """
    held = SiteCode.objects.select_for_update(of=("self",)).get(pk=code.pk)
    if held.photos + count > PHOTOS_OF_A_CODE:
        raise problem("shop.code_spent")
    held.photos += count
    held.save(update_fields=["photos"])


def _note_wrong(code: SiteCode, address: str) -> None:
    code.tries += 1
    if code.tries >= WRONG_BEFORE_END:
        _end(PROGRAM, code)
    elif code.tries % WRONG_BEFORE_LOCK == 0:
        code.locked_until = clock.now() + LOCKED
        data = {"tries": code.tries}
        by = Actor(None, "商铺", address=address)
        record(by, "code.locked", code, region=code.site.region_id, data=data)
    code.save(update_fields=["tries", "locked_until", "ended"])


def _end(by: Actor, code: SiteCode) -> None:
    code.ended = clock.now()
    code.save(update_fields=["ended"])
    record(by, "code.ended", code, region=code.site.region_id, data={"tries": code.tries})

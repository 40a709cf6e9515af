"""Taking in what phones did with tickets: each act once, whole or not at all."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction

from zerentian.core import clock
from zerentian.core.problems import problem
from zerentian.field.models import TicketAct
from zerentian.field.reports import body_and_digest
from zerentian.field.schemas import PositionIn
from zerentian.field.ticket_schemas import ActIn
from zerentian.field.timing import phone_clock
from zerentian.people.models import Account
from zerentian.people.person import Person
from zerentian.rounds.photos import Filed, find
from zerentian.rounds.timing import Timing, timing_of
from zerentian.rounds.visit_actions import Position
from zerentian.tickets import actions, extensions
from zerentian.tickets.models import Proof, Ticket
from zerentian.tickets.proofs import add_proof

_KINDS = {"handle": Proof.Kind.AFTER, "pass": Proof.Kind.CHECK, "fail": Proof.Kind.CHECK}


class OtherAct(Exception):  # noqa: N818 - reads as a statement where it is caught
    """The id is taken by another act."""


@dataclass(frozen=True, slots=True)
class SentAct:
    """An act as it came: from which device, what it says, and the digest of all of it."""

    device: str
    act: ActIn
    body: str
    digest: str

    @classmethod
    def of(cls, device: str, act: ActIn, body: bytes) -> SentAct:
        """The digest is the same however the JSON was written."""
        return cls(device, act, *body_and_digest(body))


def awaited_of(act: ActIn) -> list[str]:
    """The photos that an act names and that are not here."""
    named = dict.fromkeys(one.sha256 for one in act.photos)
    return [sha256 for sha256 in named if find(sha256) is None]


def known_act(account: Account, id_: UUID, digest: str) -> TicketAct | None:
    """This very act when it came before. Raises `OtherAct` when the id is another's."""
    found = TicketAct.objects.filter(pk=id_).first()
    if found is not None and (found.account_id, found.digest) != (account.pk, digest):
        raise OtherAct
    return found


def make_act(by: Person, ticket: Ticket, id_: UUID, sent: SentAct) -> TicketAct:
    """Put the photos to the ticket and make the move; what was made before is made once.

    All named photos are here. Raises `ProblemsFound` when the ticket is not there for it, `OtherAct`.
    """
    try:
        return known_act(by.acting, id_, sent.digest) or _make(by, ticket, id_, sent)
    except IntegrityError:  # by another line at this moment
        known = known_act(by.acting, id_, sent.digest)
        if known is None:
            raise
        return known


@transaction.atomic
def _make(by: Person, ticket: Ticket, id_: UUID, sent: SentAct) -> TicketAct:
    act, received = sent.act, clock.now()
    timing = timing_of(act.made, None, received, phone_clock(by.acting, act.clock))
    made = TicketAct.objects.create(
        id=id_, account=by.acting, device=sent.device, ticket=ticket, move=act.move, digest=sent.digest,
        body=sent.body, made=timing.started, received=received,
    )  # fmt: skip
    ahead = timing.offset or datetime.timedelta()
    try:
        _add_photos(by, ticket, act, ahead)
        _move(by, ticket, act, _when(timing))
    except PermissionDenied as error:
        now = Ticket.objects.get(pk=ticket.pk)
        raise problem("ticket.not_yours", value=now.number, state=now.state_now.label) from error
    ticket.refresh_from_db()
    made.state = ticket.state
    made.save(update_fields=["state"])
    return made


def _add_photos(by: Person, ticket: Ticket, act: ActIn, ahead: datetime.timedelta) -> None:
    kind = _KINDS.get(act.move)
    for one in act.photos if kind else ():
        taken = one.taken and min(one.taken - ahead, clock.now())
        add_proof(
            by, ticket, str(kind), _filed(one.sha256), grade=one.grade, taken=taken,
            position=_position(one.position),
        )  # fmt: skip


def _when(timing: Timing) -> datetime.datetime | None:
    """When it was done, where the server's own time bounds what the phone says; else when it came."""
    if timing.known_after is None or timing.is_doubtful:
        return None
    return max(timing.started, timing.known_after)


def _move(by: Person, ticket: Ticket, act: ActIn, at: datetime.datetime | None) -> None:
    if act.move == "handle":
        actions.handle(by, ticket, act.words, act.version, at=at)
    elif act.move == "return":
        actions.give_back(by, ticket, act.words, act.version)
    elif act.move == "extension":
        assert act.until is not None
        extensions.ask_for_extension(by, ticket, act.until, act.words)
    else:
        actions.verify(by, ticket, act.move == "pass", act.words, act.version)


def _filed(sha256: str) -> Filed:
    found = find(sha256)
    if found is None:
        raise problem("photo.gone")
    return found


def _position(given: PositionIn | None) -> Position | None:
    if given is None:
        return None
    return Position(round(given.latitude, 7), round(given.longitude, 7), given.accuracy)

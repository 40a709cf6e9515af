"""Photos of tickets: the problem before, its repair after, the check. A doubtful one is kept, with words."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction

from zerentian.core.problems import ProblemsFound, problem
from zerentian.ledger.actions import PROGRAM, Actor, record
from zerentian.people.person import Person
from zerentian.rounds import likeness
from zerentian.rounds.limits import limits
from zerentian.rounds.models import Photo
from zerentian.rounds.photos import MOST_PIXELS, Filed, original
from zerentian.rounds.tracks import distance_words, metres
from zerentian.rounds.visit_actions import Position
from zerentian.tickets.actions import held_for
from zerentian.tickets.models import BlindCheck, Finding, Proof, Ticket
from zerentian.tickets.parts import parts_of
from zerentian.tickets.rules import Move, Part, State

MOST = 20
"""Photos of one kind in one attempt."""
_COMPARED = 12
_BEFORE_IN = frozenset({State.REPORTED, State.OPEN, State.DISPATCHED, State.RETURNED})


@dataclass(frozen=True, slots=True)
class Before:
    """A photo of the problem, by the id of its `Proof` or of the inspection's `Photo`."""

    id: UUID
    sha256: str


def before_of(ticket: Ticket) -> list[Before]:
    """The photos of the problem: those of its findings' clauses, and those that were added to the ticket."""
    return befores_of([ticket])[ticket.pk]


def before_among(findings: Iterable[Finding], proofs: Iterable[Proof]) -> list[Before]:
    """The same of one ticket whose findings and proofs are there already."""
    seen = {(one.inspection_id, one.clause) for one in findings if one.inspection_id and not one.withdrawn}
    photos = Photo.objects.filter(
        inspection__in={visit for visit, _ in seen if visit}, received__isnull=False
    )
    found: dict[str, Before] = {}
    for pk, *of_clause, sha256 in photos.order_by("received", "pk").values_list(
        "pk", "inspection", "clause", "sha256"
    ):
        if tuple(of_clause) in seen:
            found.setdefault(str(sha256), Before(pk, str(sha256)))
    for one in proofs:
        if one.kind == Proof.Kind.BEFORE:
            found.setdefault(one.sha256, Before(one.pk, one.sha256))
    return list(found.values())


def befores_of(tickets: Iterable[Ticket]) -> dict[UUID, list[Before]]:
    """The photos of the problem of each ticket, each photo once."""
    found: dict[UUID, dict[str, Before]] = {one.pk: {} for one in tickets}
    findings = Finding.objects.filter(ticket__in=found, withdrawn="", inspection__isnull=False)
    of_clause = defaultdict(set)
    for ticket, inspection, clause in findings.values_list("ticket", "inspection", "clause"):
        of_clause[inspection, clause].add(ticket)
    visits = {inspection for inspection, _ in of_clause}
    photos = Photo.objects.filter(inspection__in=visits, received__isnull=False).order_by("received", "pk")
    for pk, inspection, clause, sha256 in photos.values_list("pk", "inspection", "clause", "sha256"):
        for ticket in of_clause[inspection, clause]:
            found[ticket].setdefault(sha256, Before(pk, sha256))
    added = Proof.objects.filter(ticket__in=found, kind=Proof.Kind.BEFORE)
    for pk, ticket, sha256 in added.values_list("pk", "ticket", "sha256"):
        found[ticket].setdefault(sha256, Before(pk, sha256))
    return {ticket: list(shown.values()) for ticket, shown in found.items()}


@transaction.atomic
def add_proof(
    by: Actor, ticket: Ticket, kind: str, filed: Filed,
    *, grade: str = "", taken: datetime.datetime | None = None, position: Position | None = None,
) -> Proof:  # fmt: skip
    """Put a filed photo to a ticket; the same one again stays one.

    Of the repair by its handler, or by who holds the code of its site and has no account; of a check by who
    verifies; of the problem by who registers it. What speaks against it stands in `doubt`, and no more.
    Raises `ProblemsFound` when the ticket has moved on, or has `MOST` of them.
    """
    held = _held(by, ticket, kind)
    attempt = _attempt(held, kind)
    there = held.proofs.filter(kind=kind, attempt=attempt)
    known = there.filter(sha256=filed.sha256).first()
    if known is not None:
        return known
    if there.count() >= MOST:
        raise problem("ticket.many_photos", value=held.number, most=MOST)
    made = Proof(
        ticket=held, kind=kind, attempt=attempt, sha256=filed.sha256, size=filed.size,
        content_type=filed.content_type, grade=grade, taken=taken,
        by=by.acting if isinstance(by, Person) else None,
    )  # fmt: skip
    if position is not None:
        made.latitude, made.longitude, made.accuracy = (
            position.latitude,
            position.longitude,
            position.accuracy,
        )
    made.doubt = "；".join(_doubts(made, held))[:200]
    made.save()
    data = {"kind": kind, "attempt": attempt, "sha256": filed.sha256, "doubt": made.doubt}
    record(by, "ticket.photo_added", held, region=held.site.region_id, data=data)
    return made


@transaction.atomic
def remove_proof(by: Actor, proof: Proof) -> None:
    """Take a photo of one's own back before the move that it is for is made. Raises `ProblemsFound`."""
    held = _held(by, proof.ticket, proof.kind)
    if proof.by_id != by.account or proof.attempt != _attempt(held, proof.kind):
        raise PermissionDenied
    data = {"kind": proof.kind, "attempt": proof.attempt, "sha256": proof.sha256}
    Proof.objects.filter(pk=proof.pk).delete()
    record(by, "ticket.photo_removed", held, region=held.site.region_id, data=data)


def _attempt(held: Ticket, kind: str) -> int:
    return 1 if kind == Proof.Kind.BEFORE else held.fails + 1


def _held(by: Actor, ticket: Ticket, kind: str) -> Ticket:
    """The ticket, locked, when a photo of the kind may be put to it or taken from it by this person now."""
    if kind == Proof.Kind.AFTER:
        return held_for(by, ticket, Move.HANDLE)
    rows = Ticket.objects.select_for_update(of=("self",)).select_related("site", "handler")
    held = rows.get(pk=ticket.pk)
    if kind == Proof.Kind.CHECK:
        _require_verifier(by, held)
        if held.state_now is State.REPORTED:
            return held_for(by, held, Move.CONFIRM)
        return held if _is_drawn(held) else held_for(by, held, Move.PASS)
    _require_registrar(by, held)
    if held.state_now not in _BEFORE_IN:
        raise problem("ticket.photo_late", value=held.number, state=held.state_now.label)
    return held


def _is_drawn(held: Ticket) -> bool:
    """Whether it is to be looked at once more: that is a check, too."""
    return held.blind_checks.filter(BlindCheck.OPEN_ONES).exists()


def _require_verifier(by: Actor, held: Ticket) -> None:
    if not isinstance(by, Person) or Part.VERIFIER not in parts_of(by.acting, held):
        raise PermissionDenied


def _require_registrar(by: Actor, held: Ticket) -> None:
    if by == PROGRAM:
        return
    if not isinstance(by, Person):
        raise PermissionDenied
    first = held.steps.order_by("number").values_list("by", flat=True).first()
    if first != by.account and not parts_of(by.acting, held) & {Part.DISPATCHER, Part.VERIFIER}:
        raise PermissionDenied


def _doubts(made: Proof, held: Ticket) -> Iterator[str]:
    """What speaks against a photo, in words; the certain things first."""
    if made.kind != Proof.Kind.BEFORE:
        yield from _used_before(made, held)
        if made.taken is not None and made.taken < held.found_at:
            yield "拍摄时间早于发现问题的时间"
    yield from _of_place(made, held)
    if made.grade == Photo.Grade.GALLERY:
        yield "选自相册或文件，不是当场拍摄"


def _used_before(made: Proof, held: Ticket) -> Iterator[str]:
    others = Proof.objects.filter(sha256=made.sha256).select_related("ticket")
    own = others.filter(ticket=held).order_by("at").first()
    other = others.exclude(ticket=held).order_by("at").first()
    visit = Photo.objects.filter(sha256=made.sha256).select_related("inspection__site").first()
    if own is not None:
        yield f"与本单的{own.get_kind_display()}照片是同一张"
    if other is not None:
        yield f"与整改单 {other.ticket.number} 的照片是同一张"
    if visit is not None:
        yield f"与“{visit.inspection.site.name}”的检查照片是同一张"
    if own is None and visit is None and made.kind == Proof.Kind.AFTER and _is_like_before(made, held):
        yield "与整改前的照片像同一张"


def _is_like_before(made: Proof, held: Ticket) -> bool:
    """Whether the repair's photo is the problem's, saved anew or cut: by hashes, then by its fine detail."""
    befores = before_of(held)[:_COMPARED]
    if not befores:
        return False
    figures = limits().photos
    content = _content(made.sha256)
    hashes = likeness.likeness_of(content, MOST_PIXELS, float(figures.plain_below))
    for one in befores:
        earlier = _content(one.sha256)
        theirs = likeness.likeness_of(earlier, MOST_PIXELS, float(figures.plain_below))
        if not likeness.has_hashes(theirs):
            continue
        match = likeness.nearest(hashes, likeness.library([theirs]))
        if match is None or match.distance > figures.suspicion:
            continue
        if likeness.agreement(content, earlier, MOST_PIXELS) >= figures.agreement:
            return True
    return False


def _content(sha256: str) -> bytes:
    try:
        return original(sha256)
    except ProblemsFound:
        return b""


def _of_place(made: Proof, held: Ticket) -> Iterator[str]:
    if made.latitude is None or made.longitude is None:
        yield "没有定位"
        return
    site = held.site
    if site.latitude is None or site.longitude is None:
        return
    radius = limits().track.radius[site.kind]
    here = float(made.latitude), float(made.longitude)
    away = metres(here, (float(site.latitude), float(site.longitude)))
    if away > radius + (made.accuracy or 0):
        yield f"拍摄位置距点位 {distance_words(away)}，超出 {radius} 米"

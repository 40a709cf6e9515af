"""What a phone shows of tickets."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from functools import cache

from django.db.models import Prefetch, Q

from zerentian.core import clock
from zerentian.core.problems import ProblemsFound
from zerentian.field.site_words import site_words
from zerentian.people.models import Account
from zerentian.people.rules import RIGHTS, Right, Role
from zerentian.standards.loop import Loop
from zerentian.tickets.actions import rules_of
from zerentian.tickets.models import Extension, Finding, Proof, Ticket
from zerentian.tickets.parts import moves_of, parts_of
from zerentian.tickets.proofs import Before, befores_of
from zerentian.tickets.rules import Move, Part, State, extended_deadline

MOST = 300
"""Tickets on one phone."""
_STEPS = 6
_ON_PHONES = (Move.HANDLE, Move.RETURN, Move.PASS, Move.FAIL)


def tickets_of(account: Account) -> list[Ticket]:
    """Those to be mended by the account's organisation, and mended ones that the account may verify."""
    ours = [
        post.organisation_id
        for post in account.current_posts
        if Right.HANDLE_TICKETS in RIGHTS[Role(post.role)]
    ]
    scope = account.scope(Right.VERIFY_TICKETS)
    wanted = Q(handler__in=ours, state__in=[State.DISPATCHED, State.RETURNED, State.HANDLED]) | (
        scope.inside("town", "site__region__code") & Q(state=State.HANDLED)
    )
    asked = Extension.objects.filter(state=Extension.State.ASKED)
    rows = Ticket.objects.filter(wanted).with_all().order_by("due", "number")
    return list(
        rows.prefetch_related(
            Prefetch("findings", Finding.objects.filter(withdrawn="")),
            Prefetch("proofs", Proof.objects.filter(kind=Proof.Kind.AFTER)),
            Prefetch("extension_requests", asked, to_attr="asked"),
            "steps",
        )[:MOST]
    )


def described(account: Account, tickets: Sequence[Ticket]) -> list[dict[str, object]]:
    """What `TicketOut` takes of each ticket."""
    rules = cache(rules_of)
    befores = befores_of(tickets)
    return [_described(account, one, befores[one.pk], rules(one.town)) for one in tickets]


def _described(account: Account, one: Ticket, before: Iterable[Before], loop: Loop) -> dict[str, object]:
    until = _extend_until(account, one, loop)
    moves = [str(move) for move in moves_of(account, one) if move in _ON_PHONES]
    shown = [proof for proof in one.proofs.all() if proof.attempt == one.fails + 1]
    steps = list(one.steps.all())[-_STEPS:]
    return {
        "id": one.pk, "number": one.number, "version": one.version, "state": one.state,
        "state_words": one.state_now.label, "class_words": one.class_name,
        "severity": one.get_severity_display(), "summary": one.summary,
        "found": [
            {"words": found.words, "seen": found.seen, "found_at": found.found_at}
            for found in one.findings.all()
        ],
        "due": one.due, "light": one.light, "supervised": one.supervised_at is not None,
        "needs_photo": loop.needs_photo, "handler": one.handler.name if one.handler else "",
        "handled_words": one.handled_words if one.state_now is State.HANDLED else "",
        "moves": [*moves, "extension"] if until else moves, "extend_until": until,
        "site": site_words(one.site),
        "before": [{"id": photo.id, "sha256": photo.sha256} for photo in before],
        "after": [{"id": proof.pk, "sha256": proof.sha256, "doubt": proof.doubt} for proof in shown],
        "steps": [
            {"label": step.label, "at": step.at, "by": step.by_name, "reason": step.reason}
            for step in steps
        ],
    }  # fmt: skip


def _extend_until(account: Account, one: Ticket, loop: Loop) -> datetime.datetime | None:
    """The latest deadline that the account may ask for; None when it may not ask."""
    if one.state_now is not State.DISPATCHED or one.due is None or one.due < clock.now():
        return None
    if one.extensions >= loop.extension.most_times or one.asked:  # type: ignore[attr-defined]
        return None
    if Part.HANDLER not in parts_of(account, one):
        return None
    try:
        return extended_deadline(loop.extension.limit, one.due, clock.now(), loop.calendar.calendar())
    except ProblemsFound:  # a year whose holidays nobody knows yet
        return None

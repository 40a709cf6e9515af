"""What is done with tickets: each move once, by whom it is for, on the record."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.db import transaction

from zerentian.core import clock
from zerentian.core.problems import problem
from zerentian.ledger.actions import PROGRAM, Actor, record
from zerentian.people.models import Organisation
from zerentian.people.person import Person
from zerentian.places.models import Site
from zerentian.rounds.models import Inspection
from zerentian.standards.loop import Limit, Loop, ProblemClass
from zerentian.standards.queries import loop_of
from zerentian.tickets.models import Finding, Proof, Step, Ticket, TownNumbers
from zerentian.tickets.parts import handler_for, require_part
from zerentian.tickets.rules import (
    MOVES,
    Move,
    State,
    ladder_of,
    supervised_deadline,
)

_LONGEST = 500


@dataclass(frozen=True, slots=True)
class Seen:
    """What somebody found: words for a reader, the clause where one is known, what was observed of it."""

    words: str
    found_at: datetime.datetime
    clause: str = ""
    seen: str = ""
    inspection: Inspection | None = None
    reference: str = ""


@transaction.atomic
def open_ticket(
    by: Actor, site: Site, source: str, problem_class: ProblemClass, found: Sequence[Seen],
    *, due: datetime.datetime | None = None,
) -> Ticket:  # fmt: skip
    """A ticket for what was found at a site, dispatched at once where the town's rules say so.

    What a source must first be verified for waits as reported. `due` is a deadline that its sender set: it
    holds where it is earlier than the rules' own.
    """
    now = clock.now()
    loop = rules_of(site.town)
    is_reported = source in loop.verified_first
    made = Ticket(
        town=site.town, number=_next_number(site.town, now), site=site, source=source,
        problem_class=problem_class.id, class_name=problem_class.name, severity=problem_class.severity,
        summary=_summary(found), state=State.REPORTED if is_reported else State.OPEN,
        found_at=min(one.found_at for one in found), opened=now, due=due,
    )  # fmt: skip
    made.repeats = _earlier(made, found, loop, now)
    made.save()
    _write_findings(made, source, found)
    move = Move.REPORT if is_reported else Move.REGISTER
    _step(by, made, move, "", now)
    if not is_reported:
        _send_out(made, loop, problem_class, now)
    return made


@transaction.atomic
def add_findings(by: Actor, ticket: Ticket, source: str, found: Sequence[Seen]) -> None:
    """The same problem, found again while its ticket is open: one ticket, and what was found stands in it."""
    held = _locked(ticket)
    _write_findings(held, source, found)
    words = _summary([*_found_in(held), *found])
    Ticket.objects.filter(pk=held.pk).update(summary=words)
    data = {"clauses": [one.clause for one in found], "source": source}
    record(by, "ticket.found_again", held, region=held.site.region_id, data=data)


@transaction.atomic
def confirm(by: Person, ticket: Ticket, words: str, seen: int = 0) -> Ticket:
    """Say that a reported problem is there; the ticket is opened."""
    held = _held(by, ticket, Move.CONFIRM, seen)
    _make(by, held, Move.CONFIRM, words)
    loop = rules_of(held.town)
    _send_out(held, loop, loop.class_named(held.problem_class), clock.now())
    return held


@transaction.atomic
def dismiss(by: Person, ticket: Ticket, reason: str, seen: int = 0) -> Ticket:
    """Say why a problem needs no ticket."""
    held = _held(by, ticket, Move.DISMISS, seen)
    return _make(by, held, Move.DISMISS, reason)


@transaction.atomic
def dispatch(by: Person, ticket: Ticket, handler: Organisation, words: str = "", seen: int = 0) -> Ticket:
    """Send a ticket to who is to mend it; its time begins now. Raises `ProblemsFound`."""
    held = _held(by, ticket, Move.DISPATCH, seen)
    if not handler.is_active:
        raise problem("ticket.handler_gone", value=handler.name)
    return _dispatch(by, held, handler, rules_of(held.town), clock.now(), words)


@transaction.atomic
def give_back(by: Person, ticket: Ticket, reason: str, seen: int = 0) -> Ticket:
    """Say why it isn't one's own to mend; the deadline goes on until somebody decides."""
    held = _held(by, ticket, Move.RETURN, seen)
    held.returns += 1
    return _make(by, held, Move.RETURN, reason)


@transaction.atomic
def handle(by: Actor, ticket: Ticket, words: str, seen: int = 0, *, name: str = "") -> Ticket:
    """Say that the problem is mended, with words and (as the town's rules want) photos of this attempt.

    `by` is a person of the handler, or with `name` somebody without an account who holds the site's code.
    Raises `ProblemsFound`.
    """
    held = _held(by, ticket, Move.HANDLE, seen)
    photos = held.proofs.filter(kind=Proof.Kind.AFTER, attempt=held.fails + 1)
    if rules_of(held.town).needs_photo and not photos.exists():
        raise problem("ticket.no_photo", value=held.number)
    now = clock.now()
    held.handled_by = by.acting if isinstance(by, Person) else None
    held.handled_name = name or by.name
    held.verified_by = None
    held.handled_at, held.handled_words = now, words.strip()[:_LONGEST]
    held.first_handled_at = held.first_handled_at or now
    held.next_rung_at = None
    return _make(by, held, Move.HANDLE, words)


@transaction.atomic
def verify(by: Person, ticket: Ticket, holds: bool, words: str, seen: int = 0) -> Ticket:
    """Say whether the repair holds; when not it is to be mended anew until a new deadline."""
    move = Move.PASS if holds else Move.FAIL
    held = _held(by, ticket, move, seen)
    held.verified_by, held.verified_at = by.acting, clock.now()
    if holds:
        return _make(by, held, move, words)
    loop = rules_of(held.town)
    held.fails += 1
    _set_due(held, loop, loop.rework.after(clock.now(), loop.calendar.calendar()), clock.now())
    return _make(by, held, move, words)


@transaction.atomic
def close(by: Person, ticket: Ticket, words: str = "", seen: int = 0) -> Ticket:
    """End a ticket whose repair was verified."""
    held = _held(by, ticket, Move.CLOSE, seen)
    held.closed_at = clock.now()
    return _make(by, held, Move.CLOSE, words)


@transaction.atomic
def reopen(by: Person, ticket: Ticket, reason: str, seen: int = 0) -> Ticket:
    """Have a problem mended anew that is not as it was said to be."""
    held = _held(by, ticket, Move.REOPEN, seen)
    return again(by, held, reason)


def again(by: Person, held: Ticket, reason: str) -> Ticket:
    """Open a held ticket once more, with a new deadline; the caller has checked the right."""
    loop = rules_of(held.town)
    held.closed_at = None
    held.fails += 1
    _set_due(held, loop, loop.rework.after(clock.now(), loop.calendar.calendar()), clock.now())
    return _make(by, held, Move.REOPEN, reason)


@transaction.atomic
def suspend(by: Person, ticket: Ticket, reason: str, review_on: datetime.date, seen: int = 0) -> Ticket:
    """Let a ticket rest that can't be mended now (挂账), to be looked at again by a day.

    Raises `ProblemsFound`.
    """
    held = _held(by, ticket, Move.SUSPEND, seen)
    loop = rules_of(held.town)
    last = _last_day(loop.suspension.review_within, loop)
    if not clock.today() < review_on <= last:
        raise problem("ticket.review_day", value=review_on, last=last)
    held.suspended_for, held.review_on, held.next_rung_at = reason.strip()[:_LONGEST], review_on, None
    return _make(by, held, Move.SUSPEND, reason)


@transaction.atomic
def resume(by: Person, ticket: Ticket, words: str = "", seen: int = 0) -> Ticket:
    """Take a resting ticket up again: its class's whole time, from now."""
    held = _held(by, ticket, Move.RESUME, seen)
    loop = rules_of(held.town)
    limit = loop.class_named(held.problem_class).limit_of(held.source)
    held.review_on = None
    _set_due(held, loop, limit.after(clock.now(), loop.calendar.calendar()), clock.now())
    return _make(by, held, Move.RESUME, words)


@transaction.atomic
def supervise(by: Person, ticket: Ticket, reason: str, seen: int = 0) -> Ticket:
    """Mark a ticket as supervised (督办); its deadline comes nearer."""
    held = _held(by, ticket, Move.SUPERVISE, seen)
    if held.supervised_at is not None:
        raise problem("ticket.supervised_already", value=held.number)
    return _supervise(by, held, rules_of(held.town), reason)


@transaction.atomic
def withdraw_findings(by: Actor, findings: Iterable[Finding], reason: str) -> None:
    """Take findings back whose inspection was corrected or set aside; a ticket without any ends with them."""
    tickets = {}
    for finding in findings:
        finding.withdrawn = reason
        finding.save(update_fields=["withdrawn"])
        tickets[finding.ticket_id] = finding.ticket
    for ticket in tickets.values():
        held = _locked(ticket)
        if held.findings.filter(withdrawn="").exists():
            continue
        if held.state_now in MOVES[Move.WITHDRAW].come_from:
            held.next_rung_at = None
            _make(by, held, Move.WITHDRAW, reason)


def rules_of(town: str) -> Loop:
    """The town's rules for rectification of this month."""
    return loop_of(town, clock.this_month())


def extend_held(by: Person, held: Ticket, until: datetime.datetime, reason: str) -> Ticket:
    """Put the deadline of a held ticket off; the caller has checked the right and the limit."""
    _set_due(held, rules_of(held.town), until, held.dispatched_at or clock.now())
    held.extensions += 1
    return _make(by, held, Move.EXTEND, reason)


def held_for(by: Actor, ticket: Ticket, move: Move, seen: int = 0) -> Ticket:
    """The ticket, locked until the transaction ends, when the person may make this move with it now.

    `seen` is the version he decided on. Raises `PermissionDenied`, and `ProblemsFound` when somebody else was
    quicker: it says who, and what became of it.
    """
    return _held(by, ticket, move, seen)


def _held(by: Actor, ticket: Ticket, move: Move, seen: int) -> Ticket:
    held = _locked(ticket)
    if isinstance(by, Person):
        require_part(by, held, move)
    elif move is not Move.HANDLE:
        raise PermissionDenied(move)
    if held.state_now not in MOVES[move].come_from or (seen and seen != held.version):
        last = held.steps.last()
        who = last.by_name if last else ""
        when = clock.as_text(last.at) if last else ""
        raise problem(
            "ticket.moved_on", value=held.number, state=held.state_now.label, who=who, when=when,
            move=MOVES[move].label,
        )  # fmt: skip
    return held


def _locked(ticket: Ticket) -> Ticket:
    rows = Ticket.objects.select_for_update(of=("self",))
    return rows.select_related("site", "handler").get(pk=ticket.pk)


def _make(by: Actor, held: Ticket, move: Move, words: str = "") -> Ticket:
    """Make a move with a held ticket: its state, a step of its history, an event of the ledger."""
    course = MOVES[move]
    if course.needs_reason and not words.strip():
        raise problem("ticket.no_reason", value=course.label)
    before = held.state
    now = clock.now()
    if course.leads_to is not None:
        held.state = course.leads_to
    held.version += 1
    held.save()
    _step(by, held, move, before, now, words)
    return held


def _step(by: Actor, held: Ticket, move: Move, before: str, at: datetime.datetime, words: str = "") -> None:
    last = held.steps.exclude(leads_to=before, come_from=before).filter(leads_to=before).last()
    Step.objects.create(
        ticket=held, number=held.steps.count() + 1, move=move, label=move.label, come_from=before,
        leads_to=held.state, at=at, lasted=at - last.at if last and held.state != before else None,
        by=by.acting if isinstance(by, Person) else None, by_name=by.name, reason=words.strip()[:_LONGEST],
        due=held.due, handler=held.handler,
    )  # fmt: skip
    data: dict[str, object] = {"from": before, "to": held.state}
    if held.due is not None:
        data["due"] = held.due.isoformat()
    if held.handler is not None:
        data["handler"] = str(held.handler_id)
    record(by, f"ticket.{move}", held, region=held.site.region_id, reason=words.strip(), data=data)


def _send_out(held: Ticket, loop: Loop, problem_class: ProblemClass, now: datetime.datetime) -> None:
    """What follows opening: the dispatch by the town's rules, and the supervision of what came again."""
    handler = handler_for(held.site, problem_class) if loop.dispatched_at_once else None
    if handler is not None:
        _dispatch(PROGRAM, held, handler, loop, now, "按整改办法自动派遣")
    if held.repeats is not None and loop.repetition.supervise and held.state == State.DISPATCHED:
        again = f"{loop.repetition.months} 个月内重复发现，上次为 {held.repeats.number}"
        _supervise(PROGRAM, held, loop, again)


def _dispatch(
    by: Actor, held: Ticket, handler: Organisation, loop: Loop, now: datetime.datetime, words: str
) -> Ticket:
    limit = loop.class_named(held.problem_class).limit_of(held.source)
    own = limit.after(now, loop.calendar.calendar())
    told = held.due if held.dispatched_at is None else None  # a deadline that the sender set
    held.handler, held.dispatched_at = handler, now
    _set_due(held, loop, min(own, told) if told and told > now else own, now)
    if held.first_handled_at is None:
        held.first_due = held.due
    return _make(by, held, Move.DISPATCH, words)


def _supervise(by: Actor, held: Ticket, loop: Loop, reason: str) -> Ticket:
    now = clock.now()
    held.supervised_at = now
    _set_due(held, loop, supervised_deadline(loop, held.due, now), held.dispatched_at or now)
    return _make(by, held, Move.SUPERVISE, reason)


def _set_due(held: Ticket, loop: Loop, due: datetime.datetime, begun: datetime.datetime) -> None:
    """A new deadline, and when somebody is to be told of it next."""
    held.due = due
    told = [one.at for one in ladder_of(loop, begun, due) if one.at >= min(begun, clock.now())]
    held.next_rung_at = min(told, default=None)


def _last_day(limit: Limit, loop: Loop) -> datetime.date:
    end = limit.after(clock.now(), loop.calendar.calendar()) - datetime.timedelta(microseconds=1)
    return end.astimezone(loop.calendar.calendar().zone).date()


def _write_findings(ticket: Ticket, source: str, found: Sequence[Seen]) -> None:
    Finding.objects.bulk_create(
        Finding(
            ticket=ticket, clause=one.clause, words=one.words[:_LONGEST], seen=one.seen[:300], source=source,
            found_at=one.found_at, inspection=one.inspection, reference=one.reference[:200],
        )
        for one in found
    )  # fmt: skip


def _found_in(ticket: Ticket) -> list[Seen]:
    return [Seen(one.words, one.found_at) for one in ticket.findings.filter(withdrawn="")]


def _summary(found: Iterable[Seen]) -> str:
    return "；".join(dict.fromkeys(one.words for one in found))[:300]


def _earlier(made: Ticket, found: Sequence[Seen], loop: Loop, now: datetime.datetime) -> Ticket | None:
    """The last ticket of this site that was about one of these clauses and came within the town's months."""
    clauses = {one.clause for one in found if one.clause}
    since = now - datetime.timedelta(days=31 * loop.repetition.months)
    before = Ticket.objects.filter(site=made.site, state=State.CLOSED, closed_at__gte=since)
    same = before.filter(findings__clause__in=clauses, findings__withdrawn="")
    return same.order_by("-closed_at").first() if clauses else None


def _next_number(town: str, now: datetime.datetime) -> str:
    year = int(f"{now.astimezone(rules_of(town).calendar.calendar().zone):%Y}")
    TownNumbers.objects.get_or_create(town=town, year=year)
    held = TownNumbers.objects.select_for_update().get(town=town, year=year)
    held.last += 1
    held.save(update_fields=["last"])
    return f"{year}-{held.last:05d}"


def open_of(site: Site, problem_class: str) -> Ticket | None:
    """The open ticket of a class of problems at a site."""
    return Ticket.objects.live().filter(site=site, problem_class=problem_class).order_by("opened").first()

"""What is done with tickets: each move once, by whom it is for, on the record."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction

from zerentian.core import clock
from zerentian.core.problems import problem
from zerentian.ledger.actions import PROGRAM, Actor, prepared, record, record_all
from zerentian.people.models import Account, Organisation
from zerentian.people.person import Person
from zerentian.places.models import Site
from zerentian.rounds.models import Inspection
from zerentian.standards.loop import Limit, Loop, ProblemClass
from zerentian.standards.queries import loop_of
from zerentian.tickets.models import Finding, Proof, Step, Ticket, TownNumbers
from zerentian.tickets.parts import handler_for, require_part
from zerentian.tickets.rules import (
    MOVES,
    RUNNING,
    Move,
    State,
    ladder_of,
    supervised_deadline,
)
from zerentian.tickets.self_check_models import SelfCheck

_LONGEST = 500
_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class Seen:
    """What somebody found: words for a reader, the clause where one is known, what was observed of it."""

    words: str
    found_at: datetime.datetime
    clause: str = ""
    seen: str = ""
    inspection: Inspection | None = None
    reference: str = ""
    self_check: SelfCheck | None = None


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
def handle(
    by: Actor, ticket: Ticket, words: str, seen: int = 0,
    *, name: str = "", code_by: Account | None = None, at: datetime.datetime | None = None,
) -> Ticket:  # fmt: skip
    """Say that the problem is mended, with words and (as the town's rules want) photos of this attempt.

    `by` is a person of the handler, or with `name` somebody without an account who holds a code of the site,
    handed out by `code_by`. `at` is when a phone without network did it, as far as its clock is known: who
    mended in time is not late because the network was. Raises `ProblemsFound`.
    """
    held = _held(by, ticket, Move.HANDLE, seen)
    photos = held.proofs.filter(kind=Proof.Kind.AFTER, attempt=held.fails + 1)
    if rules_of(held.town).needs_photo and not photos.exists():
        raise problem("ticket.no_photo", value=held.number)
    now = max(min(at or clock.now(), clock.now()), held.dispatched_at or held.opened)
    held.handled_by, held.code_by = by.acting if isinstance(by, Person) else None, code_by
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
    Finding.objects.bulk_create(_findings_of(ticket, source, found))


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


@dataclass(frozen=True, slots=True)
class Opening:
    """What a ticket is to be opened for, among many."""

    site: Site
    problem_class: ProblemClass
    found: tuple[Seen, ...]
    due: datetime.datetime | None = None


def hold_openings(town: str) -> None:
    """Let nobody else open tickets in the town until the transaction ends: who looks first finds them all."""
    _held_numbers(town, clock.now())


@transaction.atomic
def open_tickets(by: Actor, town: str, source: str, openings: Sequence[Opening]) -> list[Ticket]:
    """Tickets as `open_ticket` makes them, many of one town at once: a few questions for all of them."""
    batch = _Batch(by, town, source, openings)
    made = [batch.open(one) for one in openings]
    batch.write(made)
    return made


class _Batch:
    """Tickets, what was found and the steps of many, kept until all are written together."""

    def __init__(self, by: Actor, town: str, source: str, openings: Sequence[Opening]) -> None:
        self._by, self._source, self._now, self._loop = by, source, clock.now(), rules_of(town)
        self._calendar = self._loop.calendar.calendar()
        self._is_reported = source in self._loop.verified_first
        numbers = _held_numbers(town, self._now)
        self._year, self._last = numbers.year, numbers.last
        numbers.last += len(openings)
        numbers.save(update_fields=["last"])
        self._earlier = _earlier_of(openings, self._loop, self._now)
        self._handlers: dict[tuple[object, ...], Organisation | None] = {}
        self._rungs: dict[datetime.datetime, datetime.datetime | None] = {}
        self._findings: list[Finding] = []
        self._steps: list[Step] = []
        self._acts: list[tuple[Actor, Step]] = []

    def open(self, one: Opening) -> Ticket:
        """The ticket of an opening, with all that follows at once."""
        self._last += 1
        kind, state = one.problem_class, State.REPORTED if self._is_reported else State.OPEN
        made = Ticket(
            town=one.site.town, number=f"{self._year}-{self._last:05d}", site=one.site, source=self._source,
            problem_class=kind.id, class_name=kind.name, severity=kind.severity, summary=_summary(one.found),
            state=state, found_at=min(seen.found_at for seen in one.found), opened=self._now, due=one.due,
        )  # fmt: skip
        before = [
            self._earlier[key] for seen in one.found if (key := (one.site.pk, seen.clause)) in self._earlier
        ]
        made.repeats = max(before, key=lambda ticket: ticket.closed_at or ticket.opened, default=None)
        self._findings += _findings_of(made, self._source, one.found)
        self._step(self._by, made, Move.REPORT if self._is_reported else Move.REGISTER, "")
        if not self._is_reported:
            self._send_out(made, kind)
        return made

    def write(self, made: Sequence[Ticket]) -> None:
        """Write all of it."""
        Ticket.objects.bulk_create(made, batch_size=_AT_ONCE)
        Finding.objects.bulk_create(self._findings, batch_size=_AT_ONCE)
        Step.objects.bulk_create(self._steps, batch_size=_AT_ONCE)
        record_all(
            [
                prepared(
                    by, f"ticket.{step.move}", step.ticket, region=step.ticket.site.region_id,
                    reason=step.reason, data=_told_of(step),
                )
                for by, step in self._acts
            ]
        )  # fmt: skip

    def _send_out(self, made: Ticket, kind: ProblemClass) -> None:
        handler = self._handler(made.site, kind) if self._loop.dispatched_at_once else None
        if handler is None:
            return
        own = kind.limit_of(self._source).after(self._now, self._calendar)
        due = min(own, made.due) if made.due and made.due > self._now else own
        made.handler, made.dispatched_at, made.first_due = handler, self._now, due
        self._set_due(made, due)
        self._move(PROGRAM, made, Move.DISPATCH, "按整改办法自动派遣")
        if made.repeats is not None and self._loop.repetition.supervise:
            made.supervised_at = self._now
            self._set_due(made, supervised_deadline(self._loop, made.due, self._now))
            self._move(PROGRAM, made, Move.SUPERVISE, _again_words(self._loop, made.repeats))

    def _handler(self, site: Site, kind: ProblemClass) -> Organisation | None:
        key = (site.property_company_id, site.responsible_id, site.region_id, kind.id)
        if key not in self._handlers:
            self._handlers[key] = handler_for(site, kind)
        return self._handlers[key]

    def _set_due(self, made: Ticket, due: datetime.datetime) -> None:
        if due not in self._rungs:
            _set_due(made, self._loop, due, self._now)
            self._rungs[due] = made.next_rung_at
        made.due, made.next_rung_at = due, self._rungs[due]

    def _move(self, by: Actor, made: Ticket, move: Move, words: str) -> None:
        before, leads_to = made.state, MOVES[move].leads_to
        made.state, made.version = leads_to or made.state, made.version + 1
        self._step(by, made, move, before, words)

    def _step(self, by: Actor, made: Ticket, move: Move, before: str, words: str = "") -> None:
        step = Step(
            ticket=made, number=made.version, move=move, label=move.label, come_from=before,
            leads_to=made.state, at=self._now, by=by.acting if isinstance(by, Person) else None,
            lasted=datetime.timedelta() if before and before != made.state else None, by_name=by.name,
            reason=words[:_LONGEST], due=made.due, handler=made.handler,
        )  # fmt: skip
        self._steps.append(step)
        self._acts.append((by, step))


@transaction.atomic
def add_findings_to(by: Actor, source: str, found: Mapping[UUID, Sequence[Seen]]) -> None:
    """What was found again of many open tickets, by their ids, as `add_findings` does for one."""
    rows = Ticket.objects.select_for_update(of=("self",)).select_related("site")
    held = {one.pk: one for one in rows.filter(pk__in=found).order_by("pk")}
    known: dict[UUID, list[Seen]] = {id_: [] for id_ in held}
    for one in Finding.objects.filter(ticket__in=held, withdrawn=""):
        known[one.ticket_id].append(Seen(one.words, one.found_at))
    acts = []
    for id_, ticket in held.items():
        ticket.summary = _summary([*known[id_], *found[id_]])
        data = {"clauses": [one.clause for one in found[id_]], "source": source}
        acts.append(prepared(by, "ticket.found_again", ticket, region=ticket.site.region_id, data=data))
    new = [one for id_, ticket in held.items() for one in _findings_of(ticket, source, found[id_])]
    Finding.objects.bulk_create(new, batch_size=_AT_ONCE)
    Ticket.objects.bulk_update(held.values(), ["summary"], batch_size=_AT_ONCE)
    record_all(acts)


@transaction.atomic
def bring_forward(by: Actor, dues: Mapping[UUID, datetime.datetime]) -> int:
    """Let deadlines of open tickets, by their ids, be the earlier ones set by who found the problem again.

    Returns how many changed: what is mended already, or due by then anyway, stays as it is.
    """
    now, acts, changed = clock.now(), [], []
    rungs: dict[tuple[datetime.datetime, datetime.datetime], datetime.datetime | None] = {}
    rows = Ticket.objects.select_for_update(of=("self",)).select_related("site")
    for held in rows.filter(pk__in=dues).order_by("pk"):
        due, before, begun = dues[held.pk], held.due, held.dispatched_at
        waits = held.state_now in RUNNING or begun is None
        if not waits or due <= now or (before is not None and before <= due):
            continue
        if begun is None:
            held.due = due
        else:
            if (begun, due) not in rungs:
                _set_due(held, rules_of(held.town), due, begun)
                rungs[begun, due] = held.next_rung_at
            held.due, held.next_rung_at = due, rungs[begun, due]
            held.first_due = due if held.first_handled_at is None else held.first_due
        held.version += 1
        changed.append(held)
        told = {"due": {"from": before.isoformat() if before else "", "to": due.isoformat()}}
        acts.append(prepared(by, "ticket.brought_forward", held, region=held.site.region_id, data=told))
    fields = ["due", "next_rung_at", "first_due", "version"]
    Ticket.objects.bulk_update(changed, fields, batch_size=_AT_ONCE)
    record_all(acts)
    return len(changed)


def _held_numbers(town: str, now: datetime.datetime) -> TownNumbers:
    year = int(f"{now.astimezone(rules_of(town).calendar.calendar().zone):%Y}")
    TownNumbers.objects.get_or_create(town=town, year=year)
    return TownNumbers.objects.select_for_update().get(town=town, year=year)


def _findings_of(ticket: Ticket, source: str, found: Iterable[Seen]) -> list[Finding]:
    return [
        Finding(
            ticket=ticket, clause=one.clause, words=one.words[:_LONGEST], seen=one.seen[:300], source=source,
            found_at=one.found_at, inspection=one.inspection, reference=one.reference[:200],
            self_check=one.self_check,
        )
        for one in found
    ]  # fmt: skip


def _told_of(step: Step) -> dict[str, object]:
    told: dict[str, object] = {"from": step.come_from, "to": step.leads_to}
    if step.due is not None:
        told["due"] = step.due.isoformat()
    if step.handler_id is not None:
        told["handler"] = str(step.handler_id)
    return told


def _again_words(loop: Loop, before: Ticket) -> str:
    return f"{loop.repetition.months} 个月内重复发现，上次为 {before.number}"


def _earlier_of(
    openings: Sequence[Opening], loop: Loop, now: datetime.datetime
) -> dict[tuple[UUID, str], Ticket]:
    """The last ticket closed within the town's months of each site and clause that is found again."""
    clauses = {seen.clause for one in openings for seen in one.found if seen.clause}
    if not clauses:
        return {}
    since = now - datetime.timedelta(days=31 * loop.repetition.months)
    found = Finding.objects.filter(
        ticket__state=State.CLOSED, ticket__closed_at__gte=since, withdrawn="", clause__in=clauses,
        ticket__site__in={one.site.pk for one in openings},
    ).select_related("ticket").order_by("ticket__closed_at")  # fmt: skip
    return {(one.ticket.site_id, one.clause): one.ticket for one in found}

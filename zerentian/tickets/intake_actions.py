"""How problems of others come in: senders, their lists, single reports, events of devices."""

from __future__ import annotations

import datetime
import hashlib
import json
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from django.core.exceptions import PermissionDenied
from django.db import transaction

from zerentian.core import clock
from zerentian.core.problems import problem
from zerentian.core.worktime import TOWN_ZONE
from zerentian.ledger.actions import Actor, record
from zerentian.people.models import Account
from zerentian.people.person import Person
from zerentian.people.rules import Right, Role
from zerentian.places.models import Site
from zerentian.places.rules import name_key
from zerentian.rounds.models import Photo
from zerentian.rounds.photos import Filed, file_photo, keep_photo
from zerentian.standards.loop import ProblemClass
from zerentian.tickets.actions import (
    Seen,
    add_findings,
    add_findings_to,
    bring_forward,
    hold_openings,
    open_of,
    open_ticket,
    open_tickets,
    rules_of,
)
from zerentian.tickets.intake_models import USUAL_PATHS, DeviceEvent, Sender
from zerentian.tickets.intake_rules import COLUMNS, dotted, read_moment, source_of
from zerentian.tickets.list_planning import ListPlan, PlannedRow, alias_key, opening_of, plan_list
from zerentian.tickets.models import SOURCES, Proof, Ticket
from zerentian.tickets.photo_archives import open_photos

MOST_PHOTOS = 9
_LONGEST_ID = 100
_YEAR = datetime.timedelta(days=366)


# Senders


@transaction.atomic
def create_sender(by: Person, town: str, name: str, source: str) -> Sender:
    """A new sender. Raises `ProblemsFound` when the town has one of that name."""
    by.require(Right.DISPATCH_TICKETS, town)
    _require_free(town, name)
    paths = USUAL_PATHS if source == "device" else {}
    made = Sender.objects.create(town=town, name=name, source=source, paths=paths)
    record(by, "sender.created", made, region=town, data={"name": name, "source": source})
    return made


@transaction.atomic
def change_sender(by: Person, sender: Sender, values: Mapping[str, object]) -> bool:
    """Another name, or how its events are read (`paths`, `classes`); False when nothing differs.

    Raises `ProblemsFound`.
    """
    held = _held(by, sender)
    changes = {
        name: {"from": getattr(held, name), "to": value}
        for name, value in values.items()
        if getattr(held, name) != value
    }
    if "name" in changes:
        _require_free(held.town, str(values["name"]))
    for name in changes:
        setattr(held, name, values[name])
    if changes:
        held.save(update_fields=list(changes))
        record(by, "sender.changed", held, region=held.town, data=changes)
    return bool(changes)


@transaction.atomic
def switch_sender(by: Person, sender: Sender, is_active: bool) -> None:
    """Switch a sender off, so that neither lists nor events of it are taken, or on again."""
    held = _held(by, sender)
    if held.is_active != is_active:
        held.is_active = is_active
        held.save(update_fields=["is_active"])
        kind = "sender.switched_on" if is_active else "sender.switched_off"
        record(by, kind, held, region=held.town)


@transaction.atomic
def renew_secret(by: Person, sender: Sender) -> str:
    """A new secret for a sender's devices, told this once; the one before signs nothing any more."""
    held = _held(by, sender)
    held.secret_salt, held.secret_given = secrets.token_hex(16), clock.now()
    held.save(update_fields=["secret_salt", "secret_given"])
    record(by, "sender.secret_renewed", held, region=held.town)
    return held.secret


@transaction.atomic
def set_columns(by: Person, sender: Sender, columns: Mapping[str, str]) -> None:
    """Remember which of a sender's headings holds what."""
    held = _held(by, sender)
    chosen = {name: columns[name] for name in COLUMNS if columns.get(name)}
    if held.columns != chosen:
        data = {"columns": {"from": _in_words(held.columns), "to": _in_words(chosen)}}
        held.columns = chosen
        held.save(update_fields=["columns"])
        record(by, "sender.columns_set", held, region=held.town, data=data)


@transaction.atomic
def set_aliases(by: Person, sender: Sender, picked: Mapping[str, Site | None]) -> int:
    """Remember which site a sender's name means (None: forget it); return how many changed.

    Raises `ProblemsFound` for a site of another town or out of use.
    """
    held = _held(by, sender)
    told = {}
    for key, site in picked.items():
        before = held.aliases.get(key, "")
        if site is not None and (site.town != held.town or not site.is_active):
            raise problem("intake.other_town", value=site.name)
        if before == (str(site.pk) if site else ""):
            continue
        if site is None:
            del held.aliases[key]
        else:
            held.aliases[key] = str(site.pk)
        told[key] = site.name if site else ""
    if told:
        held.save(update_fields=["aliases"])
        record(by, "sender.aliases_set", held, region=held.town, data={"aliases": told})
    return len(told)


# Lists


@transaction.atomic
def import_list(by: Person, sender: Sender, path: Path, archive: Path | None = None) -> ListPlan:
    """Save what a list says, all of it or nothing. Raises `ProblemsFound` with its faults.

    The same list again saves nothing: each row is known by the sender's number, or by all that it says.
    """
    held = _held(by, sender)
    if not held.is_active:
        raise problem("intake.switched_off", value=held.name)
    hold_openings(held.town)
    plan = plan_list(held, path, archive)
    plan.problems.raise_if_any()
    if not plan.changes:
        raise problem("intake.nothing_new")
    new, joining = list(plan.openings().values()), plan.joining()
    made = open_tickets(by, held.town, held.source, [opening_of(rows) for rows in new])
    for ticket, rows in zip(made, new, strict=True):
        for row in rows:
            row.ticket = ticket
    found = {id_: [row.seen for row in rows if row.seen] for id_, rows in joining.items()}
    add_findings_to(by, held.source, found)
    dues = {id_: [row.due for row in rows if row.due] for id_, rows in joining.items()}
    bring_forward(by, {id_: min(some) for id_, some in dues.items() if some})
    if archive is not None:
        _keep_photos(by, plan.rows, archive)
    data = {
        "digest": hashlib.sha256(path.read_bytes()).hexdigest(), "rows": len(plan.rows),
        "new": len(made), "joined": plan.changes - len(made), "known": plan.count("known"),
        "photos": sum(len(row.photos) for row in plan.rows),
    }  # fmt: skip
    record(by, "sender.list_imported", held, region=held.town, data=data)
    return plan


def _keep_photos(by: Person, rows: Iterable[PlannedRow], archive: Path) -> None:
    proofs = []
    with open_photos(archive) as photos:
        for row in rows:
            for entry in row.photos if row.ticket is not None and row.state != "known" else ():
                content = photos.read(entry)
                filed = keep_photo(content, hashlib.sha256(content).hexdigest())
                proofs.append(_proof(by, row.ticket, filed))
    Proof.objects.bulk_create(proofs, batch_size=1_000, ignore_conflicts=True)


def _proof(by: Person, ticket: Ticket | None, filed: Filed) -> Proof:
    return Proof(
        ticket=ticket, kind=Proof.Kind.BEFORE, sha256=filed.sha256, size=filed.size,
        content_type=filed.content_type, grade=Photo.Grade.GALLERY, by=by.acting,
    )  # fmt: skip


# Single reports


@dataclass(frozen=True, slots=True)
class Report:
    """What somebody reports of a site."""

    source: str
    words: str
    found_at: datetime.datetime
    clause: str = ""
    due: datetime.datetime | None = None
    reference: str = ""


def sources_for(account: Account, region: str) -> list[str]:
    """Under which sources the account may report problems of a region: dispatchers under all.

    A leader reports what he saw himself in his scope, a committee what it found in its own.
    """
    if account.scope(Right.DISPATCH_TICKETS).covers(region):
        return [key for key, _ in SOURCES]
    if not account.scope(Right.REPORT_PROBLEMS).covers(region):
        return []
    own = {source_of(Role(post.role)) for post in account.current_posts}
    return [key for key, _ in SOURCES if key in own]


@transaction.atomic
def register(by: Person, site: Site, report: Report, photos: Sequence[bytes] = ()) -> Ticket:
    """Register a problem that somebody saw: a ticket of its own, or in the open one of its class.

    Raises `ProblemsFound`.
    """
    by.require(Right.REPORT_PROBLEMS, site.region_id)
    allowed = sources_for(by.acting, site.region_id)
    if report.source not in allowed:
        names = dict(SOURCES)
        told = "、".join(names[one] for one in allowed) or "（没有）"
        raise problem("intake.source", value=names.get(report.source, report.source), expected=told)
    if not report.words.strip():
        raise problem("intake.words")
    if report.found_at > clock.now():
        raise problem("intake.future", value=clock.as_text(report.found_at))
    if len(photos) > MOST_PHOTOS:
        raise problem("intake.too_many_photos", limit=MOST_PHOTOS)
    loop = rules_of(site.town)
    kind = loop.class_of(report.clause) if report.clause else loop.class_by_words(report.words)
    seen = Seen(report.words.strip(), report.found_at, report.clause, reference=report.reference)
    ticket, _ = take_in(by, site, report.source, kind, seen, report.due)
    proofs = [_proof(by, ticket, file_photo(content)) for content in photos]
    Proof.objects.bulk_create(proofs, ignore_conflicts=True)
    for one in proofs:
        data = {"sha256": one.sha256}
        record(by, "ticket.photo_added", ticket, region=site.region_id, data=data)
    return ticket


def take_in(
    by: Actor, site: Site, source: str, kind: ProblemClass, seen: Seen, due: datetime.datetime | None = None
) -> tuple[Ticket, bool]:
    """The open ticket of a class at a site with what was seen in it, or a new one; and whether it is new."""
    hold_openings(site.town)
    known = open_of(site, kind.id)
    if known is None:
        return open_ticket(by, site, source, kind, [seen], due=due), True
    add_findings(by, known, source, [seen])
    if due is not None:
        bring_forward(by, {known.pk: due})
    return known, False


# Events of devices


@transaction.atomic
def receive_event(sender: Sender, body: object) -> tuple[DeviceEvent, bool]:
    """Take what a sender's device told, once for each of its ids; and whether it is new.

    What is of no site that we know waits for somebody who says which it is. Raises `ProblemsFound` only for
    what has no id.
    """
    told = {name: _text(dotted(body, path)) for name, path in {**USUAL_PATHS, **sender.paths}.items()}
    id_ = told["event"]
    if not isinstance(body, dict) or not 0 < len(id_) <= _LONGEST_ID:
        path = sender.paths.get("event", USUAL_PATHS["event"])
        raise problem("intake.event_shape", reason=f"“{path}”应为 1 至 {_LONGEST_ID} 个字的事件编号")
    now = clock.now()
    made, is_new = DeviceEvent.objects.get_or_create(
        sender=sender, event=id_,
        defaults={
            "site_text": told["site"][:200], "kind": told["kind"][:100], "words": told["words"][:300],
            "found_at": _moment(told["time"], now), "received": now,
            "body": json.dumps(body, ensure_ascii=False),
        },
    )  # fmt: skip
    if is_new:
        site = _site_of(sender, made.site_text)
        if site is not None:
            _take(Actor(None, sender.name), made, site)
        else:
            record(Actor(None, sender.name), "event.kept", made, region=sender.town)
    return made, is_new


@transaction.atomic
def assign_event(by: Person, event: DeviceEvent, site: Site, remember: bool = False) -> Ticket:
    """Say which site an event is of; with `remember`, also for all that come under the same name.

    Raises `ProblemsFound`.
    """
    held = _held_event(by, event)
    if site.town != held.sender.town or not site.is_active:
        raise problem("intake.other_town", value=site.name)
    held.decided_by, held.decided_at = by.acting, clock.now()
    ticket = _take(by, held, site)
    record(by, "event.assigned", held, region=site.region_id, data={"site": site.name})
    if remember and held.site_text:
        set_aliases(by, held.sender, {alias_key("", held.site_text): site})
    return ticket


@transaction.atomic
def dismiss_event(by: Person, event: DeviceEvent, reason: str) -> None:
    """Say why an event needs no ticket. Raises `ProblemsFound`."""
    held = _held_event(by, event)
    if not reason.strip():
        raise problem("ticket.no_reason", value="不予处理")
    held.state, held.answer = DeviceEvent.State.DISMISSED, reason.strip()[:500]
    held.decided_by, held.decided_at = by.acting, clock.now()
    held.save()
    record(by, "event.dismissed", held, region=held.sender.town, reason=reason)


def _take(by: Actor, event: DeviceEvent, site: Site) -> Ticket:
    loop, sender = rules_of(site.town), event.sender
    known = sender.classes.get(event.kind)
    said = f"{event.kind} {event.words}".strip()
    kind = loop.class_named(known) if known else loop.class_by_words(said)
    words = event.words or event.kind or f"{sender.name}上报"
    seen = Seen(words, event.found_at, seen=event.kind, reference=f"{sender.pk}|{event.event}")
    event.ticket, _ = take_in(by, site, sender.source, kind, seen)
    event.state = DeviceEvent.State.TAKEN
    event.save()
    return event.ticket


def _site_of(sender: Sender, text: str) -> Site | None:
    if not text:
        return None
    ours = Site.objects.filter(town=sender.town, is_active=True)
    ours = ours.select_related("region", "property_company", "responsible")
    alias = sender.aliases.get(alias_key("", text))
    found = ours.filter(code=text).first() or (ours.filter(pk=alias).first() if alias else None)
    if found is None:
        same = list(ours.filter(name_key=name_key(text))[:2])
        found = same[0] if len(same) == 1 else None
    return found


def _moment(text: str, now: datetime.datetime) -> datetime.datetime:
    """When a device says that something was; the moment it came when that can't be so."""
    try:
        read = datetime.datetime.fromisoformat(text)
    except ValueError:
        if text.isdecimal() and len(text) in (10, 13):
            read = datetime.datetime.fromtimestamp(int(text[:10]), datetime.UTC)
        else:
            read = read_moment(text, clock.today()) or now
    aware = read if read.tzinfo else read.replace(tzinfo=TOWN_ZONE)
    return aware if datetime.timedelta() <= now - aware < _YEAR else now


def _text(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return str(value).strip()


def _held(by: Person, sender: Sender) -> Sender:
    held = Sender.objects.select_for_update().get(pk=sender.pk)
    by.require(Right.DISPATCH_TICKETS, held.town)
    return held


def _held_event(by: Person, event: DeviceEvent) -> DeviceEvent:
    held = DeviceEvent.objects.select_for_update(of=("self",)).select_related("sender").get(pk=event.pk)
    if not by.acting.scope(Right.DISPATCH_TICKETS).covers(held.sender.town):
        raise PermissionDenied
    if held.state != DeviceEvent.State.UNMATCHED:
        raise problem("intake.decided", state=held.get_state_display())
    return held


def _require_free(town: str, name: str) -> None:
    if Sender.objects.filter(town=town, name=name).exists():
        raise problem("intake.name_taken", value=name)


def _in_words(columns: Mapping[str, str]) -> list[str]:
    return [f"{COLUMNS[name]}＝{heading}" for name, heading in columns.items() if name in COLUMNS]

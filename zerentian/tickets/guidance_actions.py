"""Giving guidance: planned or recorded, signed in to, shown by photos, withdrawn with a reason."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from django.core.exceptions import PermissionDenied
from django.db import transaction

from zerentian.core import clock
from zerentian.core.problems import ProblemList, problem
from zerentian.core.regions import town_of
from zerentian.core.tables import open_table
from zerentian.ledger.actions import record
from zerentian.people.models import Account, Organisation
from zerentian.people.person import Person
from zerentian.people.rules import RIGHTS, Right, Role
from zerentian.places.models import Site
from zerentian.rounds.photos import file_photo
from zerentian.tickets.guidance_models import (
    Attendance,
    Guidance,
    GuidancePhoto,
    GuidanceSite,
    guiding_organisations,
)
from zerentian.tickets.guidance_queries import clauses_of, guidable, month_of
from zerentian.tickets.guidance_rules import Guest, guests_in, sound_guests
from zerentian.tickets.models import Ticket

MOST_SITES, MOST_PHOTOS, MOST_GUESTS = 60, 20, 500
_COLUMNS = ("姓名", "单位")


@dataclass(frozen=True, slots=True)
class Answered:
    """A problem site that guidance answers: which clauses, or which ticket of it."""

    site: Site
    clauses: tuple[str, ...] = ()
    ticket: Ticket | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """What somebody says of guidance."""

    kind: str
    title: str
    held_at: datetime.datetime
    place: str
    words: str = ""
    follow_up: str = ""


def kinds_for(account: Account) -> list[str]:
    """The kinds that an account may give: a committee trains, a visit is for who inspects or leads."""
    if not account.is_active:
        return []
    roles = {Role(post.role) for post in account.current_posts}
    guiding = {one for one in roles if Right.GUIDE in RIGHTS[one]}
    if not guiding:
        return []
    kinds = Guidance.Kind
    return [kinds.TRAINING] if guiding == {Role.COMMITTEE} else [kinds.VISIT, kinds.TRAINING]


def may_change(account: Account, guidance: Guidance) -> bool:
    """Whether the account leads it: its organisation gives it, or its town is the account's."""
    if account.scope(Right.GUIDE).covers(guidance.town):
        return True
    return guidance.organisation_id in guiding_organisations(account) and guidance.town in account.towns


@transaction.atomic
def plan_guidance(by: Person, facts: Facts, answered: Sequence[Answered]) -> Guidance:
    """Guidance to come. Raises `ProblemsFound` with all faults."""
    return _make(by, facts, answered, Guidance.State.PLANNED)


@transaction.atomic
def record_guidance(by: Person, facts: Facts, answered: Sequence[Answered]) -> Guidance:
    """Guidance that took place. Raises `ProblemsFound` with all faults."""
    return _make(by, facts, answered, Guidance.State.HELD)


@transaction.atomic
def hold_guidance(
    by: Person, guidance: Guidance, held_at: datetime.datetime, words: str, follow_up: str = ""
) -> Guidance:
    """Say of what was planned that it took place, when and what was done. Raises `ProblemsFound`."""
    held = _held(by, guidance)
    if held.state != Guidance.State.PLANNED:
        raise problem("guidance.moved_on", value=held.title, state=held.get_state_display())
    problems = ProblemList()
    _check_past(held_at, words, problems)
    problems.raise_if_any()
    held.state, held.held_at = Guidance.State.HELD, held_at
    held.words, held.follow_up = words.strip()[:2000], follow_up.strip()[:1000]
    held.save()
    _record(by, "guidance.held", held, {"held_at": held_at.isoformat()})
    return held


@transaction.atomic
def withdraw(by: Person, guidance: Guidance, reason: str) -> Guidance:
    """Take guidance back that will not be, or was none: it stays in the list and counts nowhere."""
    held = _held(by, guidance)
    if not reason.strip():
        raise problem("guidance.no_reason")
    held.state, held.withdrawn = Guidance.State.WITHDRAWN, reason.strip()[:200]
    held.save()
    _record(by, "guidance.withdrawn", held, reason=held.withdrawn)
    return held


@transaction.atomic
def add_attendance(by: Person, guidance: Guidance, guest: Guest) -> Attendance:
    """Somebody signs in; the same person again stays one. Raises `ProblemsFound`."""
    held = _held(by, guidance)
    (sound,) = sound_guests([(1, guest)])
    known = held.attendances.filter(name=sound.name, organisation=sound.organisation).first()
    if known is not None:
        return known
    _sign_in(by, held, [sound])
    return held.attendances.get(name=sound.name, organisation=sound.organisation)


@transaction.atomic
def import_attendance(by: Person, guidance: Guidance, source: str | Path) -> int:
    """Sign in those of pasted lines, or of a table with 姓名 and 单位; return how many are new.

    Raises `ProblemsFound` with all faults, and then nobody is signed in.
    """
    held = _held(by, guidance)
    guests = guests_in(source) if isinstance(source, str) else sound_guests(_rows_of(source), source.name)
    if not guests:
        raise problem("guidance.nobody")
    there = set(held.attendances.values_list("name", "organisation"))
    new = [one for one in guests if (one.name, one.organisation) not in there]
    _sign_in(by, held, new)
    return len(new)


@transaction.atomic
def remove_attendance(by: Person, attendance: Attendance) -> None:
    """Take somebody off the list who was written by mistake, or wants not to be there."""
    held = _held(by, attendance.guidance)
    attendance.delete()
    _record(by, "guidance.attendance_removed", held, {"count": 1})


@transaction.atomic
def add_photo(by: Person, guidance: Guidance, content: bytes) -> GuidancePhoto:
    """File a photo of it; the same one again stays one. Raises `ProblemsFound`."""
    held = _held(by, guidance)
    if held.photos.count() >= MOST_PHOTOS:
        raise problem("guidance.many_photos", value=held.title, most=MOST_PHOTOS)
    filed = file_photo(content)
    photo, is_new = GuidancePhoto.objects.get_or_create(
        guidance=held, sha256=filed.sha256,
        defaults={"size": filed.size, "content_type": filed.content_type, "by": by.acting},
    )  # fmt: skip
    if is_new:
        _record(by, "guidance.photo_added", held, {"sha256": filed.sha256})
    return photo


@transaction.atomic
def remove_photo(by: Person, photo: GuidancePhoto) -> None:
    """Take a photo away; the ledger keeps that it was there."""
    held = _held(by, photo.guidance)
    sha256 = photo.sha256
    photo.delete()
    _record(by, "guidance.photo_removed", held, {"sha256": sha256})


def _make(by: Person, facts: Facts, answered: Sequence[Answered], state: Guidance.State) -> Guidance:
    by.require(Right.GUIDE)
    if facts.kind not in kinds_for(by.acting):
        raise PermissionDenied(facts.kind)
    problems = ProblemList()
    town = _check(by.acting, facts, answered, problems)
    if state == Guidance.State.HELD:
        _check_past(facts.held_at, facts.words, problems)
    elif facts.held_at <= clock.now():
        problems.add("guidance.past", value=clock.as_text(facts.held_at))
    problems.raise_if_any()
    made = Guidance.objects.create(
        town=town, kind=facts.kind, title=facts.title.strip()[:100], held_at=facts.held_at,
        place=facts.place.strip()[:200], words=facts.words.strip()[:2000],
        follow_up=facts.follow_up.strip()[:1000], by=by.acting, state=state,
        organisation=_organisation(by.acting, town), made=clock.now(),
    )  # fmt: skip
    GuidanceSite.objects.bulk_create(
        GuidanceSite(
            guidance=made, site=one.site, clauses=list(dict.fromkeys(one.clauses)), ticket=one.ticket
        )
        for one in answered
    )
    kind = "guidance.recorded" if state == Guidance.State.HELD else "guidance.planned"
    data: dict[str, object] = {
        "guidance_kind": made.get_kind_display(),
        "held_at": made.held_at.isoformat(),
        "sites": [f"{one.site.name}：{'、'.join(one.clauses) or '按整改单'}" for one in answered],
    }
    _record(by, kind, made, data)
    return made


def _check(account: Account, facts: Facts, answered: Sequence[Answered], problems: ProblemList) -> str:
    """Note all that is wrong; return the town of the sites."""
    for text, what in ((facts.title, "主题"), (facts.place, "地点")):
        if not text.strip():
            problems.add("guidance.missing", value=what)
    if not answered:
        problems.add("guidance.no_sites")
        return ""
    if len(answered) > MOST_SITES:
        problems.add("guidance.many_sites", count=len(answered), most=MOST_SITES)
    sites = {one.site.pk for one in answered}
    if len(sites) < len(answered):
        problems.add("guidance.site_twice")
    town = answered[0].site.town
    allowed = set(guidable(account).filter(pk__in=sites).values_list("pk", flat=True))
    known = clauses_of(town, month_of(facts.held_at))
    for one in answered:
        if one.site.pk not in allowed:
            raise PermissionDenied(one.site.code)
        if one.site.town != town:
            problems.add("guidance.other_town", value=one.site.name)
        _check_answered(one, {clause.id for clause in known.get(one.site.kind, ())}, problems)
    return town


def _check_answered(one: Answered, known: set[str], problems: ProblemList) -> None:
    if not one.clauses and one.ticket is None:
        problems.add("guidance.no_clause", value=one.site.name)
    for clause in one.clauses:
        if clause not in known:
            problems.add("guidance.unknown_clause", value=clause, site=one.site.name)
    if one.ticket is not None and one.ticket.site_id != one.site.pk:
        problems.add("guidance.other_ticket", value=one.ticket.number, site=one.site.name)


def _check_past(held_at: datetime.datetime, words: str, problems: ProblemList) -> None:
    if held_at > clock.now():
        problems.add("guidance.future", value=clock.as_text(held_at))
    if not words.strip():
        problems.add("guidance.missing", value="内容")


def _organisation(account: Account, town: str) -> Organisation:
    """For whom the account gives guidance in a town."""
    posts = [post for post in account.current_posts if Right.GUIDE in RIGHTS[Role(post.role)]]
    here = [post for post in posts if town_of(post.region) == town]
    return (here or posts)[0].organisation


def _held(by: Person, guidance: Guidance) -> Guidance:
    """The guidance, locked, when the person leads it and it was not withdrawn."""
    held = Guidance.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=guidance.pk)
    if not may_change(by.acting, held):
        raise PermissionDenied
    if held.state == Guidance.State.WITHDRAWN:
        raise problem("guidance.moved_on", value=held.title, state=held.get_state_display())
    return held


def _sign_in(by: Person, held: Guidance, guests: Sequence[Guest]) -> None:
    count = held.attendances.count() + len(guests)
    if count > MOST_GUESTS:
        raise problem("guidance.many_guests", count=count, most=MOST_GUESTS)
    if not guests:
        return
    at = held.held_at if held.is_held else clock.now()
    Attendance.objects.bulk_create(
        Attendance(guidance=held, name=one.name, organisation=one.organisation, phone=one.phone, signed_at=at)
        for one in guests
    )
    _record(by, "guidance.attendance_added", held, {"count": len(guests)})


def _rows_of(path: Path) -> Iterable[tuple[int, Guest]]:
    problems = ProblemList()
    table = open_table(path, _COLUMNS, problems)
    rows = list(table.rows(_COLUMNS, problems)) if table is not None else []
    problems.raise_if_any()
    return [(number, Guest(name.strip(), organisation.strip())) for number, (name, organisation) in rows]


def _record(
    by: Person, kind: str, held: Guidance, data: dict[str, object] | None = None, reason: str = ""
) -> None:
    record(by, kind, held, region=held.town, reason=reason, data=data)

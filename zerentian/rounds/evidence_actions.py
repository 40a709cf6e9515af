"""Looking at the evidence of visits after they came, and deciding about the doubts.

A worker looks (`jobs.py`); nothing of this happens while a phone waits. A visit is looked at once, when all
of its photos are there: its doubts and the mark that it was looked at are written in one transaction, so a
worker that is killed leaves nothing half done and nothing double.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Q, QuerySet

from zerentian.core import clock
from zerentian.core.problems import ProblemsFound, problem
from zerentian.ledger.actions import PROGRAM, record
from zerentian.people.person import Person
from zerentian.people.rules import Right
from zerentian.rounds import likeness, photos, tracks
from zerentian.rounds.limits import Limits, limits
from zerentian.rounds.models import Fix, Flag, Inspection, Photo
from zerentian.rounds.report_actions import decide_standing

_LOG = logging.getLogger(__name__)
_LOCK = 0x7A65_726F
"""Of the database, for looking at evidence: of two who look at the same photo at once, one must be second."""
_AT_ONCE = 200
_ABOUT_THAT_TIME = timedelta(hours=12)
_TRIED = 20
"""So many earlier photos of like hashes are looked at in detail, the likest first."""


@dataclass(slots=True)
class _Library:
    """The photos of a contractor that were looked at before."""

    ids: list[UUID] = field(default_factory=list)
    sites: list[UUID] = field(default_factory=list)
    digests: list[str] = field(default_factory=list)
    hashes: likeness.Hashes = field(default_factory=lambda: likeness.library([]))

    @classmethod
    def of(cls, organisation: UUID | None) -> _Library:
        """Those of visits in force; plain and unreadable ones can't be compared."""
        seen = _seen().filter(inspection__organisation=organisation, likeness__isnull=False)
        rows = [
            row
            for row in seen.values_list("pk", "inspection__site", "sha256", "likeness").iterator(5000)
            if likeness.has_hashes(row[3])
        ]
        made = cls([row[0] for row in rows], [row[1] for row in rows], [row[2] for row in rows])
        made.hashes = likeness.library([bytes(row[3] or b"") for row in rows])
        return made


def examine_waiting(seconds: float = 20) -> int:
    """Look at complete visits that nobody looked at, the longest waiting first; return how many.

    Ends after about `seconds`, and at once while another worker looks.
    """
    end, count = time.monotonic() + seconds, 0
    failed: set[UUID] = set()
    with _alone(wait=False) as is_alone:
        while is_alone and time.monotonic() < end:
            rows = Inspection.objects.unexamined().exclude(pk__in=failed).order_by("submitted", "id")
            waiting = list(rows[:_AT_ONCE])
            if not waiting:
                break
            libraries: dict[UUID | None, _Library] = {}
            for one in sorted(waiting, key=lambda one: str(one.organisation_id)):  # a library at a time
                if one.organisation_id not in libraries:
                    libraries = {one.organisation_id: _Library.of(one.organisation_id)}
                try:
                    count += _examine(one, libraries)
                except Exception:  # one visit never keeps the others from being looked at
                    _LOG.exception("the evidence of visit %s could not be looked at", one.pk)
                    failed.add(one.pk)
                if time.monotonic() >= end:
                    break
    return count


def examine(inspection: Inspection) -> None:
    """Look at one visit now, unless that was done. One of which photos are awaited is left alone."""
    with _alone(wait=True):
        _examine(inspection, {})


@transaction.atomic
def decide_flag(
    by: Person, flag: Flag, uphold: bool, reason: str, *, set_aside: bool = False, alike: bool = False
) -> int:
    """Clear a doubt or uphold it, with a reason; return how many were decided.

    `set_aside` takes the visit out of the score as well, `alike` decides the visit's other open doubts of the
    same kind. Nobody decides about his own work. Of two who decide at once the second is told.
    """
    inspection = (
        Inspection.objects.select_for_update(of=("self",)).select_related("site", "round").get(flags=flag.pk)
    )
    held = Flag.objects.select_for_update(of=("self",)).select_related("decided_by").get(pk=flag.pk)
    by.require(Right.CORRECT_INSPECTIONS, inspection.site.region_id, [inspection.organisation_id])
    if inspection.inspector_id == by.account:
        raise problem("flag.own")
    if held.state != Flag.State.OPEN:
        who = held.decided_by.name if held.decided_by else ""
        raise problem("flag.decided", who=who, state=held.get_state_display())
    if not reason.strip():
        raise problem("flag.no_reason")
    chosen = [held]
    if alike:
        same = inspection.flags.select_for_update().filter(kind=held.kind, state=Flag.State.OPEN)
        chosen += same.exclude(pk=held.pk)
    for one in chosen:
        one.state = Flag.State.UPHELD if uphold else Flag.State.CLEARED
        one.decided_by, one.decided_at, one.answer = by.acting, clock.now(), reason.strip()[:500]
        one.inspection = inspection
        one.save()
        kind = "flag.upheld" if uphold else "flag.cleared"
        data = {"inspection": str(inspection.pk), "kind": one.kind, "detail": one.detail}
        record(by, kind, one, region=inspection.site.region_id, reason=reason, data=data)
    if uphold and set_aside and inspection.standing == Inspection.Standing.COUNTS:
        decide_standing(by, inspection, False, reason)
    return len(chosen)


def _examine(inspection: Inspection, libraries: dict[UUID | None, _Library]) -> bool:
    figures = limits()
    _hash_photos(inspection, figures)
    with transaction.atomic():
        waiting = Inspection.objects.select_for_update(of=("self",)).select_related("site")
        held = waiting.unexamined().filter(pk=inspection.pk).first()
        if held is None:
            return False
        library = libraries.get(held.organisation_id) or _Library.of(held.organisation_id)
        shown = list(held.photos.all())
        flags = [*_photo_flags(held, shown, library, figures), *_track_flags(held, shown, figures)]
        Flag.objects.bulk_create(flags, ignore_conflicts=True)
        held.examined = clock.now()
        held.save(update_fields=["examined"])
        if flags:
            data = {"flags": [{"kind": one.kind, "detail": one.detail} for one in flags]}
            record(PROGRAM, "inspection.flagged", held, region=held.site.region_id, data=data)
    _add(library, held, shown)
    return True


def _hash_photos(inspection: Inspection, figures: Limits) -> None:
    """Keep the likeness of each photo; the same bytes are decoded once."""
    for photo in inspection.photos.filter(likeness=None, received__isnull=False):
        known = Photo.objects.filter(sha256=photo.sha256, likeness__isnull=False).first()
        if known is not None and known.likeness is not None:
            made = bytes(known.likeness)
        else:
            content = _original(photo)
            plain_below = float(figures.photos.plain_below)
            made = (
                likeness.likeness_of(content, photos.MOST_PIXELS, plain_below)
                if content
                else likeness.UNREADABLE
            )
        Photo.objects.filter(pk=photo.pk).update(likeness=made)


def _photo_flags(held: Inspection, shown: list[Photo], library: _Library, figures: Limits) -> Iterator[Flag]:
    same = _same_before(held, [one.sha256 for one in shown])
    for photo in shown:
        kept = bytes(photo.likeness or b"")
        if photo.sha256 in same:
            earlier = same[photo.sha256]
            yield _flag(held, Flag.Kind.SAME_PHOTO, _same_words(earlier), photo, earlier, holds=True)
        elif kept == likeness.UNREADABLE:
            yield _flag(held, Flag.Kind.BAD_PHOTO, "照片的内容不完整或已损坏，无法打开", photo)
        elif kept == likeness.PLAIN:
            yield _flag(held, Flag.Kind.BAD_PHOTO, "照片几乎是一片单色，看不出拍了什么", photo)
        elif (match := _like_before(held, photo, library, figures)) is not None:
            earlier = Photo.objects.select_related("inspection__site").get(pk=library.ids[match.place])
            words = f"与 {_when(earlier)} 的照片相似：64 位指纹只差 {match.distance} 位"
            holds = match.distance <= figures.photos.holds
            yield _flag(held, Flag.Kind.LIKE_PHOTO, words, photo, earlier, holds=holds)


def _same_before(held: Inspection, digests: list[str]) -> dict[str, Photo]:
    """Photos of the same bytes that were looked at before in another visit, whoever made it, by SHA-256."""
    seen = _seen().filter(sha256__in=digests).exclude(_the_same_visit(held))
    found: dict[str, Photo] = {}
    for photo in seen.select_related("inspection__site").order_by("inspection__started", "pk"):
        found.setdefault(photo.sha256, photo)
    return found


def _like_before(held: Inspection, photo: Photo, library: _Library, figures: Limits) -> likeness.Match | None:
    """The likest earlier photo; one of the same site only when the fine detail coincides, too."""
    kept = bytes(photo.likeness or b"")
    if not likeness.has_hashes(kept) or not library.ids:
        return None
    apart = likeness.distances(kept, library.hashes)
    close = [int(place) for place in (apart <= figures.photos.suspicion).nonzero()[0]]
    for place in sorted(close, key=lambda one: (apart[one], one))[:_TRIED]:
        if library.sites[place] != held.site_id or _is_one_exposure(photo, library.digests[place], figures):
            return likeness.Match(place, int(apart[place]))
    return None


def _is_one_exposure(photo: Photo, earlier: str, figures: Limits) -> bool:
    try:
        first, second = photos.original(photo.sha256), photos.original(earlier)
    except ProblemsFound:
        return False
    alike = likeness.agreement(first, second, photos.MOST_PIXELS)
    return alike >= float(figures.photos.agreement)


def _track_flags(held: Inspection, shown: list[Photo], figures: Limits) -> Iterator[Flag]:
    site, missing = held.site, held.context.get("missing", [])
    at_desk = not held.report
    visit = tracks.Visit(
        id=str(held.pk), kind=site.kind, started=held.started,
        ended=held.ended or (held.submitted if at_desk else None),
        place=None if site.latitude is None or site.longitude is None
        else (float(site.latitude), float(site.longitude)),
        points=points_of(held), clock_offset=held.clock_offset,
        missing=missing if isinstance(missing, list) else [],
        from_gallery=sum(one.grade == Photo.Grade.GALLERY for one in shown),
    )  # fmt: skip
    for one in tracks.findings(visit, _points_about(held), figures.track, figures.time):
        yield _flag(held, Flag.Kind(one.kind), one.detail)


def points_of(inspection: Inspection) -> list[tracks.Point]:
    """The positions of a visit; of one at the desk, where it began."""
    found = [_point(fix) for fix in inspection.fixes.all()]
    if found or inspection.latitude is None or inspection.longitude is None:
        return found
    here = float(inspection.latitude), float(inspection.longitude)
    return [tracks.Point(str(inspection.pk), "start", inspection.started, *here, inspection.accuracy)]


def _points_about(held: Inspection) -> list[tracks.Point]:
    """Positions of the inspector's other visits about that time that were looked at before."""
    others = Inspection.objects.filter(
        inspector=held.inspector_id, state=Inspection.State.SUBMITTED, examined__isnull=False,
        started__range=(held.started - _ABOUT_THAT_TIME, held.started + _ABOUT_THAT_TIME),
    ).exclude(pk=held.pk)  # fmt: skip
    return [_point(fix) for fix in Fix.objects.filter(inspection__in=others)]


def _point(fix: Fix) -> tracks.Point:
    here = float(fix.latitude), float(fix.longitude)
    return tracks.Point(str(fix.inspection_id), fix.moment, fix.at, *here, fix.accuracy, fix.age)


def _seen() -> QuerySet[Photo]:
    return Photo.objects.filter(
        inspection__state=Inspection.State.SUBMITTED, inspection__examined__isnull=False
    )


def _the_same_visit(held: Inspection) -> Q:
    """Versions of a visit have its photos."""
    return Q(inspection__site=held.site_id, inspection__inspector=held.inspector_id) & Q(
        inspection__started=held.started
    )


def _flag(
    held: Inspection, kind: Flag.Kind, detail: str, photo: Photo | None = None, earlier: Photo | None = None,
    *, holds: bool = False,
) -> Flag:  # fmt: skip
    return Flag(inspection=held, kind=kind, detail=detail[:300], photo=photo, earlier=earlier, holds=holds)


def _same_words(earlier: Photo) -> str:
    return f"与 {_when(earlier)} 的照片逐字节相同"


def _when(photo: Photo) -> str:
    """When and where an earlier photo was; a site beyond the reader's scope is named on the page only."""
    return clock.as_text(photo.inspection.started)


def _original(photo: Photo) -> bytes:
    try:
        return photos.original(photo.sha256)
    except ProblemsFound:
        return b""


def _add(library: _Library, held: Inspection, shown: list[Photo]) -> None:
    """What was just looked at is earlier for the next one."""
    comparable = [one for one in shown if likeness.has_hashes(one.likeness)]
    if comparable:
        library.ids += [one.pk for one in comparable]
        library.sites += [held.site_id] * len(comparable)
        library.digests += [one.sha256 for one in comparable]
        made = likeness.library([bytes(one.likeness or b"") for one in comparable])
        library.hashes = likeness.joined(library.hashes, made)


@contextmanager
def _alone(wait: bool) -> Iterator[bool]:
    """Nobody else looks meanwhile; without `wait`, False when somebody does."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_{'' if wait else 'try_'}advisory_lock(%s)", [_LOCK])
        is_alone = wait or bool(cursor.fetchone()[0])
    try:
        yield is_alone
    finally:
        if is_alone:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])

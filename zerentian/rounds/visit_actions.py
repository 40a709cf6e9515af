"""Inspecting at the desk: a draft begun, filled in, submitted once; no entrance is reported and signed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction

from zerentian.core import clock
from zerentian.core.problems import ProblemList, problem
from zerentian.core.worktime import TOWN_ZONE
from zerentian.evaluation.assessment import Assessment, assess
from zerentian.evaluation.standard import Standard
from zerentian.ledger.actions import record
from zerentian.pages.prepared import Query
from zerentian.people.models import Account, Organisation, Post, TownSettings
from zerentian.people.person import Person
from zerentian.people.rules import RIGHTS, Right, Role
from zerentian.rounds.models import Assignment, Inspection, Observation, Photo, Round
from zerentian.rounds.photos import file_photo
from zerentian.standards.actions import read_rule
from zerentian.standards.queries import standards_of


@dataclass(frozen=True, slots=True)
class Position:
    """Where a phone says it is: WGS-84 degrees and accuracy in metres."""

    latitude: Decimal
    longitude: Decimal
    accuracy: int | None = None


@transaction.atomic
def start(by: Person, assignment: Assignment, position: Position | None = None) -> Inspection:
    """Begin the visit of an assignment, or go on with the one begun. Raises `ProblemsFound`."""
    held = Assignment.objects.select_for_update().select_related("round", "site").get(pk=assignment.pk)
    _require_own(by, held.inspector_id)
    begun = held.inspections.filter(state=Inspection.State.DRAFT).first()
    if begun is not None:
        return begun
    now = clock.now()
    if held.released > now:
        raise problem("inspection.not_released", value=held.site.name)
    if held.state == Assignment.State.DONE:
        raise problem("inspection.submitted_already", value=held.site.name)
    made = _begin(by, held, now, position)
    record(by, "inspection.started", made, region=held.site.region_id)
    return made


@transaction.atomic
def save_draft(by: Person, inspection: Inspection, answers: Mapping[str, str], remark: str) -> Assessment:
    """Keep what is filled in so far, sound or not; return what it is worth."""
    held = _draft(by, inspection)
    standard = standard_of(held)
    known = {clause.id for clause in standard.clauses}
    held.observations.all().delete()
    Observation.objects.bulk_create(
        Observation(inspection=held, clause=clause, value=text.strip()[:300])
        for clause, text in answers.items()
        if clause in known and text.strip()
    )
    held.remark = remark.strip()[:2000]
    held.save(update_fields=["remark"])
    return assess(standard, held.round.month, answers_of(held))


@transaction.atomic
def add_photo(by: Person, inspection: Inspection, clause: str, content: bytes) -> Photo:
    """File a photo for a clause (or, with an empty one, for the site). The same bytes twice are one photo."""
    held = _draft(by, inspection)
    if clause and clause not in {one.id for one in standard_of(held).clauses}:
        raise problem("inspection.unknown_clause", value=clause)
    filed = file_photo(content)
    photo, is_new = Photo.objects.get_or_create(
        inspection=held, slot=f"{clause}:{filed.sha256[:12]}",
        defaults={
            "clause": clause, "sha256": filed.sha256, "size": filed.size,
            "content_type": filed.content_type, "width": filed.width, "height": filed.height,
        },
    )  # fmt: skip
    if is_new:
        record(by, "inspection.photo_added", held, region=held.site.region_id, data={"sha256": filed.sha256})
    return photo


@transaction.atomic
def remove_photo(by: Person, photo: Photo) -> None:
    """Take a photo out of a draft; the ledger keeps that it was there."""
    held = _draft(by, photo.inspection)
    photo.delete()
    record(by, "inspection.photo_removed", held, region=held.site.region_id, data={"sha256": photo.sha256})


@transaction.atomic
def submit(by: Person, inspection: Inspection) -> Inspection:
    """Submit a draft, once and for all. Raises `ProblemsFound` with all that is missing."""
    return _submit(by, _draft(by, inspection))


@transaction.atomic
def report_unreachable(by: Person, assignment: Assignment, reason: str) -> None:
    """Say why a site could not be inspected; somebody else signs that it is so."""
    held = Assignment.objects.select_for_update().select_related("site", "round").get(pk=assignment.pk)
    if not (by.holder and by.holder.has(Right.PLAN_ROUNDS)):
        _require_own(by, held.inspector_id)
    else:
        by.require(Right.PLAN_ROUNDS, held.round.town)
    if held.state == Assignment.State.DONE or held.inspections.exists():
        raise problem("rounds.not_due", value=held.site.name)
    held.state, held.reason, held.signed_by = Assignment.State.UNREACHABLE, reason.strip(), None
    held.reported_by = by.acting
    held.save()
    record(by, "assignment.unreachable", held, region=held.site.region_id, reason=reason)


@transaction.atomic
def sign_unreachable(by: Person, assignment: Assignment) -> None:
    """Vouch, as another person, that a site could not be inspected."""
    held = Assignment.objects.select_for_update().select_related("site", "round").get(pk=assignment.pk)
    by.require(Right.CORRECT_INSPECTIONS, held.round.town, organisations_of(held))
    if held.state != Assignment.State.UNREACHABLE:
        raise problem("inspection.not_unreachable", value=held.site.name)
    if held.reported_by_id == by.account:
        raise problem("inspection.own_report")
    held.signed_by = by.acting
    held.save()
    record(by, "assignment.signed", held, region=held.site.region_id, reason=held.reason)


def organisations_of(assignment: Assignment) -> list[UUID]:
    """Where the inspector of an assignment holds posts today."""
    return [post.organisation_id for post in assignment.inspector.current_posts]


def standard_of(inspection: Inspection) -> Standard:
    """The standard an inspection is done by."""
    rule = read_rule(inspection.standard.kind, inspection.standard.text)
    assert isinstance(rule, Standard)
    return rule


def answers_of(inspection: Inspection) -> dict[str, str]:
    """What was observed, by clause."""
    return dict(inspection.observations.values_list("clause", "value"))


def organisation_of(inspector: Account) -> Organisation | None:
    """The organisation an account inspects for, or did last: what it left on its phone belongs there."""
    held = _inspects_for(inspector.current_posts)
    return held or _inspects_for(inspector.posts.order_by("-since").select_related("organisation"))


def _inspects_for(posts: Iterable[Post]) -> Organisation | None:
    for post in posts:
        if Right.INSPECT in RIGHTS[Role(post.role)]:
            return post.organisation
    return None


def refuse_unfit(assessment: Assessment, answers: Mapping[str, str]) -> None:
    """Raise `ProblemsFound` with all that keeps answers from being submitted."""
    problems = ProblemList()
    if assessment.missing:
        clauses = "、".join(clause.text for clause in assessment.missing)
        problems.add("inspection.incomplete", count=len(assessment.missing), clauses=clauses)
    texts = {clause.id: clause.text for clause in assessment.score.standard.clauses}
    for clause, expected in assessment.faults.items():
        problems.add("inspection.answer", clause=texts[clause], value=answers[clause], expected=expected)
    problems.raise_if_any()


SETTINGS = Query(lambda: TownSettings.objects.filter(town="town").order_by(), ["town"], kept=64)


def without_photos(settings: TownSettings | None, assessment: Assessment, shown: set[str]) -> None:
    """Raise `ProblemsFound` when a town wants a photo of each deduction and `shown` lacks clauses."""
    bare = [one.clause.text for one in assessment.found_wrong if one.clause.id not in shown]
    if bare and settings is not None and settings.photo_rule != TownSettings.PhotoRule.NEVER:
        raise problem("inspection.no_photo", clauses="、".join(bare))


def seal_inspection(held: Inspection, assessment: Assessment) -> None:
    """Fix what was submitted: score, verdict and the fingerprint of all answers and photos."""
    held.state = Inspection.State.SUBMITTED
    held.submitted = clock.now()
    held.score = assessment.score.score
    held.passed = assessment.score.passed
    held.fingerprint = fingerprint(held)
    held.save()


def fingerprint(inspection: Inspection) -> str:
    """SHA-256 over what was submitted: site, standard, answers and photos, in one canonical text."""
    answers = inspection.observations.values_list("clause", "value", "remark")
    return digest_of(inspection, answers, inspection.photos.values_list("clause", "sha256"))


def digest_of(
    inspection: Inspection, answers: Iterable[tuple[str, str, str]], photos: Iterable[tuple[str, str]]
) -> str:
    """The fingerprint with these answers (clause, value, remark) and photos (clause, SHA-256)."""
    content = {
        "site": str(inspection.site_id),
        "standard": str(inspection.standard_id),
        "inspector": str(inspection.inspector_id),
        "started": inspection.started.astimezone(UTC).isoformat(timespec="microseconds"),
        "answers": sorted(answers),
        "photos": sorted(photos),
        "remark": inspection.remark,
    }
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _begin(by: Person, held: Assignment, started: datetime, position: Position | None) -> Inspection:
    """A new inspection of an assignment. Raises `ProblemsFound` in another month or without a standard."""
    month = f"{started.astimezone(TOWN_ZONE):%Y-%m}"
    if month != held.round.month:
        raise problem("inspection.other_month", month=held.round.month, value=held.site.name)
    standard = standards_of(held.round.town, held.round.month).get(held.site.kind)
    if standard is None:
        raise problem("rounds.no_standard", kinds=held.site.get_kind_display(), month=held.round.month)
    return Inspection.objects.create(
        round=held.round, site=held.site, assignment=held, inspector_id=held.inspector_id,
        organisation=organisation_of(by.acting), standard=standard, month=month,
        started=started, latitude=position.latitude if position else None,
        longitude=position.longitude if position else None,
        accuracy=position.accuracy if position else None,
    )  # fmt: skip


def _draft(by: Person, inspection: Inspection) -> Inspection:
    held = (
        Inspection.objects.select_for_update(of=("self",))
        .select_related("round", "site", "standard", "assignment")
        .get(pk=inspection.pk)
    )
    _require_own(by, held.inspector_id)
    if held.state != Inspection.State.DRAFT:
        raise problem("inspection.submitted_already", value=held.site.name)
    return held


def _require_own(by: Person, inspector: object) -> None:
    by.require(Right.INSPECT)
    if by.account != inspector:
        raise PermissionDenied("another inspector's")


def _submit(by: Person, held: Inspection) -> Inspection:
    answers = answers_of(held)
    assessment = assess(standard_of(held), held.round.month, answers)
    refuse_unfit(assessment, answers)
    settings = SETTINGS.first(held.round.town)
    without_photos(settings, assessment, set(held.photos.values_list("clause", flat=True)))
    if Round.objects.state_held(held.round_id) == Round.State.CLOSED:
        held.standing = Inspection.Standing.LATE
    elif held.assignment is not None and held.assignment.state == Assignment.State.DONE:
        held.standing = Inspection.Standing.DOUBLE
    seal_inspection(held, assessment)
    if held.assignment is not None:
        held.assignment.state = Assignment.State.DONE
        held.assignment.save(update_fields=["state"])
    data = {"score": str(held.score), "fingerprint": held.fingerprint, "standing": held.standing}
    record(by, "inspection.submitted", held, region=held.site.region_id, data=data)
    return held

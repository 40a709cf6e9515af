"""Correcting a submitted inspection: as a new version, with a reason and a second person, never in place."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import transaction

from zerentian.core import clock
from zerentian.core.problems import problem
from zerentian.evaluation.assessment import assess
from zerentian.ledger.actions import record
from zerentian.people.person import Person
from zerentian.people.rules import Right
from zerentian.rounds.models import Correction, Fix, Flag, Inspection, Observation, Photo, Round
from zerentian.rounds.visit_actions import answers_of, refuse_unfit, seal_inspection, standard_of

_VISIT_FIELDS = (
    "round", "site", "assignment", "inspector", "organisation", "standard", "started", "month", "latitude",
    "longitude", "accuracy", "remark", "reason", "photos_awaited", "ended", "known_after", "received",
    "clock_offset", "device", "context", "examined",
)  # fmt: skip
_PHOTO_FIELDS = (
    "clause", "slot", "sha256", "size", "content_type", "width", "height", "received", "grade", "taken",
    "latitude", "longitude", "accuracy", "likeness",
)  # fmt: skip
_FIX_FIELDS = ("moment", "at", "latitude", "longitude", "accuracy", "age")


@transaction.atomic
def propose_correction(
    by: Person, inspection: Inspection, values: Mapping[str, str], reason: str
) -> Correction:
    """Propose other answers for some clauses; the inspector himself may, too. Raises `ProblemsFound`."""
    held = _current(inspection)
    if by.account != held.inspector_id:
        by.require(Right.CORRECT_INSPECTIONS, held.site.region_id, [held.organisation_id])
    if held.corrections.filter(state=Correction.State.PROPOSED).exists():
        raise problem("correction.open", value=held.site.name)
    before = answers_of(held)
    changed = {
        clause: text.strip() for clause, text in values.items() if text.strip() != before.get(clause, "")
    }
    if not changed:
        raise problem("correction.nothing")
    after = before | changed
    refuse_unfit(assess(standard_of(held), held.round.month, after), after)
    made = Correction.objects.create(
        inspection=held, values=changed, reason=reason.strip(), proposed_by=by.acting
    )
    data = {clause: {"from": before.get(clause, ""), "to": text} for clause, text in changed.items()}
    record(by, "correction.proposed", held, region=held.site.region_id, reason=reason, data=data)
    return made


@transaction.atomic
def decide_correction(by: Person, correction: Correction, accept: bool, answer: str = "") -> Inspection:
    """Accept or refuse as another person; accepting makes the next version, the old one stays readable.

    Returns the inspection in force. Raises `ProblemsFound`, also when the month is closed meanwhile.
    """
    held = Correction.objects.select_for_update().get(pk=correction.pk)
    if held.state != Correction.State.PROPOSED:
        raise problem("correction.decided_already")
    inspection = _current(held.inspection)
    by.require(Right.CORRECT_INSPECTIONS, inspection.site.region_id, [inspection.organisation_id])
    if by.account == held.proposed_by_id:
        raise problem("correction.own")
    held.state = Correction.State.ACCEPTED if accept else Correction.State.REFUSED
    held.decided_by, held.decided_at, held.answer = by.acting, clock.now(), answer.strip()
    held.save()
    region = inspection.site.region_id
    record(by, "correction.decided", inspection, region=region, reason=answer, data={"accepted": accept})
    if not accept:
        return inspection
    made = _next_version(inspection, held.values)
    data = {"score": {"from": str(inspection.score), "to": str(made.score)}, "fingerprint": made.fingerprint}
    record(by, "inspection.corrected", made, region=region, reason=held.reason, data=data)
    return made


def _current(inspection: Inspection) -> Inspection:
    held = (
        Inspection.objects.select_for_update(of=("self",))
        .select_related("round", "site", "standard")
        .get(pk=inspection.pk)
    )
    if held.state != Inspection.State.SUBMITTED:
        raise problem("correction.not_submitted", value=held.site.name)
    if Round.objects.select_for_update().get(pk=held.round_id).state == Round.State.CLOSED:
        raise problem("rounds.closed", value=str(held.round))
    return held


def _next_version(inspection: Inspection, values: Mapping[str, str]) -> Inspection:
    answers = answers_of(inspection) | dict(values)
    made = Inspection.objects.create(
        number=inspection.number + 1, replaces=inspection, standing=inspection.standing,
        **{name: getattr(inspection, name) for name in _VISIT_FIELDS},
    )  # fmt: skip
    remarks = dict(inspection.observations.values_list("clause", "remark"))
    Observation.objects.bulk_create(
        Observation(inspection=made, clause=clause, value=text, remark=remarks.get(clause, ""))
        for clause, text in answers.items()
    )
    Photo.objects.bulk_create(
        Photo(inspection=made, **{name: getattr(photo, name) for name in _PHOTO_FIELDS})
        for photo in inspection.photos.all()
    )
    Fix.objects.bulk_create(
        Fix(inspection=made, **{name: getattr(fix, name) for name in _FIX_FIELDS})
        for fix in inspection.fixes.all()
    )
    _flags_follow(inspection, made)
    seal_inspection(made, assess(standard_of(made), made.round.month, answers))
    inspection.state = Inspection.State.REPLACED
    inspection.save(update_fields=["state"])
    return made


def _flags_follow(inspection: Inspection, made: Inspection) -> None:
    """Doubts are about the evidence, which the new version keeps."""
    photos = {photo.slot: photo for photo in made.photos.all()}
    flags = list(inspection.flags.select_related("photo"))
    for flag in flags:
        flag.inspection, flag.photo = made, photos[flag.photo.slot] if flag.photo else None
    Flag.objects.bulk_update(flags, ["inspection", "photo"])

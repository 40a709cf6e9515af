"""Reads of rounds that pages and documents share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.db.models import Count, F, Q, QuerySet

from zerentian.core import clock
from zerentian.places.models import SiteKind
from zerentian.rounds.models import Assignment, Inspection, Photo, Round


@dataclass(frozen=True, slots=True)
class Coverage:
    """How far a part of a round has come; `late` are due although their day is over.

    `chosen` narrows the list of assignments to this part, as a piece of an address.
    """

    name: str
    total: int
    done: int
    unreachable: int
    late: int
    chosen: str = ""

    @property
    def due(self) -> int:
        """Still to visit."""
        return self.total - self.done - self.unreachable

    @property
    def percent(self) -> int:
        """Share done or excused, rounded down: 100 only when nothing is left."""
        return (self.done + self.unreachable) * 100 // self.total if self.total else 0

    @property
    def light(self) -> str:
        """Its traffic light."""
        if self.late:
            return "red"
        return "green" if not self.due else "yellow"


_BY = {
    "committee": ("site__region", "site__region__name"),
    "kind": ("site__kind", "site__kind"),
    "inspector": ("inspector", "inspector__name"),
}
"""The field that parts assignments, and the one that names a part."""


def coverage(assignments: QuerySet[Assignment]) -> Coverage:
    """Of all of some assignments."""
    return Coverage("全部", **assignments.aggregate(**_counts()))


def coverage_by(assignments: QuerySet[Assignment], what: str) -> list[Coverage]:
    """By committee, kind or inspector, the least advanced first."""
    field, named = _BY[what]
    counts = _counts()
    rows = assignments.order_by().values(part=F(field), name=F(named)).annotate(**counts)
    found = [
        Coverage(
            name=SiteKind(name).label if what == "kind" else name,
            chosen=urlencode({field: part}),
            **dict(zip(counts, figures, strict=True)),
        )
        for part, name, *figures in rows.values_list("part", "name", *counts)
    ]
    return sorted(found, key=lambda one: (one.percent, one.name))


def _counts() -> dict[str, Count]:
    states = Assignment.State
    return {
        "total": Count("id"),
        "done": Count("id", Q(state=states.DONE)),
        "unreachable": Count("id", Q(state=states.UNREACHABLE)),
        "late": Count("id", Q(state=states.DUE, day__lt=clock.today())),
    }


def tasks_of_today(assignments: QuerySet[Assignment]) -> QuerySet[Assignment]:
    """Today's and what is left of earlier days, in the order of the route."""
    open_ones = Q(state=Assignment.State.DUE, day__lt=clock.today()) | Q(day=clock.today())
    found = assignments.filter(open_ones, round__state=Round.State.OPEN)
    return found.select_related("site__region", "round").order_by("day", "position", "id")


def photos_by_clause(inspection: Inspection) -> dict[str, list[Photo]]:
    """Photos of an inspection by clause; those of the whole site under an empty one."""
    found: dict[str, list[Photo]] = {}
    for photo in inspection.photos.all():
        found.setdefault(photo.clause, []).append(photo)
    return found


def versions_of(inspection: Inspection) -> Sequence[Inspection]:
    """All versions of a visit, the newest first."""
    if inspection.assignment_id is None:
        return [inspection]
    same = Inspection.objects.filter(
        assignment_id=inspection.assignment_id, inspector=inspection.inspector_id
    )
    return list(same.exclude(state=Inspection.State.DRAFT).order_by("-number"))

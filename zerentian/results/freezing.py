"""Freezing figures: the engine's results as rows, and the digest that tells whether they changed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from uuid import UUID

from zerentian.core.points import plain, signed
from zerentian.evaluation.outputs import tables
from zerentian.evaluation.policy import CountPart
from zerentian.evaluation.reasons import entry_reasons, interview_reason
from zerentian.evaluation.results import PeriodResult, RankedSubject, Results
from zerentian.evaluation.scoring import Deduction, SiteScore
from zerentian.evaluation.subjects import SubjectTotal
from zerentian.results.models import Closing, ListEntry, SiteResult, SubjectResult
from zerentian.results.snapshots import Snapshot, inspections_of

Rows = dict[str, list[list[str]]]


@dataclass(frozen=True, slots=True)
class Frozen:
    """A month's figures as text, table by table, each with its head; the same everywhere, byte for byte."""

    rows: Rows

    @property
    def digest(self) -> str:
        """SHA-256 of all tables in one canonical text."""
        text = json.dumps(self.rows, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


def frozen(results: Results) -> Frozen:
    """The tables that `zerentian evaluate` would write, as text."""
    return Frozen(
        {
            table.name: [
                list(table.columns),
                *([("" if value is None else str(value)) for value in row] for row in table.rows),
            ]
            for table in tables(results)
        }
    )


def period_of(results: Results, month: str) -> PeriodResult:
    """The month's result; an empty one when nobody was inspected."""
    return next((one for one in results.periods if one.period == month), PeriodResult(month))


def site_rows(closing: Closing, snapshot: Snapshot, results: Results) -> Iterator[SiteResult]:
    """A row for each site, unseen ones with no score."""
    result = period_of(results, snapshot.month)
    kept = {one.code: one for one in snapshot.sites}
    visits = inspections_of(snapshot)
    for score in result.sites:
        site = kept[score.site.id]
        yield SiteResult(
            closing=closing, site_id=UUID(site.id), subject=site.subject, name=site.name, kind=site.kind,
            score=score.score, full_marks=score.standard.full_marks,
            passed=None if score.score is None else score.passed,
            vetoes=[clause.text for clause in score.vetoes],
            deductions=[_deduction(loss) for loss in score.deductions],
            adjustments=_adjustments(score),
            inspections=[visits[site.code, visit.date, visit.inspector] for visit in score.counted],
        )  # fmt: skip
    for unseen in result.unseen:
        site = kept[unseen.id]
        yield SiteResult(
            closing=closing, site_id=UUID(site.id), subject=site.subject, name=site.name, kind=site.kind
        )


def subject_rows(closing: Closing, results: Results, month: str) -> Iterator[SubjectResult]:
    """A row for each committee, ranked or not."""
    result = period_of(results, month)
    for row in result.ranked:
        yield SubjectResult(
            closing=closing, subject=row.subject.id, name=row.subject.name, group=row.group, score=row.score,
            rank=row.rank, of=row.of, band=row.band, passed=row.passed, pass_rate=row.total.pass_rate,
            scored=row.total.scored, parts=_parts(row.total),
        )  # fmt: skip
    for one in result.not_ranked:
        yield SubjectResult(
            closing=closing, subject=one.subject.id, name=one.subject.name, group=one.group,
            not_ranked=one.reason,
        )  # fmt: skip


def entry_rows(closing: Closing, results: Results, month: str) -> Iterator[ListEntry]:
    """A row for each place on a list and each interview."""
    result = period_of(results, month)
    for entry in result.entries:
        yield ListEntry(
            closing=closing, kind=ListEntry.Kind.LIST, title=_title(entry.rule.name, entry.row),
            subject=entry.row.subject.id, name=entry.row.subject.name, position=entry.position,
            reason=entry_reasons(entry),
        )  # fmt: skip
    for due in result.interviews:
        yield ListEntry(
            closing=closing, kind=ListEntry.Kind.INTERVIEW, title=due.rule.name, subject=due.subject.id,
            name=due.subject.name, reason=interview_reason(due),
            details={"chair": due.rule.chair, "attend": due.rule.attend},
        )  # fmt: skip


def _title(name: str, row: RankedSubject) -> str:
    return f"{name}（{row.group}）" if row.group else name


def _deduction(loss: Deduction) -> Mapping[str, str]:
    return {
        "clause": loss.clause.id,
        "text": loss.clause.text,
        "observed": loss.words,
        "points": plain(loss.points),
    }


def _adjustments(score: SiteScore) -> list[list[str]]:
    """What stands between full marks less deductions and the score, so that the shown lines add up."""
    if score.score is None:
        return []
    found = []
    if score.extra:
        found.append(["加分、另扣（按上限）", signed(score.extra)])
    lost = sum((loss.points for loss in score.deductions), Fraction(0))
    rest = Fraction(score.score) - (Fraction(score.standard.full_marks) - lost + score.extra)
    if rest:
        found.append(["封顶、保底或四舍五入", signed(rest)])
    return found


def _parts(total: SubjectTotal) -> list[Mapping[str, str]]:
    return [
        {
            "id": part.part.id,
            "name": part.part.label,
            "points": "" if isinstance(part.part, CountPart) else plain(part.part.points),
            "score": "" if part.score is None else str(part.score),
            "kinds": ",".join(getattr(part.part, "kinds", [])),
            "figure": "" if part.figure is None else plain(part.figure),
        }
        for part in total.parts
    ]

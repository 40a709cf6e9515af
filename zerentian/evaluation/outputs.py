"""The five tables of a run, in the columns that the specification names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from zerentian.core.points import Exact, plain, points_of
from zerentian.core.table_writing import TableFormat, Value, write_table
from zerentian.evaluation.reasons import entry_reasons, interview_reason
from zerentian.evaluation.results import RankedSubject, Results
from zerentian.evaluation.scoring import SiteScore

_SITE_COLUMNS = (
    "period", "site", "name", "kind", "subject", "score", "full_marks", "passed", "vetoes", "deductions",
)  # fmt: skip
_SUBJECT_COLUMNS = (
    "period", "group", "rank", "subject", "name", "score", "band", "sites", "passed_sites", "pass_rate",
)  # fmt: skip


RESULT_FILES = tuple(
    f"{name}.{kind}"
    for name in ("site_scores", "subject_scores", "not_ranked", "lists", "interviews")
    for kind in ("csv", "xlsx", "json")
)
"""What a run may leave in its folder."""


@dataclass(frozen=True, slots=True)
class OutputTable:
    """A table's name, its columns and its rows."""

    name: str
    columns: Sequence[str]
    rows: Iterable[Sequence[Value]]


def tables(results: Results) -> list[OutputTable]:
    """All tables of a run; rows are made as they are written."""
    inputs = results.inputs
    subject_extra = _extra_columns(results)
    parts = [part.id for part in inputs.policy.parts]
    site_extra = [_free_name(name, _SITE_COLUMNS) for name in inputs.sites.extra_columns]
    subject_columns = (*_SUBJECT_COLUMNS, *parts, "rank_bonus")
    return [
        OutputTable("site_scores", (*_SITE_COLUMNS, *site_extra), _site_rows(results)),
        OutputTable(
            "subject_scores",
            (*subject_columns, *(_free_name(name, subject_columns) for name in subject_extra)),
            _subject_rows(results, subject_extra),
        ),
        OutputTable("not_ranked", ("period", "subject", "name", "reason"), _not_ranked_rows(results)),
        OutputTable(
            "lists",
            ("period", "list", "position", "subject", "name", "score", "reasons"),
            _list_rows(results),
        ),
        OutputTable(
            "interviews",
            ("period", "interview", "subject", "name", "reason", "chair", "attend"),
            _interview_rows(results),
        ),
    ]


def write_tables(results: Results, folder: Path, kind: TableFormat) -> list[Path]:
    """Write all tables into `folder` and return their paths."""
    return [write_table(folder, table.name, table.columns, table.rows, kind) for table in tables(results)]


def deductions_text(site: SiteScore) -> str:
    """`clause:points;…` with exact points; a value that does not end is rounded to six places."""
    return ";".join([f"{loss.outcomes[0].clause.id}:{_points_text(loss.lost)}" for loss in site.deductions])


@lru_cache(maxsize=1 << 16)
def _points_text(lost: Exact) -> str:
    return plain(points_of(lost))


def _extra_columns(results: Results) -> list[str]:
    subjects = results.inputs.subjects.values()
    return list(dict.fromkeys(name for subject in subjects for name in subject.extra))


def _free_name(name: str, taken: Sequence[str]) -> str:
    return f"{name}_input" if name in taken else name


def _yes(passed: bool) -> str:
    return "yes" if passed else "no"


def _site_rows(results: Results) -> Iterator[Sequence[Value]]:
    full_marks = {standard.site_kind: standard.full_marks for standard in results.inputs.standards}
    for result in results.periods:
        for score in result.sites:
            site = score.site
            yield (
                result.period,
                site.id,
                site.name,
                site.kind,
                site.subject,
                score.score,
                score.standard.full_marks,
                "" if score.score is None else _yes(score.passed),
                ";".join(clause.id for clause in score.vetoes),
                deductions_text(score),
                *site.extra,
            )
        for site in result.unseen:
            known = (result.period, site.id, site.name, site.kind, site.subject)
            yield *known, None, full_marks.get(site.kind), "", "", "", *site.extra


def _subject_rows(results: Results, extra: Sequence[str]) -> Iterator[Sequence[Value]]:
    for result in results.periods:
        for row in result.ranked:
            total = row.total
            yield (
                result.period,
                row.group,
                row.rank,
                row.subject.id,
                row.subject.name,
                row.score,
                row.band,
                total.scored,
                total.passed_sites,
                total.pass_rate,
                *_part_scores(row),
                row.rank_bonus,
                *(row.subject.extra.get(name, "") for name in extra),
            )


def _part_scores(row: RankedSubject) -> Iterator[Value]:
    for part in row.total.parts:
        yield part.score


def _not_ranked_rows(results: Results) -> Iterator[Sequence[Value]]:
    for result in results.periods:
        for row in result.not_ranked:
            yield result.period, row.subject.id, row.subject.name, row.reason


def _list_rows(results: Results) -> Iterator[Sequence[Value]]:
    for result in results.periods:
        for entry in result.entries:
            subject = entry.row.subject
            yield (
                result.period,
                entry.rule.name,
                entry.position,
                subject.id,
                subject.name,
                entry.row.score,
                entry_reasons(entry),
            )


def _interview_rows(results: Results) -> Iterator[Sequence[Value]]:
    for result in results.periods:
        for due in result.interviews:
            yield (
                result.period,
                due.rule.name,
                due.subject.id,
                due.subject.name,
                interview_reason(due),
                due.rule.chair,
                ";".join(due.rule.attend),
            )

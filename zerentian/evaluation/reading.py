"""From the files of a month (spec: subjects, sites, observations, figures, history) to `Inputs`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Literal, TypeVar

from zerentian.core.months import is_month
from zerentian.core.points import parse_count, parse_number
from zerentian.core.problems import ProblemList, ProblemsFound, problem
from zerentian.core.tables import Table, open_table
from zerentian.evaluation.inputs import DEFAULT_SOURCE, HistoryMonth, Inputs, Subject
from zerentian.evaluation.model_files import load_policy, load_standard
from zerentian.evaluation.policy import CountPart, FigurePart, MeanPart, Policy
from zerentian.evaluation.sites import Site, SiteTable
from zerentian.evaluation.standard import Standard
from zerentian.evaluation.visits import OBSERVATION_COLUMNS, VisitBook

_T = TypeVar("_T")

_SUBJECT_COLUMNS = ("subject", "name")
_SITE_COLUMNS = ("site", "name", "kind", "subject")
_FIGURE_COLUMNS = ("period", "subject", "part", "value")
_HISTORY_COLUMNS = ("period", "source", "subject", "score", "passed")
_PASSED = {"yes": True, "是": True, "no": False, "否": False}


@dataclass(frozen=True, slots=True)
class Files:
    """The files of a run. `source` chooses among several sources in one observations file."""

    policy: Path
    standards: Sequence[Path]
    subjects: Path
    sites: Path
    observations: Path
    figures: Path | None = None
    history: Path | None = None
    missing: Literal["error", "full"] = "error"
    source: str | None = None


def read_inputs(files: Files) -> Inputs:
    """Read and check everything. Raises `ProblemsFound` with the faults of all files at once."""
    return _Reader(files).read()


@dataclass(slots=True)
class _Reader:
    files: Files
    problems: ProblemList = field(default_factory=ProblemList)

    def read(self) -> Inputs:
        policy = self._attempt(load_policy, self.files.policy)
        standards = self._standards()
        subjects = self._attempt(self._subjects, policy)
        sites, weights = self._attempt(self._sites, subjects, policy) or (None, {})
        book = self._attempt(self._observe, standards, sites)
        figures = self._attempt(self._figures, subjects, policy) or {}
        history = self._attempt(self._history, subjects) or []
        visits = book.close(self.files.missing) if book else []
        source = (book.source if book else None) or DEFAULT_SOURCE
        self._need_pass_mark(policy, source)
        self.problems.raise_if_any()
        assert policy is not None
        return Inputs(
            policy=policy,
            standards=standards,
            subjects=subjects or {},
            sites=sites or SiteTable({}),
            visits=visits,
            figures=figures,
            history=history,
            weights=weights,
            source=source,
        )

    def _attempt(self, read: Callable[..., _T], *arguments: object) -> _T | None:
        """What `read` gives; None when it could not be read, so that no follow-up faults arise."""
        try:
            return read(*arguments)
        except ProblemsFound as found:
            self.problems.extend(found)
            return None

    def _need_pass_mark(self, policy: Policy | None, source: str) -> None:
        """A run of failed months of the evaluated source needs to know what failing is."""
        for rule in policy.interviews if policy and policy.pass_mark is None else ():
            if rule.when.consecutive_fails and rule.source == source:
                self.problems.add("policy.no_pass_mark", file=self.files.policy.name, interview=rule.name)

    def _standards(self) -> list[Standard]:
        standards: dict[str, Standard] = {}
        for path in self.files.standards:
            standard = self._attempt(load_standard, path)
            if standard is None:
                continue
            for clause in standard.clauses:
                if clause.is_unsure:
                    self.problems.add(
                        "standard.unsure", file=path.name, clause=clause.id, reason=clause.unsure
                    )
            other = standards.get(standard.site_kind)
            if other is not None:
                self.problems.add(
                    "standard.same_kind", file=path.name, kind=standard.site_kind, other=other.standard
                )
            if standard.standard in (earlier.standard for earlier in standards.values()):
                self.problems.add("standard.same_id", file=path.name, standard=standard.standard)
            standards[standard.site_kind] = standard
        return list(standards.values())

    def _subjects(self, policy: Policy | None) -> dict[str, Subject] | None:
        table = self._open(self.files.subjects, _SUBJECT_COLUMNS)
        if table is None:
            return None
        group = policy.groups if policy else None
        if group and group not in table.header:
            self.problems.add("row.group_column", file=table.file, row=1, group=group)
        subjects: dict[str, Subject] = {}
        rows_of: dict[str, int] = {}
        extra = [name for name in table.header if name and name not in _SUBJECT_COLUMNS]
        for number, (subject_id, name, *rest) in table.rows((*_SUBJECT_COLUMNS, *extra), self.problems):
            subject_id, name = subject_id.strip(), name.strip()
            if self._is_new(table, number, "subject", subject_id, rows_of):
                self._filled(table, number, "name", name)
                values = {column: text.strip() for column, text in zip(extra, rest, strict=True)}
                if group and group in values:
                    self._filled(table, number, group, values[group])
                subjects[subject_id] = Subject(subject_id, name, values)
        return self._some(table, subjects)

    def _sites(
        self, subjects: dict[str, Subject] | None, policy: Policy | None
    ) -> tuple[SiteTable, dict[str, dict[str, Decimal]]] | None:
        table = self._open(self.files.sites, _SITE_COLUMNS)
        if table is None:
            return None
        weighed = self._weighed_kinds(table, policy)
        weights: dict[str, dict[str, Decimal]] = {column: {} for column in weighed}
        extra = tuple(name for name in table.header if name and name not in _SITE_COLUMNS)
        sites: dict[str, Site] = {}
        rows_of: dict[str, int] = {}
        for number, row in table.rows((*_SITE_COLUMNS, *extra), self.problems):
            site_id, name, kind, subject_id = (text.strip() for text in row[:4])
            if not self._is_new(table, number, "site", site_id, rows_of):
                continue
            self._filled(table, number, "kind", kind)
            if self._filled(table, number, "subject", subject_id):
                self._known_subject(table, number, subject_id, subjects)
            sites[site_id] = Site(site_id, name, kind, subject_id, row[4:])
            for column, kinds in weighed.items():
                if kind in kinds:
                    weights[column][site_id] = self._weight(
                        table, number, column, row[4 + extra.index(column)]
                    )
        self._refuse_zero_weights(table, sites, weights)
        return SiteTable(self._some(table, sites), extra), weights

    def _weighed_kinds(self, table: Table, policy: Policy | None) -> dict[str, set[str]]:
        """Column -> kinds of sites that the policy weighs by it."""
        weighed: dict[str, set[str]] = {}
        for part in policy.parts if policy else ():
            if isinstance(part, MeanPart) and part.weight:
                if part.weight in table.header and part.weight not in _SITE_COLUMNS:
                    weighed.setdefault(part.weight, set()).update(part.kinds)
                else:
                    self.problems.add("row.weight_column", file=table.file, row=1, weight=part.weight)
        return weighed

    def _weight(self, table: Table, number: int, column: str, text: str) -> Decimal:
        weight = parse_number(text)
        if weight is None or weight < 0:
            self._fault(table, number, column, text, "不小于 0 的数")
            return Decimal(1)
        return weight

    def _refuse_zero_weights(
        self, table: Table, sites: dict[str, Site], weights: dict[str, dict[str, Decimal]]
    ) -> None:
        for column, by_site in weights.items():
            sums: dict[str, Decimal] = {}
            for site_id, weight in by_site.items():
                subject = sites[site_id].subject
                sums[subject] = sums.get(subject, Decimal(0)) + weight
            for subject, total in sums.items():
                if total == 0:
                    self.problems.add(
                        "row.zero_weight", file=table.file, column=column, weight=column, subject=subject
                    )

    def _observe(self, standards: list[Standard], sites: SiteTable | None) -> VisitBook | None:
        table = self._open(self.files.observations, OBSERVATION_COLUMNS[:4])
        if table is None or sites is None or not standards:
            return None
        book = VisitBook(
            standards,
            sites.by_id,
            self.problems,
            source=self.files.source,
            file=table.file,
            all_standards=len(standards) == len(self.files.standards),
        )
        before = self.problems.count
        book.record(table.rows(OBSERVATION_COLUMNS, self.problems))
        if book.is_empty and self.problems.count == before:
            self.problems.add("observation.none", file=table.file)
        return book

    def _figures(
        self, subjects: dict[str, Subject] | None, policy: Policy | None
    ) -> dict[tuple[str, str, str], Decimal] | None:
        table = self._open(self.files.figures, _FIGURE_COLUMNS)
        if table is None:
            return None
        parts = {p.id: p for p in policy.parts if isinstance(p, FigurePart | CountPart)} if policy else None
        figures: dict[tuple[str, str, str], Decimal] = {}
        rows_of: dict[str, int] = {}
        for number, row in table.rows(_FIGURE_COLUMNS, self.problems):
            period, subject_id, part_id, text = (cell.strip() for cell in row)
            sound = self._month(table, number, period)
            sound &= self._known_subject(table, number, subject_id, subjects)
            part = parts.get(part_id) if parts is not None else None
            if parts is not None and part is None:
                self.problems.add(
                    "row.unknown_part", file=table.file, row=number, column="part", value=part_id,
                    expected="、".join(parts) or "（办法中没有这样的部分）",
                )  # fmt: skip
            if part is None or not sound:
                continue
            key = " ".join((period, subject_id, part_id))
            value = self._figure(table, number, part, text)
            if self._is_new(table, number, "part", key, rows_of) and value is not None:
                figures[period, subject_id, part_id] = value
        return figures

    def _figure(self, table: Table, number: int, part: FigurePart | CountPart, text: str) -> Decimal | None:
        if isinstance(part, CountPart):
            count = parse_count(text)
            if count is None:
                self._fault(table, number, "value", text, "件数（不小于 0 的整数）")
            return None if count is None else Decimal(count)
        figure = parse_number(text)
        if figure is None or not 0 <= figure <= part.scale:
            self._fault(table, number, "value", text, f"0 至 {part.scale} 的数")
            return None
        return figure

    def _history(self, subjects: dict[str, Subject] | None) -> list[HistoryMonth] | None:
        table = self._open(self.files.history, _HISTORY_COLUMNS)
        if table is None:
            return None
        history = []
        rows_of: dict[str, int] = {}
        for number, row in table.rows(_HISTORY_COLUMNS, self.problems):
            period, source, subject_id, score_text, passed_text = (cell.strip() for cell in row)
            sound = self._month(table, number, period)
            sound &= self._filled(table, number, "source", source)
            sound &= self._known_subject(table, number, subject_id, subjects)
            score = parse_number(score_text)
            if score_text and score is None:
                self._fault(table, number, "score", score_text, "数，或留空")
                sound = False
            passed = _PASSED.get(passed_text.lower())
            if passed is None:
                self._fault(table, number, "passed", passed_text, "yes 或 no（是/否）")
            key = " ".join((period, source, subject_id))
            if sound and passed is not None and self._is_new(table, number, "subject", key, rows_of):
                history.append(HistoryMonth(period, source, subject_id, score, passed))
        return history

    def _open(self, path: Path | None, required: Sequence[str]) -> Table | None:
        """The table; None when none is given or its header is faulty."""
        return open_table(path, required, self.problems) if path else None

    def _some(self, table: Table, rows: dict[str, _T]) -> dict[str, _T]:
        """`rows`, which must not be empty."""
        if not rows:
            raise problem("file.empty", file=table.file)
        return rows

    def _is_new(self, table: Table, number: int, column: str, key: str, rows_of: dict[str, int]) -> bool:
        if not self._filled(table, number, column, key):
            return False
        earlier = rows_of.setdefault(key, number)
        if earlier != number:
            self.problems.add(
                "row.repeated", file=table.file, row=number, column=column, value=key, first=earlier
            )
        return earlier == number

    def _filled(self, table: Table, number: int, column: str, text: str) -> bool:
        if not text:
            self.problems.add(
                "row.required",
                file=table.file,
                row=number,
                column=column,
                expected=_EXPECTED.get(column, "有内容"),
            )
        return bool(text)

    def _month(self, table: Table, number: int, period: str) -> bool:
        if not is_month(period):
            self.problems.add("month.invalid", file=table.file, row=number, column="period", value=period)
        return is_month(period)

    def _known_subject(
        self, table: Table, number: int, subject_id: str, subjects: dict[str, Subject] | None
    ) -> bool:
        if subjects is None or subject_id in subjects:
            return True
        self.problems.add(
            "row.unknown_subject", file=table.file, row=number, column="subject", value=subject_id
        )
        return False

    def _fault(self, table: Table, number: int, column: str, value: str, expected: str) -> None:
        self.problems.add(
            "row.value", file=table.file, row=number, column=column, value=value, expected=expected
        )


_EXPECTED = {
    "subject": "考评对象编号",
    "site": "点位编号",
    "name": "名称",
    "kind": "点位类型，如 compound、village、unit、shop",
    "source": "来源，如 district、town",
}

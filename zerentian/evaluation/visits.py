"""Sorting observation rows into visits, with every fault of every row told."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Literal

from zerentian.core.days import parse_day
from zerentian.core.months import is_month
from zerentian.core.problems import ProblemList
from zerentian.evaluation.clauses import NotAllowedError, Outcome
from zerentian.evaluation.scoring import ScoringTable, Visit
from zerentian.evaluation.sites import Site
from zerentian.evaluation.standard import Standard

OBSERVATION_COLUMNS = ("period", "site", "clause", "value", "date", "inspector", "source")
Row = tuple[str, ...]
"""The texts of `OBSERVATION_COLUMNS`."""

_NO_SLOT = -1
_EXCEL_SERIAL = re.compile(r"[34][0-9]{4}")
_DATE_OF_FRACTION = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class VisitBook:
    """Collects observations; rows of one site that share period, date and inspector are one visit.

    Rows may come in any order. `file` names the table in problems. Without `all_standards` (some could not
    be read) sites that lack one are passed over.
    """

    def __init__(
        self,
        standards: Sequence[Standard],
        sites: Mapping[str, Site],
        problems: ProblemList,
        *,
        source: str | None = None,
        file: str = "",
        all_standards: bool = True,
    ) -> None:
        self.source = source
        self._standards = {standard.site_kind: standard for standard in standards}
        self._sites = sites
        self._problems = problems
        self._file = file
        self._all_standards = all_standards
        self._tables: dict[tuple[str, str], ScoringTable] = {}
        self._visits: dict[tuple[str, str, str, str], Visit | None] = {}
        self._faulty: set[tuple[Visit, int]] = set()
        self._blank: dict[tuple[Visit, int], int] = {}
        self._choosing = source is not None
        self._mixed: dict[str, int] = {}

    @property
    def is_empty(self) -> bool:
        """True when no row opened a visit."""
        return not self._visits

    def record(self, rows: Iterable[tuple[int, Row]]) -> None:
        """Take observation rows, each with its row number.

        This loop runs once per observation of a whole city; what is rare is left to other methods.
        """
        visits = self._visits
        known_source = known_key = visit = None
        for number, (period, site, clause, value, date, inspector, source) in rows:
            if source != known_source:
                if not self._belongs(number, source):
                    continue
                known_source = source
            key = (period, site, date, inspector)
            if key != known_key:
                known_key = key
                visit = visits.get(key)
            if visit is None:
                visit = self._open(number, key)
                if visit is None:
                    continue
            try:
                slot, outcomes = visit.table.slots[clause]
                outcome = outcomes[value]
            except KeyError:
                slot, outcome = self._learn(number, visit, clause, value)
            if outcome is None:
                self._blank.setdefault((visit, slot), number)
                continue
            if visit.outcomes[slot] is not None:
                self._fault(number, "clause", "observation.repeated", site=site, clause=clause)
            visit.outcomes[slot] = outcome

    def close(self, missing: Literal["error", "full"]) -> list[Visit]:
        """All visits, complete: a clause without observation is a problem, or (`full`) loses nothing.

        Every clause of every standard is looked at, bonus, penalty and veto included.
        """
        if self._mixed:
            found = "、".join(f"{source or '（空）'}（第{row}行起）" for source, row in self._mixed.items())
            self._problems.add("observation.mixed_sources", file=self._file, column="source", found=found)
        visits = [visit for visit in self._visits.values() if visit is not None]
        for visit in visits:
            if None in visit.outcomes:
                self._complete(visit, missing)
        return visits

    def _complete(self, visit: Visit, missing: Literal["error", "full"]) -> None:
        for slot, clause in enumerate(visit.table.clauses):
            if visit.outcomes[slot] is not None or (visit, slot) in self._faulty:
                continue
            if missing == "full":
                visit.outcomes[slot] = clause.unobserved()
                continue
            when = f"，{visit.date}" if visit.date else ""
            self._problems.add(
                "observation.missing",
                file=self._file,
                row=self._blank.get((visit, slot)),
                site=f"{visit.site.id} {visit.site.name}".strip(),
                visit=f"{visit.table.period}{when}",
                clause=f"{clause.id} {clause.text}",
            )

    def _belongs(self, number: int, source: str) -> bool:
        """Whether a row's source is the one evaluated; without a choice the first row's source is."""
        source = source.strip()
        if self.source is None:
            self.source = source
        if source == self.source or (self._choosing and not source):
            return True
        if not self._choosing:
            self._mixed.setdefault(self.source, 2)
            self._mixed.setdefault(source, number)
        return False

    def _open(self, number: int, key: tuple[str, str, str, str]) -> Visit | None:
        """The visit of a key met for the first time, or None when the key is faulty."""
        period, site_id, date, inspector = (text.strip() for text in key)
        sound = self._check_month(number, period)
        day = self._check_date(number, date)
        site = self._sites.get(site_id)
        if site is None:
            code = "observation.no_site" if not site_id else "observation.unknown_site"
            self._fault(number, "site", code, value=site_id)
        elif site.kind not in self._standards and self._all_standards:
            self._fault(
                number, "site", "observation.no_standard", site=site_id, kind=site.kind,
                expected="、".join(self._standards),
            )  # fmt: skip
        if not sound or day is None or site is None or site.kind not in self._standards:
            return None
        clean = (period, site_id, day, inspector)
        visit = self._visits.get(clean)
        if visit is None:
            visit = Visit(self._table(site.kind, period), site, day, inspector)
            self._visits[clean] = visit
        return visit

    def _learn(self, number: int, visit: Visit, clause_id: str, value: str) -> tuple[int, Outcome | None]:
        """The slot and outcome of a clause and text met for the first time (or always, when faulty)."""
        clause_id, text = clause_id.strip(), value.strip()
        found = visit.table.slots.get(clause_id)
        if found is None:
            self._fault(
                number, "clause", "observation.unknown_clause", value=clause_id,
                standard=visit.table.standard.standard,
            )  # fmt: skip
            return _NO_SLOT, None
        slot, outcomes = found
        clause = visit.table.clauses[slot]
        if not text:
            outcomes[value] = None
            return slot, None
        try:
            outcome = clause.observe(text, visit.table.period)
        except NotAllowedError as error:
            self._faulty.add((visit, slot))
            code = "observation.excel_date" if _DATE_OF_FRACTION.fullmatch(text) else "observation.value"
            self._fault(
                number,
                "value",
                code,
                site=visit.site.id,
                clause=clause.id,
                value=text,
                expected=error.expected,
            )
            return slot, None
        outcomes[value] = outcome
        return slot, outcome

    def _table(self, kind: str, period: str) -> ScoringTable:
        table = self._tables.get((kind, period))
        if table is None:
            table = self._tables[kind, period] = ScoringTable(self._standards[kind], period)
        return table

    def _check_month(self, number: int, period: str) -> bool:
        if is_month(period):
            return True
        excel = _EXCEL_SERIAL.fullmatch(period) or parse_day(period)
        self._fault(number, "period", "month.excel_date" if excel else "month.invalid", value=period)
        return False

    def _check_date(self, number: int, text: str) -> str | None:
        """The day as YYYY-MM-DD, an empty text where none is given, None when it is no date."""
        day = _day(text)
        if day is None:
            self._fault(number, "date", "date.invalid", value=text)
        return day

    def _fault(self, number: int, column: str, code: str, **details: object) -> None:
        self._problems.add(code, file=self._file, row=number, column=column, **details)


@lru_cache(maxsize=1024)
def _day(text: str) -> str | None:
    if not text:
        return ""
    day = parse_day(text)
    return None if day is None else day.isoformat()

"""Whether a sheet's own sums (title, section figures, sub-totals, total) follow from its clauses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from zerentian.core.points import plain
from zerentian.evaluation.clauses import Clause
from zerentian.evaluation.sheets.sheet_reading import PrintedSum, SheetWords


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A printed sum and what the clauses really add up to."""

    row: int
    label: str
    printed: Decimal
    summed: Decimal

    def __str__(self) -> str:
        return (
            f"第{self.row}行“{self.label}”写的是{plain(self.printed)}分，"
            f"各评分项分值相加是{plain(self.summed)}分，相差{plain(abs(self.printed - self.summed))}分"
        )


def disagreements(sheet: SheetWords, clauses: Sequence[Clause]) -> list[Disagreement]:
    """The printed sums that don't agree, by row; `clauses` in the order of the sheet's content rows."""
    found = []
    begun = {"subtotal": 0, "total": 0}
    for printed in sorted(sheet.sums, key=lambda known: known.row):
        candidates = _candidates(printed, sheet, clauses, begun)
        if candidates and printed.figure not in candidates:
            found.append(Disagreement(printed.row, printed.label, printed.figure, candidates[0]))
        if printed.after >= 0 and printed.kind in begun:
            begun["subtotal"] = printed.after
            if printed.kind == "total":
                begun["total"] = printed.after
    return found


def _candidates(
    printed: PrintedSum, sheet: SheetWords, clauses: Sequence[Clause], begun: dict[str, int]
) -> list[Decimal]:
    """What the figure may rightly be, the likeliest first; nothing when it sums up no scored clause."""
    of_section = [c for row, c in zip(sheet.rows, clauses, strict=True) if row.section == printed.section]
    if printed.kind == "section":
        return _sums(of_section)
    if printed.kind == "subtotal":
        return _sums(clauses[begun["subtotal"] : printed.after], of_section)
    if printed.after < 0:
        return _sums(clauses)
    return _sums(clauses[: printed.after], clauses[begun["total"] : printed.after], clauses)


def _sums(*groups: Sequence[Clause]) -> list[Decimal]:
    scored = [[clause.marks for clause in group if clause.scored] for group in groups]
    return [sum(marks, Decimal(0)) for marks in scored if marks]

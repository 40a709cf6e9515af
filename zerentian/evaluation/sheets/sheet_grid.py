"""A score sheet as a grid of texts, whether it came as .xlsx (with merged cells) or as CSV."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

from zerentian.core.problems import problem
from zerentian.core.tables import detect_encoding
from zerentian.core.workbooks import Merge, cell_text, read_sheet


@dataclass(frozen=True, slots=True)
class Grid:
    """Texts by row and column, both counted from 0; `merges` finds the block a cell lies in."""

    texts: list[list[str]]
    merges: dict[tuple[int, int], Merge]
    from_csv: bool

    def own(self, row: int, column: int) -> str:
        """The text that stands in this very cell; nothing where a merged block covers it."""
        block = self.merges.get((row, column))
        if block and (row + 1, column + 1) != (block.first_row, block.first_column):
            return ""
        cells = self.texts[row]
        return cells[column].strip() if column < len(cells) else ""

    def filled(self, row: int, column: int) -> str:
        """The text that applies to this cell: a block's text holds for all its rows, in its first column."""
        return self.own(self.top(row, column), column)

    def top(self, row: int, column: int) -> int:
        """The row in which the text of this cell stands."""
        block = self.merges.get((row, column))
        return block.first_row - 1 if block and block.first_column == column + 1 else row

    def bottom(self, row: int, column: int) -> int:
        """The last row of the block that this cell lies in."""
        block = self.merges.get((row, column))
        return block.last_row - 1 if block else row

    def width(self, row: int) -> int:
        """How many columns the row has."""
        return len(self.texts[row])

    def filled_cells(self, row: int) -> list[tuple[int, str]]:
        """Column and text of the cells that hold something of their own."""
        found = ((column, self.own(row, column)) for column in range(self.width(row)))
        return [(column, text) for column, text in found if text]


def read_grid(path: Path) -> Grid:
    """Read the file. Raises `ProblemsFound` when it is no readable .xlsx or CSV."""
    if path.suffix.lower() in (".xlsx", ".xlsm"):
        sheet = read_sheet(path)
        texts = [[cell_text(cell) for cell in row] for row in sheet.rows]
        merges: dict[tuple[int, int], Merge] = {}
        for merge in sheet.merges:
            for row in range(merge.first_row - 1, min(merge.last_row, len(texts))):
                for column in range(merge.first_column - 1, min(merge.last_column, len(texts[row]))):
                    merges[row, column] = merge
        return Grid(texts, merges, from_csv=False)
    if path.suffix.lower() in (".csv", ".txt"):
        return Grid(_csv_rows(path), {}, from_csv=True)
    raise problem("file.unknown_type" if path.exists() else "file.not_found", file=path.name)


def _csv_rows(path: Path) -> list[list[str]]:
    rows: list[list[str]] = []
    with path.open(encoding=detect_encoding(path), newline="") as file:
        try:
            rows.extend(csv.reader(file))
        except csv.Error as error:
            raise problem("table.broken_row", file=path.name, row=len(rows) + 1, reason=str(error)) from error
    return rows

"""The cells of a published table: where its header is, and which rows lie below it."""

from __future__ import annotations

import csv
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from zerentian.core.points import parse_number
from zerentian.core.problems import problem
from zerentian.core.tables import detect_encoding
from zerentian.core.workbooks import cell_text, read_sheet

_HEADER_SEARCH = 20
_LONGEST_TITLE = 20
_TITLE = re.compile(
    r"名次|排名|排序|位次|排行|序号|编号|名称|村|居|单位|街道|镇|小区|社区|对象|物业|分|成绩|合计|总评|组|类|片区"
    r"|等级|等次|档|榜|评定|星级|备注|问题|^(rank|name|score|group|band|no\.?)$"
)

Line = tuple[int, list[str]]
"""The row that Excel shows, and its cells."""


@dataclass(frozen=True, slots=True)
class Grid:
    """Titles of the columns and the lines below the header."""

    titles: list[str]
    lines: list[Line]

    def column(self, position: int) -> list[str]:
        """The cells of a column that hold anything."""
        return [cells[position] for _, cells in self.lines if cells[position]]


def read_grid(path: Path) -> Grid:
    """Read CSV or .xlsx; merged blocks are filled, side-by-side halves are put below each other.

    Raises `ProblemsFound` for a file that can't be read or has no header.
    """
    rows = _rows(path)
    header, depth = _find_header(rows)
    if header is None:
        raise problem("bulletin.no_header", file=path.name)
    titles = _titles(rows, header, depth)
    lines = [(number, cells) for number, cells in enumerate(rows, 1) if number > header + depth]
    return _unfolded(Grid(titles, lines))


def key_of(text: str) -> str:
    """A title as it is compared: half width, without spaces."""
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", text)).lower()


def _rows(path: Path) -> list[list[str]]:
    suffix = path.suffix.lower()
    if suffix in (".xlsx", ".xlsm", ".xls"):
        sheet = read_sheet(path)
        rows = [[cell_text(cell) for cell in row] for row in sheet.rows]
        for merge in sheet.merges:
            for row in range(merge.first_row - 1, min(merge.last_row, len(rows))):
                for column in range(merge.first_column - 1, min(merge.last_column, len(rows[row]))):
                    rows[row][column] = rows[merge.first_row - 1][merge.first_column - 1]
    elif suffix in (".csv", ".txt") or not path.exists():
        with path.open(encoding=detect_encoding(path), newline="") as file:
            rows = list(csv.reader(file))
    else:
        raise problem("file.unknown_type", file=path.name)
    width = max((len(row) for row in rows), default=0)
    return [[" ".join(cell.split()) for cell in row] + [""] * (width - len(row)) for row in rows]


def _is_title(text: str) -> bool:
    key = key_of(text)
    return bool(_TITLE.search(key)) and parse_number(key) is None and len(key) <= _LONGEST_TITLE


def _find_header(rows: list[list[str]]) -> tuple[int | None, int]:
    """The header's position and how many rows it spans."""
    best, found = 1, None
    for number, row in enumerate(rows[:_HEADER_SEARCH]):
        known = sum(_is_title(title) for title in dict.fromkeys(row) if title)
        if known > best:
            best, found = known, number
    if found is None:
        return None, 1
    top = rows[found]
    below = rows[found + 1] if found + 1 < len(rows) else []
    words_only = any(below) and all(parse_number(key_of(cell)) is None for cell in below)
    refines = any(low and low != high for high, low in zip(top, below, strict=False))
    has_room = "" in top or len(set(filter(None, top))) < len(list(filter(None, top)))
    return found, 2 if words_only and refines and has_room and any(_is_title(cell) for cell in below) else 1


def _titles(rows: list[list[str]], header: int, depth: int) -> list[str]:
    """One title for each column; a second header row refines the first."""
    if depth == 1:
        return rows[header]
    both = zip(rows[header], rows[header + 1], strict=True)
    return [low if low and low != high else high for high, low in both]


def _unfolded(grid: Grid) -> Grid:
    """A table printed in two or three halves side by side, as one."""
    used = [position for position, title in enumerate(grid.titles) if title or grid.column(position)]
    keys = [key_of(grid.titles[position]) for position in used]
    for width in range(2, len(keys) // 2 + 1):
        if all(keys) and len(keys) % width == 0 and keys == keys[:width] * (len(keys) // width):
            lines = [
                (number, [cells[position] for position in used[start : start + width]])
                for start in range(0, len(used), width)
                for number, cells in grid.lines
            ]
            return Grid([grid.titles[position] for position in used[:width]], lines)
    return grid

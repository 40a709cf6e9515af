"""Lists of problems as they come: Excel, CSV or a table in Word, with title rows and merged cells."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from zerentian.core.problems import problem
from zerentian.core.table_writing import restored
from zerentian.core.tables import detect_encoding
from zerentian.core.word_tables import read_word_tables
from zerentian.core.workbooks import cell_text, column_letters, filled_sheets, read_sheet
from zerentian.tickets.intake_rules import headings_in

MOST_ROWS = 10_000
_HEADER_WITHIN = 10
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class ListRow:
    """A row as people see it: in which file (or table of one), under which number, what stands where."""

    file: str
    number: int
    texts: dict[str, str]
    errors: tuple[str, ...] = ()


@dataclass(slots=True)
class ListFile:
    """A list's headings, its rows, and what of the file was not read."""

    header: list[str]
    rows: list[ListRow] = field(default_factory=list)
    left_out: str = ""


def read_list(path: Path) -> ListFile:
    """Read a list of problems. Raises `ProblemsFound` for a file that is none.

    The header is the row of the first ten that has the most usual headings. A merged cell says its text in
    each row that it covers.
    """
    found = _READERS.get(path.suffix, _read_csv)(path)
    if not found.rows:
        raise problem("intake.no_rows", file=path.name)
    return found


def _read_workbook(path: Path) -> ListFile:
    sheet = read_sheet(path)
    rows = [[cell_text(cell) for cell in row] for row in sheet.rows]
    for merge in sheet.merges:
        text = rows[merge.first_row - 1][merge.first_column - 1]
        for row in rows[merge.first_row - 1 : merge.last_row]:
            row[merge.first_column - 1 : merge.last_column] = [text] * len(
                row[merge.first_column - 1 : merge.last_column]
            )
    found = _listed(path.name, rows, set(sheet.errors))
    others = filled_sheets(path)[1:]
    if others:
        found.left_out = f"只读了第一张有内容的工作表；还有 {'、'.join(others)}，请另存后分别上传"
    return found


def _read_csv(path: Path) -> ListFile:
    encoding = detect_encoding(path)
    rows = []
    with path.open(encoding=encoding, newline="") as file:
        try:
            for row in csv.reader(file, strict=True):
                rows.append([restored(cell) for cell in row])
                if len(rows) > MOST_ROWS + _HEADER_WITHIN:
                    break
        except csv.Error as error:
            raise problem("table.broken_row", file=path.name, row=len(rows) + 1, reason=str(error)) from error
    return _listed(path.name, rows)


def _read_document(path: Path) -> ListFile:
    tables = read_word_tables(path)
    if not tables:
        raise problem("intake.no_table", file=path.name)
    main = max(tables, key=lambda rows: headings_in(rows[_header_row(rows)]) if rows else 0)
    name = path.name if len(tables) == 1 else f"{path.name}（第 {tables.index(main) + 1} 张表）"
    found = _listed(name, main)
    left = 0
    for number, rows in enumerate(tables, 1):
        if rows is main or not rows:
            continue
        if _heads(rows) == found.header:
            found.rows += _listed(f"{path.name}（第 {number} 张表）", rows).rows
        else:
            left += 1
    if left:
        found.left_out = f"文档中还有 {left} 张列名不同的表没有读"
    return found


_READERS = {".xlsx": _read_workbook, ".docx": _read_document}


def _listed(name: str, rows: Sequence[list[str]], errors: set[str] | None = None) -> ListFile:
    start = _header_row(rows) if rows else 0
    if not rows or sum(bool(cell.strip()) for cell in rows[start]) < 2:
        raise problem("intake.no_header", file=name)
    if len(rows) - start - 1 > MOST_ROWS:
        raise problem("intake.too_many_rows", file=name, limit=MOST_ROWS)
    header = _each_once(rows[start])
    found = ListFile(_heads(rows))
    for number, row in enumerate(rows[start + 1 :], start + 2):
        if control := _CONTROL.search("".join(row)):
            raise problem(
                "file.control_character", file=name, row=number, character=f"U+{ord(control[0]):04X}"
            )
        if not any(cell.strip() for cell in row):
            continue
        texts = {head: cell.strip() for head, cell in zip(header, row, strict=False) if head}
        wrong = tuple(
            head
            for place, head in enumerate(header, 1)
            if errors and f"{column_letters(place)}{number}" in errors
        )
        found.rows.append(ListRow(name, number, texts, wrong))
    return found


def _header_row(rows: Sequence[list[str]]) -> int:
    counts = [headings_in(row) for row in rows[:_HEADER_WITHIN]]
    if max(counts, default=0):
        return counts.index(max(counts))
    return next((n for n, row in enumerate(rows[:_HEADER_WITHIN]) if sum(map(bool, row)) > 1), 0)


def _heads(rows: Sequence[list[str]]) -> list[str]:
    return [one for one in _each_once(rows[_header_row(rows)]) if one]


def _each_once(cells: list[str]) -> list[str]:
    """Headings by which a column is found: one that comes again is told apart by a number."""
    seen: dict[str, int] = {}
    named = []
    for one in (" ".join(cell.split()) for cell in cells):
        seen[one] = seen.get(one, 0) + 1
        named.append(one if not one or seen[one] == 1 else f"{one}（{seen[one]}）")
    return named

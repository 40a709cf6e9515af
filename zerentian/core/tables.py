"""Tables that people hand in: CSV (UTF-8 with or without BOM, GBK) and .xlsx, as rows of text."""

from __future__ import annotations

import csv
import datetime
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from operator import itemgetter
from pathlib import Path

from zerentian.core.problems import ProblemList, problem
from zerentian.core.table_writing import restored
from zerentian.core.workbooks import Cell, cell_text, read_sheet

_CHUNK = 1 << 20
_TITLE_ROWS = 5
_CONTROL = bytes(code for code in range(32) if code not in (9, 10, 13))
_CONTROL_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")


@dataclass(slots=True)
class Table:
    """A header and the rows below it. Row numbers are those Excel shows: the header is row 1."""

    path: Path
    header: list[str]
    _encoding: str
    _cells: list[list[Cell]] | None

    @property
    def file(self) -> str:
        """The file's name as messages show it."""
        return self.path.name

    def rows(self, columns: Sequence[str], problems: ProblemList) -> Iterator[tuple[int, tuple[str, ...]]]:
        """Yield (row number, the texts of `columns`); a column the table lacks reads as empty text.

        Blank rows are passed over. Cells beyond the header are a problem.
        """
        positions = [self.header.index(name) if name in self.header else -1 for name in columns]
        pick = _picker(positions)
        width = len(self.header)
        number = 1
        with self._below_header() as source:
            try:
                for number, row in enumerate(source, 2):
                    if len(row) != width:
                        if any(cell.strip() for cell in row[width:]):
                            problems.add("table.too_many_cells", file=self.file, row=number, width=width)
                        row = (row + [""] * width)[:width]
                    if not row[0] and not any(row):
                        continue
                    row.append("")
                    yield number, pick(row)
            except csv.Error as error:
                raise problem(
                    "table.broken_row", file=self.file, row=number + 1, reason=str(error)
                ) from error

    @contextmanager
    def _below_header(self) -> Iterator[Iterator[list[str]]]:
        if self._cells is not None:
            months = [position for position, name in enumerate(self.header) if name == "period"]
            yield _workbook_rows(self.file, self._cells, months)
            return
        with self.path.open(encoding=self._encoding, newline="") as file:
            reader = csv.reader(file, strict=True)
            next(reader)
            quoted = any(b"'" in chunk for chunk in _chunks(self.path))
            yield ([restored(cell) for cell in row] for row in reader) if quoted else reader


def open_table(path: Path, required: Sequence[str], problems: ProblemList) -> Table | None:
    """Open a table and check its header.

    Header faults (missing or repeated columns) go to `problems` and give None; a file that can't be read
    at all raises `ProblemsFound`.
    """
    if path.suffix.lower() in (".xlsx", ".xlsm", ".xls"):
        table = _open_workbook(path, problems)
    elif path.suffix.lower() in (".csv", ".txt"):
        table = _open_csv(path)
    elif path.exists():
        raise problem("file.unknown_type", file=path.name)
    else:
        raise problem("file.not_found", file=path.name)
    return table if _header_is_sound(table, required, problems) else None


def detect_encoding(path: Path) -> str:
    """`utf-8-sig`, or `gb18030` (a superset of GBK), judged over the whole file.

    Raises `ProblemsFound` when neither fits, when the file is empty, or holds control characters.
    """
    try:
        with path.open("rb") as file:
            start = file.read(4)
            if not start:
                raise problem("file.empty", file=path.name)
            if start.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
                raise problem("file.disguised_workbook", file=path.name)
        _refuse_control_characters(path)
        line = _first_undecodable_line(path, "utf-8")
        if line is None:
            return "utf-8-sig"
        if _first_undecodable_line(path, "gb18030") is None:
            return "gb18030"
    except FileNotFoundError as error:
        raise problem("file.not_found", file=path.name) from error
    except OSError as error:
        raise problem("file.not_readable", file=path.name, reason=error.strerror or str(error)) from error
    raise problem("file.encoding", file=path.name, line=line)


def _open_csv(path: Path) -> Table:
    encoding = detect_encoding(path)
    with path.open(encoding=encoding, newline="") as file:
        try:
            header = next(csv.reader(file, strict=True), [])
        except csv.Error as error:
            raise problem("table.broken_row", file=path.name, row=1, reason=str(error)) from error
    return Table(path, _clean_header(header), encoding, None)


def _open_workbook(path: Path, problems: ProblemList) -> Table:
    sheet = read_sheet(path)
    for merge in sheet.merges:
        problems.add("table.merged_cells", file=path.name, row=merge.first_row, area=merge)
    for cell in sheet.errors:
        row = int(cell.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
        problems.add("table.error_cell", file=path.name, row=row, cell=cell)
    header = _clean_header([cell_text(cell) for cell in sheet.rows[0]])
    while header and not header[-1]:
        header.pop()
    return Table(path, header, "", sheet.rows)


def _clean_header(cells: list[str]) -> list[str]:
    return [" ".join(cell.split()) for cell in cells]


def _header_is_sound(table: Table, required: Sequence[str], problems: ProblemList) -> bool:
    before = problems.count
    if not any(table.header):
        raise problem("file.empty", file=table.file)
    missing = [name for name in required if name not in table.header]
    if missing:
        below = islice(table.rows(table.header, ProblemList()), _TITLE_ROWS)
        header_row = next((n for n, row in below if set(required) <= {cell.strip() for cell in row}), None)
        if header_row is not None:
            problems.add("table.header_not_first", file=table.file, row=header_row)
        else:
            problems.add(
                "table.missing_columns",
                file=table.file,
                row=1,
                missing="、".join(missing),
                found="、".join(name for name in table.header if name),
            )
    for name in dict.fromkeys(name for name in table.header if name and table.header.count(name) > 1):
        problems.add("table.repeated_column", file=table.file, row=1, column=name)
    return problems.count == before


def _workbook_rows(file: str, rows: list[list[Cell]], months: list[int]) -> Iterator[list[str]]:
    """Rows below the header; a date cell in a month column is the month Excel made a date of."""
    for number, cells in enumerate(rows[1:], 2):
        texts = [cell_text(cell) for cell in cells]
        if found := _CONTROL_TEXT.search("".join(texts)):
            character = f"U+{ord(found[0]):04X}"
            raise problem("file.control_character", file=file, row=number, character=character)
        for position in months:
            cell = cells[position] if position < len(cells) else ""
            if isinstance(cell, datetime.date) and cell.day == 1:
                texts[position] = f"{cell.year:04d}-{cell.month:02d}"
        while texts and not texts[-1]:
            texts.pop()
        yield texts


def _picker(positions: list[int]) -> Callable[[list[str]], tuple[str, ...]]:
    if len(positions) == 1:
        return lambda row: (row[positions[0]],)
    return itemgetter(*positions)


def _chunks(path: Path) -> Iterator[bytes]:
    """The file in large pieces that end with a line."""
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            yield chunk + file.readline()


def _refuse_control_characters(path: Path) -> None:
    line = 1
    for chunk in _chunks(path):
        if len(chunk.translate(None, _CONTROL)) != len(chunk):
            position = next(i for i, byte in enumerate(chunk) if byte in _CONTROL)
            line += chunk.count(b"\n", 0, position)
            character = f"U+{chunk[position]:04X}"
            raise problem("file.control_character", file=path.name, row=line, character=character)
        line += chunk.count(b"\n")


def _first_undecodable_line(path: Path, encoding: str) -> int | None:
    """The line of the first byte that `encoding` does not know, or None when it knows all."""
    line = 1
    for chunk in _chunks(path):
        try:
            chunk.decode(encoding)
        except UnicodeDecodeError as error:
            return line + chunk.count(b"\n", 0, error.start)
        line += chunk.count(b"\n")
    return None

"""Opening .xlsx safely and reading its cells as exact text (python-calamine behind one door)."""

from __future__ import annotations

import datetime
import re
import zipfile
import zlib
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import python_calamine

from zerentian.core.problems import problem

_OLE2 = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_LARGEST_UNPACKED = 1024 * 1024 * 1024
_ALWAYS_ACCEPTED = 20 * 1024 * 1024
_HIGHEST_RATIO = 60
_MOST_ENTRIES = 2_000
_BOOK, _RELATIONS, _STYLES = "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/styles.xml"

Cell = int | float | str | bool | datetime.time | datetime.date | datetime.datetime | datetime.timedelta


@dataclass(frozen=True, slots=True)
class Merge:
    """A merged block, rows and columns counted from 1, both ends included."""

    first_row: int
    first_column: int
    last_row: int
    last_column: int

    def __str__(self) -> str:
        first = f"{column_letters(self.first_column)}{self.first_row}"
        return f"{first}:{column_letters(self.last_column)}{self.last_row}"


@dataclass(frozen=True, slots=True)
class Sheet:
    """The first non-empty sheet of a workbook: rows of cells from A1 on, and its merged blocks.

    `errors` names the cells whose formula failed (#N/A, #REF!): they read as empty in `rows`.
    """

    rows: list[list[Cell]]
    merges: list[Merge]
    errors: list[str]


def read_sheet(path: Path) -> Sheet:
    """Read the first non-empty sheet.

    Raises `ProblemsFound` for a file that is no workbook, is protected by a password, or unpacks to an
    unreasonable size; the size is judged before anything is unpacked.
    """
    name = path.name
    _refuse_unsafe(path)
    try:
        workbook = python_calamine.CalamineWorkbook.from_path(str(path))
        for position, sheet_name in enumerate(workbook.sheet_names):
            sheet = workbook.get_sheet_by_name(sheet_name)
            rows = sheet.to_python(skip_empty_area=False)
            if any(cell != "" for row in rows for cell in row):
                merges = [
                    Merge(first[0] + 1, first[1] + 1, last[0] + 1, last[1] + 1)
                    for first, last in sheet.merged_cell_ranges or []
                ]
                marks = _marks(path, position)
                for reference in marks.percentages:
                    _show_percentage(rows, reference)
                return Sheet(rows, merges, marks.errors)
    except (python_calamine.CalamineError, ValueError, OSError, zipfile.BadZipFile) as error:
        raise problem("file.not_a_workbook", file=name, reason=str(error)) from error
    raise problem("file.empty", file=name)


def filled_sheets(path: Path) -> list[str]:
    """The names of the sheets of a sound workbook that hold anything."""
    workbook = python_calamine.CalamineWorkbook.from_path(str(path))
    return [name for name in workbook.sheet_names if workbook.get_sheet_by_name(name).to_python()]


def _show_percentage(rows: list[list[Cell]], reference: str) -> None:
    """A figure shown as a percentage becomes the text that is seen: 0.899 is 89.9%."""
    letters = reference.rstrip("0123456789")
    row, column = int(reference[len(letters) :]) - 1, _column_number(letters) - 1
    if row < len(rows) and column < len(rows[row]):
        cell = rows[row][column]
        if isinstance(cell, int | float) and not isinstance(cell, bool):
            rows[row][column] = f"{cell_text(float(Decimal(f'{cell:.15g}') * 100))}%"


def cell_text(cell: Cell) -> str:
    """A cell as the text a person sees: 88.1 stays 88.1, 3.0 is 3, a date is YYYY-MM-DD."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, int):
        return str(cell)
    if isinstance(cell, float):
        # Excel keeps 15 significant digits; what lies beyond is an artefact of binary storage.
        exact = Decimal(f"{cell:.15g}")
        text = f"{exact:f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    if isinstance(cell, datetime.datetime):
        if cell.time() == datetime.time():
            return cell.date().isoformat()
        return cell.isoformat(sep=" ", timespec="seconds")
    if isinstance(cell, datetime.date):
        return cell.isoformat()
    return str(cell)


def column_letters(number: int) -> str:
    """Column 1 is A, 27 is AA."""
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def _column_number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = 26 * number + ord(letter) - ord("A") + 1
    return number


def _refuse_unsafe(path: Path) -> None:
    name = path.name
    try:
        with path.open("rb") as file:
            start = file.read(8)
            if start == _OLE2:
                protected = _ENCRYPTED in start + file.read(4 * 1024 * 1024)
                raise problem("file.password" if protected else "file.old_excel", file=name)
        if not start:
            raise problem("file.empty", file=name)
        with zipfile.ZipFile(path) as archive:
            if len(archive.infolist()) > _MOST_ENTRIES:
                reason = f"压缩包内有 {len(archive.infolist())} 个文件"
                raise problem("file.not_a_workbook", file=name, reason=reason)
            unpacked = sum(entry.file_size for entry in archive.infolist())
            ratio = unpacked // max(1, path.stat().st_size)
            if unpacked > _LARGEST_UNPACKED:
                raise problem("file.too_large", file=name, size=_mib(unpacked), limit=_mib(_LARGEST_UNPACKED))
            if unpacked > _ALWAYS_ACCEPTED and ratio > _HIGHEST_RATIO:
                raise problem("file.suspicious_compression", file=name, ratio=ratio)
            lying = archive.testzip()  # reads no more than what each entry declares
            if lying is not None:
                raise problem("file.not_a_workbook", file=name, reason=f"压缩包内 {lying} 损坏")
    except FileNotFoundError as error:
        raise problem("file.not_found", file=name) from error
    except zipfile.BadZipFile as error:
        raise problem("file.not_a_workbook", file=name, reason="不是压缩包格式") from error
    except (zlib.error, EOFError, RuntimeError) as error:  # RuntimeError: an entry is encrypted
        raise problem("file.not_a_workbook", file=name, reason=str(error)) from error
    except OSError as error:
        raise problem("file.not_readable", file=name, reason=error.strerror or str(error)) from error


@dataclass(frozen=True, slots=True)
class _Marks:
    """What python-calamine does not tell of a sheet: failed cells, and cells shown as percentages."""

    errors: list[str]
    percentages: set[str]


def _marks(path: Path, position: int) -> _Marks:
    """The marks of the sheet at `position` in the workbook's order."""
    with zipfile.ZipFile(path) as archive:
        names = set(archive.namelist())
        name = _sheet_file(archive, position) if {_BOOK, _RELATIONS} <= names else ""
        if name not in names:
            return _Marks([], set())
        percent_styles = _percent_styles(archive.read(_STYLES)) if _STYLES in names else set()
        text = archive.read(name)
    errors = [_reference(cell) for cell in re.findall(rb'<c\b[^>]*\bt="e"[^>]*>', text)]
    if not percent_styles:
        return _Marks(errors, set())
    styles = b"|".join(sorted(percent_styles))
    percentages = re.findall(rb'<c\b[^>]*\bs="(?:' + styles + rb')"[^>]*>', text)
    return _Marks(errors, {_reference(cell) for cell in percentages})


def _reference(cell: bytes) -> str:
    found = re.search(rb'\br="([A-Z]+[0-9]+)"', cell)
    return found.group(1).decode() if found else ""


def _sheet_file(archive: zipfile.ZipFile, position: int) -> str:
    order = re.findall(rb'<sheet\b[^>]*\br:id="([^"]+)"', archive.read(_BOOK))
    targets = {}
    for relation in re.findall(rb"<Relationship\b[^>]*>", archive.read(_RELATIONS)):
        named = dict(re.findall(rb'\b(Id|Target)="([^"]+)"', relation))
        targets[named.get(b"Id")] = named.get(b"Target", b"").decode().lstrip("/").removeprefix("xl/")
    return f"xl/{targets.get(order[position], '')}" if position < len(order) else ""


def _percent_styles(styles: bytes) -> set[bytes]:
    """The cell styles whose number format ends in %, as cells name them."""
    own = re.findall(rb'<numFmt\b[^>]*\bnumFmtId="(\d+)"[^>]*\bformatCode="([^"]*%[^"]*)"', styles)
    formats = {b"9", b"10", *(number for number, _ in own)}
    table = re.search(rb"<cellXfs\b.*?</cellXfs>", styles, re.DOTALL)
    cells = re.findall(rb"<xf\b[^>]*>", table.group(0)) if table else []
    found = (re.search(rb'\bnumFmtId="(\d+)"', cell) for cell in cells)
    return {str(i).encode() for i, number in enumerate(found) if number and number.group(1) in formats}


def _mib(size: int) -> str:
    return f"{size // (1024 * 1024)} MB"

"""Writing tables as CSV, Excel or JSON, so that no cell ever becomes a formula."""

from __future__ import annotations

import csv
import datetime
import io
import json
import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import IO, Literal

import xlsxwriter
from xlsxwriter.exceptions import FileCreateError

from zerentian.core.points import parse_number

TableFormat = Literal["csv", "xlsx", "json"]
Value = str | int | Decimal | None

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
_LONGEST_CELL = 32_767
_CUT_OFF = "……（此处超出表格单元格的长度，全文请在系统中查看）"
_NO_TIME = datetime.datetime(2000, 1, 1, tzinfo=datetime.UTC)
"""When every workbook was made: the same input gives the same bytes."""
_WIDEST_COLUMN = 60
_SHEET_NAME = re.compile(r"[/\\\[\]:*?']")


def write_table(
    folder: Path, name: str, columns: Sequence[str], rows: Iterable[Sequence[Value]], kind: TableFormat
) -> Path:
    """Write `name`.`kind` into `folder`.

    Decimals keep their written places (88.10): as text in CSV and JSON, as numbers shown with those places
    in Excel. None is an empty cell (null in JSON).
    """
    path = folder / f"{name}.{kind}"
    try:
        {"csv": _write_csv, "xlsx": _write_xlsx, "json": _write_json}[kind](path, columns, rows)
    except FileCreateError as error:  # xlsxwriter's wrapping of a full disk
        raise OSError(str(error)) from error
    return path


def neutralised(text: str) -> str:
    """Text that a spreadsheet won't run: what begins like a formula and is no number gets a leading '."""
    if text.startswith(_FORMULA_STARTS) and parse_number(text) is None:
        return f"'{text}"
    return text


def restored(text: str) -> str:
    """What `neutralised` was given: a table that was exported reads back as it was."""
    return text[1:] if text[:1] == "'" and neutralised(text[1:]) == text else text


def _write_csv(path: Path, columns: Sequence[str], rows: Iterable[Sequence[Value]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([neutralised(column) for column in columns])
        writer.writerows(
            [neutralised(value) if isinstance(value, str) else value for value in row] for row in rows
        )


def _write_json(path: Path, columns: Sequence[str], rows: Iterable[Sequence[Value]]) -> None:
    with path.open("w", encoding="utf-8") as file:
        separator = "[\n"
        for row in rows:
            record = dict(zip(columns, row, strict=True))
            file.write(separator + json.dumps(record, ensure_ascii=False, default=str))
            separator = ",\n"
        file.write("\n]\n" if separator == ",\n" else "[]\n")


def _write_xlsx(path: Path, columns: Sequence[str], rows: Iterable[Sequence[Value]]) -> None:
    path.write_bytes(workbook_bytes(path.stem, columns, rows))


def workbook_bytes(title: str, columns: Sequence[str], rows: Iterable[Sequence[Value]]) -> bytes:
    """A workbook of one sheet. Text stays text, Decimals are numbers shown with their places."""
    packed = io.BytesIO()  # a zip file cut off by a full disk would complain once more when collected
    write_workbook_rows(packed, title, columns, rows)
    return packed.getvalue()


def write_workbook_rows(
    file: IO[bytes], title: str, columns: Sequence[str], rows: Iterable[Sequence[Value]]
) -> None:
    """The same into an open file, row by row: memory stays the same however many rows there are."""
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(file, options) as workbook:
        workbook.set_properties({"created": _NO_TIME})
        sheet = workbook.add_worksheet(_SHEET_NAME.sub("-", title)[:31])
        head = workbook.add_format({"bold": True, "bg_color": "#E7EEF7", "border": 1})
        figures = {places: workbook.add_format({"num_format": _number_format(places)}) for places in range(7)}
        sheet.freeze_panes(1, 0)
        for position, column in enumerate(columns):
            sheet.set_column(position, position, min(_WIDEST_COLUMN, max(10, 2 * len(column))))
        sheet.write_row(0, 0, columns, head)
        for number, row in enumerate(rows, 1):
            for position, value in enumerate(row):
                if isinstance(value, Decimal):
                    places = max(0, -int(value.as_tuple().exponent))
                    sheet.write_number(number, position, float(value), figures[min(places, 6)])
                elif isinstance(value, int):
                    sheet.write_number(number, position, value)
                elif value:
                    sheet.write_string(number, position, _fitting(value))


def _fitting(text: str) -> str:
    """A text that a cell of Excel holds; one that is cut says so. Excel counts in UTF-16."""
    if len(text) * 2 <= _LONGEST_CELL or len(text.encode("utf-16-le")) // 2 <= _LONGEST_CELL:
        return text
    room = (_LONGEST_CELL - len(_CUT_OFF)) * 2
    return text.encode("utf-16-le")[:room].decode("utf-16-le", "ignore") + _CUT_OFF


def _number_format(places: int) -> str:
    return "0." + "0" * places if places else "0"

"""The bulletin as an Excel workbook: the same texts and tables, and every site and deduction behind them."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import xlsxwriter
from xlsxwriter.exceptions import FileCreateError

from zerentian.core.points import plain, publish
from zerentian.core.table_writing import Value
from zerentian.documents.bulletin import Bulletin
from zerentian.documents.content import TextTable, cell_text, printable, text_width
from zerentian.documents.notice import beyond_deductions
from zerentian.evaluation.results import PeriodResult
from zerentian.evaluation.sites import Site
from zerentian.evaluation.standard import kind_name

ROWS_OF_A_SHEET = 1_000_000
_NO_TIME = datetime.datetime(1980, 1, 1, tzinfo=datetime.UTC).replace(tzinfo=None)
_LONGEST_CELL = 32_767
_WIDEST, _WIDEST_OF_ALL = 48, 80
_LINE, _HIGHEST = 15, 400
_ROWS_MEASURED = 1000
_A4 = 9


def write_workbook(bulletin: Bulletin, result: PeriodResult, out: Path) -> None:
    """Write the bulletin's sheets; text never becomes a formula, a number or a link."""
    try:
        _write(bulletin, result, out)
    except FileCreateError as error:  # xlsxwriter's wrapping of a full disk
        raise OSError(str(error)) from error


def _write(bulletin: Bulletin, result: PeriodResult, out: Path) -> None:
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(str(out), options) as workbook:
        title = printable(bulletin.title.replace("\n", ""))
        workbook.set_properties({"title": title[:255], "created": _NO_TIME})
        sheets = _Sheets(workbook)
        sheets.texts("通报摘要", [title, *bulletin.summary, *bulletin.list_words, *bulletin.method])
        sheets.table("排名", joined("组别", bulletin.rankings.tables))
        sheets.table("名单", joined("名单", bulletin.lists.tables))
        sheets.table("约谈", bulletin.interviews)
        sheets.table("主要问题", bulletin.problems)
        sheets.table("未参加排名", joined("组别", bulletin.not_ranked.tables))
        sheets.table("点位得分", _sites(result))
        sheets.table("扣分明细", _deductions(result))


def joined(column: str, tables: Sequence[TextTable]) -> TextTable:
    """Tables of the same columns as one that can be filtered, each row saying whose it is."""
    if not tables or not any(table.title for table in tables):
        return tables[0] if tables else TextTable("", ["（无）"], [])
    first = tables[0]
    rows = [[table.title, *row] for table in tables for row in table.rows]
    return TextTable("", [column, *first.columns], rows, first.wide + 1 if first.wide >= 0 else -1)


def _sites(result: PeriodResult) -> TextTable:
    names = _subject_names(result)
    rows = [
        [
            *_site_cells(score.site, names),
            score.score,
            Decimal(plain(score.standard.full_marks)),
            "不计分" if score.score is None else "达标" if score.passed else "不达标",
            "；".join(clause.text for clause in score.vetoes),
            "；".join(dict.fromkeys(visit.date for visit in score.counted if visit.date)),
            score.standard.label,
        ]
        for score in result.sites
    ]
    rows += [[*_site_cells(site, names), None, None, "未检查", "", "", ""] for site in result.unseen]
    columns = ["对象编号", "对象", "点位编号", "点位", "类型"]
    columns += ["得分", "满分", "是否达标", "一票否决", "检查日期", "评分标准"]
    return TextTable("", columns, rows)


def _deductions(result: PeriodResult) -> TextTable:
    """Every point lost, to four places; vetoes and what stands outside full marks as in the notices."""
    names = _subject_names(result)
    rows: list[list[Value]] = []
    for score in result.sites:
        site = [*_site_cells(score.site, names), "；".join(dict.fromkeys(v.date for v in score.counted))]
        rows += [[*site, loss.clause.text, loss.words, _exact(loss.points)] for loss in score.deductions]
        rows += [[*site, loss.text, loss.observed, loss.points] for loss in beyond_deductions(score)]
    columns = ["对象编号", "对象", "点位编号", "点位", "类型", "检查日期", "检查内容", "检查情况", "扣分"]
    return TextTable("", columns, rows, wide=6)


def _exact(points: Fraction) -> Decimal:
    """As exact as four decimals say it, without trailing zeros."""
    return Decimal(plain(publish(points, 4)))


def _site_cells(site: Site, names: dict[str, str]) -> list[Value]:
    return [site.subject, names.get(site.subject, ""), site.id, site.name, kind_name(site.kind)]


def _subject_names(result: PeriodResult) -> dict[str, str]:
    subjects = [row.subject for row in result.ranked] + [row.subject for row in result.not_ranked]
    return {subject.id: subject.name for subject in subjects}


class _Sheets:
    """Writes sheets of one look; formats are made once."""

    def __init__(self, workbook: Any) -> None:
        self._workbook = workbook
        self._title = workbook.add_format({"bold": True, "font_size": 14, "valign": "vcenter"})
        self._paragraph = workbook.add_format({"text_wrap": True, "valign": "top"})
        shared = {"border": 1, "valign": "vcenter"}
        self._head = workbook.add_format(
            shared | {"bold": True, "bg_color": "#E7EEF7", "text_wrap": True, "align": "center"}
        )
        self._text = workbook.add_format(shared | {"text_wrap": True})
        shown = {places: "0." + "0" * places if places else "0" for places in range(7)}
        self._numbers = {
            places: workbook.add_format(shared | {"num_format": look}) for places, look in shown.items()
        }

    def texts(self, name: str, lines: Sequence[str]) -> None:
        """A sheet of paragraphs, the first one its title."""
        sheet = self._sheet(name)
        sheet.set_column(0, 0, 100)
        for row, line in enumerate(lines):
            sheet.set_row(row, 24 if row == 0 else 16 * (1 + text_width(line) // 96))
            sheet.write_string(row, 0, _cut(line), self._paragraph if row else self._title)

    def table(self, name: str, table: TextTable) -> None:
        """A sheet with one table, or more sheets when Excel has not enough rows."""
        for number, start in enumerate(range(0, max(1, len(table.rows)), ROWS_OF_A_SHEET), 1):
            part = replace(table, rows=table.rows[start : start + ROWS_OF_A_SHEET])
            self._table(name if number == 1 else f"{name}{number}", part)

    def _table(self, name: str, table: TextTable) -> None:
        """A sheet whose head stays in sight, repeats on paper and can be filtered."""
        sheet = self._sheet(name)
        sheet.freeze_panes(1, 0)
        sheet.repeat_rows(0)
        sheet.autofilter(0, 0, len(table.rows), len(table.columns) - 1)
        widths = _widths(table)
        for position, width in enumerate(widths):
            sheet.set_column(position, position, width)
        for position, column in enumerate(table.columns):
            sheet.write_string(0, position, _cut(column), self._head)
        for number, cells in enumerate(table.rows, 1):
            lines = _lines(cells, widths)
            if lines > 1:
                sheet.set_row(number, min(_HIGHEST, lines * _LINE))
            for position, value in enumerate(cells):
                self._cell(sheet, number, position, value)

    def _sheet(self, name: str) -> Any:
        sheet = self._workbook.add_worksheet(name)
        sheet.set_landscape()
        sheet.set_paper(_A4)
        sheet.fit_to_pages(1, 0)
        return sheet

    def _cell(self, sheet: Any, row: int, column: int, value: Value) -> None:
        if isinstance(value, str):
            sheet.write_string(row, column, _cut(value), self._text)
        elif value is None:
            sheet.write_blank(row, column, None, self._text)
        else:
            places = max(0, -int(value.as_tuple().exponent)) if isinstance(value, Decimal) else 0
            sheet.write_number(row, column, float(value), self._numbers[min(places, 6)])


def _lines(cells: Sequence[Value], widths: Sequence[int]) -> int:
    """How many lines the row's longest text takes."""
    return max(
        -(-text_width(value) // (width - 2)) if isinstance(value, str) and 2 * len(value) > width else 1
        for value, width in zip(cells, widths, strict=True)
    )


def _cut(text: str) -> str:
    """What a cell may hold."""
    cleaned: str = printable(text)
    return cleaned[:_LONGEST_CELL]


def _widths(table: TextTable) -> list[int]:
    """Column widths in characters that fit most texts; the rest wraps."""
    widths = []
    for position, column in enumerate(table.columns):
        limit = _WIDEST_OF_ALL if position == table.wide else _WIDEST
        seen = table.rows[:_ROWS_MEASURED]
        longest = max((text_width(cell_text(row[position])) for row in seen), default=0)
        widths.append(3 + max(text_width(column), min(limit, longest)))
    return widths

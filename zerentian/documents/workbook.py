"""The bulletin as an Excel workbook: the same texts and tables, and every site's deductions."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import xlsxwriter

from zerentian.core.points import parse_number, plain
from zerentian.documents.bulletin import Bulletin, TextTable
from zerentian.evaluation.results import PeriodResult
from zerentian.evaluation.standard import kind_name

_NO_TIME = datetime.datetime(1980, 1, 1, tzinfo=datetime.UTC).replace(tzinfo=None)
_LONGEST_CELL = 32_767


def write_workbook(bulletin: Bulletin, result: PeriodResult, out: Path) -> None:
    """Write the bulletin's sheets; text never becomes a formula."""
    options = {"strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(str(out), options) as workbook:
        workbook.set_properties({"title": bulletin.title, "created": _NO_TIME})
        writer = _Writer(workbook)
        writer.texts("通报摘要", [bulletin.title, *bulletin.summary, *bulletin.method])
        writer.tables("排名", bulletin.rankings)
        writer.tables("名单", bulletin.lists)
        writer.tables("约谈", [bulletin.interviews])
        writer.tables("主要问题", [bulletin.problems])
        writer.tables("不参加排名", [bulletin.not_ranked])
        writer.tables("点位得分", [_sites(result)])
        writer.tables("扣分明细", [_deductions(result)])


def _sites(result: PeriodResult) -> TextTable:
    names = _subject_names(result)
    rows = [
        [
            names.get(score.site.subject, score.site.subject),
            score.site.id,
            score.site.name,
            kind_name(score.site.kind),
            "" if score.score is None else str(score.score),
            plain(score.standard.full_marks),
            "不计分" if score.score is None else "达标" if score.passed else "不达标",
            "；".join(clause.text for clause in score.vetoes),
        ]
        for score in result.sites
    ]
    rows += [
        [
            names.get(site.subject, site.subject),
            site.id,
            site.name,
            kind_name(site.kind),
            "",
            "",
            "未检查",
            "",
        ]
        for site in result.unseen
    ]
    columns = ["对象", "点位编号", "点位", "类型", "得分", "满分", "是否达标", "一票否决"]
    return TextTable("点位得分", columns, rows, wide=7)


def _deductions(result: PeriodResult) -> TextTable:
    names = _subject_names(result)
    rows = [
        [
            names.get(score.site.subject, score.site.subject),
            score.site.name,
            "、".join(dict.fromkeys(visit.date for visit in score.counted if visit.date)),
            deduction.clause.text,
            deduction.words,
            plain(deduction.points),
        ]
        for score in result.sites
        for deduction in score.deductions
    ]
    return TextTable("扣分明细", ["对象", "点位", "检查日期", "检查内容", "检查情况", "扣分"], rows, wide=3)


def _subject_names(result: PeriodResult) -> dict[str, str]:
    subjects = [row.subject for row in result.ranked] + [row.subject for row in result.not_ranked]
    return {subject.id: subject.name for subject in subjects}


class _Writer:
    def __init__(self, workbook: Any) -> None:
        self._workbook = workbook
        self._title = workbook.add_format({"bold": True, "font_size": 14})
        self._head = workbook.add_format(
            {"bold": True, "bg_color": "#E7EEF7", "border": 1, "text_wrap": True}
        )
        self._text = workbook.add_format({"border": 1, "valign": "vcenter", "text_wrap": True})
        self._body = workbook.add_format({"text_wrap": True, "valign": "top"})

    def texts(self, name: str, lines: Iterable[str]) -> None:
        """A sheet of paragraphs, the first one its title."""
        sheet = self._workbook.add_worksheet(name)
        sheet.set_column(0, 0, 110)
        for row, line in enumerate(lines):
            sheet.write_string(row, 0, line[:_LONGEST_CELL], self._body if row else self._title)

    def tables(self, name: str, tables: Sequence[TextTable]) -> None:
        """A sheet of tables one below the other; a single table keeps its header in sight."""
        sheet = self._workbook.add_worksheet(name)
        row = 0
        for table in tables:
            if len(tables) > 1:
                sheet.write_string(row, 0, table.title, self._title)
                row += 1
            sheet.write_row(row, 0, table.columns, self._head)
            for cells in table.rows:
                row += 1
                for column, text in enumerate(cells):
                    self._cell(sheet, row, column, text)
            row += 2
        if len(tables) == 1:
            sheet.freeze_panes(1, 0)
        for position, width in _widths(tables).items():
            sheet.set_column(position, position, width)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)

    def _cell(self, sheet: Any, row: int, column: int, text: str) -> None:
        number = parse_number(text)
        if number is None or len(text) > 15:
            sheet.write_string(row, column, text[:_LONGEST_CELL], self._text)
            return
        places = len(text.partition(".")[2])
        sheet.write_number(row, column, float(number), self._number(places))

    def _number(self, places: int) -> Any:
        shown = "0." + "0" * places if places else "0"
        return self._workbook.add_format({"border": 1, "valign": "vcenter", "num_format": shown})


def _widths(tables: Sequence[TextTable]) -> dict[int, int]:
    """Column widths in characters that fit most texts; the wide column wraps."""
    widths: dict[int, int] = {}
    for table in tables:
        for position, column in enumerate(table.columns):
            longest = max((len(row[position]) for row in table.rows), default=0)
            limit = 60 if position == table.wide else 24
            widths[position] = max(widths.get(position, 0), min(limit, 2 + 2 * max(len(column), longest)))
    return widths

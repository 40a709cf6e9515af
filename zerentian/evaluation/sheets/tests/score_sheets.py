"""Score sheets that the tests hand in, and what they become."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import openpyxl

from zerentian.evaluation.model_files import load_standard
from zerentian.evaluation.sheets.sheet_import import ImportedStandard, import_sheet
from zerentian.evaluation.standard import Standard

Row = Sequence[object]
HEADER = ("序号", "类别", "检查内容", "评分细则", "标准分值", "得分", "备注")


def workbook(folder: Path, rows: Sequence[Row], merges: Sequence[str] = ()) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(list(row))
    for area in merges:
        sheet.merge_cells(area)
    path = folder / "评分表.xlsx"
    book.save(path)
    return path


def table(folder: Path, rows: Sequence[Row], encoding: str = "utf-8") -> Path:
    path = folder / "评分表.csv"
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file).writerows(rows)
    return path


def imported(path: Path) -> ImportedStandard:
    """Import, and make sure that the YAML loads as the same standard."""
    outcome = import_sheet(path, "village", "village")
    target = path.with_suffix(".yaml")
    target.write_text(outcome.yaml_text(), encoding="utf-8")
    assert load_standard(target) == outcome.standard
    return outcome


def rules(standard: Standard) -> list[tuple[str, str]]:
    return [(clause.id, clause.rule) for clause in standard.clauses]


def points(standard: Standard) -> list[Decimal]:
    return [clause.marks for clause in standard.clauses]


VILLAGE = [
    ("行政村环境卫生和垃圾分类考核评分表",),
    ("被检查村：          检查日期：",),
    HEADER,
    (1, "环境卫生", "主要道路、背街小巷无垃圾堆积", "每处扣0.5分，扣完为止", 4),
    (2, None, "未设环卫保洁人员", "未落实不得分", 2),
    (3, None, "露天粪缸", "每发现一处扣３分，最多扣９分", "９分"),
    (None, "小计", None, None, 15),
    (4, "垃圾分类", "分类宣传标语", "无标语扣2分", 2),
    (5, None, "有害、可回收投放点", "未设置的每处扣1分", 3),
    (6, None, "标识牌、登记本", "标识牌、登记本少1种扣1", 2),
    ("小计", None, None, None, 7),
    ("合计", None, None, None, 22),
    ("备注：本表每月使用一次",),
]
VILLAGE_MERGES = ("A1:G1", "A2:G2", "B4:B6", "B8:B10", "A12:D12")

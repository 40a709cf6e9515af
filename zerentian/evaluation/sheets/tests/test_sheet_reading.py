"""Layouts of score sheets: where the header is, which column holds what, what is merged."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from zerentian.core.problems import ProblemsFound
from zerentian.evaluation.sheets.sheet_columns import Role, role_of
from zerentian.evaluation.sheets.sheet_import import import_sheet
from zerentian.evaluation.sheets.sheet_reading import read_points, split_figure
from zerentian.evaluation.sheets.tests.score_sheets import (
    HEADER,
    VILLAGE,
    VILLAGE_MERGES,
    Row,
    imported,
    points,
    table,
    workbook,
)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_csv_gives_the_same_standard(tmp_path: Path, encoding: str) -> None:
    sheet = imported(workbook(tmp_path, VILLAGE, VILLAGE_MERGES))
    rows = [["" if cell is None else cell for cell in row] for row in VILLAGE]
    outcome = imported(table(tmp_path, rows, encoding))
    assert outcome.standard == sheet.standard
    assert outcome.notes() == []


def test_sections_may_be_rows_across_the_sheet(tmp_path: Path) -> None:
    rows = [
        ("序号", "检查内容", "评分标准", "分值"),
        ("一、宣传公示（10分）",),
        (1, "公示牌", "未公示不得分", 10),
        ("二、设施配置 20分",),
        (2, "图标颜色", "每处扣2分，最多扣5分", 5),
        (3, "桶脏破", "1分/处", 15),
        ("三、一票否决",),
        (4, "容器内严重混合垃圾", "一票否决，得分不超过59分", "/"),
        ("总分", None, None, 30),
    ]
    outcome = imported(workbook(tmp_path, rows, ("A2:D2", "A4:D4", "A7:D7")))
    assert [section.name for section in outcome.standard.sections] == ["宣传公示", "设施配置", "一票否决"]
    veto = outcome.standard.clauses[-1]
    assert veto.rule == "veto"
    assert veto.cap == 59
    assert outcome.notes() == []


def test_rules_under_one_merged_content_cell_become_clauses_of_their_own(tmp_path: Path) -> None:
    rows = [
        HEADER,
        (1, "设施", "投放点", "桶身破损每处扣1分", 5),
        (None, None, None, "满溢每处扣0.5分", 3),
    ]
    outcome = imported(workbook(tmp_path, rows, ("A2:A3", "B2:B3", "C2:C3")))
    assert [clause.text for clause in outcome.standard.clauses] == ["投放点：桶身破损", "投放点：满溢"]
    assert [clause.id for clause in outcome.standard.clauses] == ["c1", "c2"]


def test_one_column_may_hold_content_and_rule(tmp_path: Path) -> None:
    rows = [
        ("项目", "检查内容及评分标准", "满分", "得分"),
        ("可见垃圾（10分）", "村内有可见垃圾，每处扣1分，最多扣5分", 5, None),
        (None, "有露天焚烧的不得分", 5, None),
        ("积分制", "没有积分制扣5分，有但未运行扣4分，已运行未公示扣3分", 5, None),
        ("总计", None, 15, None),
    ]
    outcome = imported(workbook(tmp_path, rows, ("A2:A3",)))
    assert [section.name for section in outcome.standard.sections] == ["可见垃圾", "积分制"]
    assert [clause.rule for clause in outcome.standard.clauses] == [
        "per_occurrence",
        "all_or_nothing",
        "levels",
    ]
    assert outcome.standard.clauses[0].text == "村内有可见垃圾，每处扣1分，最多扣5分"
    assert outcome.disagreements == []


def test_a_column_headed_items_holds_the_content_when_there_is_no_other(tmp_path: Path) -> None:
    rows = [
        ("序号", "项目", "满分", "扣分标准"),
        (1, "绿化带白色垃圾", 3, "0.5/处"),
        (2, "公厕损坏", 3, "1分/处"),
    ]
    outcome = imported(workbook(tmp_path, rows))
    assert [clause.text for clause in outcome.standard.clauses] == ["绿化带白色垃圾", "公厕损坏"]
    assert len(outcome.standard.sections) == 1
    assert outcome.notes() == []


def test_a_header_of_two_rows(tmp_path: Path) -> None:
    rows = [
        ("序号", "类别", "检查内容", "评分标准", "分值", "评分情况", None),
        (None, None, None, None, None, "扣分", "得分"),
        (1, "设施", "容器", "每处扣1分", 5, None, None),
    ]
    merges = ("A1:A2", "B1:B2", "C1:C2", "D1:D2", "E1:E2", "F1:G1")
    assert points(imported(workbook(tmp_path, rows, merges)).standard) == [5]


def test_a_second_level_of_headings_goes_into_the_text(tmp_path: Path) -> None:
    rows = [
        ("一级指标", "权重", "二级指标", "考核内容", "计分方法", "分值"),
        ("设施", 8, "容器", "四类齐全", "未配齐不得分", 5),
        (None, None, "厢房", "整洁\n无异味", "一处扣1分", 3),
    ]
    outcome = imported(workbook(tmp_path, rows, ("A2:A3", "B2:B3")))
    assert [clause.text for clause in outcome.standard.clauses] == ["容器：四类齐全", "厢房：整洁 无异味"]
    assert points(outcome.standard) == [5, 3]


def test_one_category_named_twice_is_one_section(tmp_path: Path) -> None:
    rows = [
        HEADER,
        (1, "设施", "容器", "每处扣1分", 5),
        (2, "宣传", "公示", "未公示不得分", 5),
        (3, "设施", "厢房", "每处扣1分", 5),
    ]
    outcome = imported(workbook(tmp_path, rows))
    assert [len(section.clauses) for section in outcome.standard.sections] == [2, 1]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([("通知",), ("请各村做好工作",)], "找不到表头"),
        ([HEADER], "没有评分项"),
        ([HEADER, (1, "否决", "未开展", "一票否决", None)], "没有一项有分值"),
        ([HEADER, (1, "设施", "容器", "每处扣1分", "0.00001")], "不能作为分值"),
    ],
)
def test_unreadable_sheets_are_refused(tmp_path: Path, rows: list[Row], message: str) -> None:
    with pytest.raises(ProblemsFound) as found:
        import_sheet(workbook(tmp_path, rows), "village", "village")
    assert message in "\n".join(found.value.lines())


@pytest.mark.parametrize("name", ["没有.xlsx", "没有.csv", "没有.doc"])
def test_a_missing_file_is_a_problem(tmp_path: Path, name: str) -> None:
    with pytest.raises(ProblemsFound):
        import_sheet(tmp_path / name, "village", "village")


def test_csv_repeats_no_text_of_merged_cells(tmp_path: Path) -> None:
    rows = [
        ("类别", "项目", "检查内容", "评分细则", "分值"),
        ("设施", "容器", "齐全", "未配齐不得分", 4),
        ("", "", "整洁", "每处扣1分", 2),
        ("", "", "", "破损每只扣1分", 2),
        ("宣传", "公示", "规范", "未公示不得分；发现虚假公示的一票否决", 2),
    ]
    outcome = imported(table(tmp_path, rows))
    assert [clause.text for clause in outcome.standard.clauses] == [
        "容器：齐全",
        "容器：整洁：每处扣1分",
        "容器：整洁：破损",
        "公示：规范",
    ]
    assert [section.name for section in outcome.standard.sections] == ["设施", "宣传"]


def test_one_header_cell_over_two_columns(tmp_path: Path) -> None:
    rows = [
        ("序号", "检查内容", None, "评分标准", "分值"),
        (1, "容器", "四类齐全", "未配齐不得分", 5),
        (2, None, "整洁", "每处扣1分", 5),
    ]
    outcome = imported(workbook(tmp_path, rows, ("B1:C1", "B2:B3")))
    assert [clause.text for clause in outcome.standard.clauses] == ["容器：四类齐全", "容器：整洁"]


def test_a_remark_that_holds_a_rule_is_not_lost(tmp_path: Path) -> None:
    rows = [HEADER, (1, "设施", "容器", "每处扣1分", 10), ("备注：发现焚烧垃圾的扣10分",), ("检查人：",)]
    outcome = imported(workbook(tmp_path, rows))
    assert outcome.notes() == ["第3行没有作为评分项：“备注：发现焚烧垃圾的扣10分”"]


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("序 号", Role.NUMBER),
        ("类别", Role.CATEGORY),
        ("检查项目", Role.CATEGORY),
        ("一级指标", Role.CATEGORY),
        ("二级指标", Role.CONTENT),
        ("测评内容", Role.CONTENT),
        ("考核内容及要求", Role.CONTENT),
        ("评分细则", Role.RULE),
        ("扣分标准", Role.RULE),
        ("计分方法", Role.RULE),
        ("检查内容及评分标准", Role.BOTH),
        ("内容与标准", Role.BOTH),
        ("标准分值（100分）", Role.POINTS),
        ("满\n分", Role.POINTS),
        ("分数", Role.POINTS),
        ("得分", Role.SCORE),
        ("扣分", Role.DEDUCTION),
        ("扣分原因", Role.REMARK),
        ("备注", Role.REMARK),
        ("张三", None),
    ],
)
def test_columns_are_known_by_name(name: str, role: Role | None) -> None:
    assert role_of(name) == role


@pytest.mark.parametrize(
    ("text", "name", "figure"),
    [
        ("设施设备（20分）", "设施设备", 20),
        ("一、设施设备 20分", "设施设备", 20),
        ("（二）宣传告知(满分１０分)", "宣传告知", 10),
        ("3.分类质量\n25分", "分类质量", 25),
        ("加分项（最多加2分）", "加分项", 2),
        ("长效管理", "长效管理", None),
        ("20分", "20分", None),
    ],
)
def test_a_category_may_carry_its_own_total(text: str, name: str, figure: int | None) -> None:
    assert split_figure(text) == (name, figure)


@pytest.mark.parametrize(
    ("text", "figure"),
    [
        ("5", "5"),
        ("５．５分", "5.5"),
        ("满分5分", "5"),
        ("0-5分", "5"),
        ("-5", "5"),
        ("/", None),
        ("一票否决", None),
    ],
)
def test_points_cells(text: str, figure: str | None) -> None:
    assert read_points(text)[0] == (None if figure is None else Decimal(figure))

"""Score sheets as towns keep them become standards that load again."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest

from zerentian.core.problems import ProblemsFound
from zerentian.evaluation.model_files import load_standard
from zerentian.evaluation.sheet_import import ImportedStandard, import_sheet
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


def test_it_works(tmp_path: Path) -> None:
    outcome = imported(workbook(tmp_path, VILLAGE, VILLAGE_MERGES))
    standard = outcome.standard
    assert standard.title == "行政村环境卫生和垃圾分类考核评分表"
    assert (standard.standard, standard.version, standard.site_kind) == ("village", "1", "village")
    assert standard.full_marks == 22
    assert [section.name for section in standard.sections] == ["环境卫生", "垃圾分类"]
    assert rules(standard) == [
        ("c1", "per_occurrence"),
        ("c2", "all_or_nothing"),
        ("c3", "per_occurrence"),
        ("c4", "all_or_nothing"),
        ("c5", "per_occurrence"),
        ("c6", "missing_kinds"),
    ]
    assert outcome.notes() == []


def test_the_yaml_has_one_line_for_each_clause(tmp_path: Path) -> None:
    text = imported(workbook(tmp_path, VILLAGE, VILLAGE_MERGES)).yaml_text()
    assert "      - {id: c3, text: 露天粪缸, points: 9, rule: per_occurrence, each: 3, cap: 9}\n" in text
    assert "rule: missing_kinds, each: 1, kinds: [标识牌, 登记本]}" in text
    assert 'version: "1"\n' in text


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_csv_gives_the_same_standard(tmp_path: Path, encoding: str) -> None:
    sheet = imported(workbook(tmp_path, VILLAGE, VILLAGE_MERGES))
    rows = [["" if cell is None else cell for cell in row] for row in VILLAGE]
    outcome = imported(table(tmp_path, rows, encoding))
    assert outcome.standard == sheet.standard
    assert outcome.notes() == []


def test_sums_that_do_not_agree_are_told_by_row(tmp_path: Path) -> None:
    rows = [
        ("测评表（满分30分）",),
        HEADER,
        (1, "设施设备（20分）", "容器齐全", "未设置不得分", 10),
        (2, None, "桶身干净", "每处扣1分", 5),
        (None, "小计", None, None, 16),
        (3, "宣传告知", "公示栏", "规范得10分，内容不全得6分，无不得分", 10),
        ("合　计", None, None, None, 100),
    ]
    outcome = imported(workbook(tmp_path, rows, ("B3:B4",)))
    assert outcome.standard.full_marks == 25
    assert [(d.row, d.printed, d.summed) for d in outcome.disagreements] == [
        (1, 30, 25),
        (3, 20, 15),
        (5, 16, 15),
        (7, 100, 25),
    ]
    assert "第7行“合计”写的是100分，各评分项分值相加是25分" in outcome.notes()[-1]


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


def test_vetoes_bonuses_and_penalties_have_no_points(tmp_path: Path) -> None:
    rows = [
        HEADER,
        (1, "分类质量", "投放点分类准确率", "按准确率得分", 100),
        (2, "一票否决", "未开展垃圾分类", "总分不得分", None),
        (3, "加减分", "特色做法", "每项加1分，最多加2分", None),
        (4, None, "同一问题两次以上被督办", "每次另扣1分，最多扣5分", None),
        ("合计", None, None, None, 100),
    ]
    outcome = imported(workbook(tmp_path, rows, ("B4:B5",)))
    assert rules(outcome.standard) == [("c1", "ratio"), ("c2", "veto"), ("c3", "bonus"), ("c4", "penalty")]
    assert outcome.standard.sections[2].bonus_cap == 2
    assert outcome.standard.sections[2].penalty_cap == 5
    assert outcome.notes() == []


def test_the_limit_of_a_bonus_section_is_not_part_of_the_total(tmp_path: Path) -> None:
    rows = [
        HEADER,
        (1, "分类质量", "准确率", "合格数÷检查数×分值", 20),
        (2, "加分项（最多加3分）", "获区级表彰", "每次加1分", None),
        (3, None, "媒体报道", "加0.5分/次", None),
        ("合计", None, None, None, 20),
    ]
    outcome = imported(workbook(tmp_path, rows, ("B3:B4",)))
    assert outcome.standard.sections[1].name == "加分项"
    assert outcome.standard.sections[1].bonus_cap == 3
    assert outcome.notes() == []


def test_what_the_words_leave_open_is_unsure_and_told(tmp_path: Path) -> None:
    rows = [
        HEADER,
        (1, "设施", "厢房整洁", "未设置不得分；破损每处扣0.5分", 5),
        (2, None, "管理", "酌情扣分", 5),
        (3, None, "台账", None, 5),
    ]
    outcome = imported(workbook(tmp_path, rows))
    assert [clause.rule for clause in outcome.standard.clauses] == [
        "per_occurrence",
        "per_occurrence",
        "all_or_nothing",
    ]
    assert "未设置不得分" in outcome.standard.clauses[0].unsure
    assert "原文：未设置不得分；破损每处扣0.5分" in outcome.standard.clauses[0].unsure
    assert [unsure.row for unsure in outcome.unsure] == [2, 3, 4]
    assert re.match(
        r"第2行 c1 厢房整洁：原文“未设置不得分；破损每处扣0\.5分”，暂按 per_occurrence", outcome.notes()[0]
    )


def test_a_merged_points_cell_is_shared_out(tmp_path: Path) -> None:
    rows = [
        HEADER,
        (1, "设施", "容器", "每处扣1分", 10),
        (2, None, "标识", "每处扣1分", None),
        (3, None, "厢房", "每处扣1分", None),
        ("合计", None, None, None, 10),
    ]
    outcome = imported(workbook(tmp_path, rows, ("B2:B4", "E2:E4")))
    assert points(outcome.standard) == [Decimal("3.34"), Decimal("3.33"), Decimal("3.33")]
    assert all("合用" in clause.unsure for clause in outcome.standard.clauses)
    assert outcome.disagreements == []


def test_a_merged_points_cell_is_sure_when_the_words_share_it_out(tmp_path: Path) -> None:
    rows = [
        HEADER,
        (1, "设施", "容器", "每处扣1分，最多扣6分", 10),
        (2, None, "标识", "每处扣1分，最多扣4分", None),
    ]
    outcome = imported(workbook(tmp_path, rows, ("E2:E3",)))
    assert points(outcome.standard) == [6, 4]
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


def test_points_that_only_the_words_give(tmp_path: Path) -> None:
    rows = [
        ("序号", "检查内容", "评分标准", "备注"),
        (1, "有公示栏", "达到要求得3分，否则不得分", None),
        (2, "容器整洁（5分）", "每处扣1分", None),
    ]
    outcome = imported(workbook(tmp_path, rows))
    assert points(outcome.standard) == [3, 5]
    assert outcome.notes() == []


def test_a_row_without_points_is_unsure(tmp_path: Path) -> None:
    rows = [HEADER, (1, "设施", "容器", "每处扣1分，最多扣4分", None), (2, None, "厢房", "不洁不得分", 6)]
    outcome = imported(workbook(tmp_path, rows))
    assert points(outcome.standard) == [4, 6]
    assert "表上没有分值" in outcome.standard.clauses[0].unsure


def test_one_category_named_twice_is_one_section(tmp_path: Path) -> None:
    rows = [
        HEADER,
        (1, "设施", "容器", "每处扣1分", 5),
        (2, "宣传", "公示", "未公示不得分", 5),
        (3, "设施", "厢房", "每处扣1分", 5),
    ]
    outcome = imported(workbook(tmp_path, rows))
    assert [len(section.clauses) for section in outcome.standard.sections] == [2, 1]


def test_numbers_that_repeat_are_not_ids(tmp_path: Path) -> None:
    rows = [
        HEADER,
        (1, "设施", "容器", "每处扣1分", 5),
        (2, None, "厢房", "每处扣1分", 5),
        (1, "宣传", "公示", "未公示不得分", 5),
    ]
    assert [clause.id for clause in imported(workbook(tmp_path, rows)).standard.clauses] == ["c1", "c2", "c3"]


def test_figures_stay_exact(tmp_path: Path) -> None:
    rows = [HEADER, (1, "设施", "容器", "每处扣0.1分", 0.3), (2, None, "厢房", "每处扣0.1分", 0.6)]
    outcome = imported(workbook(tmp_path, rows))
    assert outcome.standard.full_marks == Decimal("0.9")
    assert "full_marks: 0.9\n" in outcome.yaml_text()


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


def test_ids_are_checked_first(tmp_path: Path) -> None:
    with pytest.raises(ProblemsFound) as found:
        import_sheet(tmp_path / "没有.xlsx", "小区", "a b")
    assert found.value.count == 2


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


def test_a_veto_beside_a_merged_points_cell_takes_no_share(tmp_path: Path) -> None:
    rows = [
        HEADER,
        (1, "设施", "容器", "每处扣1分", 10),
        (2, None, "焚烧", "发现焚烧的，一票否决", None),
    ]
    outcome = imported(workbook(tmp_path, rows, ("E2:E3",)))
    assert points(outcome.standard) == [10, 0]
    assert outcome.notes() == []


def test_a_market_that_need_not_have_a_thing_is_left_to_not_applicable(tmp_path: Path) -> None:
    words = "未公示不得分；200平方米以下市场不考核此项，按比例折算"
    outcome = imported(workbook(tmp_path, [HEADER, (1, "设施", "公示专管员信息", words, 10)]))
    assert outcome.standard.clauses[0].rule == "all_or_nothing"
    assert outcome.notes() == []


def test_a_remark_that_holds_a_rule_is_not_lost(tmp_path: Path) -> None:
    rows = [HEADER, (1, "设施", "容器", "每处扣1分", 10), ("备注：发现焚烧垃圾的扣10分",), ("检查人：",)]
    outcome = imported(workbook(tmp_path, rows))
    assert outcome.notes() == ["第3行没有作为评分项：“备注：发现焚烧垃圾的扣10分”"]

"""Score sheets as towns keep them become standards that load again."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

import pytest

from zerentian.core.problems import ProblemsFound
from zerentian.evaluation.sheets.sheet_import import import_sheet
from zerentian.evaluation.sheets.tests.score_sheets import (
    HEADER,
    VILLAGE,
    VILLAGE_MERGES,
    imported,
    points,
    rules,
    workbook,
)


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


def test_ids_are_checked_first(tmp_path: Path) -> None:
    with pytest.raises(ProblemsFound) as found:
        import_sheet(tmp_path / "没有.xlsx", "小区", "a b")
    assert found.value.count == 2


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


def test_a_merged_points_cell_is_sure_when_its_deductions_add_up(tmp_path: Path) -> None:
    rows = [
        HEADER,
        (1, "长效管理", "制度", "未建立制度的扣5分", 15),
        (2, None, "入户宣传", "未开展入户宣传的扣5分", None),
        (3, None, "月度考核", "无每月考核记录扣5分", None),
    ]
    outcome = imported(workbook(tmp_path, rows, ("B2:B4", "E2:E4")))
    assert rules(outcome.standard) == [(f"c{number}", "all_or_nothing") for number in (1, 2, 3)]
    assert outcome.notes() == []


def test_figures_that_no_rule_can_hold_are_unsure(tmp_path: Path) -> None:
    outcome = imported(workbook(tmp_path, [HEADER, (1, "设施", "容器", "每处扣0分", 5)]))
    assert outcome.standard.clauses[0].rule == "all_or_nothing"
    assert "数值用不了" in outcome.notes()[0]

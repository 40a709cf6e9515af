"""Published tables: each wrong rank is found, none is invented."""

from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from zerentian.core.problems import ProblemsFound
from zerentian.evaluation.bulletin_check import BulletinReport, check_bulletin
from zerentian.evaluation.policy import Policy
from zerentian.evaluation.ranking import ranks

Found = list[tuple[str, int, str, str]]


def check(tmp_path: Path, text: str, policy: Policy | None = None, encoding: str = "utf-8") -> BulletinReport:
    path = tmp_path / "table.csv"
    path.write_bytes(text.encode(encoding))
    return check_bulletin(path, policy)


def found(report: BulletinReport) -> Found:
    return [(error.kind, error.row, error.printed, error.expected) for error in report.errors]


def refused(path: Path) -> str:
    with pytest.raises(ProblemsFound) as caught:
        check_bulletin(path, None)
    return next(caught.value.lines())


def test_it_works(tmp_path: Path) -> None:
    scores = [98.5, 97, 96, 95, 94, 93, 92, 91, 91, 90, 89, 88, 87]
    rows = "".join(f"{rank},村{rank},{score}\n" for rank, score in enumerate(scores, 1))
    report = check(tmp_path, f"某镇10月通报,,\n名次,村居,成绩\n{rows}平均,,92.4\n")
    assert report.as_json() == {
        "rows": 13,
        "ties": "competition",
        "errors": [{"kind": "rank", "row": 9, "name": "村9", "printed": "9", "expected": "8"}],
    }
    assert "第9行（表中第11行）村9：名次印作“9”，应为“8”" in report.as_text()


def test_dense_ties_are_seen(tmp_path: Path) -> None:
    report = check(tmp_path, "名次,村居,得分\n1,甲,95\n2,乙,94\n2,丙,94\n3,丁,93\n3,戊,93\n5,己,92\n")
    assert (report.ties, found(report)) == ("dense", [("rank", 6, "5", "4")])


def test_columns_may_stand_anywhere_and_be_named_otherwise(tmp_path: Path) -> None:
    text = "备注,总得分,街道,序号,实地考评,台账\n,90,甲,1,60,30\n,80,乙,2,55,25\n,70,丙,4,50,20\n,60,丁,4,40,20\n"
    assert found(check(tmp_path, text)) == [("rank", 3, "4", "3")]


@pytest.mark.parametrize("printed", ["第{}名", "{}名", "第{}", " {} "])
def test_ranks_in_words(tmp_path: Path, printed: str) -> None:
    rows = "".join(f"{printed.format(rank)},村{rank},{100 - rank}\n" for rank in range(1, 5))
    assert found(check(tmp_path, "名次,村居,得分\n" + rows)) == []


def test_full_width_and_gbk(tmp_path: Path) -> None:
    report = check(tmp_path, "名次,村居,得分\n１,甲,９５\n３,乙,９４\n", encoding="gbk")
    assert found(report) == [("rank", 2, "３", "2")]


def test_a_better_rank_column_goes_before_numbering(tmp_path: Path) -> None:
    text = "序号,村居,得分,名次\n1,甲,80,3\n2,乙,95,1\n3,丙,90,2\n"
    assert found(check(tmp_path, text)) == []


def test_mere_numbering_is_no_rank(tmp_path: Path) -> None:
    text = "序号,村居,得分\n1,甲,80\n2,乙,95\n3,丙,70\n4,丁,99\n"
    assert found(check(tmp_path, text)) == []


def test_groups_of_a_column(tmp_path: Path) -> None:
    text = "组别,名次,村居,得分\n一类村,1,甲,95\n,2,乙,90\n二类村,1,丙,93\n,3,丁,92\n,3,戊,91\n"
    assert found(check(tmp_path, text)) == [("rank", 4, "3", "2")]


def test_stacked_tables(tmp_path: Path) -> None:
    text = "名次,村居,得分\n一类村,,\n1,甲,95\n2,乙,90\n二类村,,\n名次,村居,得分\n1,丙,93\n2,丁,89\n"
    assert found(check(tmp_path, text)) == []


def test_ranks_that_begin_again(tmp_path: Path) -> None:
    assert found(check(tmp_path, "名次,村居,得分\n1,甲,95\n2,乙,90\n1,丙,93\n2,丁,89\n3,戊,88\n")) == []


def test_a_list_of_the_last(tmp_path: Path) -> None:
    assert found(check(tmp_path, "名次,村居,得分\n46,甲,70\n45,乙,75\n43,丙,80\n43,丁,80\n42,戊,81\n")) == []


def test_fewer_points_off_are_better(tmp_path: Path) -> None:
    assert found(check(tmp_path, "名次,村居,扣分\n1,甲,2\n2,乙,5\n3,丙,9\n")) == []


def test_a_tie_at_the_cut_is_right(tmp_path: Path) -> None:
    rows = [(rank, 100 - rank) for rank in range(1, 19)]
    rows += [(19, 70), (19, 70), (21, 60), (22, 50), (23, 40), (24, 30)]
    text = "名次,村居,得分\n" + "".join(f"{r},村{i},{s}\n" for i, (r, s) in enumerate(rows))
    assert found(check(tmp_path, text)) == []


def test_a_row_without_rank_or_score(tmp_path: Path) -> None:
    text = "名次,村居,得分\n1,甲,95\n,乙,94\n3,丙,93\n—,丁,未考评\n"
    report = check(tmp_path, text)
    assert (report.rows, found(report)) == (3, [("rank", 2, "", "2")])


def test_a_wrong_total(tmp_path: Path) -> None:
    text = "名次,村居,实地,台账,总分\n1,甲,60,30,90\n2,乙,58,30,89\n3,丙,50,30,80\n4,丁,40,30,70\n"
    assert found(check(tmp_path, text)) == [("total", 2, "89", "88")]


def test_points_taken_off_in_a_total(tmp_path: Path) -> None:
    text = "名次,村居,实地,扣分,总分\n1,甲,95,0,95\n2,乙,96,2,94\n3,丙,93,1,92\n4,丁,90,1,90\n"
    assert found(check(tmp_path, text)) == [("total", 4, "90", "89")]


def test_weights_in_the_headers(tmp_path: Path) -> None:
    text = (
        "名次,村居,实地考评（90%）,整改（10%）,综合得分\n"
        "1,甲,95,100,95.5\n2,乙,93,90,92.7\n3,丙,90,80,89\n4,丁,80,80,81\n"
    )
    assert found(check(tmp_path, text)) == [("total", 4, "81", "80")]


def test_rounded_parts_are_no_errors(tmp_path: Path) -> None:
    # thirds rounded apart: 33.33 + 33.33 + 33.33 printed as 100.00
    rows = "".join(f"{r},村{r},{p},{p},{p},{t}\n" for r, p, t in [
        (1, "33.33", "100.00"), (2, "32.00", "96.00"), (3, "31.67", "95.00"), (4, "31.00", "93.00"),
        (5, "30.00", "90.00"), (6, "29.00", "87.00"),
    ])  # fmt: skip
    assert found(check(tmp_path, "名次,村居,一,二,三,总分\n" + rows)) == []


def test_no_formula_no_errors(tmp_path: Path) -> None:
    text = "名次,村居,户数,人口,得分\n1,甲,300,900,95\n2,乙,200,700,94\n3,丙,500,1500,93\n4,丁,10,30,92\n"
    assert found(check(tmp_path, text)) == []


def test_bands_by_the_policy(tmp_path: Path) -> None:
    bands = [{"name": "绿榜", "min": 90}, {"name": "蓝榜", "min": 75}, {"name": "红榜", "min": 0}]
    policy = Policy.model_validate(
        {"policy": "p", "parts": [{"id": "a", "statistic": "figure", "points": 100}], "bands": bands}
    )
    text = "名次,村居,得分,等级\n1,甲,95,绿榜\n2,乙,90,蓝榜\n3,丙,75,蓝榜\n4,丁,74.9,红榜\n"
    assert found(check(tmp_path, text, policy)) == [("band", 2, "蓝榜", "绿榜")]


def test_bands_by_their_own_ranges(tmp_path: Path) -> None:
    rows = [(1, 98, "优"), (2, 96, "优"), (3, 95, "优"), (4, 93, "良"), (5, 92, "优"), (6, 91, "良"), (7, 85, "良"),
            (8, 70, "中"), (9, 65, "中")]  # fmt: skip
    text = "名次,村居,得分,等级\n" + "".join(f"{r},村{r},{s},{b}\n" for r, s, b in rows)
    report = check(tmp_path, text)
    assert [(error.kind, error.row) for error in report.errors] in ([("band", 5)], [("band", 4)])


def test_a_row_out_of_place(tmp_path: Path) -> None:
    places = [1, 2, 3, 4, 6, 7, 8, 5, 9, 10]
    text = "名次,村居,得分\n" + "".join(f"{r},村{r},{100 - r}\n" for r in places)
    assert found(check(tmp_path, text)) == [("order", 8, "8", "5")]


def test_a_table_by_name_is_not_out_of_order(tmp_path: Path) -> None:
    places = [7, 3, 9, 1, 5, 8, 2, 6, 4, 10]
    text = "名次,村居,得分\n" + "".join(f"{r},村{r},{100 - r}\n" for r in places)
    assert found(check(tmp_path, text)) == []


def test_a_name_printed_twice(tmp_path: Path) -> None:
    assert found(check(tmp_path, "名次,村居,得分\n1,甲村,95\n2,乙村,94\n3,甲 村,93\n")) == [
        ("duplicate", 3, "甲 村", "")
    ]


def test_a_workbook_with_merged_title_and_groups(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in [
        ["10月考评结果", None, None, None],
        ["类别", "名次", "村居", "得分"],
        ["一类", 1, "甲", 95.5],
        [None, 2, "乙", 94],
        ["二类", 1, "丙", 93],
        [None, 2, "丁", 93],
    ]:
        sheet.append(row)
    for area in ("A1:D1", "A3:A4", "A5:A6"):
        sheet.merge_cells(area)
    path = tmp_path / "table.xlsx"
    book.save(path)
    assert found(check_bulletin(path, None)) == [("rank", 4, "2", "1")]


def test_two_header_rows(tmp_path: Path) -> None:
    text = "名次,村居,得分,,\n,,实地,台账,总分\n1,甲,60,30,90\n2,乙,58,30,88\n3,丙,50,30,81\n4,丁,40,30,70\n"
    assert found(check(tmp_path, text)) == [("total", 3, "81", "80")]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "文件是空的"),
        ("a,b\n1,2\n", "找不到表头"),
        ("名次,村居,备注\n1,甲,好\n", "没有得分列"),
        ("村居,得分\n甲,95\n", "没有名次列"),
        ("名次,村居,得分\n", "没有数据"),
    ],
)
def test_what_cannot_be_read_is_said(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "table.csv"
    path.write_text(text, encoding="utf-8")
    assert said in refused(path)


SCORES = st.lists(st.integers(0, 400), min_size=2, max_size=30)


def table(groups: list[list[int]], ties: str, order: list[int]) -> tuple[str, int]:
    rows = []
    for number, scores in enumerate(groups):
        printed = ranks([(Decimal(s),) for s in scores], ties)
        rows += [
            f"{number}组,{rank},村{number}-{i},{Decimal(score) / 4}\n"
            for i, (rank, score) in enumerate(zip(printed, scores, strict=True))
        ]
    shuffled = [rows[i % len(rows)] for i in order if i < len(rows)]
    return "组别,名次,村居,得分\n" + "".join(dict.fromkeys([*shuffled, *rows])), len(rows)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.lists(SCORES, min_size=1, max_size=4),
    st.sampled_from(["competition", "dense"]),
    st.permutations(range(120)),
)
def test_a_right_table_has_no_wrong_rank(
    tmp_path: Path, groups: list[list[int]], ties: str, order: list[int]
) -> None:
    text, count = table(groups, ties, order)
    report = check(tmp_path, text)
    assert report.rows == count
    assert [error for error in report.errors if error.kind != "order"] == []


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.integers(0, 400), min_size=6, max_size=30, unique=True), st.data())
def test_one_wrong_rank_is_found_alone(tmp_path: Path, scores: list[int], data: st.DataObject) -> None:
    printed = ranks([(Decimal(s),) for s in scores], "competition")
    victim = data.draw(st.integers(0, len(scores) - 1))
    wrong = data.draw(st.integers(1, len(scores) + 3).filter(lambda rank: rank != printed[victim]))
    right = str(printed[victim])
    printed[victim] = wrong
    rows = "".join(f"{r},村{i},{s}\n" for i, (r, s) in enumerate(zip(printed, scores, strict=True)))
    report = check(tmp_path, "名次,村居,得分\n" + rows)
    assert [e for e in found(report) if e[0] == "rank"] == [("rank", victim + 1, str(wrong), right)]


def test_columns_that_only_sound_alike(tmp_path: Path) -> None:
    text = (
        "上月名次,单位得分,名次,扣分,行政村名称,分类质量,得分,类别\n"
        "3,30,1,1,甲村,40,95,一类\n1,31,2,2,乙村,39,94,一类\n2,29,1,3,丙村,38,93,二类\n4,28,3,4,丁村,37,92,二类\n"
    )
    report = check(tmp_path, text)
    assert found(report) == [("rank", 4, "3", "2")]
    assert report.errors[0].name == "丁村"


def test_halves_side_by_side(tmp_path: Path) -> None:
    text = "名次,村居,得分,名次,村居,得分\n1,甲,95,4,丁,92\n2,乙,94,5,戊,91\n3,丙,93,7,己,90\n"
    report = check(tmp_path, text)
    assert (report.rows, found(report)) == (6, [("rank", 6, "7", "6")])
    assert report.errors[0].line == 4


def test_the_ranks_say_which_column_is_the_score(tmp_path: Path) -> None:
    text = (
        "名次,村居,暗访成绩,考评成绩,奖励金\n1,甲,80,95,300\n2,乙,92,94,200\n3,丙,70,93,100\n4,丁,99,92,0\n"
    )
    assert found(check(tmp_path, text)) == []


def test_a_header_on_each_page(tmp_path: Path) -> None:
    text = "名次,村居,得分\n1,甲,95\n2,乙,94\n名次,村居,得分\n3,丙,93\n5,丁,92\n5,戊,91\n"
    assert found(check(tmp_path, text)) == [("rank", 4, "5", "4")]

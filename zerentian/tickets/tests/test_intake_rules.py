"""Headings, dates, deadlines and names as other offices write them."""

from __future__ import annotations

import datetime

import pytest

from zerentian.standards.queries import _shipped_loop
from zerentian.tickets.intake_rules import (
    Likeness,
    Named,
    dotted,
    guess_columns,
    is_score_table,
    read_due,
    read_moment,
    row_hash,
)

TODAY = datetime.date(2023, 10, 23)
LOOP = _shipped_loop()
CALENDAR = LOOP.calendar.calendar()
NOW = datetime.datetime(2023, 10, 23, 9, tzinfo=CALENDAR.zone)


def test_headings_are_guessed() -> None:
    header = ["序号", "村 居", "小区名称", "检查时间", "存在问题", "整改时限", "扣分", "照片编号", "备注"]
    assert guess_columns(header) == {
        "ordinal": "序号", "region": "村 居", "site": "小区名称", "found": "检查时间", "words": "存在问题",
        "due": "整改时限", "points": "扣分", "photos": "照片编号",
    }  # fmt: skip


def test_what_was_confirmed_stands_before_the_guess() -> None:
    header = ["点位", "问题", "情况"]
    assert guess_columns(header, {"words": "情况", "due": "期限"})["words"] == "情况"
    assert "due" not in guess_columns(header, {"words": "情况", "due": "期限"})


def test_a_number_that_begins_anew_in_each_list_is_no_number() -> None:
    assert "number" not in guess_columns(["序号", "点位", "问题"])
    assert guess_columns(["编号", "点位", "问题"])["number"] == "编号"


def test_tables_of_scores_are_told_from_lists_of_problems() -> None:
    assert is_score_table(["月份", "村居", "得分", "排名"])
    assert not is_score_table(["点位", "问题", "得分"])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2023-10-16", (2023, 10, 16, 12, 0)),
        ("2023/10/6 9:05", (2023, 10, 6, 9, 5)),
        ("2023年10月16日上午", None),
        ("2023.10.16", (2023, 10, 16, 12, 0)),
        ("20231016", (2023, 10, 16, 12, 0)),
        ("10月16日 9时30分", (2023, 10, 16, 9, 30)),
        ("11月1日", (2022, 11, 1, 12, 0)),
        ("２０２３－１０－１６", (2023, 10, 16, 12, 0)),
        ("2023-10-16 09:30:00", (2023, 10, 16, 9, 30)),
        ("2023-02-30", None),
        ("2023-10-16 25:00", None),
        ("上周", None),
        ("", None),
    ],
)
def test_dates(text: str, expected: tuple[int, ...] | None) -> None:
    assert read_moment(text, TODAY) == (expected and datetime.datetime(*expected))  # noqa: DTZ001 - a list's own day


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2023-10-25", (2023, 10, 25, 23, 59)),
        ("10月25日前", (2023, 10, 25, 23, 59)),
        ("1月5日", (2024, 1, 5, 23, 59)),
        ("24小时内", (2023, 10, 24, 9, 0)),
        ("3个工作日", (2023, 10, 26, 17, 0)),
        ("2天", (2023, 10, 26, 0, 0)),
        ("0天", None),
        ("尽快", None),
    ],
)
def test_deadlines(text: str, expected: tuple[int, ...] | None) -> None:
    due = read_due(text, NOW, TODAY, CALENDAR)
    assert due == (expected and datetime.datetime(*expected, tzinfo=CALENDAR.zone))


def test_names_that_contain_the_name_come_first() -> None:
    known = [Named("1", "东村一期"), Named("2", "东村二期"), Named("3", "西村花园"), Named("4", "东大门")]
    assert Likeness(known).most_like("东村一期小区3号楼")[0] == "1"
    assert Likeness(known).most_like("东村 2 期")[:2] == ["1", "2"]
    assert Likeness(known).most_like("天和") == []


def test_dotted_paths() -> None:
    data = {"data": {"items": [{"id": 7}]}}
    assert dotted(data, "data.items.0.id") == 7
    assert dotted(data, "data.items.9.id") is None
    assert dotted([], "a.b") is None


def test_a_row_is_the_same_however_it_is_spaced() -> None:
    assert row_hash("东村 一期", "落地") == row_hash("东村一期", "落 地") != row_hash("东村一期落", "地")


def test_classes_by_words() -> None:
    said = {
        "桶边有小包垃圾落地": "exposed", "干垃圾桶内混投湿垃圾": "mixed", "缺桶、标识破损": "facility",
        "定时定点无人值守": "duty", "公示栏未更新": "paper", "居民不知晓": "other",
    }  # fmt: skip
    assert {words: LOOP.class_by_words(words).id for words in said} == said

"""Impossible ways, made-up positions, wrong clocks (trust case T95): told with figures, nothing is blocked."""

from __future__ import annotations

import datetime
from dataclasses import replace
from pathlib import Path

import pytest

from zerentian.core.data_files import load_model
from zerentian.core.problems import ProblemsFound
from zerentian.core.worktime import TOWN_ZONE
from zerentian.rounds import limits as limit_files
from zerentian.rounds.limits import Limits, limits
from zerentian.rounds.tracks import Point, Visit, findings, metres, time_words

NINE = datetime.datetime(2023, 10, 16, 9, tzinfo=TOWN_ZONE)
HERE = (31.1100000, 121.0500000)
NORTH_40_KM = (31.4717900, 121.0500000)


def after(minutes: float) -> datetime.datetime:
    return NINE + datetime.timedelta(minutes=minutes)


def point(
    minutes: float = 0, place: tuple[float, float] = HERE, visit: str = "a", **changes: object
) -> Point:
    return replace(Point(visit, "photo", after(minutes), *place, 10), **changes)


def visit(*points: Point, **changes: object) -> Visit:
    given = points or (point(1), point(8, (31.1100300, 121.0500400)))
    return replace(Visit("a", "compound", NINE, after(12), HERE, given), **changes)


def told(one: Visit, *others: Point) -> dict[str, str]:
    found = findings(one, others, limits().track, limits().time)
    assert all(len(finding.detail) <= 300 for finding in found)
    return {finding.kind: finding.detail for finding in found}


def test_an_honest_visit_is_not_doubted() -> None:
    before = [point(-20 + step, (31.1000000 + step / 10_000, 121.0500000), "b") for step in range(5)]
    assert told(visit(), *before) == {}


def test_forty_kilometres_in_five_minutes() -> None:
    (words,) = told(visit(point(5), point(9, (31.11003, 121.05))), point(0, NORTH_40_KM, "b")).values()
    assert words.startswith("5 分钟移动 40.2 公里（每小时 48")


def test_it_is_told_of_the_visit_whichever_came_first() -> None:
    later = point(17, NORTH_40_KM, "b")
    assert "too_fast" in told(visit(point(1), point(12, (31.11003, 121.05))), later)
    assert "too_fast" not in told(visit(), point(-90, NORTH_40_KM, "b"))


def test_a_jump_within_the_error_is_none() -> None:
    near = (31.1300000, 121.0500000)  # 2.2 km
    assert "too_fast" in told(visit(point(0), point(0.2, near)))
    assert "too_fast" not in told(visit(point(0), point(0.2, near, accuracy=2000)))


def test_a_leg_between_other_visits_is_not_this_ones() -> None:
    others = point(-60, HERE, "b"), point(-58, NORTH_40_KM, "c")
    assert "too_fast" not in told(visit(), *others)


def test_the_same_seven_digits_at_three_places() -> None:
    others = [
        point(minutes, HERE, name) for minutes, name in ((-60, "b"), (-50, "b"), (-30, "c"), (-20, "c"))
    ]
    words = told(visit(point(1), point(5)), *others)["frozen"]
    assert words == "3 次检查的 6 个定位分毫不差，都是 31.1100000, 121.0500000"
    moved = replace(others[-1], latitude=31.1100001)
    assert "frozen" not in told(visit(point(1), point(5)), *others[:-1], moved)
    assert "frozen" not in told(visit(*(point(minute) for minute in range(9))))


def test_an_accuracy_of_nothing() -> None:
    assert told(visit(point(1), point(2, accuracy=0)))["zero_accuracy"].startswith(
        "2 个定位中 1 个精度为 0 米"
    )
    assert "zero_accuracy" not in told(visit(point(1, accuracy=None)))


@pytest.mark.parametrize(("age", "is_told"), [(600, False), (601, True), (1380, True)])
def test_an_old_position(age: int, is_told: bool) -> None:
    found = told(visit(point(1), point(2, age=age)))
    assert ("old_fix" in found) == is_told
    if age == 1380:
        assert found["old_fix"] == "拍照时用的是 23 分钟前的定位"


def test_outside_of_the_sites_radius() -> None:
    far = (31.1200000, 121.0500000)
    words = told(visit(point(1, far), point(4, far), point(12)))["outside"]
    assert words == "3 个定位中 2 个在点位 300 米范围以外，最近的相距 0 米"
    assert "outside" not in told(visit(point(1, far), point(4), point(12, (31.1100300, 121.05))))
    assert "outside" not in told(visit(point(1, far, accuracy=900)))
    assert "outside" not in told(visit(point(1, far), kind="village"))
    assert "outside" not in told(visit(point(1, far), place=None))


def test_no_position() -> None:
    assert told(replace(visit(), points=()))["no_position"] == "整次检查没有一个定位"
    denied = replace(visit(), points=(), missing=["location"])
    assert told(denied)["no_position"].endswith("手机没有给定位权限")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(300, None), (None, None), (301, "手机时钟快 5 分钟"), (-86_400, "手机时钟慢 24 小时")],
)
def test_a_wrong_clock(seconds: int | None, words: str | None) -> None:
    assert told(visit(clock_offset=seconds)).get("clock") == words


def test_a_short_stay() -> None:
    assert told(visit(ended=after(2)))["short_stay"] == "从开始到结束 2 分钟，少于 3 分钟"
    assert "short_stay" not in told(visit(ended=after(2), kind="shop"))
    assert "short_stay" not in told(visit(ended=None))


def test_what_the_phone_was_denied_and_where_photos_came_from() -> None:
    found = told(visit(missing=["camera"], from_gallery=3))
    assert found["no_camera"].startswith("手机没有给相机权限")
    assert found["gallery"].startswith("3 张照片选自相册")


def test_metres_and_minutes() -> None:
    assert round(metres((31.0, 121.0), (32.0, 121.0))) == 111_195
    assert metres(HERE, HERE) == 0
    assert [time_words(one) for one in (0, 59, 61, 3600, 3900, 2 * 86_400)] == [
        "0 秒", "59 秒", "1 分钟", "1 小时", "1 小时 5 分钟", "2 天",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "path"),
    [
        ("holds: 4", "holds: 9", "photos"),
        ("fastest: 120", "fastest: 0", "track.fastest"),
        ("    station: 200\n", "", "（整份文件）"),
        ("frozen_fixes: 6", "frozen_fixes: 6\n  more: 1", "track.more"),
    ],
)
def test_the_figures_are_validated(tmp_path: Path, old: str, new: str, path: str) -> None:
    text = limit_files._DEFAULTS.read_text("utf-8")
    assert old in text
    changed = tmp_path / "evidence.yaml"
    changed.write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(ProblemsFound) as found:
        load_model(changed, Limits)
    assert path in str(found.value.problems[0])

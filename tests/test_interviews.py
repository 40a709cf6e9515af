"""Who is called to an interview, and who is not: the bottom of a month, and fails in a row over the history."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.town import MONTH, Town, policy, score_rows

OCTOBER = MONTH


@pytest.fixture
def town(tmp_path: Path) -> Town:
    return Town(tmp_path)


def bottom(count: int, **when: Any) -> dict[str, Any]:
    return {
        "name": "末位约谈",
        "when": {"bottom": count, **when},
        "source": "town",
        "chair": "分管领导",
        "attend": ["村居书记", "小区物业负责人"],
    }


def in_a_row(count: int, source: str = "district", **when: Any) -> dict[str, Any]:
    return {
        "name": "连续不达标约谈",
        "when": {"consecutive_fails": count, **when},
        "source": source,
        "chair": "镇主要领导",
        "attend": ["村居书记"],
    }


def called(town: Town, name: str | None = None) -> list[tuple[str, str]]:
    return [(period, subject) for period, which, subject in town.run().interviews() if name in (None, which)]


# --- the bottom of the month ---


def test_it_names_chair_attendance_and_reason(town: Town) -> None:
    town.policy = policy(interviews=[bottom(1)])
    town.rank({"a": 98, "b": 80})
    (row,) = town.run().table("interviews")
    assert (row["period"], row["interview"], row["subject"], row["name"]) == (OCTOBER, "末位约谈", "b", "村b")
    assert row["chair"] == "分管领导"
    assert "村居书记" in row["attend"]
    assert "小区物业负责人" in row["attend"]
    assert row["reason"]


SEVEN = {"a": 99, "b": 97, "c": 97, "d": 95, "e": 90, "f": 90, "g": 80}


@pytest.mark.parametrize(
    ("when", "subjects"),
    [
        ({"bottom": 2, "ties_at_cut": "include"}, "efg"),
        ({"bottom": 2, "ties_at_cut": "exclude"}, "g"),
        ({"bottom": 5, "ties_at_cut": "include"}, "bcdefg"),
        ({"bottom": 5, "ties_at_cut": "exclude"}, "defg"),
        ({"bottom": 3, "ties_at_cut": "exclude"}, "efg"),
        # pass_mark 90: of the bottom five only g is below it
        ({"bottom": 5, "ties_at_cut": "include", "only_failed": True}, "g"),
        ({"bottom": 5, "ties_at_cut": "include", "only_failed": False}, "bcdefg"),
    ],
)
def test_bottom(town: Town, when: dict[str, Any], subjects: str) -> None:
    town.policy = policy(interviews=[{**bottom(5), "when": when}])
    town.rank(SEVEN)
    assert sorted(subject for _, subject in called(town)) == sorted(subjects)


def test_only_failed_looks_among_the_bottom_and_not_beyond(town: Town) -> None:
    # four fail, the bottom two are called
    town.policy = policy(interviews=[bottom(2, only_failed=True)])
    town.rank({"a": 95, "b": 89, "c": 88, "d": 87, "e": 86})
    assert sorted(called(town)) == [(OCTOBER, "d"), (OCTOBER, "e")]


def test_bottom_is_taken_inside_each_group(town: Town) -> None:
    town.policy = policy(groups="kind", interviews=[bottom(1)])
    town.rank({"a": 98, "b": 95, "c": 70, "d": 60}, kind={"a": "一类", "b": "一类", "c": "二类", "d": "二类"})
    assert sorted(called(town)) == [(OCTOBER, "b"), (OCTOBER, "d")]


def test_bottom_of_each_period(town: Town) -> None:
    town.policy = policy(interviews=[bottom(1)])
    town.rank({"a": 98, "b": 80})
    town.observations += score_rows({"s-a": 70, "s-b": 90}, "2023-09")
    assert called(town) == [("2023-09", "a"), (OCTOBER, "b")]


# --- fails in a row, another source ---


def district(town: Town, months: str, settings: dict[str, Any] | None = None, **when: Any) -> list[str]:
    """Months of `a` at the district, from 2023-01 on: F failed, p passed, - no result. Returns when it is called.

    Every one of the months is evaluated at the town too, where `a` passes.
    """
    town.policy = policy(interviews=[in_a_row(2, **when)], **(settings or {}))
    town.rank({"a": 98})
    town.observations = []
    for number, letter in enumerate(months, start=1):
        period = f"2023-{number:02}"
        town.observations += score_rows({"s-a": 98}, period)
        if letter != "-":
            town.past("district", "a", {period: letter == "F"})
    return [period[-2:] for period, _ in called(town)]


@pytest.mark.parametrize(
    ("months", "expected"),
    [
        ("F", []),
        ("FF", ["02"]),
        ("FpF", []),
        ("pFF", ["03"]),
        # triggered in 02; 03 is the very next month; two further fails (03 and 04) trigger again
        ("FFF", ["02"]),
        ("FFFF", ["02", "04"]),
        ("FFFFF", ["02", "04"]),
        ("FFFFFF", ["02", "04", "06"]),
        # a pass between: a new run
        ("FFpFF", ["02", "05"]),
        ("FFFpF", ["02"]),
        # a month without a result neither counts nor breaks
        ("F-F", ["03"]),
        ("F--F", ["04"]),
        ("F-p-F", []),
        ("FF-", ["02"]),
        ("FF-F-F", ["02", "06"]),
        ("--FF", ["04"]),
    ],
)
def test_two_fails_in_a_row(town: Town, months: str, expected: list[str]) -> None:
    assert district(town, months) == expected


@pytest.mark.parametrize(
    ("months", "expected"),
    [("F-F", []), ("FF", ["02"]), ("F-FF", ["04"]), ("FF-F", ["02"]), ("FF-FF", ["02", "05"])],
)
def test_a_gap_may_break_the_run(town: Town, months: str, expected: list[str]) -> None:
    assert district(town, months, settings={"gap": "breaks"}) == expected


@pytest.mark.parametrize(
    ("months", "expected"),
    [
        ("FF", ["02"]),
        ("FFF", ["02", "03"]),
        ("FFFF", ["02", "03", "04"]),
        ("FFpFF", ["02", "05"]),
        ("FF-F", ["02", "04"]),
    ],
)
def test_repeat_every_month(town: Town, months: str, expected: list[str]) -> None:
    assert district(town, months, settings={"repeat": "every_month"}) == expected


def test_repeat_new_run_is_the_default(town: Town) -> None:
    assert district(town, "FFFF", settings={"repeat": "new_run"}) == ["02", "04"]


def test_three_in_a_row(town: Town) -> None:
    town.policy = policy(interviews=[in_a_row(3)])
    town.rank({"a": 98})
    town.past("district", "a", dict.fromkeys(("2023-08", "2023-09", "2023-10"), True))
    assert called(town) == [(OCTOBER, "a")]


def test_a_run_over_the_turn_of_the_year(town: Town) -> None:
    town.policy = policy(interviews=[in_a_row(2)])
    town.rank({"a": 98})
    town.observations = list(score_rows({"s-a": 98}, "2024-01"))
    town.past("district", "a", {"2023-12": True, "2024-01": True})
    assert called(town) == [("2024-01", "a")]


def test_history_in_any_order_of_rows(town: Town) -> None:
    town.policy = policy(interviews=[in_a_row(2)])
    town.rank({"a": 98})
    town.past("district", "a", {"2023-10": True, "2023-08": False, "2023-09": True})
    assert called(town) == [(OCTOBER, "a")]


def test_another_source_says_nothing_about_this_one(town: Town) -> None:
    town.policy = policy(interviews=[in_a_row(2)])
    town.rank({"a": 98})
    town.past("district", "a", {"2023-10": True})
    town.past("city", "a", {"2023-09": True})
    assert called(town) == []


def test_a_trigger_of_a_month_that_is_not_evaluated_is_not_printed(town: Town) -> None:
    town.policy = policy(interviews=[in_a_row(2)])
    town.rank({"a": 98})
    town.past("district", "a", {"2023-08": True, "2023-09": True, "2023-10": False})
    assert called(town) == []


def test_months_after_the_evaluated_one_do_not_count(town: Town) -> None:
    town.policy = policy(interviews=[in_a_row(2)])
    town.rank({"a": 98})
    town.past("district", "a", {"2023-10": True, "2023-11": True})
    assert called(town) == []


def test_the_district_may_fail_whom_the_town_passes(town: Town) -> None:
    """The town's own months fail, the district's do not: the district's interview looks at the district alone."""
    town.policy = policy(interviews=[in_a_row(2)])
    town.rank({"a": 50, "b": 98})
    town.past("town", "a", {"2023-09": True})
    town.past("district", "a", {"2023-09": False, "2023-10": False})
    town.past("district", "b", {"2023-09": True, "2023-10": True})
    assert called(town) == [(OCTOBER, "b")]


# --- fails in a row, the evaluated source's own months ---


def test_own_month_together_with_history(town: Town) -> None:
    # pass_mark 90: a 89.99 fails, b 90 passes; both failed in September
    town.policy = policy(interviews=[in_a_row(2, "town")])
    town.rank({"a": "89.99", "b": 90})
    for subject in "ab":
        town.past("town", subject, {"2023-09": True})
    assert called(town) == [(OCTOBER, "a")]


def test_own_two_periods_in_one_file(town: Town) -> None:
    town.policy = policy(interviews=[in_a_row(2, "town")])
    town.rank({"a": 80, "b": 80})
    town.observations += score_rows({"s-a": 85, "s-b": 95}, "2023-09")
    assert called(town) == [(OCTOBER, "a")]


def test_history_carries_its_own_passed(town: Town) -> None:
    """A score of 80 that history calls passed is passed; 95 that it calls failed is failed."""
    town.policy = policy(interviews=[in_a_row(2)])
    town.rank({"a": 98, "b": 98})
    for subject, score, passed in (("a", "80", "yes"), ("b", "95", "no")):
        for period in ("2023-09", "2023-10"):
            town.history.append(
                {"period": period, "source": "district", "subject": subject, "score": score, "passed": passed}
            )
    assert called(town) == [(OCTOBER, "b")]


def test_the_observations_may_be_of_another_source(town: Town) -> None:
    """The file holds the district's checks: they are the district's own month."""
    town.policy = policy(interviews=[in_a_row(2)])
    town.rank({"a": 80})
    town.observations = [{**row, "source": "district"} for row in town.observations]
    town.past("district", "a", {"2023-09": True})
    assert called(town) == [(OCTOBER, "a")]


def test_the_town_plan_has_two_interviews(town: Town) -> None:
    """末位约谈 by the town's own month, 连续不达标约谈 by the district's: each on its own."""
    town.policy = policy(interviews=[bottom(1), in_a_row(2)])
    town.rank({"a": 98, "b": 95})
    town.past("district", "a", {"2023-09": True, "2023-10": True})
    assert sorted(town.run().interviews()) == [
        (OCTOBER, "末位约谈", "b"),
        (OCTOBER, "连续不达标约谈", "a"),
    ]

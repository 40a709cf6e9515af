"""Ranks, groups, ties, bands, lists and their cuts."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.town import (
    MONTH,
    Town,
    clause,
    policy,
    section,
    standard,
)


@pytest.fixture
def town(tmp_path: Path) -> Town:
    return Town(tmp_path)


def ranks(town: Town) -> dict[str, str]:
    return town.run().column("subject_scores", "subject", "rank")


# --- who is ranked, and how ---


def test_too_few_scored_sites_is_not_ranked(town: Town) -> None:
    town.policy = policy(min_sites=2)
    town.subjects.append({"subject": "v2", "name": "二村"})
    town.add_scores({"s1": 90, "s2": 80})
    town.add_scores({"s3": 99}, subject="v2")
    town.add_site("s4", "v2")
    town.observe("s4", {"purity": "n/a"})
    outcome = town.run()
    assert outcome.column("subject_scores", "subject", "rank") == {"v1": "1"}
    (row,) = outcome.table("not_ranked")
    assert (row["period"], row["subject"], row["name"]) == (MONTH, "v2", "二村")
    assert row["reason"]


@pytest.mark.parametrize(
    ("ties", "expected"),
    [
        (None, {"a": "1", "b": "2", "c": "2", "d": "4", "e": "5"}),
        ("competition", {"a": "1", "b": "2", "c": "2", "d": "4", "e": "5"}),
        ("dense", {"a": "1", "b": "2", "c": "2", "d": "3", "e": "4"}),
    ],
)
def test_ties(town: Town, ties: str | None, expected: dict[str, str]) -> None:
    town.policy = policy(**({"ties": ties} if ties else {}))
    town.rank({"a": 98, "b": 95, "c": 95, "d": 90, "e": 85})
    assert ranks(town) == expected


def test_rows_are_printed_by_rank_then_subject_id(town: Town) -> None:
    town.rank({"c": 95, "d": 99, "b": 90, "a": 95})
    assert [row["subject"] for row in town.run().table("subject_scores")] == ["d", "a", "c", "b"]


def test_equal_published_scores_tie_though_exact_ones_differ(town: Town) -> None:
    # 89.995 and 90.004 are both published as 90.00
    town.rank({"a": "89.995", "b": "90.004"})
    assert ranks(town) == {"a": "1", "b": "1"}


def test_ranks_within_groups(town: Town) -> None:
    town.policy = policy(groups="kind")
    town.rank(
        {"a": 98, "b": 95, "c": 97, "d": 90},
        kind={"a": "一类", "b": "一类", "c": "二类", "d": "二类"},
    )
    outcome = town.run()
    assert outcome.column("subject_scores", "subject", "rank") == {"a": "1", "b": "2", "c": "1", "d": "2"}
    groups = outcome.column("subject_scores", "subject", "group")
    assert groups == {"a": "一类", "b": "一类", "c": "二类", "d": "二类"}


def tied_town(town: Town) -> None:
    """Three subjects at 80.00: a has a veto and two passed sites of three, b and c none and one, two of them."""
    town.standards = [
        standard(
            section("一", clause("purity", "ratio", 100), clause("mixed", "veto")),
            full_marks=100,
        )
    ]
    town.subjects = [{"subject": name, "name": name} for name in "abc"]
    months = {
        "a": [("95", "no"), ("95", "no"), ("50", "yes")],
        "b": [("90", "no"), ("75", "no"), ("75", "no")],
        "c": [("90", "no"), ("90", "no"), ("60", "no")],
    }
    for subject, sites in months.items():
        for number, (score, veto) in enumerate(sites):
            town.add_site(f"{subject}{number}", subject)
            town.observe(f"{subject}{number}", {"purity": f"{score}/100", "mixed": veto})


@pytest.mark.parametrize(
    ("tie_break", "expected"),
    [
        ([], {"a": "1", "b": "1", "c": "1"}),
        (
            ["-vetoes", "pass_rate"],
            {"a": "3", "b": "2", "c": "1"},
        ),  # no veto first; then the pass rate 66.67 > 33.33
        (["-vetoes"], {"a": "3", "b": "1", "c": "1"}),
        (["pass_rate"], {"a": "1", "b": "3", "c": "1"}),
        (["pass_rate", "-vetoes"], {"a": "2", "b": "3", "c": "1"}),
    ],
)
def test_tie_break(town: Town, tie_break: list[str], expected: dict[str, str]) -> None:
    tied_town(town)
    town.policy = policy(tie_break=tie_break)
    assert ranks(town) == expected


def test_bands_take_the_first_that_fits(town: Town) -> None:
    names = {"绿榜": 90, "蓝榜": 75, "黄榜": 60, "红榜": 0}
    town.policy = policy(bands=[{"name": name, "min": least} for name, least in names.items()])
    town.rank({"a": 90, "b": "89.99", "c": 75, "d": "74.99", "e": 60, "f": "59.99", "g": 0, "h": 100})
    assert town.run().column("subject_scores", "subject", "band") == {
        "a": "绿榜",
        "b": "蓝榜",
        "c": "蓝榜",
        "d": "黄榜",
        "e": "黄榜",
        "f": "红榜",
        "g": "红榜",
        "h": "绿榜",
    }


def test_a_band_counts_the_published_score(town: Town) -> None:
    town.policy = policy(bands=[{"name": "绿榜", "min": 90}, {"name": "其他", "min": 0}])
    town.rank({"a": "89.995", "b": "89.994"})
    assert town.run().column("subject_scores", "subject", "band") == {"a": "绿榜", "b": "其他"}


def test_rank_bonus_stands_apart(town: Town) -> None:
    # ranks 1, 2, 2, 4, 5; no bonus for a rank that is not named
    town.policy = policy(rank_bonus={1: 2, 2: 1, 4: -0.5, 5: -1})
    town.rank({"a": 98, "b": 95, "c": 95, "d": 90, "e": 85, "f": 80})
    outcome = town.run()
    bonus = outcome.column("subject_scores", "subject", "rank_bonus")
    assert {name: Decimal(value or 0) for name, value in bonus.items()} == {
        "a": 2,
        "b": 1,
        "c": 1,
        "d": Decimal("-0.5"),
        "e": -1,
        "f": 0,
    }
    assert outcome.column("subject_scores", "subject", "rank")["d"] == "4"


# --- lists ---


SEVEN = {"a": 99, "b": 97, "c": 97, "d": 95, "e": 90, "f": 90, "g": 80}


@pytest.mark.parametrize(
    ("cut", "names"),
    [
        ({"top": 1, "ties_at_cut": "include"}, ["a"]),
        ({"top": 2, "ties_at_cut": "include"}, ["a", "b", "c"]),
        ({"top": 2, "ties_at_cut": "exclude"}, ["a"]),
        ({"top": 3, "ties_at_cut": "include"}, ["a", "b", "c"]),
        ({"top": 3, "ties_at_cut": "exclude"}, ["a", "b", "c"]),
        ({"bottom": 1, "ties_at_cut": "include"}, ["g"]),
        ({"bottom": 2, "ties_at_cut": "include"}, ["e", "f", "g"]),
        ({"bottom": 2, "ties_at_cut": "exclude"}, ["g"]),
        ({"bottom": 3, "ties_at_cut": "exclude"}, ["e", "f", "g"]),
        ({"bottom": 5, "ties_at_cut": "include"}, ["b", "c", "d", "e", "f", "g"]),
        ({"bottom": 5, "ties_at_cut": "exclude"}, ["d", "e", "f", "g"]),
        ({"bottom": 7, "ties_at_cut": "exclude"}, list("abcdefg")),
        ({"top": 20, "ties_at_cut": "exclude"}, list("abcdefg")),
    ],
)
@pytest.mark.parametrize("ties", ["competition", "dense"])
def test_a_list_includes_or_excludes_a_tie_across_its_cut(
    town: Town, cut: dict[str, Any], names: list[str], ties: str
) -> None:
    town.policy = policy(lists=[{"name": "榜", "order": "best_first", **cut}], ties=ties)
    town.rank(SEVEN)
    assert town.run().listed("榜") == names


def test_everybody_tied_is_everybody_or_nobody(town: Town) -> None:
    town.policy = policy(
        lists=[
            {"name": "都", "bottom": 2, "order": "worst_first", "ties_at_cut": "include"},
            {"name": "无", "bottom": 2, "order": "worst_first", "ties_at_cut": "exclude"},
        ]
    )
    town.rank(dict.fromkeys("abcd", 90))
    outcome = town.run()
    assert (outcome.listed("都"), outcome.listed("无")) == (list("abcd"), [])


def test_order_of_a_list_and_equal_ranks_by_id(town: Town) -> None:
    town.policy = policy(
        lists=[
            {"name": "黑榜", "bottom": 4, "order": "worst_first", "ties_at_cut": "include"},
            {"name": "红榜", "top": 3, "order": "best_first", "ties_at_cut": "include"},
            {"name": "倒", "top": 3, "order": "worst_first", "ties_at_cut": "include"},
        ]
    )
    town.rank(SEVEN)
    outcome = town.run()
    assert outcome.listed("黑榜") == ["g", "e", "f", "d"]
    assert outcome.listed("红榜") == ["a", "b", "c"]
    assert outcome.listed("倒") == ["b", "c", "a"]
    assert [row["score"] for row in outcome.table("lists") if row["list"] == "黑榜"] == [
        "80.00",
        "90.00",
        "90.00",
        "95.00",
    ]


def test_lists_are_taken_inside_each_group(town: Town) -> None:
    town.policy = policy(
        groups="kind",
        lists=[
            {"name": "黑榜", "bottom": 1, "order": "worst_first"},
            {"name": "红榜", "top": 1, "order": "best_first"},
        ],
    )
    town.rank({"a": 98, "b": 95, "c": 70, "d": 60}, kind={"a": "一类", "b": "一类", "c": "二类", "d": "二类"})
    outcome = town.run()
    assert sorted(outcome.listed("黑榜")) == ["b", "d"]
    assert sorted(outcome.listed("红榜")) == ["a", "c"]


def test_rank_bonus_is_given_inside_each_group(town: Town) -> None:
    town.policy = policy(groups="kind", rank_bonus={1: 2})
    town.rank({"a": 98, "b": 95, "c": 70}, kind={"a": "一类", "b": "一类", "c": "二类"})
    bonus = town.run().column("subject_scores", "subject", "rank_bonus")
    assert {name: Decimal(value or 0) for name, value in bonus.items()} == {"a": 2, "b": 0, "c": 2}


def test_a_subject_that_is_not_ranked_is_on_no_list(town: Town) -> None:
    town.policy = policy(lists=[{"name": "黑榜", "bottom": 2, "order": "worst_first"}])
    town.rank({"a": 98, "b": 95, "c": 90})
    town.subjects.append({"subject": "z", "name": "无点位"})
    outcome = town.run()
    assert outcome.listed("黑榜") == ["c", "b"]
    assert [row["subject"] for row in outcome.table("not_ranked")] == ["z"]


def test_a_black_list_entry_carries_its_reasons(town: Town) -> None:
    town.policy = policy(lists=[{"name": "黑榜", "bottom": 1, "order": "worst_first"}])
    town.rank({"a": 98, "b": 95})
    (row,) = town.run().table("lists")
    assert "条款purity" in row["reasons"]

"""`zerentian evaluate` from files to tables: statistics, ranks, bands, lists, formats. Figures worked by hand."""

from __future__ import annotations

import datetime
import json
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import openpyxl
import pytest
import yaml

from tests.town import (
    COLUMNS,
    MONTH,
    Outcome,
    Town,
    clause,
    policy,
    purity,
    score_rows,
    section,
    standard,
    write_csv,
    write_json,
    write_xlsx,
)

HOMES = {"id": "homes", "kinds": ["compound", "village"], "statistic": "mean", "points": 40}
UNITS = {"id": "units", "kinds": ["unit"], "statistic": "mean", "points": 12}
SHOPS = {"id": "shops", "kinds": ["shop"], "statistic": "mean", "points": 6}


@pytest.fixture
def town(tmp_path: Path) -> Town:
    return Town(tmp_path)


def kinds(*names: str) -> list[dict[str, Any]]:
    return [purity(standard=name, site_kind=name) for name in names]


def site_scores(town: Town, scores: dict[str, Any], kind: str = "compound", subject: str = "v1") -> None:
    for site in scores:
        town.add_site(site, subject, kind)
    town.observations += score_rows(scores)


def ranks(town: Town) -> dict[str, str]:
    return town.run().column("subject_scores", "subject", "rank")


# --- end to end ---


def test_it_works(town: Town) -> None:
    # v1: (98 + 95) / 2 = 96.5; v2: 89 (below the line 90)
    town.subjects.append({"subject": "v2", "name": "二村"})
    site_scores(town, {"s1": 98, "s2": 95})
    site_scores(town, {"s3": 89}, subject="v2")
    outcome = town.run_apart()
    assert outcome.status == 0
    assert sorted(path.name for path in outcome.out.iterdir()) == [
        "interviews.csv",
        "lists.csv",
        "not_ranked.csv",
        "site_scores.csv",
        "subject_scores.csv",
    ]
    first, second = outcome.table("subject_scores")
    assert first == {
        "period": MONTH,
        "group": "",
        "rank": "1",
        "subject": "v1",
        "name": "一村",
        "score": "96.50",
        "band": "",
        "sites": "2",
        "passed_sites": "2",
        "pass_rate": "100.00",
        "homes": "96.50",
        "rank_bonus": first["rank_bonus"],
    }
    assert (second["rank"], second["subject"], second["score"], second["pass_rate"]) == (
        "2",
        "v2",
        "89.00",
        "0.00",
    )
    assert outcome.table("site_scores")[0] == {
        "period": MONTH,
        "site": "s1",
        "name": "点位s1",
        "kind": "compound",
        "subject": "v1",
        "score": "98.00",
        "full_marks": "100",
        "passed": "yes",
        "vetoes": "",
        "deductions": "purity:2",
    }


def test_columns_stand_in_the_order_of_the_definition(town: Town) -> None:
    site_scores(town, {"s1": 98})
    out = town.run().out
    heads = {path.stem: path.read_text("utf-8-sig").splitlines()[0] for path in out.iterdir()}
    assert heads == {
        "site_scores": "period,site,name,kind,subject,score,full_marks,passed,vetoes,deductions",
        "subject_scores": "period,group,rank,subject,name,score,band,sites,passed_sites,pass_rate,homes,rank_bonus",
        "not_ranked": "period,subject,name,reason",
        "lists": "period,list,position,subject,name,score,reasons",
        "interviews": "period,interview,subject,name,reason,chair,attend",
    }


# --- statistics ---


def test_mean_is_of_published_scores(town: Town) -> None:
    # 1/3 twice and 2/3 once of 100: published 33.33, 33.33, 66.67 -> mean 44.4433 -> 44.44 of 100
    # with points 300 the difference shows: 300 x 1.3333/3 = 133.33, exact ones would give 133.333... -> 133.33;
    # 10/3 % ... three sites of 16.666 -> 16.67: 600 x 0.1667 = 100.02, exact ones 100.00
    town.policy = policy({"id": "homes", "kinds": ["compound"], "statistic": "mean", "points": 600})
    for site in ("s1", "s2", "s3"):
        town.add_site(site)
        town.observe(site, {"purity": "1/6"})
    assert town.run().subject("v1")["score"] == "100.02"


def test_mean_over_kinds_with_different_full_marks(town: Town) -> None:
    # shares 90/100, 88.2/98 = 0.9, 36/45 = 0.8: 40 x 2.6/3 = 34.666... -> 34.67
    town.standards = [
        purity(100),
        purity(98, standard="village", site_kind="village"),
        purity(45, standard="street", site_kind="shop"),
    ]
    town.policy = policy({**HOMES, "kinds": ["compound", "village", "shop"]})
    for site, kind, value in (("s1", "compound", "9/10"), ("s2", "village", "9/10"), ("s3", "shop", "4/5")):
        town.add_site(site, kind=kind)
        town.observe(site, {"purity": value})
    outcome = town.run()
    assert outcome.column("site_scores", "site", "score") == {"s1": "90.00", "s2": "88.20", "s3": "36.00"}
    assert outcome.column("site_scores", "site", "passed") == {"s1": "yes", "s2": "yes", "s3": "no"}
    row = outcome.subject("v1")
    assert (row["homes"], row["score"], row["sites"], row["passed_sites"]) == ("34.67", "34.67", "3", "2")
    assert row["pass_rate"] == "66.67"  # 2/3


def test_mean_weighed_by_households(town: Town) -> None:
    # (90 x 300 + 60 x 100) / 400 = 82.5 -> 40 x 0.825 = 33
    town.policy = policy({**HOMES, "weight": "households"})
    town.add_site("s1", households="300")
    town.add_site("s2", households="100")
    town.observations += score_rows({"s1": 90, "s2": 60})
    assert town.run().subject("v1")["homes"] == "33.00"


def test_a_site_that_is_not_scored_weighs_nothing(town: Town) -> None:
    town.policy = policy({**HOMES, "weight": "households"})
    town.add_site("s1", households="300")
    town.add_site("s2", households="100")
    town.observations += score_rows({"s1": 90})
    town.observe("s2", {"purity": "n/a"})
    row = town.run().subject("v1")
    assert (row["homes"], row["sites"]) == ("36.00", "1")


def pass_rate(**settings: Any) -> dict[str, Any]:
    return {"id": "rate", "kinds": ["compound"], "statistic": "pass_rate", "points": 10, **settings}


def test_pass_rate_against_a_target(town: Town) -> None:
    # 7 of 8 pass: 87.5 %; 95 - 87.5 = 7.5 -> 7 whole points x 0.5 -> 10 - 3.5
    town.policy = policy(pass_rate(target=95, each=0.5))
    site_scores(town, {f"s{number}": 95 for number in range(7)} | {"s7": 80})
    row = town.run().subject("v1")
    assert (row["rate"], row["pass_rate"], row["passed_sites"]) == ("6.50", "87.50", "7")


def test_pass_rate_never_below_zero_and_full_above_target(town: Town) -> None:
    # none passes: 95 short x 0.5 = 47.5 > 10 -> 0; all pass -> 10
    town.policy = policy(pass_rate(target=95, each=0.5))
    town.subjects.append({"subject": "v2", "name": "二村"})
    site_scores(town, {"s1": 80})
    site_scores(town, {"s2": 90}, subject="v2")
    assert town.run().column("subject_scores", "subject", "rate") == {"v1": "0.00", "v2": "10.00"}


def test_pass_rate_uses_the_published_percentage(town: Town) -> None:
    # 1/3 is published as 33.33: target 34.33 is exactly one whole point above; 33.333... would be less than one
    town.policy = policy(pass_rate(target=34.33, each=0.5))
    site_scores(town, {"s1": 95, "s2": 80, "s3": 80})
    assert town.run().subject("v1")["rate"] == "9.50"


def test_pass_rate_without_target(town: Town) -> None:
    # 10 x 75 %
    town.policy = policy(pass_rate())
    site_scores(town, {"s1": 95, "s2": 90, "s3": 90, "s4": 89})
    assert town.run().subject("v1")["rate"] == "7.50"


def test_a_site_with_a_veto_does_not_pass(town: Town) -> None:
    town.policy = policy(pass_rate())
    town.standards = [
        standard(
            section("一", clause("dirty", "per_occurrence", 100, each=1), clause("mixed", "veto")),
            full_marks=100,
        )
    ]
    for site, veto in (("s1", "yes"), ("s2", "no")):
        town.add_site(site)
        town.observe(site, {"dirty": "0", "mixed": veto})
    row = town.run().subject("v1")
    assert (row["rate"], row["sites"], row["passed_sites"]) == ("5.00", "2", "1")


def test_worst_site(town: Town) -> None:
    # shares 0.95, 40.5/45 = 0.9, 0.92: 20 x 0.9
    town.standards = [purity(100), purity(45, standard="street", site_kind="shop")]
    town.policy = policy({"id": "low", "kinds": ["compound", "shop"], "statistic": "worst", "points": 20})
    site_scores(town, {"s1": 95, "s2": 92})
    town.add_site("s3", kind="shop")
    town.observe("s3", {"purity": "9/10"})
    assert town.run().subject("v1")["low"] == "18.00"


def test_figure(town: Town) -> None:
    # mean 90 x 0.9 = 81; social 10 x 88.5 / 100 = 8.85
    town.policy = policy(
        {"id": "homes", "kinds": ["compound"], "statistic": "mean", "points": 90},
        {"id": "social", "statistic": "figure", "points": 10, "scale": 100},
    )
    site_scores(town, {"s1": 90})
    town.figures = [{"period": MONTH, "subject": "v1", "part": "social", "value": "88.5"}]
    row = town.run().subject("v1")
    assert (row["homes"], row["social"], row["score"]) == ("81.00", "8.85", "89.85")


@pytest.mark.parametrize(
    ("each", "value", "points"),
    [(-1, "3", "-3.00"), (-1, "7", "-5.00"), (-1, "0", "0.00"), (0.5, "3", "1.50"), (2, "4", "5.00")],
)
def test_count_is_signed_and_capped(town: Town, each: Any, value: str, points: str) -> None:
    town.policy = policy(
        {"id": "homes", "kinds": ["compound"], "statistic": "mean", "points": 100},
        {"id": "orders", "statistic": "count", "each": each, "cap": 5},
    )
    site_scores(town, {"s1": 90})
    town.figures = [{"period": MONTH, "subject": "v1", "part": "orders", "value": value}]
    row = town.run().subject("v1")
    assert row["orders"] == points
    assert Decimal(row["score"]) == 90 + Decimal(points)


@pytest.mark.parametrize(
    ("missing_part", "score"),
    [
        ("rescale", "52.42"),  # (36 + 11) x 58/52 = 52.423...
        ("zero", "47.00"),
        ("full", "53.00"),
    ],
)
def test_a_missing_part(town: Town, missing_part: str, score: str) -> None:
    # homes 40 x 0.9 = 36, units 12 x 0.916666 -> sites 90 and 93.3333 -> use 11/12: published 91.67 -> 11.0004 -> 11.00
    town.standards = kinds("compound", "unit", "shop")
    town.policy = policy(HOMES, UNITS, SHOPS, missing_part=missing_part)
    site_scores(town, {"s1": 90})
    site_scores(town, {"s2": "91.67"}, kind="unit")
    row = town.run().subject("v1")
    assert (row["homes"], row["units"], row["score"]) == ("36.00", "11.00", score)


def test_a_count_stands_outside_the_rescaling(town: Town) -> None:
    # homes 40 x 0.9 = 36, rescaled by 52/40 = 46.8; then - 3
    town.standards = kinds("compound", "unit")
    town.policy = policy(
        HOMES, UNITS, {"id": "orders", "statistic": "count", "each": -1}, missing_part="rescale"
    )
    site_scores(town, {"s1": 90})
    town.figures = [{"period": MONTH, "subject": "v1", "part": "orders", "value": "3"}]
    assert town.run().subject("v1")["score"] == "43.80"


def test_the_total_is_the_sum_of_published_parts(town: Town) -> None:
    # each part 1 x 0.3333 (published 33.33 of 100) = 0.3333 -> 0.33; three of them 0.99
    part = {"kinds": ["compound"], "statistic": "mean", "points": 1}
    town.policy = policy({"id": "x", **part}, {"id": "y", **part}, {"id": "z", **part})
    town.add_site("s1")
    town.observe("s1", {"purity": "1/3"})
    row = town.run().subject("v1")
    assert (row["x"], row["y"], row["z"], row["score"]) == ("0.33", "0.33", "0.33", "0.99")


def test_one_part_takes_only_its_kinds(town: Town) -> None:
    town.standards = kinds("compound", "unit")
    town.policy = policy({**HOMES, "points": 100})
    site_scores(town, {"s1": 90})
    site_scores(town, {"s2": 10}, kind="unit")
    assert town.run().subject("v1")["score"] == "90.00"


def test_policy_decimals(town: Town) -> None:
    # site 91.67 stays as its standard says; part and total get one place: 12 x 0.9167 = 11.0004
    town.policy = policy({**HOMES, "points": 12}, decimals=1)
    site_scores(town, {"s1": "91.67"})
    outcome = town.run()
    assert outcome.site_score("s1") == "91.67"
    assert outcome.subject("v1")["score"] == "11.0"


# --- who is ranked, and how ---


def test_too_few_scored_sites_is_not_ranked(town: Town) -> None:
    town.policy = policy(min_sites=2)
    town.subjects.append({"subject": "v2", "name": "二村"})
    site_scores(town, {"s1": 90, "s2": 80})
    site_scores(town, {"s3": 99}, subject="v2")
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


# --- periods ---


def test_two_periods_in_one_file_give_both_results(town: Town) -> None:
    town.subjects.append({"subject": "v2", "name": "二村"})
    town.add_site("s1")
    town.add_site("s2", "v2")
    town.observations += score_rows({"s1": 90, "s2": 95}, "2023-10")
    town.observations += score_rows({"s1": 99, "s2": 80}, "2023-09")
    outcome = town.run()
    assert [
        (row["period"], row["rank"], row["subject"], row["score"]) for row in outcome.table("subject_scores")
    ] == [
        ("2023-09", "1", "v1", "99.00"),
        ("2023-09", "2", "v2", "80.00"),
        ("2023-10", "1", "v2", "95.00"),
        ("2023-10", "2", "v1", "90.00"),
    ]
    assert outcome.column("site_scores", "site", "score", "2023-09") == {"s1": "99.00", "s2": "80.00"}


def test_visits_of_two_periods_stay_apart(town: Town) -> None:
    town.add_site("s1")
    town.observations += [
        {**row, "date": "2023-09-30", "inspector": "甲"}
        for period, score in (("2023-09", 80), ("2023-10", 100))
        for row in score_rows({"s1": score}, period)
    ]
    rows = town.run().table("site_scores")
    assert [(row["period"], row["score"]) for row in rows] == [("2023-09", "80.00"), ("2023-10", "100.00")]


# --- ways of writing the inputs ---


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030"])
def test_encodings_of_csv(town: Town, encoding: str) -> None:
    site_scores(town, {"s1": 90})
    for name in ("subjects", "sites", "observations"):
        path = town.folder / f"own_{name}.csv"
        town.files[name] = write_csv(path, getattr(town, name), COLUMNS[name], encoding)
    row = town.run().subject("v1")
    assert (row["name"], row["score"]) == ("一村", "90.00")


def test_columns_in_any_order_and_windows_line_ends(town: Town) -> None:
    site_scores(town, {"s1": 90})
    town.files["sites"] = town.folder / "own.csv"
    town.files["sites"].write_bytes("subject,kind,name,site\r\nv1,compound,甲小区,s1\r\n".encode())
    assert town.run().column("site_scores", "site", "name") == {"s1": "甲小区"}


def test_policy_and_standard_in_json(town: Town) -> None:
    site_scores(town, {"s1": 90})
    town.files["policy"] = write_json(town.folder / "policy.json", town.policy)
    town.files["standard0"] = write_json(town.folder / "standard.json", town.standards[0])
    assert town.run().subject("v1")["score"] == "90.00"


def test_decimals_in_json_are_exact(town: Town) -> None:
    # 88.1 - 0.3 = 87.8
    town.standards = [standard(section("一", clause("a", "per_occurrence", 88.1, each=0.1)), full_marks=88.1)]
    town.files["standard0"] = write_json(town.folder / "standard.json", town.standards[0])
    town.add_site("s1")
    town.observe("s1", {"a": "3"})
    assert town.run().site_score("s1") == "87.80"


def test_workbooks_with_numbers_and_dates_as_excel_keeps_them(town: Town) -> None:
    # aware 89.9 as a number -> 10 - 1; dirty 3 as a number -> 90 - 3; period as a date cell; date as a date cell
    town.standards = [
        standard(
            section(
                "一",
                clause("aware", "steps", 10, start=90, step=10, each=1),
                clause("dirty", "per_occurrence", 90, each=1),
            ),
            full_marks=100,
        )
    ]
    town.policy = policy(
        {**HOMES, "points": 90}, {"id": "social", "statistic": "figure", "points": 10, "scale": 100}
    )
    first = datetime.date(2023, 10, 1)
    visit = {"period": first, "site": "101", "date": datetime.date(2023, 10, 12), "inspector": "甲"}
    rows = [{**visit, "clause": "aware", "value": 89.9}, {**visit, "clause": "dirty", "value": 3}]
    books = {
        "subjects": [{"subject": "v1", "name": "一村"}],
        # an identifier that Excel keeps as a number
        "sites": [{"site": 101, "name": "甲小区", "kind": "compound", "subject": "v1"}],
        "observations": rows,
        "figures": [{"period": "2023-10", "subject": "v1", "part": "social", "value": 88.1}],
    }
    for name, content in books.items():
        columns = list(COLUMNS[name]) + (["date", "inspector"] if name == "observations" else [])
        town.files[name] = write_xlsx(town.folder / f"{name}.xlsx", content, columns)
    outcome = town.run()
    # 9 + 87 = 96; 90 x 0.96 = 86.4; 10 x 0.881 = 8.81
    (site,) = outcome.table("site_scores")
    assert (site["period"], site["site"], site["score"]) == (MONTH, "101", "96.00")
    assert outcome.subject("v1")["score"] == "95.21"


def test_extra_columns_are_passed_through(town: Town) -> None:
    town.subjects = [{"subject": "v1", "name": "一村", "书记": "张三"}]
    town.add_site("s1", 地址="淀山湖大道1号", households="300")
    town.observations = list(score_rows({"s1": 90}))
    outcome = town.run()
    (site,) = outcome.table("site_scores")
    assert (site["地址"], site["score"]) == ("淀山湖大道1号", "90.00")
    assert outcome.subject("v1")["书记"] == "张三"


def test_rare_characters_and_long_names_survive(town: Town) -> None:
    name = "\U00020bb7野家" + "村" * 197
    town.subjects = [{"subject": "v1", "name": name}]
    site_scores(town, {"s1": 90})
    assert town.run_apart().subject("v1")["name"] == name


def test_cells_with_commas_quotes_and_formulas_stay_text(town: Town) -> None:
    name = '=1+1,"甲"'
    town.subjects = [{"subject": "v1", "name": name}]
    site_scores(town, {"s1": 90})
    assert town.run().subject("v1")["name"].endswith(name)
    book = openpyxl.load_workbook(town.run("--format", "xlsx", out="books").out / "subject_scores.xlsx")
    cells = [cell for row in book.active.iter_rows() for cell in row]
    assert [cell.data_type for cell in cells if str(cell.value).endswith(name)] == ["s"]


# --- ways of writing the results ---


def test_json_results(town: Town) -> None:
    site_scores(town, {"s1": 90})
    out = town.run("--format", "json").out
    rows = json.loads((out / "subject_scores.json").read_text("utf-8"))
    assert [(row["subject"], row["name"], Decimal(str(row["score"]))) for row in rows] == [("v1", "一村", 90)]
    assert json.loads((out / "interviews.json").read_text("utf-8")) == []


def test_workbook_results_can_be_opened(town: Town) -> None:
    site_scores(town, {"s1": "91.67"})
    out = town.run("--format", "xlsx").out
    rows = list(openpyxl.load_workbook(out / "site_scores.xlsx").active.iter_rows(values_only=True))
    found = dict(zip(rows[0], rows[1], strict=True))
    assert found["site"] == "s1"
    assert Decimal(str(found["score"])) == Decimal("91.67")


def test_it_refuses_to_overwrite(town: Town) -> None:
    site_scores(town, {"s1": 90})
    town.run()
    before = {path.name: path.read_bytes() for path in (town.folder / "results").iterdir()}
    town.observations = list(score_rows({"s1": 50}))
    outcome = town.run()
    assert outcome.status in (1, 2)
    assert "--force" in outcome.text
    assert {path.name: path.read_bytes() for path in outcome.out.iterdir()} == before


def test_force_overwrites(town: Town) -> None:
    site_scores(town, {"s1": 90})
    town.run()
    town.observations = list(score_rows({"s1": 50}))
    assert town.run("--force").site_score("s1") == "50.00"


def test_force_leaves_other_files_alone(town: Town) -> None:
    site_scores(town, {"s1": 90})
    kept = town.run().out / "笔记.txt"
    kept.write_text("自己的", encoding="utf-8")
    town.run("--force")
    assert kept.read_text(encoding="utf-8") == "自己的"


def test_the_folder_and_those_above_it_are_made(town: Town) -> None:
    site_scores(town, {"s1": 90})
    assert town.run(out=Path("deep") / "er" / "results").site_score("s1") == "90.00"


def test_an_empty_folder_is_used(town: Town) -> None:
    site_scores(town, {"s1": 90})
    (town.folder / "results").mkdir()
    assert town.run().site_score("s1") == "90.00"


# --- the order of rows ---


def busy_town(town: Town) -> None:
    """Two months, two groups, ties, several visits, vetoes, gates, n/a, history and figures."""
    random = Random(2023)
    town.standards = [
        standard(
            section(
                "一",
                clause("bins", "per_occurrence", 10, each=5),
                clause("dirty", "per_occurrence", 30, each=3),
                gate={"clause": "bins", "when": "zero"},
            ),
            section(
                "二", clause("purity", "ratio", 60), clause("mixed", "veto", cap=59), clause("nosort", "veto")
            ),
            full_marks=100,
        )
    ]
    town.policy = policy(
        {"id": "homes", "kinds": ["compound"], "statistic": "mean", "points": 90},
        {"id": "social", "statistic": "figure", "points": 10, "scale": 100},
        groups="class",
        lists=[
            {"name": "红榜", "top": 2, "order": "best_first"},
            {"name": "黑榜", "bottom": 2, "order": "worst_first"},
        ],
        rank_bonus={1: 2, 2: 1},
        interviews=[
            {
                "name": f"连续不达标约谈 {source}",
                "when": {"consecutive_fails": 2},
                "source": source,
                "chair": "镇主要领导",
                "attend": ["村居书记"],
            }
            for source in ("town", "district")
        ],
    )
    town.subjects = [
        {"subject": f"v{n}", "name": f"村{n}", "class": "一类" if n % 2 else "二类"} for n in range(8)
    ]
    for number in range(16):
        site = f"s{number}"
        town.add_site(site, f"v{number // 2}")
        for period in ("2023-09", "2023-10"):
            for visit in range(1 + number % 3):
                values = {
                    "bins": random.choice(("0", "1", "2", "n/a")),
                    "dirty": random.choice(("0", "3", "n/a")),
                    "purity": random.choice(("3/4", "1/2", "1/3")),
                    "mixed": random.choice(("no", "no", "yes")),
                    "nosort": random.choice(("no", "no", "yes")),
                }
                town.observe(site, values, period, date=f"{period}-1{visit}", inspector=random.choice("甲乙"))
    for subject in town.subjects:
        name = str(subject["subject"])
        town.past(
            "district", name, {month: random.random() < 0.6 for month in ("2023-08", "2023-09", "2023-10")}
        )
        town.past("town", name, {"2023-08": random.random() < 0.6})
        town.figures.append(
            {"period": "2023-10", "subject": name, "part": "social", "value": str(random.randint(60, 99))}
        )


def written(outcome: Outcome) -> dict[str, bytes]:
    assert outcome.status == 0, outcome.text
    return {path.name: path.read_bytes() for path in outcome.out.iterdir()}


@pytest.mark.parametrize("visits", ["mean", "latest", "worst"])
@pytest.mark.parametrize("kind", ["csv", "json", "xlsx"])
def test_the_order_of_observations_is_irrelevant(town: Town, visits: str, kind: str) -> None:
    busy_town(town)
    town.policy["visits"] = visits
    straight = written(town.run("--format", kind, out="straight"))
    assert straight
    for seed in range(5):
        Random(seed).shuffle(town.observations)
        assert written(town.run("--format", kind, out=f"shuffled{seed}")) == straight


def figures_of(outcome: Outcome) -> dict[str, list[list[str]]]:
    """The rows of each table in any order, without the words of reasons (which name sites in file order)."""
    return {
        name: sorted(
            [value for column, value in row.items() if not column.startswith("reason")]
            for row in outcome.table(name)
        )
        for name in ("site_scores", "subject_scores", "not_ranked", "lists", "interviews")
    }


def test_the_order_of_all_other_rows_changes_no_figure(town: Town) -> None:
    busy_town(town)
    straight = figures_of(town.run(out="straight"))
    assert all(rows for name, rows in straight.items() if name != "not_ranked")
    for seed in range(5):
        for rows in (town.subjects, town.sites, town.figures, town.history):
            Random(seed).shuffle(rows)
        assert figures_of(town.run(out=f"shuffled{seed}")) == straight


# --- files as people write them ---

STANDARD_BY_HAND = """\
standard: compound            # id, [a-z0-9-]+
version: "2023.1"
title: 居住小区生活垃圾分类实效测评表
site_kind: compound
full_marks: 53
pass_share: 0.9               # pass line = pass_share x full_marks
not_applicable: rescale       # rescale 按比例折算 | full 视为满分
decimals: 2
sections:
  - name: 设施设备
    gate: {clause: bins, when: zero}
    clauses:
      - {id: bins,    text: 四分类容器齐全,       points: 5,  rule: all_or_nothing}
      - {id: dirty,   text: 桶身脏破未盖,         points: 5,  rule: per_occurrence, each: 1}
      - {id: labels,  text: 标识缺项,             points: 3,  rule: missing_kinds, each: 1, kinds: [可回收物, 有害垃圾, 湿垃圾, 干垃圾]}
      - {id: notice,  text: 公示栏,               points: 10, rule: levels, levels: {规范: 10, 内容不全: 6, 未更新: 4, 无: 0}}
      - {id: purity,  text: 投放点分类准确率,     points: 15, rule: ratio}
      - {id: aware,   text: 居民知晓率,           points: 10, rule: steps, start: 90, step: 10, each: 1}
      - {id: target,  text: 回收登记率,           points: 5,  rule: shortfall, each: 0.5, target: {2023-01: 30, "2023-02": 60, "2023-03": 85}}
  - name: 一票否决
    clauses:
      - {id: mixed,   text: 容器内严重混合垃圾,   rule: veto, cap: 59}
      - {id: nosort,  text: 未开展垃圾分类,       rule: veto, cap: 0}
  - name: 加减分
    bonus_cap: 2
    penalty_cap: 5
    clauses:
      - {id: model,   text: 特色做法,             rule: bonus,   each: 1}
      - {id: repeat,  text: 同一问题两次以上被督办, rule: penalty, each: 1}
"""
POLICY_BY_HAND = """\
policy: town-2023
title: 2023年行动工作方案
subject: committee
decimals: 2
parts:
  - {id: homes,  name: 居住区（含行政村）, kinds: [compound, village], statistic: mean, points: 40}
  - {id: units,  name: 单位,              kinds: [unit],  statistic: mean, points: 12}
  - {id: shops,  name: 沿街商铺,          kinds: [shop],  statistic: mean, points: 6}
  - {id: rate,   name: 达标率,            kinds: [compound, village, unit], statistic: pass_rate, points: 10, target: 95, each: 0.5}
  - {id: social, name: 社会评价,          statistic: figure, points: 10, scale: 100}
  - {id: orders, name: 督办扣分,          statistic: count, each: -1, cap: 5}
missing_part: rescale
pass_mark: 90
visits: mean
min_sites: 1
groups: kind
ties: competition
tie_break: [-vetoes, pass_rate]
bands:
  - {name: 绿榜, min: 90}
  - {name: 蓝榜, min: 75}
  - {name: 黄榜, min: 60}
  - {name: 红榜, min: 0}
lists:
  - {name: 红榜, top: 5, order: best_first}
  - {name: 黑榜, bottom: 5, order: worst_first, ties_at_cut: include}
rank_bonus: {1: 2, 2: 1, 4: -0.5, 5: -1}
interviews:
  - {name: 末位约谈, when: {bottom: 5, ties_at_cut: include, only_failed: false}, source: town, chair: 分管领导, attend: [村居书记, 小区物业负责人]}
  - {name: 连续不达标约谈, when: {consecutive_fails: 2}, source: district, chair: 镇主要领导, attend: [村居书记, 小区物业负责人]}
"""


def by_hand(town: Town) -> None:
    for option, text in (("standard0", STANDARD_BY_HAND), ("policy", POLICY_BY_HAND)):
        town.files[option] = town.folder / f"by_hand_{option}.yaml"
        town.files[option].write_text(text, encoding="utf-8")
    town.subjects = [{"subject": "v1", "name": "一村", "kind": "行政村"}]
    town.add_site("s1")
    sound = {
        "bins": "yes",
        "dirty": "0",
        "labels": "none",
        "notice": "规范",
        "purity": "13/15",
        "aware": "89.9",
        "target": "84",
        "mixed": "no",
        "nosort": "no",
        "model": "1",
        "repeat": "0",
    }
    town.observe("s1", sound)
    town.figures = [
        {"period": MONTH, "subject": "v1", "part": "social", "value": "88.10"},
        {"period": MONTH, "subject": "v1", "part": "orders", "value": "2"},
    ]
    town.past("district", "v1", {"2023-09": True, "2023-10": True})


def test_the_files_of_the_definition(town: Town) -> None:
    by_hand(town)
    outcome = town.run()
    # lost: purity 2, aware 1, target 0.5 -> 53 - 3.5 = 49.5, + 1 = 50.5; line 47.7
    (site,) = outcome.table("site_scores")
    assert (site["score"], site["passed"]) == ("50.50", "yes")
    row = outcome.subject("v1")
    # homes 40 x 50.5/53 = 38.1132 -> 38.11; rate 100 % -> 10; social 8.81
    assert (row["homes"], row["rate"], row["social"], row["orders"]) == ("38.11", "10.00", "8.81", "-2.00")
    # (38.11 + 10 + 8.81) x 78/60 = 73.996; - 2 = 71.996 -> 72.00; units and shops are missing
    assert (row["score"], row["band"], row["rank"], row["group"]) == ("72.00", "黄榜", "1", "行政村")
    assert Decimal(row["rank_bonus"]) == 2
    assert outcome.listed("红榜") == ["v1"]
    assert outcome.listed("黑榜") == ["v1"]
    assert [which for _, which, _ in outcome.interviews()] == ["末位约谈", "连续不达标约谈"]


def test_json_says_the_same_as_yaml(town: Town) -> None:
    """Keys of rank_bonus are text in JSON."""
    by_hand(town)
    yaml_result = town.run(out="yaml").table("subject_scores")
    for option in ("standard0", "policy"):
        content = yaml.load(town.files[option].read_text("utf-8"), Loader=yaml.BaseLoader)
        text = json.dumps(content, ensure_ascii=False, indent="\t").replace('"false"', "false")
        town.files[option] = town.folder / f"{option}.json"
        town.files[option].write_text(text, encoding="utf-8")
    assert town.run(out="json").table("subject_scores") == yaml_result


def test_level_names_may_be_words_that_yaml_reads_otherwise(town: Town) -> None:
    text = STANDARD_BY_HAND.replace(
        "{规范: 10, 内容不全: 6, 未更新: 4, 无: 0}", "{yes: 10, 2: 6, off: 4, no: 0}"
    )
    by_hand(town)
    town.files["standard0"].write_text(text, encoding="utf-8")
    for value, score in (("yes", "50.50"), ("2", "46.50"), ("off", "44.50"), ("no", "40.50")):
        for row in town.observations:
            if row["clause"] == "notice":
                dict.__setitem__(row, "value", value)  # type: ignore[arg-type]
        assert town.run("--force").site_score("s1") == score


def test_columns_without_a_name_are_passed_over(town: Town) -> None:
    """Excel writes commas for columns that were emptied."""
    site_scores(town, {"s1": 90})
    town.files["subjects"] = town.folder / "own.csv"
    town.files["subjects"].write_text("subject,name,,\nv1,一村,,\n,,,\n", encoding="utf-8")
    assert town.run().subject("v1")["score"] == "90.00"


def test_two_standards_score_two_kinds(town: Town) -> None:
    """Each site by the standard of its kind, each with its own full marks, pass line and clauses."""
    town.standards = [
        purity(),
        standard(
            section("一", clause("dirty", "per_occurrence", 45, each=0.5)),
            full_marks=45,
            standard="shop",
            site_kind="shop",
        ),
    ]
    site_scores(town, {"s1": 89})
    town.add_site("s2", kind="shop")
    town.observe("s2", {"dirty": "9"})  # 45 - 4.5 = 40.5, just the line
    outcome = town.run()
    assert outcome.column("site_scores", "site", "score") == {"s1": "89.00", "s2": "40.50"}
    assert outcome.column("site_scores", "site", "passed") == {"s1": "no", "s2": "yes"}
    full = outcome.column("site_scores", "site", "full_marks")
    assert {site: Decimal(marks) for site, marks in full.items()} == {"s1": 100, "s2": 45}

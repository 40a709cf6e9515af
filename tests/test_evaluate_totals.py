"""From site scores to a subject's total: each statistic, and parts that are missing. Worked by hand."""

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
    purity,
    score_rows,
    section,
    standard,
)

HOMES = {"id": "homes", "kinds": ["compound", "village"], "statistic": "mean", "points": 40}
UNITS = {"id": "units", "kinds": ["unit"], "statistic": "mean", "points": 12}
SHOPS = {"id": "shops", "kinds": ["shop"], "statistic": "mean", "points": 6}


@pytest.fixture
def town(tmp_path: Path) -> Town:
    return Town(tmp_path)


def kinds(*names: str) -> list[dict[str, Any]]:
    return [purity(standard=name, site_kind=name) for name in names]


def test_mean_is_of_published_scores(town: Town) -> None:
    # 100/6 = 16.666... is published as 16.67: 600 x 0.1667 = 100.02; of exact scores it would be 100.00
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
    town.add_scores({f"s{number}": 95 for number in range(7)} | {"s7": 80})
    row = town.run().subject("v1")
    assert (row["rate"], row["pass_rate"], row["passed_sites"]) == ("6.50", "87.50", "7")


def test_pass_rate_never_below_zero_and_full_above_target(town: Town) -> None:
    # none passes: 95 short x 0.5 = 47.5 > 10 -> 0; all pass -> 10
    town.policy = policy(pass_rate(target=95, each=0.5))
    town.subjects.append({"subject": "v2", "name": "二村"})
    town.add_scores({"s1": 80})
    town.add_scores({"s2": 90}, subject="v2")
    assert town.run().column("subject_scores", "subject", "rate") == {"v1": "0.00", "v2": "10.00"}


def test_pass_rate_uses_the_published_percentage(town: Town) -> None:
    # 1/3 is published as 33.33: target 34.33 is exactly one whole point above; 33.333... would be less than one
    town.policy = policy(pass_rate(target=34.33, each=0.5))
    town.add_scores({"s1": 95, "s2": 80, "s3": 80})
    assert town.run().subject("v1")["rate"] == "9.50"


def test_pass_rate_without_target(town: Town) -> None:
    # 10 x 75 %
    town.policy = policy(pass_rate())
    town.add_scores({"s1": 95, "s2": 90, "s3": 90, "s4": 89})
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
    town.add_scores({"s1": 95, "s2": 92})
    town.add_site("s3", kind="shop")
    town.observe("s3", {"purity": "9/10"})
    assert town.run().subject("v1")["low"] == "18.00"


def test_figure(town: Town) -> None:
    # mean 90 x 0.9 = 81; social 10 x 88.5 / 100 = 8.85
    town.policy = policy(
        {"id": "homes", "kinds": ["compound"], "statistic": "mean", "points": 90},
        {"id": "social", "statistic": "figure", "points": 10, "scale": 100},
    )
    town.add_scores({"s1": 90})
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
    town.add_scores({"s1": 90})
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
    # homes 40 x 0.9 = 36; units 12 x 0.9167 = 11.0004 -> 11.00; no shop
    town.standards = kinds("compound", "unit", "shop")
    town.policy = policy(HOMES, UNITS, SHOPS, missing_part=missing_part)
    town.add_scores({"s1": 90})
    town.add_scores({"s2": "91.67"}, kind="unit")
    row = town.run().subject("v1")
    assert (row["homes"], row["units"], row["score"]) == ("36.00", "11.00", score)


def test_a_count_stands_outside_the_rescaling(town: Town) -> None:
    # homes 40 x 0.9 = 36, rescaled by 52/40 = 46.8; then - 3
    town.standards = kinds("compound", "unit")
    town.policy = policy(
        HOMES, UNITS, {"id": "orders", "statistic": "count", "each": -1}, missing_part="rescale"
    )
    town.add_scores({"s1": 90})
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
    town.add_scores({"s1": 90})
    town.add_scores({"s2": 10}, kind="unit")
    assert town.run().subject("v1")["score"] == "90.00"


def test_policy_decimals(town: Town) -> None:
    # site 91.67 stays as its standard says; part and total get one place: 12 x 0.9167 = 11.0004
    town.policy = policy({**HOMES, "points": 12}, decimals=1)
    town.add_scores({"s1": "91.67"})
    outcome = town.run()
    assert outcome.site_score("s1") == "91.67"
    assert outcome.subject("v1")["score"] == "11.0"

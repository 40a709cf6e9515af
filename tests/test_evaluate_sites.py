"""From clauses to a site's score: veto, bonus, penalty, pass line, what was not observed, several visits."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.town import (
    Town,
    clause,
    policy,
    purity,
    score_rows,
    score_site,
    section,
    site_row,
    standard,
)


@pytest.fixture
def town(tmp_path: Path) -> Town:
    return Town(tmp_path)


def three_clauses(**settings: Any) -> dict[str, Any]:
    return standard(
        section("一", clause("a", "per_occurrence", 50, each=1), clause("b", "per_occurrence", 30, each=1)),
        section("二", clause("c", "all_or_nothing", 20)),
        full_marks=100,
        **settings,
    )


# --- veto, bonus, penalty, clamp, pass ---


def judged(*extra: dict[str, Any], **settings: Any) -> dict[str, Any]:
    return standard(
        section("实效", clause("dirty", "per_occurrence", 100, each=1)),
        section("其他", *extra, **settings),
        full_marks=100,
    )


@pytest.mark.parametrize(
    ("cap", "dirty", "score"),
    [
        (59, "2", "59.00"),  # 98 -> at most 59
        (59, "60", "40.00"),  # 40 is below 59 already
        (0, "2", "0.00"),
        (59.5, "2", "59.50"),
        (None, "2", "98.00"),  # no cap: the score stands, not passed
    ],
)
def test_a_veto_caps_the_score_and_fails_the_site(town: Town, cap: Any, dirty: str, score: str) -> None:
    veto = clause("mixed", "veto") if cap is None else clause("mixed", "veto", cap=cap)
    row = site_row(score_site(town, judged(veto), {"dirty": dirty, "mixed": "yes"}))
    assert (row["score"], row["passed"], row["vetoes"]) == (score, "no", "mixed")


def test_a_veto_that_did_not_happen_changes_nothing(town: Town) -> None:
    row = site_row(score_site(town, judged(clause("mixed", "veto", cap=0)), {"dirty": "2", "mixed": "no"}))
    assert (row["score"], row["passed"], row["vetoes"]) == ("98.00", "yes", "")


def test_of_two_vetoes_the_lower_cap_holds(town: Town) -> None:
    sheet = judged(clause("mixed", "veto", cap=59), clause("nosort", "veto", cap=30), clause("other", "veto"))
    row = site_row(score_site(town, sheet, {"dirty": "0", "mixed": "yes", "nosort": "yes", "other": "yes"}))
    assert (row["score"], row["passed"]) == ("30.00", "no")
    assert row["vetoes"].replace(",", ";").split(";") == ["mixed", "nosort", "other"]


def test_a_veto_comes_after_bonus_and_clamp(town: Town) -> None:
    # 100 + 3 -> clamp 100 -> at most 59
    sheet = judged(clause("model", "bonus", each=1), clause("mixed", "veto", cap=59))
    row = site_row(score_site(town, sheet, {"dirty": "0", "model": "3", "mixed": "yes"}))
    assert row["score"] == "59.00"


def test_deductions_stand_before_veto_bonus_and_penalty(town: Town) -> None:
    # lost 7 of 100 by the clauses; + 1, - 2, then the veto: none of them is a deduction of a clause
    sheet = judged(
        clause("model", "bonus", each=1), clause("repeat", "penalty", each=1), clause("mixed", "veto", cap=59)
    )
    outcome = score_site(town, sheet, {"dirty": "7", "model": "1", "repeat": "2", "mixed": "yes"})
    assert outcome.deductions("s1") == {"dirty": 7}


@pytest.mark.parametrize(
    ("values", "score"),
    [
        ({"model": "1", "repeat": "0"}, "91.00"),
        ({"model": "3", "repeat": "0"}, "92.00"),  # 3, at most 2
        ({"model": "0", "repeat": "7"}, "85.00"),  # 7, at most 5
        ({"model": "4", "repeat": "9"}, "87.00"),  # + 2 - 5
    ],
)
def test_bonus_and_penalty_caps(town: Town, values: dict[str, str], score: str) -> None:
    sheet = judged(
        clause("model", "bonus", each=1),
        clause("repeat", "penalty", each=1),
        bonus_cap=2,
        penalty_cap=5,
    )
    assert score_site(town, sheet, {"dirty": "10", **values}).site_score("s1") == score


def test_without_caps_bonus_and_penalty_have_no_limit(town: Town) -> None:
    # 100 - 50 + 4 x 0.5 - 10 x 2 = 32
    sheet = judged(clause("model", "bonus", each=0.5), clause("repeat", "penalty", each=2))
    assert score_site(town, sheet, {"dirty": "50", "model": "4", "repeat": "10"}).site_score("s1") == "32.00"


def test_a_cap_limits_the_sum_of_a_sections_bonus_clauses(town: Town) -> None:
    # 1.5 + 1.5 = 3, at most 2
    sheet = judged(clause("x", "bonus", each=1.5), clause("y", "bonus", each=1.5), bonus_cap=2)
    assert score_site(town, sheet, {"dirty": "10", "x": "1", "y": "1"}).site_score("s1") == "92.00"


def test_the_score_stays_between_zero_and_full_marks(town: Town) -> None:
    sheet = judged(clause("model", "bonus", each=10), clause("repeat", "penalty", each=10))
    town.standards = [sheet]
    town.add_site("high")
    town.add_site("low")
    town.observe("high", {"dirty": "3", "model": "1", "repeat": "0"})
    town.observe("low", {"dirty": "97", "model": "0", "repeat": "1"})
    assert town.run().column("site_scores", "site", "score") == {"high": "100.00", "low": "0.00"}


def test_bonus_is_not_rescaled(town: Town) -> None:
    # applicable 80 of 100, lost 40 -> 40 x 100/80 = 50; + 2 = 52
    sheet = standard(
        section("一", clause("a", "per_occurrence", 80, each=1), clause("c", "all_or_nothing", 20)),
        section("二", clause("model", "bonus", each=1)),
        full_marks=100,
    )
    assert score_site(town, sheet, {"a": "40", "c": "n/a", "model": "2"}).site_score("s1") == "52.00"


@pytest.mark.parametrize(
    ("full_marks", "good", "total", "score", "passed"),
    [
        (100, 90, 100, "90.00", "yes"),
        (100, 8999, 10000, "89.99", "no"),
        (100, 89995, 100000, "90.00", "yes"),  # 89.995 is published as 90.00, and the published score counts
        (98, 9, 10, "88.20", "yes"),  # 0.9 x 98 = 88.2
        (98, 8819, 9800, "88.19", "no"),
        (45, 9, 10, "40.50", "yes"),  # 0.9 x 45 = 40.5
        (45, 4049, 4500, "40.49", "no"),
    ],
)
def test_pass_line(town: Town, full_marks: int, good: int, total: int, score: str, passed: str) -> None:
    row = site_row(score_site(town, purity(full_marks), {"purity": f"{good}/{total}"}))
    assert (row["score"], row["passed"]) == (score, passed)


def test_pass_share_is_data(town: Town) -> None:
    town.standards = [purity(pass_share=0.6)]
    town.add_site("s1")
    town.add_site("s2")
    town.observations = list(score_rows({"s1": "60", "s2": "59.99"}))
    assert town.run().column("site_scores", "site", "passed") == {"s1": "yes", "s2": "no"}


# --- missing observations ---


def missing_town(town: Town, value: str | None) -> None:
    town.standards = [judged(clause("mixed", "veto", cap=0), clause("model", "bonus", each=1))]
    town.add_site("s1")
    town.observe("s1", {"dirty": "4"})
    if value is not None:
        town.observe("s1", {"mixed": value, "model": value})


@pytest.mark.parametrize("value", [None, ""])
def test_a_clause_without_observation_is_an_error(town: Town, value: str | None) -> None:
    missing_town(town, value)
    outcome = town.run()
    outcome.refused("s1", "mixed")
    outcome.refused("s1", "model")


@pytest.mark.parametrize("value", [None, ""])
def test_missing_full_takes_nothing_off(town: Town, value: str | None) -> None:
    # dirty 100 - 4; no veto, no bonus
    missing_town(town, value)
    outcome = town.run("--missing", "full")
    row = site_row(outcome)
    assert (row["score"], row["passed"], row["vetoes"]) == ("96.00", "yes", "")


def test_missing_full_gives_a_scored_clause_its_points(town: Town) -> None:
    # a not observed: 50; b lost 3; c yes
    outcome = score_site(town, three_clauses(), {"b": "3", "c": "yes"}, "--missing", "full")
    assert outcome.site_score("s1") == "97.00"
    assert outcome.deductions("s1") == {"b": 3}


# --- visits ---


def visited(town: Town, visits: str | None) -> None:
    """Three visits: 100 - 10 = 90, then 100 - 1 = 99 with a veto, then 100 - 5 = 95."""
    town.standards = [judged(clause("mixed", "veto"))]
    if visits:
        town.policy = policy(visits=visits)
    town.add_site("s1")
    town.observe("s1", {"dirty": "10", "mixed": "no"}, date="2023-10-03", inspector="甲")
    town.observe("s1", {"dirty": "5", "mixed": "no"}, date="2023-10-20", inspector="甲")
    town.observe("s1", {"dirty": "1", "mixed": "yes"}, date="2023-10-11", inspector="乙")


@pytest.mark.parametrize(
    ("visits", "score", "passed", "vetoes"),
    [
        (None, "94.67", "no", "mixed"),  # (90 + 99 + 95) / 3 = 94.666...; a veto in any visit stands
        ("mean", "94.67", "no", "mixed"),
        ("latest", "95.00", "yes", ""),  # 20 October, though it is not the last row
        ("worst", "90.00", "yes", ""),
    ],
)
def test_several_visits(town: Town, visits: str | None, score: str, passed: str, vetoes: str) -> None:
    visited(town, visits)
    row = site_row(town.run())
    assert (row["score"], row["passed"], row["vetoes"]) == (score, passed, vetoes)


def test_the_veto_of_the_visit_that_counts_stands(town: Town) -> None:
    visited(town, "latest")
    town.observe("s1", {"dirty": "0", "mixed": "yes"}, date="2023-10-21", inspector="甲")
    row = site_row(town.run())
    assert (row["score"], row["passed"], row["vetoes"]) == ("100.00", "no", "mixed")


def test_a_capping_veto_in_one_visit_caps_the_mean(town: Town) -> None:
    town.standards = [judged(clause("nosort", "veto", cap=0))]
    town.add_site("s1")
    town.observe("s1", {"dirty": "0", "nosort": "no"}, date="2023-10-03")
    town.observe("s1", {"dirty": "0", "nosort": "yes"}, date="2023-10-04")
    row = site_row(town.run())
    assert (row["score"], row["passed"]) == ("0.00", "no")


def test_same_date_and_another_inspector_is_another_visit(town: Town) -> None:
    # (90 + 95) / 2
    town.standards = [judged(clause("mixed", "veto"))]
    town.add_site("s1")
    town.observe("s1", {"dirty": "10", "mixed": "no"}, date="2023-10-03", inspector="甲")
    town.observe("s1", {"dirty": "5", "mixed": "no"}, date="2023-10-03", inspector="乙")
    assert town.run().site_score("s1") == "92.50"


def test_no_date_and_no_inspector_is_one_visit(town: Town) -> None:
    # the two rows stand apart in the file, with another site between
    town.standards = [three_clauses()]
    town.add_site("s1")
    town.add_site("s2")
    town.observe("s1", {"a": "10"}, date="", inspector="")
    town.observe("s2", {"a": "0", "b": "0", "c": "yes"}, date="", inspector="")
    town.observe("s1", {"b": "0", "c": "yes"}, date="", inspector="")
    assert town.run().column("site_scores", "site", "score") == {"s1": "90.00", "s2": "100.00"}


def test_an_empty_inspector_is_not_the_same_visit_as_a_named_one(town: Town) -> None:
    # (100 + 90) / 2
    town.standards = [judged(clause("mixed", "veto"))]
    town.add_site("s1")
    town.observe("s1", {"dirty": "0", "mixed": "no"}, date="2023-10-03", inspector="")
    town.observe("s1", {"dirty": "10", "mixed": "no"}, date="2023-10-03", inspector="甲")
    assert town.run().site_score("s1") == "95.00"


def test_latest_with_equal_dates_is_the_later_in_the_file(town: Town) -> None:
    town.policy = policy(visits="latest")
    town.standards = [judged(clause("mixed", "veto"))]
    town.add_site("s1")
    town.observe("s1", {"dirty": "5", "mixed": "no"}, date="2023-10-03", inspector="乙")
    town.observe("s1", {"dirty": "10", "mixed": "no"}, date="2023-10-03", inspector="甲")
    assert town.run().site_score("s1") == "90.00"


def test_the_mean_of_visits_is_of_exact_scores(town: Town) -> None:
    # (0.005 + 0.004) / 2 = 0.0045 -> 0.00; of published scores (0.01 + 0.00) / 2 = 0.005 -> 0.01
    town.standards = [purity(1)]
    town.add_site("s1")
    town.observe("s1", {"purity": "5/1000"}, date="2023-10-01")
    town.observe("s1", {"purity": "4/1000"}, date="2023-10-02")
    assert town.run().site_score("s1") == "0.00"


def test_deductions_of_several_visits_sum_to_what_the_site_lost(town: Town) -> None:
    # (10 + 4) / 2 = 7 lost
    town.standards = [judged(clause("mixed", "veto"))]
    town.add_site("s1")
    town.observe("s1", {"dirty": "10", "mixed": "no"}, date="2023-10-03")
    town.observe("s1", {"dirty": "4", "mixed": "no"}, date="2023-10-04")
    outcome = town.run()
    assert outcome.site_score("s1") == "93.00"
    assert outcome.deductions("s1") == {"dirty": 7}


def test_the_same_clause_twice_in_one_visit_is_refused(town: Town) -> None:
    town.standards = [judged(clause("mixed", "veto"))]
    town.add_site("s1")
    town.observe("s1", {"dirty": "10", "mixed": "no"}, date="2023-10-03")
    town.observe("s1", {"dirty": "4"}, date="2023-10-03")
    town.run().refused("observations.csv", "dirty")

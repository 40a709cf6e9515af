"""Each rule of a standard, by examples worked by hand: the command's own tables must show these figures."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.town import MONTH, Town, clause, purity, score_site, section, site_row, standard


@pytest.fixture
def town(tmp_path: Path) -> Town:
    return Town(tmp_path)


def score_values(town: Town, rule: dict[str, Any], values: list[str], period: str = MONTH) -> list[str]:
    """One site for each value, scored by a standard that has this one clause."""
    town.standards = [standard(section("一", rule), full_marks=rule["points"])]
    for number, value in enumerate(values):
        town.add_site(f"s{number}")
        town.observe(f"s{number}", {rule["id"]: value}, period)
    scores = town.run().column("site_scores", "site", "score")
    return [scores[f"s{number}"] for number in range(len(values))]


def by_value(town: Town, rule: dict[str, Any], expected: dict[str, str], period: str = MONTH) -> None:
    found = score_values(town, rule, list(expected), period)
    assert dict(zip(expected, found, strict=True)) == expected


def judged(*extra: dict[str, Any], **settings: Any) -> dict[str, Any]:
    return standard(
        section("实效", clause("dirty", "per_occurrence", 100, each=1)),
        section("其他", *extra, **settings),
        full_marks=100,
    )


# --- the table of rules ---


def test_all_or_nothing(town: Town) -> None:
    by_value(town, clause("bins", "all_or_nothing", 5), {"yes": "5.00", "no": "0.00"})


def test_per_occurrence_stops_at_zero(town: Town) -> None:
    # 3 - 0.5n: 0 -> 3, 1 -> 2.5, 5 -> 0.5, 6 -> 0, 7 -> 0 (扣完为止)
    by_value(
        town,
        clause("dirty", "per_occurrence", 3, each=0.5),
        {"0": "3.00", "1": "2.50", "5": "0.50", "6": "0.00", "7": "0.00", "4000000000": "0.00"},
    )


def test_per_occurrence_cap_limits_the_deduction(town: Town) -> None:
    # 10 - min(2n, 6): 2 -> 6, 3 -> 4, 4 -> 4
    by_value(
        town,
        clause("dirty", "per_occurrence", 10, each=2, cap=6),
        {"0": "10.00", "2": "6.00", "3": "4.00", "4": "4.00", "100": "4.00"},
    )


def test_missing_kinds(town: Town) -> None:
    # 3 points, 1 each: four kinds missing -> 3 - 4 < 0 -> 0
    by_value(
        town,
        clause("labels", "missing_kinds", 3, each=1, kinds=["可回收物", "有害垃圾", "湿垃圾", "干垃圾"]),
        {
            "none": "3.00",
            "湿垃圾": "2.00",
            "湿垃圾;干垃圾": "1.00",
            "干垃圾;湿垃圾;可回收物;有害垃圾": "0.00",
        },
    )


def test_levels(town: Town) -> None:
    by_value(
        town,
        clause("notice", "levels", 10, levels={"规范": 10, "内容不全": 6, "未更新": 4, "无": 0}),
        {"规范": "10.00", "内容不全": "6.00", "未更新": "4.00", "无": "0.00"},
    )


def test_ratio(town: Town) -> None:
    # 15 x 13/15 = 13; 15 x 1/7 = 2.142857... -> 2.14; 15 x 2/7 = 4.2857... -> 4.29
    by_value(
        town,
        clause("purity", "ratio", 15),
        {"13/15": "13.00", "0/15": "0.00", "15/15": "15.00", "1/7": "2.14", "2/7": "4.29"},
    )


def test_steps_count_started_steps(town: Town) -> None:
    # start 90, step 10: 89.9 is 0.1 short -> 1 started step; 80 is 10 short -> 1; 79.9 is 10.1 short -> 2
    by_value(
        town,
        clause("aware", "steps", 10, start=90, step=10, each=1),
        {
            "100": "10.00",
            "90.1": "10.00",
            "90": "10.00",
            "89.9": "9.00",
            "80": "9.00",
            "79.9": "8.00",
            "70": "8.00",
            "0": "1.00",
        },
    )


def test_steps_stop_at_zero(town: Town) -> None:
    # 5 points, 2 a step: 65 is 25 short -> 3 started steps -> 5 - 6 < 0 -> 0
    by_value(town, clause("aware", "steps", 5, start=90, step=10, each=2), {"70": "1.00", "65": "0.00"})


def test_steps_may_be_fractions(town: Town) -> None:
    # step 2.5: 87.5 is one step, 87.49 two, 85 two, 84.99 three
    by_value(
        town,
        clause("aware", "steps", 10, start=90, step=2.5, each=0.1),
        {"87.5": "9.90", "87.49": "9.80", "85": "9.80", "84.99": "9.70"},
    )


def test_shortfall_counts_whole_percentage_points(town: Town) -> None:
    # target 85: 84.01 is 0.99 short -> 0; 84 -> 1 x 0.5; 82.5 is 2.5 short -> 2 x 0.5; 75 -> 5; 74 -> 5.5 -> 0
    by_value(
        town,
        clause("target", "shortfall", 5, each=0.5, target=85),
        {
            "100": "5.00",
            "85": "5.00",
            "84.01": "5.00",
            "84": "4.50",
            "82.5": "4.00",
            "75": "0.00",
            "74": "0.00",
        },
    )


@pytest.mark.parametrize(
    ("period", "value", "score"),
    [
        ("2023-01", "29", "4.50"),  # target 30: 1 short
        ("2023-01", "55", "5.00"),  # already above 30
        ("2023-02", "55", "2.50"),  # target 60: 5 short
        ("2023-03", "84.9", "5.00"),  # target 85: 0.1 short, rounded down
        ("2023-04", "83", "4.00"),  # still 85, the latest at or before: 2 short
        ("2024-01", "83", "4.00"),  # the next year too
    ],
)
def test_shortfall_by_month_takes_the_latest_target(town: Town, period: str, value: str, score: str) -> None:
    rule = clause("target", "shortfall", 5, each=0.5, target={"2023-03": 85, "2023-01": 30, "2023-02": 60})
    assert score_values(town, rule, [value], period) == [score]


def test_shortfall_before_its_first_target_is_refused(town: Town) -> None:
    town.standards = [
        standard(
            section("一", clause("target", "shortfall", 5, each=0.5, target={"2023-01": 30})), full_marks=5
        )
    ]
    town.add_site("s1")
    town.observe("s1", {"target": "50"}, "2022-12")
    town.run().refused("s1", "target", "2023-01")


def test_every_rule_in_the_sheet_of_the_definition(town: Town) -> None:
    sheet = standard(
        section(
            "设施设备",
            clause("bins", "all_or_nothing", 5),
            clause("dirty", "per_occurrence", 5, each=1),
            clause("labels", "missing_kinds", 3, each=1, kinds=["可回收物", "有害垃圾", "湿垃圾", "干垃圾"]),
            clause("notice", "levels", 10, levels={"规范": 10, "内容不全": 6, "未更新": 4, "无": 0}),
            clause("purity", "ratio", 15),
            clause("aware", "steps", 10, start=90, step=10, each=1),
            clause("target", "shortfall", 5, each=0.5, target={"2023-01": 30, "2023-02": 60, "2023-03": 85}),
            gate={"clause": "bins", "when": "zero"},
        ),
        section(
            "一票否决",
            clause("mixed", "veto", cap=59),
            clause("nosort", "veto", cap=0),
        ),
        section(
            "加减分",
            clause("model", "bonus", each=1),
            clause("repeat", "penalty", each=1),
            bonus_cap=2,
            penalty_cap=5,
        ),
        full_marks=53,
    )
    outcome = score_site(
        town,
        sheet,
        {
            "bins": "yes",  # 5
            "dirty": "2",  # 5 - 2 = 3
            "labels": "湿垃圾",  # 3 - 1 = 2
            "notice": "内容不全",  # 6
            "purity": "13/15",  # 13
            "aware": "79.9",  # 10 - 2 = 8
            "target": "82.5",  # 5 - 2 x 0.5 = 4
            "mixed": "no",
            "nosort": "no",
            "model": "3",  # + 3, at most 2
            "repeat": "1",  # - 1
        },
    )
    # 5 + 3 + 2 + 6 + 13 + 8 + 4 = 41, + 2 - 1 = 42; pass line 0.9 x 53 = 47.7
    row = site_row(outcome)
    assert (row["score"], row["passed"], row["vetoes"]) == ("42.00", "no", "")
    assert Decimal(row["full_marks"]) == 53
    # lost: 53 - 41 = 12
    assert outcome.deductions("s1") == {
        "dirty": 2,
        "labels": 1,
        "notice": 4,
        "purity": 2,
        "aware": 2,
        "target": 1,
    }


# --- gates ---


def gated(**settings: Any) -> dict[str, Any]:
    return standard(
        section(
            "设施",
            clause("bins", "per_occurrence", 4, each=2),
            clause("dirty", "per_occurrence", 6, each=1),
            gate={"clause": "bins", "when": "zero"},
        ),
        section("实效", clause("purity", "ratio", 10)),
        full_marks=20,
        **settings,
    )


def test_a_gate_closes_its_section_at_zero(town: Town) -> None:
    # bins 4 - 2x2 = 0 -> the section's 10 are lost; the other section keeps 10 x 9/10 = 9
    outcome = score_site(town, gated(), {"bins": "2", "dirty": "0", "purity": "9/10"})
    assert outcome.site_score("s1") == "9.00"
    assert outcome.deductions("s1") == {"bins": 10, "purity": 1}


def test_a_gate_stays_open_above_zero(town: Town) -> None:
    # bins 4 - 2 = 2, dirty 6 - 6 = 0, purity 9
    outcome = score_site(town, gated(), {"bins": "1", "dirty": "6", "purity": "9/10"})
    assert outcome.site_score("s1") == "11.00"
    assert outcome.deductions("s1") == {"bins": 2, "dirty": 6, "purity": 1}


def test_a_closed_gate_and_another_loss_of_the_section_lose_it_once(town: Town) -> None:
    outcome = score_site(town, gated(), {"bins": "2", "dirty": "3", "purity": "10/10"})
    assert outcome.site_score("s1") == "10.00"
    assert sum(outcome.deductions("s1").values()) == 10
    assert "bins" in outcome.deductions("s1")


def test_a_gate_that_is_not_applicable_does_not_close(town: Town) -> None:
    # applicable 16: dirty 6 - 3 = 3, purity 10 -> 13 x 20/16 = 16.25
    outcome = score_site(town, gated(), {"bins": "n/a", "dirty": "3", "purity": "10/10"})
    assert outcome.site_score("s1") == "16.25"
    assert outcome.deductions("s1") == {"dirty": Decimal("3.75")}


def test_a_closed_gate_with_a_clause_not_applicable(town: Town) -> None:
    # applicable 14, section 0, purity 8 -> 8 x 20/14 = 11.428... -> 11.43
    outcome = score_site(town, gated(), {"bins": "2", "dirty": "n/a", "purity": "8/10"})
    assert outcome.site_score("s1") == "11.43"


def test_a_gate_may_be_a_levels_clause(town: Town) -> None:
    sheet = standard(
        section(
            "设施",
            clause("notice", "levels", 4, levels={"有": 4, "无": 0}),
            clause("dirty", "per_occurrence", 6, each=1),
            gate={"clause": "notice", "when": "zero"},
        ),
        full_marks=10,
    )
    outcome = score_site(town, sheet, {"notice": "无", "dirty": "0"})
    assert outcome.site_score("s1") == "0.00"
    assert outcome.deductions("s1") == {"notice": 10}


# --- not applicable ---


def three_clauses(**settings: Any) -> dict[str, Any]:
    return standard(
        section("一", clause("a", "per_occurrence", 50, each=1), clause("b", "per_occurrence", 30, each=1)),
        section("二", clause("c", "all_or_nothing", 20)),
        full_marks=100,
        **settings,
    )


def test_not_applicable_rescales(town: Town) -> None:
    # applicable 80, lost 9 -> 71 x 100/80 = 88.75; the loss becomes 9 x 100/80 = 11.25
    outcome = score_site(town, three_clauses(), {"a": "9", "b": "0", "c": "n/a"})
    assert outcome.site_score("s1") == "88.75"
    assert outcome.deductions("s1") == {"a": Decimal("11.25")}


def test_not_applicable_counts_as_full(town: Town) -> None:
    # 41 + 30 + 20 (c not applicable: full)
    outcome = score_site(town, three_clauses(not_applicable="full"), {"a": "9", "b": "0", "c": "n/a"})
    assert outcome.site_score("s1") == "91.00"
    assert outcome.deductions("s1") == {"a": 9}


def test_nothing_lost_and_something_not_applicable_is_full_marks(town: Town) -> None:
    outcome = score_site(town, three_clauses(), {"a": "n/a", "b": "n/a", "c": "yes"})
    row = site_row(outcome)
    assert (row["score"], row["deductions"], row["passed"]) == ("100.00", "", "yes")


def test_everything_not_applicable_is_not_scored_and_never_zero(town: Town) -> None:
    town.standards = [three_clauses()]
    town.add_site("s1")
    town.add_site("s2")
    town.observe("s1", {"a": "n/a", "b": "n/a", "c": "n/a"})
    town.observe("s2", {"a": "10", "b": "0", "c": "yes"})
    outcome = town.run()
    assert outcome.column("site_scores", "site", "score") == {"s1": "", "s2": "90.00"}
    row = outcome.subject("v1")
    assert (row["score"], row["sites"], row["passed_sites"]) == ("90.00", "1", "1")


def test_a_subject_with_no_scored_site_is_not_ranked(town: Town) -> None:
    town.standards = [three_clauses()]
    town.add_site("s1")
    town.observe("s1", {"a": "n/a", "b": "n/a", "c": "n/a"})
    outcome = town.run()
    assert outcome.table("subject_scores") == []
    (row,) = outcome.table("not_ranked")
    assert (row["period"], row["subject"], row["name"]) == (MONTH, "v1", "一村")
    assert row["reason"]


# --- numbers ---


def test_published_figures_are_rounded_half_up(town: Town) -> None:
    # 1/8 = 0.125 -> 0.13; 3/8 = 0.375 -> 0.38; 1/200 = 0.005 -> 0.01; 0.0049 -> 0.00; 0.285 -> 0.29
    by_value(
        town,
        clause("purity", "ratio", 1),
        {"1/8": "0.13", "3/8": "0.38", "1/200": "0.01", "49/10000": "0.00", "285/1000": "0.29"},
    )


@pytest.mark.parametrize(("decimals", "score"), [(0, "3"), (1, "2.5"), (3, "2.500")])
def test_decimals_are_data(town: Town, decimals: int, score: str) -> None:
    sheet = purity(10, decimals=decimals)
    assert score_site(town, sheet, {"purity": "1/4"}).site_score("s1") == score


def test_decimals_in_yaml_are_exact(town: Town) -> None:
    # 88.10 - 3 x 0.1 = 87.80; binary floats would say 0.30000000000000004
    sheet = standard(section("一", clause("a", "per_occurrence", 88.1, each=0.1)), full_marks=88.1)
    outcome = score_site(town, sheet, {"a": "3"})
    assert outcome.site_score("s1") == "87.80"
    assert outcome.deductions("s1") == {"a": Decimal("0.3")}


def test_clause_points_may_be_fractions_that_sum_exactly(town: Town) -> None:
    sheet = standard(
        section("一", *(clause(name, "all_or_nothing", 0.1) for name in ("a", "b", "c"))), full_marks=0.3
    )
    assert score_site(town, sheet, {"a": "yes", "b": "yes", "c": "no"}).site_score("s1") == "0.20"


def test_rounding_happens_once(town: Town) -> None:
    # three clauses of 1/3 each: 3 x 0.333... = 1 exactly, not 0.99
    sheet = standard(section("一", *(clause(name, "ratio", 1) for name in ("a", "b", "c"))), full_marks=3)
    assert score_site(town, sheet, {"a": "1/3", "b": "1/3", "c": "1/3"}).site_score("s1") == "1.00"


def test_full_width_digits_are_read_as_digits(town: Town) -> None:
    # １２ is 12: 100 - 12 = 88
    sheet = judged(clause("x", "bonus", each=1))
    assert score_site(town, sheet, {"dirty": "１２", "x": "０"}).site_score("s1") == "88.00"

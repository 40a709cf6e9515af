"""What holds for every standard and every observation, against the definition written out a second time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from math import ceil, floor
from random import Random
from typing import Any, NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from zerentian.core.problems import ProblemList
from zerentian.evaluation.scoring import SiteScore, score_site
from zerentian.evaluation.sites import Site
from zerentian.evaluation.standard import Standard
from zerentian.evaluation.visits import VisitBook

PERIOD = "2023-10"
KINDS = ("可回收物", "有害垃圾", "湿垃圾", "干垃圾")
LEVELS = ("规范", "一般", "无")

Observed = dict[str, str]
Sheet = dict[str, Any]


class Case(NamedTuple):
    sheet: Sheet
    visits: list[Observed]


# --- the definition a second time, as plainly as it can be said ---


def points_of_clause(clause: Mapping[str, Any], value: str) -> Fraction:
    points, each = Fraction(clause["points"]), Fraction(clause.get("each", 0))
    match clause["rule"]:
        case "all_or_nothing":
            return points if value == "yes" else Fraction(0)
        case "per_occurrence":
            lost = each * int(value)
            return max(Fraction(0), points - min(lost, Fraction(clause.get("cap", lost))))
        case "missing_kinds":
            missing = 0 if value == "none" else len(value.split(";"))
            return max(Fraction(0), points - each * missing)
        case "levels":
            return Fraction(clause["levels"][value])
        case "ratio":
            good, total = value.split("/")
            return points * int(good) / int(total)
        case "steps":
            short = Fraction(clause["start"]) - Fraction(value)
            return max(Fraction(0), points - each * max(0, ceil(short / Fraction(clause["step"]))))
        case "shortfall":
            short = Fraction(clause["target"]) - Fraction(value)
            return max(Fraction(0), points - each * max(0, floor(short)))
    raise AssertionError(clause["rule"])


def before_extras(sheet: Sheet, observed: Observed) -> Fraction | None:
    """The score before bonus, penalty and veto; None when nothing applied."""
    reached, applicable = Fraction(0), Fraction(0)
    for section in sheet["sections"]:
        section_points = Fraction(0)
        closed = False
        for clause in section["clauses"]:
            value = observed[clause["id"]]
            if "points" not in clause:
                continue
            if value == "n/a":
                section_points += Fraction(clause["points"]) if sheet["not_applicable"] == "full" else 0
                continue
            applicable += Fraction(clause["points"])
            points = points_of_clause(clause, value)
            section_points += points
            closed = closed or (section.get("gate", {}).get("clause") == clause["id"] and points == 0)
        reached += Fraction(0) if closed else section_points
    if applicable == 0:
        return None
    full = Fraction(sheet["full_marks"])
    return reached * full / applicable if sheet["not_applicable"] == "rescale" else reached


def exact_score(sheet: Sheet, observed: Observed) -> Fraction | None:
    score = before_extras(sheet, observed)
    if score is None:
        return None
    for section in sheet["sections"]:
        for rule, sign in (("bonus", 1), ("penalty", -1)):
            extra = sum(
                Fraction(clause["each"]) * int(observed[clause["id"]])
                for clause in section["clauses"]
                if clause["rule"] == rule
            )
            cap = section.get(f"{rule}_cap")
            score += sign * (extra if cap is None else min(extra, Fraction(cap)))
    score = max(Fraction(0), min(score, Fraction(sheet["full_marks"])))
    for clause in met_vetoes(sheet, observed):
        score = min(score, Fraction(clause.get("cap", score)))
    return score


def met_vetoes(sheet: Sheet, observed: Observed) -> list[Mapping[str, Any]]:
    clauses = [clause for section in sheet["sections"] for clause in section["clauses"]]
    return [one for one in clauses if one["rule"] == "veto" and observed[one["id"]] == "yes"]


def half_up(value: Fraction, decimals: int) -> Decimal:
    """Half up by way of long division to many more places than are asked for."""
    scaled = Decimal(floor(value * 10 ** (decimals + 30)))
    return (scaled.scaleb(-30)).quantize(Decimal(1), ROUND_HALF_UP).scaleb(-decimals)


# --- any standard, any observation ---

cents = st.integers(1, 2000).map(lambda number: str(Decimal(number) / 100))
counts = st.integers(0, 12).map(str)
percentages = st.integers(0, 1000).map(lambda number: str(Decimal(number) / 10))


@st.composite
def ratios(draw: st.DrawFn) -> str:
    total = draw(st.integers(1, 30))
    return f"{draw(st.integers(0, total))}/{total}"


@st.composite
def scored_clauses(draw: st.DrawFn, identifier: str) -> dict[str, Any]:
    rule = draw(
        st.sampled_from(
            ("all_or_nothing", "per_occurrence", "missing_kinds", "levels", "ratio", "steps", "shortfall")
        )
    )
    points = draw(cents)
    clause = {"id": identifier, "text": "内容", "rule": rule, "points": points}
    if rule in ("per_occurrence", "missing_kinds", "steps", "shortfall"):
        clause["each"] = draw(cents)
    match rule:
        case "per_occurrence" if draw(st.booleans()):
            clause["cap"] = draw(cents)
        case "missing_kinds":
            clause["kinds"] = list(KINDS)
        case "levels":
            middle = Decimal(draw(st.integers(0, int(Decimal(points) * 100)))) / 100
            clause["levels"] = dict(zip(LEVELS, (points, str(middle), "0"), strict=True))
        case "steps":
            clause |= {"start": draw(percentages), "step": draw(st.sampled_from(("2.5", "5", "10")))}
        case "shortfall":
            clause["target"] = draw(percentages)
    return clause


@st.composite
def sheets(draw: st.DrawFn) -> Sheet:
    sections = []
    for number in range(draw(st.integers(1, 3))):
        clauses = [draw(scored_clauses(f"c{number}{each}")) for each in range(draw(st.integers(1, 4)))]
        section: dict[str, Any] = {"name": f"类别{number}", "clauses": clauses}
        if draw(st.booleans()):
            section["gate"] = {"clause": draw(st.sampled_from(clauses))["id"], "when": "zero"}
        for rule in ("bonus", "penalty"):
            if draw(st.booleans()):
                each = draw(cents)
                clauses.append({"id": f"{rule}{number}", "text": "内容", "rule": rule, "each": each})
                section |= draw(st.sampled_from(({}, {f"{rule}_cap": "0"}, {f"{rule}_cap": "2.5"})))
        if draw(st.booleans()):
            cap = draw(st.sampled_from(({}, {"cap": "0"}, {"cap": "5.5"})))
            clauses.append({"id": f"veto{number}", "text": "内容", "rule": "veto", **cap})
        sections.append(section)
    marks = [clause["points"] for one in sections for clause in one["clauses"] if "points" in clause]
    return {
        "standard": "any",
        "site_kind": "compound",
        "full_marks": str(sum(map(Decimal, marks))),
        "not_applicable": draw(st.sampled_from(("rescale", "full"))),
        "decimals": draw(st.integers(0, 3)),
        "sections": sections,
    }


def values(clause: Mapping[str, Any]) -> st.SearchStrategy[str]:
    """What may be observed for a clause, apart from n/a."""
    return {
        "all_or_nothing": st.sampled_from(("yes", "no")),
        "per_occurrence": counts,
        "missing_kinds": st.lists(st.sampled_from(KINDS), unique=True).map(
            lambda kinds: ";".join(kinds) or "none"
        ),
        "levels": st.sampled_from(LEVELS),
        "ratio": ratios(),
        "steps": percentages,
        "shortfall": percentages,
        "veto": st.sampled_from(("no", "no", "no", "yes")),
        "bonus": counts,
        "penalty": counts,
    }[clause["rule"]]


@st.composite
def observations(draw: st.DrawFn, sheet: Sheet) -> Observed:
    observed = {}
    for clause in clauses_of(sheet):
        scored = "points" in clause
        skipped = scored and draw(st.integers(0, 3)) == 0
        observed[clause["id"]] = "n/a" if skipped else draw(values(clause))
    return observed


@st.composite
def cases(draw: st.DrawFn, visits: int = 1) -> Case:
    sheet = draw(sheets())
    return Case(sheet, [draw(observations(sheet)) for _ in range(draw(st.integers(1, visits)))])


def clauses_of(sheet: Sheet) -> list[dict[str, Any]]:
    return [clause for section in sheet["sections"] for clause in section["clauses"]]


def score(sheet: Sheet, visits: Sequence[Observed], rule: Any = "mean", shuffled: int = 0) -> SiteScore:
    """The engine's answer. Visits are of different days; `shuffled` is a seed that mixes the rows."""
    rows = [
        (PERIOD, "s1", clause, value, f"2023-10-{day:02}", "甲", "")
        for day, observed in enumerate(visits, 1)
        for clause, value in observed.items()
    ]
    if shuffled:
        Random(shuffled).shuffle(rows)
    problems = ProblemList()
    site = Site("s1", "甲小区", "compound", "v1")
    book = VisitBook([Standard.model_validate(sheet)], {"s1": site}, problems)
    book.record(enumerate(rows, 2))
    found = book.close("error")
    problems.raise_if_any()
    return score_site(found, rule)


@given(cases())
def test_a_score_is_what_the_definition_says(case: Case) -> None:
    sheet, (observed,) = case
    found = score(sheet, [observed])
    exact = exact_score(sheet, observed)
    if exact is None:
        assert found.score is None
        return
    published = half_up(exact, sheet["decimals"])
    assert str(found.score) == str(published)
    assert [clause.id for clause in found.vetoes] == [clause["id"] for clause in met_vetoes(sheet, observed)]
    line = Decimal("0.9") * Decimal(sheet["full_marks"])
    assert found.passed == (not found.vetoes and published >= line)


@given(cases())
def test_deductions_sum_exactly_to_what_was_lost(case: Case) -> None:
    sheet, (observed,) = case
    reached = before_extras(sheet, observed)
    deductions = score(sheet, [observed]).deductions
    if reached is None:
        return
    assert sum((one.points for one in deductions), Fraction(0)) == Fraction(sheet["full_marks"]) - reached
    assert all(one.points > 0 for one in deductions)
    assert all(observed[one.clause.id] not in ("n/a", "none") for one in deductions)


@given(cases(visits=4))
def test_deductions_of_several_visits_sum_to_their_mean(case: Case) -> None:
    sheet, visits = case
    reached = [one for observed in visits if (one := before_extras(sheet, observed)) is not None]
    if not reached:
        return
    lost = Fraction(sheet["full_marks"]) - Fraction(sum(reached)) / len(reached)
    assert sum((one.points for one in score(sheet, visits).deductions), Fraction(0)) == lost


@given(cases(visits=3), st.data())
def test_a_worse_observation_never_raises_a_score(case: Case, data: st.DataObject) -> None:
    sheet, visits = case
    visit = data.draw(st.integers(0, len(visits) - 1))
    clause = data.draw(st.sampled_from(clauses_of(sheet)))
    old = visits[visit][clause["id"]]
    if old == "n/a":
        return
    new = data.draw(values(clause))
    if not is_worse(clause, new, old):
        return
    worse = [dict(observed) for observed in visits]
    worse[visit][clause["id"]] = new
    rule = data.draw(st.sampled_from(("mean", "latest", "worst")))
    before, after = score(sheet, visits, rule), score(sheet, worse, rule)
    if before.score is None:
        assert after.score is None
        return
    assert after.score is not None
    assert after.score <= before.score
    # the worst visit may be another one now, whose veto no longer counts; its score is no better all the same
    assert before.passed or not after.passed or rule == "worst"


def is_worse(clause: Mapping[str, Any], new: str, old: str) -> bool:
    match clause["rule"]:
        case "veto":
            return (new, old) == ("yes", "no")
        case "bonus":
            return int(new) < int(old)
        case "penalty":
            return int(new) > int(old)
    return points_of_clause(clause, new) < points_of_clause(clause, old)


@given(cases(), st.data())
def test_not_applicable_never_counts_as_zero(case: Case, data: st.DataObject) -> None:
    """Setting a clause aside is never worse than scoring nothing on it."""
    sheet, (observed,) = case
    clause = data.draw(st.sampled_from([one for one in clauses_of(sheet) if "points" in one]))
    value = data.draw(values(clause))
    if points_of_clause(clause, value) != 0:
        return
    at_zero = score(sheet, [{**observed, clause["id"]: value}])
    aside = score(sheet, [{**observed, clause["id"]: "n/a"}])
    assert at_zero.score is not None
    assert aside.score is None or aside.score >= at_zero.score


@given(sheets(), st.data())
def test_what_applies_and_is_perfect_has_full_marks(sheet: Sheet, data: st.DataObject) -> None:
    perfect = {
        "all_or_nothing": "yes",
        "per_occurrence": "0",
        "missing_kinds": "none",
        "levels": LEVELS[0],
        "ratio": "3/3",
        "steps": "100",
        "shortfall": "100",
        "veto": "no",
        "bonus": "0",
        "penalty": "0",
    }
    observed = {
        clause["id"]: "n/a"
        if "points" in clause and data.draw(st.booleans(), label=clause["id"])
        else perfect[clause["rule"]]
        for clause in clauses_of(sheet)
    }
    found = score(sheet, [observed])
    applies = any("points" in one and observed[one["id"]] != "n/a" for one in clauses_of(sheet))
    assert found.deductions == []
    assert found.score == (half_up(Fraction(sheet["full_marks"]), sheet["decimals"]) if applies else None)


@given(cases(visits=3), st.sampled_from(("mean", "latest", "worst")), st.integers(1, 1000))
def test_the_order_of_rows_is_irrelevant(case: Case, rule: str, seed: int) -> None:
    sheet, visits = case
    straight, shuffled = score(sheet, visits, rule), score(sheet, visits, rule, shuffled=seed)
    assert straight.score == shuffled.score
    assert straight.passed == shuffled.passed
    if straight.score is not None:
        assert [one.id for one in straight.vetoes] == [one.id for one in shuffled.vetoes]
    assert straight.deductions == shuffled.deductions


@given(cases(visits=3))
def test_latest_and_worst_are_one_of_the_visits(case: Case) -> None:
    sheet, visits = case
    alone = [one for observed in visits if (one := score(sheet, [observed])).score is not None]
    worst = score(sheet, visits, "worst")
    assert worst.score == min((one.score for one in alone if one.score is not None), default=None)
    if all(score(sheet, [observed]).score is not None for observed in visits):
        assert score(sheet, visits, "latest").score == alone[-1].score

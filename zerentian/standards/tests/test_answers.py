"""Clauses as controls: every rule has one, and what is entered reads as the engine's text."""

from __future__ import annotations

import pytest
from pydantic import TypeAdapter

from zerentian.evaluation.clauses import AnyClause, Clause, NotAllowedError
from zerentian.evaluation.standard import Standard
from zerentian.standards.answers import answer, answers, entered_text, read_answers

RULES: dict[str, dict[str, object]] = {
    "all_or_nothing": {"points": 5},
    "per_occurrence": {"points": 5, "each": 1},
    "missing_kinds": {"points": 5, "each": 1, "kinds": ["湿垃圾", "干垃圾"]},
    "levels": {"points": 5, "levels": {"好": 5, "差": 0}},
    "ratio": {"points": 5},
    "steps": {"points": 5, "start": 90, "step": 10, "each": 1},
    "shortfall": {"points": 5, "each": 1, "target": {"2023-06": 60}},
    "veto": {"cap": 59},
    "bonus": {"each": 1},
    "penalty": {"each": 1},
}


def clause(rule: str, **changes: object) -> Clause:
    data = {"id": rule, "text": rule, "rule": rule} | RULES[rule] | changes
    return TypeAdapter[Clause](AnyClause).validate_python(data)


def whole() -> Standard:
    scored = [rule for rule, data in RULES.items() if "points" in data]
    return Standard.model_validate(
        {
            "standard": "all",
            "site_kind": "compound",
            "full_marks": 5 * len(scored),
            "sections": [{"name": "全部", "clauses": [clause(rule) for rule in RULES]}],
        }
    )


@pytest.mark.parametrize(
    ("rule", "values", "text"),
    [
        ("all_or_nothing", ["no"], "no"),
        ("per_occurrence", [" 3 "], "3"),
        ("per_occurrence", ["", "n/a"], "n/a"),
        ("missing_kinds", ["湿垃圾", "干垃圾"], "湿垃圾;干垃圾"),
        ("missing_kinds", ["none"], "none"),
        ("levels", ["差"], "差"),
        ("ratio", ["13", "15"], "13/15"),
        ("ratio", ["", "", "n/a"], "n/a"),
        ("ratio", ["", ""], ""),
        ("steps", ["82.5%"], "82.5%"),
        ("veto", ["yes"], "yes"),
        ("bonus", [], ""),
    ],
)
def test_what_is_entered_is_the_engines_text(rule: str, values: list[str], text: str) -> None:
    one = clause(rule)
    assert entered_text(one, values) == text
    if text:
        one.observe(text, "2023-10")


@pytest.mark.parametrize("rule", RULES)
def test_every_choice_is_known_to_the_rule(rule: str) -> None:
    control = answer(clause(rule))
    for value, _ in (*control.choices, *filter(None, [control.not_applicable])):
        control.clause.observe(entered_text(control.clause, [value]), "2023-10")


@pytest.mark.parametrize("rule", RULES)
def test_not_applicable_is_offered_where_the_rule_knows_it(rule: str) -> None:
    control = answer(clause(rule))
    offered = control.not_applicable is not None or ("n/a", "不适用") in control.choices
    assert offered == control.clause.scored


@pytest.mark.parametrize(
    ("rule", "values"),
    [("per_occurrence", ["3", "n/a"]), ("missing_kinds", ["none", "湿垃圾"]), ("ratio", ["1", "2", "n/a"])],
)
def test_contradictions_are_told(rule: str, values: list[str]) -> None:
    with pytest.raises(NotAllowedError, match="同时"):
        entered_text(clause(rule), values)


def test_a_kind_may_be_called_none() -> None:
    one = clause("missing_kinds", kinds=["none", "盖"])
    value, label = answer(one).choices[0]
    assert label == "不缺"
    assert one.observe(value, "2023-10").lost == 0
    assert one.observe(entered_text(one, ["none"]), "2023-10").lost > 0


def test_all_faults_are_told_and_what_was_entered_stays() -> None:
    form = {"answer:ratio": ["5", "3"], "answer:steps": ["150"], "answer:levels": ["差"]}
    entered = read_answers(whole(), "2023-10", lambda name: form.get(name, []))
    assert set(entered.faults) == {"ratio", "steps"}
    shown = {one.clause.id: one for _, group in answers(whole(), entered) for one in group}
    assert shown["ratio"].given == ["5", "3"]
    assert "100" in shown["steps"].fault
    assert shown["levels"].given == ["差"]


def test_a_contradiction_keeps_what_else_was_entered() -> None:
    form = {"answer:ratio": ["1", "2", "n/a"], "answer:missing_kinds": ["none", "湿垃圾"]}
    entered = read_answers(whole(), "2023-10", lambda name: form.get(name, []))
    assert entered.texts == {"ratio": "1/2", "missing_kinds": "湿垃圾"}
    assert set(entered.faults) == {"ratio", "missing_kinds"}


def test_a_month_without_a_target_is_told() -> None:
    entered = read_answers(whole(), "2023-01", lambda name: ["50"] if name.endswith("shortfall") else [])
    assert "2023-06" in entered.faults["shortfall"]


def test_texts_survive_the_form() -> None:
    texts = {
        "all_or_nothing": "yes", "per_occurrence": "3", "missing_kinds": "湿垃圾;干垃圾", "levels": "好",
        "ratio": "13/15", "steps": "n/a", "shortfall": "59.5", "veto": "no", "bonus": "0", "penalty": "2",
    }  # fmt: skip
    values = {f"answer:{name}": answer(clause(name), text).given for name, text in texts.items()}
    assert read_answers(whole(), "2023-10", lambda name: values.get(name, [])).texts == texts

"""A standard with a clause of every rule."""

from __future__ import annotations

from pydantic import TypeAdapter

from zerentian.evaluation.clauses import AnyClause, Clause
from zerentian.evaluation.standard import Standard

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

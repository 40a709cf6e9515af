"""The phone counts as the engine does: cases with the engine's answers, which the phone's own tests repeat.

`python -m zerentian.evaluation.tests.test_phone_vectors` writes them anew.
"""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import yaml

from zerentian.core.points import plain
from zerentian.evaluation.assessment import Assessment, assess
from zerentian.evaluation.clauses import Clause, Ratio, Shortfall, Steps
from zerentian.evaluation.standard import Standard

VECTORS = Path(__file__).parents[3] / "phone" / "src" / "scoring" / "vectors.json"
SHIPPED = sorted((Path(__file__).parent.parent / "defaults" / "standards").glob("*.yaml"))
MONTHS = ("2022-12", "2023-01", "2023-10", "2024-02")
CASES = 60
ODD: dict[str, Any] = {
    "standard": "odd", "title": "各种规则", "site_kind": "compound", "full_marks": 37, "pass_share": 0.77,
    "sections": [
        {"name": "一", "gate": {"clause": "g"}, "bonus_cap": 1.5, "penalty_cap": 2, "clauses": [
            {"id": "g", "text": "总闸", "points": 3, "rule": "levels", "levels": {"好": 3, "中": 1.5, "无": 0}},
            {"id": "o", "text": "处", "points": 7, "rule": "per_occurrence", "each": 1.25, "cap": 4},
            {"id": "b", "text": "加", "rule": "bonus", "each": 0.7},
            {"id": "p", "text": "扣", "rule": "penalty", "each": 0.9}]},
        {"name": "二", "clauses": [
            {"id": "r", "text": "率", "points": 11, "rule": "ratio"},
            {"id": "s", "text": "档", "points": 6, "rule": "steps", "start": 87.5, "step": 2.5, "each": 0.75},
            {"id": "f", "text": "差", "points": 5, "rule": "shortfall", "each": 0.3, "target": 61.5},
            {"id": "k", "text": "种", "points": 2, "rule": "missing_kinds", "each": 0.8, "kinds": ["湿", "干", "无"]},
            {"id": "y", "text": "否", "points": 3, "rule": "all_or_nothing"}]},
        {"name": "三", "clauses": [
            {"id": "v", "text": "否决", "rule": "veto", "cap": 20.5}, {"id": "w", "text": "否决二", "rule": "veto"}]},
    ],
}  # fmt: skip
WRONG = (
    "",
    "x",
    "-1",
    "1.5.",
    "101",
    "１２",
    "3.0",
    " 5 ",
    "12。5",
    "1e3",
    "n/a",
    "不适用",
    "2/0",
    "4/3",
    "none",
    "无",
)


def standards() -> list[dict[str, Any]]:
    shipped = [yaml.safe_load(path.read_text("utf-8")) for path in SHIPPED]
    odd = [
        {**ODD, "standard": f"odd-{decimals}-{rule}", "decimals": decimals, "not_applicable": rule}
        for decimals, rule in ((0, "rescale"), (1, "full"), (3, "rescale"), (6, "full"))
    ]
    return shipped + odd


def vectors() -> str:
    """All cases as JSON, the same each time."""
    chance = random.Random(20231016)
    found = []
    for raw in standards():
        standard = Standard.model_validate(raw)
        cases = [_case(standard, chance) for _ in range(CASES)]
        found.append({"standard": json.loads(standard.model_dump_json()), "cases": cases})
    return json.dumps(found, ensure_ascii=False, separators=(",", ":")) + "\n"


def _case(standard: Standard, chance: random.Random) -> dict[str, Any]:
    month = chance.choice(MONTHS)
    faulty = chance.random() < 0.3
    answers = {clause.id: _answer(clause, chance, faulty) for clause in standard.clauses}
    made = assess(standard, month, answers)
    return {"month": month, "answers": answers, **_told(made)}


def _told(made: Assessment) -> dict[str, Any]:
    wrong = made.found_wrong
    return {
        "score": None if made.score.score is None else f"{made.score.score:f}",
        "passed": made.score.passed,
        "vetoes": [clause.id for clause in made.score.vetoes],
        "missing": [clause.id for clause in made.missing],
        "faults": dict(made.faults),
        "lost": {one.clause.id: plain((one.lost - one.extra) / (10_000 * 720_720)) for one in _exact(wrong)},
        "words": {
            one.clause.id: one.words
            for one in made.score.visits[0].complete() if one.observed and one.clause.id not in made.faults
        },
    }  # fmt: skip


def _exact(outcomes: list[Any]) -> list[Any]:
    """Outcomes whose units divide exactly."""
    from dataclasses import replace
    from fractions import Fraction

    return [replace(one, lost=Fraction(one.lost), extra=Fraction(one.extra)) for one in outcomes]


def _answer(clause: Clause, chance: random.Random, faulty: bool) -> str:
    if faulty and chance.random() < 0.2:
        return chance.choice(WRONG)
    if clause.scored and chance.random() < 0.08:
        return "n/a"
    rule = getattr(clause, "rule", "")
    if isinstance(clause, Ratio):
        total = chance.randrange(1, 20)
        return f"{chance.randrange(total + 1)}/{total}"
    if isinstance(clause, Steps | Shortfall):
        return plain(chance.randrange(0, 1001) / 10)
    if rule in ("all_or_nothing", "veto"):
        return chance.choices(("yes", "no"), (1, 9) if rule == "veto" else (8, 2))[0]
    if rule == "levels":
        return chance.choice(list(clause.levels))  # type: ignore[attr-defined]
    if rule == "missing_kinds":
        kinds = [kind for kind in clause.kinds if chance.random() < 0.3]  # type: ignore[attr-defined]
        return ";".join(kinds) or "none"
    return str(chance.choices((0, 1, 2, 9), (6, 2, 1, 1))[0])


def test_the_phones_cases_are_the_engines() -> None:
    assert VECTORS.read_text("utf-8") == vectors(), "write them anew, see above"


if __name__ == "__main__":
    VECTORS.write_text(vectors(), "utf-8")

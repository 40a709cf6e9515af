"""Standards and policies that can't be used: each fault is named with its place, and nothing is written."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.town import (
    MONTH,
    Town,
    clause,
    policy,
    purity,
    section,
    sound_town,
    standard,
    write_json,
)

ROW = {"period": MONTH, "site": "s1", "clause": "purity", "value": "9/10"}


@pytest.fixture
def town(tmp_path: Path) -> Town:
    return sound_town(tmp_path)


# --- standards ---


def one(*clauses: dict[str, Any], full_marks: Any = 10, **settings: Any) -> dict[str, Any]:
    return standard(section("一", *clauses, **settings), full_marks=full_marks)


RATIO = clause("a", "ratio", 10)


@pytest.mark.parametrize(
    ("sheet", "words"),
    [
        ({**purity(), "colour": "red"}, ("colour",)),
        (
            {**purity(), "sections": [section("一", RATIO, colour=1)], "full_marks": 10},
            ("sections[0].colour",),
        ),
        (one({**RATIO, "each": 1}), ("sections[0].clauses[0].each",)),
        ({**purity(), "full_marks": 99}, ("99", "100")),
        (one(RATIO, RATIO, full_marks=20), ("a", "重复")),
        ({**purity(), "standard": "Compound X"}, ("standard", "Compound X")),
        ({**purity(), "pass_share": 1.5}, ("pass_share", "1.5")),
        ({**purity(), "not_applicable": "zero"}, ("not_applicable", "zero")),
        ({**purity(), "decimals": -1}, ("decimals", "-1")),
        ({**purity(), "full_marks": "hundred"}, ("full_marks", "hundred")),
        ({**purity(), "full_marks": float("nan")}, ("full_marks",)),
        ({**purity(), "full_marks": float("inf")}, ("full_marks",)),
        ({**purity(), "sections": []}, ("sections",)),
        (one(clause("a", "magic", 10)), ("clauses[0]", "magic")),
        (one(clause("a", "per_occurrence", 10)), ("clauses[0].each",)),
        (one(clause("a", "per_occurrence", 10, each=-1)), ("clauses[0].each", "-1")),
        (one(clause("a", "ratio")), ("clauses[0].points",)),
        (one(clause("a", "ratio", -10), full_marks=-10), ("clauses[0].points", "-10")),
        (one(clause("a", "levels", 10, levels={"好": 11, "无": 0})), ("levels", "10")),
        (one(clause("a", "missing_kinds", 10, each=1, kinds=[])), ("kinds",)),
        (one(clause("a", "missing_kinds", 10, each=1, kinds=["湿", "湿"])), ("kinds",)),
        (one(clause("a", "steps", 10, each=1, start=120, step=10)), ("start", "120")),
        (one(clause("a", "steps", 10, each=1, start=90, step=0)), ("step", "0")),
        (one(clause("a", "shortfall", 10, each=1, target={"2023-13": 50})), ("target",)),
        (one(RATIO, clause("v", "veto", 5)), ("clauses[1].points",)),
        (one(RATIO, clause("v", "veto", cap=-1)), ("clauses[1].cap", "-1")),
        (one(RATIO, clause("b", "bonus", each=1), bonus_cap=-1), ("bonus_cap", "-1")),
        (one(RATIO, gate={"clause": "zz", "when": "zero"}), ("gate", "zz")),
        (one(RATIO, gate={"clause": "a", "when": "full"}), ("gate.when", "full")),
        (one({**RATIO, "unsure": "分值看不清"}), ("a", "unsure", "分值看不清")),
    ],
)
def test_standards(town: Town, sheet: dict[str, Any], words: Sequence[str]) -> None:
    town.standards = [sheet]
    if sheet["sections"]:
        identifier = sheet["sections"][0]["clauses"][0]["id"]
        town.observations = [{**ROW, "clause": identifier, "value": "1/1"}]
    town.run().refused("standard0.yaml", *words)


def test_two_standards_for_one_kind(town: Town) -> None:
    town.standards = [purity(), purity(standard="other")]
    town.run().refused("standard1.yaml", "compound")


def test_two_standards_of_one_name(town: Town) -> None:
    town.standards.append(purity(site_kind="unit"))
    town.run().refused("standard1", "compound", "另一份标准")


def sound_yaml(town: Town) -> str:
    return town.write_yaml("sound", purity()).read_text("utf-8")


@pytest.mark.parametrize(
    ("addition", "words"),
    [
        ("title: 别的\n", ("title", "两次")),
        ("a: [1,\nb: }\n", ("格式",)),
        ("a:\n\t- b\n", ("格式",)),
        ("---\nstandard: x\n", ("格式",)),
        ("colour: !!python/object/apply:os.getcwd []\n", ()),
        ("colour: !town red\n", ()),
        ("? [a, b]\n: 1\n", ()),
        ("colour: &a [*a]\n", ()),
        ("colour: " + "[" * 3000 + "]" * 3000 + "\n", ()),
    ],
)
def test_yaml_that_is_no_yaml(town: Town, addition: str, words: Sequence[str]) -> None:
    town.put("standard0", sound_yaml(town) + addition, name="own.yaml")
    town.run().refused("own.yaml", *words)


def test_keys_written_twice_deep_in_a_file(town: Town) -> None:
    text = sound_yaml(town).replace("rule: ratio", "rule: ratio\n    points: 100")
    second = [number for number, line in enumerate(text.splitlines(), 1) if "points: 100" in line][-1]
    town.put("standard0", text, name="own.yaml")
    town.run().refused("own.yaml", f"第{second}行", "points")


@pytest.mark.parametrize("content", ["", "- a\n- b\n", "hello\n", "# nothing\n"])
def test_yaml_that_is_no_standard(town: Town, content: str) -> None:
    town.put("standard0", content, name="own.yaml")
    town.run().refused("own.yaml")


@pytest.mark.parametrize(
    "content",
    ["{", '{"standard": "a", "standard": "b"}', "[1]", '{"standard": NaN}', "[" * 100_000],
)
def test_json_that_is_no_standard(town: Town, content: str) -> None:
    town.put("standard0", content, name="own.json")
    town.run().refused("own.json")


def test_json_indented_with_tabs_is_json(town: Town) -> None:
    town.put("policy", json.dumps(policy(), indent="\t"), name="own.json")
    assert town.run().site_score("s1") == "90.00"


def test_yaml_aliases_that_grow_without_end(town: Town) -> None:
    lines = ["a: &a [x, x, x, x, x, x, x, x, x]\n"]
    for number in range(8):
        alias, name = chr(97 + number), chr(98 + number)
        lines.append(f"{name}: &{name} [{', '.join([f'*{alias}'] * 9)}]\n")
    town.put("standard0", "".join(lines), name="own.yaml")
    started = time.monotonic()
    town.run().refused("own.yaml")
    assert time.monotonic() - started < 5


# --- policies ---


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"colour": 1}, ("colour",)),
        ({"visits": "best"}, ("visits", "best")),
        ({"missing_part": "skip"}, ("missing_part", "skip")),
        ({"ties": "fair"}, ("ties", "fair")),
        ({"min_sites": -1}, ("min_sites", "-1")),
        ({"tie_break": ["beauty"]}, ("tie_break", "beauty")),
        ({"parts": []}, ("parts",)),
        ({"lists": [{"name": "榜", "top": 1, "bottom": 1}]}, ("lists[0]",)),
        ({"lists": [{"name": "榜"}]}, ("lists[0]",)),
        ({"lists": [{"name": "榜", "top": 0}]}, ("lists[0].top", "0")),
        ({"lists": [{"name": "榜", "top": 1, "order": "random"}]}, ("lists[0].order", "random")),
        ({"lists": [{"name": "榜", "top": 1, "ties_at_cut": "some"}]}, ("ties_at_cut", "some")),
        ({"bands": [{"name": "绿榜"}]}, ("bands[0].min",)),
        ({"rank_bonus": {"first": 2}}, ("rank_bonus", "first")),
        ({"rank_bonus": {0: 2}}, ("rank_bonus",)),
        (
            {"interviews": [{"name": "x", "when": {}, "source": "town", "chair": "a", "attend": ["b"]}]},
            ("when",),
        ),
        (
            {
                "interviews": [
                    {
                        "name": "x",
                        "when": {"consecutive_fails": 0},
                        "source": "town",
                        "chair": "a",
                        "attend": ["b"],
                    }
                ]
            },
            ("consecutive_fails", "0"),
        ),
    ],
)
def test_policies(town: Town, settings: dict[str, Any], words: Sequence[str]) -> None:
    town.policy = policy(**settings)
    town.run().refused("policy.yaml", *words)


MEAN = {"id": "homes", "kinds": ["compound"], "statistic": "mean", "points": 100}


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ([MEAN, MEAN], ("homes",)),
        ([{**MEAN, "statistic": "median"}], ("parts[0]", "median")),
        ([{**MEAN, "colour": 1}], ("parts[0].colour",)),
        ([{**MEAN, "points": -10}], ("parts[0].points", "-10")),
        ([MEAN, {"id": "f", "statistic": "figure", "points": 10, "scale": 0}], ("parts[1].scale", "0")),
        ([MEAN, {"id": "f", "statistic": "count"}], ("parts[1].each",)),
    ],
)
def test_parts(town: Town, parts: list[dict[str, Any]], words: Sequence[str]) -> None:
    town.policy = policy(*parts)
    town.run().refused("policy.yaml", *words)


def test_characters_in_json_that_are_half_a_character(town: Town) -> None:
    content = json.dumps(policy(bands=[{"name": "绿\ud800榜", "min": 0}]))
    town.put("policy", content, name="own.json")
    town.run().refused("own.json")


def test_rare_characters_escaped_in_json_are_one_character(town: Town) -> None:
    name = "\U00020bb7榜"
    path = write_json(town.folder / "own.json", policy(bands=[{"name": name, "min": 0}]))
    path.write_text(json.dumps(json.loads(path.read_text("utf-8"))), encoding="ascii")
    town.files["policy"] = path
    assert town.run().subject("v1")["band"] == name

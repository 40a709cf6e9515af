"""Every standard and policy that ships, or shows another town's method, is sound."""

from pathlib import Path

import pytest

from zerentian.evaluation.model_files import load_policy, load_standard

ROOT = Path(__file__).parent.parent
DEFAULTS = ROOT / "zerentian" / "evaluation" / "defaults"
TOWNS = sorted(path for path in (ROOT / "examples" / "other-towns").iterdir() if path.is_dir())
SHIPPED = sorted((DEFAULTS / "standards").glob("*.yaml"))
STANDARDS = SHIPPED + [path for town in TOWNS for path in town.glob("*.yaml") if path.name != "policy.yaml"]


@pytest.mark.parametrize("path", STANDARDS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_standards_are_sound(path: Path) -> None:
    standard = load_standard(path)
    assert not any(clause.unsure for clause in standard.clauses)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_every_shipped_clause_names_its_source(path: Path) -> None:
    standard = load_standard(path)
    assert standard.source
    assert [clause.id for clause in standard.clauses if not clause.source] == []


@pytest.mark.parametrize("town", TOWNS, ids=lambda path: path.name)
def test_policies_are_sound_and_explained(town: Path) -> None:
    load_policy(town / "policy.yaml")
    assert "依据" in (town / "README.md").read_text(encoding="utf-8")


def test_the_town_plan_of_2023_is_kept() -> None:
    """青朱府〔2023〕34号, part 3, item 2."""
    policy = load_policy(DEFAULTS / "policies" / "town-2023.yaml")
    last, fails = policy.interviews
    assert (last.when.bottom, last.source, last.chair) == (5, "town", "分管领导")
    assert (fails.when.consecutive_fails, fails.source, fails.chair) == (2, "district", "镇主要领导")
    assert last.attend == fails.attend == ["村居书记", "小区物业负责人"]
    assert policy.full_total == 100


def test_the_examples_show_what_towns_do_differently() -> None:
    policies = {town.name: load_policy(town / "policy.yaml") for town in TOWNS}
    standards = [load_standard(path) for path in STANDARDS]
    assert len(policies) >= 8
    assert {standard.full_marks for standard in standards} >= {45, 98, 100}
    assert any(section.gate for standard in standards for section in standard.sections)
    assert policies["guanqiao-classes"].groups
    assert policies["zhuzhou-bonus"].rank_bonus
    assert len(policies["fenghua-four-colours"].bands) == 4

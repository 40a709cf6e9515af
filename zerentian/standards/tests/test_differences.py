"""What changed between versions, in words."""

from __future__ import annotations

from pathlib import Path

import pytest

import zerentian.evaluation
from zerentian.evaluation.model_files import load_policy
from zerentian.evaluation.policy import Policy
from zerentian.standards import editing
from zerentian.standards.clause_form import CLAUSES
from zerentian.standards.differences import differences
from zerentian.standards.tests.sheets import clause, whole
from zerentian.standards.words import policy_words

POLICIES = sorted((Path(zerentian.evaluation.__file__).parent / "defaults/policies").glob("*.yaml")) + sorted(
    Path("examples/other-towns").glob("*/policy.yaml")
)


def test_the_same_has_no_difference() -> None:
    assert differences(whole(), whole()) == []


def test_added_removed_and_changed_clauses() -> None:
    after = editing.without_clause(whole(), 1)
    after = editing.with_clause(after, clause("per_occurrence", points=8, each=2), 1, 1)
    new = CLAUSES["all_or_nothing"].model_validate(
        {"id": "n", "text": "新的", "points": 7, "rule": "all_or_nothing"}
    )
    after = editing.with_clause(after, new, None, "别类")
    said = [str(one) for one in differences(whole(), after)]
    assert "改动 满分：满分由“35 分”改为“40 分”" in said
    assert (
        "改动 “per_occurrence”：分值由“5 分”改为“8 分”；评分办法由“每处扣1分，扣完为止”改为“每处扣2分，扣完为止”"
        in said
    )
    assert "新增 “新的”：7 分，达到要求得7分，否则不得分（别类）" in said
    assert any(one.startswith("删去 “all_or_nothing”：原为5 分") for one in said)


def test_order_sections_and_limits() -> None:
    moved = editing.clause_moved(whole(), 1, 1)
    assert [str(one) for one in differences(whole(), moved)] == ["改动 检查内容的顺序"]
    apart = editing.with_clause(whole(), whole().clauses[0], 1, "别类")
    assert [str(one) for one in differences(whole(), apart)] == [
        "改动 “all_or_nothing”：类别由“全部”改为“别类”"
    ]
    gated = editing.with_section(whole(), 1, {"gate": {"clause": "levels"}})
    (only,) = differences(whole(), gated)
    assert "“levels”得 0 分的，本类别不得分" in str(only)


@pytest.mark.parametrize("path", POLICIES, ids=lambda path: path.parent.name)
def test_every_policy_reads_in_words(path: Path) -> None:
    policy = load_policy(path)
    groups = {group.title: group.facts for group in policy_words(policy)}
    assert len(groups["考评内容"]) == len(policy.parts)
    assert len(groups.get("名单", ())) == len(policy.lists)
    assert len(groups.get("约谈", ())) == len(policy.interviews)
    assert all(fact.words for facts in groups.values() for fact in facts)
    assert differences(policy, policy) == []


def test_a_changed_policy_says_what() -> None:
    part = {"id": "homes", "name": "居住区", "kinds": ["compound"], "statistic": "mean", "points": 100}
    before = Policy.model_validate({"policy": "p", "parts": [part], "pass_mark": 90})
    after = Policy.model_validate(
        {"policy": "p", "parts": [part | {"points": 80}], "lists": [{"name": "黑榜", "bottom": 5}]}
    )
    said = [str(one) for one in differences(before, after)]
    assert any(one.startswith("改动 考评内容：居住区") and "80 分" in one for one in said)
    assert "删去 总则：达标线：原为90 分" in said
    assert any(one.startswith("新增 名单：黑榜") for one in said)

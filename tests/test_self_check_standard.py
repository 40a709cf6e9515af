"""The standard of self-checks is in nobody's way: no round, closing or to-do takes it for one of a kind of sites."""

from __future__ import annotations

import pytest
import yaml

from tests.cast import TOWN, Cast
from tests.playing import FIRST, MONTH, at, drawn_round, open_round, publish_rules
from zerentian.core import clock
from zerentian.core.problems import ProblemsFound
from zerentian.desk.tasks import tasks
from zerentian.results.snapshots import take_snapshot
from zerentian.rounds import plan_actions
from zerentian.standards.actions import draft, publish
from zerentian.standards.models import RuleVersion
from zerentian.standards.queries import shipped_self_check, standards_of


def own_version(cast: Cast) -> None:
    by, told = cast.person("operator"), yaml.safe_load(shipped_self_check()) | {"title": "本镇自查表"}
    version = draft(by, TOWN, "standard", yaml.safe_dump(told, allow_unicode=True), "2023-01")
    publish(by, version, "2023-01")


def test_no_round_is_planned_or_closed_by_it(cast: Cast) -> None:
    """It neither stands for a missing standard nor enters a month's figures."""
    own_version(cast)
    assert standards_of(TOWN, MONTH) == {}
    with clock.set_to(at(FIRST, 5)):
        assert "居住小区还没有本月适用的评分标准" in {one.title for one in tasks(cast.operator)}
        publish_rules(cast)
        RuleVersion.objects.filter(site_kind="compound").update(published=None)
        made = open_round(cast)
        with pytest.raises(ProblemsFound, match=r"rounds\.no_standard"):
            plan_actions.draw_round(cast.person("operator"), made)


def test_a_snapshot_is_the_same_with_and_without_it(cast: Cast) -> None:
    round_ = drawn_round(cast)
    before = take_snapshot(round_)
    own_version(cast)
    assert take_snapshot(round_) == before
    assert set(standards_of(TOWN, MONTH)) == {"compound"}

"""What doubts about evidence hold up: a month is closed on decided visits only, and made again the same."""

from __future__ import annotations

import pytest

from tests.cast import Cast
from tests.playing import LAST, at, drawn_round
from zerentian.core import clock
from zerentian.core.problems import ProblemsFound
from zerentian.results import actions as results
from zerentian.results.checks import Light, checklist
from zerentian.results.verifying import differences
from zerentian.rounds import evidence_actions as evidence
from zerentian.rounds.models import Flag, Round
from zerentian.rounds.photos import judge
from zerentian.rounds.report_actions import NamedPhoto
from zerentian.rounds.tests.pictures import packed, taken
from zerentian.rounds.tests.test_evidence import both, report_visit, tasks


@pytest.fixture
def round_(cast: Cast) -> Round:
    made = drawn_round(cast)
    made.assignments.update(inspector=cast.inspector, day=LAST)
    return made


def test_a_flag_stops_the_closing_until_it_is_decided_and_figures_stay_the_same(
    cast: Cast, round_: Round
) -> None:
    _, second = both(cast, round_, packed(taken(1)), packed(taken(1)))
    with pytest.raises(ProblemsFound, match=r"results\.not_ready"):
        results.prepare(cast.person("operator"), round_)
    (red,) = (one for one in checklist(round_) if one.light == Light.RED)
    assert (red.title, red.note) == ("没有待处理的疑点", "1 个须先处理（所涉检查暂不能计分）")
    evidence.decide_flag(cast.person("supervisor"), second.flags.get(), False, "两处厢房同款，已电话核实")
    with clock.set_to(at(LAST, 17)):
        closing = results.prepare(cast.person("operator"), round_)
        results.confirm(cast.person("deputy"), closing)
    closing.refresh_from_db()
    assert list(differences(closing)) == []
    assert {str(one.score) for one in closing.subject_results.all()} == {"60.0000"}


def test_a_flag_that_comes_up_meanwhile_stops_the_confirmation(cast: Cast, round_: Round) -> None:
    _, second = both(cast, round_, packed(taken(1)), packed(taken(2)))
    closing = results.prepare(cast.person("operator"), round_)
    Flag.objects.create(inspection=second, kind="like_photo", detail="x", holds=True)
    with pytest.raises(ProblemsFound, match=r"results\.not_ready"):
        results.confirm(cast.person("deputy"), closing)


def test_evidence_that_nobody_looked_at_stops_the_closing(cast: Cast, round_: Round) -> None:
    for task in tasks(round_):
        report_visit(cast, task, packed(taken(1)))
    assert "证据都已核对" in {one.title for one in checklist(round_) if one.light == Light.RED}


def test_photos_that_never_come_are_excused_by_a_signed_reason(cast: Cast, round_: Round) -> None:
    first, second = tasks(round_)
    report_visit(cast, first)
    lost = NamedPhoto("p0", "bins", judge(packed(taken(1))).sha256, "A")
    report_visit(cast, second, start=at(second.day, 11), photos=[lost])
    evidence.examine_waiting()
    with pytest.raises(ProblemsFound, match=r"results\.reason_needed") as found:
        results.prepare(cast.person("operator"), round_)
    assert "1 次检查还有照片没到" in str(found.value.problems[0])
    assert results.prepare(cast.person("operator"), round_, "手机落水，照片已无法取回").reason

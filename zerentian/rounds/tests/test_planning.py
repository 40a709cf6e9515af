"""Planning a round: full coverage, by lot, on the record, secret until the morning."""

from __future__ import annotations

import datetime

import pytest
from django.core.exceptions import PermissionDenied

from tests.cast import TOWN, Cast
from tests.playing import FIRST, LAST, POOR, at, drawn_round, inspect, open_round, publish_rules
from zerentian.core import clock
from zerentian.core.problems import ProblemsFound
from zerentian.ledger.models import Event
from zerentian.places.models import Site
from zerentian.rounds import plan_actions as plan
from zerentian.rounds.models import Assignment, Round
from zerentian.rounds.rules import replay


def refused(code: str):
    return pytest.raises(ProblemsFound, match=code.replace(".", r"\."))


def test_it_works(cast: Cast) -> None:
    round_ = drawn_round(cast)
    assignments = list(round_.assignments.all())
    assert {one.site.name for one in assignments} == {"东村一期", "西村花园"}
    assert all(FIRST <= one.day <= LAST for one in assignments)
    assert round_.state == Round.State.OPEN
    kinds = [event.kind for event in Event.objects.filter(kind__startswith="round").order_by("id")]
    assert kinds == ["round.opened", "round.drawn"]


def test_the_draw_can_be_repeated_by_anybody(cast: Cast) -> None:
    round_ = drawn_round(cast)
    assert replay(round_.secret, plan.record_of(round_.draws.get())) == []


def test_closed_sites_are_not_drawn(cast: Cast) -> None:
    Site.objects.filter(code="C-next").update(is_active=False)
    assert {one.site.code for one in drawn_round(cast).assignments.all()} == {"C-own"}


def test_a_task_is_seen_from_its_morning_on(cast: Cast) -> None:
    one = drawn_round(cast).assignments.first()
    mine = cast.accounts[one.inspector.login]
    for hour, seen in ((5, False), (6, True)):
        with clock.set_to(at(one.day, hour)):
            for who in (mine, cast.operator, cast.supervisor):
                assert Assignment.objects.visible_to(who).filter(pk=one.pk).exists() is seen
    with clock.set_to(at(LAST, 23)):
        assert not Assignment.objects.visible_to(cast.outsider).exists()
        assert not Assignment.objects.visible_to(cast.village).exists()


def test_never_the_same_inspector_as_last_month(cast: Cast) -> None:
    first = drawn_round(cast)
    before = {}
    for one in first.assignments.all():
        before[one.site_id] = inspect(cast, one).inspector_id
    day = datetime.date(2023, 11, 6)
    with clock.set_to(at(day, 5)):
        second = open_round(cast, month="2023-11", begins=day, ends=datetime.date(2023, 11, 10))
        plan.draw_round(cast.person("operator"), second)
    for one in second.assignments.all():
        assert one.inspector_id != before[one.site_id]


def test_a_declared_conflict_keeps_away(cast: Cast) -> None:
    publish_rules(cast)
    by = cast.person("operator")
    plan.declare_conflict(by, cast.inspector, "亲属", organisation=cast.organisations["property"])
    with clock.set_to(at(FIRST, 5)):
        round_ = open_round(cast)
        plan.draw_round(by, round_)
    assert round_.assignments.get(site__code="C-own").inspector == cast.other_inspector


def test_a_lot_nobody_may_visit_is_told(cast: Cast) -> None:
    publish_rules(cast)
    by = cast.person("operator")
    for inspector in (cast.inspector, cast.other_inspector):
        plan.declare_conflict(by, inspector, "亲属", region=cast.sites["own"].region)
    with clock.set_to(at(FIRST, 5)), refused("rounds.nobody_free"):
        plan.draw_round(by, open_round(cast))
    assert not Assignment.objects.exists()


def test_a_redraw_needs_a_reason_and_leaves_the_first_on_record(cast: Cast) -> None:
    round_ = drawn_round(cast)
    by = cast.person("operator")
    with clock.set_to(at(FIRST, 5)):
        with refused("rounds.redraw_needs_reason"):
            plan.draw_round(by, round_)
        plan.draw_round(by, round_, "一名检查员离职")
    assert round_.draws.count() == 2
    assert round_.assignments.count() == 2


def test_no_redraw_once_a_visit_has_begun(cast: Cast) -> None:
    round_ = drawn_round(cast)
    inspect(cast, round_.assignments.first())
    with clock.set_to(at(FIRST)), refused("rounds.begun"):
        plan.draw_round(cast.person("operator"), round_, "不满意")


def test_rechecks_go_to_another_inspector(cast: Cast) -> None:
    round_ = drawn_round(cast)
    first, second = round_.assignments.all()
    inspect(cast, first, POOR)
    inspect(cast, second)
    with clock.set_to(at(LAST, 5)):
        plan.draw_rechecks(cast.person("operator"), round_)
    again = round_.assignments.get(is_recheck=True)
    assert again.site == first.site
    assert again.inspector != first.inspector
    assert again.day == LAST


def test_the_second_inspector_sees_no_first_score(cast: Cast) -> None:
    round_ = drawn_round(cast)
    first, second = round_.assignments.all()
    done = inspect(cast, first, POOR)
    inspect(cast, second)
    with clock.set_to(at(LAST, 5)):
        plan.draw_rechecks(cast.person("operator"), round_)
    again = round_.assignments.get(is_recheck=True)
    from zerentian.rounds.models import Inspection

    assert not Inspection.objects.visible_to(again.inspector).filter(pk=done.pk).exists()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"month": "2023-11"}, "rounds.days_outside"),
        ({"ends": datetime.date(2023, 10, 1)}, "rounds.days_outside"),
        (
            {"month": "2022-10", "begins": datetime.date(2022, 10, 3), "ends": datetime.date(2022, 10, 4)},
            "rounds.no_policy",
        ),
    ],
)
def test_a_round_that_can_not_be(cast: Cast, change: dict[str, object], code: str) -> None:
    publish_rules(cast)
    with refused(code):
        open_round(cast, **change)


def test_one_round_a_month(cast: Cast) -> None:
    drawn_round(cast)
    with refused("rounds.exists"):
        open_round(cast)


def test_kinds_without_a_standard_are_named(cast: Cast) -> None:
    publish_rules(cast)
    Site.objects.filter(code="C-own").update(kind="shop")
    with clock.set_to(at(FIRST, 5)), pytest.raises(ProblemsFound) as found:
        plan.draw_round(cast.person("operator"), open_round(cast))
    assert "沿街商铺" in str(found.value.problems[0])


@pytest.mark.parametrize("who", ["outsider", "inspector", "village", "auditor", "supervisor"])
def test_others_plan_nothing(cast: Cast, who: str) -> None:
    round_ = drawn_round(cast)
    with pytest.raises(PermissionDenied):
        plan.draw_round(cast.person(who), round_, "为什么不")
    with pytest.raises(PermissionDenied):
        plan.open_plan(cast.person(who), round_, "好奇")


def test_reassigning_is_on_the_record(cast: Cast) -> None:
    one = drawn_round(cast).assignments.first()
    other = cast.other_inspector if one.inspector == cast.inspector else cast.inspector
    plan.reassign(cast.person("operator"), one, other, LAST, "病假")
    one.refresh_from_db()
    assert (one.inspector, one.day) == (other, LAST)
    assert Event.objects.get(kind="assignment.changed").reason == "病假"


def test_an_event_tells_of_everybody_who_looked_ahead(cast: Cast) -> None:
    plan.open_plan(cast.person("operator"), drawn_round(cast), "安排车辆")
    event = Event.objects.get(kind="round.plan_opened")
    assert (event.reason, event.town) == ("安排车辆", TOWN)

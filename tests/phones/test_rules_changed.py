"""What changed at the desk while a phone had no network."""

from __future__ import annotations

import yaml

from tests.browser import at_rest
from tests.cast import TOWN, Cast
from tests.phone import Phone
from tests.phones.visits import NEXT, OWN, inspect
from tests.playing import SHEET, at
from tests.town import clause, section
from zerentian.core import clock
from zerentian.results import actions as results
from zerentian.rounds import plan_actions
from zerentian.rounds.evidence_actions import examine_waiting
from zerentian.rounds.models import Assignment, Inspection, Round
from zerentian.standards import actions as standards


def test_the_standard_that_the_visit_was_made_by_holds(phone: Phone, cast: Cast) -> None:
    """T12: the version on the phone is named in the report, accepted, and no answer is dropped."""
    phone.set_offline()
    inspect(phone, OWN, poor=True)
    with at_rest():
        by = cast.person("operator")
        changed = {
            **SHEET,
            "version": "2",
            "sections": [section("全新", clause("new", "all_or_nothing", 100))],
        }
        text = yaml.safe_dump(changed, allow_unicode=True)
        standards.publish(by, standards.draft(by, TOWN, "standard", text, "2023-02"), "2023-01")
    phone.set_offline(False)
    phone.sync()
    with at_rest():
        made = Inspection.objects.get()
        assert (made.score, made.standing, made.observations.count()) == (60, "counts", 4)
        assert made.standard.effective_from == "2023-01"


def test_a_month_closed_meanwhile_keeps_the_visit_and_does_not_count_it(
    phone: Phone, cast: Cast, round_: Round
) -> None:
    """T13: stored as late, outside of the ranking, and the phone says so."""
    inspect(phone, NEXT)
    phone.sync()
    phone.set_offline()
    inspect(phone, OWN, poor=True, photos=1)
    with at_rest(), clock.set_to(at(round_.ends, 17)):
        examine_waiting()
        closing = results.prepare(cast.person("operator"), round_, "一部手机没有网络")
        results.confirm(cast.person("deputy"), closing)
    phone.set_offline(False)
    phone.sync()
    with at_rest():
        made = Inspection.objects.get(site__name=OWN)
        assert (made.standing, made.photos_awaited) == (Inspection.Standing.LATE, 0)
    phone.go("/queue")
    phone.page.get_by_text(OWN).click()
    assert phone.sees("关账后提交，不计分")


def test_a_task_given_away_meanwhile_keeps_the_visit_beside_it(
    phone: Phone, cast: Cast, round_: Round
) -> None:
    """T13: the task stays with its new inspector."""
    phone.set_offline()
    inspect(phone, OWN)
    with at_rest():
        task = round_.assignments.get(site__name=OWN)
        plan_actions.reassign(
            cast.person("operator"), task, cast.other_inspector, clock.today(), "路上车坏了"
        )
    phone.set_offline(False)
    phone.sync()
    with at_rest():
        task.refresh_from_db()
        assert (Inspection.objects.get().standing, task.state) == ("late", Assignment.State.DUE)

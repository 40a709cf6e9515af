"""Inspections: begun on their day, filled in, submitted once, corrected only by two."""

from __future__ import annotations

import datetime
import io
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from PIL import Image

from tests.cast import Cast
from tests.playing import FIRST, GOOD, LAST, POOR, at, drawn_round, inspect
from zerentian.core import clock
from zerentian.core.problems import ProblemsFound
from zerentian.ledger.models import Event
from zerentian.people.models import TownSettings
from zerentian.people.person import Person
from zerentian.rounds import correction_actions as corrections
from zerentian.rounds import visit_actions as visits
from zerentian.rounds.models import Assignment, Correction, Inspection, Photo


def refused(code: str):
    return pytest.raises(ProblemsFound, match=code.replace(".", r"\."))


def jpeg(colour: str = "red") -> bytes:
    packed = io.BytesIO()
    Image.new("RGB", (640, 480), colour).save(packed, "JPEG")
    return packed.getvalue()


@pytest.fixture
def task(cast: Cast) -> Assignment:
    return drawn_round(cast).assignments.first()


def inspector(cast: Cast, task: Assignment) -> Person:
    return cast.person(task.inspector.login)


def begun(cast: Cast, task: Assignment) -> Inspection:
    with clock.set_to(at(task.day)):
        return visits.start(inspector(cast, task), task)


def test_it_works(cast: Cast, task: Assignment) -> None:
    done = inspect(cast, task, POOR)
    assert (done.score, done.passed) == (Decimal("60.00"), False)
    task.refresh_from_db()
    assert task.state == Assignment.State.DONE
    kinds = list(
        Event.objects.filter(kind__startswith="inspection").order_by("id").values_list("kind", flat=True)
    )
    assert kinds == ["inspection.started", "inspection.submitted"]


def test_starting_twice_goes_on_with_the_same(cast: Cast, task: Assignment) -> None:
    assert begun(cast, task) == begun(cast, task)


def test_before_the_morning_nobody_starts(cast: Cast, task: Assignment) -> None:
    with clock.set_to(at(task.day, 5, 59)), refused("inspection.not_released"):
        visits.start(inspector(cast, task), task)


def test_another_inspector_may_not(cast: Cast, task: Assignment) -> None:
    other = "other_inspector" if task.inspector.login == "inspector" else "inspector"
    for who in (other, "operator", "supervisor", "village"):
        with clock.set_to(at(task.day)), pytest.raises(PermissionDenied):
            visits.start(cast.person(who), task)
    draft = begun(cast, task)
    with pytest.raises(PermissionDenied):
        visits.save_draft(cast.person(other), draft, GOOD, "")


def test_a_visit_after_midnight_of_the_last_day_is_not_the_months(cast: Cast, task: Assignment) -> None:
    """00:30 on 1 November in Shanghai is still October in UTC, and yet November (T76)."""
    with clock.set_to(at(datetime.date(2023, 11, 1), 0, 30)), refused("inspection.other_month"):
        visits.start(inspector(cast, task), task)


def test_a_visit_over_midnight_counts_where_it_began(cast: Cast, task: Assignment) -> None:
    by = inspector(cast, task)
    with clock.set_to(at(datetime.date(2023, 10, 31), 23, 50)):
        draft = visits.start(by, task)
    with clock.set_to(at(datetime.date(2023, 11, 1), 0, 20)):
        visits.save_draft(by, draft, GOOD, "")
        assert visits.submit(by, draft).month == "2023-10"


def test_a_draft_keeps_what_is_there_sound_or_not(cast: Cast, task: Assignment) -> None:
    draft = begun(cast, task)
    worth = visits.save_draft(inspector(cast, task), draft, {"bins": "no", "dirty": "many"}, "下雨")
    assert worth.score.score == Decimal("80.00")
    assert [clause.id for clause in worth.missing] == ["purity", "mixed"]
    assert worth.faults == {"dirty": "发现的处数（不小于 0 的整数）"}
    assert visits.answers_of(draft) == {"bins": "no", "dirty": "many"}


def test_everything_missing_is_told_at_once(cast: Cast, task: Assignment) -> None:
    draft = begun(cast, task)
    by = inspector(cast, task)
    visits.save_draft(by, draft, {"dirty": "many"}, "")
    with pytest.raises(ProblemsFound) as found:
        visits.submit(by, draft)
    assert [one.code for one in found.value.problems] == ["inspection.incomplete", "inspection.answer"]
    assert found.value.problems[0].details["count"] == "3"


def test_submitted_is_submitted(cast: Cast, task: Assignment) -> None:
    done = inspect(cast, task)
    by = inspector(cast, task)
    for act in (
        lambda: visits.submit(by, done),
        lambda: visits.save_draft(by, done, POOR, ""),
        lambda: visits.add_photo(by, done, "bins", jpeg()),
    ):
        with refused("inspection.submitted_already"):
            act()


def test_each_deduction_needs_its_photo_where_the_town_says_so(cast: Cast, task: Assignment) -> None:
    TownSettings.objects.update(photo_rule="deduction")
    draft, by = begun(cast, task), inspector(cast, task)
    visits.save_draft(by, draft, POOR, "")
    with pytest.raises(ProblemsFound) as found:
        visits.submit(by, draft)
    assert found.value.problems[0].details["clauses"] == "条款bins、条款dirty、条款purity"
    for clause in ("bins", "dirty", "purity"):
        visits.add_photo(by, draft, clause, jpeg())
    assert visits.submit(by, draft).state == Inspection.State.SUBMITTED


def test_the_same_photo_twice_for_a_clause_is_one(cast: Cast, task: Assignment) -> None:
    draft, by = begun(cast, task), inspector(cast, task)
    first = visits.add_photo(by, draft, "bins", jpeg())
    assert visits.add_photo(by, draft, "bins", jpeg()) == first
    assert visits.add_photo(by, draft, "dirty", jpeg()) != first
    visits.remove_photo(by, first)
    assert Photo.objects.count() == 1
    assert Event.objects.filter(kind="inspection.photo_removed").exists()


def test_unreachable_is_reported_by_one_and_signed_by_another(cast: Cast, task: Assignment) -> None:
    with clock.set_to(at(task.day)):
        visits.report_unreachable(inspector(cast, task), task, "门禁维修，无人开门")
    with pytest.raises(PermissionDenied):
        visits.sign_unreachable(inspector(cast, task), task)
    visits.sign_unreachable(cast.person("supervisor"), task)
    task.refresh_from_db()
    assert (task.state, task.signed_by) == (Assignment.State.UNREACHABLE, cast.supervisor)


def test_who_reports_does_not_sign(cast: Cast, task: Assignment) -> None:
    visits.report_unreachable(cast.person("operator"), task, "小区封闭")
    with refused("inspection.own_report"):
        visits.sign_unreachable(cast.person("operator"), task)
    visits.sign_unreachable(cast.person("second_operator"), task)


def test_a_correction_takes_a_reason_and_two(cast: Cast, task: Assignment) -> None:
    first = inspect(cast, task, POOR)
    proposed = corrections.propose_correction(inspector(cast, task), first, {"bins": "yes"}, "误点")
    for who in ("village", task.inspector.login):
        with pytest.raises(PermissionDenied):
            corrections.decide_correction(cast.person(who), proposed, True)
    second = corrections.decide_correction(cast.person("operator"), proposed, True, "看过照片")
    first.refresh_from_db()
    assert (first.state, first.score) == (Inspection.State.REPLACED, Decimal(60))
    assert (second.number, second.score, second.replaces) == (2, Decimal("80.00"), first)
    event = Event.objects.get(kind="inspection.corrected")
    assert event.data["score"] == {"from": "60.0000", "to": "80.00"}


def test_who_proposes_does_not_decide(cast: Cast, task: Assignment) -> None:
    done = inspect(cast, task, POOR)
    proposed = corrections.propose_correction(cast.person("operator"), done, {"bins": "yes"}, "误点")
    with refused("correction.own"):
        corrections.decide_correction(cast.person("operator"), proposed, True)


def test_a_refused_correction_changes_nothing(cast: Cast, task: Assignment) -> None:
    done = inspect(cast, task, POOR)
    proposed = corrections.propose_correction(cast.person("supervisor"), done, {"bins": "yes"}, "误点")
    assert corrections.decide_correction(cast.person("operator"), proposed, False, "照片为证") == done
    assert Inspection.objects.counted().get() == done
    with refused("correction.decided_already"):
        corrections.decide_correction(cast.person("operator"), proposed, True)


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"bins": "no"}, "correction.nothing"),
        ({"dirty": "x"}, "inspection.answer"),
        ({}, "correction.nothing"),
    ],
)
def test_a_correction_that_can_not_be(
    cast: Cast, task: Assignment, values: dict[str, str], code: str
) -> None:
    done = inspect(cast, task, POOR)
    with refused(code):
        corrections.propose_correction(cast.person("operator"), done, values, "误点")
    assert not Correction.objects.exists()


def test_one_correction_at_a_time(cast: Cast, task: Assignment) -> None:
    done = inspect(cast, task, POOR)
    corrections.propose_correction(cast.person("operator"), done, {"bins": "yes"}, "误点")
    with refused("correction.open"):
        corrections.propose_correction(cast.person("supervisor"), done, {"dirty": "0"}, "误点")


def test_who_sees_an_inspection(cast: Cast, task: Assignment) -> None:
    draft = begun(cast, task)
    assert set(Inspection.objects.visible_to(cast.operator)) == set()
    assert Inspection.objects.visible_to(task.inspector).get() == draft
    done = inspect(cast, task)
    village, neighbour = ("village", "neighbour") if task.site.code == "C-own" else ("neighbour", "village")
    for who in (cast.operator, cast.auditor, cast.supervisor, cast.accounts[village]):
        assert Inspection.objects.visible_to(who).get() == done
    for who in (cast.outsider, cast.accounts[neighbour], cast.enforcement, cast.admin):
        assert not Inspection.objects.visible_to(who).exists()
    sees = cast.property in [cast.property] and task.site.property_company_id is not None
    assert Inspection.objects.visible_to(cast.property).exists() is sees


def test_late_days_are_counted_as_late(cast: Cast, task: Assignment) -> None:
    assert not Assignment.objects.all().late(FIRST).exists()
    assert Assignment.objects.all().late(LAST + datetime.timedelta(days=1)).count() == 2


def test_a_report_is_signed_on_its_page(cast: Cast, task: Assignment) -> None:
    with clock.set_to(at(task.day)):
        visits.report_unreachable(inspector(cast, task), task, "门禁维修")
        client = cast.client("supervisor")
        page = client.get(f"/rounds/assignments/{task.pk}").content.decode()
        assert "签认未能检查" in page
        signed = client.post(f"/rounds/assignments/{task.pk}/sign", follow=True).content.decode()
        assert "门禁维修" in signed
        assert "待签认" not in signed
        assert (
            "签认未能检查"
            not in cast.client("operator").get(f"/rounds/assignments/{task.pk}").content.decode()
        )

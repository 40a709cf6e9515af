"""A second visit is blind: nothing of the first one reaches the phone."""

from __future__ import annotations

import json

import pytest

from tests.browser import at_rest
from tests.cast import PASSWORD, Cast
from tests.phone import Phone
from tests.phones.conftest import NewPhone
from tests.phones.network import answer_to, heard
from tests.phones.visits import OWN, fill_in
from tests.playing import POOR, round_of_today
from zerentian.core import clock
from zerentian.rounds import plan_actions, visit_actions
from zerentian.rounds.models import Inspection

FIRST_REMARK = "第一次来时门锁着"


@pytest.fixture
def first(cast: Cast) -> Inspection:
    """Our village's compound was visited by somebody else and is to be visited again by the inspector."""
    round_ = round_of_today(cast, "other_inspector")
    by = cast.person("other_inspector")
    begun = visit_actions.start(by, round_.assignments.get(site__name=OWN))
    visit_actions.save_draft(by, begun, POOR | {"purity": "7/10"}, FIRST_REMARK)
    made = visit_actions.submit(by, begun)
    plan_actions.draw_rechecks(cast.person("operator"), round_, 50)
    again = round_.assignments.filter(is_recheck=True)
    again.update(inspector=cast.inspector, day=clock.today(), released=made.started)
    return made


def test_a_second_visit_shows_nothing_of_the_first(first: Inspection, new_phone: NewPhone) -> None:
    score = f"{first.score:.2f}"
    phone = new_phone()
    with heard(phone, "") as requests:
        phone.sign_in("inspector", PASSWORD)
        phone.open_site(OWN)
        assert phone.sees("复查")
        _tells_nothing(phone, first, score)
        fill_in(phone)
        phone.press("核对提交")
        phone.page.wait_for_selector(".score")
        _tells_nothing(phone, first, score)
        phone.press("提交")
        phone.page.wait_for_selector(".page-head")
        phone.sync()
    told = "".join(answer_to(one) for one in requests)
    assert OWN in told
    assert [one for one in _secrets(first, score) if one in told] == []
    phone.go("/queue")
    phone.page.get_by_text(OWN).click()
    assert phone.sees("回执")
    _tells_nothing(phone, first, score)
    with at_rest():
        assert Inspection.objects.get(assignment__is_recheck=True).score == 100


def _secrets(first: Inspection, score: str) -> set[str]:
    return {score, FIRST_REMARK, str(first.pk), "7/10", first.inspector.name}


def _tells_nothing(phone: Phone, first: Inspection, score: str) -> None:
    tables = ("settings", "tasks", "standards", "visits", "originals", "copies", "uploads")
    kept = json.dumps([phone.stored(one) for one in tables], ensure_ascii=False)
    shown = phone.page.inner_text("body")
    for secret in _secrets(first, score):
        assert secret not in kept
        assert secret not in shown

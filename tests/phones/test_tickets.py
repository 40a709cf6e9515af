"""Tickets on phones: mended without network, verified on another phone, refused with the reason."""

from __future__ import annotations

import datetime

import pytest
from playwright.sync_api import expect

from tests.browser import at_rest
from tests.cast import Cast
from tests.phone import PHONE, SMALL, Phone
from tests.phones.conftest import NewPhone
from tests.phones.visits import OWN, waiting
from zerentian.core import clock
from zerentian.places.models import Site
from zerentian.rounds.models import Round
from zerentian.rounds.visit_actions import Position
from zerentian.tickets import actions
from zerentian.tickets.models import Extension, Proof, Ticket
from zerentian.tickets.proofs import add_proof
from zerentian.tickets.tests.test_actions import opened
from zerentian.tickets.tests.test_proofs import HERE, photo

WORDS = "已补齐两只湿垃圾桶"


@pytest.fixture
def ticket(cast: Cast) -> Ticket:
    """A problem of our compound, with its photo, sent to the property company."""
    Site.objects.filter(pk=cast.sites["own"].pk).update(latitude=HERE.latitude, longitude=HERE.longitude)
    made = opened(cast)
    place = Position(HERE.latitude, HERE.longitude, 12)
    add_proof(cast.person("operator"), made, "before", photo(1), grade="A", position=place)
    return made


def copies_come(phone: Phone) -> None:
    """Wait until the photos of the problem lie on the phone."""
    for _ in range(100):
        if phone.stored("copies"):
            return
        phone.page.wait_for_timeout(100)
    raise AssertionError("no copy came")


def mend(phone: Phone, words: str = WORDS, photos: int = 1) -> None:
    phone.open_ticket(OWN)
    phone.shoot_ticket(photos)
    phone.page.get_by_label("整改情况", exact=True).fill(words)
    phone.press("整改完成")
    phone.page.wait_for_selector(".page-head")


def test_mended_offline_and_verified_on_a_second_phone(
    cast: Cast, ticket: Ticket, new_phone: NewPhone
) -> None:
    phone = new_phone("property")
    copies_come(phone)
    phone.set_offline()
    phone.page.reload()
    phone.page.wait_for_selector(".card")
    phone.open_ticket(OWN)
    assert phone.page.get_by_label("整改前第 1 张").locator("img").is_visible()
    phone.go("/tickets")
    mend(phone, photos=2)
    assert waiting(phone, 1, 2)
    assert phone.sees("整改完成，待上传")
    phone.set_offline(False)
    phone.sync()
    assert phone.sees("待核查")
    with at_rest():
        held = Ticket.objects.get()
        assert (held.state, held.handled_words, held.handled_by) == ("handled", WORDS, cast.property)
        proofs = Proof.objects.filter(kind="after")
        assert {(one.grade, one.accuracy) for one in proofs} == {("A", 12)}
        assert {one.sha256 for one in proofs} <= {one["sha256"] for one in phone.stored("originals")}
    second = new_phone("village")
    second.open_ticket(OWN)
    assert second.sees(WORDS)
    assert second.page.get_by_label("整改后第 1 张").locator("img").is_visible()
    second.set_offline()
    second.shoot_ticket()
    second.press("核查通过")
    second.page.get_by_role("alertdialog").get_by_role("button", name="核查通过").click()
    second.page.wait_for_selector(".page-head")
    second.set_offline(False)
    second.sync()
    with at_rest():
        held = Ticket.objects.get()
        assert (held.state, held.verified_by) == ("verified", cast.village)
        assert Proof.objects.filter(kind="check").count() == 1


def test_a_refused_act_tells_the_reason_and_is_taken_up_again(
    cast: Cast, ticket: Ticket, new_phone: NewPhone
) -> None:
    phone = new_phone("property")
    with phone.offline():
        mend(phone)
        with at_rest():
            actions.supervise(cast.person("operator"), ticket, "群众反复投诉")
    phone.sync()
    phone.open_ticket(OWN)
    assert phone.sees("整改完成没有被接受")
    assert phone.sees("operator")
    phone.check()
    phone.press("按现在的情况重新填")
    expect(phone.page.get_by_label("整改情况", exact=True)).to_have_value(WORDS)
    phone.press("整改完成")
    phone.page.wait_for_selector(".page-head")
    phone.sync()
    with at_rest():
        assert Ticket.objects.get().state == "handled"


def test_a_failed_repair_comes_back_with_its_reason(cast: Cast, ticket: Ticket, new_phone: NewPhone) -> None:
    phone = new_phone("property")
    mend(phone)
    phone.sync()
    second = new_phone("village")
    second.open_ticket(OWN)
    second.press("核查不通过")
    second.page.get_by_role("dialog").locator("textarea").fill("仍缺一只桶")
    second.press("保存")
    second.page.wait_for_selector(".page-head")
    second.sync()
    phone.press("更新")
    phone.page.get_by_role("heading", name="待我整改 1").wait_for()
    phone.open_ticket(OWN)
    assert phone.sees("仍缺一只桶")


def test_given_back_and_more_time_asked_for_offline(cast: Cast, ticket: Ticket, new_phone: NewPhone) -> None:
    phone = new_phone("property")
    with phone.offline():
        phone.open_ticket(OWN)
        phone.press("申请延期")
        phone.page.get_by_role("dialog").locator("textarea").fill("桶要定制")
        phone.check()
        phone.press("提交申请")
        phone.page.wait_for_selector(".page-head")
        assert waiting(phone, 1, 0)
    phone.sync()
    with at_rest():
        asked = Extension.objects.get()
        assert (asked.reason, asked.until > ticket.due) == ("桶要定制", True)
    phone.open_ticket(OWN)
    assert phone.page.get_by_role("button", name="申请延期").count() == 0
    phone.press("退回")
    phone.page.get_by_role("dialog").locator("textarea").fill("公共区域，不归物业")
    phone.press("保存")
    phone.page.wait_for_selector(".page-head")
    phone.sync()
    with at_rest():
        assert Ticket.objects.get().state == "returned"


def test_a_page_killed_in_the_middle_keeps_words_and_photos(
    cast: Cast, ticket: Ticket, new_phone: NewPhone
) -> None:
    phone = new_phone("property")
    phone.open_ticket(OWN)
    phone.shoot_ticket()
    phone.page.get_by_label("整改情况", exact=True).fill(WORDS)
    phone.page.wait_for_timeout(300)
    phone.kill()
    phone.open_ticket(OWN)
    phone.page.locator(".thumb img").first.wait_for()
    assert phone.page.get_by_label("整改情况", exact=True).input_value() == WORDS
    assert phone.page.get_by_role("button", name="整改完成").is_enabled()


@pytest.mark.parametrize("size", [PHONE, SMALL], ids=["390", "360"])
def test_every_page_is_within_reach_of_a_thumb(
    cast: Cast, ticket: Ticket, new_phone: NewPhone, size: dict[str, int]
) -> None:
    with clock.set_to(clock.now() - datetime.timedelta(days=20)):
        opened(cast, clause="on_duty")
    phone = new_phone("property", size=size)
    assert phone.sees("已逾期")
    phone.check()
    phone.open_ticket(OWN)
    phone.shoot_ticket()
    phone.check()
    phone.press("退回")
    phone.check()
    phone.press("取消")
    phone.page.get_by_label("整改情况", exact=True).fill(WORDS)
    phone.set_offline()
    phone.press("整改完成")
    phone.page.wait_for_selector(".page-head")
    phone.go("/queue")
    phone.check()
    assert phone.sees("整改完成")
    phone.set_offline(False)


def test_who_inspects_has_no_tickets_and_who_has_tickets_no_days_list(
    cast: Cast, ticket: Ticket, round_: Round, new_phone: NewPhone
) -> None:
    inspector, village = new_phone("inspector"), new_phone("village")
    tabs = [one.page.locator(".tabs").inner_text().split() for one in (inspector, village)]
    assert tabs == [["今天", "扫码", "上传", "我的"], ["整改", "上传", "我的"]]
    village.go("/")
    assert village.sees("没有要办的整改单")

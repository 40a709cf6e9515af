"""The same visit from two tabs, the same task from two phones: one counts, none is lost, none is doubled."""

from __future__ import annotations

from tests.browser import at_rest
from tests.phone import Phone
from tests.phones.conftest import NewPhone
from tests.phones.visits import OWN, fill_in, inspect, waiting
from zerentian.field.models import HeldReport
from zerentian.rounds.models import Inspection, Round


def test_two_tabs_that_submit_one_visit_make_one_report(phone: Phone) -> None:
    """T03: the second tab is told what the first one did."""
    phone.open_site(OWN)
    fill_in(phone, poor=True)
    phone.shoot("bins")
    second = phone.tab()
    second.go(phone.page.url.split("#")[1] + "/review")
    phone.press("核对提交")
    for one in (phone, second):
        one.page.wait_for_selector("button:has-text('提交'):enabled")
    phone.page.get_by_role("button", name="提交", exact=True).click(no_wait_after=True)
    second.page.get_by_role("button", name="提交", exact=True).click(no_wait_after=True)
    for one in (phone, second):
        one.page.wait_for_selector(".page-head")
        assert one.page.get_by_role("alertdialog").count() == 0
    phone.sync()
    with at_rest():
        made = Inspection.objects.get()
        assert (made.standing, made.photos.count(), made.photos_awaited) == ("counts", 1, 0)
        assert not HeldReport.objects.exists()


def test_a_double_tap_makes_one_report(phone: Phone) -> None:
    phone.open_site(OWN)
    fill_in(phone)
    phone.press("核对提交")
    phone.page.get_by_role("button", name="提交", exact=True).dblclick()
    phone.page.wait_for_selector(".page-head")
    phone.sync()
    with at_rest():
        assert Inspection.objects.count() == 1


def test_two_phones_with_the_same_task_are_both_kept(round_: Round, new_phone: NewPhone) -> None:
    """T05: the first to arrive takes the task, the second stands beside it as a double."""
    phones = [new_phone("inspector"), new_phone("inspector")]
    for one, poor in zip(phones, (True, False), strict=True):
        one.set_offline()
        inspect(one, OWN, poor=poor, photos=1)
    for one in phones:
        one.set_offline(False)
        one.sync()
    with at_rest():
        first, second = Inspection.objects.order_by("submitted")
        assert (first.score, first.standing) == (60, Inspection.Standing.COUNTS)
        assert (second.score, second.standing) == (100, Inspection.Standing.DOUBLE)
        assert [one.photos.get().received is not None for one in (first, second)] == [True, True]
    assert phones[1].stored("visits")[0]["standing"] == "double"
    phones[1].go("/queue")
    phones[1].page.get_by_text(OWN).click()
    assert phones[1].sees("重复检查，由主管决定")
    assert waiting(phones[1], 0, 0)

"""A day without network: sites inspected, kept on the phone, all of it at the server afterwards."""

from __future__ import annotations

import hashlib
from decimal import Decimal

import pytest

from tests.browser import at_rest
from tests.phone import PHONE, SMALL, Phone
from tests.phones.visits import NEXT, OWN, fill_in, waiting, write_remark
from zerentian.rounds.models import Assignment, Inspection, Round
from zerentian.rounds.photos import original


def test_a_day_offline_is_at_the_server_afterwards(phone: Phone, round_: Round) -> None:
    """T106 is in here too: each page is checked for contrast, target size and width."""
    phone.set_offline()
    phone.page.reload()
    phone.open_site(OWN)
    fill_in(phone, poor=True)
    phone.shoot("bins", 2)
    write_remark(phone, "dirty", "三号厢房地面有污水")
    phone.press("核对提交")
    phone.page.wait_for_selector(".score")
    told = phone.page.locator(".score-figure").inner_text()
    phone.press("提交")
    phone.open_site(NEXT)
    fill_in(phone)
    phone.shoot("dirty")
    phone.submit()
    assert waiting(phone, 2, 3)
    kept = {one["sha256"] for one in phone.stored("originals")}
    phone.set_offline(False)
    phone.sync()
    with at_rest():
        own, other = _of(OWN), _of(NEXT)
        assert (own.score, other.score, told.split("/")[0].strip()) == (60, 100, "60.00")
        assert {one.clause: (one.value, one.remark) for one in own.observations.all()} == {
            "bins": ("no", ""), "dirty": ("2", "三号厢房地面有污水"), "purity": ("8/10", ""), "mixed": ("no", ""),
        }  # fmt: skip
        photos = [*own.photos.all(), *other.photos.all()]
        assert {one.sha256 for one in photos} == kept
        assert {one.grade for one in photos} == {"A"}
        assert all(hashlib.sha256(original(one.sha256)).hexdigest() == one.sha256 for one in photos)
        fixes = own.fixes.all()
        assert {one.moment for one in fixes} >= {"start", "photo"}
        assert {(one.latitude, one.accuracy) for one in fixes} == {(Decimal("31.1106000"), 12)}
        assert (own.photos_awaited, own.standing) == (0, Inspection.Standing.COUNTS)
        assert set(round_.assignments.values_list("state", flat=True)) == {Assignment.State.DONE}
    assert all(one["receipt"] and one["state"] == "sent" for one in phone.stored("visits"))


@pytest.mark.parametrize("size", [PHONE, SMALL], ids=["390", "360"])
def test_every_page_is_within_reach_of_a_thumb(phone: Phone, size: dict[str, int]) -> None:
    phone.page.set_viewport_size(size)
    for path in ("/", "/scan", "/me", "/sign-in"):
        phone.go(path)
        phone.check()
    phone.go()
    phone.open_site(OWN)
    fill_in(phone, poor=True)
    phone.shoot("bins")
    phone.check()
    phone.clause("bins").get_by_role("button", name="拍照").click()
    phone.page.wait_for_selector("button.shutter")
    phone.check()
    phone.press("拍好了")
    phone.clause("bins").get_by_role("button", name="说明").click()
    phone.check()
    phone.press("取消")
    phone.press("核对提交")
    phone.page.wait_for_selector(".score")
    phone.check()
    phone.press("提交")
    phone.page.wait_for_selector(".page-head")
    phone.sync()
    phone.go("/queue")
    phone.page.get_by_text(OWN).click()
    assert phone.sees("回执")
    phone.check()
    phone.page.go_back()
    phone.check()


def _of(name: str) -> Inspection:
    return Inspection.objects.get(site__name=name)

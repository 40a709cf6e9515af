"""Two visits of the same day, open one after the other: nothing of one gets into the other."""

from __future__ import annotations

import hashlib
from pathlib import Path

from tests.browser import at_rest
from tests.phone import Phone
from tests.phones.visits import NEXT, OWN, fill_in, noise, pick, write_remark
from zerentian.rounds.models import Inspection


def test_photos_and_remarks_of_two_open_visits_never_mix(phone: Phone, tmp_path: Path) -> None:
    """Even the same bytes: taken out of one visit, they stay in the other."""
    shared, second = noise(tmp_path / "shared.jpg"), noise(tmp_path / "second.jpg")
    phone.set_offline()
    for name, words in ((OWN, "东村的门"), (NEXT, "西村的桶")):
        phone.open_site(name)
        assert phone.page.locator(".thumb").count() == 0
        fill_in(phone, poor=name == OWN)
        pick(phone, "bins", shared)
        write_remark(phone, "bins", words)
        back(phone)
    phone.open_site(OWN)
    pick(phone, "bins", second)
    back(phone)
    phone.open_site(NEXT)
    assert phone.clause("bins").locator(".thumb").count() == 1
    assert phone.sees("西村的桶")
    assert not phone.sees("东村的门", within=0.1)
    phone.page.get_by_label("看第 1 张照片").click()
    phone.press("删除这张")
    phone.page.get_by_role("alertdialog").get_by_role("button", name="删除").click()
    phone.page.locator(".thumb").wait_for(state="detached")
    phone.submit()
    phone.open_site(OWN)
    assert phone.clause("bins").locator(".thumb img").count() == 2
    phone.submit()
    phone.set_offline(False)
    phone.sync()
    with at_rest():
        own = Inspection.objects.get(site__name=OWN)
        other = Inspection.objects.get(site__name=NEXT)
        assert {one.sha256 for one in own.photos.all()} == {digest(shared), digest(second)}
        assert (own.photos_awaited, other.photos.count()) == (0, 0)
        assert own.observations.get(clause="bins").remark == "东村的门"
        assert other.observations.get(clause="bins").remark == "西村的桶"
        assert (own.score, other.score) == (60, 100)


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def back(phone: Phone) -> None:
    phone.page.get_by_label("返回今天的任务").click()
    phone.page.wait_for_selector(".card")

"""The phone's own storage: full, or cleared by somebody."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import CDPSession, Playwright

from tests.browser import at_rest, chromium_path
from tests.cast import PASSWORD
from tests.phone import Phone
from tests.phones import network as net
from tests.phones.network import REPORTS, network
from tests.phones.visits import OWN, fill_in, inspect, noise, waiting
from zerentian.rounds.models import Inspection, Round

FULL = "手机存储空间已满"
KEEPS_QUOTA = "--disable-features=StaticStorageQuota"


def test_a_full_disk_is_told_and_earlier_photos_are_safe(
    playwright: Playwright, address: str, round_: Round, tmp_path: Path
) -> None:
    """T14: with the browser's real quota, which is only kept for a browser with a disk of its own."""
    phone = Phone.on_disk(playwright, chromium_path(), address, tmp_path / "disk", KEEPS_QUOTA)
    quota = phone.context.new_cdp_session(phone.page)
    _allow(quota, phone, 4_000_000)
    phone.sign_in("inspector", PASSWORD)
    phone.set_offline()
    phone.open_site(OWN)
    fill_in(phone, poor=True)
    phone.clause("bins").get_by_role("button", name="拍照").click()
    gallery = phone.page.get_by_role("dialog").locator("input:not([capture])")
    for number in range(1, 20):
        gallery.set_input_files(str(noise(tmp_path / f"{number}.jpg", kilobytes=400)))
        phone.page.get_by_text(f"已存 {number} 张").or_(phone.page.get_by_text(FULL)).first.wait_for()
        if phone.sees(FULL, within=0.2):
            break
    assert phone.sees("照片没有保存")
    assert phone.sees("之前的内容都在，请先上传或清理手机空间，再做一次。")
    phone.press("知道了")
    phone.press("拍好了")
    assert phone.clause("bins").locator(".thumb img").count() == number - 1 > 2
    (visit,) = phone.stored("visits")
    kept = {one["sha256"] for one in phone.stored("originals")}
    assert {one["sha256"] for one in visit["photos"]} == kept
    assert len(kept) == number - 1
    _allow(quota, phone, None)
    phone.submit()
    phone.set_offline(False)
    phone.sync()
    with at_rest():
        made = Inspection.objects.get()
        assert ({one.sha256 for one in made.photos.all()}, made.photos_awaited) == (kept, 0)
    phone.context.close()
    assert phone.faults == []


def test_cleared_data_is_missed_after_the_next_sign_in(phone: Phone) -> None:
    """T16: the server heard how many reports there were, and says how many never came."""
    with network(phone, REPORTS, net.broken):
        inspect(phone, OWN)
        inspect(phone, "西村花园")
        phone.settle()
        assert waiting(phone, 2, 0)
    phone.page.close()
    page = phone.tab().page
    page.goto("about:blank")
    cdp = phone.context.new_cdp_session(page)
    cdp.send("Storage.clearDataForOrigin", {"origin": phone.address, "storageTypes": "all"})
    phone.page = page
    phone.sign_in("inspector", PASSWORD)
    assert phone.sees("本机应有 2 条未传，现在找不到，请告诉主管", within=20)


def _allow(quota: CDPSession, phone: Phone, size: int | None) -> None:
    """Before the first page, for the browser remembers how much room there was; over when the session is."""
    limit = {} if size is None else {"quotaSize": size}
    quota.send("Storage.overrideQuotaForOrigin", {"origin": phone.address, **limit})

"""A site's plate, read by the camera, starts its inspection."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Playwright

from tests.browser import at_rest, chromium_path
from tests.cast import VILLAGE, Cast
from tests.phone import launch
from tests.phones.conftest import NewPhone
from tests.phones.visits import OWN, fill_in, film
from zerentian.places.models import Site
from zerentian.rounds.models import Inspection, Round


def test_a_plate_of_today_starts_its_visit_at_once(
    round_: Round, cast: Cast, new_phone: NewPhone, playwright: Playwright, tmp_path: Path
) -> None:
    plate = film(tmp_path / "plate.mjpeg", f"https://town.example/s/{cast.sites['next'].pk}")
    browser = launch(playwright, chromium_path(), f"--use-file-for-fake-video-capture={plate}")
    phone = new_phone("inspector", browser=browser)
    phone.set_offline()
    phone.go("/scan")
    phone.page.wait_for_selector(".clause", timeout=30_000)
    assert phone.page.get_by_role("heading", name="西村花园").count() == 1
    fill_in(phone)
    phone.submit()
    phone.set_offline(False)
    phone.sync()
    with at_rest():
        made = Inspection.objects.get()
        assert (made.site.name, made.standing) == ("西村花园", "counts")
        assert "scan" in {one.moment for one in made.fixes.all()}
    phone.context.close()
    browser.close()


def test_a_site_outside_of_the_list_needs_a_reason(round_: Round, cast: Cast, new_phone: NewPhone) -> None:
    with at_rest():
        own = cast.sites["own"]
        Site.objects.create(
            town=own.town, code="C-third", kind="compound", name="东村三期", region_id=VILLAGE,
            name_key="东村三期", initials="dcsq", pinyin="dong cun san qi",
        )  # fmt: skip
    phone = new_phone("inspector")
    phone.go("/scan")
    phone.page.get_by_label("或输入码牌上的编号").fill("C-third")
    phone.press("查找点位")
    assert phone.sees("这个点位不在您今天的任务单上")
    start = phone.page.get_by_role("button", name="开始检查")
    assert start.is_disabled()
    phone.check()
    phone.press("群众投诉")
    start.click()
    phone.page.wait_for_selector(".clause")
    assert phone.sees("计划外：群众投诉")
    fill_in(phone)
    phone.submit()
    phone.sync()
    with at_rest():
        made = Inspection.objects.get()
        assert (made.site.code, made.standing, made.reason) == ("C-third", "outside", "群众投诉")
    phone.go("/queue")
    phone.page.get_by_text("东村三期").click()
    assert phone.sees("计划外，由主管决定")


def test_a_plate_of_nobody_is_told(round_: Round, new_phone: NewPhone) -> None:
    phone = new_phone("inspector")
    phone.go("/scan")
    phone.page.get_by_label("或输入码牌上的编号").fill("C-nobody")
    phone.press("查找点位")
    assert phone.sees("内容不存在，或不在您的范围内。")
    assert OWN not in phone.page.inner_text("main")

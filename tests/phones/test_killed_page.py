"""T15: what was tapped and taken is there again after the page or the browser died."""

from __future__ import annotations

import shutil
from pathlib import Path

from playwright.sync_api import Playwright

from tests.browser import at_rest, chromium_path
from tests.cast import PASSWORD
from tests.phone import Phone
from tests.phones.visits import OWN, fill_in, waiting
from zerentian.rounds.models import Inspection, Round


def test_a_page_killed_in_the_middle_of_a_visit_goes_on(phone: Phone) -> None:
    phone.set_offline()
    phone.open_site(OWN)
    phone.tap("bins", "扣")
    phone.type("dirty", "3")
    phone.shoot("bins")
    phone.kill()
    assert phone.sees("未提交")
    phone.open_site(OWN)
    assert phone.clause("dirty").locator("input").input_value() == "3"
    assert phone.clause("bins").locator(".thumb img").count() == 1
    (visit,) = phone.stored("visits")
    assert (visit["state"], visit["answers"]["bins"]) == ("draft", "no")


def test_a_page_killed_between_shutter_and_submit_loses_no_kept_photo(phone: Phone) -> None:
    phone.open_site(OWN)
    fill_in(phone, poor=True)
    phone.shoot("bins")
    phone.clause("bins").get_by_role("button", name="拍照").click()
    phone.page.get_by_role("dialog").get_by_role("button", name="拍照", exact=True).click()
    phone.kill()
    phone.open_site(OWN)
    (visit,) = phone.stored("visits")
    kept = {one["sha256"] for one in phone.stored("originals")}
    assert {one["sha256"] for one in visit["photos"]} == kept
    assert len(kept) in (1, 2)
    phone.submit()
    phone.sync()
    with at_rest():
        made = Inspection.objects.get()
        assert ({one.sha256 for one in made.photos.all()}, made.photos_awaited) == (kept, 0)


def test_a_browser_started_anew_has_the_queue_and_the_draft(
    playwright: Playwright, address: str, round_: Round, tmp_path: Path
) -> None:
    """Started from a copy of the disk that a battery left behind: nothing was closed in order."""
    first = Phone.on_disk(playwright, chromium_path(), address, tmp_path / "disk")
    first.sign_in("inspector", PASSWORD)
    first.set_offline()
    first.open_site(OWN)
    fill_in(first, poor=True)
    first.shoot("bins")
    first.submit()
    assert waiting(first, 1, 1)
    first.open_site("西村花园")
    first.tap("bins", "达标")
    (before,) = first.stored("originals")
    shutil.copytree(tmp_path / "disk", tmp_path / "left", symlinks=True, ignore=_locks)
    first.context.close()
    second = Phone.on_disk(playwright, chromium_path(), address, tmp_path / "left")
    second.go()
    second.sync()
    with at_rest():
        made = Inspection.objects.get()
        assert (made.score, made.photos.get().sha256) == (60, before["sha256"])
    second.open_site("西村花园")
    assert second.clause("bins").get_by_role("button", name="达标", pressed=True).count() == 1
    second.context.close()
    assert first.faults + second.faults == []


def _locks(_: str, names: list[str]) -> list[str]:
    return [name for name in names if name.startswith("Singleton")]

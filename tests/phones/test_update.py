"""T19: a new version of the application arrives while an inspector is at work."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as program

from tests.browser import at_rest
from tests.phone import Phone
from tests.phones.visits import NEXT, OWN, fill_in, inspect, waiting
from zerentian.rounds.models import Inspection

OFFER = "有新版本，已填的内容都会保留。"


@pytest.fixture(autouse=True)
def build(settings: Any, tmp_path: Path) -> Path:
    """A build of the test's own, served at /m/; before any page is opened."""
    shutil.copytree(program.PHONE_BUILD, tmp_path / "build")
    for packed in (tmp_path / "build").rglob("*.gz"):
        packed.unlink()
    settings.WHITENOISE_ROOT = tmp_path / "build"
    return tmp_path / "build" / "m"


def release(build: Path) -> None:
    """Put a newer version where the old one lies: another page, named by another service worker."""
    page, worker = build / "index.html", build / "sw.js"
    page.write_text(page.read_text("utf-8").replace("<title>", '<meta name="release" content="2"><title>'))
    worker.write_text(
        worker.read_text("utf-8").replace('{url:"index.html",revision:"', '{url:"index.html",revision:"2')
    )


def look_for_news(phone: Phone) -> None:
    """What the application does each hour; over when the new version lies ready."""
    phone.page.evaluate(
        """async () => {
          const held = await navigator.serviceWorker.getRegistration()
          await held.update()
          while (!held.waiting) await new Promise(done => setTimeout(done, 50))
        }"""
    )


def test_a_new_version_waits_until_the_visit_is_over(build: Path, phone: Phone) -> None:
    phone.set_offline()
    inspect(phone, OWN, poor=True, photos=1)
    phone.page.route("**/api/**", lambda route: route.abort())
    phone.set_offline(False)
    phone.open_site(NEXT)
    phone.tap("bins", "达标")
    release(build)
    look_for_news(phone)
    assert not phone.sees(OFFER, within=1)
    fill_in(phone)
    phone.shoot("bins")
    phone.press("核对提交")
    phone.page.wait_for_selector(".score")
    assert not phone.sees(OFFER, within=0.5)
    phone.page.get_by_label("返回继续填").click()
    phone.page.get_by_label("返回今天的任务").click()
    assert phone.sees(OFFER)
    phone.check()
    with phone.page.expect_navigation():
        phone.press("更新")
    phone.page.wait_for_selector('meta[name=release][content="2"]', state="attached")
    assert waiting(phone, 1, 1)
    phone.open_site(NEXT)
    assert phone.clause("purity").locator("input").first.input_value() == "10"
    assert phone.clause("bins").locator(".thumb img").count() == 1
    phone.page.unroute("**/api/**")
    phone.submit()
    phone.sync()
    with at_rest():
        assert {one.site.name: one.photos_awaited for one in Inspection.objects.all()} == {OWN: 0, NEXT: 0}

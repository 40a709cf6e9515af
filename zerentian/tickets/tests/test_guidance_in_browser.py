"""Guidance in Chromium, at a desk and on a phone: a site is searched, added, its guidance recorded."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from tests.browser import DESKTOP, PHONE, Clock, Person, at_rest
from tests.cast import Cast
from tests.playing import publish_rules
from zerentian.tickets.guidance_models import Guidance
from zerentian.tickets.tests.test_guidance import NOW, visit


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
def test_from_a_search_to_the_effect(
    cast: Cast, chromium: Browser, address: str, time: Clock, size: dict[str, int]
) -> None:
    publish_rules(cast)
    time.set_to(NOW)
    visit(cast, cast.sites["own"], "2023-12-10", dirty="2")
    who = Person(chromium, address, "operator", size)
    who.go("/guidance/new")
    page = who.page
    page.fill("input[aria-label='查找点位']", "东村")
    page.click("button[aria-label='加入 东村一期']")
    page.wait_for_selector("#chosen fieldset")
    page.click("button[aria-label='加入 东村一期']")
    page.wait_for_load_state("networkidle")
    assert page.locator("#chosen fieldset").count() == 1
    assert page.locator("#chosen input[value=dirty]").is_checked()
    assert not page.locator("#chosen input[value=bins]").is_checked()
    page.select_option("#id_state", "held")
    page.fill("#id_title", "现场指导")
    page.fill("#id_held_at", "2023-12-19T09:00")
    page.fill("#id_place", "东村一期")
    page.fill("#id_words", "已示范")
    who.press("保存")
    assert who.sees("指导前失 10 分，没有再查")
    with at_rest():
        made = Guidance.objects.get()
    for path in (f"/guidance/{made.pk}/sheet", "/guidance/effects?month=2023-12", "/guidance/"):
        who.go(path)
    assert not who.faults

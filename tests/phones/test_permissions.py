"""T104: a phone that gives neither camera nor place is usable, and the report says what it lacked."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Playwright

from tests.browser import at_rest, chromium_path
from tests.phone import launch
from tests.phones.conftest import NewPhone
from tests.phones.visits import OWN, fill_in, inspect, noise, pick
from zerentian.rounds.models import Inspection, Round


@pytest.fixture(scope="module")
def strict_shop(playwright: Playwright) -> Iterator[Browser]:
    """Phones whose camera is refused unless it was allowed."""
    browser = launch(playwright, chromium_path(), "--deny-permission-prompts", leave_to_film=False)
    yield browser
    browser.close()


def test_without_a_camera_the_phones_own_one_and_the_gallery_serve(
    round_: Round, new_phone: NewPhone, strict_shop: Browser, tmp_path: Path
) -> None:
    """Fresh from the phone's camera is B; from the gallery, or an old file in the camera's place, is C."""
    phone = new_phone("inspector", browser=strict_shop, allowed=("geolocation",))
    phone.open_site(OWN)
    fill_in(phone, poor=True)
    old = noise(tmp_path / "old.jpg")
    os.utime(old, (1_700_000_000, 1_700_000_000))
    pick(phone, "bins", noise(tmp_path / "fresh.jpg"), camera=True)
    pick(phone, "dirty", old, camera=True)
    pick(phone, "purity", noise(tmp_path / "one.jpg"), noise(tmp_path / "two.jpg"))
    assert phone.sees("没有相机权限：检查照常进行，会如实记下。")
    phone.check()
    phone.submit()
    phone.sync()
    with at_rest():
        made = Inspection.objects.get()
        grades = [(one.clause, one.grade) for one in made.photos.order_by("clause", "slot")]
        assert grades == [("bins", "B"), ("dirty", "C"), ("purity", "C"), ("purity", "C")]
        assert made.context["missing"] == ["camera"]
        assert made.photos_awaited == 0


def test_without_a_place_the_visit_goes_on(round_: Round, new_phone: NewPhone) -> None:
    phone = new_phone("inspector", allowed=("camera",))
    inspect(phone, OWN, poor=True, photos=1)
    phone.sync()
    with at_rest():
        made = Inspection.objects.get()
        assert (made.latitude, made.fixes.count(), made.context["missing"]) == (None, 0, ["location"])
        assert (made.standing, made.photos.get().latitude) == ("counts", None)


def test_a_place_that_is_only_a_neighbourhood_is_noted(round_: Round, new_phone: NewPhone) -> None:
    phone = new_phone("inspector")
    phone.context.set_geolocation({"latitude": 31.1, "longitude": 121.05, "accuracy": 3_000})
    phone.open_site(OWN)
    assert phone.sees("没有精确定位权限")
    fill_in(phone)
    phone.submit()
    phone.sync()
    with at_rest():
        made = Inspection.objects.get()
        assert (made.context["missing"], made.accuracy) == (["precise_location"], 3_000)

"""An inspector's phone with two sites to inspect today, signed in, beside the program."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Playwright

from tests.browser import chromium_path
from tests.cast import PASSWORD, Cast
from tests.phone import Phone, launch
from tests.playing import round_of_today
from zerentian.rounds.models import Round

NewPhone = Callable[..., Phone]


@pytest.fixture(scope="session")
def shop(playwright: Playwright) -> Iterator[Browser]:
    """Where phones come from: Chromium with a fake camera."""
    browser = launch(playwright, chromium_path())
    yield browser
    browser.close()


@pytest.fixture
def round_(cast: Cast) -> Round:
    """Both sites of our town, due today for the inspector."""
    return round_of_today(cast)


@pytest.fixture
def new_phone(shop: Browser, address: str) -> Iterator[NewPhone]:
    """Makes phones; signed in when told as whom. Each must be without fault in the end."""
    made: list[Phone] = []

    def make(login: str = "", browser: Browser = shop, **options: object) -> Phone:
        phone = Phone(browser, address, **options)
        made.append(phone)
        if login:
            phone.sign_in(login, PASSWORD)
        return phone

    yield make
    for phone in made:
        phone.context.close()
    assert [fault for phone in made for fault in phone.faults] == []


@pytest.fixture
def phone(round_: Round, new_phone: NewPhone) -> Phone:
    """The inspector's phone, signed in, with today's list on it."""
    return new_phone("inspector")

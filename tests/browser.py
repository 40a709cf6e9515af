"""Debian's Chromium driven against the program itself, in the test's own transaction.

The server handles one request after another on the test's connection, so a browser sees what the test wrote and
all of it is rolled back; the ledger, which refuses to be emptied, stays empty. Each browser's connection has a
thread of its own, because browsers also open connections on which they say nothing; a test that looks into the
database while pages are open does so `at_rest`.
"""

from __future__ import annotations

import datetime
import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.servers.basehttp import ThreadedWSGIServer
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, connections
from django.test.testcases import LiveServerThread, QuietWSGIRequestHandler
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, sync_playwright

from tests.cast import PASSWORD
from zerentian.core import clock

DESKTOP, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
_ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run")


_SERVING = threading.Lock()


@contextmanager
def at_rest() -> Iterator[None]:
    """While no request is being handled: the time to look into the database, or to change it."""
    with _SERVING:
        yield


class _OneByOneHandler(QuietWSGIRequestHandler):
    """Reads a request's head at once and handles it when its turn has come."""

    _has_turn = False

    def parse_request(self) -> bool:
        is_request = super().parse_request()
        if is_request:
            _SERVING.acquire()
            self._has_turn = True
            if self.server.is_over:  # type: ignore[attr-defined]
                self.close_connection = True
                return False
        return is_request

    def handle_one_request(self) -> None:
        try:
            super().handle_one_request()
        finally:
            if self._has_turn:
                self._has_turn = False
                _SERVING.release()


class _Server(ThreadedWSGIServer):
    """Leaves the test's own connection to the database open, and handles nothing once its test `is_over`."""

    is_over = False

    def _close_connections(self) -> None:
        pass


class OneByOne(LiveServerThread):
    """A server that never handles two requests at once."""

    def _create_server(self, connections_override: object = None) -> ThreadedWSGIServer:
        return _Server(
            (self.host, self.port), _OneByOneHandler, allow_reuse_address=False,
            connections_override=connections_override,
        )  # fmt: skip


def chromium_path() -> str:
    """Where the browser lies; `make test` installs it."""
    path = shutil.which("chromium") or shutil.which("google-chrome")
    assert path, "Chromium is missing: make browser"
    return path


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """Who drives all browsers of this process."""
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # Playwright keeps an event loop in this thread
    with sync_playwright() as driver:
        yield driver
        connections.close_all()  # those opened while Playwright's loop ran in this thread


@pytest.fixture(scope="session")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    """A browser at a desk."""
    browser = playwright.chromium.launch(executable_path=chromium_path(), args=_ARGUMENTS)
    yield browser
    browser.close()


@pytest.fixture
def address(db: None) -> Iterator[str]:
    """Where the program answers."""
    connection = connections["default"]
    connection.inc_thread_sharing()
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    server = OneByOne("127.0.0.1", StaticFilesHandler, connections_override={"default": connection})
    server.daemon = True
    server.start()
    server.is_ready.wait()
    assert server.error is None
    yield f"http://127.0.0.1:{server.port}"
    with at_rest():  # pages that are left open may ask again, and the connection is the next test's then
        server.httpd.is_over = True
    server.terminate()
    connection.dec_thread_sharing()
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The program's clock, for the server's thread too."""
    return Clock(monkeypatch)


class Clock:
    """Sets what `zerentian.core.clock` says."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._monkeypatch = monkeypatch

    def set_to(self, moment: datetime.datetime) -> None:
        self._monkeypatch.setattr(clock, "now", lambda: moment)


class Person:
    """Somebody at a screen of his own."""

    def __init__(self, browser: Browser, address: str, login: str, size: dict[str, int]) -> None:
        self.context: BrowserContext = browser.new_context(
            viewport=size, locale="zh-CN", accept_downloads=True
        )
        self.page: Page = self.context.new_page()
        self.faults: list[str] = []
        self.address = address
        self.page.on("console", self._said)
        self.page.on("dialog", lambda dialog: dialog.accept())
        self.go("/people/sign-in")
        self.page.fill("#id_username", login)
        self.page.fill("#id_password", PASSWORD)
        self.press("登录")

    def go(self, path: str) -> None:
        self.page.goto(self.address + path)
        self.check()

    def press(self, name: str) -> None:
        """Press a button or follow a link, by its name."""
        found = self.page.get_by_role("button", name=name, exact=True).or_(
            self.page.get_by_role("link", name=name, exact=True)
        )
        found.first.click()
        self.page.wait_for_load_state("networkidle")
        self.check()

    def sees(self, words: str) -> bool:
        return words in self.page.inner_text("body")

    def check(self) -> None:
        """No serious barrier, nothing wider than the screen."""
        found = Axe().run(self.page).response["violations"]
        serious = [one for one in found if one["impact"] in ("serious", "critical")]
        self.faults += [f"{self.page.url}: {one['id']} {one['nodes'][0]['html'][:120]}" for one in serious]
        wide = self.page.evaluate(
            "document.documentElement.scrollWidth > document.documentElement.clientWidth"
        )
        if wide:
            self.faults.append(f"{self.page.url}: wider than the screen")

    def _said(self, message: object) -> None:
        if message.type == "error" and "422" not in message.text:  # a refused form is no fault of the page
            self.faults.append(f"{self.page.url}: {message.text}")

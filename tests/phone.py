"""A phone in Chromium: the real service worker and disk, a fake camera and a place to be."""

from __future__ import annotations

import copy
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Playwright

PHONE, SMALL = {"width": 390, "height": 844}, {"width": 360, "height": 640}
HERE = {"latitude": 31.1106, "longitude": 121.0563, "accuracy": 12}
ARGUMENTS = (
    "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
    "--use-fake-device-for-media-stream",
)  # fmt: skip
LEAVE_TO_FILM = "--use-fake-ui-for-media-stream"


def launch(playwright: Playwright, path: str | None, *more: str, leave_to_film: bool = True) -> Browser:
    """A browser with a fake camera, which needs nobody's leave unless said otherwise."""
    arguments = [*ARGUMENTS, *([LEAVE_TO_FILM] if leave_to_film else []), *more]
    return playwright.chromium.launch(executable_path=path, args=arguments)


class Phone:
    """One phone with one browser. Each phone has a disk of its own."""

    def __init__(
        self, browser: Browser, address: str, size: Mapping[str, int] = PHONE,
        allowed: tuple[str, ...] = ("camera", "geolocation"), **options: Any,
    ) -> None:  # fmt: skip
        context = browser.new_context(
            viewport=dict(size), locale="zh-CN", timezone_id="Asia/Shanghai", has_touch=True, is_mobile=True,
            accept_downloads=True, geolocation=HERE, permissions=list(allowed), **options,
        )  # fmt: skip
        self._take(context, address)

    @classmethod
    def on_disk(cls, playwright: Playwright, path: str, address: str, disk: Path, *more: str) -> Phone:
        """A phone whose disk is a folder, which outlives its browser."""
        made = cls.__new__(cls)
        context = playwright.chromium.launch_persistent_context(
            disk, executable_path=path, args=[*ARGUMENTS, LEAVE_TO_FILM, *more], viewport=PHONE, locale="zh-CN",
            timezone_id="Asia/Shanghai", has_touch=True, is_mobile=True, geolocation=HERE,
            permissions=["camera", "geolocation"],
        )  # fmt: skip
        made._take(context, address)
        return made

    def _take(self, context: BrowserContext, address: str) -> None:
        self.context, self.address = context, address
        self.faults: list[str] = []
        context.add_init_script(_NEVER_TWICE)
        self.page: Page = self._open()

    def _open(self) -> Page:
        page = self.context.new_page()
        page.on("console", self._said)
        page.on("pageerror", lambda error: self.faults.append(f"{page.url}: {error}"))
        return page

    def go(self, path: str = "/") -> None:
        """Open the application at one of its own addresses."""
        self.page.goto(f"{self.address}/m/#{path}")
        self.page.wait_for_selector("main")

    def sign_in(self, login: str, password: str) -> None:
        """Sign in and wait until the application can start without network."""
        self.go("/sign-in")
        self.page.get_by_label("登录名").fill(login)
        self.page.get_by_label("密码", exact=True).fill(password)
        self.press("登录")
        self.page.wait_for_selector(".page-head, .trouble")
        self.page.evaluate("navigator.serviceWorker.ready.then(() => true)")

    def press(self, name: str) -> None:
        """Press a button or follow a link, by its name."""
        found = self.page.get_by_role("button", name=name, exact=True).or_(
            self.page.get_by_role("link", name=name, exact=True)
        )
        found.first.click()

    def sees(self, words: str, within: float = 5) -> bool:
        """Whether words come to stand on the screen within seconds."""
        try:
            self.page.get_by_text(words).first.wait_for(timeout=within * 1000)
        except Exception:
            return False
        return True

    def open_site(self, name: str) -> None:
        """Begin or go on with the visit of one of today's sites."""
        self.page.locator(".card", has_text=name).first.click()
        self.page.wait_for_selector(".clause")

    def clause(self, id_: str) -> Locator:
        """The row of a clause."""
        return self.page.locator(f"#c-{id_}")

    def tap(self, clause: str, label: str) -> None:
        """Tap one answer of a clause."""
        self.clause(clause).get_by_role("button", name=re.compile(re.escape(label))).first.click()

    def type(self, clause: str, *numbers: str) -> None:
        """Type the numbers of a clause."""
        fields = self.clause(clause).locator("input")
        for at, number in enumerate(numbers):
            fields.nth(at).fill(number)

    def shoot(self, clause: str, times: int = 1) -> None:
        """Take photos for a clause with the camera in the page."""
        row = self.clause(clause)
        before = row.locator(".thumb").count()
        row.get_by_role("button", name=re.compile("拍照")).click()
        shutter = self.page.get_by_role("dialog").get_by_role("button", name="拍照", exact=True)
        for taken in range(1, times + 1):
            shutter.click()
            self.page.get_by_text(f"已存 {before + taken} 张").wait_for()
        self.page.get_by_role("button", name="拍好了", exact=True).click()

    def open_ticket(self, name: str) -> None:
        """Open the ticket of a site from the list."""
        self.page.locator(".card", has_text=name).first.click()
        self.page.wait_for_selector(".visit-head")

    def shoot_ticket(self, times: int = 1) -> None:
        """Take photos for the ticket on the screen with the camera in the page."""
        self.page.get_by_role("button", name=re.compile("拍照")).first.click()
        shutter = self.page.get_by_role("dialog").get_by_role("button", name="拍照", exact=True)
        for taken in range(1, times + 1):
            shutter.click()
            self.page.get_by_text(f"已存 {taken} 张").wait_for()
        self.page.get_by_role("button", name="拍好了", exact=True).click()

    def submit(self) -> None:
        """Review and submit the visit on the screen."""
        self.press("核对提交")
        self.page.wait_for_selector(".score")
        self.press("提交")
        self.page.wait_for_selector(".page-head")

    def set_offline(self, offline: bool = True) -> None:
        """Cut the network, or give it back."""
        self.context.set_offline(offline)

    @contextmanager
    def offline(self) -> Iterator[None]:
        """Without network inside of the block."""
        self.set_offline(True)
        yield
        self.set_offline(False)

    def sync(self, within: float = 60) -> None:
        """Wait until nothing is left on this phone alone."""
        self.page.evaluate("window.dispatchEvent(new Event('online'))")
        until = time.monotonic() + within
        while not self.page.evaluate(_NOTHING_WAITS) and time.monotonic() < until:
            self.page.wait_for_timeout(100)
        self.page.get_by_text("本机待上传 0 条 0 张").first.wait_for(timeout=within * 1000)

    def settle(self) -> None:
        """Have it look for what is due now, and wait until it has."""
        with self.page.expect_response("**/api/queue", timeout=30_000):
            self.page.evaluate("window.dispatchEvent(new Event('online'))")
        self.page.locator(".banner-busy").wait_for(state="detached", timeout=30_000)

    def kill(self) -> None:
        """The page dies without a word and is opened again."""
        self.page.close(run_before_unload=False)
        self.page = self._open()
        self.go()

    def tab(self) -> Phone:
        """The same phone in a second tab."""
        other = copy.copy(self)
        other.page = self._open()
        return other

    def stored(self, table: str) -> list[dict[str, Any]]:
        """All rows of a table on the phone's disk."""
        return self.page.evaluate(_ROWS, table)

    def check(self) -> None:
        """No serious barrier, nothing wider than the screen, no small target."""
        found = Axe().run(self.page).response["violations"]
        serious = [one for one in found if one["impact"] in ("serious", "critical")]
        self.faults += [f"{self.page.url}: {one['id']} {one['nodes'][0]['html'][:160]}" for one in serious]
        if self.page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            self.faults.append(f"{self.page.url}: wider than the screen")
        self.faults += [f"{self.page.url}: small target {one}" for one in self.page.evaluate(_SMALL_TARGETS)]

    def _said(self, message: Any) -> None:
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.faults.append(f"{self.page.url}: {message.text}")


_ROWS = """name => new Promise((resolve, reject) => {
  const asked = indexedDB.open('zerentian')
  asked.onerror = () => reject(asked.error)
  asked.onsuccess = () => {
    const all = asked.result.transaction(name).objectStore(name).getAll()
    all.onsuccess = () => { asked.result.close(); resolve(all.result.map(row => JSON.parse(JSON.stringify(row)))) }
  }
})"""
_NOTHING_WAITS = """() => new Promise((resolve, reject) => {
  const asked = indexedDB.open('zerentian')
  asked.onerror = () => reject(asked.error)
  asked.onsuccess = () => {
    const tables = asked.result.transaction(['visits', 'acts', 'uploads'])
    const reports = tables.objectStore('visits').index('state').count('waiting')
    const acts = tables.objectStore('acts').index('state').count('waiting')
    const photos = tables.objectStore('uploads').index('waiting').count(1)
    tables.oncomplete = () => { asked.result.close(); resolve(reports.result + acts.result + photos.result === 0) }
  }
})"""
# No camera takes the same photo twice; the fake one does when two are taken equally long after it was opened.
_NEVER_TWICE = """window.ImageCapture && (({ prototype }) => {
  const take = prototype.takePhoto
  prototype.takePhoto = async function (...settings) {
    const photo = await take.apply(this, settings)
    return new Blob([photo, crypto.getRandomValues(new Uint8Array(8))], { type: photo.type })
  }
})(window.ImageCapture)"""
_SMALL_TARGETS = """() => [...document.querySelectorAll('button, a[href], input:not([type=file]), label.camera-button')]
  .map(one => one.closest('label') || one)
  .filter(one => one.offsetParent && (one.offsetHeight < 44 || one.offsetWidth < 44))
  .map(one => `${one.className || one.tagName} ${one.textContent.trim().slice(0, 20)}`)"""

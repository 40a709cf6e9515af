"""How fast the phone application is on a slow phone: first load, offline start, a long sheet, large photos.

Chromium with a throttled network and processor, against the demo town on granian. The figures that only real
phones can show are in docs/真机测试表.md.

    python -m benchmarks.phone_speed
"""

from __future__ import annotations

import gzip
import io
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, CDPSession, sync_playwright

from docs.make_screenshots import PORT, demo_town
from tests.phone import Phone, launch

BUILD = Path(__file__).parent.parent / "zerentian" / "field" / "phone" / "m"
ADDRESS = f"http://127.0.0.1:{PORT}"
FOUR_G = {
    "offline": False,
    "latency": 60,
    "downloadThroughput": 9_000_000 / 8,
    "uploadThroughput": 4_000_000 / 8,
}
CLAUSES, PHOTOS = 40, 30


def main() -> int:
    """Measure and print; 1 when a goal is missed."""
    with demo_town() as accounts, sync_playwright() as playwright:
        browser = launch(playwright, shutil.which("chromium"), "--enable-precise-memory-info")
        account = accounts["第三方检查员"]
        rows = [*sizes(), first_load(browser), *offline_start(browser, account)]
        rows += long_sheet(browser, account)
        rows += large_photos(browser, account)
        browser.close()
    print(f"{'measured':<44}{'figure':>12}{'goal':>12}")
    for name, figure, goal in rows:
        print(f"{name:<44}{figure:>12}{goal if goal is not None else '':>12}")
    missed = [name for name, figure, goal in rows if goal is not None and figure > goal]
    print("missed: " + "、".join(missed) if missed else "all goals held")
    return bool(missed)


Row = tuple[str, float, float | None]


def sizes() -> list[Row]:
    """What the first page needs, gzip: scripts named by index.html and the pages up to the sign-in."""
    page = (BUILD / "index.html").read_text("utf-8")
    first = set(re.findall(r"assets/[\w.-]+\.(?:js|css)", page))
    every = {
        path.relative_to(BUILD).as_posix()
        for path in (BUILD / "assets").glob("*.[jc]s*")
        if path.suffix in (".js", ".css")
    }
    lazy = {one for one in every if re.search(r"leaflet|jsQR", one)}

    def kilobytes(names: set[str], suffix: str) -> float:
        return round(
            sum(len(gzip.compress((BUILD / one).read_bytes())) for one in names if one.endswith(suffix))
            / 1024,
            1,
        )

    return [
        ("script of the first page, KB gzip", kilobytes(first, ".js"), 160),
        ("script of all pages without map and QR, KB", kilobytes(every - lazy, ".js"), 160),
        ("style, KB gzip", kilobytes(every, ".css"), 60),
    ]  # fmt: skip


def first_load(browser: Browser) -> Row:
    """From an empty cache, 4G (9 Mbit/s, 60 ms), processor slowed four times: until a field takes a key."""
    phone = Phone(browser, ADDRESS)
    session = slowed(phone, 4)
    session.send("Network.enable")
    session.send("Network.emulateNetworkConditions", FOUR_G)
    began = time.perf_counter()
    phone.go("/sign-in")
    phone.page.get_by_label("登录名").fill("x")
    seconds = time.perf_counter() - began
    phone.context.close()
    return "first load until it takes input, 4G ×4, s", round(seconds, 2), 2


def offline_start(browser: Browser, account: tuple[str, str]) -> list[Row]:
    """The application started anew without network, as it lies on the disk."""
    with at_work(browser, account) as phone:
        phone.set_offline()
        rows: list[Row] = []
        for slow, goal in ((1, 1.0), (4, None)):
            slowed(phone, slow)
            began = time.perf_counter()
            phone.page.reload()
            phone.page.wait_for_selector(".card")
            rows.append(
                (f"offline start until today's list, ×{slow}, s", round(time.perf_counter() - began, 2), goal)
            )
        return rows


def long_sheet(browser: Browser, account: tuple[str, str]) -> list[Row]:
    """Forty clauses on a phone slowed four times: frames while scrolling, and from a tap to its paint."""
    with at_work(browser, account) as phone:
        id_ = phone.page.evaluate(_LONG_DRAFT, CLAUSES)
        phone.go(f"/visit/{id_}")
        phone.page.wait_for_selector("#c-c39")
        session = slowed(phone, 4)
        phone.page.evaluate(_COUNT_FRAMES)
        session.send("Input.synthesizeScrollGesture", {"x": 200, "y": 500, "yDistance": -6000, "speed": 1500})
        frames = phone.page.evaluate("stopCounting()")
        taps = sorted(phone.page.evaluate(_TAP, at) for at in range(20))
        return [
            ("40 clauses: slowest twentieth of frames, ×4, ms", round(frames["p95"], 1), 33.4),
            ("40 clauses: frames a second, ×4", round(frames["rate"], 1), None),
            ("40 clauses: a tap until it is painted, median, ms", round(taps[10], 1), 100),
        ]  # fmt: skip


def large_photos(browser: Browser, account: tuple[str, str]) -> list[Row]:
    """Photos of 12 megapixels on a phone slowed six times: one, then thirty in one visit."""
    folder = Path(tempfile.mkdtemp())
    files = [noisy(folder / f"{number}.jpg", number) for number in range(PHOTOS)]
    try:
        with at_work(browser, account) as phone:
            phone.page.locator(".card").first.click()
            phone.page.wait_for_selector(".clause")
            phone.page.locator(".section").last.get_by_role("button", name="拍照").click()
            camera = phone.page.get_by_role("dialog").locator("input[type=file]").first
            slowed(phone, 6)
            times = []
            for number, file in enumerate(files, 1):
                phone.page.evaluate(_WAIT_FOR_PHOTO, f"已存 {number} 张")
                camera.set_input_files(file)
                times.append(phone.page.evaluate("photoKept"))
            heap = phone.page.evaluate("performance.memory.usedJSHeapSize") / 1024**2
            kept = len(phone.stored("visits")[-1]["photos"])
        return [
            ("a 12-megapixel photo kept, ×6, s", round(times[0] / 1000, 2), 3),
            (f"slowest of {kept} photos of one visit, ×6, s", round(max(times) / 1000, 2), 3),
            (f"script memory after {kept} photos, MB", round(heap, 1), None),
        ]
    finally:
        shutil.rmtree(folder)


@contextmanager
def at_work(browser: Browser, account: tuple[str, str]) -> Iterator[Phone]:
    """A phone whose inspector is signed in and sees today's list."""
    phone = Phone(browser, ADDRESS)
    phone.sign_in(*account)
    phone.page.wait_for_selector(".card")
    yield phone
    phone.context.close()


def slowed(phone: Phone, times: int) -> CDPSession:
    """Slow the page's processor."""
    session = phone.context.new_cdp_session(phone.page)
    session.send("Emulation.setCPUThrottlingRate", {"rate": times})
    return session


def noisy(path: Path, seed: int) -> Path:
    """A JPEG of 4000 × 3000 with as much detail as a photo, some 4 MB."""
    import random

    small = Image.frombytes("RGB", (1000, 750), random.Random(seed).randbytes(1000 * 750 * 3))
    packed = io.BytesIO()
    small.resize((4000, 3000), Image.Resampling.BICUBIC).save(packed, "JPEG", quality=80)
    path.write_bytes(packed.getvalue())
    return path


_LONG_DRAFT = """count => new Promise(resolve => {
  const asked = indexedDB.open('zerentian')
  asked.onsuccess = () => {
    const db = asked.result
    const work = db.transaction(['standards', 'visits', 'settings'], 'readwrite')
    const kinds = [
      at => ({ rule: 'all_or_nothing' }), at => ({ rule: 'per_occurrence', each: 1 }),
      at => ({ rule: 'levels', levels: { '好': 2, '一般': 1, '差': 0 } }),
      at => ({ rule: 'missing_kinds', each: 1, kinds: ['湿垃圾', '干垃圾', '有害垃圾', '可回收物'] }),
    ]
    const clauses = Array.from({ length: count }, (_, at) => ({
      id: 'c' + at, text: '投放点容器齐全、标识清楚、周边整洁第' + at + '项', points: 2, source: '', unsure: '', ...kinds[at % 4](at) }))
    const sections = Array.from({ length: 5 }, (_, at) => ({ name: '第' + at + '部分', clauses: clauses.slice(at * 8, at * 8 + 8) }))
    work.objectStore('standards').put({ id: 'long', standard: { standard: 'long', title: '长表', version: '1', site_kind: 'compound',
      full_marks: 80, pass_share: 0.9, not_applicable: 'rescale', decimals: 2, source: '', sections } })
    work.objectStore('settings').get('session').onsuccess = event => {
      work.objectStore('visits').put({ id: 'long-visit', account: event.target.result.value.account, state: 'draft', task: null,
        site: { id: 's', code: 's', name: '长表小区', kind: 'compound', committee: '示例居委会', address: '' }, reason: '测量', isRecheck: false,
        standard: 'long', month: '2026-11', started: new Date().toISOString(), ended: null, answers: {}, remarks: {}, remark: '', fixes: [],
        photos: [], missing: [], body: null, number: null, submitted: null, tries: 0, nextTry: 0, trouble: '', problems: [], receipt: null,
        score: null, standing: null, updated: Date.now() })
    }
    work.oncomplete = () => { db.close(); resolve('long-visit') }
  }
})"""
_COUNT_FRAMES = """() => {
  const times = []
  let going = true
  const tick = now => { times.push(now); if (going) requestAnimationFrame(tick) }
  requestAnimationFrame(tick)
  window.stopCounting = () => {
    going = false
    const gaps = times.slice(1).map((now, at) => now - times[at]).sort((a, b) => a - b)
    return { p95: gaps[Math.floor(gaps.length * 0.95)], rate: 1000 * gaps.length / (times[times.length - 1] - times[0]) }
  }
}"""
_TAP = """at => new Promise(resolve => {
  const button = document.querySelector('#c-c' + at + ' .answer')
  const began = performance.now()
  button.click()
  requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - began)))
})"""
_WAIT_FOR_PHOTO = """words => {
  window.photoKept = new Promise(resolve => {
    let began = 0
    document.addEventListener('change', () => { began = performance.now() }, { capture: true, once: true })
    const look = () => document.querySelector('.camera-count')?.textContent.includes(words)
      ? resolve(performance.now() - began) : requestAnimationFrame(look)
    look()
  })
}"""


if __name__ == "__main__":
    sys.exit(main())

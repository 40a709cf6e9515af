"""Makes the handbook's screenshots: the demo town started anew, each page opened as the role that uses it.

Every page is taken at desktop (1440×900) and phone (390×844) size into `docs/pictures/pages`, and what each
role's menu opens into `docs/pictures/roles`. A page that is wider than its window, that logs an error, or in
which axe finds a serious barrier, is named at the end, and the script fails.
"""

from __future__ import annotations

import io
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "docs" / "pictures" / "pages"
ROLES_FOLDER = ROOT / "docs" / "pictures" / "roles"
PORT = 8077
SIZES = {"desktop": (1440, 900), "phone": (390, 844)}
CHROMIUM = ("--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run")

# role -> name of the picture -> address and the links to follow; `first` is the first one of the table
PAGES: dict[str, dict[str, str]] = {
    "镇社发办": {
        "首页": "/",
        "点位": "/places/sites",
        "点位详情": "/places/sites > first",
        "测评": "/rounds/",
        "覆盖看板": "/rounds/ > first",
        "每日安排": "/rounds/ > first > a[href$='/plan']",
        "抽签核对": "/rounds/?state=closed > first > a[href*='/draws/']",
        "疑点": "/rounds/flags",
        "疑点详情": "/rounds/flags > first",
        "手机收件": "/reception/",
        "手机": "/reception/devices",
        "导入手机文件": "/reception/import",
        "检查记录": "/rounds/inspections",
        "检查详情": "/rounds/inspections?passed=False > first",
        "提出更正": "/rounds/inspections > first > a[href$='/correct']",
        "结果": "/results/",
        "关账": "/results/ > a.alert",
        "名次": "/results/ > first",
        "点位得分": "/results/ > first > a[href$='/sites']",
        "村居结果": "/results/ > first > td a[href*='/subjects/']",
        "计算过程": "/results/ > first > td a[href*='/subjects/'] > a[href$='/explanation']",
        "点位结果": "/results/ > first > a[href$='/sites'] > first",
        "外部成绩": "/results/outside/import",
        "标准": "/standards/",
        "标准详情": "/standards/?kind=standard > first",
        "试评": "/standards/?kind=standard > first > a[href$='/trial']",
        "新版草稿": "/standards/?kind=standard > first > a[href*='?from=']",
        "导入评分表": "/standards/import",
        "地图": "/places/map",
        "村居列表": "/places/regions",
        "导入点位": "/places/sites/import",
        "文书": "/documents/",
        "制作文书": "/results/ > first > a[href*='/documents/']",
        "文书模板": "/documents/templates",
        "搜索": "/search?q=大新街",
        "整改": "/tickets/",
        "整改单": "/tickets/list?is_live=yes&sort=due",
        "整改单详情": "/tickets/list?state=handled > first",
        "登记问题": "/intake/",
        "导入清单": "/intake/lists",
        "消息": "/messages/",
        "接收方式": "/messages/addresses",
    },
    "第三方检查员": {
        "今天的检查": "/rounds/today",
        "填写检查": "/rounds/today > form[data-position] button",
        "检查员记录": "/rounds/inspections",
    },
    "物业": {"物业首页": "/", "物业整改": "/tickets/list?state=dispatched&sort=due > first"},
    "村居": {
        "村居首页": "/",
        "村居看结果": "/results/",
        "村居看检查": "/rounds/inspections",
        "本周自查": "/self-checks/",
        "填写自查": "/self-checks/ > a[href*='/self-checks/sites/']",
    },
    "分管领导": {"领导首页": "/", "领导看名次": "/results/ > first"},
    "审计员": {"台账": "/ledger/"},
    "系统管理员": {
        "账号": "/people/accounts",
        "账号详情": "/people/accounts > first",
        "导入人员": "/people/accounts/import",
        "设置": "/settings",
        "消息渠道": "/messages/channels",
        "发送记录": "/messages/deliveries",
    },
}


def main() -> int:
    """Take all pictures; return 1 when a page had a fault."""
    for folder in (FOLDER, ROLES_FOLDER):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
    faults: list[str] = []
    with demo_town() as accounts, sync_playwright() as playwright:
        path = shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=path, args=CHROMIUM)
        for size in SIZES:
            for role, account in accounts.items():
                faults += take(browser, size, account, PAGES.get(role, {}), role)
        browser.close()
    for fault in faults:
        print(fault, file=sys.stderr)
    return 1 if faults else 0


@contextmanager
def demo_town() -> Iterator[dict[str, tuple[str, str]]]:
    """The platform with a fresh demo town; login and password by role."""
    with tempfile.TemporaryDirectory() as folder:
        command = [Path(sys.executable).parent / "zerentian", "run", "--data", folder, "--port", str(PORT)]
        command += ["--demo", ROOT / "examples" / "zhujiajiao-2023-10"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            told = ""
            for line in process.stdout:
                told += line
                if "Ctrl-C" in line:
                    break
            wait_until_up()
            try:
                yield {
                    role: (login, password)
                    for role, login, password in re.findall(r"(\S+)：(\S+) / (\S+)", told)
                }
            finally:
                process.send_signal(signal.SIGINT)


def wait_until_up() -> None:
    """Until the web server answers."""
    for _ in range(900):
        with suppress(OSError):
            urllib.request.urlopen(f"http://127.0.0.1:{PORT}/people/sign-in", timeout=2)
            return
        time.sleep(0.2)


def take(
    browser: Browser, size: str, account: tuple[str, str], pages: dict[str, str], role: str
) -> list[str]:
    """Sign in, take the pages and then what the menu opens; what was wrong with them."""
    width, height = SIZES[size]
    context = browser.new_context(viewport={"width": width, "height": height}, locale="zh-CN")
    page = context.new_page()
    faults: list[str] = []
    page.on(
        "console", lambda said: faults.append(f"{page.url}: {said.text}") if said.type == "error" else None
    )
    page.on("response", lambda got: faults.append(f"{got.status} {got.url}") if got.status >= 500 else None)
    page.goto(f"http://127.0.0.1:{PORT}/people/sign-in")
    page.fill("#id_username", account[0])
    page.fill("#id_password", account[1])
    page.click("button.btn-primary")
    for name, way in pages.items():
        go(page, way)
        faults += shoot(page, FOLDER / f"{name}-{size}.webp", width)
    page.goto(f"http://127.0.0.1:{PORT}/")
    links = "links => links.map(link => [link.textContent.trim(), link.pathname])"
    menu = page.eval_on_selector_all("nav .nav-link", links)
    for title, path in menu:
        page.goto(f"http://127.0.0.1:{PORT}{path}")
        faults += shoot(page, ROLES_FOLDER / f"{role}-{title}-{size}.webp", width)
    context.close()
    return faults


def shoot(page: Page, path: Path, width: int) -> list[str]:
    """Take one picture; what is wrong with the page."""
    page.wait_for_load_state("networkidle")
    picture = Image.open(io.BytesIO(page.screenshot()))
    picture.convert("RGB").save(path, quality=60, method=6)
    violations = Axe().run(page).response["violations"]
    faults = [f"{path.stem}: {one['id']}" for one in violations if one["impact"] in ("serious", "critical")]
    if page.evaluate("document.documentElement.scrollWidth") > width:
        faults.append(f"{path.stem}: wider than its window")
    return faults


def go(page: Page, way: str) -> None:
    """Follow a way: an address, then links by their selectors."""
    address, *steps = way.split(" > ")
    page.goto(f"http://127.0.0.1:{PORT}{address}")
    for step in steps:
        page.locator(
            "tbody td a" if step == "first" else f"main {step}, header.page-header {step}"
        ).first.click()
        page.wait_for_load_state()


if __name__ == "__main__":
    sys.exit(main())

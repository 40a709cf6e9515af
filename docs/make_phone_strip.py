"""Plays an inspector's day without network on the demo town and takes its film strip, on two sizes of phone.

The pictures go to `docs/pictures/phone`. What axe, a small target, a wide page or the console
found is named at the end, and the script fails.
"""

from __future__ import annotations

import io
import re
import shutil
import sys

from PIL import Image
from playwright.sync_api import Browser, Locator, sync_playwright

from docs.make_screenshots import PORT, ROOT, demo_town
from tests.phone import PHONE, SMALL, Phone, launch

FOLDER = ROOT / "docs" / "pictures" / "phone"
SIZES = {"390": PHONE, "360": SMALL}


def main() -> int:
    """Take both strips; 1 when a page had a fault."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    faults: list[str] = []
    with demo_town() as accounts, sync_playwright() as playwright:
        browser = launch(playwright, shutil.which("chromium"))
        for number, name in enumerate(SIZES):
            faults += Day(browser, accounts["第三方检查员"], name, number).play()
        browser.close()
    for fault in faults:
        print(fault, file=sys.stderr)
    return bool(faults)


class Day:
    """One inspector's morning at his `number`-th site."""

    def __init__(self, browser: Browser, account: tuple[str, str], size: str, number: int) -> None:
        self.phone = Phone(browser, f"http://127.0.0.1:{PORT}", SIZES[size])
        self.account, self.size, self.number = account, size, number
        self.taken = 0

    def play(self) -> list[str]:
        """From signing in to the receipt; what was wrong with the pages."""
        for part in (self.begin, self.inspect, self.review, self.upload):
            part()
        self.phone.context.close()
        return self.phone.faults

    def begin(self) -> None:
        phone = self.phone
        phone.go("/sign-in")
        self.shoot("登录")
        phone.sign_in(*self.account)
        phone.page.wait_for_selector(".card")
        self.shoot("今天")
        phone.press("地图")
        phone.page.wait_for_selector(".spot")
        self.shoot("地图")
        phone.press("列表")
        phone.set_offline()
        phone.page.reload()
        phone.page.wait_for_selector(".card")
        self.shoot("离线打开")

    def inspect(self) -> None:
        phone = self.phone
        phone.page.locator(".card").nth(self.number).click()
        phone.page.wait_for_selector(".clause")
        self.shoot("开始检查")
        rows = phone.page.locator(".clause[id]")
        for at in range(rows.count()):
            answer(rows.nth(at), is_poor=at == 0)
        phone.page.evaluate("scrollTo(0, 0)")
        self.shoot("逐项填写")
        first = str(rows.first.get_attribute("id"))[2:]
        rows.first.get_by_role("button", name="拍照").click()
        phone.page.get_by_role("dialog").get_by_role("button", name="拍照", exact=True).wait_for()
        self.shoot("拍照")
        phone.press("拍好了")
        phone.shoot(first, 2)
        rows.first.get_by_role("button", name="说明").click()
        phone.page.locator("textarea").fill("东门第二个投放点缺有害垃圾桶")
        self.shoot("说明")
        phone.press("保存")
        veto = phone.page.locator(".clause", has_text="一票否决").first
        veto.get_by_role("button", name="发生", exact=True).click()
        self.shoot("一票否决要确认")
        phone.press("确认发生")
        self.shoot("一票否决")
        veto.get_by_role("button", name="未发生").click()

    def review(self) -> None:
        phone = self.phone
        phone.press("核对提交")
        phone.page.wait_for_selector(".score")
        self.shoot("核对")
        while phone.page.locator(".row", has_text="还没有照片").count():
            phone.page.locator(".row", has_text="还没有照片").first.click()
            wanted = phone.page.locator(".clause:has(.tool-wanted)").first
            phone.shoot(str(wanted.get_attribute("id"))[2:])
            phone.press("核对提交")
            phone.page.wait_for_selector(".score")
        self.shoot("可以提交")
        phone.press("提交")
        phone.page.wait_for_selector(".page-head")
        self.shoot("离线提交")

    def upload(self) -> None:
        phone = self.phone
        for path, name in (("/scan", "扫码"), ("/me", "我的"), ("/queue", "待上传")):
            phone.go(path)
            self.shoot(name)
        phone.set_offline(False)
        phone.sync(60)
        self.shoot("已上传")
        phone.page.locator(".queue-row a").first.click()
        phone.page.wait_for_selector(".score")
        self.shoot("回执")

    def shoot(self, name: str) -> None:
        """One picture of the strip, and a look for barriers."""
        self.taken += 1
        self.phone.page.wait_for_timeout(300)
        self.phone.check()
        picture = Image.open(io.BytesIO(self.phone.page.screenshot())).convert("RGB")
        picture.save(FOLDER / f"{self.size}-{self.taken:02d}-{name}.webp", quality=60, method=6)


def answer(row: Locator, is_poor: bool) -> None:
    """Answer a clause, well or poorly."""
    inputs, buttons = row.locator("input"), row.locator(".answer")
    if inputs.count() == 2:
        inputs.nth(0).fill("13")
        inputs.nth(1).fill("15")
    elif is_poor:
        buttons.nth(1).click()
    elif (good := row.get_by_role("button", name=re.compile("^(达标|未发生|没有)"))).count():
        good.first.click()
    elif inputs.count():
        inputs.first.fill("92")
    else:
        buttons.first.click()


if __name__ == "__main__":
    sys.exit(main())

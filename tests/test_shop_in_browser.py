"""A shop's phone in Chromium, without JavaScript: from the plate's address to the repair that waits for its check."""

from __future__ import annotations

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.browser import DESKTOP, PHONE, at_rest
from tests.cast import TOWN, Cast
from zerentian.people.models import Organisation
from zerentian.places.models import Site
from zerentian.tickets.code_actions import make_code
from zerentian.tickets.models import Proof, Ticket
from zerentian.tickets.proofs import add_proof
from zerentian.tickets.tests.test_actions import opened
from zerentian.tickets.tests.test_proofs import photo, picture

_SMALL = """() => [...document.querySelectorAll('button, a[href], input:not([type=hidden]), textarea')]
  .filter(one => one.offsetHeight < 44).map(one => one.outerHTML.slice(0, 120))"""


@pytest.fixture
def code(cast: Cast) -> str:
    """The code of a noodle shop with a problem."""
    unit = Organisation.objects.create(kind=Organisation.Kind.UNIT, name="老王面馆", region=TOWN)
    cast.sites["shop"] = Site.objects.create(
        town=TOWN, code="S-1", kind="shop", name="老王面馆", region=cast.sites["own"].region, responsible=unit,
    )  # fmt: skip
    add_proof(cast.person("operator"), opened(cast, "shop"), "before", photo(1))
    return make_code(cast.person("village"), cast.sites["shop"])[1]


def enter(page: Page, address: str, cast: Cast, digits: str) -> None:
    page.goto(f"{address}/s/{cast.sites['shop'].pk}/")
    page.get_by_label("请输入村居发给您的验证码").fill(digits)
    page.get_by_role("button", name="进入").click()


def test_a_shop_mends_its_problem_without_javascript(
    cast: Cast, code: str, chromium: Browser, address: str, tmp_path: Path
) -> None:
    page = chromium.new_context(viewport=PHONE, java_script_enabled=False).new_page()
    taken = tmp_path / "after.jpg"
    taken.write_bytes(picture(4))
    enter(page, address, cast, code)
    page.get_by_role("link", name="容器不全").click()
    assert page.get_by_alt_text("整改前第 1 张").is_visible()
    page.get_by_label("整改后的照片").set_input_files(taken)
    page.get_by_label("做了什么").fill("换了新桶")
    page.get_by_label("谁整改的").fill("店长王")
    page.get_by_role("button", name="提交").click()
    page.get_by_text("已提交，等待核查").wait_for()
    page.get_by_role("button", name="办完了，退出").click()
    page.get_by_label("请输入村居发给您的验证码").wait_for()
    page.context.close()
    with at_rest():
        assert (Ticket.objects.get().handled_name, Proof.objects.filter(kind="after").count()) == (
            "店长王",
            1,
        )


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["390", "1440"])
def test_each_page_is_within_reach(
    cast: Cast, code: str, chromium: Browser, address: str, size: dict[str, int]
) -> None:
    page = chromium.new_context(viewport=size, locale="zh-CN").new_page()
    wrong = f"{(int(code) + 1) % 1_000_000:06d}"
    faults: list[str] = []

    def check() -> None:
        found = Axe().run(page).response["violations"]
        faults.extend(f"{one['id']}: {one['nodes'][0]['html'][:120]}" for one in found)
        faults.extend(page.evaluate(_SMALL))
        if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            faults.append(f"{page.url}: wider than the screen")

    enter(page, address, cast, wrong)
    check()
    enter(page, address, cast, code)
    check()
    page.get_by_role("link", name="容器不全").click()
    check()
    page.context.close()
    assert faults == []

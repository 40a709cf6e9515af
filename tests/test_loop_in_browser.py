"""The closed loop played in Chromium by its roles: found, sent out, mended, refused, mended again, verified, closed.

A property company, a village on a phone, the dispatch centre, the operator, and a shop without an account.
"""

from __future__ import annotations

import datetime
import io
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Browser, Page

from tests.browser import DESKTOP, PHONE, Clock, Person
from tests.cast import TOWN, VILLAGE, Cast
from tests.playing import POOR, at, drawn_round, inspect
from zerentian.people.models import Organisation
from zerentian.places.models import Site
from zerentian.places.rules import initials, name_key, pinyin
from zerentian.tickets.following import follow_waiting
from zerentian.tickets.models import Ticket
from zerentian.tickets.reminders import remind


def opened_shop() -> Site:
    """A noodle shop in our village, which answers for itself."""
    owner = Organisation.objects.create(kind="unit", name="面馆", region=VILLAGE)
    return Site.objects.create(
        town=TOWN, code="S-1", kind="shop", name="东村面馆", region_id=VILLAGE, responsible=owner,
        name_key=name_key("东村面馆"), initials=initials("东村面馆"), pinyin=pinyin("东村面馆"),
    )  # fmt: skip


def picture(folder: Path, colour: str) -> Path:
    packed = io.BytesIO()
    Image.new("RGB", (800, 600), colour).save(packed, "JPEG")
    path = folder / f"{colour}.jpg"
    path.write_bytes(packed.getvalue())
    return path


def mend(who: Person, ticket: Ticket, photo: Path, words: str) -> None:
    who.go(f"/tickets/{ticket.pk}")
    who.page.set_input_files("#after", photo)
    who.press("上传照片")
    assert who.page.locator("img[alt=整改后照片]").count()
    who.page.get_by_label("整改情况").fill(words)
    who.press("整改完成")
    assert who.sees("待核查")


def without_barrier(page: Page) -> None:
    found = Axe().run(page).response["violations"]
    assert [one["id"] for one in found if one["impact"] in ("serious", "critical")] == []
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_the_loop_by_its_roles(
    cast: Cast, chromium: Browser, address: str, time: Clock, tmp_path: Path
) -> None:
    people: list[Person] = []

    def signed_in(login: str, size: dict[str, int] = DESKTOP) -> Person:
        people.append(Person(chromium, address, login, size))
        return people[-1]

    # a visit finds problems; the worker opens tickets and tells the property company
    task = drawn_round(cast).assignments.get(site=cast.sites["own"])
    inspect(cast, task, POOR)
    noon = at(task.day, 12)
    time.set_to(noon)
    follow_waiting()
    remind()
    ticket = Ticket.objects.get(problem_class="facility")

    company = signed_in("property", PHONE)
    assert company.sees("个问题待整改")
    company.go("/messages/")
    assert company.sees("新的整改单：东村一期")
    mend(company, ticket, picture(tmp_path, "green"), "已补齐容器")

    # the village looks, and is not content; the company mends it once more
    village = signed_in("village", PHONE)
    assert village.sees("张整改单待核查")
    village.go(f"/tickets/{ticket.pk}")
    village.page.get_by_label("不通过的原因").fill("仍缺一只有害垃圾桶")
    village.press("核查不通过")
    assert village.sees("整改中")
    time.set_to(noon + datetime.timedelta(hours=2))
    mend(company, ticket, picture(tmp_path, "blue"), "四类齐全")
    village.go(f"/tickets/{ticket.pk}")
    assert village.page.get_by_role("button", name="结案").count() == 0
    village.press("核查通过")
    assert village.sees("待结案")

    # the dispatch centre closes it, and supervises another that the company is late with
    centre = signed_in("dispatcher")
    assert centre.sees("张整改单待结案")
    centre.go(f"/tickets/{ticket.pk}")
    centre.press("结案")
    assert centre.sees("已结案")
    time.set_to(at(task.day + datetime.timedelta(days=4), 9))
    remind()
    late = Ticket.objects.get(problem_class="mixed")
    centre.go("/tickets/")
    centre.page.locator("a.card-link", has_text="已逾期").click()
    centre.press(late.site.name)
    centre.page.get_by_text("督办", exact=True).first.click()
    centre.page.get_by_label("督办要求").fill("请今天整改")
    centre.page.locator("details[open] button").click()
    assert centre.sees("督办通知书")
    company.go("/messages/")
    assert company.sees("整改已逾期") or company.sees("整改到期")
    assert company.sees("督办：东村一期")

    # a neighbour complains about the shop: registered by the operator, verified by the village
    shop = opened_shop()
    operator = signed_in("operator")
    operator.go(f"/intake/sites/{shop.pk}")
    operator.page.select_option("[name=source]", "public")
    operator.page.fill("[name=words]", "门前乱堆垃圾")
    operator.press("登记")
    reported = Ticket.objects.get(site=shop)
    assert reported.state == "reported"
    village.go(f"/tickets/{reported.pk}")
    village.press("核实属实，立案")
    reported.refresh_from_db()
    assert reported.handler is not None
    assert reported.handler.name == "面馆"

    # the village hands a code over; the shop mends its problem without an account
    village.go(f"/s/{shop.pk}/code")
    village.press("生成验证码")
    digits = village.page.inner_text(".shop-code").replace(" ", "")
    context = chromium.new_context(viewport=PHONE, locale="zh-CN")
    visitor = context.new_page()
    visitor.goto(f"{address}/s/{shop.pk}/")
    without_barrier(visitor)
    visitor.fill("#code", digits)
    visitor.get_by_role("button", name="进入").click()
    visitor.locator("main a, a.card").first.click()
    visitor.wait_for_selector("#photo")
    without_barrier(visitor)
    visitor.set_input_files("#photo", picture(tmp_path, "yellow"))
    visitor.fill("#words", "门前已清扫，垃圾入桶")
    visitor.fill("#name", "店长")
    visitor.get_by_role("button", name="提交").click()
    visitor.wait_for_load_state("networkidle")
    without_barrier(visitor)
    reported.refresh_from_db()
    assert (reported.state, reported.handled_by) == ("handled", None)
    assert visitor.goto(f"{address}/tickets/{ticket.pk}")
    assert "/people/sign-in" in visitor.url
    village.go(f"/tickets/{reported.pk}")
    assert village.sees("门前已清扫，垃圾入桶")
    assert village.page.get_by_role("button", name="核查通过").count() == 0  # it handed the code out
    centre.go(f"/tickets/{reported.pk}")
    centre.press("核查通过")
    centre.press("结案")

    # the board tells what became of all of it
    operator.go("/tickets/")
    for words in ("各村居", "镇检查", "群众举报", "面馆"):
        assert operator.sees(words)
    assert [fault for person in people for fault in person.faults] == []

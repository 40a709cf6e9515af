"""A whole month played in Chromium by its roles: planned, drawn, inspected on phones, closed by two, published."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from docx import Document
from PIL import Image
from playwright.sync_api import Browser

from tests.browser import DESKTOP, PHONE, Clock, Person
from tests.cast import Cast
from tests.playing import FIRST, LAST, MONTH, at, publish_rules
from zerentian.documents.actions import make
from zerentian.documents.models import Job
from zerentian.people.models import TownSettings
from zerentian.rounds.evidence_actions import examine_waiting
from zerentian.rounds.models import Assignment, Inspection


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    packed = io.BytesIO()
    Image.new("RGB", (800, 600), "green").save(packed, "JPEG")
    path = tmp_path / "photo.jpg"
    path.write_bytes(packed.getvalue())
    return path


def choose(phone: Person, clause: str, value: str) -> None:
    phone.page.locator(f'[data-clause="{clause}"] input[value="{value}"] + .btn').click()


def visit(phone: Person, task: Assignment, photo: Path, poor: bool) -> None:
    """An inspector's visit: begun from today's list, filled in, a photo for each deduction, submitted."""
    phone.go("/rounds/today")
    card = phone.page.locator(".card", has_text=task.site.name).last
    card.get_by_role("button", name="开始检查").click()
    phone.page.wait_for_url("**/inspections/**")
    choose(phone, "bins", "no" if poor else "yes")
    choose(phone, "mixed", "no")
    phone.page.locator('[data-clause="dirty"] input').first.fill("0")
    for name, number in (("合格数", "10"), ("检查数", "10")):
        phone.page.get_by_label(name).fill(number)
    phone.page.get_by_label("检查数").blur()
    phone.page.wait_for_selector("#worth:has-text('已填完')")
    if poor:
        phone.press("提交")
        assert phone.sees("这些扣分项还没有照片：条款bins")
        phone.page.locator('.list-group-item:has([data-clause="bins"]) input[type=file]').set_input_files(
            photo
        )
        phone.page.wait_for_selector(".photo img")
    phone.check()
    phone.press("提交")
    assert phone.sees("已提交")


def test_a_month_by_its_roles(
    cast: Cast, chromium: Browser, address: str, time: Clock, photo: Path, tmp_path: Path
) -> None:
    publish_rules(
        cast,
        lists=[{"name": "黑榜", "bottom": 1}],
        interviews=[{"name": "末位约谈", "when": {"bottom": 1}, "chair": "分管领导"}],
    )
    TownSettings.objects.update(photo_rule="deduction")
    people: list[Person] = []

    def signed_in(login: str, size: dict[str, int] = DESKTOP) -> Person:
        people.append(Person(chromium, address, login, size))
        return people[-1]

    # the operator opens the month and draws
    time.set_to(at(FIRST, 5))
    operator = signed_in("operator")
    operator.go("/rounds/new")
    for name, value in (("month", MONTH), ("begins", str(FIRST)), ("ends", str(LAST))):
        operator.page.fill(f"[name={name}]", value)
    operator.press("建立")
    assert operator.sees("承诺值")
    operator.press("抽签并排定")
    assert operator.sees("抽签完成")

    # inspectors inspect on their phones, each on the day drawn
    phones = {login: signed_in(login, PHONE) for login in ("inspector", "other_inspector")}
    for task in Assignment.objects.select_related("site", "inspector"):
        time.set_to(at(task.day))
        visit(phones[task.inspector.login], task, photo, poor=task.site.code == "C-own")

    # the lowest is seen again by the other inspector
    time.set_to(at(LAST, 6))
    operator.go("/rounds/")
    operator.page.locator("tbody td a").first.click()
    operator.press("抽取复查")
    again = Assignment.objects.get(is_recheck=True)
    first = Inspection.objects.get(site=again.site)
    assert again.inspector != first.inspector
    visit(phones[again.inspector.login], again, photo, poor=True)

    # both visits show the same photo: the worker doubts it, the operator asks and clears it
    time.set_to(at(LAST, 17))
    assert examine_waiting() == 3
    operator.go("/")
    assert operator.sees("个疑点待处理，处理前不能关账")
    operator.page.get_by_text("个疑点待处理").click()
    operator.press(again.site.name)
    assert operator.sees("以前的一张")
    operator.page.fill("[name=reason]", "演练用的同一张照片，已核实到过现场")
    operator.press("排除疑点")
    assert operator.sees("已排除 1 个疑点")

    # two persons close, the operator publishes
    operator.go("/results/")
    operator.page.locator("main a.alert").click()
    assert operator.sees("关账清单")
    operator.press("提出关账")
    assert operator.sees("须由另一名有权的人确认")
    deputy = signed_in("deputy")
    assert deputy.sees("关账待您确认")
    deputy.page.get_by_text("关账待您确认").click()
    deputy.press("确认关账")
    assert deputy.sees("已关账")
    operator.page.reload()
    operator.press("公布")
    assert operator.sees("已公布")

    # the village follows its number down to the photo, on a phone
    village = signed_in("village", PHONE)
    assert village.sees("最近名次")
    village.page.get_by_text("最近名次").click()
    assert village.sees("东村")
    assert village.sees("末位约谈")
    village.check()
    village.page.get_by_role("link", name="东村一期").click()
    assert village.sees("80.00 分怎样得来")
    village.check()
    village.page.locator("main a[href*='/inspections/']").first.click()
    village.page.wait_for_selector(".photo img")
    assert not village.sees("第三方检查员")
    village.check()

    # the bulletin is made, downloaded and opened
    operator.press("制作文书")
    operator.page.fill("[name=issuer]", "示范镇人民政府")
    operator.press("制作")
    make(Job.objects.get().pk)
    operator.go("/documents/")
    with operator.page.expect_download() as waiting:
        operator.page.get_by_role("link", name="bulletin.docx").click()
    bulletin = tmp_path / "bulletin.docx"
    waiting.value.save_as(bulletin)
    document = Document(str(bulletin))
    assert "示范镇人民政府" in "".join(paragraph.text for paragraph in document.paragraphs)

    assert [fault for person in people for fault in person.faults] == []

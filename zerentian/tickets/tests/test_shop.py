"""A shop without an account: the code, what it opens and what not, and what is handed in with it."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.cast import TOWN, Cast
from tests.playing import at
from zerentian.core import clock
from zerentian.ledger.models import Event
from zerentian.people.models import Organisation
from zerentian.places.models import Site
from zerentian.rounds.photos import LARGEST
from zerentian.tickets import actions
from zerentian.tickets.code_actions import (
    PHOTOS_AT_ONCE,
    PHOTOS_OF_A_CODE,
    WRONG_BEFORE_END,
    end_code,
    make_code,
)
from zerentian.tickets.models import CodeFailure, Proof, SiteCode, Ticket
from zerentian.tickets.proofs import add_proof, before_of
from zerentian.tickets.tests.test_actions import opened
from zerentian.tickets.tests.test_proofs import photo, picture

MONDAY = at(datetime.date(2023, 10, 23))


@pytest.fixture(autouse=True)
def _monday(tmp_path: Path, settings: Any) -> Iterator[None]:
    settings.DATA_FOLDER = tmp_path
    with clock.set_to(MONDAY):
        yield


@pytest.fixture
def shop(cast: Cast) -> Site:
    """A noodle shop in our village that answers for itself."""
    kind = Organisation.Kind.UNIT
    unit = Organisation.objects.create(kind=kind, name="老王面馆", region=TOWN)
    made = Site.objects.create(
        town=TOWN, code="S-1", kind="shop", name="老王面馆", region=cast.sites["own"].region, responsible=unit,
    )  # fmt: skip
    cast.sites["shop"] = made
    return made


@pytest.fixture
def ticket(cast: Cast, shop: Site) -> Ticket:
    made = opened(cast, "shop")
    add_proof(cast.person("operator"), made, "before", photo(1))
    return made


@pytest.fixture
def code(cast: Cast, shop: Site) -> str:
    return make_code(cast.person("village"), shop)[1]


def page_of(site: Site, *more: object) -> str:
    return "/".join([f"/s/{site.pk}", *map(str, more)]) + ("" if more else "/")


def enter(
    site: Site, digits: str, address: str = "10.0.0.1", client: Client | None = None
) -> tuple[Client, Any]:
    client = client or Client(REMOTE_ADDR=address)
    return client, client.post(page_of(site), {"code": digits})


def other_than(digits: str) -> str:
    return f"{(int(digits) + 1) % 1_000_000:06d}"


def handed(ticket: Ticket, seed: int = 2, **changes: object) -> dict[str, object]:
    picture_ = SimpleUploadedFile("x.jpg", picture(seed), "image/jpeg")
    version = Ticket.objects.get(pk=ticket.pk).version
    return {"photo": [picture_], "words": "已换新桶", "name": "店长王", "seen": version, **changes}


def test_nothing_but_the_name_without_a_code(cast: Cast, shop: Site, ticket: Ticket) -> None:
    client = Client()
    told = client.get(page_of(shop)).content.decode()
    assert "老王面馆" in told
    assert "有整改任务，请输入村居发给您的验证码" in told
    assert ticket.number not in told
    assert "容器" not in told
    assert client.get(page_of(shop, ticket.pk))["Location"] == page_of(shop)
    assert client.post(page_of(shop, ticket.pk), handed(ticket))["Location"] == page_of(shop)
    before = before_of(ticket)[0].id
    assert client.get(page_of(shop, ticket.pk, "photos", before)).status_code == 404
    assert client.get(f"/s/{uuid4()}/").status_code == 404
    Site.objects.filter(pk=shop.pk).update(is_active=False)
    assert client.get(page_of(shop)).status_code == 404


def test_the_whole_way(cast: Cast, shop: Site, ticket: Ticket, code: str) -> None:
    client, answer = enter(shop, code)
    cookie = answer.cookies["shop"]
    assert (answer.status_code, cookie["httponly"], cookie["path"]) == (302, True, page_of(shop))
    assert int(cookie["max-age"]) == 7200
    assert "容器不全" in client.get(page_of(shop)).content.decode()
    told = client.get(page_of(shop, ticket.pk)).content.decode()
    assert "10月30日 17:00 前完成" in told
    (before,) = before_of(ticket)
    shown = client.get(page_of(shop, ticket.pk, "photos", before.id))
    assert (shown.status_code, shown["Content-Type"]) == (200, "image/jpeg")
    done = client.post(page_of(shop, ticket.pk), handed(ticket))
    assert done.status_code == 302
    ticket.refresh_from_db()
    assert (ticket.state, ticket.handled_by, ticket.handled_name, ticket.handled_words) == (
        "handled", None, "店长王", "已换新桶",
    )  # fmt: skip
    proof = Proof.objects.get(kind="after")
    assert (proof.by, proof.doubt) == (None, "没有定位")
    event = Event.objects.get(kind="ticket.handle")
    assert (event.actor, event.actor_name, event.address) == (None, "商铺：店长王", "10.0.0.1")
    assert "已提交，等待核查" in client.get(page_of(shop, ticket.pk)).content.decode()
    actions.verify(cast.person("dispatcher"), ticket, False, "桶还是破的")
    assert "桶还是破的" in client.get(page_of(shop, ticket.pk)).content.decode()


def test_digits_as_a_keyboard_writes_them(shop: Site, code: str) -> None:
    wide = "".join(chr(ord(one) - ord("0") + ord("０")) for one in code)
    assert enter(shop, f" {wide[:3]} {wide[3:]} ")[1].status_code == 302
    for odd in ("", "12345", "1234567", "abcdef", "١٢٣٤٥٦"):
        assert enter(shop, odd, "10.0.0.2")[1].status_code == 422
    assert not CodeFailure.objects.exists()


def test_a_guesser_is_locked_out_by_site_and_by_address(cast: Cast, shop: Site, code: str) -> None:
    for _ in range(5):
        assert enter(shop, other_than(code), "10.0.0.9")[1].status_code == 422
    for address in ("10.0.0.9", "10.0.0.1"):  # the right one is refused as well, wherever it comes from
        _, answer = enter(shop, code, address)
        assert (answer.status_code, "shop" in answer.cookies) == (429, False)
        assert "15 分钟" in answer.content.decode()
    other, digits = cast.sites["own"], make_code(cast.person("village"), cast.sites["own"])[1]
    assert enter(other, digits, "10.0.0.9")[1].status_code == 429
    assert enter(other, digits, "10.0.0.1")[1].status_code == 302
    with clock.set_to(MONDAY + datetime.timedelta(minutes=16)):
        assert enter(shop, code, "10.0.0.9")[1].status_code == 302
    assert Event.objects.filter(kind="code.locked").count() == 1


def test_many_addresses_that_guess_end_the_code(shop: Site, code: str) -> None:
    for number in range(WRONG_BEFORE_END):
        with clock.set_to(MONDAY + datetime.timedelta(minutes=20 * number)):
            assert enter(shop, other_than(code), f"10.0.1.{number}")[1].status_code == 422
    with clock.set_to(MONDAY + datetime.timedelta(days=2)):
        assert enter(shop, code)[1].status_code == 422
    assert SiteCode.objects.get().ended is not None


def test_a_site_without_a_code_answers_like_one_with_another(cast: Cast, shop: Site, code: str) -> None:
    wrong = enter(shop, other_than(code), "10.0.0.1")[1]
    none = enter(cast.sites["own"], code, "10.0.0.2")[1]
    assert (wrong.status_code, none.status_code) == (422, 422)
    assert CodeFailure.objects.count() == 2
    assert "验证码不正确" in none.content.decode()


def test_a_code_ends_after_two_weeks_by_another_or_by_hand(
    cast: Cast, shop: Site, ticket: Ticket, code: str
) -> None:
    with clock.set_to(MONDAY + datetime.timedelta(days=14, seconds=1)):
        assert enter(shop, code, "10.0.0.2")[1].status_code == 422
    client, _ = enter(shop, code)
    assert client.get(page_of(shop, ticket.pk)).status_code == 200
    second = make_code(cast.person("dispatcher"), shop)[1]
    assert client.get(page_of(shop, ticket.pk)).status_code == 302
    if second != code:
        assert enter(shop, code, "10.0.0.3")[1].status_code == 422
    client, _ = enter(shop, second)
    end_code(cast.person("village"), shop)
    assert client.get(page_of(shop, ticket.pk)).status_code == 302


def test_a_session_ends_after_two_hours_or_by_leaving(shop: Site, ticket: Ticket, code: str) -> None:
    client, _ = enter(shop, code)
    with clock.set_to(MONDAY + datetime.timedelta(hours=2)):
        assert client.get(page_of(shop, ticket.pk)).status_code == 302
    assert client.get(page_of(shop, ticket.pk)).status_code == 200
    assert client.post(page_of(shop, "leave"))["Location"] == page_of(shop)
    assert client.get(page_of(shop, ticket.pk)).status_code == 302


def test_a_cookie_that_was_written_by_hand_opens_nothing(shop: Site, ticket: Ticket, code: str) -> None:
    client, answer = enter(shop, code)
    value = answer.cookies["shop"].value
    for forged in (value[:-1] + "x", value.replace("2023", "2033"), "x", ""):
        client = Client()
        client.cookies["shop"] = forged
        assert client.get(page_of(shop, ticket.pk)).status_code == 302


def test_another_site_is_not_reached(cast: Cast, shop: Site, ticket: Ticket, code: str) -> None:
    foreign = opened(cast, "own")
    add_proof(cast.person("operator"), foreign, "before", photo(3))
    client, answer = enter(shop, code)
    client.cookies["shop"] = answer.cookies["shop"].value  # without its path, as an attacker would send it
    assert client.get(page_of(shop, foreign.pk)).status_code == 404
    assert client.post(page_of(shop, foreign.pk), handed(foreign)).status_code == 404
    foreign_photo = before_of(foreign)[0].id
    assert client.get(page_of(shop, foreign.pk, "photos", foreign_photo)).status_code == 404
    assert client.get(page_of(shop, ticket.pk, "photos", foreign_photo)).status_code == 404
    assert client.get(page_of(foreign.site, foreign.pk)).status_code == 302
    assert client.get("/places/sites").status_code == 302


def test_what_others_mend_at_the_site_is_not_shown(cast: Cast, shop: Site, code: str) -> None:
    ticket = opened(cast, "shop")
    actions.dispatch(cast.person("dispatcher"), ticket, cast.organisations["village"])
    client, _ = enter(shop, code)
    assert "现在没有要整改的问题" in client.get(page_of(shop)).content.decode()
    assert client.get(page_of(shop, ticket.pk)).status_code == 404


def test_of_two_submits_the_second_is_told(shop: Site, ticket: Ticket, code: str) -> None:
    client, _ = enter(shop, code)
    first, second = handed(ticket), handed(ticket, 3)
    assert client.post(page_of(shop, ticket.pk), first).status_code == 302
    late = client.post(page_of(shop, ticket.pk), second)
    assert late.status_code == 422
    assert "店长王" in late.content.decode()
    assert Event.objects.filter(kind="ticket.handle").count() == 1
    assert Proof.objects.filter(kind="after").count() == 1


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"photo": []}, "照片"),
        ({"words": " "}, "做了什么"),
        ({"name": ""}, "谁整改的"),
        ({"photo": [SimpleUploadedFile("x.jpg", b"<script>", "image/jpeg")]}, "照片"),
        ({"photo": [SimpleUploadedFile("x.svg", b"<svg/>", "image/svg+xml")]}, "照片"),
        ({"photo": [SimpleUploadedFile("x.jpg", picture(9)[:2000], "image/jpeg")]}, "照片"),
    ],
)
def test_what_is_wrong_is_told_and_what_was_typed_stays(
    shop: Site, ticket: Ticket, code: str, changes: dict[str, object], words: str
) -> None:
    client, _ = enter(shop, code)
    answer = client.post(page_of(shop, ticket.pk), handed(ticket, **changes))
    assert answer.status_code == 422
    told = answer.content.decode()
    assert words in told.split('role="alert"')[1].split("</div>")[0]
    if changes.get("name") != "":
        assert 'value="店长王"' in told
    assert Ticket.objects.get(pk=ticket.pk).state == "dispatched"
    assert not Proof.objects.filter(kind="after").exists()


def test_not_more_than_a_shop_needs(shop: Site, ticket: Ticket, code: str, monkeypatch: Any) -> None:
    client, _ = enter(shop, code)
    many = [SimpleUploadedFile(f"{n}.jpg", picture(n), "image/jpeg") for n in range(PHOTOS_AT_ONCE + 1)]
    assert "最多" in client.post(page_of(shop, ticket.pk), handed(ticket, photo=many)).content.decode()
    monkeypatch.setattr("zerentian.tickets.shop_views.LARGEST", 100)
    assert "超过" in client.post(page_of(shop, ticket.pk), handed(ticket)).content.decode()
    assert LARGEST > 100
    monkeypatch.undo()
    SiteCode.objects.update(photos=PHOTOS_OF_A_CODE)
    assert "太多" in client.post(page_of(shop, ticket.pk), handed(ticket)).content.decode()


def test_who_makes_codes(cast: Cast, shop: Site) -> None:
    for who in ("neighbour", "property", "auditor", "inspector", "outsider", "deputy"):
        with pytest.raises(PermissionDenied):
            make_code(cast.person(who), shop)
        with pytest.raises(PermissionDenied):
            end_code(cast.person(who), shop)
    for who in ("village", "dispatcher", "operator"):
        made, digits = make_code(cast.person(who), shop)
        assert digits not in made.hash
    assert SiteCode.objects.filter(ended=None).count() == 1


def test_the_pages_of_codes(cast: Cast, shop: Site, ticket: Ticket) -> None:
    client = cast.client("village")
    assert "老王面馆" in client.get("/s/codes").content.decode()
    assert "老王面馆" not in cast.client("neighbour").get("/s/codes").content.decode()
    assert client.get("/s/codes?export=1").status_code == 200
    made = client.post(page_of(shop, "code")).content.decode()
    digits = made.split('shop-code mb-1">')[1][:7].replace(" ", "")
    assert enter(shop, digits)[1].status_code == 302
    again = client.get(page_of(shop, "code")).content.decode()
    assert f"{digits[:3]} {digits[3:]}" not in again
    assert client.post(page_of(shop, "code", "end")).status_code == 302
    assert "生成验证码" in client.get(page_of(shop, "code")).content.decode()


def test_the_pages_run_nothing_and_are_not_found_by_search(shop: Site) -> None:
    answer = Client().get(page_of(shop))
    assert "<script" not in answer.content.decode()
    assert "noindex" in answer.content.decode()
    assert "unsafe" not in answer.headers["Content-Security-Policy"]

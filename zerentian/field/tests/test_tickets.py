"""Tickets on phones: what is told of them, and each act once, whole or not at all."""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.cast import Cast
from tests.playing import at
from zerentian.core import clock
from zerentian.field.models import TicketAct, Upload
from zerentian.field.tests.test_api import Phone
from zerentian.field.uploads import orphans
from zerentian.ledger.models import Event
from zerentian.people.models import Account
from zerentian.tickets import actions
from zerentian.tickets.models import Extension, Proof, Ticket
from zerentian.tickets.proofs import add_proof
from zerentian.tickets.tests.test_actions import opened
from zerentian.tickets.tests.test_proofs import HERE, photo, picture

MONDAY = at(datetime.date(2023, 10, 23))


@pytest.fixture(autouse=True)
def _monday(tmp_path: Path, settings: Any) -> Iterator[None]:
    settings.DATA_FOLDER = tmp_path
    with clock.set_to(MONDAY):
        yield


@pytest.fixture
def ticket(cast: Cast) -> Ticket:
    made = opened(cast)
    add_proof(cast.person("operator"), made, "before", photo(1), position=HERE)
    return made


def uploaded(phone: Phone, seed: int = 2) -> str:
    content = picture(seed)
    sha256 = hashlib.sha256(content).hexdigest()
    assert phone.call("put", f"/photos/{sha256}", content).json()["accepted"]
    return sha256


def act_of(ticket: Ticket, move: str = "handle", **changes: object) -> dict[str, object]:
    version = Ticket.objects.get(pk=ticket.pk).version
    act = {"ticket": str(ticket.pk), "move": move, "version": version, "words": "已补齐容器"}
    return {**act, "made": MONDAY.isoformat(), **changes}


def photos_of(*digests: str) -> list[dict[str, object]]:
    place = {"latitude": "31.1106000", "longitude": "121.0563000", "accuracy": 12}
    return [{"sha256": one, "grade": "A", "taken": MONDAY.isoformat(), "position": place} for one in digests]


def send(phone: Phone, act: dict[str, object], id_: object = None) -> Any:
    return phone.call("put", f"/ticket-acts/{id_ or uuid4()}", act)


def test_what_is_told_to_whom(cast: Cast, ticket: Ticket) -> None:
    (told,) = Phone("property").call("get", "/tickets").json()["tickets"]
    assert (told["number"], told["site"]["name"], told["summary"]) == (
        ticket.number,
        "东村一期",
        "容器不全",
    )
    assert (told["moves"], told["light"], told["needs_photo"]) == (
        ["return", "handle", "extension"],
        "green",
        True,
    )
    assert [one["words"] for one in told["found"]] == ["容器不全"]
    for who in ("village", "neighbour", "operator", "dispatcher"):
        assert Phone(who).call("get", "/tickets").json()["tickets"] == []
    mended(cast, ticket)
    for who in ("village", "operator", "dispatcher"):
        (told,) = Phone(who).call("get", "/tickets").json()["tickets"]
        assert (told["moves"], told["handled_words"]) == (["pass", "fail"], "已补齐")
        assert len(told["after"]) == 1
    assert Phone("neighbour").call("get", "/tickets").json()["tickets"] == []
    assert Phone("property").call("get", "/tickets").json()["tickets"][0]["moves"] == []


def mended(cast: Cast, ticket: Ticket) -> None:
    add_proof(cast.person("property"), ticket, "after", photo(3), position=HERE)
    actions.handle(cast.person("property"), ticket, "已补齐")


def test_photos_are_shown_to_who_sees_the_ticket(cast: Cast, ticket: Ticket) -> None:
    phone = Phone("property")
    (told,) = phone.call("get", "/tickets").json()["tickets"]
    address = f"/tickets/{ticket.pk}/photos/{told['before'][0]['id']}"
    answer = phone.call("get", address)
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/jpeg")
    assert phone.call("get", f"/tickets/{ticket.pk}/photos/{uuid4()}").status_code == 404
    other = opened(cast, "next")
    foreign = f"/tickets/{other.pk}/photos/{told['before'][0]['id']}"
    assert phone.call("get", foreign).status_code == 404
    assert Phone("neighbour").call("get", address).status_code == 404
    assert Phone("neighbour").call("get", foreign).status_code == 404


def test_the_list_is_as_quick_for_many(cast: Cast, ticket: Ticket) -> None:
    phone = Phone("property")
    phone.call("get", "/tickets")
    with CaptureQueriesContext(connection) as few:
        phone.call("get", "/tickets")
    for number in range(8):
        opened(cast, clause=f"other{number}")
    with CaptureQueriesContext(connection) as many:
        assert len(phone.call("get", "/tickets").json()["tickets"]) == 9
    assert len(many) <= len(few)


def test_handled_and_verified_by_phones(cast: Cast, ticket: Ticket) -> None:
    phone = Phone("property")
    answer = send(phone, act_of(ticket, photos=photos_of(uploaded(phone))))
    assert (answer.status_code, answer.json()["state_words"]) == (200, "待核查")
    proof = Proof.objects.get(kind="after")
    assert (proof.grade, proof.accuracy, proof.taken, proof.by) == ("A", 12, MONDAY, cast.property)
    village = Phone("village", "phone-0002")
    passed = send(village, act_of(ticket, "pass", words="", photos=photos_of(uploaded(village, 5))))
    assert passed.json()["state_words"] == "待结案"
    assert Proof.objects.get(kind="check").by == cast.village
    ticket.refresh_from_db()
    assert (ticket.handled_by, ticket.verified_by) == (cast.property, cast.village)


def test_returned_failed_and_more_time(cast: Cast, ticket: Ticket) -> None:
    phone = Phone("property")
    until = at(datetime.date(2023, 11, 1), 17).isoformat()
    assert send(phone, act_of(ticket, "extension", until=until, words="定制容器")).status_code == 200
    assert Extension.objects.get().reason == "定制容器"
    told = phone.call("get", "/tickets").json()["tickets"][0]
    assert told["moves"] == ["return", "handle"]
    again = send(phone, act_of(ticket, "extension", until=until, words="再延"))
    assert (again.status_code, "待审" in again.json()["message"]) == (409, True)
    mended(cast, ticket)
    failed = send(Phone("village"), act_of(ticket, "fail", words="仍缺一只"))
    assert failed.json()["state_words"] == "整改中"
    returned = send(phone, act_of(ticket, "return", words="不归物业"))
    assert returned.json()["state_words"] == "已退回"


def test_the_same_act_again_is_one_act(cast: Cast, ticket: Ticket) -> None:
    phone, id_ = Phone("property"), uuid4()
    act = act_of(ticket, photos=photos_of(uploaded(phone)))
    first, second = send(phone, act, id_), send(phone, act, id_)
    assert (first.status_code, second.status_code) == (200, 200)
    assert first.json() == second.json()
    assert Event.objects.filter(kind="ticket.handle").count() == 1
    other = send(phone, act | {"words": "别的话"}, id_)
    assert (other.status_code, other.json()["accepted"]) == (409, False)
    foreign = send(Phone("village"), act_of(ticket, "pass"), id_)
    assert foreign.status_code == 409
    assert Ticket.objects.get().handled_words == "已补齐容器"
    assert TicketAct.objects.count() == 1


def test_photos_come_first(cast: Cast, ticket: Ticket) -> None:
    phone, id_ = Phone("property"), uuid4()
    sha256 = hashlib.sha256(picture(2)).hexdigest()
    act = act_of(ticket, photos=photos_of(sha256))
    early = send(phone, act, id_)
    assert (early.status_code, early.json()["awaited"]) == (202, [sha256])
    assert Ticket.objects.get().state == "dispatched"
    uploaded(phone)
    assert send(phone, act, id_).status_code == 200


def test_a_ticket_that_moved_on_refuses_with_its_reason(cast: Cast, ticket: Ticket) -> None:
    phone, act = Phone("property"), act_of(ticket, photos=[])
    actions.supervise(cast.person("operator"), ticket, "群众反复投诉")
    answer = send(phone, act | {"photos": photos_of(uploaded(phone))})
    assert answer.status_code == 409
    assert "operator" in answer.json()["message"]
    assert not Proof.objects.filter(kind="after").exists()
    assert not TicketAct.objects.exists()


def test_a_ticket_given_to_another_refuses_with_its_reason(cast: Cast, ticket: Ticket) -> None:
    phone = Phone("property")
    act = act_of(ticket, photos=photos_of(uploaded(phone)))
    actions.dispatch(cast.person("dispatcher"), ticket, cast.organisations["village"])
    answer = send(phone, act)
    assert (answer.status_code, "已不由您办理" in answer.json()["message"]) == (409, True)
    assert not TicketAct.objects.exists()


def test_without_a_photo_or_words_it_is_not_made(cast: Cast, ticket: Ticket) -> None:
    phone = Phone("property")
    bare = send(phone, act_of(ticket))
    assert (bare.status_code, "照片" in bare.json()["message"]) == (409, True)
    silent = send(phone, act_of(ticket, "return", words=" "))
    assert silent.status_code == 409
    assert Ticket.objects.get().state == "dispatched"


@pytest.mark.parametrize(
    "changes",
    [
        {"move": "close"}, {"move": "extension"}, {"until": "2023-11-01T09:00:00+08:00"}, {"version": 0},
        {"more": 1}, {"photos": [{"sha256": "x"}]}, {"made": "2023-11-01T09:00:00"},
    ],
)  # fmt: skip
def test_what_is_no_act_is_told(cast: Cast, ticket: Ticket, changes: dict[str, object]) -> None:
    assert send(Phone("property"), act_of(ticket, **changes)).status_code == 422


def test_a_ticket_of_others_is_not_there(cast: Cast, ticket: Ticket) -> None:
    assert send(Phone("neighbour"), act_of(ticket, "pass")).status_code == 404


def test_a_wrong_clock_is_put_right(cast: Cast, ticket: Ticket) -> None:
    phone = Phone("property")
    nonce = phone.answer.json()["nonce"]
    wrong = MONDAY + datetime.timedelta(hours=3)
    told = {"nonce": nonce, "at_nonce": wrong.isoformat(), "now": wrong.isoformat(), "elapsed": 0}
    photos = photos_of(uploaded(phone))
    photos[0]["taken"] = wrong.isoformat()
    send(phone, act_of(ticket, photos=photos, made=wrong.isoformat(), clock=told))
    assert TicketAct.objects.get().made == MONDAY
    assert Proof.objects.get(kind="after").taken == MONDAY


def test_photos_of_tickets_are_no_orphans(cast: Cast, ticket: Ticket) -> None:
    phone = Phone("property")
    send(phone, act_of(ticket, photos=photos_of(uploaded(phone))))
    Upload.objects.update(begun=MONDAY - datetime.timedelta(days=3))
    assert not orphans(Account.objects.all()).exists()

"""Events of systems: signed, fresh, taken once, and never lost."""

from __future__ import annotations

import datetime
import json
import threading
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client

from tests.cast import TOWN, Cast, gather
from tests.playing import at
from zerentian.core import clock
from zerentian.field.signatures import is_signed, signature
from zerentian.field.tests.test_api import Phone
from zerentian.ledger.models import Event
from zerentian.tickets import intake_actions
from zerentian.tickets.intake_models import DeviceEvent, Sender
from zerentian.tickets.models import Ticket

NOW = at(datetime.date(2023, 10, 23))
EVENT = {
    "id": "e-1",
    "site": "C-own",
    "type": "overflow",
    "message": "3 号桶满溢",
    "time": "2023-10-23T08:50:00",
}


def device(cast: Cast) -> Sender:
    by = cast.person("dispatcher")
    made = intake_actions.create_sender(by, TOWN, "智能监控", "device")
    intake_actions.renew_secret(by, made)
    made.refresh_from_db()
    return made


@pytest.fixture
def sender(cast: Cast) -> Any:
    with clock.set_to(NOW):
        yield device(cast)


def send(sender: Sender, body: object = EVENT, *, age: int = 0, secret: str = "", given: str = "") -> Any:
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    stamp = str(int(clock.now().timestamp()) - age)
    signed = given or signature(secret or sender.secret, stamp, text)
    return Client().post(
        f"/api/events/{sender.pk}", text, content_type="application/json",
        headers={"X-Timestamp": stamp, "X-Signature": signed},
    )  # fmt: skip


def test_an_event_becomes_a_ticket_that_is_verified_first(sender: Sender) -> None:
    answer = send(sender)
    told = answer.json()
    assert (answer.status_code, told["state"], told["ticket"]) == (201, "taken", "2023-00001")
    ticket = Ticket.objects.get()
    assert (ticket.state, ticket.source, ticket.problem_class) == ("reported", "device", "exposed")
    assert Event.objects.get(kind="ticket.report").actor_name == "智能监控"


def test_the_same_event_again_changes_nothing(sender: Sender) -> None:
    first, second = send(sender), send(sender)
    assert (first.status_code, second.status_code) == (201, 200)
    assert second.json()["ticket"] == first.json()["ticket"]
    assert (Ticket.objects.count(), DeviceEvent.objects.count()) == (1, 1)
    assert Ticket.objects.get().findings.count() == 1


def test_another_event_of_the_same_problem_joins_its_ticket(sender: Sender) -> None:
    send(sender)
    answer = send(sender, EVENT | {"id": "e-2", "message": "又满溢"})
    assert (answer.status_code, answer.json()["ticket"]) == (201, "2023-00001")
    assert Ticket.objects.get().findings.count() == 2


def test_an_unknown_site_is_kept(sender: Sender) -> None:
    answer = send(sender, EVENT | {"site": "9 号探头"})
    assert (answer.status_code, answer.json()["state"], answer.json()["ticket"]) == (202, "unmatched", None)
    assert json.loads(DeviceEvent.objects.get().body)["site"] == "9 号探头"


def test_who_does_not_hold_the_secret_is_refused(sender: Sender, cast: Cast) -> None:
    assert send(sender, secret="wrong").status_code == 401
    assert send(sender, given="sha256=乱码").status_code == 401
    assert send(sender, age=301).status_code == 401
    assert send(sender, age=-301).status_code == 401
    assert send(sender, age=299).status_code == 201
    old = sender.secret
    intake_actions.renew_secret(cast.person("dispatcher"), sender)
    assert send(sender, EVENT | {"id": "e-3"}, secret=old).status_code == 401
    intake_actions.switch_sender(cast.person("dispatcher"), sender, False)
    sender.refresh_from_db()
    refused = send(sender, EVENT | {"id": "e-4"})
    assert refused.status_code == 401
    assert refused.json()["accepted"] is False
    unsigned = intake_actions.create_sender(cast.person("dispatcher"), TOWN, "未发密钥", "device")
    assert send(unsigned, secret="x").status_code == 401
    assert DeviceEvent.objects.count() == 1


def test_no_account_sends_events(sender: Sender) -> None:
    for who in ("operator", "inspector"):
        answer = Phone(who).call("post", f"/events/{sender.pk}", EVENT)
        assert (answer.status_code, answer.json()["accepted"]) == (401, False)
    assert not DeviceEvent.objects.exists()


def test_a_signature_is_of_one_body_and_time() -> None:
    stamp = str(int(NOW.timestamp()))
    given = signature("secret", stamp, b"{}")
    assert is_signed("secret", stamp, b"{}", given, NOW)
    assert not is_signed("secret", stamp, b"{} ", given, NOW)
    assert not is_signed("secret", str(int(stamp) + 1), b"{}", given, NOW)
    assert not is_signed("", stamp, b"{}", signature("", stamp, b"{}"), NOW)
    assert not is_signed("secret", "１698022800", b"{}", given, NOW)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"x" * (64 * 1024 + 1), 413),
        (b"{", 422),
        (b"[" * 60_000, 422),
        (b"\xff", 422),
        ([], 422),
        ({"site": "C-own"}, 422),
        ({"id": "x" * 101}, 422),
        ({"id": {"a": 1}}, 422),
        (b'{"id": 7, "site": "C-own", "weight": NaN, "message": "\\u0000\\ud800"}', 201),
    ],
    ids=str,
)
def test_bodies_that_are_no_event(sender: Sender, body: object, status: int) -> None:
    answer = send(sender, body)
    assert answer.status_code == status
    assert ("accepted" in answer.json()) == (status >= 400)
    assert DeviceEvent.objects.count() == (status == 201)


@pytest.fixture
def committed(django_db_setup: None, django_db_blocker: Any) -> Any:
    """What is written is there for other connections, and gone afterwards: the ledger refuses Django's way."""
    with django_db_blocker.unblock():
        yield
        names = ", ".join(
            f'"{one._meta.db_table}"' for one in apps.get_models() if one.__module__.startswith("zerentian.")
        )
        with connection.cursor() as cursor:
            cursor.execute("SET session_replication_role = replica")
            cursor.execute(f"TRUNCATE {names} CASCADE")
            cursor.execute("SET session_replication_role = origin")


def test_the_same_event_twice_at_the_same_moment(committed: None) -> None:
    """Two connections at once: one ticket, and both are told of it."""
    sender = device(gather())
    event = EVENT | {"time": ""}
    answers: list[Any] = []
    together = threading.Barrier(4)

    def post(number: int) -> None:
        together.wait()
        answers.append(send(sender, event | {"id": f"e-{number % 2}"}))
        connection.close()

    threads = [threading.Thread(target=post, args=(number,)) for number in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(one.status_code for one in answers) == [200, 200, 201, 201]
    assert len({one.json()["ticket"] for one in answers}) == 1
    assert (Ticket.objects.count(), DeviceEvent.objects.count()) == (1, 2)

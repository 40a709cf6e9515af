"""The API: a token for a device, a report under its id once and for all, every refusal in our own envelope."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from PIL import Image

from tests.cast import PASSWORD, Cast
from tests.playing import FIRST, GOOD, LAST, POOR, at, drawn_round
from zerentian.core import clock
from zerentian.field.models import DeviceToken, HeldReport
from zerentian.ledger.models import Event
from zerentian.people import actions as people
from zerentian.rounds.models import Assignment, Inspection

DEVICE = "phone-0001"


class Phone:
    """A phone that speaks for an account."""

    def __init__(self, login: str, device: str = DEVICE, password: str = PASSWORD) -> None:
        self.client, self.device = Client(), device
        sent = {"login": login, "password": password, "device": device}
        self.answer = self.client.post("/api/sign-in", sent, content_type="application/json")
        self.token = self.answer.json().get("token", "")

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        kinds = (
            {"content_type": "application/json"}
            if not isinstance(body, bytes)
            else {"content_type": "image/jpeg"}
        )
        data = body if isinstance(body, bytes) else json.dumps(body)
        given = {"Authorization": f"Bearer {self.token}", "X-Device": self.device} | headers
        return getattr(self.client, method)(
            f"/api{path}", data=data if body is not None else None, headers=given, **kinds
        )

    def send(self, report: dict[str, object], id_: object) -> Any:
        return self.call("put", f"/inspections/{id_}", report)


@pytest.fixture
def task(cast: Cast) -> Assignment:
    return drawn_round(cast).assignments.first()


@pytest.fixture
def morning(task: Assignment) -> Any:
    with clock.set_to(at(task.day, 10)):
        yield


def report_of(task: Assignment, **changes: object) -> dict[str, object]:
    return {"task": str(task.pk), "started": at(task.day).isoformat(), "answers": GOOD, **changes}


def jpeg() -> bytes:
    packed = io.BytesIO()
    Image.new("RGB", (64, 48), "red").save(packed, "JPEG")
    return packed.getvalue()


def test_a_day_on_the_phone(cast: Cast, task: Assignment, morning: None) -> None:
    phone = Phone(task.inspector.login)
    (told,) = phone.call("get", "/tasks").json()["tasks"]
    assert told["site"]["name"] == task.site.name
    rules = phone.call("get", f"/standards/{told['standard']}").json()["standard"]
    assert [clause["id"] for clause in rules["sections"][0]["clauses"]] == ["bins", "dirty"]
    content = jpeg()
    sha256 = hashlib.sha256(content).hexdigest()
    assert phone.call("put", f"/photos/{sha256}", content).json()["accepted"]
    photos = [{"slot": "bins-1", "clause": "bins", "sha256": sha256}]
    sent = phone.send(report_of(task, answers=POOR, photos=photos), uuid4())
    assert sent.status_code == 201
    assert (sent.json()["accepted"], sent.json()["score"], sent.json()["photos"]) == (True, "60.00", 1)
    task.refresh_from_db()
    assert task.state == Assignment.State.DONE


def test_the_same_report_again_is_accepted_again(cast: Cast, task: Assignment, morning: None) -> None:
    phone, id_ = Phone(task.inspector.login), uuid4()
    first, second = phone.send(report_of(task), id_), phone.send(report_of(task), id_)
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json()["receipt"] == second.json()["receipt"]
    assert phone.call("get", f"/inspections/{id_}").json()["receipt"] == first.json()["receipt"]
    assert Inspection.objects.count() == 1
    assert Event.objects.filter(kind="inspection.submitted").count() == 1


def test_another_report_under_the_same_id_is_kept_beside(cast: Cast, task: Assignment, morning: None) -> None:
    phone, id_ = Phone(task.inspector.login), uuid4()
    first = phone.send(report_of(task), id_)
    for _ in range(2):
        other = phone.send(report_of(task, answers=POOR), id_)
        assert other.status_code == 409
        assert (other.json()["accepted"], other.json()["receipt"]) == (False, first.json()["receipt"])
    assert json.loads(HeldReport.objects.get().body)["answers"] == POOR
    assert Inspection.objects.get().score == 100


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"answers": {"bins": "yes"}}, "inspection.incomplete"),
        ({"answers": GOOD | {"dirty": "many"}}, "inspection.answer"),
        ({"answers": GOOD | {"colour": "red"}}, "inspection.unknown_clause"),
        ({"standard": str(uuid4())}, "rounds.no_standard"),
        ({"started": at(FIRST, 1).isoformat()}, "inspection.not_released"),
        ({"started": "2023-09-30T23:30:00+08:00"}, "inspection.not_released"),
    ],
)
def test_what_does_not_fit_is_kept_whole_for_a_person(
    cast: Cast, task: Assignment, morning: None, change: dict[str, object], code: str
) -> None:
    """A phone may delete what was acknowledged: a report that the standard doesn't know is not refused."""
    phone, id_ = Phone(task.inspector.login), uuid4()
    for _ in range(2):
        sent = phone.send(report_of(task, **change), id_)
        assert (sent.status_code, sent.json()["held"], sent.json()["why"]) == (202, True, "not_fitting")
        assert sent.json()["problems"][0]["code"] == code
    kept = HeldReport.objects.get()
    assert json.loads(kept.body) == report_of(task, **change)
    assert not Inspection.objects.exists()


@pytest.mark.parametrize(
    "change",
    [{"started": "2023-10-16T09:00:00"}, {"score": 100}, {"answers": {"bins": "x" * 301}}, {"task": "x"}],
)
def test_what_is_no_report_is_told_and_nothing_is_saved(
    cast: Cast, task: Assignment, morning: None, change: dict[str, object]
) -> None:
    sent = Phone(task.inspector.login).send(report_of(task) | change, uuid4())
    assert (sent.status_code, sent.json()["problems"][0]["code"]) == (422, "api.shape")
    assert not Inspection.objects.exists()
    assert not HeldReport.objects.exists()


def test_photo_bytes_must_be_what_their_name_says(cast: Cast, task: Assignment, morning: None) -> None:
    phone = Phone(task.inspector.login)
    assert (
        phone.call("put", f"/photos/{'0' * 64}", jpeg()).json()["problems"][0]["code"] == "photo.other_bytes"
    )
    text = b"<svg/>"
    sent = phone.call("put", f"/photos/{hashlib.sha256(text).hexdigest()}", text)
    assert sent.json()["problems"][0]["code"] == "photo.not_a_picture"


def test_a_correction_names_the_version_it_replaces(cast: Cast, task: Assignment, morning: None) -> None:
    phone, id_ = Phone(task.inspector.login), uuid4()
    phone.send(report_of(task, answers=POOR), id_)
    stale = phone.call(
        "post", f"/inspections/{id_}/corrections", {"replaces": 2, "values": GOOD, "reason": "误点"}
    )
    assert stale.json()["problems"][0]["code"] == "correction.stale"
    made = phone.call(
        "post", f"/inspections/{id_}/corrections", {"replaces": 1, "values": GOOD, "reason": "误点"}
    )
    assert (made.status_code, made.json()["state"]) == (201, "proposed")


def test_another_inspectors_task_is_not_there(cast: Cast, task: Assignment, morning: None) -> None:
    other = "other_inspector" if task.inspector.login == "inspector" else "inspector"
    assert Phone(other).send(report_of(task), uuid4()).status_code == 404


CALLS: dict[str, Callable[[Phone, Assignment], Any]] = {
    "tasks": lambda phone, task: phone.call("get", "/tasks"),
    "photo": lambda phone, task: phone.call("put", f"/photos/{hashlib.sha256(jpeg()).hexdigest()}", jpeg()),
    "inspection": lambda phone, task: phone.send(report_of(task), uuid4()),
    "receipt": lambda phone, task: phone.call("get", f"/inspections/{uuid4()}"),
    "corrections": lambda phone, task: phone.call(
        "post", f"/inspections/{uuid4()}/corrections", {"replaces": 1, "values": GOOD, "reason": "x"}
    ),
    "standard": lambda phone, task: phone.call("get", f"/standards/{uuid4()}"),
    "queue": lambda phone, task: phone.call("post", "/queue", {"made": 1, "waiting": 0, "photos": 0}),
    "site_by_code": lambda phone, task: phone.call("get", f"/sites/by-code/{task.site.code}"),
    "photo_status": lambda phone, task: phone.call("get", f"/photos/{'0' * 64}"),
    "sign_out": lambda phone, task: phone.call("delete", "/token"),
    "tickets": lambda phone, task: phone.call("get", "/tickets"),
    "ticket_photo": lambda phone, task: phone.call("get", f"/tickets/{uuid4()}/photos/{uuid4()}"),
    "ticket_act": lambda phone, task: phone.call(
        "put",
        f"/ticket-acts/{uuid4()}",
        {"ticket": str(uuid4()), "move": "pass", "version": 1, "made": at(task.day).isoformat()},
    ),
}
FOR_TICKETS_TOO = {"tasks", "queue", "photo", "photo_status", "tickets"}
"""What somebody who handles or verifies tickets reaches, though he inspects nothing."""


@pytest.mark.parametrize("name", sorted(CALLS))
def test_without_a_token_nothing(cast: Cast, task: Assignment, morning: None, name: str) -> None:
    phone = Phone("operator", password="wrong")
    answer = CALLS[name](phone, task)
    assert (answer.status_code, answer.json()["accepted"]) == (401, False)


@pytest.mark.parametrize("who", ["operator", "village", "admin", "outsider", "supervisor"])
@pytest.mark.parametrize("name", sorted({*CALLS} - {"sign_out"}))
def test_who_inspects_nothing_reaches_nothing(
    cast: Cast, task: Assignment, morning: None, who: str, name: str
) -> None:
    answer = CALLS[name](Phone(who), task)
    if who in ("operator", "village", "outsider") and name in FOR_TICKETS_TOO:
        assert answer.status_code in (200, 202)
        assert not answer.json().get("tasks")
    else:
        assert answer.status_code in (403, 404)
    assert not Inspection.objects.exists()


@pytest.mark.parametrize("name", ["tickets", "ticket_photo", "ticket_act"])
def test_an_inspector_has_no_tickets(cast: Cast, task: Assignment, morning: None, name: str) -> None:
    assert CALLS[name](Phone(task.inspector.login), task).status_code == 403


def test_every_address_is_tried_here() -> None:
    from zerentian.field.api import api

    names = {
        operation.url_name
        for _, router in api._routers
        for view in router.path_operations.values()
        for operation in view.operations
    }
    assert names == {*CALLS, "sign_in", "event"}  # events are signed, not sent by an account: test_events


def test_a_token_is_good_on_its_device_only(cast: Cast, task: Assignment, morning: None) -> None:
    phone = Phone(task.inspector.login)
    assert phone.call("get", "/tasks", **{"X-Device": "other-0001"}).status_code == 401
    assert phone.call("get", "/tasks").status_code == 200


def test_only_the_hash_of_a_token_is_kept(cast: Cast) -> None:
    phone = Phone("inspector")
    kept = DeviceToken.objects.get()
    assert phone.token not in json.dumps([kept.hash, kept.device])
    assert kept.hash == hashlib.sha256(phone.token.encode()).hexdigest()


@pytest.mark.parametrize(
    "act",
    [
        lambda cast, phone: people.set_active(cast.person("admin"), cast.inspector, False, "离职"),
        lambda cast, phone: people.reset_password(cast.person("admin"), cast.inspector),
        lambda cast, phone: people.change_password(
            cast.person("inspector"), cast.inspector, "another-long-one"
        ),
        lambda cast, phone: people.end_post(cast.person("admin"), cast.inspector.posts.get(), LAST),
        lambda cast, phone: phone.call("delete", "/token"),
        lambda cast, phone: Phone("inspector"),
    ],
)
def test_what_ends_a_token(cast: Cast, act: Callable[[Cast, Phone], object]) -> None:
    phone = Phone("inspector")
    assert phone.call("get", "/tasks").status_code == 200
    act(cast, phone)
    assert phone.call("get", "/tasks").status_code == 401


def test_failures_lock_the_account_for_the_address(cast: Cast) -> None:
    for _ in range(5):
        Phone("inspector", password="wrong")
    assert Phone("inspector").token == ""
    assert Phone("other_inspector").token


def test_unknown_and_wrong_sound_the_same(cast: Cast) -> None:
    wrong, unknown = Phone("inspector", password="wrong").answer, Phone("nobody", password="wrong").answer
    assert (wrong.status_code, wrong.json()) == (unknown.status_code, unknown.json())


def test_it_is_described(db: None) -> None:
    described = Client().get("/api/openapi.json").json()
    assert "/api/inspections/{inspection_id}" in described["paths"]
    answers = described["paths"]["/api/inspections/{inspection_id}"]["put"]["responses"]
    assert set(answers) >= {"200", "201", "401", "403", "404", "409", "422"}


def test_a_host_that_is_not_ours_is_refused(cast: Cast, task: Assignment, morning: None) -> None:
    phone = Phone(task.inspector.login)
    told = phone.call("get", "/tasks", Host="elsewhere.example")
    assert (told.status_code, told.json()["accepted"]) == (400, False)

"""What the network, the phone and the clocks do to reports, as the server sees it. T numbers are cases of the trust catalogue."""

from __future__ import annotations

import hashlib
import io
import os
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from PIL import Image

from tests.cast import Cast
from tests.playing import GOOD, POOR, at
from zerentian.core import clock
from zerentian.field import reception_actions, uploads
from zerentian.field.models import HeldReport, Upload
from zerentian.field.tests.test_api import DEVICE, Phone, jpeg, morning, report_of, task
from zerentian.ledger.models import Event
from zerentian.people.models import Account
from zerentian.rounds.models import Assignment, Inspection, Photo
from zerentian.rounds.photos import original_path

__all__ = ["morning", "task"]

EXTRA = 40_000


def long_jpeg() -> tuple[str, bytes]:
    """A photo of some parts, and its SHA-256."""
    packed = io.BytesIO()
    Image.new("RGB", (64, 48), "blue").save(packed, "JPEG")
    whole = packed.getvalue() + os.urandom(EXTRA)
    return hashlib.sha256(whole).hexdigest(), whole


def part(phone: Phone, sha256: str, whole: bytes, start: int, end: int) -> Any:
    return phone.call(
        "put", f"/photos/{sha256}", whole[start:end],
        **{"Content-Range": f"bytes {start}-{end - 1}/{len(whole)}"},
    )  # fmt: skip


def named(sha256: str, slot: str = "bins:1") -> dict[str, str]:
    return {"slot": slot, "clause": "bins", "sha256": sha256}


def test_t01_an_answer_that_got_lost_is_given_again(cast: Cast, task: Assignment, morning: None) -> None:
    phone, id_, content = Phone(task.inspector.login), uuid4(), jpeg()
    sha256 = hashlib.sha256(content).hexdigest()
    sent = report_of(task, answers=POOR, photos=[named(sha256)])
    for _ in range(3):
        assert phone.send(sent, id_).json()["accepted"]
        assert phone.call("put", f"/photos/{sha256}", content).json()["accepted"]
    assert (Inspection.objects.count(), Photo.objects.count(), Upload.objects.count()) == (1, 1, 1)


def test_t02_a_photo_cut_in_the_middle_goes_on_where_it_ended(
    cast: Cast, task: Assignment, morning: None
) -> None:
    phone, id_ = Phone(task.inspector.login), uuid4()
    sha256, whole = long_jpeg()
    sent = phone.send(report_of(task, photos=[named(sha256)]), id_).json()
    assert (sent["accepted"], sent["awaited"]) == (True, [sha256])
    first = part(phone, sha256, whole, 0, 10_000)
    assert (first.status_code, first.json()["arrived"], first.json()["accepted"]) == (202, 10_000, False)
    again = part(phone, sha256, whole, 0, 10_000)  # its answer was lost
    assert (again.status_code, again.json()["arrived"]) == (202, 10_000)
    assert phone.call("get", f"/photos/{sha256}").json()["arrived"] == 10_000
    ahead = part(phone, sha256, whole, 20_000, 30_000)
    assert (ahead.status_code, ahead.json()["arrived"]) == (409, 10_000)
    assert Inspection.objects.get().photos_awaited == 1
    last = part(phone, sha256, whole, 10_000, len(whole))
    assert (last.status_code, last.json()["accepted"]) == (200, True)
    assert original_path(sha256).read_bytes() == whole
    assert phone.call("get", f"/inspections/{id_}").json()["awaited"] == []
    assert Event.objects.filter(kind="inspection.completed").count() == 1


def test_t02_parts_that_make_another_photo_begin_anew(cast: Cast, task: Assignment, morning: None) -> None:
    phone = Phone(task.inspector.login)
    sha256, whole = long_jpeg()
    part(phone, sha256, b"x" + whole[1:], 0, 10_000)
    assert part(phone, sha256, whole, 10_000, len(whole)).status_code == 422
    assert not original_path(sha256).exists()
    assert phone.call("get", f"/photos/{sha256}").json()["arrived"] == 0
    assert phone.call("put", f"/photos/{sha256}", whole).json()["accepted"]


def test_t03_two_tabs_at_the_same_moment_are_one_report(
    cast: Cast, task: Assignment, morning: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    phone, id_ = Phone(task.inspector.login), uuid4()
    first = phone.send(report_of(task), id_)
    too_early = lambda id_: lambda: None  # noqa: E731 - looked before the first was written
    monkeypatch.setattr(reception_actions, "_ask_whether_it_came", too_early)
    second = phone.send(report_of(task), id_)
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json()["receipt"] == second.json()["receipt"]
    assert Inspection.objects.count() == Event.objects.filter(kind="inspection.submitted").count() == 1


def phone_of(phone: Phone) -> Phone:
    """The same phone on another line."""
    other = Phone.__new__(Phone)
    other.client, other.device, other.token = Client(), phone.device, phone.token
    return other


def test_t06_a_replay_the_next_day_or_by_another_changes_nothing(
    cast: Cast, task: Assignment, morning: None
) -> None:
    phone, id_ = Phone(task.inspector.login), uuid4()
    sent = report_of(task)
    first = phone.send(sent, id_).json()["receipt"]
    before = list(Event.objects.values_list("pk", flat=True))
    with clock.set_to(at(task.day, 10) + timedelta(days=1)):
        assert phone.send(sent, id_).json()["receipt"] == first
        others = {"inspector": "other_inspector", "other_inspector": "inspector"}
        stranger = Phone(others[task.inspector.login], "phone-0002")
        assert stranger.token
        assert stranger.send(sent, id_).status_code == 404
        stolen = phone_of(phone)
        stolen.device = "phone-0002"
        assert stolen.send(sent, id_).status_code == 401
    assert Inspection.objects.count() == 1
    since = Event.objects.exclude(pk__in=before)
    assert [one.kind for one in since] == ["device.signed_in"]


def test_t07_photos_may_come_first_and_orphans_are_listed(
    cast: Cast, task: Assignment, morning: None
) -> None:
    phone, id_, content = Phone(task.inspector.login), uuid4(), jpeg()
    sha256 = hashlib.sha256(content).hexdigest()
    orphan, whole = long_jpeg()
    phone.call("put", f"/photos/{orphan}", whole)
    phone.call("put", f"/photos/{sha256}", content)
    sent = phone.send(report_of(task, photos=[named(sha256), named(sha256, "bins:2")]), id_).json()
    assert (sent["photos"], sent["awaited"]) == (2, [])
    with clock.set_to(at(task.day, 10) + timedelta(days=2)):
        assert [one.sha256 for one in uploads.orphans(Account.objects.all())] == [orphan]
    assert original_path(orphan).exists()


def test_t08_what_is_not_ours_says_so(cast: Cast, task: Assignment, morning: None) -> None:
    phone = Phone(task.inspector.login)
    for path in ("/nowhere", "/inspections/not-an-id"):
        answer = phone.call("put", path, report_of(task))
        assert answer.status_code in (404, 422)
        assert answer.json()["accepted"] is False


def test_t16_a_phone_that_lost_its_queue_is_told(cast: Cast, task: Assignment, morning: None) -> None:
    phone = Phone(task.inspector.login)
    phone.call("post", "/queue", {"made": 3, "waiting": 3, "photos": 4})
    phone.send(report_of(task), uuid4())
    told = phone.call("post", "/queue", {"made": 3, "waiting": 2, "photos": 4}).json()
    assert (told["reports"], told["lost"]) == (1, [])
    told = phone.call(
        "post", "/queue", {"made": 0, "waiting": 0, "photos": 0}
    ).json()  # its storage was cleared
    assert [(one["device"], one["reports"]) for one in told["lost"]] == [(DEVICE, 2)]
    other = Phone(task.inspector.login, "phone-0002")
    assert [one["device"] for one in other.call("get", "/tasks").json()["lost"]] == [DEVICE]


def test_t31_after_a_restore_the_phones_send_again(cast: Cast, task: Assignment, morning: None) -> None:
    phone, id_ = Phone(task.inspector.login), uuid4()
    sent = report_of(task)
    first = phone.send(sent, id_)
    Inspection.objects.all().delete()  # as an older backup has it
    Assignment.objects.update(state=Assignment.State.DUE)
    assert phone.call("get", f"/inspections/{id_}").status_code == 404
    again = phone.send(sent, id_)
    assert (again.status_code, again.json()["receipt"]) == (201, first.json()["receipt"])
    assert phone.send(sent, id_).status_code == 200
    assert Inspection.objects.count() == 1


def test_t32_a_server_clock_that_jumps_back_breaks_nothing(cast: Cast, task: Assignment) -> None:
    with clock.set_to(at(task.day, 10)):
        phone, id_ = Phone(task.inspector.login), uuid4()
        told = phone.call("get", "/tasks").json()
    sent = report_of(
        task,
        clock={
            "nonce": told["nonce"], "at_nonce": at(task.day, 10).isoformat(),
            "now": (at(task.day, 10) + timedelta(minutes=5)).isoformat(), "elapsed": 300_000,
        },
    )  # fmt: skip
    with clock.set_to(at(task.day, 9) + timedelta(minutes=5)):
        assert phone.send(sent, id_).status_code == 201
        assert phone.send(sent, id_).status_code == 200
    with clock.set_to(at(task.day, 10)):
        assert phone.send(sent, id_).status_code == 200
    kept = Inspection.objects.get()
    assert kept.received is not None
    assert kept.started <= kept.received


@pytest.mark.parametrize(("days", "is_held"), [(1.2, True), (-1.2, True), (0.4, False), (-0.4, False)])
def test_t20_a_phone_clock_a_day_off_is_for_a_person(
    cast: Cast, task: Assignment, morning: None, days: float, is_held: bool
) -> None:
    phone = Phone(task.inspector.login)
    nonce = phone.call("get", "/tasks").json()["nonce"]
    wrong = at(task.day, 10) + timedelta(days=days)
    told = {"nonce": nonce, "at_nonce": wrong.isoformat(), "now": wrong.isoformat(), "elapsed": 0}
    sent = report_of(task, started=wrong.isoformat(), clock=told)
    answer = phone.send(sent, uuid4())
    assert answer.status_code == (202 if is_held else 201)
    assert HeldReport.objects.count() == is_held


@pytest.mark.parametrize("bad", ["\x00", "\ud800", "a\x00b", "\udfff x"], ids=["nul", "high", "inner", "low"])
@pytest.mark.parametrize("place", ["remark", "answers", "remarks", "reason", "slot", "app", "clause"])
def test_characters_that_no_database_keeps_lose_no_report(
    cast: Cast, task: Assignment, morning: None, place: str, bad: str
) -> None:
    phone, id_ = Phone(task.inspector.login), uuid4()
    changes: dict[str, Any] = {
        "remark": {"remark": bad}, "answers": {"answers": GOOD | {"bins": bad}},
        "remarks": {"remarks": {"bins": bad}}, "reason": {"reason": bad},
        "slot": {"photos": [{"slot": bad, "clause": "bins", "sha256": "0" * 64}]},
        "app": {"phone": {"app": bad}}, "clause": {"answers": GOOD | {bad: "1"}},
    }  # fmt: skip
    is_held = place in ("answers", "clause")
    receipts = set()
    for code in (201, 200):
        answer = phone.send(report_of(task, **changes[place]), id_)
        assert answer.status_code == (202 if is_held else code)
        receipts.add(answer.json()["receipt"])
    assert len(receipts) == 1
    assert (HeldReport.objects.count(), Inspection.objects.count()) == ((1, 0) if is_held else (0, 1))
    if place == "remark":
        assert "\ufffd" in Inspection.objects.get().remark


def test_a_plate_with_a_character_that_no_database_keeps(cast: Cast, task: Assignment, morning: None) -> None:
    assert Phone(task.inspector.login).call("get", "/sites/by-code/A%00").status_code == 422


@pytest.mark.parametrize(
    "body",
    [b"", b"null", b"[]", b"{", b"\xff\xfe", b'{"answers": NaN}', b"1" * 5000, b"[" * 100_000],
    ids=["empty", "null", "list", "cut", "no UTF-8", "NaN", "huge", "deep"],
)  # fmt: skip
def test_bodies_that_are_no_report(cast: Cast, task: Assignment, morning: None, body: bytes) -> None:
    phone = Phone(task.inspector.login)
    headers = {"Authorization": f"Bearer {phone.token}", "X-Device": phone.device}
    for kind in ("application/json", "text/plain", "multipart/form-data; boundary=x", "nonsense"):
        answer = phone.client.put(
            f"/api/inspections/{uuid4()}", data=body, content_type=kind, headers=headers
        )
        assert answer.status_code == 422
        assert answer.json()["accepted"] is False

"""What phones send and no network brings: held reports, a phone's file, phones that owe, photos nobody named.

Trust cases T05, T07, T10 to T13, T17 and T20, at the server.
"""

from __future__ import annotations

import base64
import datetime
import hashlib
import json
from typing import Any
from uuid import uuid4

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.cast import Cast
from tests.playing import FIRST, GOOD, LAST, POOR, at, drawn_round
from zerentian.core import clock
from zerentian.core.problems import ProblemsFound
from zerentian.field import queue_files, reception_actions, uploads
from zerentian.field.models import Device, HeldReport, Upload
from zerentian.field.queries import devices_of, overseen
from zerentian.field.tests.test_api import DEVICE, Phone, jpeg, report_of
from zerentian.ledger.models import Event
from zerentian.people import actions as people
from zerentian.results import actions as results
from zerentian.rounds import plan_actions
from zerentian.rounds.models import Assignment, Correction, Inspection, Photo
from zerentian.rounds.tests.pictures import packed, taken
from zerentian.standards.models import RuleVersion


@pytest.fixture
def task(cast: Cast) -> Assignment:
    made = drawn_round(cast).assignments.first()
    Assignment.objects.filter(pk=made.pk).update(inspector=cast.inspector)
    made.refresh_from_db()
    return made


@pytest.fixture
def morning(task: Assignment) -> Any:
    with clock.set_to(at(task.day, 10)):
        yield


@pytest.fixture
def phone(task: Assignment, morning: None) -> Phone:
    return Phone("inspector")


def named(content: bytes, slot: str = "p0") -> dict[str, object]:
    return {"slot": slot, "clause": "bins", "sha256": hashlib.sha256(content).hexdigest(), "grade": "A"}


def put(phone: Phone, content: bytes, **headers: str) -> Any:
    return phone.call("put", f"/photos/{hashlib.sha256(content).hexdigest()}", content, **headers)


def queue_of(
    cast: Cast, reports: list[tuple[object, dict[str, object]]], photos: list[bytes], **changes: object
) -> bytes:
    """As `phone/src/sync/export.ts` writes it."""
    head = {"format": "zerentian-queue", "version": 1, "account": str(cast.inspector.pk), "device": DEVICE}
    body = {
        "reports": [{"id": str(id_), "report": report} for id_, report in reports],
        "photos": [
            {"sha256": hashlib.sha256(one).hexdigest(), "data": base64.b64encode(one).decode()}
            for one in photos
        ],
    }
    return json.dumps(head | body | changes, ensure_ascii=False, separators=(",", ":")).encode()


def bring(cast: Cast, content: bytes, who: str = "supervisor") -> reception_actions.Imported:
    queue = queue_files.read_queue(content, overseen(cast.accounts[who]))
    return reception_actions.import_queue(cast.person(who), queue)


def faults(cast: Cast, content: bytes) -> str:
    with pytest.raises(ProblemsFound) as found:
        queue_files.read_queue(content, overseen(cast.supervisor))
    return "\n".join(found.value.lines())


# order, doubles, gone tasks


def test_two_phones_on_one_task_are_both_kept(cast: Cast, task: Assignment, phone: Phone) -> None:
    """T05: the first makes the score, the second stands beside it until somebody decides."""
    first, second = uuid4(), uuid4()
    other = Phone("inspector", device="phone-0002")
    assert phone.send(report_of(task), first).json()["standing"] == "counts"
    assert other.send(report_of(task, answers=POOR), second).json()["standing"] == "double"
    assert Inspection.objects.counted().get().pk == first
    assert Event.objects.filter(kind="inspection.submitted").count() == 2


def test_photos_before_their_report_and_after_it(cast: Cast, task: Assignment, phone: Phone) -> None:
    """T07: joined by their SHA-256 in any order."""
    early, late = packed(taken(1)), packed(taken(2))
    put(phone, early)
    sent = phone.send(report_of(task, photos=[named(early), named(late, "p1")]), uuid4())
    assert sent.json()["awaited"] == [hashlib.sha256(late).hexdigest()]
    put(phone, late)
    assert not Photo.objects.filter(received=None).exists()
    assert Inspection.objects.get().photos_awaited == 0
    assert Event.objects.filter(kind="inspection.completed").count() == 1


def test_a_photo_in_parts_goes_on_where_it_ended(cast: Cast, task: Assignment, phone: Phone) -> None:
    """T02: a part that came is told again, one that leaves a gap is not taken."""
    content = packed(taken(1))
    total, half = len(content), len(content) // 2
    first = put_part(phone, content, 0, half)
    assert (first.status_code, first.json()["arrived"]) == (202, half)
    assert put_part(phone, content, half + 1, total).status_code == 409
    again = put_part(phone, content, 0, half)
    assert (again.status_code, again.json()["arrived"]) == (202, half)
    status = phone.call("get", f"/photos/{hashlib.sha256(content).hexdigest()}")
    assert status.json()["arrived"] == half
    assert put_part(phone, content, half, total).status_code == 200


def put_part(phone: Phone, content: bytes, start: int, end: int) -> Any:
    path = f"/photos/{hashlib.sha256(content).hexdigest()}"
    header = f"bytes {start}-{end - 1}/{len(content)}"
    return phone.call("put", path, content[start:end], **{"Content-Range": header})


def test_one_account_can_not_fill_the_disk(cast: Cast, phone: Phone, monkeypatch: pytest.MonkeyPatch) -> None:
    """T50: so many photos and bytes a day."""
    monkeypatch.setattr(uploads, "MOST_A_DAY", 2)
    answers = [put(phone, packed(taken(number))).status_code for number in range(3)]
    assert answers == [200, 200, 429]
    monkeypatch.setattr(uploads, "MOST_A_DAY", 9)
    monkeypatch.setattr(uploads, "MOST_BYTES_A_DAY", 10)
    assert put(phone, packed(taken(4))).status_code == 429


def test_photos_without_a_report_are_listed_after_a_day(cast: Cast, task: Assignment, phone: Phone) -> None:
    """T07: listed for who oversees the inspector, never deleted."""
    put(phone, packed(taken(1)))
    assert not uploads.orphans(overseen(cast.supervisor)).exists()
    with clock.set_to(at(task.day, 10) + datetime.timedelta(days=2)):
        (orphan,) = uploads.orphans(overseen(cast.supervisor))
        assert not uploads.orphans(overseen(cast.outsider)).exists()
        client = cast.client("supervisor")
        assert orphan.sha256[:16] in client.get("/reception/orphans").content.decode()
        assert client.get(f"/reception/orphans/{orphan.pk}").headers["Content-Type"] == "image/jpeg"
        phone.send(report_of(task, photos=[named(packed(taken(1)))]), uuid4())
        assert not uploads.orphans(overseen(cast.supervisor)).exists()


def test_an_older_standard_is_accepted(cast: Cast, task: Assignment, phone: Phone) -> None:
    """T12: the phone had no network; what it was done by is kept."""
    older = RuleVersion.objects.get(kind="standard")
    newer = RuleVersion.objects.get(pk=older.pk)
    newer.pk, newer.number, newer.effective_from = uuid4(), 2, task.round.month
    newer.save(force_insert=True)
    assert phone.call("get", "/tasks").json()["tasks"][0]["standard"] == str(newer.pk)
    assert phone.send(report_of(task, standard=str(older.pk)), uuid4()).status_code == 201
    assert Inspection.objects.get().standard == older


def test_a_task_that_was_given_away_is_stored_as_late(cast: Cast, task: Assignment, phone: Phone) -> None:
    """T13."""
    with clock.set_to(at(FIRST, 6)):
        plan_actions.reassign(cast.person("operator"), task, cast.other_inspector, task.day, "病假")
    sent = phone.send(report_of(task), uuid4())
    assert (sent.status_code, sent.json()["standing"]) == (201, "late")
    task.refresh_from_db()
    assert task.state == Assignment.State.DUE


def test_a_month_that_was_closed_takes_the_report_as_late(cast: Cast, task: Assignment, phone: Phone) -> None:
    """T13."""
    other = task.round.assignments.exclude(pk=task.pk).select_related("inspector").get()
    with clock.set_to(at(other.day, 11)):
        Phone(other.inspector.login, device="phone-0002").send(report_of(other), uuid4())
    with clock.set_to(at(LAST, 17)):
        closing = results.prepare(cast.person("operator"), task.round, "一处未查")
        results.confirm(cast.person("deputy"), closing)
    assert phone.send(report_of(task), uuid4()).json()["standing"] == "late"


# clocks


@pytest.mark.parametrize(
    ("ahead", "status", "kind"),
    [
        (datetime.timedelta(), 201, ""),
        (datetime.timedelta(minutes=7), 201, "clock"),
        (datetime.timedelta(hours=-8), 201, "clock"),
        (datetime.timedelta(days=1, hours=1), 202, ""),
        (datetime.timedelta(days=-2), 202, ""),
        (at(FIRST) - at(datetime.date(1970, 1, 1)), 202, ""),
    ],
)
def test_a_wrong_clock_is_put_right_and_doubted_or_held(
    cast: Cast, task: Assignment, morning: None, ahead: datetime.timedelta, status: int, kind: str
) -> None:
    """T20: stored as told; up to a day put right and doubted, beyond that held for a person."""
    from zerentian.rounds.evidence_actions import examine_waiting

    with clock.set_to(at(task.day, 8)):
        phone = Phone("inspector")
        nonce = phone.answer.json()["nonce"]
    told = {"nonce": nonce, "at_nonce": at(task.day, 8) - ahead, "now": at(task.day, 10) - ahead}
    clock_in = {name: one.isoformat() if name != "nonce" else one for name, one in told.items()}
    clock_in["elapsed"] = 2 * 3600 * 1000
    started, ended = at(task.day, 9) - ahead, at(task.day, 9, 30) - ahead
    report = report_of(task, started=started.isoformat(), ended=ended.isoformat(), clock=clock_in)
    sent = phone.send(report, uuid4())
    assert sent.status_code == status
    if status == 202:
        assert sent.json()["why"] == "clock"
        return
    made = Inspection.objects.get()
    assert (made.started, made.context["clock"]["started"]) == (at(task.day, 9), started.isoformat())
    examine_waiting()
    assert {"clock"} & set(made.flags.values_list("kind", flat=True)) == ({kind} if kind else set())


# accounts that ended


def test_work_of_somebody_deactivated_is_held_and_taken(cast: Cast, task: Assignment, phone: Phone) -> None:
    """T11: accepted into quarantine; the supervisor decides."""
    people.set_active(cast.person("admin"), cast.inspector, False, "离职")
    content = packed(taken(1))
    assert put(phone, content).status_code == 200
    sent = phone.send(report_of(task, photos=[named(content)]), uuid4())
    assert (sent.status_code, sent.json()["why"]) == (202, "signed_out")
    (held,) = HeldReport.objects.visible_to(cast.supervisor)
    reception_actions.decide(cast.person("supervisor"), held, True, "离职前完成")
    made = Inspection.objects.get()
    assert (made.inspector, made.standing, made.photos_awaited) == (cast.inspector, "counts", 0)
    assert made.organisation == cast.organisations["inspectors"]


def test_work_of_somebody_whose_post_ended_is_found(cast: Cast, task: Assignment, phone: Phone) -> None:
    people.end_post(cast.person("admin"), cast.inspector.posts.get(), FIRST - datetime.timedelta(days=1))
    phone.send(report_of(task), uuid4())
    for who in ("operator", "supervisor"):
        assert HeldReport.objects.visible_to(cast.accounts[who]).get().town == task.round.town
    reception_actions.decide(cast.person("supervisor"), HeldReport.objects.get(), True, "属实")
    assert Inspection.objects.get().organisation == cast.organisations["inspectors"]


def test_another_person_can_not_send_it_as_his_own(cast: Cast, task: Assignment, phone: Phone) -> None:
    """T10: a queue belongs to its owner."""
    assert Phone("other_inspector").send(report_of(task), uuid4()).status_code == 404
    id_ = uuid4()
    phone.send(report_of(task), id_)
    assert Phone("other_inspector", device="phone-0002").send(report_of(task), id_).status_code == 404


# deciding


def test_the_other_report_of_an_id_becomes_a_correction(cast: Cast, task: Assignment, phone: Phone) -> None:
    id_ = uuid4()
    phone.send(report_of(task), id_)
    phone.send(report_of(task, answers=POOR), id_)
    held, client = HeldReport.objects.get(), cast.client("operator")
    page = client.get(f"/reception/held/{held.pk}").content.decode()
    assert "已接收的" in page
    assert page.count("unsure") == 3
    client.post(f"/reception/held/{held.pk}", {"decision": "take", "reason": "第二份才是改好的"})
    assert Correction.objects.get().values == {one: POOR[one] for one in POOR if POOR[one] != GOOD[one]}
    held.refresh_from_db()
    assert held.state == "taken"
    assert Inspection.objects.get().score == 100


def test_of_two_who_decide_the_second_is_told(cast: Cast, task: Assignment, phone: Phone) -> None:
    phone.send(report_of(task, answers={"bins": "yes"}), uuid4())
    held = HeldReport.objects.get()
    reception_actions.decide(cast.person("operator"), held, False, "没有做完")
    with pytest.raises(ProblemsFound, match=r"report\.decided"):
        reception_actions.decide(cast.person("supervisor"), held, True, "可以")
    HeldReport.objects.update(state="open")
    with pytest.raises(ProblemsFound, match=r"flag\.no_reason"):
        reception_actions.decide(cast.person("supervisor"), held, True, " ")
    for who in ("outsider", "deputy", "inspector", "village"):
        with pytest.raises(PermissionDenied):
            reception_actions.decide(cast.person(who), held, True, "x")
        assert not HeldReport.objects.visible_to(cast.accounts[who]).exists()
    assert "份手机报告待处理" in cast.client("operator").get("/").content.decode()


# a phone's file


def test_a_file_is_taken_in_once(cast: Cast, task: Assignment, morning: None) -> None:
    """T17: the same file again brings nothing new; the record tells who brought it."""
    id_, photo = uuid4(), packed(taken(1))
    file = queue_of(cast, [(id_, report_of(task, photos=[named(photo)]))], [photo])
    first, second = bring(cast, file), bring(cast, file)
    assert (first.new, first.photos, second.new, second.known, second.photos) == (1, 1, 0, 1, 0)
    made = Inspection.objects.get()
    assert (made.pk, made.inspector, made.photos_awaited, made.device) == (id_, cast.inspector, 0, DEVICE)
    assert {one.actor_name for one in Event.objects.filter(kind="inspection.submitted")} == {
        cast.supervisor.name
    }
    assert Event.objects.filter(kind="queue.imported").count() == 2


def test_what_the_network_brought_before_is_known(cast: Cast, task: Assignment, phone: Phone) -> None:
    id_, photo = uuid4(), packed(taken(1))
    report = report_of(task, photos=[named(photo)], position={"latitude": 31.10, "longitude": 121.5})
    phone.send(report, id_)
    done = bring(cast, queue_of(cast, [(id_, report)], [photo]))
    assert (done.new, done.known, done.photos, Inspection.objects.get().photos_awaited) == (0, 1, 1, 0)
    assert phone.send(report, id_).status_code == 200


def test_the_page_tells_that_nothing_is_new(cast: Cast, task: Assignment, morning: None) -> None:
    file, client = queue_of(cast, [(uuid4(), report_of(task))], []), cast.client("supervisor")
    pages = [
        client.post("/reception/import", {"queue": SimpleUploadedFile("待传检查.json", file)})
        for _ in range(2)
    ]
    assert ["1 份新的" in pages[0].content.decode(), "0 份新的" in pages[1].content.decode()] == [True, True]


def test_a_large_file_is_read_as_it_lies(cast: Cast, task: Assignment, morning: None, settings: Any) -> None:
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = 1000
    photos = [packed(taken(number)) for number in range(3)]
    report = report_of(task, photos=[named(one, f"p{number}") for number, one in enumerate(photos)])
    file = SimpleUploadedFile("x.json", queue_of(cast, [(uuid4(), report)], photos))
    page = cast.client("supervisor").post("/reception/import", {"queue": file}).content.decode()
    assert "3 张新的" in page


def test_a_file_written_anew_by_an_editor_is_read_whole(cast: Cast, task: Assignment, morning: None) -> None:
    photo = packed(taken(1))
    file = queue_of(cast, [(uuid4(), report_of(task, photos=[named(photo)]))], [photo])
    done = bring(cast, json.dumps(json.loads(file), indent=2).encode())
    assert (done.new, done.photos) == (1, 1)


def test_a_remark_that_looks_like_the_photos_changes_nothing(
    cast: Cast, task: Assignment, morning: None
) -> None:
    remark = '"photos":[{"sha256":"' + "0" * 64 + '","data":"AA=="}]}'
    done = bring(cast, queue_of(cast, [(uuid4(), report_of(task, remark=remark))], [packed(taken(1))]))
    assert (done.new, done.photos, Inspection.objects.get().remark) == (1, 1, remark)


def test_reports_without_a_place_are_held_not_lost(cast: Cast, task: Assignment, morning: None) -> None:
    gone, unfit = report_of(task) | {"task": str(uuid4())}, report_of(task, answers={"bins": "yes"})
    early = report_of(task, started="2023-10-01T09:00:00+08:00")
    file = queue_of(cast, [(uuid4(), gone), (uuid4(), unfit), (uuid4(), early)], [])
    assert (bring(cast, file).held, bring(cast, file).known) == (3, 3)
    assert HeldReport.objects.filter(why="not_fitting").count() == 3


def test_a_file_of_somebody_deactivated_is_held(cast: Cast, task: Assignment, morning: None) -> None:
    people.set_active(cast.person("admin"), cast.inspector, False, "离职")
    assert bring(cast, queue_of(cast, [(uuid4(), report_of(task))], [])).held == 1
    assert HeldReport.objects.get().why == "signed_out"


def test_another_report_of_a_known_id_is_kept_beside(cast: Cast, task: Assignment, phone: Phone) -> None:
    id_ = uuid4()
    phone.send(report_of(task), id_)
    file = queue_of(cast, [(id_, report_of(task, answers=POOR))], [])
    assert (bring(cast, file).held, bring(cast, file).known) == (1, 1)
    assert HeldReport.objects.get().why == "other_bytes"


def test_all_faults_at_once_and_nothing_saved(cast: Cast, task: Assignment, morning: None) -> None:
    id_, photo = uuid4(), packed(taken(1))
    good = json.loads(queue_of(cast, [(id_, report_of(task))], [photo, photo]))
    good["reports"] += [{"id": "x", "report": {}}, {"id": str(uuid4()), "report": report_of(task, score=1)}]
    good["reports"].append(good["reports"][0])
    good["photos"][1]["sha256"] = "0" * 64
    good["device"] = "?"
    told = faults(cast, json.dumps(good, separators=(",", ":")).encode())
    for words in (
        "设备编号“?”",
        "第 2 份检查的编号“x”",
        "第 3 份检查的 score",
        "第 4 份检查的编号",
        "第 2 张照片的内容与指纹",
    ):
        assert words in told
    page = cast.client("supervisor").post(
        "/reception/import", {"queue": SimpleUploadedFile("x.json", json.dumps(good).encode())}
    )
    assert page.status_code == 422
    assert "没有保存任何内容" in page.content.decode()
    assert not Inspection.objects.exists()
    assert not Upload.objects.exists()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "不是手机导出的待传文件"),
        (b"[1]", "不是手机导出的待传文件"),
        (b"PK\x03\x04", "不是手机导出的待传文件"),
        (b"[" * 100_000, "不是手机导出的待传文件"),
        (b'{"format":"zerentian-queue","version":2,"reports":[],"photos":[]}', "第 2 版格式"),
        (b'{"format":"zerentian-queue","version":1,"account":"","device":"phone-0001","reports":[],"photos":[]}', "账号不存在"),
        (b'{"format":"zerentian-queue","version":1,"reports":{},"photos":[]}', "没有检查部分"),
        (b'{"format":"zerentian-queue","version":1,"more":1,"reports":[],"photos":[]}', "不认识的内容"),
    ],
)  # fmt: skip
def test_what_is_no_queue(cast: Cast, content: bytes, words: str) -> None:
    assert words in faults(cast, content)


def test_a_file_that_was_cut(cast: Cast, task: Assignment, morning: None) -> None:
    whole = queue_of(cast, [(uuid4(), report_of(task))], [packed(taken(1)), packed(taken(2))])
    for share in (0.2, 0.7, 0.99):
        assert "不完整" in faults(cast, whole[: int(len(whole) * share)])
    assert "不完整" in faults(cast, whole[:-1])


def test_a_photo_that_is_none_does_not_keep_the_rest_out(cast: Cast, task: Assignment, morning: None) -> None:
    """The network refuses it, too; the visit then waits for it, and somebody decides."""
    broken = b"no picture"
    file = queue_of(cast, [(uuid4(), report_of(task, photos=[named(broken)]))], [broken])
    done = bring(cast, file)
    assert (done.new, done.photos, done.bad_photos, Inspection.objects.get().photos_awaited) == (1, 0, 1, 1)


def test_who_brings_a_file(cast: Cast, task: Assignment, morning: None) -> None:
    file = queue_of(cast, [(uuid4(), report_of(task))], [])
    for who in ("outsider", "village", "inspector", "deputy"):
        with pytest.raises(ProblemsFound, match=r"queue\.no_account"):
            bring(cast, file, who)
    queue = queue_files.read_queue(file, overseen(cast.operator))
    with pytest.raises(PermissionDenied):
        reception_actions.import_queue(cast.person("outsider"), queue)


def test_a_report_of_somebody_else_stops_the_file(cast: Cast, task: Assignment, phone: Phone) -> None:
    id_ = uuid4()
    phone.send(report_of(task), id_)
    file = queue_of(cast, [(id_, report_of(task))], [jpeg()], account=str(cast.other_inspector.pk))
    with pytest.raises(ProblemsFound, match=r"queue\.others_id"):
        bring(cast, file)
    assert not Upload.objects.exists()


# phones that owe


def test_phones_that_owe_reports(cast: Cast, task: Assignment, phone: Phone) -> None:
    """T16: made, not here, and no more on the phone."""
    phone.send(report_of(task), uuid4())
    phone.send(report_of(task, answers={"bins": "yes"}), uuid4())
    phone.call("post", "/queue", {"made": 5, "waiting": 1, "photos": 4})
    (one,) = devices_of(overseen(cast.supervisor), only_owing=True)
    assert (one.came, one.owed, one.waiting) == (2, 2, 1)
    page = cast.client("supervisor").get("/reception/devices").content.decode()
    assert DEVICE in page
    assert "部手机还有报告没交" in cast.client("operator").get("/").content.decode()
    assert DEVICE not in cast.client("outsider").get("/reception/devices").content.decode()
    Device.objects.update(made=3)
    assert not devices_of(overseen(cast.supervisor), only_owing=True).exists()

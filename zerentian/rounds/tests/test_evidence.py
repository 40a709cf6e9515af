"""Doubts about visits: raised once, whatever happens to the worker; decided by one person; what they hold up."""

from __future__ import annotations

import datetime
import hashlib
from decimal import Decimal
from uuid import uuid4

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from PIL import Image, ImageOps

from tests.cast import Cast
from tests.playing import GOOD, LAST, POOR, at, drawn_round, inspect
from zerentian.core import clock
from zerentian.core.problems import ProblemsFound
from zerentian.ledger.models import Event
from zerentian.rounds import correction_actions as corrections
from zerentian.rounds import evidence_actions as evidence
from zerentian.rounds import likeness
from zerentian.rounds import photos as files
from zerentian.rounds.models import Assignment, Flag, Inspection, Photo, Round
from zerentian.rounds.photos import file_photo
from zerentian.rounds.report_actions import NamedFix, NamedPhoto, Report, file_visit, join_photo
from zerentian.rounds.tests.pictures import Shot, packed, taken
from zerentian.rounds.timing import Timing
from zerentian.rounds.visit_actions import Position

HERE = Position(Decimal("31.1100001"), Decimal("121.0500001"), 8)


@pytest.fixture
def round_(cast: Cast) -> Round:
    made = drawn_round(cast)
    made.assignments.update(inspector=cast.inspector, day=LAST)
    return made


def report_visit(
    cast: Cast, task: Assignment, *photos: bytes, start: datetime.datetime | None = None, **changes: object
) -> Inspection:
    """A visit as a phone reports it, each photo for a clause of its own, its bytes there already."""
    begun = start or at(task.day)
    named = [
        NamedPhoto(f"p{number}", ("bins", "dirty", "purity")[number % 3], file_photo(content).sha256, "A")
        for number, content in enumerate(photos)
    ]
    given = {
        "timing": Timing(begun, begun + datetime.timedelta(minutes=9), begun + datetime.timedelta(minutes=10)),
        "answers": POOR, "task": task.pk, "photos": named, "digest": uuid4().hex,
        "fixes": [NamedFix("start", begun, HERE)], "position": HERE,
    }  # fmt: skip
    with clock.set_to(begun + datetime.timedelta(minutes=10)):
        return file_visit(cast.person(task.inspector.login), uuid4(), Report(**given | changes))


def tasks(round_: Round) -> tuple[Assignment, Assignment]:
    first, second = round_.assignments.select_related("site", "inspector").order_by("site__code")
    return first, second


def both(cast: Cast, round_: Round, first: bytes, second: bytes) -> tuple[Inspection, Inspection]:
    """Two sites visited an hour apart by one inspector, with a photo each, and looked at."""
    one, other = tasks(round_)
    visits = report_visit(cast, one, first), report_visit(cast, other, second, start=at(other.day, 11))
    assert evidence.examine_waiting() == 2
    return visits


def kinds(inspection: Inspection) -> set[str]:
    return set(inspection.flags.values_list("kind", flat=True))


def test_an_honest_visit_is_not_doubted(cast: Cast, round_: Round) -> None:
    visits = both(cast, round_, packed(taken(1)), packed(taken(2)))
    assert [kinds(one) for one in visits] == [set(), set()]
    assert all(len(bytes(one.likeness)) == 72 for one in Photo.objects.all())


def test_the_same_bytes_of_another_site_hold_the_visit(cast: Cast, round_: Round) -> None:
    first, second = both(cast, round_, packed(taken(1)), packed(taken(1)))
    flag = second.flags.get()
    assert (flag.kind, flag.holds, flag.earlier) == ("same_photo", True, first.photos.get())
    assert flag.detail == "与 2023-10-27 09:00 的照片逐字节相同"
    assert kinds(first) == set()
    second.refresh_from_db()
    assert (second.state, second.standing, str(second.score)) == ("submitted", "counts", "60.0000")


def test_a_changed_copy_of_another_site_is_doubted(cast: Cast, round_: Round) -> None:
    first, second = both(cast, round_, packed(taken(1)), packed(ImageOps.mirror(taken(1)), 50))
    flag = second.flags.get()
    assert (flag.kind, flag.holds, flag.earlier) == ("like_photo", True, first.photos.get())
    assert "64 位指纹只差" in flag.detail


@pytest.mark.parametrize(("second", "is_doubted"), [("copy", True), ("honest", False)])
def test_a_second_photo_of_the_same_site(cast: Cast, round_: Round, second: str, is_doubted: bool) -> None:
    """Like hashes are not enough at one site: the fine detail must coincide, too."""
    content = packed(taken(19), 50) if second == "copy" else packed(taken(19, Shot.by_hand(19)))
    task, _ = tasks(round_)
    report_visit(cast, task, packed(taken(19)))
    again = report_visit(cast, task, content, start=at(task.day, 11))
    evidence.examine_waiting()
    earlier, later = (bytes(one.likeness) for one in Photo.objects.order_by("inspection__started"))
    assert likeness.distances(later, likeness.library([earlier]))[0] <= 4
    assert ("like_photo" in kinds(again)) == is_doubted


def test_another_contractors_photos_are_not_compared_but_the_same_bytes_are(
    cast: Cast, round_: Round
) -> None:
    first, second = tasks(round_)
    made = report_visit(cast, first, packed(taken(1)), packed(taken(2)))
    Inspection.objects.filter(pk=made.pk).update(organisation=cast.organisations["office"])
    other = report_visit(cast, second, packed(taken(1), 60), packed(taken(2)), start=at(second.day, 11))
    evidence.examine_waiting()
    assert kinds(other) == {"same_photo"}


def test_looking_twice_changes_nothing(cast: Cast, round_: Round) -> None:
    _, second = both(cast, round_, packed(taken(1)), packed(taken(1)))
    before = list(Flag.objects.values())
    evidence.examine(second)
    assert evidence.examine_waiting() == 0
    Inspection.objects.update(examined=None)
    evidence.examine_waiting()
    assert [(one["id"], one["kind"]) for one in Flag.objects.filter(inspection=second).values()] == [
        (one["id"], one["kind"]) for one in before
    ]


def test_a_worker_killed_in_the_middle_leaves_nothing_double(
    cast: Cast, round_: Round, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = tasks(round_)
    report_visit(cast, first, packed(taken(1)))
    made = report_visit(cast, second, packed(taken(1)), start=at(second.day, 11))
    whole, done = evidence.record, []

    def killed(*given: object, **named: object) -> None:
        done.append(given)
        raise KeyboardInterrupt

    monkeypatch.setattr(evidence, "record", killed)
    with pytest.raises(KeyboardInterrupt):
        evidence.examine_waiting()
    assert done
    assert kinds(made) == set()
    monkeypatch.setattr(evidence, "record", whole)
    assert evidence.examine_waiting() == 1
    assert kinds(made) == {"same_photo"}
    assert Event.objects.filter(kind="inspection.flagged").count() == 1


def test_one_that_fails_does_not_keep_the_others_waiting(
    cast: Cast, round_: Round, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    first, second = tasks(round_)
    broken = report_visit(cast, first, packed(taken(1)))
    report_visit(cast, second, packed(taken(2)), start=at(second.day, 11))
    whole = evidence.points_of

    def fails(one: Inspection) -> object:
        if one.pk == broken.pk:
            raise ZeroDivisionError
        return whole(one)

    monkeypatch.setattr(evidence, "points_of", fails)
    assert evidence.examine_waiting() == 1
    assert str(broken.pk) in caplog.text
    assert Inspection.objects.unexamined().get() == broken


def test_a_visit_waits_for_its_photos(cast: Cast, round_: Round) -> None:
    task, _ = tasks(round_)
    content = packed(taken(4))
    filed = files.judge(content)
    awaited = [NamedPhoto("p0", "bins", filed.sha256, "C"), NamedPhoto("p1", "dirty", filed.sha256, "C")]
    made = report_visit(cast, task, photos=awaited)
    assert (made.photos_awaited, evidence.examine_waiting()) == (2, 0)
    join_photo(file_photo(content))
    assert evidence.examine_waiting() == 1
    assert kinds(made) == {"gallery"}


def test_what_can_not_be_opened_is_told(cast: Cast, round_: Round) -> None:
    task, _ = tasks(round_)
    whole = packed(taken(1))
    half = whole[: len(whole) // 2]
    cut = files.keep_photo(half, hashlib.sha256(half).hexdigest())
    dark = packed(Image.new("RGB", (400, 300), (5, 5, 5)))
    named = [
        NamedPhoto("p0", "bins", cut.sha256, "A"),
        NamedPhoto("p1", "dirty", file_photo(dark).sha256, "A"),
    ]
    made = report_visit(cast, task, photos=named)
    evidence.examine_waiting()
    assert [one.detail[:7] for one in made.flags.order_by("photo__slot")] == [
        "照片的内容不完",
        "照片几乎是一片",
    ]
    assert not any(one.holds for one in made.flags.all())


def test_forty_kilometres_in_five_minutes_over_two_visits(cast: Cast, round_: Round) -> None:
    first, second = tasks(round_)
    report_visit(cast, first)
    begun = at(second.day, 9, 5)
    far = [NamedFix("start", begun, Position(Decimal("31.4717900"), Decimal("121.05"), 8))]
    made = report_visit(cast, second, start=begun, fixes=far)
    evidence.examine_waiting()
    flag = made.flags.get(kind="too_fast")
    assert flag.detail.startswith("5 分钟移动 40.2 公里")
    assert not flag.holds


def test_upholding_sets_the_visit_aside_and_the_site_is_due_again(cast: Cast, round_: Round) -> None:
    _, second = both(cast, round_, packed(taken(1)), packed(taken(1)))
    evidence.decide_flag(cast.person("operator"), second.flags.get(), True, "盗用上一处照片", set_aside=True)
    second.refresh_from_db()
    assert (second.standing, second.assignment.state) == ("set_aside", "due")
    kept = Event.objects.get(kind="flag.upheld")
    assert (kept.reason, kept.actor_name) == ("盗用上一处照片", cast.operator.name)


def test_the_second_of_two_is_told(cast: Cast, round_: Round) -> None:
    _, second = both(cast, round_, packed(taken(1)), packed(taken(1)))
    flag = second.flags.get()
    evidence.decide_flag(cast.person("supervisor"), flag, False, "核实过")
    with pytest.raises(ProblemsFound, match=r"flag\.decided") as told:
        evidence.decide_flag(cast.person("operator"), flag, True, "不信")
    assert cast.supervisor.name in str(told.value.problems[0])
    assert Flag.objects.get().state == "cleared"


def test_who_decides(cast: Cast, round_: Round) -> None:
    _, second = both(cast, round_, packed(taken(1)), packed(taken(1)))
    flag = second.flags.get()
    for who in ("inspector", "village", "outsider", "auditor", "deputy"):
        with pytest.raises(PermissionDenied):
            evidence.decide_flag(cast.person(who), flag, False, "x")
        assert not Flag.objects.visible_to(cast.accounts[who]).exists()
    with pytest.raises(ProblemsFound, match=r"flag\.no_reason"):
        evidence.decide_flag(cast.person("operator"), flag, False, "  ")
    Inspection.objects.update(inspector=cast.operator)
    with pytest.raises(ProblemsFound, match=r"flag\.own"):
        evidence.decide_flag(cast.person("operator"), flag, False, "x")


def test_all_of_a_kind_at_once(cast: Cast, round_: Round) -> None:
    first, second = tasks(round_)
    shots = [packed(taken(number)) for number in range(3)]
    report_visit(cast, first, *shots)
    made = report_visit(cast, second, *shots, start=at(second.day, 11))
    evidence.examine_waiting()
    assert (
        evidence.decide_flag(cast.person("operator"), made.flags.first(), True, "全是旧照片", alike=True) == 3
    )
    assert not made.flags.filter(state="open").exists()


def test_doubts_and_evidence_follow_a_correction(cast: Cast, round_: Round) -> None:
    _, second = both(cast, round_, packed(taken(1)), packed(taken(1)))
    proposed = corrections.propose_correction(cast.person("inspector"), second, {"bins": "yes"}, "误点")
    made = corrections.decide_correction(cast.person("operator"), proposed, True)
    flag = made.flags.get()
    assert (flag.photo, made.fixes.count(), made.photos.get().grade) == (made.photos.get(), 1, "A")
    assert Flag.objects.holding().exists()
    assert evidence.examine_waiting() == 0


def test_a_photo_that_comes_after_a_correction_completes_the_version_in_force(
    cast: Cast, round_: Round
) -> None:
    task, _ = tasks(round_)
    content = packed(taken(4))
    named = [NamedPhoto("p0", "bins", files.judge(content).sha256, "A")]
    made = report_visit(cast, task, photos=named)
    proposed = corrections.propose_correction(cast.person("inspector"), made, {"bins": "yes"}, "误点")
    current = corrections.decide_correction(cast.person("operator"), proposed, True)
    assert current.photos_awaited == 1
    join_photo(file_photo(content))
    current.refresh_from_db()
    assert (current.photos_awaited, current.photos.get().received is None) == (0, False)


def test_the_pages(cast: Cast, round_: Round) -> None:
    _, second = both(cast, round_, packed(taken(1)), packed(taken(1)))
    flag, client = second.flags.get(), cast.client("supervisor")
    listed = client.get("/rounds/flags?state=open&kind=same_photo").content.decode()
    assert "照片与以前的完全相同" in listed
    assert client.get("/rounds/flags?export=xlsx").status_code == 200
    shown = client.get(f"/rounds/flags/{flag.pk}").content.decode()
    assert "以前的一张" in shown
    assert client.get(f"/rounds/flags/{flag.pk}/earlier").headers["Content-Type"] == "image/jpeg"
    assert "处理前不能关账" in client.get(f"/rounds/inspections/{second.pk}").content.decode()
    assert "个疑点待处理" in client.get("/").content.decode()
    refused = client.post(f"/rounds/flags/{flag.pk}", {"decision": "clear", "reason": ""})
    assert (refused.status_code, Flag.objects.get().state) == (200, "open")
    client.post(f"/rounds/flags/{flag.pk}", {"decision": "uphold", "reason": "盗用", "set_aside": "on"})
    second.refresh_from_db()
    assert (Flag.objects.get().state, second.standing) == ("upheld", "set_aside")


def test_a_double_visit_is_decided_on_its_page(cast: Cast, round_: Round) -> None:
    task, _ = tasks(round_)
    first = report_visit(cast, task)
    second = report_visit(cast, task, start=at(task.day, 11), answers=GOOD)
    assert second.standing == Inspection.Standing.DOUBLE
    client = cast.client("operator")
    assert "次重复检查没有计分" in client.get("/").content.decode()
    page = client.get(f"/rounds/inspections/{second.pk}/standing").content.decode()
    assert page.count("unsure") >= 3
    client.post(
        f"/rounds/inspections/{second.pk}/standing", {"decision": "count", "reason": "第一次走错了门"}
    )
    states = [Inspection.objects.get(pk=one.pk).standing for one in (first, second)]
    assert states == ["double", "counts"]
    again = client.post(f"/rounds/inspections/{second.pk}/standing", {"decision": "count", "reason": "x"})
    assert again.status_code == 422


def test_the_queue_of_what_waits_is_read_by_its_index(cast: Cast, round_: Round) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexdef FROM pg_indexes WHERE indexname = 'to_be_examined'")
        assert "WHERE" in cursor.fetchone()[0]


def test_desk_visits_are_looked_at_too(cast: Cast, round_: Round) -> None:
    made = inspect(cast, tasks(round_)[0])
    evidence.examine_waiting()
    assert kinds(made) == {"no_position", "short_stay"}

"""Networks that lose answers, cut connections, answer in the server's stead: nothing lost, nothing doubled."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

from playwright.sync_api import Route

from tests.browser import at_rest
from tests.phone import Phone
from tests.phones import network as net
from tests.phones.network import PHOTOS, REPORTS, heard, network
from tests.phones.visits import NEXT, OWN, fill_in, inspect, noise, pick, send_all, waiting
from zerentian.rounds.models import Inspection


def test_a_lost_answer_makes_no_second_report(phone: Phone) -> None:
    """T01: the phone keeps what it has no answer for, and sends it again under the same id."""
    with network(phone, REPORTS, net.lost_answer), network(phone, PHOTOS, net.lost_answer):
        inspect(phone, poor=True, photos=2)
        phone.go("/queue")
        assert phone.sees("连不上服务器", within=20)
        assert waiting(phone, 1, 2)
        with at_rest():
            first = Inspection.objects.get()
    send_all(phone)
    phone.sync()
    with at_rest():
        made = Inspection.objects.get()
        assert (made.pk, made.report, made.photos.count()) == (first.pk, first.report, 2)
        assert made.photos_awaited == 0
    assert phone.stored("visits")[0]["id"] == str(made.pk)


def test_photos_cut_in_the_middle_go_on_where_they_were(phone: Phone, tmp_path: Path) -> None:
    """T02: the record stands at the server without one photo, is shown so, and becomes whole."""
    phone.set_offline()
    phone.open_site(OWN)
    fill_in(phone, poor=True)
    large = noise(tmp_path / "large.jpg", kilobytes=420)
    pick(phone, "bins", noise(tmp_path / "small.jpg"), large)
    phone.submit()
    digest = next(one["sha256"] for one in phone.stored("uploads") if one["size"] == large.stat().st_size)
    ranges: list[str] = []

    def cut_within(route: Route) -> None:
        ranges.append(route.request.headers.get("content-range", "whole"))
        if len(ranges) in (1, 3):
            route.abort("connectionreset")
        else:
            route.continue_()

    with network(phone, f"**/api/photos/{digest}", cut_within):
        phone.set_offline(False)
        assert waiting(phone, 0, 1)
        with at_rest():
            assert Inspection.objects.get().photos_awaited == 1
        send_all(phone)
        assert phone.sees("照片还有 1 张")
        assert phone.sees("照片待传")
        (upload,) = [one for one in phone.stored("uploads") if one["waiting"]]
        assert upload["arrived"] == 131_072
        send_all(phone)
        phone.sync()
    size = large.stat().st_size
    assert ranges[:4] == [
        "whole", f"bytes 0-131071/{size}", f"bytes 131072-262143/{size}", f"bytes 131072-262143/{size}",
    ]  # fmt: skip
    with at_rest():
        made = Inspection.objects.get()
        assert (made.photos_awaited, made.photos.count()) == (0, 2)


def test_somebody_elses_page_is_no_receipt(phone: Phone) -> None:
    """T08: a wireless network answers 200 with its sign-in page."""
    with network(phone, net.ALL, net.portal):
        inspect(phone, poor=True, photos=1)
        phone.go("/queue")
        send_all(phone)
        assert waiting(phone, 1, 1)
        assert phone.stored("visits")[0]["receipt"] is None
        with at_rest():
            assert not Inspection.objects.exists()
    send_all(phone)
    phone.sync()
    assert phone.stored("visits")[0]["receipt"]


def test_a_portal_behind_a_working_heartbeat_is_no_receipt_either(phone: Phone) -> None:
    with network(phone, REPORTS, net.portal), network(phone, PHOTOS, net.portal):
        inspect(phone)
        phone.go("/queue")
        assert phone.sees("不是本系统的回应（200）", within=20)
        assert waiting(phone, 1, 0)


def test_a_broken_server_is_asked_again_later_and_gets_each_once(phone: Phone) -> None:
    """T09: 500 waits for its turn. Each has a time of its own; that the queue's order holds is vitest's to show."""
    with ExitStack() as left:
        with network(phone, REPORTS, net.broken):
            inspect(phone, OWN)
            inspect(phone, NEXT)
            phone.go("/queue")
            assert phone.sees("服务器出错（500）", within=20)
            assert phone.sees("秒后再试")
            assert waiting(phone, 2, 0)
            sent = left.enter_context(heard(phone, "inspections/"))
        sent.clear()
        send_all(phone)
        phone.sync()
    numbers = {one["id"]: one["number"] for one in phone.stored("visits")}
    assert sorted(numbers[one.url.rsplit("/", 1)[1]] for one in sent) == [1, 2]


def test_a_busy_server_is_left_alone_as_long_as_it_asks(phone: Phone) -> None:
    """T09: 503 with Retry-After; a person may still ask at once."""
    with network(phone, REPORTS, net.busy):
        inspect(phone)
        phone.go("/queue")
        assert phone.sees("服务器正忙，稍后再试", within=20)
    (visit,) = phone.stored("visits")
    assert visit["nextTry"] - visit["updated"] > 3_500_000
    with heard(phone, "inspections/") as sent:
        phone.settle()
        assert sent == []
        send_all(phone)
        phone.sync()
        assert len(sent) == 1


def test_a_photo_that_is_too_large_is_named_and_the_others_go(phone: Phone) -> None:
    """T09: 413 belongs to its photo; the report and the other photo are safe."""
    phone.set_offline()
    inspect(phone, poor=True, photos=2)
    digest = phone.stored("visits")[0]["photos"][0]["sha256"]
    told = f'{{"accepted": false, "message": "照片 {digest[:8]} 超过上限 20 MB"}}'

    def too_large(route: Route) -> None:
        route.fulfill(status=413, content_type="application/json", body=told)

    with network(phone, f"**/api/photos/{digest}", too_large):
        phone.set_offline(False)
        assert waiting(phone, 0, 1)
        phone.go("/queue")
        assert phone.sees(f"照片 {digest[:8]} 超过上限")


def test_the_banner_counts_what_is_submitted_while_an_upload_hangs(phone: Phone) -> None:
    """Its words are the truth at every moment, not only after an upload."""
    hanging: list[Route] = []
    with network(phone, PHOTOS, lambda route: hanging.append(route)):
        inspect(phone, OWN, poor=True, photos=1)
        assert waiting(phone, 0, 1)
        inspect(phone, NEXT)
        assert waiting(phone, 1, 1)
        for one in hanging:
            one.continue_()
    phone.sync()

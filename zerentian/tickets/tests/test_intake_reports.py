"""Problems registered by hand: who may, from which source, where; and the pages of senders."""

from __future__ import annotations

import datetime
import io
from collections.abc import Iterator

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from tests.cast import TOWN, Cast
from tests.playing import at, publish_rules
from zerentian.core import clock
from zerentian.core.problems import ProblemsFound
from zerentian.ledger.models import Event
from zerentian.people.models import Account, Post
from zerentian.tickets import intake_actions
from zerentian.tickets.intake_actions import Report, register, sources_for
from zerentian.tickets.intake_models import DeviceEvent, Sender
from zerentian.tickets.models import Proof, Ticket
from zerentian.tickets.rules import State

MONDAY = at(datetime.date(2023, 10, 23))


@pytest.fixture(autouse=True)
def monday() -> Iterator[None]:
    with clock.set_to(MONDAY):
        yield


def report(source: str, words: str = "垃圾落地", **more: object) -> Report:
    return Report(source, words, MONDAY, **more)  # type: ignore[arg-type]


def test_who_reports_under_which_source(cast: Cast) -> None:
    here, next_door = cast.sites["own"].region_id, cast.sites["next"].region_id
    may = {name: sources_for(cast.accounts[name], here) for name in cast.accounts}
    everything = ["city", "district", "town", "leader", "self", "public", "device"]
    assert {name: sources for name, sources in may.items() if sources} == {
        "operator": everything, "second_operator": everything, "dispatcher": everything,
        "deputy": ["leader"], "leader": ["leader"], "village": ["self"],
    }  # fmt: skip
    assert sources_for(cast.village, next_door) == []
    field = Account.objects.create(login="field", name="包干领导")
    Post.objects.create(
        account=field, role="field_leader", organisation=cast.organisations["office"], region=here
    )
    assert (sources_for(field, here), sources_for(field, next_door)) == (["leader"], [])


def test_a_report_becomes_a_ticket_or_joins_one(cast: Cast) -> None:
    first = register(cast.person("leader"), cast.sites["own"], report("leader"))
    assert (first.source, first.problem_class, first.state) == ("leader", "exposed", State.DISPATCHED)
    again = register(cast.person("village"), cast.sites["own"], report("self", "又有小包垃圾"))
    assert (again.pk, Ticket.objects.count()) == (first.pk, 1)
    assert set(again.findings.values_list("source", flat=True)) == {"leader", "self"}


def test_a_public_report_is_verified_on_the_spot_first(cast: Cast) -> None:
    made = register(cast.person("dispatcher"), cast.sites["own"], report("public"))
    assert made.state == State.REPORTED


def test_what_may_not_be_reported(cast: Cast) -> None:
    site = cast.sites["own"]
    for who in ("neighbour", "property", "auditor", "inspector", "outsider", "enforcement"):
        with pytest.raises(PermissionDenied):
            register(cast.person(who), site, report("self"))
    ahead = MONDAY + datetime.timedelta(minutes=1)
    for who, given, code in (
        ("village", report("city"), "intake.source"),
        ("leader", report("public"), "intake.source"),
        ("dispatcher", report("city", " "), "intake.words"),
        ("dispatcher", Report("city", "落地", ahead), "intake.future"),
    ):
        with pytest.raises(ProblemsFound) as found:
            register(cast.person(who), site, given)
        assert found.value.problems[0].code == code
    with pytest.raises(ProblemsFound):
        register(cast.person("village"), site, report("self"), [b"x"] * 10)
    with pytest.raises(ProblemsFound):
        register(cast.person("village"), site, report("self"), [b"no picture"])
    assert not Ticket.objects.exists()


def test_the_form_offers_clauses_and_takes_photos(cast: Cast) -> None:
    publish_rules(cast)
    client, site = cast.client("village"), cast.sites["own"]
    assert "东村一期" in client.get("/intake/?q=dcyq").content.decode()
    assert "西村花园" not in client.get("/intake/").content.decode()
    part = client.get("/intake/?q=C-own", headers={"HX-Request": "true"}).content.decode()
    assert "东村一期" in part
    assert "<html" not in part
    address = f"/intake/sites/{site.pk}"
    form = client.get(address).context["form"]
    assert [key for key, _ in form.fields["clause"].choices] == ["", "bins", "dirty", "purity", "mixed"]
    assert client.get(f"/intake/sites/{cast.sites['next'].pk}").status_code == 404
    packed = io.BytesIO()
    Image.new("RGB", (64, 48), "red").save(packed, "JPEG")
    sent = {
        "source": "self", "clause": "bins", "words": "", "found_at": "2023-10-23T08:30",
        "photos": [SimpleUploadedFile("a.jpg", packed.getvalue()), SimpleUploadedFile("b.jpg", packed.getvalue())],
    }  # fmt: skip
    assert "请写明" in client.post(address, sent | {"clause": "", "photos": []}).content.decode()
    assert client.post(address, sent).status_code == 302
    ticket = Ticket.objects.get()
    assert (ticket.problem_class, ticket.found_at) == ("facility", at(datetime.date(2023, 10, 23), 8, 30))
    assert Proof.objects.get().kind == "before"
    assert "已登记：整改单 2023-00001" in client.get("/intake/").content.decode()


def test_senders_are_made_changed_and_switched_off(cast: Cast) -> None:
    client = cast.client("dispatcher")
    assert client.post("/intake/senders/new", {"name": "智能监控", "source": "device"}).status_code == 302
    sender = Sender.objects.get()
    assert client.post("/intake/senders/new", {"name": "智能监控", "source": "city"}).status_code == 422
    address = f"/intake/senders/{sender.pk}"
    shown = client.post(f"{address}/secret").content.decode()
    sender.refresh_from_db()
    assert sender.secret in shown
    assert sender.secret not in client.get(address).content.decode()
    first = sender.secret
    client.post(f"{address}/secret")
    sender.refresh_from_db()
    assert sender.secret != first
    sent = {
        "name": "智能监控", "path_event": "data.id", "path_site": "data.device", "path_kind": "type",
        "path_time": "at", "path_words": "", "classes": "overflow=exposed\nmix = mixed",
    }  # fmt: skip
    refused = client.post(f"{address}/edit", sent | {"classes": "overflow=nothing"}).content.decode()
    assert "“overflow=nothing”不合规定" in refused
    assert client.post(f"{address}/edit", sent).status_code == 302
    sender.refresh_from_db()
    assert sender.classes == {"overflow": "exposed", "mix": "mixed"}
    assert sender.paths["site"] == "data.device"
    client.post(f"{address}/switch")
    assert not Sender.objects.get().is_active
    kinds = Event.objects.filter(subject=str(sender.pk)).order_by("id").values_list("kind", flat=True)
    assert list(kinds) == [
        "sender.created", "sender.secret_renewed", "sender.secret_renewed", "sender.changed", "sender.switched_off",
    ]  # fmt: skip
    assert not any(first in str(one.data) for one in Event.objects.all())


@pytest.fixture
def kept(cast: Cast) -> DeviceEvent:
    sender = intake_actions.create_sender(cast.person("dispatcher"), TOWN, "智能监控", "device")
    body = {
        "id": "e1",
        "site": "东村一号机",
        "type": "overflow",
        "message": "桶满溢",
        "time": "2023-10-23T08:00:00",
    }
    made, is_new = intake_actions.receive_event(sender, body)
    assert (made.state, is_new) == ("unmatched", True)
    return made


def test_an_unmatched_event_is_assigned_and_its_name_remembered(cast: Cast, kept: DeviceEvent) -> None:
    client = cast.client("operator")
    assert "东村一号机" in client.get("/intake/events?state=unmatched").content.decode()
    address = f"/intake/events/{kept.pk}"
    assert "请选一个点位" in client.post(address, {"assign": "1"}).content.decode()
    assert client.post(address, {"assign": "1", "code": "C-far"}).status_code == 422
    assert client.post(address, {"assign": "1", "code": "c-own", "remember": "on"}).status_code == 302
    ticket = Ticket.objects.get()
    assert (ticket.state, ticket.source, ticket.problem_class) == (State.REPORTED, "device", "exposed")
    assert ticket.found_at == at(datetime.date(2023, 10, 23), 8)
    assert client.post(address, {"assign": "1", "code": "C-own"}).status_code == 422
    other, _ = intake_actions.receive_event(
        Sender.objects.get(), {"id": "e2", "site": "东村一号机", "message": "满溢"}
    )
    assert (other.state, other.ticket) == ("taken", ticket)


def test_an_unmatched_event_is_dismissed_with_a_reason(cast: Cast, kept: DeviceEvent) -> None:
    client, address = cast.client("dispatcher"), f"/intake/events/{kept.pk}"
    client.post(address, {"dismiss": "1", "reason": ""})
    assert DeviceEvent.objects.get().state == "unmatched"
    assert client.post(address, {"dismiss": "1", "reason": "测试事件"}).status_code == 302
    assert (DeviceEvent.objects.get().state, DeviceEvent.objects.get().answer) == ("dismissed", "测试事件")
    assert cast.client("outsider").get(address).status_code == 404
    assert "测试事件" in client.get(address).content.decode()


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("2023-10-23T08:00:00+08:00", at(datetime.date(2023, 10, 23), 8)),
        ("1698019200", at(datetime.date(2023, 10, 23), 8)),
        (1698019200000, at(datetime.date(2023, 10, 23), 8)),
        ("2023/10/23 8:00", at(datetime.date(2023, 10, 23), 8)),
        ("2033-10-23T08:00:00", MONDAY),
        ("0001-01-01", MONDAY),
        ("9" * 13, MONDAY),
        (None, MONDAY),
        ({"a": 1}, MONDAY),
    ],
)
def test_when_an_event_was(cast: Cast, given: object, expected: datetime.datetime) -> None:
    sender = intake_actions.create_sender(cast.person("dispatcher"), TOWN, "智能监控", "device")
    made, _ = intake_actions.receive_event(sender, {"id": "e", "time": given, "weight": float("nan")})
    assert made.found_at == expected

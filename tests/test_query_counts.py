"""Every list and detail page asks the database at most twelve times, whatever the size."""

from __future__ import annotations

from uuid import uuid4

import pytest

from tests.cast import PARTS, TOWN, Cast
from tests.playing import GOOD, LAST, POOR, at, drawn_round, inspect
from zerentian.core import clock
from zerentian.field.models import Device
from zerentian.messages import actions as messages
from zerentian.messages.models import Address, Delivery, TownChannel
from zerentian.places.models import Region, Site
from zerentian.results import actions as results
from zerentian.results.models import Closing
from zerentian.rounds.models import Flag, Round
from zerentian.standards.queries import self_check_standard_of
from zerentian.tickets.following import follow_waiting
from zerentian.tickets.guidance_actions import Answered, Facts, import_attendance, record_guidance
from zerentian.tickets.guidance_models import Guidance
from zerentian.tickets.intake_actions import create_sender, receive_event
from zerentian.tickets.models import Ticket
from zerentian.tickets.self_check_actions import submit_self_check

MOST = 12
PAGES = [
    "/places/sites", "/places/sites/{site}", "/places/regions", "/places/map/sites.json", "/rounds/", "/rounds/{round}",
    "/rounds/{round}/plan", "/rounds/assignments/{assignment}", "/rounds/inspections", "/rounds/inspections/{inspection}", "/rounds/corrections", "/results/", "/results/rounds/{round}",
    "/results/{closing}", "/results/{closing}/sites", "/results/subjects/{subject}", "/results/sites/{result}",
    "/standards/", "/standards/{standard}", "/documents/", "/rounds/flags", "/rounds/flags/{flag}",
    "/rounds/inspections/{inspection}/standing", "/reception/", "/reception/devices", "/reception/orphans",
    "/tickets/", "/tickets/list", "/tickets/{ticket}", "/tickets/checks",
    "/messages/", "/messages/addresses", "/messages/channels", "/messages/deliveries", "/messages/deliveries/{delivery}",
    "/intake/", "/intake/sites/{site}", "/intake/lists", "/intake/senders", "/intake/senders/{sender}",
    "/intake/senders/{sender}/edit", "/intake/events", "/intake/events/{event}",
    "/guidance/", "/guidance/effects?month=2023-10", "/guidance/new", "/guidance/new?site={site}", "/guidance/sites",
    "/guidance/sites/{site}", "/guidance/{guidance}", "/guidance/{guidance}/sheet",
    "/self-checks/", "/self-checks/sites/{site}", "/self-checks/board", "/self-checks/sites", "/self-checks/list",
    "/self-checks/problems", "/self-checks/comparison", "/self-checks/{check}",
]  # fmt: skip


@pytest.fixture
def things(cast: Cast) -> dict[str, object]:
    """A month of two dozen sites, closed and published."""
    for number in range(3, 8):
        Region.objects.create(code=f"31011810220{number}", name=f"村{number}", parent=TOWN)
    Site.objects.bulk_create(
        Site(
            town=TOWN,
            code=f"B{number}",
            kind="compound",
            name=f"小区{number}",
            region_id=f"31011810220{1 + number % 7}",
        )
        for number in range(24)
    )
    round_ = drawn_round(cast, lists=[{"name": "黑榜", "bottom": 3}])
    for number, task in enumerate(round_.assignments.all()):
        inspect(cast, task, POOR if number % 3 else GOOD)
    Flag.objects.bulk_create(
        Flag(inspection=one, kind="short_stay", detail="x") for one in round_.inspections.all()
    )
    Device.objects.create(account=cast.inspector, device="phone-0001", made=3)
    with clock.set_to(at(LAST, 16)):
        follow_waiting()
        ticket = Ticket.objects.filter(problem_class="facility").first()
        assert ticket
    with clock.set_to(at(LAST, 17)):
        tell_all(cast)
        closing: Closing = results.prepare(cast.person("operator"), round_)
        results.confirm(cast.person("deputy"), closing)
        results.publish(cast.person("operator"), closing)
    given = guide_all(cast, round_)
    sender = create_sender(cast.person("operator"), TOWN, "智能监控", "device")
    for number in range(24):
        told, _ = receive_event(sender, {"id": str(number), "site": f"小区 {number} 号"})
    sheet = self_check_standard_of(TOWN, clock.this_month()).standard
    wrong = {one.id: "no" if one.rule == "all_or_nothing" else "2" for one in sheet.clauses}
    for site in Site.objects.filter(town=TOWN, region="310118102201"):
        checked = submit_self_check(cast.person("village"), uuid4(), site, wrong)
    return {
        "sender": sender.pk, "event": told.pk, "ticket": ticket.pk,
        "guidance": given.pk, "check": checked.pk,
        "site": cast.sites["own"].pk, "round": round_.pk, "closing": closing.pk,
        "assignment": round_.assignments.first().pk,
        "inspection": round_.inspections.first().pk, "subject": closing.subject_results.first().pk,
        "delivery": Delivery.objects.first().pk,
        "flag": round_.inspections.first().flags.get().pk,
        "result": closing.site_results.first().pk, "standard": round_.inspections.first().standard_id,
    }  # fmt: skip


def guide_all(cast: Cast, round_: Round) -> Guidance:
    """A training for all sites of the town but a few, with guests."""
    by, sites = cast.person("operator"), Site.objects.filter(town=TOWN).order_by("code")[4:]
    with clock.set_to(at(LAST, 18)):
        facts = Facts("training", "培训", at(LAST, 8), "镇政府", "讲评")
        given = record_guidance(by, facts, [Answered(one, ("bins", "dirty")) for one in sites])
        import_attendance(by, given, "\n".join(f"第{number}人 物业" for number in range(24)))
    return given


def tell_all(cast: Cast) -> None:
    """Two dozen messages for everybody, on their way to those who gave an address."""
    TownChannel.objects.create(town=TOWN, channel="email", is_on=True)
    for part in ("operator", "village", "auditor", "admin"):
        Address.objects.create(account=cast.accounts[part], channel="email", address=f"{part}@example.com")
    for number in range(24):
        messages.tell(cast.accounts.values(), f"k{number}", "todo", f"待办{number}", "", "/")


@pytest.mark.parametrize("who", ["operator", "village", "auditor", "admin"])
def test_pages_take_few_queries(
    cast: Cast, things: dict[str, object], django_assert_max_num_queries, who: str
) -> None:
    client = cast.client(who)
    client.get("/")
    for page in PAGES:
        path = page.format(**things)
        with django_assert_max_num_queries(MOST):
            answer = client.get(path)
        assert answer.status_code in (200, 302, 403, 404), path


@pytest.mark.parametrize("who", sorted(PARTS))
def test_home_asks_the_same_however_many_rounds_are_open(
    cast: Cast, things: dict[str, object], django_assert_max_num_queries, who: str
) -> None:
    Round.objects.bulk_create(
        Round(
            town=TOWN, month=f"2022-{month:02d}", state="open", begins=f"2022-{month:02d}-01", ends=f"2022-{month:02d}-20",
            commitment="0" * 64,
        )
        for month in range(1, 13)
    )  # fmt: skip
    client = cast.client(who)
    client.get("/")
    with django_assert_max_num_queries(MOST):
        assert client.get("/").status_code == 200

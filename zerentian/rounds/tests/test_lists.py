"""Figures lead to the list they count; lists of visits are narrowed, searched and paged by an index."""

from __future__ import annotations

import datetime
import html
import re

from tests.cast import NEIGHBOUR, TOWN, VILLAGE, Cast
from tests.playing import LAST, POOR, at, drawn_round, inspect
from zerentian.core import clock
from zerentian.places.models import Site
from zerentian.rounds import correction_actions as corrections
from zerentian.rounds import visit_actions as visits
from zerentian.rounds.models import Inspection

LINK = re.compile(r'<td class="number"><a href="([^"]+)">(\d+)</a></td>')


def test_every_figure_of_the_board_leads_to_the_list_it_counts(cast: Cast) -> None:
    for number in range(3):
        Site.objects.create(
            town=TOWN, code=f"S{number}", kind="compound", name=f"新区{number}", region_id=VILLAGE
        )
    round_ = drawn_round(cast)
    first, second, *_ = round_.assignments.order_by("day")
    inspect(cast, first)
    with clock.set_to(at(second.day)):
        visits.report_unreachable(cast.person(second.inspector.login), second, "封闭")
    client = cast.client("operator")
    with clock.set_to(at(LAST + datetime.timedelta(days=1))):
        page = client.get(f"/rounds/{round_.pk}").content.decode()
        links = LINK.findall(page)
        assert {kind for kind in ("site__region", "site__kind", "inspector") if f"{kind}=" in page} == {
            "site__region", "site__kind", "inspector",
        }  # fmt: skip
        assert any("state=done" in url for url, _ in links)
        assert any("day__lt=" in url for url, _ in links)
        assert any("state=unreachable" in url for url, _ in links)
        for url, figure in links:
            listed = client.get(html.unescape(url)).context["listing"].page.paginator.count
            assert listed == int(figure), url


def test_what_is_not_told_yet_is_no_link(cast: Cast) -> None:
    round_ = drawn_round(cast)
    with clock.set_to(at(LAST - datetime.timedelta(days=20))):
        page = cast.client("operator").get(f"/rounds/{round_.pk}").content.decode()
    assert LINK.findall(page) == []


def test_inspections_are_narrowed_to_a_committee(cast: Cast) -> None:
    for task in drawn_round(cast).assignments.all():
        inspect(cast, task)
    listed = (
        cast.client("operator").get("/rounds/inspections", {"site__region": NEIGHBOUR}).context["listing"]
    )
    assert [one.site.name for one in listed.page.object_list] == ["西村花园"]
    assert listed.page.paginator.count == 1
    own = cast.client("village").get("/rounds/inspections").context["listing"]
    assert [value for value, _ in own.choices[0].options] == [VILLAGE]


def test_a_page_of_a_long_list_keeps_its_order(cast: Cast) -> None:
    done = inspect(cast, drawn_round(cast).assignments.first())
    fields = {field.attname: getattr(done, field.attname) for field in Inspection._meta.concrete_fields}
    copies = []
    for number in range(120):
        started = done.started + datetime.timedelta(minutes=number + 1)
        copies.append(Inspection(**fields | {"id": None, "assignment_id": None, "started": started}))
        copies[-1].id = Inspection._meta.get_field("id").get_default()
    Inspection.objects.bulk_create(copies)
    client = cast.client("operator")
    seen = []
    for number in (1, 2, 3):
        page = client.get("/rounds/inspections", {"page": number}).context["listing"].page
        seen += [one.started for one in page.object_list]
    assert len(seen) == 121
    assert seen == sorted(seen, reverse=True)


def test_a_visit_is_filed_under_its_town(cast: Cast) -> None:
    done = inspect(cast, drawn_round(cast).assignments.first())
    assert done.town == done.site.town == TOWN


def test_corrections_have_a_list(cast: Cast) -> None:
    done = inspect(cast, drawn_round(cast).assignments.first(), POOR)
    corrections.propose_correction(cast.person("operator"), done, {"bins": "yes"}, "误点")
    client = cast.client("supervisor")
    waiting = {"state": "proposed", "q": "2023-10"}
    assert client.get("/rounds/corrections", waiting).context["listing"].page.paginator.count == 1
    assert (
        client.get("/rounds/corrections", waiting | {"q": "2023-09"}).context["listing"].page.paginator.count
        == 0
    )
    assert (
        client.get("/rounds/corrections", {"state": "accepted"}).context["listing"].page.paginator.count == 0
    )
    assert "误点" in client.get("/rounds/corrections").content.decode()
    assert client.get("/rounds/corrections", {"export": "xlsx"}).status_code == 200
    assert cast.client("village").get("/rounds/corrections").status_code == 403


def test_the_supervisor_has_no_empty_list_of_places(cast: Cast) -> None:
    client = cast.client("supervisor")
    assert "/places/sites" not in client.get("/").content.decode()

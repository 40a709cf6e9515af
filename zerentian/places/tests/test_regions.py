"""Committees renamed and merged, facilities, the map: identity by code, nothing of the past lost."""

from __future__ import annotations

import pytest
from django.core.exceptions import PermissionDenied

from tests.cast import NEIGHBOUR, TOWN, VILLAGE, Cast
from zerentian.core.problems import ProblemsFound
from zerentian.ledger.models import Event
from zerentian.places import actions
from zerentian.places.models import Facility, Region, Site

ROOM = {"kind": "waste_room", "name": "1号厢房", "containers": 4, "remark": ""}


def test_a_new_name_keeps_the_code(cast: Cast) -> None:
    actions.rename_region(cast.person("operator"), Region.objects.get(pk=VILLAGE), "东风村")
    assert Region.objects.get(pk=VILLAGE).name == "东风村"
    assert Event.objects.get(kind="region.renamed").data == {"name": {"from": "东村", "to": "东风村"}}


def test_merging_moves_the_sites_and_keeps_the_past(cast: Cast) -> None:
    village, neighbour = Region.objects.get(pk=VILLAGE), Region.objects.get(pk=NEIGHBOUR)
    assert actions.merge_region(cast.person("operator"), village, neighbour, "撤村建居") == 1
    village.refresh_from_db()
    assert (village.is_active, village.merged_into) == (False, neighbour)
    assert Site.objects.get(code="C-own").region == neighbour
    event = Event.objects.get(kind="site.changed")
    assert event.data == {"region": {"from": VILLAGE, "to": NEIGHBOUR}}


def test_no_merge_across_towns_or_twice(cast: Cast) -> None:
    village, neighbour = Region.objects.get(pk=VILLAGE), Region.objects.get(pk=NEIGHBOUR)
    far = Region.objects.get(name="远村")
    by = cast.person("operator")
    with pytest.raises(ProblemsFound, match=r"places\.no_region_merge"):
        actions.merge_region(by, village, far, "x")
    actions.merge_region(by, village, neighbour, "x")
    with pytest.raises(ProblemsFound, match=r"places\.no_region_merge"):
        actions.merge_region(by, village, neighbour, "x")


def test_two_of_one_name_are_told_apart_by_code(cast: Cast) -> None:
    twin = "310118102299"
    actions.create_region(cast.person("operator"), twin, "东村", TOWN)
    page = cast.client("operator").get("/places/regions?q=东村").content.decode()
    assert VILLAGE in page
    assert twin in page


def test_a_code_taken_is_told(cast: Cast) -> None:
    page = cast.client("operator").post("/places/regions/new", {"code": VILLAGE, "name": "又一村"})
    assert "已经登记" in page.content.decode()
    assert Region.objects.get(pk=VILLAGE).name == "东村"


def test_facilities_come_change_and_go_on_the_record(cast: Cast) -> None:
    by = cast.person("operator")
    made = actions.set_facility(by, cast.sites["own"], ROOM)
    actions.set_facility(by, cast.sites["own"], ROOM | {"containers": 6}, made)
    assert Facility.objects.get().containers == 6
    actions.remove_facility(by, made)
    assert not Facility.objects.exists()
    kinds = Event.objects.filter(kind__startswith="facility").order_by("id").values_list("kind", flat=True)
    assert list(kinds) == ["facility.set", "facility.set", "facility.removed"]
    with pytest.raises(PermissionDenied):
        actions.set_facility(cast.person("outsider"), cast.sites["own"], ROOM)


def test_the_map_shows_what_one_sees_and_names_are_data(cast: Cast) -> None:
    Site.objects.update(latitude="31.1", longitude="121.05")
    Site.objects.filter(code="C-own").update(name="<script>alert(1)</script>")
    answer = cast.client("village").get("/places/map/sites.json")
    assert [site[1] for site in answer.json()["sites"]] == ["<script>alert(1)</script>"]
    assert answer["Content-Type"] == "application/json"
    assert len(cast.client("operator").get("/places/map/sites.json").json()["sites"]) == 2


def test_sites_without_a_position_are_listed_beneath(cast: Cast) -> None:
    page = cast.client("operator").get("/places/map").content.decode()
    assert "还没有坐标的点位（2）" in page


@pytest.mark.parametrize(
    "path", ["/places/sites", "/places/map/sites.json", "/places/regions", "/places/map"]
)
def test_pages_take_few_queries_however_many_sites(
    cast: Cast, django_assert_max_num_queries, path: str
) -> None:
    Site.objects.bulk_create(
        Site(town=TOWN, code=f"B{number}", kind="shop", name=f"店{number}", region_id=VILLAGE)
        for number in range(300)
    )
    client = cast.client("operator")
    with django_assert_max_num_queries(12):
        client.get(path)


def test_an_export_leaves_nothing_out_in_silence(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    from zerentian.pages import listing

    client = cast.client("operator")
    assert client.get("/places/sites?export=xlsx").status_code == 200
    monkeypatch.setattr(listing, "EXPORTED_AT_MOST", 1)
    refused = client.get("/places/sites?export=xlsx")
    assert refused.status_code == 422
    assert "共 2 条，超过一次导出的上限 1 条" in refused.content.decode()

"""Organisations: changed on the record, out of use only when nobody acts for them."""

from __future__ import annotations

import pytest

from tests.cast import OTHER_TOWN, Cast
from zerentian.ledger.models import Event
from zerentian.people.models import Organisation, Post

CONTACT = "021-5920 0000"


def change(cast: Cast, key: str = "village", who: str = "admin", **sent: str):
    place = cast.organisations[key]
    return cast.client(who).post(
        f"/people/organisations/{place.pk}", {"name": place.name, "is_active": "on"} | sent
    )


def test_before_and_after_are_on_the_record(cast: Cast) -> None:
    change(cast, name="东村村民委员会", contact=CONTACT)
    place = Organisation.objects.get(pk=cast.organisations["village"].pk)
    assert (place.name, place.contact, place.is_active) == ("东村村民委员会", CONTACT, True)
    event = Event.objects.get(kind="organisation.changed")
    assert event.data == {
        "name": {"from": "东村村委会", "to": "东村村民委员会"},
        "contact": {"from": "", "to": CONTACT},
    }
    assert event.region == place.region


def test_nothing_changed_is_no_event(cast: Cast) -> None:
    change(cast)
    assert not Event.objects.filter(kind="organisation.changed").exists()


def test_a_name_is_used_once(cast: Cast) -> None:
    assert change(cast, "office", name="镇纪委").status_code == 422


def test_the_list_leads_to_each(cast: Cast) -> None:
    page = cast.client("admin").get("/people/organisations").content.decode()
    assert f"/people/organisations/{cast.organisations['village'].pk}" in page
    assert "邻镇社发办" not in page


@pytest.mark.parametrize("who", ["far_admin", "operator", "village"])
def test_others_may_not(cast: Cast, who: str) -> None:
    assert change(cast, who=who, name="改名").status_code in (403, 404)
    assert Organisation.objects.filter(name="东村村委会").exists()


def test_it_stays_in_use_while_somebody_acts_for_it(cast: Cast) -> None:
    refused = change(cast, is_active="")
    assert refused.status_code == 422
    assert "还有 1 个未结束的岗位" in refused.content.decode()
    Post.objects.filter(account=cast.village).update(until="2021-01-01")
    change(cast, is_active="")
    assert not Organisation.objects.get(pk=cast.organisations["village"].pk).is_active
    page = cast.client("admin").get(f"/people/accounts/{cast.village.pk}/posts/new").content.decode()
    assert "西村村委会" in page
    assert "东村村委会" not in page


def test_fields_that_are_not_asked_for_are_ignored(cast: Cast) -> None:
    change(cast, region=OTHER_TOWN, kind="unit", id="x")
    place = Organisation.objects.get(pk=cast.organisations["village"].pk)
    assert (place.region, place.kind) == (cast.organisations["village"].region, "committee")

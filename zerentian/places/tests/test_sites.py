"""Sites: made, changed, closed, merged; found by whatever one types; each change on the record."""

from __future__ import annotations

import datetime

import pytest
from django.core.exceptions import PermissionDenied

from tests.cast import OTHER_TOWN, TOWN, VILLAGE, Cast
from zerentian.core.problems import ProblemsFound
from zerentian.ledger.models import Event
from zerentian.places.actions import change_site, close_site, create_site
from zerentian.places.models import Region, Site
from zerentian.places.rules import initials, name_key, opening_text, parse_opening, pinyin

DAY = datetime.date(2023, 10, 8)


def values(**changes: object) -> dict[str, object]:
    return {
        "code": "N1",
        "kind": "compound",
        "name": "新村",
        "region": Region.objects.get(pk=VILLAGE),
        **changes,
    }


def test_it_works(cast: Cast) -> None:
    site = create_site(cast.person("operator"), values())
    assert (site.town, site.initials, site.pinyin) == (TOWN, "xc", "xin cun")
    event = Event.objects.get(kind="site.created")
    assert (event.subject, event.town, event.data["name"]) == (str(site.pk), TOWN, "新村")


def test_a_change_leaves_before_and_after(cast: Cast) -> None:
    site = cast.sites["own"]
    assert change_site(cast.person("operator"), site, {"name": "东村二期", "households": 12}, 1)
    event = Event.objects.get(kind="site.changed")
    assert event.data == {
        "name": {"from": "东村一期", "to": "东村二期"},
        "households": {"from": None, "to": 12},
    }
    assert not change_site(cast.person("operator"), site, {"name": "东村二期"}, 2)
    assert Event.objects.filter(kind="site.changed").count() == 1


def test_the_second_of_two_editors_is_told(cast: Cast) -> None:
    site = cast.sites["own"]
    change_site(cast.person("operator"), site, {"name": "甲"}, 1)
    with pytest.raises(ProblemsFound, match=r"changed_meanwhile"):
        change_site(cast.person("second_operator"), site, {"name": "乙"}, 1)
    assert Site.objects.get(pk=site.pk).name == "甲"


def test_a_code_is_used_once_in_a_town(cast: Cast) -> None:
    with pytest.raises(ProblemsFound, match=r"code_taken"):
        create_site(cast.person("operator"), values(code="C-own"))
    assert create_site(cast.person("operator"), values(code="C-far"))


@pytest.mark.parametrize("who", ["village", "property", "admin", "auditor", "outsider"])
def test_others_may_not(cast: Cast, who: str) -> None:
    with pytest.raises(PermissionDenied):
        change_site(cast.person(who), cast.sites["own"], {"name": "改名"}, 1)


def test_a_site_does_not_move_to_another_town(cast: Cast) -> None:
    far = Region.objects.get(pk=cast.sites["far"].region_id)
    with pytest.raises((ProblemsFound, PermissionDenied)):
        change_site(cast.person("operator"), cast.sites["own"], {"region": far}, 1)
    assert far.code.startswith(OTHER_TOWN[:9])


def test_merging_keeps_the_past(cast: Cast) -> None:
    own, into = cast.sites["own"], cast.sites["next"]
    close_site(cast.person("operator"), own, DAY, "拆迁", into)
    held = Site.objects.get(pk=own.pk)
    assert (held.is_active, held.merged_into, held.closed_on) == (False, into, DAY)
    assert Event.objects.get(kind="site.merged").reason == "拆迁"
    with pytest.raises(ProblemsFound, match=r"closed_already"):
        close_site(cast.person("operator"), own, DAY, "再来")
    with pytest.raises(ProblemsFound, match=r"no_merge"):
        close_site(cast.person("operator"), into, DAY, "并入已停用", own)


def test_names_are_compared_as_people_read_them() -> None:
    assert name_key(" Ａ座\u200b １号 ") == "a座1号"
    assert initials("大新街一期") == "dxjyq"


@pytest.mark.parametrize("words", ["100%", "_", "\\", "' OR 1=1 --", "东" * 300])
def test_search_takes_text_as_text(cast: Cast, words: str) -> None:
    response = cast.client("operator").get("/places/sites", {"q": words})
    assert response.status_code == 200
    assert "东村一期" not in response.content.decode()


@pytest.mark.parametrize("words", ["东村", "dcyq", "c-own", "东 村"])
def test_search_finds(cast: Cast, words: str) -> None:
    page = cast.client("operator").get("/places/sites", {"q": words}).content.decode()
    assert "东村一期" in page
    assert "西村花园" not in page


def test_unknown_orders_and_pages_fall_back(cast: Cast) -> None:
    for query in ({"sort": "password"}, {"page": "99999999999"}, {"page": "x"}, {"kind": "nothing"}):
        assert cast.client("operator").get("/places/sites", query).status_code == 200


def test_what_people_wrote_is_inert(cast: Cast) -> None:
    Site.objects.filter(pk=cast.sites["own"].pk).update(name="<script>alert(1)</script>")
    response = cast.client("operator").get("/places/sites")
    assert "<script>alert(1)" not in response.content.decode()
    assert response["Content-Security-Policy"].startswith("default-src 'self'")


def test_the_list_costs_the_same_however_long(cast: Cast, django_assert_max_num_queries) -> None:
    for number in range(40):
        create_site(cast.person("operator"), values(code=f"M{number}"))
    client = cast.client("operator")
    with django_assert_max_num_queries(12):
        client.get("/places/sites")


@pytest.mark.parametrize(
    ("text", "windows"),
    [
        ("", []),
        ("06:30-08:30", [["06:30", "08:30"]]),
        ("０６：３０－０８：３０、18:00至20:00", [["06:30", "08:30"], ["18:00", "20:00"]]),
        ("8:30-9:30", None),
        ("09:00-08:00", None),
        ("24:00-25:00", None),
        ("早上", None),
    ],
)
def test_drop_off_windows(text: str, windows: list[list[str]] | None) -> None:
    assert parse_opening(text) == windows
    if windows:
        assert parse_opening(opening_text(windows)) == windows


def test_a_rare_character_sorts_by_its_sound() -> None:
    names = ["李村", "𠮷村", "黄村", "𠮷安里", "朱村"]
    assert sorted(names, key=pinyin) == ["黄村", "𠮷安里", "𠮷村", "李村", "朱村"]


@pytest.mark.parametrize("name", ["", "   ", "\u200b", "很" * 201])
def test_a_name_of_nothing_or_of_too_much_is_refused(cast: Cast, name: str) -> None:
    answer = cast.client("operator").post(
        "/places/sites/new", {"code": "N-1", "kind": "shop", "region": VILLAGE, "name": name}
    )
    assert answer.status_code != 302
    assert not Site.objects.filter(code="N-1").exists()


def test_a_name_of_two_hundred_characters_is_shown_whole(cast: Cast) -> None:
    cast.client("operator").post(
        "/places/sites/new", {"code": "N-1", "kind": "shop", "region": VILLAGE, "name": "很" * 200}
    )
    assert "很" * 200 in cast.client("operator").get("/places/sites").content.decode()

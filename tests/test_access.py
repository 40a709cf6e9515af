"""Who may open what: every address, every role, own and other scope. An address that is missing here fails."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tests.cast import OTHER_TOWN, PARTS, TOWN, VILLAGE, Cast
from zerentian.ledger.models import Event
from zerentian.people.models import Account, Post, SignIn
from zerentian.standards.models import RuleVersion
from zerentian.standards.tests.test_rules import SHEET

EVERYBODY = set(PARTS)
SEE_PLACES = EVERYBODY - {"admin", "far_admin", "inspector", "other_inspector"}
SEE_STANDARDS = EVERYBODY - {"admin", "far_admin"}
OPERATORS = {"operator", "second_operator", "outsider"}
ADMINS = {"admin", "far_admin"}
OUR_OPERATORS = {"operator", "second_operator"}
OF_OUR_TOWN = EVERYBODY - {"outsider", "far_admin"}

# address -> (method, who gets in for a thing of our own town); who is not named gets 403 or 404
MATRIX: dict[str, tuple[str, set[str]]] = {
    "desk:home": ("get", EVERYBODY),
    "desk:settings": ("get", ADMINS),
    "desk:ledger": ("get", {"auditor"}),
    "desk:event": ("get", {"auditor"}),
    "desk:verify_ledger": ("post", {"auditor"}),
    "documents:score_sheet": ("get", SEE_STANDARDS - {"outsider"}),
    "documents:plates": ("get", SEE_PLACES - {"outsider", "neighbour", "supervisor"}),
    "people:sign_out": ("post", EVERYBODY),
    "people:password": ("get", EVERYBODY),
    "people:second_factor": ("get", EVERYBODY),
    "people:sessions": ("get", EVERYBODY),
    "people:end_session": ("post", {"admin"}),
    "people:accounts": ("get", ADMINS),
    "people:new_account": ("get", ADMINS),
    "people:account": ("get", {"admin"}),
    "people:new_post": ("get", {"admin"}),
    "people:reset_password": ("post", {"admin"}),
    "people:set_active": ("get", {"admin"}),
    "people:end_post": ("get", {"admin"}),
    "people:organisations": ("get", ADMINS),
    "people:new_organisation": ("get", ADMINS),
    "places:sites": ("get", SEE_PLACES),
    "places:site": ("get", SEE_PLACES - {"outsider", "neighbour", "supervisor"}),
    "places:new_site": ("get", OPERATORS),
    "places:import_sites": ("get", OPERATORS),
    "places:edit_site": ("get", OUR_OPERATORS),
    "places:close_site": ("get", OUR_OPERATORS),
    "standards:versions": ("get", SEE_STANDARDS),
    "standards:version": ("get", SEE_STANDARDS - {"outsider"}),
    "standards:changes": ("get", SEE_STANDARDS - {"outsider"}),
    "standards:trial": ("post", SEE_STANDARDS - {"outsider"}),
    "standards:sheet": ("get", SEE_STANDARDS - {"outsider"}),
    "standards:new_version": ("get", OPERATORS),
    "standards:new_text": ("get", OPERATORS),
    "standards:import_table": ("get", OPERATORS),
    "standards:edit_facts": ("get", OUR_OPERATORS),
    "standards:edit_section": ("get", OUR_OPERATORS),
    "standards:edit_clause": ("get", OUR_OPERATORS),
    "standards:arrange": ("post", OUR_OPERATORS),
    "standards:edit_text": ("get", OUR_OPERATORS),
    "standards:discard": ("post", OUR_OPERATORS),
    "standards:publish": ("post", OUR_OPERATORS),
}
PUBLIC = {"people:sign_in"}


def addresses() -> set[str]:
    names = set()

    def walk(patterns: list[URLPattern | URLResolver], prefix: str = "") -> None:
        for pattern in patterns:
            if isinstance(pattern, URLResolver):
                inner = f"{pattern.namespace}:" if pattern.namespace else prefix
                walk(pattern.url_patterns, inner)
            else:
                names.add(prefix + str(pattern.name))

    walk(get_resolver().url_patterns)
    return names


def test_no_address_is_missing_from_the_matrix() -> None:
    assert addresses() == set(MATRIX) | PUBLIC


@pytest.fixture
def things(cast: Cast) -> dict[str, object]:
    """A thing of our own town for each kind of id."""
    event = Event.objects.create(
        town=TOWN, kind="site.created", actor_name="x", subject_type="site", subject="1"
    )
    rule = RuleVersion.objects.create(
        town=TOWN,
        kind="standard",
        name="s",
        site_kind="compound",
        title="标准",
        effective_from="2023-01",
        text=SHEET,
    )
    village = Account.objects.create(login="somebody", name="某人")
    place = cast.organisations["village"]
    Post.objects.create(account=village, role="committee", organisation=place, region=VILLAGE)
    session = SignIn.objects.create(account=village, session="k" * 32)
    return {
        "event_id": event.pk,
        "account_id": village.pk,
        "post_id": village.posts.get().pk,
        "sign_in_id": session.pk,
        "site_id": cast.sites["own"].pk,
        "version_id": rule.pk,
        "region_code": VILLAGE,
    }


@pytest.mark.parametrize("name", sorted(MATRIX))
def test_the_matrix_holds(cast: Cast, things: dict[str, object], name: str) -> None:
    method, allowed = MATRIX[name]
    if "outsider" not in allowed and "inspector" in allowed:
        RuleVersion.objects.update(published="2023-01-01T00:00+08:00")  # a draft is for those who manage
    for who in PARTS:
        client = cast.client(who)
        response = getattr(client, method)(address(name, things))
        inside = response.status_code in (200, 302, 422)
        assert inside == (who in allowed), f"{who} {method} {name}: {response.status_code}"
        if not inside:
            assert response.status_code in (403, 404)
            assert "东村一期" not in response.content.decode()


def address(name: str, things: dict[str, object]) -> str:
    from django.urls import NoReverseMatch

    try:
        return reverse(name)
    except NoReverseMatch:
        for key, value in things.items():
            try:
                return reverse(name, kwargs={key: value})
            except NoReverseMatch:
                continue
        raise


@pytest.mark.parametrize("name", sorted(MATRIX))
def test_nobody_gets_in_without_signing_in(db: None, client, name: str) -> None:
    path = address(
        name,
        {key: uuid4() for key in ("event_id", "account_id", "post_id", "sign_in_id", "site_id", "version_id")}
        | {"region_code": VILLAGE},
    )
    response = getattr(client, MATRIX[name][0])(path)
    assert response.status_code == 302
    assert response["Location"].startswith("/people/sign-in")


def test_a_far_town_sees_no_site_of_ours(cast: Cast) -> None:
    assert OTHER_TOWN != TOWN
    page = cast.client("outsider").get("/places/sites").content.decode()
    assert "远村小区" in page
    assert "东村一期" not in page

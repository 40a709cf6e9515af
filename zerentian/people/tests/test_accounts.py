"""The list of accounts, and what nobody may do to one (trust.md T54, T57, T63)."""

from __future__ import annotations

import datetime
import io
from itertools import pairwise

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from python_calamine import CalamineWorkbook

from tests.cast import NEIGHBOUR, OTHER_TOWN, PASSWORD, TOWN, VILLAGE, Cast
from zerentian.core import clock
from zerentian.core.problems import ProblemsFound
from zerentian.people.actions import change_password, end_post, give_post, reset_password, set_active
from zerentian.people.models import Account, Organisation, Post
from zerentian.people.rules import EXCLUSIVE, Role, overlap
from zerentian.people.tests.test_signing_in import sign_in

TODAY = clock.today()
SOME_DAY = datetime.date(2024, 1, 1)
POWERS = (Role.SYSTEM_ADMIN, Role.AUDITOR, Role.OPERATOR)


def give(
    cast: Cast, account: Account, role: Role, since: datetime.date = SOME_DAY, until=None, **where
) -> Post:
    organisation = where.get("organisation", cast.organisations["office"])
    region = where.get("region", TOWN)
    return give_post(cast.person("admin"), account, role, organisation, region, since, until)


def somebody(login: str = "zhao") -> Account:
    return Account.objects.create(login=login, name="赵六", must_change_password=False)


def logins(page) -> list[str]:
    return [one.login for one in page.context["listing"].page.object_list]


# the list


def test_it_is_filtered_by_organisation_and_role_of_the_same_post(cast: Cast) -> None:
    inspectors, village = cast.organisations["inspectors"], cast.organisations["village"]
    cast.supervisor.posts.create(role="field_leader", organisation=village, region=VILLAGE)
    client = cast.client("admin")
    found = client.get("/people/accounts", {"post__organisation": inspectors.pk})
    assert logins(found) == ["inspector", "other_inspector", "supervisor"]
    both = {"post__organisation": inspectors.pk, "post__role": "inspector"}
    assert logins(client.get("/people/accounts", both)) == ["inspector", "other_inspector"]
    crossed = {"post__organisation": inspectors.pk, "post__role": "field_leader"}
    assert logins(client.get("/people/accounts", crossed)) == []


def test_posts_that_ended_are_neither_shown_nor_found(cast: Cast) -> None:
    Post.objects.filter(account=cast.village).update(until="2021-01-01")
    page = cast.client("admin").get("/people/accounts", {"post__role": "committee"})
    assert logins(page) == ["neighbour"]
    cells = {
        thing.login: cells
        for _, cells, thing in cast.client("admin").get("/people/accounts").context["listing"].rows
    }
    assert cells["village"][2:4] == ["", ""]


def test_organisations_of_another_town_are_no_choice(cast: Cast) -> None:
    far = cast.organisations["far_office"]
    page = cast.client("admin").get("/people/accounts", {"post__organisation": far.pk})
    assert "邻镇社发办" not in page.content.decode()
    assert "outsider" not in logins(page)


def test_the_export_is_what_is_filtered(cast: Cast) -> None:
    response = cast.client("admin").get("/people/accounts", {"post__role": "inspector", "export": "xlsx"})
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(response.content)).get_sheet_by_index(0)
    assert [row[0] for row in sheet.to_python()] == ["登录名", "inspector", "other_inspector"]


def test_two_hundred_accounts_take_no_more_queries(cast: Cast, django_assert_max_num_queries) -> None:
    for number in range(200):
        account = somebody(f"person{number}")
        for key, region in (("village", VILLAGE), ("neighbour", NEIGHBOUR)):
            account.posts.create(role="committee", organisation=cast.organisations[key], region=region)
    client = cast.client("admin")
    for query in ({}, {"post__role": "committee"}, {"q": "person"}, {"export": "xlsx"}):
        with django_assert_max_num_queries(12):
            assert client.get("/people/accounts", query).status_code == 200


def test_a_name_is_corrected_on_a_page(cast: Cast) -> None:
    account = somebody()
    account.posts.create(role="committee", organisation=cast.organisations["village"], region=VILLAGE)
    answer = cast.client("admin").post(
        f"/people/accounts/{account.pk}/edit", {"name": "赵七", "phone": "13800000000", "login": "x"}
    )
    assert answer.status_code == 302
    account.refresh_from_db()
    assert (account.login, account.name, account.phone) == ("zhao", "赵七", "13800000000")


# T54: what a form does not have, nobody sets

EXTRA = {
    "is_active": "", "must_change_password": "", "role": "system_admin", "password": "x", "posts": "1",
    "password_expires": "", "id": "0192f0c0-0000-7000-8000-000000000000", "account": "x", "created": "2000-01-01",
}  # fmt: skip


def state(account: Account) -> tuple[object, ...]:
    found = Account.objects.get(pk=account.pk)
    return found.is_active, found.must_change_password, found.login, found.created, found.posts.count()


def test_a_new_account_takes_only_its_fields(cast: Cast) -> None:
    cast.client("admin").post("/people/accounts/new", {"login": "zhao", "name": "赵六", **EXTRA})
    made = Account.objects.get(login="zhao")
    assert state(made)[:2] == (True, True)
    assert made.posts.count() == 0
    assert str(made.pk) != EXTRA["id"]
    assert made.password_expires is not None


def test_ones_own_password_page_takes_only_the_password(cast: Cast) -> None:
    before = state(cast.village)
    new = {"new_password1": "a-password-of-my-own", "new_password2": "a-password-of-my-own"}
    cast.client("village").post(
        "/people/password", new | EXTRA | {"login": "x", "must_change_password": "on"}
    )
    assert state(cast.village) == before


def test_a_new_post_goes_to_the_account_of_the_address(cast: Cast) -> None:
    sent = {
        "role": "committee", "organisation": cast.organisations["neighbour"].pk, "region": NEIGHBOUR,
        "since": "2024-01-01", "account": cast.operator.pk, "account_id": cast.operator.pk,
    }  # fmt: skip
    cast.client("admin").post(f"/people/accounts/{cast.village.pk}/posts/new", sent)
    assert (cast.village.posts.count(), cast.operator.posts.count()) == (2, 1)


def test_ending_a_post_changes_its_end_only(cast: Cast) -> None:
    post = cast.village.posts.get()
    sent = {"last_day": "2024-01-01", "role": "operator", "region": TOWN, "since": "2000-01-01"}
    cast.client("admin").post(f"/people/posts/{post.pk}/end", sent)
    held = Post.objects.get(pk=post.pk)
    assert (held.role, held.region, held.since) == (post.role, post.region, post.since)
    assert held.until == SOME_DAY


def test_an_organisation_of_another_town_is_no_choice_for_a_post(cast: Cast) -> None:
    far = cast.organisations["far_office"]
    sent = {"role": "operator", "organisation": far.pk, "region": TOWN, "since": "2024-01-01"}
    cast.client("admin").post(f"/people/accounts/{cast.village.pk}/posts/new", sent)
    assert cast.village.posts.count() == 1
    with pytest.raises(PermissionDenied):
        give(cast, cast.village, Role.COMMITTEE, organisation=far)


# T57: a session ends with what it was opened on


@pytest.mark.parametrize(
    "what", ["password", "reset", "given", "ended", "deactivated", "signed out", "ended by admin"]
)
def test_a_session_is_dead_after(cast: Cast, what: str) -> None:
    client = Client()
    sign_in("village", client=client)
    copy = Client()
    copy.cookies = client.cookies
    assert copy.get("/").status_code == 200
    admin, village = cast.person("admin"), cast.village
    match what:
        case "password":
            change_password(cast.person("village"), village, "a-password-of-my-own")
        case "reset":
            reset_password(admin, village)
        case "given":
            give(cast, village, Role.FIELD_LEADER)
        case "ended":
            end_post(admin, village.posts.get(), TODAY)
        case "deactivated":
            set_active(admin, village, False, "离任")
        case "signed out":
            client.post("/people/sign-out")
        case "ended by admin":
            cast.client("admin").post(f"/people/sessions/{village.sign_ins.get().pk}/end")
    response = copy.get("/")
    assert response.status_code == 302
    assert response["Location"].startswith("/people/sign-in")


def test_changing_the_password_keeps_this_session_and_ends_the_others(cast: Cast) -> None:
    here, there = Client(), Client()
    sign_in("village", client=here)
    sign_in("village", client=there)
    new = {"new_password1": "a-password-of-my-own", "new_password2": "a-password-of-my-own"}
    here.post("/people/password", new)
    assert here.get("/").status_code == 200
    assert there.get("/").status_code == 302


def test_a_deactivated_account_reads_like_an_unknown_one(cast: Cast) -> None:
    set_active(cast.person("admin"), cast.village, False, "离任")
    assert "登录名或密码不正确" in sign_in("village", PASSWORD).content.decode()


# T63: three powers, and never nobody


@pytest.mark.parametrize("pair", EXCLUSIVE, ids=lambda pair: "+".join(sorted(pair)))
def test_no_account_holds_two_roles_that_exclude_each_other(cast: Cast, pair: frozenset[Role]) -> None:
    for number, (first, second) in enumerate((sorted(pair), sorted(pair, reverse=True))):
        account = somebody(f"zhao{number}")
        give(cast, account, first)
        with pytest.raises(ProblemsFound, match="exclusive_roles"):
            give(cast, account, second)


def test_the_three_powers_exclude_each_other_pair_by_pair() -> None:
    for first, second in pairwise((*POWERS, POWERS[0])):
        assert frozenset({first, second}) in EXCLUSIVE


def test_one_after_the_other_is_allowed(cast: Cast) -> None:
    account = somebody()
    give(cast, account, Role.OPERATOR, until=datetime.date(2024, 6, 30))
    give(cast, account, Role.AUDITOR, datetime.date(2024, 7, 1))
    assert account.posts.count() == 2


def test_a_post_that_ended_is_not_prolonged_into_another_power(cast: Cast) -> None:
    account = somebody()
    ended = give(cast, account, Role.OPERATOR, until=datetime.date(2024, 6, 30))
    give(cast, account, Role.AUDITOR, datetime.date(2024, 7, 1))
    with pytest.raises(ProblemsFound, match="post_prolonged"):
        end_post(cast.person("admin"), ended, datetime.date(2030, 1, 1))
    end_post(cast.person("admin"), ended, datetime.date(2024, 5, 31))
    assert Post.objects.get(pk=ended.pk).until == datetime.date(2024, 5, 31)


def test_past_posts_do_not_stand_in_the_way_of_a_third(cast: Cast) -> None:
    account = somebody()
    give(cast, account, Role.OPERATOR, until=datetime.date(2024, 6, 30))
    give(cast, account, Role.AUDITOR, datetime.date(2024, 7, 1))
    assert give(cast, account, Role.COUNCIL_MEMBER)


def test_the_same_post_is_not_given_twice(cast: Cast) -> None:
    give(cast, somebody(), Role.DISPATCHER)
    with pytest.raises(ProblemsFound, match="post_held"):
        give(cast, Account.objects.get(login="zhao"), Role.DISPATCHER, TODAY)


def test_nobody_gives_himself_a_post(cast: Cast) -> None:
    with pytest.raises(PermissionDenied):
        give(cast, cast.admin, Role.FIELD_LEADER)


def test_the_last_admin_of_a_town_stays(cast: Cast) -> None:
    """That the neighbour has one helps nobody."""
    post = cast.admin.posts.get()
    with pytest.raises(ProblemsFound, match="last_admin"):
        end_post(cast.person("admin"), post, TODAY)
    with pytest.raises(ProblemsFound, match="last_admin"):
        set_active(cast.person("admin"), cast.admin, False, "离任")
    page = cast.client("admin").post(f"/people/posts/{post.pk}/end", {"last_day": str(TODAY)})
    assert "最后一名系统管理员" in page.content.decode()


def test_the_last_admin_goes_after_another_came(cast: Cast) -> None:
    give(cast, somebody(), Role.SYSTEM_ADMIN)
    end_post(cast.person("admin"), cast.admin.posts.get(), TODAY)
    assert cast.admin.posts.get().until == TODAY


@pytest.mark.parametrize("days", [0, 5])
def test_an_admin_who_goes_himself_does_not_count(cast: Cast, days: int) -> None:
    leaving = TODAY + datetime.timedelta(days=days)
    give(cast, somebody(), Role.SYSTEM_ADMIN, until=leaving)
    with pytest.raises(ProblemsFound, match="last_admin"):
        end_post(cast.person("admin"), cast.admin.posts.get(), leaving)


def test_an_admin_of_the_district_counts(cast: Cast) -> None:
    above = Organisation.objects.create(kind="department", name="区绿化市容局", region="310118000000")
    Post.objects.create(
        account=somebody(), role="system_admin", organisation=above, region="310118000000", since=SOME_DAY
    )
    end_post(cast.person("admin"), cast.admin.posts.get(), TODAY)


def test_an_account_with_a_post_elsewhere_is_out_of_reach(cast: Cast) -> None:
    village = cast.village
    village.posts.create(role="committee", organisation=cast.organisations["far_office"], region=OTHER_TOWN)
    admin = cast.client("admin")
    assert admin.post(f"/people/accounts/{village.pk}/password").status_code == 403
    assert admin.post(f"/people/accounts/{village.pk}/active", {"reason": "x"}).status_code == 403
    assert sign_in("village").status_code == 302


@pytest.mark.parametrize(
    ("one", "other", "meet"),
    [
        ((1, 5), (5, 9), True),
        ((1, 4), (5, 9), False),
        ((1, None), (5, 9), True),
        ((6, None), (1, 5), False),
        ((1, None), (2, None), True),
    ],
)
def test_overlap(one: tuple, other: tuple, meet: bool) -> None:
    first, second = (
        Post(
            since=datetime.date(2024, 1, begin),
            until=datetime.date(2024, 1, end) if end else None,
        )
        for begin, end in (one, other)
    )
    assert overlap(first, second) is overlap(second, first) is meet

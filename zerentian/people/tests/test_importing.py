"""Importing people: previewed, all or nothing, letters once."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client

from tests.cast import FAR_VILLAGE, NEIGHBOUR, TOWN, VILLAGE, Cast
from zerentian.core.table_writing import workbook_bytes
from zerentian.people.models import Account, Post

HEAD = ["登录名", "姓名或岗位名", "岗位", "单位", "区划代码", "手机"]
ROWS = [
    ["wang", "王五", "第三方检查员", "测评公司", TOWN, "13900000000"],
    ["lisi", "李四", "村居", "东村村委会", VILLAGE, ""],
    ["lisi", "李四", "村居", "西村村委会", NEIGHBOUR, ""],
    ["village", "村居（village）", "村居", "东村村委会", VILLAGE, ""],
]


def upload(cast: Cast, rows: list[list[str]] = ROWS) -> HttpResponse:
    table = SimpleUploadedFile("人员.xlsx", workbook_bytes("人员", HEAD, rows))
    return cast.client("admin").post("/people/accounts/import", {"table": table})


def confirm(cast: Cast, preview: HttpResponse) -> HttpResponse:
    return cast.client("admin").post("/people/accounts/import", {"kept": preview.context["kept"]})


def test_it_works(cast: Cast) -> None:
    preview = upload(cast)
    assert preview.context["counts"] == {"new": 3, "post": 0, "unchanged": 1}
    assert not Account.objects.filter(login="wang").exists()
    letters = confirm(cast, preview)
    assert [account.login for account, _ in letters.context["letters"]] == ["wang", "lisi"]
    assert {post.region for post in Account.objects.get(login="lisi").posts.all()} == {VILLAGE, NEIGHBOUR}


def test_the_letter_opens_the_account_once_and_only_to_a_new_password(cast: Cast) -> None:
    letters = confirm(cast, upload(cast)).context["letters"]
    password = {account.login: text for account, text in letters}["wang"]
    client = Client()
    client.post("/people/sign-in", {"username": "wang", "password": password})
    assert client.get("/rounds/today")["Location"] == "/people/password"
    new = "a-password-of-my-own"
    client.post("/people/password", {"new_password1": new, "new_password2": new})
    assert client.get("/rounds/today").status_code == 200
    again = Client().post("/people/sign-in", {"username": "wang", "password": password})
    assert again.status_code == 200


def test_no_page_shows_the_password_again(cast: Cast) -> None:
    letters = confirm(cast, upload(cast)).context["letters"]
    client = cast.client("admin")
    account, password = letters[0]
    for path in (f"/people/accounts/{account.pk}", "/people/accounts", "/people/accounts/import"):
        assert password not in client.get(path).content.decode()


def test_the_same_table_twice_changes_nothing(cast: Cast) -> None:
    confirm(cast, upload(cast))
    before = Post.objects.count()
    assert upload(cast).context["counts"] == {"new": 0, "post": 0, "unchanged": 4}
    assert Post.objects.count() == before


@pytest.mark.parametrize(
    ("change", "column"),
    [
        ({0: "王"}, "登录名"),
        ({0: "outsider"}, "登录名"),
        ({0: "admin"}, "登录名"),
        ({1: ""}, "姓名或岗位名"),
        ({2: "镇长"}, "岗位"),
        ({3: "没有这个单位"}, "单位"),
        ({4: FAR_VILLAGE}, "区划代码"),
        ({4: "123"}, "区划代码"),
        ({5: "电话"}, "手机"),
        ({0: "inspector", 1: "x", 2: "村居", 3: "东村村委会", 4: VILLAGE}, "岗位"),
    ],
)
def test_each_fault_is_told_and_nothing_is_saved(cast: Cast, change: dict[int, str], column: str) -> None:
    row = [change.get(position, cell) for position, cell in enumerate(ROWS[0])]
    before = Account.objects.count(), Post.objects.count()
    preview = upload(cast, [*ROWS[1:3], row])
    assert f"第4行 “{column}”列" in "\n".join(preview.context["lines"])
    assert confirm(cast, preview).status_code == 422
    assert (Account.objects.count(), Post.objects.count()) == before


def test_an_organisation_is_renamed_on_the_record(cast: Cast) -> None:
    from zerentian.ledger.models import Event

    place = cast.organisations["village"]
    sent = {"name": "东村村民委员会", "contact": "", "is_active": "on"}
    cast.client("admin").post(f"/people/organisations/{place.pk}", sent)
    place.refresh_from_db()
    assert place.name == "东村村民委员会"
    assert Event.objects.get(kind="organisation.changed").data["name"]["from"] == "东村村委会"


def test_fields_that_are_not_asked_for_are_ignored(cast: Cast) -> None:
    """Mass assignment (T54): what a form does not have, nobody sets."""
    sent = {
        "login": "zhao",
        "name": "赵六",
        "is_active": "",
        "must_change_password": "",
        "role": "system_admin",
    }
    cast.client("admin").post("/people/accounts/new", sent)
    made = Account.objects.get(login="zhao")
    assert (made.is_active, made.must_change_password, made.posts.count()) == (True, True, 0)


def test_lists_take_the_same_number_of_queries_however_long(
    cast: Cast, django_assert_max_num_queries
) -> None:
    for number in range(120):
        account = Account.objects.create(login=f"person{number}", name="某人")
        Post.objects.create(
            account=account, role="committee", organisation=cast.organisations["village"], region=VILLAGE
        )
    client = cast.client("admin")
    with django_assert_max_num_queries(12):
        client.get("/people/accounts")

"""Importing people: previewed, all or nothing, letters once."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse

from tests.cast import FAR_VILLAGE, NEIGHBOUR, TOWN, VILLAGE, Cast
from zerentian.core.problems import problem
from zerentian.core.table_writing import workbook_bytes
from zerentian.ledger.models import Event
from zerentian.people.models import Account, Organisation, Post

HEAD = ["登录名", "姓名或岗位名", "岗位", "单位", "区划代码", "手机", "自", "至"]
ROWS = [
    ["wang", "王五", "第三方检查员", "测评公司", TOWN, "13900000000", "", ""],
    ["lisi", "李四", "村居", "东村村委会", VILLAGE, "", "", ""],
    ["lisi", "李四", "村居", "西村村委会", NEIGHBOUR, "", "", ""],
    ["village", "村居（village）", "村居", "东村村委会", VILLAGE, "", "", ""],
]


def upload(cast: Cast, rows: list[list[str]] = ROWS, content: bytes = b"") -> HttpResponse:
    table = SimpleUploadedFile("人员.xlsx", content or workbook_bytes("人员", HEAD, rows))
    return cast.client("admin").post("/people/accounts/import", {"table": table})


def confirm(cast: Cast, preview: HttpResponse) -> HttpResponse:
    return cast.client("admin").post("/people/accounts/import", {"kept": preview.context["kept"]})


def test_it_works(cast: Cast) -> None:
    preview = upload(cast)
    assert preview.context["counts"] == {"new": 3, "post": 0, "unchanged": 1, "details": 0}
    assert not Account.objects.filter(login="wang").exists()
    letters = confirm(cast, preview)
    assert [account.login for account, _ in letters.context["letters"]] == ["wang", "lisi"]
    assert {post.region for post in Account.objects.get(login="lisi").posts.all()} == {VILLAGE, NEIGHBOUR}


def test_the_same_table_twice_changes_nothing(cast: Cast) -> None:
    confirm(cast, upload(cast))
    before = Post.objects.count()
    assert upload(cast).context["counts"] == {"new": 0, "post": 0, "unchanged": 4, "details": 0}
    assert Post.objects.count() == before


@pytest.mark.parametrize(
    ("cells", "column"),
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
def test_each_fault_is_told_and_nothing_is_saved(cast: Cast, cells: dict[int, str], column: str) -> None:
    row = [cells.get(position, cell) for position, cell in enumerate(ROWS[0])]
    before = Account.objects.count(), Post.objects.count()
    preview = upload(cast, [*ROWS[1:3], row])
    assert f"第4行 “{column}”列" in "\n".join(preview.context["lines"])
    assert confirm(cast, preview).status_code == 422
    assert (Account.objects.count(), Post.objects.count()) == before


def change(row: int, **cells: str) -> list[str]:
    """A row of `ROWS` with some cells changed, by the position of their letter: a is the first."""
    found = list(ROWS[row])
    for letter, value in cells.items():
        found["abcdefgh".index(letter)] = value
    return found


def told(preview: HttpResponse) -> str:
    return "\n".join(preview.context["lines"])


@pytest.mark.parametrize(
    ("since", "until"),
    [("2035-01-01", ""), ("2020-01-01", "2021-01-01"), ("2023/1/5", ""), ("2023年1月5日", "2035-1-1")],
)
def test_posts_of_other_days_are_not_given_twice(cast: Cast, since: str, until: str) -> None:
    rows = [change(0, g=since, h=until)]
    confirm(cast, upload(cast, rows))
    assert upload(cast, rows).context["counts"]["unchanged"] == 1
    assert Account.objects.get(login="wang").posts.count() == 1


def test_other_days_for_a_post_that_is_held_are_a_fault(cast: Cast) -> None:
    preview = upload(cast, [change(3, g="2023-01-01")])
    assert "已有同一岗位（2020-01-01 至 未定）" in told(preview)
    assert confirm(cast, preview).status_code == 422


def test_a_post_that_ended_is_given_again(cast: Cast) -> None:
    Post.objects.filter(account=cast.village).update(until="2021-01-01")
    confirm(cast, upload(cast, [ROWS[3]]))
    assert cast.village.posts.count() == 2


def test_a_row_that_stands_twice_is_a_fault(cast: Cast) -> None:
    assert "“村居”重复，与第2行相同" in told(upload(cast, [ROWS[1], ROWS[1]]))


def test_roles_exclude_each_other_only_on_the_same_days(cast: Cast) -> None:
    village = change(1, a="wang", b="王五", f="13900000000")
    after = [change(0, h="2030-12-31"), [*village[:6], "2031-01-01", ""]]
    assert told(upload(cast, after)) == ""
    assert "不能同时担任：村居、第三方检查员" in told(upload(cast, [change(0), village]))


def test_names_and_phones_change_on_the_record_without_being_kept_there(cast: Cast) -> None:
    rows = [change(3, b="东村书记", f="13911112222")]
    preview = upload(cast, rows)
    assert preview.context["counts"] == {"new": 0, "post": 0, "unchanged": 1, "details": 1}
    assert "村居（village） → 东村书记" in preview.content.decode()
    confirm(cast, preview)
    held = Account.objects.get(login="village")
    assert (held.name, held.phone) == ("东村书记", "13911112222")
    event = Event.objects.get(kind="account.changed")
    assert set(event.data) == {"name_hash", "phone_hash"}
    assert "13911112222" not in str(event.data)
    assert not upload(cast, rows).context["plan"].has_work


def test_an_empty_phone_leaves_what_is_there(cast: Cast) -> None:
    Account.objects.filter(login="village").update(phone="12345678")
    assert not upload(cast, [ROWS[3]]).context["plan"].has_work


def test_rows_of_one_login_must_not_differ(cast: Cast) -> None:
    assert "“李斯”与李四不同" in told(upload(cast, [ROWS[1], change(2, b="李斯")]))


def test_the_importing_admin_may_stand_in_the_table_but_gains_nothing(cast: Cast) -> None:
    own = change(0, a="admin", b=cast.admin.name, c="系统管理员", d="镇社发办", f="")
    assert upload(cast, [own]).context["counts"]["unchanged"] == 1
    more = change(0, a="admin", b=cast.admin.name, c="包干领导", d="镇社发办", f="")
    assert "不能给自己增加岗位" in told(upload(cast, [more]))


def test_somebody_with_a_post_elsewhere_is_not_ours_to_change(cast: Cast) -> None:
    Post.objects.create(
        account=cast.village, role="committee", organisation=cast.organisations["far_office"],
        region=FAR_VILLAGE,
    )  # fmt: skip
    preview = upload(cast, [change(3, e=TOWN)])
    assert "不在您的管理范围内" in told(preview)
    assert confirm(cast, preview).status_code == 422


def test_an_organisation_that_is_out_of_use_or_one_of_two_is_a_fault(cast: Cast) -> None:
    Organisation.objects.create(kind="unit", name="测评公司", region=TOWN)
    Organisation.objects.filter(name="东村村委会").update(is_active=False)
    lines = told(upload(cast, [ROWS[0], ROWS[1]]))
    assert "有 2 个单位叫“测评公司”" in lines
    assert "第3行 “单位”列：“东村村委会”不合规定" in lines


def test_all_faults_of_a_row_at_once(cast: Cast) -> None:
    wrong = ["王", "", "镇长", "无", "1", "无", "昨天", "2023-02-30"]
    preview = upload(cast, [ROWS[0], wrong])
    assert preview.context["problems_count"] == len(wrong)
    assert "确认导入" not in preview.content.decode()


def test_csv_as_excel_writes_it_in_china(cast: Cast) -> None:
    text = (
        "登录名,姓名或岗位名,岗位,单位,区划代码,自\r\nwang,王五,包干领导,镇社发办," + TOWN + ",2023/1/5\r\n"
    )
    confirm(cast, upload(cast, content=text.encode("gbk")))
    assert Account.objects.get(login="wang").posts.get().since.isoformat() == "2023-01-05"


def test_a_fault_while_saving_leaves_nothing(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    from zerentian.people import actions

    before, real = Account.objects.count(), actions.give_post
    calls = iter([real, real])

    def fails_at_last(*values: object, **named: object) -> Post:
        call = next(calls, None)
        if call is None:
            raise problem("people.login_taken", value="x")
        return call(*values, **named)

    preview = upload(cast)
    monkeypatch.setattr(actions, "give_post", fails_at_last)
    assert confirm(cast, preview).status_code == 422
    assert Account.objects.count() == before


def test_the_preview_takes_the_same_number_of_queries_however_long(
    cast: Cast, django_assert_max_num_queries
) -> None:
    client = cast.client("admin")
    rows = [change(0, a=f"person{number}") for number in range(150)]
    table = SimpleUploadedFile("人员.xlsx", workbook_bytes("人员", HEAD, rows))
    with django_assert_max_num_queries(15):
        client.post("/people/accounts/import", {"table": table})


def test_too_many_rows_are_a_fault(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zerentian.people.importing.MOST_ROWS", 2)
    assert "超过上限 2" in told(upload(cast))

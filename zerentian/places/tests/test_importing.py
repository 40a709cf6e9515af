"""Importing sites: preview first, all faults at once, all or nothing, the same table twice changes nothing."""

from __future__ import annotations

import io
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from python_calamine import CalamineWorkbook

from tests.cast import FAR_VILLAGE, VILLAGE, Cast
from zerentian.core.table_writing import workbook_bytes
from zerentian.ledger.models import Event
from zerentian.places.models import Site

HEAD = ["编号", "类型", "名称", "村居代码", "户数", "投放时段", "物业企业"]
URL = "/places/sites/import"
ROWS = [
    ["C-own", "居住小区", "东村一期", VILLAGE, "300", "06:30-08:30", "安居物业"],
    ["S-1", "沿街商铺", "=HYPERLINK(1)", VILLAGE, "", "", ""],
    ["S-2", "shop", "𠮷记面馆", VILLAGE, "", "", ""],
]


def upload(cast: Cast, content: bytes, name: str = "点位.xlsx", who: str = "operator") -> HttpResponse:
    return cast.client(who).post(URL, {"table": SimpleUploadedFile(name, content)})


def confirm(cast: Cast, preview: HttpResponse, who: str = "operator") -> HttpResponse:
    return cast.client(who).post(URL, {"kept": preview.context["kept"]})


def book(rows: list[list[str]] = ROWS, head: list[str] = HEAD) -> bytes:
    return workbook_bytes("点位", head, rows)


def test_it_works(cast: Cast) -> None:
    preview = upload(cast, book())
    assert preview.context["counts"] == {"new": 2, "changed": 1, "unchanged": 0}
    assert "户数：— → 300" in preview.content.decode()
    assert Site.objects.count() == 3
    confirm(cast, preview)
    assert Site.objects.get(code="C-own").households == 300
    assert Site.objects.get(code="S-1").name == "=HYPERLINK(1)"
    assert Site.objects.get(code="S-2").name == "𠮷记面馆"
    assert Event.objects.filter(kind__startswith="site.").count() == 3


def test_the_same_table_twice_changes_nothing(cast: Cast) -> None:
    confirm(cast, upload(cast, book()))
    again = upload(cast, book())
    assert again.context["counts"] == {"new": 0, "changed": 0, "unchanged": 3}
    assert "没有要导入的内容" in again.content.decode()


def test_all_faults_are_told_and_nothing_is_saved(cast: Cast) -> None:
    rows = [*ROWS, *([f"F{number}", "楼", "", FAR_VILLAGE, "-1", "早上", "没有"] for number in range(60))]
    preview = upload(cast, book(rows))
    page = preview.content.decode()
    assert preview.context["problems_count"] == 60 * 6
    assert "上传的表格.xlsx 第5行 “类型”列：“楼”不合规定" in page
    assert "共 360 处" in page
    assert "确认导入" not in page
    assert confirm(cast, preview).status_code == 422
    assert Site.objects.count() == 3


def test_a_table_of_another_account_is_not_found(cast: Cast) -> None:
    preview = upload(cast, book())
    assert confirm(cast, preview, "second_operator").status_code == 422
    assert Site.objects.count() == 3


@pytest.mark.parametrize("kept", ["../../x.csv", "x", "", "0192f0c0-0000-7000-8000-000000000000.xlsx"])
def test_names_that_are_none_of_ours(cast: Cast, kept: str) -> None:
    assert cast.client("operator").post(URL, {"kept": kept}).status_code == 422


def test_gbk_csv_under_a_wrong_name(cast: Cast) -> None:
    text = "编号,类型,名称,村居代码\nG-1,单位,学校," + VILLAGE + "\n"
    assert upload(cast, text.encode("gbk"), "点位.xlsx").context["counts"]["new"] == 1


def test_a_bomb_is_refused_before_it_is_unpacked(cast: Cast) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"0" * (100 * 1024 * 1024))
    response = upload(cast, packed.getvalue())
    assert response.status_code == 422
    assert "压缩" in response.content.decode()


def test_a_row_of_another_town_is_a_fault(cast: Cast) -> None:
    preview = upload(cast, book([["X", "单位", "远", FAR_VILLAGE, "", "", ""]]))
    assert "村居代码" in preview.content.decode()
    assert preview.context["problems_count"] == 1


def test_an_export_comes_back_unchanged(cast: Cast) -> None:
    exported = cast.client("operator").get("/places/sites", {"export": "xlsx"})
    again = upload(cast, exported.content)
    assert again.context["problems_count"] == 0
    assert again.context["counts"] == {"new": 0, "changed": 0, "unchanged": 2}


@pytest.mark.parametrize(
    ("who", "path", "column"),
    [
        ("operator", URL, "村居代码"),
        ("operator", "/results/outside/import", "来源"),
        ("admin", "/people/accounts/import", "登录名"),
    ],
)
def test_an_empty_table_to_fill_in(cast: Cast, who: str, path: str, column: str) -> None:
    client = cast.client(who)
    assert "下载空表" in client.get(path).content.decode()
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(client.get(path + "?blank").content))
    rows = sheet.get_sheet_by_index(0).to_python()
    assert len(rows) == 1
    assert column in rows[0]

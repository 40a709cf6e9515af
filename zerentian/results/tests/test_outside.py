"""Results given by others: imported with a preview, all or nothing, replaced when given again."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse

from tests.cast import FAR_VILLAGE, VILLAGE, Cast
from zerentian.core.table_writing import workbook_bytes
from zerentian.results.importing import COLUMNS
from zerentian.results.models import OutsideResult

ROW = ["2023-09", "区督查", VILLAGE, "88.5", "否"]


def upload(cast: Cast, *rows: list[str]) -> HttpResponse:
    table = SimpleUploadedFile("成绩.xlsx", workbook_bytes("成绩", list(COLUMNS), rows))
    return cast.client("operator").post("/results/outside/import", {"table": table})


def confirm(cast: Cast, preview: HttpResponse) -> HttpResponse:
    return cast.client("operator").post("/results/outside/import", {"kept": preview.context["kept"]})


def test_it_works_and_again_replaces(cast: Cast) -> None:
    preview = upload(cast, ROW)
    assert "东村" in preview.content.decode()
    assert not OutsideResult.objects.exists()
    confirm(cast, preview)
    confirm(cast, upload(cast, [*ROW[:3], "91", "是"]))
    given = OutsideResult.objects.get()
    assert (given.source, given.score, given.passed) == ("district", 91, True)


@pytest.mark.parametrize(
    ("change", "column"),
    [
        ({0: "2023-13"}, "月份"),
        ({1: "县督查"}, "来源"),
        ({2: FAR_VILLAGE}, "村居代码"),
        ({3: "１e309"}, "得分"),
        ({3: "-1"}, "得分"),
        ({4: "也许"}, "达标"),
    ],
)
def test_each_fault_is_told_and_nothing_is_saved(cast: Cast, change: dict[int, str], column: str) -> None:
    faulty = [change.get(position, cell) for position, cell in enumerate(ROW)]
    preview = upload(cast, ROW, faulty)
    assert f"第3行 “{column}”列" in preview.content.decode()
    assert confirm(cast, preview).status_code == 422
    assert not OutsideResult.objects.exists()


def test_the_same_committee_twice_is_a_fault(cast: Cast) -> None:
    assert "第3行" in upload(cast, ROW, ROW).content.decode()

"""Workbooks that can't be used: each fault is named with its place, and nothing is written."""

from __future__ import annotations

import datetime
import resource
import time
import zipfile
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tests.town import (
    COLUMNS,
    MONTH,
    Town,
    clause,
    section,
    sound_town,
    standard,
    write_xlsx,
)

OBSERVATIONS = "period,site,clause,value\n2023-10,s1,purity,9/10\n"
ROW = {"period": MONTH, "site": "s1", "clause": "purity", "value": "9/10"}


@pytest.fixture
def town(tmp_path: Path) -> Town:
    return sound_town(tmp_path)


def book(town: Town, name: str = "book.xlsx", **cells: Any) -> Path:
    path = write_xlsx(town.folder / name, [{**ROW, **cells}], COLUMNS["observations"])
    town.files["observations"] = path
    return path


def rewrite(path: Path, change: Callable[[str, bytes], bytes]) -> Path:
    """The same workbook with its parts changed."""
    changed = path.with_name("rewritten.xlsx")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, change(name, old.read(name)))
    return changed


def test_a_sound_workbook(town: Town) -> None:
    book(town)
    assert town.run().site_score("s1") == "90.00"


@pytest.mark.parametrize("shown_as", ["0%", "0.00%", '0.0"个"%'])
def test_a_share_that_excel_shows_as_a_percentage(town: Town, shown_as: str) -> None:
    """87.9% typed into Excel is stored as 0.879."""
    town.standards = [
        standard(section("一", clause("rate", "shortfall", 5, each=1, target=90)), full_marks=5)
    ]
    path = book(town, clause="rate", value=0.879)
    changed = openpyxl.load_workbook(path)
    cell = changed.active.cell(2, COLUMNS["observations"].index("value") + 1)
    cell.number_format = shown_as
    changed.save(path)
    assert town.run().deductions("s1") == {"rate": Decimal(2)}


def test_a_value_that_excel_made_a_date_of(town: Town) -> None:
    """9/10 typed into Excel becomes the ninth of October."""
    book(town, value=datetime.date(2023, 9, 10))
    town.run().refused("book.xlsx", "第2行", "value", "2023-09-10", "日期")


def test_a_month_that_excel_keeps_as_a_number(town: Town) -> None:
    book(town, period=45200)
    town.run().refused("book.xlsx", "第2行", "period", "45200", "YYYY-MM")


def test_merged_cells(town: Town) -> None:
    path = book(town)
    sheet = openpyxl.load_workbook(path)
    sheet.active.append([MONTH, "s1", "purity", "8/10"])
    sheet.active.merge_cells("B2:B3")
    sheet.save(path)
    town.run().refused("book.xlsx", "第2行", "B2:B3")


def test_a_merged_title_above_the_header(town: Town) -> None:
    path = book(town)
    workbook = openpyxl.load_workbook(path)
    workbook.active.insert_rows(1)
    workbook.active["A1"] = "2023年10月检查结果"
    workbook.active.merge_cells("A1:D1")
    workbook.save(path)
    town.run().refused("book.xlsx", "表头")


def test_a_workbook_without_a_cell(town: Town) -> None:
    path = town.folder / "book.xlsx"
    openpyxl.Workbook().save(path)
    town.files["observations"] = path
    town.run().refused("book.xlsx", "空")


@pytest.mark.parametrize("written", [b"a_x0007_b", b"a&#7;b"])
def test_control_characters_in_a_workbook(town: Town, written: bytes) -> None:
    path = write_xlsx(
        town.folder / "plain.xlsx", [{"subject": "v1", "name": "THE-NAME"}], COLUMNS["subjects"]
    )
    town.files["subjects"] = rewrite(path, lambda name, body: body.replace(b"THE-NAME", written))
    town.run().refused("rewritten.xlsx", "U+0007")


def test_an_error_cell_is_not_an_unanswered_clause(town: Town) -> None:
    """#N/A must not become full points under --missing full."""
    book(town, value="#N/A")
    town.run("--missing", "full").refused("book.xlsx")


def test_a_truncated_workbook(town: Town) -> None:
    path = book(town)
    path.write_bytes(path.read_bytes()[:-700])
    town.run().refused("book.xlsx", ".xlsx")


def test_a_damaged_workbook(town: Town) -> None:
    path = book(town)
    content = bytearray(path.read_bytes())
    content[900:1000] = bytes(100)
    path.write_bytes(content)
    outcome = town.run()
    assert outcome.status in (0, 2)
    assert "Traceback" not in outcome.text


def test_an_archive_that_is_no_workbook(town: Town) -> None:
    path = town.folder / "book.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "hello")
    town.files["observations"] = path
    town.run().refused("book.xlsx")


@pytest.mark.parametrize("content", [b"", OBSERVATIONS.encode()])
def test_no_workbook_at_all(town: Town, content: bytes) -> None:
    town.put("observations", content, name="book.xlsx")
    town.run().refused("book.xlsx")


def test_a_workbook_named_csv(town: Town) -> None:
    town.put("observations", book(town).read_bytes(), name="book.csv")
    town.run().refused("book.csv", ".xlsx")


OLE2 = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)


@pytest.mark.parametrize("name", ["book.xlsx", "book.xls"])
def test_a_workbook_with_a_password(town: Town, name: str) -> None:
    town.put("observations", OLE2 + "EncryptedPackage".encode("utf-16-le") + bytes(4000), name=name)
    town.run().refused(name, "密码")


@pytest.mark.parametrize("name", ["book.xlsx", "book.xls"])
def test_an_old_excel_workbook(town: Town, name: str) -> None:
    town.put("observations", OLE2 + "Workbook".encode("utf-16-le") + bytes(4000), name=name)
    town.run().refused(name, ".xls")


def bomb(town: Town, megabytes: int, part: str) -> Path:
    """A small workbook one part of which unpacks to so much."""
    path = rewrite(book(town), lambda name, body: body)
    with (
        zipfile.ZipFile(path) as old,
        zipfile.ZipFile(town.folder / "bomb.xlsx", "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            if name != part:
                new.writestr(name, old.read(name))
        with new.open(part, "w", force_zip64=True) as stream:
            for _ in range(megabytes):
                stream.write(b" " * 1_000_000)
    return town.folder / "bomb.xlsx"


@pytest.mark.parametrize("part", ["xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/other.bin"])
def test_a_zip_bomb_is_refused_before_it_is_unpacked(town: Town, part: str) -> None:
    path = bomb(town, 100, part)
    assert path.stat().st_size < 1_000_000
    town.files["observations"] = path
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.monotonic()
    town.run().refused("bomb.xlsx")
    assert time.monotonic() - started < 2
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000


def test_a_zip_bomb_that_lies_about_its_size(town: Town) -> None:
    path = bomb(town, 100, "xl/worksheets/sheet1.xml")
    true_size = (100_000_000).to_bytes(4, "little")
    content = path.read_bytes()
    assert true_size in content
    path.write_bytes(content.replace(true_size, (900).to_bytes(4, "little")))
    town.files["observations"] = path
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    town.run().refused("bomb.xlsx")
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000

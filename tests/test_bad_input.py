"""Input that can't be used: each fault is named with file, row, column, value and what was expected; status 2;
nothing is written."""

from __future__ import annotations

import datetime
import json
import resource
import time
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tests.town import (
    COLUMNS,
    MONTH,
    Town,
    clause,
    policy,
    purity,
    score_rows,
    section,
    standard,
    write_csv,
    write_json,
    write_xlsx,
)

OBSERVATIONS = "period,site,clause,value\n2023-10,s1,purity,9/10\n"
ROW = {"period": MONTH, "site": "s1", "clause": "purity", "value": "9/10"}


@pytest.fixture
def town(tmp_path: Path) -> Town:
    """A month with nothing wrong: one village, one compound, one observation."""
    town = Town(tmp_path)
    town.add_site("s1")
    town.observations = list(score_rows({"s1": 90}))
    return town


def put(town: Town, option: str, content: str | bytes, name: str = "") -> Town:
    """Hand in this file for `option`, named `own_<option>.csv` unless told otherwise."""
    path = town.folder / (name or f"own_{option}.csv")
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    town.files[option] = path
    return town


def test_the_month_itself_is_sound(town: Town) -> None:
    assert town.run().site_score("s1") == "90.00"


# --- values outside their rule ---

SHEET = standard(
    section(
        "一",
        clause("bins", "all_or_nothing", 5),
        clause("dirty", "per_occurrence", 5, each=1),
        clause("labels", "missing_kinds", 3, each=1, kinds=["可回收物", "湿垃圾"]),
        clause("notice", "levels", 10, levels={"规范": 10, "无": 0}),
        clause("purity", "ratio", 15),
        clause("aware", "steps", 10, start=90, step=10, each=1),
        clause("target", "shortfall", 5, each=0.5, target=85),
    ),
    section(
        "二",
        clause("mixed", "veto", cap=59),
        clause("model", "bonus", each=1),
        clause("repeat", "penalty", each=1),
    ),
    full_marks=53,
)
SOUND = {
    "bins": "yes",
    "dirty": "0",
    "labels": "none",
    "notice": "规范",
    "purity": "1/1",
    "aware": "90",
    "target": "85",
    "mixed": "no",
    "model": "0",
    "repeat": "0",
}
NO_COUNT = (
    "-1",
    "1.5",
    "NaN",
    "1e309",
    "1e3",
    "inf",
    "12。5",
    "两处",
    "1,000",
    "0x10",
    "8²",
    "①",
    "9" * 5000,
)
NO_PERCENTAGE = ("101", "100.01", "-0.1", "NaN", "1e309", "12。5", "89,9", "九十")
REFUSED = {
    "bins": ("maybe", "1", "0.5"),
    "dirty": NO_COUNT,
    "labels": ("干垃圾", "none;湿垃圾", "1"),
    "notice": ("优", "10"),
    "purity": ("5/4", "0/0", "1/0", "-1/3", "1/-3", "3", "1.5/3", "1/", "/3", "a/b", "1/2/3", "NaN/1"),
    "aware": NO_PERCENTAGE,
    "target": NO_PERCENTAGE,
    "mixed": ("maybe", "1"),
    "model": NO_COUNT,
    "repeat": NO_COUNT,
}


@pytest.mark.parametrize("identifier", REFUSED)
def test_values_outside_their_rule(town: Town, identifier: str) -> None:
    """All of a clause's bad values in one file, one site each: each is told with its row."""
    town.standards = [SHEET]
    town.sites, town.observations = [], []
    values = REFUSED[identifier]
    for number, value in enumerate(values):
        town.add_site(f"t{number}")
        town.observe(f"t{number}", {**SOUND, identifier: value})
    row_of = {
        row["site"]: number for number, row in enumerate(town.observations, 2) if row["clause"] == identifier
    }
    outcome = town.run()
    for number, value in enumerate(values):
        site = f"t{number}"
        outcome.refused(
            "observations.csv", f"第{row_of[site]}行", "value", site, identifier, value[:200], "应为"
        )
    assert len(outcome.text.splitlines()) == len(values)


def test_full_width_digits_are_accepted(town: Town) -> None:
    # １２ of 100 -> 88; ８９．９ % -> one step of 1
    town.standards = [
        standard(
            section(
                "一",
                clause("dirty", "per_occurrence", 90, each=1),
                clause("aware", "steps", 10, start=90, step=10, each=1),
            ),
            full_marks=100,
        )
    ]
    town.observations = []
    town.observe("s1", {"dirty": "１２", "aware": "８９．９"})
    assert town.run().site_score("s1") == "87.00"


def test_not_applicable_is_for_scored_clauses(town: Town) -> None:
    """A veto that is "not applicable" did not happen: that is `no`, and must be said."""
    town.standards = [SHEET]
    town.observations = []
    town.observe("s1", {**SOUND, "mixed": "n/a"})
    town.run().refused("observations.csv", "mixed", "n/a")


@pytest.mark.parametrize(
    "period",
    ["2023-13", "2023-00", "2023-1", "2023/10", "202310", "2023年10月", "10-2023", "", "45200", "2023-10-08"],
)
def test_periods_that_are_no_month(town: Town, period: str) -> None:
    put(town, "observations", OBSERVATIONS.replace(MONTH, period))
    town.run().refused("own_observations.csv", "第2行", "period", period, "YYYY-MM")


@pytest.mark.parametrize("option", ["figures", "history"])
def test_periods_of_the_other_tables(town: Town, option: str) -> None:
    town.policy = policy({"id": "social", "statistic": "figure", "points": 10, "scale": 100})
    rows = {"figures": "2023-1,v1,social,5", "history": "2023-1,district,v1,80,no"}
    put(town, option, ",".join(COLUMNS[option]) + "\n" + rows[option] + "\n")
    town.run().refused(f"own_{option}.csv", "第2行", "period", "2023-1", "YYYY-MM")


# --- rows that name what is not there, or name it twice ---


@pytest.mark.parametrize(
    ("option", "row", "words"),
    [
        ("observations", "2023-10,zz,purity,9/10", ("site", "zz")),
        ("observations", "2023-10,,purity,9/10", ("site",)),
        ("observations", "2023-10,s1,nope,9/10", ("clause", "nope")),
        ("observations", "2023-10,s1,purity,9/10", ("clause", "purity")),
        ("observations", "2023-10,s1,purity,1/10", ("clause", "purity")),
        ("sites", "s2,乙小区,compound,v9", ("subject", "v9")),
        ("sites", "s2,乙小区,compound,", ("subject",)),
        ("sites", "s1,乙小区,compound,v1", ("site", "s1", "第2行")),
        ("sites", ",乙小区,compound,v1", ("site",)),
        ("subjects", "v1,又一村", ("subject", "v1", "第2行")),
        ("subjects", ",又一村", ("subject",)),
    ],
)
def test_rows_that_name_the_wrong_thing(town: Town, option: str, row: str, words: Sequence[str]) -> None:
    path = write_csv(town.folder / f"own_{option}.csv", getattr(town, option), COLUMNS[option])
    put(town, option, path.read_text("utf-8") + row + "\n")
    town.run().refused(f"own_{option}.csv", "第3行", *words)


def test_an_observed_site_of_a_kind_without_standard(town: Town) -> None:
    town.add_site("s2", kind="castle")
    town.observations += score_rows({"s2": 90})
    town.run().refused("s2", "castle")


FIGURE_PARTS = (
    {"id": "homes", "kinds": ["compound"], "statistic": "mean", "points": 90},
    {"id": "social", "statistic": "figure", "points": 10, "scale": 100},
    {"id": "orders", "statistic": "count", "each": -1, "cap": 5},
)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("2023-10,v1,social,NaN", ("value", "NaN")),
        ("2023-10,v1,social,1e309", ("value", "1e309")),
        ("2023-10,v1,social,12。5", ("value", "12。5")),
        ("2023-10,v1,social,-1", ("value", "-1")),
        ("2023-10,v1,social,", ("value",)),
        ("2023-10,v1,orders,-2", ("value", "-2")),
        ("2023-10,v1,homes,5", ("part", "homes")),
        ("2023-10,v1,nope,5", ("part", "nope")),
        ("2023-10,v9,social,5", ("subject", "v9")),
    ],
)
def test_figures(town: Town, row: str, words: Sequence[str]) -> None:
    town.policy = policy(*FIGURE_PARTS)
    put(town, "figures", f"period,subject,part,value\n{row}\n")
    town.run().refused("own_figures.csv", "第2行", *words)


def test_the_same_figure_twice(town: Town) -> None:
    town.policy = policy(*FIGURE_PARTS)
    put(town, "figures", "period,subject,part,value\n2023-10,v1,social,5\n2023-10,v1,social,6\n")
    town.run().refused("own_figures.csv", "第3行", "social")


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("2023-09,district,v9,80,no", ("subject", "v9")),
        ("2023-09,district,v1,80,maybe", ("passed", "maybe")),
        ("2023-09,district,v1,80,", ("passed",)),
        ("2023-09,district,v1,NaN,no", ("score", "NaN")),
        ("2023-09,district,v1,1e309,no", ("score", "1e309")),
        ("2023-09,,v1,80,no", ("source",)),
    ],
)
def test_history(town: Town, row: str, words: Sequence[str]) -> None:
    put(town, "history", f"period,source,subject,score,passed\n{row}\n")
    town.run().refused("own_history.csv", "第2行", *words)


def test_the_same_month_of_history_twice(town: Town) -> None:
    head = "period,source,subject,score,passed\n"
    put(town, "history", head + "2023-09,district,v1,80,no\n2023-09,district,v1,95,yes\n")
    town.run().refused("own_history.csv", "第3行", "v1")


@pytest.mark.parametrize("households", ["", "-3", "many", "NaN"])
def test_households_where_they_weigh(town: Town, households: str) -> None:
    town.policy = policy(
        {"id": "homes", "kinds": ["compound"], "statistic": "mean", "points": 100, "weight": "households"}
    )
    put(town, "sites", f"site,name,kind,subject,households\ns1,甲,compound,v1,{households}\n")
    town.run().refused("own_sites.csv", "第2行", "households", households)


def test_households_of_scored_sites_that_sum_to_nothing(town: Town) -> None:
    """The one scored site has no households; the other has, but nobody visited it."""
    part = {"id": "homes", "kinds": ["compound"], "statistic": "mean", "points": 100, "weight": "households"}
    town.policy = policy(part)
    town.sites = []
    town.add_site("s1", households="0")
    town.add_site("s2", households="100")
    outcome = town.run_apart()
    assert outcome.status in (0, 2), outcome.text
    assert "Traceback" not in outcome.text


def test_households_column_is_missing(town: Town) -> None:
    town.policy = policy(
        {"id": "homes", "kinds": ["compound"], "statistic": "mean", "points": 100, "weight": "households"}
    )
    town.run().refused("sites.csv", "households")


def test_grouping_column_is_missing(town: Town) -> None:
    town.policy = policy(groups="class")
    town.run().refused("subjects.csv", "class")


def test_mixed_sources(town: Town) -> None:
    head = "period,site,clause,value,source\n"
    put(town, "observations", head + "2023-10,s1,purity,9/10,town\n2023-10,s1,purity,8/10,district\n")
    town.run().refused("own_observations.csv", "source", "town", "district")


# --- the form of tables ---


@pytest.mark.parametrize("option", ["subjects", "sites", "observations", "figures", "history"])
@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf", b"\n\n"])
def test_an_empty_table(town: Town, option: str, content: bytes) -> None:
    put(town, option, content)
    town.run().refused(f"own_{option}.csv", "空")


@pytest.mark.parametrize("option", ["subjects", "sites", "observations"])
def test_a_header_and_no_row(town: Town, option: str) -> None:
    put(town, option, ",".join(COLUMNS[option]) + "\n")
    outcome = town.run()
    assert outcome.status == 2
    assert not outcome.out.exists()


@pytest.mark.parametrize("option", ["subjects", "sites", "observations", "figures", "history"])
def test_a_missing_column(town: Town, option: str) -> None:
    columns = COLUMNS[option]
    put(town, option, ",".join(columns[:-1]) + "\n" + ",".join("x" for _ in columns[:-1]) + "\n")
    town.run().refused(f"own_{option}.csv", "第1行", columns[-1])


def test_a_column_twice(town: Town) -> None:
    put(town, "observations", "period,site,clause,value,value\n2023-10,s1,purity,9/10,1/10\n")
    town.run().refused("own_observations.csv", "第1行", "value")


def test_a_title_row_above_the_header(town: Town) -> None:
    put(town, "observations", "2023年10月检查结果,,,\n" + OBSERVATIONS)
    town.run().refused("own_observations.csv", "表头")


def test_two_header_rows(town: Town) -> None:
    put(town, "observations", OBSERVATIONS.replace("2023-10,s1", "月份,点位,评分项,值\n2023-10,s1"))
    town.run().refused("own_observations.csv", "第2行", "月份")


def test_a_cell_beyond_the_header(town: Town) -> None:
    put(town, "observations", OBSERVATIONS.replace("9/10", "9/10,甲"))
    town.run().refused("own_observations.csv", "第2行")


def test_a_row_that_is_too_short_has_no_value(town: Town) -> None:
    put(town, "observations", "period,site,clause,value\n2023-10,s1,purity\n")
    town.run().refused("own_observations.csv", "s1", "purity")


def test_a_quotation_mark_that_is_never_closed(town: Town) -> None:
    """Else the rest of the file would silently become one name."""
    put(town, "subjects", 'subject,name\nv1,"一村\nv2,二村\nv3,三村\n')
    town.run().refused("own_subjects.csv")


@pytest.mark.parametrize("character", ["\x00", "\x07", "\x1b"])
def test_control_characters(town: Town, character: str) -> None:
    put(town, "subjects", f"subject,name\nv1,一{character}村\n")
    town.run().refused("own_subjects.csv", "第2行", f"U+{ord(character):04X}")


@pytest.mark.parametrize("written", [b"a_x0007_b", b"a&#7;b"])
def test_control_characters_in_a_workbook(town: Town, written: bytes) -> None:
    path = write_xlsx(
        town.folder / "plain.xlsx", [{"subject": "v1", "name": "THE-NAME"}], COLUMNS["subjects"]
    )
    town.files["subjects"] = rewrite(path, lambda name, body: body.replace(b"THE-NAME", written))
    town.run().refused("rewritten.xlsx", "U+0007")


def test_text_in_no_known_encoding(town: Town) -> None:
    put(town, "subjects", b"subject,name\nv1,\xff\xfe\xfa\n")
    town.run().refused("own_subjects.csv", "编码")


def test_a_file_that_is_not_there(town: Town) -> None:
    town.files["sites"] = town.folder / "no_such.csv"
    town.run().refused("no_such.csv")


def test_a_folder_in_place_of_a_file(town: Town) -> None:
    folder = town.folder / "folder.csv"
    folder.mkdir()
    town.files["sites"] = folder
    town.run().refused("folder.csv")


def test_a_file_of_another_kind(town: Town) -> None:
    put(town, "sites", "site,name,kind,subject\n", name="sites.ods")
    town.run().refused("sites.ods")


# --- workbooks ---


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
    put(town, "observations", content, name="book.xlsx")
    town.run().refused("book.xlsx")


def test_a_workbook_named_csv(town: Town) -> None:
    put(town, "observations", book(town).read_bytes(), name="book.csv")
    town.run().refused("book.csv", ".xlsx")


OLE2 = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)


@pytest.mark.parametrize("name", ["book.xlsx", "book.xls"])
def test_a_workbook_with_a_password(town: Town, name: str) -> None:
    put(town, "observations", OLE2 + "EncryptedPackage".encode("utf-16-le") + bytes(4000), name=name)
    town.run().refused(name, "密码")


@pytest.mark.parametrize("name", ["book.xlsx", "book.xls"])
def test_an_old_excel_workbook(town: Town, name: str) -> None:
    put(town, "observations", OLE2 + "Workbook".encode("utf-16-le") + bytes(4000), name=name)
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


# --- standards ---


def one(*clauses: dict[str, Any], full_marks: Any = 10, **settings: Any) -> dict[str, Any]:
    return standard(section("一", *clauses, **settings), full_marks=full_marks)


RATIO = clause("a", "ratio", 10)


@pytest.mark.parametrize(
    ("sheet", "words"),
    [
        ({**purity(), "colour": "red"}, ("colour",)),
        (
            {**purity(), "sections": [section("一", RATIO, colour=1)], "full_marks": 10},
            ("sections[0].colour",),
        ),
        (one({**RATIO, "each": 1}), ("sections[0].clauses[0].each",)),
        ({**purity(), "full_marks": 99}, ("99", "100")),
        (one(RATIO, RATIO, full_marks=20), ("a", "重复")),
        ({**purity(), "standard": "Compound X"}, ("standard", "Compound X")),
        ({**purity(), "pass_share": 1.5}, ("pass_share", "1.5")),
        ({**purity(), "not_applicable": "zero"}, ("not_applicable", "zero")),
        ({**purity(), "decimals": -1}, ("decimals", "-1")),
        ({**purity(), "full_marks": "hundred"}, ("full_marks", "hundred")),
        ({**purity(), "full_marks": float("nan")}, ("full_marks",)),
        ({**purity(), "full_marks": float("inf")}, ("full_marks",)),
        ({**purity(), "sections": []}, ("sections",)),
        (one(clause("a", "magic", 10)), ("clauses[0]", "magic")),
        (one(clause("a", "per_occurrence", 10)), ("clauses[0].each",)),
        (one(clause("a", "per_occurrence", 10, each=-1)), ("clauses[0].each", "-1")),
        (one(clause("a", "ratio")), ("clauses[0].points",)),
        (one(clause("a", "ratio", -10), full_marks=-10), ("clauses[0].points", "-10")),
        (one(clause("a", "levels", 10, levels={"好": 11, "无": 0})), ("levels", "10")),
        (one(clause("a", "missing_kinds", 10, each=1, kinds=[])), ("kinds",)),
        (one(clause("a", "missing_kinds", 10, each=1, kinds=["湿", "湿"])), ("kinds",)),
        (one(clause("a", "steps", 10, each=1, start=120, step=10)), ("start", "120")),
        (one(clause("a", "steps", 10, each=1, start=90, step=0)), ("step", "0")),
        (one(clause("a", "shortfall", 10, each=1, target={"2023-13": 50})), ("target",)),
        (one(RATIO, clause("v", "veto", 5)), ("clauses[1].points",)),
        (one(RATIO, clause("v", "veto", cap=-1)), ("clauses[1].cap", "-1")),
        (one(RATIO, clause("b", "bonus", each=1), bonus_cap=-1), ("bonus_cap", "-1")),
        (one(RATIO, gate={"clause": "zz", "when": "zero"}), ("gate", "zz")),
        (one(RATIO, gate={"clause": "a", "when": "full"}), ("gate.when", "full")),
        (one({**RATIO, "unsure": "分值看不清"}), ("a", "unsure", "分值看不清")),
    ],
)
def test_standards(town: Town, sheet: dict[str, Any], words: Sequence[str]) -> None:
    town.standards = [sheet]
    if sheet["sections"]:
        identifier = sheet["sections"][0]["clauses"][0]["id"]
        town.observations = [{**ROW, "clause": identifier, "value": "1/1"}]
    town.run().refused("standard0.yaml", *words)


def test_two_standards_for_one_kind(town: Town) -> None:
    town.standards = [purity(), purity(standard="other")]
    town.run().refused("standard1.yaml", "compound")


def sound_yaml(town: Town) -> str:
    return town.write_yaml("sound", purity()).read_text("utf-8")


@pytest.mark.parametrize(
    ("addition", "words"),
    [
        ("title: 别的\n", ("title", "两次")),
        ("a: [1,\nb: }\n", ("格式",)),
        ("a:\n\t- b\n", ("格式",)),
        ("---\nstandard: x\n", ("格式",)),
        ("colour: !!python/object/apply:os.getcwd []\n", ()),
        ("colour: !town red\n", ()),
        ("? [a, b]\n: 1\n", ()),
        ("colour: &a [*a]\n", ()),
        ("colour: " + "[" * 3000 + "]" * 3000 + "\n", ()),
    ],
)
def test_yaml_that_is_no_yaml(town: Town, addition: str, words: Sequence[str]) -> None:
    put(town, "standard0", sound_yaml(town) + addition, name="own.yaml")
    town.run().refused("own.yaml", *words)


def test_keys_written_twice_deep_in_a_file(town: Town) -> None:
    text = sound_yaml(town).replace("rule: ratio", "rule: ratio\n    points: 100")
    second = [number for number, line in enumerate(text.splitlines(), 1) if "points: 100" in line][-1]
    put(town, "standard0", text, name="own.yaml")
    town.run().refused("own.yaml", f"第{second}行", "points")


@pytest.mark.parametrize("content", ["", "- a\n- b\n", "hello\n", "# nothing\n"])
def test_yaml_that_is_no_standard(town: Town, content: str) -> None:
    put(town, "standard0", content, name="own.yaml")
    town.run().refused("own.yaml")


@pytest.mark.parametrize(
    "content",
    ["{", '{"standard": "a", "standard": "b"}', "[1]", '{"standard": NaN}', "[" * 100_000],
)
def test_json_that_is_no_standard(town: Town, content: str) -> None:
    put(town, "standard0", content, name="own.json")
    town.run().refused("own.json")


def test_json_indented_with_tabs_is_json(town: Town) -> None:
    put(town, "policy", json.dumps(policy(), indent="\t"), name="own.json")
    assert town.run().site_score("s1") == "90.00"


def test_yaml_aliases_that_grow_without_end(town: Town) -> None:
    lines = ["a: &a [x, x, x, x, x, x, x, x, x]\n"]
    for number in range(8):
        alias, name = chr(97 + number), chr(98 + number)
        lines.append(f"{name}: &{name} [{', '.join([f'*{alias}'] * 9)}]\n")
    put(town, "standard0", "".join(lines), name="own.yaml")
    started = time.monotonic()
    town.run().refused("own.yaml")
    assert time.monotonic() - started < 5


# --- policies ---


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"colour": 1}, ("colour",)),
        ({"visits": "best"}, ("visits", "best")),
        ({"missing_part": "skip"}, ("missing_part", "skip")),
        ({"ties": "fair"}, ("ties", "fair")),
        ({"min_sites": -1}, ("min_sites", "-1")),
        ({"tie_break": ["beauty"]}, ("tie_break", "beauty")),
        ({"parts": []}, ("parts",)),
        ({"lists": [{"name": "榜", "top": 1, "bottom": 1}]}, ("lists[0]",)),
        ({"lists": [{"name": "榜"}]}, ("lists[0]",)),
        ({"lists": [{"name": "榜", "top": 0}]}, ("lists[0].top", "0")),
        ({"lists": [{"name": "榜", "top": 1, "order": "random"}]}, ("lists[0].order", "random")),
        ({"lists": [{"name": "榜", "top": 1, "ties_at_cut": "some"}]}, ("ties_at_cut", "some")),
        ({"bands": [{"name": "绿榜"}]}, ("bands[0].min",)),
        ({"rank_bonus": {"first": 2}}, ("rank_bonus", "first")),
        ({"rank_bonus": {0: 2}}, ("rank_bonus",)),
        (
            {"interviews": [{"name": "x", "when": {}, "source": "town", "chair": "a", "attend": ["b"]}]},
            ("when",),
        ),
        (
            {
                "interviews": [
                    {
                        "name": "x",
                        "when": {"consecutive_fails": 0},
                        "source": "town",
                        "chair": "a",
                        "attend": ["b"],
                    }
                ]
            },
            ("consecutive_fails", "0"),
        ),
    ],
)
def test_policies(town: Town, settings: dict[str, Any], words: Sequence[str]) -> None:
    town.policy = policy(**settings)
    town.run().refused("policy.yaml", *words)


MEAN = {"id": "homes", "kinds": ["compound"], "statistic": "mean", "points": 100}


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ([MEAN, MEAN], ("homes",)),
        ([{**MEAN, "statistic": "median"}], ("parts[0]", "median")),
        ([{**MEAN, "colour": 1}], ("parts[0].colour",)),
        ([{**MEAN, "points": -10}], ("parts[0].points", "-10")),
        ([MEAN, {"id": "f", "statistic": "figure", "points": 10, "scale": 0}], ("parts[1].scale", "0")),
        ([MEAN, {"id": "f", "statistic": "count"}], ("parts[1].each",)),
    ],
)
def test_parts(town: Town, parts: list[dict[str, Any]], words: Sequence[str]) -> None:
    town.policy = policy(*parts)
    town.run().refused("policy.yaml", *words)


def test_characters_in_json_that_are_half_a_character(town: Town) -> None:
    content = json.dumps(policy(bands=[{"name": "绿\ud800榜", "min": 0}]))
    put(town, "policy", content, name="own.json")
    town.run().refused("own.json")


def test_rare_characters_escaped_in_json_are_one_character(town: Town) -> None:
    name = "\U00020bb7榜"
    path = write_json(town.folder / "own.json", policy(bands=[{"name": name, "min": 0}]))
    path.write_text(json.dumps(json.loads(path.read_text("utf-8"))), encoding="ascii")
    town.files["policy"] = path
    assert town.run().subject("v1")["band"] == name


# --- all at once ---


def test_all_faults_of_all_files_are_told_at_once(town: Town) -> None:
    town.policy = policy(colour=1)
    town.subjects.append({"subject": "v1", "name": "又一村"})
    town.add_site("s1")
    town.add_site("s2", "v8")
    town.observe("s1", {"purity": "5/4"}, date="2023-10-09")
    town.observe("zz", {"purity": "9/10"})
    town.history = [{"period": "x", "source": "district", "subject": "v1", "score": "y", "passed": "z"}]
    outcome = town.run()
    for words in (
        ("policy.yaml", "colour"),
        ("subjects.csv", "第3行", "v1"),
        ("sites.csv", "第3行", "s1"),
        ("sites.csv", "第4行", "v8"),
        ("observations.csv", "第3行", "5/4"),
        ("observations.csv", "第4行", "zz"),
        ("history.csv", "period", "x"),
        ("history.csv", "score", "y"),
        ("history.csv", "passed", "z"),
    ):
        outcome.refused(*words)


def test_the_first_hundred_and_the_count_of_the_rest(town: Town) -> None:
    town.observations = [{**ROW, "site": f"x{number}"} for number in range(250)]
    outcome = town.run()
    outcome.refused("第2行", "x0")
    outcome.refused("第101行", "x99")
    lines = outcome.stderr.splitlines()
    assert len(lines) == 101
    assert "x100" not in outcome.text
    assert "150" in lines[-1]


def test_exactly_a_hundred_faults_leave_no_rest(town: Town) -> None:
    town.observations = [{**ROW, "site": f"x{number}"} for number in range(100)]
    outcome = town.run()
    outcome.refused("x99")
    assert len(outcome.stderr.splitlines()) == 100


def test_each_fault_is_one_line(town: Town) -> None:
    town.observations = [{**ROW, "value": "第一行\n第二行"}]
    outcome = town.run()
    outcome.refused("第一行", "第二行")
    assert len(outcome.text.splitlines()) == 1


def test_a_shell_sees_status_two_and_the_faults_on_stderr(town: Town) -> None:
    town.observations = [{**ROW, "site": "zz"}]
    outcome = town.run_apart()
    outcome.refused("observations.csv", "第2行", "zz")
    assert outcome.stdout == ""


# --- results that can't be written ---


def small_files() -> None:
    """As a full disk: no file may grow beyond ten bytes."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, 10))


@pytest.mark.parametrize("kind", ["csv", "xlsx", "json"])
def test_a_full_disk_leaves_nothing(town: Town, kind: str) -> None:
    before = sorted(path.name for path in town.folder.iterdir())
    outcome = town.run_apart("--format", kind, preexec_fn=small_files)
    outcome.refused(str(outcome.out))
    written = {path.name for path in town.folder.iterdir()} - set(before)
    assert written == {"policy.yaml", "standard0.yaml", "subjects.csv", "sites.csv", "observations.csv"}


def test_a_full_disk_keeps_the_old_results(town: Town) -> None:
    out = town.run().out
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    outcome = town.run_apart("--force", preexec_fn=small_files)
    assert outcome.status == 2
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before


def test_no_place_to_write_to(town: Town) -> None:
    (town.folder / "file").write_text("x", encoding="utf-8")
    town.run(out="file/results").refused("file/results")


def test_a_file_where_the_folder_should_be(town: Town) -> None:
    (town.folder / "results").write_text("mine", encoding="utf-8")
    outcome = town.run()
    assert outcome.status == 2
    assert "Traceback" not in outcome.text
    assert outcome.out.read_text(encoding="utf-8") == "mine"

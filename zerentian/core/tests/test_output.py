"""Results appear whole or not at all; no cell becomes a formula."""

import csv
import json
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest

from zerentian.core.output_file import write_text
from zerentian.core.output_folder import output_folder
from zerentian.core.problems import ProblemsFound
from zerentian.core.table_writing import TableFormat, neutralised, restored, workbook_bytes, write_table

ROWS = [["=1+1", Decimal("88.10"), 3, None], ["-0.5", Decimal("-2.00"), 0, "\U00020bb7"]]
COLUMNS = ["name", "score", "rank", "note"]


def test_it_works(tmp_path: Path) -> None:
    with output_folder(tmp_path / "out" / "deep") as folder:
        (folder / "a.csv").write_text("1")
    assert (tmp_path / "out" / "deep" / "a.csv").read_text() == "1"
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["deep"]


def test_nothing_stays_after_a_failure(tmp_path: Path) -> None:
    def fail_half_way() -> None:
        with output_folder(tmp_path / "out") as folder:
            (folder / "a.csv").write_text("1")
            raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        fail_half_way()
    assert list(tmp_path.iterdir()) == []


def test_it_refuses_a_folder_that_holds_something(tmp_path: Path) -> None:
    (tmp_path / "old.csv").write_text("old")
    with pytest.raises(ProblemsFound) as caught, output_folder(tmp_path):
        pass
    assert "输出目录已有内容" in next(caught.value.lines())


def test_force_replaces_results_and_leaves_other_files(tmp_path: Path) -> None:
    out = tmp_path / "out"
    (out / "interviews").mkdir(parents=True)
    for name in ("lists.xlsx", "lists.csv", "notes.txt", "interviews/2.docx", "interviews/mine.txt"):
        (out / name).write_text("old")
    with output_folder(out, force=True, replaces=("lists.*", "interviews/*.docx")) as folder:
        (folder / "lists.csv").write_text("new")
        (folder / "interviews").mkdir()
        (folder / "interviews" / "1.docx").write_text("new")
    assert {p.name for p in out.iterdir()} == {"lists.csv", "notes.txt", "interviews"}
    assert (out / "lists.csv").read_text() == "new"
    assert {p.name for p in (out / "interviews").iterdir()} == {"1.docx", "mine.txt"}


def test_a_place_that_cannot_be_written_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ProblemsFound) as caught, output_folder(tmp_path / "file" / "out"):
        pass
    assert "写不了结果" in next(caught.value.lines())


def test_a_file_is_not_overwritten_unless_forced(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    write_text(path, "1")
    with pytest.raises(ProblemsFound):
        write_text(path, "2")
    write_text(path, "2", force=True)
    assert path.read_text() == "2"
    assert [p.name for p in tmp_path.iterdir()] == ["a.yaml"]


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("=1", "'=1"), ("@x", "'@x"), ("-cmd", "'-cmd"), ("+1", "+1"), ("-0.5", "-0.5"), ("村", "村"),
        ("\t=1", "'\t=1"), ("\r=1", "'\r=1"), ("＝HYPERLINK(1)", "'＝HYPERLINK(1)"), ("＋A1", "'＋A1"), ("'村", "'村"),
    ],
)  # fmt: skip
def test_text_that_looks_like_a_formula_is_neutralised_and_reads_back(text: str, safe: str) -> None:
    assert neutralised(text) == safe
    assert restored(safe) == text


def test_csv_keeps_written_places(tmp_path: Path) -> None:
    path = write_table(tmp_path, "t", COLUMNS, ROWS, "csv")
    with path.open(encoding="utf-8", newline="") as file:
        assert list(csv.reader(file)) == [
            COLUMNS,
            ["'=1+1", "88.10", "3", ""],
            ["-0.5", "-2.00", "0", "\U00020bb7"],
        ]


def test_json_keeps_written_places(tmp_path: Path) -> None:
    path = write_table(tmp_path, "t", COLUMNS, ROWS, "json")
    assert json.loads(path.read_text(encoding="utf-8"))[0] == {
        "name": "=1+1",
        "score": "88.10",
        "rank": 3,
        "note": None,
    }
    assert json.loads(write_table(tmp_path, "e", COLUMNS, [], "json").read_text(encoding="utf-8")) == []


def test_excel_shows_written_places_and_runs_nothing(tmp_path: Path) -> None:
    path = write_table(tmp_path, "t", COLUMNS, ROWS, "xlsx")
    sheet = openpyxl.load_workbook(path).active
    assert sheet is not None
    assert sheet["A2"].value == "=1+1"
    assert sheet["A2"].data_type == "s"
    assert (sheet["B2"].value, sheet["B2"].number_format) == (88.1, "0.00")
    assert sheet["D3"].value == "\U00020bb7"


@pytest.mark.parametrize("kind", ["csv", "xlsx", "json"])
def test_the_same_rows_give_the_same_bytes(tmp_path: Path, kind: TableFormat) -> None:
    first = write_table(tmp_path, "a", COLUMNS, ROWS, kind).read_bytes()
    (tmp_path / "b").mkdir()
    assert write_table(tmp_path / "b", "a", COLUMNS, ROWS, kind).read_bytes() == first


@pytest.mark.parametrize("character", ["村", "\U00020bb7"])
def test_a_text_too_long_for_a_cell_says_that_it_is_cut(tmp_path: Path, character: str) -> None:
    rows = [[character * 40_000, None, None, None]]
    sheet = openpyxl.load_workbook(write_table(tmp_path, "t", COLUMNS, rows, "xlsx")).active
    assert sheet is not None
    shown = str(sheet["A2"].value)
    assert shown.endswith("全文请在系统中查看）")
    assert shown.startswith(character * 16_000)
    assert len(shown.encode("utf-16-le")) // 2 <= 32_767


@pytest.mark.parametrize("name", ["2023/10 [甲]:*?", "很长的名字" * 20])
def test_a_sheet_takes_any_name(tmp_path: Path, name: str) -> None:
    path = tmp_path / "t.xlsx"
    path.write_bytes(workbook_bytes(name, COLUMNS, ROWS))
    (title,) = openpyxl.load_workbook(path).sheetnames
    assert 0 < len(title) <= 31

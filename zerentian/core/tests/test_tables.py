"""Reading tables that people hand in."""

import datetime
import zipfile
from pathlib import Path

import openpyxl
import pytest

from zerentian.core.days import parse_day
from zerentian.core.problems import ProblemList, ProblemsFound
from zerentian.core.table_writing import write_table
from zerentian.core.tables import open_table
from zerentian.core.workbooks import cell_text, column_letters

COLUMNS = ("period", "site")


def read(path: Path, columns: tuple[str, ...] = COLUMNS) -> list[tuple[int, tuple[str, ...]]]:
    problems = ProblemList()
    table = open_table(path, columns, problems)
    rows = list(table.rows(columns, problems)) if table else []
    problems.raise_if_any()
    return rows


def refused(path: Path, columns: tuple[str, ...] = COLUMNS) -> str:
    with pytest.raises(ProblemsFound) as caught:
        read(path, columns)
    return "\n".join(caught.value.lines())


def workbook(path: Path, rows: list[list[object]], merge: str = "") -> Path:
    book = openpyxl.Workbook()
    assert book.active is not None
    for row in rows:
        book.active.append(row)
    if merge:
        book.active.merge_cells(merge)
    book.save(path)
    return path


def text_file(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


def test_it_works(tmp_path: Path) -> None:
    path = text_file(tmp_path / "a.csv", "site,period\n甲,2023-10\n\n,\n乙,2023-11\n")
    assert read(path) == [(2, ("2023-10", "甲")), (5, ("2023-11", "乙"))]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030"])
def test_it_detects_the_encoding(tmp_path: Path, encoding: str) -> None:
    path = text_file(tmp_path / "a.csv", "period,site\n2023-10,朱家角\n", encoding)
    assert read(path) == [(2, ("2023-10", "朱家角"))]


def test_it_keeps_a_rare_character(tmp_path: Path) -> None:
    path = text_file(tmp_path / "a.csv", "period,site\n2023-10,\U00020bb7村\n", "gb18030")
    assert read(path) == [(2, ("2023-10", "\U00020bb7村"))]


def test_it_names_the_line_that_no_encoding_knows(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("period,site\n2023-10,甲\n".encode() + b"2023-10,\xff\xff\n")
    assert refused(path) == ("a.csv：文字编码识别不了（约第3行）；请另存为 UTF-8 编码的 CSV")


def test_it_reads_a_column_that_is_absent_as_empty(tmp_path: Path) -> None:
    path = text_file(tmp_path / "a.csv", "period,site\n2023-10,甲\n")
    problems = ProblemList()
    table = open_table(path, COLUMNS, problems)
    assert table is not None
    assert list(table.rows(("site", "date"), problems)) == [(2, ("甲", ""))]
    assert list(table.rows(("site",), problems)) == [(2, ("甲",))]


def test_it_names_missing_columns(tmp_path: Path) -> None:
    path = text_file(tmp_path / "a.csv", "period,点位\n2023-10,甲\n")
    assert refused(path) == "a.csv 第1行：表头缺少列：site；现有列：period、点位"


def test_it_sees_a_title_above_the_header(tmp_path: Path) -> None:
    path = text_file(tmp_path / "a.csv", "检查表,\n,2023年\nperiod,site\n2023-10,甲\n")
    assert refused(path) == "a.csv 第3行：表头应在第1行，现在在这一行；请删去表头上方的标题行"


def test_it_refuses_a_repeated_column(tmp_path: Path) -> None:
    path = text_file(tmp_path / "a.csv", "period,site,site\n")
    assert "出现了不止一次" in refused(path)


def test_it_names_a_row_with_too_many_cells(tmp_path: Path) -> None:
    path = text_file(tmp_path / "a.csv", "period,site\n2023-10,甲,乙\n")
    assert refused(path) == "a.csv 第2行：单元格多于表头的 2 列；请检查是否有未加引号的逗号"


def test_it_refuses_control_characters(tmp_path: Path) -> None:
    path = text_file(tmp_path / "a.csv", "period,site\n2023-10,甲\x00\n")
    assert refused(path) == "a.csv 第2行：含有不可见的控制字符（U+0000）；请删除后重新保存"


@pytest.mark.parametrize("name", ["a.csv", "a.xlsx"])
def test_it_refuses_an_empty_file(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(b"")
    assert "文件是空的" in refused(path)


def test_it_says_when_there_is_no_such_file(tmp_path: Path) -> None:
    assert refused(tmp_path / "a.csv") == "a.csv：找不到文件"
    assert refused(tmp_path / "a.xlsx") == "a.xlsx：找不到文件"


def test_it_refuses_an_unknown_type(tmp_path: Path) -> None:
    assert "不支持的文件类型" in refused(text_file(tmp_path / "a.pdf", "x"))


def test_it_reads_a_workbook(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", [["period", "site", "value"], ["2023-10", "甲", 88.1]])
    assert read(path, ("period", "site", "value")) == [(2, ("2023-10", "甲", "88.1"))]


def test_it_reads_the_month_that_excel_made_a_date_of(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", [["period", "site"], [datetime.date(2023, 10, 1), "甲"]])
    assert read(path) == [(2, ("2023-10", "甲"))]


def test_it_refuses_merged_cells(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", [["period", "site"], ["2023-10", "甲"], [None, "乙"]], "A2:A3")
    assert refused(path) == "a.xlsx 第2行：A2:A3 是合并单元格；请取消合并并逐行填写"


def test_it_refuses_a_zip_bomb_before_unpacking(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 100 * 1024 * 1024)
    assert path.stat().st_size < 200_000
    assert "疑似压缩炸弹" in refused(path)


def test_it_refuses_a_zip_that_lies_about_its_size(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 5_000_000)
    honest = (5_000_000).to_bytes(4, "little")
    path.write_bytes(path.read_bytes().replace(honest, (1000).to_bytes(4, "little")))
    assert "损坏" in refused(path)


def test_it_refuses_a_workbook_with_a_password(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le")
    )
    assert refused(path) == "a.xlsx：工作簿设了打开密码；请在 Excel 中取消密码后重新保存"


def test_it_refuses_an_old_workbook(tmp_path: Path) -> None:
    path = tmp_path / "a.xls"
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600)
    assert "旧版 Excel" in refused(path)


def test_it_refuses_what_only_bears_the_name_of_a_workbook(tmp_path: Path) -> None:
    assert "不是有效的 .xlsx 工作簿" in refused(text_file(tmp_path / "a.xlsx", "period,site\n"))
    whole = workbook(tmp_path / "b.xlsx", [["period", "site"]]).read_bytes()
    broken = tmp_path / "c.xlsx"
    broken.write_bytes(whole[: len(whole) // 2])
    assert "不是有效的 .xlsx 工作簿" in refused(broken)


def test_it_refuses_a_workbook_named_csv(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", [["period", "site"]]).rename(tmp_path / "a.csv")
    assert "扩展名却不是 .xlsx" in refused(path)


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (3.0, "3"),
        (88.1, "88.1"),
        (0.1 + 0.2, "0.3"),
        (1e20, "100000000000000000000"),
        (True, "yes"),
        (datetime.date(2023, 10, 8), "2023-10-08"),
        (datetime.datetime.fromisoformat("2023-10-08 09:30"), "2023-10-08 09:30:00"),
    ],
)
def test_a_cell_is_read_as_a_person_sees_it(cell: object, text: str) -> None:
    assert cell_text(cell) == text


def test_columns_have_letters() -> None:
    assert [column_letters(n) for n in (1, 26, 27, 702, 703)] == ["A", "Z", "AA", "ZZ", "AAA"]


def test_a_formula_that_an_export_neutralised_reads_back_as_it_was(tmp_path: Path) -> None:
    path = write_table(tmp_path, "a", COLUMNS, [["2023-10", "=HYPERLINK(1)"], ["2023-11", "'甲'"]], "csv")
    assert read(path) == [(2, ("2023-10", "=HYPERLINK(1)")), (3, ("2023-11", "'甲'"))]


def _packed(path: Path, extra: dict[str, bytes]) -> Path:
    """A sound workbook with more in its archive."""
    workbook(path, [list(COLUMNS), ["2023-10", "甲"]])
    with zipfile.ZipFile(path, "a") as archive:
        for name, content in extra.items():
            archive.writestr(name, content)
    return path


def test_it_writes_nothing_of_an_archive_to_the_disk(tmp_path: Path) -> None:
    """Names that lead elsewhere, an archive in the archive, macros: passed over, never unpacked or run."""
    inner = _packed(tmp_path / "inner.xlsx", {}).read_bytes()
    extra = {
        "../../evil.txt": b"x",
        "/etc/evil": b"x",
        "nested.zip": inner,
        "xl/vbaProject.bin": b"Sub Auto_Open",
    }
    (tmp_path / "in").mkdir()
    path = _packed(tmp_path / "in" / "a.xlsx", extra)
    assert read(path) == [(2, ("2023-10", "甲"))]
    assert sorted(one.name for one in tmp_path.rglob("*")) == ["a.xlsx", "in", "inner.xlsx"]


def test_it_refuses_an_archive_of_very_many_files(tmp_path: Path) -> None:
    path = _packed(tmp_path / "a.xlsx", {f"x{number}": b"" for number in range(2_500)})
    assert "压缩包内有 25" in refused(path)


def test_it_expands_no_entities(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", [list(COLUMNS), ["2023-10", "needle"]])
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    grown = b"".join(b'<!ENTITY a%d "%s">' % (n, b"&a%d;" % (n - 1) * 10) for n in range(1, 10))
    bomb = b'<!DOCTYPE x [<!ENTITY a0 "ha"><!ENTITY f SYSTEM "file:///etc/passwd">' + grown + b"]>"
    strings = next(name for name, content in parts.items() if b"needle" in content)
    text = parts[strings].replace(b"needle", b"&a9;&f;")
    start = text.index(b"?>") + 2 if text.startswith(b"<?xml") else 0
    parts[strings] = text[:start] + bomb + text[start:]
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    try:
        cells = "".join(cell for _, row in read(path) for cell in row)
    except ProblemsFound:
        return
    assert "haha" not in cells
    assert "root:" not in cells


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2025-02-28", (2025, 2, 28)), ("2025/2/8", (2025, 2, 8)), ("2025年2月8日", (2025, 2, 8)), ("2024.2.29", (2024, 2, 29)),
        ("2025.2.30", None), ("25-2-8", None), ("1900-02-29", None), ("45000", None), ("2025-13-01", None), ("", None),
    ],
)  # fmt: skip
def test_days_as_people_write_them(text: str, day: tuple[int, int, int] | None) -> None:
    assert parse_day(text) == (day and datetime.date(*day))


def test_excels_day_that_never_was_is_no_day_of_ours(tmp_path: Path) -> None:
    """Excel counts a 29 February 1900; days from March 1900 on are told rightly all the same."""
    path = workbook(
        tmp_path / "a.xlsx", [list(COLUMNS), [datetime.date(1900, 3, 1), datetime.date(2024, 2, 29)]]
    )
    assert read(path) == [(2, ("1900-03", "2024-02-29"))]

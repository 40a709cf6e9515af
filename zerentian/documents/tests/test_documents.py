"""The files of a month: opened again, hostile names in every format, the same bytes every time."""

from pathlib import Path

import openpyxl
import pypdf
import pytest
from xlsxwriter.exceptions import FileCreateError

from zerentian.documents.content import column_needs, printable
from zerentian.documents.letter import Letter, load_letter
from zerentian.documents.month import write_month_documents
from zerentian.documents.tests.town import UGLY_NAMES, month, word_tables, word_text
from zerentian.documents.workbook import joined


def written(folder: Path, name: str = "out", **settings: object) -> Path:
    out = folder / name
    out.mkdir()
    write_month_documents(month(folder, **settings), out, letter=Letter(), templates=None)
    return out


def pdf_text(path: Path) -> str:
    """Text of all pages without spaces and line ends, which a PDF does not keep."""
    pages = pypdf.PdfReader(path).pages
    return "".join("".join(page.extract_text().split()) for page in pages).replace("\u200b", "")


def test_it_works(tmp_path: Path) -> None:
    out = written(tmp_path)
    assert sorted(path.name for path in out.iterdir()) == [
        "bulletin.docx", "bulletin.pdf", "bulletin.xlsx", "interviews",
    ]  # fmt: skip
    said = ["4个村居的4个点位", "红榜（前1位）：甲村村委会。", "末位约谈", "小镇办法（3版）", "附件1"]
    word, pdf = word_text(out / "bulletin.docx"), pdf_text(out / "bulletin.pdf")
    for words in said:
        assert words in word
        assert words in pdf
    ranking = next(table for table in word_tables(out / "bulletin.docx") if table[0][0] == "名次")
    assert ranking[0] == [
        "名次",
        "村居",
        "得分",
        "居住区",
        "督办扣分",
        "点位数",
        "达标数",
        "达标率（%）",
        "档次",
    ]
    assert ranking[3] == ["3", "丙居委会", "65.85", "65.85", "0.00", "1", "0", "0.00", "黄榜"]


def test_several_months_are_several_bulletins(tmp_path: Path) -> None:
    out = written(tmp_path, periods=["2023-09", "2023-10"])
    assert (out / "bulletin-2023-09.docx").is_file()
    assert "2023年10月" in word_text(out / "bulletin-2023-10.docx")
    assert not (out / "bulletin.docx").exists()


def test_the_marks_of_the_letter_are_printed(tmp_path: Path) -> None:
    marks = {
        "issuer": "示例镇人民政府", "number": "示府〔2023〕10号", "recipients": "各村", "date": "2023年11月3日",
        "copy_to": "区减联办", "printed_by": "镇党政办", "printed_date": "2023年11月4日", "contact": "张三",
    }  # fmt: skip
    letter = tmp_path / "letter.yaml"
    letter.write_text("".join(f"{name}: {value}\n" for name, value in marks.items()), encoding="utf-8")
    write_month_documents(month(tmp_path), tmp_path, letter=load_letter(letter), templates=None)
    word, pdf = word_text(tmp_path / "bulletin.docx"), pdf_text(tmp_path / "bulletin.pdf")
    for value in marks.values():
        assert value in word
        assert value in pdf


def test_a_full_disk_is_told_as_such(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_room(*_: object) -> None:
        raise FileCreateError(OSError(28, "No space left on device"))

    monkeypatch.setattr("zerentian.documents.workbook._write", no_room)
    with pytest.raises(OSError, match="No space left"):
        written(tmp_path)


def test_a_month_in_which_nothing_was_found(tmp_path: Path) -> None:
    sites: dict[str, dict[str, str]] = {f"s{number}": {} for number in range(1, 5)}
    out = written(tmp_path, sites=sites, history=(), interviews=[], lists=[])
    for text in (word_text(out / "bulletin.docx"), pdf_text(out / "bulletin.pdf")):
        for words in ("本月检查没有扣分。", "本月没有触发约谈的对象。", "本月没有列入名单的对象。"):
            assert words in text
    assert not (out / "interviews").exists()


def test_nobody_ranked_leaves_a_bulletin_all_the_same(tmp_path: Path) -> None:
    out = written(tmp_path, min_sites=5, history=())
    text = word_text(out / "bulletin.docx")
    assert "附件：2023年10月未参加排名的村居" in text
    assert "附件：2023年10月未参加排名的村居" in pdf_text(out / "bulletin.pdf")


@pytest.mark.parametrize("position", range(len(UGLY_NAMES)))
def test_hostile_names_survive_everywhere(tmp_path: Path, position: int) -> None:
    names = ["甲", "乙", "丙", UGLY_NAMES[position]]
    out = written(tmp_path, names=names)
    name = UGLY_NAMES[position]
    assert name in word_text(out / "bulletin.docx")
    assert name in word_text(out / "interviews" / "2023-10-01-4.docx")
    assert "".join(name.split()) in pdf_text(out / "bulletin.pdf")
    book = openpyxl.load_workbook(out / "bulletin.xlsx")
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert name in [cell.value for cell in cells]
    assert not [cell.coordinate for cell in cells if cell.data_type == "f"]


def test_a_long_latin_name_stays_inside_its_column(tmp_path: Path) -> None:
    out = written(tmp_path, names=["甲", "乙", "丙", "A" * 200])
    assert "A" * 200 in pdf_text(out / "bulletin.pdf")
    for page in pypdf.PdfReader(out / "bulletin.pdf").pages:
        lines = [line for line in page.extract_text().splitlines() if set(line) == {"A"}]
        assert all(len(line) < 60 for line in lines)


def test_the_same_month_gives_the_same_bytes(tmp_path: Path) -> None:
    first, second = written(tmp_path, "first"), written(tmp_path, "second")
    files = sorted(path.relative_to(first) for path in first.rglob("*") if path.is_file())
    assert len(files) == 7
    for file in files:
        assert (first / file).read_bytes() == (second / file).read_bytes(), file


def test_the_workbook_holds_figures_as_figures(tmp_path: Path) -> None:
    out = written(tmp_path, unseen=1, groups="kind", columns={"kind": ["村", "村", "居", "居"]})
    book = openpyxl.load_workbook(out / "bulletin.xlsx")
    assert book.sheetnames == [
        "通报摘要", "排名", "名单", "约谈", "主要问题", "未参加排名", "点位得分", "扣分明细",
    ]  # fmt: skip
    ranking = book["排名"]
    assert [cell.value for cell in ranking[1]][:4] == ["组别", "名次", "村居", "得分"]
    assert [cell.value for cell in ranking[4]][:4] == ["居", 1, "丙居委会", 65.85]
    assert ranking["D4"].number_format == "0.00"
    assert ranking.freeze_panes == "A2"
    sites = book["点位得分"]
    assert sites["A2"].value == "1", "an id stays a text"
    assert [cell.value for cell in sites[6]][2:8] == ["u0", "未查0", "居住小区", None, None, "未检查"]
    losses = [[cell.value for cell in row][6:] for row in book["扣分明细"].iter_rows(min_row=2)]
    assert ["分类准确率", "2/3", 3.3333] in losses
    assert ["一票否决：严重混合垃圾", "发生", "不超过11分"] in losses


def test_more_rows_than_a_sheet_holds_go_to_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zerentian.documents.workbook.ROWS_OF_A_SHEET", 3)
    book = openpyxl.load_workbook(written(tmp_path) / "bulletin.xlsx")
    assert book["点位得分"].max_row == 4
    assert book["点位得分2"].max_row == 2


def test_no_tables_join_to_an_empty_one() -> None:
    assert joined("组别", []).columns == ["（无）"]


def test_what_no_document_may_hold_is_left_out() -> None:
    assert printable({"a": ["x\x00\x0b\ud800y\uffff", 1]}) == {"a": ["xy", 1]}


def test_figures_keep_their_width_and_sentences_give_way() -> None:
    rows = [["名次", "村居", "得分", "情况"], ["1", "甲" * 12, "100.00", "句" * 60]]
    needs = column_needs(rows, wide=3)
    assert sum(needs) <= 85
    assert needs[2] == 8
    assert column_needs([["名次"], ["1"]]) == [6]

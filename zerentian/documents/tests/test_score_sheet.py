"""The paper score sheet: every clause, vetoes and extras, totals, room to sign and to object."""

import shutil
from pathlib import Path

import pytest
from docx import Document
from docx.oxml.ns import qn

from zerentian.core.problems import ProblemsFound
from zerentian.core.workbooks import read_sheet
from zerentian.documents.score_sheet import write_score_sheet, write_sheet_files
from zerentian.documents.tests.town import STANDARD, word_tables, word_text
from zerentian.documents.word import SHIPPED_TEMPLATES
from zerentian.evaluation.standard import Standard


def sheet(folder: Path, **changes: object) -> Path:
    out = folder / "sheet.docx"
    write_score_sheet(Standard.model_validate({**STANDARD, **changes}), out, templates=None, force=False)
    return out


def test_it_works(tmp_path: Path) -> None:
    out = sheet(tmp_path)
    text = word_text(out)
    for words in (
        "居住小区测评表", "2023.1版，2023年8月起执行；适用于居住小区；满分20分，18分及以上", "检查日期：", "到达：",
        "检查员（签名）", "在场负责人（签名）", "□有异议", "依据：示例依据",
    ):  # fmt: skip
        assert words in text, words
    (rows,) = word_tables(out)
    assert rows[1][1:6] == ["1", "四分类容器齐全", "达到要求得5分，否则不得分", "5", ""]
    assert rows[1][0] == rows[2][0] == "设施\n10分\n第1项得0分的，本类别不得分"
    assert rows[4] == [
        "一票否决",
        "4",
        "严重混合垃圾",
        "一票否决：发生即不达标，得分不超过11分",
        "—",
        "",
        "□发生",
    ]
    assert rows[5][0] == "加减分\n加分最多1分；另扣最多2分"
    assert rows[7][0] == rows[7][3] == "各项得分合计"
    assert rows[7][4] == "20"


def test_the_head_repeats_and_rows_stay_whole(tmp_path: Path) -> None:
    rows = Document(str(sheet(tmp_path))).tables[0].rows
    assert rows[0]._tr.trPr.find(qn("w:tblHeader")) is not None
    assert all(row._tr.trPr.find(qn("w:cantSplit")) is not None for row in rows)


def test_without_month_and_source_nothing_is_printed_of_them(tmp_path: Path) -> None:
    text = word_text(sheet(tmp_path, effective_from=None, source=""))
    assert "起执行" not in text
    assert "依据" not in text


def test_an_existing_file_is_kept(tmp_path: Path) -> None:
    sheet(tmp_path)
    with pytest.raises(ProblemsFound):
        sheet(tmp_path)


def test_hostile_words_survive(tmp_path: Path) -> None:
    title = "<&\"'> {{ 1 }} {% x %} 𠮷"
    assert title in word_text(sheet(tmp_path, title=title))


def test_the_sheet_comes_as_word_excel_and_pdf(tmp_path: Path) -> None:
    written = write_sheet_files(Standard.model_validate(STANDARD), tmp_path, "评分表", None)
    assert [path.name for path in written] == ["评分表.docx", "评分表.xlsx", "评分表.pdf"]
    assert written[2].read_bytes().startswith(b"%PDF")
    rows = read_sheet(written[1]).rows
    assert rows[0][:3] == ["类别", "序号", "检查内容"]
    assert len(rows) == 1 + sum(len(section["clauses"]) for section in STANDARD["sections"])


def test_no_pdf_says_other_words_than_the_towns_own_word_template(tmp_path: Path) -> None:
    shutil.copy(SHIPPED_TEMPLATES / "score_sheet.docx", tmp_path)
    out = tmp_path / "out"
    out.mkdir()
    written = write_sheet_files(Standard.model_validate(STANDARD), out, "评分表", tmp_path)
    assert [path.suffix for path in written] == [".docx", ".xlsx"]
    shutil.copy(SHIPPED_TEMPLATES / "score_sheet.typ", tmp_path)
    assert len(write_sheet_files(Standard.model_validate(STANDARD), out, "评分表", tmp_path)) == 3

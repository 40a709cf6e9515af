"""Templates: what ships is what the script builds, the README names every variable, faults are told."""

import re
from pathlib import Path
from typing import Any

import pytest
from docx import Document
from docx.oxml.ns import qn

from zerentian.core.problems import ProblemsFound
from zerentian.documents.build_templates import build
from zerentian.documents.bulletin import make_bulletin
from zerentian.documents.letter import Letter, load_letter
from zerentian.documents.month import write_month_documents
from zerentian.documents.notice import make_notice
from zerentian.documents.score_sheet import score_sheet_context
from zerentian.documents.tests.town import STANDARD, month, word_text
from zerentian.documents.word import SHIPPED_TEMPLATES
from zerentian.evaluation.standard import Standard

README = (SHIPPED_TEMPLATES / "README.md").read_text(encoding="utf-8")
SECTIONS = {
    "公文要素": "letter",
    "`bulletin.docx`": "bulletin",
    "`interview_notice.docx`": "notice",
    "`score_sheet.docx`": "sheet",
}


def variables(context: dict[str, Any], prefix: str = "") -> set[str]:
    """Names as templates write them: `sites`, and of each of them `site.name`."""
    names: set[str] = set()
    for key, value in context.items():
        names.add(f"{prefix}{key}")
        if isinstance(value, dict) and {"columns", "rows"} <= set(value):
            names |= variables(value, "table.")
        elif isinstance(value, dict):
            names |= variables(value, f"{prefix}{key}.")
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            single = {"losses": "loss"}.get(key, key.removesuffix("s"))
            for item in value:
                names |= variables(item, f"{single}.")
    return names


def documented(heading: str) -> set[str]:
    """The variables of a section of the README."""
    section = next(part for part in README.split("\n## ") if part.startswith(heading))
    return set(re.findall(r"^\| `([a-z_.]+)` \|", section, re.MULTILINE))


def contexts(folder: Path) -> dict[str, set[str]]:
    results = month(folder, min_sites=1, unseen=1)
    (result,) = results.periods
    first, second = (make_notice(results, result, due, Letter()).context() for due in result.interviews)
    bulletin = make_bulletin(results, result, Letter()).context()
    sheet = score_sheet_context(Standard.model_validate(STANDARD))
    letter = {"letter": bulletin.pop("letter")}
    return {
        "letter": variables(letter) - {"letter"},
        "bulletin": variables(bulletin),
        "notice": {name for name in variables(first) | variables(second) if not name.startswith("letter")},
        "sheet": variables(sheet),
    }


@pytest.mark.parametrize("heading", SECTIONS)
def test_the_readme_names_every_variable_and_no_other(tmp_path: Path, heading: str) -> None:
    assert documented(heading) == contexts(tmp_path)[SECTIONS[heading]]


def test_what_ships_is_what_the_script_builds(tmp_path: Path) -> None:
    build(tmp_path)
    for path in tmp_path.iterdir():
        assert path.read_bytes() == (SHIPPED_TEMPLATES / path.name).read_bytes(), path.name


def test_the_example_letter_of_the_readme_is_a_letter(tmp_path: Path) -> None:

    path = tmp_path / "letter.yaml"
    path.write_text(README.split("```yaml\n")[1].split("```")[0], encoding="utf-8")
    letter = load_letter(path)
    assert set(letter.model_fields_set) == set(Letter.model_fields)


@pytest.mark.parametrize("name", ["bulletin.docx", "interview_notice.docx"])
def test_the_layout_is_that_of_an_official_letter(name: str) -> None:
    document = Document(str(SHIPPED_TEMPLATES / name))
    section = document.sections[0]
    measures = [section.page_width, section.page_height, section.top_margin, section.left_margin]
    measures += [section.right_margin, section.bottom_margin]
    assert [round(measure.mm) for measure in measures if measure] == [210, 297, 37, 28, 26, 35]
    fonts = {node.get(qn("w:eastAsia")) for node in document.element.body.iter(qn("w:rFonts"))}
    assert fonts == {"仿宋_GB2312", "方正小标宋简体", "黑体"}
    for table in document.tables:
        assert table.rows[0]._tr.trPr.find(qn("w:tblHeader")) is not None
        assert all(row._tr.trPr.find(qn("w:cantSplit")) is not None for row in table.rows)


def own_templates(folder: Path, name: str, text: str) -> Path:
    """A folder with one template of the town's own."""
    templates = folder / "templates"
    templates.mkdir()
    if name.endswith(".docx"):
        document = Document()
        document.add_paragraph(text)
        document.save(str(templates / name))
    else:
        (templates / name).write_text(text, encoding="utf-8")
    return templates


def make(folder: Path, templates: Path) -> Path:
    out = folder / "out"
    out.mkdir()
    write_month_documents(month(folder), out, letter=Letter(), templates=templates)
    return out


def test_a_towns_template_is_taken_and_the_others_are_the_shipped_ones(tmp_path: Path) -> None:
    out = make(tmp_path, own_templates(tmp_path, "bulletin.docx", "本镇通报：{{ title }}"))
    assert word_text(out / "bulletin.docx").startswith("本镇通报：关于2023年10月")
    assert "约谈通知书" in word_text(out / "interviews" / "2023-10-01-4.docx")
    assert (out / "bulletin.pdf").stat().st_size > 10_000


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("bulletin.docx", "{{ titel }}", "不存在的变量“titel”"),
        ("bulletin.docx", "{{ letter.isuer }}", "不存在的变量“isuer”"),
        ("bulletin.docx", "{{ title", "模板有错误"),
        ("bulletin.docx", "{% for x in %}", "模板有错误"),
        ("bulletin.docx", "{{ 1 + title }}", "模板有错误"),
        ("bulletin.docx", "{{ ''.__class__.__mro__ }}", "模板有错误"),
        ("interview_notice.docx", "{{ subjects }}", "不存在的变量“subjects”"),
        ("bulletin.typ", "#unknown", "unknown variable: unknown"),
        ("bulletin.typ", "#read(\"/etc/passwd\")", "模板有错误"),
    ],
)  # fmt: skip
def test_a_fault_of_a_template_is_told(tmp_path: Path, name: str, text: str, said: str) -> None:
    templates = own_templates(tmp_path, name, text)
    with pytest.raises(ProblemsFound) as found:
        make(tmp_path, templates)
    (line,) = found.value.lines()
    assert line.startswith(f"{name}：")
    assert said in line


def test_a_template_that_is_no_word_file_is_told(tmp_path: Path) -> None:
    templates = tmp_path / "templates"
    templates.mkdir()
    (templates / "bulletin.docx").write_text("not a zip", encoding="utf-8")
    with pytest.raises(ProblemsFound) as found:
        make(tmp_path, templates)
    assert "不是有效的 .docx 文件" in str(next(found.value.lines()))


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ProblemsFound) as found:
        make(tmp_path, tmp_path / "nowhere")
    assert "模板目录不存在" in str(next(found.value.lines()))

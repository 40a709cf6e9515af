"""Build the shipped Word templates: `python -m zerentian.documents.build_templates`.

Layout after GB/T 9704-2012: A4, type area 156 × 225 mm, text 3号仿宋, title 2号小标宋, page numbers outside.
A town edits the Word files themselves; this script only makes the shipped ones.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Any

from docx import Document
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

from zerentian.documents.word import SHIPPED_TEMPLATES

BODY, TITLE, HEADING, SONG = "仿宋_GB2312", "方正小标宋简体", "黑体", "宋体"
RED = RGBColor(0xD0, 0x10, 0x10)
LEFT, CENTRE, RIGHT = WD_ALIGN_PARAGRAPH.LEFT, WD_ALIGN_PARAGRAPH.CENTER, WD_ALIGN_PARAGRAPH.RIGHT
_NO_TIME = datetime.datetime(2000, 1, 1, tzinfo=datetime.UTC)


def main() -> None:
    """Write every template into the folder that ships."""
    _bulletin().save(str(SHIPPED_TEMPLATES / "bulletin.docx"))
    _interview_notice().save(str(SHIPPED_TEMPLATES / "interview_notice.docx"))
    _score_sheet().save(str(SHIPPED_TEMPLATES / "score_sheet.docx"))


def _bulletin() -> Any:
    document = _document()
    _letterhead(document)
    _text(document, "{{ title }}", font=TITLE, size=22, align=CENTRE, line=34, after=14)
    _text(document, "{{ letter.recipients }}：", indent=0)
    _repeat(document, "for paragraph in summary", "{{ paragraph }}")
    _heading(document, "一、排名")
    _tag(document, "for table in rankings")
    _caption(document, "{{ table.title }}")
    _grid(
        document,
        ["名次", "{{ table.columns[1] }}", "得分"],
        [12, 40, 18],
        ["{{ row[0] }}", "{{ row[1] }}", "{{ row[2] }}"],
        "for row in table.rows",
        further=("for column in table.columns[3:]", "{{ column }}", "for cell in row[3:]", "{{ cell }}"),
    )
    _tag(document, "endfor")
    _heading(document, "二、名单")
    _tag(document, "for table in lists")
    _caption(document, "{{ table.title }}")
    _grid(
        document,
        ["序号", "{{ table.columns[1] }}", "得分", "主要情况"],
        [12, 36, 17, 91],
        ["{{ row[0] }}", "{{ row[1] }}", "{{ row[2] }}", "{{ row[3] }}"],
        "for row in table.rows",
        left=(3,),
    )
    _tag(document, "endfor")
    _heading(document, "三、主要问题")
    _grid(
        document,
        ["序号", "检查内容", "扣分点位", "扣分合计"],
        [14, 92, 25, 25],
        ["{{ row[0] }}", "{{ row[1] }}", "{{ row[2] }}", "{{ row[3] }}"],
        "for row in problems.rows",
        left=(1,),
    )
    _heading(document, "四、约谈")
    _tag(document, "if interviews.rows")
    _grid(
        document,
        ["约谈", "对象", "事由", "召集", "参加"],
        [24, 34, 54, 18, 26],
        [f"{{{{ row[{n}] }}}}" for n in range(5)],
        "for row in interviews.rows",
        left=(2,),
    )
    _tag(document, "else")
    _text(document, "本月没有触发约谈。")
    _tag(document, "endif")
    _tag(document, "if not_ranked.rows")
    _caption(document, "不参加排名")
    _grid(
        document,
        ["对象", "原因"],
        [50, 106],
        ["{{ row[0] }}", "{{ row[1] }}"],
        "for row in not_ranked.rows",
        left=(1,),
    )
    _tag(document, "endif")
    _heading(document, "五、说明")
    _repeat(document, "for paragraph in method", "{{ loop.index }}. {{ paragraph }}")
    _closing(document)
    return document


def _interview_notice() -> Any:
    document = _document()
    _letterhead(document)
    _text(document, "约谈通知书", font=TITLE, size=22, align=CENTRE, line=34, after=10)
    _text(document, "{{ subject }}：", indent=0)
    _text(
        document,
        "{{ period }}，{{ ground }}。按照“{{ name }}”的规定，由{{ chair }}召集约谈，请{{ attend }}参加。",
    )
    _text(document, "时间：{{ letter.time or '　　　　年　　月　　日　　时' }}")
    _text(document, "地点：{{ letter.place or '　　　　　　　　　　　　' }}")
    _text(
        document,
        "请针对下列扣分点准备：一是产生的原因；二是整改措施、责任人和完成时限；三是防止再次发生的办法。约谈后将对整改情况跟踪督查。",
    )
    _text(
        document,
        "对扣分有异议的，{{ letter.objection or '可在约谈前书面说明或在约谈时当面陈述，并附照片' }}；异议成立的，重新计算并更正。",
    )
    _tag(document, "if months")
    _grid(
        document,
        ["月份", "得分", "结果"],
        [70, 43, 43],
        ["{{ month[0] }}", "{{ month[1] }}", "不达标"],
        "for month in months",
    )
    _tag(document, "endif")
    _tag(document, "if sites")
    _caption(document, "{{ period }}扣分明细")
    _grid(
        document,
        ["点位", "检查日期", "得分/满分", "检查内容", "检查情况", "扣分"],
        [31, 22, 22, 43, 25, 13],
        [
            "{% vm %}{{ site.site }}（{{ site.verdict }}）",
            "{% vm %}{{ site.date }}",
            "{% vm %}{{ site.score }}",
            "{{ row[0] }}",
            "{{ row[1] }}",
            "{{ row[2] }}",
        ],
        "for site in sites",
        inner="for row in site.rows",
        left=(0, 3, 4),
    )
    _tag(document, "endif")
    _closing(document, copies=False)
    _text(
        document, "送达回执：已收到。签收人：　　　　　　　　　　年　　月　　日", size=14, indent=0, before=16
    )
    return document


def _score_sheet() -> Any:
    document = _document(margins=(15, 15, 16, 16))
    _text(document, "{{ title }}", font=TITLE, size=18, align=CENTRE, line=28, after=4)
    _text(
        document,
        "{{ version }}版{% if effective %}，{{ effective }}{% endif %}；满分{{ full_marks }}分，"
        "{{ pass_line }}分及以上达标；不适用的项目填“不适用”，{{ not_applicable }}",
        size=9.5,
        align=CENTRE,
        line=16,
        indent=0,
    )  # fmt: skip
    _text(
        document,
        "点位：＿＿＿＿＿＿＿＿＿＿　村居：＿＿＿＿＿＿＿＿　　　　年　　月　　日　　到达　　：　　离开　　：",
        size=10,
        line=22,
        indent=0,
    )
    _grid(
        document,
        ["类别", "序号", "检查内容", "评分细则", "分值", "得分", "检查情况"],
        [24, 10, 45, 47, 12, 13, 27],
        [
            "{% vm %}{{ section.name }}{% if section.marks %}（{{ section.marks }}）{% endif %}"
            "{% if section.note %}（{{ section.note }}）{% endif %}",
            "{{ clause.number }}",
            "{{ clause.text }}",
            "{{ clause.words }}",
            "{{ clause.marks }}",
            "",
            "",
        ],
        "for section in sections",
        inner="for clause in section.clauses",
        left=(0, 2, 3),
        size=9.5,
        closing=["合计", "", "", "", "{{ full_marks }}", "", ""],
    )
    _text(
        document,
        "检查员（签名）：＿＿＿＿＿＿＿＿　　在场负责人（签名）：＿＿＿＿＿＿＿＿　　电话：＿＿＿＿＿＿＿＿＿",
        size=10,
        line=24,
        indent=0,
        before=8,
    )
    _text(
        document,
        "在场负责人的意见或异议：＿＿＿＿＿＿＿＿＿＿＿＿＿＿＿＿＿＿＿＿＿＿＿＿＿＿＿＿＿＿＿",
        size=10,
        line=24,
        indent=0,
    )
    _text(document, "{% if source %}依据：{{ source }}{% endif %}", size=9, line=14, indent=0)
    return document


def _document(margins: tuple[float, float, float, float] = (37, 35, 28, 26)) -> Any:
    document = Document()
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin = Mm(margins[0]), Mm(margins[1])
    section.left_margin, section.right_margin = Mm(margins[2]), Mm(margins[3])
    section.footer_distance = Mm(min(28, margins[1] - 7))
    style = document.styles["Normal"]
    style.font.size = Pt(16)
    _set_font(style.element.get_or_add_rPr(), BODY)
    document.settings.odd_and_even_pages_header_footer = True
    _page_number(section.footer, RIGHT)
    _page_number(section.even_page_footer, LEFT)
    properties = document.core_properties
    properties.author, properties.comments, properties.title = "责任田 Zerentian", "", ""
    properties.created = properties.modified = _NO_TIME
    return document


def _letterhead(document: Any) -> None:
    _text(
        document,
        "{{ letter.issuer or '（发文机关标志）' }}",
        font=TITLE,
        size=28,
        align=CENTRE,
        line=44,
        colour=RED,
        indent=0,
    )
    number = _text(document, "{{ letter.number }}", align=CENTRE, before=16, after=18, indent=0)
    border = OxmlElement("w:pBdr")
    bottom = OxmlElement("w:bottom")
    for name, value in (("val", "single"), ("sz", "12"), ("space", "6"), ("color", "D01010")):
        bottom.set(qn(f"w:{name}"), value)
    border.append(bottom)
    number._p.get_or_add_pPr().append(border)


def _closing(document: Any, *, copies: bool = True) -> None:
    _text(document, "{{ letter.issuer }}", align=RIGHT, before=28, right=32, indent=0)
    _text(document, "{{ letter.date }}", align=RIGHT, right=64, indent=0)
    if not copies:
        return
    _tag(document, "if letter.copy_to or letter.printed_by")
    _text(
        document, "{% if letter.copy_to %}抄送：{{ letter.copy_to }}{% endif %}", size=14, before=20, indent=0
    )
    _text(document, "{% if letter.printed_by %}{{ letter.printed_by }}印发{% endif %}", size=14, indent=0)
    _tag(document, "endif")


def _heading(document: Any, text: str) -> None:
    paragraph = _text(document, text, font=HEADING, before=6)
    paragraph.paragraph_format.keep_with_next = True


def _caption(document: Any, text: str) -> None:
    paragraph = _text(document, text, font=HEADING, size=12, align=CENTRE, line=24)
    paragraph.paragraph_format.keep_with_next = True


def _tag(document: Any, words: str) -> None:
    """A paragraph that docxtpl removes, leaving its statement."""
    document.add_paragraph(f"{{%p {words} %}}")


def _repeat(document: Any, loop: str, text: str) -> None:
    _tag(document, loop)
    _text(document, text)
    _tag(document, "endfor")


def _text(
    document: Any,
    text: str,
    *,
    font: str = BODY,
    size: float = 16,
    align: Any = None,
    line: float = 28.5,
    before: float = 0,
    after: float = 0,
    right: float = 0,
    indent: int = 2,
    colour: RGBColor | None = None,
) -> Any:
    """A paragraph; `indent` is the first line's, in characters, where the text is not aligned."""
    paragraph = document.add_paragraph()
    run = paragraph.add_run(text)
    run.font.size = Pt(size)
    _set_font(run._r.get_or_add_rPr(), font)
    if colour is not None:
        run.font.color.rgb = colour
    layout = paragraph.paragraph_format
    layout.line_spacing_rule, layout.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(line)
    layout.space_before, layout.space_after = Pt(before), Pt(after)
    if align is not None:
        paragraph.alignment = align
        layout.right_indent = Pt(right)
    elif indent:
        layout.first_line_indent = Pt(indent * size)
    return paragraph


def _grid(
    document: Any,
    heads: Sequence[str],
    widths: Sequence[float],
    cells: Sequence[str],
    loop: str,
    *,
    inner: str = "",
    further: tuple[str, str, str, str] | None = None,
    left: Sequence[int] = (),
    size: float = 10.5,
    closing: Sequence[str] = (),
) -> None:
    """A table with a repeating head and a row per turn of `loop` (and of `inner` inside of it).

    `further` adds columns by a loop: (loop over heads, head, loop over cells, cell). Widths in mm.
    """
    heads, cells, widths = list(heads), list(cells), list(widths)
    if further:
        heads += [f"{{%tc {further[0]} %}}", further[1], "{%tc endfor %}"]
        cells += [f"{{%tc {further[2]} %}}", further[3], "{%tc endfor %}"]
        widths += [1, (156 - sum(widths)) / 6, 1]
    loops = [loop, inner] if inner else [loop]
    lines = [[f"{{%tr {words} %}}"] for words in loops] + [cells] + [["{%tr endfor %}"] for _ in loops]
    table = document.add_table(rows=0, cols=len(heads))
    table.style = "Table Grid"
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    table.autofit = further is not None
    for position, width in enumerate(widths):
        table.columns[position].width = Mm(width)
    _row(table, heads, widths, (), size, head=True)
    for line in [*lines, *([list(closing)] if closing else [])]:
        _row(table, line + [""] * (len(heads) - len(line)), widths, left, size)
    _text(document, "", size=6, line=8, indent=0)


def _row(
    table: Any,
    texts: Sequence[str],
    widths: Sequence[float],
    left: Sequence[int],
    size: float,
    *,
    head: bool = False,
) -> None:
    row = table.add_row()
    properties = row._tr.get_or_add_trPr()
    properties.append(OxmlElement("w:cantSplit"))
    if head:
        properties.append(OxmlElement("w:tblHeader"))
    for position, (cell, text) in enumerate(zip(row.cells, texts, strict=True)):
        cell.width = Mm(widths[position])
        cell.vertical_alignment = 1
        paragraph = cell.paragraphs[0]
        paragraph.alignment = LEFT if position in left and not head else CENTRE
        paragraph.paragraph_format.line_spacing = Pt(size + 4)
        run = paragraph.add_run(text)
        run.font.size = Pt(size)
        _set_font(run._r.get_or_add_rPr(), HEADING if head else BODY)


def _page_number(footer: Any, align: Any) -> None:
    """“— 1 —” in 4号宋体."""
    footer.is_linked_to_previous = False
    paragraph = footer.paragraphs[0]
    paragraph.alignment = align
    for kind, text in (("text", "— "), ("begin", ""), ("instr", "PAGE"), ("end", ""), ("text", " —")):
        run = paragraph.add_run(text if kind == "text" else "")
        run.font.size = Pt(14)
        _set_font(run._r.get_or_add_rPr(), SONG)
        if kind in ("begin", "end"):
            mark = OxmlElement("w:fldChar")
            mark.set(qn("w:fldCharType"), kind)
            run._r.append(mark)
        elif kind == "instr":
            code = OxmlElement("w:instrText")
            code.text = text
            run._r.append(code)


def _set_font(properties: Any, name: str) -> None:
    """Chinese text takes `w:eastAsia`; digits keep a Latin face of the same size."""
    fonts = properties.get_or_add_rFonts()
    for attribute in ("w:eastAsia", "w:hAnsi", "w:ascii", "w:cs"):
        fonts.set(qn(attribute), name if attribute == "w:eastAsia" else "Times New Roman")


if __name__ == "__main__":
    main()

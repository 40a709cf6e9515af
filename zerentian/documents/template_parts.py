"""Pieces of the shipped Word templates, after GB/T 9704-2012: paragraphs, tables, page numbers, fonts."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from docx import Document
from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT, WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

BODY, TITLE, HEADING, KAI, SONG = "仿宋_GB2312", "方正小标宋简体", "黑体", "楷体_GB2312", "宋体"
LATIN = "Times New Roman"
RED = RGBColor(0xD0, 0x10, 0x10)
LEFT, CENTRE, RIGHT = WD_ALIGN_PARAGRAPH.LEFT, WD_ALIGN_PARAGRAPH.CENTER, WD_ALIGN_PARAGRAPH.RIGHT
LINE = 28.95
"""22 lines on the 225 mm of the type area."""

_NO_TIME = datetime.datetime(2000, 1, 1, tzinfo=datetime.UTC)
_OTHER_NAMES = {BODY: "仿宋", TITLE: "华文中宋", KAI: "楷体"}
"""What a computer without the official font takes instead."""


def new_document(
    margins: tuple[float, float, float, float] = (37, 35, 28, 26), number_size: float = 14
) -> Any:
    """An empty A4 document; margins in mm: top, bottom, left, right."""
    document = Document()
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin = Mm(margins[0]), Mm(margins[1])
    section.left_margin, section.right_margin = Mm(margins[2]), Mm(margins[3])
    section.footer_distance = Mm(max(6, margins[1] - 13))
    _set_defaults(document)
    document.settings.odd_and_even_pages_header_footer = True
    _page_number(section.footer, RIGHT, number_size)
    _page_number(section.even_page_footer, LEFT, number_size)
    properties = document.core_properties
    properties.author, properties.comments, properties.title = "责任田 Zerentian", "", ""
    properties.created = properties.modified = _NO_TIME
    return document


def text(
    document: Any,
    words: str,
    *,
    font: str = BODY,
    size: float = 16,
    align: Any = None,
    line: float = LINE,
    before: float = 0,
    after: float = 0,
    indent: float = 2,
    left: float = 0,
    right: float = 0,
    colour: RGBColor | None = None,
    keep: bool = False,
    new_page: bool = False,
) -> Any:
    """A paragraph. `indent` (of the first line), `left` and `right` are in characters of its size."""
    paragraph = document.add_paragraph()
    letters(paragraph, words, font, size, colour)
    layout = paragraph.paragraph_format
    layout.line_spacing_rule, layout.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(line)
    layout.space_before, layout.space_after = Pt(before), Pt(after)
    layout.left_indent, layout.right_indent = Pt(left * size), Pt(right * size)
    layout.keep_with_next, layout.page_break_before = keep, new_page
    if align is not None:
        paragraph.alignment = align
    elif indent:
        layout.first_line_indent = Pt(indent * size)
    return paragraph


def letters(paragraph: Any, words: str, font: str, size: float, colour: RGBColor | None = None) -> Any:
    """A run of text in a Chinese font, with digits and Latin letters in their own."""
    run = paragraph.add_run(words)
    run.font.size = Pt(size)
    if colour is not None:
        run.font.color.rgb = colour
    set_font(run._r.get_or_add_rPr(), font)
    return run


def heading(document: Any, words: str) -> None:
    """A heading of the first level: 一、…"""
    text(document, words, font=HEADING, keep=True)


def caption(document: Any, words: str) -> None:
    """The name of a table."""
    text(document, words, font=HEADING, size=12, align=CENTRE, line=22, before=6, keep=True)


def tag(document: Any, words: str) -> None:
    """A paragraph that docxtpl takes out, leaving its statement."""
    document.add_paragraph(f"{{%p {words} %}}")


def rule(paragraph: Any, side: str, *, colour: str = "000000", eighths: int = 6, space: int = 1) -> None:
    """A line above (`top`) or below (`bottom`) a paragraph; its weight in eighths of a point."""
    properties = paragraph._p.get_or_add_pPr()
    border = properties.find(qn("w:pBdr"))
    if border is None:
        border = OxmlElement("w:pBdr")
        properties.insert_element_before(border, "w:shd", "w:tabs", "w:spacing", "w:ind", "w:jc", "w:rPr")
    line = OxmlElement(f"w:{side}")
    for name, value in (("val", "single"), ("sz", eighths), ("space", space), ("color", colour)):
        line.set(qn(f"w:{name}"), str(value))
    border.append(line)


@dataclass(frozen=True, slots=True)
class Grid:
    """A table with a repeating head and a row for each turn of `loop`.

    Widths in mm. `left` are the columns of sentences. `band` stands over the rows of `inner`, a loop inside
    of `loop`, across all columns. `further` adds columns by loops: (over heads, head, over cells, cell);
    the program then shares the width. `height` in mm is the least of a row, for writing by hand.
    `closing` rows end the table; their first `closing_span` cells are one.
    """

    heads: Sequence[str]
    widths: Sequence[float]
    cells: Sequence[str]
    loop: str
    inner: str = ""
    band: str = ""
    further: tuple[str, str, str, str] | None = None
    left: Sequence[int] = ()
    size: float = 10.5
    height: float = 0
    closing: Sequence[Sequence[str]] = ()
    closing_span: int = 1


def add_grid(document: Any, grid: Grid) -> None:
    """Add the table that `grid` describes."""
    heads, cells, widths = list(grid.heads), list(grid.cells), list(grid.widths)
    if grid.further:
        over_heads, head, over_cells, cell = grid.further
        heads += [f"{{%tc {over_heads} %}}", head, "{%tc endfor %}"]
        cells += [f"{{%tc {over_cells} %}}", cell, "{%tc endfor %}"]
        widths += [1, 20, 1]
    table = document.add_table(rows=0, cols=len(heads))
    table.style = "Table Grid"
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    table.autofit = grid.further is not None
    _cell_margins(table)
    for position, width in enumerate(widths):
        table.columns[position].width = Mm(width)
    _add_row(table, heads, widths, grid, head=True)
    blank = [""] * (len(heads) - 1)
    _add_row(table, [f"{{%tr {grid.loop} %}}", *blank], widths, grid)
    if grid.band:
        _add_band(table, grid)
    if grid.inner:
        _add_row(table, [f"{{%tr {grid.inner} %}}", *blank], widths, grid)
    _add_row(table, cells, widths, grid)
    for _ in range(2 if grid.inner else 1):
        _add_row(table, ["{%tr endfor %}", *blank], widths, grid)
    for words in grid.closing:
        _join(_add_row(table, words, widths, grid), grid.closing_span)
    spacer(document)


def spacer(document: Any) -> None:
    """A low empty line: around tables, and so that two never grow together."""
    text(document, "", size=6, line=8, indent=0)


def set_font(properties: Any, name: str, latin: str = LATIN) -> None:
    """Chinese text and full-width punctuation take `name`; digits a Latin face of the same size."""
    fonts = properties.get_or_add_rFonts()
    for attribute in ("ascii", "hAnsi", "cs"):
        fonts.set(qn(f"w:{attribute}"), latin)
    fonts.set(qn("w:eastAsia"), name)
    fonts.set(qn("w:hint"), "eastAsia")


def _add_row(
    table: Any, texts: Sequence[str], widths: Sequence[float], grid: Grid, head: bool = False
) -> Any:
    row = table.add_row()
    properties = row._tr.get_or_add_trPr()
    properties.append(OxmlElement("w:cantSplit"))
    if grid.height:
        row.height = Mm(grid.height)
    if head:
        properties.append(OxmlElement("w:tblHeader"))
    for position, (cell, words) in enumerate(zip(row.cells, texts, strict=True)):
        cell.width = Mm(widths[position])
        is_sentence = position in grid.left and not head
        _fill(cell, words, grid.size, LEFT if is_sentence else CENTRE, HEADING if head else BODY)
    return row


def _add_band(table: Any, grid: Grid) -> None:
    columns = len(table.columns)
    merged = _join(_add_row(table, [grid.band] + [""] * (columns - 1), grid.widths, grid), columns)
    paragraph = merged.paragraphs[0]
    paragraph.alignment = LEFT
    paragraph.paragraph_format.keep_with_next = True
    set_font(paragraph.runs[0]._r.get_or_add_rPr(), HEADING)
    shade = OxmlElement("w:shd")
    for name, value in (("val", "clear"), ("color", "auto"), ("fill", "EFEFEF")):
        shade.set(qn(f"w:{name}"), value)
    merged._tc.get_or_add_tcPr().find(qn("w:vAlign")).addprevious(shade)


def _join(row: Any, span: int) -> Any:
    """The row's first `span` cells as one, with the text of the first."""
    merged = row.cells[0].merge(row.cells[span - 1])
    for paragraph in merged.paragraphs[1:]:
        paragraph._p.getparent().remove(paragraph._p)
    return merged


def _fill(cell: Any, words: str, size: float, align: Any, font: str) -> None:
    cell.vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.CENTER
    paragraph = cell.paragraphs[0]
    paragraph.alignment = align
    layout = paragraph.paragraph_format
    layout.line_spacing_rule, layout.line_spacing = WD_LINE_SPACING.AT_LEAST, Pt(size + 3)
    layout.space_before = layout.space_after = Pt(1)
    letters(paragraph, words, font, size)


def _cell_margins(table: Any) -> None:
    """One millimetre at the sides, so that figures find room."""
    margins = OxmlElement("w:tblCellMar")
    for side in ("left", "right"):
        edge = OxmlElement(f"w:{side}")
        edge.set(qn("w:w"), "57")
        edge.set(qn("w:type"), "dxa")
        margins.append(edge)
    look = table._tbl.tblPr.find(qn("w:tblLook"))
    if look is None:
        table._tbl.tblPr.append(margins)
    else:
        look.addprevious(margins)


def _page_number(footer: Any, align: Any, size: float) -> None:
    """“— 1 —”, a character from the outer edge."""
    footer.is_linked_to_previous = False
    paragraph = footer.paragraphs[0]
    paragraph.alignment = align
    paragraph.paragraph_format.left_indent = paragraph.paragraph_format.right_indent = Pt(size)
    for kind, words in (("text", "— "), ("begin", ""), ("instr", "PAGE"), ("end", ""), ("text", " —")):
        run = paragraph.add_run(words if kind == "text" else "")
        run.font.size = Pt(size)
        set_font(run._r.get_or_add_rPr(), SONG, SONG)
        if kind in ("begin", "end"):
            mark = OxmlElement("w:fldChar")
            mark.set(qn("w:fldCharType"), kind)
            run._r.append(mark)
        elif kind == "instr":
            code = OxmlElement("w:instrText")
            code.text = words
            run._r.append(code)


def _set_defaults(document: Any) -> None:
    """Font, language and line breaking of the whole document, and the names of stand-in fonts."""
    style = document.styles["Normal"]
    style.font.size = Pt(16)
    properties = style.element.get_or_add_rPr()
    set_font(properties, BODY)
    language = OxmlElement("w:lang")
    language.set(qn("w:val"), "en-US")
    language.set(qn("w:eastAsia"), "zh-CN")
    properties.append(language)
    paragraph = style.element.get_or_add_pPr()
    for name in ("widowControl", "autoSpaceDE", "autoSpaceDN"):
        switch = OxmlElement(f"w:{name}")
        switch.set(qn("w:val"), "0")
        paragraph.append(switch)
    style.paragraph_format.space_after, style.paragraph_format.line_spacing = Pt(0), 1.0
    table = document.part.part_related_by(RELATIONSHIP_TYPE.FONT_TABLE)
    entries = "".join(
        f'<w:font w:name="{name}"><w:altName w:val="{other}"/><w:charset w:val="86"/></w:font>'
        for name, other in _OTHER_NAMES.items()
    )
    table._blob = table.blob.decode("utf-8").replace("</w:fonts>", f"{entries}</w:fonts>").encode("utf-8")

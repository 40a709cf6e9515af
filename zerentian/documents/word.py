"""Word files from templates that a town edits: values escaped, the same input giving the same bytes."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path
from typing import Any

from docx.oxml.ns import qn
from docxtpl import DocxTemplate
from jinja2 import StrictUndefined, UndefinedError
from jinja2.sandbox import SandboxedEnvironment

from zerentian.core.problems import ProblemsFound, problem
from zerentian.documents.content import ROOM, column_needs, printable

SHIPPED_TEMPLATES = Path(__file__).parent / "templates"
_NO_TIME = (1980, 1, 1, 0, 0, 0)
_TWIPS_PER_EMU = 1 / 635
_SMALLEST, _USUAL = 13, 21  # half points
_UNKNOWN_NAME = re.compile(r"^'([^']+)' is undefined$|has no attribute '([^']+)'$")


def find_template(name: str, templates: Path | None) -> Path:
    """The town's template when its folder holds one of that name, else the one that ships."""
    if templates is not None:
        if not templates.is_dir():
            raise problem("template.no_folder", file=str(templates))
        if (templates / name).is_file():
            return templates / name
    return SHIPPED_TEMPLATES / name


class WordTemplate:
    """A template read once and filled many times."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._bytes = path.read_bytes()
        except OSError as error:
            raise problem("file.not_readable", file=path.name, reason=error.strerror or "") from error

    def fill(self, context: dict[str, Any], out: Path) -> None:
        """Write the filled document. Raises `ProblemsFound` when the template has a fault."""
        filled = io.BytesIO()
        try:
            document = DocxTemplate(io.BytesIO(self._bytes))
            environment = SandboxedEnvironment(undefined=StrictUndefined, autoescape=True)
            document.render(printable(context), jinja_env=environment, autoescape=True)
            _fit_tables(document.docx)
            document.save(filled)
        except Exception as error:  # a template is a program of its own: whatever it raises is its fault
            raise self._fault(error) from error
        write_without_time(filled, out)

    def _fault(self, error: Exception) -> ProblemsFound:
        name = _UNKNOWN_NAME.search(str(error)) if isinstance(error, UndefinedError) else None
        if name:
            return problem("template.unknown_variable", file=self.path.name, name=name[1] or name[2])
        if isinstance(error, zipfile.BadZipFile):
            return problem("template.broken", file=self.path.name, reason="不是有效的 .docx 文件")
        return problem("template.broken", file=self.path.name, reason=str(error) or type(error).__name__)


def write_without_time(document: io.BytesIO, out: Path) -> None:
    """Copy a zip with every entry's time fixed."""
    with zipfile.ZipFile(document) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            target.writestr(zipfile.ZipInfo(name, _NO_TIME), source.read(name), zipfile.ZIP_DEFLATED)


def _fit_tables(document: Any) -> None:
    """Lay out the tables whose columns are only known now: those that Word calls “根据内容调整”."""
    for mark in list(document.element.body.iter(qn("w:vMerge"))):
        _in_schema_order(mark)
    page = document.sections[0]
    width = int((page.page_width - page.left_margin - page.right_margin) * _TWIPS_PER_EMU)
    for table in document.element.body.iter(qn("w:tbl")):
        layout = table.tblPr.find(qn("w:tblLayout"))
        if layout is None or layout.get(qn("w:type")) == "autofit":
            _fit_columns(table, width)


def _in_schema_order(mark: Any) -> None:
    """docxtpl puts a merged cell's mark last; Word wants it before the alignment."""
    alignment = mark.getparent().find(qn("w:vAlign"))
    if alignment is not None:
        alignment.addprevious(mark)


def _fit_columns(table: Any, width: int) -> None:
    """Share `width` (twips) by what the columns hold; too many columns get smaller letters.

    Works on the XML: python-docx's own rows and cells take quadratic time.
    """
    rows = [list(row.iterchildren(qn("w:tc"))) for row in table.iterchildren(qn("w:tr"))]
    if not rows or any(len(row) != len(rows[0]) for row in rows):
        return
    needs = column_needs(["".join(cell.itertext(qn("w:t"))) for cell in row] for row in rows)
    widths = [width * need // sum(needs) for need in needs]
    grid = table.tblGrid
    for column in list(grid):
        grid.remove(column)
    for share in widths:
        grid._add_gridCol().set(qn("w:w"), str(share))
    for row in rows:
        for cell, share in zip(row, widths, strict=True):
            cell.width = share * 635
    if sum(needs) > ROOM:
        size = str(max(_SMALLEST, _USUAL * ROOM // sum(needs)))
        for mark in ("w:sz", "w:szCs"):
            for letters in table.iter(qn(mark)):
                letters.set(qn("w:val"), size)
    layout = table.tblPr.find(qn("w:tblLayout"))
    if layout is not None:
        layout.set(qn("w:type"), "fixed")

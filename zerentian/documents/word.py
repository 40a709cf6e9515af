"""Word files from templates that a town edits: values escaped, the same input giving the same bytes."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

from docxtpl import DocxTemplate
from jinja2 import StrictUndefined, TemplateError
from jinja2.sandbox import SandboxedEnvironment

from zerentian.core.problems import problem

SHIPPED_TEMPLATES = Path(__file__).parent / "templates"
_WIDEST = 24
_NO_TIME = (1980, 1, 1, 0, 0, 0)


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
        environment = SandboxedEnvironment(undefined=StrictUndefined, autoescape=True)
        try:
            document = DocxTemplate(io.BytesIO(self._bytes))
            document.render(context, jinja_env=environment, autoescape=True)
        except (TemplateError, ValueError, KeyError, zipfile.BadZipFile) as error:
            raise problem("template.broken", file=self.path.name, reason=str(error)) from error
        page = document.sections[0]
        for table in document.tables:
            if table.autofit and len(table.rows) > 1:
                _fit_columns(table, page.page_width - page.left_margin - page.right_margin)
        filled = io.BytesIO()
        document.save(filled)
        _write_without_time(filled, out)


def _fit_columns(table: Any, width: int) -> None:
    """Share `width` (EMU) by what the columns hold, as a table whose columns are only known now needs.

    A head may break over three lines, so that long names of parts leave room for what is below them.
    """
    heads, *rows = [[_width(cell.text) for cell in row.cells] for row in table.rows]
    needs = [
        max(-(-head // 3), *(min(_WIDEST, row[position]) for row in rows))
        for position, head in enumerate(heads)
    ]
    for position, column in enumerate(table.columns):
        column.width = width * needs[position] // sum(needs)
        for cell in column.cells:
            cell.width = column.width
    table.autofit = False


def _width(text: str) -> int:
    """In half characters, with a little room."""
    return 2 + sum(1 if character.isascii() else 2 for character in text)


def _write_without_time(document: io.BytesIO, out: Path) -> None:
    """Copy a zip with every entry's time fixed."""
    with zipfile.ZipFile(document) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            target.writestr(zipfile.ZipInfo(name, _NO_TIME), source.read(name), zipfile.ZIP_DEFLATED)

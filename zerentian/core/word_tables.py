"""Tables of a Word document (.docx) as rows of text; a merged cell says its text in each place it covers."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

from docx import Document
from docx.opc.exceptions import PackageNotFoundError

from zerentian.core.archives import open_archive
from zerentian.core.problems import problem

_LARGEST = 500 * 1024 * 1024
_MOST_ENTRIES = 10_000
_MOST_COLUMNS = 200


def read_word_tables(path: Path) -> list[list[list[str]]]:
    """The tables of a document, in its order. Raises `ProblemsFound` for what is no document."""
    with open_archive(path, most_entries=_MOST_ENTRIES, largest=_LARGEST):
        pass
    try:
        document = Document(str(path))
    except (PackageNotFoundError, SyntaxError, KeyError, ValueError, OSError, zipfile.BadZipFile) as error:
        raise problem("file.not_a_document", file=path.name, reason=str(error)) from error
    return [_rows(table._tbl) for table in document.tables]


def _rows(table: Any) -> list[list[str]]:
    rows: list[list[str]] = []
    for row in table.tr_lst:
        texts = [""] * row.grid_before
        above = rows[-1] if rows else []
        for cell in row.tc_lst:
            place = len(texts)
            goes_on = cell.vMerge == "continue" and place < len(above)
            text = above[place] if goes_on else _text(cell)
            texts += [text] * min(cell.grid_span, _MOST_COLUMNS)
        rows.append(texts[:_MOST_COLUMNS])
    return rows


def _text(cell: Any) -> str:
    lines = ("".join(part.text or "" for part in line.iter(f"{{{line.nsmap['w']}}}t")) for line in cell.p_lst)
    return "\n".join(line for line in lines if line.strip())

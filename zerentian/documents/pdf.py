"""Documents as PDF, by Typst; data goes in as JSON, never as markup."""

from __future__ import annotations

import json
from pathlib import Path

import noto_cjk_sans_otc
import pylopdf_fonts_zh_cn
import typst

from zerentian.core.problems import problem
from zerentian.documents.bulletin import Bulletin
from zerentian.documents.content import printable
from zerentian.documents.word import find_template

_FONT_FOLDERS = [
    folder for package in (pylopdf_fonts_zh_cn, noto_cjk_sans_otc) for folder in package.__path__
]


def write_pdf(bulletin: Bulletin, out: Path, templates: Path | None) -> None:
    """Write the bulletin. Raises `ProblemsFound` when the town's template has a fault."""
    out.write_bytes(render_pdf("bulletin.typ", printable(bulletin.context()), templates))


def has_same_words(name: str, templates: Path | None) -> bool:
    """Whether PDF and Word say the same: not when the town has replaced the Word template alone."""
    return (
        templates is None or (templates / f"{name}.typ").exists() or not (templates / f"{name}.docx").exists()
    )


def render_pdf(name: str, context: object, templates: Path | None = None) -> bytes:
    """A template filled with a context of plain values.

    The template may use pictures and files that stand beside it, and nothing else. Raises `ProblemsFound`
    when it has a fault.
    """
    template = find_template(name, templates)
    try:
        return typst.compile(
            str(template),
            root=str(template.parent),
            font_paths=_FONT_FOLDERS,
            sys_inputs={"data": json.dumps(context, ensure_ascii=False)},
            timestamp=0,
        )
    except RuntimeError as error:  # typst.TypstError among them
        raise problem("template.broken", file=template.name, reason=str(error)) from error

"""The bulletin as PDF, by Typst; data goes in as JSON, never as markup."""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path

import noto_cjk_sans_otc
import pylopdf_fonts_zh_cn
import typst

from zerentian.core.problems import problem
from zerentian.documents.bulletin import Bulletin
from zerentian.documents.word import find_template

_FONT_FOLDERS = [
    folder for package in (pylopdf_fonts_zh_cn, noto_cjk_sans_otc) for folder in package.__path__
]


def write_pdf(bulletin: Bulletin, out: Path, templates: Path | None) -> None:
    """Write the bulletin. Raises `ProblemsFound` when the town's template has a fault."""
    template = find_template("bulletin.typ", templates)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        shutil.copy(template, root / "bulletin.typ")
        data = json.dumps(bulletin.context(), ensure_ascii=False)
        (root / "data.json").write_text(data, encoding="utf-8")
        try:
            typst.compile(
                str(root / "bulletin.typ"),
                output=str(out),
                root=str(root),
                font_paths=_FONT_FOLDERS,
            )
        except (RuntimeError, typst.TypstError) as error:
            raise problem("template.broken", file=template.name, reason=str(error)) from error

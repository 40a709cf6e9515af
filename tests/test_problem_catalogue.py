"""The catalogue of problems and the code name the same codes."""

from __future__ import annotations

import re
from pathlib import Path

import zerentian
from zerentian.core.problem_catalogue import CATALOGUE
from zerentian.pages.event_words import EVENT_WORDS

PACKAGE = Path(zerentian.__file__).parent


def test_every_code_is_in_the_catalogue_and_in_use() -> None:
    source = "\n".join(
        path.read_text(encoding="utf-8")
        for path in PACKAGE.rglob("*.py")
        if not {"tests", "migrations"} & set(path.parts) and path.name != "problem_catalogue.py"
    )
    used = set(re.findall(r'"([a-z]+\.[a-z_]+)"', source)) - _FILE_NAMES - set(EVENT_WORDS)
    groups = {code.split(".")[0] for code in CATALOGUE}
    assert set(CATALOGUE) - used == set()
    assert {code for code in used if code.split(".")[0] in groups} - set(CATALOGUE) == set()


_FILE_NAMES = {"bulletin.docx", "bulletin.typ", "data.json"}

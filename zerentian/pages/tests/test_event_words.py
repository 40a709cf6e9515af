"""Every kind of event that an action records has its Chinese words."""

from __future__ import annotations

import re
from pathlib import Path

from zerentian.core.problem_catalogue import CATALOGUE
from zerentian.pages.event_words import EVENT_WORDS

PACKAGE = Path(__file__).parents[2]


def test_no_kind_is_without_words() -> None:
    source = "\n".join(path.read_text("utf-8") for path in PACKAGE.glob("*/*actions.py"))
    kinds = set(re.findall(r'"([a-z]+\.[a-z_]+)"', source)) - set(CATALOGUE)
    assert kinds == set(EVENT_WORDS)

"""Every kind of event that an action records has its Chinese words."""

from __future__ import annotations

import re
from pathlib import Path

from zerentian.core.problem_catalogue import CATALOGUE
from zerentian.pages.event_words import EVENT_WORDS

PACKAGE = Path(__file__).parents[2]


def test_no_kind_is_without_words() -> None:
    texts = (path.read_text("utf-8") for path in PACKAGE.glob("*/*.py"))
    source = "\n".join(text for text in texts if re.search(r"\brecord\((by|PROGRAM)", text))
    kinds = set(re.findall(r'"([a-z]+\.[a-z_]+)"', source)) - set(CATALOGUE)
    courses = (PACKAGE / "tickets" / "rules.py").read_text("utf-8")  # moves are recorded by their name
    moves = {f"ticket.{move.lower()}" for move in re.findall(r"\(Move\.([A-Z]+), ", courses)}
    assert kinds | moves == set(EVENT_WORDS)

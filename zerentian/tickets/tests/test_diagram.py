"""The diagram in the documentation is the one that the code draws."""

from __future__ import annotations

from pathlib import Path

from zerentian.tickets.diagram import diagram
from zerentian.tickets.rules import STATE_LABELS

DOCS = Path(__file__).parents[3] / "docs" / "整改状态图.md"


def test_the_documentation_shows_what_the_code_does() -> None:
    assert DOCS.read_text("utf-8") == diagram()
    assert all(label in diagram() for label in STATE_LABELS.values())

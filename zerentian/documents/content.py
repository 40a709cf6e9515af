"""What documents are made of, before any file format: texts, tables, attachments."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from zerentian.core.table_writing import Value

NOTHING = "—"
ROOM = 84
"""Half characters of 五号 on the 156 mm of the type area."""
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_WIDEST, _WIDEST_OF_ALL, _LEAST_OF_TEXT = 24, 56, 10
_HEAD_LINES, _TEXT_LINES = 3, 12
_NAMES_SHOWN = 10


@dataclass(frozen=True, slots=True)
class TextTable:
    """A titled table. `wide` is the position of the column of sentences, or -1."""

    title: str
    columns: list[str]
    rows: list[list[Value]]
    wide: int = -1

    def context(self) -> dict[str, Any]:
        """As templates see it: every cell a text, and the width that each column needs."""
        rows = [[cell_text(value) for value in row] for row in self.rows]
        return {
            "title": self.title,
            "columns": self.columns,
            "rows": rows,
            "wide": self.wide,
            "needs": column_needs([self.columns, *rows], self.wide),
        }


@dataclass(frozen=True, slots=True)
class Attachment:
    """Tables that stand behind the letter. `label` is 附件 with its number; without tables there is none."""

    label: str
    title: str
    tables: list[TextTable]

    def context(self) -> dict[str, Any]:
        """As templates see it."""
        return {
            "label": self.label,
            "title": self.title,
            "tables": [table.context() for table in self.tables],
        }


def cell_text(value: Value) -> str:
    """A value as a table shows it; nothing is a dash."""
    return NOTHING if value is None else str(value)


def names_in_words(names: Sequence[str], shown: int = _NAMES_SHOWN) -> str:
    """`甲、乙`; of more than `shown` the first ones and the count: `甲、乙等12个`."""
    if len(names) <= shown:
        return "、".join(names)
    return f"{'、'.join(names[:shown])}等{len(names)}个"


def printable(value: Any) -> Any:
    """The same data without what no document may hold: control characters, lone surrogates."""
    if isinstance(value, str):
        return _UNPRINTABLE.sub("", value)
    if isinstance(value, dict):
        return {key: printable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [printable(item) for item in value]
    return value


def column_needs(rows: Iterable[Sequence[str]], wide: int = -1) -> list[int]:
    """The width of each column in half characters of a table's letters; the first row is the head.

    Figures never break. Where the page has no room, sentences and names break over more lines; what is
    still more than `ROOM` asks for smaller letters.
    """
    lines = [[text_width(text) for text in row] for row in rows]
    needs, least = [], []
    for position, widths in enumerate(zip(*lines, strict=True)):
        head, *cells = widths
        longest = max(cells, default=0)
        most = max(_WIDEST_OF_ALL if position == wide else _WIDEST, longest // _TEXT_LINES)
        fewest = max(_LEAST_OF_TEXT, longest // _TEXT_LINES)
        short, tall = (max(-(-head // heads), min(4, head)) for heads in (_HEAD_LINES, 2 * _HEAD_LINES))
        needs.append(2 + max(short, min(most, longest)))
        least.append(2 + max(tall, min(fewest, longest)))
    excess, spare = sum(needs) - ROOM, sum(needs) - sum(least)
    if excess <= 0 or spare == 0:
        return needs
    share = min(1.0, excess / spare)
    return [need - round((need - low) * share) for need, low in zip(needs, least, strict=True)]


def text_width(text: str) -> int:
    """In half characters: a Chinese character is two."""
    return sum(2 if unicodedata.east_asian_width(character) in "WFA" else 1 for character in text)

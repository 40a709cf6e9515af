"""Writing a standard as YAML in the style of docs/evaluation.md: one line for each clause.

What is written loads again through `load_standard` as the same model.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal

from zerentian.evaluation.standard import Standard

_FIRST_KEYS = ("id", "text", "points", "rule")
_LAST_KEYS = ("source", "unsure")
_WORDS = "A-Za-z_\u4e00-\u9fff"
_MARKS = "0-9（）“”《》、，。；：！？％·…—%"
_NEEDS_NO_QUOTES = re.compile(rf"[{_WORDS}（“《]([{_WORDS}{_MARKS}×÷≥≤./+ -]*[{_WORDS}{_MARKS}])?")
_READ_AS_SOMETHING_ELSE = frozenset({"true", "false", "null"})
_LONGEST_KEY = 1000
"""YAML readers look for the colon of a plain `key: value` no further than 1,024 characters."""


def standard_yaml(standard: Standard) -> str:
    """The YAML text of a standard, ending in a line end."""
    data = standard.model_dump()
    sections = data.pop("sections")
    lines = [f"{key}: {_flow(value)}" for key, value in data.items() if _is_stated(value)]
    lines.append("sections:")
    for section in sections:
        clauses = section.pop("clauses")
        entries = [f"{key}: {_flow(value)}" for key, value in section.items() if _is_stated(value)]
        lines += [f"{'    ' if i else '  - '}{entry}" for i, entry in enumerate(entries)]
        lines.append("    clauses:")
        lines += [f"      - {_flow(_in_order(clause))}" for clause in clauses]
    return "\n".join(lines) + "\n"


def _in_order(clause: Mapping[str, object]) -> dict[str, object]:
    others = [key for key in clause if key not in _FIRST_KEYS and key not in _LAST_KEYS]
    keys = [key for key in (*_FIRST_KEYS, *others, *_LAST_KEYS) if key in clause]
    return {key: clause[key] for key in keys if _is_stated(clause[key])}


def _is_stated(value: object) -> bool:
    return value is not None and value != ""


def _flow(value: object) -> str:
    if isinstance(value, Mapping):
        return (
            "{" + ", ".join(_entry(str(key), item) for key, item in value.items() if item is not None) + "}"
        )
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Decimal | int):
        return _number(Decimal(value))
    if isinstance(value, Iterable):
        return "[" + ", ".join(_flow(item) for item in value) + "]"
    raise TypeError(f"a standard holds no {type(value).__name__}")


def _entry(key: str, value: object) -> str:
    written = _text(key)
    if len(written) > _LONGEST_KEY:
        return f"? {written} : {_flow(value)}"
    return f"{written}: {_flow(value)}"


def _number(value: Decimal) -> str:
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _text(value: str) -> str:
    if _NEEDS_NO_QUOTES.fullmatch(value) and value not in _READ_AS_SOMETHING_ELSE:
        return value
    return '"' + "".join(_escaped(character) for character in value) + '"'


def _escaped(character: str) -> str:
    if character in '"\\':
        return f"\\{character}"
    if character == "\n":
        return "\\n"
    if character.isprintable() or character == "\u3000":
        return character
    code = ord(character)
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"

"""How a site is found by name: whatever way it is typed. Pure."""

from __future__ import annotations

import re
import unicodedata

from pypinyin import Style, lazy_pinyin, load_single_dict

_SPACES = re.compile(r"[\s\u200b-\u200f\u202a-\u202e\u2060\ufeff]+")
_WINDOW = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


load_single_dict({ord("𠮷"): "jí"})  # a variant of 吉 that place names have and the library does not know


def name_key(name: str) -> str:
    """The name as it is compared: NFKC, lower case, without spaces and invisible characters."""
    return _SPACES.sub("", unicodedata.normalize("NFKC", name)).lower()


def initials(name: str) -> str:
    """First letters of the pinyin: 东大门 is ddm."""
    return "".join(lazy_pinyin(name_key(name), style=Style.FIRST_LETTER))[:200]


def pinyin(name: str) -> str:
    """The name as it sorts by sound. What has no reading sorts by its own characters, not last of all."""
    return " ".join(lazy_pinyin(name_key(name)))[:600]


def parse_opening(text: str) -> list[list[str]] | None:
    """Drop-off windows such as `06:30-08:30、18:00-20:00`; None when it is none; [] of an empty text."""
    windows = []
    for part in re.split(r"[、，,;；\s]+", unicodedata.normalize("NFKC", text).strip()):
        if not part:
            continue
        times = re.split(r"[-—–~至]", part)
        if len(times) != 2 or not all(_WINDOW.fullmatch(time) for time in times) or times[0] >= times[1]:
            return None
        windows.append(times)
    return windows


def opening_text(windows: list[list[str]]) -> str:
    """Windows as people write them."""
    return "、".join("-".join(window) for window in windows)

"""What goes out: one message or several as text for an e-mail, an application message or a group. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

_BODY_AT_MOST = 300
_APPLICATION_BYTES, _GROUP_BYTES = 2048, 4096
"""Of a text to one member and a markdown to a group (developer.work.weixin.qq.com)."""
_MARKS = str.maketrans("<>[]*`", "＜＞［］＊｀")


@dataclass(frozen=True, slots=True)
class Entry:
    """A message with the whole address at which it is opened."""

    title: str
    body: str
    url: str


@dataclass(frozen=True, slots=True)
class Letter:
    """One or more entries for an address. The mark stays when the same letter is sent again."""

    mark: str
    address: str
    entries: tuple[Entry, ...]
    listed: int
    """So many entries are listed; of more it says how many there are."""

    @property
    def subject(self) -> str:
        """The title, or how many messages there are."""
        if len(self.entries) == 1:
            return f"责任田：{self.entries[0].title}"
        return f"责任田：{len(self.entries)} 条消息"


def mark_of(ids: Iterable[UUID]) -> str:
    """A name for what these ids make together, the same each time."""
    return hashlib.sha256(" ".join(sorted(map(str, ids))).encode()).hexdigest()[:32]


def as_mail(letter: Letter) -> str:
    """Plain text for an e-mail."""
    if len(letter.entries) == 1:
        (one,) = letter.entries
        return "\n\n".join(part for part in (one.title, one.body, one.url) if part) + "\n"
    shown = [
        f"{number}. {one.title}\n   {one.url}"
        for number, one in enumerate(letter.entries[: letter.listed], start=1)
    ]
    return "\n\n".join([f"您有 {len(letter.entries)} 条消息：", *shown, *_rest(letter, len(shown))]) + "\n"


def as_application_text(letter: Letter) -> str:
    """Text of an application message to one member; its links are HTML's."""
    return _written(letter, lambda title, url: f'<a href="{url}">{title}</a>', _APPLICATION_BYTES)


def as_markdown(letter: Letter) -> str:
    """Markdown for a group."""
    return _written(letter, lambda title, url: f"[{title}]({url})", _GROUP_BYTES)


def _written(letter: Letter, link: Callable[[str, str], str], most: int) -> str:
    """Titles as links, a single one with its body; as many as `most` bytes hold."""
    if len(letter.entries) == 1:
        (one,) = letter.entries
        head = link(_plain(one.title), one.url)
        shown = one.body if len(one.body) <= _BODY_AT_MOST else one.body[:_BODY_AT_MOST] + "…"
        text = f"{head}\n{_plain(shown)}" if shown else head
        return text if len(text.encode()) <= most else head
    lines = [
        f"{number}. {link(_plain(one.title), one.url)}"
        for number, one in enumerate(letter.entries[: letter.listed], start=1)
    ]
    head = f"您有 {len(letter.entries)} 条消息："
    for kept in range(len(lines), 0, -1):
        text = "\n".join([head, *lines[:kept], *_rest(letter, kept)])
        if len(text.encode()) <= most:
            return text
    return head


def _rest(letter: Letter, shown: int) -> Sequence[str]:
    more = len(letter.entries) - shown
    return [f"……另有 {more} 条，请到平台查看。"] if more else []


def _plain(text: str) -> str:
    """Without marks that would become links or formats."""
    return text.translate(_MARKS)

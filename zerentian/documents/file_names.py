"""What a job's files are called on pages and when downloaded; on the disk they keep plain names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

_NOTICE = re.compile(r"interviews/\d{4}-\d{2}-(\d+)-(.+)\.(docx|pdf)")
_UNSAFE = re.compile(r'[\x00-\x1f\\/:*?"<>|]')


def subjects_of(files: Iterable[str]) -> set[str]:
    """The codes of those whom notices among `files` are for."""
    return {found[2] for file in files if (found := _NOTICE.fullmatch(file))}


def in_chinese(file: str, month: str, names: Mapping[str, str]) -> str:
    """`bulletin.pdf` as 2023年10月镇检查通报.pdf, a notice with the name of whom it is for."""
    notice = _NOTICE.fullmatch(file)
    if notice:
        who = names.get(notice[2], notice[2])
        return _UNSAFE.sub("_", f"{month}约谈通知书{notice[1]}（{who}）.{notice[3]}")
    return _UNSAFE.sub("_", file.replace("bulletin", f"{month}通报", 1))

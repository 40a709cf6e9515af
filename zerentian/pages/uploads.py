"""Files that people hand in: judged by size and content, kept under names of our own."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.core.files import File

from zerentian.core.ids import new_id
from zerentian.core.problems import problem

LARGEST_TABLE = 20 * 1024 * 1024


def keep_table(file: File[bytes], owner: UUID) -> str:
    """Keep an uploaded table for its owner until it is confirmed; return the name to find it by.

    Raises `ProblemsFound` when it is too large. The suffix follows the content, not the given name.
    """
    if (file.size or 0) > LARGEST_TABLE:
        limit = f"{LARGEST_TABLE // 1024 // 1024} MB"
        raise problem("upload.too_large", file=str(file.name), limit=limit)
    content = file.read()
    suffix = ".xlsx" if content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")) else ".csv"
    folder = _folder(owner)
    folder.mkdir(parents=True, exist_ok=True)
    name = f"{new_id()}{suffix}"
    (folder / name).write_bytes(content)
    return name


def kept_table(name: str, owner: UUID) -> Path:
    """Where the owner's table lies. Raises `ProblemsFound` when there is none of that name."""
    stem, _, suffix = name.partition(".")
    try:
        path = _folder(owner) / f"{UUID(stem)}.{suffix}"
    except ValueError:
        raise problem("upload.gone") from None
    if suffix not in ("xlsx", "csv") or not path.is_file():
        raise problem("upload.gone")
    return path


def _folder(owner: UUID) -> Path:
    return Path(settings.DATA_FOLDER) / "uploads" / str(owner)

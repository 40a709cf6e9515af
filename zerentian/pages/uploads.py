"""Files that people hand in: judged by size and content, kept under names of our own."""

from __future__ import annotations

import shutil
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.core.files import File

from zerentian.core.ids import new_id
from zerentian.core.problems import problem

LARGEST_TABLE = 20 * 1024 * 1024
LARGEST_ARCHIVE = 300 * 1024 * 1024
_ARCHIVE = "照片压缩包.zip"
_SUFFIXES = (".xlsx", ".csv", ".docx")


def keep_table(file: File[bytes], owner: UUID) -> str:
    """Keep an uploaded table for its owner until it is confirmed; return the name to find it by.

    Raises `ProblemsFound` when it is too large. The suffix follows the content, not the given name.
    """
    if (file.size or 0) > LARGEST_TABLE:
        limit = f"{LARGEST_TABLE // 1024 // 1024} MB"
        raise problem("upload.too_large", file=str(file.name), limit=limit)
    content = file.read()
    name = f"{new_id()}{_suffix(content)}"
    path = _path(name, owner)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return name


def kept_table(name: str, owner: UUID) -> Path:
    """Where the owner's table lies. Raises `ProblemsFound` when there is none of that name."""
    try:
        path = _path(name, owner)
    except ValueError:
        raise problem("upload.gone") from None
    if path.suffix not in _SUFFIXES or not path.is_file():
        raise problem("upload.gone")
    return path


def keep_archive(file: File[bytes], table: Path) -> None:
    """Keep a packed file of photos beside the kept table it belongs to. Raises `ProblemsFound`."""
    if (file.size or 0) > LARGEST_ARCHIVE:
        limit = f"{LARGEST_ARCHIVE // 1024 // 1024} MB"
        raise problem("upload.too_large", file=str(file.name), limit=limit)
    with table.with_name(_ARCHIVE).open("wb") as kept:
        shutil.copyfileobj(file, kept)


def kept_archive(table: Path) -> Path | None:
    """The photos that were handed in with a kept table."""
    path = table.with_name(_ARCHIVE)
    return path if path.is_file() else None


def forget_table(path: Path) -> None:
    """Remove a kept table that was used, and the folder it lay in."""
    shutil.rmtree(path.parent, ignore_errors=True)


def _suffix(content: bytes) -> str:
    if content.startswith(b"PK\x03\x04") and b"word/document.xml" in content:
        return ".docx"
    return ".xlsx" if content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")) else ".csv"


def _path(name: str, owner: UUID) -> Path:
    """A folder for each upload; the file in it has a name that faults can show. Raises `ValueError`."""
    stem, _, suffix = name.partition(".")
    return Path(settings.DATA_FOLDER) / "uploads" / str(owner) / str(UUID(stem)) / f"上传的表格.{suffix}"

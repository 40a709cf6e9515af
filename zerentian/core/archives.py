"""Judging a packed file (.zip, .docx) before anything of it is unpacked."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from zerentian.core.problems import problem

_HIGHEST_RATIO = 60
_ALWAYS_ACCEPTED = 20 * 1024 * 1024


@contextmanager
def open_archive(path: Path, *, most_entries: int, largest: int) -> Iterator[zipfile.ZipFile]:
    """A packed file to read from, names in GBK as Windows writes them included.

    Raises `ProblemsFound` when it is none, is protected by a password, or unpacks to more than `largest`
    bytes or `most_entries` files. Reading an entry takes no more than the size that was judged here.
    """
    try:
        archive = _open(path)
    except FileNotFoundError as error:
        raise problem("file.not_found", file=path.name) from error
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise problem("archive.broken", file=path.name, reason="不是压缩包格式，或已损坏") from error
    with archive:
        entries = archive.infolist()
        if len(entries) > most_entries:
            raise problem("archive.too_many", file=path.name, count=len(entries), limit=most_entries)
        unpacked = sum(one.file_size for one in entries)
        if unpacked > largest:
            raise problem("archive.too_large", file=path.name, size=_mib(unpacked), limit=_mib(largest))
        ratio = unpacked // max(1, path.stat().st_size)
        if unpacked > _ALWAYS_ACCEPTED and ratio > _HIGHEST_RATIO:
            raise problem("archive.suspicious", file=path.name, ratio=ratio)
        if any(one.flag_bits & 1 for one in entries):
            raise problem("archive.password", file=path.name)
        yield archive


def _open(path: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(path, metadata_encoding="gb18030")
    except UnicodeDecodeError:
        return zipfile.ZipFile(path)


def _mib(size: int) -> str:
    return f"{size // (1024 * 1024)} MB"

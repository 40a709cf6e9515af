"""A ZIP of photos that comes with a list: judged whole, then matched to rows by number or file name."""

from __future__ import annotations

import re
import stat
import unicodedata
import zipfile
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from zerentian.core.archives import open_archive
from zerentian.core.problems import ProblemList, ProblemsFound, problem
from zerentian.rounds.photos import LARGEST, judge

_MOST_PHOTOS = 5_000
_LARGEST = 1024**3
PHOTO_SUFFIXES = (".jpg", ".jpeg", ".png", ".webp")
_LITTER = ("__MACOSX/", ".DS_Store", "Thumbs.db", "desktop.ini")
_NUMBER = re.compile(r"(?=.*[0-9])[a-z0-9_\-.#]+")
_END_OF_NUMBER = re.compile(r"[-_ .(（、]")


@dataclass(slots=True)
class PhotoArchive:
    """The photos of a ZIP, by the names that rows may call them."""

    file: str
    _archive: zipfile.ZipFile
    _by_name: dict[str, list[str]] = field(default_factory=dict)
    _by_number: dict[str, list[str]] = field(default_factory=dict)
    entries: list[str] = field(default_factory=list)

    def named(self, name: str) -> list[str]:
        """The photos of a name, with or without suffix and folder, or all of a folder of that name."""
        return self._by_name.get(_folded(name), [])

    def numbered(self, number: str) -> list[str]:
        """The photos in a folder of that number, or whose name begins with it: `3.jpg`, `3-1.jpg`."""
        return self._by_number.get(_plain(number), []) if number else []

    def read(self, entry: str) -> bytes:
        """The bytes of a photo, which are a picture of bearable size. Raises `ProblemsFound`."""
        info = self._archive.getinfo(entry)
        if info.file_size > LARGEST:
            limit = f"{LARGEST // 1024 // 1024} MB"
            raise problem("archive.photo", file=self.file, value=entry, reason=f"超过上限 {limit}")
        try:
            content = self._archive.read(entry)
            judge(content)
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
            raise problem("archive.photo", file=self.file, value=entry, reason="内容已损坏") from error
        except ProblemsFound as found:
            reason = found.problems[0].message
            raise problem("archive.photo", file=self.file, value=entry, reason=reason) from found
        return content


@contextmanager
def open_photos(path: Path) -> Iterator[PhotoArchive]:
    """A ZIP of photos. Raises `ProblemsFound` with all that is in it and is no photo."""
    with open_archive(path, most_entries=_MOST_PHOTOS, largest=_LARGEST) as archive:
        found, problems = PhotoArchive(path.name, archive), ProblemList()
        for info in archive.infolist():
            if info.is_dir() or any(part in info.filename for part in _LITTER):
                continue
            if _is_odd(info):
                problems.add("archive.path", file=path.name, value=info.filename)
            elif not info.filename.lower().endswith(PHOTO_SUFFIXES):
                problems.add("archive.foreign", file=path.name, value=info.filename)
            else:
                found.entries.append(info.filename)
        problems.raise_if_any()
        found._by_name, found._by_number = _names(found.entries), _numbers(found.entries)
        yield found


def _is_odd(info: zipfile.ZipInfo) -> bool:
    name = info.orig_filename
    parts = name.replace("\\", "/").split("/")
    is_link = stat.S_ISLNK(info.external_attr >> 16)
    return is_link or name.startswith(("/", "\\")) or ".." in parts or ":" in name or "\0" in name


def _names(entries: Iterable[str]) -> dict[str, list[str]]:
    found: defaultdict[str, list[str]] = defaultdict(list)
    for entry in entries:
        path = PurePosixPath(entry)
        keys = {str(path), path.name, path.stem, str(path.with_suffix("")), *path.parts[:-1]}
        for key in sorted({_folded(one) for one in keys}):
            found[key].append(entry)
    return dict(found)


def _numbers(entries: Iterable[str]) -> dict[str, list[str]]:
    """By the innermost folder where photos lie in folders of numbers, else by how a name begins."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for entry in entries:
        path = PurePosixPath(entry)
        folders = [_plain(one) for one in path.parts[:-1]]
        numbers = [one for one in folders if _NUMBER.fullmatch(one)]
        stem = _plain(path.stem)
        begins = {_plain(path.stem[: mark.start()]) for mark in _END_OF_NUMBER.finditer(path.stem)}
        keys = {numbers[-1]} if numbers else {stem, *begins}
        for key in keys:
            found[key].append(entry)
    return dict(found)


def _plain(number: str) -> str:
    text = _folded(number).removeprefix("第").removesuffix("号")
    return text.lstrip("0") or "0" if text.isdecimal() else text


def _folded(name: str) -> str:
    return "".join(unicodedata.normalize("NFKC", name).lower().split())

"""Photos: the original's bytes filed under their SHA-256, untouched; what screens see is a copy made anew."""

from __future__ import annotations

import hashlib
import io
import os
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from django.conf import settings
from PIL import Image, ImageOps

from zerentian.core.ids import new_id
from zerentian.core.problems import ProblemsFound, problem

LARGEST = 20 * 1024 * 1024
MOST_PIXELS = 60_000_000
SHOWN = (1600, 1600)
_TYPES = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}


@dataclass(frozen=True, slots=True)
class Filed:
    """A photo as it was filed."""

    sha256: str
    size: int
    content_type: str
    width: int
    height: int


def file_photo(content: bytes) -> Filed:
    """Judge a photo by its content and file it. Raises `ProblemsFound`.

    The whole is decoded, so that what is cut off or only looks like a picture is refused.
    """
    found = judge(content)
    try:
        with Image.open(io.BytesIO(content), formats=list(_TYPES)) as picture:
            picture.load()
    except (OSError, SyntaxError, ValueError) as error:
        raise problem("photo.not_a_picture", reason="内容不完整或已损坏") from error
    _write(original_path(found.sha256), content)
    return found


def keep_photo(content: bytes, sha256: str) -> Filed:
    """Judge a photo by its header and file it: what a phone took is kept even when it is cut off.

    `sha256` is that of the content. Raises `ProblemsFound` for what is no picture, or too large.
    """
    found = judge(content, sha256)
    _write(original_path(found.sha256), content)
    return found


def judge(content: bytes, sha256: str = "") -> Filed:
    """What a photo's header says; no pixel is decoded. Raises `ProblemsFound`."""
    if len(content) > LARGEST:
        raise problem("photo.too_large", limit=f"{LARGEST // 1024 // 1024} MB")
    sha256 = sha256 or hashlib.sha256(content).hexdigest()
    return _header(io.BytesIO(content), sha256, len(content))


def find(sha256: str) -> Filed | None:
    """A photo that was filed before; None when there is none."""
    path = original_path(sha256)
    try:
        with path.open("rb") as file:
            return _header(file, sha256, path.stat().st_size)
    except FileNotFoundError:
        return None


def _header(file: IO[bytes], sha256: str, size: int) -> Filed:
    try:
        with Image.open(file, formats=list(_TYPES)) as picture:
            kind, (width, height) = str(picture.format), picture.size
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _too_many_pixels() from error
    except (OSError, SyntaxError, ValueError) as error:
        raise problem("photo.not_a_picture", reason="无法识别") from error
    if width * height > MOST_PIXELS:
        raise _too_many_pixels()
    return Filed(sha256, size, _TYPES[kind], width, height)


def _too_many_pixels() -> ProblemsFound:
    return problem("photo.too_many_pixels", limit=MOST_PIXELS // 10_000)


def original_path(sha256: str) -> Path:
    """Where an original lies."""
    return Path(settings.DATA_FOLDER, "photos", sha256[:2], sha256)


def original(sha256: str) -> bytes:
    """A photo as it came. Raises `ProblemsFound` when there is none."""
    try:
        return original_path(sha256).read_bytes()
    except FileNotFoundError as error:
        raise problem("photo.gone") from error


def shown_copy(sha256: str) -> bytes:
    """A JPEG of at most `SHOWN`, upright, without metadata. Raises `ProblemsFound` when there is none."""
    copy = original_path(sha256).with_suffix(".shown.jpg")
    if copy.exists():
        return copy.read_bytes()
    try:
        with Image.open(io.BytesIO(original(sha256))) as picture:
            upright = ImageOps.exif_transpose(picture).convert("RGB")
    except (OSError, SyntaxError, ValueError) as error:
        raise problem("photo.not_a_picture", reason="内容不完整或已损坏") from error
    upright.thumbnail(SHOWN)
    packed = io.BytesIO()
    upright.save(packed, "JPEG", quality=82)
    _write(copy, packed.getvalue())
    return packed.getvalue()


def _write(path: Path, content: bytes) -> None:
    """Durable before anybody is told: written aside, synced, then moved into place."""
    if path.exists():
        return
    folder = path.parent
    if not folder.is_dir():
        folder.mkdir(parents=True, exist_ok=True)
    aside = folder / f".{new_id()}"
    with aside.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    aside.replace(path)
    names = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(names)  # else a power cut may forget the name
    finally:
        os.close(names)

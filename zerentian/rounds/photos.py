"""Photos: the original's bytes filed under their SHA-256, untouched; what screens see is a copy made anew."""

from __future__ import annotations

import hashlib
import io
import os
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from PIL import Image, ImageOps, UnidentifiedImageError

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

    The header's size is judged before any pixel is decoded; then the whole is decoded, so that what is cut
    off or only looks like a picture is refused.
    """
    if len(content) > LARGEST:
        raise problem("photo.too_large", limit=f"{LARGEST // 1024 // 1024} MB")
    try:
        with Image.open(io.BytesIO(content), formats=list(_TYPES)) as picture:
            kind, (width, height) = str(picture.format), picture.size
            if width * height > MOST_PIXELS:
                raise _too_many_pixels()
            picture.load()
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _too_many_pixels() from error
    except (OSError, SyntaxError, ValueError) as error:
        reason = "无法识别" if isinstance(error, UnidentifiedImageError) else "内容不完整或已损坏"
        raise problem("photo.not_a_picture", reason=reason) from error
    sha256 = hashlib.sha256(content).hexdigest()
    _write(original_path(sha256), content)
    return Filed(sha256, len(content), _TYPES[kind], width, height)


def _too_many_pixels() -> ProblemsFound:
    return problem("photo.too_many_pixels", limit=MOST_PIXELS // 10_000)


def filed(sha256: str) -> Filed:
    """A photo that was filed before. Raises `ProblemsFound` when there is none."""
    return file_photo(original(sha256))


def original_path(sha256: str) -> Path:
    """Where an original lies."""
    return settings.DATA_FOLDER / "photos" / sha256[:2] / sha256


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
    with Image.open(io.BytesIO(original(sha256))) as picture:
        upright = ImageOps.exif_transpose(picture).convert("RGB")
    upright.thumbnail(SHOWN)
    packed = io.BytesIO()
    upright.save(packed, "JPEG", quality=82)
    _write(copy, packed.getvalue())
    return packed.getvalue()


def _write(path: Path, content: bytes) -> None:
    """Durable before anybody is told: written aside, synced, then moved into place."""
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{new_id()}")
    with aside.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    aside.replace(path)

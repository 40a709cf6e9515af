"""Photos: judged by content, originals untouched, copies without metadata (trust cases T45 to T48)."""

from __future__ import annotations

import hashlib
import io
import struct
import zlib
from pathlib import Path

import pytest
from PIL import Image

from zerentian.core.problems import ProblemsFound
from zerentian.rounds.photos import file_photo, original_path, shown_copy


@pytest.fixture(autouse=True)
def _folder(settings, tmp_path: Path) -> None:
    settings.DATA_FOLDER = tmp_path


def picture(kind: str = "JPEG", size: tuple[int, int] = (40, 30), **settings: object) -> bytes:
    packed = io.BytesIO()
    Image.new(settings.pop("mode", "RGB"), size, settings.pop("colour", 0)).save(packed, kind, **settings)
    return packed.getvalue()


def refused(content: bytes) -> str:
    with pytest.raises(ProblemsFound) as found:
        file_photo(content)
    return str(found.value.problems[0])


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_the_original_stays_byte_for_byte(kind: str) -> None:
    content = picture(kind)
    filed = file_photo(content)
    assert filed.sha256 == hashlib.sha256(content).hexdigest()
    assert original_path(filed.sha256).read_bytes() == content
    assert (filed.width, filed.height, filed.size) == (40, 30, len(content))


def test_filing_twice_is_filing_once() -> None:
    assert file_photo(picture()) == file_photo(picture())


def test_the_copy_is_upright_once_small_and_without_metadata() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "maker"
    filed = file_photo(picture(size=(4000, 2000), exif=exif))
    shown = Image.open(io.BytesIO(shown_copy(filed.sha256)))
    assert shown.size == (800, 1600)
    assert not shown.getexif()
    assert shown_copy(filed.sha256) == shown_copy(filed.sha256)


@pytest.mark.parametrize(("mode", "kind"), [("CMYK", "JPEG"), ("I;16", "PNG"), ("RGBA", "PNG"), ("P", "PNG")])
def test_unusual_colours_are_shown(mode: str, kind: str) -> None:
    filed = file_photo(picture(kind, mode=mode))
    assert Image.open(io.BytesIO(shown_copy(filed.sha256))).mode == "RGB"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>",
        b"%PDF-1.7 renamed",
        picture("GIF"),
        picture("TIFF"),
        b"GIF89a" + b"PK\x03\x04" * 20,
    ],
)
def test_what_is_no_photo_is_refused(content: bytes) -> None:
    assert "JPEG、PNG 或 WebP" in refused(content)


def test_a_cut_off_photo_is_refused() -> None:
    whole = picture(size=(400, 300), colour=0x88AA)
    assert "不完整" in refused(whole[: len(whole) // 2])


def test_a_photo_with_a_tail_of_script_is_shown_without_it() -> None:
    filed = file_photo(picture() + b"<script>alert(1)</script>")
    assert b"<script>" not in shown_copy(filed.sha256)


def test_too_many_pixels_are_refused_by_the_header() -> None:
    head = struct.pack(">IIBBBBB", 14_000, 14_000, 8, 2, 0, 0, 0)
    chunk = b"IHDR" + head
    bomb = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk))
    data = zlib.compress(b"\0" * 1000)
    bomb += struct.pack(">I", len(data)) + b"IDAT" + data + struct.pack(">I", zlib.crc32(b"IDAT" + data))
    assert "像素超过上限 6000 万" in refused(bomb)


def test_too_many_bytes_are_refused() -> None:
    assert "20 MB" in refused(picture() + b"\0" * 20 * 1024 * 1024)


def test_a_missing_original_says_so() -> None:
    with pytest.raises(ProblemsFound, match=r"photo\.gone"):
        shown_copy("0" * 64)

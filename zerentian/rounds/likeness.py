"""Whether two photos show the same picture: perceptual hashes of a photo and of its crops. Pure.

A hash is 64 bits: whether each of the 64 lowest frequencies of the picture's 32 × 32 brightness lies above
their median (`phash` of the library ImageHash, bit for bit; `docs/decisions/0008-photo-hashes.md`). One hash
misses half of the watermarked copies and nearly all crops; nine of them, of crops that people make, catch
these (trust.md §2.3). It is a net for lazy reuse, not a proof.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

Hashes = NDArray[np.uint64]

HASHES = 9
"""Whole, mirrored, centre 97, 94, 90, 85 and 80 %, without the bottom 15 %, without the top 15 %."""
UNREADABLE = b""
"""Kept for a photo that can't be decoded."""
PLAIN = b"\0"
"""Kept for a photo without a picture in it, such as a covered lens: it is like every other one."""
_ASKED = [0, 7, 8]
_CENTRES = (0.97, 0.94, 0.90, 0.85, 0.80)
_FINE_CENTRES = tuple(1 - step / 80 for step in range(1, 17))
_CUT = 0.15
_DETAIL, _COARSE, _FIELDS = (64, 48), (16, 12), 4
_SIDE = 32
_KEPT = 8
_SEEN = (512, 512)
_FORMATS = ("JPEG", "PNG", "WEBP")
_COSINES = 2 * np.cos(np.pi * np.outer(np.arange(_KEPT), 2 * np.arange(_SIDE) + 1) / (2 * _SIDE))


class Match(NamedTuple):
    """An earlier photo by its place in the library, and how many of 64 bits differ."""

    place: int
    distance: int


def likeness_of(content: bytes, most_pixels: int, plain_below: float) -> bytes:
    """The nine hashes of a photo in 72 bytes, or `UNREADABLE`, or `PLAIN`.

    A photo of more than `most_pixels` is not decoded. One whose brightness (0 to 255) has a standard
    deviation less than `plain_below` is plain.
    """
    upright = _decoded(content, most_pixels)
    if upright is None:
        return UNREADABLE
    if float(np.asarray(upright, dtype=np.float64).std()) < plain_below:
        return PLAIN
    return b"".join(hash_of(one).to_bytes(8, "big") for one in _views(upright))


def hash_of(picture: Image.Image) -> int:
    """The 64-bit hash of a grey picture."""
    small = picture.resize((_SIDE, _SIDE), Image.Resampling.LANCZOS)
    low = _COSINES @ np.asarray(small, dtype=np.float64) @ _COSINES.T
    bits = (low > np.median(low)).flatten()
    return int.from_bytes(np.packbits(bits).tobytes(), "big")


def library(likenesses: Sequence[bytes]) -> Hashes:
    """Kept likenesses, each of 72 bytes, as a table of a row a photo."""
    return np.frombuffer(b"".join(likenesses), dtype=">u8").astype(np.uint64).reshape(-1, HASHES)


def joined(earlier: Hashes, later: Hashes) -> Hashes:
    """One table of both."""
    return np.concatenate([earlier, later])


def nearest(likeness: bytes, earlier: Hashes) -> Match | None:
    """The earlier photo that a photo, whole or cut, is most like; None when there is no other."""
    if len(likeness) != 8 * HASHES or not len(earlier):
        return None
    best = distances(likeness, earlier)
    place = int(best.argmin())
    return Match(place, int(best[place]))


def distances(likeness: bytes, earlier: Hashes) -> NDArray[np.uint8]:
    """For each earlier photo, the least distance between any of its hashes and the photo, whole or cut."""
    asked = library([likeness])[0, _ASKED]
    best = np.full(len(earlier), 64, dtype=np.uint8)
    for one in asked:
        np.minimum(best, np.bitwise_count(earlier ^ one).min(axis=1), out=best)
    return best


def agreement(content: bytes, earlier: bytes, most_pixels: int) -> float:
    """How far the fine detail of two photos lies at the same places: near 1 for one exposure, near 0 for two.

    Two honest photos of one site may have like hashes; their detail does not coincide, for nobody stands on
    the same spot twice. The detail is that of 64 × 48 points, compared in sixteen fields of which the middle
    one counts, so that a watermark does not decide.
    """
    first, second = _decoded(content, most_pixels), _decoded(earlier, most_pixels)
    if first is None or second is None:
        return 0.0
    whole, *cuts = (_detail(one) for one in (first, *_cuts(first)))
    pairs = [(whole, _detail(second)), (whole, _detail(ImageOps.mirror(second)))]
    pairs += [(whole, _detail(_centre(second, share))) for share in _FINE_CENTRES]
    pairs += [(cut, _detail(one)) for cut, one in zip(cuts, _cuts(second), strict=True)]
    return max(_correlation(one, other) for one, other in pairs)


def has_hashes(likeness: bytes | memoryview | None) -> bool:
    """Whether a photo can be compared."""
    return likeness is not None and len(likeness) == 8 * HASHES


def _decoded(content: bytes, most_pixels: int) -> Image.Image | None:
    """A photo upright, grey and small; None when it can't be decoded or has too many pixels."""
    try:
        with Image.open(io.BytesIO(content), formats=_FORMATS) as picture:
            if picture.width * picture.height > most_pixels:
                return None
            picture.draft("L", _SEEN)  # a JPEG is decoded at an eighth of its size, all of it all the same
            upright = ImageOps.exif_transpose(picture).convert("L")
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError, Image.DecompressionBombWarning):
        return None
    upright.thumbnail(_SEEN, Image.Resampling.BOX)
    return upright


def _views(picture: Image.Image) -> list[Image.Image]:
    centres = (_centre(picture, share) for share in _CENTRES)
    return [picture, ImageOps.mirror(picture), *centres, *_cuts(picture)]


def _cuts(picture: Image.Image) -> list[Image.Image]:
    """Without the bottom and without the top, where watermarks stand."""
    width, height = picture.size
    cut = round(height * _CUT)
    return [picture.crop((0, 0, width, height - cut)), picture.crop((0, cut, width, height))]


def _centre(picture: Image.Image, share: float) -> Image.Image:
    width, height = picture.size
    left, top = round(width * (1 - share) / 2), round(height * (1 - share) / 2)
    return picture.crop((left, top, width - left, height - top))


def _detail(picture: Image.Image) -> NDArray[np.float64]:
    """What is left of a picture of 64 × 48 points without its large shapes, in sixteen fields."""
    small = picture.convert("F").resize(_DETAIL, Image.Resampling.BOX)
    shapes = small.resize(_COARSE, Image.Resampling.BOX).resize(_DETAIL, Image.Resampling.BICUBIC)
    left = np.asarray(small, dtype=np.float64) - np.asarray(shapes, dtype=np.float64)
    height, width = left.shape
    fields = left.reshape(_FIELDS, height // _FIELDS, _FIELDS, width // _FIELDS).swapaxes(1, 2)
    return fields.reshape(_FIELDS * _FIELDS, -1)


def _correlation(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """The median over the fields of the correlation of two details."""
    strength = np.sqrt((one**2).sum(axis=1) * (other**2).sum(axis=1))
    return float(np.median((one * other).sum(axis=1) / np.maximum(strength, 1e-9)))

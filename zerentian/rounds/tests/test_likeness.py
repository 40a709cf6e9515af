"""Photos that were used before, changed or not, and honest second photos (trust cases T93 and T94)."""

from __future__ import annotations

import io
import time

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageEnhance, ImageOps

from zerentian.rounds import likeness
from zerentian.rounds.limits import limits
from zerentian.rounds.tests.pictures import Shot, packed, taken

PHOTOS = limits().photos
SCENES = range(40)
PIXELS = 60_000_000


def hashed(picture: Image.Image | bytes, quality: int = 85) -> bytes:
    content = picture if isinstance(picture, bytes) else packed(picture, quality)
    return likeness.likeness_of(content, PIXELS, float(PHOTOS.plain_below))


def cropped(picture: Image.Image, share: float) -> Image.Image:
    """Without `share` of its width and height on each side."""
    width, height = picture.size
    across, down = round(width * share), round(height * share)
    return picture.crop((across, down, width - across, height - down))


def marked(picture: Image.Image) -> Image.Image:
    """With a watermark over 60 % of the width and 11 % of the height, as camera applications set it."""
    made, (width, height) = picture.copy(), picture.size
    box = (round(width * 0.02), round(height * 0.87), round(width * 0.62), round(height * 0.98))
    pen = ImageDraw.Draw(made)
    pen.rectangle(box, fill="white")
    pen.text((box[0] + 6, box[1] + 6), "2023-10-16 09:00 东村", fill="black", font_size=14)
    return made


def on_a_screen(picture: Image.Image, number: int) -> Image.Image:
    """Photographed from a screen: a little turned, darker, the screen's grid, a border of the screen."""
    chance = np.random.default_rng(number)
    grid = np.asarray(picture, dtype=np.float64)
    grid[::3] *= 0.93
    bent = Image.fromarray(grid.astype(np.uint8)).rotate(
        float(chance.uniform(-2, 2)), Image.Resampling.BICUBIC, fillcolor=(20, 20, 22)
    )
    return ImageEnhance.Brightness(cropped(bent, float(chance.uniform(-0.02, 0.03)))).enhance(0.9)


CHANGES = {
    "recompressed": lambda one: (one, 40),
    "sent through a chat": lambda one: (one.resize((one.width * 5 // 8, one.height * 5 // 8)), 60),
    "brighter": lambda one: (ImageEnhance.Brightness(one).enhance(1.2), 80),
    "watermark below": lambda one: (marked(one), 80),
    "watermark above": lambda one: (ImageOps.flip(marked(ImageOps.flip(one))), 80),
    "cropped by 3 %": lambda one: (cropped(one, 0.03), 80),
    "cropped by 8 %": lambda one: (cropped(one, 0.08), 80),
    "mirrored": lambda one: (ImageOps.mirror(one), 80),
}


@pytest.fixture(scope="module")
def scenes() -> list[Image.Image]:
    return [taken(number) for number in SCENES]


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_copy_is_found(scenes: list[Image.Image], change: str) -> None:
    earlier = likeness.library([hashed(one) for one in scenes])
    for number, one in enumerate(scenes):
        content = packed(*CHANGES[change](one))
        found = likeness.nearest(hashed(content), earlier)
        assert found is not None
        assert (found.place, found.distance <= PHOTOS.holds) == (number, True)
        assert likeness.agreement(content, packed(one), PIXELS) >= PHOTOS.agreement


def test_most_photos_of_a_screen_are_found(scenes: list[Image.Image]) -> None:
    """70 % is the goal; thick bars and strong tilts are beyond these hashes."""
    found = 0
    for number, one in enumerate(scenes):
        match = likeness.nearest(hashed(on_a_screen(one, number)), likeness.library([hashed(one)]))
        found += match is not None and match.distance <= PHOTOS.suspicion
    assert found >= len(scenes) * 0.7, f"{found} of {len(scenes)}"


def test_honest_second_photos_of_a_site_are_rarely_doubted() -> None:
    """As many pairs as a quick test allows; `benchmarks/photo_likeness.py` takes a thousand."""
    doubted = 0
    for number in range(100, 200):
        first, second = packed(taken(number)), packed(taken(number, Shot.by_hand(number)))
        match = likeness.nearest(hashed(second), likeness.library([hashed(first)]))
        assert match is not None
        if match.distance <= PHOTOS.suspicion:
            doubted += likeness.agreement(second, first, PIXELS) >= PHOTOS.agreement
    assert doubted <= 2


def test_unrelated_photos_are_far_apart(scenes: list[Image.Image]) -> None:
    made = [hashed(one) for one in scenes]
    for number, one in enumerate(made):
        others = likeness.library(made[:number] + made[number + 1 :])
        assert int(likeness.distances(one, others).min()) > PHOTOS.suspicion


def test_a_contractors_photos_are_compared_at_once() -> None:
    chance = np.random.default_rng(1)
    earlier = chance.integers(0, 2**63, size=(20_000, likeness.HASHES), dtype=np.uint64)
    asked = b"".join(int(one).to_bytes(8, "big") for one in earlier[12_345])
    began = time.perf_counter()
    found = likeness.nearest(asked, earlier)
    assert found == likeness.Match(12_345, 0)
    assert time.perf_counter() - began < 2  # some milliseconds; a guard, not a measurement


def test_the_hash_is_the_one_of_the_library() -> None:
    """Computed with ImageHash 4.3.2, `phash`, for the same grey pictures."""
    known = ["e98eae3c4b034d9c", "e3a40a0bd551abfa", "c33a26dc9ed4e8c1"]
    assert [f"{likeness.hash_of(taken(number).convert('L')):016x}" for number in range(3)] == known


def test_what_can_not_be_seen() -> None:
    whole = packed(taken(1))
    assert hashed(whole[: len(whole) // 2]) == likeness.UNREADABLE
    assert hashed(b"%PDF-1.7") == likeness.UNREADABLE
    assert likeness.likeness_of(whole, 1000, 4) == likeness.UNREADABLE
    assert hashed(Image.new("RGB", (400, 300), (3, 3, 3))) == likeness.PLAIN
    assert likeness.nearest(likeness.PLAIN, likeness.library([hashed(whole)])) is None
    assert likeness.nearest(hashed(whole), likeness.library([])) is None


def test_a_turned_photo_is_seen_upright() -> None:
    one = taken(5)
    exif = Image.Exif()
    exif[0x0112] = 6
    turned = io.BytesIO()
    one.rotate(90, expand=True).save(turned, "JPEG", quality=90, exif=exif)
    match = likeness.nearest(hashed(turned.getvalue()), likeness.library([hashed(one)]))
    assert match is not None
    assert match.distance <= PHOTOS.holds

"""Pictures as phones take them of waste rooms: drawn, but with the frequencies, light and noise of photographs.

A scene is a place: its wall, ground, bins, signs and clutter, the same each time from its number. A shot is a
photograph of it: where the camera stood, the light of the day, what lay about.
"""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

SIZE = (400, 300)
_CANVAS = (500, 375)


@dataclass(frozen=True)
class Shot:
    """How a scene was photographed; shares of the picture's width, degrees, factors."""

    right: float = 0.0
    down: float = 0.0
    nearer: float = 1.0
    tilt: float = 0.0
    light: float = 1.0
    shade: float = 0.0
    litter: int = 0
    noise: int = 0

    @classmethod
    def by_hand(cls, number: int) -> Shot:
        """As another visit a month later would take it: nobody stands on the same spot."""
        chance = np.random.default_rng(10_000 + number)
        return cls(
            right=float(chance.normal(0, 0.07)),
            down=float(chance.normal(0, 0.05)),
            nearer=float(np.exp(chance.normal(0, 0.12))),
            tilt=float(chance.normal(0, 2.5)),
            light=float(np.exp(chance.normal(0, 0.2))),
            shade=float(chance.uniform(-0.4, 0.4)),
            litter=int(chance.integers(0, 9)),
            noise=number,
        )


def taken(scene: int, shot: Shot | None = None) -> Image.Image:
    """A photograph of a scene."""
    shot = shot or Shot(noise=scene)
    picture = _with_litter(_scene(scene), shot)
    width, height = _CANVAS
    wide, high = SIZE[0] / shot.nearer, SIZE[1] / shot.nearer
    left = (width - wide) / 2 + shot.right * SIZE[0]
    top = (height - high) / 2 + shot.down * SIZE[0]
    turned = picture.rotate(shot.tilt, Image.Resampling.BICUBIC, fillcolor=(120, 120, 120))
    box = (left, top, left + wide, top + high)
    framed = turned.transform(SIZE, Image.Transform.EXTENT, box, Image.Resampling.BICUBIC)
    return _lit(framed, shot)


def packed(picture: Image.Image, quality: int = 85) -> bytes:
    """A picture as a JPEG."""
    target = io.BytesIO()
    picture.save(target, "JPEG", quality=quality)
    return target.getvalue()


def _scene(number: int) -> Image.Image:
    chance = np.random.default_rng(number)
    width, height = _CANVAS
    colours = chance.integers(60, 220, size=(2, 3))
    horizon = int(height * chance.uniform(0.35, 0.7))
    base = np.empty((height, width, 3))
    base[:horizon], base[horizon:] = colours[0], colours[1]
    rough = _rough(chance, width, height)
    picture = Image.fromarray(np.clip(base + rough[..., None] * 45, 0, 255).astype(np.uint8))
    pen = ImageDraw.Draw(picture)
    for _ in range(int(chance.integers(2, 6))):  # doors, signs, windows on the wall
        _box(pen, chance, 0, horizon, (20, 110))
    for _ in range(int(chance.integers(2, 7))):  # bins before it
        _box(pen, chance, horizon - 60, horizon + 70, (30, 95))
    return picture.filter(ImageFilter.GaussianBlur(0.5))


def _rough(chance: np.random.Generator, width: int, height: int) -> np.ndarray:
    """Noise with the spectrum of photographs, one over the frequency; standard deviation 1."""
    rows, columns = np.fft.fftfreq(height)[:, None] * height, np.fft.fftfreq(width)[None, :] * width
    strength = 1 / np.maximum(np.hypot(rows, columns), 1.0)
    waves = np.fft.fft2(chance.normal(size=(height, width))) * strength
    found = np.real(np.fft.ifft2(waves))
    return found / found.std()


def _box(
    pen: ImageDraw.ImageDraw, chance: np.random.Generator, top: int, bottom: int, sizes: tuple[int, int]
) -> None:
    wide, high = chance.integers(*sizes), chance.integers(*sizes)
    left, up = chance.integers(-15, _CANVAS[0] - 15), chance.integers(top, max(top + 1, bottom - 10))
    colour = tuple(int(part) for part in chance.integers(10, 245, size=3))
    pen.rectangle((int(left), int(up), int(left + wide), int(up + high)), fill=colour)
    pen.rectangle((int(left), int(up), int(left + wide), int(up + 7)), fill=(25, 25, 25))


def _with_litter(picture: Image.Image, shot: Shot) -> Image.Image:
    chance = np.random.default_rng(20_000 + shot.noise)
    pen = ImageDraw.Draw(picture)
    for _ in range(shot.litter):
        x, y = int(chance.integers(50, 450)), int(chance.integers(200, 350))
        size, colour = int(chance.integers(8, 40)), tuple(int(one) for one in chance.integers(0, 255, 3))
        pen.ellipse((x, y, x + size, y + size * 2 // 3), fill=colour)
    return picture


def _lit(picture: Image.Image, shot: Shot) -> Image.Image:
    chance = np.random.default_rng(30_000 + shot.noise)
    pixels = np.asarray(picture, dtype=np.float64)
    across = np.linspace(1 - shot.shade / 2, 1 + shot.shade / 2, pixels.shape[1])[None, :, None]
    pixels = pixels * shot.light * across + chance.normal(0, 4, size=pixels.shape)
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))

"""Photos of the demo town: drawn by the program and marked 演示, so that nobody takes them for evidence."""

from __future__ import annotations

import io
import random

from noto_cjk_sans_otc import FONT_PATH
from PIL import Image, ImageDraw, ImageFont

_SIZE = (960, 720)
_BINS = (("干垃圾", "#3c3c3c"), ("湿垃圾", "#7a4a21"), ("可回收物", "#1f5fa8"), ("有害垃圾", "#b3261e"))


def drawn_photos(count: int) -> list[bytes]:
    """Different JPEGs of a row of bins, the same ones each time."""
    return [_photo(number) for number in range(count)]


def _photo(number: int) -> bytes:
    chance = random.Random(number)  # noqa: S311 - a drawing, not a secret
    picture = Image.new("RGB", _SIZE, (205 + chance.randrange(40), 215 + chance.randrange(30), 225))
    pen = ImageDraw.Draw(picture)
    pen.rectangle((0, 430, *_SIZE), fill=(150 + chance.randrange(30), 150, 140))
    label, mark = _font(34), _font(150)
    for place, (name, colour) in enumerate(_BINS):
        left = 60 + place * 220 + chance.randrange(-12, 12)
        top = 250 + chance.randrange(-15, 15)
        pen.rectangle((left, top, left + 165, 540), fill=colour)
        pen.rectangle((left - 12, top - 30, left + 177, top), fill="#222222")
        pen.text((left + 82, top + 90), name, font=label, fill="white", anchor="mm")
    for _ in range(chance.randrange(2, 9)):
        x, y = chance.randrange(20, 900), chance.randrange(560, 690)
        pen.ellipse((x, y, x + 40, y + 22), fill=(chance.randrange(255), chance.randrange(255), 90))
    pen.text(
        (480, 130),
        "演示",
        font=mark,
        fill=(255, 255, 255),
        anchor="mm",
        stroke_width=3,
        stroke_fill="#b3261e",
    )
    packed = io.BytesIO()
    picture.save(packed, "JPEG", quality=80)
    return packed.getvalue()


def _font(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(FONT_PATH), size)

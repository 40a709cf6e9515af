"""What an inspector does on the phone in most tests."""

from __future__ import annotations

import io
from pathlib import Path

import segno
from PIL import Image

from tests.phone import Phone

OWN, NEXT = "东村一期", "西村花园"
SEND_ALL = "全部上传"


def fill_in(phone: Phone, poor: bool = False) -> None:
    """Answer every clause; worth 100, or 60 when poor."""
    phone.tap("bins", "扣" if poor else "达标")
    phone.type("dirty", "2" if poor else "0")
    phone.type("purity", "8" if poor else "10", "10")
    phone.tap("mixed", "未发生")


def inspect(phone: Phone, name: str = OWN, poor: bool = False, photos: int = 0) -> None:
    """A whole visit, submitted."""
    phone.open_site(name)
    fill_in(phone, poor)
    if photos:
        phone.shoot("bins", photos)
    phone.submit()


def write_remark(phone: Phone, clause: str, text: str) -> None:
    """Write the remark of a clause."""
    phone.clause(clause).get_by_role("button", name="说明").click()
    phone.page.get_by_role("dialog").locator("textarea").fill(text)
    phone.press("保存")
    phone.clause(clause).get_by_text(text).wait_for()


def pick(phone: Phone, clause: str, *files: Path, camera: bool = False) -> None:
    """Give photos to a clause from the gallery, or from the phone's own camera."""
    row = phone.clause(clause)
    before = row.locator(".thumb").count()
    row.get_by_role("button", name="拍照").click()
    field = phone.page.get_by_role("dialog").locator("input[capture]" if camera else "input:not([capture])")
    field.set_input_files([str(one) for one in files])
    phone.page.get_by_text(f"已存 {before + len(files)} 张").wait_for(timeout=30_000)
    phone.press("拍好了")


def send_all(phone: Phone) -> None:
    """Ask for all that waits to be sent now, and wait until the phone has done what it can."""
    phone.go("/queue")
    phone.page.wait_for_selector(f"button:enabled:has-text('{SEND_ALL}')")
    phone.page.locator(".said-shown").wait_for(state="hidden")
    phone.press(SEND_ALL)
    phone.page.locator(".said-shown").wait_for(timeout=60_000)


def waiting(phone: Phone, reports: int, photos: int) -> bool:
    """Whether the banner comes to say what waits."""
    return phone.sees(f"本机待上传 {reports} 条 {photos} 张", within=20)


def noise(path: Path, kilobytes: int = 20, **save: object) -> Path:
    """A picture like no other, of about so many kilobytes."""
    side = max(16, int((kilobytes * 1024 / 1.1) ** 0.5))
    packed = io.BytesIO()
    Image.effect_noise((side, side), 90).save(packed, "JPEG", quality=95, **save)
    path.write_bytes(packed.getvalue())
    return path


def film(path: Path, words: str) -> Path:
    """A film for the fake camera that shows one QR code."""
    picture = io.BytesIO()
    segno.make(words, error="m").save(picture, kind="png", scale=8, border=6)
    code = Image.open(picture).convert("RGB")
    frame = Image.new("RGB", (640, 480), "white")
    frame.paste(code.resize((400, 400)), (120, 40))
    packed = io.BytesIO()
    frame.save(packed, "JPEG", quality=95)
    path.write_bytes(packed.getvalue() * 10)
    return path

"""Brings styles, icons and the map of npm packages into `desk/static/vendor`; `make setup` runs it."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

_TARGET = Path(__file__).parent / "static" / "vendor"
_FILES = {
    "@tabler/core/dist/css/tabler.min.css": "tabler.min.css",
    "@tabler/core/dist/js/tabler.min.js": "tabler.min.js",
    "leaflet/dist/leaflet.js": "leaflet.js",
    "leaflet/dist/leaflet.css": "leaflet.css",
}
_ICONS = (
    "alert-triangle bell building calendar camera chart-bar check checklist circle-check clipboard-check "
    "clock device-mobile dice-3 download edit eye file-text flag history home key lock map map-pin plus "
    "printer qrcode report route scale search settings shield-check tool trash upload user users x"
)
_SOURCE_MAP = re.compile(rb"/[*/][#@] ?sourceMappingURL=[^\n*]*(\*/)?")


def main(modules: Path) -> None:
    """Copy the files and draw the icons together into one sprite."""
    shutil.rmtree(_TARGET, ignore_errors=True)
    _TARGET.mkdir(parents=True)
    for source, name in _FILES.items():
        (_TARGET / name).write_bytes(_SOURCE_MAP.sub(b"", (modules / source).read_bytes()))
    shutil.copytree(modules / "leaflet/dist/images", _TARGET / "images")
    symbols = [_symbol(modules / f"@tabler/icons/icons/outline/{name}.svg", name) for name in _ICONS.split()]
    sprite = f'<svg xmlns="http://www.w3.org/2000/svg">{"".join(symbols)}</svg>'
    (_TARGET / "icons.svg").write_text(sprite, "utf-8")


def _symbol(path: Path, name: str) -> str:
    text = path.read_text("utf-8")
    inner = text[text.index(">", text.index("<svg")) + 1 : text.rindex("</svg>")]
    return f'<symbol id="{name}" viewBox="0 0 24 24">{" ".join(inner.split())}</symbol>'


if __name__ == "__main__":
    main(Path(sys.argv[1]))

"""Make the handbook's pictures anew from the example month: `make pictures`.

Needs LibreOffice (`soffice`) and poppler (`pdftoppm`) on the machine, which the program itself does not.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
PICTURES = Path(__file__).parent / "pictures"
RESULTS = ROOT / "results" / "zhujiajiao-2023-10"
STANDARD = ROOT / "zerentian" / "evaluation" / "defaults" / "standards" / "compound.yaml"
PIXELS_PER_INCH = 70


def main() -> None:
    """Draw the first pages of each document of `results/`, as `make example` leaves them."""
    for tool in ("soffice", "pdftoppm"):
        if shutil.which(tool) is None:
            sys.exit(f"{tool} is needed to draw Word files: install LibreOffice and poppler")
    notice = sorted((RESULTS / "interviews").iterdir())[0]
    with tempfile.TemporaryDirectory() as folder:
        sheet = Path(folder) / "score_sheet.docx"
        command = [Path(sys.executable).parent / "zerentian", "standard", "sheet", STANDARD, "--out", sheet]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        draw(RESULTS / "bulletin.docx", "bulletin", Path(folder), page=1)
        draw(RESULTS / "bulletin.docx", "ranking", Path(folder), page=2)
        draw(RESULTS / "bulletin.pdf", "bulletin_pdf", Path(folder), page=1)
        draw(notice, "notice", Path(folder), page=1)
        draw(sheet, "score_sheet", Path(folder), page=1)


def draw(document: Path, name: str, folder: Path, page: int) -> None:
    """One page of a Word or PDF file as `pictures/NAME.png`."""
    pdf = document
    if document.suffix == ".docx":
        command = ["soffice", "--headless", "--convert-to", "pdf", "--outdir", folder, document]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        pdf = folder / f"{document.stem}.pdf"
    target = PICTURES / name
    pages = ["-f", str(page), "-l", str(page), "-singlefile"]
    subprocess.run(["pdftoppm", "-png", "-r", str(PIXELS_PER_INCH), *pages, pdf, target], check=True)


if __name__ == "__main__":
    main()

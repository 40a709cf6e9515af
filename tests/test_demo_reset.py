"""Starting the demo town over leaves nothing of it behind."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parent.parent
WRITTEN = ("postgres", "photos", "documents", "uploads", "templates", "files")


def test_nothing_of_the_demo_stays(tmp_path: Path) -> None:
    for name in (*WRITTEN, "tests"):
        (tmp_path / name / "inside").mkdir(parents=True)
        (tmp_path / name / "inside" / "file").write_text("x")
    for name in ("demo_accounts.txt", "secret_key"):
        (tmp_path / name).write_text("x")
    subprocess.run(["make", "demo-reset", f"DATA={tmp_path}"], cwd=ROOT, check=True, capture_output=True)
    assert {one.name for one in tmp_path.iterdir()} == {"secret_key", "tests"}


def test_every_folder_that_is_written_to_is_known() -> None:
    """A new folder under the data belongs into the Makefile and the list above."""
    found = set()
    for path in (ROOT / "zerentian").rglob("*.py"):
        found |= set(re.findall(r'DATA_FOLDER\)? / "(\w+)"', path.read_text("utf-8")))
    assert found - {"static"} <= set(WRITTEN)

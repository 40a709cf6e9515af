"""Cuts of every kind between two phones and the server: nothing lost, doubled or half (`make bench`: a thousand)."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

CUTS = 25


def test_nothing_is_lost_doubled_or_half() -> None:
    """In a process of its own: it has a database, a web server and browsers to kill."""
    command = [
        sys.executable,
        "-W",
        "ignore",
        "-m",
        "benchmarks.phone_faults",
        "--cuts",
        str(CUTS),
        "--port",
        "8251",
    ]
    done = subprocess.run(
        command, capture_output=True, text=True, cwd=Path(__file__).parent.parent, check=False, timeout=600
    )
    assert done.returncode == 0, done.stdout + done.stderr[-3000:]
    assert re.search(r"0 lost, 0 doubled, 0 half", done.stdout), done.stdout

"""The example month: its committed results are what the program computes, byte for byte."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from zerentian.command import main

ROOT = Path(__file__).parent.parent
EXAMPLE = ROOT / "examples" / "zhujiajiao-2023-10"
DEFAULTS = ROOT / "zerentian" / "evaluation" / "defaults"
KINDS = ("compound", "village", "unit", "shop", "public_place", "station")
TABLES = ("site_scores", "subject_scores", "not_ranked", "lists", "interviews")


def arguments() -> list[str]:
    words = ["--policy", str(DEFAULTS / "policies" / "town-2023.yaml")]
    for kind in KINDS:
        words += ["--standard", str(DEFAULTS / "standards" / f"{kind}.yaml")]
    for table in ("subjects", "sites", "observations", "history"):
        words += [f"--{table}", str(EXAMPLE / f"{table}.csv")]
    return words


def test_it_works_as_a_user_runs_it(tmp_path: Path) -> None:
    command = Path(sys.executable).parent / "zerentian"
    run = subprocess.run(
        [command, "evaluate", *arguments(), "--out", str(tmp_path / "out")],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
    )
    assert (run.returncode, run.stderr) == (0, "")
    assert "2023-10：得分点位 349 个，排名 46 个，不排名 0 个，约谈 7 个" in run.stdout
    for table in TABLES:
        name = f"{table}.csv"
        assert (tmp_path / "out" / name).read_bytes() == (EXAMPLE / "results" / name).read_bytes(), name


def test_the_example_is_what_its_seed_makes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("make_example.py", "committees.csv"):
        (tmp_path / name).write_bytes((EXAMPLE / name).read_bytes())
    script = (tmp_path / "make_example.py").read_text(encoding="utf-8")
    place = f"DEFAULTS = Path({str(DEFAULTS)!r})"
    line = next(line for line in script.splitlines() if line.startswith("DEFAULTS ="))
    (tmp_path / "make_example.py").write_text(script.replace(line, place), encoding="utf-8")
    subprocess.run([sys.executable, tmp_path / "make_example.py"], check=True)
    for name in ("subjects.csv", "sites.csv", "observations.csv", "history.csv"):
        assert (tmp_path / name).read_bytes() == (EXAMPLE / name).read_bytes(), name


def test_the_documents_of_the_example(tmp_path: Path) -> None:
    out = tmp_path / "out"
    words = [
        "evaluate",
        *arguments(),
        "--documents",
        "--letter",
        str(EXAMPLE / "letter.yaml"),
        "--out",
        str(out),
    ]
    assert main(words) == 0
    names = {path.name for path in out.iterdir()}
    assert {"bulletin.docx", "bulletin.xlsx", "bulletin.pdf", "interviews", "interviews.csv"} <= names
    for kind in ("docx", "pdf"):
        assert len(list((out / "interviews").glob(f"*.{kind}"))) == 7


def test_every_shipped_standard_prints_as_a_sheet(tmp_path: Path) -> None:
    for kind in KINDS:
        out = tmp_path / f"{kind}.docx"
        assert (
            main(["standard", "sheet", str(DEFAULTS / "standards" / f"{kind}.yaml"), "--out", str(out)]) == 0
        )
        assert out.stat().st_size > 10_000

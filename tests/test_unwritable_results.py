"""Results that can't be written: status 2, nothing half written, what was there before is still there."""

from __future__ import annotations

import resource
from pathlib import Path

import pytest

from tests.town import Town, sound_town


@pytest.fixture
def town(tmp_path: Path) -> Town:
    return sound_town(tmp_path)


def small_files() -> None:
    """As a full disk: no file may grow beyond ten bytes."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, 10))


@pytest.mark.parametrize("kind", ["csv", "xlsx", "json"])
def test_a_full_disk_leaves_nothing(town: Town, kind: str) -> None:
    before = sorted(path.name for path in town.folder.iterdir())
    outcome = town.run_apart("--format", kind, preexec_fn=small_files)
    outcome.refused(str(outcome.out))
    written = {path.name for path in town.folder.iterdir()} - set(before)
    assert written == {"policy.yaml", "standard0.yaml", "subjects.csv", "sites.csv", "observations.csv"}


def test_a_full_disk_keeps_the_old_results(town: Town) -> None:
    out = town.run().out
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    outcome = town.run_apart("--force", preexec_fn=small_files)
    assert outcome.status == 2
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before


def test_no_place_to_write_to(town: Town) -> None:
    (town.folder / "file").write_text("x", encoding="utf-8")
    town.run(out="file/results").refused("file/results")


def test_a_file_where_the_folder_should_be(town: Town) -> None:
    (town.folder / "results").write_text("mine", encoding="utf-8")
    outcome = town.run()
    assert outcome.status == 2
    assert "Traceback" not in outcome.text
    assert outcome.out.read_text(encoding="utf-8") == "mine"

"""Fixtures for all tests; `tests/settings.py` starts the database."""

from __future__ import annotations

import pytest
from hypothesis import settings as hypothesis

# Speed belongs into benchmarks: an example may take its time on a busy machine.
hypothesis.register_profile("untimed", deadline=None)
hypothesis.load_profile("untimed")

pytest_plugins = ("tests.cast", "tests.browser")


@pytest.fixture(autouse=True)
def _own_files(request: pytest.FixtureRequest) -> None:
    """What a test with a database writes goes to a folder of its own."""
    if "db" in request.fixturenames or "transactional_db" in request.fixturenames:
        settings = request.getfixturevalue("settings")
        settings.DATA_FOLDER = request.getfixturevalue("tmp_path") / "data"

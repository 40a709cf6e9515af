"""The phone application lies at /m/, as built: kept for ever where its names carry a hash, asked for anew else."""

from __future__ import annotations

import re
from contextlib import closing

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db  # closing an answer looks at the connection that an earlier test left


@pytest.fixture
def page(db: None, client: Client) -> str:
    with closing(client.get("/m/")) as answer:
        assert answer.status_code == 200
        assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
        assert "immutable" not in answer.headers["Cache-Control"]
        return b"".join(answer.streaming_content).decode()


def test_its_page_runs_no_inline_script(page: str) -> None:
    assert re.findall(r"<script(?![^>]*src=)", page) == []
    assert "style=" not in page


def test_files_with_a_hash_in_their_name_are_kept(client: Client, page: str) -> None:
    for path in re.findall(r'(?:src|href)="(/m/assets/[^"]+)"', page):
        with closing(client.get(path, headers={"Accept-Encoding": "gzip"})) as answer:
            assert "immutable" in answer.headers["Cache-Control"]
            assert answer.headers["Content-Encoding"] == "gzip"


def test_the_service_worker_is_asked_for_anew(db: None, client: Client) -> None:
    with closing(client.get("/m/sw.js")) as answer:
        assert answer.headers["Content-Type"].startswith("text/javascript")
        assert "max-age=60" in answer.headers["Cache-Control"]

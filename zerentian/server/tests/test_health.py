"""/healthz says which part is down, and says it whatever is down."""

from __future__ import annotations

from unittest.mock import patch

import pytest
from django.db import OperationalError, connection, connections
from django.test import Client


def beat(ago: str = "0 seconds") -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - %s::interval)", [ago]
        )


@pytest.mark.django_db
def test_all_is_well_while_a_worker_beats(client: Client) -> None:
    beat()
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"web": True, "database": True, "worker": True})


@pytest.mark.django_db
def test_a_worker_that_is_gone_or_silent_is_down(client: Client) -> None:
    for silent_for in (None, "2 minutes"):
        if silent_for:
            beat(silent_for)
        answer = client.get("/healthz")
        assert (answer.status_code, answer.json()) == (503, {"web": True, "database": True, "worker": False})


@pytest.mark.django_db
def test_a_database_that_is_lost_is_down(client: Client) -> None:
    def lost(*_: object) -> None:
        raise OperationalError("server closed the connection unexpectedly")

    beat()
    with connection.execute_wrapper(lost):
        answer = client.get("/healthz")
    assert (answer.status_code, answer.json()) == (503, {"web": True, "database": False, "worker": False})


def test_a_database_that_cannot_be_reached_is_down(client: Client) -> None:
    refused = OperationalError("connection refused")
    with patch.object(connections["default"], "ensure_connection", side_effect=refused):
        answer = client.get("/healthz")
    assert (answer.status_code, answer.json()["database"]) == (503, False)

"""Statements that travel together with their COMMIT: all of them hold, or none."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import IntegrityError, connection, transaction

from zerentian.pages.prepared import commit, execute, together


def write(*numbers: int) -> None:
    with transaction.atomic(), together():
        for number in numbers:
            execute("INSERT INTO kept VALUES (%s)", [number])
        commit()


def test_a_commit_that_travels_along_keeps_all_or_nothing(db: None) -> None:
    def in_a_connection_of_its_own() -> list[tuple[int]]:
        execute("CREATE TEMPORARY TABLE kept (number int PRIMARY KEY)", [])
        try:
            write(1, 2)
            with pytest.raises(IntegrityError):
                write(3, 1)
            write(4)
            connection.connection.rollback()  # nothing is left to be undone
            return execute("SELECT number FROM kept ORDER BY number", []).fetchall()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as threads:  # a test's own connection is inside of a transaction
        assert threads.submit(in_a_connection_of_its_own).result() == [(1,), (2,), (4,)]


def test_inside_of_another_transaction_that_one_commits(db: None) -> None:
    execute("CREATE TEMPORARY TABLE kept (number int PRIMARY KEY)", [])
    with transaction.atomic():
        write(1)
        transaction.set_rollback(True)
    assert execute("SELECT count(*) FROM kept", []).fetchone() == (0,)

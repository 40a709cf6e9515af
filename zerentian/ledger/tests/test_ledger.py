"""The ledger: append-only, chained, and any edit, deletion, swap or cut is named."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from tests.cast import TOWN, Cast
from zerentian.ledger.actions import PROGRAM, close_days, record, seal
from zerentian.ledger.models import DailyRoot, Event, Seal
from zerentian.ledger.queries import verify
from zerentian.ledger.rules import inclusion_proof, is_included, merkle_root


@pytest.fixture
def ledger(cast: Cast) -> list[Event]:
    """Six sealed events in our town's chain."""
    made = []
    for number in range(6):
        with transaction.atomic():
            made.append(record(PROGRAM, "site.changed", cast.sites["own"], region=TOWN, data={"n": number}))
    seal()
    return made


def tamper(statement: str, *values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(statement, values)
        cursor.execute("SET session_replication_role = origin")


def test_it_works(ledger: list[Event]) -> None:
    verdict = verify()
    assert (verdict.entries, verdict.faults) == (6, [])
    assert seal() == 0


@pytest.mark.parametrize("table", ["ledger_event", "ledger_seal"])
@pytest.mark.parametrize("what", ["UPDATE {} SET town = 'x'", "DELETE FROM {}", "TRUNCATE {}"])
def test_the_database_refuses_to_change_it(ledger: list[Event], table: str, what: str) -> None:
    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(what.format(table))


@pytest.mark.parametrize("column", ["actor_name", "kind", "reason", "subject", "subject_name", "address"])
def test_an_edit_is_named(ledger: list[Event], column: str) -> None:
    tamper(f"UPDATE ledger_event SET {column} = 'x' WHERE id = %s", ledger[2].id)
    (fault,) = verify().faults
    assert (fault.town, fault.number, fault.event) == (TOWN, 3, ledger[2])


def test_an_edit_of_the_data_or_the_time_is_named(ledger: list[Event]) -> None:
    tamper("UPDATE ledger_event SET at = at + interval '1 second' WHERE id = %s", ledger[4].id)
    assert [fault.number for fault in verify().faults] == [5]
    tamper("UPDATE ledger_event SET data = %s WHERE id = %s", '{"n": 9}', ledger[1].id)
    assert [fault.number for fault in verify().faults] == [2]


def test_a_deletion_is_named(ledger: list[Event]) -> None:
    tamper("DELETE FROM ledger_event WHERE id = %s", ledger[3].id)
    (fault,) = verify().faults
    assert fault.number == 4
    tamper("DELETE FROM ledger_seal WHERE event = %s", ledger[3].id)
    (fault,) = verify().faults
    assert fault.number == 4


def test_a_swap_is_named(ledger: list[Event]) -> None:
    first, second = (Seal.objects.get(event=ledger[place].id) for place in (1, 4))
    tamper("DELETE FROM ledger_seal WHERE id IN (%s, %s)", first.id, second.id)
    Seal.objects.create(
        town=TOWN, number=2, event=second.event, leaf=second.leaf, hash=first.hash, day=first.day
    )
    Seal.objects.create(
        town=TOWN, number=5, event=first.event, leaf=first.leaf, hash=second.hash, day=first.day
    )
    assert [fault.number for fault in verify().faults] == [2]


def test_a_cut_is_named(ledger: list[Event]) -> None:
    gone = [event.id for event in ledger[4:]]
    tamper("DELETE FROM ledger_seal WHERE event = ANY(%s)", gone)
    tamper("DELETE FROM ledger_event WHERE id = ANY(%s)", gone)
    (fault,) = verify().faults
    assert fault.number == 5
    assert "截断" in str(fault)


def test_a_day_is_closed_with_its_root(ledger: list[Event]) -> None:
    tomorrow = timezone.localdate() + timedelta(days=1)
    (root,) = close_days(tomorrow)
    assert (root.first, root.last) == (1, 6)
    assert close_days(tomorrow) == []
    assert verify().faults == []
    tamper("UPDATE ledger_dailyroot SET root = %s", "0" * 64)
    assert "日根不符" in str(verify().faults[0])
    assert DailyRoot.objects.count() == 1


def test_an_act_without_transaction_is_refused(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zerentian.ledger.actions.connection", SimpleNamespace(in_atomic_block=False))
    with pytest.raises(RuntimeError):
        record(PROGRAM, "site.changed", cast.sites["own"])


@given(st.lists(st.binary(min_size=1, max_size=4), min_size=1, max_size=40), st.data())
def test_a_proof_shows_its_own_entry_and_no_other(entries: list[bytes], data: st.DataObject) -> None:
    leaves = [hashlib.sha256(entry).hexdigest() for entry in entries]
    index = data.draw(st.integers(0, len(leaves) - 1))
    proof, root = inclusion_proof(leaves, index), merkle_root(leaves)
    assert is_included(leaves[index], index, len(leaves), proof, root)
    assert not is_included(hashlib.sha256(b"another").hexdigest(), index, len(leaves), proof, root)

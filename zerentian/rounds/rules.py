"""Lot drawing and planning of a round. Pure: the same seed and lots give the same plan, everywhere.

How a draw is proved (anybody can repeat it with a SHA-256 tool):

1. Before the draw the round's commitment is published: SHA-256 of its secret.
2. The seed is SHA-256 of `secret|anchor|date|number`; the anchor is a root of the ledger, which whoever chose
   the secret could not know.
3. A thing's lot is SHA-256 of `seed|purpose|id`; a smaller lot comes first.
4. Once the round is over the secret is told, and `replay` gives the plan again.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict

from zerentian.core.problems import problem


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Lot(_Record):
    """Sites drawn together (mostly those of a committee), and the inspectors who may not visit them."""

    id: str
    sites: tuple[str, ...]
    barred: tuple[str, ...] = ()


class Ballot(_Record):
    """All that decides a draw beside its seed; days are ISO dates."""

    lots: tuple[Lot, ...]
    inspectors: tuple[str, ...]
    days: tuple[str, ...]
    per_day: int


class Visit(NamedTuple):
    """Who visits a site on which day (ISO date)."""

    site: str
    inspector: str
    day: str


class DrawRecord(_Record):
    """What is published of a draw, so that anybody can repeat it."""

    commitment: str
    anchor: str
    date: str
    number: int
    seed: str
    ballot: Ballot
    outcome: tuple[Visit, ...]


class DrawProof(_Record):
    """A draw together with the secret that was committed to: all that checking it takes."""

    secret: str
    draw: DrawRecord


def new_secret() -> str:
    """A secret of 256 bits."""
    return secrets.token_hex(32)


def commitment(secret: str) -> str:
    """What is published before the draw."""
    return _digest(secret)


def seed_of(secret: str, anchor: str, day: str, number: int) -> str:
    """The seed of a round's draw."""
    return _digest(secret, anchor, day, str(number))


def in_lot_order(seed: str, purpose: str, ids: Iterable[str]) -> list[str]:
    """The deterministic shuffle: by the SHA-256 of seed, purpose and id."""
    return sorted(ids, key=lambda one: _digest(seed, purpose, one))


def draw(seed: str, ballot: Ballot) -> list[Visit]:
    """Who visits each site on which day.

    Lots go, in drawn order, to the inspector with the fewest sites so far who is not barred (ties by lot).
    Each inspector's sites are then spread evenly over the days, lots in a second drawn order. Raises
    `ProblemsFound` naming each lot that nobody may visit, or when the days don't suffice.
    """
    _refuse_stuck(ballot)
    by_id = {lot.id: lot for lot in ballot.lots}
    loads = dict.fromkeys(ballot.inspectors, 0)
    taken: dict[str, list[Lot]] = {inspector: [] for inspector in ballot.inspectors}
    for lot_id in in_lot_order(seed, "lot", by_id):
        lot = by_id[lot_id]
        free = [one for one in in_lot_order(seed, f"inspector|{lot_id}", loads) if one not in lot.barred]
        inspector = min(free, key=loads.__getitem__)
        loads[inspector] += len(lot.sites)
        taken[inspector].append(lot)
    _refuse_overload(loads, ballot)
    return [visit for inspector in ballot.inspectors for visit in _spread(seed, inspector, taken, ballot)]


def replay(secret: str, record: DrawRecord) -> list[str]:
    """What is wrong with a published draw, in Chinese; nothing when it holds."""
    faults = []
    if commitment(secret) != record.commitment:
        faults.append("公布的密钥与事先公布的承诺值不符")
    if seed_of(secret, record.anchor, record.date, record.number) != record.seed:
        faults.append("种子不是由密钥、台账日根和日期得出的")
    if sorted(draw(record.seed, record.ballot)) != sorted(record.outcome):
        faults.append("按种子重抽得到的安排与公布的不同")
    return faults


def _refuse_stuck(ballot: Ballot) -> None:
    everybody = set(ballot.inspectors)
    stuck = [lot.id for lot in ballot.lots if everybody <= set(lot.barred)]
    if stuck:
        raise problem("rounds.nobody_free", lots="、".join(stuck))


def _refuse_overload(loads: Mapping[str, int], ballot: Ballot) -> None:
    room = len(ballot.days) * ballot.per_day
    heaviest = max(loads.values(), default=0)
    if heaviest > room:
        needed = -(-sum(loads.values()) // max(1, room))
        raise problem(
            "rounds.too_few_days",
            sites=heaviest,
            days=len(ballot.days),
            per_day=ballot.per_day,
            needed=needed,
        )


def _spread(seed: str, inspector: str, taken: Mapping[str, Sequence[Lot]], ballot: Ballot) -> Iterator[Visit]:
    by_id = {lot.id: lot for lot in taken[inspector]}
    sites = [site for lot in in_lot_order(seed, "order", by_id) for site in by_id[lot].sites]
    for position, site in enumerate(sites):
        yield Visit(site, inspector, ballot.days[position * len(ballot.days) // len(sites)])


def _digest(*parts: str) -> str:
    return hashlib.sha256("|".join(parts).encode()).hexdigest()

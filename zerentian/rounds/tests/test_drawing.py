"""Drawing by lot: fair, repeatable by anybody, and never against its constraints (trust case T90)."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zerentian.core.problems import ProblemsFound
from zerentian.rounds.rules import (
    Ballot,
    DrawRecord,
    Lot,
    commitment,
    draw,
    in_lot_order,
    new_secret,
    replay,
    seed_of,
)

DAYS = ("2023-10-16", "2023-10-17", "2023-10-18")
INSPECTORS = ("i1", "i2", "i3", "i4")


def ballot(lots: int = 20, sites: int = 3, barred: tuple[str, ...] = ()) -> Ballot:
    made = tuple(
        Lot(id=f"v{lot}", sites=tuple(f"v{lot}-{site}" for site in range(sites)), barred=barred)
        for lot in range(lots)
    )
    return Ballot(lots=made, inspectors=INSPECTORS, days=DAYS, per_day=20)


def record(secret: str, **changes: object) -> DrawRecord:
    seed = seed_of(secret, "a" * 64, "2023-10-15", 1)
    whole = DrawRecord(
        commitment=commitment(secret), anchor="a" * 64, date="2023-10-15", number=1, seed=seed,
        ballot=ballot(), outcome=tuple(draw(seed, ballot())),
    )  # fmt: skip
    return whole.model_copy(update=changes)


def test_every_site_is_visited_once_by_somebody_on_some_day() -> None:
    visits = draw("s", ballot())
    assert len(visits) == len({visit.site for visit in visits}) == 60
    assert {visit.day for visit in visits} == set(DAYS)


def test_the_load_is_even() -> None:
    loads = Counter(visit.inspector for visit in draw("s", ballot()))
    assert set(loads.values()) == {15}
    days = Counter((visit.inspector, visit.day) for visit in draw("s", ballot()))
    assert set(days.values()) == {5}


def test_the_same_seed_gives_the_same_plan_whatever_the_order_of_lots() -> None:
    turned = ballot().model_copy(update={"lots": ballot().lots[::-1]})
    assert sorted(draw("s", ballot())) == sorted(draw("s", turned))
    assert sorted(draw("s", ballot())) != sorted(draw("t", ballot()))


def test_a_published_draw_holds() -> None:
    secret = new_secret()
    told = DrawRecord.model_validate_json(record(secret).model_dump_json())
    assert replay(secret, told) == []


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"commitment": "0" * 64}, "承诺值"),
        ({"seed": "0" * 64}, "种子"),
        ({"anchor": "b" * 64}, "种子"),
        ({"outcome": record("x").outcome[1:]}, "安排"),
    ],
)
def test_a_changed_draw_is_found_out(change: dict[str, object], fault: str) -> None:
    secret = new_secret()
    assert fault in "".join(replay(secret, record(secret, **change)))


def test_another_secret_is_found_out() -> None:
    assert replay(new_secret(), record(new_secret()))


@given(
    st.lists(st.sets(st.sampled_from(INSPECTORS), max_size=3), min_size=1, max_size=30),
    st.text("0123456789abcdef", min_size=8, max_size=8),
)
def test_nobody_visits_what_he_is_barred_from(barred: list[set[str]], seed: str) -> None:
    lots = tuple(
        Lot(id=f"v{number}", sites=(f"v{number}-1", f"v{number}-2"), barred=tuple(sorted(who)))
        for number, who in enumerate(barred)
    )
    by_site = {site: lot for lot in lots for site in lot.sites}
    visits = draw(seed, Ballot(lots=lots, inspectors=INSPECTORS, days=DAYS, per_day=60))
    assert {visit.site for visit in visits} == set(by_site)
    assert not any(visit.inspector in by_site[visit.site].barred for visit in visits)


def test_frequencies_are_uniform_over_ten_thousand_draws() -> None:
    """Each inspector as often at a village as any other: chi-square with 3 degrees of freedom, 0.1 %."""
    few = ballot(lots=4, sites=1)
    counts: dict[str, Counter[str]] = {f"v{lot}-0": Counter() for lot in range(4)}
    for number in range(10_000):
        for visit in draw(f"seed{number}", few):
            counts[visit.site][visit.inspector] += 1
    for seen in counts.values():
        chi_square = sum((seen[inspector] - 2500) ** 2 / 2500 for inspector in INSPECTORS)
        assert chi_square < 16.27


def test_the_order_of_lots_is_a_hash_anybody_can_compute() -> None:
    assert in_lot_order("seed", "lot", ["a", "b", "c"]) == ["b", "c", "a"]


def test_a_lot_that_nobody_may_visit_is_named() -> None:
    with pytest.raises(ProblemsFound, match=r"rounds\.nobody_free"):
        draw("s", ballot(barred=INSPECTORS))


def test_too_few_days_say_how_many_inspectors_are_needed() -> None:
    short = ballot().model_copy(update={"per_day": 2})
    with pytest.raises(ProblemsFound) as found:
        draw("s", short)
    assert found.value.problems[0].details["needed"] == "10"

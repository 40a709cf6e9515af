"""What holds for every ranking, every cut and every total."""

from __future__ import annotations

from decimal import Decimal
from itertools import groupby
from types import SimpleNamespace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from zerentian.evaluation.inputs import Subject
from zerentian.evaluation.interviews import FailRule, triggers
from zerentian.evaluation.policy import Policy
from zerentian.evaluation.ranking import first, last, ranks
from zerentian.evaluation.scoring import SiteScore
from zerentian.evaluation.subjects import Basis, total_of

Key = tuple[Decimal, ...]

# few different figures, so that ties are many
figures = st.integers(0, 4).map(Decimal)
keys = st.lists(st.tuples(figures, st.integers(0, 1).map(Decimal)), min_size=1, max_size=12)
ties = st.sampled_from(("competition", "dense"))
cuts = st.sampled_from(("include", "exclude"))


@given(keys, ties)
def test_ranks_are_a_weak_order(found: list[Key], how: Any) -> None:
    placed = ranks(found, how)
    assert min(placed) == 1
    for key, rank in zip(found, placed, strict=True):
        for other, other_rank in zip(found, placed, strict=True):
            assert (key == other) == (rank == other_rank)
            assert (key > other) == (rank < other_rank)


@given(keys)
def test_competition_counts_those_before_and_dense_their_scores(found: list[Key]) -> None:
    for key, rank, dense in zip(found, ranks(found, "competition"), ranks(found, "dense"), strict=True):
        assert rank == 1 + sum(other > key for other in found)
        assert dense == 1 + len({other for other in found if other > key})


@given(keys, ties)
def test_a_rank_does_not_depend_on_the_order_of_rows(found: list[Key], how: Any) -> None:
    backwards = ranks(found[::-1], how)[::-1]
    assert ranks(found, how) == backwards


@given(keys, st.integers(1, 15), cuts)
def test_last_takes_whole_ties(found: list[Key], count: int, cut: Any) -> None:
    rows = list(enumerate(found))
    taken = last(rows, lambda row: row[1], count, cut)
    # tie after tie from the bottom, as long as there is room
    expected: list[tuple[int, Key]] = []
    for _, tied in groupby(sorted(rows, key=lambda row: row[1]), key=lambda row: row[1]):
        group = list(tied)
        if len(expected) >= count or (cut == "exclude" and len(expected) + len(group) > count):
            break
        expected += group
    assert sorted(taken) == sorted(expected)


@given(keys, st.integers(1, 15))
def test_include_and_exclude_differ_only_by_the_tie_across_the_cut(found: list[Key], count: int) -> None:
    rows = list(enumerate(found))
    included = last(rows, lambda row: row[1], count, "include")
    excluded = last(rows, lambda row: row[1], count, "exclude")
    assert set(excluded) <= set(included)
    assert len(excluded) <= count
    assert len(included) >= min(count, len(rows))
    assert len({key for _, key in set(included) - set(excluded)}) <= 1


@given(keys, st.integers(1, 15), cuts)
def test_first_is_last_seen_from_the_other_side(found: list[Key], count: int, cut: Any) -> None:
    rows = list(enumerate(found))
    mirrored = [(number, tuple(-value for value in key)) for number, key in rows]
    from_top = first(rows, lambda row: row[1], count, cut)
    from_bottom = last(mirrored, lambda row: row[1], count, cut)
    assert {number for number, _ in from_top} == {number for number, _ in from_bottom}


def site(kind: str, score: str) -> SiteScore:
    """As much of a site's result as a total looks at: a score out of 100."""
    made: Any = SimpleNamespace(
        site=SimpleNamespace(id=f"{kind}-{score}", kind=kind),
        score=Decimal(score),
        standard=SimpleNamespace(full_marks=Decimal(100)),
        passed=Decimal(score) >= 90,
        vetoes=(),
    )
    return made


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    statistics = st.sampled_from(("mean", "worst", "pass_rate"))
    parts = [
        {
            "id": kind,
            "kinds": [kind],
            "statistic": draw(statistics),
            "points": str(Decimal(draw(st.integers(1, 5000))) / 100),
        }
        for kind in "abc"
    ]
    return Policy.model_validate(
        {"policy": "any", "title": "办法", "subject": "committee", "parts": parts, "missing_part": "rescale"}
    )


@given(policies(), st.sets(st.sampled_from("abc"), min_size=1))
def test_perfect_sites_have_the_full_total_whichever_parts_exist(policy: Policy, present: set[str]) -> None:
    sites = [site(kind, "100.00") for kind in sorted(present)]
    total = total_of(Subject("v1", "一村"), policy, Basis(sites, {}, {}))
    assert total is not None
    assert total.score == sum(part.points for part in policy.parts if hasattr(part, "points"))


@given(policies(), st.data())
def test_a_better_site_never_lowers_a_total(policy: Policy, data: st.DataObject) -> None:
    scores = st.integers(0, 10000).map(lambda number: str(Decimal(number) / 100))
    sites = [(kind, data.draw(scores)) for kind in data.draw(st.lists(st.sampled_from("abc"), min_size=1))]
    place = data.draw(st.integers(0, len(sites) - 1))
    kind, score = sites[place]
    better = [
        *sites[:place],
        (kind, str(max(Decimal(score), Decimal(data.draw(scores))))),
        *sites[place + 1 :],
    ]
    totals = [
        total_of(Subject("v1", "一村"), policy, Basis([site(*one) for one in some], {}, {}))
        for some in (sites, better)
    ]
    assert totals[0] is not None
    assert totals[1] is not None
    assert totals[0].score <= totals[1].score


months = st.dictionaries(st.integers(1, 9).map(lambda number: f"2023-{number:02}"), st.booleans())
settings = st.builds(
    FailRule,
    st.integers(1, 4),
    st.sampled_from(("ignore", "breaks")),
    st.sampled_from(("new_run", "every_month")),
)


@given(months, settings)
def test_a_trigger_is_a_run_of_fails_that_ends_in_its_month(passed: dict[str, bool], rule: FailRule) -> None:
    for month, run in triggers(passed, rule).items():
        assert run[-1] == month
        assert len(run) >= rule.needed
        assert not any(passed[one] for one in run)
        between = [one for one in sorted(passed) if run[0] <= one <= month]
        assert between == run
        if rule.gap == "breaks":
            assert int(run[-1][-2:]) - int(run[0][-2:]) == len(run) - 1


@given(months, settings)
def test_who_never_fails_is_never_called_and_every_month_calls_no_fewer(
    passed: dict[str, bool], rule: FailRule
) -> None:
    assert triggers(dict.fromkeys(passed, True), rule) == {}
    every = triggers(passed, FailRule(rule.needed, rule.gap, "every_month"))
    assert set(triggers(passed, rule)) <= set(every)

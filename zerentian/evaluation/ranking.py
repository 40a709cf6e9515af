"""Ranks, cuts through ties, bands: the decisions that name people, kept apart and small."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Literal, TypeVar

from zerentian.evaluation.policy import Band, Policy, TiesAtCut

Row = TypeVar("Row")
Key = tuple[Decimal, ...]
"""What is compared: the published score, then the policy's tie breakers; more is better."""


def ranks(keys: Sequence[Key], ties: Literal["competition", "dense"]) -> list[int]:
    """The rank of each key, in the order given; equal keys share a rank.

    competition: 1, 2, 2, 4; dense: 1, 2, 2, 3.
    """
    ordered = sorted(keys, reverse=True)
    if ties == "dense":
        ordered = list(dict.fromkeys(ordered))
    rank_of: dict[Key, int] = {}
    for position, key in enumerate(ordered, 1):
        rank_of.setdefault(key, position)
    return [rank_of[key] for key in keys]


def last(rows: Sequence[Row], key: Callable[[Row], Key], count: int, ties_at_cut: TiesAtCut) -> list[Row]:
    """The last `count` of a group.

    When a tie crosses the cut, `include` takes all of it and `exclude` none of it.
    """
    ordered = sorted(rows, key=key)
    if len(ordered) <= count:
        return list(rows)
    boundary, beyond = key(ordered[count - 1]), key(ordered[count])
    if ties_at_cut == "exclude" and boundary == beyond:
        return [row for row in rows if key(row) < boundary]
    return [row for row in rows if key(row) <= boundary]


def first(rows: Sequence[Row], key: Callable[[Row], Key], count: int, ties_at_cut: TiesAtCut) -> list[Row]:
    """The first `count` of a group; ties at the cut as in `last`."""
    return last(rows, lambda row: tuple(-value for value in key(row)), count, ties_at_cut)


def band_of(score: Decimal, bands: Sequence[Band]) -> str:
    """The first band from the top whose `min` the score reaches, or an empty text."""
    return next((band.name for band in bands if score >= band.min), "")


def rank_key(score: Decimal, columns: dict[str, Decimal], policy: Policy) -> Key:
    """The score and the tie breakers of a row; `-column` means that less is better."""
    breakers = (
        -columns[name.removeprefix("-")] if name.startswith("-") else columns[name]
        for name in policy.tie_break
    )
    return (score, *breakers)

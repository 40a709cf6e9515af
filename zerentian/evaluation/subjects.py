"""From the site scores of a subject to its parts and total."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import floor

from zerentian.core.points import publish
from zerentian.evaluation.inputs import Subject
from zerentian.evaluation.policy import (
    CountPart,
    FigurePart,
    MeanPart,
    Part,
    PassRatePart,
    Policy,
    WorstPart,
)
from zerentian.evaluation.scoring import SiteScore


@dataclass(frozen=True, slots=True)
class PartScore:
    """A part of a subject's total. `score` is published; None when missing and rescaled away.

    `basis` is what it was made of: the site scores counted, or the figure handed in. `pass_rate` is the
    published percentage of a pass-rate part.
    """

    part: Part
    score: Decimal | None
    missing: bool = False
    sites: tuple[SiteScore, ...] = ()
    figure: Decimal | None = None
    pass_rate: Decimal | None = None


@dataclass(frozen=True, slots=True)
class SubjectTotal:
    """A subject's total of one period before ranking. `pass_rate` is a published percentage."""

    subject: Subject
    score: Decimal
    parts: tuple[PartScore, ...]
    sites: tuple[SiteScore, ...]
    scored: int
    passed_sites: int
    pass_rate: Decimal | None
    vetoes: int


@dataclass(frozen=True, slots=True)
class Basis:
    """What a subject is judged on in one period: its site results, figures by part, weights by column."""

    sites: Sequence[SiteScore]
    figures: Mapping[str, Decimal]
    weights: Mapping[str, Mapping[str, Decimal]]


def total_of(subject: Subject, policy: Policy, basis: Basis) -> SubjectTotal | None:
    """The subject's total; None when every part that carries points is missing.

    With `missing_part: rescale` the published parts present are scaled to the full total; counts stand
    outside of that.
    """
    parts = tuple(_score_part(part, policy, basis) for part in policy.parts)
    weighed = [part for part in parts if not isinstance(part.part, CountPart)]
    present = [part for part in weighed if part.score is not None]
    if all(part.missing for part in weighed):
        return None
    reached = sum((Fraction(part.score or 0) for part in present), Fraction(0))
    possible = sum((Fraction(_points(part.part)) for part in present), Fraction(0))
    if policy.missing_part == "rescale" and possible != Fraction(policy.full_total):
        reached = reached * Fraction(policy.full_total) / possible
    counts = sum((part.score or Decimal(0) for part in parts if isinstance(part.part, CountPart)), Decimal(0))
    scored = [site for site in basis.sites if site.score is not None]
    passed = sum(site.passed for site in scored)
    return SubjectTotal(
        subject=subject,
        score=publish(reached + Fraction(counts), policy.decimals),
        parts=parts,
        sites=tuple(basis.sites),
        scored=len(scored),
        passed_sites=passed,
        pass_rate=percentage(passed, len(scored), policy.decimals),
        vetoes=sum(len(site.vetoes) for site in basis.sites),
    )


def percentage(count: int, total: int, decimals: int) -> Decimal | None:
    """A published percentage; None of nothing."""
    return publish(Fraction(100 * count, total), decimals) if total else None


def _points(part: Part) -> Decimal:
    return Decimal(0) if isinstance(part, CountPart) else part.points


def _score_part(part: Part, policy: Policy, basis: Basis) -> PartScore:
    if isinstance(part, CountPart):
        value = basis.figures.get(part.id, Decimal(0))
        limited = part.each * value
        if part.cap is not None:
            limited = max(-part.cap, min(part.cap, limited))
        return PartScore(part, publish(limited, policy.decimals), figure=value)
    if isinstance(part, FigurePart):
        figure = basis.figures.get(part.id)
        if figure is None:
            return _missing(part, policy)
        exact = Fraction(part.points) * Fraction(figure) / Fraction(part.scale)
        return PartScore(part, publish(exact, policy.decimals), figure=figure)
    sites = tuple(site for site in basis.sites if site.score is not None and site.site.kind in part.kinds)
    if not sites:
        return _missing(part, policy)
    if isinstance(part, PassRatePart):
        return _pass_rate_part(part, policy, sites)
    if isinstance(part, WorstPart):
        share = min(_share(site) for site in sites)
    else:
        mean = _mean_share(part, sites, basis.weights)
        if mean is None:
            return _missing(part, policy)
        share = mean
    return PartScore(part, publish(Fraction(part.points) * share, policy.decimals), sites=sites)


def _missing(part: FigurePart | MeanPart | WorstPart | PassRatePart, policy: Policy) -> PartScore:
    score = {"rescale": None, "zero": Decimal(0), "full": part.points}[policy.missing_part]
    published = None if score is None else publish(score, policy.decimals)
    return PartScore(part, published, missing=True)


def _pass_rate_part(part: PassRatePart, policy: Policy, sites: tuple[SiteScore, ...]) -> PartScore:
    rate = percentage(sum(site.passed for site in sites), len(sites), policy.decimals)
    assert rate is not None
    if part.target is not None and part.each is not None:
        short = max(0, floor(part.target - rate))
        exact = max(Fraction(0), Fraction(part.points) - Fraction(part.each) * short)
    else:
        exact = Fraction(part.points) * Fraction(rate) / 100
    return PartScore(part, publish(exact, policy.decimals), sites=sites, pass_rate=rate)


def _mean_share(
    part: MeanPart, sites: tuple[SiteScore, ...], weights: Mapping[str, Mapping[str, Decimal]]
) -> Fraction | None:
    """The mean share of full marks; None when the sites weigh nothing.

    One fraction for each full mark, so that a city stays fast.
    """
    sums: dict[Decimal, Decimal] = {}
    weight_sum = Decimal(0)
    column = weights[part.weight] if part.weight else None
    for site in sites:
        weight = column[site.site.id] if column is not None else Decimal(1)
        full = site.standard.full_marks
        sums[full] = sums.get(full, Decimal(0)) + weight * (site.score or Decimal(0))
        weight_sum += weight
    total = sum((Fraction(reached) / Fraction(full) for full, reached in sums.items()), Fraction(0))
    return total / Fraction(weight_sum) if weight_sum else None


def _share(site: SiteScore) -> Fraction:
    assert site.score is not None
    return Fraction(site.score) / Fraction(site.standard.full_marks)

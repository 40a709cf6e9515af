"""Reads of closed months that pages and documents share."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from zerentian.core.months import shift
from zerentian.results.models import Closing, SiteResult, SubjectResult
from zerentian.rounds.models import Round


@dataclass(frozen=True, slots=True)
class Standing:
    """A committee's result with the one a month earlier; `moved` is positive for a climb in rank."""

    now: SubjectResult
    before: SubjectResult | None

    @property
    def moved(self) -> int | None:
        """Places gained since last month."""
        if self.before is None or self.before.rank is None or self.now.rank is None:
            return None
        return self.before.rank - self.now.rank

    @property
    def fallen(self) -> int:
        """Places lost since last month; 0 for a climb."""
        return max(0, -(self.moved or 0))

    @property
    def gained(self) -> Decimal | None:
        """Points gained since last month."""
        if self.before is None or self.before.score is None or self.now.score is None:
            return None
        return self.now.score - self.before.score


@dataclass(frozen=True, slots=True)
class ClauseSum:
    """What one clause cost a committee over its sites."""

    text: str
    points: Decimal
    sites: int


def closing_before(round_: Round) -> Closing | None:
    """The closing in force of the month before."""
    return Closing.objects.filter(
        round__town=round_.town, round__source=round_.source, round__month=shift(round_.month, -1),
        state=Closing.State.CLOSED,
    ).first()  # fmt: skip


def standings(rows: Iterable[SubjectResult], earlier: Closing | None) -> list[Standing]:
    """Results beside those of an earlier closing."""
    before = {one.subject: one for one in earlier.subject_results.all()} if earlier else {}
    return [Standing(one, before.get(one.subject)) for one in rows]


def dearest_clauses(sites: Iterable[SiteResult]) -> list[ClauseSum]:
    """The clauses that cost most over some sites, the dearest first."""
    points: defaultdict[str, Decimal] = defaultdict(Decimal)
    counts: defaultdict[str, int] = defaultdict(int)
    for site in sites:
        for loss in site.deductions:
            points[loss["text"]] += Decimal(loss["points"])
            counts[loss["text"]] += 1
    found = [ClauseSum(text, points[text], counts[text]) for text in points]
    return sorted(found, key=lambda one: (-one.points, one.text))

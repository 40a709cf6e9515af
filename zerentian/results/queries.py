"""Reads of closed months that pages and documents share."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
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


def month_before(round_: Round, subject: str = "") -> dict[str, SubjectResult]:
    """The results in force of the month before by committee; of one only when it is named."""
    rows = SubjectResult.objects.filter(
        closing__round__town=round_.town, closing__round__source=round_.source,
        closing__round__month=shift(round_.month, -1), closing__state=Closing.State.CLOSED,
    )  # fmt: skip
    return {one.subject: one for one in (rows.filter(subject=subject) if subject else rows)}


def standings(rows: Iterable[SubjectResult], before: Mapping[str, SubjectResult]) -> list[Standing]:
    """Results beside those of the month before."""
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

"""What the engine answers: plain values, every figure published, each with what it was made of."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from zerentian.evaluation.inputs import HistoryMonth, Inputs, Subject
from zerentian.evaluation.policy import InterviewRule, ListRule
from zerentian.evaluation.ranking import Key
from zerentian.evaluation.scoring import SiteScore
from zerentian.evaluation.sites import Site
from zerentian.evaluation.subjects import SubjectTotal


@dataclass(frozen=True, slots=True)
class RankedSubject:
    """A subject's place in its group. `rank_bonus` is shown apart and never part of the score."""

    total: SubjectTotal
    group: str
    rank: int
    of: int
    key: Key
    band: str
    rank_bonus: Decimal | None
    passed: bool | None

    @property
    def subject(self) -> Subject:
        """Who is ranked."""
        return self.total.subject

    @property
    def score(self) -> Decimal:
        """The published total that ranks compare."""
        return self.total.score


@dataclass(frozen=True, slots=True)
class NotRanked:
    """A subject without a rank, and why, in Chinese."""

    subject: Subject
    group: str
    reason: str
    sites: tuple[SiteScore, ...] = ()


@dataclass(frozen=True, slots=True)
class ListEntry:
    """A place on a list; `position` counts from 1 in printing order, inside the group."""

    rule: ListRule
    position: int
    row: RankedSubject


@dataclass(frozen=True, slots=True)
class InterviewDue:
    """An interview that a result triggers. `months` are the failed months of a run, oldest first.

    `row` is the subject's place in the evaluated month where it has one.
    """

    rule: InterviewRule
    subject: Subject
    row: RankedSubject | None = None
    months: tuple[HistoryMonth, ...] = ()
    place: str = ""


@dataclass(slots=True)
class PeriodResult:
    """Everything of one month. `unseen` are sites that nobody visited; they have no score."""

    period: str
    sites: list[SiteScore] = field(default_factory=list)
    unseen: list[Site] = field(default_factory=list)
    ranked: list[RankedSubject] = field(default_factory=list)
    not_ranked: list[NotRanked] = field(default_factory=list)
    entries: list[ListEntry] = field(default_factory=list)
    interviews: list[InterviewDue] = field(default_factory=list)


@dataclass(slots=True)
class Results:
    """All months of a run, oldest first, beside the inputs that made them."""

    inputs: Inputs
    periods: list[PeriodResult]

"""From the observations of a site to its score.

Everything here counts in units (`core.points.UNITS`), exactly; a figure is rounded once, when published.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Literal, NamedTuple, cast

from zerentian.core.points import Exact, points_of, proportion, publish, units
from zerentian.evaluation.clauses import Clause, Outcome, Veto
from zerentian.evaluation.sites import Site
from zerentian.evaluation.standard import Section, Standard

Visits = Literal["mean", "latest", "worst"]


class ScoringTable:
    """A standard laid out for scoring in one period: a slot for each clause, outcomes met so far.

    `slots` maps a clause id to its position and to the outcomes of the texts observed so far, so that each
    distinct text is read by its rule once, however many sites share it.
    """

    def __init__(self, standard: Standard, period: str) -> None:
        self.standard = standard
        self.period = period
        self.clauses = standard.clauses
        self.slots: dict[str, tuple[int, dict[str, Outcome | None]]] = {
            clause.id: (slot, {}) for slot, clause in enumerate(self.clauses)
        }
        self.full = _whole_units(standard.full_marks)
        self.pass_line = standard.pass_line
        self.marks = [_whole_units(clause.marks) for clause in self.clauses]
        self.sections: list[tuple[Section, range]] = []
        first = 0
        for section in standard.sections:
            self.sections.append((section, range(first, first + len(section.clauses))))
            first += len(section.clauses)
        self.gates = [
            (self.slots[section.gate.clause][0], slots) for section, slots in self.sections if section.gate
        ]


class Visit:
    """One visit of a site: an outcome in each slot of its table (None until observed)."""

    __slots__ = ("date", "inspector", "outcomes", "site", "table")

    def __init__(self, table: ScoringTable, site: Site, date: str, inspector: str) -> None:
        self.table = table
        self.site = site
        self.date = date
        self.inspector = inspector
        self.outcomes: list[Outcome | None] = [None] * len(table.clauses)

    def complete(self) -> list[Outcome]:
        """The outcomes of a visit whose every clause was observed."""
        return cast("list[Outcome]", self.outcomes)


class Deduction(NamedTuple):
    """Units lost at a clause, exact, after rescaling; a gate's loss stands on its clause.

    `outcomes` are the different outcomes of the visits that count, mostly one.
    """

    outcomes: tuple[Outcome, ...]
    lost: Exact

    @property
    def clause(self) -> Clause:
        """Where the points were lost."""
        return self.outcomes[0].clause

    @property
    def observed(self) -> str:
        """The observed text as it was handed in."""
        return " / ".join(outcome.observed for outcome in self.outcomes)

    @property
    def words(self) -> str:
        """What was observed, as a Chinese reader says it."""
        return " / ".join(outcome.words for outcome in self.outcomes)

    @property
    def points(self) -> Fraction:
        """The exact points lost."""
        return points_of(self.lost)


@dataclass(slots=True, eq=False)
class SiteScore:
    """A site's result of one period. `score` is published; None when nothing applied (not scored).

    `visits` are all of the period's, `counted` those that make the score.
    """

    table: ScoringTable
    site: Site
    visits: tuple[Visit, ...]
    counted: tuple[Visit, ...]
    score: Decimal | None
    passed: bool
    vetoes: tuple[Clause, ...]

    @property
    def standard(self) -> Standard:
        """The standard that scored the site."""
        return self.table.standard

    @property
    def deductions(self) -> list[Deduction]:
        """Where points were lost, in the order of the sheet; the mean over the visits that count."""
        scored = [(visit.complete(), losses) for visit in self.counted if (losses := visit_losses(visit))]
        if len(scored) == 1:
            outcomes, losses = scored[0]
            return [
                Deduction((outcome,), lost) for outcome, lost in zip(outcomes, losses, strict=True) if lost
            ]
        found = []
        for slot in range(len(self.table.clauses)):
            lost = sum(losses[slot] for _, losses in scored)
            if lost:
                different = {outcomes[slot].observed: outcomes[slot] for outcomes, _ in scored}
                found.append(Deduction(tuple(different.values()), Fraction(lost) / len(scored)))
        return found

    @property
    def extra(self) -> Fraction:
        """Bonus less penalty, under the sections' caps; the mean over the visits that count."""
        extras = [visit_extra(visit) for visit in self.counted]
        return points_of(sum(extras, 0)) / len(extras)


def visit_losses(visit: Visit) -> list[Exact] | None:
    """Units lost at each slot after gates, n/a and rescaling; None when no clause applied.

    They sum to full marks less the score before bonus, penalty and veto.
    """
    table, outcomes = visit.table, visit.complete()
    losses: list[Exact] = [outcome.lost for outcome in outcomes]
    if _ordinary(table, outcomes):
        return losses
    scaled = table.standard.not_applicable == "rescale"
    for gate, slots in table.gates:
        if outcomes[gate].applicable and losses[gate] == table.marks[gate]:
            kept = sum(
                table.marks[slot] - losses[slot] for slot in slots if outcomes[slot].applicable or not scaled
            )
            losses[gate] += kept
    applicable = sum(table.marks[slot] for slot, outcome in enumerate(outcomes) if outcome.applicable)
    if applicable == 0:
        return None
    if scaled and applicable != table.full:
        losses = [proportion(lost, table.full, applicable) if lost else 0 for lost in losses]
    return losses


def visit_extra(visit: Visit) -> Exact:
    """Bonus less penalty of a visit in units, each under its section's cap."""
    outcomes = visit.complete()
    total: Exact = 0
    for section, slots in visit.table.sections:
        bonus = sum(outcomes[slot].extra for slot in slots if outcomes[slot].extra > 0)
        penalty = -sum(outcomes[slot].extra for slot in slots if outcomes[slot].extra < 0)
        total += bonus if section.bonus_cap is None else min(bonus, units(section.bonus_cap))
        total -= penalty if section.penalty_cap is None else min(penalty, units(section.penalty_cap))
    return total


def visit_exact(visit: Visit) -> Exact | None:
    """A visit's exact score in units: clamp(full − losses + bonus − penalty), then vetoes."""
    table, outcomes = visit.table, visit.complete()
    if _ordinary(table, outcomes):
        return table.full - sum([outcome.lost for outcome in outcomes])
    losses = visit_losses(visit)
    if losses is None:
        return None
    exact = table.full - sum(losses) + visit_extra(visit)
    return _capped(max(0, min(exact, table.full)), outcomes)


def score_site(visits: Sequence[Visit], rule: Visits) -> SiteScore:
    """A site's score from its visits of one period, by the policy's `visits` rule.

    `mean`: the mean of the visits' exact scores, and a veto met in any visit stands. `latest` (by date,
    then file order) and `worst`: that visit alone. Visits in which nothing applied do not count.
    """
    table, site = visits[0].table, visits[0].site
    exacts = [(visit, exact) for visit in visits if (exact := visit_exact(visit)) is not None]
    if not exacts:
        vetoes = _vetoes([outcome for visit in visits for outcome in visit.complete()])
        return SiteScore(table, site, tuple(visits), tuple(visits), None, False, vetoes)
    if len(exacts) > 1:
        if rule == "latest":
            exacts = [max(enumerate(exacts), key=lambda entry: (entry[1][0].date, entry[0]))[1]]
        else:
            exacts.sort(key=lambda pair: (pair[0].date, pair[0].inspector))  # whatever the order of rows
            if rule == "worst":
                exacts = [min(exacts, key=lambda pair: (pair[1], not _vetoes(pair[0].complete())))]
    counted = tuple(visit for visit, _ in exacts)
    if len(exacts) == 1:
        final: Exact = exacts[0][1]
        outcomes = counted[0].complete()
    else:
        outcomes = [outcome for visit in counted for outcome in visit.complete()]
        final = _capped(Fraction(sum(exact for _, exact in exacts)) / len(exacts), outcomes)
    score = _published(final, table.standard.decimals)
    vetoes = _vetoes(outcomes)
    return SiteScore(
        table, site, tuple(visits), counted, score, not vetoes and score >= table.pass_line, vetoes
    )


def _whole_units(points: Decimal) -> int:
    """Units of a figure of a standard, which has four decimals at most."""
    amount = units(points)
    assert isinstance(amount, int)
    return amount


def _ordinary(table: ScoringTable, outcomes: Sequence[Outcome]) -> bool:
    """True when a visit only lost points: no gate closed, nothing not applicable, no extra, no veto."""
    for outcome in outcomes:
        if not outcome.ordinary:
            return False
    return not any(outcomes[gate].lost == table.marks[gate] for gate, _ in table.gates)


def _capped(exact: Exact, outcomes: Sequence[Outcome]) -> Exact:
    for outcome in outcomes:
        if outcome.veto_met and isinstance(outcome.clause, Veto) and outcome.clause.cap is not None:
            exact = min(exact, units(outcome.clause.cap))
    return exact


def _vetoes(outcomes: Sequence[Outcome]) -> tuple[Clause, ...]:
    met = {outcome.clause.id: outcome.clause for outcome in outcomes if outcome.veto_met}
    return tuple(met.values())


@lru_cache(maxsize=1 << 16)
def _published(exact: Exact, decimals: int) -> Decimal:
    return publish(points_of(exact), decimals)

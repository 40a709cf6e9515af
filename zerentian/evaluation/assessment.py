"""One visit while it is being filled in: what its answers are worth, what is missing, what is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from zerentian.evaluation.clauses import Clause, NotAllowedError, Outcome
from zerentian.evaluation.scoring import ScoringTable, SiteScore, Visit, score_site
from zerentian.evaluation.sites import Site
from zerentian.evaluation.standard import Standard

_REMEMBERED = 200
"""Texts of a clause: people answer with a few, and what they make up must not fill the memory."""


@dataclass(frozen=True, slots=True)
class Assessment:
    """Answers judged by a standard. `score` takes what is missing or faulty as without deduction.

    `faults` says for a clause's id what was expected.
    """

    score: SiteScore
    missing: tuple[Clause, ...]
    faults: Mapping[str, str]

    @property
    def is_complete(self) -> bool:
        """Whether every clause has a sound answer."""
        return not self.missing and not self.faults

    @property
    def found_wrong(self) -> list[Outcome]:
        """Outcomes that cost something: points, a penalty or a veto. Each wants evidence."""
        outcomes = self.score.visits[0].complete()
        return [one for one in outcomes if one.lost > 0 or one.extra < 0 or one.veto_met]


def assess(
    standard: Standard, month: str, answers: Mapping[str, str], site: Site | None = None
) -> Assessment:
    """What observed texts by clause id mean under a standard in a month (`YYYY-MM`)."""
    return judge(ScoringTable(standard, month), answers, site)


def judge(table: ScoringTable, answers: Mapping[str, str], site: Site | None = None) -> Assessment:
    """As `assess`, by a table that is kept: it remembers what texts mean, a sixth of a report's time."""
    visit = Visit(table, site or Site("", "", table.standard.site_kind, ""), "", "")
    missing, faults = [], {}
    for slot, clause in enumerate(table.clauses):
        text = answers.get(clause.id, "").strip()
        if not text:
            missing.append(clause)
        else:
            try:
                visit.outcomes[slot] = _outcome(table, clause, text)
                continue
            except NotAllowedError as error:
                faults[clause.id] = error.expected
        visit.outcomes[slot] = clause.unobserved()
    return Assessment(score_site([visit], "latest"), tuple(missing), faults)


def _outcome(table: ScoringTable, clause: Clause, text: str) -> Outcome:
    known = table.slots[clause.id][1]
    outcome = known.get(text)
    if outcome is None:
        outcome = clause.observe(text, table.period)
        if len(known) < _REMEMBERED:
            known[text] = outcome
    return outcome


def observed_words(clause: Clause, text: str, month: str) -> str:
    """An observed text as a Chinese reader says it; one that its clause does not know, as it stands."""
    try:
        return clause.observe(text, month).words
    except NotAllowedError:
        return text or "（没有填写）"

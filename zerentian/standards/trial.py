"""Trying a standard out: the score of an imagined visit, by the engine itself. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from zerentian.evaluation.scoring import ScoringTable, SiteScore, Visit, score_site
from zerentian.evaluation.sites import Site
from zerentian.evaluation.standard import Standard


def try_out(standard: Standard, month: str, texts: Mapping[str, str]) -> SiteScore:
    """The score of one visit with these observed texts by clause id; what is absent loses nothing.

    Raises `NotAllowedError` when a clause's rule does not know its text.
    """
    table = ScoringTable(standard, month)
    site = Site("试算", "试算", standard.site_kind, "", ())
    visit = Visit(table, site, "", "")
    visit.outcomes = [
        clause.observe(texts[clause.id], month) if clause.id in texts else clause.unobserved()
        for clause in table.clauses
    ]
    return score_site([visit], "latest")

"""What the engine is given: plain values, already checked."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from zerentian.evaluation.policy import Policy
from zerentian.evaluation.scoring import Visit
from zerentian.evaluation.sites import SiteTable
from zerentian.evaluation.standard import Standard

SOURCE_NAMES = {
    "city": "市督查",
    "district": "区督查",
    "town": "镇检查",
    "leader": "领导巡查",
    "self": "村居自查",
}
"""The four levels of supervision and the committee's own checks; a source a town adds is shown by its id."""

DEFAULT_SOURCE = "town"


@dataclass(frozen=True, slots=True)
class Subject:
    """Who is ranked. `extra` holds the further columns of the subjects table by name."""

    id: str
    name: str
    extra: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class HistoryMonth:
    """A subject's result of one month and source, as handed in."""

    period: str
    source: str
    subject: str
    score: Decimal | None
    passed: bool


@dataclass(slots=True)
class Inputs:
    """One run: everything that decides its figures.

    `figures` maps (period, subject id, part id) to a value; `weights` maps a column of the sites table to
    each site's weight. `source` is the level of supervision whose observations these are.
    """

    policy: Policy
    standards: list[Standard]
    subjects: dict[str, Subject]
    sites: SiteTable
    visits: list[Visit]
    figures: dict[tuple[str, str, str], Decimal] = field(default_factory=dict)
    history: list[HistoryMonth] = field(default_factory=list)
    weights: dict[str, dict[str, Decimal]] = field(default_factory=dict)
    source: str = DEFAULT_SOURCE


def source_name(source: str) -> str:
    """The Chinese name of a source."""
    return SOURCE_NAMES.get(source, source)

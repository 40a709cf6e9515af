"""From the database to the engine: what a month is made of, kept so that its figures can be made again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db.models import Q
from pydantic import BaseModel, ConfigDict

from zerentian.core.problems import ProblemList, problem
from zerentian.core.worktime import TOWN_ZONE
from zerentian.evaluation.engine import evaluate
from zerentian.evaluation.inputs import HistoryMonth, Inputs, Subject
from zerentian.evaluation.policy import MeanPart, Policy
from zerentian.evaluation.results import Results
from zerentian.evaluation.sites import Site as EngineSite
from zerentian.evaluation.sites import SiteTable
from zerentian.evaluation.standard import Standard
from zerentian.evaluation.visits import Row, VisitBook
from zerentian.places.models import Region, Site
from zerentian.results.models import Closing, Figure, OutsideResult, SubjectResult
from zerentian.rounds.models import Inspection, Observation, Round
from zerentian.standards.actions import read_rule
from zerentian.standards.models import RuleVersion
from zerentian.standards.queries import policy_of, standards_of

_LAST_RESIDENTS = 199
"""Codes up to 199 are residents' committees, from 200 on villages: 统计用区划代码和城乡划分代码编制规则."""


class _Kept(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class KeptSite(_Kept):
    """A site as it was called and judged when the month was closed."""

    id: str
    code: str
    name: str
    kind: str
    subject: str
    households: int | None = None


class Snapshot(_Kept):
    """All that decides a month's figures. Visits are named by id: submitted inspections never change."""

    month: str
    source: str
    policy: str
    standards: tuple[str, ...]
    subjects: tuple[tuple[str, str], ...]
    sites: tuple[KeptSite, ...]
    inspections: tuple[str, ...]
    figures: tuple[tuple[str, str, str], ...] = ()
    history: tuple[tuple[str, str, str, str | None, bool], ...] = ()


def take_snapshot(round_: Round) -> Snapshot:
    """What the round's figures would be made of now. Raises `ProblemsFound` without a policy."""
    policy = policy_of(round_.town, round_.month)
    if policy is None:
        raise problem("rounds.no_policy", month=round_.month)
    seen = round_.inspections.counted().order_by("started", "id")
    judged = Q(is_active=True) | Q(pk__in=seen.order_by().values("site"))
    regions = Region.objects.filter(parent=round_.town)
    kept = Site.objects.filter(judged, town=round_.town).order_by("code")
    subjects = regions.filter(is_active=True) | regions.filter(code__in=kept.order_by().values("region_id"))
    return Snapshot(
        month=round_.month,
        source=round_.source,
        policy=str(policy.pk),
        standards=tuple(str(rule.pk) for rule in standards_of(round_.town, round_.month).values()),
        subjects=tuple(subjects.order_by("code").distinct().values_list("code", "name")),
        sites=tuple(_kept(one) for one in kept),
        inspections=tuple(str(pk) for pk in seen.values_list("pk", flat=True)),
        figures=tuple(_figures(round_)),
        history=tuple(_history(round_)),
    )


def results_of(snapshot: Snapshot) -> Results:
    """The engine's results of a snapshot. Raises `ProblemsFound` when it can't be judged."""
    rules = RuleVersion.objects.in_bulk([UUID(pk) for pk in (snapshot.policy, *snapshot.standards)])
    policy = read_rule(RuleVersion.Kind.POLICY, rules[UUID(snapshot.policy)].text)
    assert isinstance(policy, Policy)
    standards = [
        standard
        for pk in snapshot.standards
        if isinstance(standard := read_rule(RuleVersion.Kind.STANDARD, rules[UUID(pk)].text), Standard)
    ]
    sites = SiteTable({one.code: _site(one) for one in snapshot.sites}, ("households",))
    problems = ProblemList()
    book = VisitBook(standards, sites.by_id, problems, source=snapshot.source, file="检查记录")
    book.record(_rows(snapshot))
    visits = book.close("error")
    weights = _weights(policy, snapshot.sites, problems)
    _refuse_unknown_groups(policy, problems)
    problems.raise_if_any()
    return evaluate(
        Inputs(
            policy=policy,
            standards=standards,
            subjects={code: Subject(code, name, {"kind": _kind(code)}) for code, name in snapshot.subjects},
            sites=sites,
            visits=visits,
            figures={
                (snapshot.month, subject, part): Decimal(value) for subject, part, value in snapshot.figures
            },
            history=[
                HistoryMonth(month, source, subject, None if score is None else Decimal(score), passed)
                for month, source, subject, score, passed in snapshot.history
            ],
            weights=weights,
            source=snapshot.source,
        )
    )


def visit_key(site: str, started: datetime, login: str) -> tuple[str, str, str]:
    """How the engine knows a visit: site code, day and the inspector's login."""
    return site, started.astimezone(TOWN_ZONE).date().isoformat(), login


def inspections_of(snapshot: Snapshot) -> dict[tuple[str, str, str], str]:
    """Ids of the inspections by the engine's key of their visit."""
    codes = {one.id: one.code for one in snapshot.sites}
    found = Inspection.objects.filter(pk__in=snapshot.inspections)
    rows = found.values_list("pk", "site_id", "started", "inspector__login")
    return {visit_key(codes[str(site)], at, login): str(pk) for pk, site, at, login in rows}


def _rows(snapshot: Snapshot) -> Iterator[tuple[int, Row]]:
    """Observations as rows of the engine's table, visit by visit."""
    by_visit: defaultdict[UUID, list[tuple[str, str]]] = defaultdict(list)
    observed = Observation.objects.filter(inspection_id__in=snapshot.inspections).order_by("id")
    for inspection, clause, value in observed.values_list("inspection_id", "clause", "value"):
        by_visit[inspection].append((clause, value))
    number = 0
    for (site, day, inspector), inspection_id in sorted(inspections_of(snapshot).items()):
        for clause, value in by_visit[UUID(inspection_id)]:
            number += 1
            yield number, (snapshot.month, site, clause, value, day, inspector, snapshot.source)


def _kept(site: Site) -> KeptSite:
    return KeptSite(
        id=str(site.pk), code=site.code, name=site.name, kind=site.kind, subject=site.region_id,
        households=site.households,
    )  # fmt: skip


def _site(kept: KeptSite) -> EngineSite:
    households = "" if kept.households is None else str(kept.households)
    return EngineSite(kept.code, kept.name, kept.kind, kept.subject, (households,))


def _kind(code: str) -> str:
    return "居委会" if int(code[-3:]) <= _LAST_RESIDENTS else "村委会"


def _figures(round_: Round) -> Iterator[tuple[str, str, str]]:
    found = Figure.objects.filter(town=round_.town, month=round_.month)
    for one in found.order_by("subject", "part"):
        yield one.subject, one.part, str(one.value)


def _history(round_: Round) -> Iterator[tuple[str, str, str, str | None, bool]]:
    """Results given by others, and those of this source's earlier closings in force."""
    for given in OutsideResult.objects.filter(town=round_.town, month__lte=round_.month).order_by(
        "month", "source", "subject"
    ):
        score = None if given.score is None else str(given.score)
        yield given.month, given.source, given.subject, score, given.passed
    own = SubjectResult.objects.filter(
        closing__state=Closing.State.CLOSED,
        closing__round__town=round_.town,
        closing__round__month__lt=round_.month,
        passed__isnull=False,
    ).order_by("closing__round__month", "closing__round__source", "subject")
    told = own.values_list("closing__round__month", "closing__round__source", "subject", "score", "passed")
    for month, source, subject, total, passed in told:
        yield month, source, subject, str(total), bool(passed)


def _weights(
    policy: Policy, sites: Sequence[KeptSite], problems: ProblemList
) -> dict[str, dict[str, Decimal]]:
    weighed = [part for part in policy.parts if isinstance(part, MeanPart) and part.weight]
    kinds = {kind for part in weighed for kind in part.kinds}
    for part in weighed:
        if part.weight != "households":
            problems.add("results.weight", value=part.weight)
    for site in sites:
        if site.kind in kinds and site.households is None:
            problems.add("results.no_households", site=site.name)
    if not weighed:
        return {}
    return {"households": {site.code: Decimal(site.households or 0) for site in sites}}


def _refuse_unknown_groups(policy: Policy, problems: ProblemList) -> None:
    if policy.groups not in (None, "kind"):
        problems.add("results.group", value=policy.groups)

"""Reads of guidance: what changed at the clauses that it answers, and what recurs."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, cast
from uuid import UUID

from django.db.models import Count, Max, Q, QuerySet

from zerentian.core import clock
from zerentian.core.months import bounds
from zerentian.core.worktime import TOWN_ZONE
from zerentian.evaluation.clauses import Clause, NotAllowedError
from zerentian.evaluation.standard import Standard, kind_name
from zerentian.people.models import Account
from zerentian.people.rules import Right
from zerentian.places.models import Site, SiteQuerySet
from zerentian.rounds.models import Inspection, InspectionQuerySet, Observation
from zerentian.standards.actions import read_rule
from zerentian.standards.models import RuleVersion
from zerentian.standards.queries import standards_of
from zerentian.tickets.guidance_models import Guidance, GuidanceSite
from zerentian.tickets.guidance_rules import Change, Look, Tally, can_be_guided, change_at, look_of, tally
from zerentian.tickets.models import Finding, Ticket

COMPARED_WITHIN = datetime.timedelta(days=186)
"""How far from guidance a visit may be that a month's effect counts, before it and after."""


_Sheets = dict[UUID, dict[str, Clause]]


class Spot(NamedTuple):
    """A clause of a site."""

    site: UUID
    kind: str
    clause: str


def guidable(account: Account) -> SiteQuerySet:
    """Sites in use at which the account may give guidance: of its regions, or that its company inspected.

    Who checks for a town gives guidance by what the checks found.
    """
    return Site.objects.active().filter(_may_guide(account))


def _may_guide(account: Account) -> Q:
    scope = account.scope(Right.GUIDE)
    here = scope.inside("town", "region__code")
    if not scope.organisations:
        return here
    visits = Inspection.objects.filter(organisation__in=scope.organisations, town__in=account.towns)
    return here | Q(pk__in=visits.exclude(state=Inspection.State.DRAFT).values("site"))


def clauses_of(town: str, month: str) -> dict[str, list[Clause]]:
    """The clauses that guidance can answer, by kind of sites, of a month's standards."""
    return {
        kind: [one for one in _standard(version).clauses if can_be_guided(one)]
        for kind, version in standards_of(town, month).items()
    }


def _standard(version: RuleVersion) -> Standard:
    return cast(Standard, read_rule(version.kind, version.text))


def month_of(moment: datetime.datetime) -> str:
    """The month of a moment in the town."""
    return f"{moment.astimezone(TOWN_ZONE):%Y-%m}"


@dataclass(frozen=True, slots=True)
class Line:
    """A clause of a site that guidance answers, and what changed there."""

    of: GuidanceSite
    clause: str
    text: str
    change: Change

    @property
    def spot(self) -> Spot:
        """Where it is."""
        return Spot(self.of.site_id, self.of.site.kind, self.clause)


def effect(guidance: Guidance) -> list[Line]:
    """What changed at each site and clause of guidance."""
    return effects(list(guidance.sites.select_related("guidance", "site__region", "ticket")))


def effects(rows: Sequence[GuidanceSite], sheets: _Sheets | None = None) -> list[Line]:
    """What changed at the clauses of many sites, by a few questions for all.

    Compared are counted visits, each by the standard it was done by, what a clause lost before gates and
    rescaling. While guidance is planned, all visits are before it.
    """
    spots = {Spot(one.site_id, one.site.kind, clause) for one in rows for clause in one.clauses}
    visits = Inspection.objects.filter(site__in={one.site_id for one in rows})
    looks = _looks(
        visits, {one.clause for one in spots}, spots.__contains__, {} if sheets is None else sheets
    )
    texts: dict[tuple[str, str], dict[str, list[Clause]]] = {}
    lines = []
    for one in rows:
        guidance = one.guidance
        key = guidance.town, month_of(guidance.held_at)
        if key not in texts:
            texts[key] = clauses_of(*key)
        named = {clause.id: clause.text for clause in texts[key].get(one.site.kind, ())}
        moment = guidance.held_at if guidance.is_held else clock.now()
        for clause in one.clauses:
            change = change_at(looks.get(Spot(one.site_id, one.site.kind, clause), ()), moment)
            lines.append(Line(one, clause, named.get(clause, clause), change))
    return lines


def last_looks(sites: Sequence[Site], clauses: Iterable[str]) -> dict[tuple[UUID, str], Look]:
    """What the last counted visit of each site saw of clauses, within half a year."""
    since = clock.now() - COMPARED_WITHIN
    visits = Inspection.objects.filter(site__in=[one.pk for one in sites], started__gte=since)
    found = _looks(visits, clauses, lambda spot: True, {})
    return {
        (spot.site, spot.clause): max(looks, key=lambda one: one.started) for spot, looks in found.items()
    }


def _looks(
    visits: InspectionQuerySet, clauses: Iterable[str], is_wanted: Callable[[Spot], bool], sheets: _Sheets
) -> dict[Spot, list[Look]]:
    """What the counted ones of some visits saw of wanted clauses; `sheets` remembers standards."""
    counted = visits.counted().order_by()
    told = list(
        Observation.objects.filter(clause__in=set(clauses), inspection__in=counted.values("pk")).values_list(
            "inspection__site", "inspection__site__kind", "clause", "value", "inspection",
            "inspection__started", "inspection__month", "inspection__standard",
        )
    )  # fmt: skip
    if unread := {one[-1] for one in told} - sheets.keys():
        for pk, version in RuleVersion.objects.in_bulk(unread).items():
            sheets[pk] = {one.id: one for one in _standard(version).clauses}
    found: dict[Spot, list[Look]] = defaultdict(list)
    for site, kind, id_, value, inspection, started, month, standard in told:
        spot, clause = Spot(site, kind, id_), sheets[standard].get(id_)
        if clause is None or not is_wanted(spot):
            continue
        try:
            look = look_of(inspection, started, clause, clause.observe(value, month))
        except NotAllowedError:  # an answer that its standard does not know loses nothing and shows nothing
            continue
        if look is not None:
            found[spot].append(look)
    return found


@dataclass(frozen=True, slots=True)
class Compared:
    """A clause, or all of them: how it went where guidance was given, and where the same problem had none."""

    name: str
    guided: Tally
    others: Tally


@dataclass(frozen=True, slots=True)
class MonthEffect:
    """A month's guidance against what happens without it.

    `left_out` counts clauses of guided sites at which the last visit before lost nothing, or that had none:
    there was nothing to mend.
    """

    lines: list[Line]
    whole: Compared
    clauses: list[Compared]
    left_out: int


def month_effect(account: Account, month: str) -> MonthEffect:
    """What the guidance held in a month changed, beside sites with the same problem that had none.

    Both are judged alike: the last visit before and the first after, within half a year. For sites without
    guidance the moment is that of the month's first guidance for the same clause and kind of sites. Sites
    that had guidance for the clause in another month within half a year are not compared with.
    """
    sheets: _Sheets = {}
    rows = GuidanceSite.objects.visible_to(account).held()
    within = rows.filter(guidance__held_at__range=bounds(month, TOWN_ZONE))
    lines = effects(
        list(within.select_related("guidance", "site__region").order_by("guidance__held_at")), sheets
    )
    near = [(one, one.change.within(one.of.guidance.held_at, COMPARED_WITHIN)) for one in lines]
    guided = [(one, change) for one, change in near if change.had_problem]
    moments: dict[tuple[str, str], datetime.datetime] = {}
    for one, _ in guided:
        moments.setdefault((one.of.site.kind, one.clause), one.of.guidance.held_at)
    others = _others(account, moments, sheets)
    names = {
        (one.of.site.kind, one.clause): f"{kind_name(one.of.site.kind)}：{one.text}" for one, _ in guided
    }
    return MonthEffect(
        lines,
        Compared("合计", tally(change for _, change in guided), tally(change for _, change in others)),
        [
            Compared(
                name,
                tally(change for one, change in guided if (one.of.site.kind, one.clause) == key),
                tally(change for spot, change in others if (spot.kind, spot.clause) == key),
            )
            for key, name in names.items()
        ],
        len(lines) - len(guided),
    )


def _others(
    account: Account, moments: dict[tuple[str, str], datetime.datetime], sheets: _Sheets
) -> list[tuple[Spot, Change]]:
    """What changed at sites with the same problems that had no guidance, as far as one may see them."""
    if not moments:
        return []
    first, last = min(moments.values()) - COMPARED_WITHIN, max(moments.values()) + COMPARED_WITHIN
    given = GuidanceSite.objects.held().filter(guidance__held_at__range=(first, last)).select_related("site")
    guided = {Spot(one.site_id, one.site.kind, clause) for one in given for clause in one.clauses}
    seen = Site.objects.visible_to(account, Right.SEE_TICKETS) | Site.objects.filter(_may_guide(account))
    sites = seen.filter(kind__in={kind for kind, _ in moments}, is_active=True)
    visits = Inspection.objects.filter(site__in=sites.order_by().values("pk"), started__range=(first, last))
    looks = _looks(
        visits,
        {clause for _, clause in moments},
        lambda spot: (spot.kind, spot.clause) in moments and spot not in guided,
        sheets,
    )
    found = []
    for spot, seen_of in looks.items():
        moment = moments[spot.kind, spot.clause]
        change = change_at(seen_of, moment).within(moment, COMPARED_WITHIN)
        if change.had_problem:
            found.append((spot, change))
    return found


@dataclass(frozen=True, slots=True)
class Recurring:
    """A clause that tickets of a month are often about."""

    kind: str
    clause: str
    text: str
    tickets: int
    sites: int


def recurring(account: Account, month: str, most: int = 10) -> list[Recurring]:
    """The clauses that a month's tickets are most often about, at sites where one may give guidance."""
    town = account.town
    found: Any = _findings(account, month).exclude(clause="").order_by()
    counted = (
        found.values("ticket__site__kind", "clause")
        .annotate(tickets=Count("ticket", distinct=True), sites=Count("ticket__site", distinct=True))
        .order_by("-sites", "-tickets", "clause")
    )[:most]
    texts = {(kind, one.id): one.text for kind, clauses in clauses_of(town, month).items() for one in clauses}
    return [
        Recurring(*key, texts[key], one["tickets"], one["sites"])
        for one in counted
        if (key := (one["ticket__site__kind"], one["clause"])) in texts
    ]


def tickets_about(account: Account, month: str, kind: str, clause: str) -> list[Ticket]:
    """The last ticket of a month of each site that one is about a clause; those with most findings first."""
    found = _findings(account, month).filter(clause=clause, ticket__site__kind=kind)
    told = found.order_by().values("ticket__site").annotate(times=Count("pk"), last=Max("ticket__number"))
    times = {(one["ticket__site"], one["last"]): one["times"] for one in told}
    rows = Ticket.objects.filter(site__in=[site for site, _ in times], number__in=[last for _, last in times])
    mine = [one for one in rows.select_related("site__region") if (one.site_id, one.number) in times]
    return sorted(mine, key=lambda one: (-times[one.site_id, one.number], one.site.code))


def _findings(account: Account, month: str) -> QuerySet[Finding]:
    return Finding.objects.filter(
        withdrawn="", ticket__opened__range=bounds(month, TOWN_ZONE), ticket__site__in=guidable(account)
    )

"""Planning a round: opened with a commitment, drawn by lot, routed, kept secret until the morning."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Iterable, Sequence
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from zerentian.core import clock
from zerentian.core.months import shift
from zerentian.core.problems import ProblemsFound, problem
from zerentian.core.regions import town_of
from zerentian.core.worktime import TOWN_ZONE, TownCalendar
from zerentian.ledger.actions import record
from zerentian.ledger.models import DailyRoot
from zerentian.ledger.rules import START
from zerentian.people.models import Account, Organisation, Post, TownSettings
from zerentian.people.person import Person
from zerentian.people.rules import Right, Role
from zerentian.places.models import Region, Site
from zerentian.rounds.models import Assignment, Conflict, Draw, Inspection, Round
from zerentian.rounds.routes import Stop, best_route
from zerentian.rounds.rules import (
    Ballot,
    DrawProof,
    DrawRecord,
    Lot,
    Visit,
    commitment,
    draw,
    in_lot_order,
    new_secret,
    replay,
    seed_of,
)
from zerentian.standards.queries import policy_of, standards_of

_SATURDAY = 5
RECHECKED = 10
"""Percent of a round's sites that a second inspector visits, half of them the lowest so far."""


@transaction.atomic
def open_round(
    by: Person,
    town: str,
    month: str,
    begins: datetime.date,
    ends: datetime.date,
    per_day: int,
    source: str = "town",
) -> Round:
    """A month's round, with the commitment of its draws. Raises `ProblemsFound`."""
    by.require(Right.PLAN_ROUNDS, town)
    if not (month == f"{begins:%Y-%m}" == f"{ends:%Y-%m}" and begins <= ends):
        raise problem("rounds.days_outside", month=month, begins=begins, ends=ends)
    if Round.objects.filter(town=town, month=month, source=source).exists():
        raise problem("rounds.exists", month=month)
    if policy_of(town, month) is None:
        raise problem("rounds.no_policy", month=month)
    secret = new_secret()
    made = Round.objects.create(
        town=town, month=month, source=source, begins=begins, ends=ends, per_day=per_day, secret=secret,
        commitment=commitment(secret),
    )  # fmt: skip
    record(by, "round.opened", made, region=town, data={"commitment": made.commitment})
    return made


@transaction.atomic
def declare_conflict(
    by: Person,
    inspector: Account,
    reason: str,
    region: Region | None = None,
    organisation: Organisation | None = None,
    until: datetime.date | None = None,
) -> Conflict:
    """Keep an inspector away from a committee or from an organisation's sites, in draws from now on."""
    by.require(Right.PLAN_ROUNDS)
    if region is None and organisation is None:
        raise problem("rounds.conflict_with_nothing")
    made = Conflict.objects.create(
        inspector=inspector, region=region, organisation=organisation, reason=reason, until=until
    )
    data = {"inspector": str(inspector.id), "with": str(region or organisation), "until": str(until or "")}
    record(by, "conflict.declared", made, region=inspector.town, reason=reason, data=data)
    return made


@transaction.atomic
def draw_round(by: Person, round_: Round, reason: str = "") -> Draw:
    """Draw who visits every site of the town and when; the round is open from then on.

    A second draw needs a reason, leaves the first one on the record and is no longer possible once a visit
    has begun. Raises `ProblemsFound`.
    """
    held = _held(by, round_)
    if held.draws.exists() and not reason:
        raise problem("rounds.redraw_needs_reason")
    if held.inspections.exists():
        raise problem("rounds.begun", value=str(held))
    sites = list(
        Site.objects.filter(town=held.town, is_active=True).select_related("region").order_by("code")
    )
    _refuse_without_standard(held, sites)
    inspectors = list(inspectors_of(held.town))
    barred = _barred(held, sites, inspectors)
    days = working_days(max(held.begins, clock.today()), held.ends)
    made = _draw(held, _lots(sites, barred, inspectors), inspectors, days, reason)
    held.assignments.all().delete()
    _assign(held, made, sites)
    held.state = Round.State.OPEN
    held.save()
    record(by, "round.drawn", made, region=held.town, reason=reason, data={"seed": made.seed})
    return made


@transaction.atomic
def draw_rechecks(by: Person, round_: Round, percent: int = RECHECKED) -> Draw:
    """Draw second visits by another inspector: half to the lowest so far, half by lot among all others.

    Source: the practice of blind second visits to a tenth of all places and the bottom ones.
    Raises `ProblemsFound` when no visit is submitted yet, or none is left to be seen twice.
    """
    held = _held(by, round_)
    seen = list(
        held.inspections.counted()
        .filter(assignment__is_recheck=False)
        .exclude(site__assignments__in=held.assignments.filter(is_recheck=True))
        .select_related("site__region")
        .order_by("score", "site__code")
    )
    wanted = -(-held.assignments.filter(is_recheck=False).count() * percent // 100)
    if not seen or not wanted:
        raise problem("rounds.nothing_to_recheck")
    lowest = seen[: -(-wanted // 2)]
    others = {str(one.site_id): one for one in seen[len(lowest) :]}
    number = held.draws.count() + 1
    seed = _seed(held, number)
    drawn = in_lot_order(seed, "recheck", others)[: wanted - len(lowest)]
    chosen = {str(one.site_id): one for one in lowest} | {site: others[site] for site in drawn}
    inspectors = list(inspectors_of(held.town))
    sites = [one.site for one in chosen.values()]
    barred = _conflicting(held, sites, inspectors)
    for site, first in chosen.items():
        barred[site].add(str(first.inspector_id))
    lots = [Lot(id=site, sites=(site,), barred=tuple(sorted(barred[site]))) for site in sorted(chosen)]
    days = working_days(max(held.begins, clock.today()), held.ends)
    made = _draw(held, lots, inspectors, days, "复查")
    _assign(held, made, sites, is_recheck=True)
    record(by, "round.rechecks_drawn", made, region=held.town, data={"seed": made.seed})
    return made


@transaction.atomic
def reassign(by: Person, assignment: Assignment, inspector: Account, day: datetime.date, reason: str) -> None:
    """Give a due visit to another inspector or day: illness, a closed gate. On the record, with a reason."""
    held = Assignment.objects.select_for_update().select_related("round", "site").get(pk=assignment.pk)
    by.require(Right.PLAN_ROUNDS, held.round.town)
    if held.state != Assignment.State.DUE or held.inspections.exists():
        raise problem("rounds.not_due", value=held.site.name)
    if inspector not in inspectors_of(held.round.town):
        raise problem("rounds.no_inspector", value=inspector.name)
    if str(inspector.id) in _barred(held.round, [held.site], [inspector])[str(held.site_id)]:
        raise problem("rounds.barred", inspector=inspector.name, site=held.site.name)
    if not held.round.begins <= day <= held.round.ends:
        raise problem(
            "rounds.days_outside", month=held.round.month, begins=held.round.begins, ends=held.round.ends
        )
    data = {
        "inspector": {"from": str(held.inspector_id), "to": str(inspector.id)},
        "day": {"from": str(held.day), "to": str(day)},
    }
    held.inspector, held.day, held.released = inspector, day, _reveal(held.round.town, day)
    held.position, held.arrival = 0, None
    held.save()
    record(by, "assignment.changed", held, region=held.round.town, reason=reason, data=data)


@transaction.atomic
def open_plan(by: Person, round_: Round, reason: str) -> None:
    """Note that somebody looked at days that are still secret."""
    by.require(Right.PLAN_ROUNDS, round_.town)
    record(by, "round.plan_opened", round_, region=round_.town, reason=reason)


def inspectors_of(town: str) -> QuerySet[Account]:
    """Active accounts that hold an inspector's post in a town today, by login."""
    posts = Post.objects.filter(Post.held_on(clock.today()), role=Role.INSPECTOR, region__startswith=town[:9])
    found: QuerySet[Account] = Account.objects.filter(is_active=True, id__in=posts.values("account_id"))
    return found.order_by("login")


def working_days(begins: datetime.date, ends: datetime.date) -> list[datetime.date]:
    """The town's working days from one day to another, both included.

    Of a year whose holidays are not announced yet, Mondays to Fridays.
    """
    every = (begins + datetime.timedelta(days=number) for number in range((ends - begins).days + 1))
    return [day for day in every if _is_worked(day)]


def _is_worked(day: datetime.date) -> bool:
    try:
        return TownCalendar().is_working_day(day)
    except ProblemsFound:
        return day.weekday() < _SATURDAY


def record_of(made: Draw) -> DrawRecord:
    """What is published of a draw."""
    return DrawRecord(
        commitment=made.round.commitment, anchor=made.anchor, date=made.drawn_on.isoformat(),
        number=made.number, seed=made.seed, ballot=Ballot.model_validate(made.lots),
        outcome=tuple(Visit(*one) for one in made.outcome),
    )  # fmt: skip


def proof_of(made: Draw) -> DrawProof:
    """A draw with the secret that opens it; only for a round whose days are over."""
    return DrawProof(secret=made.round.secret, draw=record_of(made))


def check(made: Draw) -> list[str]:
    """Repeat a draw; what is wrong with it, in Chinese."""
    return replay(made.round.secret, record_of(made))


def _held(by: Person, round_: Round) -> Round:
    held = Round.objects.select_for_update().get(pk=round_.pk)
    by.require(Right.PLAN_ROUNDS, held.town)
    if held.state == Round.State.CLOSED:
        raise problem("rounds.closed", value=str(held))
    return held


def _refuse_without_standard(round_: Round, sites: Sequence[Site]) -> None:
    if not sites:
        raise problem("rounds.no_sites")
    known = standards_of(round_.town, round_.month)
    missing = {site.get_kind_display() for site in sites if site.kind not in known}
    if missing:
        raise problem("rounds.no_standard", kinds="、".join(sorted(missing)), month=round_.month)


def _barred(round_: Round, sites: Sequence[Site], inspectors: Sequence[Account]) -> dict[str, set[str]]:
    """Who may not visit each site: whoever did last month, and who declared a conflict."""
    found = _conflicting(round_, sites, inspectors)
    earlier = Inspection.objects.filter(
        round__town=round_.town, round__source=round_.source, month=shift(round_.month, -1)
    ).exclude(state=Inspection.State.DRAFT)
    for site_id, inspector in earlier.values_list("site_id", "inspector_id"):
        if str(site_id) in found:
            found[str(site_id)].add(str(inspector))
    return found


def _conflicting(round_: Round, sites: Sequence[Site], inspectors: Sequence[Account]) -> dict[str, set[str]]:
    """Who declared a conflict with each site that lasts into the round."""
    conflicts = Conflict.objects.filter(
        Q(until__isnull=True) | Q(until__gte=round_.begins), inspector__in=inspectors
    )
    found: dict[str, set[str]] = {str(site.id): set() for site in sites}
    for conflict in conflicts:
        for site in sites:
            if _concerns(conflict, site):
                found[str(site.id)].add(str(conflict.inspector_id))
    return found


def _concerns(conflict: Conflict, site: Site) -> bool:
    if conflict.region_id and site.region_id == conflict.region_id:
        return True
    return bool(conflict.organisation_id) and conflict.organisation_id in (
        site.property_company_id,
        site.responsible_id,
    )


def _lots(sites: Sequence[Site], barred: dict[str, set[str]], inspectors: Sequence[Account]) -> list[Lot]:
    """A lot for each committee; where nobody could visit all of its sites, one for each site."""
    everybody = {str(one.id) for one in inspectors}
    by_region: defaultdict[str, list[str]] = defaultdict(list)
    for site in sites:
        by_region[site.region_id].append(str(site.id))
    lots = []
    for region, ids in sorted(by_region.items()):
        together = set().union(*(barred[one] for one in ids))
        if everybody <= together:
            lots += [Lot(id=one, sites=(one,), barred=tuple(sorted(barred[one]))) for one in ids]
        else:
            lots.append(Lot(id=region, sites=tuple(ids), barred=tuple(sorted(together))))
    return lots


def _seed(round_: Round, number: int) -> str:
    return seed_of(round_.secret, _anchor(round_.town), clock.today().isoformat(), number)


def _anchor(town: str) -> str:
    """The ledger's latest daily root: nobody could know it when the secret was chosen."""
    latest = DailyRoot.objects.filter(town=town).order_by("day").last()
    return latest.root if latest else START


def _draw(
    round_: Round,
    lots: Sequence[Lot],
    inspectors: Sequence[Account],
    days: Sequence[datetime.date],
    reason: str,
) -> Draw:
    if not inspectors:
        raise problem("rounds.no_inspectors")
    if not days:
        raise problem("rounds.no_days", begins=round_.begins, ends=round_.ends)
    number = round_.draws.count() + 1
    ballot = Ballot(
        lots=tuple(lots), inspectors=tuple(sorted(str(one.id) for one in inspectors)),
        days=tuple(day.isoformat() for day in days), per_day=round_.per_day,
    )  # fmt: skip
    seed = _seed(round_, number)
    return Draw.objects.create(
        round=round_, number=number, anchor=_anchor(round_.town), drawn_on=clock.today(), seed=seed,
        lots=ballot.model_dump(mode="json"), outcome=draw(seed, ballot), reason=reason,
    )  # fmt: skip


def _assign(round_: Round, made: Draw, sites: Iterable[Site], *, is_recheck: bool = False) -> None:
    """The assignments of a draw, each inspector's day in the order of its route."""
    by_id = {str(site.id): site for site in sites}
    tours: defaultdict[tuple[str, str], list[Site]] = defaultdict(list)
    for visit in (Visit(*one) for one in made.outcome):
        tours[visit.inspector, visit.day].append(by_id[visit.site])
    seed = int(made.seed[:8], 16)
    rows = []
    for (inspector, iso), tour in sorted(tours.items()):
        day = datetime.date.fromisoformat(iso)
        shared = {
            "round": round_, "inspector_id": UUID(inspector), "day": day, "is_recheck": is_recheck,
            "released": _reveal(round_.town, day),
        }  # fmt: skip
        for position, arrival in enumerate(best_route([_stop(site) for site in tour], seed), 1):
            clock_time = datetime.time(arrival.at // 3600, arrival.at // 60 % 60)
            rows.append(Assignment(site=by_id[arrival.stop], position=position, arrival=clock_time, **shared))
    Assignment.objects.bulk_create(rows, batch_size=1000)


def _stop(site: Site) -> Stop:
    windows = tuple((_seconds(begin), _seconds(end)) for begin, end in site.opening)
    latitude = None if site.latitude is None else float(site.latitude)
    longitude = None if site.longitude is None else float(site.longitude)
    return Stop(str(site.id), latitude, longitude, windows)


def _seconds(clock: str) -> int:
    hours, minutes = clock.split(":")
    return int(hours) * 3600 + int(minutes) * 60


def _reveal(town: str, day: datetime.date) -> datetime.datetime:
    """When the town tells the tasks of a day."""
    settings = TownSettings.objects.filter(town=town_of(town)).only("reveal_hour").first()
    hour = settings.reveal_hour if settings else 6
    return datetime.datetime.combine(day, datetime.time(hour), TOWN_ZONE)

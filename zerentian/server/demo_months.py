"""The demo town's months, played through the actions of the rooms at the times they would happen."""

from __future__ import annotations

import datetime
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from zerentian.core import clock
from zerentian.core.ids import new_id
from zerentian.core.worktime import TOWN_ZONE
from zerentian.evaluation.assessment import assess
from zerentian.evaluation.standard import Standard
from zerentian.ledger.actions import close_days, seal
from zerentian.people.models import Account
from zerentian.people.person import Person
from zerentian.results import actions as results
from zerentian.rounds import plan_actions
from zerentian.rounds.forms import first_and_last
from zerentian.rounds.models import Assignment, Round
from zerentian.rounds.photos import Filed, file_photo
from zerentian.rounds.report_actions import NamedPhoto, Report, file_visit
from zerentian.rounds.timing import Timing
from zerentian.rounds.visit_actions import Position
from zerentian.server.demo_photos import drawn_photos
from zerentian.server.demo_tickets import play_tickets
from zerentian.standards.actions import read_rule
from zerentian.standards.queries import standards_of

Answers = dict[str, str]
_PHOTOS = 24
_DOUBTED = 8
"""So many visits of the month under way are left for the worker to look at, and to doubt."""
_AROUND_TODAY = datetime.timedelta(days=10)


@dataclass(frozen=True, slots=True)
class Town:
    """Who acts in the demo town, and what the example month saw at each site."""

    code: str
    operator: Person
    deputy: Person
    dispatcher: Person
    answers: Mapping[str, Answers]


def play_months(town: Town, months: Sequence[str]) -> None:
    """All but the last closed and published; the last one under way, with the last day's visits to make."""
    photos = [file_photo(content) for content in drawn_photos(_PHOTOS)]
    for month in months[:-1]:
        first, last = first_and_last(month)
        round_ = _draw(town, month, first, last)
        _visit(town, round_, photos, until=last)
        with clock.set_to(_at(last - datetime.timedelta(days=3), 5)):
            plan_actions.draw_rechecks(town.operator, round_)
        _visit(town, round_, photos, until=last)
        with clock.set_to(_at(last, 16)):
            closing = results.prepare(town.operator, round_)
        with clock.set_to(_at(last, 17)):
            results.confirm(town.deputy, closing)
            results.publish(town.operator, closing)
    today = clock.today()
    first, last = first_and_last(months[-1])
    round_ = _draw(town, months[-1], max(first, today - _AROUND_TODAY), min(last, today + _AROUND_TODAY))
    days = round_.assignments.filter(day__lte=today).order_by("-day").values_list("day", flat=True)
    last_day = days.first() or today  # at a weekend Friday's visits are left to be made
    _visit(town, round_, photos, until=last_day - datetime.timedelta(days=1))
    play_tickets(town.operator, town.dispatcher, round_, _PHOTOS)


def _draw(town: Town, month: str, begins: datetime.date, ends: datetime.date) -> Round:
    with clock.set_to(_at(begins, 5)):
        seal()
        close_days(begins)
        round_ = plan_actions.open_round(town.operator, town.code, month, begins, ends, per_day=20)
        plan_actions.draw_round(town.operator, round_)
    return round_


def _visit(town: Town, round_: Round, photos: Sequence[Filed], until: datetime.date) -> None:
    inspectors = {one.pk: Person.of(one) for one in Account.objects.filter(assignments__round=round_)}
    standards = {
        kind: read_rule(version.kind, version.text)
        for kind, version in standards_of(round_.town, round_.month).items()
    }
    due = list(
        round_.assignments.filter(state=Assignment.State.DUE, day__lte=until)
        .select_related("site", "round", "inspector")
        .order_by("day", "position", "id")
    )
    for task in due:
        standard = standards[task.site.kind]
        assert isinstance(standard, Standard)
        report = _report(town, task, standard, photos)
        with clock.set_to(report.timing.received):
            made = file_visit(inspectors[task.inspector_id], new_id(), report)
        if not (round_.month == clock.this_month() and task in due[-_DOUBTED:]):
            # Its photos are the same few drawings: only a few visits of this month are looked at in earnest.
            made.examined = report.timing.received
            made.save(update_fields=["examined"])


def _report(town: Town, task: Assignment, standard: Standard, photos: Sequence[Filed]) -> Report:
    chance = random.Random(f"{task.round.month} {task.site.code} {task.is_recheck}")  # noqa: S311 - invents a visit
    answers = town.answers[_seen_as(town, task, chance)]
    wrong = assess(standard, task.round.month, answers).found_wrong
    site = task.site
    position = None
    if site.latitude is not None and site.longitude is not None:
        position = Position(site.latitude, site.longitude, chance.randrange(5, 40))
    arrival = task.arrival or datetime.time(9)
    started = datetime.datetime.combine(task.day, arrival, TOWN_ZONE)
    ended = started + datetime.timedelta(minutes=12)
    return Report(
        Timing(started, ended, received=ended),
        answers,
        task=task.pk,
        position=position,
        photos=[
            NamedPhoto(f"{one.clause.id}-1", one.clause.id, photos[chance.randrange(len(photos))].sha256)
            for one in wrong
        ],
    )


def _seen_as(town: Town, task: Assignment, chance: random.Random) -> str:
    """Mostly what the example month saw at the site, now and then what it saw at another one of the kind."""
    if chance.random() < 0.6:
        return task.site.code
    alike = sorted(code for code in town.answers if f"-{task.site.kind}-" in code)
    return chance.choice(alike)


def _at(day: datetime.date, hour: int) -> datetime.datetime:
    return datetime.datetime.combine(day, datetime.time(hour), TOWN_ZONE)

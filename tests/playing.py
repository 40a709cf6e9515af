"""A month played by the cast: rules published, the round drawn, visits made at whatever time a test says."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

import yaml

from tests.cast import TOWN, Cast
from tests.town import clause, policy, section, standard
from zerentian.core import clock
from zerentian.core.worktime import TOWN_ZONE
from zerentian.rounds import plan_actions, visit_actions
from zerentian.rounds.models import Assignment, Inspection, Round
from zerentian.standards import actions as standards

MONTH = "2023-10"
FIRST, LAST = datetime.date(2023, 10, 16), datetime.date(2023, 10, 27)
SHEET = standard(
    section("设施", clause("bins", "all_or_nothing", 20), clause("dirty", "per_occurrence", 30, each=5)),
    section("实效", clause("purity", "ratio", 50), clause("mixed", "veto", cap=59)),
    full_marks=100,
)
GOOD = {"bins": "yes", "dirty": "0", "purity": "10/10", "mixed": "no"}
POOR = {"bins": "no", "dirty": "2", "purity": "8/10", "mixed": "no"}


def at(day: datetime.date, hour: int = 9, minute: int = 0) -> datetime.datetime:
    return datetime.datetime.combine(day, datetime.time(hour, minute), TOWN_ZONE)


def publish_rules(cast: Cast, town: str = TOWN, who: str = "operator", **settings: Any) -> None:
    by = cast.person(who)
    texts = {"standard": SHEET, "policy": policy(**settings)}
    for kind, text in texts.items():
        version = standards.draft(by, town, kind, yaml.safe_dump(text, allow_unicode=True), "2023-01")
        standards.publish(by, version, "2023-01")


def open_round(cast: Cast, **changes: Any) -> Round:
    values = {"town": TOWN, "month": MONTH, "begins": FIRST, "ends": LAST, "per_day": 20} | changes
    return plan_actions.open_round(cast.person("operator"), **values)


def drawn_round(cast: Cast, **settings: Any) -> Round:
    """Rules published, the round opened and drawn on its first day."""
    publish_rules(cast, **settings)
    with clock.set_to(at(FIRST, 5)):
        made = open_round(cast)
        plan_actions.draw_round(cast.person("operator"), made)
    made.refresh_from_db()
    return made


def round_of_today(cast: Cast, inspector: str = "inspector", **settings: Any) -> Round:
    """A round of this very month, every site due today for one inspector: a phone's clock can't be played."""
    publish_rules(cast, **settings)
    today = clock.today()
    first = today.replace(day=1)
    last = (first + datetime.timedelta(days=31)).replace(day=1) - datetime.timedelta(days=1)
    with clock.set_to(at(first, 5)):
        made = open_round(cast, month=f"{today:%Y-%m}", begins=first, ends=last)
        plan_actions.draw_round(cast.person("operator"), made)
    released = clock.now() - datetime.timedelta(days=2)
    due = made.assignments.order_by("site__code")
    for position, one in enumerate(due, 1):
        due.filter(pk=one.pk).update(
            inspector=cast.accounts[inspector], day=today, released=released, position=position
        )
    made.refresh_from_db()
    return made


def inspect(
    cast: Cast, assignment: Assignment, answers: Mapping[str, str] = GOOD, **moment: int
) -> Inspection:
    """The whole visit by its inspector on its day."""
    by = cast.person(assignment.inspector.login)
    with clock.set_to(at(assignment.day, **moment)):
        begun = visit_actions.start(by, assignment)
        visit_actions.save_draft(by, begun, answers, "")
        return visit_actions.submit(by, begun)

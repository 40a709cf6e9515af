"""What home knows of an account's work: each question to the database is asked once, and together."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, Q, QuerySet
from django.db.models.expressions import Combinable

from zerentian.core import clock
from zerentian.core.months import bounds
from zerentian.core.worktime import TOWN_ZONE
from zerentian.desk import ticket_tasks
from zerentian.ledger.models import Event
from zerentian.people.asking import ask, how_many, some
from zerentian.people.models import Account
from zerentian.people.rules import Right
from zerentian.places.models import Site
from zerentian.results.models import Closing, ListEntry
from zerentian.rounds.models import Assignment, Correction, Flag, Inspection, Round
from zerentian.rounds.queries import tasks_of_today
from zerentian.tickets.models import Ticket

SHOWN = 5


class Standing:
    """How things stand for an account. The strip, the figures and the to-dos read it and ask no more."""

    def __init__(self, account: Account) -> None:
        self.account = account

    @cached_property
    def rounds(self) -> list[Any]:
        """Rounds that something may be due in, the latest first, with the counts of their assignments.

        Those are: the ones not closed, this month's, the latest, and the ones closed but not published.
        """
        seen = Round.objects.visible_to(self.account)
        latest = seen.filter(town__in=self.account.towns).order_by("-month", "source").values("pk")[:1]
        unpublished = Closing.objects.filter(state=Closing.State.CLOSED, published=None).values("round")
        matters = Q(month=clock.this_month()) | Q(pk__in=latest) | Q(pk__in=unpublished)
        states = Assignment.State
        first, again = Q(assignments__is_recheck=False), Q(assignments__is_recheck=True)
        due = Q(assignments__state=states.DUE)
        rows: QuerySet[Any] = seen.filter(~Q(state=Round.State.CLOSED) | matters).annotate(
            drawn=Count("assignments", first),
            due=Count("assignments", first & due),
            rechecks=Count("assignments", again),
            open_rechecks=Count("assignments", again & due),
            done_rechecks=Count("assignments", again & Q(assignments__state=states.DONE)),
            late=Count("assignments", due & Q(assignments__day__lt=clock.today())),
        )
        return list(rows.order_by("-month", "source"))

    @cached_property
    def latest_round(self) -> Any | None:
        """The round that the strip of the month tells of."""
        towns = self.account.towns
        return next((one for one in self.rounds if one.town in towns), None)

    @cached_property
    def closings(self) -> list[Any]:
        """Closings of these rounds that wait or are in force, and the latest published, the newest first."""
        seen = Closing.objects.visible_to(self.account).filter(
            state__in=(Closing.State.CLOSED, Closing.State.PREPARED)
        )
        published = seen.filter(state=Closing.State.CLOSED, published__isnull=False)
        latest = published.order_by("-round__month").values("pk")[:1]
        rows: QuerySet[Any] = seen.filter(Q(round__in=self.rounds) | Q(pk__in=latest)).annotate(
            interviews=Count("entries", Q(entries__kind=ListEntry.Kind.INTERVIEW))
        )
        rows = rows.select_related("round").defer("inputs", "round__secret")
        return list(rows.order_by("-round__month", "-number"))

    @cached_property
    def answers(self) -> dict[str, Any]:
        """Counts, and the first few of what waits, as far as the account has to do with it."""
        account = self.account
        questions: dict[str, Combinable] = {}
        if account.has(Right.INSPECT):
            questions |= _of_inspector(account)
        if account.has(Right.CORRECT_INSPECTIONS):
            questions |= _of_corrector(account)
        if self.latest_round:
            round_ = self.latest_round
            in_month = bounds(round_.month, TOWN_ZONE)
            tickets = Ticket.objects.filter(town=round_.town, source=round_.source, opened__range=in_month)
            questions["tickets_of_round"] = how_many(tickets)
            questions["tickets_live"] = how_many(tickets.live())
        if account.has(Right.SEE_PLACES):
            questions["sites"] = how_many(Site.objects.visible_to(account).active())
        if account.has(Right.MANAGE_STANDARDS):
            sites = Site.objects.visible_to(account).active().order_by()
            questions["kinds"] = ArraySubquery(sites.values("kind").distinct())
        if account.has(Right.SEE_INSPECTIONS):
            seen = Inspection.objects.visible_to(account).filter(month=clock.this_month())
            submitted = seen.filter(state=Inspection.State.SUBMITTED)
            questions["inspections"] = how_many(submitted)
            questions["failed"] = how_many(submitted.filter(passed=False))
        if account.has(Right.MANAGE_PEOPLE):
            people = Account.objects.visible_to(account).filter(is_active=True)
            questions["people"] = how_many(people)
            questions["idle"] = some(people.filter(posts__isnull=True), SHOWN, id="id", name="name")
        if account.has(Right.READ_LEDGER):
            events = Event.objects.filter(account.scope(Right.READ_LEDGER).regions("town"))
            questions["events"] = how_many(events)
            questions["events_today"] = how_many(events.filter(at__date=clock.today()))
        questions |= ticket_tasks.questions(account)
        return ask(account, **questions)


def _of_inspector(account: Account) -> dict[str, Combinable]:
    mine = Assignment.objects.visible_to(account).filter(inspector=account, round__state=Round.State.OPEN)
    due = mine.filter(state=Assignment.State.DUE)
    drafts = Inspection.objects.filter(inspector=account, state=Inspection.State.DRAFT)
    return {
        "late": how_many(mine.late(clock.today())),
        "today": how_many(due.filter(day=clock.today())),
        "left": how_many(tasks_of_today(due)),
        "drafts": some(drafts, SHOWN, id="id", site="site__name"),
    }


def _of_corrector(account: Account) -> dict[str, Combinable]:
    waiting = Correction.objects.visible_to(account).filter(state=Correction.State.PROPOSED)
    unsigned = Assignment.objects.visible_to(account).filter(
        state=Assignment.State.UNREACHABLE, signed_by=None, round__state=Round.State.OPEN
    )
    others = waiting.exclude(proposed_by=account)
    return {
        "corrections": some(others, SHOWN, id="id", site="inspection__site__name"),
        "unsigned": some(unsigned, SHOWN, round="round_id", site="site__name"),
        **_of_evidence(account),
    }


def _of_evidence(account: Account) -> dict[str, Combinable]:
    """Doubts that are open, and visits of open rounds that do not count yet."""
    flags = Flag.objects.visible_to(account).filter(state=Flag.State.OPEN)
    scope, standings = account.scope(Right.CORRECT_INSPECTIONS), Inspection.Standing
    seen = Inspection.objects.filter(
        scope.inside("town", "site__region__code") | scope.own("organisation_id"),
        round__state=Round.State.OPEN, state=Inspection.State.SUBMITTED,
    ).exclude(inspector=account)  # fmt: skip
    return {
        "flags": how_many(flags),
        "holding": how_many(flags.holding()),
        "incomplete": how_many(seen.filter(photos_awaited__gt=0)),
        "double": how_many(seen.filter(standing=standings.DOUBLE)),
        "outside": how_many(seen.filter(standing=standings.OUTSIDE)),
    }

"""From inspections to tickets: what visits found is followed up, once each, also after corrections."""

from __future__ import annotations

from collections import defaultdict
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from zerentian.core import clock
from zerentian.evaluation.assessment import assess
from zerentian.ledger.actions import PROGRAM
from zerentian.rounds.models import Inspection, Round
from zerentian.rounds.visit_actions import answers_of, standard_of
from zerentian.tickets.actions import (
    Seen,
    add_findings,
    hold_openings,
    open_of,
    open_ticket,
    rules_of,
    withdraw_findings,
)
from zerentian.tickets.models import Finding, Followed

_AT_ONCE = 500


def follow_waiting() -> int:
    """Follow up the visits of open rounds that were not yet; return how many.

    Each in a transaction of its own, so what a killed worker left is taken up by the next.
    """
    done = 0
    for pk in _waiting().values_list("pk", flat=True)[:_AT_ONCE]:
        done += _follow(pk)
    return done


def _waiting() -> QuerySet[Inspection]:
    followed = Followed.objects.filter(inspection=OuterRef("pk"))
    return Inspection.objects.filter(
        ~Exists(followed),
        round__state=Round.State.OPEN,
        state=Inspection.State.SUBMITTED,
        submitted__lte=clock.now(),
    ).order_by("submitted", "pk")


@transaction.atomic
def _follow(pk: UUID) -> int:
    rows = Inspection.objects.select_for_update(of=("self",), skip_locked=True)
    rows = rows.select_related("site__property_company", "site__responsible", "round", "standard")
    found = rows.filter(pk=pk).first()
    if found is None or found.state != Inspection.State.SUBMITTED:
        return 0
    _, is_new = Followed.objects.get_or_create(inspection=found)
    if not is_new:
        return 0
    if found.replaces_id is not None:
        _follow_correction(found)
    elif found.standing != Inspection.Standing.SET_ASIDE:
        _open(found, _seen_in(found))
    return 1


def _seen_in(visit: Inspection) -> list[Seen]:
    """What the visit found wrong, clause by clause."""
    outcomes = assess(standard_of(visit), visit.month, answers_of(visit)).found_wrong
    left_out = rules_of(visit.town).left_out
    return [
        Seen(one.clause.text, visit.started, one.clause.id, one.words, visit)
        for one in outcomes
        if one.clause.id not in left_out
    ]


def _open(visit: Inspection, seen: list[Seen]) -> None:
    if not seen:
        return
    hold_openings(visit.town)
    loop = rules_of(visit.town)
    by_class = defaultdict(list)
    for one in seen:
        by_class[loop.class_of(one.clause).id].append(one)
    for id_, found in by_class.items():
        known = open_of(visit.site, id_)
        if known is not None:
            add_findings(PROGRAM, known, visit.round.source, found)
        else:
            open_ticket(PROGRAM, visit.site, visit.round.source, loop.class_named(id_), found)


def _follow_correction(visit: Inspection) -> None:
    """Findings go over to the version in force: what it no longer says is withdrawn, what is new opened."""
    before = {one.clause: one for one in Finding.objects.filter(inspection=visit.replaces_id)}
    seen = {one.clause: one for one in _seen_in(visit)}
    for clause, finding in before.items():
        if clause in seen:
            finding.inspection, finding.seen = visit, seen[clause].seen
            finding.save(update_fields=["inspection", "seen"])
    gone = [one for clause, one in before.items() if clause not in seen and not one.withdrawn]
    withdraw_findings(PROGRAM, gone, "检查记录已更正，这一项没有扣分")
    _open(visit, [one for clause, one in seen.items() if clause not in before])

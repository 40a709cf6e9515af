"""Blind re-checks: of the closed tickets of a month a share is drawn, and somebody looks again."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.db import transaction

from zerentian.core import clock
from zerentian.core.months import bounds
from zerentian.core.problems import problem
from zerentian.core.worktime import TOWN_ZONE
from zerentian.ledger.actions import record
from zerentian.ledger.models import DailyRoot
from zerentian.people.person import Person
from zerentian.people.rules import Right
from zerentian.tickets.actions import again, rules_of
from zerentian.tickets.models import BlindCheck, Ticket
from zerentian.tickets.parts import parts_of
from zerentian.tickets.rules import MOVES, Move, Part, State, lots


@transaction.atomic
def draw_blind_checks(by: Person, town: str, month: str) -> list[BlindCheck]:
    """Draw the share that the town's rules want from a month's closed tickets; what was drawn stays drawn.

    The ledger's root of yesterday decides, see `rules.lots`. Raises `ProblemsFound`.
    """
    by.require(Right.DISPATCH_TICKETS, town)
    root = DailyRoot.objects.filter(town=town, day__lt=clock.today()).order_by("day").last()
    if root is None:
        raise problem("ticket.no_root")
    closed = Ticket.objects.filter(town=town, state=State.CLOSED, closed_at__range=bounds(month, TOWN_ZONE))
    drawn = set(BlindCheck.objects.filter(month=month, ticket__town=town).values_list("ticket", flat=True))
    wanted = lots(root.root, list(closed.values_list("pk", flat=True)), rules_of(town).blind_share)
    room = max(0, len(wanted) - len(drawn))
    new = [one for one in wanted if one not in drawn][:room]
    if not new:
        raise problem("ticket.nothing_to_draw", month=month)
    made = [BlindCheck.objects.create(ticket_id=one, month=month, root=root.root) for one in new]
    for one in made:
        data = {"root": root.root, "month": month}
        record(by, "ticket.drawn", one.ticket, region=one.ticket.site.region_id, data=data)
    return made


@transaction.atomic
def settle_blind_check(by: Person, check: BlindCheck, holds: bool, words: str) -> BlindCheck:
    """Say what was seen; a repair that is not as it was said opens its ticket again.

    Neither who mended it nor who verified it looks again. Raises `ProblemsFound`.
    """
    kept = BlindCheck.objects.select_for_update(of=("self",)).get(pk=check.pk)
    rows = Ticket.objects.select_for_update(of=("self",)).select_related("site", "handler")
    held = rows.get(pk=kept.ticket_id)
    if not {Part.VERIFIER, Part.DISPATCHER} <= parts_of(by.acting, held):
        raise PermissionDenied
    if held.verified_by_id == by.account:
        raise problem("ticket.own_check")
    if kept.verdict != BlindCheck.Verdict.OPEN:
        raise problem("ticket.check_settled", state=kept.get_verdict_display())
    if not words.strip():
        raise problem("ticket.no_reason", value="盲查")
    kept.verdict = BlindCheck.Verdict.HOLDS if holds else BlindCheck.Verdict.FAILS
    kept.checked_by, kept.checked_at, kept.words = by.acting, clock.now(), words.strip()[:500]
    kept.save()
    data = {"holds": holds}
    record(by, "ticket.checked_blind", held, region=held.site.region_id, reason=words, data=data)
    if not holds and held.state_now in MOVES[Move.REOPEN].come_from:
        again(by, held, f"盲查整改不实：{words.strip()}")
    return kept

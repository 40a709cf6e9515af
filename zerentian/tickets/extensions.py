"""More time for a ticket: asked for by its handler, decided by the town, within the rules' limits."""

from __future__ import annotations

import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction

from zerentian.core import clock
from zerentian.core.problems import problem
from zerentian.ledger.actions import record
from zerentian.people.person import Person
from zerentian.tickets.actions import extend_held, held_for, rules_of
from zerentian.tickets.models import Extension, Ticket
from zerentian.tickets.parts import parts_of
from zerentian.tickets.rules import Move, Part, State, extended_deadline


def latest_for(ticket: Ticket) -> datetime.datetime | None:
    """Until when an extension may put the deadline off; None when no more is allowed."""
    loop = rules_of(ticket.town)
    if ticket.due is None or ticket.extensions >= loop.extension.most_times:
        return None
    return extended_deadline(loop.extension.limit, ticket.due, clock.now(), loop.calendar.calendar())


@transaction.atomic
def ask_for_extension(by: Person, ticket: Ticket, until: datetime.datetime, reason: str) -> Extension:
    """Ask for more time before the deadline is over. Raises `ProblemsFound`."""
    held = Ticket.objects.select_for_update(of=("self",)).select_related("site", "handler").get(pk=ticket.pk)
    if Part.HANDLER not in parts_of(by.acting, held):
        raise PermissionDenied
    if held.state_now is not State.DISPATCHED or held.due is None:
        raise problem("ticket.not_running", value=held.number, state=held.state_now.label)
    if held.due < clock.now():
        raise problem("ticket.extension_late", value=held.number)
    latest = latest_for(held)
    if latest is None:
        most = rules_of(held.town).extension.most_times
        raise problem("ticket.extension_spent", value=held.number, most=most)
    if not held.due < until <= latest:
        raise problem("ticket.extension_until", due=clock.as_text(held.due), latest=clock.as_text(latest))
    if not reason.strip():
        raise problem("ticket.no_reason", value="延期申请")
    if held.extension_requests.filter(state=Extension.State.ASKED).exists():
        raise problem("ticket.extension_open", value=held.number)
    made = Extension.objects.create(
        ticket=held, until=until, reason=reason.strip()[:500], asked_by=by.acting, asked_at=clock.now()
    )
    data = {"until": until.isoformat()}
    record(by, "ticket.extension_asked", held, region=held.site.region_id, reason=reason, data=data)
    return made


@transaction.atomic
def decide_extension(by: Person, extension: Extension, grant: bool, answer: str) -> Extension:
    """Grant or refuse more time. Who asked does not decide. Raises `ProblemsFound`."""
    kept = Extension.objects.select_for_update().get(pk=extension.pk)
    if kept.state != Extension.State.ASKED:
        raise problem("ticket.extension_decided", state=kept.get_state_display())
    held = held_for(by, kept.ticket, Move.EXTEND)
    if by.account == kept.asked_by_id:
        raise problem("ticket.own_extension")
    if not answer.strip():
        raise problem("ticket.no_reason", value="审核延期")
    kept.state = Extension.State.GRANTED if grant else Extension.State.REFUSED
    kept.decided_by, kept.decided_at, kept.answer = by.acting, clock.now(), answer.strip()[:500]
    kept.save()
    if grant:
        extend_held(by, held, kept.until, answer)
    else:
        record(by, "ticket.extension_refused", held, region=held.site.region_id, reason=answer)
    return kept

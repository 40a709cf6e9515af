"""The API for tickets: what one handles or verifies, and what was done about it on a phone."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from ninja import Router, Status

from zerentian.core import clock
from zerentian.core.problems import ProblemsFound
from zerentian.field.actions import digest
from zerentian.field.callers import REFUSALS, caller, now, require_work, token_of
from zerentian.field.models import TicketAct
from zerentian.field.schemas import ProblemsOut
from zerentian.field.ticket_acts import OtherAct, SentAct, awaited_of, known_act, make_act
from zerentian.field.ticket_queries import described, tickets_of
from zerentian.field.ticket_schemas import ActIn, ActOut, ActRefusedOut, AwaitedOut, TicketsOut
from zerentian.rounds.photos import shown_copy
from zerentian.tickets.models import Ticket
from zerentian.tickets.proofs import before_of
from zerentian.tickets.rules import State

tickets = Router()
_JPEG = {
    "responses": {
        200: {
            "description": "OK",
            "content": {"image/jpeg": {"schema": {"type": "string", "format": "binary"}}},
        }
    }
}


@tickets.get("/tickets", response={200: TicketsOut, **REFUSALS}, url_name="tickets")
def mine(request: HttpRequest) -> Any:
    """What the account handles, what it verifies."""
    account = caller(request).acting
    require_work(account, "tickets")
    return {**now(account), "tickets": described(account, tickets_of(account))}


@tickets.get(
    "/tickets/{ticket_id}/photos/{photo_id}",
    response={**REFUSALS, 422: ProblemsOut},
    url_name="ticket_photo",
    openapi_extra=_JPEG,
)
def photo(request: HttpRequest, ticket_id: UUID, photo_id: UUID) -> Any:
    """The copy for screens of a photo of a ticket that one may see."""
    account = caller(request).acting
    require_work(account, "tickets")
    ticket = get_object_or_404(Ticket.objects.visible_to(account), pk=ticket_id)
    shown = {one.id: one.sha256 for one in before_of(ticket)}
    shown |= dict(ticket.proofs.filter(pk=photo_id).values_list("pk", "sha256"))
    if photo_id not in shown:
        raise Http404
    answer = HttpResponse(shown_copy(shown[photo_id]), content_type="image/jpeg")
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


@tickets.put(
    "/ticket-acts/{act_id}",
    response={200: ActOut, 202: AwaitedOut, 409: ActRefusedOut, **REFUSALS, 422: ProblemsOut},
    url_name="ticket_act",
)
def act(request: HttpRequest, act_id: UUID, sent: ActIn) -> Any:
    """A move with a ticket and its photos, under the id the phone gave it.

    200: made, or made before by these very bytes. 202: nothing is made yet, these photos are awaited.
    409: the ticket has moved on, or the id is taken by another act; nothing is changed. 422: not an act.
    """
    by = caller(request)
    require_work(by.acting, "tickets")
    come = SentAct.of(token_of(request).device, sent, request.body)
    try:
        known = known_act(by.acting, act_id, come.digest)
        if known is not None:
            return _made(known)
        ticket = get_object_or_404(Ticket.objects.visible_to(by.acting), pk=sent.ticket)
        awaited = awaited_of(sent)
        if awaited:
            return Status(202, {"id": act_id, "awaited": awaited})
        return _made(make_act(by, ticket, act_id, come))
    except OtherAct:
        message = "这个编号已用于另一次办理；那一次不变，这一次没有生效。"
        return Status(409, {"id": act_id, "message": message})
    except ProblemsFound as found:
        problems = [{"code": one.code, "place": one.place, "message": one.message} for one in found.problems]
        message = "；".join(one.message for one in found.problems)
        return Status(409, {"id": act_id, "message": message, "problems": problems})


def _made(made: TicketAct) -> dict[str, object]:
    return {
        "id": made.pk, "receipt": digest(f"{made.pk}|{made.digest}"), "state": made.state,
        "state_words": State(made.state).label, "server_time": clock.now(),
    }  # fmt: skip

"""Whom a move concerns is told of it, in the same transaction."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.urls import reverse

from zerentian.ledger.models import Event
from zerentian.ledger.subscriptions import on
from zerentian.messages.actions import tell
from zerentian.messages.models import Kind
from zerentian.people.models import Account
from zerentian.tickets.models import Ticket
from zerentian.tickets.readers import Readers

_MOVES: dict[str, tuple[str, Kind, tuple[str, ...], bool]] = {
    "ticket.report": ("有问题待核实", Kind.TODO, ("dispatcher", "committee"), False),
    "ticket.return": ("整改单被退回", Kind.TODO, ("dispatcher",), False),
    "ticket.handle": ("整改完成，待核查", Kind.TODO, ("dispatcher",), False),
    "ticket.fail": ("核查不通过，请重新整改", Kind.TODO, ("handler",), True),
    "ticket.reopen": ("须重新整改", Kind.TODO, ("handler", "committee"), True),
    "ticket.supervise": ("督办", Kind.TODO, ("handler", "committee"), True),
    "ticket.suspend": ("整改单已挂账", Kind.NOTICE, ("handler", "committee"), False),
    "ticket.close": ("整改单已结案", Kind.RESULT, ("handler",), False),
    "ticket.extend": ("延期已同意", Kind.RESULT, ("handler",), False),
    "ticket.extension_asked": ("延期申请待审", Kind.TODO, ("dispatcher",), False),
    "ticket.extension_refused": ("延期没有同意", Kind.RESULT, ("handler",), False),
}
"""What is told of an event: words, kind, to whom, and whether at once. A dispatch is a rung of the ladder."""


def _teller(words: str, kind: Kind, readers: tuple[str, ...], urgent: bool) -> Callable[[Event], None]:
    def handle(event: Event) -> None:
        ticket = Ticket.objects.select_related("site", "handler").get(pk=UUID(event.subject))
        people = Readers(ticket.town)
        accounts: dict[Account, None] = dict.fromkeys(
            who for name in readers for who in people.of(name, ticket) if who.pk != event.actor
        )
        body = f"整改单 {ticket.number}：{ticket.summary}。{event.reason}"
        url = reverse("tickets:ticket", args=[ticket.pk])
        title = f"{words}：{ticket.site.name}"
        tell(accounts, f"event:{event.pk}", kind, title, body, url, urgent, town=ticket.town)

    return handle


for _kind, _told in _MOVES.items():
    on(_kind)(_teller(*_told))

"""Clocks of tickets: who is told before, at and after a deadline, by the town's ladder, each rung once."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from functools import lru_cache

from django.db import transaction
from django.urls import reverse

from zerentian.core import clock
from zerentian.messages.actions import Notice, tell_all
from zerentian.messages.models import Kind
from zerentian.standards.loop import Loop, Rung
from zerentian.tickets.actions import rules_of
from zerentian.tickets.models import Ticket
from zerentian.tickets.readers import Readers
from zerentian.tickets.rules import RUNNING, State, ladder_of

_AT_ONCE = 1000


def remind() -> int:
    """Tell whoever the ladders name of the rungs that were reached; return how many tickets that were.

    Any number of workers may run it. What is told and that it was told are written together: after a kill
    nothing is lost, and the key of each rung keeps it from being told twice.
    """
    count = 0
    while told := _remind_some():
        count += told
    return count


@transaction.atomic
def _remind_some() -> int:
    now = clock.now()
    rows = Ticket.objects.select_for_update(of=("self",), skip_locked=True).select_related("site", "handler")
    held = list(rows.filter(next_rung_at__lte=now).order_by("next_rung_at")[:_AT_ONCE])
    readers = lru_cache(Readers)
    rules = lru_cache(rules_of)
    notices: list[Notice] = []
    for ticket in held:
        notices += _reached(ticket, rules(ticket.town), readers(ticket.town), now)
    tell_all(notices)
    Ticket.objects.bulk_update(held, ["next_rung_at"])
    return len(held)


def _reached(ticket: Ticket, loop: Loop, readers: Readers, now: datetime.datetime) -> Iterator[Notice]:
    """What is to be told of a ticket; it is left with the moment of its next rung."""
    if ticket.state not in RUNNING or ticket.due is None or ticket.next_rung_at is None:
        ticket.next_rung_at = None
        return
    ladder = ladder_of(loop, ticket.dispatched_at or ticket.opened, ticket.due)
    for one in ladder:
        if ticket.next_rung_at <= one.at <= now:
            rung = loop.ladder[one.rung]
            mark = ticket.dispatched_at if rung.when == "dispatched" else ticket.due
            key = f"ticket:{ticket.pk}:{one.rung}:{mark.isoformat() if mark else ''}"
            for account in dict.fromkeys(who for name in rung.tell for who in readers.of(name, ticket)):
                yield _notice(ticket, rung, account, key)
    ticket.next_rung_at = min((one.at for one in ladder if one.at > now), default=None)


def _notice(ticket: Ticket, rung: Rung, account: object, key: str) -> Notice:
    assert ticket.due
    due, site = clock.as_text(ticket.due), ticket.site.name
    title, kind = {
        "dispatched": (f"新的整改单：{site}", Kind.TODO),
        "before": (f"整改快到期：{site}", Kind.DUE),
        "due": (f"整改到期：{site}", Kind.DUE),
        "after": (f"整改已逾期：{site}", Kind.LATE),
    }[rung.when]
    if ticket.state == State.RETURNED:
        title = f"{title}（已退回，等待派遣）"
    handler = ticket.handler.name if ticket.handler else "还没有派遣"
    body = f"整改单 {ticket.number}：{ticket.summary}。处置单位 {handler}，期限 {due}。"
    url = reverse("tickets:ticket", args=[ticket.pk])
    return Notice(account, key, kind, title, body, url, rung.urgent, town=ticket.town)  # type: ignore[arg-type]

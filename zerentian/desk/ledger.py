"""The auditor's pages: what was done, and whether the record is whole."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from zerentian.ledger.models import DailyRoot, Event, Seal
from zerentian.ledger.queries import verify
from zerentian.pages.event_words import EVENT_WORDS, FIELD_WORDS, told
from zerentian.pages.listing import Choice, Column, export, listing
from zerentian.people.access import account_of, page
from zerentian.people.rules import Right

_COLUMNS = [
    Column[Event]("时间", lambda one: timezone.localtime(one.at).strftime("%Y-%m-%d %H:%M:%S"), "at"),
    Column[Event]("事项", lambda one: EVENT_WORDS.get(one.kind, one.kind), "kind"),
    Column[Event]("操作人", lambda one: one.actor_name, "actor_name"),
    Column[Event]("对象", lambda one: one.subject_name),
    Column[Event]("理由", lambda one: one.reason),
    Column[Event]("来源地址", lambda one: one.address),
]


def _events(request: HttpRequest) -> QuerySet[Event]:
    return Event.objects.filter(account_of(request).scope(Right.READ_LEDGER).regions("town"))


@dataclass(frozen=True, slots=True)
class _Period:
    """From and to which day, both included; what is no day is left open."""

    since: datetime.date | None
    until: datetime.date | None

    @classmethod
    def of(cls, request: HttpRequest) -> _Period:
        return cls(_day(request.GET.get("since", "")), _day(request.GET.get("until", "")))

    def within(self, rows: QuerySet[Event]) -> QuerySet[Event]:
        if self.since:
            rows = rows.filter(at__date__gte=self.since)
        return rows.filter(at__date__lte=self.until) if self.until else rows


def _day(text: str) -> datetime.date | None:
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        return None


@page(Right.READ_LEDGER)
@require_GET
def events(request: HttpRequest) -> HttpResponse:
    """The list of events."""
    period = _Period.of(request)
    found = listing(
        request,
        period.within(_events(request)),
        _COLUMNS,
        sort="-at",
        choices=[Choice("kind", "事项", sorted(EVENT_WORDS.items(), key=lambda item: item[1]))],
        search=lambda rows, words: rows.filter(
            Q(subject_name__icontains=words) | Q(actor_name__icontains=words)
        ),
        link=lambda one: reverse("desk:event", args=[one.pk]),
        empty="还没有记录。",
    )
    if "export" in request.GET:
        return export("台账", found.rows_found, _COLUMNS)
    roots = DailyRoot.objects.filter(account_of(request).scope(Right.READ_LEDGER).regions("town"))
    return render(
        request,
        "desk/ledger.html",
        {
            "listing": found,
            "title": "台账",
            "help": "每一次办理都记在这里，只能追加，不能改删。",
            "roots": roots.order_by("-day")[:5],
            "period": period,
        },
    )


@page(Right.READ_LEDGER)
@require_GET
def event(request: HttpRequest, event_id: UUID) -> HttpResponse:
    """One event with all it holds and its place in the chain."""
    found = get_object_or_404(_events(request), pk=event_id)
    context = {
        "event": found,
        "title": EVENT_WORDS.get(found.kind, found.kind),
        "back": reverse("desk:ledger"),
        "contents": [(FIELD_WORDS.get(name, name), told(name, value)) for name, value in found.data.items()],
        "seal": Seal.objects.filter(event=found.pk).first(),
    }
    return render(request, "desk/event.html", context)


@page(Right.READ_LEDGER)
@require_POST
def verify_now(request: HttpRequest) -> HttpResponse:
    """Recompute the chains of the towns one audits."""
    scope = account_of(request).scope(Right.READ_LEDGER)
    verdict = verify(covers=scope.covers)
    context = {"verdict": verdict, "title": "台账核验", "back": reverse("desk:ledger")}
    return render(request, "desk/verdict.html", context)

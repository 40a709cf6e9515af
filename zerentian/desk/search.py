"""One search over everything that one may see."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Q
from django.urls import reverse

from zerentian.people.models import Account, Organisation
from zerentian.people.rules import Right
from zerentian.places.models import Region, Site
from zerentian.places.rules import name_key
from zerentian.results.models import Closing, SubjectResult
from zerentian.rounds.models import Round
from zerentian.standards.models import RuleVersion
from zerentian.tickets.models import Ticket

_EACH = 20


@dataclass(frozen=True, slots=True)
class Hit:
    """Something found: what it is, its name, where it is."""

    what: str
    name: str
    url: str
    note: str = ""


def search(account: Account, words: str) -> list[Hit]:
    """Whatever is called so or says so, each thing as far as its own room shows it."""
    if not words.strip():
        return []
    found = [_sites, _committees, _tickets, _others]
    return [hit for look in found for hit in look(account, words)]


def _sites(account: Account, words: str) -> Iterator[Hit]:
    key = name_key(words)
    found = Q(name_key__contains=key) | Q(initials__contains=key) | Q(code__iexact=words)
    rows = Site.objects.visible_to(account).filter(found).select_related("region").order_by("pinyin")
    for one in rows[:_EACH]:
        note = f"{one.get_kind_display()} · {one.region.name}"
        yield Hit("点位", one.name, reverse("places:site", args=[one.pk]), note)


def _committees(account: Account, words: str) -> Iterator[Hit]:
    rows = SubjectResult.objects.visible_to(account).filter(closing__state=Closing.State.CLOSED)
    by_sound = Region.objects.visible_to(account).filter(initials__contains=name_key(words))
    named = Q(name__icontains=words) | Q(subject=words) | Q(subject__in=by_sound.values("code"))
    found = rows.filter(named).select_related("closing__round").defer("closing__inputs")
    for one in found.order_by("-closing__round__month", "name")[:_EACH]:
        note = f"{one.closing.round} " + (f"第 {one.rank} 名" if one.rank else "不排名")
        yield Hit("村居结果", one.name, reverse("results:subject", args=[one.pk]), note)


def _tickets(account: Account, words: str) -> Iterator[Hit]:
    found = Q(number__contains=words) | Q(summary__contains=words)
    rows = Ticket.objects.visible_to(account).filter(found).with_all().order_by("-opened")
    for one in rows[:_EACH]:
        note = f"{one.site.name} · {one.class_name} · {one.get_state_display()}"
        yield Hit("整改单", one.number, reverse("tickets:ticket", args=[one.pk]), note)


def _others(account: Account, words: str) -> Iterator[Hit]:
    for round_ in Round.objects.visible_to(account).filter(month__contains=_month(words))[:_EACH]:
        yield Hit("测评", str(round_), reverse("rounds:round", args=[round_.pk]))
    for version in RuleVersion.objects.visible_to(account).filter(title__icontains=words)[:_EACH]:
        yield Hit("标准", str(version), reverse("standards:version", args=[version.pk]))
    if account.has(Right.MANAGE_PEOPLE):
        people = Account.objects.visible_to(account)
        for one in people.filter(Q(name__icontains=words) | Q(login__icontains=words))[:_EACH]:
            yield Hit("账号", one.name, reverse("people:account", args=[one.pk]), one.login)
        places = Organisation.objects.visible_to(account).filter(name__icontains=words)
        for place in places.order_by("name")[:_EACH]:
            url = reverse("people:organisation", args=[place.pk])
            yield Hit("单位", place.name, url, place.get_kind_display())


def _month(words: str) -> str:
    """`2026年3月` or `3月` as months are kept: 2026-03, -03."""
    found = re.fullmatch(r"(?:(\d{4})年)?(\d{1,2})月", words.strip())
    return f"{found[1] or ''}-{int(found[2]):02d}" if found else words

"""What the home page shows, by what an account may do."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse
from django.utils import timezone

from zerentian.ledger.models import Event
from zerentian.people.models import Account
from zerentian.people.rules import Right
from zerentian.places.models import Site, SiteKind
from zerentian.standards.models import RuleVersion
from zerentian.standards.queries import policy_of, standards_of


@dataclass(frozen=True, slots=True)
class Card:
    """A figure that links to what it is made of."""

    title: str
    value: int
    url: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Task:
    """Something to do, with its traffic light: green, yellow or red."""

    title: str
    url: str
    light: str


def cards(account: Account) -> list[Card]:
    """The figures at the top."""
    found = []
    if account.has(Right.SEE_PLACES):
        sites = Site.objects.visible_to(account)
        url = reverse("places:sites")
        found.append(Card("在用点位", sites.active().count(), f"{url}?is_active=True"))
    if account.has(Right.SEE_STANDARDS):
        rules = RuleVersion.objects.visible_to(account)
        found.append(Card("标准和办法", rules.count(), reverse("standards:versions")))
    if account.has(Right.MANAGE_PEOPLE):
        people = Account.objects.visible_to(account).filter(is_active=True)
        found.append(Card("启用的账号", people.count(), reverse("people:accounts")))
    if account.has(Right.READ_LEDGER):
        events = Event.objects.filter(account.scope(Right.READ_LEDGER).regions("town"))
        today = events.filter(at__date=timezone.localdate()).count()
        found.append(Card("台账记录", events.count(), reverse("desk:ledger"), f"今天 {today} 条"))
    return found


def tasks(account: Account) -> list[Task]:
    """What is left to do before a month can be run."""
    found = []
    if account.has(Right.MANAGE_STANDARDS):
        month = f"{timezone.localdate():%Y-%m}"
        url = reverse("standards:versions")
        covered = standards_of(account.town, month)
        kinds = Site.objects.visible_to(account).active().order_by().values_list("kind", flat=True).distinct()
        found += [
            Task(f"{SiteKind(kind).label}还没有本月适用的评分标准", url, "red")
            for kind in kinds
            if kind not in covered
        ]
        if policy_of(account.town, month) is None:
            found.append(Task("还没有本月适用的考评办法", url, "red"))
        drafts = RuleVersion.objects.visible_to(account).filter(published__isnull=True)
        found += [
            Task(f"草稿待发布：{draft}", reverse("standards:version", args=[draft.pk]), "yellow")
            for draft in drafts[:5]
        ]
    if account.has(Right.MANAGE_PEOPLE):
        idle = Account.objects.visible_to(account).filter(is_active=True, posts__isnull=True)
        found += [
            Task(f"账号没有岗位：{one.name}", reverse("people:account", args=[one.pk]), "yellow")
            for one in idle[:5]
        ]
    return found

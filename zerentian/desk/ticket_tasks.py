"""What tickets give an account to do, asked together with all else that home asks."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

from django.db.models import Q
from django.db.models.expressions import Combinable
from django.urls import reverse

from zerentian.core import clock
from zerentian.desk.to_do import Task
from zerentian.people.asking import how_many
from zerentian.people.models import Account
from zerentian.people.rules import Right
from zerentian.tickets.models import BlindCheck, Extension, Ticket
from zerentian.tickets.rules import NEAR, State
from zerentian.tickets.self_check_queries import left_this_week

_LIST = "tickets:tickets"


def questions(account: Account) -> dict[str, Combinable]:
    """Counts of what waits for the account, each empty where it has nothing to do with it."""
    found: dict[str, Combinable] = {}
    if account.has(Right.HANDLE_TICKETS):
        found |= _to_mend(account)
    if account.has(Right.VERIFY_TICKETS):
        found |= _to_verify(account)
    if account.has(Right.DISPATCH_TICKETS):
        found |= _to_dispatch(account)
    if account.has(Right.SELF_CHECK):
        found["tickets_self_checks"] = how_many(left_this_week(account))
    return found


def tasks(account: Account, told: dict[str, int]) -> Iterator[Task]:
    """The to-dos behind the answers."""
    url, mine = reverse(_LIST), "".join(f"&handler={one}" for one in sorted(map(str, _own(account)))[:1])
    lines = (
        ("mend_late", "{} 个问题的整改已逾期", f"{url}?term=late{mine}&sort=due", "red"),
        ("mend_near", "{} 个问题的整改 24 小时内到期", f"{url}?state=dispatched{mine}&sort=due", "yellow"),
        ("mend", "{} 个问题待整改", f"{url}?state=dispatched{mine}&sort=due", "green"),
        ("undispatched", "{} 张整改单待派遣", f"{url}?state=open", "red"),
        ("returned", "{} 张整改单被退回，待重新派遣", f"{url}?state=returned", "red"),
        ("reported", "{} 个问题待现场核实", f"{url}?state=reported", "yellow"),
        ("verify", "{} 张整改单待核查", f"{url}?state=handled", "yellow"),
        ("close", "{} 张整改单待结案", f"{url}?state=verified", "green"),
        ("extensions", "{} 份延期申请待审", f"{url}?extension=asked", "yellow"),
        ("review", "{} 张挂账的整改单到了复核日期", f"{url}?state=suspended", "red"),
        ("checks", "{} 张整改单待盲查", reverse("tickets:checks") + "?verdict=open", "yellow"),
        ("self_checks", "本周还有 {} 个点位没有自查", reverse("self_checks:mine"), "yellow"),
    )
    for name, words, address, light in lines:
        if told.get(f"tickets_{name}"):
            yield Task(words.format(told[f"tickets_{name}"]), address, light)


def _own(account: Account) -> set[UUID]:
    return {post.organisation_id for post in account.current_posts}


def _to_mend(account: Account) -> dict[str, Combinable]:
    mine = Ticket.objects.filter(handler__in=_own(account), state=State.DISPATCHED)
    now = clock.now()
    return {
        "tickets_mend_late": how_many(mine.filter(due__lt=now)),
        "tickets_mend_near": how_many(mine.filter(due__gte=now, due__lte=now + NEAR)),
        "tickets_mend": how_many(mine.filter(due__gt=now + NEAR)),
    }


def _to_verify(account: Account) -> dict[str, Combinable]:
    scope = account.scope(Right.VERIFY_TICKETS)
    seen = Ticket.objects.filter(scope.inside("town", "site__region__code"))
    others = seen.exclude(handled_by=account).filter(Q(handler=None) | ~Q(handler__in=_own(account)))
    return {
        "tickets_verify": how_many(others.filter(state=State.HANDLED)),
        "tickets_reported": how_many(seen.filter(state=State.REPORTED)),
    }


def _to_dispatch(account: Account) -> dict[str, Combinable]:
    seen = Ticket.objects.visible_to(account, Right.DISPATCH_TICKETS)
    asked = Extension.objects.filter(ticket__in=seen, state=Extension.State.ASKED)
    return {
        "tickets_undispatched": how_many(seen.filter(state=State.OPEN)),
        "tickets_returned": how_many(seen.filter(state=State.RETURNED)),
        "tickets_close": how_many(seen.filter(state=State.VERIFIED)),
        "tickets_extensions": how_many(asked.exclude(asked_by=account)),
        "tickets_review": how_many(seen.filter(state=State.SUSPENDED, review_on__lte=clock.today())),
        "tickets_checks": how_many(BlindCheck.objects.filter(BlindCheck.OPEN_ONES, ticket__in=seen)),
    }

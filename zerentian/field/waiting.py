"""What waits in this room for somebody, told to the home page and to the list of checks before a closing."""

from __future__ import annotations

from collections.abc import Iterator

from django.urls import reverse

from zerentian.desk import tasks
from zerentian.desk.to_do import Task
from zerentian.field.models import HeldReport
from zerentian.field.queries import devices_of, overseen
from zerentian.people.models import Account
from zerentian.people.rules import Right
from zerentian.results import checks
from zerentian.results.checks import Check, Light
from zerentian.rounds.models import Round


def held_tasks(account: Account) -> Iterator[Task]:
    """Held reports, and phones that owe reports."""
    if not account.has(Right.CORRECT_INSPECTIONS):
        return
    held = HeldReport.objects.visible_to(account).filter(state=HeldReport.State.OPEN).count()
    if held:
        yield Task(f"{held} 份手机报告待处理", reverse("reception:held") + "?state=open", "red")
    owing = devices_of(overseen(account), only_owing=True).count()
    if owing:
        yield Task(f"{owing} 部手机还有报告没交", reverse("reception:devices"), "yellow")


def none_held(round_: Round) -> Check:
    """A yellow light: a report that nobody decided about may belong to the month."""
    count = HeldReport.objects.filter(town=round_.town, state=HeldReport.State.OPEN).count()
    note = f"{count} 份还没有处理，其中可能有本月的检查" if count else ""
    url = reverse("reception:held") + "?state=open"
    return Check("手机报告都已处理", Light.YELLOW if count else Light.GREEN, url, note, for_correctors=True)


tasks.FURTHER.append(held_tasks)
checks.FURTHER.append(none_held)

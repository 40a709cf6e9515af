"""A town with 100,000 tickets: its board, its list, and reminders of 20,000 open ones while workers are killed.

The tickets are written straight into the tables, as two years of a busy town would leave them. Pages are
asked through Django's test client, without a network. Reminders are run by two workers at once, of which one
is killed again and again; afterwards every rung that was due must have been told exactly once.

    python -m benchmarks.tickets [--tickets 100000] [--open 20000]
"""

from __future__ import annotations

import argparse
import datetime
import os
import random
import shutil
import signal
import statistics
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.field_town import TOWN, settle
from zerentian.server.embedded import embedded_database

COMMITTEES, SITES, REPEATS = 46, 1_200, 9
KILLS = 10


def main() -> int:
    """Load, measure, print; 1 when a promise was broken."""
    wanted = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    wanted.add_argument("--tickets", type=int, default=100_000)
    wanted.add_argument("--open", type=int, default=20_000)
    told = wanted.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="tickets-"))
    try:
        with embedded_database(folder / "postgres") as address:
            settle(folder, address)
            load(told.tickets, told.open)
            _pages()
            lost, doubled = killed_reminders(KILLS)
            print(f"reminders while killed {KILLS} times: {lost} lost, {doubled} doubled")
            return int(bool(lost or doubled))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def load(tickets: int, open_ones: int) -> None:
    """A town, its committees, sites and people, and their tickets; the open ones due about now."""
    from zerentian.core import clock
    from zerentian.people.models import Account, Organisation, Post, TownSettings
    from zerentian.places.models import Region, Site
    from zerentian.standards.queries import loop_of

    chance = random.Random(1)
    Region.objects.create(code=TOWN, name="测试镇", parent="310118000000")
    TownSettings.objects.create(town=TOWN, name="测试镇")
    codes = [f"{TOWN[:9]}{number:03d}" for number in range(201, 201 + COMMITTEES)]
    Region.objects.bulk_create(Region(code=code, name=f"第{code[-2:]}村", parent=TOWN) for code in codes)
    places = Organisation.objects.bulk_create(
        Organisation(kind="committee", name=f"村委会{code}", region=code) for code in codes
    )
    office = Organisation.objects.create(kind="department", name="社发办", region=TOWN)
    roles = [("committee", one, one.region) for one in places] + [
        (role, office, TOWN) for role in ("dispatcher", "operator", "deputy_leader", "field_leader")
    ]
    accounts = Account.objects.bulk_create(
        Account(login=f"a{number}", name=f"人{number}", must_change_password=False)
        for number in range(len(roles))
    )
    Post.objects.bulk_create(
        Post(account=account, role=role, organisation=place, region=region, since="2020-01-01")
        for account, (role, place, region) in zip(accounts, roles, strict=True)
    )
    sites = Site.objects.bulk_create(
        Site(
            town=TOWN,
            code=f"S{n}",
            kind="compound",
            name=f"小区{n}",
            region_id=codes[n % COMMITTEES],
            pinyin=f"s{n}",
        )
        for n in range(SITES)
    )
    now = clock.now()
    classes = loop_of(TOWN, clock.this_month()).classes
    for start in range(0, tickets, 5_000):
        _write(range(start, min(start + 5_000, tickets)), open_ones, sites, places, classes, now, chance)
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _write(
    numbers: range,
    open_ones: int,
    sites: list,
    places: list,
    classes: list,
    now: datetime.datetime,
    chance: random.Random,
) -> None:  # type: ignore[type-arg]
    from zerentian.tickets.models import Finding, Step, Ticket
    from zerentian.tickets.rules import State

    made, findings, steps = [], [], []
    for number in numbers:
        is_open = number < open_ones
        site, kind = chance.choice(sites), chance.choice(classes)
        opened = now - datetime.timedelta(hours=chance.uniform(1, 200 if is_open else 17_000))
        due = opened + datetime.timedelta(hours=chance.choice((4, 24, 120)))
        handled = None if is_open else opened + datetime.timedelta(hours=chance.uniform(1, 130))
        closed = None if handled is None else handled + datetime.timedelta(hours=20)
        one = Ticket(
            town=TOWN, number=f"T{number:06d}", site=site, source=chance.choice(("town", "district", "self")),
            problem_class=kind.id, class_name=kind.name, severity=kind.severity, summary=f"问题{number % 40}",
            state=State.DISPATCHED if is_open else State.CLOSED, handler=chance.choice(places), found_at=opened,
            opened=opened, dispatched_at=opened, due=due, first_due=due, first_handled_at=handled,
            handled_at=handled, closed_at=closed, fails=int(chance.random() < 0.15),
            next_rung_at=opened if is_open else None,
        )  # fmt: skip
        made.append(one)
        findings.append(
            Finding(
                ticket=one, clause=f"c{number % 40}", words=one.summary, source=one.source, found_at=opened
            )
        )
        ends = [("dispatched", handled), ("handled", closed)] if handled and closed else []
        before = opened
        for place, (state, at) in enumerate(ends, 1):
            steps.append(
                Step(
                    ticket=one,
                    number=place,
                    move="x",
                    label="x",
                    come_from=state,
                    leads_to="x",
                    at=at,
                    lasted=at - before,
                    by_name="人",
                )
            )
            before = at
    Ticket.objects.bulk_create(made)
    Finding.objects.bulk_create(findings)
    Step.objects.bulk_create(steps)


def _pages() -> None:
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext, override_settings

    from zerentian.people.models import Account
    from zerentian.tickets.models import Ticket

    client = Client()
    operator = Account.objects.get(posts__role="operator")
    client.force_login(operator, "django.contrib.auth.backends.ModelBackend")
    one = Ticket.objects.first()
    assert one
    addresses = {
        "board": "/tickets/", "list": "/tickets/list", "list, late": "/tickets/list?term=late&sort=due",
        "list, one committee": "/tickets/list?is_live=yes&site__region=310118102201",
        "list, searched": "/tickets/list?q=问题7", "list, page 900": "/tickets/list?page=900",
        "ticket": f"/tickets/{one.pk}", "home": "/",
    }  # fmt: skip
    print(f"{'page':<24}{'median ms':>10}{'slowest':>10}{'queries':>9}")
    with override_settings(ALLOWED_HOSTS=["testserver"], SECURE_SSL_REDIRECT=False):
        for name, address in addresses.items():
            client.get(address)
            times = []
            for _ in range(REPEATS):
                began = time.perf_counter()
                assert client.get(address).status_code == 200
                times.append((time.perf_counter() - began) * 1000)
            with CaptureQueriesContext(
                connection,
            ) as asked:
                client.get(address)
            print(
                f"{name:<24}{statistics.median(times):>10.0f}{max(times):>10.0f}{len(asked):>9}", flush=True
            )


def killed_reminders(kills: int) -> tuple[int, int]:
    """Remind with two workers, one of which is killed again and again; how much was lost and doubled."""
    from django.db import connections

    from zerentian.messages.models import Message
    from zerentian.tickets.models import Ticket

    waiting = Ticket.objects.filter(next_rung_at__isnull=False).count()
    connections.close_all()
    began = time.perf_counter()
    steady = _worker()
    for _ in range(kills):
        other = _worker()
        time.sleep(random.uniform(0.05, 0.4))
        os.kill(other, signal.SIGKILL)
        os.waitpid(other, 0)
    os.waitpid(steady, 0)
    seconds = time.perf_counter() - began
    told = Message.objects.values_list("account", "key")
    told_once = set(told)
    print(f"reminders of {waiting} open tickets: {seconds:.1f} s, {len(told)} messages", flush=True)
    return len(_due_now() - told_once), len(told) - len(told_once)


def _worker() -> int:
    child = os.fork()
    if child:
        return child
    from zerentian.tickets.reminders import remind

    remind()
    os._exit(0)


def _due_now() -> set[tuple[object, str]]:
    """What must have been told by now, found without the reminders: each rung of each open ticket."""
    from zerentian.core import clock
    from zerentian.tickets.actions import rules_of
    from zerentian.tickets.models import Ticket
    from zerentian.tickets.readers import Readers
    from zerentian.tickets.rules import RUNNING, ladder_of

    loop, readers, now = rules_of(TOWN), Readers(TOWN), clock.now() - datetime.timedelta(minutes=2)
    due = set()
    for one in Ticket.objects.filter(state__in=RUNNING).select_related("site"):
        assert one.due
        for rung in ladder_of(loop, one.opened, one.due):
            mark = one.dispatched_at if loop.ladder[rung.rung].when == "dispatched" else one.due
            if rung.at <= now and mark:
                key = f"ticket:{one.pk}:{rung.rung}:{mark.isoformat()}"
                due |= {
                    (who.pk, key) for name in loop.ladder[rung.rung].tell for who in readers.of(name, one)
                }
    return due


if __name__ == "__main__":
    sys.exit(main())

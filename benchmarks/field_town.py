"""A town for measuring phones: inspectors with tokens, sites to visit today, a standard of twelve clauses."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import yaml

TOWN, VILLAGE = "310118102000", "310118102001"
CLAUSES = 12
STANDARD = {
    "standard": "compound", "title": "十二项", "site_kind": "compound", "full_marks": 100,
    "sections": [{"name": "现场", "clauses": [
        {"id": f"c{number}", "text": f"第{number + 1}项", "points": 10 if number < 8 else 5,
         "rule": "per_occurrence", "each": 1} for number in range(CLAUSES)
    ]}],
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Phone:
    """An inspector's phone and the visits it is to make: pairs of task and site."""

    device: str
    token: str
    account: str
    standard: str
    tasks: list[str]


def settle(folder: Path, address: str, settings: str = "zerentian.server.settings") -> None:
    """Set this process up for a database, migrated."""
    os.environ.update(
        ZERENTIAN_DATA=str(folder), ZERENTIAN_INSECURE="1", SECRET_KEY="x" * 60, DATABASE_URL=address,
        DJANGO_SETTINGS_MODULE=settings, ALLOWED_HOSTS="testserver,127.0.0.1",
    )  # fmt: skip
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    call_command("collectstatic", verbosity=0, interactive=False)


def load(phones: int, visits: int) -> list[Phone]:
    """So many phones with so many visits each, all released today."""
    from zerentian.core import clock
    from zerentian.core.worktime import TOWN_ZONE
    from zerentian.field.actions import issue_token
    from zerentian.people.models import Account, Organisation, Post, TownSettings
    from zerentian.people.person import Person
    from zerentian.places.models import Region, Site
    from zerentian.rounds.models import Assignment, Round
    from zerentian.standards import actions as standards

    today = clock.now().astimezone(TOWN_ZONE).date()
    month = f"{today:%Y-%m}"
    Region.objects.bulk_create([Region(code=TOWN, name="测试镇", parent="310118000000"),
                                Region(code=VILLAGE, name="第一村", parent=TOWN)])  # fmt: skip
    TownSettings.objects.create(town=TOWN, name="测试镇", photo_rule="never")
    place = Organisation.objects.create(kind="department", name="社发办", region=TOWN)
    company = Organisation.objects.create(kind="inspection_company", name="测评公司", region=TOWN)
    operator = _account("operator", place)
    version = standards.draft(
        Person.of(operator), TOWN, "standard", yaml.safe_dump(STANDARD, allow_unicode=True), month
    )
    standards.publish(Person.of(operator), version, month)
    round_ = Round.objects.create(
        town=TOWN, month=month, state="open", begins=today, ends=today, commitment="0" * 64
    )
    made = []
    for number in range(phones):
        inspector = _account(f"inspector{number}", company, "inspector")
        sites = Site.objects.bulk_create(
            Site(
                town=TOWN, code=f"P{number}-{at}", kind="compound", name=f"点位{number}-{at}",
                region_id=VILLAGE, latitude="31.1", longitude="121.0",
            )
            for at in range(visits)
        )  # fmt: skip
        tasks = Assignment.objects.bulk_create(
            Assignment(
                round=round_, site=site, inspector=inspector, day=today, position=at, released=round_.created
            )
            for at, site in enumerate(sites)
        )
        device = f"phone-{number:08d}"
        token = issue_token(Person.of(Account.objects.get(pk=inspector.pk)), device)
        names = [str(task.pk) for task in tasks]
        made.append(Phone(device, token, str(inspector.pk), str(version.pk), names))
    assert Post.objects.filter(role="inspector").count() == phones
    return made


def _account(login: str, organisation: object, role: str = "operator") -> object:
    from zerentian.people.models import Account, Post

    made = Account.objects.create(login=login, name=login, must_change_password=False)
    Post.objects.create(account=made, role=role, organisation=organisation, region=TOWN, since="2020-01-01")
    return made


@contextmanager
def web_server(
    port: int, application: str = "zerentian.server.wsgi:application", workers: int = 2
) -> Iterator[int]:
    """granian as the program starts it; yields its process id once it answers."""
    command = [
        str(Path(sys.executable).parent / "granian"), "--interface", "wsgi", "--host", "127.0.0.1",
        "--port", str(port), "--workers", str(workers), "--blocking-threads", "4", "--no-ws",
        "--workers-kill-timeout", "8", "--log-level", "warning", application,
    ]  # fmt: skip
    running = subprocess.Popen(
        command, env={**os.environ, "PYTHONPATH": str(Path.cwd())}, start_new_session=True
    )
    try:
        wait_for(port)
        yield running.pid
    finally:
        running.terminate()
        try:
            running.wait(60)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(running.pid, signal.SIGKILL)  # workers too


def wait_for(port: int, seconds: float = 120) -> None:
    """Until anything answers on the port."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/api/openapi.json", timeout=5).close()
            return
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.1)
    raise TimeoutError(f"nothing answers on port {port}")

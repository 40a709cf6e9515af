"""How long it takes to tell 20,000 people something and to carry it to each by e-mail.

PostgreSQL with fsync; a mail server and a 企业微信 of the tests on this machine, in a process of their own. One
worker sends letter by letter, each marked in a transaction of its own; beside it the same number of messages
for a tenth of the people, which go out as digests.

    python -m benchmarks.messages [--people 20000]
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import shutil
import sys
import tempfile
import time
from multiprocessing.connection import Connection
from pathlib import Path

from benchmarks.field_town import TOWN, settle
from zerentian.server.embedded import embedded_database


def main() -> int:
    """Tell, deliver, print."""
    wanted = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    wanted.add_argument("--people", type=int, default=20_000)
    people = wanted.parse_args().people
    ours, theirs = multiprocessing.Pipe()
    servers = multiprocessing.get_context("spawn").Process(target=_serve, args=(theirs,), daemon=True)
    servers.start()
    port, address = ours.recv()
    os.environ.update(
        EMAIL_HOST="127.0.0.1", EMAIL_PORT=str(port), EMAIL_SECURITY="none", EMAIL_FROM="a@example.com",
        WECOM_ROBOT_URL=f"{address}/webhook/send", SITE_URL="https://fenlei.example.com",
    )  # fmt: skip
    folder = Path(tempfile.mkdtemp(prefix="messages-"))
    try:
        with embedded_database(folder / "postgres") as database:
            settle(folder, database)
            _measure(people, ours)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        servers.terminate()
    return 0


def _serve(pipe: Connection) -> None:
    """Serve until the parent ends; tell how much came whenever it asks."""
    from zerentian.messages.tests.servers import mail_server, wecom_server

    with mail_server() as (mail, port), wecom_server() as (wecom, address):
        pipe.send((port, address))
        while True:
            pipe.recv()
            pipe.send((len(mail.mails), len(wecom.received)))
            mail.mails.clear()
            wecom.received.clear()


def _measure(people: int, servers: Connection) -> None:
    from django.db import transaction

    from zerentian.messages import actions
    from zerentian.messages.models import Address, Delivery, TownChannel
    from zerentian.messages.tests.servers import ROBOT
    from zerentian.people.models import Account

    accounts = Account.objects.bulk_create(
        [Account(login=f"p{number}", name=f"人员{number}") for number in range(people)], batch_size=5000
    )
    Address.objects.bulk_create(
        [Address(account=one, channel="email", address=f"{one.login}@example.com") for one in accounts],
        batch_size=5000,
    )
    TownChannel.objects.create(town=TOWN, channel="email", is_on=True)
    TownChannel.objects.create(town=TOWN, channel="wecom_robot", is_on=True, settings={"key": ROBOT})
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, {people} messages")

    def tell(name: str, told: list[Account], each: int) -> None:
        start = time.monotonic()
        with transaction.atomic():
            for number in range(each):
                words = (f"{name}-{number}", "todo", f"待办{number}", "两天内完成整改。", "/")
                actions.tell(told, *words, urgent=False, town=TOWN)
                actions.announce(TOWN, *words)
        took = time.monotonic() - start
        print(f"{name}: told in {took:.1f} s ({people / took:.0f} a second)", flush=True)
        Delivery.objects.update(next_try=accounts[0].created)
        _deliver(name, people, servers)

    tell("one each", accounts, 1)
    tell("digests of ten", accounts[: people // 10], 10)
    assert not Delivery.objects.exclude(state="sent").exists()


def _deliver(name: str, people: int, servers: Connection) -> None:
    from datetime import datetime

    from zerentian.core import clock
    from zerentian.core.worktime import TOWN_ZONE
    from zerentian.messages.delivery_actions import deliver_waiting

    start, sent = time.monotonic(), 0
    noon = datetime.now(TOWN_ZONE).replace(hour=12)
    with clock.set_to(noon):
        while count := deliver_waiting(600):
            sent += count
    took = time.monotonic() - start
    servers.send("how many")
    mails, groups = servers.recv()
    print(
        f"{name}: {sent} deliveries in {took:.1f} s ({sent / took:.0f} a second), "
        f"{mails} mails, {groups} in the group",
        flush=True,
    )


if __name__ == "__main__":
    sys.exit(main())

"""A list of 5,000 problems previewed and imported, and told again: seconds of each.

On a PostgreSQL of its own, through the program's own planning and actions; the preview is also asked for as
the page that a clerk sees. Compare machines by it, not days. CPU is this process's alone.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path

from benchmarks.district import Watch
from zerentian.server.embedded import embedded_database

ROWS, SITES, COMMITTEES = 5_000, 1_500, 30
TOWN = "310118102000"
_SAID = (
    "小包垃圾落地", "湿垃圾桶内混投干垃圾", "垃圾桶破损", "定时定点无人值守", "公示栏未更新", "居民知晓率低",
)  # fmt: skip


def main() -> int:
    """Load, import, print."""
    folder = Path(tempfile.mkdtemp(prefix="lists-"))
    os.environ.update(
        ZERENTIAN_DATA=str(folder), ZERENTIAN_INSECURE="1", SECRET_KEY="x" * 60,
        DJANGO_SETTINGS_MODULE="zerentian.server.settings", ALLOWED_HOSTS="testserver,127.0.0.1",
    )  # fmt: skip
    try:
        with embedded_database(folder / "postgres") as address:
            os.environ["DATABASE_URL"] = address
            import django

            django.setup()
            from django.core.management import call_command
            from django.db import connection

            call_command("migrate", verbosity=0)
            call_command("collectstatic", verbosity=0, interactive=False)
            measure(folder)
            connection.close()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return 0


def measure(folder: Path) -> None:
    """Preview, import, and the same list again; then a list that joins what is open."""
    from django.core.files.base import File
    from django.test import Client

    from zerentian.pages.uploads import keep_table
    from zerentian.tickets import intake_actions
    from zerentian.tickets.list_files import read_list
    from zerentian.tickets.list_planning import columns_for, plan_list
    from zerentian.tickets.models import Ticket

    by = people_and_sites()
    sender = intake_actions.create_sender(by, TOWN, "区分减联办", "district")
    path = the_list(folder / "first.xlsx", "Q")
    intake_actions.set_columns(by, sender, columns_for(sender, read_list(path)))
    sender.refresh_from_db()
    client = Client()
    client.force_login(by.acting, "django.contrib.auth.backends.ModelBackend")
    with path.open("rb") as file:
        kept = keep_table(File(file), by.acting.pk)
    with Watch() as previewed:
        answer = client.get(f"/intake/lists/{sender.pk}/{kept}")
    assert answer.status_code == 200
    with Watch() as imported:
        plan = intake_actions.import_list(by, sender, path)
    print(f"{ROWS} rows: preview {previewed}, import {imported}, {Ticket.objects.count()} tickets")
    assert previewed.wall + imported.wall <= 20
    with Watch() as again:
        assert plan_list(sender, path).count("known") == len(plan.rows)
    print(f"the same list again: {again}")
    with Watch() as joined:
        intake_actions.import_list(by, sender, the_list(folder / "second.xlsx", "R", due="2小时"))
    print(f"{ROWS} rows that join open tickets with a nearer deadline: {joined}")
    with Watch() as unknown:
        plan = plan_list(sender, the_list(folder / "third.xlsx", "S", prefix="新村"))
    print(f"{ROWS} rows of unknown sites: {unknown}, {plan.problems.count} faults")


def people_and_sites():
    """A dispatcher, committees and sites of a town."""
    from zerentian.people.models import Account, Organisation, Post, TownSettings
    from zerentian.people.person import Person
    from zerentian.places.models import Region, Site
    from zerentian.places.rules import name_key

    TownSettings.objects.create(town=TOWN, name="示范镇")
    Region.objects.create(code=TOWN, name="示范镇", parent="310118000000")
    codes = [f"310118102{200 + number}" for number in range(COMMITTEES)]
    for number, code in enumerate(codes):
        Region.objects.create(code=code, name=f"村{number}", parent=TOWN)
        Organisation.objects.create(kind="committee", name=f"村{number}", region=code)
    office = Organisation.objects.create(kind="department", name="城运中心", region=TOWN)
    account = Account.objects.create(login="dispatcher", name="城运中心", must_change_password=False)
    Post.objects.create(account=account, role="dispatcher", organisation=office, region=TOWN)
    Site.objects.bulk_create(
        Site(
            town=TOWN, code=f"C{number}", kind="compound", name=f"小区{number}期", region_id=codes[number % COMMITTEES],
            name_key=name_key(f"小区{number}期"),
        )
        for number in range(SITES)
    )  # fmt: skip
    return Person.of(account)


def the_list(path: Path, mark: str, *, prefix: str = "", due: str = "") -> Path:
    """A list of the district's, as a workbook."""
    from zerentian.core.clock import today
    from zerentian.core.table_writing import workbook_bytes

    header = ["编号", "点位", "检查日期", "存在问题", "整改期限"]
    rows = [
        [
            f"{mark}-{n}",
            f"{prefix}小区{n % SITES}期",
            str(today()),
            f"{_SAID[(n // SITES + n) % len(_SAID)]}{mark}",
            due,
        ]
        for n in range(ROWS)
    ]
    path.write_bytes(workbook_bytes("清单", header, rows))
    return path


if __name__ == "__main__":
    sys.exit(main())

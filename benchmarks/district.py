"""Pages, closing and export with a whole district's data: 11 towns, 355 committees, 12,000 sites, 24 months.

Loads about 3.5 million observations into a PostgreSQL of its own, then measures, through the program's own
views and actions in this process: server time and queries of each page, closing a town's month, and the Excel
export of 100,000 rows with the memory it takes. Prints a table; compare machines by it, not days. CPU is this
process's alone, without the database's.
"""

from __future__ import annotations

import os
import resource
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Self

from zerentian.server.embedded import embedded_database

TOWNS, COMMITTEES, SITES, MONTHS = 11, 355, 12_000, 24
EXPORTED = 100_000
REPEATS = 15
LAST_MONTH = "2025-12"
DEFAULTS = Path(__file__).parent.parent / "zerentian" / "evaluation" / "defaults"
KINDS = ("compound", "village", "unit", "shop", "public_place", "station")


class Watch:
    """Time by the clock and by this process's CPU, which other work on the machine hardly changes."""

    wall = cpu = 0.0

    def __enter__(self) -> Self:
        self._began = time.perf_counter(), time.process_time()
        return self

    def __exit__(self, *_: object) -> None:
        self.wall, self.cpu = time.perf_counter() - self._began[0], time.process_time() - self._began[1]

    def __str__(self) -> str:
        return f"{self.wall:.2f} s (CPU {self.cpu:.2f} s)"


def main() -> int:
    """Load, measure, print."""
    folder = Path(tempfile.mkdtemp(prefix="district-"))
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

            call_command("migrate", verbosity=0)
            call_command("collectstatic", verbosity=0, interactive=False)
            began = time.perf_counter()
            load()
            print(f"loaded in {time.perf_counter() - began:.0f} s: {counts()}")
            measure_closing()
            measure_pages()
            measure_export(folder)
            from django.db import connection

            connection.close()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return 0


def load() -> None:
    """Towns, people and sites by the ORM; visits and observations inside of the database."""
    from django.db import connection

    from zerentian.core.months import shift
    from zerentian.people.models import Account, Organisation, Post, TownSettings
    from zerentian.people.person import Person
    from zerentian.places.models import Region, Site
    from zerentian.places.rules import initials, name_key, pinyin
    from zerentian.rounds.models import Round
    from zerentian.rounds.rules import commitment, new_secret
    from zerentian.standards import actions as standards

    first = shift(LAST_MONTH, 1 - MONTHS)
    towns = [f"310118{101 + number}000" for number in range(TOWNS)]
    committees = [f"{towns[number % TOWNS][:9]}{1 + number // TOWNS:03d}" for number in range(COMMITTEES)]
    regions = [*((code, f"第{code[6:9]}镇", "310118000000") for code in towns)]
    regions += [(code, f"第{number}村", f"{code[:9]}000") for number, code in enumerate(committees)]
    Region.objects.bulk_create(
        Region(code=code, name=name, parent=parent, initials=initials(name), pinyin=pinyin(name))
        for code, name, parent in regions
    )
    names = [f"测试点位{number}号" for number in range(SITES)]
    Site.objects.bulk_create(
        (
            Site(
                town=f"{committees[number % COMMITTEES][:9]}000",
                code=f"S{number}",
                kind=KINDS[number % 6],
                name=name,
                region_id=committees[number % COMMITTEES],
                name_key=name_key(name),
                initials=initials(name),
                pinyin=pinyin(name),
                households=100,
            )
            for number, name in enumerate(names)
        ),
        batch_size=2000,
    )
    for number, town in enumerate(towns):
        TownSettings.objects.create(town=town, name=town, photo_rule="never")
        place = Organisation.objects.create(kind="department", name="社发办", region=town)
        company = Organisation.objects.create(kind="inspection_company", name="测评公司", region=town)
        for role, holder in (("operator", place), ("deputy_leader", place), ("inspector", company)):
            account = Account.objects.create(login=f"{role}{number}", name=role, must_change_password=False)
            Post.objects.create(
                account=account, role=role, organisation=holder, region=town, since="2020-01-01"
            )
        operator = Person.of(Account.objects.get(login=f"operator{number}"))
        for kind, where in (("standard", "standards"), ("policy", "policies")):
            for path in sorted((DEFAULTS / where).glob("*.yaml")):
                version = standards.draft(operator, town, kind, path.read_text("utf-8"), first)
                standards.publish(operator, version, first)
        secret = new_secret()
        Round.objects.bulk_create(
            Round(
                town=town,
                month=month,
                state="open",
                begins=f"{month}-01",
                ends=f"{month}-28",
                secret=secret,
                commitment=commitment(secret),
            )
            for month in (shift(first, index) for index in range(MONTHS))
        )
    with connection.cursor() as cursor:
        cursor.execute(_VISITS)
        cursor.execute(_ASSIGNMENTS)
        cursor.execute("CREATE TEMP TABLE answer (standard uuid, clause text, good text, poor text)")
        cursor.executemany("INSERT INTO answer VALUES (%s, %s, %s, %s)", list(_answers()))
        cursor.execute(_OBSERVATIONS)
        cursor.execute("ANALYZE")


_VISITS = """
INSERT INTO rounds_inspection (id, town, round_id, site_id, inspector_id, organisation_id, standard_id, state, started,
    submitted, month, remark, score, passed, number, fingerprint, report, standing, reason,
    photos_awaited, device, context)
SELECT gen_random_uuid(), s.town, r.id, s.id, a.id, p.organisation_id, v.id, 'submitted',
    (r.begins + (hashtext(s.code) & 15))::timestamptz + interval '9 hours',
    (r.begins + (hashtext(s.code) & 15))::timestamptz + interval '9 hours 20 minutes',
    r.month, '', 80 + (hashtext(s.code || r.month) & 15), (hashtext(s.code || r.month) & 15) >= 10, 1, '', '', 'counts', '', 0, '', '{}'
FROM rounds_round r
JOIN places_site s ON s.town = r.town
JOIN people_post p ON p.role = 'inspector' AND p.region = r.town
JOIN people_account a ON a.id = p.account_id
JOIN standards_ruleversion v ON v.town = r.town AND v.site_kind = s.kind
"""
_ASSIGNMENTS = """
INSERT INTO rounds_assignment (id, round_id, site_id, inspector_id, day, position, released, is_recheck, state, reason)
SELECT gen_random_uuid(), round_id, site_id, inspector_id, started::date, 1, started, false, 'done', ''
FROM rounds_inspection
"""
_OBSERVATIONS = """
INSERT INTO rounds_observation (inspection_id, clause, value, remark)
SELECT i.id, a.clause, CASE WHEN hashtext(i.id::text || a.clause) & 7 = 0 THEN a.poor ELSE a.good END, ''
FROM rounds_inspection i JOIN answer a ON a.standard = i.standard_id
"""


def _answers() -> Iterator[tuple[str, str, str, str]]:
    """A good and a poor answer for each clause of each standard."""
    from zerentian.evaluation.standard import Standard
    from zerentian.standards.actions import read_rule
    from zerentian.standards.answers import control_of
    from zerentian.standards.models import RuleVersion

    texts = {
        "count": ("0", "2"),
        "ratio": ("10/10", "8/10"),
        "percent": ("100", "80"),
        "several": ("none", ""),
    }
    for version in RuleVersion.objects.filter(kind="standard"):
        rule = read_rule(version.kind, version.text)
        assert isinstance(rule, Standard)
        for clause in rule.clauses:
            control = control_of(clause)
            values = [value for value, _ in control.choices]
            good, poor = texts.get(control.kind) or (values[0], values[-1])
            if control.kind == "several":
                poor = values[1]
            yield str(version.pk), clause.id, good, good if clause.marks == 0 else poor


def counts() -> str:
    """What was loaded."""
    from zerentian.places.models import Region, Site
    from zerentian.rounds.models import Inspection, Observation

    numbers = [one.objects.count() for one in (Region, Site, Inspection, Observation)]
    return f"{numbers[0]} regions, {numbers[1]} sites, {numbers[2]} visits, {numbers[3]} observations"


def measure_closing() -> None:
    """Two months of one town closed, each by two persons."""
    from zerentian.core.months import shift
    from zerentian.people.models import Account
    from zerentian.people.person import Person
    from zerentian.results import actions
    from zerentian.rounds.models import Round

    operator, deputy = (
        Person.of(Account.objects.get(login=login)) for login in ("operator0", "deputy_leader0")
    )
    for month in (shift(LAST_MONTH, -1), LAST_MONTH):
        round_ = Round.objects.get(town=operator.acting.town, month=month)
        with Watch() as preparing:
            made = actions.prepare(operator, round_)
        with Watch() as confirming:
            actions.confirm(deputy, made)
        print(
            f"closing {month}, {made.site_results.count()} sites: prepared in {preparing}, "
            f"confirmed in {confirming}"
        )
        actions.publish(operator, made)


def measure_pages() -> None:
    """Median server time, slowest, and queries of each page."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from zerentian.core.months import shift
    from zerentian.people.models import Account
    from zerentian.places.models import Site
    from zerentian.results.models import Closing
    from zerentian.rounds.models import Inspection, Round

    operator = Account.objects.get(login="operator0")
    client = Client()
    client.force_login(operator, "django.contrib.auth.backends.ModelBackend")
    round_ = Round.objects.get(town=operator.town, month=LAST_MONTH)
    closing = Closing.objects.get(round=round_, state="closed")
    waiting = Round.objects.get(town=operator.town, month=shift(LAST_MONTH, -2))
    result = closing.site_results.first()
    site = Site.objects.filter(town=operator.town).first()
    visit = Inspection.objects.filter(round=round_).first()
    assert result
    assert site
    assert visit
    pages = {
        "home": "/", "sites": "/places/sites", "sites searched": "/places/sites?q=dw12", "site": f"/places/sites/{site.pk}",
        "map data": "/places/map/sites.json", "rounds": "/rounds/", "coverage board": f"/rounds/{round_.pk}",
        "plan": f"/rounds/{round_.pk}/plan", "inspections": "/rounds/inspections",
        "inspections, page 400": "/rounds/inspections?page=400",
        "inspections searched": "/rounds/inspections?q=测试点位11", "inspection": f"/rounds/inspections/{visit.pk}",
        "results": "/results/", "ranks": f"/results/{closing.pk}", "site scores": f"/results/{closing.pk}/sites",
        "committee": f"/results/subjects/{closing.subject_results.get(subject=result.subject).pk}",
        "site result": f"/results/sites/{result.pk}", "search": "/search?q=测试点位12", "standards": "/standards/",
        "corrections": "/rounds/corrections", "check list": f"/results/rounds/{waiting.pk}",
    }  # fmt: skip
    print(f"{'page':<24}{'median ms':>10}{'slowest':>10}{'cpu ms':>9}{'queries':>9}")
    for name, path in pages.items():
        times, cpu = [], []
        for _ in range(REPEATS):
            with Watch() as watch:
                answer = client.get(path)
            times.append(watch.wall * 1000)
            cpu.append(watch.cpu * 1000)
            assert answer.status_code == 200, (name, answer.status_code)
        with CaptureQueriesContext(connection) as queries:
            client.get(path)
        print(
            f"{name:<24}{statistics.median(times):>10.0f}{max(times):>10.0f}{statistics.median(cpu):>9.0f}"
            f"{len(queries):>9}"
        )


def measure_export(folder: Path) -> None:
    """The register of inspections as Excel, `EXPORTED` rows."""
    from itertools import chain, islice

    from zerentian.core.months import shift
    from zerentian.documents.registers import REGISTERS, write_register
    from zerentian.people.models import Account

    operator = Account.objects.get(login="operator0")
    operators = [Account.objects.get(login=f"operator{number}") for number in range(TOWNS)]
    register = REGISTERS["inspections"]
    months: Sequence[str] = [shift(LAST_MONTH, -index) for index in range(MONTHS)]
    rows = chain.from_iterable(register.rows(one, month) for one in operators for month in months)
    assert operator in operators
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with Watch() as watch:
        (path,) = write_register(
            register, "检查台账", islice(rows, EXPORTED), folder, ["xlsx"], None, lambda done: None
        )
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    print(
        f"Excel of {EXPORTED} rows: {watch}, {path.stat().st_size / 1e6:.1f} MB, {grown:.0f} MB more memory"
    )


if __name__ == "__main__":
    sys.exit(main())

"""A town that is killed while it works: `python -m tests.killed_town seed|work|check FOLDER`.

`work` forks a child that submits visits, imports sites and closes the month as fast as it can, noting in
FOLDER/acknowledged what it was told is done. The parent kills it with SIGKILL at a random moment, again and
again, and at last the database server itself. `check` prints every promise that was broken.
"""

from __future__ import annotations

import io
import os
import random
import signal
import sys
import time
from pathlib import Path

import django

django.setup()

from django.conf import settings  # noqa: E402 - Django first
from django.db import connections  # noqa: E402
from PIL import Image  # noqa: E402

from tests.cast import TOWN, VILLAGE, Cast, gather  # noqa: E402
from tests.playing import FIRST, GOOD, LAST, at, open_round, publish_rules  # noqa: E402
from zerentian.core import clock  # noqa: E402
from zerentian.core.ids import new_id  # noqa: E402
from zerentian.ledger.actions import seal  # noqa: E402
from zerentian.ledger.models import Event  # noqa: E402
from zerentian.ledger.queries import verify  # noqa: E402
from zerentian.people.models import Account  # noqa: E402
from zerentian.people.person import Person  # noqa: E402
from zerentian.places import actions as places  # noqa: E402
from zerentian.places.models import Site  # noqa: E402
from zerentian.results import actions as results  # noqa: E402
from zerentian.results.models import Closing  # noqa: E402
from zerentian.results.verifying import differences  # noqa: E402
from zerentian.rounds import plan_actions  # noqa: E402
from zerentian.rounds.evidence_actions import examine_waiting  # noqa: E402
from zerentian.rounds.models import Assignment, Inspection, Photo, Round  # noqa: E402
from zerentian.rounds.photos import file_photo, original_path  # noqa: E402
from zerentian.rounds.report_actions import NamedPhoto, Report, file_visit  # noqa: E402
from zerentian.rounds.timing import Timing  # noqa: E402
from zerentian.standards.actions import read_rule  # noqa: E402
from zerentian.standards.models import RuleVersion  # noqa: E402

SITES, BATCH = 400, 10


def seed() -> None:
    """Two inspectors, many sites, a round drawn."""
    cast: Cast = gather()
    Site.objects.bulk_create(
        Site(town=TOWN, code=f"K{number}", kind="compound", name=f"小区{number}", region_id=VILLAGE)
        for number in range(SITES)
    )
    Site.objects.filter(region_id=VILLAGE, code__gte="K2").update(region_id="310118102202")
    publish_rules(cast)
    with clock.set_to(at(FIRST, 5)):
        round_ = open_round(cast, per_day=100)
        plan_actions.draw_round(cast.person("operator"), round_)


def work(folder: Path, kills: int) -> None:
    """Kill a working child `kills` times, then the database under another one."""
    for rule in RuleVersion.objects.all():
        read_rule(rule.kind, rule.text)  # once for all children
    for number in range(kills + 1):
        child = os.fork()
        if child == 0:
            connections.close_all()
            toil(folder)
        time.sleep(random.uniform(0.2, 1.2))
        if number == kills:
            os.kill(int((folder / "postgres" / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def toil(folder: Path) -> None:
    """Work until killed."""
    people = {one.login: Person.of(one) for one in Account.objects.all()}
    told = os.open(folder / "acknowledged", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    chance = random.Random(os.getpid())
    while True:
        kind = chance.choices(("visit", "import", "close"), (3, 2, 1))[0]
        if kind == "import":
            done = bring_in(folder, people["operator"])
        elif kind == "close" and Inspection.objects.exists():
            done = close(people)
        else:
            done = visit(people, chance)
        os.write(told, f"{done}\n".encode())


def visit(people: dict[str, Person], chance: random.Random) -> str:
    """A whole visit with a photo of its own."""
    due = Assignment.objects.filter(state=Assignment.State.DUE).select_related("inspector")
    task = due[chance.randrange(100)]
    packed = io.BytesIO()
    Image.new("RGB", (32, 24), tuple(chance.randbytes(3))).save(packed, "PNG")
    photo = file_photo(packed.getvalue())
    timing = Timing(at(task.day), None, received=at(task.day))
    shown = [NamedPhoto("bins-1", "bins", photo.sha256)]
    report = Report(timing, GOOD, task=task.pk, photos=shown, digest="x")
    made = file_visit(people[task.inspector.login], new_id(), report)
    return f"visit {made.pk}"


def bring_in(folder: Path, operator: Person) -> str:
    """An import of `BATCH` new sites."""
    name = str(new_id())
    rows = "".join(f"I-{name}-{number},单位,单位{number},{VILLAGE}\n" for number in range(BATCH))
    table = folder / f"{name}.csv"
    table.write_text("编号,类型,名称,村居代码\n" + rows, encoding="utf-8")
    places.import_sites(operator, table)
    return f"import {name}"


def close(people: dict[str, Person]) -> str:
    """The month closed by two and opened again."""
    round_ = Round.objects.get()
    if round_.state == Round.State.CLOSED:
        results.reopen(people["operator"], round_, "继续")
    with clock.set_to(at(LAST, 17)):
        examine_waiting()
        closing = results.prepare(people["operator"], round_, "演练")
        results.confirm(people["deputy"], closing)
    done = f"closing {closing.pk}"
    results.reopen(people["operator"], round_, "继续")
    return done


def check(folder: Path) -> list[str]:
    """What was promised and is not so."""
    lines = [line.split() for line in (folder / "acknowledged").read_text().splitlines()]
    told: dict[str, list[str]] = {"visit": [], "import": [], "closing": []}
    for kind, name in lines:
        told[kind].append(name)
    faults = [*_visits(told["visit"]), *_imports(told["import"]), *_closings(told["closing"])]
    seal()
    faults += [str(fault) for fault in verify().faults]
    counts = "、".join(f"{kind} {len(names)}" for kind, names in told.items())
    print(f"acknowledged: {counts}")
    return faults


def _visits(told: list[str]) -> list[str]:
    kept = {str(pk) for pk in Inspection.objects.filter(state="submitted").values_list("pk", flat=True)}
    faults = [f"lost visit {name}" for name in told if name not in kept]
    if len(set(told)) != len(told):
        faults.append("a visit was acknowledged twice")
    events = Event.objects.filter(kind="inspection.submitted").count()
    done = Assignment.objects.filter(state="done").count()
    if not len(kept) == events == done == Inspection.objects.count():
        faults.append(f"half a visit: {len(kept)} kept, {events} events, {done} done")
    halves = [
        one for one in Inspection.objects.all() if one.observations.count() != 4 or one.photos.count() != 1
    ]
    faults += [f"half a visit {one.pk}" for one in halves]
    hashes = Photo.objects.values_list("sha256", flat=True)
    return faults + [f"no file of photo {sha256}" for sha256 in hashes if not original_path(sha256).exists()]


def _imports(told: list[str]) -> list[str]:
    counts: dict[str, int] = {}
    for code in Site.objects.filter(code__startswith="I-").values_list("code", flat=True):
        name = code[2:].rsplit("-", 1)[0]
        counts[name] = counts.get(name, 0) + 1
    faults = [f"lost import {name}" for name in told if name not in counts]
    return faults + [f"half an import {name}: {count}" for name, count in counts.items() if count != BATCH]


def _closings(told: list[str]) -> list[str]:
    kept = {str(one.pk): one for one in Closing.objects.all()}
    closed = (Closing.State.CLOSED, Closing.State.REPLACED)
    faults = [f"lost closing {name}" for name in told if name not in kept or kept[name].state not in closed]
    for one in kept.values():
        if one.site_results.count() != len(one.inputs["sites"]):
            faults.append(f"half a closing {one.pk}")
    last = Closing.objects.filter(state=Closing.State.CLOSED).first()
    return faults + (list(differences(last)) if last else [])


if __name__ == "__main__":
    place = Path(sys.argv[2])
    settings.DATA_FOLDER = place
    if sys.argv[1] == "seed":
        seed()
    elif sys.argv[1] == "work":
        work(place, int(sys.argv[3]))
    else:
        broken = check(place)
        print("\n".join(broken))
        sys.exit(bool(broken))

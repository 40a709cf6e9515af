"""How many inspections a second the server takes from phones, beside a bare Django view on the same machine.

Eight clients in a closed loop (each sends the next report when the last is acknowledged), on this machine too;
PostgreSQL with fsync, two web processes. Each inspection has twelve answers; with a photo, the report goes first
and 200 KB of JPEG follow, as the phone does it. Everything is on: token and device, rights, task, standard,
scoring, ledger, receipt. The bare view (`bare.py`) writes the same rows and bytes and checks nothing.

Beside the rates stands the processor time of one inspection, in milliseconds of one core: of the web processes
and of PostgreSQL. It says what the code costs also when other programs keep the machine busy.

    python -m benchmarks.ingest [--seconds 12]
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import multiprocessing
import os
import random
import shutil
import socket
import statistics
import sys
import tempfile
import threading
import time
import uuid
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from multiprocessing.synchronize import Barrier
from pathlib import Path

from benchmarks import field_town
from zerentian.server.embedded import embedded_database

CLIENTS = 8
VISITS_A_SECOND = 200  # of one client: more than it can send
PORTS = {"zerentian": 8141, "bare": 8142}


@dataclass
class Measured:
    """What the clients saw: seconds of each inspection, and what was not accepted."""

    times: list[float] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    def line(self, name: str, seconds: float, web: float, database: float) -> str:
        """A row of the table."""
        sorted_, count = sorted(self.times), max(1, len(self.times))
        return (
            f"{name:<26}{count / seconds:>9.0f}{statistics.median(sorted_) * 1000:>11.1f}"
            f"{sorted_[int(count * 0.95)] * 1000:>9.1f}{len(self.refused):>9}"
            f"{web / count * 1000:>9.2f}{database / count * 1000:>9.2f}{os.getloadavg()[0]:>7.1f}"
        )


def main() -> int:
    """Load, measure, print."""
    wanted = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    wanted.add_argument("--seconds", type=int, default=12, help="of each of the four measurements")
    seconds = wanted.parse_args().seconds
    folder = Path(tempfile.mkdtemp(prefix="ingest-"))
    try:
        with embedded_database(folder / "postgres") as address:
            field_town.settle(folder, address)
            from django.db import connection

            phones = field_town.load(CLIENTS, VISITS_A_SECOND * seconds)
            with connection.cursor() as cursor:
                cursor.execute("SHOW fsync")
                print(f"PostgreSQL fsync {cursor.fetchone()[0]}, {os.cpu_count()} cores, {CLIENTS} clients")
            _make_bare_tables()
            connection.close()
            _measure_all(phones, seconds, postmaster=_first_line(folder / "postgres" / "postmaster.pid"))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return 0


def _measure_all(phones: list[field_town.Phone], seconds: int, postmaster: int) -> None:
    print(
        f"{'':<26}{'a second':>9}{'median ms':>11}{'p95 ms':>9}{'refused':>9}"
        f"{'web ms':>9}{'SQL ms':>9}{'load':>7}"
    )
    rates: dict[tuple[str, bool], float] = {}
    servers = {"zerentian": "zerentian.server.wsgi:application", "bare": "benchmarks.bare:application"}
    for with_photo in (False, True):
        tasks = [_half(one.tasks, with_photo) for one in phones]
        for name, application in servers.items():
            with field_town.web_server(PORTS[name], application) as web:
                _load_with(PORTS[name], phones, [one[:20] for one in tasks], with_photo, seconds)  # warm up
                before = processor_time(web), processor_time(postmaster)
                found, took = _load_with(
                    PORTS[name], phones, [one[20:] for one in tasks], with_photo, seconds
                )
                used = processor_time(web) - before[0], processor_time(postmaster) - before[1]
            rates[name, with_photo] = len(found.times) / took
            print(found.line(f"{name}, {'one' if with_photo else 'no'} photo", took, *used), flush=True)
            if found.refused:
                print("  ", found.refused[0][:300])
    for with_photo in (False, True):
        ratio = rates["zerentian", with_photo] / rates["bare", with_photo]
        print(f"ratio {'with' if with_photo else 'without'} a photo: {ratio:.2f} (goal 0.80)")


def _half(tasks: list[str], second: bool) -> list[str]:
    middle = len(tasks) // 2
    return tasks[middle:] if second else tasks[:middle]


def processor_time(root: int) -> float:
    """Seconds of processor time that a process and all below it used so far, dead children included."""
    parents: dict[int, list[int]] = {}
    used: dict[int, int] = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            fields = entry.read_text().rpartition(")")[2].split()
            process = int(entry.parent.name)
            parents.setdefault(int(fields[1]), []).append(process)
            used[process] = sum(int(one) for one in fields[11:15])  # utime, stime, cutime, cstime: proc(5)
    total, waiting = 0, [root]
    while waiting:
        process = waiting.pop()
        total += used.get(process, 0)
        waiting += parents.get(process, [])
    return total / os.sysconf("SC_CLK_TCK")


def _first_line(path: Path) -> int:
    return int(path.read_text().split()[0])


def _load_with(
    port: int, phones: list[field_town.Phone], tasks: list[list[str]], with_photo: bool, seconds: int
) -> tuple[Measured, float]:
    """All clients in two processes that begin together, for some seconds or until their visits are made."""
    results: multiprocessing.Queue[tuple[Measured, float]] = multiprocessing.Queue()
    start = multiprocessing.Barrier(2)
    half = CLIENTS // 2
    parts = [
        multiprocessing.Process(
            target=_clients,
            args=(port, phones[at : at + half], tasks[at : at + half], with_photo, seconds, start, results),
        )
        for at in (0, half)
    ]
    for part in parts:
        part.start()
    found = [results.get() for _ in parts]
    for part in parts:
        part.join()
    both = Measured()
    for one, _ in found:
        both.times += one.times
        both.refused += one.refused
    return both, max(took for _, took in found)


def _clients(
    port: int, phones: list[field_town.Phone], tasks: list[list[str]], with_photo: bool, seconds: int,
    start: Barrier, results: multiprocessing.Queue[tuple[Measured, float]],
) -> None:  # fmt: skip
    picture = _Picture() if with_photo else None
    work = [
        [_requests(phone, task, picture) for task in mine] for phone, mine in zip(phones, tasks, strict=True)
    ]
    measured = Measured()
    start.wait()
    began = time.monotonic()
    threads = [threading.Thread(target=_client, args=(port, one, measured, began + seconds)) for one in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    results.put((measured, time.monotonic() - began))


def _client(port: int, work: list[list[tuple[bytes, ...]]], measured: Measured, end: float) -> None:
    with socket.create_connection(("127.0.0.1", port)) as line:
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for requests in work:
            began = time.monotonic()
            if began > end:
                return
            for request in requests:
                line.sendall(b"".join(request))
                head, body = _answer(line)
                if not head.startswith((b"HTTP/1.1 20",)):
                    measured.refused.append(f"{head.splitlines()[0]!r} {body[:300]!r}")
            measured.times.append(time.monotonic() - began)


def _answer(line: socket.socket) -> tuple[bytes, bytes]:
    got = b""
    while b"\r\n\r\n" not in got:
        got += line.recv(65536)
    head, _, body = got.partition(b"\r\n\r\n")
    lengths = [
        int(one.split(b":")[1]) for one in head.lower().splitlines() if one.startswith(b"content-length")
    ]
    while len(body) < lengths[0] if lengths else not body.endswith(b"0\r\n\r\n"):  # of a length, or in chunks
        body += line.recv(65536)
    return head, body


class _Picture:
    """About 200 KB of JPEG that compress no further; each use ends in bytes of its own."""

    def __init__(self) -> None:
        from PIL import Image

        noise = Image.frombytes("RGB", (520, 400), random.Random(1).randbytes(520 * 400 * 3))
        packed = io.BytesIO()
        noise.save(packed, "JPEG", quality=92)
        self._body, self._end = packed.getvalue()[:-32], packed.getvalue()[-2:]
        self._hash = hashlib.sha256(self._body)

    def another(self) -> tuple[str, bytes, bytes]:
        """SHA-256, and the bytes in two pieces."""
        tail = os.urandom(30) + self._end
        whole = self._hash.copy()
        whole.update(tail)
        return whole.hexdigest(), self._body, tail


def _requests(phone: field_town.Phone, task: str, picture: _Picture | None) -> list[tuple[bytes, ...]]:
    """The requests of one inspection, ready to be sent, each in pieces."""
    digest, *pieces = picture.another() if picture else ("",)
    now = datetime.now(UTC).isoformat()
    report = {
        "task": task, "standard": phone.standard, "started": now, "ended": now,
        "answers": {f"c{number}": str(number % 2) for number in range(field_town.CLAUSES)},
        "position": {"latitude": "31.1000001", "longitude": "121.0", "accuracy": 12},
        "fixes": [{"moment": "start", "at": now, "latitude": "31.1000001", "longitude": "121.0", "accuracy": 12}],
        "photos": [{"slot": "c1:1", "clause": "c1", "sha256": digest, "grade": "A", "taken": now}] if picture else [],
    }  # fmt: skip
    body = json.dumps(report).encode()
    sent = [_put(phone, f"/api/inspections/{uuid.uuid4()}", "application/json", body)]
    return sent + ([_put(phone, f"/api/photos/{digest}", "image/jpeg", *pieces)] if picture else [])


def _put(phone: field_town.Phone, path: str, kind: str, *body: bytes) -> tuple[bytes, ...]:
    head = (
        f"PUT {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {phone.token}\r\n"
        f"X-Device: {phone.device}\r\nContent-Type: {kind}\r\nContent-Length: {sum(map(len, body))}\r\n\r\n"
    )
    return (head.encode(), *body)


def _make_bare_tables() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE bare_tables_barereport (id uuid PRIMARY KEY, task uuid NOT NULL, started timestamptz NOT NULL)"
        )
        cursor.execute(
            "CREATE TABLE bare_tables_bareanswer (id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,"
            " report_id uuid NOT NULL REFERENCES bare_tables_barereport DEFERRABLE INITIALLY DEFERRED,"
            " clause varchar(64) NOT NULL, value varchar(300) NOT NULL)"
        )
        cursor.execute("CREATE INDEX ON bare_tables_bareanswer (report_id)")


if __name__ == "__main__":
    sys.exit(main())

"""How many inspections a second the server takes from phones, beside a bare Django view on the same machine.

Eight clients in a closed loop (each sends the next report when the last is acknowledged), on this machine too;
PostgreSQL with fsync, two web processes. Each inspection has twelve answers; with a photo, the report goes first
and 200 KB of JPEG follow, as the phone does it. Everything is on: token and device, rights, task, standard,
scoring, ledger, receipt. The bare view (`bare.py`) writes the same rows and bytes and checks nothing.
"""

from __future__ import annotations

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
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import field_town
from zerentian.server.embedded import embedded_database

CLIENTS, SECONDS, PHOTO = 8, 12, 200_000
VISITS = 1_200
PORTS = {"zerentian": 8141, "bare": 8142}


@dataclass
class Measured:
    """What the clients saw: seconds of each inspection, and what was not accepted."""

    times: list[float] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    def line(self, name: str, seconds: float) -> str:
        """A row of the table."""
        sorted_ = sorted(self.times)
        return (
            f"{name:<30}{len(sorted_) / seconds:>10.0f}{statistics.median(sorted_) * 1000:>12.1f}"
            f"{sorted_[int(len(sorted_) * 0.95)] * 1000:>10.1f}{len(self.refused):>9}"
        )


def main() -> int:
    """Load, measure, print."""
    folder = Path(tempfile.mkdtemp(prefix="ingest-"))
    try:
        with embedded_database(folder / "postgres") as address:
            field_town.settle(folder, address)
            from django.db import connection

            phones = field_town.load(CLIENTS, VISITS * 2)
            with connection.cursor() as cursor:
                cursor.execute("SHOW fsync")
                print(f"PostgreSQL fsync {cursor.fetchone()[0]}, {os.cpu_count()} cores, {CLIENTS} clients")
            _make_bare_tables()
            connection.close()
            _measure_all(phones)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return 0


def _measure_all(phones: list[field_town.Phone]) -> None:
    print(f"{'':<30}{'a second':>10}{'median ms':>12}{'p95 ms':>10}{'refused':>9}")
    rates: dict[tuple[str, bool], float] = {}
    servers = {"zerentian": "zerentian.server.wsgi:application", "bare": "benchmarks.bare:application"}
    for name, application in servers.items():
        with field_town.web_server(PORTS[name], application):
            for half, with_photo in enumerate((False, True)):
                tasks = [one.tasks[half * VISITS : (half + 1) * VISITS] for one in phones]
                found, seconds = _load_with(PORTS[name], phones, tasks, with_photo)
                rates[name, with_photo] = len(found.times) / seconds
                print(found.line(f"{name}, {'one photo' if with_photo else 'no photo'}", seconds), flush=True)
                if found.refused:
                    print("  ", found.refused[0][:300])
    for with_photo in (False, True):
        ratio = rates["zerentian", with_photo] / rates["bare", with_photo]
        print(f"ratio {'with' if with_photo else 'without'} a photo: {ratio:.2f} (goal 0.80)")


def _load_with(
    port: int, phones: list[field_town.Phone], tasks: list[list[str]], with_photo: bool
) -> tuple[Measured, float]:
    """All clients in two processes of their own, for `SECONDS` or until their visits are made."""
    results: multiprocessing.Queue[tuple[Measured, float]] = multiprocessing.Queue()
    half = CLIENTS // 2
    parts = [
        multiprocessing.Process(
            target=_clients, args=(port, phones[at : at + half], tasks[at : at + half], with_photo, results)
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
    return both, max(seconds for _, seconds in found)


def _clients(
    port: int, phones: list[field_town.Phone], tasks: list[list[str]], with_photo: bool, results: object
) -> None:
    jpeg = _jpeg()
    work = [
        [_requests(phone, task, jpeg if with_photo else b"") for task in mine]
        for phone, mine in zip(phones, tasks, strict=True)
    ]
    measured = Measured()
    end = time.monotonic() + SECONDS
    threads = [threading.Thread(target=_client, args=(port, one, measured, end)) for one in work]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    results.put((measured, time.monotonic() - began))


def _client(port: int, work: list[list[bytes]], measured: Measured, end: float) -> None:
    with socket.create_connection(("127.0.0.1", port)) as line:
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for requests in work:
            began = time.monotonic()
            if began > end:
                return
            for request in requests:
                line.sendall(request)
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


def _requests(phone: field_town.Phone, task: str, jpeg: bytes) -> list[bytes]:
    """The requests of one inspection, ready to be sent."""
    picture = jpeg[:-32] + os.urandom(30) + jpeg[-2:] if jpeg else b""
    digest = hashlib.sha256(picture).hexdigest()
    now = datetime.now(UTC).isoformat()
    report = {
        "task": task, "standard": phone.standard, "started": now, "ended": now,
        "answers": {f"c{number}": str(number % 2) for number in range(field_town.CLAUSES)},
        "position": {"latitude": "31.1000001", "longitude": "121.0", "accuracy": 12},
        "fixes": [{"moment": "start", "at": now, "latitude": "31.1000001", "longitude": "121.0", "accuracy": 12}],
        "photos": [{"slot": "c1:1", "clause": "c1", "sha256": digest, "grade": "A", "taken": now}] if jpeg else [],
    }  # fmt: skip
    sent = [_put(phone, f"/api/inspections/{uuid.uuid4()}", json.dumps(report).encode(), "application/json")]
    return sent + ([_put(phone, f"/api/photos/{digest}", picture, "image/jpeg")] if jpeg else [])


def _put(phone: field_town.Phone, path: str, body: bytes, kind: str) -> bytes:
    head = (
        f"PUT {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {phone.token}\r\n"
        f"X-Device: {phone.device}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def _jpeg() -> bytes:
    """A JPEG of about 200 KB that compresses no further."""
    from PIL import Image

    noise = Image.frombytes("RGB", (520, 400), random.Random(1).randbytes(520 * 400 * 3))
    packed = io.BytesIO()
    noise.save(packed, "JPEG", quality=92)
    return packed.getvalue()


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

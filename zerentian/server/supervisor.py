"""Starting the platform: everything on one machine to try it, or one part of it in production."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

from zerentian.core.months import in_words, is_month
from zerentian.core.problems import problem
from zerentian.server.embedded import embedded_database, secret_key
from zerentian.server.safety import unsafe_settings

_STOP_WITHIN = 10


def run_town(data: Path, port: int, demo: Path | None) -> int:
    """Database, web server and worker in one process group that Ctrl-C ends.

    Raises `ProblemsFound` when something else answers on `port`.
    """
    _require_free(port)
    data = data.resolve()
    os.environ.update(
        ZERENTIAN_DATA=str(data),
        ZERENTIAN_INSECURE="1",
        SECRET_KEY=secret_key(data),
        ALLOWED_HOSTS="127.0.0.1,localhost",
        SITE_URL=f"http://127.0.0.1:{port}",
    )
    with embedded_database(data / "postgres") as address:
        os.environ["DATABASE_URL"] = address
        _prepare()
        if demo:
            from zerentian.server.demo import load_demo

            print("正在准备演示镇（第一次约需半分钟）…", flush=True)
            load_demo(demo, data)
        parts = [_start("web", port), _start("worker", port)]
        print(f"地址：http://127.0.0.1:{port}/", flush=True)
        accounts = data / "demo_accounts.txt"
        if accounts.exists():
            print(accounts.read_text("utf-8"), end="", flush=True)
        print("按 Ctrl-C 结束。", flush=True)
        return _watch(parts)


def _require_free(port: int) -> None:
    """The web server shares its port with whoever has it, so that half of the requests would go astray."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # what was closed a moment ago is free
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise problem("server.port_taken", value=port) from error


def serve(part: str, host: str, port: int) -> int:
    """One part in production. Refuses unsafe settings and names them."""
    faults = unsafe_settings(os.environ)
    if faults:
        for fault in faults:
            print(fault, file=sys.stderr)
        return 2
    if part == "migrate":
        _prepare()
        return 0
    os.environ["DJANGO_SETTINGS_MODULE"] = "zerentian.server.settings"
    command = _command(part, host, port)
    return os.execvp(command[0], command)  # noqa: S606 - our own command, no shell


def verify_ledger() -> list[object]:
    """Recompute all chains of the database in DATABASE_URL; print and return the faults."""
    _set_up()
    from zerentian.ledger.queries import verify

    verdict = verify()
    print(f"逐条重算 {verdict.entries} 条已封存的记录")
    for fault in verdict.faults:
        print(fault)
    if not verdict.faults:
        print("台账完整")
    return list(verdict.faults)


def verify_month(month: str, town: str) -> list[str]:
    """Make all closings of a month again from the records in DATABASE_URL; print and return the differences.

    Raises `ProblemsFound` when nothing of the month is closed.
    """
    if not is_month(month):
        raise problem("month.invalid", value=month)
    _set_up()
    from zerentian.results.models import Closing
    from zerentian.results.verifying import differences

    kept = (Closing.State.CLOSED, Closing.State.REPLACED)
    closings = Closing.objects.filter(round__month=month, round__town__startswith=town, state__in=kept)
    if not closings.exists():
        raise problem("results.not_closed", value=in_words(month))
    faults = []
    for closing in closings.select_related("round"):
        found = list(differences(closing))
        print(f"{closing}：{'与封存的结果完全一致' if not found else '与封存的结果不同'}")
        for fault in found:
            print(f"  {fault}")
        faults += found
    return faults


def _set_up() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "zerentian.server.settings")
    import django

    django.setup()


def _prepare() -> None:
    _set_up()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    call_command("collectstatic", verbosity=0, interactive=False)


def _command(part: str, host: str, port: int) -> list[str]:
    binaries = Path(sys.executable).parent
    if part == "worker":
        return [sys.executable, "-m", "django", "procrastinate", "worker"]
    return [
        str(binaries / "granian"), "--interface", "wsgi", "--host", host, "--port", str(port),
        "--workers", os.environ.get("WEB_WORKERS", "1"), "--blocking-threads", "4", "--no-ws",
        # granian 2 was seen to wait forever for workers that were told to end on a starved machine
        "--workers-kill-timeout", "8", "--log-level", "warning", "zerentian.server.wsgi:application",
    ]  # fmt: skip


def _start(part: str, port: int) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "zerentian.server.settings"}
    return subprocess.Popen(_command(part, "127.0.0.1", port), env=environment)  # noqa: S603


def _watch(parts: list[subprocess.Popen[bytes]]) -> int:
    """Wait until Ctrl-C, SIGTERM or the end of a part; then end all of them."""

    def stop(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    for number in (signal.SIGTERM, signal.SIGINT):  # a shell starts background jobs with SIGINT ignored
        signal.signal(number, stop)
    status = 1
    try:
        while all(part.poll() is None for part in parts):
            time.sleep(0.2)
    except KeyboardInterrupt:
        status = 0
    for part in parts:
        with suppress(ProcessLookupError):
            part.terminate()
    for part in parts:
        try:
            part.wait(_STOP_WITHIN)
        except subprocess.TimeoutExpired:
            part.kill()
    return status

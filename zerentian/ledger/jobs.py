"""Background work of the ledger."""

from __future__ import annotations

from procrastinate.contrib.django import app

from zerentian.core import clock
from zerentian.ledger.actions import close_days, seal


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="ledger.seal", pass_context=False)
def seal_events(timestamp: int) -> None:
    """Chain what was recorded since, and close days gone by."""
    seal()
    close_days(clock.today())

"""Background work of the rounds."""

from __future__ import annotations

from procrastinate.contrib.django import app

from zerentian.rounds.evidence_actions import examine_waiting


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="examine_visits", lock="examine_visits", pass_context=False)
def examine_visits(timestamp: int) -> None:
    """Look at the evidence of what came since.

    Once a minute for all, not a job for each report: a job written while a phone waits would cost as much
    as the report's own rows, and whatever a killed worker left is taken up all the same.
    """
    examine_waiting()

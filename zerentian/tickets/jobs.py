"""Background work of the tickets."""

from __future__ import annotations

from procrastinate.contrib.django import app

from zerentian.tickets.following import follow_waiting
from zerentian.tickets.reminders import remind


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="follow_visits", lock="follow_visits", pass_context=False)
def follow_visits(timestamp: int) -> None:
    """Open tickets for what came since: not while a phone waits, and again after a worker was killed."""
    follow_waiting()


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="remind_of_tickets", lock="remind_of_tickets", pass_context=False)
def remind_of_tickets(timestamp: int) -> None:
    """Tell of deadlines that come near, are reached, or are over."""
    remind()

"""Background work of the messages."""

from __future__ import annotations

from procrastinate.contrib.django import app

from zerentian.messages.delivery_actions import deliver_waiting


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="deliver_messages", lock="deliver_messages", pass_context=False)
def deliver_messages(timestamp: int) -> None:
    """Send what is due; what a killed worker left is taken up all the same."""
    deliver_waiting()

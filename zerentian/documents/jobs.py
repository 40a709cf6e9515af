"""Background work of the documents."""

from __future__ import annotations

from uuid import UUID

from procrastinate.contrib.django import app

from zerentian.documents import actions


@app.task(name=actions.TASK, queue="documents")
def make_documents(job_id: str) -> None:
    """Make what a job asks for."""
    actions.make(UUID(job_id))


@app.periodic(cron="*/2 * * * *")
@app.task(queueing_lock="retry_documents", pass_context=False)
async def retry_stalled(timestamp: int) -> None:
    """Take up again what a worker was doing when it was killed."""
    for job in await app.job_manager.get_stalled_jobs():
        await app.job_manager.retry_job(job)

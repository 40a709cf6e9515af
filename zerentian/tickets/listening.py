"""What the room does when a lower one has acted, in the same transaction."""

from __future__ import annotations

from uuid import UUID

from zerentian.ledger.actions import PROGRAM
from zerentian.ledger.models import Event
from zerentian.ledger.subscriptions import on
from zerentian.rounds.models import Inspection
from zerentian.tickets.actions import withdraw_findings
from zerentian.tickets.models import Finding, Followed


@on("inspection.standing")
def _standing_decided(event: Event) -> None:
    """A visit that is set aside proves nothing; one that counts again is followed up anew."""
    to, visit = event.data["standing"]["to"], UUID(event.subject)
    if to == Inspection.Standing.SET_ASIDE:
        findings = Finding.objects.filter(inspection=visit, withdrawn="").select_related("ticket")
        withdraw_findings(PROGRAM, findings, "检查不予采信")
    elif not Finding.objects.filter(inspection=visit, withdrawn="").exists():
        Followed.objects.filter(inspection=visit).delete()

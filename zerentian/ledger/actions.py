"""Writing to the ledger: an event with each act, and the seals over them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db import connection, models, transaction

from zerentian.core import clock
from zerentian.core.regions import town_of
from zerentian.ledger.models import Chain, DailyRoot, Event, Seal
from zerentian.ledger.rules import START, canonical, leaf_hash, link, merkle_root
from zerentian.ledger.subscriptions import tell
from zerentian.pages.prepared import insert

_BATCH = 2000


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: an account, or the program itself (no account)."""

    account: UUID | None
    name: str
    request: str = ""
    address: str = ""


PROGRAM = Actor(None, "系统")


def record(
    by: Actor,
    kind: str,
    thing: models.Model,
    *,
    region: str = "",
    reason: str = "",
    data: Mapping[str, object] | None = None,
) -> Event:
    """Append an event to the ledger, in the caller's transaction.

    `region` is the code of the place concerned; its town's chain takes the event. Raises `RuntimeError`
    outside of a transaction: an act and its record stand or fall together.
    """
    event = prepared(by, kind, thing, region=region, reason=reason, data=data)
    insert([event])
    tell(event)
    return event


def prepared(
    by: Actor,
    kind: str,
    thing: models.Model,
    *,
    region: str = "",
    reason: str = "",
    data: Mapping[str, object] | None = None,
) -> Event:
    """An event for `record_all`, which writes many at once."""
    if not connection.in_atomic_block:
        raise RuntimeError(f"{kind} recorded outside of a transaction")
    return Event(
        town=town_of(region) if region else "",
        region=region,
        kind=kind,
        actor=by.account,
        actor_name=by.name,
        subject_type=thing._meta.model_name or "",
        subject=str(thing.pk),
        subject_name=str(thing)[:400],
        reason=reason,
        data=dict(data or {}),
        request=by.request,
        address=by.address,
    )


def record_all(events: Sequence[Event]) -> None:
    """Append many prepared events to the ledger, in the caller's transaction."""
    Event.objects.bulk_create(events, batch_size=_BATCH)
    for event in events:
        tell(event)


def seal() -> int:
    """Chain the events that are not yet; return how many. Safe to run from many workers at once."""
    count = 0
    waiting = _unsealed().order_by().values_list("town", flat=True).distinct()
    for town in list(waiting):
        while sealed := _seal_some(town):
            count += sealed
    return count


def _unsealed() -> models.QuerySet[Event]:
    return Event.objects.filter(~models.Exists(Seal.objects.filter(event=models.OuterRef("id"))))


@transaction.atomic
def _seal_some(town: str) -> int:
    Chain.objects.get_or_create(town=town, defaults={"hash": START})
    chain = Chain.objects.select_for_update().get(town=town)
    events = list(_unsealed().filter(town=town).order_by("at", "id")[:_BATCH])
    today = clock.today()
    seals = []
    for event in events:
        leaf = leaf_hash(canonical(event.fields()))
        chain.number += 1
        chain.hash = link(chain.hash, leaf)
        seals.append(
            Seal(town=town, number=chain.number, event=event.id, leaf=leaf, hash=chain.hash, day=today)
        )
    Seal.objects.bulk_create(seals)
    chain.save()
    return len(events)


@transaction.atomic
def close_days(before: date) -> list[DailyRoot]:
    """Make the roots of all days before `before` that have seals and no root yet."""
    made = []
    days = Seal.objects.filter(day__lt=before).order_by("town", "day").values_list("town", "day").distinct()
    done = set(DailyRoot.objects.values_list("town", "day"))
    for town, day in days:
        if (town, day) in done:
            continue
        seals = list(Seal.objects.filter(town=town, day=day).order_by("number"))
        made.append(
            DailyRoot.objects.create(
                town=town,
                day=day,
                first=seals[0].number,
                last=seals[-1].number,
                root=merkle_root([one.leaf for one in seals]),
                chain=seals[-1].hash,
            )
        )
    return made

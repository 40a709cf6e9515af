"""Carrying messages out, each as near to once as its channel permits.

A letter is put together in one transaction and sent in another, which holds its rows: a second worker passes
it by, and of a killed one it is free again at once. An e-mail or an application message is then sent again
as the same letter, which the receiver's side knows for the same. A robot knows nothing of that; so before
it is asked, the delivery is marked as begun, and one that was begun and never ended waits for an operator.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet

from zerentian.core import clock
from zerentian.core.ids import new_id
from zerentian.core.problems import problem
from zerentian.ledger.actions import record
from zerentian.messages.channels import sender_for
from zerentian.messages.channels.outcome import NotSent, Outlook, Sender
from zerentian.messages.letters import Entry, Letter, mark_of
from zerentian.messages.limits import limits
from zerentian.messages.models import Channel, Delivery, TownChannel
from zerentian.messages.rules import allowed_from, grouped, is_quiet, wait_after
from zerentian.people.person import Person
from zerentian.people.rules import Right

_LOG = logging.getLogger(__name__)
_RECEIVERS = 50
"""So many are made letters for at once."""
_States = Delivery.State


def deliver_waiting(seconds: float = 20) -> int:
    """Send what is due, until nothing is or `seconds` are over; return how many deliveries were sent.

    The channels of all towns take turns letter by letter, and one that fails as a whole is left alone until
    the next time, so none waits for another.
    """
    _note_unsure()
    end, count = time.monotonic() + seconds, 0
    due = _due().order_by("town", "channel").values_list("town", "channel").distinct()
    lines = deque(_line(town, channel) for town, channel in due)
    while lines and time.monotonic() < end:
        line = lines.popleft()
        sent = next(line, None)
        if sent is not None:
            count += sent
            lines.append(line)
    for line in lines:
        line.close()
    return count


def deliver_now(delivery: Delivery) -> Delivery:
    """Try a delivery at once, whatever the hour; return it as it is then."""
    waiting = Delivery.objects.filter(pk=delivery.pk, state=_States.WAITING, begun=None)
    channel = TownChannel.objects.get(town=delivery.town, channel=delivery.channel)
    with closing(sender_for(channel.channel, channel.settings)) as sender:
        for letter in _put_together(waiting, begin_one=channel.channel == Channel.WECOM_ROBOT):
            _deliver(sender, letter)
    return Delivery.objects.get(pk=delivery.pk)


@transaction.atomic
def retry(by: Person, delivery: Delivery) -> None:
    """Let a delivery that was given up, refused or is unsure wait anew. Raises `ProblemsFound` else."""
    held = Delivery.objects.select_for_update().get(pk=delivery.pk)
    by.require(Right.MANAGE_SETTINGS, held.town)
    if not held.may_be_retried:
        raise problem("message.not_retried", value=held, state=held.get_state_display())
    before = held.get_state_display()
    held.state, held.attempts, held.next_try = _States.WAITING, 0, clock.now()
    held.last_error, held.batch, held.begun = "", None, None
    held.save()
    record(by, "delivery.retried", held, region=held.town, data={"state": before})


def _due() -> QuerySet[Delivery]:
    """What may go out now."""
    now, quiet = clock.now(), limits().quiet
    rows = Delivery.objects.filter(state=_States.WAITING, next_try__lte=now, begun=None)
    if not is_quiet(now, quiet):
        return rows
    return rows.filter(urgent=True) if quiet.urgent_passes else rows.none()


@transaction.atomic
def _note_unsure() -> None:
    """What was begun long ago and that nobody is at."""
    since = clock.now() - timedelta(minutes=limits().robot.unsure_after)
    rows = Delivery.objects.filter(state=_States.WAITING, begun__lt=since)
    held = list(rows.select_for_update(skip_locked=True).values_list("pk", flat=True))
    Delivery.objects.filter(pk__in=held).update(
        state=_States.UNSURE, last_error="发送中断，不能确定群里是否已收到；请到群里查看后决定是否重发"
    )


def _line(town: str, channel: str) -> Generator[int, None, None]:
    """Sends a town's due letters through a channel, one a step; yields how many deliveries it held."""
    due = _due().filter(town=town, channel=channel)
    known = TownChannel.objects.filter(town=town, channel=channel, is_on=True).first()
    if known is None:
        due.update(state=_States.FAILED, last_error="本镇已停用这个渠道")
        return
    with closing(sender_for(channel, known.settings)) as sender:
        for letter in _letters(due, alone=channel == Channel.WECOM_ROBOT):
            fault = _deliver(sender, letter)
            yield 0 if fault else len(letter)
            if fault and fault.concerns_all:
                return


def _letters(due: QuerySet[Delivery], alone: bool) -> Iterator[list[Delivery]]:
    """Letters for one receiver after the other, those with something urgent first; `alone`, each is put
    together when it is its turn.
    """
    for rows in (due.filter(urgent=True), due):
        last: str | None = None
        while receivers := _receivers(rows, last):
            last = receivers[-1]
            waiting = rows.filter(address__in=receivers)
            if not alone:
                yield from _put_together(waiting)
            while alone and (letters := _put_together(waiting, begin_one=True)):
                yield letters[0]


def _receivers(rows: QuerySet[Delivery], after: str | None) -> list[str]:
    if after is not None:
        rows = rows.filter(address__gt=after)
    return list(rows.order_by("address").values_list("address", flat=True).distinct()[:_RECEIVERS])


@transaction.atomic
def _put_together(waiting: QuerySet[Delivery], begin_one: bool = False) -> list[list[Delivery]]:
    """Make letters of what waits and nobody else is at; with `begin_one` one, marked as begun."""
    held = waiting.select_for_update(skip_locked=True, of=("self",)).select_related("message__account")
    rows = list(held.order_by("-urgent", "id"))
    gone = [one.pk for one in rows if one.message and not one.message.account.is_active]
    if gone:
        Delivery.objects.filter(pk__in=gone).update(state=_States.FAILED, last_error="账号已停用")
    letters = grouped(one for one in rows if one.pk not in gone)[: 1 if begin_one else None]
    fresh = []
    for letter in letters:
        batch = letter[0].batch or new_id()
        for one in letter:
            if begin_one:
                one.begun = clock.now()
            if begin_one or one.batch is None:
                one.batch = batch
                fresh.append(one)
    if fresh:
        Delivery.objects.bulk_update(fresh, ["batch", "begun"])
    return letters


@transaction.atomic
def _deliver(sender: Sender, letter: Sequence[Delivery]) -> NotSent | None:
    """Send a letter that still waits and note what became of it; what went wrong, if anything did."""
    mine = Delivery.objects.filter(pk__in=[one.pk for one in letter])
    # What was begun is ours alone: a lock on it is that of somebody who looked and will find it begun.
    held = mine.filter(state=_States.WAITING).select_for_update(skip_locked=letter[0].begun is None)
    if dict(held.values_list("pk", "attempts")) != {one.pk: one.attempts for one in letter}:
        return NotSent("somebody else is or was at it")
    fault = _try(sender, letter)
    now = clock.now()
    if fault is None:
        mine.update(state=_States.SENT, sent_at=now, attempts=F("attempts") + 1, last_error="")
    else:
        _put_off(mine, letter, fault, now)
    return fault


def _try(sender: Sender, letter: Sequence[Delivery]) -> NotSent | None:
    try:
        sender.send(_letter_of(letter))
    except NotSent as fault:
        return fault
    except Exception as error:  # a fault of ours in one letter keeps no other from going
        # not the error's text: it may hold a key
        _LOG.error("letter %s could not be sent: %s", letter[0].batch, type(error).__name__)
        return NotSent("程序出错，没有发出", Outlook.UNSURE)
    return None


def _put_off(rows: QuerySet[Delivery], letter: Sequence[Delivery], fault: NotSent, now: datetime) -> None:
    """Note a failure: tried again later, or not by itself. A letter waits as long as its youngest part."""
    wait = wait_after(min(one.attempts for one in letter) + 1, limits().backoff)
    changes: dict[str, object] = {"attempts": F("attempts") + 1, "last_error": fault.reason[:200]}
    if fault.outlook == Outlook.NEVER:
        changes["state"] = _States.FAILED
    elif fault.outlook == Outlook.UNSURE and letter[0].channel == Channel.WECOM_ROBOT:
        changes["state"] = _States.UNSURE
    elif wait is None:
        changes["state"] = _States.GAVE_UP
    else:
        changes |= {"begun": None, "next_try": allowed_from(now + wait, letter[0].urgent, limits().quiet)}
        if fault.outlook == Outlook.LATER:  # it surely was not taken: what came meanwhile may join it
            changes["batch"] = None
    rows.update(**changes)


def _letter_of(deliveries: Sequence[Delivery]) -> Letter:
    entries = tuple(Entry(one.title, one.body, settings.SITE_URL + one.url) for one in deliveries)
    mark = mark_of(one.pk for one in deliveries)
    return Letter(mark, deliveries[0].address, entries, limits().digest.listed)

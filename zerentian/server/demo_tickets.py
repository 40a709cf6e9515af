"""The demo town's rectification: what its visits of this month found, mended by some and not by others."""

from __future__ import annotations

import datetime
import random
from collections.abc import Iterator

from django.db.models import F

from zerentian.core import clock
from zerentian.core.worktime import TOWN_ZONE
from zerentian.messages.models import Message
from zerentian.people.models import Account, Organisation
from zerentian.people.person import Person
from zerentian.rounds.models import Assignment, Round
from zerentian.rounds.photos import Filed, file_photo
from zerentian.server.demo_photos import drawn_photos
from zerentian.tickets import actions, extensions
from zerentian.tickets.following import follow_waiting
from zerentian.tickets.models import Ticket
from zerentian.tickets.proofs import add_proof
from zerentian.tickets.reminders import remind
from zerentian.tickets.rules import State

_MENDED = 220
"""So many repairs have a photo of their own, each drawn once."""


def play_tickets(operator: Person, dispatcher: Person, round_: Round, drawn: int) -> None:
    """Day by day: the visits become tickets, and the days after show what became of them."""
    photos = iter([file_photo(content) for content in drawn_photos(drawn + _MENDED)[drawn:]])
    people = _people_by_organisation()
    done = round_.assignments.filter(state=Assignment.State.DONE).order_by("day")
    days = done.values_list("day", flat=True).distinct()
    for day in days:
        with clock.set_to(_at(day, 18)):
            while follow_waiting():
                pass
        morning = _at(day + datetime.timedelta(days=1), 9)
        if morning < clock.now():
            with clock.set_to(morning):
                remind()
                _play_morning(operator, dispatcher, people, photos)
    yesterday = clock.now() - datetime.timedelta(days=1)
    Message.objects.filter(created__lt=yesterday).update(read_at=F("created"))


def _play_morning(
    operator: Person, dispatcher: Person, people: dict[object, Person], photos: Iterator[Filed]
) -> None:
    for ticket in Ticket.objects.filter(state=State.DISPATCHED).order_by("number"):
        chance = random.Random(ticket.number).random()  # noqa: S311 - invents a course
        by = people.get(ticket.handler_id)
        if by is None or ticket.fails:
            continue
        if chance < 0.04:
            actions.give_back(by, ticket, "现场属道路保洁范围，不归本单位")
        elif (
            chance < 0.08
            and ticket.due
            and ticket.due > clock.now()
            and not ticket.extension_requests.exists()
        ):
            latest = extensions.latest_for(ticket)
            if latest is not None:
                extensions.ask_for_extension(by, ticket, latest, "容器须定制，供货需三个工作日")
        elif chance < 0.11:
            review = clock.today() + datetime.timedelta(days=20)
            actions.suspend(operator, ticket, "厢房列入改造计划，完工后一并整改", review)
        elif chance < 0.14 and ticket.supervised_at is None:
            actions.supervise(operator, ticket, "居民多次反映，请当日整改")
        elif chance < 0.75 and (photo := next(photos, None)) is not None:
            add_proof(by, ticket, "after", photo)
            actions.handle(by, ticket, "已现场整改，并告知值守人员")
            _verify(operator, dispatcher, ticket, chance)


def _verify(operator: Person, dispatcher: Person, ticket: Ticket, chance: float) -> None:
    if chance < 0.2:
        actions.verify(dispatcher, ticket, False, "照片中仍有小包垃圾")
    elif chance < 0.6:
        actions.verify(dispatcher, ticket, True, "已看现场")
        if chance < 0.5:
            actions.close(operator, ticket)


def _people_by_organisation() -> dict[object, Person]:
    kinds = Organisation.Kind
    accounts = Account.objects.filter(
        posts__organisation__kind__in=(kinds.COMMITTEE, kinds.PROPERTY_COMPANY, kinds.UNIT)
    ).prefetch_related("posts")
    return {post.organisation_id: Person.of(one) for one in accounts for post in one.posts.all()}


def _at(day: datetime.date, hour: int) -> datetime.datetime:
    return datetime.datetime.combine(day, datetime.time(hour), TOWN_ZONE)

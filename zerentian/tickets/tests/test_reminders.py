"""The ladder on a clock that is set: who is told when, each rung once, whatever is killed."""

from __future__ import annotations

import datetime

import pytest

from tests.cast import LONG_AGO, TOWN, VILLAGE, Cast
from tests.playing import at
from zerentian.core import clock
from zerentian.messages.models import Message
from zerentian.people.models import Account, Post
from zerentian.standards.queries import loop_of
from zerentian.tickets import actions, reminders
from zerentian.tickets.actions import Seen
from zerentian.tickets.models import Proof, Ticket
from zerentian.tickets.reminders import remind

MONDAY = at(datetime.date(2023, 10, 23))
DAY = datetime.timedelta(days=1)


@pytest.fixture
def leader(cast: Cast) -> Account:
    """A leader who answers for our village."""
    return linked_leader(cast)


def linked_leader(cast: Cast) -> Account:
    made = Account.objects.create(login="linked", name="包干领导（东村）", must_change_password=False)
    Post.objects.create(
        account=made,
        role="field_leader",
        organisation=cast.organisations["office"],
        region=VILLAGE,
        since=LONG_AGO,
    )
    return made


def opened(cast: Cast, clause: str = "on_duty") -> Ticket:
    problem_class = loop_of(TOWN, "2023-10").class_of(clause)
    found = [Seen("无人值守", clock.now(), clause, "否")]
    return actions.open_ticket(cast.person("operator"), cast.sites["own"], "town", problem_class, found)


def told(since: int = 0) -> list[tuple[str, str]]:
    rows = Message.objects.order_by("pk").values_list("account__login", "title")
    return list(rows)[since:]


def test_the_ladder_climbs_by_itself(cast: Cast, leader: Account) -> None:
    with clock.set_to(MONDAY):
        assert opened(cast).due == at(datetime.date(2023, 10, 25), 17)
        remind()
    steps: list[tuple[datetime.datetime, list[tuple[str, str]]]] = [
        (MONDAY, [("property", "新的整改单：东村一期")]),
        (at(datetime.date(2023, 10, 25), 14, 59), []),
        (at(datetime.date(2023, 10, 25), 15), [("property", "整改快到期：东村一期")]),
        (
            at(datetime.date(2023, 10, 25), 17),
            [("property", "整改到期：东村一期"), ("village", "整改到期：东村一期")],
        ),
        (at(datetime.date(2023, 10, 26), 14, 29), []),
        (
            at(datetime.date(2023, 10, 26), 14, 30),
            [("village", "整改已逾期：东村一期"), ("linked", "整改已逾期：东村一期")],
        ),
        (
            at(datetime.date(2023, 10, 27), 17),
            [("deputy", "整改已逾期：东村一期"), ("dispatcher", "整改已逾期：东村一期")],
        ),
        (at(datetime.date(2023, 11, 27), 17), []),
    ]
    seen = 0
    for moment, expected in steps:
        with clock.set_to(moment):
            remind()
            remind()
        assert told(seen) == expected, moment
        seen += len(expected)


def test_a_worker_that_slept_tells_everything_once(cast: Cast, leader: Account) -> None:
    with clock.set_to(MONDAY):
        opened(cast)
    with clock.set_to(MONDAY + 30 * DAY):
        assert (remind(), remind()) == (1, 0)
    assert len(told()) == 8


def test_what_is_mended_is_not_reminded_of(cast: Cast) -> None:
    with clock.set_to(MONDAY):
        ticket = opened(cast)
        remind()
        Proof.objects.create(ticket=ticket, kind="after", sha256="a" * 64)
        actions.handle(cast.person("property"), ticket, "已安排值守")
    with clock.set_to(MONDAY + 30 * DAY):
        assert remind() == 0
    assert told() == [("property", "新的整改单：东村一期"), ("dispatcher", "整改完成，待核查：东村一期")]


def test_a_nearer_deadline_has_a_ladder_of_its_own(cast: Cast) -> None:
    with clock.set_to(MONDAY):
        ticket = opened(cast, "bins")
        remind()
        actions.supervise(cast.person("operator"), ticket, "当日整改")
        remind()
    assert told()[1:] == [("property", "督办：东村一期"), ("village", "督办：东村一期")]
    with clock.set_to(at(datetime.date(2023, 10, 24), 17)):
        remind()
    assert ("property", "整改到期：东村一期") in told()


def test_what_was_given_back_reminds_its_dispatcher(cast: Cast) -> None:
    with clock.set_to(MONDAY):
        ticket = opened(cast)
        actions.give_back(cast.person("property"), ticket, "不归物业")
    with clock.set_to(at(datetime.date(2023, 10, 25), 17)):
        remind()
    assert ("dispatcher", "整改到期：东村一期（已退回，等待派遣）") in told()
    assert ("property", "整改到期：东村一期（已退回，等待派遣）") not in told()


def test_a_worker_killed_in_the_middle_loses_and_doubles_nothing(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    with clock.set_to(MONDAY):
        opened(cast)
        opened(cast, "bins")
    real = reminders.tell_all
    with clock.set_to(MONDAY + DAY), monkeypatch.context() as patch:
        patch.setattr(reminders, "tell_all", _told_and_killed(real))
        with pytest.raises(KeyboardInterrupt):
            remind()
    assert told() == []
    with clock.set_to(MONDAY + DAY):
        remind()
        remind()
    assert told() == [("property", "新的整改单：东村一期")] * 2


def _told_and_killed(real: object) -> object:
    def tell(notices: object) -> None:
        real(notices)  # type: ignore[operator]
        raise KeyboardInterrupt

    return tell

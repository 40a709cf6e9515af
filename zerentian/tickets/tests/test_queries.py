"""Every number of the board is the length of the list that it leads to."""

from __future__ import annotations

import datetime
import re

import pytest

from tests.cast import TOWN, Cast
from tests.playing import at
from zerentian.core import clock
from zerentian.standards.queries import loop_of
from zerentian.tickets import actions, queries
from zerentian.tickets.actions import Seen
from zerentian.tickets.models import Proof, Ticket

MONDAY = at(datetime.date(2023, 10, 23))


@pytest.fixture
def played(cast: Cast) -> Cast:
    """Tickets in many states: late, due today, mended late and in time, failed, returned, suspended, closed."""
    loop, by = loop_of(TOWN, "2023-10"), cast.person("operator")
    with clock.set_to(MONDAY):
        made = [
            actions.open_ticket(by, cast.sites[site], source, loop.class_of(clause), [Seen("问题", clock.now(), clause)])
            for site in ("own", "next")
            for source, clause in (("town", "ground"), ("district", "bins"), ("town", "on_duty"), ("public", "notice"), ("city", "mixed"))
        ]  # fmt: skip
    late, bins, duty, _, mixed, other, *_ = made
    with clock.set_to(MONDAY + datetime.timedelta(hours=9)):
        for one in (late, bins, duty):
            Proof.objects.create(ticket=one, kind="after", sha256=f"{one.number:0>64}")
            actions.handle(cast.person("property"), one, "已整改")
        actions.verify(cast.person("village"), late, True, "")
        actions.close(by, late)
        actions.verify(cast.person("village"), bins, False, "仍缺")
        actions.give_back(cast.person("property"), mixed, "不归物业")
        actions.suspend(by, other, "待改造", datetime.date(2023, 11, 1))
    return cast


@pytest.mark.parametrize("who", ["operator", "property", "village", "outsider"])
def test_every_number_is_the_length_of_its_list(played: Cast, who: str) -> None:
    with clock.set_to(MONDAY + datetime.timedelta(days=2)):
        client = played.client(who)
        page = client.get("/tickets/?month=2023-10").content.decode()
        links = re.findall(r'href="(/tickets/list\?[^"]*)"[^>]*>(?:<[^>]*>|\s)*([^<]*)', page)
        checked = 0
        for address, shown in links:
            if not shown.strip().isdigit() or "q=" in address:
                continue
            told = client.get(address.replace("&amp;", "&")).content.decode()
            assert f"共 {int(shown)} 条" in told, (address, shown)
            checked += 1
    assert checked >= (7 if who == "outsider" else 15)


def test_the_board_in_numbers(played: Cast) -> None:
    with clock.set_to(MONDAY + datetime.timedelta(days=2)):
        told = queries.standing(Ticket.objects.visible_to(played.operator), "2023-10")
        one = told.whole
    assert (one.registered, one.live, one.ended, one.returned, one.suspended) == (10, 9, 1, 1, 1)
    assert (one.judged, one.punctual) == (6, 2)
    assert (one.checked, one.at_once, one.first_right) == (2, 1, 50)
    assert sum(line.registered for line in told.boards["committee"]) == 10
    assert {line.name for line in told.boards["handler"]} == {"安居物业", "西村村委会", "（还没有派遣）"}
    assert sum(told.ages.values()) == sum(told.states.values()) == one.live


def test_medians_are_of_those_who_left_a_state(played: Cast) -> None:
    with clock.set_to(MONDAY + datetime.timedelta(days=2)):
        times = {
            label: (median, n) for label, median, n in queries.median_times(Ticket.objects.all(), "2023-10")
        }
    assert times["整改中"][0] == datetime.timedelta(hours=9)
    assert times["待核查"] == (datetime.timedelta(0), 2)

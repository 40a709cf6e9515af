"""The loop played: who may do what, when, and what the record says."""

from __future__ import annotations

import datetime
from collections.abc import Iterator

import pytest
from django.core.exceptions import PermissionDenied

from tests.cast import TOWN, Cast
from tests.playing import FIRST, POOR, at, drawn_round, inspect
from zerentian.core import clock
from zerentian.core.problems import ProblemsFound
from zerentian.ledger.actions import Actor
from zerentian.ledger.models import DailyRoot, Event
from zerentian.rounds import correction_actions
from zerentian.rounds.models import Inspection
from zerentian.rounds.report_actions import decide_standing
from zerentian.standards.queries import loop_of
from zerentian.tickets import actions, blind_checks, extensions
from zerentian.tickets.actions import Seen
from zerentian.tickets.following import follow_waiting
from zerentian.tickets.models import BlindCheck, Extension, Proof, Ticket
from zerentian.tickets.parts import moves_of
from zerentian.tickets.rules import Move, State

MONDAY = at(datetime.date(2023, 10, 23))
PNG = "a" * 64


@pytest.fixture
def monday() -> Iterator[None]:
    with clock.set_to(MONDAY):
        yield


def opened(
    cast: Cast, site: str = "own", source: str = "town", clause: str = "bins", **more: object
) -> Ticket:
    problem_class = loop_of(TOWN, "2023-10").class_of(clause)
    found = [Seen("容器不全", clock.now(), clause, "否")]
    return actions.open_ticket(
        cast.person("operator"), cast.sites[site], source, problem_class, found, **more
    )  # type: ignore[arg-type]


def mended(cast: Cast, ticket: Ticket, who: str = "property", seen: int = 0) -> Ticket:
    attempt = Ticket.objects.get(pk=ticket.pk).fails + 1
    Proof.objects.get_or_create(ticket=ticket, kind="after", attempt=attempt, sha256=PNG)
    return actions.handle(cast.person(who), ticket, "已补齐容器", seen)


def test_the_whole_loop(cast: Cast, monday: None) -> None:
    ticket = opened(cast)
    assert (ticket.state, ticket.handler, ticket.number) == (
        State.DISPATCHED,
        cast.organisations["property"],
        "2023-00001",
    )
    assert ticket.due == at(datetime.date(2023, 10, 30), 17)
    mended(cast, ticket)
    actions.verify(cast.person("village"), ticket, True, "已复核")
    ended = actions.close(cast.person("dispatcher"), ticket)
    assert (ended.state, ended.was_on_time, ended.fails) == (State.CLOSED, True, 0)
    kinds = list(Event.objects.filter(subject=str(ticket.pk)).order_by("id").values_list("kind", flat=True))
    assert kinds == ["ticket.register", "ticket.dispatch", "ticket.handle", "ticket.pass", "ticket.close"]
    assert [one.come_from for one in ended.steps.all()] == ["", "open", "dispatched", "handled", "verified"]


def test_numbers_count_by_town_and_year(cast: Cast) -> None:
    with clock.set_to(at(datetime.date(2023, 12, 31), 23, 59)):
        assert [opened(cast, site).number for site in ("own", "next", "far")] == [
            "2023-00001",
            "2023-00002",
            "2023-00001",
        ]
    with clock.set_to(at(datetime.date(2024, 1, 1), 0, 1)):
        assert opened(cast).number == "2024-00001"


def test_who_may_do_what(cast: Cast, monday: None) -> None:
    ticket = opened(cast)
    may = {name: set(moves_of(cast.accounts[name], ticket)) for name in cast.accounts}
    assert {name for name in may if Move.HANDLE in may[name]} == {"property"}
    assert {name for name in may if Move.DISPATCH in may[name]} == {
        "operator",
        "second_operator",
        "dispatcher",
    }
    mended(cast, ticket)
    ticket.refresh_from_db()
    verifiers = {name for name in cast.accounts if Move.PASS in moves_of(cast.accounts[name], ticket)}
    assert verifiers == {"operator", "second_operator", "dispatcher", "village"}
    for name in ("property", "neighbour", "outsider", "auditor", "inspector"):
        with pytest.raises(PermissionDenied):
            actions.verify(cast.person(name), ticket, True, "")
    actions.verify(cast.person("village"), ticket, True, "")
    with pytest.raises(PermissionDenied):
        actions.close(cast.person("village"), ticket)


def test_a_committee_does_not_verify_its_own_repair(cast: Cast, monday: None) -> None:
    ticket = opened(cast, "next")
    assert ticket.handler == cast.organisations["neighbour"]
    mended(cast, ticket, "neighbour")
    with pytest.raises(PermissionDenied):
        actions.verify(cast.person("neighbour"), ticket, True, "")
    actions.verify(cast.person("operator"), ticket, True, "")


def test_illegal_moves_say_what_became_of_the_ticket(cast: Cast, monday: None) -> None:
    ticket = opened(cast)
    with pytest.raises(ProblemsFound) as found:
        actions.close(cast.person("operator"), ticket)
    assert found.value.problems[0].code == "ticket.moved_on"
    with pytest.raises(ProblemsFound) as found:
        actions.handle(cast.person("property"), ticket, "已完成")
    assert found.value.problems[0].code == "ticket.no_photo"
    with pytest.raises(ProblemsFound) as found:
        actions.give_back(cast.person("property"), ticket, " ")
    assert found.value.problems[0].code == "ticket.no_reason"
    assert Ticket.objects.get(pk=ticket.pk).state == State.DISPATCHED


def test_of_two_who_decide_at_once_the_second_is_told(cast: Cast, monday: None) -> None:
    ticket = opened(cast)
    seen = Ticket.objects.get(pk=ticket.pk).version
    actions.supervise(cast.person("operator"), ticket, "群众反复投诉", seen)
    with pytest.raises(ProblemsFound) as found:
        actions.suspend(cast.person("dispatcher"), ticket, "待施工", datetime.date(2023, 11, 1), seen)
    said = str(found.value.problems[0])
    assert "operator" in said
    assert "2023-10-23 09:00" in said


def test_a_failed_repair_is_mended_anew(cast: Cast, monday: None) -> None:
    ticket = mended(cast, opened(cast))
    failed = actions.verify(cast.person("operator"), ticket, False, "仍缺一只桶")
    assert (failed.state, failed.fails, failed.due) == (
        State.DISPATCHED,
        1,
        at(datetime.date(2023, 10, 24), 17),
    )
    with pytest.raises(ProblemsFound):
        actions.handle(
            cast.person("property"), ticket, "又补了一只"
        )  # photos of the first attempt prove nothing
    mended(cast, ticket)
    passed = actions.verify(cast.person("operator"), ticket, True, "")
    assert passed.first_handled_at == MONDAY
    reopened = actions.reopen(cast.person("operator"), ticket, "第二天又缺")
    assert (reopened.state, reopened.fails, reopened.closed_at) == (State.DISPATCHED, 2, None)


def test_mended_in_time_without_network_is_in_time(cast: Cast, monday: None) -> None:
    ticket = opened(cast)
    Proof.objects.create(ticket=ticket, kind="after", sha256=PNG)
    done = at(datetime.date(2023, 10, 30), 16)
    with clock.set_to(done + datetime.timedelta(hours=3)):
        handled = actions.handle(cast.person("property"), ticket, "已补齐", at=done)
    assert (handled.handled_at, handled.was_on_time) == (done, True)


def test_nothing_is_mended_before_it_was_sent_out_or_in_the_future(cast: Cast, monday: None) -> None:
    for day in (-1, 1):
        ticket = opened(cast)
        Proof.objects.create(ticket=ticket, kind="after", sha256=PNG)
        claimed = MONDAY + datetime.timedelta(days=day)
        assert actions.handle(cast.person("property"), ticket, "已补齐", at=claimed).handled_at == MONDAY


def test_who_handed_the_code_out_does_not_verify(cast: Cast, monday: None) -> None:
    ticket = opened(cast)
    Proof.objects.create(ticket=ticket, kind="after", sha256=PNG)
    actions.handle(Actor(None, "商铺"), ticket, "已清扫", name="店长", code_by=cast.village)
    with pytest.raises(PermissionDenied):
        actions.verify(cast.person("village"), ticket, True, "")
    assert actions.verify(cast.person("dispatcher"), ticket, True, "").state == State.VERIFIED


def test_given_back_and_sent_to_another(cast: Cast, monday: None) -> None:
    ticket = opened(cast)
    actions.give_back(cast.person("property"), ticket, "属公共区域，不归物业")
    with clock.set_to(MONDAY + datetime.timedelta(days=1)):
        sent = actions.dispatch(cast.person("dispatcher"), ticket, cast.organisations["village"])
    assert (sent.handler, sent.returns, sent.due) == (
        cast.organisations["village"], 1, at(datetime.date(2023, 10, 31), 17),
    )  # fmt: skip
    assert Ticket.objects.visible_to(cast.property).filter(pk=ticket.pk).exists()  # it is its site
    assert Move.HANDLE not in moves_of(cast.property, sent)


def test_reported_problems_are_verified_first(cast: Cast, monday: None) -> None:
    ticket = opened(cast, source="public")
    assert (ticket.state, ticket.handler) == (State.REPORTED, None)
    confirmed = actions.confirm(cast.person("village"), ticket, "现场属实")
    assert confirmed.state == State.DISPATCHED
    other = opened(cast, source="public")
    assert actions.dismiss(cast.person("operator"), other, "现场未见").state == State.DISMISSED


def test_a_senders_own_deadline_holds_when_it_is_earlier(cast: Cast, monday: None) -> None:
    early, late = MONDAY + datetime.timedelta(hours=5), MONDAY + datetime.timedelta(days=60)
    assert opened(cast, due=early).due == early
    assert opened(cast, clause="on_duty", due=late).due == at(datetime.date(2023, 10, 25), 17)


def test_extension_asked_decided_and_limited(cast: Cast, monday: None) -> None:
    ticket, by = opened(cast), cast.person("property")
    until = at(datetime.date(2023, 11, 2), 17)
    with pytest.raises(ProblemsFound) as found:
        extensions.ask_for_extension(by, ticket, until + datetime.timedelta(seconds=1), "定制容器")
    assert found.value.problems[0].code == "ticket.extension_until"
    asked = extensions.ask_for_extension(by, ticket, until, "定制容器")
    with pytest.raises(ProblemsFound):
        extensions.ask_for_extension(by, ticket, until, "再申请一次")
    with pytest.raises(PermissionDenied):
        extensions.decide_extension(cast.person("village"), asked, True, "同意")
    decided = extensions.decide_extension(cast.person("dispatcher"), asked, True, "属实")
    ticket.refresh_from_db()
    assert (decided.state, ticket.due, ticket.extensions) == (Extension.State.GRANTED, until, 1)
    with pytest.raises(ProblemsFound) as found:
        extensions.ask_for_extension(by, ticket, until, "又")
    assert found.value.problems[0].code == "ticket.extension_spent"
    with pytest.raises(ProblemsFound) as found:
        extensions.decide_extension(cast.person("operator"), asked, False, "不")
    assert found.value.problems[0].code == "ticket.extension_decided"


def test_no_extension_after_the_deadline(cast: Cast, monday: None) -> None:
    ticket = opened(cast)
    with clock.set_to(at(datetime.date(2023, 10, 30), 17, 1)), pytest.raises(ProblemsFound) as found:
        extensions.ask_for_extension(
            cast.person("property"), ticket, MONDAY + datetime.timedelta(days=9), "迟了"
        )
    assert found.value.problems[0].code == "ticket.extension_late"


def test_suspended_with_a_day_of_review(cast: Cast, monday: None) -> None:
    ticket, by = opened(cast), cast.person("operator")
    for day in (datetime.date(2023, 10, 23), datetime.date(2023, 11, 23)):
        with pytest.raises(ProblemsFound):
            actions.suspend(by, ticket, "厢房待改建", day)
    rests = actions.suspend(by, ticket, "厢房待改建", datetime.date(2023, 11, 22))
    assert (rests.state, rests.next_rung_at) == (State.SUSPENDED, None)
    with clock.set_to(at(datetime.date(2023, 11, 22))):
        assert actions.resume(by, ticket).due == at(datetime.date(2023, 11, 29), 17)


def test_a_problem_that_comes_again_is_supervised_by_itself(cast: Cast, monday: None) -> None:
    first = mended(cast, opened(cast))
    actions.verify(cast.person("operator"), first, True, "")
    actions.close(cast.person("operator"), first)
    with clock.set_to(MONDAY + datetime.timedelta(days=30)):
        again = opened(cast)
    assert (again.repeats, again.supervised_at is not None) == (first, True)
    assert again.due == at(datetime.date(2023, 11, 23), 17)
    with clock.set_to(MONDAY + datetime.timedelta(days=400)):
        assert opened(cast, clause="labels").repeats is None


@pytest.fixture
def poor_visit(cast: Cast) -> Inspection:
    found = drawn_round(cast)
    return inspect(cast, found.assignments.get(site=cast.sites["own"]), POOR)


def test_visits_become_tickets_once(cast: Cast, poor_visit: Inspection) -> None:
    with clock.set_to(at(FIRST, 12)):
        assert (follow_waiting(), follow_waiting()) == (1, 0)
    tickets = {one.problem_class: one for one in Ticket.objects.all()}
    assert set(tickets) == {"facility", "mixed"}
    facility = tickets["facility"].findings.order_by("clause")
    assert [(one.clause, one.inspection) for one in facility] == [("bins", poor_visit), ("dirty", poor_visit)]
    assert tickets["mixed"].source == "town"


def test_a_correction_takes_findings_back(cast: Cast, poor_visit: Inspection) -> None:
    with clock.set_to(at(FIRST, 12)):
        follow_waiting()
        asked = correction_actions.propose_correction(
            cast.person("operator"), poor_visit, {"purity": "10/10", "bins": "yes"}, "看错"
        )
        correction_actions.decide_correction(cast.person("second_operator"), asked, True, "属实")
        assert follow_waiting() == 1
    tickets = {one.problem_class: one for one in Ticket.objects.all()}
    assert tickets["mixed"].state == State.DISMISSED
    assert tickets["facility"].state == State.DISPATCHED
    assert dict(tickets["facility"].findings.values_list("clause", "withdrawn")) == {
        "bins": "检查记录已更正，这一项没有扣分", "dirty": "",
    }  # fmt: skip


def test_a_visit_set_aside_proves_nothing(cast: Cast, poor_visit: Inspection) -> None:
    with clock.set_to(at(FIRST, 12)):
        follow_waiting()
        decide_standing(cast.person("operator"), poor_visit, False, "照片不实")
        assert set(Ticket.objects.values_list("state", flat=True)) == {State.DISMISSED}
        decide_standing(cast.person("operator"), poor_visit, True, "查明属实")
        follow_waiting()
    assert Ticket.objects.live().count() == 2


def test_found_again_while_open_stays_one_ticket(cast: Cast, monday: None) -> None:
    ticket = opened(cast)
    actions.add_findings(
        cast.person("operator"), ticket, "district", [Seen("标识缺失", clock.now(), "labels")]
    )
    ticket.refresh_from_db()
    assert (Ticket.objects.count(), ticket.summary) == (1, "容器不全；标识缺失")


def test_blind_checks_are_drawn_and_settled(cast: Cast, monday: None) -> None:
    for site in ("own", "next"):
        ticket = mended(cast, opened(cast, site), "property" if site == "own" else "neighbour")
        actions.verify(cast.person("operator"), ticket, True, "")
        actions.close(cast.person("operator"), ticket)
    by = cast.person("operator")
    with pytest.raises(ProblemsFound) as found:
        blind_checks.draw_blind_checks(by, TOWN, "2023-10")
    assert found.value.problems[0].code == "ticket.no_root"
    DailyRoot.objects.create(
        town=TOWN, day=datetime.date(2023, 10, 22), first=1, last=1, root="ab", chain="cd"
    )
    (check,) = blind_checks.draw_blind_checks(by, TOWN, "2023-10")
    with pytest.raises(ProblemsFound):
        blind_checks.draw_blind_checks(by, TOWN, "2023-10")
    with pytest.raises(ProblemsFound) as found:
        blind_checks.settle_blind_check(by, check, False, "桶又没了")  # who verified does not look again
    assert found.value.problems[0].code == "ticket.own_check"
    blind_checks.settle_blind_check(cast.person("dispatcher"), check, False, "桶又没了")
    check.ticket.refresh_from_db()
    assert (check.ticket.state, BlindCheck.objects.get().verdict) == (State.DISPATCHED, "fails")


def test_visible_only_to_whom_it_concerns(cast: Cast, monday: None) -> None:
    opened(cast)
    seen = {name for name in cast.accounts if Ticket.objects.visible_to(cast.accounts[name]).exists()}
    assert seen == {
        "operator",
        "second_operator",
        "dispatcher",
        "auditor",
        "deputy",
        "leader",
        "village",
        "property",
    }

"""Carrying out: once, together, later, and never one channel for the other's fault."""

from __future__ import annotations

import datetime
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection, transaction

from tests.cast import TOWN, Cast
from zerentian.core import clock
from zerentian.core.problems import ProblemsFound
from zerentian.ledger.models import Event
from zerentian.messages import actions
from zerentian.messages.channels.mail import Mailer
from zerentian.messages.channels.wecom import Application, Robot
from zerentian.messages.delivery_actions import deliver_waiting, retry
from zerentian.messages.jobs import deliver_messages
from zerentian.messages.letters import Letter
from zerentian.messages.models import Address, Delivery, Message, TownChannel
from zerentian.messages.tests.servers import ROBOT, MailServer, WeCom, free_port
from zerentian.messages.tests.test_telling import DAY, MORNING, NIGHT, tell
from zerentian.people.models import Account

MINUTE = datetime.timedelta(minutes=1)


def deliver(at: datetime.datetime = DAY) -> int:
    """What a worker does at a moment."""
    with clock.set_to(at):
        return deliver_waiting()


def announce(key: str = "k", **changes: Any) -> None:
    with clock.set_to(DAY):
        actions.announce(TOWN, key, "result", f"公布{key}", "", "/results/", **changes)


def tell_by_day(town: Cast, *parts: str, **changes: Any) -> None:
    with clock.set_to(DAY):
        tell(town, *parts, **changes)


def states() -> list[str]:
    return sorted(Delivery.objects.values_list("state", flat=True))


def to_whom(mail: MailServer) -> list[str]:
    return sorted(str(one["To"]) for one in mail.mails)


def test_each_channel_takes_its_own(town: Cast, mail: MailServer, wecom: WeCom) -> None:
    tell_by_day(town, "village", "operator")
    announce()
    assert deliver() == 4
    assert to_whom(mail) == ["operator@example.com", "village@example.com"]
    assert sorted(who for who, _ in wecom.received) == ["group", "zhangsan"]
    assert states() == ["sent"] * 4
    assert deliver() == 0
    one = Delivery.objects.get(channel="wecom_app")
    assert (one.attempts, one.sent_at, one.last_error) == (1, DAY, "")


def test_the_job_of_each_minute(town: Cast, mail: MailServer) -> None:
    tell(town, "village", urgent=True)
    deliver_messages(0)
    assert states() == ["sent"]


def test_the_link_opens_the_message(town: Cast, mail: MailServer) -> None:
    tell_by_day(town, "village")
    deliver()
    link = f"https://fenlei.example.com/messages/{Message.objects.get().pk}"
    assert link in mail.mails[0].get_content()


def test_what_waits_for_one_is_one_letter_and_urgent_ones_go_alone(
    town: Cast, mail: MailServer, wecom: WeCom
) -> None:
    for key in ("a", "b", "c"):
        tell_by_day(town, "village", key=key, title=f"事项{key}")
        announce(key)
    tell_by_day(town, "village", key="u", title="紧急事项", urgent=True)
    announce("u", urgent=True)
    assert deliver() == 8
    assert [one["Subject"] for one in mail.mails] == ["责任田：紧急事项", "责任田：3 条消息"]
    assert "2. 事项b" in mail.mails[1].get_content()
    assert [text.count("](") for text in wecom.texts()] == [1, 3]


def test_a_night_is_quiet_whatever_waits(town: Cast, mail: MailServer) -> None:
    tell_by_day(town, "village", key="a")
    tell_by_day(town, "village", key="u", title="紧急事项", urgent=True)
    assert deliver(NIGHT) == 1  # no worker ran by day
    assert mail.mails[0]["Subject"] == "责任田：紧急事项"
    assert deliver(MORNING) == 1


def test_a_failure_waits_longer_each_time_and_is_given_up(town: Cast, settings: Any) -> None:
    settings.EMAIL_PORT = free_port()
    tell_by_day(town, "village")
    at, waits = DAY, []
    for number in range(1, 6):
        assert deliver(at) == 0
        one = Delivery.objects.get()
        assert (one.state, one.attempts, one.last_error) == ("waiting", number, "连不上邮件服务器")
        waits.append(one.next_try - at)
        assert deliver(one.next_try - MINUTE / 2) == 0
        assert Delivery.objects.get().attempts == number
        at = one.next_try
    assert waits == [one * MINUTE for one in (1, 5, 15, 60, 240)]
    deliver(at)
    assert states() == ["gave_up"]
    assert deliver(at + datetime.timedelta(days=1)) == 0


def test_a_back_off_does_not_end_at_night(town: Cast, settings: Any) -> None:
    settings.EMAIL_PORT = free_port()
    tell_by_day(town, "village")
    deliver(NIGHT - datetime.timedelta(minutes=60, seconds=30))
    assert Delivery.objects.get().next_try == MORNING


def test_one_channels_failure_is_not_anothers(town: Cast, wecom: WeCom, settings: Any) -> None:
    settings.EMAIL_PORT = free_port()
    tell_by_day(town, "operator", "village")
    announce()
    assert deliver() == 2
    assert sorted(who for who, _ in wecom.received) == ["group", "zhangsan"]
    mails = Delivery.objects.filter(channel="email").order_by("-attempts")
    assert [one.attempts for one in mails] == [1, 0]  # the second was not tried in vain


def test_one_receivers_failure_is_not_anothers(town: Cast, mail: MailServer) -> None:
    mail.unknown.add("operator@example.com")
    tell_by_day(town, "operator", "village")
    deliver()
    assert to_whom(mail) == ["village@example.com"]
    failed = Delivery.objects.get(channel="email", state="failed")
    assert failed.last_error == "邮件服务器不接受收件地址（550）"


def test_a_fault_of_ours_is_noted_and_stops_nobody(
    town: Cast, mail: MailServer, wecom: WeCom, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(self: Robot, letter: Letter) -> None:
        raise KeyError("key=" + ROBOT)

    monkeypatch.setattr(Robot, "send", fail)
    announce()
    tell_by_day(town, "village")
    assert deliver() == 1
    one = Delivery.objects.get(channel="wecom_robot")
    assert (one.state, one.last_error) == ("unsure", "程序出错，没有发出")


def test_a_robot_that_is_gone_is_told_for_good(town: Cast, wecom: WeCom) -> None:
    TownChannel.objects.filter(channel="wecom_robot").update(settings={"key": "gone"})
    announce()
    deliver()
    one = Delivery.objects.get()
    assert one.state == "failed"
    assert "密钥无效" in one.last_error


def test_too_often_is_tried_again(town: Cast, wecom: WeCom) -> None:
    wecom.codes = [45009]
    announce()
    assert deliver() == 0
    announce("k2")
    assert deliver(DAY + MINUTE) == 2
    assert len(wecom.received) == 1  # surely not taken, so what came meanwhile went with it


class Killed(BaseException):
    """The worker is gone: nothing after this happens in it."""


def kill_while_delivering(monkeypatch: pytest.MonkeyPatch, sender: type[Any]) -> None:
    """A worker that dies between the server's answer and its own mark."""
    send = sender.send

    def die(self: Any, letter: Letter) -> None:
        send(self, letter)
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(sender, "send", die)
        with pytest.raises(Killed):
            deliver()


def test_a_mail_of_a_killed_worker_is_sent_again_as_the_same(
    town: Cast, mail: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell_by_day(town, "village", key="a")
    tell_by_day(town, "village", key="b")
    kill_while_delivering(monkeypatch, Mailer)
    assert states() == ["waiting", "waiting"]
    tell_by_day(town, "village", key="c")
    deliver()
    first, again, later = mail.mails
    assert first["Message-ID"] == again["Message-ID"] != later["Message-ID"]
    assert first.get_content() == again.get_content()
    assert states() == ["sent"] * 3


def test_an_application_message_of_a_killed_worker_is_not_received_twice(
    town: Cast, wecom: WeCom, monkeypatch: pytest.MonkeyPatch
) -> None:
    Address.objects.filter(channel="email").delete()
    tell_by_day(town, "operator")
    kill_while_delivering(monkeypatch, Application)
    tell_by_day(town, "operator", key="later")
    deliver()
    assert wecom.asked.count("/cgi-bin/message/send") == 3
    assert len(wecom.received) == 2


def test_a_robot_of_a_killed_worker_is_for_an_operator(
    town: Cast, wecom: WeCom, monkeypatch: pytest.MonkeyPatch
) -> None:
    announce()
    kill_while_delivering(monkeypatch, Robot)
    assert deliver(DAY + 9 * MINUTE) == 0
    assert states() == ["waiting"]
    announce("later")
    assert deliver(DAY + 11 * MINUTE) == 1
    assert states() == ["sent", "unsure"]
    assert len(wecom.received) == 2
    unsure = Delivery.objects.get(state="unsure")
    with clock.set_to(DAY + 12 * MINUTE):
        retry(town.person("admin"), unsure)
    assert deliver(DAY + 13 * MINUTE) == 1
    assert Event.objects.filter(kind="delivery.retried", town=TOWN).count() == 1


def test_a_robot_that_does_not_answer_is_not_asked_again_by_itself(town: Cast, wecom: WeCom) -> None:
    wecom.breaks = True
    announce()
    deliver()
    assert states() == ["unsure"]
    assert deliver(DAY + datetime.timedelta(hours=5)) == 0


def test_only_what_does_not_wait_is_retried_and_only_by_who_may(town: Cast) -> None:
    tell_by_day(town, "village")
    one = Delivery.objects.get()
    with pytest.raises(ProblemsFound):
        retry(town.person("admin"), one)
    for who in ("far_admin", "operator"):
        with pytest.raises(PermissionDenied):
            retry(town.person(who), one)


def test_nothing_goes_to_who_is_deactivated_or_through_a_closed_channel(town: Cast, mail: MailServer) -> None:
    tell_by_day(town, "village", "operator")
    Account.objects.filter(pk=town.village.pk).update(is_active=False)
    TownChannel.objects.filter(channel="wecom_app").update(is_on=False)
    deliver()
    assert to_whom(mail) == ["operator@example.com"]
    reasons = set(Delivery.objects.filter(state="failed").values_list("last_error", flat=True))
    assert reasons == {"账号已停用", "本镇已停用这个渠道"}


def apart(*acts: Callable[[], Any]) -> list[Any]:
    """Do these at once, each on a connection of its own: what they write is there for all of them."""
    start, told = threading.Barrier(len(acts)), []

    def work(act: Callable[[], Any]) -> None:
        start.wait()
        try:
            told.append(act())
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=[act]) for act in acts]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(told) == len(acts)
    return told


@pytest.fixture
def committed(db: None, mail: MailServer, wecom: WeCom) -> Iterator[list[Account]]:
    """Accounts that are there for every connection; removed at the end."""
    (accounts,) = apart(settle)
    yield accounts
    apart(leave)


def settle() -> list[Account]:
    accounts = Account.objects.bulk_create(Account(login=f"t{n}", name=f"t{n}") for n in range(40))
    Address.objects.bulk_create(
        Address(account=one, channel="email", address=f"{one.login}@example.com") for one in accounts
    )
    TownChannel.objects.create(town=TOWN, channel="email", is_on=True)
    TownChannel.objects.create(town=TOWN, channel="wecom_robot", is_on=True, settings={"key": ROBOT})
    return accounts


def leave() -> None:
    for rows in (Delivery, Message, Address, TownChannel, Account):
        rows.objects.all().delete()


def test_two_workers_at_once_send_each_letter_once(
    committed: list[Account], mail: MailServer, wecom: WeCom
) -> None:
    def tell_them() -> None:
        with clock.set_to(DAY), transaction.atomic():
            for key in ("a", "b"):
                actions.tell(committed, key, "todo", f"事项{key}", "", "/", town=TOWN)
            actions.tell(committed, "u", "late", "紧急", "", "/", urgent=True, town=TOWN)
            for number in range(10):
                actions.announce(TOWN, f"g{number}", "result", f"公布{number}", "", "/", urgent=True)

    apart(tell_them)
    sent = apart(deliver, deliver, deliver)
    sent += apart(deliver)  # what one left because another looked at it
    assert apart(states) == [["sent"] * 130]
    assert sum(sent) == 130
    assert len(mail.mails) == len({one["Message-ID"] for one in mail.mails})
    assert 80 <= len(mail.mails) <= 120  # what waits for one person may go as two letters, never twice
    assert len(wecom.received) == 10


def test_two_who_tell_the_same_at_once_tell_it_once(committed: list[Account]) -> None:
    def tell_them() -> int:
        with transaction.atomic():
            return actions.tell(committed, "same", "todo", "同一件事", "", "/", town=TOWN)

    assert sum(apart(tell_them, tell_them)) == 40
    assert apart(Delivery.objects.count) == [40]

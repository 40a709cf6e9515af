"""Telling people: in the act's transaction, once under a key, through the channels that are open to them."""

from __future__ import annotations

import datetime
from types import SimpleNamespace

import pytest
from django.core.exceptions import PermissionDenied
from django.db import transaction

from tests.cast import OTHER_TOWN, TOWN, Cast
from zerentian.core import clock
from zerentian.core.problems import ProblemsFound
from zerentian.core.worktime import TOWN_ZONE
from zerentian.ledger.models import Event
from zerentian.messages import actions
from zerentian.messages.models import Address, Delivery, Message, TownChannel
from zerentian.messages.queries import unread_of
from zerentian.messages.tests.servers import AGENT, CORPORATION, ROBOT, MailServer, WeCom
from zerentian.people.models import Account

DAY = datetime.datetime(2026, 3, 2, 10, tzinfo=TOWN_ZONE)
NIGHT = DAY.replace(hour=22)
MORNING = datetime.datetime(2026, 3, 3, 7, tzinfo=TOWN_ZONE)


def tell(cast: Cast, *parts: str, key: str = "k", **changes: object) -> int:
    """Tell some of the cast something."""
    given = {"title": "东村一期待整改", "body": "两天内完成。", "url": "/places/sites"} | changes
    accounts = [cast.accounts[part] for part in parts]
    return actions.tell(accounts, key, "todo", **given)


def test_the_inbox_and_each_open_channel(town: Cast) -> None:
    with clock.set_to(DAY):
        assert tell(town, "village", "operator", "deputy") == 3
    assert Message.objects.count() == 3
    found = Delivery.objects.values_list("message__account__login", "channel", "address", "town", "state")
    assert sorted(found) == [
        ("operator", "email", "operator@example.com", TOWN, "waiting"),
        ("operator", "wecom_app", "zhangsan", TOWN, "waiting"),
        ("village", "email", "village@example.com", TOWN, "waiting"),
    ]


def test_nobody_is_told_twice_under_one_key(town: Cast) -> None:
    assert tell(town, "village") == 1
    assert tell(town, "village", "operator", title="anders") == 1
    assert tell(town, "village", key="k2") == 1
    assert Message.objects.filter(account=town.village).count() == 2
    assert Delivery.objects.filter(message__account=town.village).count() == 2


def test_it_stands_or_falls_with_the_act(town: Cast) -> None:
    with transaction.atomic():
        tell(town, "village")
        transaction.set_rollback(True)
    assert not Message.objects.exists()
    assert not Delivery.objects.exists()


def test_outside_of_a_transaction_it_refuses(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions, "connection", SimpleNamespace(in_atomic_block=False))
    with pytest.raises(RuntimeError, match="outside of a transaction"):
        actions.tell([], "k", "todo", "t", "", "/")


@pytest.mark.parametrize("url", ["https://evil.example/", "//evil.example", "/\\evil.example", "", "places"])
def test_it_leads_nowhere_else(cast: Cast, url: str) -> None:
    with pytest.raises(ValueError, match="no path"):
        tell(cast, "village", url=url)


def test_who_is_deactivated_is_not_told(cast: Cast) -> None:
    Account.objects.filter(pk=cast.village.pk).update(is_active=False)
    cast.village.refresh_from_db()
    assert tell(cast, "village") == 0


def test_at_night_it_waits_for_the_morning_but_stands_in_the_inbox(town: Cast) -> None:
    with clock.set_to(NIGHT):
        tell(town, "village")
        tell(town, "village", key="urgent", urgent=True)
        assert unread_of(town.village) == 2
    times = dict(Delivery.objects.values_list("key", "next_try"))
    assert times == {"k": MORNING, "urgent": NIGHT}


def test_what_is_put_off_shows_when_its_time_has_come(town: Cast) -> None:
    with clock.set_to(DAY):
        tell(town, "village", at=DAY + datetime.timedelta(days=1, hours=12))
        assert unread_of(town.village) == 0
    assert Delivery.objects.get().next_try == MORNING + datetime.timedelta(days=1)
    with clock.set_to(DAY + datetime.timedelta(days=2)):
        assert unread_of(town.village) == 1


def test_the_town_is_the_one_concerned(town: Cast) -> None:
    tell(town, "village", town=OTHER_TOWN)
    assert Message.objects.get().town == OTHER_TOWN
    assert not Delivery.objects.exists()  # that town opened no channel


def test_a_long_title_is_cut_and_stays_one_line(cast: Cast) -> None:
    tell(cast, "village", title="东\n村" * 200)
    title = Message.objects.get().title
    assert len(title) == 200
    assert "\n" not in title


def test_a_group_is_told_once(town: Cast) -> None:
    words = ("k", "result", "结果已公布", "", "/results/")
    assert actions.announce(TOWN, *words)
    assert not actions.announce(TOWN, *words)
    assert not actions.announce(OTHER_TOWN, *words)
    one = Delivery.objects.get()
    assert (one.channel, one.address, one.message) == ("wecom_robot", "", None)


def test_only_ones_own_messages_are_marked(town: Cast) -> None:
    tell(town, "village", "operator")
    assert actions.mark_read(town.person("village"), Message.objects.all()) == 1
    assert (unread_of(town.village), unread_of(town.operator)) == (0, 1)


def test_an_address_is_kept_and_the_ledger_does_not_know_it(town: Cast) -> None:
    tell(town, "village")
    actions.set_address(town.person("village"), "email", " new@example.com ")
    assert Address.objects.get(account=town.village).address == "new@example.com"
    assert Delivery.objects.get().address == "new@example.com"
    event = Event.objects.get()
    assert (event.kind, event.town) == ("address.set", TOWN)
    assert "new@" not in f"{event.data}{event.subject_name}{event.reason}"
    actions.set_address(town.person("village"), "email", "new@example.com")
    assert Event.objects.count() == 1
    actions.set_address(town.person("village"), "email", "")
    assert not Address.objects.filter(account=town.village).exists()
    assert Delivery.objects.get().state == "failed"


@pytest.mark.parametrize(
    ("channel", "text"),
    [
        ("email", "nobody"),
        ("email", "a@b.cn\nBcc: x@y.cn"),
        ("wecom_app", "张三"),
        ("wecom_app", "a|b"),
        ("wecom_robot", "x"),
    ],
)
def test_what_is_no_address_is_refused(cast: Cast, channel: str, text: str) -> None:
    with pytest.raises(ProblemsFound):
        actions.set_address(cast.person("village"), channel, text)


def test_a_channel_is_opened_with_what_it_needs(cast: Cast, mail: MailServer, wecom: WeCom) -> None:
    admin = cast.person("admin")
    actions.set_channel(admin, TOWN, "email", True, {})
    actions.set_channel(admin, TOWN, "wecom_app", True, {"corp_id": CORPORATION, "agent_id": AGENT})
    actions.set_channel(admin, TOWN, "wecom_robot", True, {"key": ROBOT})
    actions.set_channel(admin, TOWN, "wecom_robot", True, {"key": ""})
    robot = TownChannel.objects.get(channel="wecom_robot")
    assert robot.settings == {"key": ROBOT}
    events = Event.objects.filter(kind="channel.changed")
    assert events.count() == 3
    assert ROBOT not in str(list(events.values_list("data", "subject_name")))


def test_a_channel_that_lacks_something_stays_off(cast: Cast, settings: object) -> None:
    for channel, lacking in (
        ("email", "EMAIL_HOST"),
        ("wecom_app", "企业 ID、应用 ID"),
        ("wecom_robot", "机器人密钥"),
    ):
        with pytest.raises(ProblemsFound) as found, transaction.atomic():
            actions.set_channel(cast.person("admin"), TOWN, channel, True, {})
        assert lacking in "".join(found.value.lines())
    given = {"corp_id": "ww1", "agent_id": "1"}
    with pytest.raises(ProblemsFound) as found, transaction.atomic():
        actions.set_channel(cast.person("admin"), TOWN, "wecom_app", True, given)
    assert "WECOM_SECRETS" in "".join(found.value.lines())
    assert not TownChannel.objects.exists()


@pytest.mark.parametrize("who", ["operator", "far_admin", "village"])
def test_only_who_manages_the_towns_settings_opens_channels(cast: Cast, who: str) -> None:
    with pytest.raises(PermissionDenied):
        actions.set_channel(cast.person(who), TOWN, "email", False, {})


def test_a_test_goes_at_once_also_at_night(town: Cast, mail: MailServer, wecom: WeCom) -> None:
    with clock.set_to(NIGHT):
        made = actions.send_test(town.person("operator"), "email")
        again = actions.send_test(town.person("operator"), "email")
        assert actions.send_test(town.person("admin"), "wecom_robot", TOWN).state == "sent"
    assert made.state == "sent"
    assert made.pk == again.pk
    assert [one["To"] for one in mail.mails] == ["operator@example.com"]
    assert [who for who, _ in wecom.received] == ["group"]


def test_a_test_says_why_not(town: Cast, mail: MailServer) -> None:
    mail.unknown.add("operator@example.com")
    assert "不接受收件地址" in actions.send_test(town.person("operator"), "email").last_error
    with pytest.raises(ProblemsFound):
        actions.send_test(town.person("deputy"), "email")
    with pytest.raises(PermissionDenied):
        actions.send_test(town.person("operator"), "wecom_robot")
    TownChannel.objects.update(is_on=False)
    with pytest.raises(ProblemsFound):
        actions.send_test(town.person("village"), "email")

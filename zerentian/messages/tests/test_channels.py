"""Each channel against a server on this machine, well and badly disposed."""

from __future__ import annotations

from contextlib import closing
from typing import Any

import pytest

from zerentian.messages.channels import mail as mail_module
from zerentian.messages.channels import sender_for
from zerentian.messages.channels import wecom as wecom_module
from zerentian.messages.channels.outcome import NotSent, Outlook
from zerentian.messages.letters import Entry, Letter
from zerentian.messages.limits import Network, limits
from zerentian.messages.tests.servers import AGENT, CORPORATION, ROBOT, SECRET, MailServer, WeCom, free_port

GROUP = {"key": ROBOT}
APPLICATION = {"corp_id": CORPORATION, "agent_id": AGENT}


def letter(address: str = "zhangsan", mark: str = "m1") -> Letter:
    return Letter(mark, address, (Entry("待整改", "两天内。", "https://fenlei.example.com/messages/1"),), 30)


def fault(channel: str, given: dict[str, str], one: Letter | None = None) -> NotSent:
    """Why a letter is not sent."""
    with closing(sender_for(channel, given)) as sender, pytest.raises(NotSent) as found:
        sender.send(one or letter())
    for secret in (ROBOT, SECRET, "token-"):
        assert secret not in found.value.reason
    return found.value


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Servers have a second to answer."""
    soon = limits().model_copy(update={"network": Network(timeout=1, duplicate_check=14400)})
    monkeypatch.setattr(wecom_module, "limits", lambda: soon)
    monkeypatch.setattr(mail_module, "limits", lambda: soon)


def test_a_mail(mail: MailServer) -> None:
    sender = sender_for("email", {})
    for mark in ("m1", "m2"):
        sender.send(letter("zhang@example.com", mark))
    sender.close()
    first, second = mail.mails
    assert mail.connections == 1
    assert first["Message-ID"] == "<m1@fenlei.example.com>"
    assert second["Message-ID"] == "<m2@fenlei.example.com>"
    assert first["Subject"] == "责任田：待整改"
    assert first["To"] == "zhang@example.com"
    assert first["From"] == "fenlei@example.com"
    assert "https://fenlei.example.com/messages/1" in first.get_content()


def test_a_mailbox_that_is_not_there_is_refused_for_good_and_the_next_goes(mail: MailServer) -> None:
    mail.unknown.add("nobody@example.com")
    sender = sender_for("email", {})
    with pytest.raises(NotSent) as found:
        sender.send(letter("nobody@example.com"))
    assert found.value.outlook == Outlook.NEVER
    assert not found.value.concerns_all
    sender.send(letter("zhang@example.com"))
    sender.close()
    assert len(mail.mails) == 1


@pytest.mark.parametrize(
    ("answer", "outlook"),
    [("451 try later", Outlook.LATER), ("554 spam", Outlook.NEVER), ("421 closing", Outlook.LATER)],
)
def test_a_mail_server_that_does_not_want_it(mail: MailServer, answer: str, outlook: Outlook) -> None:
    mail.answers.append(answer)
    found = fault("email", {}, letter("zhang@example.com"))
    assert found.outlook == outlook
    assert found.concerns_all == answer.startswith("421")


def test_a_connection_that_was_closed_is_opened_anew_once(mail: MailServer) -> None:
    mail.answers.append("")
    sender = sender_for("email", {})
    sender.send(letter("zhang@example.com"))
    sender.close()
    assert [one["Message-ID"] for one in mail.mails] == ["<m1@fenlei.example.com>"]
    mail.answers += ["", ""]
    assert fault("email", {}, letter("zhang@example.com")).outlook == Outlook.UNSURE


def test_a_slow_mail_server(mail: MailServer, hasty: None) -> None:
    mail.slow = 1.6
    found = fault("email", {}, letter("zhang@example.com"))
    assert (found.outlook, found.concerns_all) == (Outlook.UNSURE, True)


def test_no_mail_server(mail: MailServer, settings: Any) -> None:
    settings.EMAIL_PORT = free_port()
    found = fault("email", {})
    assert (found.outlook, found.concerns_all) == (Outlook.LATER, True)
    settings.EMAIL_HOST = ""
    assert "EMAIL_HOST" in fault("email", {}).reason


def test_a_group_is_written_to(wecom: WeCom) -> None:
    sender = sender_for("wecom_robot", GROUP)
    sender.send(letter())
    sender.close()
    ((who, body),) = wecom.received
    assert who == "group"
    assert body["msgtype"] == "markdown"
    assert "[待整改](https://fenlei.example.com/messages/1)" in body["markdown"]["content"]


def test_a_robot_that_is_gone(wecom: WeCom) -> None:
    found = fault("wecom_robot", {"key": "gone"})
    assert found.outlook == Outlook.NEVER
    assert "密钥无效" in found.reason
    assert "密钥" in fault("wecom_robot", {}).reason


@pytest.mark.parametrize("channel", ["wecom_robot", "wecom_app"])
def test_too_often(wecom: WeCom, channel: str) -> None:
    wecom.codes = [45009]
    found = fault(channel, GROUP | APPLICATION)
    assert (found.outlook, found.concerns_all) == (Outlook.LATER, True)
    assert "频繁" in found.reason


def test_a_member_is_written_to_with_one_token(wecom: WeCom) -> None:
    sender = sender_for("wecom_app", APPLICATION)
    for name in ("zhangsan", "lisi"):
        sender.send(letter(name))
    sender.send(letter("lisi"))
    sender.close()
    assert wecom.token == 1
    assert [who for who, _ in wecom.received] == ["zhangsan", "lisi"]
    body = wecom.received[0][1]
    assert (body["agentid"], body["enable_duplicate_check"]) == (1000002, 1)
    assert body["duplicate_check_interval"] == 14400


def test_a_token_that_ended_is_fetched_anew_once(wecom: WeCom) -> None:
    sender = sender_for("wecom_app", APPLICATION)
    sender.send(letter("zhangsan"))
    wecom.token += 1  # somebody else fetched one
    sender.send(letter("lisi"))
    assert [who for who, _ in wecom.received] == ["zhangsan", "lisi"]
    wecom.codes = [40014, 42001]
    with pytest.raises(NotSent):
        sender.send(letter("lisi"))
    sender.close()
    assert wecom.asked.count("/cgi-bin/gettoken") == 3


@pytest.mark.parametrize(
    ("code", "outlook", "concerns_all"),
    [
        (81013, Outlook.NEVER, False),
        (60020, Outlook.LATER, True),
        (-1, Outlook.LATER, True),
        (44004, Outlook.LATER, False),
    ],
)
def test_codes_of_application_messages(wecom: WeCom, code: int, outlook: Outlook, concerns_all: bool) -> None:
    wecom.codes = [code]
    found = fault("wecom_app", APPLICATION)
    assert (found.outlook, found.concerns_all) == (outlook, concerns_all)


def test_a_member_that_is_not_there(wecom: WeCom) -> None:
    assert fault("wecom_app", APPLICATION, letter("nobody")).outlook == Outlook.NEVER


def test_a_wrong_secret(wecom: WeCom, settings: Any) -> None:
    settings.WECOM_SECRETS = {CORPORATION: "wrong"}
    found = fault("wecom_app", APPLICATION)
    assert "WECOM_SECRETS" in found.reason
    assert found.concerns_all
    settings.WECOM_SECRETS = {}
    assert "WECOM_SECRETS" in fault("wecom_app", APPLICATION).reason


@pytest.mark.parametrize(("channel", "given"), [("wecom_robot", GROUP), ("wecom_app", APPLICATION)])
def test_nobody_answers(wecom: WeCom, settings: Any, channel: str, given: dict[str, str]) -> None:
    settings.WECOM_URL = settings.WECOM_ROBOT_URL = f"http://127.0.0.1:{free_port()}"
    found = fault(channel, given)
    assert (found.outlook, found.concerns_all) == (Outlook.LATER, True)


def test_a_slow_answer_leaves_it_open_whether_it_was_taken(wecom: WeCom, hasty: None) -> None:
    wecom.slow = 1.6
    assert fault("wecom_robot", GROUP).outlook == Outlook.UNSURE


def test_an_answer_that_is_none(wecom: WeCom) -> None:
    wecom.status = 502
    assert fault("wecom_robot", GROUP).outlook == Outlook.UNSURE
    wecom.status, wecom.breaks = 200, True
    assert fault("wecom_robot", GROUP).outlook == Outlook.UNSURE

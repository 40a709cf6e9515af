"""Servers that take messages, and a town whose channels lead to them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.cast import TOWN, Cast
from zerentian.messages.models import Address, Channel, TownChannel
from zerentian.messages.tests.servers import (
    AGENT,
    CORPORATION,
    ROBOT,
    SECRET,
    MailServer,
    WeCom,
    mail_server,
    wecom_server,
)


@pytest.fixture
def mail(settings: Any) -> Iterator[MailServer]:
    """A mail server to which the program sends."""
    with mail_server() as (server, port):
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
        settings.EMAIL_USE_SSL = settings.EMAIL_USE_TLS = False
        settings.EMAIL_FROM = "fenlei@example.com"
        settings.SITE_URL = "https://fenlei.example.com"
        yield server


@pytest.fixture
def wecom(settings: Any) -> Iterator[WeCom]:
    """A 企业微信 to which the program sends."""
    with wecom_server() as (server, address):
        settings.WECOM_URL, settings.WECOM_ROBOT_URL = address, f"{address}/webhook/send"
        settings.WECOM_SECRETS = {CORPORATION: SECRET}
        settings.SITE_URL = "https://fenlei.example.com"
        yield server


@pytest.fixture
def town(cast: Cast, mail: MailServer, wecom: WeCom) -> Cast:
    """The town with all channels on; the village has an e-mail, the operator both."""
    open_channels()
    give_address(cast, "village", "email", "village@example.com")
    give_address(cast, "operator", "email", "operator@example.com")
    give_address(cast, "operator", "wecom_app", "zhangsan")
    return cast


def open_channels() -> None:
    for channel, given in (
        (Channel.EMAIL, {}),
        (Channel.WECOM_APP, {"corp_id": CORPORATION, "agent_id": AGENT}),
        (Channel.WECOM_ROBOT, {"key": ROBOT}),
    ):
        TownChannel.objects.create(town=TOWN, channel=channel, is_on=True, settings=given)


def give_address(cast: Cast, part: str, channel: str, address: str) -> None:
    Address.objects.create(account=cast.accounts[part], channel=channel, address=address)

"""Ways out of the platform: each takes a letter, or says why not."""

from __future__ import annotations

from collections.abc import Mapping

from zerentian.messages.channels.mail import Mailer
from zerentian.messages.channels.outcome import Sender
from zerentian.messages.channels.wecom import Application, Robot
from zerentian.messages.models import Channel


def sender_for(channel: str, settings: Mapping[str, str]) -> Sender:
    """Who carries letters through a channel, as a town set it up."""
    if channel == Channel.EMAIL:
        return Mailer()
    if channel == Channel.WECOM_APP:
        return Application(settings.get("corp_id", ""), settings.get("agent_id", ""))
    return Robot(settings.get("key", ""))

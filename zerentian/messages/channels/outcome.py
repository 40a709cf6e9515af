"""What carries a letter, and how it says that it could not."""

from __future__ import annotations

from enum import Enum
from typing import Protocol

from zerentian.messages.letters import Letter


class Sender(Protocol):
    """Carries letters through one channel."""

    def send(self, letter: Letter) -> None:
        """Send a letter. Raises `NotSent`."""

    def close(self) -> None:
        """Leave no connection open."""


class Outlook(Enum):
    """What is known of a letter that could not be sent."""

    LATER = "it was not taken; another time it may be"
    NEVER = "it was refused for good"
    UNSURE = "nobody knows whether it was taken"


class NotSent(Exception):  # noqa: N818 - reads as a statement where it is caught
    """Why a letter was not sent, in the operator's words, never with a key or password in them.

    With `concerns_all` the channel itself is at fault: the next letter would fare no better.
    """

    def __init__(self, reason: str, outlook: Outlook = Outlook.LATER, *, concerns_all: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.outlook = outlook
        self.concerns_all = concerns_all

"""What pages of other rooms ask."""

from __future__ import annotations

from zerentian.messages.models import Message
from zerentian.people.models import Account

COUNTED_AT_MOST = 100


def unread_of(account: Account) -> int:
    """How many messages wait to be read; of more than a hundred a hundred are counted."""
    return Message.objects.visible_to(account).unread().order_by()[:COUNTED_AT_MOST].count()

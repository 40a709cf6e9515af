"""How an upper room reacts to what a lower one did, in the same transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable

from zerentian.ledger.models import Event

Handler = Callable[[Event], None]
_HANDLERS: defaultdict[str, list[Handler]] = defaultdict(list)


def on(kind: str) -> Callable[[Handler], Handler]:
    """Call the decorated function for each event of this kind; it may write derived rows, nothing else."""

    def register(handler: Handler) -> Handler:
        _HANDLERS[kind].append(handler)
        return handler

    return register


def tell(event: Event) -> None:
    """Call all who asked for this kind."""
    for handler in _HANDLERS[event.kind]:
        handler(event)

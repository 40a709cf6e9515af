"""Registers the room with Django."""

from django.apps import AppConfig


class LedgerConfig(AppConfig):
    """The room of events."""

    name = "zerentian.ledger"
    verbose_name = "台账"

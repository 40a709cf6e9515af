"""Registers the room with Django."""

from django.apps import AppConfig


class TicketsConfig(AppConfig):
    """The room of tickets."""

    name = "zerentian.tickets"
    verbose_name = "整改"

    def ready(self) -> None:
        """Listen to what inspections find."""
        from zerentian.tickets import listening, telling  # noqa: F401 - they register

"""Registers the room with Django."""

from importlib import import_module

from django.apps import AppConfig


class FieldConfig(AppConfig):
    """The room of the API."""

    name = "zerentian.field"
    verbose_name = "现场"

    def ready(self) -> None:
        """Hear what ends a device's token; tell the rooms below what waits here."""
        import_module("zerentian.field.hearing")
        import_module("zerentian.field.waiting")

"""Registers the room with Django."""

from django.apps import AppConfig


class RoundsConfig(AppConfig):
    """The room of rounds."""

    name = "zerentian.rounds"
    verbose_name = "测评"

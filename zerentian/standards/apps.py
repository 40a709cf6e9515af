"""Registers the room with Django."""

from django.apps import AppConfig


class StandardsConfig(AppConfig):
    """The room of standards."""

    name = "zerentian.standards"
    verbose_name = "标准"

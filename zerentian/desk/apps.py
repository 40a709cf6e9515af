"""Registers the room with Django."""

from django.apps import AppConfig


class DeskConfig(AppConfig):
    """The room of desk."""

    name = "zerentian.desk"
    verbose_name = "桌面"

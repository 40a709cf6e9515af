"""Registers the room with Django."""

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    """The room of people."""

    name = "zerentian.people"
    verbose_name = "人员"

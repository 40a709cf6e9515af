"""Registers the room with Django."""

from django.apps import AppConfig


class PlacesConfig(AppConfig):
    """The room of places."""

    name = "zerentian.places"
    verbose_name = "点位"

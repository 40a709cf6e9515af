"""Registers the room with Django."""

from django.apps import AppConfig


class ResultsConfig(AppConfig):
    """The room of results."""

    name = "zerentian.results"
    verbose_name = "结果"

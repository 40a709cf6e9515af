"""Registers the shared pieces with Django."""

from django.apps import AppConfig


class PagesConfig(AppConfig):
    """Templates and tags of every page."""

    name = "zerentian.pages"

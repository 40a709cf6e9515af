"""Registers the room with Django."""

from django.apps import AppConfig


class DocumentsConfig(AppConfig):
    """The room of documents."""

    name = "zerentian.documents"
    verbose_name = "文书"

"""Registers the room with Django."""

from django.apps import AppConfig


class MessagesConfig(AppConfig):
    """The room of messages. Its label is not its name: Django's own `messages` has that."""

    name = "zerentian.messages"
    label = "zerentian_messages"
    verbose_name = "消息"

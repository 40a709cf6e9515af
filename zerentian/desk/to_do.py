"""A to-do of the home page."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Task:
    """Something to do, with its traffic light: green, yellow or red."""

    title: str
    url: str
    light: str

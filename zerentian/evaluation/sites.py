"""Places that are inspected."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Site:
    """One place. `extra` holds the texts of `SiteTable.extra_columns`."""

    id: str
    name: str
    kind: str
    subject: str
    extra: tuple[str, ...] = ()


@dataclass(slots=True)
class SiteTable:
    """All sites by id, and the names of the further columns that each site's `extra` holds."""

    by_id: dict[str, Site]
    extra_columns: tuple[str, ...] = ()

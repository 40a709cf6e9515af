"""Where a right holds: the one place that turns posts into database filters."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from django.db.models import Q

from zerentian.core.regions import Level, prefix, town_of
from zerentian.people.rules import OWN_ORGANISATION_ONLY, RIGHTS, Right, Role

if TYPE_CHECKING:
    from zerentian.people.models import Post

_NOTHING = Q(pk__in=[])


@dataclass(frozen=True, slots=True)
class Scope:
    """Region prefixes seen whole, and organisations of which only their own is seen."""

    prefixes: frozenset[str] = frozenset()
    organisations: frozenset[UUID] = frozenset()

    @property
    def is_empty(self) -> bool:
        """True when it holds nowhere."""
        return not self.prefixes and not self.organisations

    def covers(self, region: str) -> bool:
        """Whether the whole of a region lies inside."""
        return any(region.startswith(one) for one in self.prefixes)

    def regions(self, field: str) -> Q:
        """Rows whose region code, in `field`, lies inside."""
        return _any(Q(**{f"{field}__startswith": one}) for one in sorted(self.prefixes))

    def inside(self, town: str, region: str) -> Q:
        """The same by two fields: whole towns by the town's code, which an index finds, else the region's."""
        return _any(
            Q(**{town: town_of(one)})
            if len(one) == Level.TOWN
            else Q(**{f"{town if len(one) < Level.TOWN else region}__startswith": one})
            for one in sorted(self.prefixes)
        )

    def own(self, *fields: str) -> Q:
        """Rows of which one of `fields` names an organisation of this scope."""
        if not self.organisations:
            return _NOTHING
        return _any(Q(**{f"{field}__in": self.organisations}) for field in fields)


def scope_of(posts: Iterable[Post], right: Right) -> Scope:
    """Where these posts carry the right."""
    prefixes, organisations = set(), set()
    for post in posts:
        role = Role(post.role)
        if right not in RIGHTS[role]:
            continue
        if role in OWN_ORGANISATION_ONLY:
            organisations.add(post.organisation_id)
        else:
            prefixes.add(prefix(post.region))
    return Scope(frozenset(prefixes), frozenset(organisations))


def _any(conditions: Iterable[Q]) -> Q:
    found = None
    for condition in conditions:
        found = condition if found is None else found | condition
    return _NOTHING if found is None else found

"""Who acts: the account behind an act, and whether it may."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.core.exceptions import PermissionDenied

from zerentian.ledger.actions import Actor
from zerentian.people.models import Account
from zerentian.people.rules import Right


@dataclass(frozen=True, slots=True)
class Person(Actor):
    """An account that acts, with what the ledger notes of the request."""

    holder: Account | None = None

    @classmethod
    def of(cls, account: Account) -> Person:
        """The account acting outside of a request: a command, a job, a test."""
        return cls(account.id, account.name, holder=account)

    @property
    def acting(self) -> Account:
        """The account. Raises `PermissionDenied` without one."""
        if self.holder is None:
            raise PermissionDenied
        return self.holder

    def require(self, right: Right, region: str = "", organisations: Iterable[UUID | None] = ()) -> None:
        """Raise `PermissionDenied` unless the right is held there.

        Without `region`, anywhere is enough. `organisations` are those the thing belongs to.
        """
        scope = self.holder.scope(right) if self.holder else None
        if scope is None or scope.is_empty:
            raise PermissionDenied(right)
        if region and not scope.covers(region) and not scope.organisations.intersection(organisations):
            raise PermissionDenied(right)

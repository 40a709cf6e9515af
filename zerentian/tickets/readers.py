"""Who is told of a ticket: the people behind the ladder's words."""

from __future__ import annotations

from collections import defaultdict
from uuid import UUID

from zerentian.core import clock
from zerentian.core.regions import prefix
from zerentian.people.models import Account, Post
from zerentian.people.rules import RIGHTS, Right, Role
from zerentian.tickets.models import Ticket
from zerentian.tickets.rules import State

_OF_TOWN = {
    "deputy_leader": (Role.DEPUTY_LEADER,),
    "main_leader": (Role.MAIN_LEADER,),
    "dispatcher": (Role.DISPATCHER,),
    "operator": (Role.OPERATOR,),
}


class Readers:
    """The people of a town today, by what they are to its tickets. Asked once, used for many tickets."""

    def __init__(self, town: str) -> None:
        self._handlers: defaultdict[UUID, list[Account]] = defaultdict(list)
        self._roles: defaultdict[Role, list[tuple[str, Account]]] = defaultdict(list)
        posts = Post.objects.filter(
            Post.held_on(clock.today()), region__startswith=prefix(town), account__is_active=True
        )
        for post in posts.select_related("account").order_by("since", "pk"):
            role = Role(post.role)
            self._roles[role].append((prefix(post.region), post.account))
            if Right.HANDLE_TICKETS in RIGHTS[role]:
                self._handlers[post.organisation_id].append(post.account)

    def of(self, reader: str, ticket: Ticket) -> list[Account]:
        """Those that a word of the ladder means for a ticket.

        What was given back is nobody's to mend: then its dispatchers are told in the handler's stead.
        """
        if reader == "handler":
            if ticket.state == State.RETURNED or ticket.handler_id is None:
                return self.of("dispatcher", ticket)
            return self._handlers[ticket.handler_id]
        region = ticket.site.region_id
        if reader in ("committee", "field_leader"):
            role = Role.COMMITTEE if reader == "committee" else Role.FIELD_LEADER
            return [account for inside, account in self._roles[role] if region.startswith(inside)]
        found = [account for role in _OF_TOWN[reader] for _, account in self._roles[role]]
        # a town without a dispatch centre sends its tickets out itself
        return found or (self.of("operator", ticket) if reader == "dispatcher" else [])

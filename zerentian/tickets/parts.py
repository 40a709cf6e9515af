"""What somebody is to a ticket, and who it goes to."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied

from zerentian.people.models import Account, Organisation
from zerentian.people.person import Person
from zerentian.people.rules import RIGHTS, Right, Role
from zerentian.places.models import Site
from zerentian.standards.loop import ProblemClass
from zerentian.tickets.models import Ticket
from zerentian.tickets.rules import MOVES, Move, Part, moves_from


def parts_of(account: Account, ticket: Ticket) -> set[Part]:
    """What the account is to the ticket.

    Nobody of the organisation that mends a problem verifies it, neither who mended it, nor who handed out
    the code with which the repair was reported; so a committee verifies what others mend in its region, and
    closes nothing.
    """
    found = set()
    if account.scope(Right.DISPATCH_TICKETS).covers(ticket.town):
        found.add(Part.DISPATCHER)
    if ticket.handler_id is not None and ticket.handler_id in _organisations(account, Right.HANDLE_TICKETS):
        found.add(Part.HANDLER)
    verifies = account.scope(Right.VERIFY_TICKETS).covers(ticket.site.region_id)
    is_own = ticket.handler_id is not None and ticket.handler_id in {
        post.organisation_id for post in account.current_posts
    }
    if verifies and not is_own and account.pk not in (ticket.handled_by_id, ticket.code_by_id):
        found.add(Part.VERIFIER)
    return found


def moves_of(account: Account, ticket: Ticket) -> list[Move]:
    """What the account may do with the ticket now."""
    return moves_from(ticket.state_now, parts_of(account, ticket))


def require_part(by: Person, ticket: Ticket, move: Move) -> None:
    """Raise `PermissionDenied` unless the person is what the move asks for."""
    if MOVES[move].by not in parts_of(by.acting, ticket):
        raise PermissionDenied(move)


def handler_for(site: Site, problem_class: ProblemClass) -> Organisation | None:
    """Who mends a class of problems at a site: the first of its class's handlers that the site has."""
    for kind in problem_class.handlers:
        found = {
            "property_company": site.property_company,
            "responsible": site.responsible,
        }.get(kind) or (_committee_of(site) if kind == "committee" else None)
        if found is not None and found.is_active:
            return found
    return None


def _committee_of(site: Site) -> Organisation | None:
    return Organisation.objects.filter(
        kind=Organisation.Kind.COMMITTEE, region=site.region_id, is_active=True
    ).first()


def _organisations(account: Account, right: Right) -> set[object]:
    if not account.is_active:
        return set()
    return {post.organisation_id for post in account.current_posts if right in RIGHTS[Role(post.role)]}

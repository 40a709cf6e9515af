"""Who may call a page: signed in, and holding the right the page names."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, cast

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

from zerentian.pages.addresses import client_address
from zerentian.people.models import Account
from zerentian.people.person import Person
from zerentian.people.rules import Right

P = ParamSpec("P")
Page = Callable[Concatenate[HttpRequest, P], HttpResponse]


def page(*rights: Right) -> Callable[[Page[P]], Page[P]]:
    """Open a page to those who hold one of `rights` anywhere (none named: to all who are signed in).

    What of it they see is for `visible_to`; what they may do, for the action.
    """

    def guard(view: Page[P]) -> Page[P]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            account = account_of(request)
            if rights and not any(account.has(right) for right in rights):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        signed_in = login_required(guarded)
        signed_in.rights = rights  # type: ignore[attr-defined]
        return cast(Page[P], signed_in)

    return guard


def public(view: Page[P]) -> Page[P]:
    """Mark a page that nobody needs to sign in for."""
    view.rights = None  # type: ignore[attr-defined]
    return view


def account_of(request: HttpRequest) -> Account:
    """The account that is signed in."""
    return cast(Account, request.user)


def person_of(request: HttpRequest) -> Person:
    """Who acts in this request, for actions and the ledger."""
    account = account_of(request)
    return Person(
        account.id, account.name, getattr(request, "request_id", ""), client_address(request), holder=account
    )

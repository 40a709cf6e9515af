"""Who calls the API, and what every answer tells of now."""

from __future__ import annotations

from typing import cast

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from ninja.security import HttpBearer

from zerentian.core import clock
from zerentian.field import actions
from zerentian.field.models import DeviceToken
from zerentian.field.nonces import make_nonce
from zerentian.field.schemas import RefusedOut
from zerentian.pages.addresses import client_address
from zerentian.people.models import Account
from zerentian.people.person import Person
from zerentian.people.rules import Right

REFUSALS = {401: RefusedOut, 403: RefusedOut, 404: RefusedOut}
_TICKETS = (Right.HANDLE_TICKETS, Right.VERIFY_TICKETS)


class Token(HttpBearer):
    """A token, and the device it is bound to in X-Device."""

    def authenticate(self, request: HttpRequest, token: str) -> DeviceToken | None:
        """The token, while it speaks for its account."""
        found = actions.known_token(token, request.headers.get("X-Device", ""))
        return found if found is not None and found.is_live else None


class AnyToken(HttpBearer):
    """A token that may have ended: work done before is still taken in, for a person to decide."""

    def authenticate(self, request: HttpRequest, token: str) -> DeviceToken | None:
        """The token, if there ever was one."""
        return actions.known_token(token, request.headers.get("X-Device", ""))


def token_of(request: HttpRequest) -> DeviceToken:
    """The token that was shown."""
    return cast(DeviceToken, request.auth)  # type: ignore[attr-defined]


def caller(request: HttpRequest) -> Person:
    """Who acts."""
    return person(request, token_of(request).account)


def person(request: HttpRequest, account: Account) -> Person:
    """An account acting in this request."""
    request_id = getattr(request, "request_id", "")
    return Person(account.id, account.name, request_id, client_address(request), holder=account)


def work_of(account: Account) -> list[str]:
    """What an account does with a phone: `inspections`, `tickets`."""
    found = ["inspections"] if account.has(Right.INSPECT) else []
    return [*found, "tickets"] if any(account.has(one) for one in _TICKETS) else found


def require_work(account: Account, kind: str = "") -> None:
    """Raise `PermissionDenied` unless the account does this kind of work with a phone, or any."""
    work = work_of(account)
    if not work or (kind and kind not in work):
        raise PermissionDenied


def now(account: Account) -> dict[str, object]:
    """The server's time, and signed."""
    at = clock.now()
    return {"server_time": at, "nonce": make_nonce(account.pk, at)}

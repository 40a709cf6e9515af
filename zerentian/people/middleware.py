"""A signed-in session before it may do anything: own password set, second factor given."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from zerentian.core import clock
from zerentian.people.models import Account, TownSettings

_NOTED_EVERY = 60
Handler = Callable[[HttpRequest], HttpResponse]


def guard_session(next_handler: Handler) -> Handler:
    """Send to the password page or the second factor whoever still owes it."""

    def handle(request: HttpRequest) -> HttpResponse:
        user = request.user
        if not isinstance(user, Account) or request.path.startswith("/static/"):
            return next_handler(request)
        _note_use(request)
        owed = _owed(request, user)
        if owed and request.path not in (reverse(owed), reverse("people:sign_out")):
            return redirect(owed)
        return next_handler(request)

    return handle


def _note_use(request: HttpRequest) -> None:
    """Put off the end of the session, by a write once a minute rather than with every request."""
    now = int(clock.now().timestamp())
    if abs(now - request.session.get("used", 0)) >= _NOTED_EVERY:
        request.session["used"] = now


def _owed(request: HttpRequest, account: Account) -> str:
    if account.must_change_password:
        return "people:password"
    if needs_second_factor(account) and not request.user.is_verified():  # type: ignore[union-attr]
        return "people:second_factor"
    return ""


def needs_second_factor(account: Account) -> bool:
    """Whether one of the account's roles asks for it in its town."""
    if not account.current_posts:
        return False
    settings = TownSettings.objects.filter(town=account.town).only("second_factor_roles").first()
    return bool(settings and account.roles.intersection(settings.second_factor_roles))

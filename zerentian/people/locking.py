"""Whom django-axes locks out: one account from one address, and an address that tries many accounts."""

from __future__ import annotations

from axes.handlers.database import AxesDatabaseHandler
from axes.models import AccessAttempt
from django.conf import settings
from django.http import HttpRequest

from zerentian.core import clock
from zerentian.pages.addresses import client_address

MOST_LOGINS = 20
"""Different logins that may fail from one address within the cool-off: an office shares one address."""


class LockingHandler(AxesDatabaseHandler):  # type: ignore[misc]  # axes has no types
    """Five failures of a login from an address lock that pair; failures of many logins lock the address."""

    def is_locked(self, request: HttpRequest, credentials: dict[str, str] | None = None) -> bool:
        """Whether this attempt is refused unseen."""
        if _tries_many_logins(client_address(request)):
            request.axes_locked_out = True  # type: ignore[attr-defined]  # how axes tells its middleware
            return True
        return bool(super().is_locked(request, credentials))


def _tries_many_logins(address: str) -> bool:
    since = clock.now() - settings.AXES_COOLOFF_TIME
    recent = AccessAttempt.objects.filter(ip_address=address or None, attempt_time__gte=since)
    return bool(recent.order_by().values("username").distinct().count() >= MOST_LOGINS)

"""Where a request came from."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str:
    """The address a request came from.

    X-Forwarded-For counts only as far as our own proxies wrote it: the entry that the outermost trusted
    proxy added. What a client sends before that is a claim.
    """
    direct = str(request.META.get("REMOTE_ADDR", ""))
    if not settings.TRUSTED_PROXIES:
        return direct
    named = [part.strip() for part in str(request.META.get("HTTP_X_FORWARDED_FOR", "")).split(",")]
    position = len(named) - settings.TRUSTED_PROXIES
    return named[position] if position >= 0 and named[position] else direct

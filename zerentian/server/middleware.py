"""What is done for every request, whatever the room."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.cache import patch_cache_control

_POLICY = "; ".join(
    [
        "default-src 'self'",
        "img-src 'self' data: blob:{tiles}",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    ]
)

Handler = Callable[[HttpRequest], HttpResponse]


def health(next_handler: Handler) -> Handler:
    """Answer /healthz before anything else: it must work when sessions don't."""

    def handle(request: HttpRequest) -> HttpResponse:
        return _health() if request.path == "/healthz" else next_handler(request)

    return handle


def _health() -> HttpResponse:
    from procrastinate.contrib.django.models import ProcrastinateWorker

    parts = {"web": True, "database": False, "worker": False}
    try:
        connection.ensure_connection()
        parts["database"] = True
        parts["worker"] = ProcrastinateWorker.objects.extra(
            where=["last_heartbeat > now() - interval '60 seconds'"]
        ).exists()
    except Exception:  # noqa: S110 - any failure means the same to who asks
        pass
    return JsonResponse(parts, status=200 if all(parts.values()) else 503)


def content_security_policy(next_handler: Handler) -> Handler:
    """Pages load nothing from elsewhere and run no inline script; signed-in pages are not kept in caches."""
    tiles = " " + settings.MAP_TILES.split("/{")[0] if settings.MAP_TILES else ""
    policy = _POLICY.format(tiles=tiles)

    def handle(request: HttpRequest) -> HttpResponse:
        response = next_handler(request)
        response.headers.setdefault("Content-Security-Policy", policy)
        response.headers.setdefault("Permissions-Policy", "camera=(self), geolocation=(self), microphone=()")
        if not request.path.startswith(settings.STATIC_URL):
            patch_cache_control(response, private=True, no_store=True)
        return response

    return handle

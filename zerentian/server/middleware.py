"""What is done for every request, whatever the room."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast
from uuid import uuid4

from axes.middleware import AxesMiddleware
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.handlers.exception import convert_exception_to_response
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.urls import resolve
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

_API_REFUSALS = {404: "没有这个地址。", 405: "这个地址不能这样用。", 413: "内容太大。"}

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
        beats = ProcrastinateWorker.objects.extra(where=["last_heartbeat > now() - interval '60 seconds'"])
        # a connection that was lost is still there: only an answer shows that the database is
        parts["worker"] = beats.exists()
        parts["database"] = True
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
        if not request.path.startswith((settings.STATIC_URL, "/m/")):
            patch_cache_control(response, private=True, no_store=True)
        return response

    return handle


def api_envelope(next_handler: Handler) -> Handler:
    """Under /api/ every refusal is in the API's own envelope: a phone trusts nothing else."""

    def handle(request: HttpRequest) -> HttpResponse:
        response = next_handler(request)
        is_ours = response.get("Content-Type", "").startswith("application/json")
        if not request.path.startswith("/api/") or response.status_code < 400 or is_ours:
            return response
        message = _API_REFUSALS.get(response.status_code, "没有成功，请稍后再试。")
        told = JsonResponse({"accepted": False, "message": message}, status=response.status_code)
        if "Allow" in response:
            told["Allow"] = response["Allow"]
        return told

    return handle


def api_alone(next_handler: Handler) -> Handler:
    """Answer /api/ without what only pages need: session, CSRF, messages, second factor of a session.

    A phone shows its token with each request and has no cookie, so these found nothing to do, in a tenth of
    a report's time. What the API does need is here: a known host, an id for the ledger, the lock of sign-in.
    """
    answer = cast(Handler, convert_exception_to_response(AxesMiddleware(_answer_api)))

    def handle(request: HttpRequest) -> HttpResponse:
        return answer(request) if request.path_info.startswith("/api/") else next_handler(request)

    return handle


def _answer_api(request: HttpRequest) -> HttpResponse:
    request.get_host()  # raises when it is not one of ours
    request.request_id = str(uuid4())  # type: ignore[attr-defined]
    request.user = AnonymousUser()  # the page of a failure asks, before `api_envelope` puts it into JSON
    try:
        request.resolver_match = found = resolve(request.path_info)
    except Http404:
        return HttpResponse(status=404)
    response: HttpResponse = found.func(request, *found.args, **found.kwargs)
    response.headers.setdefault("Content-Length", str(len(response.content)))
    response.headers.setdefault("X-Frame-Options", settings.X_FRAME_OPTIONS)
    return response

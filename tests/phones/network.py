"""Networks that fail: answers lost, cut, replaced by somebody else's page."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from playwright.sync_api import Error, Request, Route

from tests.phone import Phone

REPORTS, PHOTOS, ALL = "**/api/inspections/*", "**/api/photos/*", "**/api/**"
PORTAL = "<!doctype html><title>免费无线网络</title><p>请先登录。</p>"

Handler = Callable[[Route], None]


@contextmanager
def network(phone: Phone, path: str, handler: Handler) -> Iterator[None]:
    """Requests to a path go through a handler inside of the block."""
    phone.context.route(path, handler)
    yield
    phone.context.unroute(path, handler)


def lost_answer(route: Route) -> None:
    """All of a request arrives, its answer does not."""
    route.fetch()
    route.abort("connectionreset")


def cut(route: Route) -> None:
    """Nothing of a request arrives."""
    route.abort("connectionreset")


def portal(route: Route) -> None:
    """A wireless network answers in the server's stead."""
    route.fulfill(status=200, content_type="text/html", body=PORTAL)


def broken(route: Route) -> None:
    """A proxy says that the server is broken."""
    route.fulfill(status=500, content_type="text/html", body="<h1>Internal Server Error</h1>")


def busy(route: Route) -> None:
    """The server is busy for an hour."""
    body = '{"accepted": false, "message": "服务器正忙，稍后再试"}'
    route.fulfill(status=503, content_type="application/json", headers={"Retry-After": "3600"}, body=body)


@contextmanager
def heard(phone: Phone, path: str) -> Iterator[list[Request]]:
    """The requests to a part of the API inside of the block."""
    found: list[Request] = []

    def note(request: Request) -> None:
        if f"/api/{path}" in request.url:
            found.append(request)

    phone.context.on("request", note)
    yield found
    phone.context.remove_listener("request", note)


def answer_to(request: Request) -> str:
    """What an answer says, as text to look for words in; empty when none came."""
    try:
        answer = request.response()
        return json.dumps(answer.json(), ensure_ascii=False) if answer and answer.status != 204 else ""
    except Error:
        return ""

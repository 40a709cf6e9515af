"""Bad input that no view caught becomes a page, not a failure."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from zerentian.core.problems import ProblemsFound

Handler = Callable[[HttpRequest], HttpResponse]


class tell_problems:  # noqa: N801 - named like the other middleware, which are functions
    """Give each request an id, and render `ProblemsFound` as a list of what is wrong."""

    def __init__(self, next_handler: Handler) -> None:
        self._next = next_handler

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass the request on with its id."""
        request.request_id = str(uuid4())  # type: ignore[attr-defined]
        return self._next(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """A page with all problems and status 422."""
        if not isinstance(exception, ProblemsFound):
            return None
        return render(request, "pages/problems.html", {"lines": list(exception.lines())}, status=422)

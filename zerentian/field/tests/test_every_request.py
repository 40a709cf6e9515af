"""Whatever is sent to the API: no failure of the server, and no answer that its description does not tell of."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, transaction
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.cast import Cast
from tests.playing import at, drawn_round
from zerentian.core import clock
from zerentian.field.tests.test_api import Phone

CHECKS = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
)
DESCRIBED = schemathesis.openapi.from_wsgi("/api/openapi.json", get_wsgi_application())
NAMES = sorted((path, method) for path in DESCRIBED for method in DESCRIBED[path])
EXAMPLES = 8  # of each kind for each address: bounded so that all of them take seconds


@pytest.fixture
def phone(cast: Cast) -> Any:
    task = drawn_round(cast).assignments.first()
    with clock.set_to(at(task.day, 10)):
        yield Phone(task.inspector.login)


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["sound", "unsound"])
@pytest.mark.parametrize(("path", "method"), NAMES)
def test_signed_in(phone: Phone, path: str, method: str, mode: GenerationMode) -> None:
    headers = {"Authorization": f"Bearer {phone.token}", "X-Device": phone.device}
    _try(path, method, mode, lambda case: case.call_and_validate(checks=CHECKS, headers=headers))


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["sound", "unsound"])
@pytest.mark.parametrize(("path", "method"), [name for name in NAMES if "ticket" in name[0]])
def test_signed_in_for_tickets(cast: Cast, path: str, method: str, mode: GenerationMode) -> None:
    phone = Phone("village")
    headers = {"Authorization": f"Bearer {phone.token}", "X-Device": phone.device}
    _try(path, method, mode, lambda case: case.call_and_validate(checks=CHECKS, headers=headers))


@pytest.mark.parametrize(("path", "method"), NAMES)
def test_signed_out(cast: Cast, path: str, method: str) -> None:
    _try(path, method, GenerationMode.POSITIVE, lambda case: case.call_and_validate(checks=CHECKS))


def _try(path: str, method: str, mode: GenerationMode, send: Callable[[Any], object]) -> None:
    @settings(
        max_examples=EXAMPLES, deadline=None, derandomize=True, database=None,
        suppress_health_check=list(HealthCheck), phases=[Phase.generate],
    )  # fmt: skip
    @given(case=DESCRIBED[path][method].as_strategy(generation_mode=mode))
    def each(case: Any) -> None:
        with transaction.atomic():  # so that one failure is not the failure of all that follow
            send(case)

    for signal in (request_started, request_finished):  # as Django's own client: the connection stays open
        signal.disconnect(close_old_connections)
    try:
        each()
    finally:
        for signal in (request_started, request_finished):
            signal.connect(close_old_connections)

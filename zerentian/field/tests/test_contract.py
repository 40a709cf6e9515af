"""The phone is built against the API as it is."""

from __future__ import annotations

from pathlib import Path

from zerentian.field.contract import openapi_text

COPY = Path(__file__).parents[3] / "phone" / "openapi.json"


def test_the_phone_knows_the_api_as_it_is() -> None:
    assert COPY.read_text(encoding="utf-8") == openapi_text(), "run `make contract`"

"""Prints the API's OpenAPI text, from which the phone's types are made: `make contract`."""

from __future__ import annotations

import json
import os


def openapi_text() -> str:
    """The API's OpenAPI description as JSON, the same whoever prints it."""
    from zerentian.field.api import api  # Django must be set up first

    return json.dumps(api.get_openapi_schema(), ensure_ascii=False, indent=1, sort_keys=True) + "\n"


if __name__ == "__main__":
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "zerentian.server.settings")
    django.setup()
    print(openapi_text(), end="")

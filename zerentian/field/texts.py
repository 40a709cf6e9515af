"""JSON as it comes from phones, without what no database keeps: a stray character loses no report."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpRequest
from ninja.parser import Parser

INSTEAD = "\ufffd"


class KeepableParser(Parser):
    """Reads bodies by `read_json`."""

    def parse_body(self, request: HttpRequest) -> Any:
        """The body."""
        return read_json(request.body)


def read_json(body: bytes | str) -> Any:
    """What a JSON text says, with NUL and halves of characters replaced. Raises `ValueError`."""
    text = body if isinstance(body, str) else body.decode()
    try:
        read = json.loads(text)
    except RecursionError as error:
        raise ValueError("nested too deep") from error
    # Either can come only as an escape: JSON allows no NUL in a text, UTF-8 no halves.
    return _keepable(read) if "\\u0000" in text or "\\ud" in text.lower() else read


def _keepable(read: Any) -> Any:
    if isinstance(read, str):
        whole = read.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        return whole.replace("\0", INSTEAD)
    if isinstance(read, list):
        return [_keepable(one) for one in read]
    if isinstance(read, dict):
        return {_keepable(key): _keepable(value) for key, value in read.items()}
    return read

"""The file that a broken phone wrote of its queue: read and judged whole before anything is saved.

The phone writes {format, version, account, device, reports: [{id, report}], photos: [{sha256, data}]},
photos last and in base64 (`phone/src/sync/export.ts`). A day's photos are hundreds of megabytes, so they are
read one by one from the file as it lies; what another program wrote anew in its own way is read whole, up to
a limit.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import mmap
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from pydantic import TypeAdapter, ValidationError

from zerentian.core.data_files import reason_words
from zerentian.core.problems import ProblemList, ProblemsFound, problem
from zerentian.field.reports import Sent
from zerentian.field.schemas import Device, ReportIn
from zerentian.people.models import Account
from zerentian.rounds.photos import judge

FORMAT, VERSION = "zerentian-queue", 1
LARGEST = 1024**3
LARGEST_WHOLE = 64 * 1024 * 1024
MOST_REPORTS = 5_000
_KEYS = {"format", "version", "account", "device", "reports", "photos"}
_FIRST_PHOTO = re.compile(rb'"photos":\[(?=\{"sha256":"[0-9a-f]{64}","data":"|\]\}\s*\Z)')
_PHOTO = re.compile(rb'\{"sha256":"([0-9a-f]{64})","data":"([A-Za-z0-9+/=]*)"\}([,\]])')
_END = re.compile(rb"\s*\}\s*\Z")
_DEVICE: TypeAdapter[str] = TypeAdapter(Device)

Content = bytes | mmap.mmap


@dataclass(slots=True)
class QueueFile:
    """A file that may be taken in. `bad_photos` are those that no reader of pictures knows."""

    account: Account
    device: str
    digest: str
    reports: list[tuple[UUID, Sent]]
    bad_photos: set[str]
    _content: _Parts

    def photos(self) -> Iterator[tuple[str, bytes]]:
        """SHA-256 and bytes of each photo, one at a time."""
        for _, sha256, data in self._content.photos():
            yield sha256, base64.b64decode(data)


@dataclass(slots=True)
class _Parts:
    """The head of a file, and where its photos lie or what they are."""

    head: dict[str, Any]
    content: Content = b""
    first: int = 0
    whole: list[dict[str, Any]] = field(default_factory=list)

    def photos(self) -> Iterator[tuple[int, str, bytes]]:
        """Number, SHA-256 and base64 of each. Raises `ProblemsFound` where the file is cut."""
        number = 0
        for number, one in enumerate(self.whole, 1):
            sha256, data = one.get("sha256"), one.get("data")
            if not isinstance(sha256, str) or not isinstance(data, str) or not data.isascii():
                raise problem("queue.cut", number=number - 1)
            yield number, sha256, data.encode()
        place = self.first
        while self.content and self.content[place : place + 1] == b"{":
            found = _PHOTO.match(self.content, place)
            if found is None:
                raise problem("queue.cut", number=number)
            number += 1
            yield number, found[1].decode(), found[2]
            place = found.end() if found[3] == b"," else found.end() - 1
            if found[3] == b"," and self.content[place : place + 1] != b"{":
                raise problem("queue.cut", number=number)
        if self.content and not (
            self.content[place : place + 1] == b"]" and _END.match(self.content, place + 1)
        ):
            raise problem("queue.cut", number=number)


def read_queue(content: Content, accounts: QuerySet[Account]) -> QueueFile:
    """Judge a file. Raises `ProblemsFound` with all that is wrong; `accounts` are those it may be of."""
    if len(content) > LARGEST:
        raise problem("queue.too_large", limit=f"{LARGEST // 1024**2} MB")
    parts = _parts(content)
    head, problems = parts.head, ProblemList()
    if head.get("format") != FORMAT or set(head) - _KEYS:
        raise problem("queue.format", reason="没有 zerentian-queue 标记，或有不认识的内容")
    if head.get("version") != VERSION:
        raise problem("queue.version", value=head.get("version"))
    account, device = _account(head, accounts), head.get("device")
    if account is None:
        problems.add("queue.no_account")
    try:
        _DEVICE.validate_python(device)
    except ValidationError:
        problems.add("queue.device", value=device)
    reports = _reports(head.get("reports"), account, str(device), problems)
    bad = _judge_photos(parts, problems)
    problems.raise_if_any()
    assert account is not None
    return QueueFile(account, str(device), hashlib.sha256(content).hexdigest(), reports, bad, parts)


def _parts(content: Content) -> _Parts:
    found = _FIRST_PHOTO.search(content)
    if found is None and len(content) > LARGEST_WHOLE:
        raise problem("queue.format", reason="找不到照片部分")
    text = content[:] if found is None else content[: found.end()] + b"]}"
    if len(text) > LARGEST_WHOLE:
        raise problem("queue.too_large", limit=f"{LARGEST_WHOLE // 1024**2} MB")
    try:
        head = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise problem("queue.format", reason="内容不完整或不是 JSON") from error
    if not isinstance(head, dict):
        raise problem("queue.format", reason="内容不完整或不是 JSON")
    if found is not None:
        return _Parts(head, content, found.end())
    whole = head.get("photos")
    if not isinstance(whole, list) or not all(isinstance(one, dict) for one in whole):
        raise problem("queue.format", reason="没有照片部分")
    return _Parts(head, whole=whole)


def _account(head: dict[str, Any], accounts: QuerySet[Account]) -> Account | None:
    with suppress(ValueError, TypeError, AttributeError):
        return accounts.filter(pk=UUID(head.get("account"))).first()
    return None


def _reports(
    given: object, account: Account | None, device: str, problems: ProblemList
) -> list[tuple[UUID, Sent]]:
    if not isinstance(given, list) or len(given) > MOST_REPORTS:
        raise problem("queue.format", reason=f"没有检查部分，或超过 {MOST_REPORTS} 份")
    found: dict[UUID, Sent] = {}
    for number, one in enumerate(given, 1):
        id_ = one.get("id") if isinstance(one, dict) else None
        try:
            key = UUID(id_)
        except (ValueError, TypeError, AttributeError):
            problems.add("queue.report_id", number=number, value=id_)
            continue
        if key in found:
            problems.add("queue.report_id", number=number, value=id_)
            continue
        body = json.dumps(one.get("report"), ensure_ascii=False)
        try:
            report = ReportIn.model_validate_json(body)
        except ValidationError as error:
            for fault in error.errors():
                path = ".".join(str(part) for part in fault["loc"]) or "内容"
                problems.add("queue.report", number=number, path=path, reason=reason_words(fault))
            continue
        if account is not None:
            found[key] = Sent.of(account, device, report, body)
    return list(found.items())


def _judge_photos(parts: _Parts, problems: ProblemList) -> set[str]:
    """Whether all bytes are what their name says; those that are no picture, which a network refuses, too."""
    bad = set()
    try:
        for number, sha256, data in parts.photos():
            try:
                content = base64.b64decode(data, validate=True)
            except binascii.Error:
                content = b""
            if hashlib.sha256(content).hexdigest() != sha256:
                problems.add("queue.photo_bytes", number=number, value=sha256[:16])
                continue
            try:
                judge(content)
            except ProblemsFound:
                bad.add(sha256)
    except ProblemsFound as cut:
        problems.extend(cut)
    return bad

"""What the API takes and gives, in JSON."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from ninja import Field, Schema
from pydantic import AwareDatetime, ConfigDict

from zerentian.evaluation.standard import Standard

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Device = Annotated[str, Field(min_length=8, max_length=64, pattern=r"^[A-Za-z0-9._-]+$")]


class _Strict(Schema):
    model_config = ConfigDict(extra="forbid")


class SignInIn(_Strict):
    """Login, password, the device's own id, and the one-time code where a role needs it."""

    login: Annotated[str, Field(max_length=40)]
    password: Annotated[str, Field(max_length=200)]
    device: Device
    code: Annotated[str, Field(max_length=6)] = ""


class TokenOut(Schema):
    """A token, told this once."""

    token: str
    name: str
    server_time: datetime.datetime


class SiteOut(Schema):
    """What an inspector needs to find a site; windows are pairs of HH:MM."""

    id: UUID
    code: str
    name: str
    kind: str
    committee: str
    address: str
    latitude: Decimal | None
    longitude: Decimal | None
    opening: list[list[str]]


class TaskOut(Schema):
    """A visit to make. `standard` names the version to inspect by."""

    id: UUID
    day: datetime.date
    position: int
    arrival: datetime.time | None
    is_recheck: bool
    state: str
    standard: UUID
    site: SiteOut


class TasksOut(Schema):
    """The visits of today and those left over, and the server's time."""

    server_time: datetime.datetime
    tasks: list[TaskOut]


class StandardOut(Schema):
    """A published standard as the engine reads it."""

    id: UUID
    standard: Standard


class PositionIn(_Strict):
    """Where the phone said it was: WGS-84 degrees, accuracy in metres."""

    latitude: Annotated[Decimal, Field(ge=-90, le=90)]
    longitude: Annotated[Decimal, Field(ge=-180, le=180)]
    accuracy: Annotated[int, Field(ge=0, le=1_000_000)] | None = None


class PhotoIn(_Strict):
    """A photo in its slot; its bytes were sent before, under their SHA-256."""

    slot: Annotated[str, Field(min_length=1, max_length=80)]
    clause: Annotated[str, Field(max_length=60)] = ""
    sha256: Sha256


class ReportIn(_Strict):
    """A whole visit."""

    task: UUID
    started: AwareDatetime
    answers: Annotated[dict[str, Annotated[str, Field(max_length=300)]], Field(max_length=500)]
    remark: Annotated[str, Field(max_length=2000)] = ""
    position: PositionIn | None = None
    photos: Annotated[list[PhotoIn], Field(max_length=200)] = []


class ReceiptOut(Schema):
    """The only answer that means a report is safe: `receipt` covers its id and all its bytes."""

    accepted: bool = True
    id: UUID
    receipt: Sha256
    answers: int
    photos: int
    score: Decimal | None
    server_time: datetime.datetime


class PhotoOut(Schema):
    """A photo that is safe."""

    accepted: bool = True
    sha256: Sha256
    size: int
    width: int
    height: int


class ConflictOut(Schema):
    """The id is taken by another report, whose receipt is given; the one just sent is kept for review."""

    accepted: bool = False
    id: UUID
    receipt: Sha256
    message: str


class CorrectionIn(_Strict):
    """Other answers for a submitted inspection; `replaces` is the version they are made on."""

    replaces: Annotated[int, Field(ge=1)]
    values: Annotated[dict[str, Annotated[str, Field(max_length=300)]], Field(min_length=1, max_length=500)]
    reason: Annotated[str, Field(min_length=1, max_length=500)]


class CorrectionOut(Schema):
    """A correction that waits for its second person."""

    id: UUID
    state: str


class ProblemOut(Schema):
    """One thing that is wrong: its code, where, and the Chinese sentence."""

    code: str
    place: str
    message: str


class ProblemsOut(Schema):
    """All that is wrong; nothing was saved."""

    accepted: bool = False
    problems: list[ProblemOut]


class RefusedOut(Schema):
    """Not signed in, not allowed, or not there."""

    accepted: bool = False
    message: str

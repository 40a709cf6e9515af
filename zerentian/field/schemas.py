"""What the API takes and gives, in JSON."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from ninja import Field, Schema
from pydantic import AwareDatetime, BaseModel, ConfigDict, WithJsonSchema

from zerentian.evaluation.standard import Standard

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Device = Annotated[str, Field(min_length=8, max_length=64, pattern=r"^[A-Za-z0-9._-]+$")]


PlateCode = Annotated[str, Field(max_length=60, pattern=r"^[^\x00]+$")]
Clock = Annotated[datetime.time, WithJsonSchema({"type": "string", "pattern": r"^\d\d:\d\d:\d\d"})]
"""A time of the town's day; OpenAPI's format `time` would want a zone."""


class Strict(BaseModel):  # ninja's own `Schema` reads objects of the database too, in twice the time
    """What is sent: nothing that has no name here."""

    model_config = ConfigDict(extra="forbid")


class SignInIn(Strict):
    """Login, password, the device's own id, and the one-time code where a role needs it."""

    login: Annotated[str, Field(max_length=40)]
    password: Annotated[str, Field(max_length=200)]
    device: Device
    code: Annotated[str, Field(max_length=6)] = ""


Work = Literal["inspections", "tickets"]


class TokenOut(Schema):
    """A token, told this once, who it speaks for, what he does with a phone, and the first nonce."""

    token: str
    account: UUID
    name: str
    post: str
    work: list[Work]
    server_time: datetime.datetime
    nonce: str


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
    arrival: Clock | None
    is_recheck: bool
    state: str
    standard: UUID
    site: SiteOut


class LostOut(Schema):
    """Reports that a phone of this account said it made and that never came."""

    device: str
    reports: int
    photos: int
    seen: datetime.datetime


class TasksOut(Schema):
    """The visits of today and those left over, the server's time signed as a nonce, and what the town wants.

    `photo_rule` is `never` or `deduction`; `reports` how many reports of this device came; `lost` what
    phones of this account owe; `work` what the account does with a phone.
    """

    server_time: datetime.datetime
    nonce: str
    work: list[Work]
    tasks: list[TaskOut]
    photo_rule: str
    phrases: list[str]
    reports: int
    lost: list[LostOut]


class QueueIn(Strict):
    """What a phone still holds: `made` counts all reports it ever made for this account."""

    made: Annotated[int, Field(ge=0, le=1_000_000)]
    waiting: Annotated[int, Field(ge=0, le=100_000)]
    photos: Annotated[int, Field(ge=0, le=1_000_000)]


class QueueOut(Schema):
    """How many reports of this device came, and what other phones of this account owe."""

    server_time: datetime.datetime
    nonce: str
    reports: int
    lost: list[LostOut]


class SiteFoundOut(Schema):
    """A site found by the code on its plate, and the standard that its kind is inspected by now."""

    site: SiteOut
    standard: UUID | None
    round: UUID | None


class StandardOut(Schema):
    """A published standard as the engine reads it."""

    id: UUID
    standard: Standard


class PositionIn(Strict):
    """Where the phone said it was: WGS-84 degrees, accuracy in metres."""

    latitude: Annotated[Decimal, Field(ge=-90, le=90)]
    longitude: Annotated[Decimal, Field(ge=-180, le=180)]
    accuracy: Annotated[int, Field(ge=0, le=1_000_000)] | None = None


class FixIn(PositionIn):
    """A position at a moment of the visit, and how many seconds old it was."""

    moment: Literal["start", "scan", "photo", "end"]
    at: AwareDatetime
    age: Annotated[int, Field(ge=0, le=1_000_000)] = 0


class PhotoIn(Strict):
    """A photo in its slot; its bytes come before or after, under their SHA-256.

    `grade` is A for the camera in the page, B for the phone's camera, C for the gallery.
    """

    slot: Annotated[str, Field(min_length=1, max_length=80)]
    clause: Annotated[str, Field(max_length=60)] = ""
    sha256: Sha256
    grade: Literal["A", "B", "C", ""] = ""
    taken: AwareDatetime | None = None
    position: PositionIn | None = None


class ClockIn(Strict):
    """What the phone knows of time: the last nonce, its own clock when it got it and now.

    `elapsed` is milliseconds of a clock that nobody can set, from the nonce to now; none after a restart.
    `zone` is minutes east of UTC.
    """

    nonce: Annotated[str, Field(max_length=200)]
    at_nonce: AwareDatetime
    now: AwareDatetime
    elapsed: Annotated[int, Field(ge=0, le=10_000_000_000)] | None = None
    zone: Annotated[int, Field(ge=-1440, le=1440)] = 480


class PhoneIn(Strict):
    """What the phone tells of itself; `number` and `previous` chain the reports of a device."""

    app: Annotated[str, Field(max_length=40)] = ""
    mode: Annotated[str, Field(max_length=20)] = ""
    number: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    previous: Annotated[str, Field(pattern=r"^([0-9a-f]{64})?$")] = ""
    missing: Annotated[list[Literal["camera", "location", "precise_location"]], Field(max_length=3)] = []


class ReportIn(Strict):
    """A whole visit: of a task, or of a site outside the list with a reason.

    `standard` is the version it was done by, `ended` when the inspector was through. What an older phone
    does not know stays empty.
    """

    task: UUID | None = None
    site: UUID | None = None
    reason: Annotated[str, Field(max_length=300)] = ""
    standard: UUID | None = None
    started: AwareDatetime
    ended: AwareDatetime | None = None
    answers: Annotated[dict[str, Annotated[str, Field(max_length=300)]], Field(max_length=500)]
    remarks: Annotated[dict[str, Annotated[str, Field(max_length=500)]], Field(max_length=500)] = {}
    remark: Annotated[str, Field(max_length=2000)] = ""
    position: PositionIn | None = None
    fixes: Annotated[list[FixIn], Field(max_length=300)] = []
    photos: Annotated[list[PhotoIn], Field(max_length=200)] = []
    clock: ClockIn | None = None
    phone: PhoneIn | None = None


class ProblemOut(Schema):
    """One thing that is wrong: its code, where, and the Chinese sentence."""

    code: str
    place: str
    message: str


class ReceiptOut(Schema):
    """The only answer that means a report is safe: `receipt` covers its id and all its bytes.

    `awaited` are the photos named but not yet here; `standing` says whether it makes the score.
    """

    accepted: bool = True
    id: UUID
    receipt: Sha256
    answers: int
    photos: int
    awaited: list[Sha256] = []
    standing: str = "counts"
    score: Decimal | None
    server_time: datetime.datetime


class HeldOut(Schema):
    """The report is safe, but a person must decide about it first; nothing is to be sent again."""

    accepted: bool = True
    held: bool = True
    id: UUID
    receipt: Sha256
    why: str
    problems: list[ProblemOut]
    server_time: datetime.datetime


class PartOut(Schema):
    """Bytes of a photo that came so far; go on from `arrived`."""

    accepted: bool = False
    sha256: Sha256
    arrived: int
    size: int


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


class CorrectionIn(Strict):
    """Other answers for a submitted inspection; `replaces` is the version they are made on."""

    replaces: Annotated[int, Field(ge=1)]
    values: Annotated[dict[str, Annotated[str, Field(max_length=300)]], Field(min_length=1, max_length=500)]
    reason: Annotated[str, Field(min_length=1, max_length=500)]


class CorrectionOut(Schema):
    """A correction that waits for its second person."""

    id: UUID
    state: str


class ProblemsOut(Schema):
    """All that is wrong; nothing was saved."""

    accepted: bool = False
    problems: list[ProblemOut]


class RefusedOut(Schema):
    """Not signed in, not allowed, or not there."""

    accepted: bool = False
    message: str


class EventOut(Schema):
    """What became of a system's event: `state` is taken, unmatched or dismissed."""

    id: UUID
    event: str
    state: Literal["taken", "unmatched", "dismissed"]
    ticket: str | None
    server_time: datetime.datetime


EVENT_REQUEST: dict[str, object] = {
    "parameters": [
        {
            "in": "header", "name": "X-Timestamp", "required": True,
            "description": "Unix seconds, at most five minutes from the server's clock",
            "schema": {"type": "string", "pattern": "^[0-9]{1,12}$"},
        },
        {
            "in": "header", "name": "X-Signature", "required": True,
            "description": "sha256= and the hexadecimal HMAC-SHA256 of timestamp, dot and body",
            "schema": {"type": "string", "pattern": "^sha256=[0-9a-f]{64}$"},
        },
    ],
    "requestBody": {
        "required": True,
        "description": "any JSON object; the sender's own settings say where in it what stands",
        "content": {"application/json": {"schema": {"type": "object"}}},
    },
}  # fmt: skip
"""What a system sends: its body is the sender's own, so only its frame is described."""

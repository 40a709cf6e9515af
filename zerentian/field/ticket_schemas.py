"""What the API takes and gives of tickets, in JSON."""

from __future__ import annotations

import datetime
from typing import Annotated, Literal
from uuid import UUID

from ninja import Field, Schema
from pydantic import AwareDatetime, model_validator

from zerentian.field.schemas import ClockIn, PositionIn, ProblemOut, Sha256, SiteOut, Strict

ActMove = Literal["handle", "return", "pass", "fail", "extension"]
"""What is done with a ticket on a phone."""


class FindingOut(Schema):
    """What somebody saw."""

    words: str
    seen: str
    found_at: datetime.datetime


class TicketPhotoOut(Schema):
    """A photo of a ticket; its copy is at /tickets/{ticket}/photos/{id}."""

    id: UUID
    sha256: Sha256
    doubt: str = ""


class StepOut(Schema):
    """A move that was made."""

    label: str
    at: datetime.datetime
    by: str
    reason: str


class TicketOut(Schema):
    """A ticket to mend or to verify.

    `version` is named with each act. `before` shows the problem, `after` the repair that is to be verified;
    `steps` are the last ones, `extend_until` the latest deadline that may be asked for.
    """

    id: UUID
    number: str
    version: int
    state: str
    state_words: str
    class_words: str
    severity: str
    summary: str
    found: list[FindingOut]
    due: datetime.datetime | None
    light: Literal["green", "yellow", "red"]
    supervised: bool
    needs_photo: bool
    handler: str
    handled_words: str
    moves: list[ActMove]
    extend_until: datetime.datetime | None
    site: SiteOut
    before: list[TicketPhotoOut]
    after: list[TicketPhotoOut]
    steps: list[StepOut]


class TicketsOut(Schema):
    """All that the account handles or verifies, what is due first coming first."""

    server_time: datetime.datetime
    nonce: str
    tickets: list[TicketOut]


class ActPhotoIn(Strict):
    """A photo of the repair or of the check, uploaded before under its SHA-256."""

    sha256: Sha256
    grade: Literal["A", "B", "C", ""] = ""
    taken: AwareDatetime | None = None
    position: PositionIn | None = None


class ActIn(Strict):
    """What was done with a ticket on a phone, on the version that was seen.

    `until` is the deadline asked for, with `extension` alone; `made` is when by the phone's clock.
    """

    ticket: UUID
    move: ActMove
    version: Annotated[int, Field(ge=1, le=1_000_000)]
    words: Annotated[str, Field(max_length=500)] = ""
    until: AwareDatetime | None = None
    made: AwareDatetime
    photos: Annotated[list[ActPhotoIn], Field(max_length=20)] = []
    clock: ClockIn | None = None

    @model_validator(mode="after")
    def _until_with_extension(self) -> ActIn:
        if (self.until is None) == (self.move == "extension"):
            raise ValueError("until belongs to an extension, and an extension has one")
        return self


class ActOut(Schema):
    """The act is made and safe: what has become of the ticket."""

    accepted: bool = True
    id: UUID
    receipt: Sha256
    state: str
    state_words: str
    server_time: datetime.datetime


class AwaitedOut(Schema):
    """Nothing is made yet: these photos are to be uploaded first."""

    accepted: bool = False
    id: UUID
    awaited: list[Sha256]


class ActRefusedOut(Schema):
    """The ticket is not, or no longer, there for this act: nothing was changed, the sentence says why."""

    accepted: bool = False
    id: UUID
    message: str
    problems: list[ProblemOut] = []

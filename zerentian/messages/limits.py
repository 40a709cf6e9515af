"""When and how people are told: data, `defaults/messages.yaml`."""

from __future__ import annotations

import datetime
from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

from zerentian.core.data_files import load_model

_DEFAULTS = Path(__file__).parent / "defaults" / "messages.yaml"

Minutes = Annotated[int, Field(gt=0, le=7 * 24 * 60)]


class _Figures(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class QuietHours(_Figures):
    """From when to when on the town's clocks nothing goes out; the end may be on the next day."""

    begins: datetime.time
    ends: datetime.time
    urgent_passes: bool

    @model_validator(mode="after")
    def _not_always(self) -> QuietHours:
        if self.begins == self.ends:
            raise ValueError("begins 与 ends 不能相同")
        return self


class Digest(_Figures):
    """How much one letter holds."""

    listed: Annotated[int, Field(ge=1, le=200)]


class Backoff(_Figures):
    """How long to wait after each failure, and after how many it is given up."""

    minutes: Annotated[tuple[Minutes, ...], Field(min_length=1)]
    gives_up_after: Annotated[int, Field(ge=1, le=100)]

    @model_validator(mode="after")
    def _never_sooner(self) -> Backoff:
        if list(self.minutes) != sorted(self.minutes):
            raise ValueError("minutes 应由短到长")
        return self


class Network(_Figures):
    """Seconds of answers and repetitions."""

    timeout: Annotated[int, Field(gt=0, le=60)]
    duplicate_check: Annotated[int, Field(ge=60, le=4 * 3600)]


class Robot(_Figures):
    """For group robots, which recognise no repetition."""

    unsure_after: Minutes


class Limits(_Figures):
    """All of them."""

    quiet: QuietHours
    digest: Digest
    backoff: Backoff
    network: Network
    robot: Robot

    @model_validator(mode="after")
    def _repetitions_are_known(self) -> Limits:
        if max(self.backoff.minutes) * 60 > self.network.duplicate_check:
            raise ValueError("minutes 中最长的等待不能超过 duplicate_check")
        return self


@cache
def limits() -> Limits:
    """The figures that come with the program."""
    return load_model(_DEFAULTS, Limits)

"""The figures from which on evidence is doubted: data with a source for each, `defaults/evidence.yaml`."""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

from zerentian.core.data_files import load_model

_DEFAULTS = Path(__file__).parent / "defaults" / "evidence.yaml"
_KINDS = {"compound", "village", "unit", "shop", "public_place", "station"}

Bits = Annotated[int, Field(ge=0, le=32)]
Count = Annotated[int, Field(ge=2, le=1000)]
Metres = Annotated[int, Field(gt=0, le=100_000)]
Seconds = Annotated[int, Field(ge=0, le=86_400)]


class _Figures(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class PhotoLimits(_Figures):
    """For photos; see `likeness`."""

    suspicion: Bits
    holds: Bits
    agreement: Annotated[Decimal, Field(gt=0, lt=1)]
    plain_below: Annotated[Decimal, Field(ge=0, le=64)]

    @model_validator(mode="after")
    def _holds_less(self) -> PhotoLimits:
        if self.holds > self.suspicion:
            raise ValueError("holds 不能大于 suspicion")
        return self


class TrackLimits(_Figures):
    """For positions; see `tracks`."""

    fastest: Annotated[int, Field(gt=0, le=1000)]
    shortest_jump: Metres
    oldest_fix: Seconds
    frozen_visits: Count
    frozen_fixes: Count
    radius: dict[str, Metres]


class TimeLimits(_Figures):
    """For the clock and the stay."""

    clock_offset: Seconds
    shortest_stay: dict[str, Seconds]


class Limits(_Figures):
    """All of them. Each kind of sites has its radius and its shortest stay."""

    photos: PhotoLimits
    track: TrackLimits
    time: TimeLimits

    @model_validator(mode="after")
    def _each_kind(self) -> Limits:
        for name, given in (("radius", self.track.radius), ("shortest_stay", self.time.shortest_stay)):
            if set(given) != _KINDS:
                raise ValueError(f"{name} 应恰好列出 {'、'.join(sorted(_KINDS))}")
        return self


@cache
def limits() -> Limits:
    """The figures that come with the program."""
    return load_model(_DEFAULTS, Limits)

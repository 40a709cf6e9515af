"""A standard (评分标准): how one kind of site is scored. Read from YAML or JSON."""

from __future__ import annotations

from decimal import Decimal
from functools import cached_property
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, WithJsonSchema, model_validator

from zerentian.core.points import plain
from zerentian.evaluation.clauses import AnyClause, Clause, ClauseId, Points, PositivePoints, Text

Identifier = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]+$", max_length=64)]
Kind = Annotated[str, StringConstraints(pattern=r"^\S+$", max_length=64)]
Month = Annotated[str, StringConstraints(pattern=r"^[0-9]{4}-(0[1-9]|1[0-2])$")]
Decimals = Annotated[int, Field(ge=0, le=6)]

KIND_NAMES = {
    "compound": "居住小区",
    "village": "行政村",
    "unit": "单位",
    "shop": "沿街商铺",
    "public_place": "公共场所",
    "station": "中转站",
    "self_check": "村居自查",
}
"""Names of the site kinds that ship, and of the self-checks that one sheet serves for all kinds of sites; a
kind a town adds is shown by its id."""


class Gate(BaseModel):
    """When the clause scores 0, its whole section scores 0."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    clause: ClauseId
    when: Literal["zero"] = "zero"


class Section(BaseModel):
    """A group of clauses, with the limits of its bonus and penalty sums."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Text
    gate: Gate | None = None
    bonus_cap: Points | None = None
    penalty_cap: Points | None = None
    clauses: list[AnyClause] = Field(min_length=1)

    @model_validator(mode="after")
    def _gate_is_a_scored_clause(self) -> Self:
        if self.gate and not any(c.id == self.gate.clause and c.scored for c in self.clauses):
            raise ValueError(f"gate 的评分项“{self.gate.clause}”应是本类别中有分值的评分项")
        return self


class Standard(BaseModel):
    """One version of a standard; `full_marks` equals the sum of its clauses' points."""

    model_config = ConfigDict(extra="forbid", frozen=True, coerce_numbers_to_str=True)

    standard: Identifier = Field(description="标准编号")
    version: str = Field(default="1", min_length=1)
    title: str = ""
    source: str = Field(default="", description="依据的文件")
    effective_from: Month | None = None
    site_kind: Kind = Field(description="适用的点位类型")
    full_marks: PositivePoints = Field(description="满分，等于各评分项分值之和")
    pass_share: Annotated[Decimal, Field(ge=0, le=1), WithJsonSchema({"type": "number"})] = Decimal("0.9")
    not_applicable: Literal["rescale", "full"] = "rescale"
    decimals: Decimals = 2
    sections: list[Section] = Field(min_length=1)

    @property
    def pass_line(self) -> Decimal:
        """The published score from which a site passes."""
        return self.pass_share * self.full_marks

    @cached_property
    def clauses(self) -> tuple[Clause, ...]:
        """All clauses in the order of the sheet."""
        return tuple(clause for section in self.sections for clause in section.clauses)

    @property
    def label(self) -> str:
        """Title and version as documents cite it."""
        return f"{self.title or self.standard}（{self.version}版）"

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        faults = []
        total = sum((clause.marks for clause in self.clauses), Decimal(0))
        if total != self.full_marks:
            faults.append(f"各评分项分值之和为 {plain(total)}，应等于 full_marks {plain(self.full_marks)}")
        ids = [clause.id for clause in self.clauses]
        repeated = [name for name in dict.fromkeys(ids) if ids.count(name) > 1]
        if repeated:
            faults.append(f"评分项编号重复：{'、'.join(repeated)}")
        if faults:
            raise ValueError("；".join(faults))
        return self


def kind_name(kind: str) -> str:
    """The Chinese name of a site kind."""
    return KIND_NAMES.get(kind, kind)

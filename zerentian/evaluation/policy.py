"""A policy (考评办法): how site scores become totals, ranks, bands, lists and interviews."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from zerentian.core.points import plain
from zerentian.evaluation.clauses import AnyPoints, Percentage, Points, PositivePoints, Text
from zerentian.evaluation.standard import Decimals, Identifier, Kind, Month

PartId = Annotated[str, StringConstraints(pattern=r"^[^\s:;,]+$", max_length=64)]
TiesAtCut = Literal["include", "exclude"]

RESULT_COLUMNS = ("period", "group", "rank", "subject", "name", "score", "band", "sites", "passed_sites")
"""Columns of subject_scores that stand before the parts, apart from `pass_rate`."""
SUBJECT_NAMES = {"committee": "村居", "compound": "小区", "property_company": "物业企业", "town": "街镇"}
"""What a policy may rank; a kind of subject that a town adds is called 对象."""

_TIE_BREAKERS = frozenset({"vetoes", "pass_rate", "sites", "passed_sites"})


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, coerce_numbers_to_str=True)


class _Part(_Model):
    id: PartId = Field(description="部分编号，也是结果表的列名")
    name: str = Field(default="", description="部分名称")

    @property
    def label(self) -> str:
        """The part's name, or its id where it has none."""
        return self.name or self.id


class _SitePart(_Part):
    kinds: list[Kind] = Field(min_length=1, description="计入的点位类型")
    points: PositivePoints = Field(description="本部分满分")


class MeanPart(_SitePart):
    """Points times the mean share of full marks over the subject's scored sites."""

    statistic: Literal["mean"]
    weight: str | None = Field(default=None, description="sites 表中作权重的列，例如 households")


class WorstPart(_SitePart):
    """Points times the share of the worst site."""

    statistic: Literal["worst"]


class PassRatePart(_SitePart):
    """Points in proportion to the pass rate, or less `each` per whole point below `target`."""

    statistic: Literal["pass_rate"]
    target: Percentage | None = Field(default=None, description="目标达标率（百分数）")
    each: PositivePoints | None = Field(default=None, description="每低 1 个百分点扣分")

    @model_validator(mode="after")
    def _target_with_each(self) -> Self:
        if (self.target is None) != (self.each is None):
            raise ValueError("target 与 each 应同时给出，或都不给")
        return self


class FigurePart(_Part):
    """Points times a figure handed in from elsewhere, as a share of `scale`."""

    statistic: Literal["figure"]
    points: PositivePoints = Field(description="本部分满分")
    scale: PositivePoints = Field(default=Decimal(100), description="数值的满分")


class CountPart(_Part):
    """`each` (signed) per counted case, limited to ±`cap`; outside the rescaling of missing parts."""

    statistic: Literal["count"]
    each: AnyPoints = Field(description="每件加（正）或扣（负）分")
    cap: Points | None = Field(default=None, description="加扣分的上限")


Part = Annotated[
    MeanPart | WorstPart | PassRatePart | FigurePart | CountPart, Field(discriminator="statistic")
]


class Band(_Model):
    """A named range of scores from `min` upwards."""

    name: Text
    min: AnyPoints


class ListRule(_Model):
    """A list of the first (`top`) or last (`bottom`) of each group."""

    name: Text
    top: Annotated[int, Field(gt=0)] | None = None
    bottom: Annotated[int, Field(gt=0)] | None = None
    order: Literal["best_first", "worst_first"] | None = None
    ties_at_cut: TiesAtCut = "include"

    @property
    def worst_first(self) -> bool:
        """Printing order; without `order` a bottom list begins with the worst."""
        return self.order == "worst_first" if self.order else self.bottom is not None

    @model_validator(mode="after")
    def _top_or_bottom(self) -> Self:
        if (self.top is None) == (self.bottom is None):
            raise ValueError("top 与 bottom 应给出其中一个")
        return self


class When(_Model):
    """What triggers an interview: a place among the last, or a run of failed months."""

    bottom: Annotated[int, Field(gt=0)] | None = None
    ties_at_cut: TiesAtCut = "include"
    only_failed: bool = False
    consecutive_fails: Annotated[int, Field(gt=0)] | None = None
    gap: Literal["ignore", "breaks"] | None = None
    repeat: Literal["new_run", "every_month"] | None = None

    @model_validator(mode="after")
    def _one_trigger(self) -> Self:
        if (self.bottom is None) == (self.consecutive_fails is None):
            raise ValueError("bottom 与 consecutive_fails 应给出其中一个")
        return self


class InterviewRule(_Model):
    """An interview (约谈): when it is due, on whose results, who chairs and who attends."""

    name: Text
    when: When
    source: Text = "town"
    chair: str = ""
    attend: list[Text] = []


class Policy(_Model):
    """One version of a policy."""

    policy: Identifier = Field(description="办法编号")
    version: str = Field(default="1", min_length=1)
    title: str = ""
    source: str = Field(default="", description="依据的文件")
    effective_from: Month | None = None
    subject: Kind = Field(default="committee", description="被考评的对象")
    decimals: Decimals = 2
    parts: list[Part] = Field(min_length=1)
    missing_part: Literal["rescale", "zero", "full"] = "rescale"
    pass_mark: AnyPoints | None = None
    visits: Literal["mean", "latest", "worst"] = "mean"
    min_sites: Annotated[int, Field(ge=0)] = 1
    groups: str | None = Field(default=None, description="subjects 表中作分组的列")
    ties: Literal["competition", "dense"] = "competition"
    tie_break: list[str] = []
    bands: list[Band] = []
    lists: list[ListRule] = []
    rank_bonus: dict[Annotated[int, Field(gt=0)], AnyPoints] = {}
    interviews: list[InterviewRule] = []
    gap: Literal["ignore", "breaks"] = "ignore"
    repeat: Literal["new_run", "every_month"] = "new_run"

    @property
    def subject_name(self) -> str:
        """What is ranked, in Chinese."""
        return SUBJECT_NAMES.get(self.subject, "对象")

    @property
    def full_total(self) -> Decimal:
        """What a subject can reach over all parts; counts stand outside."""
        return sum((part.points for part in self.parts if not isinstance(part, CountPart)), Decimal(0))

    @property
    def label(self) -> str:
        """Title and version as documents cite it."""
        return f"{self.title or self.policy}（{self.version}版）"

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        faults = []
        ids = [part.id for part in self.parts]
        reserved = {*RESULT_COLUMNS, "pass_rate", "rank_bonus", "vetoes"}
        faults += [f"部分编号“{i}”重复" for i in dict.fromkeys(ids) if ids.count(i) > 1]
        faults += [f"部分编号“{i}”是结果表的固定列名，请另取" for i in ids if i in reserved]
        known = _TIE_BREAKERS | set(ids)
        faults += [
            f"tie_break“{column}”不是结果的列；应为 {'、'.join(sorted(known))}（前面加 - 表示小者为先）"
            for column in self.tie_break
            if column.removeprefix("-") not in known
        ]
        names = [rule.name for rule in self.lists]
        faults += [f"名单“{n}”重复" for n in dict.fromkeys(names) if names.count(n) > 1]
        if self.pass_mark is None and any(rule.when.only_failed for rule in self.interviews):
            faults.append("约谈用了 only_failed，须给出 pass_mark")
        if all(isinstance(part, CountPart) for part in self.parts):
            faults.append("parts 中至少要有一个带 points 的部分")
        if faults:
            raise ValueError("；".join(faults))
        return self

    @property
    def parts_in_words(self) -> str:
        """The parts and their weights in one line: 居住区40分、单位12分、督办扣分."""
        return "、".join(
            part.label if isinstance(part, CountPart) else f"{part.label}{plain(part.points)}分"
            for part in self.parts
        )

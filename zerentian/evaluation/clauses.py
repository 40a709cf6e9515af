"""The rules by which one clause of a standard loses points, one class for each rule.

Each class holds the numbers of its rule, turns an observed text into an `Outcome`, and says in Chinese
what may be observed (`expected`) and how points are lost (`words`, as printed on the score sheet).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, WithJsonSchema, model_validator

from zerentian.core.months import is_month
from zerentian.core.points import Exact, parse_count, parse_number, plain, units

NOT_APPLICABLE = "n/a"
_NOT_APPLICABLE_WORDS = frozenset({"n/a", "不适用"})
_YES_NO = {"yes": True, "是": True, "no": False, "否": False}
_NONE_WORDS = frozenset({"none", "无"})
_PERCENT = "0 至 100 的百分数，例如 89.9"

_DECIMAL_SCHEMA = WithJsonSchema({"type": "number"})
AnyPoints = Annotated[Decimal, Field(max_digits=12, decimal_places=4), _DECIMAL_SCHEMA]
Points = Annotated[Decimal, Field(ge=0, max_digits=12, decimal_places=4), _DECIMAL_SCHEMA]
PositivePoints = Annotated[Decimal, Field(gt=0, max_digits=12, decimal_places=4), _DECIMAL_SCHEMA]
Percentage = Annotated[Decimal, Field(ge=0, le=100, decimal_places=4), _DECIMAL_SCHEMA]
ClauseId = Annotated[str, StringConstraints(pattern=r"^[^\s:;,；：，]+$", max_length=64)]
Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]


class NotAllowedError(Exception):
    """An observed text that the clause's rule does not know; the argument says what was expected."""

    @property
    def expected(self) -> str:
        """What would have been right, in Chinese."""
        return str(self.args[0])


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one observed text means for its clause: the same for every site that observes it.

    `lost` and `extra` (what a bonus adds or a penalty takes outside full marks) are in units, see
    `core.points.UNITS`. `ordinary` tells that nothing beside `lost` matters for the score.
    """

    clause: Clause
    observed: str
    lost: Exact = 0
    extra: Exact = 0
    applicable: bool = True
    veto_met: bool = False
    ordinary: bool = field(init=False)

    @property
    def words(self) -> str:
        """What was observed, as a Chinese reader says it: 3处, 缺 湿垃圾, 82.5%, 不适用."""
        if not self.applicable:
            return "不适用"
        return self.clause.observed_words(self.observed) if self.observed else "（没有检查结果，按不扣分计）"

    def __post_init__(self) -> None:
        ordinary = self.applicable and not self.veto_met and not self.extra
        object.__setattr__(self, "ordinary", ordinary)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, coerce_numbers_to_str=True)


class Clause(_Strict):
    """What every clause of a standard has, whatever its rule."""

    id: ClauseId = Field(description="评分项编号，在一份标准内唯一")
    text: Text = Field(description="检查内容，现场看得懂的一句话")
    source: str = Field(default="", description="依据：文件与条款，或“建议”")
    unsure: str = Field(default="", description="导入时拿不准的原因；改好后删去，评分前必须没有")

    @property
    def is_unsure(self) -> bool:
        """True while the importer's mark stands, whatever it says."""
        return "unsure" in self.model_fields_set

    @property
    def marks(self) -> Decimal:
        """What the clause adds to full marks; 0 for a veto, bonus or penalty."""
        return Decimal(0)

    @property
    def scored(self) -> bool:
        """True for a clause inside full marks, which may also be observed as not applicable."""
        return False

    @property
    def expected(self) -> str:
        raise NotImplementedError

    @property
    def words(self) -> str:
        raise NotImplementedError

    def observe(self, text: str, period: str) -> Outcome:
        """The outcome of an observed text. Raises `NotAllowedError` when the rule does not know it."""
        raise NotImplementedError

    def observed_words(self, observed: str) -> str:
        """An observed text as a Chinese reader says it."""
        return observed

    def unobserved(self) -> Outcome:
        """What `--missing full` takes for a clause without an observation: nothing lost, nothing gained."""
        return Outcome(self, "")


class _ScoredClause(Clause):
    points: PositivePoints = Field(description="标准分值")

    @property
    def marks(self) -> Decimal:
        return self.points

    @property
    def scored(self) -> bool:
        return True

    def lost(self, text: str, period: str) -> Fraction:
        """Points lost, before the floor at nothing left. Raises `NotAllowedError`."""
        raise NotImplementedError

    def observe(self, text: str, period: str) -> Outcome:
        """The outcome of an observed text; `n/a` (不适用) takes the clause out of this site's score."""
        if text.strip().lower() in _NOT_APPLICABLE_WORDS:
            return Outcome(self, NOT_APPLICABLE, applicable=False)
        lost = min(self.lost(text, period), Fraction(self.points))
        return Outcome(self, text.strip(), lost=units(lost))


class AllOrNothing(_ScoredClause):
    """`yes` keeps all points, `no` loses them."""

    rule: Literal["all_or_nothing"]

    @property
    def expected(self) -> str:
        return "yes 或 no（是/否）"

    @property
    def words(self) -> str:
        return f"达到要求得{plain(self.points)}分，否则不得分"

    def observed_words(self, observed: str) -> str:
        return "是" if _yes_no(observed, self.expected) else "否"

    def lost(self, text: str, period: str) -> Fraction:
        return Fraction(0) if _yes_no(text, self.expected) else Fraction(self.points)


class PerOccurrence(_ScoredClause):
    """Each occurrence loses `each`, down to nothing, or down to `cap` points lost."""

    rule: Literal["per_occurrence"]
    each: PositivePoints = Field(description="每处扣分")
    cap: PositivePoints | None = Field(default=None, description="本项最多扣分")

    @property
    def expected(self) -> str:
        return "发现的处数（不小于 0 的整数）"

    @property
    def words(self) -> str:
        limit = f"最多扣{plain(self.cap)}分" if self.cap is not None else "扣完为止"
        return f"每处扣{plain(self.each)}分，{limit}"

    def observed_words(self, observed: str) -> str:
        return f"{_count(observed, self.expected)}处"

    def lost(self, text: str, period: str) -> Fraction:
        lost = Fraction(self.each) * _count(text, self.expected)
        return lost if self.cap is None else min(lost, Fraction(self.cap))


class MissingKinds(_ScoredClause):
    """Each missing kind loses `each`."""

    rule: Literal["missing_kinds"]
    each: PositivePoints = Field(description="每缺一种扣分")
    kinds: list[Text] = Field(min_length=1, description="应有的种类")

    @property
    def expected(self) -> str:
        return f"none，或缺少的种类（用 ; 分隔）：{'、'.join(self.kinds)}"

    @property
    def words(self) -> str:
        return f"（{'、'.join(self.kinds)}）每缺一种扣{plain(self.each)}分，扣完为止"

    def observed_words(self, observed: str) -> str:
        if observed not in self.kinds and observed.lower() in _NONE_WORDS:
            return "不缺"
        return f"缺{observed.replace('；', '、').replace(';', '、')}"

    def lost(self, text: str, period: str) -> Fraction:
        text = text.strip()
        if text not in self.kinds and text.lower() in _NONE_WORDS:
            return Fraction(0)
        missing = [kind.strip() for kind in text.replace("；", ";").split(";")]
        if not set(missing) <= set(self.kinds) or len(set(missing)) != len(missing):
            raise NotAllowedError(self.expected)
        return Fraction(self.each) * len(missing)

    @model_validator(mode="after")
    def _kinds_differ(self) -> Self:
        if len(set(self.kinds)) != len(self.kinds) or any(";" in k or "；" in k for k in self.kinds):
            raise ValueError("kinds 中的种类不能重复，也不能含分号")
        return self


class Levels(_ScoredClause):
    """One of several named levels, each worth its points."""

    rule: Literal["levels"]
    levels: dict[Text, Points] = Field(min_length=2, description="等级与得分")

    @property
    def expected(self) -> str:
        return f"等级之一：{'、'.join(self.levels)}"

    @property
    def words(self) -> str:
        return "，".join(f"{name}得{plain(points)}分" for name, points in self.levels.items())

    def lost(self, text: str, period: str) -> Fraction:
        points = self.levels.get(text.strip())
        if points is None:
            raise NotAllowedError(self.expected)
        return Fraction(self.points) - Fraction(points)

    @model_validator(mode="after")
    def _levels_within_points(self) -> Self:
        if max(self.levels.values()) > self.points:
            raise ValueError(f"等级得分不能超过本项分值 {plain(self.points)}")
        return self


class Ratio(_ScoredClause):
    """Points in proportion to `good/total`."""

    rule: Literal["ratio"]

    @property
    def expected(self) -> str:
        return "合格数/检查数，例如 13/15（合格数不大于检查数，检查数大于 0）"

    @property
    def words(self) -> str:
        return f"合格数÷检查数×{plain(self.points)}分"

    def lost(self, text: str, period: str) -> Fraction:
        good_text, slash, total_text = text.replace("／", "/").partition("/")
        good, total = parse_count(good_text), parse_count(total_text)
        if not slash or good is None or total is None or total == 0 or good > total:
            raise NotAllowedError(self.expected)
        return Fraction(self.points) * (total - good) / total


class Steps(_ScoredClause):
    """A percentage: full at `start` or above; `each` is lost per started `step` below it."""

    rule: Literal["steps"]
    start: Percentage = Field(description="达到此百分数不扣分")
    step: Annotated[Decimal, Field(gt=0, le=100), _DECIMAL_SCHEMA] = Field(description="每低多少个百分点")
    each: PositivePoints = Field(description="每低一档扣分")

    @property
    def expected(self) -> str:
        return _PERCENT

    @property
    def words(self) -> str:
        return (
            f"达到{plain(self.start)}%不扣分，每低{plain(self.step)}个百分点"
            f"（不足的按一档计）扣{plain(self.each)}分，扣完为止"
        )

    def observed_words(self, observed: str) -> str:
        return f"{plain(_percentage(observed))}%"

    def lost(self, text: str, period: str) -> Fraction:
        short = Fraction(self.start) - Fraction(_percentage(text))
        return Fraction(self.each) * max(0, ceil(short / Fraction(self.step)))


class Shortfall(_ScoredClause):
    """A percentage: `each` is lost per whole point below the target, which may step up by month."""

    rule: Literal["shortfall"]
    each: PositivePoints = Field(description="每低 1 个百分点扣分")
    target: Percentage | dict[str, Percentage] = Field(description="目标百分数，或按月份给出的目标")

    @property
    def expected(self) -> str:
        return _PERCENT

    @property
    def words(self) -> str:
        if isinstance(self.target, dict):
            target = "、".join(f"{month}起{plain(value)}%" for month, value in sorted(self.target.items()))
        else:
            target = f"{plain(self.target)}%"
        return f"目标{target}，每低1个百分点扣{plain(self.each)}分，扣完为止"

    def observed_words(self, observed: str) -> str:
        return f"{plain(_percentage(observed))}%"

    def lost(self, text: str, period: str) -> Fraction:
        short = Fraction(self._target_of(period)) - Fraction(_percentage(text))
        return Fraction(self.each) * max(0, floor(short))

    def _target_of(self, period: str) -> Decimal:
        if not isinstance(self.target, dict):
            return self.target
        started = [month for month in self.target if month <= period]
        if not started:
            raise NotAllowedError(f"{min(self.target)} 及以后的月份（此前没有规定目标）")
        return self.target[max(started)]

    @model_validator(mode="after")
    def _months_are_months(self) -> Self:
        if isinstance(self.target, dict) and not (self.target and all(is_month(m) for m in self.target)):
            raise ValueError("target 的月份应写成 YYYY-MM")
        return self


class Veto(Clause):
    """一票否决: met means not passed, and a score of at most `cap` (without a cap the score stands)."""

    rule: Literal["veto"]
    cap: Points | None = Field(default=None, description="一旦发生，得分不超过此分")

    @property
    def expected(self) -> str:
        return "yes（发生）或 no（未发生）"

    @property
    def words(self) -> str:
        limit = "" if self.cap is None else f"，得分不超过{plain(self.cap)}分"
        return f"一票否决：发生即不达标{limit}"

    def observed_words(self, observed: str) -> str:
        return "发生" if _yes_no(observed, self.expected) else "未发生"

    def observe(self, text: str, period: str) -> Outcome:
        return Outcome(self, text.strip(), veto_met=_yes_no(text, self.expected))


class _Extra(Clause):
    each: PositivePoints = Field(description="每次加（扣）分")

    @property
    def expected(self) -> str:
        return "次数（不小于 0 的整数）"

    def observed_words(self, observed: str) -> str:
        return f"{_count(observed, self.expected)}次"


class Bonus(_Extra):
    """Added outside full marks, `each` per count."""

    rule: Literal["bonus"]

    @property
    def words(self) -> str:
        return f"加分：每次加{plain(self.each)}分"

    def observe(self, text: str, period: str) -> Outcome:
        return Outcome(self, text.strip(), extra=units(self.each) * _count(text, self.expected))


class Penalty(_Extra):
    """Taken off outside full marks, `each` per count."""

    rule: Literal["penalty"]

    @property
    def words(self) -> str:
        return f"另扣：每次扣{plain(self.each)}分"

    def observe(self, text: str, period: str) -> Outcome:
        return Outcome(self, text.strip(), extra=-units(self.each) * _count(text, self.expected))


ScoredClause = AllOrNothing | PerOccurrence | MissingKinds | Levels | Ratio | Steps | Shortfall
AnyClause = Annotated[ScoredClause | Veto | Bonus | Penalty, Field(discriminator="rule")]


def _yes_no(text: str, expected: str) -> bool:
    answer = _YES_NO.get(text.strip().lower())
    if answer is None:
        raise NotAllowedError(expected)
    return answer


def _count(text: str, expected: str) -> int:
    count = parse_count(text)
    if count is None:
        raise NotAllowedError(expected)
    return count


def _percentage(text: str) -> Decimal:
    number = parse_number(text.strip().removesuffix("%").removesuffix("％"))
    if number is None or not 0 <= number <= 100:
        raise NotAllowedError(_PERCENT)
    return number

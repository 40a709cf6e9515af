"""A town's rules for rectification (整改办法): problems, deadlines, who is told when. Pure data."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from zerentian.core.worktime import (
    OfficeHours,
    TownCalendar,
    YearPlan,
    after_calendar_days,
    after_natural_time,
    after_working_days,
    after_working_time,
)
from zerentian.evaluation.clauses import Text

Id = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=40)]
Count = Annotated[int, Field(ge=1, le=10_000)]
Times = Annotated[int, Field(ge=0, le=100)]
Handler = Literal["property_company", "responsible", "committee"]
Reader = Literal["handler", "committee", "field_leader", "deputy_leader", "main_leader", "dispatcher"]
Severity = Literal["minor", "major", "urgent"]
SiteKindName = Literal["compound", "village", "unit", "shop", "public_place", "station"]
WEEK = 7

SEVERITY_WORDS: dict[str, str] = {"minor": "一般", "major": "较重", "urgent": "紧急"}
_UNITS = {
    "natural_hours": "小时",
    "working_hours": "个工作小时",
    "working_days": "个工作日",
    "calendar_days": "个自然日",
}


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, coerce_numbers_to_str=True)


class Limit(_Model):
    """A length of time in exactly one unit."""

    natural_hours: Count | None = None
    working_hours: Count | None = None
    working_days: Count | None = None
    calendar_days: Count | None = None

    @model_validator(mode="after")
    def _one_unit(self) -> Self:
        if len(self._given) != 1:
            raise ValueError(f"时限应恰好给出一种：{'、'.join(_UNITS)}")
        return self

    @property
    def _given(self) -> list[tuple[str, int]]:
        return [(unit, value) for unit in _UNITS if (value := getattr(self, unit)) is not None]

    def after(self, start: datetime.datetime, calendar: TownCalendar) -> datetime.datetime:
        """When it is over, counted from `start` (aware), in UTC.

        Raises `ProblemsFound` for a year that the calendar does not know.
        """
        ((unit, value),) = self._given
        if unit == "working_days":
            return after_working_days(start, value, calendar)
        if unit == "calendar_days":
            return after_calendar_days(start, value, calendar)
        count = after_natural_time if unit == "natural_hours" else None
        hours = datetime.timedelta(hours=value)
        return count(start, hours) if count else after_working_time(start, hours, calendar)

    def __str__(self) -> str:
        ((unit, value),) = self._given
        return f"{value} {_UNITS[unit]}"


class ProblemClass(_Model):
    """A class of problems: which clauses report it, how grave it is, who mends it and until when."""

    id: Id
    name: Text
    severity: Severity = "minor"
    clauses: frozenset[str] = Field(default=frozenset(), description="评分标准中的检查项编号")
    words: frozenset[Text] = Field(default=frozenset(), description="来文中说明是这一类问题的词语")
    handlers: list[Handler] = Field(default=["property_company", "responsible", "committee"], min_length=1)
    limit: Limit
    by_source: dict[str, Limit] = Field(default={}, description="按问题来源另定的时限")

    def limit_of(self, source: str) -> Limit:
        """The time to mend a problem of a source."""
        return self.by_source.get(source, self.limit)


class Extension(_Model):
    """How often and by how much a deadline may be put off."""

    most_times: Times
    limit: Limit


class Suspension(_Model):
    """For how long at most a ticket may rest (挂账) before it is looked at again."""

    review_within: Limit


class Repetition(_Model):
    """A problem that comes again at the same site under the same clause is raised by itself."""

    months: Annotated[int, Field(ge=1, le=24)]
    supervise: bool = True


class Rung(_Model):
    """Who is told when: so long before the deadline, at it, or so long after it."""

    when: Literal["dispatched", "before", "due", "after"]
    limit: Limit | None = None
    tell: list[Reader] = Field(min_length=1)
    urgent: bool = False

    @model_validator(mode="after")
    def _limit_where_needed(self) -> Self:
        if (self.limit is None) != (self.when in ("dispatched", "due")):
            raise ValueError("when 为 before、after 时应给出 limit，其余不给")
        if self.when == "before" and self.limit and self.limit.natural_hours is None:
            raise ValueError("before 只能用 natural_hours")
        return self


class SelfChecks(_Model):
    """How often committees and property companies look at which kinds of sites themselves; none: nowhere."""

    every_days: Annotated[int, Field(ge=WEEK, le=4 * WEEK, multiple_of=WEEK)] = WEEK
    kinds: list[SiteKindName] = []

    @property
    def weeks(self) -> int:
        """For how many weeks one self-check is good."""
        return self.every_days // WEEK


class YearData(_Model):
    """A year's holidays and make-up days that the program does not know yet."""

    holidays: frozenset[datetime.date] = frozenset()
    make_up_days: frozenset[datetime.date] = frozenset()


class CalendarData(_Model):
    """Office hours, and days on which this town works or rests otherwise than the country."""

    hours: list[tuple[datetime.time, datetime.time]] = [
        (datetime.time(8, 30), datetime.time(11, 30)),
        (datetime.time(13, 30), datetime.time(17, 0)),
    ]
    years: dict[int, YearData] = {}
    days_off: frozenset[datetime.date] = frozenset()
    days_on: frozenset[datetime.date] = frozenset()

    @model_validator(mode="after")
    def _sound(self) -> Self:
        try:
            self.calendar()
        except ValueError as error:
            raise ValueError(f"工作时间或节假日有误：{error}") from error
        return self

    def calendar(self) -> TownCalendar:
        """The calendar that deadlines are counted by."""
        plans = {year: YearPlan(one.holidays, one.make_up_days) for year, one in self.years.items()}
        return TownCalendar(
            hours=OfficeHours(tuple(self.hours)), years=plans, days_off=self.days_off, days_on=self.days_on
        )


class Loop(_Model):
    """All of a town's rules for rectification."""

    loop: Annotated[str, StringConstraints(pattern=r"^[^\s:;,]+$", max_length=64)]
    title: str = ""
    source: str = ""
    version: str = ""
    classes: list[ProblemClass] = Field(min_length=1)
    left_out: frozenset[str] = Field(default=frozenset(), description="不立案的检查项")
    verified_first: frozenset[str] = Field(default=frozenset(), description="须先现场核实再立案的来源")
    dispatched_at_once: bool = Field(default=True, description="立案后按类别自动派遣")
    needs_photo: bool = Field(default=True, description="处置须有整改后照片")
    extension: Extension
    suspension: Suspension
    supervision: Limit = Field(description="督办后的时限，自督办时起算")
    rework: Limit = Field(description="核查不通过后重新整改的时限")
    repetition: Repetition
    blind_share: Annotated[Decimal, Field(ge=0, le=1)] = Field(description="结案后抽取盲查的比例")
    ladder: list[Rung] = Field(min_length=1)
    self_checks: SelfChecks = Field(default=SelfChecks(), description="村居、物业多久自查一次哪些点位")
    calendar: CalendarData = CalendarData()

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        ids = [one.id for one in self.classes]
        if len(ids) != len(set(ids)):
            raise ValueError("问题类别的编号不能重复")
        clauses = [clause for one in self.classes for clause in one.clauses]
        if double := sorted({one for one in clauses if clauses.count(one) > 1}):
            raise ValueError(f"检查项 {'、'.join(double)} 归入了两个类别")
        if self.classes[-1].clauses:
            raise ValueError("最后一个类别不列检查项：其余问题都归入它")
        return self

    def class_of(self, clause: str) -> ProblemClass:
        """The class of a clause; what no class names falls to the last one."""
        return next((one for one in self.classes if clause in one.clauses), self.classes[-1])

    def class_by_words(self, text: str) -> ProblemClass:
        """The first class of which a text has a word; what has none falls to the last one."""
        return next(
            (one for one in self.classes if any(word in text for word in one.words)), self.classes[-1]
        )

    def class_named(self, id_: str) -> ProblemClass:
        """A class by its id; one that a newer version dropped counts as the last."""
        return next((one for one in self.classes if one.id == id_), self.classes[-1])

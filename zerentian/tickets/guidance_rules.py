"""What guidance changed, from what visits saw of one clause before it and after. Pure and exact."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from uuid import UUID

from zerentian.core.points import plain, points_of
from zerentian.core.problems import ProblemList
from zerentian.evaluation.clauses import Bonus, Clause, Outcome

BEFORE = 3
"""So many visits before guidance make the mean that it is compared with."""
LONGEST_NAME, LONGEST_ORGANISATION, LONGEST_PHONE = 60, 100, 20
_BETWEEN = re.compile(r"[\s,，;；、]+")


@dataclass(frozen=True, slots=True)
class Look:
    """What one visit saw of a clause: points lost, of how many; `is_met` when a veto was."""

    inspection: UUID
    started: datetime.datetime
    lost: Fraction
    marks: Fraction
    is_met: bool = False

    @property
    def share(self) -> Fraction:
        """What was lost, as a share of the clause's marks; a veto or a penalty loses all or nothing."""
        if self.marks:
            return self.lost / self.marks
        return Fraction(1 if self.is_met or self.lost else 0)

    @property
    def weight(self) -> Fraction:
        """What two visits are compared by: the share; without marks, points lost or a veto met."""
        return self.share if self.marks else self.lost + self.is_met

    @property
    def words(self) -> str:
        """What was lost, as one says it."""
        if self.is_met:
            return "触发一票否决"
        return f"失 {plain(self.lost)} 分" if self.lost else "没有失分"


def look_of(inspection: UUID, started: datetime.datetime, clause: Clause, outcome: Outcome) -> Look | None:
    """What a visit's outcome says of its clause; None where the clause did not apply."""
    if not outcome.applicable:
        return None
    lost = points_of(outcome.lost) + max(Fraction(0), -points_of(outcome.extra))
    return Look(inspection, started, lost, Fraction(clause.marks), outcome.veto_met)


def can_be_guided(clause: Clause) -> bool:
    """Whether guidance can answer a clause: one that only adds points is no problem."""
    return not isinstance(clause, Bonus)


class Verdict(StrEnum):
    """How the first visit after guidance compares with the last before it."""

    BETTER = "better"
    SAME = "same"
    WORSE = "worse"
    UNCHECKED = "unchecked"
    UNKNOWN = "unknown"

    @property
    def label(self) -> str:
        """The Chinese word."""
        return _LABELS[self]


_LABELS = {
    Verdict.BETTER: "好转",
    Verdict.SAME: "持平",
    Verdict.WORSE: "变差",
    Verdict.UNCHECKED: "没有再查",
    Verdict.UNKNOWN: "指导前没有检查",
}


@dataclass(frozen=True, slots=True)
class Change:
    """What visits saw of a clause: up to three before a moment, the last one first, and all after it."""

    before: tuple[Look, ...] = ()
    after: tuple[Look, ...] = ()

    def within(self, moment: datetime.datetime, span: datetime.timedelta) -> Change:
        """Without the looks that lie further from a moment than `span`."""
        return Change(
            tuple(one for one in self.before if moment - one.started <= span),
            tuple(one for one in self.after if one.started - moment <= span),
        )

    @property
    def had_problem(self) -> bool:
        """Whether the last visit before lost something: only then is there something to mend."""
        return bool(self.before) and self.before[0].weight > 0

    @property
    def verdict(self) -> Verdict:
        """By what was lost at the last visit before and at the first one after."""
        if not self.before:
            return Verdict.UNKNOWN
        if not self.after:
            return Verdict.UNCHECKED
        last, first = self.before[0].weight, self.after[0].weight
        return Verdict.BETTER if first < last else Verdict.WORSE if first > last else Verdict.SAME

    @property
    def words(self) -> str:
        """Both visits in a sentence; with the clause's marks where another standard gives it others."""
        before = f"指导前{self.before[0].words}" if self.before else "指导前没有检查"
        if not self.after:
            return f"{before}，没有再查"
        after = f"指导后{self.after[0].words}"
        if self.before and self.before[0].marks != self.after[0].marks:
            before += f"（满分 {plain(self.before[0].marks)}）"
            after += f"（满分 {plain(self.after[0].marks)}）"
        return f"{before} → {after}"

    @property
    def mean_before(self) -> Fraction | None:
        """The mean share lost at the last three visits before."""
        return mean([one.share for one in self.before])

    @property
    def mean_after(self) -> Fraction | None:
        """The mean share lost at the visits after."""
        return mean([one.share for one in self.after])

    @property
    def mean_words(self) -> str:
        """Both means, with the number of visits that they are of."""
        return f"{_share_words(self.mean_before, self.before)} → {_share_words(self.mean_after, self.after)}"


def change_at(looks: Iterable[Look], moment: datetime.datetime) -> Change:
    """Looks parted at a moment; a visit that began with the guidance itself counts as before it."""
    ordered = sorted(looks, key=lambda one: one.started)
    before = [one for one in ordered if one.started <= moment]
    after = tuple(one for one in ordered if one.started > moment)
    return Change(tuple(reversed(before[-BEFORE:])), after)


def mean(shares: Sequence[Fraction]) -> Fraction | None:
    """The exact mean; None of nothing."""
    return sum(shares, Fraction(0)) / len(shares) if shares else None


def _share_words(share: Fraction | None, looks: Sequence[Look]) -> str:
    return "—" if share is None else f"{plain(share * 100, 1)}%（{len(looks)} 次）"


@dataclass(frozen=True, slots=True)
class Tally:
    """How many site-clauses became better, stayed, became worse or were not checked again."""

    better: int = 0
    same: int = 0
    worse: int = 0
    unchecked: int = 0

    @property
    def all(self) -> int:
        """All of them."""
        return self.better + self.same + self.worse + self.unchecked

    @property
    def checked(self) -> int:
        """Those that were checked again."""
        return self.better + self.same + self.worse

    @property
    def words(self) -> str:
        """All of it, as one says it."""
        return (
            f"{self.all} 个问题：好转 {self.better}，持平 {self.same}，变差 {self.worse}，"
            f"没有再查 {self.unchecked}"
        )

    @property
    def share(self) -> str:
        """How many of those checked again are better, of a hundred; a dash where none was."""
        return f"{plain(Fraction(100 * self.better, self.checked), 1)}%" if self.checked else "—"


def tally(changes: Iterable[Change]) -> Tally:
    """Count changes by their verdict; those without a visit before say nothing."""
    verdicts = [one.verdict for one in changes]
    return Tally(
        verdicts.count(Verdict.BETTER), verdicts.count(Verdict.SAME), verdicts.count(Verdict.WORSE),
        verdicts.count(Verdict.UNCHECKED),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Guest:
    """Somebody who came: name and organisation as written."""

    name: str
    organisation: str = ""
    phone: str = ""


def guests_in(text: str) -> list[Guest]:
    """Guests of pasted lines, a name and an organisation each. Raises `ProblemsFound` with all faults."""
    lines = [(number, line.strip()) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    return sound_guests(
        (number, Guest(*(part.strip() for part in _BETWEEN.split(line, maxsplit=1))))
        for number, line in lines
    )


def sound_guests(rows: Iterable[tuple[int, Guest]], file: str = "") -> list[Guest]:
    """The guests of numbered rows, each once. Raises `ProblemsFound` with all that is wrong of them."""
    found: dict[tuple[str, str], Guest] = {}
    problems = ProblemList()
    for number, one in rows:
        if not one.name:
            problems.add("guidance.no_name", file=file, row=number)
        for column, text, most in (
            ("姓名", one.name, LONGEST_NAME),
            ("单位", one.organisation, LONGEST_ORGANISATION),
            ("手机", one.phone, LONGEST_PHONE),
        ):
            if len(text) > most:
                problems.add("guidance.too_long", file=file, row=number, column=column, most=most)
        found.setdefault((one.name, one.organisation), one)
    problems.raise_if_any()
    return list(found.values())

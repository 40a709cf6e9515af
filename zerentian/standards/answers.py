"""How a clause is asked on a screen, and how what was chosen becomes the text that the engine reads. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from zerentian.evaluation.clauses import (
    NOT_APPLICABLE,
    AllOrNothing,
    Bonus,
    Clause,
    Levels,
    MissingKinds,
    Penalty,
    PerOccurrence,
    Ratio,
    Veto,
)
from zerentian.evaluation.standard import Standard

NONE = "none"
_YES_NO = (("yes", "是"), ("no", "否"))
_MET = (("no", "未发生"), ("yes", "发生"))


@dataclass(frozen=True, slots=True)
class Control:
    """What is shown for a clause: one of several choices, several of them, a number, or two numbers.

    `kind` is choice, several, count, ratio or percent; `chosen` what stands there now.
    """

    clause: Clause
    kind: str
    chosen: tuple[str, ...] = ()
    choices: tuple[tuple[str, str], ...] = ()
    may_not_apply: bool = False
    fault: str = ""

    @property
    def name(self) -> str:
        """The form field."""
        return f"a-{self.clause.id}"

    @property
    def does_not_apply(self) -> bool:
        """Whether 不适用 is chosen."""
        return self.chosen == (NOT_APPLICABLE,)

    @property
    def first(self) -> str:
        """The value, or of a ratio what is good."""
        return "" if self.does_not_apply or not self.chosen else self.chosen[0]

    @property
    def second(self) -> str:
        """Of a ratio, what was looked at."""
        return self.chosen[1] if len(self.chosen) > 1 else ""


def control_of(clause: Clause, text: str = "", fault: str = "") -> Control:
    """The control of a clause with the observed text in it."""
    kind, choices = _kind_and_choices(clause)
    return Control(clause, kind, _chosen(clause, text), choices, clause.scored, fault)


def answers_from(standard: Standard, values_of: Callable[[str], Sequence[str]]) -> dict[str, str]:
    """The texts by clause that a sent form says; `values_of` gives the values of a field."""
    return {clause.id: _text(clause, [*values_of(f"a-{clause.id}")]) for clause in standard.clauses}


def _kind_and_choices(clause: Clause) -> tuple[str, tuple[tuple[str, str], ...]]:
    if isinstance(clause, AllOrNothing):
        return "choice", _YES_NO
    if isinstance(clause, Veto):
        return "choice", _MET
    if isinstance(clause, Levels):
        return "choice", tuple((name, name) for name in clause.levels)
    if isinstance(clause, MissingKinds):
        return "several", ((NONE, "不缺"), *((kind, f"缺{kind}") for kind in clause.kinds))
    if isinstance(clause, Ratio):
        return "ratio", ()
    if isinstance(clause, PerOccurrence | Bonus | Penalty):
        return "count", ()
    return "percent", ()


def _chosen(clause: Clause, text: str) -> tuple[str, ...]:
    text = text.strip()
    if not text:
        return ()
    if clause.scored and text.lower() in (NOT_APPLICABLE, "不适用"):
        return (NOT_APPLICABLE,)
    if isinstance(clause, MissingKinds):
        return tuple(part.strip() for part in text.split(";"))
    if isinstance(clause, Ratio):
        good, _, total = text.partition("/")
        return good.strip(), total.strip()
    return (text,)


def _text(clause: Clause, values: list[str]) -> str:
    values = [value.strip() for value in values]
    if clause.scored and NOT_APPLICABLE in values:
        return NOT_APPLICABLE
    if isinstance(clause, MissingKinds):
        kinds = [value for value in values if value not in ("", NONE)]
        return ";".join(kinds) if kinds else NONE if NONE in values else ""
    if isinstance(clause, Ratio):
        return "/".join(values) if any(values) else ""
    return next((value for value in values if value), "")

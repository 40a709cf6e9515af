"""How a clause is answered on a page: the control it needs, and what was entered as the engine's text.

All inputs of a clause carry one field name, `answer:` and its id; `standards/answer.html` draws an `Answer`.
Pure: the try-out of a draft and the inspection page share it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from zerentian.core.points import plain
from zerentian.evaluation.clauses import (
    NOT_APPLICABLE,
    AllOrNothing,
    Bonus,
    Clause,
    Levels,
    MissingKinds,
    NotAllowedError,
    Penalty,
    PerOccurrence,
    Ratio,
    Shortfall,
    Steps,
    Veto,
)
from zerentian.evaluation.standard import Standard

Control = Literal["one", "several", "count", "percentage", "ratio"]
"""One of some choices; any of some choices; a whole number; a percentage; two whole numbers."""

_PREFIX = "answer:"
_NOT_APPLICABLE_CHOICE = (NOT_APPLICABLE, "不适用")


@dataclass(frozen=True, slots=True)
class Answer:
    """One clause as a control: its choices (value and label), unit and hint, what stands in it, its fault."""

    clause: Clause
    control: Control
    choices: tuple[tuple[str, str], ...] = ()
    unit: str = ""
    hint: str = ""
    text: str = ""
    fault: str = ""

    @property
    def name(self) -> str:
        """The field name of all its inputs."""
        return field_name(self.clause)

    @property
    def given(self) -> list[str]:
        """What stands in its inputs: the chosen values, or the numbers in order."""
        if self.control == "several":
            return _parts(self.text)
        if self.control == "ratio" and not self.is_not_applicable:
            good, _, total = self.text.replace("／", "/").partition("/")
            return [good, total]
        return [self.text]

    @property
    def number(self) -> str:
        """What stands in the input of a count or percentage."""
        return "" if self.is_not_applicable else self.text

    @property
    def is_not_applicable(self) -> bool:
        """True when 不适用 was chosen."""
        return self.text == NOT_APPLICABLE

    @property
    def not_applicable(self) -> tuple[str, str] | None:
        """The choice 不适用 beside a number, where the clause allows it."""
        beside = self.control in ("count", "percentage", "ratio") and self.clause.scored
        return _NOT_APPLICABLE_CHOICE if beside else None


@dataclass(slots=True)
class Entered:
    """What was entered for a standard, by clause id: texts for the engine, and faults. Empty is absent."""

    texts: dict[str, str] = field(default_factory=dict)
    faults: dict[str, str] = field(default_factory=dict)


def field_name(clause: Clause) -> str:
    """The name of a clause's inputs in a form."""
    return f"{_PREFIX}{clause.id}"


def answer(clause: Clause, text: str = "", fault: str = "") -> Answer:
    """The control of a clause, with the engine's text that stands in it."""
    not_applicable = (_NOT_APPLICABLE_CHOICE,) if clause.scored else ()
    if isinstance(clause, Veto):
        return Answer(clause, "one", (("no", "未发生"), ("yes", "发生")), text=text, fault=fault)
    if isinstance(clause, AllOrNothing):
        choices = (("yes", "达到"), ("no", "未达到"), *not_applicable)
        return Answer(clause, "one", choices, text=text, fault=fault)
    if isinstance(clause, Levels):
        levels = tuple((name, f"{name}（{plain(points)}分）") for name, points in clause.levels.items())
        return Answer(clause, "one", (*levels, *not_applicable), text=text, fault=fault)
    if isinstance(clause, MissingKinds):
        kinds = tuple((kind, f"缺{kind}") for kind in clause.kinds)
        choices = ((_nothing_missing(clause), "不缺"), *kinds, *not_applicable)
        return Answer(clause, "several", choices, hint="可以多选", text=text, fault=fault)
    if isinstance(clause, Ratio):
        return Answer(clause, "ratio", hint="合格数不大于检查数", text=text, fault=fault)
    if isinstance(clause, Steps | Shortfall):
        return Answer(clause, "percentage", unit="%", hint="0 至 100", text=text, fault=fault)
    if isinstance(clause, Bonus | Penalty):
        return Answer(clause, "count", unit="次", hint="没有填 0", text=text, fault=fault)
    if isinstance(clause, PerOccurrence):
        return Answer(clause, "count", unit="处", hint="没有发现填 0", text=text, fault=fault)
    raise TypeError(f"no control for {type(clause).__name__}")


def answers(standard: Standard, entered: Entered) -> list[tuple[str, list[Answer]]]:
    """The controls of a standard, section by section."""
    return [
        (
            section.name,
            [
                answer(clause, entered.texts.get(clause.id, ""), entered.faults.get(clause.id, ""))
                for clause in section.clauses
            ],
        )
        for section in standard.sections
    ]


def entered_text(clause: Clause, values: Sequence[str]) -> str:
    """What the inputs of a clause say, as the engine's text; empty when nothing was entered.

    Raises `NotAllowedError` when they contradict each other. Whether the clause's rule knows the text is for
    `clause.observe`.
    """
    values = [value.strip() for value in values]
    for alone, words in _standing_alone(clause):
        if alone in values and any(value not in ("", alone) for value in values):
            raise NotAllowedError(f"“{words}”不能与别的同时填")
    return _joined(clause, values)


def read_answers(standard: Standard, period: str, values_of: Callable[[str], Sequence[str]]) -> Entered:
    """All answers of a form, each tried by its rule. `values_of` gives the values of a field name.

    A text that its rule does not know is kept beside its fault, so that the form shows it again.
    """
    entered = Entered()
    for clause in standard.clauses:
        values = [value.strip() for value in values_of(field_name(clause))]
        try:
            text = entered_text(clause, values)
        except NotAllowedError as error:
            entered.faults[clause.id] = error.expected
            alone = {value for value, _ in _standing_alone(clause)}
            entered.texts[clause.id] = _joined(clause, [value for value in values if value not in alone])
            continue
        if not text:
            continue
        entered.texts[clause.id] = text
        try:
            clause.observe(text, period)
        except NotAllowedError as error:
            entered.faults[clause.id] = f"应为{error.expected}"
    return entered


def _joined(clause: Clause, values: Sequence[str]) -> str:
    filled = [value for value in values if value]
    if isinstance(clause, MissingKinds):
        return ";".join(filled)
    if isinstance(clause, Ratio) and filled and filled != [NOT_APPLICABLE]:
        return "/".join(values)
    return "".join(filled[:1])


def _standing_alone(clause: Clause) -> list[tuple[str, str]]:
    """Values, with their label, that exclude all others of the clause."""
    alone = [_NOT_APPLICABLE_CHOICE] if clause.scored else []
    return [*alone, (_nothing_missing(clause), "不缺")] if isinstance(clause, MissingKinds) else alone


def _nothing_missing(clause: MissingKinds) -> str:
    """The word for nothing missing that is not itself a kind."""
    return "none" if "none" not in clause.kinds else "无"


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.replace("；", ";").split(";") if part.strip()]

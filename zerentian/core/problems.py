"""One catalogue of everything a user can do wrong, in the user's words.

Rooms never write messages of their own: they add a problem by its code with named details, and every
surface (command, page, API, import) renders the same Chinese sentence.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from zerentian.core.problem_catalogue import CATALOGUE

SHOWN_AT_MOST = 100
_LONGEST_VALUE = 240


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault: a code of the catalogue, where it was met, and the details its sentence names."""

    code: str
    file: str = ""
    row: int | None = None
    column: str = ""
    details: dict[str, str] = field(default_factory=dict)

    @property
    def message(self) -> str:
        """The sentence without the place."""
        return CATALOGUE[self.code].format(**self.details)

    @property
    def place(self) -> str:
        """File, row and column as a person would say them, or an empty text."""
        parts = [self.file] if self.file else []
        if self.row is not None:
            parts.append(f"第{self.row}行")
        if self.column:
            parts.append(f"“{self.column}”列" if self.row is not None else f"“{self.column}”")
        return " ".join(parts)

    def __str__(self) -> str:
        return f"{self.place}：{self.message}" if self.place else self.message


class ProblemsFound(Exception):  # noqa: N818 - reads as a statement where it is caught
    """Input that can't be used: the first hundred problems and the count of all."""

    def __init__(self, problems: list[Problem], count: int) -> None:
        super().__init__(problems, count)
        self.problems = problems
        self.count = count

    def lines(self) -> Iterator[str]:
        """One line for each problem, and one that counts those not shown."""
        for problem in self.problems:
            yield str(problem)
        hidden = self.count - len(self.problems)
        if hidden > 0:
            yield f"……另有 {hidden} 处问题未列出（共 {self.count} 处）"


class ProblemList:
    """Collects problems so that all faults of an input are told at once.

    Only the first hundred are kept; the rest are counted, so a file of a million faults stays cheap.
    """

    def __init__(self) -> None:
        self.kept: list[Problem] = []
        self.count = 0

    def add(
        self, code: str, *, file: str = "", row: int | None = None, column: str = "", **details: object
    ) -> None:
        """Note a fault. `details` fill the placeholders of the catalogue's sentence for `code`."""
        self.count += 1
        if len(self.kept) < SHOWN_AT_MOST:
            shown = {name: shorten(str(value)) for name, value in details.items()}
            self.kept.append(Problem(code, file, row, column, shown))

    def extend(self, found: ProblemsFound) -> None:
        """Take over what another reading found."""
        self.count += found.count
        self.kept += found.problems[: max(0, SHOWN_AT_MOST - len(self.kept))]

    def raise_if_any(self) -> None:
        """Raise `ProblemsFound` when anything was noted."""
        if self.count:
            raise ProblemsFound(self.kept, self.count)


def problem(
    code: str, *, file: str = "", row: int | None = None, column: str = "", **details: object
) -> ProblemsFound:
    """A single fault ready to be raised."""
    found = ProblemList()
    found.add(code, file=file, row=row, column=column, **details)
    return ProblemsFound(found.kept, found.count)


def shorten(text: str) -> str:
    """A value fit for one line of a message: no line breaks, no more than 240 characters."""
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST_VALUE else line[:_LONGEST_VALUE] + "…"

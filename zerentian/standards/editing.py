"""Changes to a standard, one at a time: each gives another standard that is whole. Pure.

Clauses and sections are told by their place from 1. Full marks always follow from the clauses.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import TypeVar, cast

from pydantic import BaseModel

from zerentian.core.problems import problem
from zerentian.evaluation.clauses import AnyClause, Clause
from zerentian.evaluation.standard import Section, Standard

T = TypeVar("T")
Change = Callable[[Standard], Standard]


def section_of(standard: Standard, place: int) -> int:
    """The place of the section that holds a clause."""
    for number, section in enumerate(standard.sections, 1):
        if place <= len(section.clauses):
            return number
        place -= len(section.clauses)
    raise IndexError(place)


def new_clause_id(standard: Standard) -> str:
    """An id that no clause has: c1, c2, …"""
    taken = {clause.id for clause in standard.clauses}
    number = len(taken) + 1
    while f"c{number}" in taken:
        number += 1
    return f"c{number}"


def with_facts(standard: Standard, facts: Mapping[str, object]) -> Standard:
    """The standard with other facts of its own: title, source, pass share and so on."""
    return Standard.model_validate(_fields(standard) | dict(facts))


def with_section(standard: Standard, number: int, facts: Mapping[str, object]) -> Standard:
    """The standard with other facts of a section: name, gate and caps."""
    sections = list(standard.sections)
    sections[number - 1] = Section.model_validate(_fields(sections[number - 1]) | dict(facts))
    return with_facts(standard, {"sections": sections})


def with_clause(standard: Standard, clause: Clause, place: int | None, section: int | str) -> Standard:
    """The standard with a clause put in: in the place of another, or as a new one (no place).

    `section` is the number of the section it is to stand in, or the name of a new one, which comes last. A
    clause that changes its section comes last in the new one.
    """
    groups = _groups(standard)
    if place is not None:
        number, index = _where(standard, place)
        if section == number:
            groups[number - 1][1][index] = clause
            return _rebuilt(standard, groups)
        del groups[number - 1][1][index]
    if isinstance(section, str):
        groups.append((Section.model_construct(name=section, clauses=[]), [clause]))
    else:
        groups[section - 1][1].append(clause)
    return _rebuilt(standard, groups)


def without_clause(standard: Standard, place: int) -> Standard:
    """The standard without a clause; a section that it leaves empty goes too."""
    groups = _groups(standard)
    number, index = _where(standard, place)
    del groups[number - 1][1][index]
    return _rebuilt(standard, groups)


def clause_moved(standard: Standard, place: int, by: int) -> Standard:
    """The standard with a clause moved up (-1) or down (1) inside of its section; at the end it stays."""
    groups = _groups(standard)
    number, index = _where(standard, place)
    _swap(groups[number - 1][1], index, index + by)
    return _rebuilt(standard, groups)


def section_moved(standard: Standard, number: int, by: int) -> Standard:
    """The standard with a section moved up (-1) or down (1); at the end it stays."""
    groups = _groups(standard)
    _swap(groups, number - 1, number - 1 + by)
    return _rebuilt(standard, groups)


def clause_settled(standard: Standard, place: int) -> Standard:
    """The standard with the importer's mark taken off a clause."""
    groups = _groups(standard)
    number, index = _where(standard, place)
    groups[number - 1][1][index] = settled(groups[number - 1][1][index])
    return _rebuilt(standard, groups)


def settled(clause: Clause) -> Clause:
    """The clause without the importer's mark."""
    return type(clause).model_validate(clause.model_dump(exclude={"unsure"}))


def _fields(model: BaseModel) -> dict[str, object]:
    """The model's fields without what it has computed of them."""
    return {name: getattr(model, name) for name in type(model).model_fields}


def _groups(standard: Standard) -> list[tuple[Section, list[Clause]]]:
    return [(section, list[Clause](section.clauses)) for section in standard.sections]


def _where(standard: Standard, place: int) -> tuple[int, int]:
    number = section_of(standard, place)
    before = sum(len(section.clauses) for section in standard.sections[: number - 1])
    return number, place - before - 1


def _swap(things: list[T], a: int, b: int) -> None:
    if 0 <= b < len(things):
        things[a], things[b] = things[b], things[a]


def _rebuilt(standard: Standard, groups: Sequence[tuple[Section, list[Clause]]]) -> Standard:
    """The standard of these sections and clauses. Raises `ProblemsFound` when it can't be one."""
    full_marks = _sum(clause.marks for _, clauses in groups for clause in clauses)
    if not full_marks:
        raise problem("standards.nothing_scored")
    for section, clauses in groups:
        if section.gate and not any(one.id == section.gate.clause and one.scored for one in clauses):
            gate = next(one for one in standard.clauses if one.id == section.gate.clause)
            raise problem("standards.gate_clause", clause=gate.text, section=section.name)
    sections = [
        Section.model_validate(_fields(section) | {"clauses": cast("list[AnyClause]", clauses)})
        for section, clauses in groups
        if clauses
    ]
    return with_facts(standard, {"sections": sections, "full_marks": full_marks})


def _sum(points: Iterable[Decimal]) -> Decimal:
    return sum(points, Decimal(0))

"""National division codes (统计用区划代码): twelve digits, whose prefix says where a place belongs.

    31 01 18 102 001
    province (2), city (4), district (6), town (9), committee (12)

Zeros fill the levels below a place. Only the district may be zeros above something else: a few cities have
towns directly below them (441900003000 in Dongguan). Any city may, as the code alone does not tell which
do; whether a code exists is for the table of regions to say. The city of a municipality's districts
(310100000000, 市辖区) is a level like any other, though nobody governs there.
"""

from __future__ import annotations

from enum import IntEnum
from itertools import pairwise

from zerentian.core.problems import problem

LENGTH = 12


class Level(IntEnum):
    """A level of division; its value is the number of digits that say it."""

    PROVINCE = 2
    CITY = 4
    DISTRICT = 6
    TOWN = 9
    COMMITTEE = 12

    @property
    def label(self) -> str:
        """The Chinese name of the level."""
        return _LABELS[self]


_LABELS = {
    Level.PROVINCE: "省级",
    Level.CITY: "地级",
    Level.DISTRICT: "县级",
    Level.TOWN: "乡级",
    Level.COMMITTEE: "村级",
}


def is_region(code: str) -> bool:
    """True for twelve ASCII digits whose levels have no gap, but for a district that a city does not have."""
    if len(code) != LENGTH or not (code.isascii() and code.isdigit()):
        return False
    province, city, district, town, committee = (int(part) > 0 for part in _parts(code))
    if not province or (committee and not town):
        return False
    return city or not (district or town)


def _parts(code: str) -> list[str]:
    """The digits that each level adds, province first."""
    return [code[begin:end] for begin, end in pairwise((0, *Level))]


def checked(code: str) -> str:
    """The code itself. Raises `ProblemsFound` when it is none."""
    if not is_region(code):
        raise problem("region.invalid", value=code)
    return code


def level(code: str) -> Level:
    """The level of a code: the last one that is not all zeros. Raises `ProblemsFound`."""
    checked(code)
    begin = 0
    found = Level.PROVINCE
    for candidate in Level:
        if code[begin:candidate].strip("0"):
            found = candidate
        begin = candidate
    return found


def parent(code: str) -> str | None:
    """The code one level up that the place has, None of a province. Raises `ProblemsFound`."""
    own = level(code)
    for candidate in sorted((known for known in Level if known < own), reverse=True):
        above = code[:candidate].ljust(LENGTH, "0")
        if level(above) == candidate:
            return above
    return None


def ancestors(code: str) -> list[str]:
    """All codes above, the nearest first. Raises `ProblemsFound`."""
    found = []
    above = parent(code)
    while above is not None:
        found.append(above)
        above = parent(above)
    return found


def prefix(scope: str) -> str:
    """The digits that every code inside the scope begins with. Raises `ProblemsFound`."""
    return scope[: level(scope)]


def town_of(code: str) -> str:
    """The code of the town a place lies in; of a wider division, that division itself."""
    return code[: Level.TOWN].ljust(LENGTH, "0")


def contains(scope: str, code: str) -> bool:
    """Whether a code is the scope itself or lies inside it. Raises `ProblemsFound`."""
    return checked(code).startswith(prefix(scope))

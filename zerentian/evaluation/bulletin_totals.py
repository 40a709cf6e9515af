"""Which formula makes a published total of its parts, and which rows break it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import combinations

from zerentian.core.points import publish
from zerentian.evaluation.bulletin_reading import Bulletin, BulletinRow

_WEIGHT = re.compile(r"(\d+(?:\.\d+)?)%")
_TAKEN_OFF = re.compile(r"扣|减")
_MOST_PARTS = 10
_FEWEST_ROWS = 3


@dataclass(frozen=True, slots=True)
class _Formula:
    """A weighted sum of parts."""

    weights: dict[str, Fraction]

    def total(self, row: BulletinRow) -> Fraction | None:
        """The exact total, or None where a part is blank in a row that has others."""
        present = {name: row.parts[name] for name in self.weights if name in row.parts}
        if not present:
            return None
        return sum((self.weights[name] * Fraction(value) for name, value in present.items()), Fraction(0))


def expected_totals(bulletin: Bulletin) -> dict[int, Decimal]:
    """Row number -> the total that follows, for rows whose printed total does not follow.

    Empty unless one formula holds exactly for two thirds of the rows and at least three. Where totals and
    parts were rounded apart, deviations by a last digit are common and are no errors.
    """
    rows = [row for row in bulletin.rows if row.score is not None and row.parts]
    best: tuple[int, _Formula] | None = None
    for formula in _formulas(bulletin.part_names):
        holding = sum(_holds(formula, row) for row in rows)
        if best is None or holding > best[0]:
            best = holding, formula
    if best is None or best[0] < _FEWEST_ROWS or 3 * best[0] < 2 * len(rows):
        return {}
    formula = best[1]
    wrong = [row for row in rows if not _holds(formula, row) and formula.total(row) is not None]
    near = [row for row in wrong if _is_near(formula, row)]
    if 10 * len(near) > len(rows):
        wrong = [row for row in wrong if row not in near]
    return {row.number: publish(formula.total(row) or Fraction(0), _places(row)) for row in wrong}


def _formulas(names: Sequence[str]) -> Iterator[_Formula]:
    """Weights named in the headers, then sums of the parts (the fullest first), then their mean."""
    if len(names) < 2:
        return
    weights = {name: Fraction(found.group(1)) / 100 for name in names if (found := _weight(name))}
    if len(weights) > 1 and sum(weights.values()) == 1:
        yield _Formula(weights)
        rest = {name: _sign(name) for name in names if name not in weights}
        if rest:
            yield _Formula({**weights, **rest})
    if len(names) <= _MOST_PARTS:
        for size in range(len(names), 1, -1):
            for chosen in combinations(names, size):
                yield _Formula({name: _sign(name) for name in chosen})
                if any(_sign(name) < 0 for name in chosen):
                    yield _Formula(dict.fromkeys(chosen, Fraction(1)))
    yield _Formula({name: Fraction(1, len(names)) for name in names})


def _weight(name: str) -> re.Match[str] | None:
    return _WEIGHT.search(unicodedata.normalize("NFKC", name))


def _sign(name: str) -> Fraction:
    return Fraction(-1 if _TAKEN_OFF.search(name) else 1)


def _places(row: BulletinRow) -> int:
    return max(0, -int((row.score or Decimal(0)).as_tuple().exponent))


def _holds(formula: _Formula, row: BulletinRow) -> bool:
    total = formula.total(row)
    return total is not None and row.score == publish(total, _places(row))


def _is_near(formula: _Formula, row: BulletinRow) -> bool:
    """Off by no more than rounding the parts can do: half a last digit for each."""
    total = formula.total(row)
    if total is None or row.score is None:
        return False
    digits = max([_places(row), *(-int(value.as_tuple().exponent) for value in row.parts.values())])
    if digits <= 0:
        return False  # whole numbers were never rounded
    allowed = Fraction(len(formula.weights) + 1, 2 * 10**digits)
    return abs(Fraction(row.score) - total) <= allowed

"""Exact figures: reading them, publishing them half up, printing them plainly. Never a binary float."""

from __future__ import annotations

import re
from decimal import Context, Decimal, Inexact
from fractions import Fraction

Exact = int | Fraction
"""An exact figure inside the engine. Whole numbers stay `int`, which is several times faster."""

_PLAIN_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")
_LONGEST_NUMBER = 30
_FULL_WIDTH = str.maketrans("０１２３４５６７８９．＋－", "0123456789.+-")
# The usual context keeps 28 digits, fewer than a readable number with decimals may have.
_ANY_LENGTH = Context(prec=1_000, traps=[Inexact])


def parse_number(text: str) -> Decimal | None:
    """Read plain decimal notation, full-width digits included (`８８．５`); None for anything else.

    Refused on purpose: `1e309`, `NaN`, `12。5`, `①`, `8²`, thousands separators, more than thirty characters.
    """
    text = text.strip()
    if not text.isascii():
        text = text.translate(_FULL_WIDTH)
    if len(text) > _LONGEST_NUMBER or not _PLAIN_NUMBER.fullmatch(text):
        return None
    return Decimal(text)


def parse_count(text: str) -> int | None:
    """Read a whole number ≥ 0 (`3`, `３`, `3.0` as spreadsheets write it); None for anything else."""
    number = parse_number(text)
    if number is None or number < 0 or number != number.to_integral_value():
        return None
    return int(number)


def publish(value: Exact | Decimal, decimals: int) -> Decimal:
    """Round once to `decimals` places, half up (四舍五入, away from zero), as a figure is published."""
    exact = Fraction(value)
    doubled = abs(exact.numerator) * 2 * 10**decimals
    magnitude = (doubled + exact.denominator) // (2 * exact.denominator)
    return Decimal(magnitude if exact >= 0 else -magnitude).scaleb(-decimals, _ANY_LENGTH)


def plain(value: Exact | Decimal, places: int = 6) -> str:
    """Shortest text of a figure: `2`, `0.5`; a value that does not end is rounded to `places`."""
    text = f"{publish(value, places):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


UNITS = 10_000 * 720_720
"""Inside the engine a point is counted in units, so that scores are whole numbers and sums are fast.

Four decimals, and every number up to 16 (720,720 is their least common multiple), divide a point evenly:
so do the usual shares and rescalings. What does not is an exact fraction of units.
"""


def units(points: Exact | Decimal) -> Exact:
    """Points as units: an `int` wherever a whole number of units says it exactly."""
    return whole_if_even(Fraction(points) * UNITS)


def points_of(amount: Exact) -> Fraction:
    """Units as points."""
    return Fraction(amount, UNITS) if isinstance(amount, int) else amount / UNITS


def proportion(amount: Exact, part: int, of: int) -> Exact:
    """`amount` × `part` ÷ `of`, an `int` where it divides evenly."""
    if isinstance(amount, int):
        whole, rest = divmod(amount * part, of)
        return whole if rest == 0 else Fraction(amount * part, of)
    return whole_if_even(amount * part / of)


def whole_if_even(value: Fraction) -> Exact:
    """The same value, as an `int` where it is whole."""
    return value.numerator if value.denominator == 1 else value


def shown(value: Decimal) -> str:
    """A published figure on a page: two places at least, no needless zeros beyond."""
    places = max(2, len(plain(value).partition(".")[2]))
    return f"{value:.{places}f}"


def signed(value: Exact | Decimal, places: int = 6) -> str:
    """`plain` with its sign written: `+2`, `-0.5`, `0`."""
    text = plain(value, places)
    return f"+{text}" if value > 0 and text != "0" else text

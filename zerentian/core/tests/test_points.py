"""Exact figures."""

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zerentian.core.points import (
    UNITS,
    parse_count,
    parse_number,
    plain,
    points_of,
    proportion,
    publish,
    signed,
    units,
)

DECIMALS = st.decimals(-1000, 1000, allow_nan=False, allow_infinity=False, places=6)


def test_it_works() -> None:
    assert str(publish(Fraction(881, 10), 2)) == "88.10"


@pytest.mark.parametrize(
    ("value", "published"),
    [("0.005", "0.01"), ("0.004999", "0.00"), ("2.675", "2.68"), ("-0.005", "-0.01"), ("99.995", "100.00")],
)
def test_figures_are_published_half_up(value: str, published: str) -> None:
    assert str(publish(Decimal(value), 2)) == published


@given(DECIMALS, st.integers(0, 5))
def test_publishing_is_what_decimal_calls_half_up(value: Decimal, places: int) -> None:
    assert publish(value, places) == value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


@pytest.mark.parametrize("text", ["88.5", "８８．５", " 88.5 ", "+88.5", "088.5", "88.50"])
def test_plain_numbers_are_read(text: str) -> None:
    assert parse_number(text) == Decimal("88.5")


@pytest.mark.parametrize(
    "text",
    ["", "12。5", "NaN", "1e309", "1e3", "inf", "1,000", "12.", ".5", "--1", "五", "①", "8²", "٣", "9" * 31],
)
def test_everything_else_is_refused(text: str) -> None:
    assert parse_number(text) is None


@pytest.mark.parametrize(("text", "count"), [("3", 3), ("３", 3), ("3.0", 3), ("0", 0)])
def test_counts_are_read(text: str, count: int) -> None:
    assert parse_count(text) == count


@pytest.mark.parametrize("text", ["-1", "1.5", "", "NaN"])
def test_what_is_no_count_is_refused(text: str) -> None:
    assert parse_count(text) is None


def test_plain_text_is_short_and_exact() -> None:
    assert [plain(value) for value in (2, Decimal("2.50"), Fraction(1, 3), Decimal("-0.5"))] == [
        "2",
        "2.5",
        "0.333333",
        "-0.5",
    ]
    assert [signed(value) for value in (2, 0, Decimal("-0.5"))] == ["+2", "0", "-0.5"]


def test_what_rounds_to_nothing_has_no_sign() -> None:
    assert signed(Decimal("0.0000001")) == "0"


def test_long_figures_keep_every_digit() -> None:
    long = "1234567890123456789012345.1234"  # thirty characters, the longest that is read
    assert str(publish(Decimal(long), 4)) == long


def test_usual_figures_are_whole_units() -> None:
    assert units(Decimal("0.5")) == UNITS // 2
    assert isinstance(proportion(units(25), 2, 15), int)
    assert proportion(units(1), 1, 17) == Fraction(UNITS, 17)


@given(DECIMALS)
def test_units_lose_nothing(value: Decimal) -> None:
    assert points_of(units(value)) == Fraction(value)

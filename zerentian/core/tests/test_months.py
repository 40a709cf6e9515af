"""Months as `YYYY-MM` text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zerentian.core.months import in_words, is_month, months_between, shift

MONTHS = st.builds("{:04d}-{:02d}".format, st.integers(1000, 8000), st.integers(1, 12))
STEPS = st.integers(-6000, 6000)


def test_it_works() -> None:
    assert shift("2023-10", 3) == "2024-01"


@pytest.mark.parametrize("text", ["2023-01", "2023-10", "2024-12"])
def test_months_are_known(text: str) -> None:
    assert is_month(text)


@pytest.mark.parametrize(
    "text", ["", "2023-13", "2023-00", "2023-1", "2023/10", "23-10", "2023-10-01", "2023-10\n", "２０２３-10"]
)
def test_everything_else_is_no_month(text: str) -> None:
    assert not is_month(text)


def test_a_bulletin_writes_a_month_in_words() -> None:
    assert in_words("2023-09") == "2023年9月"


def test_a_month_before_counts_negative() -> None:
    assert months_between("2024-02", "2023-11") == -3


@given(MONTHS, STEPS)
def test_shifting_and_counting_undo_each_other(month: str, by: int) -> None:
    assert is_month(shift(month, by))
    assert months_between(month, shift(month, by)) == by
    assert shift(shift(month, by), -by) == month


@given(MONTHS, MONTHS)
def test_months_sort_as_text(one: str, other: str) -> None:
    assert (one < other) == (months_between(one, other) > 0)

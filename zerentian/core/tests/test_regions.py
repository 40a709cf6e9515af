"""Division codes."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zerentian.core.problems import ProblemsFound
from zerentian.core.regions import Level, ancestors, contains, is_region, level, parent, prefix

COMMITTEE = "310118102001"


def test_it_works() -> None:
    assert level(COMMITTEE) is Level.COMMITTEE
    assert level(COMMITTEE).label == "村级"
    assert ancestors(COMMITTEE) == ["310118102000", "310118000000", "310100000000", "310000000000"]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("310000000000", Level.PROVINCE),
        ("310100000000", Level.CITY),
        ("310118000000", Level.DISTRICT),
        ("310118102000", Level.TOWN),
        ("441900003000", Level.TOWN),
        ("310118102201", Level.COMMITTEE),
        ("310110000000", Level.DISTRICT),  # zeros that belong to a level are no padding
        ("441900003001", Level.COMMITTEE),
        ("429004001000", Level.TOWN),
    ],
)
def test_the_last_level_that_is_said_counts(code: str, expected: Level) -> None:
    assert level(code) is expected


def test_a_town_directly_below_a_city_has_the_city_as_parent() -> None:
    assert parent("441900003000") == "441900000000"
    assert parent("310000000000") is None


def test_a_county_directly_below_a_province_has_its_own_kind_of_city() -> None:
    assert ancestors("429004000000") == ["429000000000", "420000000000"]  # 仙桃


@pytest.mark.parametrize(
    "code",
    [
        "",
        "31011810200",
        "3101181020011",
        "31011810200a",
        "３１０１１８１０２００１",
        "000000000000",
        "000000000001",
        "310118000001",
        "310000102000",  # a town below no city
        "310018000000",  # a district below no city
    ],
)
def test_what_is_no_code_is_refused(code: str) -> None:
    assert not is_region(code)
    with pytest.raises(ProblemsFound) as caught:
        level(code)
    assert f"“{code}”不是区划代码" in next(caught.value.lines())


def test_blanks_around_a_code_are_not_forgiven() -> None:
    assert not is_region(" 310118102001")
    assert not is_region("310118102001\n")


def test_a_scope_holds_what_begins_with_its_prefix() -> None:
    town = "310118102000"
    assert prefix(town) == "310118102"
    assert contains(town, COMMITTEE)
    assert contains(town, town)
    assert not contains(town, "310118103001")
    assert not contains(COMMITTEE, town)
    assert contains("310000000000", COMMITTEE)
    assert contains("441900000000", "441900003001")
    assert not contains("310110000000", "310111102001")
    assert not contains("310100000000", "310000000000")


NUMBERS = st.integers(1, 99)
CODES = st.builds(
    "{:02d}{:02d}{:02d}{:03d}{:03d}".format,
    NUMBERS,
    NUMBERS,
    st.integers(0, 99),
    st.integers(1, 999),
    st.integers(0, 999),
)


@given(CODES)
def test_every_ancestor_is_higher_and_holds_the_code(code: str) -> None:
    line = [code, *ancestors(code)]
    assert level(line[-1]) is Level.PROVINCE
    for below, above in pairwise(line):
        assert parent(below) == above
        assert level(above) < level(below)
        assert contains(above, code)
        assert not contains(below, above)

"""Division codes."""

import pytest

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
    ],
)
def test_the_last_level_that_is_said_counts(code: str, expected: Level) -> None:
    assert level(code) is expected


def test_a_town_directly_below_a_city_has_the_city_as_parent() -> None:
    assert parent("441900003000") == "441900000000"
    assert parent("310000000000") is None


@pytest.mark.parametrize(
    "code",
    [
        "",
        "31011810200",
        "3101181020011",
        "31011810200a",
        "３１０１１８１０２００１",
        "000000000001",
        "310118000001",
    ],
)
def test_what_is_no_code_is_refused(code: str) -> None:
    assert not is_region(code)
    with pytest.raises(ProblemsFound) as caught:
        level(code)
    assert f"“{code}”不是区划代码" in next(caught.value.lines())


def test_a_scope_holds_what_begins_with_its_prefix() -> None:
    town = "310118102000"
    assert prefix(town) == "310118102"
    assert contains(town, COMMITTEE)
    assert contains(town, town)
    assert not contains(town, "310118103001")
    assert not contains(COMMITTEE, town)
    assert contains("310000000000", COMMITTEE)

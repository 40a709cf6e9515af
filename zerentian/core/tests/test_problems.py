"""Problems: one catalogue, all faults at once."""

from pathlib import Path

from zerentian.core.months import in_words, months_between, shift
from zerentian.core.problems import ProblemList, ProblemsFound, problem

PACKAGE = Path(__file__).parent.parent.parent


def test_it_works() -> None:
    found = problem("month.invalid", file="a.csv", row=3, column="period", value="2023-13")
    assert list(found.lines()) == ["a.csv 第3行 “period”列：“2023-13”不是月份；应为 YYYY-MM，例如 2023-10"]


def test_the_first_hundred_are_shown_and_the_rest_counted() -> None:
    problems = ProblemList()
    for row in range(250):
        problems.add("file.not_found", row=row)
    try:
        problems.raise_if_any()
    except ProblemsFound as found:
        lines = list(found.lines())
    assert len(lines) == 101
    assert lines[-1] == "……另有 150 处问题未列出（共 250 处）"


def test_long_values_and_line_breaks_stay_in_one_line() -> None:
    (line,) = problem("month.invalid", value="甲\n乙" * 500).lines()
    assert "\n" not in line
    assert len(line) < 300


def test_values_are_never_read_as_placeholders() -> None:
    (line,) = problem("month.invalid", value="{file} {0}").lines()
    assert "{file} {0}" in line


def test_months() -> None:
    assert shift("2023-12", 1) == "2024-01"
    assert shift("2023-01", -1) == "2022-12"
    assert months_between("2023-11", "2024-02") == 3
    assert in_words("2023-09") == "2023年9月"

"""docs/test-catalogue.md tells the truth: each case is there once, each test it names exists."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
TABLE = (ROOT / "docs" / "test-catalogue.md").read_text(encoding="utf-8")
ROWS = {row[1]: row[2] for row in re.finditer(r"^\| (T\d+) \|.*\| (.+) \|$", TABLE, re.MULTILINE)}


def test_each_case_has_its_row() -> None:
    assert re.findall(r"^\| (T\d+) \|", TABLE, re.MULTILINE) == [f"T{number:02d}" for number in range(1, 107)]


@pytest.mark.parametrize("case", ROWS)
def test_a_case_is_held_by_tests_that_exist_or_says_why_not(case: str) -> None:
    named = re.findall(r"`([^`]+)`", ROWS[case])
    assert named or re.match(r"not yet: \w+|manual", ROWS[case])
    for one in named:
        file, _, test = one.partition("::")
        if file.endswith(".py"):
            assert not test or test in _tests_of(file), one
        else:
            assert test in (ROOT / file).read_text(encoding="utf-8"), one


@cache
def _tests_of(file: str) -> set[str]:
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}

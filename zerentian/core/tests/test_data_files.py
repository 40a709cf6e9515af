"""YAML and JSON that people write."""

from decimal import Decimal
from pathlib import Path
from typing import Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field

from zerentian.core.data_files import load_model
from zerentian.core.problems import ProblemsFound


class Item(BaseModel):
    model_config = ConfigDict(extra="forbid")

    kind: Literal["a", "b"] = "a"
    points: Decimal = Field(default=Decimal(0), max_digits=12)


class Sheet(BaseModel):
    model_config = ConfigDict(extra="forbid", coerce_numbers_to_str=True)

    version: str = "1"
    levels: dict[str, Decimal] = {}
    items: list[Item] = []


def load(tmp_path: Path, text: str, name: str = "s.yaml") -> Sheet:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return load_model(path, Sheet)


def refused(tmp_path: Path, text: str, name: str = "s.yaml") -> list[str]:
    with pytest.raises(ProblemsFound) as caught:
        load(tmp_path, text, name)
    return list(caught.value.lines())


def test_it_works(tmp_path: Path) -> None:
    sheet = load(tmp_path, "items:\n  - {kind: b, points: 88.10}\n")
    assert str(sheet.items[0].points) == "88.10"


def test_json_is_as_exact(tmp_path: Path) -> None:
    sheet = load(tmp_path, '{"items": [{"points": 0.1}], "version": "2"}', "s.json")
    assert sheet.items[0].points == Decimal("0.1")


def test_words_that_old_yaml_takes_for_booleans_stay_words(tmp_path: Path) -> None:
    sheet = load(tmp_path, "levels: {yes: 5, no: 0, on: 1}\nversion: 2023.1\n")
    assert list(sheet.levels) == ["yes", "no", "on"]
    assert sheet.version == "2023.1"


def test_every_fault_is_told_with_line_and_path(tmp_path: Path) -> None:
    assert refused(tmp_path, "verson: 1\nitems:\n  - {kind: c}\n  - {points: many}\n") == [
        "s.yaml 第3行：items[0].kind：只能是 'a' or 'b' 之一，现为“c”",
        "s.yaml 第4行：items[1].points：应为数，现为“many”",
        "s.yaml 第1行：verson：不认识的键；请删除或改正拼写",
    ]


def test_a_key_written_twice_is_refused(tmp_path: Path) -> None:
    assert refused(tmp_path, "version: 1\nlevels: {a: 1, a: 2}\nversion: 2\n") == [
        "s.yaml 第2行：“a”写了两次；请删去一个",
        "s.yaml 第3行：“version”写了两次；请删去一个",
    ]


@pytest.mark.parametrize(
    ("name", "text"), [("s.yaml", "items: [1, 2"), ("s.json", '{"items": '), ("s.yaml", "\titems: 1")]
)
def test_a_syntax_error_names_its_line(tmp_path: Path, name: str, text: str) -> None:
    (line,) = refused(tmp_path, text, name)
    assert line.startswith(f"{name} 第1行：格式错误") or line.startswith(f"{name} 第2行：格式错误")


@pytest.mark.parametrize("text", [".nan", ".inf", "NaN", "1e309"])
def test_only_finite_plain_numbers_are_points(tmp_path: Path, text: str) -> None:
    assert len(refused(tmp_path, f"items: [{{points: {text}}}]")) == 1


def test_a_list_is_no_model(tmp_path: Path) -> None:
    assert refused(tmp_path, "- 1\n") == ["s.yaml：内容应为“键: 值”"]


def test_an_empty_file_is_told(tmp_path: Path) -> None:
    assert "文件是空的" in refused(tmp_path, "")[0]
    assert "文件是空的" in refused(tmp_path, "# 只有注释\n")[0]

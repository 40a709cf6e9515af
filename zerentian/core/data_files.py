"""YAML and JSON that people write: exact decimals, no double keys, and every fault with its line."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from zerentian.core.problems import ProblemList, problem
from zerentian.core.tables import detect_encoding

Model = TypeVar("Model", bound=BaseModel)


class _ExactLoader(yaml.SafeLoader):
    """SafeLoader with YAML 1.2 words (`yes`, `no`, dates stay text) and decimals that stay exact."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012 - PyYAML's contract

    def construct_exact(self, node: yaml.ScalarNode) -> Decimal:
        return Decimal(node.value)

    def construct_whole(self, node: yaml.ScalarNode) -> int:
        return int(node.value)


for _tag, _pattern, _starts in (
    ("bool", r"(true|false)\Z", "tf"),
    ("null", r"(null|~|)\Z", ["n", "~", ""]),
    ("int", r"[-+]?[0-9]+\Z", "-+0123456789"),
    ("float", r"[-+]?[0-9]+\.[0-9]+\Z", "-+0123456789"),
):
    _ExactLoader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(_pattern), list(_starts))
_ExactLoader.add_constructor("tag:yaml.org,2002:int", _ExactLoader.construct_whole)
_ExactLoader.add_constructor("tag:yaml.org,2002:float", _ExactLoader.construct_exact)


def load_model(path: Path, model: type[Model]) -> Model:
    """Read a YAML or JSON file into `model`; all faults at once, each with line and path.

    Raises `ProblemsFound`.
    """
    text = path.read_text(encoding=detect_encoding(path))
    problems = ProblemList()
    node = _compose(path, text, problems)
    problems.raise_if_any()
    data = _parse(path, text)
    if not isinstance(data, Mapping):
        raise problem("data.not_a_mapping", file=path.name)
    try:
        return model.model_validate(data)
    except ValidationError as error:
        for detail in error.errors():
            where, line = _locate(node, detail["loc"])
            problems.add(
                "data.invalid", file=path.name, row=line, path=where or "（整份文件）", reason=_reason(detail)
            )
        problems.raise_if_any()
        raise AssertionError("a validation error without details") from error


def _parse(path: Path, text: str) -> object:
    if path.suffix.lower() == ".json":
        return json.loads(text, parse_float=Decimal)
    return yaml.load(text, Loader=_ExactLoader)  # noqa: S506 - a SafeLoader


def _compose(path: Path, text: str, problems: ProblemList) -> yaml.Node | None:
    """The node tree (JSON is YAML too), which knows lines; checks for keys written twice."""
    try:
        if path.suffix.lower() == ".json":
            json.loads(text)
        node: yaml.Node | None = yaml.compose(text, Loader=_ExactLoader)
    except json.JSONDecodeError as error:
        problems.add("data.syntax", file=path.name, row=error.lineno, reason=error.msg)
        return None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        problems.add("data.syntax", file=path.name, row=line, reason=error.problem or str(error))
        return None
    except yaml.YAMLError as error:
        problems.add("data.syntax", file=path.name, reason=str(error))
        return None
    if node is None:
        problems.add("file.empty", file=path.name)
    else:
        _refuse_double_keys(path, node, problems)
    return node


def _refuse_double_keys(path: Path, node: yaml.Node, problems: ProblemList) -> None:
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if key.value in seen:
                line = key.start_mark.line + 1
                problems.add("data.double_key", file=path.name, row=line, key=key.value)
            seen.add(key.value)
            _refuse_double_keys(path, value, problems)
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            _refuse_double_keys(path, item, problems)


def _locate(node: yaml.Node | None, location: tuple[int | str, ...]) -> tuple[str, int | None]:
    """Turn pydantic's location into `sections[0].clauses[2].each` and a line number.

    Steps that name no node of the file (the tag of a union) are passed over.
    """
    path, line = "", None
    for depth, step in enumerate(location):
        child: yaml.Node | None = None
        if isinstance(node, yaml.MappingNode):
            child = next((value for key, value in node.value if key.value == str(step)), None)
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            child = node.value[step]
        is_last = depth == len(location) - 1
        if child is None and not is_last:
            continue
        if isinstance(step, int):
            path += f"[{step}]"
        elif step != "[key]":
            path += f".{step}" if path else step
        if child is not None:
            node = child
    if node is not None:
        line = node.start_mark.line + 1
    return path, line


_REASONS: dict[str, str] = {
    "missing": "缺少这一项",
    "extra_forbidden": "不认识的键；请删除或改正拼写",
    "literal_error": "只能是 {expected} 之一",
    "union_tag_invalid": "不认识的取值“{tag}”；应为 {expected_tags} 之一",
    "union_tag_not_found": "缺少 {discriminator}",
    "decimal_parsing": "应为数",
    "decimal_type": "应为数",
    "finite_number": "应为有限的数",
    "decimal_max_places": "小数最多 {decimal_places} 位",
    "decimal_max_digits": "数字太长",
    "int_parsing": "应为整数",
    "int_type": "应为整数",
    "int_from_float": "应为整数",
    "bool_parsing": "应为 true 或 false",
    "bool_type": "应为 true 或 false",
    "string_type": "应为文字（数字请加引号）",
    "string_pattern_mismatch": "写法不合规定，应符合 {pattern}",
    "string_too_short": "不能为空",
    "string_too_long": "太长，最多 {max_length} 个字",
    "too_short": "至少要有 {min_length} 项",
    "list_type": "应为列表",
    "dict_type": "应为键值对",
    "model_type": "应为键值对",
    "model_attributes_type": "应为键值对",
    "greater_than": "应大于 {gt}",
    "greater_than_equal": "应不小于 {ge}",
    "less_than": "应小于 {lt}",
    "less_than_equal": "应不大于 {le}",
}


def _reason(detail: ErrorDetails) -> str:
    context: dict[str, Any] = dict(detail.get("ctx") or {})
    if detail["type"] in ("value_error", "assertion_error"):
        return str(context.get("error", detail["msg"]))
    template = _REASONS.get(detail["type"])
    reason = template.format(**context) if template else detail["msg"]
    shown = detail.get("input")
    if detail["type"] not in ("missing", "extra_forbidden") and isinstance(shown, str | int | Decimal):
        reason += f"，现为“{shown}”"
    return reason

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

_MOST_NODES = 100_000

Model = TypeVar("Model", bound=BaseModel)


class _ExactLoader(yaml.SafeLoader):
    """SafeLoader with YAML 1.2 words (`yes`, `no`, dates stay text) and decimals that stay exact.

    Tags of its own and keys that are no plain words are refused: no standard needs them.
    """

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        node: yaml.Node | None = super().compose_node(parent, index)
        if node is not None and not node.tag.startswith("tag:yaml.org,2002:"):
            raise yaml.composer.ComposerError(None, None, f"不支持标签 {node.tag}", node.start_mark)
        if isinstance(node, yaml.MappingNode):
            for key, _ in node.value:
                if not isinstance(key, yaml.ScalarNode):
                    raise yaml.composer.ComposerError(None, None, "键应为文字", key.start_mark)
        return node

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
    return parse_model(path.read_text(encoding=detect_encoding(path)), model, path)


def parse_model(text: str, model: type[Model], path: Path) -> Model:
    """Read a text into `model` as `load_model` does; `path` says what it is and names it in problems."""
    problems = ProblemList()
    is_json = path.suffix.lower() == ".json"
    try:
        data = _parse_json(text) if is_json else yaml.load(text, Loader=_ExactLoader)  # noqa: S506 - a SafeLoader
        node = _compose(text, is_json)
    except json.JSONDecodeError as error:
        raise problem("data.syntax", file=path.name, row=error.lineno, reason=error.msg) from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        row = mark.line + 1 if mark else None
        raise problem("data.syntax", file=path.name, row=row, reason=error.problem or str(error)) from error
    except yaml.YAMLError as error:
        raise problem("data.syntax", file=path.name, reason=str(error)) from error
    except (ValueError, RecursionError) as error:
        reason = "嵌套太深" if isinstance(error, RecursionError) else str(error)
        raise problem("data.syntax", file=path.name, reason=reason) from error
    if node is None and not is_json:
        raise problem("file.empty", file=path.name)
    if _expanded_size(node, {}) > _MOST_NODES:
        raise problem("data.syntax", file=path.name, reason="引用展开后太大或没有尽头")
    _refuse_double_keys(path, node, problems)
    problems.raise_if_any()
    if not isinstance(data, Mapping):
        raise problem("data.not_a_mapping", file=path.name)
    try:
        return model.model_validate(data)
    except ValidationError as error:
        for detail in error.errors():
            where, line = _locate(node, detail["loc"])
            problems.add(
                "data.invalid",
                file=path.name,
                row=line,
                path=where or "（整份文件）",
                reason=reason_words(detail),
            )
        problems.raise_if_any()
        raise AssertionError("a validation error without details") from error


def _parse_json(text: str) -> object:
    def refuse(word: str) -> None:
        raise ValueError(f"{word} 不是数")

    return json.loads(text, parse_float=Decimal, parse_constant=refuse)


def _compose(text: str, is_json: bool) -> yaml.Node | None:
    """The node tree, which knows lines. JSON is YAML but for its tabs."""
    node: yaml.Node | None = yaml.compose(text.replace("\t", " ") if is_json else text, Loader=_ExactLoader)
    return node


def _expanded_size(node: yaml.Node | None, known: dict[int, int]) -> int:
    """How many nodes a file has once its aliases are written out; endless ones count as too many."""
    if not isinstance(node, yaml.CollectionNode):
        return 1
    if id(node) not in known:
        known[id(node)] = _MOST_NODES + 1  # stands while the node is inside itself
        children = [child for item in node.value for child in (item if isinstance(item, tuple) else (item,))]
        known[id(node)] = 1 + sum(_expanded_size(child, known) for child in children)
    return known[id(node)]


def _refuse_double_keys(path: Path, node: yaml.Node | None, problems: ProblemList) -> None:
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


def reason_words(detail: ErrorDetails) -> str:
    """What is wrong with one value, in Chinese."""
    context: dict[str, Any] = dict(detail.get("ctx") or {})
    if detail["type"] in ("value_error", "assertion_error"):
        return str(context.get("error", detail["msg"]))
    template = _REASONS.get(detail["type"])
    reason = template.format(**context) if template else detail["msg"]
    shown = detail.get("input")
    if detail["type"] not in ("missing", "extra_forbidden") and isinstance(shown, str | int | Decimal):
        reason += f"，现为“{shown}”"
    return reason

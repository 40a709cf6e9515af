"""A small town's month for the tests of documents: names, histories and rules that a test may change."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from docx import Document

from zerentian.evaluation.engine import evaluate
from zerentian.evaluation.reading import Files, read_inputs
from zerentian.evaluation.results import Results

MONTH = "2023-10"
NAMES = ("甲村村委会", "乙村村委会", "丙居委会", "丁居委会")
GOOD = {"bins": "yes", "dirty": "0", "purity": "10/10", "mixed": "no", "model": "0", "repeat": "0"}
UGLY_NAMES = (
    "<b>A & B</b> \"双引\" '单引'",
    "{{ 7*7 }} {% if x %} }} %}",
    '=cmd|"/C calc"!A0',
    "𠮷田社区" + "很长的名字" * 39,
)

STANDARD: dict[str, Any] = {
    "standard": "compound",
    "version": "2023.1",
    "title": "居住小区测评表",
    "source": "示例依据",
    "effective_from": "2023-08",
    "site_kind": "compound",
    "full_marks": 20,
    "sections": [
        {
            "name": "设施",
            "gate": {"clause": "bins"},
            "clauses": [
                {"id": "bins", "text": "四分类容器齐全", "points": 5, "rule": "all_or_nothing"},
                {"id": "dirty", "text": "桶身脏破", "points": 5, "rule": "per_occurrence", "each": 1},
            ],
        },
        {
            "name": "实效",
            "clauses": [{"id": "purity", "text": "分类准确率", "points": 10, "rule": "ratio"}],
        },
        {"name": "一票否决", "clauses": [{"id": "mixed", "text": "严重混合垃圾", "rule": "veto", "cap": 11}]},
        {
            "name": "加减分",
            "bonus_cap": 1,
            "penalty_cap": 2,
            "clauses": [
                {"id": "model", "text": "特色做法", "rule": "bonus", "each": 0.5},
                {"id": "repeat", "text": "同一问题被督办", "rule": "penalty", "each": 0.5},
            ],
        },
    ],
}

POLICY: dict[str, Any] = {
    "policy": "small",
    "version": "3",
    "title": "小镇办法",
    "source": "示镇〔2023〕1号",
    "pass_mark": 90,
    "parts": [
        {"id": "homes", "name": "居住区", "kinds": ["compound"], "statistic": "mean", "points": 100},
        {"id": "orders", "name": "督办扣分", "statistic": "count", "each": -1, "cap": 5},
    ],
    "bands": [{"name": "绿榜", "min": 90}, {"name": "黄榜", "min": 0}],
    "lists": [{"name": "红榜", "top": 1}, {"name": "黑榜", "bottom": 1}],
    "interviews": [
        {"name": "末位约谈", "when": {"bottom": 1}, "chair": "分管领导", "attend": ["村居书记", "物业"]},
        {
            "name": "连续不达标约谈",
            "when": {"consecutive_fails": 2},
            "source": "district",
            "chair": "镇主要领导",
            "attend": ["村居书记"],
        },
    ],
}

SITES: dict[str, dict[str, str]] = {
    "s1": {},
    "s2": {"dirty": "2"},
    "s3": {"dirty": "3", "purity": "2/3", "repeat": "1"},
    "s4": {"bins": "no", "mixed": "yes", "model": "1"},
}
"""Site -> what differs from a site without fault. Site s1 belongs to the first subject, and so on."""

HISTORY = (
    ("2023-09", "town", "1", "80", "no"),
    ("2023-09", "town", "2", "97", "yes"),
    ("2023-09", "town", "3", "84", "no"),
    ("2023-09", "town", "4", "99", "yes"),
    ("2023-09", "district", "2", "85.5", "no"),
    ("2023-10", "district", "2", "86.5", "no"),
)


def month(
    folder: Path,
    *,
    names: Sequence[str] = NAMES,
    sites: Mapping[str, Mapping[str, str]] = SITES,
    history: Iterable[Sequence[str]] = HISTORY,
    unseen: int = 0,
    periods: Sequence[str] = (MONTH,),
    columns: Mapping[str, Sequence[str]] | None = None,
    **policy: Any,
) -> Results:
    """The results of the town; `policy` replaces keys of `POLICY`, `columns` adds to the subjects."""
    extra = dict(columns or {})
    subjects = [
        [str(number), name, *(values[number - 1] for values in extra.values())]
        for number, name in enumerate(names, 1)
    ]
    places = [[site, f"点位{site}", "compound", site[1:]] for site in sites]
    places += [[f"u{number}", f"未查{number}", "compound", "1"] for number in range(unseen)]
    seen = [
        [period, site, clause, value, f"{period}-12"]
        for period in periods
        for site, differing in sites.items()
        for clause, value in {**GOOD, **differing}.items()
    ]
    history = list(history)
    return evaluate(
        read_inputs(
            Files(
                policy=_yaml(folder / "policy.yaml", {**POLICY, **policy}),
                standards=[_yaml(folder / "compound.yaml", STANDARD)],
                subjects=_csv(folder / "subjects.csv", ["subject", "name", *extra], subjects),
                sites=_csv(folder / "sites.csv", ["site", "name", "kind", "subject"], places),
                observations=_csv(
                    folder / "observations.csv", ["period", "site", "clause", "value", "date"], seen
                ),
                history=_csv(
                    folder / "history.csv", ["period", "source", "subject", "score", "passed"], history
                )
                if history
                else None,
            )
        )
    )


def word_text(path: Path) -> str:
    """The text of a Word file, paragraphs and cells in order, one per line."""
    body = Document(str(path)).element.body
    namespace = body.nsmap["w"]
    lines = []
    for paragraph in body.iter(f"{{{namespace}}}p"):
        parts = []
        for node in paragraph.iter():
            if node.tag == f"{{{namespace}}}t":
                parts.append(node.text or "")
            elif node.tag == f"{{{namespace}}}br":
                parts.append("\n")
        lines.append("".join(parts))
    return "\n".join(lines)


def word_tables(path: Path) -> list[list[list[str]]]:
    """Every table of a Word file as rows of cell texts."""
    return [[[cell.text for cell in row.cells] for row in table.rows] for table in Document(str(path)).tables]


def _yaml(path: Path, content: Mapping[str, Any]) -> Path:
    path.write_text(yaml.safe_dump(dict(content), allow_unicode=True, sort_keys=False), encoding="utf-8")
    return path


def _csv(path: Path, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows(rows)
    return path

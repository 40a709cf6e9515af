"""What changed between two versions of a standard, in words. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from zerentian.core.points import plain
from zerentian.evaluation.clauses import Clause
from zerentian.evaluation.standard import Standard


def changes_between(before: Standard, after: Standard) -> list[str]:
    """Sentences on totals, on clauses that are new, gone or changed."""
    old = {clause.id: clause for clause in before.clauses}
    new = {clause.id: clause for clause in after.clauses}
    return [
        *_totals(before, after),
        *(f"新增“{clause.text}”：{clause.words}" for name, clause in new.items() if name not in old),
        *(f"取消“{clause.text}”" for name, clause in old.items() if name not in new),
        *(line for name, clause in new.items() if name in old for line in _clause(old[name], clause)),
    ]


def _totals(before: Standard, after: Standard) -> Iterator[str]:
    if before.full_marks != after.full_marks:
        yield f"满分：{plain(before.full_marks)} → {plain(after.full_marks)}"
    if before.pass_line != after.pass_line:
        yield f"达标线：{plain(before.pass_line)} → {plain(after.pass_line)}"
    if before.not_applicable != after.not_applicable:
        words = {"rescale": "按比例折算", "full": "视为满分"}
        yield f"不适用：{words[before.not_applicable]} → {words[after.not_applicable]}"


def _clause(before: Clause, after: Clause) -> Iterator[str]:
    if before.text != after.text:
        yield f"“{before.text}”改为“{after.text}”"
    if before.marks != after.marks:
        yield f"“{after.text}”分值：{plain(before.marks)} → {plain(after.marks)}"
    if before.words != after.words:
        yield f"“{after.text}”评分：{before.words} → {after.words}"
    if before.source != after.source:
        yield f"“{after.text}”依据：{before.source or '（无）'} → {after.source or '（无）'}"

"""Results given by others, from a table: district inspections, months before this program."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from zerentian.core.months import is_month
from zerentian.core.points import parse_number
from zerentian.core.problems import ProblemList
from zerentian.core.tables import open_table
from zerentian.evaluation.inputs import SOURCE_NAMES
from zerentian.people.models import Account
from zerentian.people.rules import Right
from zerentian.places.models import Region

COLUMNS = ("月份", "来源", "村居代码", "得分", "达标")
_SOURCES = {**{name: key for key, name in SOURCE_NAMES.items()}, **{key: key for key in SOURCE_NAMES}}
_PASSED = {"是": True, "yes": True, "否": False, "no": False}


@dataclass(frozen=True, slots=True)
class OutsideRow:
    """A committee's result of a month by a source."""

    month: str
    source: str
    subject: str
    name: str
    score: Decimal | None
    passed: bool


@dataclass(slots=True)
class OutsidePlan:
    """What a table says, and all that is wrong with it."""

    rows: list[OutsideRow] = field(default_factory=list)
    problems: ProblemList = field(default_factory=ProblemList)


def plan_outside(path: Path, account: Account) -> OutsidePlan:
    """Read a table of results for the towns whose months the account closes."""
    plan = OutsidePlan()
    table = open_table(path, COLUMNS, plan.problems)
    if table is None:
        return plan
    regions = dict(
        Region.objects.filter(account.scope(Right.CLOSE_MONTH).regions("code")).values_list("code", "name")
    )
    seen: dict[tuple[str, str, str], int] = {}
    for number, cells in table.rows(COLUMNS, plan.problems):
        month, source_text, subject, score_text, passed_text = (cell.strip() for cell in cells)
        source, passed = _SOURCES.get(source_text), _PASSED.get(passed_text.lower())
        score = parse_number(score_text) if score_text else None
        faults = [
            ("月份", month, "YYYY-MM，例如 2023-09", is_month(month)),
            ("来源", source_text, "、".join(SOURCE_NAMES.values()), source is not None),
            ("村居代码", subject, "本镇村居的 12 位区划代码", subject in regions),
            ("得分", score_text, "0 至 1000 的数，或留空", not score_text or _is_score(score)),
            ("达标", passed_text, "是 或 否", passed is not None),
        ]
        wrong = [fault for fault in faults if not fault[3]]
        for column, value, expected, _ in wrong:
            plan.problems.add(
                "row.value", file=table.file, row=number, column=column, value=value, expected=expected
            )
        if wrong or source is None or passed is None:
            continue
        first = seen.setdefault((month, source, subject), number)
        if first != number:
            plan.problems.add(
                "row.repeated", file=table.file, row=number, column="村居代码", value=subject, first=first
            )
        plan.rows.append(OutsideRow(month, source, subject, regions[subject], score, passed))
    return plan


def _is_score(score: Decimal | None) -> bool:
    return score is not None and 0 <= score <= 1000

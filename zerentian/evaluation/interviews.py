"""When an interview (约谈) is due after a run of failed months."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from zerentian.core.months import months_between


@dataclass(frozen=True, slots=True)
class FailRule:
    """`needed` fails in consecutive months with a result; see `triggers`."""

    needed: int
    gap: Literal["ignore", "breaks"] = "ignore"
    repeat: Literal["new_run", "every_month"] = "new_run"


def triggers(passed: Mapping[str, bool], rule: FailRule) -> dict[str, list[str]]:
    """Month of each trigger -> the failed months that made it, for one subject and source.

    `passed` maps a month (YYYY-MM) to whether the subject passed. A month without a result neither counts
    nor breaks the run, unless `gap` is `breaks`. After a trigger, `new_run` asks for as many further
    fails; `every_month` triggers again at each further fail. Source: town plan 2023, part 3, item 2
    (two consecutive months).
    """
    found: dict[str, list[str]] = {}
    run: list[str] = []
    previous = ""
    for month in sorted(passed):
        if previous and rule.gap == "breaks" and months_between(previous, month) > 1:
            run = []
        previous = month
        if passed[month]:
            run = []
            continue
        run.append(month)
        if len(run) >= rule.needed:
            found[month] = list(run)
            if rule.repeat == "new_run":
                run = []
    return found

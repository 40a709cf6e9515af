"""What changed since the month before, as far as it is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from zerentian.core.months import shift
from zerentian.core.points import publish
from zerentian.evaluation.policy import Policy, TiesAtCut
from zerentian.evaluation.ranking import Key, last
from zerentian.evaluation.results import PeriodResult, RankedSubject, Results


@dataclass(frozen=True, slots=True)
class Change:
    """This month against the month before, over the `subjects` that have a score in both.

    `mean_before` and `mean_now` are published figures. Passes are None where the policy has no pass mark.
    `failed_again` failed in both months; `entered` are new among the last `last_count` of their group,
    `left` no longer are.
    """

    month: str
    subjects: int
    mean_before: Decimal
    mean_now: Decimal
    passed_before: int | None
    passed_now: int | None
    failed_again: list[str]
    last_count: int
    entered: list[str]
    left: list[str]


@dataclass(frozen=True, slots=True)
class _Standing:
    """A subject in one month: its group, its score, whether it passed, and what ranks it."""

    group: str
    score: Decimal
    passed: bool | None
    key: Key


_Month = dict[str, _Standing]


def change_since(results: Results, result: PeriodResult) -> Change | None:
    """The change against the month before of the same source, or None when that month is not known."""
    inputs = results.inputs
    month = shift(result.period, -1)
    now, before = _of_ranked(result.ranked), _earlier(results, month)
    both = [subject for subject in now if subject in before]
    if not both:
        return None
    count, ties = _last_rule(inputs.policy, inputs.source)
    last_now, last_before = _last(now, count, ties), _last(before, count, ties)
    names = {subject.id: subject.name for subject in inputs.subjects.values()}
    has_passes = inputs.policy.pass_mark is not None
    return Change(
        month=month,
        subjects=len(both),
        mean_before=mean([before[subject].score for subject in both], inputs.policy.decimals),
        mean_now=mean([now[subject].score for subject in both], inputs.policy.decimals),
        passed_before=sum(before[subject].passed is True for subject in both) if has_passes else None,
        passed_now=sum(now[subject].passed is True for subject in both) if has_passes else None,
        failed_again=[
            names[subject]
            for subject in both
            if now[subject].passed is False and before[subject].passed is False
        ],
        last_count=count,
        entered=[names[subject] for subject in both if subject in last_now - last_before],
        left=[names[subject] for subject in both if subject in last_before - last_now],
    )


def mean(scores: Sequence[Decimal], decimals: int) -> Decimal:
    """The published mean of published scores."""
    return publish(Fraction(sum(scores)) / len(scores), decimals)


def _of_ranked(ranked: Sequence[RankedSubject]) -> _Month:
    return {row.subject.id: _Standing(row.group, row.score, row.passed, row.key) for row in ranked}


def _earlier(results: Results, month: str) -> _Month:
    """An earlier month of the evaluated source: from this run, else from history."""
    inputs = results.inputs
    for result in results.periods:
        if result.period == month:
            return _of_ranked(result.ranked)
    column, found = inputs.policy.groups, {}
    for known in inputs.history:
        if known.period == month and known.source == inputs.source and known.score is not None:
            group = inputs.subjects[known.subject].extra[column] if column else ""
            found[known.subject] = _Standing(group, known.score, known.passed, (known.score,))
    return found


def _last_rule(policy: Policy, source: str) -> tuple[int, TiesAtCut]:
    """How many last ones the policy talks to on this source (0: none), and how ties are cut."""
    for rule in policy.interviews:
        if rule.when.bottom and rule.source == source:
            return rule.when.bottom, rule.when.ties_at_cut
    return 0, "include"


def _last(month: _Month, count: int, ties: TiesAtCut) -> set[str]:
    """The last `count` of each group."""
    if not count:
        return set()
    groups: dict[str, list[str]] = {}
    for subject, standing in month.items():
        groups.setdefault(standing.group, []).append(subject)
    return {
        subject
        for members in groups.values()
        for subject in last(members, lambda member: month[member].key, count, ties)
    }

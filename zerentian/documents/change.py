"""What changed since the month before, as far as it is known."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from zerentian.core.months import shift
from zerentian.core.points import publish
from zerentian.evaluation.policy import Policy
from zerentian.evaluation.ranking import last
from zerentian.evaluation.results import PeriodResult, Results


@dataclass(frozen=True, slots=True)
class Change:
    """This month against the month before, over the subjects that have a score in both.

    `entered` and `left` name who is new among the last `last_count` of a group, and who is no longer.
    """

    month: str
    mean_difference: Decimal
    passed_before: int
    passed_now: int
    last_count: int
    entered: list[str]
    left: list[str]


def change_since(results: Results, result: PeriodResult) -> Change | None:
    """The change against the month before of the same source, or None when that month is not known."""
    policy = results.inputs.policy
    month = shift(result.period, -1)
    before = _month(results, month)
    now = {row.subject.id: (row.score, bool(row.passed)) for row in result.ranked}
    both = [subject for subject in now if subject in before]
    if not both:
        return None
    differences = [Fraction(now[subject][0]) - Fraction(before[subject][0]) for subject in both]
    count = _last_count(policy, results.inputs.source)
    last_now, last_before = _last(results, now, count), _last(results, before, count)
    names = {subject.id: subject.name for subject in results.inputs.subjects.values()}
    return Change(
        month=month,
        mean_difference=publish(sum(differences, Fraction(0)) / len(both), policy.decimals),
        passed_before=sum(before[subject][1] for subject in both),
        passed_now=sum(now[subject][1] for subject in both),
        last_count=count,
        entered=[names[subject] for subject in both if subject in last_now - last_before],
        left=[names[subject] for subject in both if subject in last_before - last_now],
    )


def _month(results: Results, month: str) -> dict[str, tuple[Decimal, bool]]:
    """Subject id -> score and pass of an earlier month: from this run, else from history."""
    for result in results.periods:
        if result.period == month:
            return {row.subject.id: (row.score, bool(row.passed)) for row in result.ranked}
    return {
        known.subject: (known.score, known.passed)
        for known in results.inputs.history
        if known.period == month and known.source == results.inputs.source and known.score is not None
    }


def _last_count(policy: Policy, source: str) -> int:
    """How many last ones the policy talks to on this source, or 0."""
    return next(
        (rule.when.bottom for rule in policy.interviews if rule.when.bottom and rule.source == source), 0
    )


def _last(results: Results, scores: dict[str, tuple[Decimal, bool]], count: int) -> set[str]:
    """The last `count` of each group."""
    groups: dict[str, list[str]] = {}
    for subject_id in scores:
        subject = results.inputs.subjects[subject_id]
        group = subject.extra[results.inputs.policy.groups] if results.inputs.policy.groups else ""
        groups.setdefault(group, []).append(subject_id)
    return {
        subject_id
        for members in groups.values()
        for subject_id in (
            last(members, lambda member: (scores[member][0],), count, "include") if count else []
        )
    }

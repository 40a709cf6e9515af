"""The engine: checked inputs in, results out. No files, no clock, no database.

Whoever shows a figure (command, page, document) takes it from here, so it is the same figure everywhere.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal

from zerentian.core.points import publish
from zerentian.evaluation.inputs import HistoryMonth, Inputs, Subject
from zerentian.evaluation.interviews import FailRule, triggers
from zerentian.evaluation.policy import InterviewRule, Policy, TiesAtCut
from zerentian.evaluation.ranking import Key, band_of, first, last, rank_key, ranks
from zerentian.evaluation.results import (
    InterviewDue,
    ListEntry,
    NotRanked,
    PeriodResult,
    RankedSubject,
    Results,
)
from zerentian.evaluation.scoring import SiteScore, Visit, score_site
from zerentian.evaluation.subjects import Basis, SubjectTotal, total_of


def evaluate(inputs: Inputs) -> Results:
    """Score, rank, list and find the interviews of every period that has observations."""
    by_period: dict[str, list[Visit]] = defaultdict(list)
    for visit in inputs.visits:
        by_period[visit.table.period].append(visit)
    periods = [_score_period(period, by_period[period], inputs) for period in sorted(by_period)]
    history = _history_by_source(inputs, periods)
    for result in periods:
        result.interviews = [
            due
            for rule in inputs.policy.interviews
            for due in _interviews_due(rule, result, inputs, history[rule.source])
        ]
    return Results(inputs, periods)


def _score_period(period: str, visits: Sequence[Visit], inputs: Inputs) -> PeriodResult:
    result = PeriodResult(period)
    by_site: dict[str, list[Visit]] = defaultdict(list)
    for visit in visits:
        by_site[visit.site.id].append(visit)
    by_subject: dict[str, list[SiteScore]] = defaultdict(list)
    for site in inputs.sites.by_id.values():
        if site.id not in by_site:
            result.unseen.append(site)
            continue
        score = score_site(by_site[site.id], inputs.policy.visits)
        result.sites.append(score)
        by_subject[site.subject].append(score)
    _rank_subjects(result, by_subject, inputs)
    result.entries = _list_entries(result.ranked, inputs.policy)
    return result


def _rank_subjects(result: PeriodResult, by_subject: dict[str, list[SiteScore]], inputs: Inputs) -> None:
    policy = inputs.policy
    figures: dict[str, dict[str, Decimal]] = defaultdict(dict)
    for (period, subject_id, part_id), value in inputs.figures.items():
        if period == result.period:
            figures[subject_id][part_id] = value
    groups: dict[str, list[SubjectTotal]] = {}
    for subject in inputs.subjects.values():
        group = subject.extra[policy.groups] if policy.groups else ""
        basis = Basis(by_subject[subject.id], figures[subject.id], inputs.weights)
        total = total_of(subject, policy, basis)
        reason = _why_not_ranked(basis.sites, total, policy)
        if reason or total is None:
            result.not_ranked.append(NotRanked(subject, group, reason, tuple(basis.sites)))
        else:
            groups.setdefault(group, []).append(total)
    for group, totals in groups.items():
        result.ranked += _rank_group(group, totals, policy)
    result.not_ranked.sort(key=lambda row: row.subject.id)


def _why_not_ranked(sites: Sequence[SiteScore], total: SubjectTotal | None, policy: Policy) -> str:
    scored = sum(site.score is not None for site in sites)
    if scored < policy.min_sites:
        return f"样本不足：有得分的点位 {scored} 个，少于 {policy.min_sites} 个"
    if total is None:
        return "没有任何计分部分的结果"
    return ""


def _rank_group(group: str, totals: list[SubjectTotal], policy: Policy) -> list[RankedSubject]:
    keys = [rank_key(total.score, _columns(total), policy) for total in totals]
    rows = [
        RankedSubject(
            total=total,
            group=group,
            rank=rank,
            of=len(totals),
            key=key,
            band=band_of(total.score, policy.bands),
            rank_bonus=_bonus(rank, policy),
            passed=None if policy.pass_mark is None else total.score >= policy.pass_mark,
        )
        for total, key, rank in zip(totals, keys, ranks(keys, policy.ties), strict=True)
    ]
    return sorted(rows, key=lambda row: (row.rank, row.subject.id))


def _columns(total: SubjectTotal) -> dict[str, Decimal]:
    """The columns of the result that may split ties; a missing part or rate counts as 0."""
    columns = {part.part.id: part.score or Decimal(0) for part in total.parts}
    columns["vetoes"] = Decimal(total.vetoes)
    columns["pass_rate"] = total.pass_rate or Decimal(0)
    columns["sites"] = Decimal(total.scored)
    columns["passed_sites"] = Decimal(total.passed_sites)
    return columns


def _bonus(rank: int, policy: Policy) -> Decimal | None:
    if not policy.rank_bonus:
        return None
    return publish(policy.rank_bonus.get(rank, Decimal(0)), policy.decimals)


def _by_group(rows: Sequence[RankedSubject]) -> list[list[RankedSubject]]:
    groups: dict[str, list[RankedSubject]] = {}
    for row in rows:
        groups.setdefault(row.group, []).append(row)
    return list(groups.values())


def _key(row: RankedSubject) -> Key:
    return row.key


def _list_entries(ranked: Sequence[RankedSubject], policy: Policy) -> list[ListEntry]:
    entries = []
    for rule in policy.lists:
        for group in _by_group(ranked):
            taken = _taken(group, rule.top, rule.bottom, rule.ties_at_cut)
            if rule.worst_first:
                taken = sorted(taken, key=lambda row: (-row.rank, row.subject.id))
            entries += [ListEntry(rule, position, row) for position, row in enumerate(taken, 1)]
    return entries


def _taken(
    group: list[RankedSubject], top: int | None, bottom: int | None, ties_at_cut: TiesAtCut
) -> list[RankedSubject]:
    """The first or the last of a group, in rank order."""
    if top is not None:
        return first(group, _key, top, ties_at_cut)
    assert bottom is not None
    return last(group, _key, bottom, ties_at_cut)


History = dict[str, dict[str, HistoryMonth]]
"""Subject id -> month -> result, of one source."""


def _history_by_source(inputs: Inputs, periods: Sequence[PeriodResult]) -> dict[str, History]:
    """All known months; of the evaluated source its own results stand before rows handed in."""
    history: dict[str, History] = defaultdict(lambda: defaultdict(dict))
    for month in inputs.history:
        history[month.source][month.subject][month.period] = month
    for result in periods:
        for row in result.ranked:
            if row.passed is not None:
                own = HistoryMonth(result.period, inputs.source, row.subject.id, row.score, row.passed)
                history[inputs.source][row.subject.id][result.period] = own
    return history


def _interviews_due(
    rule: InterviewRule, result: PeriodResult, inputs: Inputs, history: History
) -> list[InterviewDue]:
    if rule.when.consecutive_fails is not None:
        return _after_fails(rule, rule.when.consecutive_fails, result, inputs, history)
    if rule.source == inputs.source:
        return _of_the_last(rule, result, inputs.policy)
    return _of_the_last_in_history(rule, result.period, inputs, history)


def _of_the_last(rule: InterviewRule, result: PeriodResult, policy: Policy) -> list[InterviewDue]:
    when, found = rule.when, []
    assert when.bottom is not None
    for group in _by_group(result.ranked):
        for row in last(group, _key, when.bottom, when.ties_at_cut):
            if when.only_failed and row.passed:
                continue
            place = _place(policy, row.group, row.rank, row.of, when.bottom, row.score)
            found.append(InterviewDue(rule, row.subject, row, place=place))
    return found


def _of_the_last_in_history(
    rule: InterviewRule, period: str, inputs: Inputs, history: History
) -> list[InterviewDue]:
    """The last of another source's month, ranked by the scores handed in."""
    when, policy = rule.when, inputs.policy
    assert when.bottom is not None
    groups: dict[str, list[tuple[Subject, HistoryMonth, Decimal]]] = {}
    for subject in inputs.subjects.values():
        month = history[subject.id].get(period)
        if month is not None and month.score is not None:
            group = subject.extra[policy.groups] if policy.groups else ""
            groups.setdefault(group, []).append((subject, month, month.score))
    found = []
    for group, rows in groups.items():
        placed = dict(
            zip((row[0].id for row in rows), ranks([(r[2],) for r in rows], policy.ties), strict=True)
        )
        taken = last(rows, lambda row: (row[2],), when.bottom, when.ties_at_cut)
        for subject, month, score in sorted(taken, key=lambda row: (placed[row[0].id], row[0].id)):
            if when.only_failed and month.passed:
                continue
            place = _place(policy, group, placed[subject.id], len(rows), when.bottom, score)
            found.append(InterviewDue(rule, subject, months=(month,), place=place))
    return found


def _place(policy: Policy, group: str, rank: int, of: int, bottom: int, score: Decimal) -> str:
    inside = f"“{group}”组" if group else ""
    return f"{inside}{of}个{policy.subject_name}中排第{rank}名，在最后{bottom}位之列，得分{score}"


def _after_fails(
    rule: InterviewRule, needed: int, result: PeriodResult, inputs: Inputs, history: History
) -> list[InterviewDue]:
    policy = inputs.policy
    fails = FailRule(needed, rule.when.gap or policy.gap, rule.when.repeat or policy.repeat)
    rows = {row.subject.id: row for row in result.ranked}
    found = []
    for subject in inputs.subjects.values():
        months = history[subject.id]
        run = triggers({month: known.passed for month, known in months.items()}, fails).get(result.period)
        if run:
            row = rows.get(subject.id) if rule.source == inputs.source else None
            found.append(InterviewDue(rule, subject, row, tuple(months[month] for month in run)))
    return found

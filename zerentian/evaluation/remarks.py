"""What a run noticed that is no fault, yet a careful clerk would want to know before publishing."""

from __future__ import annotations

from collections.abc import Iterator

from zerentian.evaluation.inputs import source_name
from zerentian.evaluation.policy import FigurePart
from zerentian.evaluation.results import PeriodResult, Results

_NAMED_AT_MOST = 5


def remarks(results: Results) -> Iterator[str]:
    """One Chinese sentence for each thing, month by month."""
    for result in results.periods:
        if result.unseen:
            yield _say(result, "点位未检查，不计分", [site.name or site.id for site in result.unseen])
        not_scored = [score.site.name or score.site.id for score in result.sites if score.score is None]
        if not_scored:
            yield _say(result, "点位各项均不适用，不计分", not_scored)
        yield from _missing_figures(results, result)
        yield from _other_history(results, result)


def _missing_figures(results: Results, result: PeriodResult) -> Iterator[str]:
    for part in results.inputs.policy.parts:
        if isinstance(part, FigurePart):
            missing = [
                row.subject.name
                for row in result.ranked
                if (result.period, row.subject.id, part.id) not in results.inputs.figures
            ]
            if missing:
                yield _say(result, f"对象没有“{part.label}”的数值，按缺项处理", missing)


def _other_history(results: Results, result: PeriodResult) -> Iterator[str]:
    """Rows of history that say something else than this run about the same month and source."""
    own = {row.subject.id: row for row in result.ranked}
    other = [
        own[month.subject].subject.name
        for month in results.inputs.history
        if month.period == result.period
        and month.source == results.inputs.source
        and month.subject in own
        and (month.score != own[month.subject].score or month.passed != own[month.subject].passed)
    ]
    if other:
        source = source_name(results.inputs.source)
        yield _say(result, f"对象的{source}结果与 history 表中同月的不同，以本次计算为准", other)


def _say(result: PeriodResult, what: str, names: list[str]) -> str:
    shown = "、".join(names[:_NAMED_AT_MOST]) + ("等" if len(names) > _NAMED_AT_MOST else "")
    return f"{result.period}：{len(names)} 个{what}（{shown}）"

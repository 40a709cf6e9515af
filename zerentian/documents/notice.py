"""The content of an interview notice (约谈通知书) and of the letter's table of deductions."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from zerentian.core.months import in_words
from zerentian.core.points import plain
from zerentian.documents.letter import Letter
from zerentian.evaluation.inputs import source_name
from zerentian.evaluation.reasons import interview_ground
from zerentian.evaluation.results import InterviewDue, PeriodResult, Results
from zerentian.evaluation.scoring import SiteScore


@dataclass(frozen=True, slots=True)
class SiteDeductions:
    """A site's result and its lost points: rows of (检查内容, 检查情况, 扣分)."""

    site: str
    date: str
    score: str
    verdict: str
    standard: str
    rows: list[tuple[str, str, str]]


@dataclass(frozen=True, slots=True)
class Notice:
    """Everything an interview notice says. `months` are (月份, 得分) of a run of failed months."""

    letter: Letter
    name: str
    subject: str
    period: str
    chair: str
    attend: str
    ground: str
    sites: list[SiteDeductions]
    months: list[tuple[str, str]]

    def context(self) -> dict[str, Any]:
        """The variables of the template."""
        return {**asdict(self), "letter": self.letter.model_dump()}


def make_notice(results: Results, result: PeriodResult, due: InterviewDue, letter: Letter) -> Notice:
    """The notice of one interview; the sites' deductions are told when it rests on this month's check."""
    return Notice(
        letter=letter,
        name=due.rule.name,
        subject=due.subject.name,
        period=in_words(result.period),
        chair=due.rule.chair or "　　　　",
        attend="、".join(due.rule.attend) or "有关负责人",
        ground=interview_ground(due),
        sites=[_site(score) for score in due.row.total.sites if score.deductions or score.vetoes]
        if due.row
        else [],
        months=[
            (f"{source_name(month.source)}{in_words(month.period)}", _text(month.score))
            for month in due.months
        ]
        if due.rule.source != results.inputs.source
        else [],
    )


def _text(score: object) -> str:
    return "—" if score is None else str(score)


def _site(score: SiteScore) -> SiteDeductions:
    rows = [
        (deduction.clause.text, deduction.words, plain(deduction.points, 2)) for deduction in score.deductions
    ]
    rows += [(f"一票否决：{clause.text}", "发生", "—") for clause in score.vetoes]
    return SiteDeductions(
        site=score.site.name or score.site.id,
        date="、".join(dict.fromkeys(visit.date for visit in score.counted if visit.date)),
        score="—" if score.score is None else f"{score.score}/{plain(score.standard.full_marks)}",
        verdict="达标" if score.passed else "不达标",
        standard=score.standard.label,
        rows=rows,
    )

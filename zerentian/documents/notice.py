"""The content of an interview notice (约谈通知书): why, who, and every point that was lost."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from zerentian.core.months import in_words
from zerentian.core.points import plain, points_of, signed
from zerentian.documents.content import NOTHING
from zerentian.documents.letter import Letter
from zerentian.evaluation.clauses import Clause, Veto
from zerentian.evaluation.inputs import source_name
from zerentian.evaluation.policy import CountPart, Policy
from zerentian.evaluation.reasons import interview_ground, standing
from zerentian.evaluation.results import InterviewDue, PeriodResult, RankedSubject, Results
from zerentian.evaluation.scoring import SiteScore
from zerentian.evaluation.standard import Section


@dataclass(frozen=True, slots=True)
class Loss:
    """A line of a site: what was checked, what was observed, and the points it cost."""

    text: str
    observed: str
    points: str


@dataclass(frozen=True, slots=True)
class SiteLosses:
    """A site's result and its lines. `number` counts the sites of the notice."""

    number: int
    name: str
    date: str
    score: str
    full_marks: str
    verdict: str
    standard: str
    losses: list[Loss]


@dataclass(frozen=True, slots=True)
class MonthResult:
    """A month on which the interview rests."""

    month: str
    source: str
    score: str
    verdict: str


@dataclass(frozen=True, slots=True)
class Notice:
    """Everything an interview notice says.

    `sites` are told when the interview rests on this run's check, `months` when it rests on several
    months or on another source's results.
    """

    letter: Letter
    name: str
    policy: str
    subject: str
    period: str
    chair: str
    attend: str
    ground: str
    standing: str
    composition: str
    months: list[MonthResult]
    sites: list[SiteLosses]

    def context(self) -> dict[str, Any]:
        """The variables of the template."""
        return {**asdict(self), "letter": self.letter.model_dump()}


def make_notice(results: Results, result: PeriodResult, due: InterviewDue, letter: Letter) -> Notice:
    """The notice of one interview."""
    policy = results.inputs.policy
    ground = interview_ground(due)
    if due.rule.when.bottom is not None:
        ground = f"{in_words(result.period)}，{ground}"
    sites = [site for site in due.row.total.sites if site.score is not None] if due.row else []
    told = [(site, losses) for site in sites if (losses := site_losses(site))]
    return Notice(
        letter=letter,
        name=due.rule.name,
        policy=policy.title or policy.policy,
        subject=due.subject.name,
        period=in_words(result.period),
        chair=due.rule.chair or "＿＿＿＿＿＿",
        attend="、".join(due.rule.attend) or "＿＿＿＿＿＿",
        ground=ground,
        standing=standing(due.row) if due.row else "",
        composition=_composition(policy, due.row) if due.row else "",
        months=[
            MonthResult(
                month=in_words(month.period),
                source=source_name(month.source),
                score=NOTHING if month.score is None else str(month.score),
                verdict=_verdict(month.passed),
            )
            for month in due.months
        ],
        sites=[_site(number, site, losses) for number, (site, losses) in enumerate(told, 1)],
    )


def site_losses(site: SiteScore) -> list[Loss]:
    """Every line of a site: its deductions, then what stands outside of them."""
    deductions = [
        Loss(deduction.clause.text, deduction.words, plain(deduction.points, 2))
        for deduction in site.deductions
    ]
    return deductions + beyond_deductions(site)


def beyond_deductions(site: SiteScore) -> list[Loss]:
    """Vetoes met, then bonus and penalty: what changes a site's score beside its deductions."""
    vetoes = [Loss(f"一票否决：{clause.text}", "发生", _cap(clause)) for clause in site.vetoes]
    return vetoes + _extras(site)


def _cap(clause: Clause) -> str:
    """What a veto does to the score."""
    if isinstance(clause, Veto) and clause.cap is not None:
        return f"不超过{plain(clause.cap)}分"
    return "不达标"


def _extras(site: SiteScore) -> list[Loss]:
    """Bonus and penalty clauses, the mean over the visits that count; a section's cap is named."""
    lines = []
    for section, slots in site.table.sections:
        for slot in slots:
            outcomes = [visit.complete()[slot] for visit in site.counted]
            amount = points_of(sum((outcome.extra for outcome in outcomes), 0)) / len(outcomes)
            if amount:
                words = " / ".join(dict.fromkeys(outcome.words for outcome in outcomes))
                kind, cap = _kind_and_cap(section, amount > 0)
                text = f"{kind}：{outcomes[0].clause.text}{cap}"
                lines.append(Loss(text, words, signed(amount, 2) if amount > 0 else plain(-amount, 2)))
    return lines


def _kind_and_cap(section: Section, bonus: bool) -> tuple[str, str]:
    kind, cap = ("加分", section.bonus_cap) if bonus else ("另扣", section.penalty_cap)
    return kind, "" if cap is None else f"（本类别{kind}最多{plain(cap)}分）"


def _site(number: int, score: SiteScore, losses: list[Loss]) -> SiteLosses:
    return SiteLosses(
        number=number,
        name=score.site.name or score.site.id,
        date="、".join(dict.fromkeys(visit.date for visit in score.counted if visit.date)) or NOTHING,
        score=str(score.score),
        full_marks=plain(score.standard.full_marks),
        verdict=_verdict(score.passed),
        standard=score.standard.label,
        losses=losses,
    )


def _verdict(passed: bool) -> str:
    return "达标" if passed else "不达标"


def _composition(policy: Policy, row: RankedSubject) -> str:
    """How the subject's total came about, part by part."""
    said, missing = [], []
    for part in row.total.parts:
        if part.score is None:
            missing.append(part.part.label)
        elif isinstance(part.part, CountPart):
            said.append(f"{part.part.label}{signed(part.score)}分")
        else:
            said.append(f"{part.part.label}{part.score}分（满分{plain(part.part.points)}分）")
    words = f"{row.subject.name}得分{row.score}分，由{'、'.join(said)}组成"
    if missing:
        words += f"；{'、'.join(missing)}没有可计分的结果，其余部分按比例折算到{plain(policy.full_total)}分"
    return words + "。"

"""Why a subject stands where it stands, in one Chinese sentence made of its own deductions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from zerentian.core.months import in_words
from zerentian.core.points import plain
from zerentian.evaluation.clauses import Clause
from zerentian.evaluation.inputs import source_name
from zerentian.evaluation.results import InterviewDue, ListEntry, RankedSubject
from zerentian.evaluation.scoring import SiteScore

_MAIN_LOSSES = 3


@dataclass(frozen=True, slots=True)
class ClauseLoss:
    """What one clause cost a subject over all its sites: the sum of points and the sites that lost them."""

    clause: Clause
    points: Fraction
    sites: int


def clause_losses(sites: Iterable[SiteScore]) -> list[ClauseLoss]:
    """The clauses that cost points, the dearest first; alike clauses of two standards stay apart."""
    sums: dict[tuple[str, str], ClauseLoss] = {}
    for site in sites:
        for deduction in site.deductions:
            key = (site.standard.standard, deduction.clause.id)
            known = sums.get(key, ClauseLoss(deduction.clause, Fraction(0), 0))
            sums[key] = ClauseLoss(deduction.clause, known.points + deduction.points, known.sites + 1)
    return sorted(sums.values(), key=lambda loss: (-loss.points, -loss.sites, loss.clause.id))


def standing(row: RankedSubject) -> str:
    """Sites and passes, vetoes, and the dearest clauses of a ranked subject."""
    total = row.total
    said = [f"检查点位{total.scored}个，达标{total.passed_sites}个"]
    said += _veto_words(total.sites)
    losses = clause_losses(total.sites)
    if losses:
        said.append("主要扣分：" + "、".join(_loss_words(loss) for loss in losses[:_MAIN_LOSSES]))
    elif total.scored:
        said.append("各点位均未扣分")
    return "；".join(said)


def entry_reasons(entry: ListEntry) -> str:
    """The reasons column of a list."""
    return standing(entry.row)


def interview_ground(due: InterviewDue) -> str:
    """What triggered an interview: the place in the ranking, or the run of failed months."""
    source = source_name(due.rule.source)
    if due.rule.when.consecutive_fails is None:
        return f"{source}{due.place}"
    months = "、".join(in_words(month.period) for month in due.months)
    scores = [str(month.score) for month in due.months if month.score is not None]
    shown = f"（得分 {'、'.join(scores)}）" if scores else ""
    return f"{source}{months}连续{len(due.months)}个月不达标{shown}"


def interview_reason(due: InterviewDue) -> str:
    """Why an interview is due, with the deductions it will be about."""
    ground = interview_ground(due)
    return f"{ground}；{standing(due.row)}" if due.row else ground


def _veto_words(sites: Sequence[SiteScore]) -> list[str]:
    met: dict[str, list[str]] = {}
    for site in sites:
        for clause in site.vetoes:
            met.setdefault(clause.text, []).append(site.site.name or site.site.id)
    return [f"一票否决“{text}”：{'、'.join(names)}" for text, names in met.items()]


def _loss_words(loss: ClauseLoss) -> str:
    return f"{loss.clause.text}（{loss.sites}个点位共扣{plain(loss.points, 2)}分）"

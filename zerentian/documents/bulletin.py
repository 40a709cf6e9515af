"""The content of a month's bulletin (通报), before any file format."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from zerentian.core.months import in_words
from zerentian.core.points import publish
from zerentian.core.table_writing import Value
from zerentian.documents.content import Attachment, TextTable
from zerentian.documents.letter import Letter
from zerentian.documents.summary import by_group, list_title, lists_in_words, method, summary
from zerentian.evaluation.policy import Policy
from zerentian.evaluation.reasons import clause_losses, entry_reasons, interview_ground
from zerentian.evaluation.results import ListEntry, PeriodResult, RankedSubject, Results
from zerentian.evaluation.scoring import SiteScore
from zerentian.evaluation.standard import kind_name

_MAIN_PROBLEMS = 8


@dataclass(frozen=True, slots=True)
class Bulletin:
    """Everything a bulletin says: the letter in its order, then what is attached.

    `attachments` are the titles named under the letter's text.
    """

    letter: Letter
    title: str
    summary: list[str]
    list_words: list[str]
    problems: TextTable
    interviews: TextTable
    method: list[str]
    attachments: list[str]
    rankings: Attachment
    lists: Attachment
    not_ranked: Attachment

    def context(self) -> dict[str, Any]:
        """The variables of the templates."""
        return {
            "letter": self.letter.model_dump(),
            "title": self.title,
            "summary": self.summary,
            "list_words": self.list_words,
            "problems": self.problems.context(),
            "interviews": self.interviews.context(),
            "method": self.method,
            "attachments": self.attachments,
            "rankings": self.rankings.context(),
            "lists": self.lists.context(),
            "not_ranked": self.not_ranked.context(),
        }


def make_bulletin(results: Results, result: PeriodResult, letter: Letter) -> Bulletin:
    """The bulletin of one period of a run."""
    policy = results.inputs.policy
    month = in_words(result.period)
    names = "、".join(rule.name for rule in policy.lists)
    rankings, lists, not_ranked = _numbered(
        Attachment("", f"{month}{policy.subject_name}排名", list(_rankings(policy, result))),
        Attachment("", f"{month}{names}", list(_lists(policy, result))),
        Attachment("", f"{month}未参加排名的{policy.subject_name}", list(_not_ranked(policy, result))),
    )
    return Bulletin(
        letter=letter,
        title=letter.title or f"关于{month}生活垃圾分类\n检查测评情况的通报",
        summary=list(summary(results, result)),
        list_words=list(lists_in_words(policy, result)),
        problems=_problems(result),
        interviews=_interviews(policy, result),
        method=list(method(results, letter)),
        attachments=_titles([rankings, lists, not_ranked]),
        rankings=rankings,
        lists=lists,
        not_ranked=not_ranked,
    )


def _numbered(*attachments: Attachment) -> list[Attachment]:
    """Attachments that hold a table get their number; a single one is just 附件."""
    held = [attachment for attachment in attachments if attachment.tables]
    labels = {id(one): f"附件{number}" for number, one in enumerate(held, 1)}
    if len(held) == 1:
        labels = {id(held[0]): "附件"}
    return [replace(attachment, label=labels.get(id(attachment), "")) for attachment in attachments]


def _titles(attachments: Sequence[Attachment]) -> list[str]:
    held = [attachment.title for attachment in attachments if attachment.tables]
    return held if len(held) == 1 else [f"{number}. {title}" for number, title in enumerate(held, 1)]


def _rankings(policy: Policy, result: PeriodResult) -> Iterator[TextTable]:
    columns = ["名次", policy.subject_name, "得分", *(part.label for part in policy.parts)]
    columns += ["点位数", "达标数", "达标率（%）"]
    columns += ["档次"] if policy.bands else []
    columns += ["名次加减分"] if policy.rank_bonus else []
    for group, rows in by_group(result.ranked).items():
        yield TextTable(group, columns, [_ranking_row(policy, row) for row in rows])


def _ranking_row(policy: Policy, row: RankedSubject) -> list[Value]:
    total = row.total
    cells: list[Value] = [row.rank, row.subject.name, row.score, *(part.score for part in total.parts)]
    cells += [total.scored, total.passed_sites, total.pass_rate]
    cells += [row.band] if policy.bands else []
    cells += [row.rank_bonus] if policy.rank_bonus else []
    return cells


def _lists(policy: Policy, result: PeriodResult) -> Iterator[TextTable]:
    columns = ["序号", policy.subject_name, "得分", "主要情况"]
    for rule in policy.lists:
        groups: dict[str, list[ListEntry]] = {}
        for entry in result.entries:
            if entry.rule is rule:
                groups.setdefault(entry.row.group, []).append(entry)
        for group, entries in groups.items():
            rows: list[list[Value]] = [
                [entry.position, entry.row.subject.name, entry.row.score, entry_reasons(entry)]
                for entry in entries
            ]
            yield TextTable(list_title(rule, group), columns, rows, wide=3)


def _not_ranked(policy: Policy, result: PeriodResult) -> Iterator[TextTable]:
    if result.not_ranked:
        rows: list[list[Value]] = [
            [number, row.subject.name, row.reason] for number, row in enumerate(result.not_ranked, 1)
        ]
        yield TextTable("", ["序号", policy.subject_name, "原因"], rows, wide=2)


def _problems(result: PeriodResult) -> TextTable:
    """The dearest clauses over all sites; the clauses of different standards stand apart."""
    by_standard: dict[str, list[SiteScore]] = {}
    for site in result.sites:
        by_standard.setdefault(site.site.kind, []).append(site)
    losses = [(loss, kind) for kind, sites in by_standard.items() for loss in clause_losses(sites)]
    losses.sort(key=lambda pair: (-pair[0].points, -pair[0].sites))
    rows: list[list[Value]] = [
        [number, kind_name(kind), loss.clause.text, loss.sites, publish(loss.points, 2)]
        for number, (loss, kind) in enumerate(losses[:_MAIN_PROBLEMS], 1)
    ]
    columns = ["序号", "点位类型", "检查内容", "扣分点位（个）", "扣分合计（分）"]
    return TextTable("主要问题", columns, rows, wide=2)


def _interviews(policy: Policy, result: PeriodResult) -> TextTable:
    rows: list[list[Value]] = [
        [
            due.rule.name,
            due.subject.name,
            interview_ground(due),
            due.rule.chair or None,
            "、".join(due.rule.attend) or None,
        ]
        for due in result.interviews
    ]
    return TextTable("约谈", ["约谈事项", policy.subject_name, "事由", "主持", "参加"], rows, wide=2)

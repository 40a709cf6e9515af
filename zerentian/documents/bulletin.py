"""The content of a month's bulletin (通报): plain text and tables, before any file format."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from zerentian.core.months import in_words
from zerentian.core.points import plain, publish, signed
from zerentian.documents.change import Change, change_since
from zerentian.documents.letter import Letter
from zerentian.evaluation.inputs import source_name
from zerentian.evaluation.policy import Policy
from zerentian.evaluation.reasons import clause_losses, entry_reasons, interview_ground
from zerentian.evaluation.results import ListEntry, PeriodResult, RankedSubject, Results
from zerentian.evaluation.standard import kind_name
from zerentian.evaluation.subjects import percentage

SUBJECT_NAMES = {"committee": "村居", "compound": "小区", "property_company": "物业企业", "town": "街镇"}
_MAIN_PROBLEMS = 8


@dataclass(frozen=True, slots=True)
class TextTable:
    """A titled table of texts. `wide` is the position of the column that takes the free width."""

    title: str
    columns: list[str]
    rows: list[list[str]]
    wide: int


@dataclass(frozen=True, slots=True)
class Bulletin:
    """Everything a bulletin says, in the order in which it says it."""

    letter: Letter
    title: str
    summary: list[str]
    rankings: list[TextTable]
    lists: list[TextTable]
    problems: TextTable
    interviews: TextTable
    not_ranked: TextTable
    method: list[str]

    def context(self) -> dict[str, Any]:
        """The variables of the templates."""
        return {**asdict(self), "letter": self.letter.model_dump()}


def make_bulletin(results: Results, result: PeriodResult, letter: Letter) -> Bulletin:
    """The bulletin of one period of a run."""
    policy = results.inputs.policy
    return Bulletin(
        letter=letter,
        title=letter.title or f"{in_words(result.period)}生活垃圾分类检查测评情况通报",
        summary=list(_summary(results, result)),
        rankings=[_ranking(policy, group, rows) for group, rows in _groups(result.ranked).items()],
        lists=list(_lists(policy, result)),
        problems=_problems(result),
        interviews=_interviews(result),
        not_ranked=TextTable(
            "不参加排名",
            ["对象", "原因"],
            [[row.subject.name, row.reason] for row in result.not_ranked],
            wide=1,
        ),
        method=list(_method(results, letter)),
    )


def subject_noun(policy: Policy) -> str:
    """What the policy ranks, in Chinese."""
    return SUBJECT_NAMES.get(policy.subject, "对象")


def _groups(ranked: Sequence[RankedSubject]) -> dict[str, list[RankedSubject]]:
    groups: dict[str, list[RankedSubject]] = {}
    for row in ranked:
        groups.setdefault(row.group, []).append(row)
    return groups


def _summary(results: Results, result: PeriodResult) -> Iterator[str]:
    inputs = results.inputs
    noun = subject_noun(inputs.policy)
    scored = [site for site in result.sites if site.score is not None]
    passed = sum(site.passed for site in scored)
    vetoed = sum(bool(site.vetoes) for site in result.sites)
    kinds = Counter(kind_name(score.site.kind) for score in result.sites)
    kind_words = "、".join(f"{name}{count}个" for name, count in kinds.items())
    subjects = len(result.ranked) + len(result.not_ranked)
    text = (
        f"{in_words(result.period)}，{source_name(inputs.source)}对{subjects}个{noun}的{len(result.sites)}个点位"
        f"开展了生活垃圾分类检查测评，其中{kind_words}。点位达标{passed}个，"
        f"达标率{percentage(passed, len(scored), inputs.policy.decimals) or 0}%"
    )
    yield text + (f"；{vetoed}个点位出现一票否决情形。" if vetoed else "；没有出现一票否决情形。")
    if result.ranked:
        yield _ranked_words(inputs.policy, result.ranked)
    change = change_since(results, result)
    if change:
        yield _change_words(change, noun)
    if result.unseen:
        yield f"另有{len(result.unseen)}个点位本月未检查，不计分，也不按0分计。"
    if result.not_ranked:
        yield f"{len(result.not_ranked)}个{noun}不参加本月排名，原因见附表。"


def _ranked_words(policy: Policy, ranked: Sequence[RankedSubject]) -> str:
    noun = subject_noun(policy)
    scores = [row.score for row in ranked]
    best = [row.subject.name for row in ranked if row.score == max(scores)]
    worst = [row.subject.name for row in ranked if row.score == min(scores)]
    words = (
        f"参加排名的{len(ranked)}个{noun}平均得分{_mean(scores, policy.decimals)}分，"
        f"最高{max(scores)}分（{'、'.join(best)}），最低{min(scores)}分（{'、'.join(worst)}）"
    )
    if policy.pass_mark is not None:
        words += f"，达到{plain(policy.pass_mark)}分的{sum(bool(row.passed) for row in ranked)}个"
    if policy.bands:
        bands = Counter(row.band for row in ranked)
        words += "。其中" + "、".join(f"{band.name}{bands[band.name]}个" for band in policy.bands)
    return words + "。"


def _mean(scores: Sequence[Decimal], decimals: int) -> Decimal:
    return publish(Fraction(sum(scores)) / len(scores), decimals)


def _change_words(change: Change, noun: str) -> str:
    words = [f"与{in_words(change.month)}相比，平均得分{_moved(change.mean_difference)}"]
    if change.passed_before == change.passed_now:
        words.append(f"达标{noun}仍为{change.passed_now}个")
    else:
        words.append(f"达标{noun}由{change.passed_before}个变为{change.passed_now}个")
    if change.last_count and change.entered:
        words.append(f"新进入最后{change.last_count}位的有{'、'.join(change.entered)}")
    if change.last_count and change.left:
        words.append(f"退出最后{change.last_count}位的有{'、'.join(change.left)}")
    return "；".join(words) + "。"


def _moved(difference: Decimal) -> str:
    if difference == 0:
        return "持平"
    return f"{'上升' if difference > 0 else '下降'}{abs(difference)}分"


def _ranking(policy: Policy, group: str, rows: Sequence[RankedSubject]) -> TextTable:
    columns = [
        "名次",
        subject_noun(policy),
        "得分",
        *(part.label for part in policy.parts),
        "达标/点位",
        "达标率",
    ]
    columns += ["档次"] if policy.bands else []
    columns += ["名次加减分"] if policy.rank_bonus else []
    return TextTable(
        f"{group}排名" if group else "排名", columns, [_ranking_row(policy, row) for row in rows], 1
    )


def _ranking_row(policy: Policy, row: RankedSubject) -> list[str]:
    total = row.total
    cells = [str(row.rank), row.subject.name, str(row.score)]
    cells += ["—" if part.score is None else str(part.score) for part in total.parts]
    cells += [f"{total.passed_sites}/{total.scored}"]
    cells += ["—" if total.pass_rate is None else f"{total.pass_rate}%"]
    cells += [row.band] if policy.bands else []
    cells += [signed(row.rank_bonus or 0)] if policy.rank_bonus else []
    return cells


def _lists(policy: Policy, result: PeriodResult) -> Iterator[TextTable]:
    for rule in policy.lists:
        groups: dict[str, list[ListEntry]] = {}
        for entry in result.entries:
            if entry.rule is rule:
                groups.setdefault(entry.row.group, []).append(entry)
        for group, entries in groups.items():
            cells = [
                [str(entry.position), entry.row.subject.name, str(entry.row.score), entry_reasons(entry)]
                for entry in entries
            ]
            title = f"{rule.name}（{group}）" if group else rule.name
            yield TextTable(title, ["序号", subject_noun(policy), "得分", "主要情况"], cells, wide=3)


def _problems(result: PeriodResult) -> TextTable:
    losses = clause_losses(result.sites)[:_MAIN_PROBLEMS]
    rows = [
        [str(number), loss.clause.text, str(loss.sites), plain(loss.points, 2)]
        for number, loss in enumerate(losses, 1)
    ]
    return TextTable("主要问题", ["序号", "检查内容", "扣分点位", "扣分合计"], rows, wide=1)


def _interviews(result: PeriodResult) -> TextTable:
    rows = [
        [due.rule.name, due.subject.name, interview_ground(due), due.rule.chair, "、".join(due.rule.attend)]
        for due in result.interviews
    ]
    return TextTable("约谈", ["约谈", "对象", "事由", "召集", "参加"], rows, wide=2)


def _method(results: Results, letter: Letter) -> Iterator[str]:
    inputs = results.inputs
    policy = inputs.policy
    based = f"（{policy.source}）" if policy.source else ""
    yield f"考评办法：{policy.label}{based}。总分由{policy.parts_in_words}组成。"
    yield (
        "评分标准："
        + "；".join(
            f"{standard.label}，满分{plain(standard.full_marks)}分，达标线{plain(standard.pass_line)}分"
            for standard in inputs.standards
        )
        + "。"
    )
    yield (
        f"公布的数字四舍五入到{policy.decimals}位小数，名次按公布的总分确定，得分相同的名次相同。"
        "每一处扣分均可查到点位、评分项和检查情况。"
    )
    way = letter.objection or "可书面提出，并附理由和照片"
    contact = f"联系方式：{letter.contact}。" if letter.contact else ""
    yield f"对得分有异议的，{way}。{contact}"

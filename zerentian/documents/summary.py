"""The bulletin's sentences: what a month showed, and how its figures came about."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from zerentian.core.months import in_words
from zerentian.core.points import plain
from zerentian.documents.change import Change, change_since, mean
from zerentian.documents.content import names_in_words
from zerentian.documents.letter import Letter
from zerentian.evaluation.inputs import Inputs, source_name
from zerentian.evaluation.policy import ListRule, Policy
from zerentian.evaluation.results import PeriodResult, RankedSubject, Results
from zerentian.evaluation.standard import Standard, kind_name
from zerentian.evaluation.subjects import percentage

_FEW = 3


def by_group(ranked: Iterable[RankedSubject]) -> dict[str, list[RankedSubject]]:
    """Ranked subjects by group, in the order of the results."""
    groups: dict[str, list[RankedSubject]] = {}
    for row in ranked:
        groups.setdefault(row.group, []).append(row)
    return groups


def summary(results: Results, result: PeriodResult) -> Iterator[str]:
    """The paragraphs of the general situation."""
    policy = results.inputs.policy
    noun = policy.subject_name
    yield _inspected(results.inputs, result)
    if result.ranked:
        yield _ranked(policy, result.ranked)
    change = change_since(results, result)
    if change:
        yield _changed(change, noun, len(result.ranked))
    if result.unseen:
        yield _unseen(results.inputs, result)
    if result.not_ranked:
        names = names_in_words([row.subject.name for row in result.not_ranked])
        yield f"未参加排名的{noun}{len(result.not_ranked)}个：{names}，原因见附件。"


def lists_in_words(policy: Policy, result: PeriodResult) -> Iterator[str]:
    """A paragraph for each list: who is on it."""
    for rule in policy.lists:
        for group in by_group(entry.row for entry in result.entries if entry.rule is rule):
            names = [e.row.subject.name for e in result.entries if e.rule is rule and e.row.group == group]
            yield f"{list_title(rule, group)}：{names_in_words(names)}。"


def list_title(rule: ListRule, group: str) -> str:
    """The list's name with the places it takes: 红榜（前5位）, 黑榜（居委会最后5位）."""
    places = f"前{rule.top}位" if rule.top is not None else f"最后{rule.bottom}位"
    return f"{rule.name}（{group}{places}）"


def method(results: Results, letter: Letter) -> Iterator[str]:
    """The paragraphs that say how figures came about and what may be done about them."""
    policy, standards = results.inputs.policy, results.inputs.standards
    based = f"，依据：{policy.source}" if policy.source else ""
    total = f"总分由{policy.parts_in_words}组成，满分{plain(policy.full_total)}分"
    yield f"考评办法：{policy.label}{based}。{total}。"
    yield f"评分标准：{_standards(standards)}。出现一票否决情形的点位不达标。"
    yield (
        f"公布的数字四舍五入到{policy.decimals}位小数，名次按公布的总分确定。"
        "未检查的点位不计分，也不按0分计。每一处扣分均可查到点位、评分项和检查情况。"
    )
    way = letter.objection or "可以书面提出，并附理由和照片"
    yield f"对得分有异议的，{way}。联系人及电话：{letter.contact or '＿＿＿＿＿＿＿＿'}。"
    if letter.proof:
        yield letter.proof


def _standards(standards: Sequence[Standard]) -> str:
    """The standards used; figures that all share are said once."""
    lines = [
        (plain(standard.full_marks), plain(standard.pass_line), standard.label) for standard in standards
    ]
    if len({line[:2] for line in lines}) == 1:
        full, line, _ = lines[0]
        return f"{'、'.join(label for *_, label in lines)}；满分{full}分，达标线{line}分"
    return "；".join(f"{label}，满分{full}分，达标线{line}分" for full, line, label in lines)


def _inspected(inputs: Inputs, result: PeriodResult) -> str:
    scored = [site for site in result.sites if site.score is not None]
    passed = sum(site.passed for site in scored)
    vetoed = sum(bool(site.vetoes) for site in result.sites)
    subjects = len({site.site.subject for site in result.sites})
    text = (
        f"根据{source_name(inputs.source)}结果，{in_words(result.period)}共检查{subjects}个"
        f"{inputs.policy.subject_name}的{len(result.sites)}个点位，"
        f"其中{_kinds(inputs, (site.site.kind for site in result.sites))}。"
    )
    if len(scored) < len(result.sites):
        text += f"{len(result.sites) - len(scored)}个点位的评分项均不适用，不计分。"
    if scored:
        rate = percentage(passed, len(scored), inputs.policy.decimals)
        text += f"得分点位{len(scored)}个，达标{passed}个，点位达标率{rate}%。"
    return text + (f"{vetoed}个点位出现一票否决情形。" if vetoed else "没有点位出现一票否决情形。")


def _kinds(inputs: Inputs, kinds: Iterable[str]) -> str:
    counts = Counter(kinds)
    order = [standard.site_kind for standard in inputs.standards]
    order += [kind for kind in counts if kind not in order]
    return "、".join(f"{kind_name(kind)}{counts[kind]}个" for kind in order if counts[kind])


def _ranked(policy: Policy, ranked: Sequence[RankedSubject]) -> str:
    noun = policy.subject_name
    groups = by_group(ranked)
    words = f"参加排名的{noun}{len(ranked)}个，{_figures(policy, ranked)}。"
    if len(groups) > 1:
        words += "".join(
            f"{group}组{len(rows)}个，{_figures(policy, rows)}。" for group, rows in groups.items()
        )
    if policy.bands:
        counts = Counter(row.band for row in ranked)
        words += "按档次分，" + "、".join(f"{band.name}{counts[band.name]}个" for band in policy.bands) + "。"
    return words


def _figures(policy: Policy, ranked: Sequence[RankedSubject]) -> str:
    scores = [row.score for row in ranked]
    best = [row.subject.name for row in ranked if row.score == max(scores)]
    worst = [row.subject.name for row in ranked if row.score == min(scores)]
    words = (
        f"平均得分{mean(scores, policy.decimals)}分，最高{max(scores)}分（{names_in_words(best, _FEW)}），"
        f"最低{min(scores)}分（{names_in_words(worst, _FEW)}）"
    )
    if policy.pass_mark is not None:
        passed = sum(row.passed is True for row in ranked)
        rate = percentage(passed, len(ranked), policy.decimals)
        words += f"，达标（{plain(policy.pass_mark)}分及以上）{passed}个，占{rate}%"
    return words


def _changed(change: Change, noun: str, ranked: int) -> str:
    over = "" if change.subjects == ranked else f"，按两月均有得分的{change.subjects}个{noun}计算"
    words = [f"与{in_words(change.month)}相比{over}，平均得分{_moved(change)}"]
    if change.passed_before is not None:
        if change.passed_before == change.passed_now:
            words.append(f"达标{noun}仍为{change.passed_now}个")
        else:
            words.append(f"达标{noun}由{change.passed_before}个变为{change.passed_now}个")
    if change.failed_again:
        words.append(f"连续两个月不达标的有{names_in_words(change.failed_again)}")
    if change.entered:
        words.append(f"新进入最后{change.last_count}位的有{names_in_words(change.entered)}")
    if change.left:
        words.append(f"退出最后{change.last_count}位的有{names_in_words(change.left)}")
    return "；".join(words) + "。"


def _moved(change: Change) -> str:
    difference = change.mean_now - change.mean_before
    if difference == 0:
        return f"持平，均为{change.mean_now}分"
    way = "上升" if difference > 0 else "下降"
    return f"由{change.mean_before}分变为{change.mean_now}分，{way}{abs(difference)}分"


def _unseen(inputs: Inputs, result: PeriodResult) -> str:
    owners = dict.fromkeys(site.subject for site in result.unseen)
    names = names_in_words([inputs.subjects[owner].name for owner in owners])
    kinds = _kinds(inputs, (site.kind for site in result.unseen))
    return f"另有{len(result.unseen)}个点位本月未检查（{kinds}），不计分，也不按0分计，涉及{names}。"

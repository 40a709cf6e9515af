"""Standards and policies in Chinese words, as pages and differences say them. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from zerentian.core.points import plain, signed
from zerentian.evaluation.inputs import source_name
from zerentian.evaluation.policy import (
    CountPart,
    FigurePart,
    InterviewRule,
    ListRule,
    MeanPart,
    Part,
    PassRatePart,
    Policy,
    WorstPart,
)
from zerentian.evaluation.standard import Section, Standard, kind_name

NOT_APPLICABLE_WORDS = {"rescale": "不计入，其余各项按比例折算为满分", "full": "按满分计"}
_MISSING_PARTS = {"rescale": "不计入，其余部分按比例折算", "zero": "按 0 分计", "full": "按满分计"}
_VISITS = {"mean": "各次平均", "latest": "最近一次", "worst": "得分最低的一次"}
_TIES = {"competition": "并列占用名次（1、1、3）", "dense": "并列不占用名次（1、1、2）"}
_CUTS = {"include": "末位并列的一并列入", "exclude": "末位并列的都不列入"}
_GAPS = {"ignore": "没有结果的月份不算也不打断", "breaks": "没有结果的月份打断连续"}
_REPEATS = {"new_run": "触发后重新累计", "every_month": "此后每再不达标一月都触发"}
_TIE_BREAKERS = {
    "vetoes": "一票否决数",
    "pass_rate": "达标率",
    "sites": "点位数",
    "passed_sites": "达标点位数",
}
_COLUMNS = {"households": "户数"}


@dataclass(frozen=True, slots=True)
class Fact:
    """One line about a rule: what it is about, and what it says."""

    label: str
    words: str


@dataclass(frozen=True, slots=True)
class FactGroup:
    """Facts under a heading."""

    title: str
    facts: tuple[Fact, ...]


def standard_facts(standard: Standard) -> list[Fact]:
    """What a standard says outside of its clauses."""
    line = f"{plain(standard.pass_line)} 分（满分的 {plain(standard.pass_share * 100)}%）"
    return [
        Fact("名称", standard.title or standard.standard),
        Fact("依据", standard.source or "—"),
        Fact("适用点位", kind_name(standard.site_kind)),
        Fact("满分", f"{plain(standard.full_marks)} 分"),
        Fact("达标线", line),
        Fact("不适用的项目", NOT_APPLICABLE_WORDS[standard.not_applicable]),
        Fact("得分小数位数", str(standard.decimals)),
    ]


def section_limits(section: Section) -> str:
    """What holds for a section as a whole, in one line; empty where nothing does."""
    said = []
    if section.gate:
        gate = next(clause for clause in section.clauses if clause.id == section.gate.clause)
        said.append(f"“{gate.text}”得 0 分的，本类别不得分")
    if section.bonus_cap is not None:
        said.append(f"加分最多 {plain(section.bonus_cap)} 分")
    if section.penalty_cap is not None:
        said.append(f"另扣最多 {plain(section.penalty_cap)} 分")
    return "；".join(said)


def policy_words(policy: Policy) -> list[FactGroup]:
    """A policy as groups of lines: what is ranked, parts, ranks, lists and interviews."""
    groups = [
        FactGroup("总则", tuple(_general(policy))),
        FactGroup("考评内容", tuple(Fact(part.label, _part(part)) for part in policy.parts)),
        FactGroup("名次", tuple(_ranks(policy))),
        FactGroup("名单", tuple(Fact(rule.name, _list(rule)) for rule in policy.lists)),
        FactGroup("约谈", tuple(Fact(rule.name, _interview(rule, policy)) for rule in policy.interviews)),
    ]
    return [group for group in groups if group.facts]


def _general(policy: Policy) -> list[Fact]:
    facts = [
        Fact("名称", policy.title or policy.policy),
        Fact("依据", policy.source or "—"),
        Fact("考评对象", policy.subject_name),
        Fact("总分", f"{plain(policy.full_total)} 分，保留 {policy.decimals} 位小数"),
        Fact("一月多次检查", f"取{_VISITS[policy.visits]}"),
        Fact("某部分没有结果", _MISSING_PARTS[policy.missing_part]),
    ]
    if policy.pass_mark is not None:
        facts.append(Fact("达标线", f"{plain(policy.pass_mark)} 分"))
    if policy.min_sites > 1:
        facts.append(Fact("参加排名", f"至少检查 {policy.min_sites} 个点位"))
    return facts


def _kinds(kinds: Sequence[str]) -> str:
    return "、".join(kind_name(kind) for kind in kinds)


def _part(part: Part) -> str:
    if isinstance(part, CountPart):
        limit = f"，加扣分以 {plain(part.cap)} 分为限" if part.cap is not None else ""
        return f"每件 {signed(part.each)} 分{limit}"
    points = f"{plain(part.points)} 分"
    if isinstance(part, FigurePart):
        return f"{points}：按外部数值占 {plain(part.scale)} 的比例得分"
    kinds = _kinds(part.kinds)
    if isinstance(part, MeanPart):
        weight = f"（按{_column(part.weight)}加权）" if part.weight else ""
        return f"{points}：{kinds}各点位得分率的平均{weight}"
    if isinstance(part, WorstPart):
        return f"{points}：{kinds}中最差点位的得分率"
    return f"{points}：{kinds}的达标率，{_rate(part)}"


def _rate(part: PassRatePart) -> str:
    if part.target is None or part.each is None:
        return "按比例得分"
    return f"目标 {plain(part.target)}%，每低 1 个百分点扣 {plain(part.each)} 分"


def _column(name: str) -> str:
    return _COLUMNS.get(name, f"“{name}”列")


def _ranks(policy: Policy) -> list[Fact]:
    facts = [Fact("并列", _TIES[policy.ties])]
    if policy.groups:
        facts.append(Fact("分组", f"按{_column(policy.groups)}分组排名"))
    if policy.tie_break:
        names = {part.id: part.label for part in policy.parts} | _TIE_BREAKERS
        order = [
            f"{names[column.removeprefix('-')]}（{'少' if column.startswith('-') else '多'}者为先）"
            for column in policy.tie_break
        ]
        facts.append(Fact("总分相同时依次比较", "、".join(order)))
    facts += [Fact(f"等次“{band.name}”", f"{plain(band.min)} 分及以上") for band in policy.bands]
    if policy.rank_bonus:
        said = [f"第 {rank} 名 {signed(points)} 分" for rank, points in sorted(policy.rank_bonus.items())]
        facts.append(Fact("名次加减分", "、".join(said)))
    return facts


def _list(rule: ListRule) -> str:
    cut = f"前 {rule.top} 名" if rule.top else f"后 {rule.bottom} 名"
    order = "由差到好排列" if rule.worst_first else "由好到差排列"
    return f"{cut}，{order}，{_CUTS[rule.ties_at_cut]}"


def _interview(rule: InterviewRule, policy: Policy) -> str:
    when, source = rule.when, source_name(rule.source)
    if when.consecutive_fails is not None:
        gap, repeat = when.gap or policy.gap, when.repeat or policy.repeat
        ground = f"{source}连续 {when.consecutive_fails} 个月不达标（{_GAPS[gap]}；{_REPEATS[repeat]}）"
    else:
        ground = f"{source}排名后 {when.bottom} 名（{_CUTS[when.ties_at_cut]}）"
    if when.only_failed:
        ground += "且本月不达标"
    who = f"，由{rule.chair}约谈" if rule.chair else "，约谈"
    attend = f"，{'、'.join(rule.attend)}参加" if rule.attend else ""
    return f"{ground}{who}{attend}"

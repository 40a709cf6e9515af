"""From the words of a scoring rule (每处扣0.5分，扣完为止) to a proposed clause rule.

The table of docs/evaluation.md, “Importing a score sheet”. What the words don't settle becomes the likeliest
rule, and the proposal says in Chinese why it is unsure. Pure: words and figures in, a proposal out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from zerentian.core.points import plain
from zerentian.evaluation.sheets.rule_facts import Deduction, Facts, percent_starts, read_facts
from zerentian.evaluation.sheets.rule_kinds import named_kinds
from zerentian.evaluation.sheets.rule_levels import Pair
from zerentian.evaluation.sheets.rule_wording import normalised, tidy

Setting = Decimal | list[str] | dict[str, Decimal]
OUTSIDE_TOTAL = frozenset({"veto", "bonus", "penalty"})
_LONGEST_WORDS = 1000
_MET = "符合要求"
_ABSENT = re.compile(r"^(?:未|无|没|不|缺|尚未|低于|达不到)")
_PENALTY_SECTION = re.compile(r"减分|扣分项|加扣分|奖惩|奖扣|扣分类")


@dataclass(frozen=True, slots=True)
class Proposal:
    """A rule with its settings; `unsure` says what the words left open, empty when they settle it.

    `stated_points` is what the words themselves give the clause (达到要求得3分), `likely_points` a guess from
    its deductions; `section_cap` is the limit of the sum of a bonus or penalty.
    """

    rule: str
    settings: dict[str, Setting] = field(default_factory=dict)
    unsure: str = ""
    stated_points: Decimal | None = None
    likely_points: Decimal | None = None
    section_cap: Decimal | None = None


@dataclass(frozen=True, slots=True)
class _Case:
    facts: Facts
    words: str
    points: Decimal | None
    content: str
    section: str

    @property
    def full(self) -> Decimal:
        """The clause's points, or the most that the words speak of."""
        return self.points or _stated(self.facts) or _likely(self.facts) or Decimal(1)

    @property
    def states_losses(self) -> bool:
        facts = self.facts
        return bool(facts.percent or facts.deductions or facts.ratios or len(facts.pairs) > 1)


def propose(words: str, points: Decimal | None, content: str = "", section: str = "") -> Proposal:
    """The rule that `words` mean for a clause of `points` (None: the sheet gives it none)."""
    if len(words) > _LONGEST_WORDS:
        return Proposal("all_or_nothing", {}, "评分细则太长，没有解读")
    case = _Case(read_facts(words), words, points or None, content[:_LONGEST_WORDS], section)
    for decide in _DECISIONS:
        proposal = decide(case)
        if proposal is not None:
            return proposal
    return _vague(case)


def _veto(case: _Case) -> Proposal | None:
    facts, in_section = case.facts, "否决" in case.section and case.points is None
    zero = [pair for pair in facts.pairs if _mark(pair, case.full) == 0]
    inside = case.states_losses or any(pair.name for pair in zero)
    if not (facts.vetoes or in_section) or (case.points and inside):
        return None
    cap = facts.veto_cap
    if zero and cap is None and case.points is None:
        cap = Decimal(0)
    reasons = _others(case, [*facts.vetoes, *(pair.phrase for pair in zero)])
    if case.points:
        reasons.insert(0, f"一票否决项不计分值，表上所列{plain(case.points)}分未计入满分")
    return Proposal("veto", {"cap": cap} if cap is not None else {}, _joined(reasons))


def _bonus(case: _Case) -> Proposal | None:
    facts = case.facts
    in_section = "加分" in case.section and not _PENALTY_SECTION.search(case.section)
    if (not facts.gains and not in_section) or (facts.gains and case.points and case.states_losses):
        return None
    reasons = _others(case, [gain.phrase for gain in facts.gains])
    figures = [gain.low for gain in facts.gains if gain.low]
    if not figures and in_section:
        reasons = []
        figures = [each.low for each in facts.deductions if each.low]
        figures += [pair.value for pair in facts.pairs if pair.value]
        figures += [facts.earned_points] if facts.earned_points else []
    if not figures:
        reasons.append("没有写明每次加几分")
    elif len(set(figures)) > 1:
        reasons.append(f"几种加分不同（{'、'.join(plain(f) for f in figures)}分），暂取第一种")
    highest = next((gain.high for gain in facts.gains if gain.high), None)
    if highest:
        reasons.append(f"加分是一个幅度（至{plain(highest)}分），暂取下限")
    each = figures[0] if figures else case.points or Decimal(1)
    cap = facts.gain_cap or facts.cap or case.points
    return Proposal("bonus", {"each": each}, _joined(reasons), section_cap=cap)


def _penalty(case: _Case) -> Proposal | None:
    facts = case.facts
    inside = case.states_losses or any(not pair.lost for pair in facts.pairs)
    by_section = bool(_PENALTY_SECTION.search(case.section)) and facts.deductions and not facts.penalties
    if not by_section and (not facts.penalties or inside):
        return None
    losses = facts.deductions if by_section else facts.penalties
    reasons = _others(case, [loss.phrase for loss in losses]) + _loss_reasons(losses)
    if by_section and case.points:
        reasons.append(f"表上所列{plain(case.points)}分按另扣的上限处理，未计入满分")
    cap = facts.cap or case.points
    return Proposal("penalty", {"each": losses[0].low}, _joined(reasons), section_cap=cap)


def _percent(case: _Case) -> Proposal | None:
    found = case.facts.percent
    if found is None:
        return None
    reasons = _others(case, [found.phrase])
    starts = found.starts or percent_starts(case.content)
    if not starts:
        reasons.insert(0, "没有写明从百分之几起扣，暂按100%")
    start = starts[0] if starts else Decimal(100)
    reasons += _cap_reason(case)
    if found.step != 1:
        settings: dict[str, Setting] = {"start": start, "step": found.step, "each": found.each}
        return Proposal("steps", settings, _joined(reasons))
    target: Setting = start
    if len(found.by_month) > 1:
        target = dict(found.by_month)
    elif len(found.starts) > 1 and not case.facts.pairs:
        listed = "、".join(f"{plain(value)}%" for value in found.starts)
        reasons.append(f"写有几个百分数（{listed}），目标暂取{plain(start)}%")
    return Proposal("shortfall", {"each": found.each, "target": target}, _joined(reasons))


def _levels(case: _Case) -> Proposal | None:
    facts, full = case.facts, case.full
    pairs = list({pair.name: pair for pair in facts.pairs if pair.name}.values())
    counted = any(loss.per for loss in facts.deductions)
    marks = {pair.name: _mark(pair, full) for pair in pairs}
    if len(pairs) < (3 if counted else 2) or (len(pairs) == 2 and _is_yes_or_no(pairs, full)):
        return None
    if all(pair.lost for pair in pairs) and len({pair.value for pair in pairs}) == 1:
        return None
    reasons = _others(case, [pair.phrase for pair in facts.pairs]) + _cap_reason(case)
    if any(pair.lost for pair in pairs) and full not in marks.values():
        marks = {_MET: full, **marks}
        reasons.append("几种扣分情形按只取其一处理，若可以同时发生请改规则")
    if any(pair.ranged for pair in pairs):
        reasons.append("得分是一个幅度，暂取上限")
    highest = max(marks.values())
    if highest != full:
        reasons.append(f"最高一档{plain(highest)}分，与分值{plain(full)}分不一致")
    settings: dict[str, Setting] = {
        "levels": {name: min(max(mark, Decimal(0)), full) for name, mark in marks.items()}
    }
    return Proposal("levels", settings, _joined(reasons), stated_points=_stated(facts), likely_points=full)


def _ratio(case: _Case) -> Proposal | None:
    if not case.facts.ratios:
        return None
    return Proposal("ratio", {}, _joined(_others(case, case.facts.ratios) + _cap_reason(case)))


def _counted(case: _Case) -> Proposal | None:
    facts = case.facts
    counted = [loss for loss in facts.deductions if loss.per]
    if not counted:
        return None
    same = [loss.phrase for loss in counted if loss.low == counted[0].low]
    reasons = _others(case, same) + _loss_reasons(counted[:1])
    each = counted[0].low
    likely = facts.cap or each
    kinds, doubt = _kinds(counted[0], case)
    if kinds:
        reasons += ([doubt] if doubt else []) + _cap_reason(case)
        settings: dict[str, Setting] = {"each": each, "kinds": kinds}
        return Proposal("missing_kinds", settings, _joined(reasons), _stated(facts), likely)
    return Proposal(
        "per_occurrence", _each_and_cap(each, facts.cap), _joined(reasons), _stated(facts), likely
    )


def _kinds(loss: Deduction, case: _Case) -> tuple[list[str], str]:
    """The kinds that may be missing; 缺1个 names kinds only when the rule itself lists them."""
    if not loss.missing:
        return [], ""
    return named_kinds(case.words, case.content if re.search(r"[项种类样]", loss.phrase) else "")


def _single_loss(case: _Case) -> Proposal | None:
    """未设置扣2分: all of its points, or a part of them."""
    facts, full = case.facts, case.full
    if not facts.deductions:
        return None
    loss = facts.deductions[0]
    same = [other.phrase for other in facts.deductions if other.low == loss.low]
    reasons = _others(case, same)
    subject = loss.context.strip(",、:的") or normalised(case.content)
    if loss.high is None and loss.low >= full and len(facts.deductions) == 1:
        if loss.low > full:
            reasons.append(f"扣分{plain(loss.low)}分大于分值{plain(full)}分")
        return Proposal("all_or_nothing", {}, _joined(reasons), likely_points=loss.low)
    if loss.high is None and len(facts.deductions) == 1 and _ABSENT.match(subject):
        reasons.append(f"只扣{plain(loss.low)}分，少于分值{plain(full)}分，暂按两档处理")
        name = tidy(loss.context).rstrip("的") or "不" + _MET
        levels = {_MET: full, name: max(full - loss.low, Decimal(0))}
        return Proposal("levels", {"levels": levels}, _joined(reasons), likely_points=full)
    reasons += _loss_reasons([loss])
    if loss.high is None:
        reasons.append("没有写明是否按处数计算，暂按每处扣分")
    return Proposal(
        "per_occurrence", _each_and_cap(loss.low, facts.cap or loss.high), _joined(reasons), None, loss.low
    )


def _whole(case: _Case) -> Proposal | None:
    """未落实不得分; 达到要求得3分，否则不得分; 是得分、否不得分."""
    facts = case.facts
    stated = _stated(facts)
    if not (facts.pairs or facts.section_zero):
        return None
    reasons = _others(case, [pair.phrase for pair in facts.pairs]) + _cap_reason(case)
    if facts.discretion:
        reasons.append(f"“{facts.discretion}”没有写明扣几分")
    if stated and case.points and stated != case.points:
        reasons.append(f"原文写得{plain(stated)}分，与分值{plain(case.points)}分不一致")
    if any(pair.ranged for pair in facts.pairs):
        reasons.append("得分是一个幅度")
    return Proposal("all_or_nothing", {}, _joined(reasons), stated)


def _vague(case: _Case) -> Proposal:
    facts, full = case.facts, case.full
    some = min(Decimal(1), full)
    if facts.earned:
        each = facts.earned_points or some
        reason = f"“{facts.earned}”是按数得分，暂改为按缺少的数扣分"
        return Proposal("per_occurrence", {"each": each}, reason, likely_points=facts.cap)
    if facts.discretion or facts.stops or facts.cap:
        what = f"“{facts.discretion}”没有写明扣几分" if facts.discretion else "没有写明每处扣几分"
        reason = f"{what}，暂按每处扣{plain(some)}分"
        return Proposal("per_occurrence", _each_and_cap(some, facts.cap), reason, likely_points=facts.cap)
    if not case.words.strip():
        return Proposal("all_or_nothing", {}, "没有写评分细则")
    reasons = _others(case, []) or ["评分细则读不出怎样扣分"]
    return Proposal("all_or_nothing", {}, _joined(reasons))


_DECISIONS: tuple[Callable[[_Case], Proposal | None], ...] = (
    _veto,
    _bonus,
    _penalty,
    _percent,
    _levels,
    _ratio,
    _counted,
    _single_loss,
    _whole,
)


def _stated(facts: Facts) -> Decimal | None:
    """得N分: the points that the best level has."""
    return max((pair.value for pair in facts.pairs if not pair.lost and pair.value), default=None)


def _likely(facts: Facts) -> Decimal | None:
    losses = [loss.high or loss.low for loss in facts.deductions]
    return facts.cap or max(losses, default=None)


def _mark(pair: Pair, full: Decimal) -> Decimal:
    if pair.full or pair.half:
        return full / 2 if pair.half else full
    return full - pair.value if pair.lost else pair.value


def _is_yes_or_no(pairs: list[Pair], full: Decimal) -> bool:
    """One level with points and one with none."""
    marks = sorted(_mark(pair, full) for pair in pairs)
    return marks[0] == 0 < marks[1] and (marks[1] == full or not any(p.lost or p.half for p in pairs))


def _each_and_cap(each: Decimal, cap: Decimal | None) -> dict[str, Setting]:
    return {"each": each} if cap is None else {"each": each, "cap": cap}


def _cap_reason(case: _Case) -> list[str]:
    """A limit that the rule can't hold, unless it is the clause's points anyway."""
    cap = case.facts.cap
    return [f"最多扣{plain(cap)}分的限制未能表示"] if cap is not None and cap < case.full else []


def _loss_reasons(losses: list[Deduction]) -> list[str]:
    reasons = []
    if losses[0].high:
        reasons.append(f"扣{plain(losses[0].low)}至{plain(losses[0].high)}分是一个幅度，暂取下限")
    if any(loss.many for loss in losses):
        reasons.append("按每几处计算，暂按每处")
    if len({loss.low for loss in losses}) > 1:
        reasons.append("几种扣分不同，暂取第一种")
    return reasons


def _others(case: _Case, used: Iterable[str]) -> list[str]:
    """What else the cell says and the chosen rule does not: named so that nobody overlooks it."""
    facts, known = case.facts, [tidy(phrase) for phrase in used]
    phrases = [*facts.vetoes, *(gain.phrase for gain in facts.gains), facts.section_zero]
    phrases += [loss.phrase for loss in facts.penalties] + [loss.phrase for loss in facts.deductions]
    phrases += [facts.percent.phrase] if facts.percent else []
    phrases += facts.ratios
    phrases += [pair.phrase for pair in facts.pairs if not _says_nothing_new(pair, case)]
    left: list[str] = []
    for phrase in dict.fromkeys(tidy(phrase) for phrase in phrases):
        if phrase and not any(phrase in other or other in phrase for other in [*known, *left]):
            left.append(phrase)
    reasons = ["另写有" + "、".join(f"“{phrase}”" for phrase in left) + "，未能一并表示"] if left else []
    return reasons + ([f"“{facts.doubled}”的情形未能表示"] if facts.doubled else [])


def _says_nothing_new(pair: Pair, case: _Case) -> bool:
    return _mark(pair, case.full) == case.full


def _joined(reasons: list[str]) -> str:
    return "；".join(dict.fromkeys(reasons))

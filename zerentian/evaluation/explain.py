"""The whole way of one figure in readable Chinese: what a village secretary is handed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from zerentian.core.months import in_words
from zerentian.core.points import Exact, plain, points_of, signed
from zerentian.core.problems import problem
from zerentian.evaluation.inputs import source_name
from zerentian.evaluation.policy import CountPart, FigurePart, MeanPart, PassRatePart, WorstPart
from zerentian.evaluation.reasons import interview_reason
from zerentian.evaluation.results import PeriodResult, RankedSubject, Results
from zerentian.evaluation.scoring import SiteScore, Visit, visit_exact, visit_extra, visit_losses
from zerentian.evaluation.standard import kind_name
from zerentian.evaluation.subjects import PartScore

_NUMERALS = "一二三四五六七"
_UNSEEN = "未检查：本月没有检查结果，不计分，也不按 0 分计。"
_VISIT_RULES = {"mean": "各次检查的平均", "latest": "最近一次检查", "worst": "最差一次检查"}


def explain_site(results: Results, site_id: str, period: str) -> str:
    """How a site's score came about, clause by clause. Raises `ProblemsFound` for an unknown id or month."""
    result = _period(results, period)
    site = results.inputs.sites.by_id.get(site_id)
    if site is None:
        raise problem("explain.no_site", value=site_id)
    score = next((score for score in result.sites if score.site.id == site_id), None)
    if score is None:
        return f"{_title(site.name, site_id)}　{in_words(period)}\n{_UNSEEN}"
    return "\n".join(_site_lines(results, score, period))


def explain_subject(results: Results, subject_id: str, period: str) -> str:
    """How a subject's total, rank, lists and interviews came about, down to each lost point.

    Raises `ProblemsFound` for an unknown id or month.
    """
    result = _period(results, period)
    subject = results.inputs.subjects.get(subject_id)
    if subject is None:
        raise problem("explain.no_subject", value=subject_id)
    policy = results.inputs.policy
    row = next((row for row in result.ranked if row.subject.id == subject_id), None)
    sections: list[tuple[str, Iterable[str]]] = []
    if row is None:
        not_ranked = next(row for row in result.not_ranked if row.subject.id == subject_id)
        sites = not_ranked.sites
        sections.append(("结果", [f"  不排名：{not_ranked.reason}"]))
    else:
        sites = row.total.sites
        sections.append(("结果", _result_lines(results, row)))
        sections.append(("总分由哪些部分组成", _total_lines(results, row)))
        sections.append(("名次怎样得出", _rank_lines(results, result, row)))
        sections.append(("名单", _list_lines(result, row)))
    sections.append(("约谈", _interview_lines(result, subject_id)))
    lines = [
        f"{_title(subject.name, subject_id)}　{in_words(period)}",
        f"考评办法：{policy.label}；来源：{source_name(results.inputs.source)}",
    ]
    for number, (title, body) in zip(_NUMERALS, sections, strict=False):
        lines += ["", f"{number}、{title}", *body]
    lines += ["", f"{_NUMERALS[len(sections)]}、各点位得分的来历"]
    for score in sites:
        lines += ["", *_site_lines(results, score, period)]
    for site in result.unseen:
        if site.subject == subject_id:
            lines += ["", f"【{_title(site.name, site.id)}】{kind_name(site.kind)}", f"  {_UNSEEN}"]
    return "\n".join(lines)


def _period(results: Results, period: str) -> PeriodResult:
    for result in results.periods:
        if result.period == period:
            return result
    months = "、".join(result.period for result in results.periods)
    raise problem("explain.no_period", period=period, expected=months)


def _title(name: str, identifier: str) -> str:
    return f"{name}（{identifier}）" if name else identifier


def _site_lines(results: Results, score: SiteScore, period: str) -> Iterator[str]:
    standard = score.standard
    yield f"【{_title(score.site.name, score.site.id)}】{kind_name(score.site.kind)}　{in_words(period)}"
    marks = f"满分 {plain(standard.full_marks)} 分，达标线 {plain(standard.pass_line)} 分"
    yield f"  评分标准：{standard.label}，{marks}"
    for number, visit in enumerate(score.visits, 1):
        yield from _visit_lines(visit, number, len(score.visits))
    if score.score is None:
        yield "  结论：各评分项均不适用，不计分，也不按 0 分计。"
        return
    if len(score.visits) > 1:
        yield f"  本月检查 {len(score.visits)} 次，按办法取{_VISIT_RULES[results.inputs.policy.visits]}"
    vetoes = "、".join(f"“{clause.text}”" for clause in score.vetoes)
    if vetoes:
        verdict = f"不达标（一票否决：{vetoes}）"
    else:
        verdict = "达标" if score.passed else "不达标（低于达标线）"
    yield f"  公布得分：{score.score} 分（四舍五入到 {standard.decimals} 位小数），{verdict}"


def _visit_lines(visit: Visit, number: int, of: int) -> Iterator[str]:
    table, outcomes = visit.table, visit.complete()
    when = "　".join(word for word in (visit.date, visit.inspector) if word)
    yield f"  {'检查' if of == 1 else f'第 {number} 次检查'}{f'（{when}）' if when else ''}："
    losses = visit_losses(visit)
    own: list[Exact] = [outcome.lost for outcome in outcomes]
    for section, slots in table.sections:
        yield f"    {section.name}"
        for slot in slots:
            outcome = outcomes[slot]
            line = f"      {outcome.clause.text}：{outcome.words}"
            if not outcome.applicable:
                line += "，不参与计分"
            elif outcome.clause.scored:
                lost = f"扣 {plain(points_of(own[slot]))} 分" if own[slot] else "不扣分"
                line += f"，{lost}（满分 {plain(outcome.clause.marks)}）"
            elif outcome.extra:
                line += f"，{signed(points_of(outcome.extra))} 分"
            yield f"{line}　［{outcome.clause.words}］"
        for gate, gated in table.gates:
            if gated == slots and outcomes[gate].lost == table.marks[gate]:
                yield f"      “{outcomes[gate].clause.text}”得 0 分，按标准本类别整体得 0 分"
    if losses is None:
        return
    yield f"    {_sum_words(visit, sum(losses))}"


def _sum_words(visit: Visit, lost: Exact) -> str:
    """`100 − 扣 12.5 + 加 1 = 88.5`, with rescaling and vetoes said."""
    table, outcomes = visit.table, visit.complete()
    full = plain(table.standard.full_marks)
    words = f"{full} － {plain(points_of(lost))}"
    applicable = sum(table.marks[slot] for slot, outcome in enumerate(outcomes) if outcome.applicable)
    if applicable != table.full and table.standard.not_applicable == "rescale":
        words = f"适用项满分 {plain(points_of(applicable))} 分，折算为 {full} 分后：{words}"
    extra = visit_extra(visit)
    if extra:
        words += f" {'＋' if extra > 0 else '－'} {plain(abs(points_of(extra)))}（加减分）"
    exact = visit_exact(visit)
    assert exact is not None
    caps = [outcome.clause.words for outcome in outcomes if outcome.veto_met]
    if caps:
        words += f"，{'；'.join(caps)}"
    return f"本次得分：{words} ＝ {plain(points_of(exact))} 分"


def _result_lines(results: Results, row: RankedSubject) -> Iterator[str]:
    policy, total = results.inputs.policy, row.total
    inside = f"“{row.group}”组 " if row.group else ""
    band = f"，{row.band}" if row.band else ""
    yield f"  总分 {row.score} 分，{inside}{row.of} 个{policy.subject_name}中排第 {row.rank} 名{band}"
    if row.passed is not None and policy.pass_mark is not None:
        yield f"  {'达标' if row.passed else '不达标'}（达标线 {plain(policy.pass_mark)} 分）"
    if row.rank_bonus is not None:
        yield f"  名次加减分 {signed(row.rank_bonus)} 分（排名之后另计，不影响总分和名次）"
    rate = f"，达标率 {total.pass_rate}%" if total.pass_rate is not None else ""
    yield f"  有得分的点位 {total.scored} 个，达标 {total.passed_sites} 个{rate}"


def _total_lines(results: Results, row: RankedSubject) -> Iterator[str]:
    for part in row.total.parts:
        yield from _part_lines(part)
    yield f"  {_total_words(results, row)}"


def _list_lines(result: PeriodResult, row: RankedSubject) -> Iterator[str]:
    entries = [entry for entry in result.entries if entry.row is row]
    for entry in entries:
        cut = f"前 {entry.rule.top} 名" if entry.rule.top else f"后 {entry.rule.bottom} 名"
        yield f"  列入“{entry.rule.name}”（{cut}）第 {entry.position} 位"
    if not entries:
        yield "  未列入任何名单"


def _part_lines(score: PartScore) -> Iterator[str]:
    part = score.part
    if isinstance(part, CountPart):
        limit = f"，以 ±{plain(part.cap)} 分为限" if part.cap is not None else ""
        way = f"{plain(score.figure or 0)} 件 × {signed(part.each)} 分{limit}"
        yield f"  {part.label}：{way} ＝ {score.score} 分"
        return
    if score.missing:
        taken = "不计入，其余部分按比例折算" if score.score is None else f"按办法计 {score.score} 分"
        yield f"  {part.label}（{plain(part.points)}分）：本月没有，{taken}"
        return
    if isinstance(part, FigurePart):
        way = f"{plain(part.points)} × {plain(score.figure or 0)} ÷ {plain(part.scale)}"
        yield f"  {part.label}：{way} ＝ {score.score} 分"
        return
    if isinstance(part, PassRatePart):
        passed = sum(site.passed for site in score.sites)
        if part.target is None:
            way = f"{plain(part.points)} × {score.pass_rate}%"
        else:
            each = plain(part.each or 0)
            way = f"{plain(part.points)} 分，目标 {plain(part.target)}%，每低 1 个百分点扣 {each} 分"
        rate = f"达标 {passed}/{len(score.sites)} ＝ {score.pass_rate}%"
        yield f"  {part.label}：{rate}；{way} ＝ {score.score} 分"
        return
    yield f"  {part.label}：{_site_part_words(part)} ＝ {score.score} 分，计入 {len(score.sites)} 个点位："
    for site in score.sites:
        full = plain(site.standard.full_marks)
        yield f"    {_title(site.site.name, site.site.id)} {site.score}/{full}"


def _site_part_words(part: MeanPart | WorstPart) -> str:
    if isinstance(part, WorstPart):
        return f"{plain(part.points)} × 最差点位的得分率"
    weight = f"（按 {part.weight} 加权）" if part.weight else ""
    return f"{plain(part.points)} × 各点位得分率的平均{weight}"


def _total_words(results: Results, row: RankedSubject) -> str:
    policy = results.inputs.policy
    weighed = [part for part in row.total.parts if not isinstance(part.part, CountPart)]
    counts = [part for part in row.total.parts if isinstance(part.part, CountPart) and part.score]
    words = " ＋ ".join(str(part.score) for part in weighed if part.score is not None)
    if policy.missing_part == "rescale" and any(part.score is None for part in weighed):
        possible = sum(
            part.part.points
            for part in weighed
            if part.score is not None and not isinstance(part.part, CountPart)
        )
        words = f"（{words}）× {plain(policy.full_total)} ÷ {plain(possible)}"
    for part in counts:
        words += f" {'＋' if (part.score or 0) > 0 else '－'} {abs(part.score or 0)}"
    return f"总分：{words} ＝ {row.score} 分（四舍五入到 {policy.decimals} 位小数）"


def _rank_lines(results: Results, result: PeriodResult, row: RankedSubject) -> Iterator[str]:
    group = [other for other in result.ranked if other.group == row.group]
    equal = [other.subject.name for other in group if other.key == row.key and other is not row]
    above = [other for other in group if other.key > row.key]
    below = [other for other in group if other.key < row.key]
    noun = results.inputs.policy.subject_name
    yield f"  比较公布总分：比本{noun}高的 {len(above)} 个，低的 {len(below)} 个"
    if results.inputs.policy.tie_break:
        yield f"  总分相同时依次比较：{'、'.join(results.inputs.policy.tie_break)}"
    if equal:
        yield f"  与 {'、'.join(equal)} 并列，并列不分先后"
    if above:
        yield f"  与前一名相差 {min(other.score for other in above) - row.score} 分"
    if below:
        yield f"  与后一名相差 {row.score - max(other.score for other in below)} 分"
    count = max((entry.rule.bottom or 0 for entry in result.entries if entry.row is row), default=0)
    beyond = sorted(group, key=lambda other: other.key)[count : count + 1]
    if count and beyond:
        yield f"  倒数第 {count + 1} 名得 {beyond[0].score} 分，相差 {beyond[0].score - row.score} 分"


def _interview_lines(result: PeriodResult, subject_id: str) -> Iterator[str]:
    due = [interview for interview in result.interviews if interview.subject.id == subject_id]
    for interview in due:
        rule = interview.rule
        who = f"由{rule.chair}约谈" if rule.chair else "约谈"
        attend = f"{'、'.join(rule.attend)}参加" if rule.attend else ""
        yield f"  {rule.name}：{interview_reason(interview)}"
        yield f"    {'，'.join(word for word in (who, attend) if word)}"
    if not due:
        yield "  没有触发约谈"

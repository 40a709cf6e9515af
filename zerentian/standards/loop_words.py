"""Rules for rectification in Chinese words, as pages and differences say them. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from zerentian.core.points import plain
from zerentian.evaluation.inputs import source_name
from zerentian.evaluation.standard import kind_name
from zerentian.standards.loop import SEVERITY_WORDS, CalendarData, Loop, ProblemClass, Rung
from zerentian.standards.words import Fact, FactGroup

HANDLER_WORDS = {"property_company": "物业企业", "responsible": "管理责任人", "committee": "村居"}
READER_WORDS = {
    "handler": "处置单位", "committee": "村居负责人", "field_leader": "包干领导", "deputy_leader": "分管领导",
    "main_leader": "主要领导", "dispatcher": "镇城运中心",
}  # fmt: skip
FURTHER_SOURCES = {"public": "群众举报", "device": "设备事件"}
"""Sources of problems that give no scores, beside those of rounds."""


def problem_source_name(source: str) -> str:
    """The Chinese name of where a problem came from."""
    return FURTHER_SOURCES.get(source) or source_name(source)


def loop_words(loop: Loop) -> list[FactGroup]:
    """All that a town's rules for rectification say, in groups."""
    return [
        FactGroup("问题类别", tuple(Fact(one.name, _class(one)) for one in loop.classes)),
        FactGroup("流转", tuple(_flow(loop))),
        FactGroup("提醒和升级", tuple(Fact(_moment(one), _told(one)) for one in loop.ladder)),
        FactGroup("工作时间", tuple(_calendar(loop.calendar))),
    ]


def _class(one: ProblemClass) -> str:
    others = "".join(f"；{problem_source_name(key)} {limit}" for key, limit in sorted(one.by_source.items()))
    handlers = "、".join(HANDLER_WORDS[handler] for handler in one.handlers)
    clauses = f"；检查项 {'、'.join(sorted(one.clauses))}" if one.clauses else "；其余各项"
    words = f"；来文含 {'、'.join(sorted(one.words))}" if one.words else ""
    return f"{SEVERITY_WORDS[one.severity]}，时限 {one.limit}{others}；依次派给 {handlers}{clauses}{words}"


def _flow(loop: Loop) -> Iterable[Fact]:
    first = "、".join(problem_source_name(one) for one in sorted(loop.verified_first))
    yield Fact("依据", loop.source or "—")
    yield Fact("不立案的检查项", "、".join(sorted(loop.left_out)) or "没有")
    yield Fact("先现场核实的来源", first or "没有")
    yield Fact("派遣", "立案后自动派遣" if loop.dispatched_at_once else "由镇里逐件派遣")
    yield Fact("处置", "须有整改后照片" if loop.needs_photo else "照片不作要求")
    yield Fact("延期", f"最多 {loop.extension.most_times} 次，每次最多 {loop.extension.limit}")
    yield Fact("挂账", f"至多 {loop.suspension.review_within}内复核")
    yield Fact("督办", f"自督办起 {loop.supervision}")
    yield Fact("核查不通过", f"重新整改 {loop.rework}")
    raised = "并自动督办" if loop.repetition.supervise else ""
    yield Fact("重复问题", f"{loop.repetition.months} 个月内同一点位同一检查项再次发现的，标为重复{raised}")
    yield Fact("结案后盲查", f"{plain(loop.blind_share * 100)}%")
    kinds = "、".join(kind_name(one) for one in loop.self_checks.kinds)
    yield Fact("自查", f"{kinds}每 {loop.self_checks.every_days} 天一次" if kinds else "不作要求")


def _moment(one: Rung) -> str:
    return {
        "dispatched": "派遣时",
        "before": f"到期前 {one.limit}",
        "due": "到期时",
        "after": f"逾期 {one.limit}",
    }[one.when]


def _told(one: Rung) -> str:
    return "、".join(READER_WORDS[reader] for reader in one.tell) + ("（即时）" if one.urgent else "")


def _calendar(data: CalendarData) -> Iterable[Fact]:
    yield Fact("办公时间", "、".join(f"{begin:%H:%M}–{end:%H:%M}" for begin, end in data.hours))
    for label, days in (("本镇另外休息", data.days_off), ("本镇另外上班", data.days_on)):
        if days:
            yield Fact(label, "、".join(str(day) for day in sorted(days)))
    for year, plan in sorted(data.years.items()):
        yield Fact(f"{year} 年节假日", "、".join(str(day) for day in sorted(plan.holidays)) or "—")
        yield Fact(f"{year} 年调休上班", "、".join(str(day) for day in sorted(plan.make_up_days)) or "—")

"""Registers (台账): what a room holds as one long table, for Excel, Word and PDF alike."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.db.models import Count, Q

from zerentian.core import clock
from zerentian.core.months import bounds
from zerentian.core.points import shown
from zerentian.core.problems import problem
from zerentian.core.table_writing import Value, write_workbook_rows
from zerentian.core.worktime import TOWN_ZONE
from zerentian.documents.content import TextTable, printable, text_width
from zerentian.documents.pdf import render_pdf
from zerentian.documents.word import WordTemplate, find_template
from zerentian.evaluation.standard import kind_name
from zerentian.people.models import Account
from zerentian.places.models import Facility, Site, SiteKind
from zerentian.places.rules import opening_text
from zerentian.results.models import Closing, ListEntry, SiteResult, SubjectResult
from zerentian.rounds.models import Assignment, Inspection
from zerentian.tickets.guidance_models import GuidanceSite
from zerentian.tickets.guidance_queries import effects
from zerentian.tickets.models import Ticket
from zerentian.tickets.rules import LIVE
from zerentian.tickets.self_check_models import SelfCheck

PAPER_ROWS = 3000
"""More rows than that are for Excel only: nobody reads them on paper."""
_CHUNK = 2000
_VERDICTS = {None: "", True: "达标", False: "不达标"}


@dataclass(frozen=True, slots=True)
class Register:
    """A register's title, its columns and where its rows come from: an account's view of a month."""

    title: str
    columns: Sequence[str]
    rows: Callable[[Account, str], Iterator[Sequence[Value]]]
    by_month: bool = True


def _sites(account: Account, month: str) -> Iterator[Sequence[Value]]:
    rows = Site.objects.visible_to(account).select_related("region", "property_company").order_by("code")
    for one in rows.iterator(_CHUNK):
        company = one.property_company.name if one.property_company else ""
        yield (
            one.name, one.code, one.get_kind_display(), one.region.name, one.address, one.households,
            company, opening_text(one.opening), "在用" if one.is_active else "已停用",
        )  # fmt: skip


def _inspections(account: Account, month: str) -> Iterator[Sequence[Value]]:
    """The longest register: plain values instead of objects halve its time."""
    rows = Inspection.objects.visible_to(account).filter(month=month).exclude(state=Inspection.State.DRAFT)
    kinds, states = dict(SiteKind.choices), dict(Inspection.State.choices)
    fields = (
        "site__name",
        "site__region__name",
        "site__kind",
        "started",
        "score",
        "passed",
        "state",
        "remark",
    )
    told = rows.order_by("started").values_list(*fields)
    for name, region, kind, started, score, passed, state, remark in told.iterator(_CHUNK):
        yield (
            name, region, kinds[kind], clock.as_text(started), score, _VERDICTS[passed], states[state],
            remark,
        )  # fmt: skip


def _unreachable(account: Account, month: str) -> Iterator[Sequence[Value]]:
    rows = Assignment.objects.visible_to(account).filter(
        round__month=month, state=Assignment.State.UNREACHABLE
    )
    for one in rows.select_related("site__region", "signed_by").order_by("day").iterator(_CHUNK):
        signed = one.signed_by.name if one.signed_by else "未签认"
        yield one.site.name, one.site.region.name, str(one.day), one.reason, signed


def _deductions(account: Account, month: str) -> Iterator[Sequence[Value]]:
    rows = SiteResult.objects.visible_to(account).filter(
        closing__round__month=month, closing__state=Closing.State.CLOSED
    )
    for one in rows.order_by("subject", "name").iterator(_CHUNK):
        for loss in one.deductions:
            yield one.name, kind_name(one.kind), one.subject, loss["text"], loss["observed"], loss["points"]


def _ranks(account: Account, month: str) -> Iterator[Sequence[Value]]:
    rows = SubjectResult.objects.visible_to(account).filter(
        closing__round__month=month, closing__state=Closing.State.CLOSED
    )
    for one in rows.select_related("closing__round"):
        yield (
            one.name, one.closing.round.get_source_display(), one.rank, one.score, _VERDICTS[one.passed],
            one.band, one.pass_rate, one.scored, one.not_ranked,
        )  # fmt: skip


def _facilities(account: Account, month: str) -> Iterator[Sequence[Value]]:
    seen = Site.objects.visible_to(account).active()
    rows = Facility.objects.filter(site__in=seen).select_related("site__region")
    for one in rows.order_by("site__code", "kind", "name").iterator(_CHUNK):
        site = one.site
        yield one.name, one.get_kind_display(), site.name, site.region.name, one.containers, one.remark


def _entries(kind: str) -> Callable[[Account, str], Iterator[Sequence[Value]]]:
    def rows(account: Account, month: str) -> Iterator[Sequence[Value]]:
        found = ListEntry.objects.visible_to(account).filter(
            kind=kind, closing__round__month=month, closing__state=Closing.State.CLOSED
        )
        for one in found:
            attend = "、".join(one.details.get("attend", []))
            yield one.name, one.title, one.reason, one.details.get("chair", ""), attend

    return rows


def _tickets(account: Account, month: str) -> Iterator[Sequence[Value]]:
    """Tickets opened in a month, or still to be done when it ended: the columns that districts ask for."""
    begins, ends = bounds(month, TOWN_ZONE)
    seen = Ticket.objects.visible_to(account).filter(opened__lte=ends)
    rows = seen.filter(Q(opened__gte=begins) | Q(closed_at__gte=begins) | Q(state__in=LIVE))
    for one in rows.with_all().select_related("verified_by").order_by("number").iterator(_CHUNK):
        on_time = {None: "", True: "是", False: "否"}[one.was_on_time]
        yield (
            one.number, one.get_source_display(), clock.as_text(one.found_at), one.site.region.name,
            one.site.name, one.class_name, one.summary, one.get_severity_display(),
            one.handler.name if one.handler else "", _moment(one.due), one.handled_words,
            _moment(one.handled_at), on_time, one.verified_by.name if one.verified_by else "",
            _moment(one.verified_at), _moment(one.closed_at), "是" if one.supervised_at else "",
            "是" if one.repeats_id else "", one.fails, one.get_state_display(),
        )  # fmt: skip


def _guidance(account: Account, month: str) -> Iterator[Sequence[Value]]:
    """Guidance and trainings held in a month, a row for each site and clause that they answer."""
    rows = GuidanceSite.objects.visible_to(account).held()
    rows = rows.filter(guidance__held_at__range=bounds(month, TOWN_ZONE))
    rows = rows.annotate(guests=Count("guidance__attendances")).order_by("guidance__held_at", "pk")
    found = rows.select_related("guidance__organisation", "guidance__by", "site__region", "ticket")
    for line in effects(list(found)):
        one, of = line.of.guidance, line.of
        guests: int = of.guests  # type: ignore[attr-defined]
        yield (
            one.title, one.get_kind_display(), clock.as_text(one.held_at), one.place, one.organisation.name,
            one.by.name, of.site.name, of.site.region.name, of.ticket.number if of.ticket else "", line.text,
            guests, one.words, line.change.words, line.change.verdict.label,
        )  # fmt: skip


def _self_checks(account: Account, month: str) -> Iterator[Sequence[Value]]:
    """Self-checks of a month, with how many of the problems they found are mended."""
    is_mended = Q(findings__ticket__first_handled_at__isnull=False) & ~Q(findings__ticket__state="dismissed")
    seen = SelfCheck.objects.visible_to(account).filter(submitted__range=bounds(month, TOWN_ZONE))
    rows: Any = seen.annotate(mended=Count("findings", Q(findings__withdrawn="") & is_mended))
    rows = rows.select_related("site__region", "organisation", "by").order_by("submitted")
    for one in rows.iterator(_CHUNK):
        yield (
            one.site.name, one.site.region.name, one.site.get_kind_display(), str(one.week),
            clock.as_text(one.submitted), one.organisation.name, one.by.name, one.problems, one.mended,
            one.remark,
        )  # fmt: skip


def _moment(at: datetime.datetime | None) -> str:
    return clock.as_text(at) if at else ""


REGISTERS: dict[str, Register] = {
    "sites": Register(
        "点位台账",
        ["名称", "编号", "类型", "村居", "地址", "户数", "物业企业", "投放时段", "状态"],
        _sites,
        by_month=False,
    ),
    "facilities": Register(
        "设施台账", ["名称", "类别", "点位", "村居", "容器数", "备注"], _facilities, by_month=False
    ),
    "inspections": Register(
        "检查台账", ["点位", "村居", "类型", "检查时间", "得分", "结论", "状态", "备注"], _inspections
    ),
    "unreachable": Register("未能检查台账", ["点位", "村居", "日期", "原因", "签认人"], _unreachable),
    "deductions": Register(
        "扣分台账", ["点位", "类型", "村居代码", "评分项", "检查情况", "扣分"], _deductions
    ),
    "ranks": Register(
        "名次台账",
        ["村居", "来源", "名次", "得分", "结论", "档次", "达标率（%）", "计分点位", "不排名原因"],
        _ranks,
    ),
    "tickets": Register(
        "整改台账",
        [
            "编号",
            "来源",
            "发现时间",
            "村居",
            "点位",
            "问题类别",
            "问题",
            "程度",
            "责任单位",
            "整改期限",
            "整改情况",
            "整改时间",
            "按期",
            "核查人",
            "核查时间",
            "结案时间",
            "督办",
            "重复",
            "返工",
            "状态",
        ],
        _tickets,
    ),
    "guidance": Register(
        "指导培训台账",
        [
            "主题",
            "类别",
            "时间",
            "地点",
            "开展单位",
            "开展人",
            "点位",
            "村居",
            "整改单",
            "检查项",
            "签到人数",
            "内容",
            "前后失分",
            "结果",
        ],
        _guidance,
    ),
    "self_checks": Register(
        "自查台账",
        [
            "点位",
            "村居",
            "类型",
            "周（星期一）",
            "自查时间",
            "自查单位",
            "自查人",
            "发现问题",
            "已整改",
            "备注",
        ],
        _self_checks,
    ),
    "lists": Register("榜单台账", ["村居", "名单", "主要情况", "主持", "参加"], _entries("list")),
    "interviews": Register("约谈台账", ["村居", "约谈", "事由", "主持", "参加"], _entries("interview")),
}


def write_register(
    register: Register,
    title: str,
    rows: Iterable[Sequence[Value]],
    folder: Path,
    kinds: Sequence[str],
    templates: Path | None,
    tell: Callable[[int], None],
) -> list[Path]:
    """Write a register as xlsx, docx and pdf, as asked; `tell` hears how many rows are done.

    Excel takes any number of rows in constant memory. Raises `ProblemsFound` when paper is asked for more
    than `PAPER_ROWS`.
    """
    if list(kinds) == ["xlsx"]:
        return [_workbook(register, title, rows, folder, tell)]
    kept = []
    for number, row in enumerate(rows, 1):
        if number > PAPER_ROWS:
            raise problem("documents.too_long", value=title, limit=PAPER_ROWS)
        kept.append(row)
    table = _numbered(register, kept)
    context = {"title": title, "note": f"共 {len(kept)} 条", "table": table.context()}
    written = []
    if "xlsx" in kinds:
        written.append(_workbook(register, title, kept, folder, tell))
    if "docx" in kinds:
        written.append(folder / f"{title}.docx")
        WordTemplate(find_template("register.docx", templates)).fill(context, written[-1])
    if "pdf" in kinds:
        written.append(folder / f"{title}.pdf")
        written[-1].write_bytes(render_pdf("register.typ", printable(context), templates))
    return written


def _numbered(register: Register, rows: Sequence[Sequence[Value]]) -> TextTable:
    """The rows with their number; the column of the longest text gets the room that is left."""
    told = [[number, *(_told(value) for value in row)] for number, row in enumerate(rows, 1)]
    longest = [
        max((text_width(str(row[place])) for row in told), default=0)
        for place in range(len(register.columns) + 1)
    ]
    return TextTable("", ["序号", *register.columns], told, wide=longest.index(max(longest)))


def _workbook(
    register: Register,
    title: str,
    rows: Iterable[Sequence[Value]],
    folder: Path,
    tell: Callable[[int], None],
) -> Path:
    def counted() -> Iterator[Sequence[Value]]:
        for number, row in enumerate(rows, 1):
            if number % _CHUNK == 0:
                tell(number)
            yield row

    path = folder / f"{title}.xlsx"
    with path.open("wb") as file:
        write_workbook_rows(file, title, register.columns, counted())
    return path


def _told(value: Value) -> Value:
    return shown(value) if isinstance(value, Decimal) else value

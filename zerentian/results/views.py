"""Pages about closing months and their results, each figure a link to what it is made of."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from uuid import UUID

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from zerentian.core import clock
from zerentian.core.problems import ProblemsFound
from zerentian.evaluation.explain import explain_subject
from zerentian.pages.listing import Choice, Column, blank_table, export, listing
from zerentian.pages.uploads import keep_table, kept_table
from zerentian.people.access import account_of, page, person_of
from zerentian.people.rules import Right
from zerentian.places.models import Site, SiteKind
from zerentian.results import actions
from zerentian.results.checks import Light, checklist
from zerentian.results.freezing import entry_rows, subject_rows
from zerentian.results.importing import COLUMNS, plan_outside
from zerentian.results.models import Closing, ListEntry, OutsideResult, SiteResult, SubjectResult
from zerentian.results.queries import Standing, dearest_clauses, month_before, standings
from zerentian.results.snapshots import Snapshot, results_of, take_snapshot
from zerentian.results.verifying import differences
from zerentian.rounds.forms import ReasonForm
from zerentian.rounds.models import Inspection, Round

_COLUMNS = [
    Column[Closing]("月份", lambda one: one.round, "round__month"),
    Column[Closing]("版次", lambda one: one.number, "number"),
    Column[Closing]("状态", lambda one: one.get_state_display(), "state"),
    Column[Closing]("关账", lambda one: clock.as_text(one.closed) if one.closed else "", "closed"),
    Column[Closing]("公布", lambda one: clock.as_text(one.published) if one.published else "", "published"),
]
_SITE_COLUMNS = [
    Column[SiteResult]("点位", lambda one: one.name, "name"),
    Column[SiteResult]("类型", lambda one: SiteKind(one.kind).label, "kind"),
    Column[SiteResult]("得分", lambda one: one.score, "score"),
    Column[SiteResult]("满分", lambda one: one.full_marks),
    Column[SiteResult]("达标", lambda one: _yes(one.passed), "passed"),
    Column[SiteResult](
        "扣分", lambda one: "；".join(f"{row['text']} {row['points']}" for row in one.deductions)
    ),
]
_EXPORTED_SITE_COLUMNS = [Column[SiteResult]("村居代码", lambda one: one.subject), *_SITE_COLUMNS]
_OUTSIDE_COLUMNS = [
    Column[OutsideResult]("月份", lambda one: one.month, "month"),
    Column[OutsideResult]("来源", lambda one: one.get_source_display(), "source"),
    Column[OutsideResult]("村居代码", lambda one: one.subject, "subject"),
    Column[OutsideResult]("得分", lambda one: one.score, "score"),
    Column[OutsideResult]("达标", lambda one: _yes(one.passed), "passed"),
]


def _yes(passed: bool | None) -> str:
    return "" if passed is None else "是" if passed else "否"


def _closings(request: HttpRequest) -> QuerySet[Closing]:
    """Without the inputs, which are as large as the month."""
    seen = Closing.objects.visible_to(account_of(request))
    return seen.select_related("round", "policy").defer("inputs")


def _rounds(request: HttpRequest) -> QuerySet[Round]:
    return Round.objects.filter(account_of(request).scope(Right.SEE_DRAFT_RESULTS).regions("town"))


@page(Right.SEE_RESULTS, Right.SEE_DRAFT_RESULTS)
@require_GET
def closings(request: HttpRequest) -> HttpResponse:
    """The list of closed months, and the rounds that wait to be closed."""
    rows = _closings(request).exclude(state=Closing.State.WITHDRAWN)
    found = listing(
        request, rows, _COLUMNS, sort="-round__month",
        choices=[Choice("state", "状态", Closing.State.choices)],
        link=lambda one: reverse("results:closing", args=[one.pk]), empty="还没有公布的结果。",
    )  # fmt: skip
    if "export" in request.GET:
        return export("结果", found.rows_found, _COLUMNS)
    context = {
        "listing": found, "title": "结果", "help": "每月的名次、名单和约谈；点进去能一直看到每一分的由来。",
        "waiting": _rounds(request).filter(state=Round.State.OPEN),
        "buttons": [("外部成绩", reverse("results:outside"), "upload")]
        if account_of(request).has(Right.CLOSE_MONTH) else [],
    }  # fmt: skip
    return render(request, "results/closings.html", context)


@page(Right.SEE_DRAFT_RESULTS)
@require_http_methods(["GET", "POST"])
def close(request: HttpRequest, round_id: UUID) -> HttpResponse:
    """The check list of a round, a preview of its ranks beside last month's, and the closing's first step."""
    found = get_object_or_404(_rounds(request), pk=round_id)
    if request.method == "POST":
        made = actions.prepare(person_of(request), found, request.POST.get("reason", ""))
        messages.success(request, "已提出关账；须由另一人确认。")
        return redirect("results:closing", made.pk)
    preview = _preview(found) if "preview" in request.GET else None  # a whole month: the page fetches it
    told = {"round": found, "preview": preview, "standings": preview.standings if preview else []}
    if preview and request.headers.get("HX-Request"):
        return render(request, "results/preview.html", told)
    checks = checklist(found)
    context = told | {
        "title": f"关账：{found}", "back": reverse("results:closings"),
        "help": "逐项核对、预览名次，由一人提出、另一人确认后冻结。",
        "checks": checks,
        "needs_reason": "、".join(
            f"“{one.title}”未完成" for one in checks if one.light == Light.RED and one.may_be_excused
        ),
        "can_correct": account_of(request).has(Right.CORRECT_INSPECTIONS),
        "blocked": any(one.light == Light.RED and not one.may_be_excused for one in checks),
        "prepared": found.closings.filter(state=Closing.State.PREPARED).first(),
        "can_close": account_of(request).scope(Right.CLOSE_MONTH).covers(found.town),
    }  # fmt: skip
    return render(request, "results/close.html", context)


@page(Right.SEE_DRAFT_RESULTS)
@require_GET
def preview_subject(request: HttpRequest, round_id: UUID, subject: str) -> HttpResponse:
    """How a committee's result of the preview comes about, step by step."""
    found = get_object_or_404(_rounds(request), pk=round_id)
    snapshot = take_snapshot(found)
    names = dict(snapshot.subjects)
    if subject not in names:
        raise Http404
    context = {
        "text": explain_subject(results_of(snapshot), subject, snapshot.month),
        "title": f"预览：{names[subject]}", "back": reverse("results:close", args=[found.pk]),
        "help": "由现有检查记录算出，尚未冻结；关账前还会变。",
    }  # fmt: skip
    return render(request, "results/explanation.html", context)


@page(Right.CLOSE_MONTH)
@require_http_methods(["GET", "POST"])
def reopen(request: HttpRequest, round_id: UUID) -> HttpResponse:
    """Open a closed month again, with a reason."""
    found = get_object_or_404(_rounds(request), pk=round_id)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        actions.reopen(person_of(request), found, form.cleaned_data["reason"])
        messages.success(request, "已重开；更正后重新关账即成新版，旧版仍可查看。")
        return redirect("results:close", found.pk)
    context = {
        "form": form, "title": f"重开：{found}", "submit": "重开", "back": reverse("results:closings"),
        "note": "重开不会改动已公布的名单；新版关账之前它一直有效。",
    }  # fmt: skip
    return render(request, "pages/form.html", context)


@page(Right.SEE_RESULTS, Right.SEE_DRAFT_RESULTS)
@require_GET
def closing(request: HttpRequest, closing_id: UUID) -> HttpResponse:
    """A month's ranks, lists and interviews."""
    people = ("prepared_by", "closed_by")
    found = get_object_or_404(_closings(request).select_related(*people), pk=closing_id)
    entries = list(found.entries.all())
    rows = list(found.subject_results.all())
    ranked = [one for one in rows if one.rank is not None]
    account = account_of(request)
    can_close = account.scope(Right.CLOSE_MONTH).covers(found.round.town)
    context = {
        "closing": found, "round": found.round, "title": str(found.round),
        "help": "名次、名单和约谈；点村居看它的每一分从哪里来。",
        "standings": standings(ranked, month_before(found.round)),
        "part_names": [part["name"] for part in ranked[0].parts] if ranked else [],
        "not_ranked": [one for one in rows if one.rank is None],
        "results": {one.subject: one.pk for one in rows},
        "lists": _by_title(entries, ListEntry.Kind.LIST),
        "interviews": [one for one in entries if one.kind == ListEntry.Kind.INTERVIEW],
        "versions": _closings(request).filter(round=found.round).exclude(state=Closing.State.WITHDRAWN),
        "own": {post.region for post in account.current_posts},
        "can_close": can_close,
        "can_make_documents": account.scope(Right.MAKE_DOCUMENTS).covers(found.round.town),
        "is_preparer": found.prepared_by_id == account.pk,
    }  # fmt: skip
    return render(request, "results/closing.html", context)


@page(Right.CLOSE_MONTH)
@require_POST
def confirm(request: HttpRequest, closing_id: UUID) -> HttpResponse:
    """Close the month as the second person."""
    found = get_object_or_404(_closings(request), pk=closing_id)
    actions.confirm(person_of(request), found)
    messages.success(request, "已关账；数字从此冻结。")
    return redirect("results:closing", found.pk)


@page(Right.CLOSE_MONTH)
@require_POST
def withdraw(request: HttpRequest, closing_id: UUID) -> HttpResponse:
    """Take back a closing that waits for its second person."""
    found = get_object_or_404(_closings(request), pk=closing_id)
    actions.withdraw(person_of(request), found)
    messages.success(request, "已撤回。")
    return redirect("results:close", found.round_id)


@page(Right.CLOSE_MONTH)
@require_POST
def publish(request: HttpRequest, closing_id: UUID) -> HttpResponse:
    """Show a closed month to all who may see results."""
    found = get_object_or_404(_closings(request), pk=closing_id)
    actions.publish(person_of(request), found)
    messages.success(request, "已公布；各村居现在可以看到。")
    return redirect("results:closing", found.pk)


@page(Right.SEE_DRAFT_RESULTS)
@require_POST
def verify(request: HttpRequest, closing_id: UUID) -> HttpResponse:
    """Make the month again from its records and compare."""
    found = get_object_or_404(_closings(request), pk=closing_id)
    context = {
        "closing": found, "title": f"核验：{found}", "faults": list(differences(found)),
        "back": reverse("results:closing", args=[found.pk]),
    }  # fmt: skip
    return render(request, "results/verdict.html", context)


@page(Right.SEE_RESULTS, Right.SEE_DRAFT_RESULTS)
@require_GET
def sites(request: HttpRequest, closing_id: UUID) -> HttpResponse:
    """All sites of a month."""
    found = get_object_or_404(_closings(request), pk=closing_id)
    committees = list(found.subject_results.order_by("subject").values_list("subject", "name"))
    table = listing(
        request, found.site_results.all(), _SITE_COLUMNS, sort="score",
        choices=[
            Choice("kind", "类型", SiteKind.choices),
            Choice("passed", "达标", [("True", "是"), ("False", "否")]),
            Choice("subject", "村居", committees),
        ],
        search=lambda rows, words: rows.filter(name__icontains=words),
        link=lambda one: reverse("results:site", args=[one.pk]), empty="没有点位。",
    )  # fmt: skip
    if "export" in request.GET:
        return export(f"{found.round}点位得分", table.rows_found, _EXPORTED_SITE_COLUMNS)
    context = {
        "listing": table, "title": f"{found.round}：点位得分", "search_hint": "点位名称",
        "help": "得分最低的在前；点名称看扣分明细。", "back": reverse("results:closing", args=[found.pk]),
    }  # fmt: skip
    return render(request, "pages/list.html", context)


@page(Right.SEE_RESULTS, Right.SEE_DRAFT_RESULTS)
@require_GET
def subject(request: HttpRequest, subject_result_id: int) -> HttpResponse:
    """A committee's month: its parts, its sites, what cost most, and who stands around it."""
    found = _subject(request, subject_result_id)
    rows = list(found.closing.site_results.filter(subject=found.subject).order_by("score", "name"))
    group = list(found.closing.subject_results.filter(group=found.group, rank__isnull=False))
    place = next((number for number, one in enumerate(group) if one.pk == found.pk), 0)
    parts = [
        (part, [one for one in rows if one.kind in part["kinds"].split(",") and one.score is not None])
        for part in found.parts
    ]
    context = {
        "result": found, "closing": found.closing, "round": found.closing.round, "title": found.name,
        "back": reverse("results:closing", args=[found.closing_id]),
        "standing": standings([found], month_before(found.closing.round, found.subject))[0],
        "parts": parts, "lacks_a_part": any(not part["score"] for part in found.parts),
        "sites": rows, "dearest": dearest_clauses(rows)[:8],
        "around": group[max(0, place - 2) : place + 3] if found.rank else [],
        "entries": found.closing.entries.filter(subject=found.subject),
    }  # fmt: skip
    return render(request, "results/subject.html", context)


@page(Right.SEE_RESULTS, Right.SEE_DRAFT_RESULTS)
@require_GET
def explanation(request: HttpRequest, subject_result_id: int) -> HttpResponse:
    """The whole calculation of a committee's result, step by step."""
    found = _subject(request, subject_result_id)
    snapshot = Snapshot.model_validate(found.closing.inputs)
    text = explain_subject(results_of(snapshot), found.subject, snapshot.month)
    context = {
        "text": text, "title": f"计算过程：{found.name}",
        "back": reverse("results:subject", args=[found.pk]),
        "help": "从检查记录重新算出，每一步都在这里；可以打印。",
    }  # fmt: skip
    return render(request, "results/explanation.html", context)


@page(Right.SEE_RESULTS, Right.SEE_DRAFT_RESULTS)
@require_GET
def site(request: HttpRequest, site_result_id: int) -> HttpResponse:
    """A site's month: each deduction, and the inspections behind it as far as one may see them."""
    account = account_of(request)
    found = get_object_or_404(
        SiteResult.objects.visible_to(account).select_related("closing__round"), pk=site_result_id
    )
    context = {
        "result": found, "round": found.closing.round, "title": found.name,
        "kind": SiteKind(found.kind).label,
        "lost": sum((Decimal(row["points"]) for row in found.deductions), Decimal(0)),
        "subject": found.closing.subject_results.get(subject=found.subject),
        "inspections": Inspection.objects.visible_to(account).filter(pk__in=found.inspections),
        "visits": len(found.inspections),
        "place": Site.objects.visible_to(account).filter(pk=found.site_id).first(),
        "earlier": SiteResult.objects.visible_to(account)
        .filter(site=found.site_id, closing__state=Closing.State.CLOSED)
        .exclude(closing=found.closing_id)
        .select_related("closing__round")
        .order_by("-closing__round__month")[:6],
    }  # fmt: skip
    return render(request, "results/site.html", context)


@page(Right.CLOSE_MONTH)
@require_GET
def outside(request: HttpRequest) -> HttpResponse:
    """Results given by others."""
    rows = OutsideResult.objects.visible_to(account_of(request), Right.CLOSE_MONTH)
    found = listing(
        request, rows, _OUTSIDE_COLUMNS, sort="-month", empty="还没有外部成绩；点“导入”，可以先下载空表。",
        search=lambda query, words: query.filter(subject__startswith=words) | query.filter(month=words),
    )  # fmt: skip
    if "export" in request.GET:
        return export("外部成绩", found.rows_found, _OUTSIDE_COLUMNS)
    context = {
        "listing": found, "title": "外部成绩", "back": reverse("results:closings"),
        "help": "区、市督查的成绩和启用本系统之前的月份；“连续两月不达标”按这里判断。",
        "buttons": [("导入", reverse("results:import_outside"), "upload")],
    }  # fmt: skip
    return render(request, "pages/list.html", context)


@page(Right.CLOSE_MONTH)
@require_http_methods(["GET", "POST"])
def import_outside(request: HttpRequest) -> HttpResponse:
    """A table of others' results: uploaded, previewed, confirmed."""
    if "blank" in request.GET:
        return blank_table("外部成绩导入表", COLUMNS)
    owner = account_of(request).id
    context: dict[str, object] = {
        "title": "导入外部成绩", "back": reverse("results:outside"), "columns": "、".join(COLUMNS),
        "help": "先预览，确认后一次写入；有任何错误则一条也不写入。",
    }  # fmt: skip
    if request.method == "POST" and "kept" in request.POST:
        count = actions.import_outside(person_of(request), kept_table(request.POST["kept"], owner))
        messages.success(request, f"已登记 {count} 条。")
        return redirect("results:outside")
    table = request.FILES.get("table")
    if request.method == "POST" and isinstance(table, UploadedFile):
        kept = keep_table(table, owner)
        plan = plan_outside(kept_table(kept, owner), account_of(request))
        lines = list(ProblemsFound(plan.problems.kept, plan.problems.count).lines())
        context |= {"kept": kept, "rows": plan.rows, "lines": lines}
    return render(request, "results/import_outside.html", context)


def _subject(request: HttpRequest, subject_result_id: int) -> SubjectResult:
    rows = SubjectResult.objects.visible_to(account_of(request))
    return get_object_or_404(rows.select_related("closing__round"), pk=subject_result_id)


@dataclass(frozen=True, slots=True)
class _Preview:
    """What a round would be closed with now, or what keeps that from being known."""

    standings: list[Standing] = field(default_factory=list)
    lists: dict[str, list[ListEntry]] = field(default_factory=dict)
    interviews: list[ListEntry] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)


def _preview(round_: Round) -> _Preview:
    try:
        results = results_of(take_snapshot(round_))
    except ProblemsFound as problems:
        return _Preview(lines=list(problems.lines()))
    unsaved = Closing(round=round_)
    rows = [one for one in subject_rows(unsaved, results, round_.month) if one.rank]
    entries = list(entry_rows(unsaved, results, round_.month))
    return _Preview(
        standings(rows, month_before(round_)),
        _by_title(entries, ListEntry.Kind.LIST),
        [one for one in entries if one.kind == ListEntry.Kind.INTERVIEW],
    )


def _by_title(entries: list[ListEntry], kind: str) -> dict[str, list[ListEntry]]:
    found: dict[str, list[ListEntry]] = {}
    for one in entries:
        if one.kind == kind:
            found.setdefault(one.title, []).append(one)
    return found

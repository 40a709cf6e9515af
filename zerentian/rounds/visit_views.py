"""Pages for inspecting, on any phone's browser, and for reading and correcting what was inspected."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from zerentian.core import clock
from zerentian.core.months import is_month
from zerentian.core.problems import ProblemsFound
from zerentian.evaluation.assessment import Assessment, assess, observed_words
from zerentian.evaluation.standard import Standard
from zerentian.pages.listing import Choice, Column, download, export, listing
from zerentian.people.access import account_of, page, person_of
from zerentian.people.rules import Right
from zerentian.places.models import Region, SiteKind
from zerentian.places.rules import name_key, opening_text
from zerentian.rounds import correction_actions, visit_actions
from zerentian.rounds import photos as photo_files
from zerentian.rounds.forms import DecisionForm, PositionForm, ReasonForm
from zerentian.rounds.models import Assignment, Correction, Flag, Inspection, Photo
from zerentian.rounds.queries import photos_by_clause, tasks_of_today, versions_of
from zerentian.standards.answers import answers_from, control_of

_COLUMNS = [
    Column[Inspection]("点位", lambda one: one.site.name, "site__pinyin"),
    Column[Inspection]("村居", lambda one: one.site.region.name, "site__region_id"),
    Column[Inspection]("类型", lambda one: one.site.get_kind_display(), "site__kind"),
    Column[Inspection]("月份", lambda one: one.month, "month"),
    Column[Inspection]("检查时间", lambda one: clock.as_text(one.started), "started"),
    Column[Inspection]("得分", lambda one: one.score, "score"),
    Column[Inspection](
        "达标", lambda one: "" if one.passed is None else "是" if one.passed else "否", "passed"
    ),
    Column[Inspection]("状态", lambda one: one.get_state_display(), "state"),
    Column[Inspection](
        "计分", lambda one: "" if one.state == "draft" else one.get_standing_display(), "standing"
    ),
]
_CORRECTION_COLUMNS = [
    Column[Correction]("点位", lambda one: one.inspection.site.name, "inspection__site__pinyin"),
    Column[Correction]("村居", lambda one: one.inspection.site.region.name, "inspection__site__region_id"),
    Column[Correction]("月份", lambda one: one.inspection.month, "inspection__month"),
    Column[Correction]("提出", lambda one: clock.as_text(one.proposed_at), "proposed_at"),
    Column[Correction]("提出人", lambda one: one.proposed_by.name),
    Column[Correction]("理由", lambda one: one.reason),
    Column[Correction]("状态", lambda one: one.get_state_display(), "state"),
    Column[Correction]("审核人", lambda one: one.decided_by.name if one.decided_by else ""),
]


@page(Right.INSPECT)
@require_GET
def today(request: HttpRequest) -> HttpResponse:
    """An inspector's day: what is to visit, in the order of the route."""
    account = account_of(request)
    mine = Assignment.objects.visible_to(account).filter(inspector=account)
    tasks = tasks_of_today(mine)
    drafts = Inspection.objects.filter(inspector=account, state=Inspection.State.DRAFT).select_related("site")
    return render(
        request,
        "rounds/today.html",
        {
            "title": "今天的检查",
            "help": "按建议路线排列；点开始即进入检查。",
            "tasks": [(one, opening_text(one.site.opening)) for one in tasks],
            "drafts": drafts,
            "left": sum(one.state == Assignment.State.DUE for one in tasks),
            "today": clock.today(),
        },
    )


@page(Right.INSPECT)
@require_POST
def start(request: HttpRequest, assignment_id: UUID) -> HttpResponse:
    """Begin a visit, or go on with it."""
    account = account_of(request)
    mine = Assignment.objects.visible_to(account).filter(inspector=account)
    found = get_object_or_404(mine, pk=assignment_id)
    begun = visit_actions.start(person_of(request), found, PositionForm(request.POST).position)
    return redirect("rounds:inspection", begun.pk)


@page(Right.INSPECT, Right.PLAN_ROUNDS)
@require_http_methods(["GET", "POST"])
def unreachable(request: HttpRequest, assignment_id: UUID) -> HttpResponse:
    """Say why a site can't be inspected."""
    account = account_of(request)
    allowed = Q(inspector=account) | account.scope(Right.PLAN_ROUNDS).regions("round__town")
    found = get_object_or_404(Assignment.objects.visible_to(account).filter(allowed), pk=assignment_id)
    form = ReasonForm(request.POST or None)
    back = (
        reverse("rounds:today")
        if found.inspector_id == account.pk
        else reverse("rounds:plan", args=[found.round_id])
    )
    if request.method == "POST" and form.is_valid():
        visit_actions.report_unreachable(person_of(request), found, form.cleaned_data["reason"])
        messages.success(request, "已报告；须由主管或镇社发办签认。")
        return redirect(back)
    context = {
        "form": form, "title": f"未能检查：{found.site.name}", "submit": "报告", "back": back,
        "note": "写明原因；未能检查不等于零分，签认后不列入排名。",
    }  # fmt: skip
    return render(request, "pages/form.html", context)


@page(Right.SEE_INSPECTIONS, Right.INSPECT)
@require_GET
def inspections(request: HttpRequest) -> HttpResponse:
    """The list of inspections."""
    account = account_of(request)
    rows = Inspection.objects.visible_to(account).select_related("site__region")
    committees = Region.objects.visible_to(account, Right.SEE_INSPECTIONS).exclude(code__endswith="000")
    found = listing(
        request, rows, _COLUMNS, sort="-started", is_long=True,
        choices=[
            Choice("site__region", "村居", list(committees.values_list("code", "name"))),
            Choice("site__kind", "类型", SiteKind.choices),
            Choice("passed", "达标", [("True", "是"), ("False", "否")]),
            Choice("state", "状态", Inspection.State.choices),
            Choice("standing", "计分", Inspection.Standing.choices),
            Choice("photos_awaited__gt", "照片", [("0", "未到齐")]),
        ],
        search=_search,
        link=lambda one: reverse("rounds:inspection", args=[one.pk]), empty="还没有检查。",
    )  # fmt: skip
    if "export" in request.GET:
        return export("检查", found.rows_found, _COLUMNS)
    context = {
        "listing": found, "title": "检查记录", "search_hint": "点位、拼音首字母或月份",
        "help": "每次检查的原始记录：逐项情况、照片和得分。",
        "buttons": [("更正", reverse("rounds:corrections"), "edit")]
        if account.has(Right.SEE_ROUNDS) or account.has(Right.INSPECT) else [],
    }  # fmt: skip
    return render(request, "pages/list.html", context)


@page(Right.SEE_INSPECTIONS, Right.INSPECT)
@require_GET
def inspection(request: HttpRequest, inspection_id: UUID) -> HttpResponse:
    """An inspection: one's own draft to fill in, a submitted one to read."""
    found = _inspection(request, inspection_id)
    standard = visit_actions.standard_of(found)
    answers = visit_actions.answers_of(found)
    worth = assess(standard, found.round.month, answers)
    if found.state == Inspection.State.DRAFT:
        return render(request, "rounds/draft.html", _draft_context(found, standard, answers, worth))
    account = account_of(request)
    may_correct = found.inspector_id == account.pk or _may_correct(request, found)
    context = {
        "inspection": found, "title": found.site.name, "standard": standard, "worth": worth,
        "sections": _read_sections(found, standard, answers, worth),
        "site_photos": photos_by_clause(found).get("", []),
        "versions": versions_of(found),
        "corrections": found.corrections.select_related("proposed_by", "decided_by"),
        "can_correct": may_correct and found.state == Inspection.State.SUBMITTED,
        "can_decide": _may_correct(request, found) and found.inspector_id != account.pk,
        "flags": Flag.objects.visible_to(account).filter(inspection=found).order_by("-holds", "kind"),
        "can_see_original": _may_correct(request, found) or account.has(Right.READ_LEDGER),
        "shows_inspector": account.has(Right.SEE_ROUNDS) or found.inspector_id == account.pk,
    }  # fmt: skip
    return render(request, "rounds/inspection.html", context)


@page(Right.INSPECT)
@require_POST
def save(request: HttpRequest, inspection_id: UUID) -> HttpResponse:
    """Keep a draft; a page that saves as one types gets the running score back."""
    found = _own_inspection(request, inspection_id)
    worth = _save(request, found)
    if request.headers.get("HX-Request"):
        return render(request, "rounds/worth.html", {"worth": worth})
    messages.success(request, "草稿已保存。")
    return redirect("rounds:inspection", found.pk)


@page(Right.INSPECT)
@require_POST
def submit(request: HttpRequest, inspection_id: UUID) -> HttpResponse:
    """Submit once; what is missing is shown beside its clause and nothing is lost."""
    found = _own_inspection(request, inspection_id)
    worth = _save(request, found)
    try:
        visit_actions.submit(person_of(request), found)
    except ProblemsFound as problems:
        standard = visit_actions.standard_of(found)
        answers = visit_actions.answers_of(found)
        context = _draft_context(found, standard, answers, worth) | {"lines": list(problems.lines())}
        return render(request, "rounds/draft.html", context, status=422)
    messages.success(request, f"已提交：{found.site.name}。")
    return redirect("rounds:today")


@page(Right.INSPECT)
@require_POST
def add_photo(request: HttpRequest, inspection_id: UUID) -> HttpResponse:
    """File a photo for a clause of one's draft; answers with the clause's photos."""
    found = _own_inspection(request, inspection_id)
    clause = request.POST.get("clause", "")
    lines: list[str] = []
    for file in request.FILES.getlist("photo"):
        assert isinstance(file, UploadedFile)
        try:
            visit_actions.add_photo(person_of(request), found, clause, file.read())
        except ProblemsFound as problems:
            lines += problems.lines()
    photos = photos_by_clause(found).get(clause, [])
    context = {"photos": photos, "lines": lines, "is_draft": True}
    return render(request, "rounds/photos.html", context)


@page(Right.INSPECT)
@require_POST
def remove_photo(request: HttpRequest, photo_id: UUID) -> HttpResponse:
    """Take a photo out of one's draft."""
    found = get_object_or_404(Photo, pk=photo_id, inspection__inspector=account_of(request))
    inspection, clause = found.inspection, found.clause
    visit_actions.remove_photo(person_of(request), found)
    photos = photos_by_clause(inspection).get(clause, [])
    return render(request, "rounds/photos.html", {"photos": photos, "is_draft": True})


@page(Right.SEE_INSPECTIONS, Right.INSPECT)
@require_GET
def photo(request: HttpRequest, photo_id: UUID) -> HttpResponse:
    """A photo's copy for screens."""
    found = get_object_or_404(Photo.objects.visible_to(account_of(request)), pk=photo_id)
    response = HttpResponse(photo_files.shown_copy(found.sha256), content_type="image/jpeg")
    response["X-Content-Type-Options"] = "nosniff"
    return response


@page(Right.CORRECT_INSPECTIONS, Right.READ_LEDGER)
@require_GET
def original(request: HttpRequest, photo_id: UUID) -> HttpResponse:
    """A photo as it came, to download; never shown in a page."""
    came = Photo.objects.visible_to(account_of(request)).filter(received__isnull=False)
    found = get_object_or_404(came, pk=photo_id)
    name = f"{found.sha256}.{found.content_type.split('/')[1]}"
    return download(name, photo_files.original(found.sha256), "application/octet-stream")


@page(Right.CORRECT_INSPECTIONS, Right.INSPECT)
@require_http_methods(["GET", "POST"])
def correct(request: HttpRequest, inspection_id: UUID) -> HttpResponse:
    """Propose other answers, with a reason; another person decides."""
    found = _inspection(request, inspection_id)
    standard = visit_actions.standard_of(found)
    form = ReasonForm(request.POST or None)
    answers = visit_actions.answers_of(found)
    if request.method == "POST" and form.is_valid():
        answers = answers_from(standard, request.POST.getlist)
        reason = form.cleaned_data["reason"]
        made = correction_actions.propose_correction(person_of(request), found, answers, reason)
        messages.success(request, "更正已提出，待另一人审核。")
        return redirect("rounds:decide", made.pk)
    context = {
        "form": form, "title": f"更正：{found.site.name}", "inspection": found,
        "back": reverse("rounds:inspection", args=[found.pk]),
        "help": "改动须写理由，由另一人审核；原来的记录永远保留。",
        "sections": _answer_sections(found, standard, answers, assess(standard, found.round.month, answers)),
    }  # fmt: skip
    return render(request, "rounds/correct.html", context)


@page(Right.SEE_ROUNDS, Right.INSPECT)
@require_GET
def corrections(request: HttpRequest) -> HttpResponse:
    """The list of corrections, the latest first."""
    rows = Correction.objects.visible_to(account_of(request)).select_related(
        "inspection__site__region", "proposed_by", "decided_by"
    )
    found = listing(
        request, rows, _CORRECTION_COLUMNS, sort="-proposed_at",
        choices=[Choice("state", "状态", Correction.State.choices)],
        search=_search_corrections,
        link=lambda one: reverse("rounds:decide", args=[one.pk]), empty="没有更正。",
    )  # fmt: skip
    if "export" in request.GET:
        return export("更正", found.rows_found, _CORRECTION_COLUMNS)
    context = {
        "listing": found, "title": "更正", "search_hint": "点位、拼音首字母或月份",
        "help": "提出的更正和审核的结果；每一项由另一人审核，原来的记录永远保留。",
        "back": reverse("rounds:inspections"),
    }  # fmt: skip
    return render(request, "pages/list.html", context)


@page(Right.SEE_INSPECTIONS, Right.INSPECT)
@require_http_methods(["GET", "POST"])
def decide(request: HttpRequest, correction_id: UUID) -> HttpResponse:
    """A correction: what would change, and the second person's decision."""
    found = get_object_or_404(Correction.objects.visible_to(account_of(request)), pk=correction_id)
    form = DecisionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        accept = request.POST.get("decision") == "accept"
        current = correction_actions.decide_correction(
            person_of(request), found, accept, form.cleaned_data["answer"]
        )
        messages.success(request, "已同意更正，新版生效。" if accept else "已退回，原记录不变。")
        return redirect("rounds:inspection", current.pk)
    standard = visit_actions.standard_of(found.inspection)
    before = visit_actions.answers_of(found.inspection)
    month = found.inspection.round.month
    changes = [
        (
            clause,
            observed_words(clause, before.get(clause.id, ""), month),
            observed_words(clause, found.values[clause.id], month),
        )
        for clause in standard.clauses
        if clause.id in found.values
    ]
    worth = assess(standard, month, before | found.values)
    account = account_of(request)
    context = {
        "correction": found, "inspection": found.inspection, "changes": changes, "worth": worth, "form": form,
        "title": f"更正：{found.inspection.site.name}",
        "back": reverse("rounds:inspection", args=[found.inspection_id]),
        "can_decide": found.state == Correction.State.PROPOSED
        and found.proposed_by_id != account.pk
        and _may_correct(request, found.inspection),
    }  # fmt: skip
    return render(request, "rounds/correction.html", context)


def _search(rows: QuerySet[Inspection], words: str) -> QuerySet[Inspection]:
    key = name_key(words)
    if is_month(words):
        return rows.filter(month=words)
    return rows.filter(Q(site__name_key__contains=key) | Q(site__initials__contains=key))


def _search_corrections(rows: QuerySet[Correction], words: str) -> QuerySet[Correction]:
    return rows.filter(inspection__in=_search(Inspection.objects.all(), words))


def _inspection(request: HttpRequest, inspection_id: UUID) -> Inspection:
    return get_object_or_404(_visible(request), pk=inspection_id)


def _own_inspection(request: HttpRequest, inspection_id: UUID) -> Inspection:
    return get_object_or_404(_visible(request).filter(inspector=account_of(request)), pk=inspection_id)


def _visible(request: HttpRequest) -> QuerySet[Inspection]:
    found = Inspection.objects.visible_to(account_of(request))
    return found.select_related("site__region", "round", "standard", "inspector", "replaces")


def _save(request: HttpRequest, found: Inspection) -> Assessment:
    answers = answers_from(visit_actions.standard_of(found), request.POST.getlist)
    return visit_actions.save_draft(person_of(request), found, answers, request.POST.get("remark", ""))


def _may_correct(request: HttpRequest, found: Inspection) -> bool:
    scope = account_of(request).scope(Right.CORRECT_INSPECTIONS)
    return scope.covers(found.site.region_id) or found.organisation_id in scope.organisations


def _draft_context(
    found: Inspection, standard: Standard, answers: Mapping[str, str], worth: Assessment
) -> dict[str, object]:
    return {
        "inspection": found, "title": found.site.name, "worth": worth, "standard": standard,
        "sections": _answer_sections(found, standard, answers, worth),
        "site_photos": photos_by_clause(found).get("", []), "is_draft": True,
        "opening": opening_text(found.site.opening),
    }  # fmt: skip


def _answer_sections(
    found: Inspection, standard: Standard, answers: Mapping[str, str], worth: Assessment
) -> list[tuple[str, list[tuple[object, list[Photo]]]]]:
    """Sections with a control and the photos of each clause."""
    photos = photos_by_clause(found)
    return [
        (
            section.name,
            [
                (
                    control_of(one, answers.get(one.id, ""), worth.faults.get(one.id, "")),
                    photos.get(one.id, []),
                )
                for one in section.clauses
            ],
        )
        for section in standard.sections
    ]


def _read_sections(
    found: Inspection, standard: Standard, answers: Mapping[str, str], worth: Assessment
) -> list[tuple[str, list[tuple[object, str, object, list[Photo]]]]]:
    """Sections with what was observed, the points lost and the photos of each clause."""
    photos = photos_by_clause(found)
    month = found.round.month
    lost = {loss.clause.id: loss.points for loss in worth.score.deductions}
    return [
        (
            section.name,
            [
                (
                    one,
                    observed_words(one, answers.get(one.id, ""), month),
                    lost.get(one.id),
                    photos.get(one.id, []),
                )
                for one in section.clauses
            ],
        )
        for section in standard.sections
    ]

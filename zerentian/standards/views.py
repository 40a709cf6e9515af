"""Pages about standards and policies."""

from __future__ import annotations

import difflib
from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from zerentian.core import clock
from zerentian.core.problems import ProblemsFound
from zerentian.evaluation.assessment import assess
from zerentian.evaluation.policy import Policy
from zerentian.evaluation.sheets.sheet_import import import_sheet as read_sheet
from zerentian.evaluation.standard import Standard
from zerentian.pages.listing import Choice, Column, export, listing
from zerentian.pages.uploads import keep_table, kept_table
from zerentian.people.access import account_of, page, person_of
from zerentian.people.rules import Right
from zerentian.standards import actions
from zerentian.standards.answers import answers_from, control_of
from zerentian.standards.forms import DraftForm, SheetForm
from zerentian.standards.models import RuleVersion
from zerentian.standards.rules import changes_between

_COLUMNS = [
    Column[RuleVersion]("名称", lambda one: one.title, "title"),
    Column[RuleVersion]("类别", lambda one: one.get_kind_display(), "kind"),
    Column[RuleVersion]("适用点位", lambda one: one.site_kind, "site_kind"),
    Column[RuleVersion]("版次", lambda one: one.number, "number"),
    Column[RuleVersion]("自（月）", lambda one: one.effective_from, "effective_from"),
    Column[RuleVersion]("状态", lambda one: "已发布" if one.published else "草稿"),
]


def _buttons() -> list[tuple[str, str, str]]:
    return [
        ("导入评分表", reverse("standards:import_sheet"), "upload"),
        ("新版草稿", reverse("standards:new_version"), "plus"),
    ]


def _versions(request: HttpRequest) -> QuerySet[RuleVersion]:
    return RuleVersion.objects.visible_to(account_of(request))


@page(Right.SEE_STANDARDS)
@require_GET
def versions(request: HttpRequest) -> HttpResponse:
    """The list of versions."""
    found = listing(
        request,
        _versions(request),
        _COLUMNS,
        sort="kind",
        search=lambda rows, words: rows.filter(title__icontains=words),
        choices=[Choice("kind", "类别", RuleVersion.Kind.choices)],
        link=lambda one: reverse("standards:version", args=[one.pk]),
        empty="还没有标准。",
    )
    if "export" in request.GET:
        return export("标准", found.rows_found, _COLUMNS)
    manages = account_of(request).has(Right.MANAGE_STANDARDS)
    return render(
        request,
        "pages/list.html",
        {
            "listing": found,
            "title": "标准",
            "help": "评分标准和考评办法的各个版本；发布后不再改动，只能再出新版。",
            "buttons": _buttons() if manages else [],
        },
    )


@page(Right.SEE_STANDARDS)
@require_GET
def version(request: HttpRequest, version_id: UUID) -> HttpResponse:
    """One version, clause by clause, and what it changed against the one before."""
    found = get_object_or_404(_versions(request), pk=version_id)
    rule = actions.read_rule(found.kind, found.text)
    before = (
        _versions(request)
        .filter(town=found.town, kind=found.kind, name=found.name, number__lt=found.number)
        .order_by("number")
        .last()
    )
    earlier = actions.read_rule(before.kind, before.text) if before else None
    if isinstance(rule, Standard) and isinstance(earlier, Standard):
        changes = changes_between(earlier, rule)
    else:
        changes = _changed_lines(before.text, found.text) if before else []
    manages = account_of(request).scope(Right.MANAGE_STANDARDS).covers(found.town)
    return render(
        request,
        "standards/version.html",
        {
            "version": found,
            "title": str(found),
            "before": before,
            "changes": changes,
            "standard": rule if isinstance(rule, Standard) else None,
            "policy": rule if isinstance(rule, Policy) else None,
            "can_publish": not found.published and manages,
            "manages": manages,
        },
    )


@page(Right.MANAGE_STANDARDS)
@require_http_methods(["GET", "POST"])
def new_version(request: HttpRequest) -> HttpResponse:
    """A draft, from nothing or from another version; its faults are all told at once beside the text."""
    base = (
        _versions(request).filter(pk=request.GET["from"]).first() if _is_id(request.GET.get("from")) else None
    )
    initial = {"effective_from": clock.next_month()}
    if base:
        initial |= {"kind": base.kind, "text": base.text}
    form = DraftForm(request.POST or None, initial=initial)
    lines: list[str] = []
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            made = actions.draft(person_of(request), account_of(request).town, **values)
        except ProblemsFound as found:
            lines = list(found.lines())
        else:
            return redirect("standards:version", made.pk)
    return render(
        request,
        "standards/draft.html",
        {"form": form, "lines": lines, "title": "新版草稿", "back": reverse("standards:versions")},
        status=422 if lines else 200,
    )


@page(Right.MANAGE_STANDARDS)
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, version_id: UUID) -> HttpResponse:
    """Change a draft; its faults are all told at once beside the text."""
    found = get_object_or_404(_versions(request).filter(town__in=account_of(request).towns), pk=version_id)
    initial = {"kind": found.kind, "text": found.text, "effective_from": found.effective_from}
    form = DraftForm(request.POST or None, initial=initial)
    lines: list[str] = []
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            actions.change_draft(person_of(request), found, values["text"], values["effective_from"])
        except ProblemsFound as problems:
            lines = list(problems.lines())
        else:
            messages.success(request, "草稿已保存。")
            return redirect("standards:version", found.pk)
    context = {
        "form": form, "lines": lines, "title": f"修改草稿：{found}",
        "back": reverse("standards:version", args=[found.pk]),
    }  # fmt: skip
    return render(request, "standards/draft.html", context, status=422 if lines else 200)


@page(Right.MANAGE_STANDARDS)
@require_http_methods(["GET", "POST"])
def import_sheet(request: HttpRequest) -> HttpResponse:
    """A score sheet becomes a draft; what its words leave open is marked for somebody to settle."""
    form = SheetForm(
        request.POST or None, request.FILES or None, initial={"effective_from": clock.next_month()}
    )
    if request.method == "POST" and form.is_valid():
        values, account = form.cleaned_data, account_of(request)
        path = kept_table(keep_table(values["sheet"], account.id), account.id)
        imported = read_sheet(path, values["site_kind"].replace("_", "-"), values["site_kind"])
        made = actions.draft(
            person_of(request), account.town, RuleVersion.Kind.STANDARD, imported.yaml_text(),
            values["effective_from"],
        )  # fmt: skip
        messages.success(request, f"已导入为草稿，共 {len(imported.standard.clauses)} 项；请核对后发布。")
        return redirect("standards:version", made.pk)
    context = {
        "form": form, "title": "导入评分表", "submit": "导入为草稿", "back": reverse("standards:versions"),
        "help": "读取现有的 Excel 评分表；拿不准的评分细则会标出原因，核对后才能发布。",
    }  # fmt: skip
    return render(request, "pages/form.html", context)


@page(Right.MANAGE_STANDARDS)
@require_POST
def preview(request: HttpRequest) -> HttpResponse:
    """A draft's faults, or the sheet it makes with the score of what is filled in, as one types."""
    kind = RuleVersion.Kind.POLICY if request.POST.get("kind") == "policy" else RuleVersion.Kind.STANDARD
    try:
        rule = actions.read_rule(kind, request.POST.get("text", ""))
    except ProblemsFound as problems:
        return render(request, "standards/trial_sheet.html", {"lines": list(problems.lines())})
    context = _trial(rule, request) if isinstance(rule, Standard) else {"sound": True}
    return render(request, "standards/trial_sheet.html", context)


@page(Right.SEE_STANDARDS)
@require_http_methods(["GET", "POST"])
def trial(request: HttpRequest, version_id: UUID) -> HttpResponse:
    """Try a standard: fill in what would be observed and see the score, by the engine itself."""
    found = get_object_or_404(_versions(request), pk=version_id, kind=RuleVersion.Kind.STANDARD)
    rule = actions.read_rule(found.kind, found.text)
    assert isinstance(rule, Standard)
    context = _trial(rule, request)
    if request.headers.get("HX-Request"):
        return render(request, "standards/trial_worth.html", context)
    context |= {
        "version": found, "title": f"试评：{found}", "back": reverse("standards:version", args=[found.pk]),
        "help": "填写检查情况，随填随算；不保存任何内容。",
    }  # fmt: skip
    return render(request, "standards/trial.html", context)


def _trial(rule: Standard, request: HttpRequest) -> dict[str, object]:
    answers = answers_from(rule, request.POST.getlist)
    worth = assess(rule, rule.effective_from or clock.this_month(), answers)
    sections = [
        (
            section.name,
            [control_of(one, answers[one.id], worth.faults.get(one.id, "")) for one in section.clauses],
        )
        for section in rule.sections
    ]
    return {"standard": rule, "worth": worth, "sections": sections}


def _changed_lines(before: str, after: str) -> list[str]:
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=1)
    return [line for line in lines if not line.startswith(("---", "+++", "@@"))]


@page(Right.MANAGE_STANDARDS)
@require_POST
def publish(request: HttpRequest, version_id: UUID) -> HttpResponse:
    """Put a draft in force from its month."""
    found = get_object_or_404(_versions(request), pk=version_id)
    actions.publish(person_of(request), found, clock.this_month())
    messages.success(request, "已发布。")
    return redirect("standards:version", found.pk)


def _is_id(text: str | None) -> bool:
    try:
        UUID(text or "")
    except ValueError:
        return False
    return True

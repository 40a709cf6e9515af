"""Pages that make, change and publish drafts."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from zerentian.core import clock
from zerentian.core.months import is_month
from zerentian.core.points import parse_count
from zerentian.core.problems import ProblemsFound, problem
from zerentian.evaluation.sheets.sheet_import import ImportedStandard
from zerentian.evaluation.sheets.sheet_import import import_sheet as read_sheet
from zerentian.evaluation.sheets.standard_yaml import standard_yaml
from zerentian.evaluation.standard import Standard, kind_name
from zerentian.pages.uploads import keep_table, kept_table
from zerentian.people.access import account_of, page, person_of
from zerentian.people.rules import Right
from zerentian.standards import actions, editing
from zerentian.standards.actions import read_rule
from zerentian.standards.clause_form import ClauseForm
from zerentian.standards.editing import Change
from zerentian.standards.forms import (
    FactsForm,
    ImportForm,
    NewTextForm,
    SectionForm,
    StartForm,
    TextForm,
)
from zerentian.standards.models import RuleVersion
from zerentian.standards.queries import standard_name
from zerentian.standards.starts import start_text, starts
from zerentian.standards.views import trial_context, visible_versions

_ARRANGEMENTS: dict[str, Callable[[Standard, int], Standard]] = {
    "clause_up": lambda standard, place: editing.clause_moved(standard, place, -1),
    "clause_down": lambda standard, place: editing.clause_moved(standard, place, 1),
    "clause_remove": editing.without_clause,
    "clause_settle": editing.clause_settled,
    "section_up": lambda standard, number: editing.section_moved(standard, number, -1),
    "section_down": lambda standard, number: editing.section_moved(standard, number, 1),
}


@page(Right.MANAGE_STANDARDS)
@require_http_methods(["GET", "POST"])
def new_version(request: HttpRequest) -> HttpResponse:
    """A draft that starts from a version, a rule that ships, or nothing."""
    versions = visible_versions(request, Right.MANAGE_STANDARDS)
    initial = {"base": f"version:{request.GET.get('from', '')}"}
    form = StartForm(starts(versions), request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        town = account_of(request).town
        kind, text = start_text(versions, town, form.cleaned_data["base"])
        made = actions.draft(person_of(request), town, kind, text, form.cleaned_data["effective_from"])
        messages.success(request, "已建立草稿；请逐项修改，改好后发布。")
        return redirect("standards:version", made.pk)
    return render(
        request,
        "pages/form.html",
        {
            "form": form, "title": "新版草稿", "submit": "建立草稿", "back": reverse("standards:versions"),
            "help": "先选一份作为起点，再逐项修改；有现成的 Excel 评分表时可直接导入。",
            "buttons": [("导入评分表", reverse("standards:import_sheet"), "upload")],
        },
    )  # fmt: skip


@page(Right.MANAGE_STANDARDS)
@require_http_methods(["GET", "POST"])
def new_text(request: HttpRequest) -> HttpResponse:
    """A draft from a text."""
    form = NewTextForm(request.POST or None)
    lines: list[str] = []
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.draft(person_of(request), account_of(request).town, **form.cleaned_data)
        except ProblemsFound as found:
            lines = list(found.lines())
        else:
            return redirect("standards:version", made.pk)
    return _text_page(request, form, lines, "新版草稿（高级）", reverse("standards:versions"))


@page(Right.MANAGE_STANDARDS)
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, version_id: UUID) -> HttpResponse:
    """Change a draft as a text."""
    found = _draft(request, version_id)
    initial = {"text": found.text, "effective_from": found.effective_from}
    form = TextForm(request.POST or None, initial=initial)
    lines: list[str] = []
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_draft(person_of(request), found, **form.cleaned_data, seen=_seen(request))
        except ProblemsFound as faults:
            lines = list(faults.lines())
        else:
            messages.success(request, "已保存。")
            return redirect("standards:version", found.pk)
    return _text_page(request, form, lines, f"高级：{found}", _back(found), found)


def _text_page(
    request: HttpRequest,
    form: forms.Form,
    lines: list[str],
    title: str,
    back: str,
    version: RuleVersion | None = None,
) -> HttpResponse:
    context = {
        "form": form, "lines": lines, "title": title, "back": back, "seen": _seen(request, version),
        "kind": version.kind if version else "",
        "help": "直接改内容文本；用表格修改过的草稿，注释不保留。有错时逐条列出，什么都不保存。",
    }  # fmt: skip
    return render(request, "standards/draft.html", context, status=422 if lines else 200)


@page(Right.MANAGE_STANDARDS)
@require_POST
def preview(request: HttpRequest) -> HttpResponse:
    """A text's faults, or the sheet it makes with the score of what is filled in, as one types."""
    wanted = request.POST.get("kind", "")
    kind = wanted if wanted in RuleVersion.Kind.values else RuleVersion.Kind.STANDARD
    try:
        rule = read_rule(kind, request.POST.get("text", ""))
    except ProblemsFound as problems:
        return render(request, "standards/trial_sheet.html", {"lines": list(problems.lines())})
    if not isinstance(rule, Standard):
        return render(request, "standards/trial_sheet.html", {"sound": True})
    month = request.POST.get("effective_from", "")
    context = trial_context(rule, month if is_month(month) else clock.this_month(), request)
    return render(request, "standards/trial_sheet.html", context)


@page(Right.MANAGE_STANDARDS)
@require_http_methods(["GET", "POST"])
def import_sheet(request: HttpRequest) -> HttpResponse:
    """A draft from a town's score sheet: uploaded, shown with what is unsure, confirmed."""
    form = ImportForm(request.POST or None, request.FILES or None)
    if "kept" in request.POST:
        form.fields["sheet"].required = False
    context: dict[str, object] = {
        "form": form, "title": "导入评分表", "back": reverse("standards:versions"), "submit": "上传并预览",
        "help": "把现有的评分表读成草稿：先预览，拿不准的逐项标出，确认后再到草稿中核对。",
    }  # fmt: skip
    if request.method != "POST" or not form.is_valid():
        return render(request, "pages/form.html", context)
    values, account = form.cleaned_data, account_of(request)
    name = standard_name(account.town, values["site_kind"])
    if "kept" in request.POST:
        imported = read_sheet(kept_table(request.POST["kept"], account.id), name, values["site_kind"])
        made = _draft_of(request, imported, values["effective_from"])
        messages.success(request, f"已导入为草稿；还有 {len(imported.unsure)} 项要核对。")
        return redirect("standards:version", made.pk)
    sheet = values["sheet"]
    assert isinstance(sheet, UploadedFile)
    kept = keep_table(sheet, account.id)
    imported = read_sheet(kept_table(kept, account.id), name, values["site_kind"])
    context |= {"imported": imported, "kept": kept, "values": values}
    return render(request, "standards/import.html", context)


def _draft_of(request: HttpRequest, imported: ImportedStandard, effective_from: str) -> RuleVersion:
    """The draft of a sheet; one without a heading is called after its kind of sites."""
    standard = imported.standard
    if not standard.title:
        standard = editing.with_facts(standard, {"title": f"{kind_name(standard.site_kind)}评分标准"})
    town, kind = account_of(request).town, RuleVersion.Kind.STANDARD
    return actions.draft(person_of(request), town, kind, standard_yaml(standard), effective_from)


@page(Right.MANAGE_STANDARDS)
@require_http_methods(["GET", "POST"])
def edit_facts(request: HttpRequest, version_id: UUID) -> HttpResponse:
    """Change what a draft says outside of its clauses."""
    found, standard = _standard_draft(request, version_id)
    form = FactsForm(standard, found, request.POST or None)
    if request.method == "POST" and form.is_valid():
        facts = form.facts()
        month = form.cleaned_data["effective_from"]
        return _changed(request, found, lambda rule: editing.with_facts(rule, facts), month)
    return _form_page(request, found, form, "基本信息", "名称、施行月份、达标线等；满分由各项分值相加得出。")


@page(Right.MANAGE_STANDARDS)
@require_http_methods(["GET", "POST"])
def edit_section(request: HttpRequest, version_id: UUID) -> HttpResponse:
    """Change a section of a draft, told by `place`."""
    found, standard = _standard_draft(request, version_id)
    number = _place(request, len(standard.sections))
    form = SectionForm(standard.sections[number - 1], request.POST or None)
    if request.method == "POST" and form.is_valid():
        facts = form.facts()
        return _changed(request, found, lambda rule: editing.with_section(rule, number, facts))
    return _form_page(request, found, form, "类别设置", "类别的名称，以及对整个类别的规定。")


@page(Right.MANAGE_STANDARDS)
@require_http_methods(["GET", "POST"])
def edit_clause(request: HttpRequest, version_id: UUID) -> HttpResponse:
    """Change the clause of a draft that `place` tells, or (without) add one."""
    found, standard = _standard_draft(request, version_id)
    place = _place(request, len(standard.clauses)) if "place" in request.GET else None
    section = request.GET.get("section", "")
    if "redraw" in request.POST:
        form = ClauseForm.redrawn(standard, place, request.POST)
    else:
        form = ClauseForm(standard, place, request.POST or None, section=parse_count(section) or 1)
        if request.method == "POST" and form.is_valid() and form.clause is not None:
            clause, section_place = form.clause, form.section_place
            return _changed(
                request, found, lambda rule: editing.with_clause(rule, clause, place, section_place)
            )
    title = "修改检查内容" if place else "新增检查内容"
    help_text = "先选评分办法，再填这种办法需要的数；保存后草稿的满分随之更新。"
    return _form_page(request, found, form, title, help_text, "standards/clause_form.html")


@page(Right.MANAGE_STANDARDS)
@require_POST
def arrange(request: HttpRequest, version_id: UUID) -> HttpResponse:
    """Move, remove or settle a clause of a draft, or move a section."""
    found, _ = _standard_draft(request, version_id)
    arrangement = _ARRANGEMENTS.get(request.POST.get("way", ""))
    place = parse_count(request.POST.get("place", ""))
    if arrangement is None or not place:
        raise problem("standards.no_place")

    def change(standard: Standard) -> Standard:
        things = standard.sections if request.POST["way"].startswith("section") else standard.clauses
        if place > len(things):
            raise problem("standards.no_place")
        return arrangement(standard, place)

    actions.edit_draft(person_of(request), found, _seen(request), change)
    anchor = "section" if request.POST["way"].startswith("section") else "item"
    return redirect(f"{_back(found)}#{anchor}-{place}")


@page(Right.MANAGE_STANDARDS)
@require_POST
def discard(request: HttpRequest, version_id: UUID) -> HttpResponse:
    """Delete a draft."""
    found = _draft(request, version_id)
    actions.discard_draft(person_of(request), found, _seen(request))
    messages.success(request, f"已删除草稿“{found}”。")
    return redirect("standards:versions")


@page(Right.MANAGE_STANDARDS)
@require_POST
def publish(request: HttpRequest, version_id: UUID) -> HttpResponse:
    """Put a draft in force from its month."""
    found = _draft(request, version_id)
    actions.publish(person_of(request), found, clock.this_month(), _seen(request))
    messages.success(request, "已发布。")
    return redirect("standards:version", found.pk)


def _draft(request: HttpRequest, version_id: UUID) -> RuleVersion:
    """A version that the account manages; whether it still is a draft is for the action."""
    return get_object_or_404(visible_versions(request, Right.MANAGE_STANDARDS), pk=version_id)


def _standard_draft(request: HttpRequest, version_id: UUID) -> tuple[RuleVersion, Standard]:
    found = _draft(request, version_id)
    if found.published:
        raise problem("standards.published_already", value=str(found))
    rule = read_rule(found.kind, found.text)
    if not isinstance(rule, Standard):
        raise problem("standards.no_standard", value=str(found))
    return found, rule


def _place(request: HttpRequest, count: int) -> int:
    place = parse_count(request.GET.get("place", ""))
    if not place or place > count:
        raise problem("standards.no_place")
    return place


def _changed(request: HttpRequest, version: RuleVersion, change: Change, month: str = "") -> HttpResponse:
    actions.edit_draft(person_of(request), version, _seen(request), change, month)
    messages.success(request, "已保存。")
    return redirect("standards:version", version.pk)


def _form_page(
    request: HttpRequest,
    version: RuleVersion,
    form: forms.Form,
    title: str,
    help_text: str,
    template: str = "standards/draft_form.html",
) -> HttpResponse:
    context = {
        "form": form, "title": title, "help": help_text, "back": _back(version),
        "seen": _seen(request, version),
    }  # fmt: skip
    return render(request, template, context, status=422 if form.is_bound and form.errors else 200)


def _seen(request: HttpRequest, version: RuleVersion | None = None) -> str:
    """The mark of the state that the page was made of: the one that comes back, or the present one."""
    return request.POST.get("seen", "") or (version.mark if version else "-")


def _back(version: RuleVersion) -> str:
    return reverse("standards:version", args=[version.pk])

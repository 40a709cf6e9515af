"""Pages about standards and policies."""

from __future__ import annotations

import difflib
from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from zerentian.core.problems import ProblemsFound
from zerentian.evaluation.standard import Standard
from zerentian.pages.listing import Choice, Column, export, listing
from zerentian.people.access import account_of, page, person_of
from zerentian.people.rules import Right
from zerentian.standards import actions
from zerentian.standards.forms import DraftForm
from zerentian.standards.models import RuleVersion

_COLUMNS = [
    Column[RuleVersion]("名称", lambda one: one.title, "title"),
    Column[RuleVersion]("类别", lambda one: one.get_kind_display(), "kind"),
    Column[RuleVersion]("适用点位", lambda one: one.site_kind, "site_kind"),
    Column[RuleVersion]("版次", lambda one: one.number, "number"),
    Column[RuleVersion]("自（月）", lambda one: one.effective_from, "effective_from"),
    Column[RuleVersion]("状态", lambda one: "已发布" if one.published else "草稿"),
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
            "buttons": [("新版草稿", reverse("standards:new_version"), "plus")] if manages else [],
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
    changes = []
    if before:
        lines = difflib.unified_diff(before.text.splitlines(), found.text.splitlines(), lineterm="", n=1)
        changes = [line for line in lines if not line.startswith(("---", "+++", "@@"))]
    return render(
        request,
        "standards/version.html",
        {
            "version": found,
            "title": str(found),
            "before": before,
            "changes": changes,
            "standard": rule if isinstance(rule, Standard) else None,
            "can_publish": not found.published
            and account_of(request).scope(Right.MANAGE_STANDARDS).covers(found.town),
        },
    )


@page(Right.MANAGE_STANDARDS)
@require_http_methods(["GET", "POST"])
def new_version(request: HttpRequest) -> HttpResponse:
    """A draft, from nothing or from another version; its faults are all told at once beside the text."""
    base = (
        _versions(request).filter(pk=request.GET["from"]).first() if _is_id(request.GET.get("from")) else None
    )
    initial = {"kind": base.kind, "text": base.text} if base else {}
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
@require_POST
def publish(request: HttpRequest, version_id: UUID) -> HttpResponse:
    """Put a draft in force from its month."""
    found = get_object_or_404(_versions(request), pk=version_id)
    actions.publish(person_of(request), found, f"{timezone.localdate():%Y-%m}")
    messages.success(request, "已发布。")
    return redirect("standards:version", found.pk)


def _is_id(text: str | None) -> bool:
    try:
        UUID(text or "")
    except ValueError:
        return False
    return True

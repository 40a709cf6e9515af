"""Pages that show standards and policies."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from zerentian.core.months import is_month
from zerentian.evaluation.assessment import assess
from zerentian.evaluation.policy import Policy
from zerentian.evaluation.standard import Standard, kind_name
from zerentian.pages.listing import Choice, Column, export, listing
from zerentian.people.access import account_of, page
from zerentian.people.rules import Right
from zerentian.standards.actions import read_rule
from zerentian.standards.answers import answers_from, control_of
from zerentian.standards.differences import differences
from zerentian.standards.loop_words import loop_words
from zerentian.standards.models import RuleVersion, VersionQuerySet
from zerentian.standards.queries import version_before
from zerentian.standards.words import policy_words, section_limits, standard_facts

_COLUMNS = [
    Column[RuleVersion]("名称", lambda one: one.title, "title"),
    Column[RuleVersion]("类别", lambda one: one.get_kind_display(), "kind"),
    Column[RuleVersion]("适用点位", lambda one: kind_name(one.site_kind), "site_kind"),
    Column[RuleVersion]("版次", lambda one: one.number, "number"),
    Column[RuleVersion]("自（月）", lambda one: one.effective_from, "effective_from"),
    Column[RuleVersion]("状态", lambda one: "已发布" if one.published else "草稿"),
]


_HELPS = {
    RuleVersion.Kind.STANDARD: "逐项列出检查内容、分值和评分办法。",
    RuleVersion.Kind.POLICY: "考评办法的各项规定。",
    RuleVersion.Kind.LOOP: "整改办法的各项规定：问题类别和时限、流转、提醒和升级。",
}


def visible_versions(request: HttpRequest, right: Right = Right.SEE_STANDARDS) -> VersionQuerySet:
    """The versions that the account of a request may see."""
    return RuleVersion.objects.visible_to(account_of(request), right)


@page(Right.SEE_STANDARDS)
@require_GET
def versions(request: HttpRequest) -> HttpResponse:
    """The list of versions."""
    found = listing(
        request,
        visible_versions(request),
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
            "help": "评分标准、考评办法和整改办法的各个版本；发布后不再改动，只能再出新版。",
            "buttons": _list_buttons() if manages else [],
        },
    )


def _list_buttons() -> list[tuple[str, str, str]]:
    return [
        ("新版草稿", reverse("standards:new_version"), "plus"),
        ("导入评分表", reverse("standards:import_sheet"), "upload"),
        ("高级（YAML）", reverse("standards:new_text"), "file-text"),
    ]


@page(Right.SEE_STANDARDS)
@require_GET
def version(request: HttpRequest, version_id: UUID) -> HttpResponse:
    """What one version says; of a draft, with what changes it."""
    found = get_object_or_404(visible_versions(request), pk=version_id)
    rule = read_rule(found.kind, found.text)
    context = _version_context(request, found, "version") | {"help": _HELPS[RuleVersion.Kind(found.kind)]}
    if isinstance(rule, Standard):
        context |= {"standard": rule, "facts": standard_facts(rule), "sections": _sections(rule)}
        context["unsure"] = sum(clause.is_unsure for clause in rule.clauses)
        return render(request, "standards/standard.html", context)
    groups = policy_words(rule) if isinstance(rule, Policy) else loop_words(rule)
    return render(request, "standards/policy.html", context | {"groups": groups})


def _sections(standard: Standard) -> list[dict[str, object]]:
    """Sections with their clauses, each with its place in the standard."""
    place, sections = 0, []
    for number, section in enumerate(standard.sections, 1):
        clauses = []
        for clause in section.clauses:
            place += 1
            clauses.append((place, clause))
        marks = sum(clause.marks for clause in section.clauses)
        sections.append(
            {
                "number": number,
                "name": section.name,
                "marks": marks,
                "limits": section_limits(section),
                "clauses": clauses,
            }
        )
    return sections


@page(Right.SEE_STANDARDS)
@require_GET
def changes(request: HttpRequest, version_id: UUID) -> HttpResponse:
    """What a version changes against the one before it, or against another that is chosen."""
    found = get_object_or_404(visible_versions(request), pk=version_id)
    others = visible_versions(request).filter(
        town=found.town, kind=found.kind, site_kind=found.site_kind
    ).exclude(pk=found.pk).order_by("-effective_from", "-number")  # fmt: skip
    against = request.GET.get("against", "")
    chosen = {str(one.pk): one for one in others}
    before = chosen.get(against) or version_before(found, visible_versions(request))
    context = _version_context(request, found, "changes") | {
        "help": "逐项说明这一版与另一版有何不同。", "before": before, "others": others,
    }  # fmt: skip
    if before:
        context["differences"] = differences(
            read_rule(before.kind, before.text), read_rule(found.kind, found.text)
        )
    return render(request, "standards/changes.html", context)


@page(Right.SEE_STANDARDS)
@require_http_methods(["GET", "POST"])
def trial(request: HttpRequest, version_id: UUID) -> HttpResponse:
    """Observations as an inspector would enter them, and the score that the engine makes of them."""
    found, standard = _standard_version(request, version_id)
    month = request.POST.get("month", "")
    month = month if is_month(month) else found.effective_from
    context = trial_context(standard, month, request)
    if request.headers.get("HX-Request"):
        return render(request, "standards/trial_worth.html", context)
    context |= _version_context(request, found, "trial") | {
        "help": "填入检查时可能看到的情况，立即看到得分；只作试算，不保存。", "month": month,
    }  # fmt: skip
    return render(request, "standards/trial.html", context)


def trial_context(standard: Standard, month: str, request: HttpRequest) -> dict[str, object]:
    """The answers of a request under a standard: controls section by section, and what they are worth."""
    answers = answers_from(standard, request.POST.getlist)
    worth = assess(standard, month, answers)
    sections = [
        (
            section.name,
            [control_of(one, answers[one.id], worth.faults.get(one.id, "")) for one in section.clauses],
        )
        for section in standard.sections
    ]
    faults = [
        (clause.text, worth.faults[clause.id]) for clause in standard.clauses if clause.id in worth.faults
    ]
    return {"standard": standard, "worth": worth, "faults": faults, "sections": sections}


@page(Right.SEE_STANDARDS)
@require_GET
def sheet(request: HttpRequest, version_id: UUID) -> HttpResponse:
    """The score sheet of a version, to be printed."""
    found, standard = _standard_version(request, version_id)
    return render(
        request,
        "standards/sheet.html",
        {
            "version": found,
            "title": str(found),
            "standard": standard,
            "facts": standard_facts(standard),
            "sections": _sections(standard),
            "back": reverse("standards:version", args=[found.pk]),
        },
    )


def _standard_version(request: HttpRequest, version_id: UUID) -> tuple[RuleVersion, Standard]:
    """A version that is a standard's."""
    found = get_object_or_404(visible_versions(request), pk=version_id)
    rule = read_rule(found.kind, found.text)
    if not isinstance(rule, Standard):
        raise Http404
    return found, rule


def _version_context(request: HttpRequest, version: RuleVersion, tab: str) -> dict[str, object]:
    """What the frame of a version's pages shows: heading, tabs, and what may be done."""
    manages = account_of(request).scope(Right.MANAGE_STANDARDS).covers(version.town)
    return {
        "version": version,
        "title": str(version),
        "tab": tab,
        "is_standard": version.kind == RuleVersion.Kind.STANDARD,
        "can_manage": manages,
        "can_edit": manages and not version.published,
    }

"""Pages by which problems of others come in: one by hand, or a list of them."""

from __future__ import annotations

from pathlib import Path
from typing import cast
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from zerentian.core import clock
from zerentian.core.problems import problem
from zerentian.core.table_writing import Value, workbook_bytes
from zerentian.evaluation.clauses import Clause
from zerentian.evaluation.standard import Standard
from zerentian.pages.listing import workbook_response
from zerentian.pages.uploads import forget_table, keep_archive, keep_table, kept_archive, kept_table
from zerentian.people.access import account_of, page, person_of
from zerentian.people.models import Account
from zerentian.people.rules import Right
from zerentian.places.models import Site
from zerentian.places.rules import name_key
from zerentian.standards.actions import read_rule
from zerentian.standards.queries import standards_of
from zerentian.tickets import intake_actions
from zerentian.tickets.intake_forms import ColumnsForm, ListForm, ReportForm
from zerentian.tickets.intake_models import Sender
from zerentian.tickets.intake_rules import is_score_table
from zerentian.tickets.list_files import read_list
from zerentian.tickets.list_planning import ListPlan, PlannedRow, columns_for, plan_list
from zerentian.tickets.rules import State

_FOUND_AT_MOST = 30
_PREVIEWED = 300


@page(Right.REPORT_PROBLEMS)
@require_GET
def find_site(request: HttpRequest) -> HttpResponse:
    """Where the problem is: a site by name, pinyin or code."""
    words = request.GET.get("q", "").replace("\x00", "").strip()[:100]
    key = name_key(words)
    rows = _sites(account_of(request)).select_related("region").order_by("pinyin", "code")
    if words:
        rows = rows.filter(Q(name_key__contains=key) | Q(initials__contains=key) | Q(code__icontains=words))
    found = list(rows[: _FOUND_AT_MOST + 1])
    context = {
        "title": "登记问题", "words": words, "sites": found[:_FOUND_AT_MOST], "most": _FOUND_AT_MOST,
        "is_more": len(found) > _FOUND_AT_MOST, "buttons": _buttons(account_of(request)),
        "help": "领导巡查、群众举报、村居自查和市、区来信中的问题，先找到点位再登记。",
    }  # fmt: skip
    part = (
        "tickets/intake/sites.html" if request.headers.get("HX-Request") else "tickets/intake/find_site.html"
    )
    return render(request, part, context)


@page(Right.REPORT_PROBLEMS)
@require_http_methods(["GET", "POST"])
def register(request: HttpRequest, site_id: UUID) -> HttpResponse:
    """Register a problem of a site."""
    site = get_object_or_404(_sites(account_of(request)).select_related("region"), pk=site_id)
    sources = intake_actions.sources_for(account_of(request), site.region_id)
    if not sources:
        raise PermissionDenied
    form = ReportForm(sources, _clauses(site), request.POST or None)
    if request.method == "POST" and form.is_valid():
        photos = [one.read() for one in request.FILES.getlist("photos")]
        ticket = intake_actions.register(person_of(request), site, form.report, photos)
        waits = "，待现场核实后立案" if ticket.state == State.REPORTED else ""
        messages.success(
            request, f"已登记：整改单 {ticket.number}（{site.name}，{ticket.class_name}）{waits}。"
        )
        return redirect("intake:find_site")
    context = {
        "title": f"登记问题：{site.name}", "site": site, "form": form, "back": reverse("intake:find_site"),
        "most": intake_actions.MOST_PHOTOS,
    }  # fmt: skip
    return render(request, "tickets/intake/register.html", context)


@page(Right.DISPATCH_TICKETS)
@require_http_methods(["GET", "POST"])
def import_list(request: HttpRequest) -> HttpResponse:
    """A list of problems: uploaded, its columns confirmed, previewed, saved."""
    chosen = {"sender": request.GET.get("sender", "")}
    form = ListForm(request.POST or None, request.FILES or None, initial=chosen)
    rows = Sender.objects.visible_to(account_of(request)).filter(is_active=True).exclude(source="device")
    form.fields["sender"].queryset = rows  # type: ignore[attr-defined]
    if request.method == "POST" and form.is_valid():
        owner, sender = account_of(request).id, form.cleaned_data["sender"]
        kept = keep_table(form.cleaned_data["table"], owner)
        path = kept_table(kept, owner)
        if form.cleaned_data["photos"]:
            keep_archive(form.cleaned_data["photos"], path)
        read_list(path)
        return redirect("intake:columns", sender.pk, kept)
    context = {
        "title": "导入问题清单", "form": form, "back": reverse("intake:senders"), "submit": "上传，下一步",
        "help": "市、区督查的问题清单：上传、对列、预览、确认；确认之前什么也不保存，可以反复导入。",
    }  # fmt: skip
    return render(request, "tickets/intake/upload.html", context)


@page(Right.DISPATCH_TICKETS)
@require_http_methods(["GET", "POST"])
def columns(request: HttpRequest, sender_id: UUID, kept: str) -> HttpResponse:
    """Which heading of an uploaded list holds what."""
    sender = _sender(request, sender_id)
    path = kept_table(kept, account_of(request).id)
    found = read_list(path)
    form = ColumnsForm(found.header, columns_for(sender, found), request.POST or None)
    if request.method == "POST" and form.is_valid():
        intake_actions.set_columns(person_of(request), sender, form.cleaned_data)
        return redirect("intake:preview", sender.pk, kept)
    context = {
        "title": f"{sender.name}：对列", "form": form, "back": reverse("intake:import_list"), "found": found,
        "samples": [[row.texts.get(name, "") for name in found.header] for row in found.rows[:5]],
        "is_scores": is_score_table(found.header), "sender": sender, "count": len(found.rows),
        "may_import_scores": account_of(request).has(Right.CLOSE_MONTH),
    }  # fmt: skip
    return render(request, "tickets/intake/columns.html", context)


@page(Right.DISPATCH_TICKETS)
@require_http_methods(["GET", "POST"])
def preview(request: HttpRequest, sender_id: UUID, kept: str) -> HttpResponse:
    """What an uploaded list would do, row by row; names told apart, and all of it saved."""
    sender = _sender(request, sender_id)
    path = kept_table(kept, account_of(request).id)
    archive = kept_archive(path)
    if request.method == "POST" and "confirm" in request.POST:
        plan = intake_actions.import_list(person_of(request), sender, path, archive)
        forget_table(path)
        messages.success(request, _done(plan))
        return redirect("intake:sender", sender.pk)
    if request.method == "POST":
        count = intake_actions.set_aliases(
            person_of(request), sender, _picked(request, sender, path, archive)
        )
        messages.success(request, f"已记住 {count} 个点位叫法，下次自动对上。")
        return redirect("intake:preview", sender.pk, kept)
    plan = plan_list(sender, path, archive)
    if "export" in request.GET:
        return _exported(sender, plan)
    sound = [row for row in plan.rows if not row.faults]
    context = {
        "title": f"{sender.name}：预览", "sender": sender, "plan": plan, "kept": kept,
        "back": reverse("intake:columns", args=[sender.pk, kept]), "archive": archive,
        "counts": {state: plan.count(state) for state in ("new", "joins", "known", "faulty")},
        "faulty": [row for row in plan.rows if row.faults],
        "rows": sound[:_PREVIEWED], "hidden": max(0, len(sound) - _PREVIEWED),
        "photos": sum(len(row.photos) for row in plan.rows),
    }  # fmt: skip
    return render(request, "tickets/intake/preview.html", context)


def picked_site(sender: Sender, chosen: str, code: str) -> Site | None:
    """The town's site that was chosen, or whose code was typed instead. Raises `ProblemsFound`."""
    ours = Site.objects.filter(town=sender.town, is_active=True)
    if code.strip():
        found = ours.filter(code__iexact=code.strip()).first()
        if found is None:
            raise problem("intake.other_town", value=code.strip())
        return found
    try:
        return ours.filter(pk=UUID(chosen)).first()
    except ValueError:
        return None


def _picked(request: HttpRequest, sender: Sender, path: Path, archive: Path | None) -> dict[str, Site | None]:
    """The names that somebody told apart, by what they are remembered by."""
    found: dict[str, Site | None] = {}
    for number, one in enumerate(plan_list(sender, path, archive).unknown):
        if request.POST.get(f"key-{number}") != one.key:
            continue
        site = picked_site(
            sender, request.POST.get(f"site-{number}", ""), request.POST.get(f"code-{number}", "")
        )
        if site is not None:
            found[one.key] = site
    return found


def _done(plan: ListPlan) -> str:
    return (
        f"已导入：立新单 {plan.count('new')} 张，并入整改单 {plan.count('joins')} 行，"
        f"早已导入 {plan.count('known')} 行。"
    )


def _exported(sender: Sender, plan: ListPlan) -> HttpResponse:
    titles = ["行", "点位", "对应点位", "问题", "类别", "期限", "将会", "照片", "说明"]
    rows: list[list[Value]] = [
        [
            row.number, row.site_text, row.site.name if row.site else "", row.words,
            row.problem_class.name if row.problem_class else "", clock.as_text(row.due) if row.due else "",
            row.state_words, len(row.photos), _note(row),
        ]
        for row in plan.rows
    ]  # fmt: skip
    return workbook_response(f"{sender.name}导入预览", workbook_bytes("预览", titles, rows))


def _note(row: PlannedRow) -> str:
    return "；".join(str(one) for one in row.faults) or row.note


def _sites(account: Account) -> QuerySet[Site]:
    scope = account.scope(Right.REPORT_PROBLEMS)
    return Site.objects.filter(scope.regions("region__code"), is_active=True)


def _sender(request: HttpRequest, sender_id: UUID) -> Sender:
    return get_object_or_404(Sender.objects.visible_to(account_of(request)), pk=sender_id)


def _clauses(site: Site) -> list[Clause]:
    version = standards_of(site.town, clock.this_month()).get(site.kind)
    return list(cast(Standard, read_rule(version.kind, version.text)).clauses) if version else []


def _buttons(account: Account) -> list[tuple[str, str, str]]:
    if not account.has(Right.DISPATCH_TICKETS):
        return []
    return [
        ("导入问题清单", reverse("intake:import_list"), "upload"),
        ("来源单位", reverse("intake:senders"), "building"),
        ("待认领的设备事件", reverse("intake:events") + "?state=unmatched", "alert-triangle"),
    ]

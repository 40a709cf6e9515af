"""Pages about committees."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from zerentian.core.regions import town_of
from zerentian.pages.forms import offer
from zerentian.pages.listing import Column, export, listing
from zerentian.people.access import account_of, page, person_of
from zerentian.people.rules import Right
from zerentian.places import actions
from zerentian.places.forms import RegionForm, RenameForm
from zerentian.places.models import Region
from zerentian.places.rules import name_key


def _state(one: Region) -> str:
    return "在用" if one.is_active else f"已并入{one.merged_into or ''}"


_COLUMNS = [
    Column[Region]("名称", lambda one: one.name, "pinyin"),
    Column[Region]("区划代码", lambda one: one.code, "code"),
    Column[Region]("在用点位", lambda one: one.active_sites, "active_sites"),  # type: ignore[attr-defined]  # annotated
    Column[Region]("状态", _state, "is_active"),
]


def _regions(request: HttpRequest, right: Right = Right.SEE_PLACES) -> QuerySet[Region]:
    found = Region.objects.visible_to(account_of(request), right).exclude(code__endswith="000")
    counted = Count("sites", Q(sites__is_active=True), distinct=True)
    return found.select_related("merged_into").annotate(active_sites=counted)


@page(Right.SEE_PLACES)
@require_GET
def regions(request: HttpRequest) -> HttpResponse:
    """The list of committees; a code tells apart two of the same name."""
    manages = account_of(request).has(Right.MANAGE_PLACES)
    found = listing(
        request, _regions(request), _COLUMNS, sort="code", empty="还没有村居。",
        search=lambda rows, words: rows.filter(
            Q(name__icontains=words) | Q(initials__contains=name_key(words)) | Q(code=words)
        ),
        link=(lambda one: reverse("places:region", args=[one.pk])) if manages else None,
    )  # fmt: skip
    if "export" in request.GET:
        return export("村居", found.rows_found, _COLUMNS)
    context = {
        "listing": found, "title": "村居", "back": reverse("places:sites"),
        "help": "以区划代码为准；改名、撤并都不影响历史。",
        "buttons": [("新增村居", reverse("places:new_region"), "plus")] if manages else [],
    }  # fmt: skip
    return render(request, "pages/list.html", context)


@page(Right.MANAGE_PLACES)
@require_http_methods(["GET", "POST"])
def new_region(request: HttpRequest) -> HttpResponse:
    """A new committee."""
    form = RegionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        code = form.cleaned_data["code"].strip()
        if Region.objects.filter(pk=code).exists():
            form.add_error("code", "这个区划代码已经登记")
        else:
            actions.create_region(person_of(request), code, form.cleaned_data["name"], town_of(code))
            messages.success(request, "已新增。")
            return redirect("places:regions")
    context = {"form": form, "title": "新增村居", "submit": "新增", "back": reverse("places:regions")}
    return render(request, "pages/form.html", context)


@page(Right.MANAGE_PLACES)
@require_http_methods(["GET", "POST"])
def region(request: HttpRequest, region_code: str) -> HttpResponse:
    """Rename a committee, or merge it into another."""
    found = get_object_or_404(_regions(request, Right.MANAGE_PLACES), pk=region_code)
    form = RenameForm(request.POST or None, initial={"name": found.name})
    offer(form, "into", _regions(request, Right.MANAGE_PLACES).filter(is_active=True).exclude(pk=found.pk))
    if request.method == "POST" and form.is_valid():
        values, by = form.cleaned_data, person_of(request)
        actions.rename_region(by, found, values["name"])
        if values["into"]:
            moved = actions.merge_region(by, found, values["into"], values["reason"])
            messages.success(request, f"已并入{values['into']}，{moved} 个点位随之转入。")
        return redirect("places:regions")
    context = {
        "form": form, "title": f"{found.name}（{found.code}）", "back": reverse("places:regions"),
        "note": "改名只改名称；撤并后原村居不再使用，它的历史记录和名次保留不变。",
    }  # fmt: skip
    return render(request, "pages/form.html", context)

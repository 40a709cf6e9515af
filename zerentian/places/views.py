"""Pages about places."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from zerentian.core.problems import ProblemsFound
from zerentian.ledger.models import Event
from zerentian.pages.listing import Choice, Column, blank_table, export, listing
from zerentian.pages.uploads import keep_table, kept_table
from zerentian.people.access import account_of, page, person_of
from zerentian.people.rules import Right
from zerentian.places import actions
from zerentian.places.forms import CloseForm, SiteForm
from zerentian.places.importing import OPTIONAL, REQUIRED, plan_import
from zerentian.places.models import Region, Site, SiteKind
from zerentian.places.rules import name_key, opening_text

_PREVIEWED = 300
_LISTED = 50
_COLUMNS = [
    Column[Site]("名称", lambda one: one.name, "pinyin"),
    Column[Site]("编号", lambda one: one.code, "code"),
    Column[Site]("类型", lambda one: one.get_kind_display(), "kind"),
    Column[Site]("村居", lambda one: one.region.name, "region_id"),
    Column[Site]("户数", lambda one: one.households, "households"),
    Column[Site]("物业企业", lambda one: one.property_company.name if one.property_company else ""),
    Column[Site]("状态", lambda one: "在用" if one.is_active else "已停用", "is_active"),
]
_EXPORTED = [
    *_COLUMNS,
    Column[Site]("村居代码", lambda one: one.region_id),
    Column[Site]("地址", lambda one: one.address),
    Column[Site]("纬度", lambda one: one.latitude),
    Column[Site]("经度", lambda one: one.longitude),
    Column[Site]("投放时段", lambda one: opening_text(one.opening)),
]


def _sites(request: HttpRequest, right: Right = Right.SEE_PLACES) -> QuerySet[Site]:
    return Site.objects.visible_to(account_of(request), right).select_related("region", "property_company")


def _committees(request: HttpRequest) -> list[tuple[str, str]]:
    seen = Region.objects.visible_to(account_of(request)).exclude(code__endswith="000")
    return list(seen.order_by("code").values_list("code", "name"))


def _search(sites: QuerySet[Site], words: str) -> QuerySet[Site]:
    key = name_key(words)
    return sites.filter(Q(name_key__contains=key) | Q(initials__contains=key) | Q(code__iexact=words))


@page(Right.SEE_PLACES)
@require_GET
def sites(request: HttpRequest) -> HttpResponse:
    """The list of sites."""
    rows = _sites(request)
    found = listing(
        request,
        rows,
        _COLUMNS,
        sort="pinyin",
        search=_search,
        choices=[
            Choice("kind", "类型", SiteKind.choices),
            Choice(
                "region",
                "村居",
                list(
                    Region.objects.visible_to(account_of(request))
                    .exclude(code__endswith="000")
                    .order_by("code")
                    .values_list("code", "name")
                ),
            ),
            Choice("is_active", "状态", [("True", "在用"), ("False", "已停用")]),
        ],
        link=lambda one: reverse("places:site", args=[one.pk]),
        empty="还没有点位；可以新增，也可以从 Excel 导入。",
    )
    if "export" in request.GET:
        return export("点位", found.rows_found, _EXPORTED)
    manages = account_of(request).has(Right.MANAGE_PLACES)
    return render(
        request,
        "pages/list.html",
        {
            "listing": found,
            "title": "点位",
            "help": "全镇要检查的小区、村、单位、商铺、公共场所和中转站。",
            "search_hint": "名称、拼音首字母或编号",
            "buttons": [
                *(_buttons() if manages else []),
                ("地图", reverse("places:map"), "map"),
                ("村居", reverse("places:regions"), "building"),
            ],
        },
    )


def _buttons() -> list[tuple[str, str, str]]:
    return [
        ("新增点位", reverse("places:new_site"), "plus"),
        ("导入", reverse("places:import_sites"), "upload"),
    ]


@page(Right.SEE_PLACES)
@require_GET
def site(request: HttpRequest, site_id: UUID) -> HttpResponse:
    """One site: its facts, facilities and what was changed."""
    found = get_object_or_404(_sites(request).select_related("responsible", "merged_into"), pk=site_id)
    can_manage = account_of(request).scope(Right.MANAGE_PLACES).covers(found.region_id)
    events = Event.objects.filter(subject_type="site", subject=str(found.pk)).order_by("-at")[:20]
    return render(
        request,
        "places/site.html",
        {
            "site": found,
            "title": found.name,
            "opening": opening_text(found.opening),
            "facilities": found.facilities.all(),
            "can_manage": can_manage,
            "can_see_inspections": account_of(request).has(Right.SEE_INSPECTIONS),
            "events": events if can_manage else [],
        },
    )


@page(Right.MANAGE_PLACES)
@require_http_methods(["GET", "POST"])
def new_site(request: HttpRequest) -> HttpResponse:
    """A new site."""
    form = SiteForm(account_of(request), request.POST or None)
    if request.method == "POST" and form.is_valid():
        made = actions.create_site(person_of(request), form.cleaned_data)
        messages.success(request, f"已新增“{made.name}”。")
        return redirect("places:site", made.pk)
    back = reverse("places:sites")
    return render(
        request, "pages/form.html", {"form": form, "title": "新增点位", "submit": "新增", "back": back}
    )


@page(Right.MANAGE_PLACES)
@require_http_methods(["GET", "POST"])
def import_sites(request: HttpRequest) -> HttpResponse:
    """A table of sites: uploaded, previewed, confirmed."""
    context: dict[str, object] = {
        "title": "导入点位", "back": reverse("places:sites"),
        "required": "、".join(REQUIRED), "optional": "、".join(OPTIONAL),
    }  # fmt: skip
    if "blank" in request.GET:
        return blank_table("点位导入表", (*REQUIRED, *OPTIONAL))
    owner = account_of(request).id
    if request.method == "POST" and "kept" in request.POST:
        plan = actions.import_sites(person_of(request), kept_table(request.POST["kept"], owner))
        messages.success(request, f"已导入：新增 {plan.count('new')} 个，改动 {plan.count('changed')} 个。")
        return redirect("places:sites")
    table = request.FILES.get("table")
    if request.method == "POST" and isinstance(table, UploadedFile):
        kept = keep_table(table, owner)
        plan = plan_import(kept_table(kept, owner), account_of(request))
        context |= {
            "plan": plan, "kept": kept, "problems_count": plan.problems.count,
            "counts": {state: plan.count(state) for state in ("new", "changed", "unchanged")},
            "rows": [row for row in plan.rows if row.state != "unchanged"][:_PREVIEWED],
            "lines": list(ProblemsFound(plan.problems.kept, plan.problems.count).lines()),
        }  # fmt: skip
    return render(request, "places/import.html", context)


@page(Right.MANAGE_PLACES)
@require_http_methods(["GET", "POST"])
def edit_site(request: HttpRequest, site_id: UUID) -> HttpResponse:
    """Change a site."""
    found = get_object_or_404(_sites(request, Right.MANAGE_PLACES), pk=site_id)
    form = SiteForm(account_of(request), request.POST or None, instance=found)
    if request.method == "POST" and form.is_valid():
        version = form.cleaned_data["version"] or 0
        changed = actions.change_site(person_of(request), found, form.cleaned_data, version)
        messages.success(request, "已保存。" if changed else "没有改动。")
        return redirect("places:site", found.pk)
    back = reverse("places:site", args=[found.pk])
    return render(request, "pages/form.html", {"form": form, "title": f"修改：{found.name}", "back": back})


@page(Right.MANAGE_PLACES)
@require_http_methods(["GET", "POST"])
def close_site(request: HttpRequest, site_id: UUID) -> HttpResponse:
    """Close a site or merge it into another."""
    found = get_object_or_404(_sites(request, Right.MANAGE_PLACES), pk=site_id)
    form = CloseForm(request.POST or None, initial={"day": timezone.localdate()})
    if request.method == "POST" and form.is_valid():
        code = form.cleaned_data["into"].strip()
        into = (
            _sites(request, Right.MANAGE_PLACES).filter(town=found.town, code=code).first() if code else None
        )
        if code and into is None:
            form.add_error("into", "没有这个编号的点位")
        else:
            values = form.cleaned_data
            actions.close_site(person_of(request), found, values["day"], values["reason"], into)
            messages.success(request, "已停用；以往的检查和结果保留不变。")
            return redirect("places:site", found.pk)
    back = reverse("places:site", args=[found.pk])
    return render(
        request,
        "pages/form.html",
        {
            "form": form,
            "title": f"停用或合并：{found.name}",
            "submit": "停用",
            "back": back,
            "note": "从停用之日起不再列入检查计划，历史记录不受影响。",
        },
    )


@page(Right.SEE_PLACES)
@require_GET
def map_page(request: HttpRequest) -> HttpResponse:
    """Where the sites lie; works without map tiles, too."""
    unplaced = _sites(request).filter(is_active=True, latitude=None)
    context = {
        "title": "点位地图", "back": reverse("places:sites"), "kinds": SiteKind.choices,
        "help": "按类型着色；没有地图底图时也能看位置。坐标为 WGS-84。", "tiles": settings.MAP_TILES,
        "unplaced": unplaced.order_by("pinyin")[:_LISTED], "unplaced_count": unplaced.count(),
    }  # fmt: skip
    return render(request, "places/map.html", context)


@page(Right.SEE_PLACES)
@require_GET
def map_sites(request: HttpRequest) -> HttpResponse:
    """Positions of the sites one sees, with no more than the map shows."""
    placed = _sites(request).filter(is_active=True).exclude(latitude=None).order_by("code")
    rows = placed.values_list("pk", "name", "kind", "latitude", "longitude", "region__name")
    return JsonResponse(
        {
            "sites": [
                [reverse("places:site", args=[pk]), name, kind, str(latitude), str(longitude), region]
                for pk, name, kind, latitude, longitude, region in rows
            ]
        }
    )

"""Pages for planning a round and following it."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from zerentian.core import clock
from zerentian.core.months import shift
from zerentian.core.problems import problem
from zerentian.pages.forms import offer
from zerentian.pages.listing import Choice, Column, download, export, listing
from zerentian.people.access import account_of, page, person_of
from zerentian.people.models import Organisation
from zerentian.people.rules import Right
from zerentian.places.models import Region, SiteKind
from zerentian.rounds import plan_actions, visit_actions
from zerentian.rounds.forms import ConflictForm, ReasonForm, ReassignForm, RoundForm, first_and_last
from zerentian.rounds.models import Assignment, Conflict, Draw, Round
from zerentian.rounds.queries import coverage, coverage_by

_COLUMNS = [
    Column[Round]("测评", str, "month"),
    Column[Round]("状态", lambda one: one.get_state_display(), "state"),
    Column[Round]("日期", lambda one: f"{one.begins:%m-%d} 至 {one.ends:%m-%d}"),
]
_ASSIGNMENT_COLUMNS = [
    Column[Assignment]("点位", lambda one: one.site.name, "site__pinyin"),
    Column[Assignment]("村居", lambda one: one.site.region.name, "site__region_id"),
    Column[Assignment]("日期", lambda one: one.day, "day"),
    Column[Assignment]("检查员", lambda one: one.inspector.name, "inspector"),
    Column[Assignment]("预计", lambda one: f"{one.arrival:%H:%M}" if one.arrival else ""),
    Column[Assignment]("状态", lambda one: one.get_state_display(), "state"),
    Column[Assignment]("类别", lambda one: "复查" if one.is_recheck else "初查", "is_recheck"),
    Column[Assignment]("未能检查的原因", lambda one: one.reason),
]
_CONFLICT_COLUMNS = [
    Column[Conflict]("检查员", lambda one: one.inspector.name, "inspector"),
    Column[Conflict]("回避对象", lambda one: one.region or one.organisation),
    Column[Conflict]("情形", lambda one: one.reason),
    Column[Conflict]("申报", lambda one: one.declared, "declared"),
    Column[Conflict]("至", lambda one: one.until or "长期"),
]


def _rounds(request: HttpRequest, right: Right = Right.SEE_ROUNDS) -> QuerySet[Round]:
    return Round.objects.visible_to(account_of(request), right)


@page(Right.SEE_ROUNDS)
@require_GET
def rounds(request: HttpRequest) -> HttpResponse:
    """The list of rounds."""
    found = listing(
        request, _rounds(request), _COLUMNS, sort="-month",
        choices=[Choice("state", "状态", Round.State.choices)],
        link=lambda one: reverse("rounds:round", args=[one.pk]), empty="还没有测评；点“新建测评”开始。",
    )  # fmt: skip
    if "export" in request.GET:
        return export("测评", found.rows_found, _COLUMNS)
    buttons = [
        ("新建测评", reverse("rounds:new_round"), "plus"),
        ("回避申报", reverse("rounds:conflicts"), "users"),
    ]
    plans = account_of(request).has(Right.PLAN_ROUNDS)
    context = {
        "listing": found, "title": "测评", "buttons": buttons if plans else [],
        "help": "每月一轮：公布承诺值、抽签定人定日、全覆盖检查、复查末位。",
    }  # fmt: skip
    return render(request, "pages/list.html", context)


@page(Right.PLAN_ROUNDS)
@require_http_methods(["GET", "POST"])
def new_round(request: HttpRequest) -> HttpResponse:
    """A new month."""
    town = account_of(request).town
    last = Round.objects.filter(town=town, source="town").first()
    month = shift(last.month, 1) if last else clock.this_month()
    begins, ends = first_and_last(month)
    form = RoundForm(request.POST or None, initial={"month": month, "begins": begins, "ends": ends})
    if request.method == "POST" and form.is_valid():
        made = plan_actions.open_round(person_of(request), town, **form.cleaned_data)
        messages.success(request, "测评已建立，承诺值已公布；现在可以抽签。")
        return redirect("rounds:round", made.pk)
    context = {
        "form": form, "title": "新建测评", "submit": "建立", "back": reverse("rounds:rounds"),
        "note": "建立时即公布一个承诺值；抽签之后谁都可以用它核对，没有人能挑结果。",
    }  # fmt: skip
    return render(request, "pages/form.html", context)


@page(Right.SEE_ROUNDS)
@require_GET
def round_page(request: HttpRequest, round_id: UUID) -> HttpResponse:
    """The coverage board of a round, and what can be done next."""
    found = get_object_or_404(_rounds(request), pk=round_id)
    account = account_of(request)
    assignments = found.assignments.overseen_by(account)
    first, again = assignments.filter(is_recheck=False), assignments.filter(is_recheck=True)
    return render(
        request,
        "rounds/round.html",
        {
            "round": found,
            "title": str(found),
            "help": "覆盖看板：哪些查了、哪些没查、谁晚了；点数字看明细。",
            "draws": found.draws.all(),
            "whole": coverage(first),
            "rechecks": coverage(again),
            "boards": [
                ("按村居", coverage_by(first, "committee")),
                ("按类型", coverage_by(first, "kind")),
                ("按检查员", coverage_by(first, "inspector")),
            ],
            "can_plan": account.scope(Right.PLAN_ROUNDS).covers(found.town),
            "today": clock.today().isoformat(),
            "is_told": clock.today() > found.ends,
        },
    )


@page(Right.PLAN_ROUNDS)
@require_http_methods(["GET", "POST"])
def draw_round(request: HttpRequest, round_id: UUID) -> HttpResponse:
    """Draw by lot; a second draw asks for its reason."""
    found = get_object_or_404(_rounds(request, Right.PLAN_ROUNDS), pk=round_id)
    again = found.draws.exists()
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and (form.is_valid() or not again):
        plan_actions.draw_round(person_of(request), found, form.cleaned_data.get("reason", ""))
        messages.success(request, "抽签完成；每天的任务到当日早晨才公布。")
        return redirect("rounds:round", found.pk)
    context = {
        "form": form, "title": f"重抽：{found}", "submit": "重抽", "note": "原来的抽签留在案上。",
        "back": reverse("rounds:round", args=[found.pk]),
    }  # fmt: skip
    return render(request, "pages/form.html", context)


@page(Right.PLAN_ROUNDS)
@require_POST
def draw_rechecks(request: HttpRequest, round_id: UUID) -> HttpResponse:
    """Draw second visits by other inspectors."""
    found = get_object_or_404(_rounds(request, Right.PLAN_ROUNDS), pk=round_id)
    made = plan_actions.draw_rechecks(person_of(request), found)
    messages.success(request, f"已抽取 {len(made.outcome)} 个点位由另一名检查员复查。")
    return redirect("rounds:round", found.pk)


@page(Right.SEE_ROUNDS)
@require_http_methods(["GET", "POST"])
def plan(request: HttpRequest, round_id: UUID) -> HttpResponse:
    """Who visits what and when: days that are told; the rest only on the record, with a reason."""
    found = get_object_or_404(_rounds(request), pk=round_id)
    account = account_of(request)
    rows = found.assignments.visible_to(account)
    form = ReasonForm(request.POST or None)
    opened = request.method == "POST" and form.is_valid()
    if opened:
        plan_actions.open_plan(person_of(request), found, form.cleaned_data["reason"])
        rows = found.assignments.overseen_by(account)
    inspectors = rows.order_by("inspector__name").values_list("inspector", "inspector__name").distinct()
    committees = rows.order_by("site__region").values_list("site__region", "site__region__name").distinct()
    today = clock.today().isoformat()
    table = listing(
        request, rows.select_related("site__region", "inspector"), _ASSIGNMENT_COLUMNS, sort="day",
        choices=[
            Choice("state", "状态", Assignment.State.choices),
            Choice("day__lt", "期限", [(today, "检查日已过")]),
            Choice("site__region", "村居", list(committees)),
            Choice("site__kind", "类型", SiteKind.choices),
            Choice("inspector", "检查员", [(str(pk), name) for pk, name in inspectors]),
            Choice("is_recheck", "类别", [("False", "初查"), ("True", "复查")]),
        ],
        search=lambda query, words: query.filter(site__name__icontains=words),
        link=lambda one: reverse("rounds:assignment", args=[one.pk]), empty="还没有公布的安排。",
    )  # fmt: skip
    if "export" in request.GET:
        return export(f"{found}安排", table.rows_found, _ASSIGNMENT_COLUMNS)
    context = {
        "listing": table, "title": f"安排：{found}", "back": reverse("rounds:round", args=[found.pk]),
        "help": "已公布的每日安排；未公布的只有写明理由才能查看，查看本身记入台账。",
        "form": form, "opened": opened, "round": found,
        "may_open": account.scope(Right.PLAN_ROUNDS).covers(found.town),
    }  # fmt: skip
    return render(request, "rounds/plan.html", context)


@page(Right.SEE_STANDARDS)
@require_GET
def proof(request: HttpRequest, draw_id: UUID) -> HttpResponse:
    """What proves a draw; with its secret and outcome once the round's days are over."""
    rounds_seen = Round.objects.filter(town__in=account_of(request).towns)
    made = get_object_or_404(Draw.objects.filter(round__in=rounds_seen).select_related("round"), pk=draw_id)
    if "download" in request.GET:
        if made.round.is_secret:
            raise problem("rounds.still_secret", day=made.round.ends)
        content = plan_actions.proof_of(made).model_dump_json(indent=1).encode()
        return download(f"{made}.json", content, "application/json")
    context = {
        "draw": made, "round": made.round, "title": str(made),
        "help": "任何人都可以据此核对：抽签不是挑出来的。",
        "faults": None if made.round.is_secret else plan_actions.check(made),
    }  # fmt: skip
    return render(request, "rounds/proof.html", context)


@page(Right.SEE_ROUNDS)
@require_GET
def assignment(request: HttpRequest, assignment_id: UUID) -> HttpResponse:
    """One visit to make or made: who, when, what came of it, and what one may do about it."""
    account = account_of(request)
    rows = Assignment.objects.visible_to(account).select_related(
        "site__region", "inspector", "round", "signed_by", "reported_by"
    )
    found = get_object_or_404(rows, pk=assignment_id)
    signs = account.scope(Right.CORRECT_INSPECTIONS)
    oversees = signs.covers(found.round.town) or not signs.organisations.isdisjoint(
        visit_actions.organisations_of(found)
    )
    is_open = found.round.state == Round.State.OPEN
    context = {
        "assignment": found, "title": found.site.name, "back": reverse("rounds:plan", args=[found.round_id]),
        "inspections": found.inspections.exclude(state="draft").order_by("-number"),
        "can_plan": is_open and account.scope(Right.PLAN_ROUNDS).covers(found.round.town),
        "can_sign": is_open
        and oversees
        and found.state == Assignment.State.UNREACHABLE
        and found.signed_by_id is None
        and found.reported_by_id != account.pk,
    }  # fmt: skip
    return render(request, "rounds/assignment.html", context)


@page(Right.PLAN_ROUNDS)
@require_http_methods(["GET", "POST"])
def reassign(request: HttpRequest, assignment_id: UUID) -> HttpResponse:
    """Give a visit to somebody else or another day."""
    account = account_of(request)
    found = get_object_or_404(
        Assignment.objects.visible_to(account).filter(
            account.scope(Right.PLAN_ROUNDS).regions("round__town")
        ),
        pk=assignment_id,
    )
    form = ReassignForm(request.POST or None, initial={"inspector": found.inspector_id, "day": found.day})
    offer(form, "inspector", plan_actions.inspectors_of(found.round.town))
    back = reverse("rounds:plan", args=[found.round_id])
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        plan_actions.reassign(person_of(request), found, values["inspector"], values["day"], values["reason"])
        messages.success(request, "已改派。")
        return redirect(back)
    context = {"form": form, "title": f"改派：{found.site.name}", "submit": "改派", "back": back}
    return render(request, "pages/form.html", context)


@page(Right.CORRECT_INSPECTIONS)
@require_POST
def sign_unreachable(request: HttpRequest, assignment_id: UUID) -> HttpResponse:
    """Vouch that a site could not be inspected."""
    found = get_object_or_404(Assignment.objects.visible_to(account_of(request)), pk=assignment_id)
    visit_actions.sign_unreachable(person_of(request), found)
    messages.success(request, "已签认。")
    return redirect("rounds:assignment", found.pk)


@page(Right.PLAN_ROUNDS)
@require_GET
def conflicts(request: HttpRequest) -> HttpResponse:
    """Declared conflicts of interest."""
    rows = Conflict.objects.filter(inspector__in=plan_actions.inspectors_of(account_of(request).town))
    found = listing(
        request, rows.select_related("inspector", "region", "organisation"), _CONFLICT_COLUMNS,
        sort="-declared", empty="还没有申报的回避。",
    )  # fmt: skip
    if "export" in request.GET:
        return export("回避", found.rows_found, _CONFLICT_COLUMNS)
    context = {
        "listing": found, "title": "回避申报", "back": reverse("rounds:rounds"),
        "help": "抽签时不会把检查员派到他申报回避的村居或单位。",
        "buttons": [("申报回避", reverse("rounds:new_conflict"), "plus")],
    }  # fmt: skip
    return render(request, "pages/list.html", context)


@page(Right.PLAN_ROUNDS)
@require_http_methods(["GET", "POST"])
def new_conflict(request: HttpRequest) -> HttpResponse:
    """Declare a conflict of interest."""
    account = account_of(request)
    scope = account.scope(Right.PLAN_ROUNDS)
    form = ConflictForm(request.POST or None)
    offer(form, "inspector", plan_actions.inspectors_of(account.town))
    offer(form, "region", Region.objects.visible_to(account).exclude(code__endswith="000"))
    offer(form, "organisation", Organisation.objects.filter(scope.regions("region"), is_active=True))
    if request.method == "POST" and form.is_valid():
        plan_actions.declare_conflict(person_of(request), **form.cleaned_data)
        messages.success(request, "已申报；从下一次抽签起生效。")
        return redirect("rounds:conflicts")
    context = {"form": form, "title": "申报回避", "submit": "申报", "back": reverse("rounds:conflicts")}
    return render(request, "pages/form.html", context)

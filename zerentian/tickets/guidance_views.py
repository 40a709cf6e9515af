"""Pages of guidance and trainings: the list, one of them with its effect, a new one, a month's effect."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from zerentian.core import clock
from zerentian.core.months import in_words, is_month, shift
from zerentian.core.problems import ProblemsFound
from zerentian.pages.listing import Choice, Column, export, listing
from zerentian.pages.uploads import forget_table, keep_table, kept_table
from zerentian.people.access import account_of, page, person_of
from zerentian.people.models import Account
from zerentian.people.rules import Right
from zerentian.places.models import Site
from zerentian.places.rules import name_key
from zerentian.rounds import photos as photo_files
from zerentian.tickets import guidance_actions as actions
from zerentian.tickets import guidance_queries as queries
from zerentian.tickets.guidance_actions import Answered, kinds_for, may_change
from zerentian.tickets.guidance_forms import GuestForm, GuestsForm, GuidanceForm, HeldForm, ReasonForm
from zerentian.tickets.guidance_models import (
    Attendance,
    Guidance,
    GuidancePhoto,
    GuidanceQuerySet,
    GuidanceSite,
    GuidanceSiteQuerySet,
)
from zerentian.tickets.guidance_rules import Look
from zerentian.tickets.models import Ticket
from zerentian.tickets.queries import Month

_FOUND_AT_MOST = 20
_SHEET_ROWS = 20
_MONTHS = 24


_COLUMNS = [
    Column[Guidance]("主题", lambda one: one.title, "title"),
    Column[Guidance]("类别", lambda one: one.get_kind_display(), "kind"),
    Column[Guidance]("时间", lambda one: clock.as_text(one.held_at), "held_at"),
    Column[Guidance]("地点", lambda one: one.place),
    Column[Guidance]("开展单位", lambda one: one.organisation.name, "organisation__name"),
    Column[Guidance]("开展人", lambda one: one.by.name, "by__name"),
    Column[Guidance]("点位数", lambda one: one.site_count, "site_count"),  # type: ignore[attr-defined]
    Column[Guidance]("签到人数", lambda one: one.guest_count, "guest_count"),  # type: ignore[attr-defined]
    Column[Guidance]("状态", lambda one: one.get_state_display(), "state"),
]


@page(Right.SEE_TICKETS, Right.GUIDE)
@require_GET
def guidances(request: HttpRequest) -> HttpResponse:
    """The list of guidance and trainings."""
    account = account_of(request)
    givers = (
        _visible(account).order_by("organisation__name").values_list("organisation", "organisation__name")
    )
    rows = (
        _visible(account)
        .select_related("organisation", "by")
        .annotate(
            site_count=_count_of(GuidanceSite.objects.visible_to(account)),
            guest_count=_count_of(Attendance.objects.all()),
            month=Month("held_at"),
        )
    )
    found = listing(
        request, rows, _COLUMNS, sort="-held_at",
        choices=[
            Choice("kind", "类别", Guidance.Kind.choices),
            Choice("state", "状态", Guidance.State.choices),
            Choice("month", "月份", [(one, in_words(one)) for one in _months()]),
            Choice("organisation", "开展单位", [(str(key), name) for key, name in givers.distinct()]),
        ],
        search=_search,
        link=lambda one: reverse("guidance:guidance", args=[one.pk]),
        empty="还没有指导培训。从整改单、反复出现的问题或点位发起。",
    )  # fmt: skip
    if "export" in request.GET:
        return export("指导培训", found.rows_found, _COLUMNS)
    buttons = [("成效", reverse("guidance:effects"), "chart-bar")]
    if account.has(Right.GUIDE):
        buttons.insert(0, ("登记指导培训", reverse("guidance:new"), "plus"))
    context = {
        "listing": found, "title": "指导培训", "search_hint": "主题、地点或点位", "buttons": buttons,
        "help": "对问题单位的现场指导和培训：谁、什么时候、针对什么问题，后来好转了没有。",
    }  # fmt: skip
    return render(request, "pages/list.html", context)


@page(Right.SEE_TICKETS, Right.GUIDE)
@require_GET
def effects(request: HttpRequest) -> HttpResponse:
    """What a month's guidance changed, beside sites with the same problem that had none."""
    month = _month(request)
    told = queries.month_effect(account_of(request), month)
    context = {
        "title": f"{in_words(month)}指导成效", "month": month, "months": _months(), "told": told,
        "back": reverse("guidance:guidances"),
        "help": "接受指导的点位后来失分少了没有，和没有指导、有同样问题的点位比一比。",
    }  # fmt: skip
    return render(request, "tickets/guidance/effects.html", context)


@dataclass(frozen=True, slots=True)
class _Offered:
    """A clause of a chosen site, what the last visit lost there, and whether it is ticked."""

    id: str
    text: str
    last: Look | None
    is_ticked: bool


@dataclass(frozen=True, slots=True)
class _Chosen:
    """A site of guidance that is being written."""

    site: Site
    clauses: list[_Offered]
    ticket: Ticket | None


@page(Right.GUIDE)
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """New guidance: from sites, from a ticket (`ticket`), or from what recurs (`kind`, `clause`, `month`)."""
    account = account_of(request)
    form = GuidanceForm(kinds_for(account), request.POST or None)
    answered = _posted(request) if request.method == "POST" else _asked_for(request)
    lines: list[str] = []
    if request.method == "POST" and form.is_valid():
        act = actions.record_guidance if form.is_held else actions.plan_guidance
        try:
            made = act(person_of(request), form.facts, answered)
            messages.success(request, "已登记。" if form.is_held else "已安排；开展后请回来登记。")
            return redirect("guidance:guidance", made.pk)
        except ProblemsFound as problems:
            lines = list(problems.lines())
    month = _month(request)
    context = {
        "title": "登记指导培训", "form": form, "lines": lines, "back": reverse("guidance:guidances"),
        "chosen": _chosen(answered, request.method == "POST"), "month": month,
        "recurring": queries.recurring(account, month), "months": _months()[:6],
        "most": actions.MOST_SITES,
    }  # fmt: skip
    return render(request, "tickets/guidance/new.html", context, status=422 if lines or form.errors else 200)


@page(Right.GUIDE)
@require_GET
def find_sites(request: HttpRequest) -> HttpResponse:
    """Sites to choose from, as part of the page."""
    words = request.GET.get("q", "").replace("\x00", "").strip()[:100]
    key = name_key(words)
    rows = queries.guidable(account_of(request)).select_related("region").order_by("pinyin", "code")
    if words:
        rows = rows.filter(Q(name_key__contains=key) | Q(initials__contains=key) | Q(code__icontains=words))
    found = list(rows[: _FOUND_AT_MOST + 1])
    context = {
        "sites": found[:_FOUND_AT_MOST], "is_more": len(found) > _FOUND_AT_MOST, "words": words,
        "most": _FOUND_AT_MOST,
    }  # fmt: skip
    return render(request, "tickets/guidance/sites.html", context)


@page(Right.GUIDE)
@require_GET
def site_row(request: HttpRequest, site_id: UUID) -> HttpResponse:
    """A site that is added, with the clauses of its standard; nothing when it is there already."""
    rows = queries.guidable(account_of(request)).select_related("region")
    found = get_object_or_404(rows, pk=site_id)
    if str(site_id) in request.GET.getlist("site"):
        return HttpResponse("")
    return render(request, "tickets/guidance/site_row.html", {"one": _chosen([Answered(found)], False)[0]})


@page(Right.SEE_TICKETS, Right.GUIDE)
@require_GET
def guidance(request: HttpRequest, guidance_id: UUID) -> HttpResponse:
    """Guidance with what it answers, what changed, who came and the photos."""
    return _detail(request, _guidance(request, guidance_id))


@page(Right.GUIDE)
@require_POST
def hold(request: HttpRequest, guidance_id: UUID) -> HttpResponse:
    """Say that it took place."""
    found, form = _led(request, guidance_id), HeldForm(request.POST)
    if not form.is_valid():
        return _detail(request, found, held=form)
    told = form.cleaned_data
    actions.hold_guidance(person_of(request), found, told["held_at"], told["words"], told["follow_up"])
    messages.success(request, "已登记开展。")
    return redirect("guidance:guidance", found.pk)


@page(Right.GUIDE)
@require_POST
def withdraw(request: HttpRequest, guidance_id: UUID) -> HttpResponse:
    """Take it back, with the reason."""
    found, form = _led(request, guidance_id), ReasonForm(request.POST)
    if not form.is_valid():
        return _detail(request, found, reason=form)
    actions.withdraw(person_of(request), found, form.cleaned_data["reason"])
    messages.success(request, "已撤销，不再计入成效。")
    return redirect("guidance:guidance", found.pk)


@page(Right.GUIDE)
@require_POST
def add_attendance(request: HttpRequest, guidance_id: UUID) -> HttpResponse:
    """Sign somebody in."""
    found, form = _led(request, guidance_id), GuestForm(request.POST)
    if not form.is_valid():
        return _detail(request, found, guest=form)
    actions.add_attendance(person_of(request), found, form.guest)
    return redirect("guidance:guidance", found.pk)


@page(Right.GUIDE)
@require_POST
def import_attendance(request: HttpRequest, guidance_id: UUID) -> HttpResponse:
    """Sign many in: pasted lines or a table."""
    found, form = _led(request, guidance_id), GuestsForm(request.POST, request.FILES)
    if not form.is_valid():
        return _detail(request, found, list_form=form)
    by, table = person_of(request), form.cleaned_data["table"]
    if table:
        path = kept_table(keep_table(table, by.acting.pk), by.acting.pk)
        try:
            count = actions.import_attendance(by, found, path)
        finally:
            forget_table(path)
    else:
        count = actions.import_attendance(by, found, form.cleaned_data["lines"])
    messages.success(request, f"登记了 {count} 人签到。" if count else "名单中的人都已签到。")
    return redirect("guidance:guidance", found.pk)


@page(Right.GUIDE)
@require_POST
def remove_attendance(request: HttpRequest, attendance_id: UUID) -> HttpResponse:
    """Take somebody off the list."""
    rows = Attendance.objects.filter(guidance__in=_visible(account_of(request))).select_related("guidance")
    found = get_object_or_404(rows, pk=attendance_id)
    actions.remove_attendance(person_of(request), found)
    return redirect("guidance:guidance", found.guidance_id)


@page(Right.GUIDE)
@require_POST
def add_photo(request: HttpRequest, guidance_id: UUID) -> HttpResponse:
    """Put photos to it."""
    found, by = _led(request, guidance_id), person_of(request)
    for file in request.FILES.getlist("photo"):
        assert isinstance(file, UploadedFile)
        actions.add_photo(by, found, file.read())
    return redirect("guidance:guidance", found.pk)


@page(Right.SEE_TICKETS, Right.GUIDE)
@require_GET
def photo(request: HttpRequest, guidance_photo_id: UUID) -> HttpResponse:
    """A photo, as a copy for screens."""
    found = _photo(request, guidance_photo_id)
    response = HttpResponse(photo_files.shown_copy(found.sha256), content_type="image/jpeg")
    response["X-Content-Type-Options"] = "nosniff"
    return response


@page(Right.GUIDE)
@require_POST
def remove_photo(request: HttpRequest, guidance_photo_id: UUID) -> HttpResponse:
    """Take a photo away."""
    found = _photo(request, guidance_photo_id)
    actions.remove_photo(person_of(request), found)
    return redirect("guidance:guidance", found.guidance_id)


@page(Right.GUIDE)
@require_GET
def sheet(request: HttpRequest, guidance_id: UUID) -> HttpResponse:
    """The sign-in sheet, to be printed; with a column for telephones only when asked for (`phone`)."""
    found = _led(request, guidance_id)
    guests = list(found.attendances.all())
    context = {
        "title": "签到表", "guidance": found, "guests": guests, "has_phone": "phone" in request.GET,
        "blank": range(len(guests) + 1, max(_SHEET_ROWS, len(guests) + 4) + 1),
        "sites": _sites_of(request, found).select_related("site"),
        "back": reverse("guidance:guidance", args=[found.pk]),
    }  # fmt: skip
    return render(request, "tickets/guidance/sheet.html", context)


def _detail(request: HttpRequest, found: Guidance, **typed: forms.Form) -> HttpResponse:
    """The page of one; with what was typed and is not sound, when there is such a form."""
    account = account_of(request)
    leads = may_change(account, found) and found.state != Guidance.State.WITHDRAWN
    sites = list(_sites_of(request, found).select_related("guidance", "site__region", "ticket"))
    photos, guests = list(found.photos.all()), list(found.attendances.all())
    known = {"held_at": found.held_at, "words": found.words, "follow_up": found.follow_up}
    sees_all = may_change(account, found) or account.scope(Right.SEE_TICKETS).covers(found.town)
    context = {
        "title": found.title, "guidance": found, "back": reverse("guidance:guidances"),
        "sites": _by_site(sites, queries.effects(sites)),
        "photos": photos, "leads": leads, "is_planned": found.state == Guidance.State.PLANNED,
        "guests": guests if sees_all else None, "count": len(guests),
        "sees_tickets": account.has(Right.SEE_TICKETS), "sees_visits": account.has(Right.SEE_INSPECTIONS),
        "may_add_photo": leads and len(photos) < actions.MOST_PHOTOS,
        "held": HeldForm(initial=known),
        "guest": GuestForm(), "list_form": GuestsForm(), "reason": ReasonForm(), **typed,
    }  # fmt: skip
    return render(request, "tickets/guidance/guidance.html", context, status=422 if typed else 200)


def _by_site(
    sites: Iterable[GuidanceSite], lines: Sequence[queries.Line]
) -> list[tuple[GuidanceSite, list[queries.Line]]]:
    return [(one, [line for line in lines if line.of.pk == one.pk]) for one in sites]


def _visible(account: Account) -> GuidanceQuerySet:
    return Guidance.objects.visible_to(account)


def _guidance(request: HttpRequest, guidance_id: UUID) -> Guidance:
    rows = _visible(account_of(request)).select_related("organisation", "by")
    return get_object_or_404(rows, pk=guidance_id)


def _led(request: HttpRequest, guidance_id: UUID) -> Guidance:
    """Guidance that the account may change."""
    found = _guidance(request, guidance_id)
    if not may_change(account_of(request), found):
        raise PermissionDenied
    return found


def _photo(request: HttpRequest, guidance_photo_id: UUID) -> GuidancePhoto:
    rows = GuidancePhoto.objects.filter(guidance__in=_visible(account_of(request))).select_related("guidance")
    return get_object_or_404(rows, pk=guidance_photo_id)


def _sites_of(request: HttpRequest, found: Guidance) -> GuidanceSiteQuerySet:
    return GuidanceSite.objects.visible_to(account_of(request)).filter(guidance=found)


def _search(rows: QuerySet[Guidance], words: str) -> QuerySet[Guidance]:
    key = name_key(words)
    named = Q(site__name_key__contains=key) | Q(site__initials__contains=words.lower())
    sites = GuidanceSite.objects.filter(named).values("guidance")
    return rows.filter(Q(title__contains=words) | Q(place__contains=words) | Q(pk__in=sites))


def _count_of(rows: QuerySet[GuidanceSite] | QuerySet[Attendance]) -> Coalesce:
    of_one = rows.filter(guidance=OuterRef("pk")).order_by().values("guidance").annotate(count=Count("pk"))
    return Coalesce(Subquery(of_one.values("count")), 0)


def _month(request: HttpRequest) -> str:
    month = request.GET.get("month", "")
    return month if is_month(month) else clock.this_month()


def _months() -> list[str]:
    return [shift(clock.this_month(), -back) for back in range(_MONTHS)]


def _asked_for(request: HttpRequest) -> list[Answered]:
    """What the address starts from: a ticket, what recurs, or sites."""
    asked, sites = request.GET, queries.guidable(account_of(request))
    if "ticket" in asked:
        rows = Ticket.objects.filter(site__in=sites).select_related("site__region")
        ticket = get_object_or_404(rows, pk=_uuid(asked["ticket"]))
        clauses = ticket.findings.filter(withdrawn="").exclude(clause="").values_list("clause", flat=True)
        return [Answered(ticket.site, tuple(dict.fromkeys(clauses)), ticket)]
    if "clause" in asked:
        found = queries.tickets_about(
            account_of(request), _month(request), asked.get("kind", ""), asked["clause"]
        )
        return [Answered(one.site, (asked["clause"],), one) for one in found[: actions.MOST_SITES]]
    wanted = [_uuid(one) for one in asked.getlist("site")]
    return [Answered(one) for one in sites.select_related("region").filter(pk__in=filter(None, wanted))]


def _posted(request: HttpRequest) -> list[Answered]:
    """The sites that were chosen, in their order, each with its ticked clauses and its ticket."""
    wanted = list(dict.fromkeys(filter(None, map(_uuid, request.POST.getlist("site")))))
    rows = queries.guidable(account_of(request)).select_related("region").filter(pk__in=wanted)
    sites = {one.pk: one for one in rows}
    numbers = filter(None, (_uuid(request.POST.get(f"ticket-{pk}", "")) for pk in wanted))
    tickets = {
        one.site_id: one
        for one in Ticket.objects.filter(pk__in=list(numbers), site__in=wanted).select_related("site")
    }
    return [
        Answered(sites[pk], tuple(request.POST.getlist(f"clauses-{pk}")), tickets.get(pk))
        for pk in wanted
        if pk in sites
    ]


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _chosen(answered: Sequence[Answered], is_ticked_by_hand: bool) -> list[_Chosen]:
    """Chosen sites with all clauses of their standards; unless some are named, those that lost are ticked."""
    known = {
        town: queries.clauses_of(town, clock.this_month()) for town in {one.site.town for one in answered}
    }
    offered = {one.site.pk: known[one.site.town].get(one.site.kind, []) for one in answered}
    looks = queries.last_looks(
        [one.site for one in answered], {clause.id for clauses in offered.values() for clause in clauses}
    )
    found = []
    for one in answered:
        by_itself = not one.clauses and not is_ticked_by_hand and one.ticket is None
        clauses = []
        for clause in offered[one.site.pk]:
            last = looks.get((one.site.pk, clause.id))
            has_lost = last is not None and last.weight > 0
            is_ticked = clause.id in one.clauses or (by_itself and has_lost)
            clauses.append(_Offered(clause.id, clause.text, last, is_ticked))
        found.append(_Chosen(one.site, clauses, one.ticket))
    return found

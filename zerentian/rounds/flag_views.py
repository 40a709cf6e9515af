"""Pages of doubts about evidence, and of whether a visit makes the score."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from uuid import UUID

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from zerentian.core import clock
from zerentian.evaluation.assessment import observed_words
from zerentian.evaluation.clauses import Clause
from zerentian.pages.listing import Choice, Column, export, listing
from zerentian.people.access import account_of, page, person_of
from zerentian.people.models import Account
from zerentian.people.rules import Right
from zerentian.places.rules import name_key
from zerentian.rounds import evidence_actions, report_actions, tracks, visit_actions
from zerentian.rounds import photos as photo_files
from zerentian.rounds.forms import FlagForm, ReasonForm
from zerentian.rounds.models import Flag, Inspection, Photo

_COLUMNS = [
    Column[Flag]("点位", lambda one: one.inspection.site.name, "inspection__site__pinyin"),
    Column[Flag]("疑点", lambda one: one.get_kind_display(), "kind"),
    Column[Flag]("依据", lambda one: one.detail),
    Column[Flag]("处理前", lambda one: "不能关账" if one.holds else "仅提示", "holds"),
    Column[Flag]("村居", lambda one: one.inspection.site.region.name, "inspection__site__region_id"),
    Column[Flag]("检查员", lambda one: one.inspection.inspector.name, "inspection__inspector__name"),
    Column[Flag]("检查时间", lambda one: clock.as_text(one.inspection.started), "inspection__started"),
    Column[Flag]("状态", lambda one: one.get_state_display(), "state"),
    Column[Flag]("处理意见", lambda one: one.answer),
]


@dataclass(frozen=True, slots=True)
class Leg:
    """A position of a visit as a person reads it, with the way from the one before."""

    moment: str
    at: str
    from_site: str
    accuracy: str
    age: str
    way: str


@page(Right.CORRECT_INSPECTIONS)
@require_GET
def flags(request: HttpRequest) -> HttpResponse:
    """The list of doubts; those that keep a month from being closed come first."""
    rows = _visible(request)
    months = rows.order_by("-inspection__month").values_list("inspection__month", flat=True).distinct()
    inspectors = Account.objects.filter(pk__in=rows.order_by().values("inspection__inspector"))
    found = listing(
        request, rows, _COLUMNS, sort="-holds",
        choices=[
            Choice("state", "状态", Flag.State.choices),
            Choice("holds", "处理前", [("True", "不能关账"), ("False", "仅提示")]),
            Choice("kind", "疑点", Flag.Kind.choices),
            Choice("inspection__month", "月份", [(month, month) for month in months]),
            Choice(
                "inspection__inspector", "检查员",
                [(str(pk), name) for pk, name in inspectors.order_by("name").values_list("pk", "name")],
            ),
        ],
        search=_search, link=lambda one: reverse("rounds:flag", args=[one.pk]),
        empty="没有疑点。检查收到后约一分钟，程序自动核对照片和轨迹。",
    )  # fmt: skip
    if "export" in request.GET:
        return export("疑点", found.rows_found, _COLUMNS)
    context = {
        "listing": found, "title": "疑点", "search_hint": "点位、拼音首字母",
        "help": "照片和轨迹中值得人看一眼的地方；程序只提出，是否成立由您决定。",
    }  # fmt: skip
    return render(request, "pages/list.html", context)


@page(Right.CORRECT_INSPECTIONS)
@require_http_methods(["GET", "POST"])
def flag(request: HttpRequest, flag_id: UUID) -> HttpResponse:
    """One doubt with all that is needed to decide it: both photos, the visit's way, the phone's facts."""
    found = get_object_or_404(_visible(request), pk=flag_id)
    visit = found.inspection
    form = FlagForm(request.POST or None, initial={"set_aside": False})
    if request.method == "POST" and form.is_valid():
        uphold = request.POST.get("decision") == "uphold"
        chosen = form.cleaned_data
        count = evidence_actions.decide_flag(
            person_of(request), found, uphold, chosen["reason"],
            set_aside=chosen["set_aside"], alike=chosen["alike"],
        )  # fmt: skip
        messages.success(request, f"已{'认定' if uphold else '排除'} {count} 个疑点。")
        return redirect(_next(request, found))
    seen = Flag.objects.visible_to(account_of(request)).filter(inspection=visit)
    others = seen.exclude(pk=found.pk).order_by("-holds", "kind")
    alike = sum(one.kind == found.kind and one.state == Flag.State.OPEN for one in others)
    if not alike:
        del form.fields["alike"]
    if visit.standing != Inspection.Standing.COUNTS or visit.round.state == visit.round.State.CLOSED:
        del form.fields["set_aside"]
    ours = Photo.objects.visible_to(account_of(request)).filter(pk__in=[found.earlier_id or found.pk])
    context = {
        "flag": found, "inspection": visit, "title": found.get_kind_display(), "form": form,
        "back": reverse("rounds:flags") + "?state=open", "others": others, "alike": alike,
        "earlier_is_ours": ours.exists(), "apart": _apart(found), "legs": _legs(visit),
        "clock_words": _clock_words(visit),
    }  # fmt: skip
    return render(request, "rounds/flag.html", context)


@page(Right.CORRECT_INSPECTIONS)
@require_GET
def earlier(request: HttpRequest, flag_id: UUID) -> HttpResponse:
    """The earlier photo of a doubt, for whoever decides it: it may be of another town."""
    found = get_object_or_404(_visible(request).filter(earlier__isnull=False), pk=flag_id)
    assert found.earlier
    response = HttpResponse(photo_files.shown_copy(found.earlier.sha256), content_type="image/jpeg")
    response["X-Content-Type-Options"] = "nosniff"
    return response


@page(Right.CORRECT_INSPECTIONS)
@require_http_methods(["GET", "POST"])
def standing(request: HttpRequest, inspection_id: UUID) -> HttpResponse:
    """Whether a visit makes the score, beside the other visits of its site in the month."""
    account = account_of(request)
    scope = account.scope(Right.CORRECT_INSPECTIONS)
    allowed = scope.regions("site__region__code") | scope.own("organisation_id")
    rows = Inspection.objects.filter(allowed, state=Inspection.State.SUBMITTED).exclude(inspector=account)
    rows = rows.select_related("site__region", "round", "standard", "inspector", "assignment")
    found = get_object_or_404(rows, pk=inspection_id)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        counts = request.POST.get("decision") == "count"
        report_actions.decide_standing(person_of(request), found, counts, form.cleaned_data["reason"])
        messages.success(request, "已计入得分。" if counts else "已不予采信，不计分。")
        return redirect("rounds:inspection", found.pk)
    beside = rows.filter(site=found.site_id, round=found.round_id).exclude(pk=found.pk).order_by("started")
    shown = [found, *beside[:3]]
    context = {
        "inspection": found, "title": f"计分：{found.site.name}", "form": form, "shown": shown,
        "rows": _beside(shown), "back": reverse("rounds:inspection", args=[found.pk]),
        "counts": found.standing == Inspection.Standing.COUNTS,
        "is_closed": found.round.state == found.round.State.CLOSED,
        "help": "一个检查任务只有一次检查计分；计入这一次，其余的即为重复检查。",
    }  # fmt: skip
    return render(request, "rounds/standing.html", context)


def _visible(request: HttpRequest) -> QuerySet[Flag]:
    found = Flag.objects.visible_to(account_of(request))
    return found.select_related(
        "inspection__site__region", "inspection__inspector", "inspection__round", "photo", "decided_by",
        "earlier__inspection__site__region", "earlier__inspection__inspector",
    )  # fmt: skip


def _search(rows: QuerySet[Flag], words: str) -> QuerySet[Flag]:
    key = name_key(words)
    site = Q(inspection__site__name_key__contains=key) | Q(inspection__site__initials__contains=key)
    return rows.filter(site)


def _next(request: HttpRequest, found: Flag) -> str:
    """The visit's next open doubt, else the list of open ones."""
    left = Flag.objects.visible_to(account_of(request)).filter(
        inspection=found.inspection_id, state=Flag.State.OPEN
    )
    following = left.order_by("-holds", "kind", "id").first()
    if following is not None:
        return reverse("rounds:flag", args=[following.pk])
    return reverse("rounds:flags") + "?state=open"


def _apart(found: Flag) -> str:
    """How far the two photos' sites, or phones, were from each other."""
    if found.photo is None or found.earlier is None:
        return ""
    ends = [_place(found.photo), _place(found.earlier)]
    if ends[0] is None or ends[1] is None:
        return ""
    return tracks.distance_words(tracks.metres(ends[0], ends[1]))


def _place(photo: Photo) -> tuple[float, float] | None:
    for thing in (photo, photo.inspection, photo.inspection.site):
        if thing.latitude is not None and thing.longitude is not None:
            return float(thing.latitude), float(thing.longitude)
    return None


def _legs(visit: Inspection) -> list[Leg]:
    points = evidence_actions.points_of(visit)
    words = {"start": "开始", "scan": "扫码", "photo": "拍照", "end": "结束"}
    place = visit.site
    legs = []
    for before, one in pairwise([None, *points]):
        assert one is not None
        here = one.latitude, one.longitude
        from_site = way = ""
        if place.latitude is not None and place.longitude is not None:
            from_site = tracks.distance_words(
                tracks.metres(here, (float(place.latitude), float(place.longitude)))
            )
        if before is not None:
            far = tracks.distance_words(tracks.metres((before.latitude, before.longitude), here))
            way = f"{tracks.time_words((one.measured - before.measured).total_seconds())}，{far}"
        legs.append(
            Leg(
                words.get(one.moment, one.moment), f"{clock.as_text(one.at)}", from_site,
                "" if one.accuracy is None else f"±{one.accuracy} 米",
                tracks.time_words(one.age) if one.age else "", way,
            )
        )  # fmt: skip
    return legs


def _clock_words(visit: Inspection) -> str:
    """What is known of the visit's true time."""
    if visit.clock_offset is None:
        return "没有可核对的时间"
    if not visit.clock_offset:
        return "准确"
    way = "快" if visit.clock_offset > 0 else "慢"
    return f"{way} {tracks.time_words(visit.clock_offset)}（时间已按此改正）"


def _beside(shown: Sequence[Inspection]) -> list[tuple[str, list[str], bool]]:
    """Clause by clause what each visit saw, and whether they differ."""
    answers = [visit_actions.answers_of(one) for one in shown]
    clauses: dict[str, Clause] = {}
    for one in shown:
        for clause in visit_actions.standard_of(one).clauses:
            clauses.setdefault(clause.id, clause)
    rows = []
    for id_, clause in clauses.items():
        words = [observed_words(clause, given.get(id_, ""), shown[0].month) for given in answers]
        rows.append((clause.text, words, len(set(words)) > 1))
    return rows

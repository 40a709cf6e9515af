"""Pages of self-checks: one's own sites of the week, the check itself, and how far a town has come."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.core import signing
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from zerentian.core import clock
from zerentian.core.problems import ProblemsFound
from zerentian.evaluation.assessment import assess, observed_words
from zerentian.evaluation.standard import Standard
from zerentian.pages.listing import Choice, Column, Listing, export, listing
from zerentian.people.access import account_of, page, person_of
from zerentian.people.models import Account
from zerentian.people.rules import Right
from zerentian.places.models import Region, Site, SiteKind
from zerentian.places.rules import name_key, opening_text
from zerentian.rounds import photos as photo_files
from zerentian.rounds.photos import Filed
from zerentian.standards.answers import answers_from, control_of
from zerentian.standards.queries import self_check_standard, self_check_standard_of
from zerentian.tickets import self_check_queries as queries
from zerentian.tickets.models import Finding
from zerentian.tickets.self_check_actions import MOST_PHOTOS, organisation_for, submit_self_check
from zerentian.tickets.self_check_models import SelfCheck, SelfCheckPhoto

_SALT = "zerentian.tickets.self_check"
_YES_NO = [("yes", "是"), ("no", "否")]


def _moment(at: datetime.datetime | None) -> str:
    return clock.as_text(at) if at else ""


def _mended_words(one: Any) -> str:
    return "自查发现并整改" if one.in_time else "已整改" if one.mended == "yes" else "未整改"


_SITE_COLUMNS = [
    Column[Any]("点位", lambda one: one.name, "pinyin"),
    Column[Any]("村居", lambda one: one.region.name, "region_id"),
    Column[Any]("类型", lambda one: one.get_kind_display(), "kind"),
    Column[Any]("状态", lambda one: queries.STATES[one.state], "state"),
    Column[Any]("自查时间", lambda one: _moment(one.checked_at), "checked_at"),
    Column[Any]("自查单位", lambda one: one.checked_by or ""),
    Column[Any]("发现问题", lambda one: "" if one.found is None else one.found, "found"),
]
_CHECK_COLUMNS = [
    Column[SelfCheck]("点位", lambda one: one.site.name, "site__pinyin"),
    Column[SelfCheck]("村居", lambda one: one.site.region.name, "site__region_id"),
    Column[SelfCheck]("类型", lambda one: one.site.get_kind_display(), "site__kind"),
    Column[SelfCheck]("周（星期一）", lambda one: str(one.week), "week"),
    Column[SelfCheck]("自查时间", lambda one: clock.as_text(one.submitted), "submitted"),
    Column[SelfCheck]("自查单位", lambda one: one.organisation.name, "organisation__name"),
    Column[SelfCheck]("自查人", lambda one: one.by.name),
    Column[SelfCheck]("发现问题", lambda one: one.problems, "problems"),
    Column[SelfCheck]("备注", lambda one: one.remark),
]
_FINDING_COLUMNS = [
    Column[Any]("点位", lambda one: one.ticket.site.name, "ticket__site__pinyin"),
    Column[Any]("村居", lambda one: one.ticket.site.region.name, "ticket__site__region_id"),
    Column[Any]("问题", lambda one: one.words),
    Column[Any]("情况", lambda one: one.seen),
    Column[Any]("类别", lambda one: one.ticket.class_name, "ticket__problem_class"),
    Column[Any]("发现", lambda one: clock.as_text(one.found_at), "found_at"),
    Column[Any]("整改单", lambda one: one.ticket.number, "ticket__number"),
    Column[Any]("状态", lambda one: one.ticket.get_state_display(), "ticket__state"),
]


@page(Right.SELF_CHECK, Right.SEE_TICKETS)
@require_GET
def mine(request: HttpRequest) -> HttpResponse:
    """One's own sites of this week, those that are left first; who checks nothing is led to the board."""
    account = account_of(request)
    if not account.has(Right.SELF_CHECK):
        return redirect("self_checks:board")
    week = queries.this_week()
    rows = queries.due_sites(account, week, Right.SELF_CHECK).select_related("region")
    found = list(rows.order_by("-state", "region_id", "pinyin", "code"))
    left = sum(one.state != "done" for one in found)
    context = {
        "title": "本周自查", "week": queries.week_words(week), "sites": found, "left": left,
        "help": "每周把自己的点位看一遍，有问题如实写；自查不计分、不排名。",
        "buttons": [("自查看板", reverse("self_checks:board"), "chart-bar")],
    }  # fmt: skip
    return render(request, "tickets/self_checks/mine.html", context)


@page(Right.SELF_CHECK)
@require_http_methods(["GET", "POST"])
def check(request: HttpRequest, site_id: UUID) -> HttpResponse:
    """Check one's own site; what keeps it from being submitted is shown, and what was typed stays."""
    account = account_of(request)
    own = Site.objects.visible_to(account, Right.SELF_CHECK).active()
    site = get_object_or_404(own.select_related("region", "property_company", "responsible"), pk=site_id)
    standard = self_check_standard_of(site.town, clock.this_month()).standard
    context: dict[str, object] = {
        "title": f"自查：{site.name}", "site": site, "back": reverse("self_checks:mine"),
        "organisation": organisation_for(account, site), "opening": opening_text(site.opening),
        "most": MOST_PHOTOS,
    }  # fmt: skip
    if request.method == "GET":
        context |= {"id": uuid4(), "started": clock.now().isoformat()}
        return render(request, "tickets/self_checks/check.html", context | _asked(standard, {}, {}, {}))
    id_ = _uuid(request.POST.get("id", ""))
    answers = answers_from(standard, request.POST.getlist)
    photos, lines = _photos(request, id_, standard)
    if not lines:
        try:
            made = submit_self_check(
                person_of(request), id_, site, answers, photos, request.POST.get("remark", ""),
                started=_started(request),
            )  # fmt: skip
        except ProblemsFound as problems:
            lines = list(problems.lines())
        else:
            if made.problems:
                messages.success(request, f"已提交：发现 {made.problems} 项问题，已立整改单，请按期整改。")
                return redirect("self_checks:self_check", made.pk)
            messages.success(request, f"已提交：{site.name}，没有发现问题。")
            return redirect("self_checks:mine")
    faults = assess(standard, clock.this_month(), answers).faults
    kept = {
        clause: [signing.dumps([str(account.pk), str(id_), clause, one.sha256], salt=_SALT) for one in filed]
        for clause, filed in photos.items()
    }
    context |= {
        "id": id_, "started": request.POST.get("started", ""), "lines": lines,
        "remark": request.POST.get("remark", ""),
    }  # fmt: skip
    asked = _asked(standard, answers, faults, kept)
    return render(request, "tickets/self_checks/check.html", context | asked, status=422)


@page(Right.SEE_TICKETS)
@require_GET
def self_check(request: HttpRequest, self_check_id: UUID) -> HttpResponse:
    """One self-check: what was seen, and what became of what it found."""
    rows = SelfCheck.objects.visible_to(account_of(request))
    rows = rows.select_related("site__region", "by", "organisation", "standard")
    found = get_object_or_404(rows, pk=self_check_id)
    standard, month = self_check_standard(found.standard.text), f"{found.week:%Y-%m}"
    photos: dict[str, list[SelfCheckPhoto]] = {}
    for photo in found.photos.all():
        photos.setdefault(photo.clause, []).append(photo)
    findings = {one.clause: one for one in found.findings.filter(withdrawn="").select_related("ticket")}
    context = {
        "title": f"自查：{found.site.name}", "check": found, "standard": standard,
        "week": queries.week_words(found.week), "back": reverse("self_checks:self_checks"),
        "sections": [
            (
                section.name,
                [
                    (
                        one, observed_words(one, found.answers.get(one.id, ""), month), findings.get(one.id),
                        photos.get(one.id, []),
                    )
                    for one in section.clauses
                ],
            )
            for section in standard.sections
        ],
    }  # fmt: skip
    return render(request, "tickets/self_checks/self_check.html", context)


@page(Right.SEE_TICKETS)
@require_GET
def photo(request: HttpRequest, self_check_photo_id: UUID) -> HttpResponse:
    """A photo's copy for screens."""
    seen = SelfCheckPhoto.objects.visible_to(account_of(request))
    found = get_object_or_404(seen, pk=self_check_photo_id)
    response = HttpResponse(photo_files.shown_copy(found.sha256), content_type="image/jpeg")
    response["X-Content-Type-Options"] = "nosniff"
    return response


@page(Right.SEE_TICKETS)
@require_GET
def board(request: HttpRequest) -> HttpResponse:
    """A week's self-checks by committee; every number leads to the list it counts."""
    account = account_of(request)
    week, weeks = _week(request)
    whole, lines = queries.board(account, week)
    context = {
        "title": "自查看板", "week": week, "weeks": weeks, "whole": whole, "lines": lines,
        "week_words": queries.week_words(week), "may_check": account.has(Right.SELF_CHECK),
        "missing_state": "late" if whole.is_over else "due",
        "missing_words": queries.STATES["late" if whole.is_over else "due"],
        "compared": [one for one in lines if one.compared],
        "help": "各村居本周自查了多少点位、发现和整改了多少问题；点数字看是哪些。自查不计分、不排名。",
    }  # fmt: skip
    return render(request, "tickets/self_checks/board.html", context)


@page(Right.SEE_TICKETS)
@require_GET
def sites(request: HttpRequest) -> HttpResponse:
    """The sites of a week: which were looked at, which were not."""
    week, weeks = _week(request)
    rows = queries.due_sites(account_of(request), week).select_related("region")
    found = listing(
        request, rows, _SITE_COLUMNS, sort="-state",
        choices=[
            Choice("state", "状态", list(queries.STATES.items())),
            Choice("region", "村居", _regions(request)),
            Choice("kind", "类型", SiteKind.choices),
        ],
        search=lambda rows, words: rows.filter(_by_site("", words)),
        link=lambda one: reverse("self_checks:self_check", args=[one.check_id]) if one.check_id else "",
        empty="这一周没有要自查的点位。",
    )  # fmt: skip
    return _list(
        request, found, _SITE_COLUMNS, "自查点位", "一周里要自查的点位：查了没有，谁查的。", week, weeks
    )


@page(Right.SEE_TICKETS)
@require_GET
def self_checks(request: HttpRequest) -> HttpResponse:
    """The list of self-checks."""
    account = account_of(request)
    rows = SelfCheck.objects.visible_to(account).select_related("site__region", "by", "organisation")
    weeks = [(str(one), queries.week_words(one)) for one in queries.weeks_of(account.town)]
    found = listing(
        request, rows, _CHECK_COLUMNS, sort="-submitted", is_long=True,
        choices=[
            Choice("week", "周", weeks),
            Choice("site__region", "村居", _regions(request)),
            Choice("site__kind", "类型", SiteKind.choices),
        ],
        search=lambda rows, words: rows.filter(_by_site("site__", words)),
        link=lambda one: reverse("self_checks:self_check", args=[one.pk]), empty="还没有自查。",
    )  # fmt: skip
    return _list(request, found, _CHECK_COLUMNS, "自查记录", "每次自查的原始记录；不计分、不排名。")


@page(Right.SEE_TICKETS)
@require_GET
def problems(request: HttpRequest) -> HttpResponse:
    """What self-checks of a week found, and what became of it."""
    week, weeks = _week(request)
    columns = [*_FINDING_COLUMNS, Column[Any]("整改", _mended_words, "mended")]
    found = listing(
        request, queries.found_in(account_of(request), week), columns, sort="-found_at",
        choices=[
            Choice("mended", "已整改", _YES_NO),
            Choice("in_time", "自查发现并整改", [("yes", "按期整改")]),
            Choice("ticket__site__region", "村居", _regions(request)),
        ],
        search=lambda rows, words: rows.filter(_by_site("ticket__site__", words)),
        link=_ticket_of, empty="这一周的自查没有发现问题。",
    )  # fmt: skip
    help_ = "自查发现的问题和整改情况；按期整改的标明“自查发现并整改”。"
    return _list(request, found, columns, "自查发现的问题", help_, week, weeks)


@page(Right.SEE_TICKETS)
@require_GET
def comparison(request: HttpRequest) -> HttpResponse:
    """What the round found in a week where a self-check had been, and whether that had named it."""
    week, weeks = _week(request)
    columns = [
        *_FINDING_COLUMNS,
        Column[Any]("自查已报", lambda one: "是" if one.named == "yes" else "否", "named"),
    ]
    found = listing(
        request, queries.compared(account_of(request), week), columns, sort="-found_at",
        choices=[
            Choice("named", "自查已报", _YES_NO),
            Choice("ticket__site__region", "村居", _regions(request)),
        ],
        search=lambda rows, words: rows.filter(_by_site("ticket__site__", words)),
        link=_ticket_of, empty="这一周镇检查没有查到自查过的点位，或没有发现自查表上也有的问题。",
    )  # fmt: skip
    help_ = "镇检查在当周或上一周自查过的点位发现的、自查表上也有的检查项，同类问题自查报过没有。"
    return _list(request, found, columns, "自查与镇检查对照", help_, week, weeks)


def _list(
    request: HttpRequest, found: Listing[Any], columns: Sequence[Column[Any]], title: str, help_: str,
    week: datetime.date | None = None, weeks: Sequence[tuple[str, str]] = (),
) -> HttpResponse:  # fmt: skip
    if "export" in request.GET:
        return export(f"{title}{week or ''}", found.rows_found, columns)
    board_ = reverse("self_checks:board") + (f"?week={week}" if week else "")
    context = {
        "listing": found, "title": title, "help": help_, "week": str(week), "weeks": weeks, "back": board_,
        "search_hint": "点位或拼音首字母",
    }  # fmt: skip
    return render(request, "tickets/self_checks/list.html", context)


def _week(request: HttpRequest) -> tuple[datetime.date, list[tuple[str, str]]]:
    """The week that was asked for, else this one; and those that may be chosen."""
    known = queries.weeks_of(account_of(request).town)
    asked = request.GET.get("week", "")
    week = next((one for one in known if str(one) == asked), known[0])
    return week, [(str(one), queries.week_words(one)) for one in known]


def _regions(request: HttpRequest) -> list[tuple[str, str]]:
    seen = Region.objects.visible_to(account_of(request), Right.SEE_TICKETS).exclude(code__endswith="000")
    return list(seen.values_list("code", "name"))


def _by_site(prefix: str, words: str) -> Q:
    key = name_key(words)
    return Q(**{f"{prefix}name_key__contains": key}) | Q(**{f"{prefix}initials__contains": words.lower()})


def _ticket_of(one: Finding) -> str:
    return reverse("tickets:ticket", args=[one.ticket_id])


def _asked(
    standard: Standard, answers: Mapping[str, str], faults: Mapping[str, str], kept: Mapping[str, list[str]]
) -> dict[str, object]:
    """Sections with the control of each clause and the photos that came already."""
    return {
        "sections": [
            (
                section.name,
                [
                    (control_of(one, answers.get(one.id, ""), faults.get(one.id, "")), kept.get(one.id, []))
                    for one in section.clauses
                ],
            )
            for section in standard.sections
        ]
    }


def _photos(request: HttpRequest, id_: UUID, standard: Standard) -> tuple[dict[str, list[Filed]], list[str]]:
    """The photos sent now, or before with what could not be submitted; and what is wrong with them."""
    found: dict[str, list[Filed]] = {}
    lines: list[str] = []
    for clause in standard.clauses:
        filed = _kept(request, account_of(request), id_, clause.id)
        for file in request.FILES.getlist(f"photo-{clause.id}"):
            try:
                filed.append(photo_files.file_photo(file.read()))
            except ProblemsFound as problems:
                lines += (f"{clause.text}：{line}" for line in problems.lines())
        if filed:
            found[clause.id] = list({one.sha256: one for one in filed}.values())
    return found, lines


def _kept(request: HttpRequest, account: Account, id_: UUID, clause: str) -> list[Filed]:
    """Photos that this account sent for the clause of this very check before."""
    filed = []
    for token in request.POST.getlist(f"kept-{clause}"):
        try:
            *whose, sha256 = signing.loads(token, salt=_SALT)
        except (signing.BadSignature, ValueError):
            continue
        one = photo_files.find(sha256) if whose == [str(account.pk), str(id_), clause] else None
        if one is not None:
            filed.append(one)
    return filed


def _started(request: HttpRequest) -> datetime.datetime | None:
    try:
        told = datetime.datetime.fromisoformat(request.POST.get("started", ""))
    except ValueError:
        return None
    return told if told.tzinfo else None


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        return uuid4()

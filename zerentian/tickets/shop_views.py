"""What a site's plate opens for a shop without an account; and the codes by which it does.

Without the code nothing but the site's name is told. The code opens a session of two hours for this site
alone: a signed cookie that only the server reads, kept to the site's own addresses, over when the code is.
"""

from __future__ import annotations

import datetime
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.core.signing import BadSignature
from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from zerentian.core import clock
from zerentian.core.problems import ProblemsFound
from zerentian.ledger.actions import Actor
from zerentian.pages.addresses import client_address
from zerentian.pages.listing import Column, export, listing
from zerentian.people.access import account_of, page, person_of, public
from zerentian.people.models import Organisation
from zerentian.people.rules import Right
from zerentian.places.models import Site
from zerentian.rounds.photos import LARGEST, shown_copy
from zerentian.tickets import code_actions
from zerentian.tickets.code_actions import PHOTOS_AT_ONCE, Answer, hand_in, tickets_of_shop, try_code
from zerentian.tickets.models import SiteCode, Ticket
from zerentian.tickets.proofs import before_of
from zerentian.tickets.rules import LIVE, State
from zerentian.tickets.shop_forms import CodeForm, HandInForm

SESSION = datetime.timedelta(hours=2)
_COOKIE, _SALT = "shop", "zerentian.tickets.shop"
_WRONG = "验证码不正确，或已停用、过期。请核对，或向村居再要一个。"
_LOCKED = "输错次数过多，请 15 分钟后再试。"


@public
@require_http_methods(["GET", "POST"])
def entry(request: HttpRequest, site_id: UUID) -> HttpResponse:
    """The site's name and the field for its code; with a session, what is to be mended."""
    site = _site(site_id)
    session = _session(request, site)
    if session is not None and request.method == "GET":
        found = tickets_of_shop(site).order_by("due", "number")
        return _page(request, "list", site, session=session, tickets=found)
    if request.method == "GET":
        return _page(request, "entry", site)
    form = CodeForm(request.POST)
    if not form.is_valid():
        return _page(request, "entry", site, 422, trouble=form.errors["code"][0])
    tried = try_code(site, form.cleaned_data["code"], client_address(request)[:45])
    if tried.code is None:
        is_locked = tried.answer is Answer.LOCKED
        trouble = _LOCKED if is_locked else _WRONG
        return _page(request, "entry", site, 429 if is_locked else 422, trouble=trouble)
    response = redirect("shop:entry", site.pk)
    until = min(clock.now() + SESSION, tried.code.expires)
    response.set_signed_cookie(
        _COOKIE, f"{tried.code.pk}|{until.isoformat()}", salt=_SALT, max_age=SESSION,
        path=reverse("shop:entry", args=[site.pk]), secure=settings.SESSION_COOKIE_SECURE, httponly=True,
        samesite="Lax",
    )  # fmt: skip
    return response


@public
@require_http_methods(["GET", "POST"])
def ticket(request: HttpRequest, site_id: UUID, ticket_id: UUID) -> HttpResponse:
    """One of the site's own tickets; while it is to be mended, the form that says it was."""
    site = _site(site_id)
    session = _session(request, site)
    if session is None:
        return redirect("shop:entry", site.pk)
    found = get_object_or_404(tickets_of_shop(site).select_related("site", "handler"), pk=ticket_id)
    form = HandInForm(request.POST if request.method == "POST" else None)
    lines: list[str] = []
    if request.method == "POST":
        lines = _problems_of(form) or _hand_in(request, session, found, form)
        if not lines:
            return redirect("shop:ticket", site.pk, found.pk)
        found.refresh_from_db()
    return _page(
        request, "ticket", site, 422 if lines else 200, session=session, ticket=found, form=form, lines=lines,
        found=found.findings.filter(withdrawn=""), before=before_of(found), most=PHOTOS_AT_ONCE,
        is_open=found.state_now is State.DISPATCHED, failed=_reason_of_failure(found),
    )  # fmt: skip


@public
@require_GET
def photo(request: HttpRequest, site_id: UUID, ticket_id: UUID, photo_id: UUID) -> HttpResponse:
    """The copy of a photo of the problem."""
    site = _site(site_id)
    if _session(request, site) is None:
        raise Http404
    found = get_object_or_404(tickets_of_shop(site), pk=ticket_id)
    shown = next((one for one in before_of(found) if one.id == photo_id), None)
    if shown is None:
        raise Http404
    response = HttpResponse(shown_copy(shown.sha256), content_type="image/jpeg")
    response["X-Content-Type-Options"] = "nosniff"
    return response


@public
@require_POST
def leave(request: HttpRequest, site_id: UUID) -> HttpResponse:
    """End the session on this phone."""
    response = redirect("shop:entry", site_id)
    response.delete_cookie(_COOKIE, path=reverse("shop:entry", args=[site_id]), samesite="Lax")
    return response


@page(Right.VERIFY_TICKETS)
@require_GET
def codes(request: HttpRequest) -> HttpResponse:
    """Sites whose shop has something to mend, or has a code."""
    rows = _sites_with_codes(request)
    columns = [
        Column[Site]("点位", lambda one: one.name, "pinyin"),
        Column[Site]("编号", lambda one: one.code, "code"),
        Column[Site]("村居", lambda one: one.region.name, "region_id"),
        Column[Site]("未结整改单", lambda one: getattr(one, "open", 0)),
        Column[Site]("验证码", _code_words),
    ]
    if "export" in request.GET:
        return export("商铺验证码", rows.order_by("pinyin", "pk"), columns)
    found = listing(
        request, rows, columns, sort="pinyin", link=lambda one: reverse("shop:code", args=[one.pk]),
        empty="没有商铺、单位有未结的整改单。",
    )  # fmt: skip
    context = {
        "listing": found, "title": "商铺验证码",
        "help": "没有账号的商铺、单位扫点位码牌，输入您给的验证码，就能上传整改照片。",
    }  # fmt: skip
    return render(request, "pages/list.html", context)


@page(Right.VERIFY_TICKETS)
@require_http_methods(["GET", "POST"])
def code(request: HttpRequest, site_id: UUID) -> HttpResponse:
    """A site's code: since when, until when; a new one is shown this once."""
    site = _own_site(request, site_id)
    digits = code_actions.make_code(person_of(request), site)[1] if request.method == "POST" else ""
    context = {
        "title": f"商铺验证码：{site.name}", "site": site, "digits": digits,
        "code": SiteCode.objects.live().filter(site=site).select_related("made_by").first(),
        "address": request.build_absolute_uri(reverse("shop:entry", args=[site.pk])),
        "open": tickets_of_shop(site).count(), "back": reverse("shop:codes"), "now": clock.now(),
        "help": "给没有账号的商铺、单位：扫码牌后输入，只能看到、办理这个点位自己的整改单。",
    }  # fmt: skip
    return render(request, "tickets/shop/code.html", context)


@page(Right.VERIFY_TICKETS)
@require_POST
def end_code(request: HttpRequest, site_id: UUID) -> HttpResponse:
    """Let nobody in with a site's code any more."""
    site = _own_site(request, site_id)
    code_actions.end_code(person_of(request), site)
    messages.success(request, "验证码已停用。")
    return redirect("shop:code", site.pk)


def _site(site_id: UUID) -> Site:
    return get_object_or_404(Site.objects.active(), pk=site_id)


def _own_site(request: HttpRequest, site_id: UUID) -> Site:
    sites = Site.objects.visible_to(account_of(request), Right.VERIFY_TICKETS)
    return get_object_or_404(sites.select_related("region"), pk=site_id)


def _session(request: HttpRequest, site: Site) -> SiteCode | None:
    """The code that was right on this phone for this very site, while it and its two hours last."""
    try:
        told = str(request.get_signed_cookie(_COOKIE, salt=_SALT))
    except (KeyError, BadSignature):
        return None
    pk, _, until = told.partition("|")
    if datetime.datetime.fromisoformat(until) <= clock.now():
        return None
    return SiteCode.objects.live().filter(pk=pk, site=site).first()


def _page(request: HttpRequest, name: str, site: Site, status: int = 200, **more: object) -> HttpResponse:
    return render(request, f"tickets/shop/{name}.html", {"site": site, **more}, status=status)


def _problems_of(form: HandInForm) -> list[str]:
    return [] if form.is_valid() else [str(line) for lines in form.errors.values() for line in lines]


def _hand_in(request: HttpRequest, session: SiteCode, found: Ticket, form: HandInForm) -> list[str]:
    """Hand in what the form says; what is wrong with it, else nothing."""
    files = [one for one in request.FILES.getlist("photo") if isinstance(one, UploadedFile)]
    if len(files) > PHOTOS_AT_ONCE:
        return [f"一次最多上传 {PHOTOS_AT_ONCE} 张照片"]
    if any((one.size or 0) > LARGEST for one in files):
        return [f"有照片超过 {LARGEST // 1024 // 1024} MB，请重拍一张"]
    told = form.cleaned_data
    by = Actor(None, f"商铺：{told['name']}", getattr(request, "request_id", ""), client_address(request))
    try:
        code_actions.count_photos(session, len(files))
        hand_in(by, session, found, [one.read() for one in files], told["words"], told["name"], told["seen"])
    except ProblemsFound as problems:
        return [one.message for one in problems.problems]
    return []


def _reason_of_failure(found: Ticket) -> str:
    """Why the last repair did not hold."""
    last = found.steps.order_by("-number").filter(move__in=["fail", "reopen"]).first()
    return last.reason if last is not None else ""


def _sites_with_codes(request: HttpRequest) -> QuerySet[Site]:
    live = SiteCode.objects.live().filter(site=OuterRef("pk"))
    own = Q(tickets__handler__kind=Organisation.Kind.UNIT) | Q(tickets__handler=F("responsible"))
    opened = Count("tickets", filter=Q(tickets__state__in=LIVE) & own, distinct=True)
    sites = Site.objects.visible_to(account_of(request), Right.VERIFY_TICKETS).active()
    rows = sites.annotate(open=opened, until=Subquery(live.values("expires")[:1]))
    return rows.filter(Q(open__gt=0) | Q(until__isnull=False)).select_related("region")


def _code_words(site: Site) -> str:
    until = getattr(site, "until", None)
    return f"有效至 {clock.as_text(until)}" if until else "没有"

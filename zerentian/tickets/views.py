"""Pages of tickets: how they stand, the list, one ticket with its proof, and what may be done with it."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator
from uuid import UUID

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from zerentian.core import clock
from zerentian.core.months import is_month, shift
from zerentian.core.problems import ProblemsFound
from zerentian.pages.listing import Choice, Column, export, listing
from zerentian.people.access import account_of, page, person_of
from zerentian.people.models import Account
from zerentian.people.person import Person
from zerentian.people.rules import Right
from zerentian.places.models import Region
from zerentian.places.rules import name_key
from zerentian.rounds import photos as photo_files
from zerentian.standards.loop import SEVERITY_WORDS
from zerentian.tickets import actions, blind_checks, extensions, queries
from zerentian.tickets.forms import AnswerForm, ExtensionForm, MonthForm, MoveForm
from zerentian.tickets.models import SOURCES, BlindCheck, Extension, Proof, Ticket, TicketQuerySet
from zerentian.tickets.parts import moves_of, parts_of, require_part
from zerentian.tickets.proofs import add_proof, before_among, before_of, remove_proof
from zerentian.tickets.rules import MOVES, STATE_LABELS, Light, Move, Part, State

_YES_NO = [("yes", "是"), ("no", "否")]
_SECOND_STEPS = frozenset({Move.SUSPEND, Move.SUPERVISE, Move.REOPEN, Move.DISMISS, Move.RETURN})
"""Moves that are shown folded: they are not what a ticket waits for."""


def _due_words(one: Ticket) -> str:
    return clock.as_text(one.due) if one.due else ""


_COLUMNS = [
    Column[Ticket]("点位", lambda one: one.site.name, "site__pinyin"),
    Column[Ticket]("编号", lambda one: one.number, "number"),
    Column[Ticket]("问题", lambda one: one.summary),
    Column[Ticket]("类别", lambda one: one.class_name, "problem_class"),
    Column[Ticket]("村居", lambda one: one.site.region.name, "site__region_id"),
    Column[Ticket]("处置单位", lambda one: one.handler.name if one.handler else "", "handler__name"),
    Column[Ticket]("来源", lambda one: one.get_source_display(), "source"),
    Column[Ticket]("期限", _due_words, "due"),
    Column[Ticket]("状态", lambda one: one.get_state_display(), "state"),
]


@page(Right.SEE_TICKETS)
@require_GET
def board(request: HttpRequest) -> HttpResponse:
    """How tickets stand now, and how a month's went; every number leads to the list it counts."""
    rows = _visible(request)
    month = request.GET.get("month", "")
    month = month if is_month(month) else clock.this_month()
    told = queries.standing(rows, month)
    context = {
        "title": "整改", "month": month, "whole": told.whole,
        "boards": [(title, field, told.boards[name]) for name, (title, field) in queries.BOARDS.items()],
        "ages": [(key, words, told.ages[key]) for key, words in queries.AGES.items()],
        "times": [(label, _span_words(median), n) for label, median, n in queries.median_times(rows, month)],
        "recurring": queries.recurring(rows, month),
        "flow": [(state, STATE_LABELS[State(state)], n) for state, n in told.states.items()],
        "months": [shift(clock.this_month(), -back) for back in range(12)],
        "may_draw": account_of(request).has(Right.DISPATCH_TICKETS),
        "help": "问题从发现到整改的全过程：现在有多少、晚了多少、整改得怎样；点数字看是哪些。",
    }  # fmt: skip
    return render(request, "tickets/board.html", context)


@page(Right.SEE_TICKETS)
@require_GET
def tickets(request: HttpRequest) -> HttpResponse:
    """The list of tickets."""
    account = account_of(request)
    rows = queries.with_terms(_visible(request)).with_all()
    regions = Region.objects.visible_to(account, Right.SEE_TICKETS).exclude(code__endswith="000")
    handlers = _visible(request).exclude(handler=None).order_by("handler__name")
    classes = (
        _visible(request).order_by("problem_class").values_list("problem_class", "class_name").distinct()
    )
    found = listing(
        request, rows, _COLUMNS, sort="-opened", is_long=True,
        choices=[
            Choice("is_live", "进度", [("yes", "未办结")]),
            Choice("term", "期限", list(queries.TERMS.items())),
            Choice("state", "状态", [(state.value, label) for state, label in STATE_LABELS.items()]),
            Choice("problem_class", "类别", list(dict(classes).items())),
            Choice("source", "来源", SOURCES),
            Choice("site__region", "村居", list(regions.values_list("code", "name"))),
            Choice("handler", "处置单位", [
                (str(key), name) for key, name in handlers.values_list("handler", "handler__name").distinct()
            ]),
            Choice("severity", "程度", list(SEVERITY_WORDS.items())),
            Choice("age", "立案已有", list(queries.AGES.items())),
            Choice("punctual", "按期整改", _YES_NO),
            Choice("at_once", "一次通过", _YES_NO),
            Choice("supervised", "督办", [("yes", "已督办")]),
            Choice("extension", "延期", [("asked", "申请待审")]),
            Choice("again", "重复问题", [("yes", "重复")]),
            *_month_choices(),
        ],
        search=_search,
        link=lambda one: reverse("tickets:ticket", args=[one.pk]),
        empty="没有整改单。检查发现的问题会自动立案；其他来源的问题从“登记”和“导入”进来。",
    )  # fmt: skip
    if "export" in request.GET:
        return export("整改单", found.rows_found, _COLUMNS)
    context = {
        "listing": found, "title": "整改单", "search_hint": "点位、拼音首字母、编号或问题",
        "back": reverse("tickets:board"), "help": "每个问题一张单：谁整改、到什么时候、走到哪一步。",
    }  # fmt: skip
    return render(request, "pages/list.html", context)


def _month_choices() -> Iterator[Choice]:
    months = [shift(clock.this_month(), -back) for back in range(24)]
    for field, title in (
        ("opened_month", "立案月份"),
        ("due_month", "到期月份"),
        ("closed_month", "结案月份"),
    ):
        yield Choice(field, title, [(one, one) for one in months])


def _search(rows: QuerySet[Ticket], words: str) -> QuerySet[Ticket]:
    key = name_key(words)
    by_site = Q(site__name_key__contains=key) | Q(site__initials__contains=words.lower())
    return rows.filter(by_site | Q(number__contains=words) | Q(summary__contains=words))


@page(Right.SEE_TICKETS)
@require_GET
def ticket(request: HttpRequest, ticket_id: UUID) -> HttpResponse:
    """One ticket: the problem beside its repair, its history, and what one may do now."""
    found = _ticket(request, ticket_id)
    return render(request, "tickets/ticket.html", _ticket_context(request, found))


@page(Right.DISPATCH_TICKETS, Right.HANDLE_TICKETS, Right.VERIFY_TICKETS)
@require_POST
def move(request: HttpRequest, ticket_id: UUID, name: str) -> HttpResponse:
    """Make a move; what keeps it from being made is shown, and what was typed stays."""
    found = _ticket(request, ticket_id)
    if name not in _ACTS:
        raise Http404
    wanted = Move(name)
    require_part(person_of(request), found, wanted)
    form = MoveForm(found, wanted, request.POST)
    lines: list[str] = []
    if form.is_valid():
        try:
            done = _ACTS[name](person_of(request), found, form.cleaned_data)
            messages.success(
                request, f"{found.number}：{MOVES[wanted].label}。现在是“{done.get_state_display()}”。"
            )
            return redirect("tickets:ticket", found.pk)
        except ProblemsFound as problems:
            lines = list(problems.lines())
    found.refresh_from_db()
    context = _ticket_context(request, found, form=form, lines=lines)
    return render(request, "tickets/ticket.html", context, status=422)


_ACTS: dict[str, Callable[[Person, Ticket, dict[str, object]], Ticket]] = {
    Move.CONFIRM: lambda by, one, told: actions.confirm(by, one, str(told["words"]), _seen(told)),
    Move.DISMISS: lambda by, one, told: actions.dismiss(by, one, str(told["words"]), _seen(told)),
    Move.DISPATCH: lambda by, one, told: actions.dispatch(
        by, one, told["handler"], str(told["words"]), _seen(told)  # type: ignore[arg-type]
    ),
    Move.RETURN: lambda by, one, told: actions.give_back(by, one, str(told["words"]), _seen(told)),
    Move.HANDLE: lambda by, one, told: actions.handle(by, one, str(told["words"]), _seen(told)),
    Move.PASS: lambda by, one, told: actions.verify(by, one, True, str(told["words"]), _seen(told)),
    Move.FAIL: lambda by, one, told: actions.verify(by, one, False, str(told["words"]), _seen(told)),
    Move.CLOSE: lambda by, one, told: actions.close(by, one, str(told["words"]), _seen(told)),
    Move.REOPEN: lambda by, one, told: actions.reopen(by, one, str(told["words"]), _seen(told)),
    Move.SUSPEND: lambda by, one, told: actions.suspend(
        by, one, str(told["words"]), told["review_on"], _seen(told)  # type: ignore[arg-type]
    ),
    Move.RESUME: lambda by, one, told: actions.resume(by, one, str(told["words"]), _seen(told)),
    Move.SUPERVISE: lambda by, one, told: actions.supervise(by, one, str(told["words"]), _seen(told)),
}  # fmt: skip


def _seen(told: dict[str, object]) -> int:
    return int(str(told["seen"]))


@page(Right.SEE_TICKETS)
@require_GET
def photo(request: HttpRequest, ticket_id: UUID, photo_id: UUID) -> HttpResponse:
    """A photo of a ticket, as a copy for screens: of the problem or of its repair."""
    found = _ticket(request, ticket_id)
    known = {one.id: one.sha256 for one in before_of(found)} | dict(found.proofs.values_list("pk", "sha256"))
    if photo_id not in known:
        raise Http404
    response = HttpResponse(photo_files.shown_copy(known[photo_id]), content_type="image/jpeg")
    response["X-Content-Type-Options"] = "nosniff"
    return response


@page(Right.DISPATCH_TICKETS, Right.HANDLE_TICKETS, Right.VERIFY_TICKETS)
@require_POST
def add_photo(request: HttpRequest, ticket_id: UUID, kind: str) -> HttpResponse:
    """Put photos to a ticket: of the repair, or of the check."""
    found = _ticket(request, ticket_id)
    if kind not in (Proof.Kind.AFTER, Proof.Kind.CHECK):
        raise Http404
    require_part(person_of(request), found, Move.HANDLE if kind == Proof.Kind.AFTER else Move.PASS)
    for file in request.FILES.getlist("photo"):
        assert isinstance(file, UploadedFile)
        filed = photo_files.file_photo(file.read())
        add_proof(person_of(request), found, kind, filed)
    return redirect("tickets:ticket", found.pk)


@page(Right.DISPATCH_TICKETS, Right.HANDLE_TICKETS, Right.VERIFY_TICKETS)
@require_POST
def remove_photo(request: HttpRequest, proof_id: UUID) -> HttpResponse:
    """Take a photo of one's own back before the move is made."""
    found = get_object_or_404(Proof.objects.visible_to(account_of(request)), pk=proof_id)
    remove_proof(person_of(request), found)
    return redirect("tickets:ticket", found.ticket_id)


@page(Right.HANDLE_TICKETS)
@require_POST
def ask_for_extension(request: HttpRequest, ticket_id: UUID) -> HttpResponse:
    """Ask for more time."""
    found = _ticket(request, ticket_id)
    require_part(person_of(request), found, Move.HANDLE)
    latest = extensions.latest_for(found)
    form = ExtensionForm(latest or clock.now(), request.POST)
    if form.is_valid():
        values = form.cleaned_data
        extensions.ask_for_extension(person_of(request), found, values["until"], values["words"])
        messages.success(request, "延期申请已提出，待镇里审核；审核前仍按原期限。")
        return redirect("tickets:ticket", found.pk)
    return render(request, "tickets/ticket.html", _ticket_context(request, found, extension=form), status=422)


@page(Right.DISPATCH_TICKETS)
@require_POST
def decide_extension(request: HttpRequest, extension_id: UUID) -> HttpResponse:
    """Grant or refuse more time."""
    asked = get_object_or_404(Extension.objects.visible_to(account_of(request)), pk=extension_id)
    form = AnswerForm(request.POST)
    words = form.cleaned_data["words"] if form.is_valid() else ""
    grant = request.POST.get("decision") == "grant"
    extensions.decide_extension(person_of(request), asked, grant, words)
    messages.success(request, "已同意延期。" if grant else "没有同意延期，仍按原期限。")
    return redirect("tickets:ticket", asked.ticket_id)


_CHECK_COLUMNS = [
    Column[BlindCheck]("点位", lambda one: one.ticket.site.name, "ticket__site__pinyin"),
    Column[BlindCheck]("整改单", lambda one: one.ticket.number, "ticket__number"),
    Column[BlindCheck]("问题", lambda one: one.ticket.summary),
    Column[BlindCheck]("月份", lambda one: one.month, "month"),
    Column[BlindCheck]("抽取", lambda one: clock.as_text(one.drawn_at), "drawn_at"),
    Column[BlindCheck]("结果", lambda one: one.get_verdict_display(), "verdict"),
    Column[BlindCheck]("情况", lambda one: one.words),
    Column[BlindCheck]("台账日根", lambda one: one.root[:16]),
]


@page(Right.DISPATCH_TICKETS)
@require_GET
def checks(request: HttpRequest) -> HttpResponse:
    """Closed tickets that were drawn to be looked at once more."""
    seen = Ticket.objects.visible_to(account_of(request), Right.DISPATCH_TICKETS)
    rows = BlindCheck.objects.filter(ticket__in=seen).select_related("ticket__site")
    found = listing(
        request, rows, _CHECK_COLUMNS, sort="-drawn_at",
        choices=[Choice("verdict", "结果", BlindCheck.Verdict.choices)],
        link=lambda one: reverse("tickets:ticket", args=[one.ticket_id]),
        empty="还没有抽取。月底从当月结案的整改单中抽取一部分，到现场再看一次。",
    )  # fmt: skip
    if "export" in request.GET:
        return export("盲查", found.rows_found, _CHECK_COLUMNS)
    context = {
        "listing": found, "title": "结案后盲查", "back": reverse("tickets:board"),
        "help": "按台账日根抽取，谁也不能挑选，谁都能重算；整改人和核查人都不参加。",
        "buttons": [("抽取", reverse("tickets:draw_checks"), "dice-3")],
    }  # fmt: skip
    return render(request, "pages/list.html", context)


@page(Right.DISPATCH_TICKETS)
@require_http_methods(["GET", "POST"])
def draw_checks(request: HttpRequest) -> HttpResponse:
    """Draw a month's blind re-checks."""
    form = MonthForm(request.POST or None, initial={"month": clock.this_month()})
    if request.method == "POST" and form.is_valid():
        account = account_of(request)
        made = blind_checks.draw_blind_checks(person_of(request), account.town, form.cleaned_data["month"])
        messages.success(request, f"抽取了 {len(made)} 张整改单。")
        return redirect("tickets:checks")
    context = {"form": form, "title": "抽取盲查", "submit": "抽取", "back": reverse("tickets:checks")}
    return render(request, "pages/form.html", context)


@page(Right.DISPATCH_TICKETS)
@require_POST
def settle_check(request: HttpRequest, check_id: UUID) -> HttpResponse:
    """Say what the blind re-check saw."""
    seen = Ticket.objects.visible_to(account_of(request), Right.DISPATCH_TICKETS)
    found = get_object_or_404(BlindCheck, pk=check_id, ticket__in=seen)
    form = AnswerForm(request.POST)
    words = form.cleaned_data["words"] if form.is_valid() else ""
    holds = request.POST.get("decision") == "holds"
    blind_checks.settle_blind_check(person_of(request), found, holds, words)
    messages.success(request, "已登记盲查结果。" if holds else "已登记；整改单已重新打开。")
    return redirect("tickets:ticket", found.ticket_id)


def _visible(request: HttpRequest) -> TicketQuerySet:
    return Ticket.objects.visible_to(account_of(request))


def _ticket(request: HttpRequest, ticket_id: UUID) -> Ticket:
    later = Ticket.objects.filter(repeats=OuterRef("pk")).order_by("opened")
    check = BlindCheck.objects.filter(BlindCheck.OPEN_ONES, ticket=OuterRef("pk"))
    rows = _visible(request).with_all().select_related("repeats", "verified_by")
    rows = rows.annotate(
        later_pk=Subquery(later.values("pk")[:1]),
        later_number=Subquery(later.values("number")[:1]),
        check_pk=Subquery(check.values("pk")[:1]),
    )
    return get_object_or_404(rows, pk=ticket_id)


def _ticket_context(
    request: HttpRequest, found: Ticket, *, form: MoveForm | None = None,
    extension: ExtensionForm | None = None, lines: list[str] | None = None,
) -> dict[str, object]:  # fmt: skip
    account = account_of(request)
    parts = parts_of(account, found)
    forms = [
        (one, form if form is not None and form.prefix == one.value else MoveForm(found, one))
        for one in moves_of(account, found)
        if one.value in _ACTS
    ]
    findings, proofs = list(found.findings.all()), list(found.proofs.all())
    check = found.check_pk  # type: ignore[attr-defined] # annotated
    looks_again = {Part.VERIFIER, Part.DISPATCHER} <= parts and found.verified_by_id != account.pk
    asked = list(found.extension_requests.select_related("asked_by", "decided_by"))
    return {
        "title": found.site.name, "ticket": found, "lines": lines or [], "light": found.light,
        "findings": findings, "before": before_among(findings, proofs),
        "attempts": list(queries.attempts(found, proofs)),
        "steps": found.steps.select_related("handler").order_by("-number"),
        "forms": [one for one in forms if one[0] not in _SECOND_STEPS],
        "more_forms": [one for one in forms if one[0] in _SECOND_STEPS],
        "may_handle": Part.HANDLER in parts and found.state == State.DISPATCHED,
        "may_check": Part.VERIFIER in parts and (found.state == State.HANDLED or check is not None),
        "extension": extension or _extension_form(found, parts, asked), "extensions": asked,
        "open_extension": _open_extension(asked, account, parts), "answer": AnswerForm(),
        "may_guide": account.has(Right.GUIDE),
        "may_order": Part.DISPATCHER in parts and found.supervised_at is not None,
        "check": check if looks_again else None,
        "left": _left_words(found), "back": reverse("tickets:tickets"),
    }  # fmt: skip


def _extension_form(found: Ticket, parts: set[Part], asked: list[Extension]) -> ExtensionForm | None:
    """A form to ask for more time, for who may still get some."""
    if Part.HANDLER not in parts or found.state != State.DISPATCHED or found.light is Light.RED:
        return None
    if any(one.state == Extension.State.ASKED for one in asked):
        return None
    latest = extensions.latest_for(found)
    return ExtensionForm(latest) if latest else None


def _open_extension(asked: list[Extension], account: Account, parts: set[Part]) -> Extension | None:
    """The request that this account may decide."""
    if Part.DISPATCHER not in parts:
        return None
    return next(
        (one for one in asked if one.state == Extension.State.ASKED and one.asked_by_id != account.pk), None
    )


def _left_words(found: Ticket) -> str:
    """How long until the deadline, or since."""
    if found.due is None or (
        found.light is Light.GREEN and found.state not in (State.DISPATCHED, State.RETURNED)
    ):
        return ""
    left = found.due - clock.now()
    words = _span_words(abs(left))
    return f"还有 {words}" if left > datetime.timedelta() else f"已逾期 {words}"


def _span_words(span: datetime.timedelta) -> str:
    """A span of time as one says it."""
    if span.days:
        return f"{span.days} 天 {span.seconds // 3600} 小时"
    return f"{span.seconds // 3600} 小时 {span.seconds % 3600 // 60} 分"

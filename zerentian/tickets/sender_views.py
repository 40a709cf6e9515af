"""Pages about who sends problems, and about events of devices that no site is known of."""

from __future__ import annotations

import json
from uuid import UUID

from django.contrib import messages
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from zerentian.core import clock
from zerentian.ledger.models import Event
from zerentian.pages.listing import Choice, Column, export, listing
from zerentian.people.access import account_of, page, person_of
from zerentian.people.rules import Right
from zerentian.places.models import Site
from zerentian.places.rules import name_key
from zerentian.tickets import intake_actions
from zerentian.tickets.actions import rules_of
from zerentian.tickets.intake_forms import DismissForm, NewSenderForm, SenderForm
from zerentian.tickets.intake_models import EVENT_FIELDS, SENDER_SOURCES, USUAL_PATHS, DeviceEvent, Sender
from zerentian.tickets.intake_rules import COLUMNS, Likeness, Named
from zerentian.tickets.intake_views import picked_site

_SENDERS = [
    Column[Sender]("名称", lambda one: one.name, "name"),
    Column[Sender]("来源", lambda one: one.get_source_display(), "source"),
    Column[Sender]("已记住的点位叫法", lambda one: len(one.aliases)),
    Column[Sender]("待认领的事件", lambda one: getattr(one, "waiting"), "waiting"),  # noqa: B009 - annotated
    Column[Sender]("状态", lambda one: "在用" if one.is_active else "已停用", "is_active"),
]
_EVENTS = [
    Column[DeviceEvent]("事件编号", lambda one: one.event, "event"),
    Column[DeviceEvent]("来源单位", lambda one: one.sender.name, "sender__name"),
    Column[DeviceEvent]("所报点位", lambda one: one.site_text, "site_text"),
    Column[DeviceEvent]("说明", lambda one: one.words or one.kind),
    Column[DeviceEvent]("发生", lambda one: clock.as_text(one.found_at), "found_at"),
    Column[DeviceEvent]("收到", lambda one: clock.as_text(one.received), "received"),
    Column[DeviceEvent]("状态", lambda one: one.get_state_display(), "state"),
    Column[DeviceEvent]("整改单", lambda one: one.ticket.number if one.ticket else ""),
]


@page(Right.DISPATCH_TICKETS)
@require_GET
def senders(request: HttpRequest) -> HttpResponse:
    """Who sends problems."""
    waiting = Count("events", filter=Q(events__state=DeviceEvent.State.UNMATCHED))
    rows = Sender.objects.visible_to(account_of(request)).annotate(waiting=waiting)
    found = listing(
        request, rows, _SENDERS, sort="name", search=lambda query, words: query.filter(name__icontains=words),
        choices=[Choice("source", "来源", SENDER_SOURCES)],
        link=lambda one: reverse("intake:sender", args=[one.pk]),
        empty="还没有来源单位；先新增发来问题清单的单位，或推送事件的设备平台。",
    )  # fmt: skip
    if "export" in request.GET:
        return export("来源单位", found.rows_found, _SENDERS)
    context = {
        "listing": found, "title": "来源单位", "back": reverse("intake:find_site"), "search_hint": "名称",
        "help": "发来问题清单的单位和推送事件的设备平台；各自的列名、点位叫法和密钥记在这里。",
        "buttons": [
            ("新增来源单位", reverse("intake:new_sender"), "plus"),
            ("导入问题清单", reverse("intake:import_list"), "upload"),
            ("设备事件", reverse("intake:events"), "alert-triangle"),
        ],
    }  # fmt: skip
    return render(request, "pages/list.html", context)


@page(Right.DISPATCH_TICKETS)
@require_http_methods(["GET", "POST"])
def new_sender(request: HttpRequest) -> HttpResponse:
    """A new sender."""
    form = NewSenderForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        town = account_of(request).town
        name = form.cleaned_data["name"].strip()
        made = intake_actions.create_sender(person_of(request), town, name, form.cleaned_data["source"])
        messages.success(request, f"已新增“{made.name}”。")
        return redirect("intake:sender", made.pk)
    context = {"title": "新增来源单位", "form": form, "submit": "新增", "back": reverse("intake:senders")}
    return render(request, "pages/form.html", context)


@page(Right.DISPATCH_TICKETS)
@require_GET
def sender(request: HttpRequest, sender_id: UUID) -> HttpResponse:
    """A sender: its columns, its names of sites, how its devices reach us, and what it sent."""
    found = _sender(request, sender_id)
    return render(request, "tickets/intake/sender.html", _about(request, found))


@page(Right.DISPATCH_TICKETS)
@require_http_methods(["GET", "POST"])
def edit_sender(request: HttpRequest, sender_id: UUID) -> HttpResponse:
    """Another name, or how a device's events are read."""
    found = _sender(request, sender_id)
    form = SenderForm(found, rules_of(found.town), request.POST or None)
    if request.method == "POST" and form.is_valid():
        changed = intake_actions.change_sender(person_of(request), found, form.values)
        messages.success(request, "已保存。" if changed else "没有改动。")
        return redirect("intake:sender", found.pk)
    context = {
        "title": f"修改：{found.name}",
        "form": form,
        "back": reverse("intake:sender", args=[found.pk]),
    }
    return render(request, "pages/form.html", context)


@page(Right.DISPATCH_TICKETS)
@require_POST
def renew_secret(request: HttpRequest, sender_id: UUID) -> HttpResponse:
    """A new secret for a sender's devices, shown this once."""
    found = _sender(request, sender_id)
    secret = intake_actions.renew_secret(person_of(request), found)
    context = _about(request, _sender(request, sender_id)) | {"secret": secret}
    return render(request, "tickets/intake/sender.html", context)


@page(Right.DISPATCH_TICKETS)
@require_POST
def switch_sender(request: HttpRequest, sender_id: UUID) -> HttpResponse:
    """Switch a sender off or on."""
    found = _sender(request, sender_id)
    intake_actions.switch_sender(person_of(request), found, not found.is_active)
    messages.success(request, "已停用。" if found.is_active else "已启用。")
    return redirect("intake:sender", found.pk)


@page(Right.DISPATCH_TICKETS)
@require_POST
def forget_alias(request: HttpRequest, sender_id: UUID) -> HttpResponse:
    """Forget which site a sender's name means."""
    found = _sender(request, sender_id)
    if intake_actions.set_aliases(person_of(request), found, {request.POST.get("key", ""): None}):
        messages.success(request, "已忘记这个叫法；下次导入时重新选定。")
    return redirect("intake:sender", found.pk)


@page(Right.DISPATCH_TICKETS)
@require_GET
def events(request: HttpRequest) -> HttpResponse:
    """What devices told."""
    rows = DeviceEvent.objects.visible_to(account_of(request)).select_related("sender", "ticket")
    found = listing(
        request, rows.defer("body"), _EVENTS, sort="-received", search=_by_words,
        choices=[Choice("state", "状态", DeviceEvent.State.choices)],
        link=lambda one: reverse("intake:event", args=[one.pk]), empty="还没有收到设备事件。",
    )  # fmt: skip
    if "export" in request.GET:
        return export("设备事件", found.rows_found, _EVENTS)
    context = {
        "listing": found, "title": "设备事件", "back": reverse("intake:senders"),
        "search_hint": "事件编号、所报点位",
        "help": "监控、称重等系统推送的事件；认不出点位的留在“待认领”，由您指定，一件不丢。",
    }  # fmt: skip
    return render(request, "pages/list.html", context)


@page(Right.DISPATCH_TICKETS)
@require_http_methods(["GET", "POST"])
def event(request: HttpRequest, device_event_id: UUID) -> HttpResponse:
    """An event: what came, and, while no site is known of it, which it is of or why it needs no ticket."""
    rows = DeviceEvent.objects.visible_to(account_of(request)).select_related(
        "sender", "ticket", "decided_by"
    )
    found = get_object_or_404(rows, pk=device_event_id)
    form = DismissForm(request.POST if "dismiss" in request.POST else None)
    fault = ""
    if request.method == "POST" and "dismiss" in request.POST and form.is_valid():
        intake_actions.dismiss_event(person_of(request), found, form.cleaned_data["reason"])
        messages.success(request, "已记下：不予处理。")
        return redirect(reverse("intake:events") + "?state=unmatched")
    if request.method == "POST" and "assign" in request.POST:
        site = picked_site(found.sender, request.POST.get("site", ""), request.POST.get("code", ""))
        if site is not None:
            remember = "remember" in request.POST
            ticket = intake_actions.assign_event(person_of(request), found, site, remember)
            messages.success(request, f"已归到“{site.name}”：整改单 {ticket.number}。")
            return redirect(reverse("intake:events") + "?state=unmatched")
        fault = "请选一个点位，或填点位编号"
    context = {
        "title": f"设备事件 {found.event}", "event": found, "form": form, "fault": fault,
        "sites": _likely(found) if found.state == DeviceEvent.State.UNMATCHED else [],
        "body": json.dumps(json.loads(found.body), ensure_ascii=False, indent=2),
        "back": reverse("intake:events") + "?state=unmatched",
    }  # fmt: skip
    return render(request, "tickets/intake/event.html", context)


def _likely(found: DeviceEvent) -> list[Site]:
    ours = {
        str(one.pk): one
        for one in Site.objects.filter(town=found.sender.town, is_active=True).select_related("region")
    }
    alike = Likeness(Named(id_, name_key(one.name)) for id_, one in ours.items())
    return [ours[id_] for id_ in alike.most_like(found.site_text)]


def _about(request: HttpRequest, found: Sender) -> dict[str, object]:
    sites = {str(one.pk): one for one in Site.objects.filter(pk__in=list(found.aliases.values()))}
    paths = {**USUAL_PATHS, **found.paths}
    classes = {one.id: one.name for one in rules_of(found.town).classes}
    return {
        "title": found.name, "sender": found, "back": reverse("intake:senders"),
        "columns": [(label, found.columns.get(name, "")) for name, label in COLUMNS.items()],
        "aliases": [
            (key, key.strip("|").replace("|", " "), sites.get(id_))
            for key, id_ in sorted(found.aliases.items())
        ],
        "paths": [(label, paths[name]) for name, label in EVENT_FIELDS.items()],
        "classes": [(kind, classes.get(id_, id_)) for kind, id_ in found.classes.items()],
        "address": request.build_absolute_uri(f"/api/events/{found.pk}"),
        "imports": Event.objects.filter(
            subject_type="sender", subject=str(found.pk), kind="sender.list_imported"
        ).order_by("-at")[:10],
        "counts": found.events.aggregate(
            all=Count("pk"), waiting=Count("pk", filter=Q(state=DeviceEvent.State.UNMATCHED))
        ),
    }  # fmt: skip


def _sender(request: HttpRequest, sender_id: UUID) -> Sender:
    return get_object_or_404(Sender.objects.visible_to(account_of(request)), pk=sender_id)


def _by_words(rows: QuerySet[DeviceEvent], words: str) -> QuerySet[DeviceEvent]:
    return rows.filter(Q(event__icontains=words) | Q(site_text__icontains=words))

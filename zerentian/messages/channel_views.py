"""Pages of who manages a town's settings: its channels, and what went out through them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from zerentian.core import clock
from zerentian.core.problems import ProblemsFound
from zerentian.messages import actions, delivery_actions
from zerentian.messages.forms import CHANNEL_FORMS
from zerentian.messages.models import Channel, Delivery, Kind, TownChannel
from zerentian.messages.rules import masked
from zerentian.messages.views import tell_outcome
from zerentian.pages.listing import Choice, Column, export, listing
from zerentian.people.access import account_of, page, person_of
from zerentian.people.models import TownSettings
from zerentian.people.rules import Right

# No title and no text: who manages settings does not read what others are told.
_COLUMNS = [
    Column[Delivery]("建立时间", lambda one: clock.as_text(one.created), "created"),
    Column[Delivery]("渠道", lambda one: one.get_channel_display(), "channel"),
    Column[Delivery]("收件人", lambda one: receiver(one)),
    Column[Delivery]("类别", lambda one: one.get_kind_display(), "kind"),
    Column[Delivery]("状态", lambda one: one.get_state_display(), "state"),
    Column[Delivery]("已试次数", lambda one: one.attempts, "attempts"),
    Column[Delivery]("发出时间", lambda one: clock.as_text(one.sent_at) if one.sent_at else "", "sent_at"),
    Column[Delivery]("原因", lambda one: one.last_error),
]


def receiver(one: Delivery) -> str:
    """Who gets it, with as much of the address as tells it from others."""
    if one.message is None:
        return "镇的群"
    return f"{one.message.account.name}（{masked(one.address)}）"


@page(Right.MANAGE_SETTINGS)
@require_GET
def channels(request: HttpRequest) -> HttpResponse:
    """The town's channels, on or off."""
    town = _town(request)
    known = {one.channel: one for one in _channels(request).filter(town=town.town)}
    rows = [(one, known.get(one.value), masked(_key(known.get(one.value)))) for one in Channel]
    context = {
        "rows": rows, "town": town, "title": "消息渠道", "back": reverse("desk:settings"),
        "help": "消息除了在平台上，还从哪些渠道发出；每次改动都记入台账。",
        "buttons": [("发送记录", reverse("messages:deliveries"), "history")],
    }  # fmt: skip
    return render(request, "messages/channels.html", context)


@page(Right.MANAGE_SETTINGS)
@require_http_methods(["GET", "POST"])
def channel(request: HttpRequest, channel: str) -> HttpResponse:
    """Switch a channel on or off, with what it needs."""
    if channel not in CHANNEL_FORMS:
        raise Http404
    town = _town(request)
    held = _channels(request).filter(town=town.town, channel=channel).first()
    initial: dict[str, Any] = {"is_on": held.is_on, **held.settings} if held else {}
    initial.pop("key", None)
    form = CHANNEL_FORMS[channel](request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        values = dict(form.cleaned_data)
        try:
            actions.set_channel(person_of(request), town.town, channel, values.pop("is_on"), values)
        except ProblemsFound as found:
            form.add_error(None, list(found.lines()))
        else:
            messages.success(request, "已保存。")
            return redirect("messages:channels")
    context = {"form": form, "title": Channel(channel).label, "back": reverse("messages:channels")}
    return render(request, "pages/form.html", context)


@page(Right.MANAGE_SETTINGS)
@require_POST
def test_channel(request: HttpRequest, channel: str) -> HttpResponse:
    """Send a test: to the group, or to oneself."""
    town = _town(request)
    tell_outcome(request, actions.send_test(person_of(request), channel, town.town))
    return redirect("messages:channels")


@page(Right.MANAGE_SETTINGS)
@require_GET
def deliveries(request: HttpRequest) -> HttpResponse:
    """What went out, what waits, and what did not go and why."""
    found = listing(
        request, _deliveries(request), _COLUMNS, sort="-created",
        choices=[
            Choice("state", "状态", Delivery.State.choices),
            Choice("channel", "渠道", Channel.choices),
            Choice("kind", "类别", Kind.choices),
        ],
        search=lambda rows, words: rows.filter(message__account__name__icontains=words),
        link=lambda one: reverse("messages:delivery", args=[one.pk]),
        empty="还没有发出过消息。请先在“消息渠道”中开启渠道，并请各人填写接收方式。",
        is_long=True,
    )  # fmt: skip
    if "export" in request.GET:
        return export("发送记录", found.rows_found, _COLUMNS)
    context = {
        "listing": found, "title": "发送记录", "search_hint": "收件人", "back": reverse("messages:channels"),
        "help": "每条消息从每个渠道发出的情况；没有发出的写明原因，可以逐条重发。这里不显示消息内容。",
    }  # fmt: skip
    return render(request, "pages/list.html", context)


@page(Right.MANAGE_SETTINGS)
@require_GET
def delivery(request: HttpRequest, delivery_id: UUID) -> HttpResponse:
    """One delivery, and the button that sends it anew."""
    found = get_object_or_404(_deliveries(request), pk=delivery_id)
    context = {
        "delivery": found, "receiver": receiver(found), "title": str(found),
        "back": reverse("messages:deliveries"),
    }  # fmt: skip
    return render(request, "messages/delivery.html", context)


@page(Right.MANAGE_SETTINGS)
@require_POST
def retry(request: HttpRequest, delivery_id: UUID) -> HttpResponse:
    """Let it wait anew."""
    found = get_object_or_404(_deliveries(request), pk=delivery_id)
    delivery_actions.retry(person_of(request), found)
    messages.success(request, "已重新排队，一分钟内再发。")
    return redirect("messages:delivery", found.pk)


def _town(request: HttpRequest) -> TownSettings:
    scope = account_of(request).scope(Right.MANAGE_SETTINGS)
    found = TownSettings.objects.filter(scope.regions("town")).first()
    if found is None:
        raise Http404
    return found


def _channels(request: HttpRequest) -> QuerySet[TownChannel]:
    return TownChannel.objects.visible_to(account_of(request))


def _deliveries(request: HttpRequest) -> QuerySet[Delivery]:
    return Delivery.objects.visible_to(account_of(request)).select_related("message__account")


def _key(channel: TownChannel | None) -> str:
    return str(channel.settings.get("key", "")) if channel else ""

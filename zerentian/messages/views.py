"""Everybody's pages: what one was told, and where one is told."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.contrib import messages
from django.db.models import Case, DateTimeField, F, Q, QuerySet, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from zerentian.core import clock
from zerentian.messages import actions
from zerentian.messages.forms import AddressesForm
from zerentian.messages.models import PERSONAL, Address, Delivery, Kind, Message, TownChannel
from zerentian.pages.listing import Choice, Column, export, listing
from zerentian.people.access import account_of, page, person_of

_AGES = timedelta(days=365_000)
_UNREAD_FIRST = Case(
    When(read_at=None, then=F("not_before") + _AGES), default=F("not_before"), output_field=DateTimeField()
)
_COLUMNS = [
    Column[Message]("时间", lambda one: clock.as_text(one.not_before), "not_before"),
    Column[Message]("标题", lambda one: one.title),
    Column[Message]("内容", lambda one: one.body),
    Column[Message]("类别", lambda one: one.get_kind_display()),
    Column[Message]("打开时间", lambda one: clock.as_text(one.read_at) if one.read_at else ""),
    Column[Message]("顺序", lambda one: "", "shown_by"),
]


def _mine(request: HttpRequest) -> QuerySet[Message]:
    return Message.objects.visible_to(account_of(request))


@page()
@require_GET
def inbox(request: HttpRequest) -> HttpResponse:
    """What one was told, unread first."""
    rows = _mine(request).annotate(shown_by=_UNREAD_FIRST, is_read=Q(read_at__isnull=False))
    found = listing(
        request, rows, _COLUMNS, sort="-shown_by",
        choices=[
            Choice("kind", "类别", Kind.choices),
            Choice("is_read", "状态", [("False", "未读"), ("True", "已读")]),
        ],
        search=lambda rows, words: rows.filter(title__icontains=words),
        empty="还没有消息。有要您办理或知道的事时，会出现在这里；想同时收到邮件或企业微信，请填写“接收方式”。",
    )  # fmt: skip
    if "export" in request.GET:
        return export("消息", found.rows_found, _COLUMNS[:-1])
    context = {
        "listing": found, "title": "消息", "help": "平台告诉您的事；点标题打开，打开即算已读。",
        "search_hint": "标题", "shown": found.page.object_list,
    }  # fmt: skip
    return render(request, "messages/inbox.html", context)


@page()
@require_GET
def open_message(request: HttpRequest, message_id: UUID) -> HttpResponse:
    """Go where a message leads, and note that it was opened."""
    found = get_object_or_404(_mine(request), pk=message_id)
    actions.mark_read(person_of(request), [found])
    is_ours = url_has_allowed_host_and_scheme(found.url, allowed_hosts=None)
    return redirect(found.url if is_ours else reverse("messages:inbox"))


@page()
@require_POST
def read_one(request: HttpRequest, message_id: UUID) -> HttpResponse:
    """Note a message as read without opening what it leads to."""
    actions.mark_read(person_of(request), [get_object_or_404(_mine(request), pk=message_id)])
    return redirect("messages:inbox")


@page()
@require_POST
def read_all(request: HttpRequest) -> HttpResponse:
    """Note all messages as read."""
    unread = Message.objects.visible_to(account_of(request)).unread()
    count = actions.mark_read(person_of(request), unread)
    messages.success(request, f"已把 {count} 条消息标为已读。" if count else "没有未读的消息。")
    return redirect("messages:inbox")


@page()
@require_http_methods(["GET", "POST"])
def addresses(request: HttpRequest) -> HttpResponse:
    """Where one is told besides the inbox, and a test of it."""
    account = account_of(request)
    known = dict(Address.objects.visible_to(account).values_list("channel", "address"))
    form = AddressesForm(request.POST or None, initial=known)
    if request.method == "POST" and form.is_valid():
        for channel in PERSONAL:
            actions.set_address(person_of(request), channel, form.cleaned_data[channel.value])
        messages.success(request, "已保存。")
        return redirect("messages:addresses")
    on = set(TownChannel.objects.filter(town=account.town, is_on=True).values_list("channel", flat=True))
    ways = [(one.value, one.label, one in on, one in known) for one in PERSONAL]
    context = {
        "form": form, "title": "我的接收方式", "back": reverse("messages:inbox"), "ways": ways,
        "help": "消息总在平台上；填了地址的，还会另外发给您。地址只用来发消息，别人看不到全文。",
    }  # fmt: skip
    return render(request, "messages/addresses.html", context)


@page()
@require_POST
def test_address(request: HttpRequest) -> HttpResponse:
    """Send oneself a test."""
    tell_outcome(request, actions.send_test(person_of(request), request.POST.get("channel", "")))
    return redirect("messages:addresses")


def tell_outcome(request: HttpRequest, made: Delivery) -> None:
    """Say what became of a test."""
    channel = made.get_channel_display()
    if made.state == Delivery.State.SENT:
        messages.success(request, f"{channel}的测试消息已发出，请查看是否收到。")
    elif made.last_error:
        messages.warning(request, f"{channel}的测试消息没有发出：{made.last_error}。")
    else:
        messages.info(request, f"{channel}的测试消息正在发送，请稍后查看。")

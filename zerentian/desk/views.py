"""Home, search and settings."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from zerentian.desk.forms import SettingsForm
from zerentian.desk.queries import cards, changes, month_strip
from zerentian.desk.search import search
from zerentian.desk.standing import Standing
from zerentian.desk.tasks import tasks
from zerentian.people import actions as people
from zerentian.people.access import account_of, page, person_of
from zerentian.people.models import TownSettings
from zerentian.people.rules import Right


@page()
@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """What must I do today, what is late, how does the month stand."""
    account = account_of(request)
    standing = Standing(account)
    strip = month_strip(account, standing)
    context = {
        "title": f"{account.name}，今天", "cards": cards(account, standing),
        "tasks": tasks(account, standing),
        "round": strip[0] if strip else None, "steps": strip[1] if strip else [],
        "changes": changes(account),
    }  # fmt: skip
    return render(request, "desk/home.html", context)


@page()
@require_GET
def find(request: HttpRequest) -> HttpResponse:
    """Everything one may see whose name, initials or code is searched for."""
    words = request.GET.get("q", "").replace("\x00", "").strip()[:100]
    context = {"title": "搜索", "words": words, "hits": search(account_of(request), words)}
    return render(request, "desk/search.html", context)


@page(Right.MANAGE_SETTINGS)
@require_http_methods(["GET", "POST"])
def settings(request: HttpRequest) -> HttpResponse:
    """A town's settings."""
    account = account_of(request)
    found = TownSettings.objects.filter(account.scope(Right.MANAGE_SETTINGS).regions("town")).first()
    if found is None:
        raise Http404
    form = SettingsForm(request.POST or None, instance=TownSettings.objects.get(pk=found.pk))
    if request.method == "POST" and form.is_valid():
        people.change_settings(person_of(request), found, form.cleaned_data)
        messages.success(request, "设置已保存。")
        return redirect("desk:settings")
    return render(
        request,
        "pages/form.html",
        {
            "form": form,
            "title": "设置",
            "help": "本镇自己决定的事项；每次改动都记入台账。",
            "buttons": [
                ("消息渠道", reverse("messages:channels"), "bell"),
                ("发送记录", reverse("messages:deliveries"), "history"),
            ],
        },
    )

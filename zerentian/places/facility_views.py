"""Pages about the facilities of a site."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from zerentian.people.access import account_of, page, person_of
from zerentian.people.rules import Right
from zerentian.places import actions
from zerentian.places.forms import FacilityForm
from zerentian.places.models import Facility, Site


def _sites(request: HttpRequest) -> QuerySet[Site]:
    return Site.objects.visible_to(account_of(request), Right.MANAGE_PLACES)


def _facilities(request: HttpRequest) -> QuerySet[Facility]:
    return Facility.objects.filter(site__in=_sites(request)).select_related("site")


@page(Right.MANAGE_PLACES)
@require_http_methods(["GET", "POST"])
def new_facility(request: HttpRequest, site_id: UUID) -> HttpResponse:
    """Add a facility to a site."""
    found = get_object_or_404(_sites(request), pk=site_id)
    return _facility_page(request, found, None)


@page(Right.MANAGE_PLACES)
@require_http_methods(["GET", "POST"])
def facility(request: HttpRequest, facility_id: UUID) -> HttpResponse:
    """Change a facility."""
    found = get_object_or_404(_facilities(request), pk=facility_id)
    return _facility_page(request, found.site, found)


@page(Right.MANAGE_PLACES)
@require_POST
def remove_facility(request: HttpRequest, facility_id: UUID) -> HttpResponse:
    """Take a facility off the list."""
    found = get_object_or_404(_facilities(request), pk=facility_id)
    site_id = found.site_id
    actions.remove_facility(person_of(request), found)
    messages.success(request, "已删除；台账中保留原来的内容。")
    return redirect("places:site", site_id)


def _facility_page(request: HttpRequest, site: Site, held: Facility | None) -> HttpResponse:
    initial = {name: getattr(held, name) for name in actions.FACILITY_FIELDS} if held else None
    form = FacilityForm(request.POST or None, initial=initial)
    back = reverse("places:site", args=[site.pk])
    if request.method == "POST" and form.is_valid():
        actions.set_facility(person_of(request), site, form.cleaned_data, held)
        messages.success(request, "已保存。")
        return redirect(back)
    context = {"form": form, "title": f"设施：{site.name}", "back": back}
    return render(request, "pages/form.html", context)

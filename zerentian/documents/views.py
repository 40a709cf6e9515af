"""Documents to download."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_GET

from zerentian.core.problems import problem
from zerentian.documents.plates import plates as make_plates
from zerentian.pages.listing import download
from zerentian.people.access import account_of, page
from zerentian.people.rules import Right
from zerentian.places.models import Region, Site


@page(Right.SEE_PLACES)
@require_GET
def plates(request: HttpRequest, region_code: str) -> HttpResponse:
    """The QR plates of a committee's sites, as far as one sees them."""
    account = account_of(request)
    region = get_object_or_404(Region.objects.visible_to(account), pk=region_code)
    sites = list(Site.objects.visible_to(account).active().filter(region=region).order_by("kind", "code"))
    if not sites:
        raise problem("places.no_sites", value=region.name)

    def address_of(site: Site) -> str:
        return request.build_absolute_uri(reverse("places:site", args=[site.pk]))

    content = make_plates(region, sites, address_of)
    return download(f"{region.name}码牌.pdf", content, "application/pdf")

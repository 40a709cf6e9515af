"""Documents to download."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_GET

from zerentian.core.problems import problem
from zerentian.documents.plates import plates as make_plates
from zerentian.documents.score_sheet import score_sheet_bytes
from zerentian.pages.listing import download
from zerentian.people.access import account_of, page
from zerentian.people.rules import Right
from zerentian.places.models import Region, Site
from zerentian.standards.models import RuleVersion
from zerentian.standards.queries import printed_standard


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


@page(Right.SEE_STANDARDS)
@require_GET
def score_sheet(request: HttpRequest, version_id: UUID) -> HttpResponse:
    """The paper score sheet of a version of a standard."""
    versions = RuleVersion.objects.visible_to(account_of(request))
    version = get_object_or_404(versions, pk=version_id, kind=RuleVersion.Kind.STANDARD)
    kind = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    return download(f"{version}.docx", score_sheet_bytes(printed_standard(version)), kind)

"""A site as the API tells of it."""

from __future__ import annotations

from zerentian.places.models import Site


def site_words(site: Site) -> dict[str, object]:
    """What `SiteOut` takes."""
    return {
        "id": site.pk, "code": site.code, "name": site.name, "kind": site.kind,
        "committee": site.region.name, "address": site.address, "latitude": site.latitude,
        "longitude": site.longitude, "opening": site.opening,
    }  # fmt: skip

"""QR plates: what hangs at a site, for inspectors to scan."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import segno

from zerentian.documents.pdf import render_pdf
from zerentian.places.models import Region, Site


def plates(region: Region, sites: Iterable[Site], address_of: Callable[[Site], str]) -> bytes:
    """A PDF of plates, eight to an A4 page. Each code holds its site's public address, no secret."""
    context = {
        "title": f"{region.name} 点位码牌",
        "plates": [
            {
                "name": site.name,
                "kind": site.get_kind_display(),
                "region": region.name,
                "number": site.code,
                "code": segno.make(address_of(site), error="q").svg_inline(scale=4, border=2),
            }
            for site in sites
        ],
    }
    return render_pdf("plates.typ", context)

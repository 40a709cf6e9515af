"""QR plates: one for each site one sees, with its name whole."""

from __future__ import annotations

import io

import pypdf

from tests.cast import VILLAGE, Cast
from zerentian.places.models import Site


def text_of(content: bytes) -> str:
    return "".join(
        "".join(page.extract_text().split()) for page in pypdf.PdfReader(io.BytesIO(content)).pages
    )


def test_it_works(cast: Cast) -> None:
    response = cast.client("operator").get(f"/documents/plates/{VILLAGE}.pdf")
    assert response["Content-Type"] == "application/pdf"
    text = text_of(response.content)
    assert "东村一期" in text
    assert "C-own" in text
    assert "西村花园" not in text


def test_names_are_text_never_markup(cast: Cast) -> None:
    name = '#read("/etc/passwd") $x$ *b* ' + "长" * 150
    Site.objects.filter(pk=cast.sites["own"].pk).update(name=name)
    text = text_of(cast.client("operator").get(f"/documents/plates/{VILLAGE}.pdf").content)
    assert '#read("/etc/passwd")$x$*b*' in text


def test_a_committee_without_sites_is_told_so(cast: Cast) -> None:
    Site.objects.filter(region_id=VILLAGE).update(is_active=False)
    response = cast.client("operator").get(f"/documents/plates/{VILLAGE}.pdf")
    assert response.status_code == 422
    assert "没有可打印的码牌" in response.content.decode()

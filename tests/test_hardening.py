"""What an attacker tries on every address: forms without a token, absurd settings of lists, forged addresses."""

from __future__ import annotations

import pytest
from django.test import Client
from django_otp.oath import totp
from django_otp.plugins.otp_totp.models import TOTPDevice

from tests.cast import PASSWORD, Cast
from tests.test_access import MATRIX, address, things  # noqa: F401 - a fixture
from zerentian.people.models import TownSettings

POSTS = sorted(name for name, (method, _) in MATRIX.items() if method == "post")
FORMS = [
    "people:new_account", "people:password", "people:import_people", "places:new_site", "places:import_sites",
    "rounds:new_round", "rounds:draw_round", "rounds:correct", "rounds:decide", "results:close", "results:reopen",
    "results:import_outside", "documents:ask_for_month", "documents:template", "standards:new_version",
    "standards:import_sheet", "standards:edit", "desk:settings",
]  # fmt: skip


@pytest.mark.parametrize("name", [*POSTS, *FORMS])
def test_no_form_is_taken_without_its_token(cast: Cast, things: dict[str, object], name: str) -> None:  # noqa: F811
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.operator, "django.contrib.auth.backends.ModelBackend")
    for kind in ("application/x-www-form-urlencoded", "text/plain"):
        response = client.post(address(name, things), data="a=b", content_type=kind)
        assert response.status_code == 403
        assert "页面已过期" in response.content.decode()


@pytest.mark.parametrize("page", ["/places/sites", "/rounds/inspections", "/results/", "/documents/"])
@pytest.mark.parametrize(
    "query",
    [
        "page=1000000000",
        "page=-1",
        "page=x",
        "sort=password",
        "sort=-account__password",
        "limit=1e9",
        "kind=x",
        "q=%00",
    ],
)
def test_absurd_settings_of_a_list_fall_back(cast: Cast, page: str, query: str) -> None:
    assert cast.client("operator").get(f"{page}?{query}").status_code == 200


def test_a_forged_forwarded_address_does_not_escape_the_lock(cast: Cast) -> None:
    client = Client()
    for number in range(5):
        sent = {"username": "operator", "password": "wrong"}
        client.post("/people/sign-in", sent, headers={"X-Forwarded-For": f"10.0.0.{number}"})
    sent = {"username": "operator", "password": PASSWORD}
    assert client.post("/people/sign-in", sent, headers={"X-Forwarded-For": "10.9.9.9"}).status_code == 429


def test_a_one_time_code_is_good_once(cast: Cast) -> None:
    TownSettings.objects.update(second_factor_roles=["operator"])
    device = TOTPDevice.objects.create(user=cast.operator, name="app", confirmed=True)
    code = f"{totp(device.bin_key):06d}"
    first, second = cast.client("operator"), cast.client("operator")
    assert first.get("/")["Location"] == "/people/second-factor"
    assert first.post("/people/second-factor", {"code": code})["Location"] == "/"
    assert first.get("/").status_code == 200
    assert "动态口令不正确" in second.post("/people/second-factor", {"code": code}).content.decode()
    assert second.get("/").status_code == 302


def test_an_open_redirect_is_not_followed(cast: Cast) -> None:
    sent = {"username": "operator", "password": PASSWORD}
    assert Client().post("/people/sign-in?next=https://evil.example/", sent)["Location"] == "/"


def test_pages_forbid_inline_script_and_framing(cast: Cast) -> None:
    headers = cast.client("operator").get("/").headers
    policy = headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert "no-store" in headers["Cache-Control"]


def test_a_line_of_the_log_stays_one_line(cast: Cast, caplog: pytest.LogCaptureFixture) -> None:
    """What a stranger puts into an address can neither add a line nor colour the terminal."""
    with caplog.at_level("WARNING"):
        cast.client("operator").get("/missing%0a2026-01-01 ERROR forged%1b[31m%0d")
    assert caplog.messages
    assert not any(mark in line for line in caplog.messages for mark in "\n\r\x1b")

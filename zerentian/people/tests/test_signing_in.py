"""Signing in, out and being locked out (trust.md T56–T60)."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.cast import PASSWORD, Cast
from zerentian.ledger.models import Event

SIGN_IN = "/people/sign-in"


def sign_in(login: str, password: str = PASSWORD, client: Client | None = None):
    return (client or Client()).post(SIGN_IN, {"username": login, "password": password})


def test_it_works(cast: Cast) -> None:
    response = sign_in("operator")
    assert response.status_code == 302
    assert response["Location"] == "/"
    assert Event.objects.filter(kind="account.signed_in", actor=cast.operator.id).exists()


def test_a_wrong_password_and_an_unknown_login_read_the_same(cast: Cast) -> None:
    wrong, unknown = sign_in("operator", "x" * 12), sign_in("nobody", "x" * 12)
    assert "登录名或密码不正确" in wrong.content.decode()
    assert "登录名或密码不正确" in unknown.content.decode()


def test_five_failures_lock_that_account_from_that_address_only(cast: Cast) -> None:
    client = Client()
    for _ in range(5):
        last = sign_in("operator", "x" * 12, client)
    assert last.status_code == 429
    assert sign_in("operator", PASSWORD, client).status_code == 429
    elsewhere = Client(REMOTE_ADDR="10.0.0.9")
    assert sign_in("operator", PASSWORD, elsewhere).status_code == 302
    assert sign_in("village", PASSWORD, client).status_code == 302


def test_the_session_gets_a_new_id(cast: Cast) -> None:
    client = Client()
    client.get(SIGN_IN)
    session = client.session
    session["before"] = 1
    session.save()
    before = session.session_key
    sign_in("operator", client=client)
    assert client.session.session_key != before


@pytest.mark.parametrize("path", ["/", "/people/accounts"])
def test_nobody_sees_anything_without_signing_in(cast: Cast, path: str) -> None:
    response = Client().get(path)
    assert response.status_code == 302
    assert response["Location"].startswith(SIGN_IN)

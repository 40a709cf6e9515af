"""Letters of initial passwords: shown once, good for one use and for seven days (trust.md T60)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from tests.cast import Cast
from zerentian.ledger.models import Event
from zerentian.people.models import Account
from zerentian.people.tests.test_importing import confirm, upload
from zerentian.people.tests.test_signing_in import sign_in

OWN = "a-password-of-my-own"


def new_account(cast: Cast) -> tuple[HttpResponse, str]:
    sent = {"login": "zhao", "name": "赵六", "phone": ""}
    page = cast.client("admin").post("/people/accounts/new", sent)
    return page, page.context["letters"][0][1]


def choose(client: Client, password: str) -> HttpResponse:
    return client.post("/people/password", {"new_password1": password, "new_password2": password})


def test_a_letter_says_all_that_is_needed(cast: Cast) -> None:
    page, password = new_account(cast)
    text = page.content.decode()
    expires = timezone.localtime(Account.objects.get(login="zhao").password_expires)
    for words in ("zhao", password, "http://testserver/people/sign-in", f"{expires:%Y-%m-%d %H:%M}", "<svg"):
        assert words in text
    assert "data-print" in text
    assert "no-store" in page["Cache-Control"]


def test_an_import_gives_one_letter_for_each_new_account(cast: Cast) -> None:
    text = confirm(cast, upload(cast)).content.decode()
    assert text.count('class="card form-card letter') == 2


def test_a_reload_does_not_show_the_letters_again(cast: Cast) -> None:
    preview = upload(cast)
    passwords = [password for _, password in confirm(cast, preview).context["letters"]]
    again = confirm(cast, preview)
    assert again.status_code == 422
    assert not any(password in again.content.decode() for password in passwords)
    _, password = new_account(cast)
    again = cast.client("admin").post("/people/accounts/new", {"login": "zhao", "name": "赵六"})
    assert again.status_code == 422
    assert password not in again.content.decode()


def test_nothing_stored_holds_the_password(cast: Cast) -> None:
    _, password = new_account(cast)
    account = Account.objects.get(login="zhao")
    assert password not in account.password
    assert not any(password in str(event.fields()) for event in Event.objects.all())
    client = cast.client("admin")
    for path in (f"/people/accounts/{account.pk}", "/people/accounts", "/people/accounts/new"):
        assert password not in client.get(path).content.decode()


def test_a_reset_voids_the_letter_before(cast: Cast) -> None:
    _, first = new_account(cast)
    account = Account.objects.get(login="zhao")
    page = cast.client("admin").post(f"/people/accounts/{account.pk}/password")
    second = page.context["letters"][0][1]
    assert first != second
    assert sign_in("zhao", first).status_code == 200
    assert sign_in("zhao", second).status_code == 302


@pytest.mark.parametrize("path", ["/", "/people/sessions", "/places/sites", "/people/second-factor"])
def test_it_opens_only_the_page_for_an_own_password(cast: Cast, path: str) -> None:
    _, password = new_account(cast)
    client = Client()
    sign_in("zhao", password, client)
    assert client.get(path)["Location"] == "/people/password"


def test_it_works_once(cast: Cast) -> None:
    _, password = new_account(cast)
    client = Client()
    sign_in("zhao", password, client)
    refused = choose(client, password)
    assert "不能与现在的密码相同" in refused.content.decode()
    assert client.get("/")["Location"] == "/people/password"
    choose(client, OWN)
    assert client.get("/").status_code == 200
    assert sign_in("zhao", password).status_code == 200
    assert sign_in("zhao", OWN).status_code == 302


def test_it_expires_after_seven_days(cast: Cast) -> None:
    _, password = new_account(cast)
    account = Account.objects.get(login="zhao")
    left = account.password_expires - timezone.now()
    assert timedelta(days=6, hours=23) < left <= timedelta(days=7)
    Account.objects.filter(pk=account.pk).update(password_expires=timezone.now() - timedelta(seconds=1))
    refused = sign_in("zhao", password)
    assert refused.status_code == 200
    assert "初始密码已过期" in refused.content.decode()
    assert "初始密码已过期" not in sign_in("zhao", "x" * 12).content.decode()


def test_ones_own_password_does_not_expire(cast: Cast) -> None:
    _, password = new_account(cast)
    client = Client()
    sign_in("zhao", password, client)
    choose(client, OWN)
    account = Account.objects.get(login="zhao")
    assert (account.password_expires, account.must_change_password) == (None, False)


@pytest.mark.parametrize("weak", ["short-one", "139000011112", "zhaoliu-town", "qwerty123456"])
def test_a_weak_password_is_refused(cast: Cast, weak: str) -> None:
    """Too short, a number, much like the login, among the usual ones."""
    _, password = new_account(cast)
    Account.objects.filter(login="zhao").update(login="zhaoliu-town1")
    client = Client()
    sign_in("zhaoliu-town1", password, client)
    choose(client, weak)
    assert Account.objects.get(login="zhaoliu-town1").must_change_password

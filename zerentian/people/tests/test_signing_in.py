"""Signing in: locks, sessions, equal answers, second factor (trust.md T56–T58, T62)."""

from __future__ import annotations

import re
import time
from datetime import timedelta

import pytest
from axes.models import AccessAttempt
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone
from django_otp.oath import TOTP
from django_otp.plugins.otp_totp.models import TOTPDevice

from tests.cast import PASSWORD, TOWN, Cast
from tests.hashers import QuickHasher
from zerentian.ledger.models import Event
from zerentian.pages.addresses import client_address
from zerentian.people.actions import change_password, reset_password, set_active
from zerentian.people.locking import MOST_LOGINS
from zerentian.people.models import Account, TownSettings

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


def test_one_password_tried_on_many_accounts_locks_the_address_and_nobody_else(cast: Cast) -> None:
    spraying = Client(REMOTE_ADDR="10.6.6.6")
    codes = [sign_in(f"village{number}", "Spring-2026!", spraying).status_code for number in range(100)]
    assert codes.index(429) == MOST_LOGINS
    assert set(codes[MOST_LOGINS:]) == {429}
    assert sign_in("operator", client=spraying).status_code == 429
    assert sign_in("operator", client=Client(REMOTE_ADDR="10.0.0.9")).status_code == 302


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


def test_another_spelling_of_the_login_is_the_same_account(cast: Cast) -> None:
    client = Client()
    for login in ("operator", "Operator", "OPERATOR", " operator ", "ｏｐｅｒａｔｏｒ"):
        last = sign_in(login, "x" * 12, client)
    assert last.status_code == 429
    assert sign_in(" Operator", PASSWORD, Client(REMOTE_ADDR="10.0.0.9")).status_code == 302


def test_the_lock_opens_after_fifteen_minutes(cast: Cast) -> None:
    client = Client()
    for _ in range(5):
        sign_in("operator", "x" * 12, client)
    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=14))
    assert sign_in("operator", PASSWORD, client).status_code == 429
    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=15, seconds=1))
    assert sign_in("operator", PASSWORD, client).status_code == 302


def test_an_unknown_login_is_locked_like_a_known_one(cast: Cast) -> None:
    client = Client()
    codes = [sign_in("nobody", "x" * 12, client).status_code for _ in range(5)]
    assert codes == [200, 200, 200, 200, 429]


def test_four_failures_are_forgiven_by_a_success(cast: Cast) -> None:
    client = Client()
    for _ in range(2):
        for _ in range(4):
            assert sign_in("operator", "x" * 12, client).status_code == 200
        assert sign_in("operator", client=client).status_code == 302
        client.post("/people/sign-out")


def test_a_forged_address_does_not_open_the_lock(cast: Cast) -> None:
    """Without proxies of our own, X-Forwarded-For is a claim."""
    for number in range(5):
        forged = {"X-Forwarded-For": f"10.1.1.{number}", "Forwarded": "for=1.2.3.4", "X-Real-IP": "1.2.3.4"}
        last = Client(headers=forged).post(SIGN_IN, {"username": "operator", "password": "x" * 12})
    assert last.status_code == 429


def test_a_forged_address_does_not_lock_somebody_elses(cast: Cast) -> None:
    for _ in range(5):
        Client(REMOTE_ADDR="10.6.6.6", headers={"X-Forwarded-For": "10.0.0.9"}).post(
            SIGN_IN, {"username": "operator", "password": "x" * 12}
        )
    assert sign_in("operator", client=Client(REMOTE_ADDR="10.0.0.9")).status_code == 302


@pytest.mark.parametrize(
    ("proxies", "named", "address"),
    [
        (0, "10.1.1.1", "10.9.9.9"),
        (1, "10.1.1.1", "10.1.1.1"),
        (1, "6.6.6.6, 10.1.1.1", "10.1.1.1"),
        (2, "6.6.6.6, 10.1.1.1, 10.2.2.2", "10.1.1.1"),
        (2, "10.2.2.2", "10.9.9.9"),
        (1, "", "10.9.9.9"),
    ],
)
def test_only_our_own_proxies_are_believed(settings, rf, proxies: int, named: str, address: str) -> None:
    settings.TRUSTED_PROXIES = proxies
    request = rf.get("/", REMOTE_ADDR="10.9.9.9", headers={"X-Forwarded-For": named})
    assert client_address(request) == address


@pytest.fixture
def rounds(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many rounds of hashing each call took."""
    real, done = PBKDF2PasswordHasher.encode, []

    def encode(self, password: str, salt: str, iterations: int | None = None) -> str:
        done.append(iterations or self.iterations)
        return real(self, password, salt, iterations)

    monkeypatch.setattr(PBKDF2PasswordHasher, "encode", encode)
    monkeypatch.setattr(QuickHasher, "iterations", 30_000)
    return done


def test_an_unknown_login_takes_as_much_work_as_a_wrong_password(cast: Cast, rounds: list[int]) -> None:
    """Own password, initial password (hashed in fewer rounds), deactivated, unknown: all the same."""
    own, initial, gone = (
        Account.objects.create(login=login, name=login) for login in ("own", "initial", "gone")
    )
    change_password(cast.person("admin"), own, PASSWORD)
    change_password(cast.person("admin"), gone, PASSWORD)
    set_active(cast.person("admin"), gone, False, "离任")
    reset_password(cast.person("admin"), initial)
    taken, pages = {}, set()
    for login in ("own", "initial", "gone", "nobody"):
        rounds.clear()
        page = sign_in(login, "x" * 12)
        taken[login] = sum(rounds)
        pages.add(re.sub(r'value="[^"]*"', "", page.content.decode()))
    assert set(taken.values()) == {30_000}, taken
    assert len(pages) == 1


def test_an_initial_password_is_hashed_in_full_once_it_was_used(cast: Cast) -> None:
    password = reset_password(cast.person("admin"), cast.village)
    sign_in("village", password)
    stored = Account.objects.get(pk=cast.village.pk).password
    assert stored.split("$")[1] == str(QuickHasher.iterations)


def test_a_session_id_from_before_is_worth_nothing(cast: Cast) -> None:
    """Fixation: who planted the id has no session after the sign-in."""
    client, planted = Client(), Client()
    client.get(SIGN_IN)
    session = client.session
    session["before"] = 1
    session.save()
    planted.cookies["sessionid"] = session.session_key
    sign_in("operator", client=client)
    assert client.get("/").status_code == 200
    assert planted.get("/").status_code == 302


# T62: the second factor


@pytest.fixture
def device(cast: Cast) -> TOTPDevice:
    TownSettings.objects.filter(town=TOWN).update(second_factor_roles=["operator"])
    return TOTPDevice.objects.create(user=cast.operator, name="动态口令", confirmed=True)


def code_of(device: TOTPDevice, steps: int = 0) -> str:
    generator = TOTP(device.bin_key, device.step, device.t0, device.digits)
    generator.time = time.time() + steps * device.step
    return f"{generator.token():06d}"


def second_step(code: str) -> tuple[Client, int]:
    client = Client()
    sign_in("operator", client=client)
    return client, client.post("/people/second-factor", {"code": code}).status_code


def test_without_a_code_only_the_page_for_it_opens(cast: Cast, device: TOTPDevice) -> None:
    client = Client()
    sign_in("operator", client=client)
    assert client.get("/")["Location"] == "/people/second-factor"
    assert client.get("/people/password")["Location"] == "/people/second-factor"


def test_a_code_works_once(cast: Cast, device: TOTPDevice) -> None:
    code = code_of(device)
    client, first = second_step(code)
    assert first == 302
    assert client.get("/").status_code == 200
    other, again = second_step(code)
    assert again == 200
    assert other.get("/")["Location"] == "/people/second-factor"


def test_a_lost_phone_is_replaced(cast: Cast, device: TOTPDevice) -> None:
    client, _ = second_step(code_of(device))
    answer = cast.client("admin").post(
        f"/people/accounts/{cast.operator.pk}/second-factor", {"reason": "手机丢失"}
    )
    assert answer.status_code == 302
    assert not TOTPDevice.objects.filter(user=cast.operator).exists()
    assert client.get("/").status_code == 302
    assert Event.objects.filter(kind="account.second_factor_reset", reason="手机丢失").exists()


def test_an_older_code_is_void_too(cast: Cast, device: TOTPDevice) -> None:
    assert second_step(code_of(device))[1] == 302
    assert second_step(code_of(device, -1))[1] == 200


def test_wrong_codes_are_slowed_down(cast: Cast, device: TOTPDevice) -> None:
    wrong = "000000" if code_of(device) != "000000" else "111111"
    assert second_step(wrong)[1] == 200
    assert second_step(code_of(device))[1] == 200


def test_a_confirmed_device_shows_its_secret_no_more(cast: Cast, device: TOTPDevice) -> None:
    client = Client()
    sign_in("operator", client=client)
    assert "<svg" not in client.get("/people/second-factor").content.decode().split("<form")[1]


def test_setting_it_up_is_on_the_record_once(cast: Cast, device: TOTPDevice) -> None:
    TOTPDevice.objects.update(confirmed=False)
    assert second_step(code_of(device))[1] == 302
    assert TOTPDevice.objects.get().confirmed
    assert Event.objects.filter(kind="account.second_factor_set", actor=cast.operator.id).count() == 1


def test_somebody_elses_code_does_not_open_mine(cast: Cast, device: TOTPDevice) -> None:
    other = TOTPDevice.objects.create(user=cast.second_operator, name="动态口令", confirmed=True)
    assert second_step(code_of(other))[1] == 200


def test_a_session_left_alone_ends_and_use_puts_the_end_off(cast: Cast) -> None:
    client = Client()
    sign_in("operator", client=client)
    session = Session.objects.filter(pk=client.session.session_key)
    half_an_hour = timedelta(minutes=30)
    assert timedelta(0) < session.get().expire_date - timezone.now() <= half_an_hour
    kept = client.session
    kept["used"] = 0  # long ago, so that the next request is noted
    kept.save()
    session.update(expire_date=timezone.now() + timedelta(minutes=1))
    assert client.get("/").status_code == 200
    assert session.get().expire_date - timezone.now() > half_an_hour - timedelta(minutes=1)
    session.update(expire_date=timezone.now() - timedelta(seconds=1))
    answer = client.get("/")
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith(SIGN_IN)

"""Unsafe settings are named before anything starts (trust.md T65)."""

from __future__ import annotations

import pytest

from zerentian.server.safety import unsafe_settings

SAFE = {
    "SECRET_KEY": "q8Zr1vT-xW4nB7cKj0PdLs5yHg2mFa9eUo3iXtRw6QbNzVkCJ",
    "DATABASE_URL": "postgresql://zerentian@db/zerentian",
    "ALLOWED_HOSTS": "fenlei.example.gov.cn",
}
SAFE["SECRET_KEY"] += "E4u"


def test_a_safe_environment_has_no_fault() -> None:
    assert unsafe_settings(SAFE) == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECRET_KEY", ""),
        ("SECRET_KEY", "short"),
        ("SECRET_KEY", "a" * 60),
        ("SECRET_KEY", "django-insecure-0123456789-abcdefghijklmnopqrstuvwxyz-ABC"),
        ("DATABASE_URL", ""),
        ("DATABASE_URL", "sqlite:///town.db"),
        ("ALLOWED_HOSTS", "*"),
        ("ZERENTIAN_INSECURE", "1"),
        ("TRUSTED_PROXIES", "one"),
        ("EMAIL_PORT", "smtp"),
        ("EMAIL_SECURITY", "plain"),
        ("EMAIL_FROM", "somebody"),
        ("SITE_URL", "http://fenlei.example.gov.cn"),
        ("WECOM_URL", "http://qyapi.example"),
        ("WECOM_ROBOT_URL", "ftp://qyapi.example"),
        ("WECOM_SECRETS", "wwcorporation"),
    ],
)
def test_each_fault_names_its_setting(name: str, value: str) -> None:
    host = {"EMAIL_HOST": "smtp.example.gov.cn"} if name == "EMAIL_FROM" else {}
    (fault,) = unsafe_settings({**SAFE, **host, name: value})
    assert fault.startswith(name)
    assert value == "" or value not in fault or len(value) < 4


def test_a_password_does_not_travel_in_the_clear() -> None:
    mail = {"EMAIL_HOST": "smtp.example.gov.cn", "EMAIL_FROM": "fenlei@example.gov.cn"}
    assert unsafe_settings({**SAFE, **mail}) == []
    (fault,) = unsafe_settings({**SAFE, **mail, "EMAIL_SECURITY": "none"})
    assert fault.startswith("EMAIL_SECURITY")
    assert unsafe_settings({**SAFE, **mail, "EMAIL_SECURITY": "none", "EMAIL_HOST": "127.0.0.1"}) == []

"""Django's settings. What differs from town to town comes from the environment; `safety.py` judges it.

| variable | meaning | default |
|---|---|---|
| DATABASE_URL | PostgreSQL, as postgresql://user:password@host/name | none |
| SECRET_KEY | at least 50 random characters | none |
| ALLOWED_HOSTS | host names the town is reached by, separated by commas | 127.0.0.1,localhost |
| ZERENTIAN_DATA | folder of photos, documents and other files | .data |
| ZERENTIAN_INSECURE | 1 while the program runs on one's own machine without TLS | 0 |
| TRUSTED_PROXIES | how many reverse proxies stand in front and set X-Forwarded-For | 0 |
| MAP_TILES | address pattern of map tiles; without it the map draws positions only | none |
| SITE_URL | how people reach the pages, for links in messages | https:// and the first of ALLOWED_HOSTS |
| EMAIL_HOST | the mail server; without it no e-mail is sent | none |
| EMAIL_PORT | its port | 465 |
| EMAIL_SECURITY | ssl, starttls, or none for a server on this machine | ssl |
| EMAIL_USER, EMAIL_PASSWORD | how to sign in there | none |
| EMAIL_FROM | the sender's address | none |
| WECOM_SECRETS | secrets of 企业微信 applications: CORPID=SECRET, separated by commas | none |
| WECOM_URL | where 企业微信 answers | https://qyapi.weixin.qq.com/cgi-bin |
| WECOM_ROBOT_URL | where its group robots answer | https://qyapi.weixin.qq.com/cgi-bin/webhook/send |
"""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import dj_database_url

PACKAGE = Path(__file__).resolve().parent.parent
DATA_FOLDER = Path(os.environ.get("ZERENTIAN_DATA", ".data")).resolve()
INSECURE = os.environ.get("ZERENTIAN_INSECURE") == "1"
TRUSTED_PROXIES = int(os.environ.get("TRUSTED_PROXIES", "0"))
MAP_TILES = os.environ.get("MAP_TILES", "")

SECRET_KEY = os.environ.get("SECRET_KEY", "")
DEBUG = False
ALLOWED_HOSTS = os.environ.get("ALLOWED_HOSTS", "127.0.0.1,localhost").split(",")

_DATABASE = dj_database_url.parse(os.environ.get("DATABASE_URL", "postgresql:///zerentian"))
DATABASES = {
    "default": {
        **_DATABASE,
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
        # PostgreSQL keeps the plans of what `pages.prepared` asks.
        "OPTIONS": {"prepare_threshold": 5, **_DATABASE.get("OPTIONS", {})},
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "axes",
    "django_htmx",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "procrastinate.contrib.django",
    "zerentian.pages",
    "zerentian.ledger",
    "zerentian.people",
    "zerentian.messages",
    "zerentian.places",
    "zerentian.standards",
    "zerentian.rounds",
    "zerentian.tickets",
    "zerentian.results",
    "zerentian.documents",
    "zerentian.desk",
    "zerentian.field",
]

MIDDLEWARE = [
    "zerentian.server.middleware.health",
    "zerentian.server.middleware.content_security_policy",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "zerentian.server.middleware.api_envelope",
    "zerentian.server.middleware.api_alone",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "zerentian.people.middleware.guard_session",
    "zerentian.pages.middleware.tell_problems",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "zerentian.server.urls"
WSGI_APPLICATION = "zerentian.server.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "zerentian.desk.context.shell",
            ],
            "builtins": ["zerentian.pages.templatetags.pages"],
        },
    }
]

# Who one is
AUTH_USER_MODEL = "people.Account"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
LOGIN_URL = "people:sign_in"
LOGIN_REDIRECT_URL = "desk:home"
LOGOUT_REDIRECT_URL = "people:sign_in"
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ["login", "name", "phone"]},
    },
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
# Five failures of one account from one address lock that pair for fifteen minutes; an outsider who fails
# on purpose locks himself out, not the town.
AXES_HANDLER = "zerentian.people.locking.LockingHandler"
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_USERNAME_FORM_FIELD = "username"
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_CLIENT_IP_CALLABLE = "zerentian.pages.addresses.client_address"
AXES_LOCKOUT_CALLABLE = "zerentian.people.views.locked_out"
AXES_RESET_ON_SUCCESS = True
AXES_VERBOSE = False
OTP_TOTP_ISSUER = "责任田"

# Sessions: half an hour without use ends them; use is noted once a minute (people.middleware)
SESSION_COOKIE_AGE = 30 * 60
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not INSECURE
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SECURE_SSL_REDIRECT = not INSECURE
SECURE_HSTS_SECONDS = 0 if INSECURE else 365 * 24 * 3600
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "zerentian.pages.errors.csrf_failure"
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000

LANGUAGE_CODE = "zh-hans"
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True
USE_I18N = True
USE_THOUSAND_SEPARATOR = False

STATIC_URL = "/static/"
STATIC_ROOT = DATA_FOLDER / "static"
MEDIA_ROOT = DATA_FOLDER / "files"
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": MEDIA_ROOT},
    },
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

# The phone application, built by `make setup`, is served as it lies at /m/.
PHONE_BUILD = PACKAGE / "field" / "phone"
if PHONE_BUILD.is_dir():
    WHITENOISE_ROOT = PHONE_BUILD
    WHITENOISE_INDEX_FILE = True
WHITENOISE_IMMUTABLE_FILE_TEST = r"^(/static/.+\.[0-9a-f]{12}\.|/m/assets/).+$"

# How people are told (zerentian.messages)
SITE_URL = os.environ.get("SITE_URL", f"https://{ALLOWED_HOSTS[0].strip()}").rstrip("/")
EMAIL_HOST = os.environ.get("EMAIL_HOST", "")
EMAIL_PORT = int(os.environ.get("EMAIL_PORT", "465"))
EMAIL_USE_SSL = os.environ.get("EMAIL_SECURITY", "ssl") == "ssl"
EMAIL_USE_TLS = os.environ.get("EMAIL_SECURITY") == "starttls"
EMAIL_HOST_USER = os.environ.get("EMAIL_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("EMAIL_PASSWORD", "")
EMAIL_FROM = os.environ.get("EMAIL_FROM", "")
WECOM_SECRETS = dict(
    pair.strip().split("=", 1) for pair in os.environ.get("WECOM_SECRETS", "").split(",") if "=" in pair
)
WECOM_URL = os.environ.get("WECOM_URL", "https://qyapi.weixin.qq.com/cgi-bin").rstrip("/")
WECOM_ROBOT_URL = os.environ.get("WECOM_ROBOT_URL", "https://qyapi.weixin.qq.com/cgi-bin/webhook/send")

PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "jobs"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
}
SILENCED_SYSTEM_CHECKS = (
    ["security.W004", "security.W008", "security.W012", "security.W016"] if INSECURE else []
)

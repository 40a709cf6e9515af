"""The program's settings on a real PostgreSQL of the tests' own, with cheap passwords and unhashed static files.

The first process starts the database before Django reads its address; workers of xdist inherit that.
"""

import atexit
import os
from contextlib import ExitStack
from pathlib import Path

from zerentian.server.embedded import embedded_database

os.environ.setdefault("ZERENTIAN_INSECURE", "1")
os.environ.setdefault("SECRET_KEY", "only-for-tests-0123456789-abcdefghijklmnopqrstuvwxyz")
if "DATABASE_URL" not in os.environ:
    _running = ExitStack()
    os.environ["DATABASE_URL"] = _running.enter_context(
        embedded_database(Path(__file__).parent.parent / ".data" / "tests", "tests")
    )
    atexit.register(_running.close)

from zerentian.server.settings import *  # noqa: F403 - settings build on settings by star
from zerentian.server.settings import STORAGES

PASSWORD_HASHERS = ["tests.hashers.QuickHasher"]
STORAGES = {**STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
WHITENOISE_AUTOREFRESH = WHITENOISE_USE_FINDERS = True

"""The least a server could do: keep a photo durably, keep a report's rows in one transaction, say yes.

No sign-in, no rights, no ledger, no checks. `ingest.py` measures it beside the program in the same run.
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, JsonResponse

if not settings.configured:
    import dj_database_url

    settings.configure(
        SECRET_KEY="x" * 60, ALLOWED_HOSTS=["127.0.0.1"], ROOT_URLCONF=__name__, MIDDLEWARE=[],
        INSTALLED_APPS=["benchmarks.bare_tables"], DATA_UPLOAD_MAX_MEMORY_SIZE=None,
        DATABASES={"default": {**dj_database_url.parse(os.environ["DATABASE_URL"]), "CONN_MAX_AGE": 600}},
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField", USE_TZ=True,
    )  # fmt: skip
    import django

    django.setup()

from django.core.wsgi import get_wsgi_application
from django.db import transaction
from django.urls import path

FOLDER = Path(os.environ["ZERENTIAN_DATA"]) / "bare"


def photo(request: HttpRequest, sha256: str) -> JsonResponse:
    """The file, on the disk."""
    assert hashlib.sha256(request.body).hexdigest() == sha256
    FOLDER.mkdir(exist_ok=True)
    with (FOLDER / sha256).open("wb") as file:
        file.write(request.body)
        file.flush()
        os.fsync(file.fileno())
    return JsonResponse({"accepted": True})


def report(request: HttpRequest, id_: str) -> JsonResponse:
    """The rows, committed."""
    from benchmarks.bare_tables.models import BareAnswer, BareReport

    sent = json.loads(request.body)
    with transaction.atomic():
        made = BareReport.objects.create(id=id_, task=sent["task"], started=sent["started"])
        BareAnswer.objects.bulk_create(
            BareAnswer(report=made, clause=clause, value=value) for clause, value in sent["answers"].items()
        )
    return JsonResponse({"accepted": True})


urlpatterns = [path("api/photos/<sha256>", photo), path("api/inspections/<id_>", report)]
application = get_wsgi_application()

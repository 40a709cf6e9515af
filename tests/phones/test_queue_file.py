"""T17: the queue as a file, for when a phone breaks or a network never comes."""

from __future__ import annotations

import base64
import hashlib
import json

from tests.browser import at_rest
from tests.cast import Cast
from tests.phone import Phone
from tests.phones.visits import NEXT, OWN, inspect
from zerentian.rounds.models import Inspection


def test_the_file_holds_each_waiting_report_with_its_photos(phone: Phone, cast: Cast) -> None:
    phone.set_offline()
    inspect(phone, OWN, poor=True, photos=2)
    inspect(phone, NEXT)
    phone.go("/queue")
    with phone.page.expect_download() as given:
        phone.press("导出待上传的内容")
    assert given.value.suggested_filename.startswith("待传检查-")
    file = json.loads(given.value.path().read_text("utf-8"))
    visits = {one["id"]: one for one in phone.stored("visits")}
    assert (file["format"], file["version"], file["account"]) == (
        "zerentian-queue",
        1,
        str(cast.inspector.pk),
    )
    assert {one["id"]: one["report"] for one in file["reports"]} == {
        id_: json.loads(one["body"]) for id_, one in visits.items()
    }
    named = {photo["sha256"] for one in file["reports"] for photo in one["report"]["photos"]}
    assert {one["sha256"] for one in file["photos"]} == named
    for one in file["photos"]:
        assert hashlib.sha256(base64.b64decode(one["data"])).hexdigest() == one["sha256"]
    phone.set_offline(False)
    phone.sync()
    with at_rest():
        assert {str(one.pk) for one in Inspection.objects.all()} == set(visits)

"""Photos on their way: whole, or in parts that go on where the last one ended, until the SHA-256 is right."""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from zerentian.core import clock
from zerentian.core.problems import problem
from zerentian.core.worktime import TOWN_ZONE
from zerentian.field.models import Upload
from zerentian.pages.prepared import commit, execute, insert, together
from zerentian.people.models import Account
from zerentian.rounds.models import Photo
from zerentian.rounds.photos import LARGEST, Filed, find, keep_photo
from zerentian.rounds.report_actions import join_photo
from zerentian.tickets.models import Proof

MOST_A_DAY = 2_000
MOST_BYTES_A_DAY = 5 * 1024**3
ORPHANS_KEPT = timedelta(days=30)
_RANGE = re.compile(r"bytes (\d{1,9})-(\d{1,9})/(\d{1,9})")


class TooMuch(Exception):  # noqa: N818 - reads as a statement where it is caught
    """The account has sent enough for today."""


@dataclass(frozen=True, slots=True)
class Part:
    """Bytes `start` to `end` (not included) of a photo of `total` bytes."""

    start: int
    end: int
    total: int

    @classmethod
    def of(cls, header: str, length: int) -> Part:
        """From a Content-Range header, or the whole without one. Raises `ProblemsFound`."""
        if not header:
            return cls(0, length, length)
        found = _RANGE.fullmatch(header)
        start, last, total = (int(one) for one in found.groups()) if found else (0, 0, 0)
        if found is None or not start <= last < total or last + 1 - start != length:
            raise problem("photo.range", value=header[:60])
        return cls(start, last + 1, total)

    @property
    def is_whole(self) -> bool:
        """Whether nothing is left out."""
        return (self.start, self.end) == (0, self.total)


def take_part(by: Account, sha256: str, part: Part, content: bytes) -> Filed | int:
    """Keep a part, durably; the photo once it is whole, else how many bytes there are by now.

    A part that does not begin where the bytes so far end changes nothing. Raises `ProblemsFound` for bytes
    that are not those of `sha256` or no picture, `TooMuch` beyond the day's quota.
    """
    if part.total > LARGEST:
        raise problem("photo.too_large", limit=f"{LARGEST // 1024 // 1024} MB")
    known = find(sha256)
    if known is not None:
        join_photo(known)
        return known
    if part.is_whole:
        _refuse_other_bytes(content, sha256)
        _refuse_beyond_quota(by, part.total)
        filed = keep_photo(content, sha256)
        with transaction.atomic(), together():
            note_upload(by, filed)
            join_photo(filed)
            commit()
        return filed
    grown = _grow(by, sha256, part, content)
    if isinstance(grown, int):
        return grown
    join_photo(grown)
    return grown


def arrived(by: Account, sha256: str) -> int:
    """How many bytes of a photo came in parts so far."""
    path = _parts(by, sha256)
    return path.stat().st_size if path.exists() else 0


def orphans(of: QuerySet[Account]) -> QuerySet[Upload]:
    """Photos of some accounts that no report and no ticket named, older than a day: listed, never deleted."""
    named, proves = (model.objects.filter(sha256=OuterRef("sha256")) for model in (Photo, Proof))
    old = Upload.objects.filter(account__in=of, begun__lt=clock.now() - timedelta(days=1))
    return old.filter(~Exists(named), ~Exists(proves)).select_related("account")


def note_upload(of: Account, filed: Filed) -> None:
    """Remember whose photo came; once for each."""
    made = Upload(account=of, sha256=filed.sha256, size=filed.size, arrived=filed.size)
    insert([made], or_leave=True)


@transaction.atomic
def _grow(by: Account, sha256: str, part: Part, content: bytes) -> Filed | int:
    """Append a part under the lock of its upload."""
    held = Upload.objects.select_for_update().filter(account=by, sha256=sha256).first()
    if held is None:
        _refuse_beyond_quota(by, part.total)
        Upload.objects.get_or_create(account=by, sha256=sha256, defaults={"size": part.total})
        held = Upload.objects.select_for_update().get(account=by, sha256=sha256)
    path = _parts(by, sha256)
    there = arrived(by, sha256)
    if part.start != there or part.total != held.size:
        return there
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    held.arrived = part.end
    held.save(update_fields=["arrived"])
    if part.end < part.total:
        return part.end
    whole = path.read_bytes()
    path.unlink()
    _refuse_other_bytes(whole, sha256)
    return keep_photo(whole, sha256)


def _refuse_beyond_quota(by: Account, size: int) -> None:
    midnight = clock.now().astimezone(TOWN_ZONE).replace(hour=0, minute=0, second=0, microsecond=0)
    today = f'SELECT count(*), sum(size) FROM "{Upload._meta.db_table}" WHERE account_id = %s AND begun >= %s'  # noqa: S608 - our table
    ((count, bytes_),) = execute(today, [by.pk, midnight]).fetchall()
    if count >= MOST_A_DAY or (bytes_ or 0) + size > MOST_BYTES_A_DAY:
        raise TooMuch


def _refuse_other_bytes(content: bytes, sha256: str) -> None:
    if hashlib.sha256(content).hexdigest() != sha256:
        raise problem("photo.other_bytes", value=sha256)


def _parts(by: Account, sha256: str) -> Path:
    return Path(settings.DATA_FOLDER) / "photos" / "parts" / f"{by.pk}-{sha256}"

"""Making a closed month again from its raw records, and naming every difference."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from uuid import UUID

from django.db.models import Model

from zerentian.core.points import plain
from zerentian.results.freezing import entry_rows, frozen, site_rows, subject_rows
from zerentian.results.models import Closing
from zerentian.results.snapshots import Snapshot, results_of
from zerentian.rounds.models import Inspection
from zerentian.rounds.visit_actions import fingerprint

_OWN = {"id", "closing_id"}


def differences(closing: Closing) -> Iterator[str]:
    """What of a closing is no longer what its records give, in Chinese; nothing when all is the same."""
    snapshot = Snapshot.model_validate(closing.inputs)
    yield from _changed_records(snapshot)
    results = results_of(snapshot)
    digest = frozen(results).digest
    if digest != closing.digest:
        yield f"结果指纹不符：封存 {closing.digest}，重算 {digest}"
    month = snapshot.month
    kinds: Sequence[tuple[str, Iterable[Model], Iterable[Model]]] = (
        ("点位", closing.site_results.all(), site_rows(closing, snapshot, results)),
        ("村居", closing.subject_results.all(), subject_rows(closing, results, month)),
        ("名单", closing.entries.all(), entry_rows(closing, results, month)),
    )
    for noun, kept, made in kinds:
        yield from _differing(noun, kept, made)


def _changed_records(snapshot: Snapshot) -> Iterator[str]:
    """Inspections that are gone, or no longer what was submitted."""
    found = Inspection.objects.in_bulk(list(snapshot.inspections))
    known = {str(pk): one for pk, one in found.items()}
    for pk in snapshot.inspections:
        inspection = known.get(pk)
        if inspection is None:
            yield f"检查记录 {pk} 已不存在"
        elif fingerprint(inspection) != inspection.fingerprint:
            yield f"检查记录被改动：{inspection}（{pk}）"


def _differing(noun: str, kept: Iterable[Model], made: Iterable[Model]) -> Iterator[str]:
    stored = {_identity(row): _content(row) for row in kept}
    again = {_identity(row): _content(row) for row in made}
    for key in sorted(stored.keys() | again.keys()):
        if stored.get(key) != again.get(key):
            yield f"{noun}“{key}”：封存 {_told(stored.get(key))}，重算 {_told(again.get(key))}"


def _identity(row: Model) -> str:
    return " ".join(str(getattr(row, name, "")) for name in ("title", "subject", "name", "site_id")).strip()


def _content(row: Model) -> dict[str, str]:
    """All that the row says, alike whether it was just made or comes from the database."""
    return {
        field.attname: _text(getattr(row, field.attname))
        for field in row._meta.concrete_fields
        if field.attname not in _OWN
    }


def _text(value: object) -> str:
    if isinstance(value, Decimal):
        return plain(value)
    return str(value) if isinstance(value, UUID) else json.dumps(value, ensure_ascii=False, sort_keys=True)


def _told(content: dict[str, str] | None) -> str:
    return "没有" if content is None else content.get("score") or content.get("reason", "")

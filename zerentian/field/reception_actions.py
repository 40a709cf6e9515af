"""Taking in what phones report: filed at once, or kept whole until a person decides; never lost."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from zerentian.core import clock
from zerentian.core.problems import Problem, ProblemsFound, problem
from zerentian.field.models import DeviceToken, HeldReport
from zerentian.field.nonces import read_nonce
from zerentian.field.schemas import PositionIn, ReportIn
from zerentian.field.texts import read_json
from zerentian.ledger.actions import record
from zerentian.pages.prepared import execute
from zerentian.people.models import Account
from zerentian.people.person import Person
from zerentian.people.rules import Right
from zerentian.rounds import report_actions
from zerentian.rounds.correction_actions import propose_correction
from zerentian.rounds.models import Inspection
from zerentian.rounds.photos import find
from zerentian.rounds.report_actions import NamedFix, NamedPhoto, Report
from zerentian.rounds.timing import PhoneClock, timing_of
from zerentian.rounds.visit_actions import Position


@dataclass(frozen=True, slots=True)
class Sent:
    """A report as it came: who sent it from which device, what it says, and the digest of all of it."""

    account: Account
    device: str
    report: ReportIn
    body: str
    digest: str

    @classmethod
    def of(cls, account: Account, device: str, report: ReportIn, body: bytes | str) -> Sent:
        """The digest is the same however the JSON was written, as a file from the phone repeats it."""
        text = json.dumps(read_json(body), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return cls(account, device, report, text, hashlib.sha256(text.encode()).hexdigest())


def receive(
    by: Person, id_: UUID, sent: Sent, token: DeviceToken | None = None
) -> tuple[Inspection | HeldReport, bool]:
    """File a report, or hold it; and whether it is new. The same report again gives the same answer.

    Raises `OtherReport` when the id is taken by a report that differs (both are kept then), `NotThere` for a
    task or site that is not there for this inspector.
    """
    before = _came_before(by, id_, sent.digest)
    if before is not None:
        return before, False
    if token is not None and not token.is_live:
        return hold(by, id_, sent, HeldReport.Why.SIGNED_OUT, [_told("report.signed_out")]), True
    report = _report(sent)
    if report.timing.is_doubtful:
        assert report.timing.offset is not None
        hours = round(abs(report.timing.offset) / timedelta(hours=1))
        return hold(by, id_, sent, HeldReport.Why.CLOCK, [_told("report.clock", hours=hours)]), True
    try:
        made = report_actions.file_visit(by, id_, report)
    except IntegrityError:  # the same id came by another line at the same moment
        before = _came_before(by, id_, sent.digest)
        if before is None:
            raise
        return before, False
    except ProblemsFound as found:
        return hold(by, id_, sent, HeldReport.Why.NOT_FITTING, found.problems), True
    settle_photos(made, (one.sha256 for one in sent.report.photos))
    return made, True


def _came_before(by: Person, id_: UUID, digest: str) -> Inspection | HeldReport | None:
    """What this very report became when it came before."""
    held, filed = HeldReport._meta.db_table, Inspection._meta.db_table
    both = f'SELECT 1 FROM "{filed}" WHERE id = %s UNION ALL SELECT 2 FROM "{held}" WHERE inspection = %s'  # noqa: S608 - our tables
    if execute(both, [id_, id_]).fetchone() is None:  # two looks at once: most reports are new
        return None
    known = report_actions.known_report(by, id_, digest)
    return known or HeldReport.objects.filter(inspection=id_, digest=digest, account=by.acting).first()


def settle_photos(inspection: Inspection, named: Iterable[str]) -> None:
    """Join the photos that came while the report was being filed: neither of the two saw the other."""
    if inspection.photos_awaited:
        for sha256 in named:
            if filed := find(sha256):
                report_actions.join_photo(filed)


@transaction.atomic
def hold(by: Person, id_: UUID, sent: Sent, why: HeldReport.Why, problems: list[Problem]) -> HeldReport:
    """Keep a report as it came until a person decides; the same one again is kept once."""
    kept, is_new = HeldReport.objects.get_or_create(
        inspection=id_, digest=sent.digest,
        defaults={
            "account": sent.account, "device": sent.device, "body": sent.body, "why": why,
            "town": sent.account.town or _town(id_),
            "problems": [
                {"code": one.code, "place": one.place, "message": one.message} for one in problems
            ],
        },
    )  # fmt: skip
    if is_new:
        data = {"inspection": str(id_), "digest": kept.digest, "why": kept.why}
        record(by, "report.held", kept, region=kept.town, data=data)
    return kept


@transaction.atomic
def decide(by: Person, held: HeldReport, take: bool, answer: str) -> None:
    """Take a held report in, or refuse it; either way it stays as it came. Raises `ProblemsFound`.

    One whose id is taken becomes a proposal to correct the accepted one. The inspector decides nothing.
    """
    kept = HeldReport.objects.select_for_update().select_related("account").get(pk=held.pk)
    by.require(Right.CORRECT_INSPECTIONS, kept.town)
    if kept.account_id == by.account:
        raise problem("inspection.own_standing")
    if kept.state != HeldReport.State.OPEN:
        raise problem("report.decided")
    if take:
        _take(by, kept, answer)
    kept.state = HeldReport.State.TAKEN if take else HeldReport.State.REFUSED
    kept.decided_by, kept.decided_at, kept.answer = by.acting, clock.now(), answer.strip()[:500]
    kept.save()
    record(by, "report.settled", kept, region=kept.town, reason=answer, data={"taken": take})


def _take(by: Person, kept: HeldReport, reason: str) -> None:
    report = ReportIn.model_validate_json(kept.body)
    accepted = Inspection.objects.filter(pk=kept.inspection).first()
    if accepted is not None:
        propose_correction(by, accepted, report.answers, reason)
        return
    sent = Sent(kept.account, kept.device, report, kept.body, kept.digest)
    try:
        made = report_actions.file_visit(by, kept.inspection, _report(sent, kept), inspector=kept.account)
    except report_actions.NotThere as error:
        raise problem("report.no_place") from error
    settle_photos(made, (one.sha256 for one in report.photos))


def _report(sent: Sent, held: HeldReport | None = None) -> Report:
    given, received = sent.report, held.received if held else clock.now()
    timing = timing_of(given.started, given.ended, received, _clock(sent))
    phone = given.phone
    context: dict[str, Any] = {} if phone is None else phone.model_dump(exclude_defaults=True)
    if given.clock is not None:
        context["clock"] = {
            "started": given.started.isoformat(),
            "now": given.clock.now.isoformat(),
            "zone": given.clock.zone,
        }
    ahead = timing.offset or timedelta()
    return Report(
        timing, given.answers, task=given.task, site=given.site, reason=given.reason, standard=given.standard,
        remarks=given.remarks, remark=given.remark, position=_position(given.position), digest=sent.digest,
        fixes=[NamedFix(one.moment, one.at - ahead, _here(one), one.age) for one in given.fixes],
        photos=[
            NamedPhoto(one.slot, one.clause, one.sha256, one.grade, one.taken, _position(one.position))
            for one in given.photos
        ],
        device=sent.device, context=context, has_camera=phone is None or "camera" not in phone.missing,
    )  # fmt: skip


def _clock(sent: Sent) -> PhoneClock | None:
    told = sent.report.clock
    at = read_nonce(sent.account.pk, told.nonce) if told else None
    if told is None or at is None:
        return None
    elapsed = None if told.elapsed is None else timedelta(milliseconds=told.elapsed)
    return PhoneClock(at, told.at_nonce, told.now, elapsed)


def _position(given: PositionIn | None) -> Position | None:
    return None if given is None else _here(given)


def _here(given: PositionIn) -> Position:
    return Position(round(given.latitude, 7), round(given.longitude, 7), given.accuracy)


def _told(code: str, hours: int = 0) -> Problem:
    return problem(code, hours=hours).problems[0]


def _town(id_: UUID) -> str:
    """The town of an inspection whose inspector has no post any more."""
    known = Inspection.objects.filter(pk=id_).select_related("round").first()
    return known.round.town if known else ""

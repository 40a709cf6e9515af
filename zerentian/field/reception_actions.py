"""Taking in what phones report: filed at once, or kept whole until a person decides; never lost."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from zerentian.core import clock
from zerentian.core.problems import Problem, ProblemsFound, problem
from zerentian.core.regions import town_of
from zerentian.field.models import DeviceToken, HeldReport
from zerentian.field.queue_files import QueueFile
from zerentian.field.reports import Sent
from zerentian.field.schemas import PositionIn, ReportIn
from zerentian.field.timing import phone_clock
from zerentian.field.uploads import note_upload
from zerentian.ledger.actions import record
from zerentian.pages.prepared import execute
from zerentian.people.models import Account
from zerentian.people.person import Person
from zerentian.people.rules import Right
from zerentian.places.models import Site
from zerentian.rounds import report_actions
from zerentian.rounds.correction_actions import propose_correction
from zerentian.rounds.models import Assignment, Inspection
from zerentian.rounds.photos import find, keep_photo
from zerentian.rounds.report_actions import Ask, NamedFix, NamedPhoto, Report
from zerentian.rounds.timing import timing_of
from zerentian.rounds.visit_actions import Position

_NOWHERE = "-"
"""A region that no scope covers."""


def receive(
    by: Person, id_: UUID, sent: Sent, token: DeviceToken | None = None
) -> tuple[Inspection | HeldReport, bool]:
    """File a report, or hold it; and whether it is new. The same report again gives the same answer.

    Raises `OtherReport` when the id is taken by a report that differs (both are kept then), `NotThere` for a
    task or site that is not there for this inspector.
    """
    if token is not None and not token.is_live:
        before = _came_before(by, id_, sent.digest)
        signed_out = HeldReport.Why.SIGNED_OUT
        made = before or hold(by, id_, sent, signed_out, [_told("report.signed_out")])
        return made, before is None
    try:
        return _file_or_hold(by, id_, sent, first=lambda: _ask_whether_it_came(id_)), True
    except (_CameBefore, IntegrityError) as taken:  # before, or by another line at this moment
        before = _came_before(by, id_, sent.digest)
        if before is not None:
            return before, False
        if isinstance(taken, IntegrityError):
            raise
        return _file_or_hold(by, id_, sent), True  # what is held under this id is another report


def _file_or_hold(
    by: Person, id_: UUID, sent: Sent, inspector: Account | None = None, first: Ask | None = None
) -> Inspection | HeldReport:
    report = _report(sent)
    if report.timing.is_doubtful:
        if first is not None:
            first()()
        assert report.timing.offset is not None
        hours = round(abs(report.timing.offset) / timedelta(hours=1))
        return hold(by, id_, sent, HeldReport.Why.CLOCK, [_told("report.clock", hours=hours)])
    try:
        made = report_actions.file_visit(by, id_, report, inspector, first=first)
    except ProblemsFound as found:
        return hold(by, id_, sent, HeldReport.Why.NOT_FITTING, found.problems)
    settle_photos(made, (one.sha256 for one in sent.report.photos))
    return made


@dataclass(slots=True)
class Imported:
    """What became of a phone's file: reports that are new, were here before, wait for a person; photos."""

    new: int = 0
    known: int = 0
    held: int = 0
    photos: int = 0
    photos_known: int = 0
    bad_photos: int = 0


@transaction.atomic
def import_queue(by: Person, queue: QueueFile) -> Imported:
    """Take in what a phone could not send, as if it had: all of it or nothing, each thing once.

    `by` hands it in for the inspector and stands in the record. Raises `ProblemsFound`.
    """
    account = queue.account
    town = _home_of(account)
    by.require(Right.CORRECT_INSPECTIONS, town or _NOWHERE, report_actions.organisations_of(account))
    if account.pk == by.account:
        raise problem("inspection.own_standing")
    done = Imported(bad_photos=len(queue.bad_photos))
    for sha256, content in queue.photos():
        if sha256 in queue.bad_photos:
            continue
        known = find(sha256)
        done.photos_known += known is not None
        done.photos += known is None
        filed = known or keep_photo(content, sha256)
        note_upload(account, filed)
        report_actions.join_photo(filed)
    for id_, sent in queue.reports:
        made, is_new = _hand_in(by, id_, sent)
        if not is_new:
            done.known += 1
        elif isinstance(made, HeldReport):
            done.held += 1
        else:
            done.new += 1
    data = {"device": queue.device, "file": queue.digest, **asdict(done)}
    record(by, "queue.imported", account, region=town, data=data)
    return done


def _hand_in(by: Person, id_: UUID, sent: Sent) -> tuple[Inspection | HeldReport, bool]:
    """As `receive`, for an inspector whose phone could not. A report without a place is held."""
    held = HeldReport.objects.filter(inspection=id_, digest=sent.digest, account=sent.account).first()
    if held is not None:
        return held, False
    try:
        known = report_actions.known_report(Person.of(sent.account), id_, sent.digest)
    except report_actions.OtherReport:
        return hold(by, id_, sent, HeldReport.Why.OTHER_BYTES, []), True
    except report_actions.NotThere as error:
        raise problem("queue.others_id", value=id_) from error
    if known is not None:
        return known, False
    if not sent.account.has(Right.INSPECT):
        return hold(by, id_, sent, HeldReport.Why.SIGNED_OUT, [_told("report.signed_out")]), True
    try:
        return _file_or_hold(by, id_, sent, sent.account), True
    except report_actions.NotThere:
        return hold(by, id_, sent, HeldReport.Why.NOT_FITTING, [_told("report.no_place")]), True


class _CameBefore(Exception):  # noqa: N818 - reads as a statement where it is caught
    """A report under this id is here, filed or held."""


_HERE = f'''SELECT 1 FROM "{Inspection._meta.db_table}" WHERE id = %s
    UNION ALL SELECT 2 FROM "{HeldReport._meta.db_table}" WHERE inspection = %s'''  # noqa: S608 - our tables


def _ask_whether_it_came(id_: UUID) -> Callable[[], None]:
    """Asked with what filing asks: most reports are new. What reads the answer raises `_CameBefore`."""
    asked = execute(_HERE, [id_, id_])

    def read() -> None:
        if asked.fetchone() is not None:
            raise _CameBefore

    return read


def _came_before(by: Person, id_: UUID, digest: str) -> Inspection | HeldReport | None:
    """What this very report became when it came before."""
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
            "town": sent.account.town or _town(id_, sent),
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
    rows = HeldReport.objects.select_for_update(of=("self",)).select_related("account", "decided_by")
    kept = rows.get(pk=held.pk)
    organisations = report_actions.organisations_of(kept.account)
    by.require(Right.CORRECT_INSPECTIONS, kept.town or _NOWHERE, organisations)
    if kept.account_id == by.account:
        raise problem("inspection.own_standing")
    if kept.state != HeldReport.State.OPEN:
        who = kept.decided_by.name if kept.decided_by else ""
        raise problem("report.decided", who=who, state=kept.get_state_display())
    if not answer.strip():
        raise problem("flag.no_reason")
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
        made = report_actions.file_visit(
            by, kept.inspection, _report(sent, kept), kept.account, was_held=True
        )
    except report_actions.NotThere as error:
        raise problem("report.no_place") from error
    settle_photos(made, (one.sha256 for one in report.photos))


def _report(sent: Sent, held: HeldReport | None = None) -> Report:
    given, received = sent.report, held.received if held else clock.now()
    timing = timing_of(given.started, given.ended, received, phone_clock(sent.account, given.clock))
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


def _position(given: PositionIn | None) -> Position | None:
    return None if given is None else _here(given)


def _here(given: PositionIn) -> Position:
    return Position(round(given.latitude, 7), round(given.longitude, 7), given.accuracy)


def _told(code: str, hours: int = 0) -> Problem:
    return problem(code, hours=hours).problems[0]


def _town(id_: UUID, sent: Sent) -> str:
    """The town of a report whose inspector has no post any more: its task's, its site's, else his last."""
    task = Assignment.objects.filter(pk=sent.report.task) if sent.report.task else Assignment.objects.none()
    site = Site.objects.filter(pk=sent.report.site) if sent.report.site else Site.objects.none()
    for found in (
        Inspection.objects.filter(pk=id_).values_list("round__town", flat=True).first(),
        task.values_list("round__town", flat=True).first(),
        site.values_list("town", flat=True).first(),
    ):
        if found:
            return str(found)
    return _home_of(sent.account)


def _home_of(account: Account) -> str:
    """The town of an account's posts, or of its last one."""
    last = account.posts.order_by("-since").values_list("region", flat=True).first()
    return account.town or (town_of(last) if last else "")

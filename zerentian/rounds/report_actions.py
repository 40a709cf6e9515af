"""A whole visit as a phone reports it: accepted once and for all under its id, whatever happened since."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from zerentian.core import clock
from zerentian.core.ids import new_id
from zerentian.core.problems import ProblemList, problem
from zerentian.core.worktime import TOWN_ZONE
from zerentian.evaluation.assessment import Assessment, judge
from zerentian.evaluation.scoring import ScoringTable
from zerentian.evaluation.standard import Standard
from zerentian.ledger.actions import record
from zerentian.ledger.models import Event
from zerentian.pages.prepared import Query, commit, execute, insert, together, update
from zerentian.people.models import Account, TownSettings
from zerentian.people.person import Person
from zerentian.people.rules import Right
from zerentian.places.models import Site
from zerentian.rounds import photos as files
from zerentian.rounds.models import Assignment, Fix, Inspection, Observation, Photo, Round
from zerentian.rounds.photos import Filed
from zerentian.rounds.timing import Timing
from zerentian.rounds.visit_actions import (
    SETTINGS,
    Position,
    digest_of,
    organisation_of,
    refuse_unfit,
    without_photos,
)
from zerentian.standards.actions import read_rule
from zerentian.standards.models import RuleVersion
from zerentian.standards.queries import standards_of


class NamedPhoto(NamedTuple):
    """A photo that a report names; its bytes come before or after."""

    slot: str
    clause: str
    sha256: str
    grade: str = ""
    taken: datetime | None = None
    position: Position | None = None


class NamedFix(NamedTuple):
    """Where the phone was at a moment of the visit; `age` in seconds."""

    moment: str
    at: datetime
    position: Position
    age: int = 0


@dataclass(frozen=True, slots=True)
class Report:
    """A visit of a task, or of a site outside the list with a reason. `digest` covers all that was sent."""

    timing: Timing
    answers: Mapping[str, str]
    task: UUID | None = None
    site: UUID | None = None
    reason: str = ""
    standard: UUID | None = None
    remarks: Mapping[str, str] = field(default_factory=dict)
    remark: str = ""
    position: Position | None = None
    fixes: Sequence[NamedFix] = ()
    photos: Sequence[NamedPhoto] = ()
    digest: str = ""
    device: str = ""
    context: Mapping[str, object] = field(default_factory=dict)
    has_camera: bool = True


class OtherReport(Exception):  # noqa: N818 - reads as a statement where it is caught
    """An id that another report has taken."""

    def __init__(self, known: Inspection) -> None:
        super().__init__(known)
        self.known = known


class NotThere(Exception):  # noqa: N818 - as above
    """A task or site that is not there for this inspector."""


def known_report(by: Person, id_: UUID, digest: str) -> Inspection | None:
    """The inspection that this very report made before.

    Raises `OtherReport` when its bytes differ, `NotThere` when it is somebody else's.
    """
    known = Inspection.objects.filter(pk=id_).select_related("site").first()
    if known is None:
        return None
    if known.inspector_id != by.account:
        raise NotThere
    if known.report != digest:
        raise OtherReport(known)
    return known


Ask = Callable[[], Callable[[], object]]
"""Asks the database something, and gives what reads the answer."""


@transaction.atomic
def file_visit(
    by: Person, id_: UUID, report: Report, inspector: Account | None = None,
    *, was_held: bool = False, first: Ask | None = None,
) -> Inspection:  # fmt: skip
    """File a visit under its id. Raises `NotThere`; `ProblemsFound` when it doesn't fit task or standard.

    With `inspector`, a supervisor hands it in for him. When the task was told no longer matters for what
    `was_held`: a person looked at it. What is asked `first` is read before anything else, and may raise.
    """
    with together():
        made = _file(by, id_, report, inspector, was_held, first)
        commit()
    return made


def _file(
    by: Person, id_: UUID, report: Report, inspector: Account | None, was_held: bool, first: Ask | None
) -> Inspection:
    who = inspector or by.acting
    read_first = first() if first else None
    read_task = _TASK.ask(report.task) if report.task is not None else None
    read_settings = SETTINGS.ask(who.town)
    if read_first:
        read_first()
    if read_task:
        task, site, round_ = _task(read_task())
        is_own = _is_own(task, who)
    else:
        task, (site, round_), is_own = None, _outside(who, report), True
    if inspector is not None:
        by.require(Right.CORRECT_INSPECTIONS, site.region_id, organisations_of(inspector))
    else:
        by.require(Right.INSPECT)
    if not was_held:
        _refuse_early(task, site, round_, report)
    version = _version(report.standard, round_, site)
    settings = read_settings() if round_.town == who.town else SETTINGS.rows(round_.town)
    assessment = _assessment(_table(version.text, round_.month), next(iter(settings), None), report)
    state = round_.state if task else Round.objects.state_held(round_.pk)  # a task's round is held with it
    made = _create(id_, who, task, site, round_, version, report, assessment, _standing(task, is_own, state))
    if task is not None and task.state != Assignment.State.DONE and is_own:
        task.state = Assignment.State.DONE
        update(task, "state")
    data = {
        "score": str(made.score), "fingerprint": made.fingerprint, "standing": made.standing,
        "photos_awaited": made.photos_awaited,
    }  # fmt: skip
    record(by, "inspection.submitted", made, region=site.region_id, data=data)
    return made


@transaction.atomic(savepoint=False)
def join_photo(filed: Filed) -> int:
    """Give the bytes that came to all who named them; return how many inspections became complete."""
    complete = 0
    # The inspections are locked first: the last two photos of one may come at the same time.
    for inspection in _AWAITING.rows(filed.sha256):
        values = [filed.size, filed.content_type, filed.width, filed.height, clock.now()]
        came = execute(_ARRIVED, [*values, inspection.pk, filed.sha256, inspection.pk]).fetchone()
        if came == (0,):
            complete += 1
            by = Person.of(inspection.inspector)
            record(by, "inspection.completed", inspection, region=inspection.site.region_id)
    return complete


# Writes down that the bytes of a photo came, in all its places in an inspection; tells how many are awaited
# still, and nothing when they had come before.
_ARRIVED = f'''WITH came AS (
        UPDATE "{Photo._meta.db_table}"
        SET size = %s, content_type = %s, width = %s, height = %s, received = %s
        WHERE inspection_id = %s AND sha256 = %s AND received IS NULL RETURNING 1
    )
    UPDATE "{Inspection._meta.db_table}"
    SET photos_awaited = photos_awaited - (SELECT count(*) FROM came)
    WHERE id = %s AND EXISTS (SELECT FROM came) RETURNING photos_awaited'''  # noqa: S608 - our tables
_ID = UUID(int=0)
_AWAITING = Query(
    lambda: (
        Inspection.objects.filter(
            pk__in=Photo.objects.filter(sha256="sha256", received=None).order_by().values("inspection")
        )
        .select_for_update(of=("self",))
        .select_related("site", "inspector")
        .only("month", "site__name", "site__region", "inspector__name")
        .order_by("pk")  # two photos of the same inspections lock them in the same order
    ),
    ["sha256"],
)


@transaction.atomic
def decide_standing(by: Person, inspection: Inspection, counts: bool, reason: str) -> None:
    """Let a visit count that stood aside, or set one aside. Of a task one visit counts, others are double.

    Raises `ProblemsFound` once the month is closed, and for a visit that is not in force.
    """
    held = (
        Inspection.objects.select_for_update(of=("self",))
        .select_related("site", "round")
        .get(pk=inspection.pk)
    )
    by.require(Right.CORRECT_INSPECTIONS, held.site.region_id, [held.organisation_id])
    if held.inspector_id == by.account:
        raise problem("inspection.own_standing")
    if held.state != Inspection.State.SUBMITTED:
        raise problem("correction.not_submitted", value=held.site.name)
    if Round.objects.state_held(held.round_id) == Round.State.CLOSED:
        raise problem("rounds.closed", value=str(held.round))
    before = held.standing
    held.standing = Inspection.Standing.COUNTS if counts else Inspection.Standing.SET_ASIDE
    if held.standing == before:
        raise problem("inspection.standing_already", value=held.get_standing_display())
    if not reason.strip():
        raise problem("inspection.standing_reason")
    held.save(update_fields=["standing"])
    if counts:
        _others_stand_aside(held)
    elif held.assignment is not None and not held.assignment.inspections.counted().exists():
        held.assignment.state = Assignment.State.DUE
        held.assignment.save(update_fields=["state"])
    data = {"standing": {"from": before, "to": held.standing}}
    record(by, "inspection.standing", held, region=held.site.region_id, reason=reason, data=data)


def organisations_of(inspector: Account) -> list[UUID]:
    """Where somebody holds posts or held some: who oversaw him then answers for what he left."""
    return list(inspector.posts.values_list("organisation", flat=True))


def _others_stand_aside(held: Inspection) -> None:
    if held.assignment is None:
        return
    others = held.assignment.inspections.counted().exclude(pk=held.pk)
    others.update(standing=Inspection.Standing.DOUBLE)
    if held.assignment.state != Assignment.State.DONE:
        held.assignment.state = Assignment.State.DONE
        held.assignment.save(update_fields=["state"])


def _task(found: list[Assignment]) -> tuple[Assignment, Site, Round]:
    if not found:
        raise NotThere
    return found[0], found[0].site, found[0].round


# Holding the round as well: see `state_held`.
_TASK = Query(
    lambda: (
        Assignment.objects.filter(pk=_ID)
        .select_for_update(of=("self",))
        .select_related("round", "site")
        .only(
            "inspector",
            "released",
            "state",
            "round__town",
            "round__month",
            "round__state",
            "site__name",
            "site__kind",
            "site__region",
            "site__town",
        )
        .order_by()
    ),
    [_ID],
    f' FOR KEY SHARE OF "{Round._meta.db_table}"',
)


def _is_own(task: Assignment, who: Account) -> bool:
    """Whether the task is the inspector's now; False when it was his once. Raises `NotThere` when never."""
    if task.inspector_id == who.pk:
        return True
    given_away = Event.objects.filter(
        kind="assignment.changed", subject=str(task.pk), data__inspector__from=str(who.pk)
    )
    if not given_away.exists():
        raise NotThere
    return False


def _outside(who: Account, report: Report) -> tuple[Site, Round]:
    """The site and the round of the visit's month. Raises `NotThere` beyond the inspector's towns."""
    site = Site.objects.filter(pk=report.site or new_id(), town__in=who.towns).first()
    if site is None:
        raise NotThere
    month = _month(report)
    round_ = Round.objects.filter(~Q(state=Round.State.PLANNING), town=site.town, month=month).first()
    problems = ProblemList()
    if round_ is None:
        problems.add("inspection.no_round", month=month, value=site.name)
    if not report.reason.strip():
        problems.add("inspection.no_reason", value=site.name)
    problems.raise_if_any()
    assert round_
    return site, round_


def _month(report: Report) -> str:
    return f"{report.timing.started.astimezone(TOWN_ZONE):%Y-%m}"


def _refuse_early(task: Assignment | None, site: Site, round_: Round, report: Report) -> None:
    if task is not None and task.released > report.timing.started:
        raise problem("inspection.not_released", value=site.name)
    if _month(report) != round_.month:
        raise problem("inspection.other_month", month=round_.month, value=site.name)


def _version(named: UUID | None, round_: Round, site: Site) -> RuleVersion:
    """The standard the visit was made by: an older one is accepted (the phone had no network)."""
    if named is not None:
        version = _published(named)
        if (version.town, version.site_kind) == (round_.town, site.kind):
            return version
    current = standards_of(round_.town, round_.month).get(site.kind)
    if current is None or named is not None:
        raise problem("rounds.no_standard", kinds=site.get_kind_display(), month=round_.month)
    return current


@lru_cache(maxsize=512)
def _published(id_: UUID) -> RuleVersion:
    """A published standard; it never changes again, so it is read once."""
    found = RuleVersion.objects.filter(
        pk=id_, kind=RuleVersion.Kind.STANDARD, published__isnull=False
    ).first()
    if found is None:
        raise problem("rounds.no_standard", kinds=str(id_), month="")
    return found


@lru_cache(maxsize=128)
def _table(text: str, month: str) -> ScoringTable:
    """A standard's text laid out for scoring in a month."""
    standard = read_rule(RuleVersion.Kind.STANDARD, text)
    assert isinstance(standard, Standard)
    return ScoringTable(standard, month)


def _assessment(table: ScoringTable, settings: TownSettings | None, report: Report) -> Assessment:
    """What the answers are worth. Raises `ProblemsFound` with all that keeps them from being accepted."""
    named = {*report.answers, *report.remarks, *(one.clause for one in report.photos if one.clause)}
    problems = ProblemList()
    for clause in sorted(named - table.slots.keys()):
        problems.add("inspection.unknown_clause", value=clause)
    problems.raise_if_any()
    assessment = judge(table, report.answers)
    refuse_unfit(assessment, report.answers)
    if report.has_camera:
        without_photos(settings, assessment, {one.clause for one in report.photos})
    return assessment


def _standing(task: Assignment | None, is_own: bool, round_state: str) -> str:
    if round_state == Round.State.CLOSED or not is_own:
        return Inspection.Standing.LATE
    if task is None:
        return Inspection.Standing.OUTSIDE
    if task.state == Assignment.State.DONE:
        return Inspection.Standing.DOUBLE
    return Inspection.Standing.COUNTS


def _create(
    id_: UUID, who: Account, task: Assignment | None, site: Site, round_: Round, version: RuleVersion,
    report: Report, assessment: Assessment, standing: str,
) -> Inspection:  # fmt: skip
    at, position, timing = clock.now(), report.position, report.timing
    made = Inspection(
        id=id_, town=site.town, round=round_, site=site, assignment=task, inspector=who,
        organisation=organisation_of(who), standard=version, state=Inspection.State.SUBMITTED,
        month=round_.month, submitted=at,
        started=timing.started, ended=timing.ended, received=timing.received, known_after=timing.known_after,
        clock_offset=None if timing.offset is None else round(timing.offset.total_seconds()),
        latitude=round(position.latitude, 6) if position else None,
        longitude=round(position.longitude, 6) if position else None,
        accuracy=position.accuracy if position else None,
        remark=report.remark, reason=report.reason.strip(),
        score=assessment.score.score, passed=assessment.score.passed, report=report.digest, standing=standing,
        device=report.device, context=dict(report.context),
    )  # fmt: skip
    shown = [_photo(made, one) for one in report.photos]
    made.photos_awaited = sum(one.received is None for one in shown)
    answers = [(clause, text, report.remarks.get(clause, "")) for clause, text in report.answers.items()]
    made.fingerprint = digest_of(made, answers, [(one.clause, one.sha256) for one in shown])
    insert([made])
    execute(
        _OBSERVED,
        [made.pk, [one[0] for one in answers], [one[1] for one in answers], [one[2] for one in answers]],
    )
    insert([_fix(made, one) for one in report.fixes])
    insert(shown)
    return made


# As columns: twelve objects made only to be written down took twice the time.
_OBSERVED = f'''INSERT INTO "{Observation._meta.db_table}" (inspection_id, clause, value, remark)
    SELECT %s, * FROM UNNEST(%s::varchar[], %s::varchar[], %s::varchar[])'''  # noqa: S608 - our table


def _photo(inspection: Inspection, named: NamedPhoto) -> Photo:
    filed, position = files.find(named.sha256), named.position
    known = asdict(filed) if filed else {"sha256": named.sha256}
    return Photo(
        inspection=inspection, slot=named.slot, clause=named.clause, grade=named.grade, taken=named.taken,
        received=clock.now() if filed else None, latitude=position.latitude if position else None,
        longitude=position.longitude if position else None,
        accuracy=position.accuracy if position else None, **known,
    )  # fmt: skip


def _fix(inspection: Inspection, named: NamedFix) -> Fix:
    return Fix(
        inspection=inspection, moment=named.moment, at=named.at, age=named.age,
        latitude=named.position.latitude, longitude=named.position.longitude,
        accuracy=named.position.accuracy,
    )  # fmt: skip

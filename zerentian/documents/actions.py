"""Asking for documents, and making them in the background."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db import transaction
from procrastinate.contrib.django import app

from zerentian.core import clock
from zerentian.core.ids import new_id
from zerentian.core.months import in_words
from zerentian.core.problems import ProblemsFound, problem
from zerentian.core.regions import town_of
from zerentian.documents import templates_of_town
from zerentian.documents.letter import Letter
from zerentian.documents.models import Job
from zerentian.documents.month import write_month_documents
from zerentian.documents.registers import REGISTERS, write_register
from zerentian.documents.score_sheet import write_sheet_files
from zerentian.documents.supervision_order import make_order, write_order
from zerentian.documents.templates_of_town import folder_of
from zerentian.evaluation.standard import Standard
from zerentian.ledger.actions import record
from zerentian.ledger.models import DailyRoot
from zerentian.people.models import TownSettings
from zerentian.people.person import Person
from zerentian.people.rules import Right
from zerentian.results.models import Closing
from zerentian.results.snapshots import Snapshot, results_of
from zerentian.standards.actions import read_rule
from zerentian.standards.models import RuleVersion
from zerentian.standards.rules import as_printed
from zerentian.tickets.actions import rules_of
from zerentian.tickets.models import Ticket

TASK = "make_documents"
LARGEST_TEMPLATE = 5 * 1024 * 1024
Tell = Callable[[int], None]


@transaction.atomic
def ask_for_month(by: Person, closing: Closing, letter: Letter) -> Job:
    """The bulletin and the interview notices of a closed month, as Word, Excel and PDF."""
    by.require(Right.MAKE_DOCUMENTS, closing.round.town)
    chosen = {"closing": str(closing.pk), "letter": letter.model_dump(), "month": str(closing.round)}
    return _ask(by, Job.Kind.MONTH, f"{closing}通报和约谈通知书", chosen)


@transaction.atomic
def ask_for_register(by: Person, name: str, month: str, kinds: list[str]) -> Job:
    """A register of what the account may see. Raises `ProblemsFound` for an unknown one."""
    by.require(Right.MAKE_DOCUMENTS)
    register = REGISTERS.get(name)
    if register is None or not kinds or not set(kinds) <= {"xlsx", "docx", "pdf"}:
        raise problem("documents.unknown", value=name)
    title = f"{in_words(month)}{register.title}" if register.by_month else register.title
    return _ask(by, Job.Kind.REGISTER, title, {"register": name, "month": month, "kinds": kinds})


@transaction.atomic
def ask_for_score_sheet(by: Person, version: RuleVersion) -> Job:
    """The printable sheet of a standard, as Word, Excel and PDF."""
    by.require(Right.SEE_STANDARDS)
    return _ask(by, Job.Kind.SCORE_SHEET, f"{version.title}（评分表）", {"version": str(version.pk)})


@transaction.atomic
def ask_for_order(by: Person, ticket: Ticket, letter: Letter) -> Job:
    """The supervision order of a supervised ticket, as Word and PDF. Raises `ProblemsFound`."""
    by.require(Right.DISPATCH_TICKETS, ticket.town)
    if ticket.supervised_at is None:
        raise problem("ticket.not_supervised", value=ticket.number)
    chosen = {"ticket": str(ticket.pk), "letter": letter.model_dump()}
    return _ask(by, Job.Kind.ORDER, f"督办通知书（{ticket.number}）", chosen)


def replace_template(by: Person, town: str, name: str, content: bytes) -> None:
    """Use the town's own template from now on, once it has been filled without a fault."""
    by.require(Right.MAKE_DOCUMENTS, town)
    if len(content) > LARGEST_TEMPLATE:
        raise problem("upload.too_large", file=name, limit=f"{LARGEST_TEMPLATE // 1024 // 1024} MB")
    templates_of_town.preview(town, name, content)
    with transaction.atomic():
        aside = folder_of(town) / f".{name}"
        aside.write_bytes(content)
        aside.replace(folder_of(town) / name)
        record(
            by, "template.replaced", TownSettings.objects.get(pk=town), region=town, data={"template": name}
        )


def take_back_template(by: Person, town: str, name: str) -> None:
    """Use the shipped template again."""
    by.require(Right.MAKE_DOCUMENTS, town)
    templates_of_town.current(town, name)
    with transaction.atomic():
        (folder_of(town) / name).unlink(missing_ok=True)
        record(
            by, "template.taken_back", TownSettings.objects.get(pk=town), region=town, data={"template": name}
        )


def make(job_id: UUID) -> None:
    """Make what a job asks for. Making it again, after a crash, gives the same files.

    What is wrong with the data is told on the job's page; so is any other failure, which is raised again.
    """
    job = Job.objects.select_related("asked_by").get(pk=job_id)
    if job.state == Job.State.DONE:
        return
    _mark(job, state=Job.State.RUNNING, progress=0)
    aside = folder_of_job(job).with_name(f".{new_id()}")
    aside.mkdir(parents=True)
    try:
        written = _MAKERS[Job.Kind(job.kind)](job, aside, lambda done: _mark(job, progress=done))
    except ProblemsFound as found:
        _fail(job, aside, found)
        return
    except Exception:
        _fail(job, aside, problem("documents.failed"))
        raise
    shutil.rmtree(folder_of_job(job), ignore_errors=True)
    aside.rename(folder_of_job(job))
    names = [str(path.relative_to(aside)) for path in written]
    _mark(job, state=Job.State.DONE, files=names, finished=clock.now())


def folder_of_job(job: Job) -> Path:
    """Where a job's files lie."""
    return Path(settings.DATA_FOLDER) / "documents" / str(job.pk)


def _ask(by: Person, kind: Job.Kind, title: str, chosen: Mapping[str, object]) -> Job:
    job = Job.objects.create(kind=kind, title=title, settings=dict(chosen), asked_by=by.acting)
    record(by, "document.asked", job, region=by.acting.town)
    app.configure_task(TASK, queue="documents").defer(job_id=str(job.pk))
    return job


def _fail(job: Job, aside: Path, found: ProblemsFound) -> None:
    shutil.rmtree(aside, ignore_errors=True)
    _mark(job, state=Job.State.FAILED, fault="\n".join(found.lines()), finished=clock.now())


def _mark(job: Job, **changes: object) -> None:
    Job.objects.filter(pk=job.pk).update(**changes)


def _make_month(job: Job, folder: Path, tell: Tell) -> list[Path]:
    closing = Closing.objects.select_related("round").get(pk=job.settings["closing"])
    results = results_of(Snapshot.model_validate(closing.inputs))
    letter = Letter(**job.settings["letter"]).model_copy(update={"proof": _proof(closing)})
    return write_month_documents(results, folder, letter=letter, templates=folder_of(closing.round.town))


def _make_register(job: Job, folder: Path, tell: Tell) -> list[Path]:
    register = REGISTERS[job.settings["register"]]
    rows = register.rows(job.asked_by, job.settings["month"])
    templates = folder_of(job.asked_by.town)
    return write_register(register, job.title, rows, folder, job.settings["kinds"], templates, tell)


def _make_score_sheet(job: Job, folder: Path, tell: Tell) -> list[Path]:
    version = RuleVersion.objects.get(pk=job.settings["version"])
    standard = read_rule(version.kind, version.text)
    if not isinstance(standard, Standard):
        raise problem("documents.no_sheet", value=str(version))
    printed = as_printed(standard, version.number, version.effective_from)
    return write_sheet_files(printed, folder, job.title, folder_of(version.town))


def _make_order(job: Job, folder: Path, tell: Tell) -> list[Path]:
    found = Ticket.objects.with_all().select_related("repeats").get(pk=job.settings["ticket"])
    order = make_order(found, rules_of(found.town), Letter(**job.settings["letter"]))
    return write_order(order, folder, job.title, folder_of(found.town))


_MAKERS: dict[Job.Kind, Callable[[Job, Path, Tell], list[Path]]] = {
    Job.Kind.MONTH: _make_month,
    Job.Kind.REGISTER: _make_register,
    Job.Kind.SCORE_SHEET: _make_score_sheet,
    Job.Kind.ORDER: _make_order,
}


def _proof(closing: Closing) -> str:
    """What anybody may check the bulletin by: the figures' digest and the ledger's latest root."""
    words = f"核对用指纹：本月结果 {closing.digest}"
    root = DailyRoot.objects.filter(town=town_of(closing.round.town)).order_by("day").last()
    return f"{words}；台账日根（{root.day}）{root.root}。" if root else f"{words}。"

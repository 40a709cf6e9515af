"""A town's own templates: kept beside its data, each tried before it is used."""

from __future__ import annotations

import tempfile
from pathlib import Path

from django.conf import settings

from zerentian.core.problems import problem
from zerentian.documents.content import TextTable
from zerentian.documents.letter import Letter
from zerentian.documents.month import write_month_documents
from zerentian.documents.score_sheet import score_sheet_context
from zerentian.documents.supervision_order import make_order
from zerentian.documents.word import SHIPPED_TEMPLATES, WordTemplate
from zerentian.evaluation.results import Results
from zerentian.evaluation.standard import Standard
from zerentian.results.models import Closing
from zerentian.results.snapshots import Snapshot, results_of
from zerentian.standards.actions import read_rule
from zerentian.standards.models import RuleVersion
from zerentian.tickets.actions import rules_of
from zerentian.tickets.models import Ticket

TITLES = {
    "bulletin.docx": "通报",
    "interview_notice.docx": "约谈通知书",
    "supervision_order.docx": "督办通知书",
    "score_sheet.docx": "评分表",
    "register.docx": "台账",
}


def folder_of(town: str) -> Path:
    """Where a town's own templates lie."""
    folder = Path(settings.DATA_FOLDER) / "templates" / town
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def is_own(town: str, name: str) -> bool:
    """Whether the town has replaced a template."""
    return (folder_of(town) / name).is_file()


def current(town: str, name: str) -> Path:
    """The template in use. Raises `ProblemsFound` for a name that is none."""
    if name not in TITLES:
        raise problem("template.unknown", value=name)
    own = folder_of(town) / name
    return own if own.is_file() else SHIPPED_TEMPLATES / name


def preview(town: str, name: str, content: bytes | None = None) -> bytes:
    """A template filled with the town's latest data: an uploaded one, or the one in use.

    Raises `ProblemsFound` when it has a fault, or the town has nothing to fill it with yet.
    """
    used = current(town, name)
    with tempfile.TemporaryDirectory() as kept:
        folder = Path(kept)
        template = folder / name
        template.write_bytes(used.read_bytes() if content is None else content)
        out = folder / "out"
        out.mkdir()
        if name in ("bulletin.docx", "interview_notice.docx"):
            write_month_documents(_latest(town), out, letter=Letter(), templates=folder)
            found = sorted(out.rglob("bulletin.docx" if name == "bulletin.docx" else "interviews/*.docx"))
            if not found:
                raise problem("template.nothing_to_fill", value=TITLES[name])
            return found[0].read_bytes()
        WordTemplate(template).fill(_context(town, name), out / name)
        return (out / name).read_bytes()


def _latest(town: str) -> Results:
    closings = Closing.objects.filter(round__town=town, state=Closing.State.CLOSED)
    # of several months the one with most to say fills a template best: the latest that has interviews
    closing = closings.filter(entries__kind="interview").order_by("-round__month").first() or closings.first()
    if closing is None:
        raise problem("template.nothing_to_fill", value="月度文书")
    return results_of(Snapshot.model_validate(closing.inputs))


def _context(town: str, name: str) -> dict[str, object]:
    if name == "register.docx":
        table = TextTable("", ["序号", "点位", "村居", "情况"], [[1, "东村一期", "东村", "示例"]])
        return {"title": "台账示例", "note": "共 1 条", "table": table.context()}
    if name == "supervision_order.docx":
        tickets = Ticket.objects.with_all().filter(town=town, supervised_at__isnull=False)
        ticket = tickets.order_by("-supervised_at").first()
        if ticket is None:
            raise problem("template.nothing_to_fill", value=TITLES[name])
        return make_order(ticket, rules_of(town), Letter()).context()
    rules = RuleVersion.objects.filter(town=town, kind=RuleVersion.Kind.STANDARD)
    version = rules.filter(published__isnull=False).last()
    if version is None:
        raise problem("template.nothing_to_fill", value=TITLES[name])
    standard = read_rule(version.kind, version.text)
    assert isinstance(standard, Standard)
    return score_sheet_context(standard)

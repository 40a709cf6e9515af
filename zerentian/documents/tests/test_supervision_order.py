"""The supervision order: what it says, and that Word and PDF can be opened."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest
from docx import Document

from tests.cast import TOWN, Cast
from tests.playing import at
from zerentian.core import clock
from zerentian.core.problems import ProblemsFound
from zerentian.documents import actions
from zerentian.documents.letter import Letter
from zerentian.documents.models import Job
from zerentian.documents.supervision_order import make_order
from zerentian.standards.queries import loop_of
from zerentian.tickets import actions as tickets
from zerentian.tickets.actions import Seen
from zerentian.tickets.models import Ticket

MONDAY = at(datetime.date(2023, 10, 23))


@pytest.fixture
def ticket(cast: Cast) -> Ticket:
    with clock.set_to(MONDAY):
        loop = loop_of(TOWN, "2023-10")
        found = [Seen("投放点周边小包垃圾落地", MONDAY, "ground", "4处")]
        return tickets.open_ticket(
            cast.person("operator"), cast.sites["own"], "district", loop.class_of("ground"), found
        )


def test_only_what_is_supervised_gets_an_order(cast: Cast, ticket: Ticket) -> None:
    with pytest.raises(ProblemsFound) as found:
        actions.ask_for_order(cast.person("dispatcher"), ticket, Letter())
    assert found.value.problems[0].code == "ticket.not_supervised"


def test_word_and_pdf_say_what_is_wrong_and_until_when(cast: Cast, ticket: Ticket) -> None:
    with clock.set_to(MONDAY + datetime.timedelta(hours=1)):
        ticket = tickets.supervise(cast.person("operator"), ticket, "居民多次反映，请当日整改")
    asked = actions.ask_for_order(cast.person("dispatcher"), ticket, Letter(issuer="示范镇人民政府"))
    actions.make(asked.pk)
    job = Job.objects.get(pk=asked.pk)
    assert job.files == ["督办通知书（2023-00001）.docx", "督办通知书（2023-00001）.pdf"]
    folder = actions.folder_of_job(job)
    words = "\n".join(_words(folder / job.files[0]))
    for said in ("安居物业", "2023年10月23日，区督查发现东村一期存在下列问题", "请于2023年10月23日15:00前完成整改",
                 "居民多次反映，请当日整改", "4处", "抄送：东村"):  # fmt: skip
        assert said in words
    assert (folder / job.files[1]).read_bytes().startswith(b"%PDF")


def test_a_repetition_is_named(cast: Cast, ticket: Ticket) -> None:
    ticket.repeats = Ticket(number="2023-00000")
    order = make_order(ticket, loop_of(TOWN, "2023-10"), Letter())
    assert "同一问题此前已整改结案（整改单2023-00000），现再次出现" in order.ground


def _words(path: Path) -> list[str]:
    document = Document(str(path))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return [paragraph.text for paragraph in document.paragraphs] + cells

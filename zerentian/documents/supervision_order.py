"""The content of a supervision order (督办通知书): what is wrong, who mends it, until when."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from zerentian.core import clock
from zerentian.core.worktime import TOWN_ZONE
from zerentian.documents.content import printable
from zerentian.documents.letter import Letter
from zerentian.documents.pdf import has_same_words, render_pdf
from zerentian.documents.word import WordTemplate, find_template
from zerentian.standards.loop import Loop
from zerentian.tickets.models import Ticket
from zerentian.tickets.rules import Move

_NAME = "supervision_order"


@dataclass(frozen=True, slots=True)
class Problem:
    """A line of the order: what was found, and how it looked."""

    text: str
    observed: str
    found: str


@dataclass(frozen=True, slots=True)
class Order:
    """Everything a supervision order says."""

    letter: Letter
    number: str
    handler: str
    site: str
    committee: str
    rules: str
    ground: str
    problems: list[Problem]
    due: str
    demands: str

    def context(self) -> dict[str, Any]:
        """The variables of the template."""
        return {**asdict(self), "letter": self.letter.model_dump()}


def make_order(ticket: Ticket, loop: Loop, letter: Letter) -> Order:
    """The order of a ticket that is supervised."""
    step = ticket.steps.filter(move=Move.SUPERVISE).last()
    return Order(
        letter=letter,
        number=ticket.number,
        handler=ticket.handler.name if ticket.handler else "＿＿＿＿＿＿＿＿",
        site=ticket.site.name,
        committee=ticket.site.region.name,
        rules=loop.title or loop.loop,
        ground=_ground(ticket),
        problems=[
            Problem(one.words, one.seen or "—", clock.as_text(one.found_at))
            for one in ticket.findings.filter(withdrawn="")
        ],
        due=_in_words(ticket),
        demands=step.reason if step else "",
    )


def write_order(order: Order, folder: Path, title: str, templates: Path | None) -> list[Path]:
    """Word, and PDF where the town has not replaced the words of Word alone. Raises `ProblemsFound`."""
    word = folder / f"{title}.docx"
    WordTemplate(find_template(f"{_NAME}.docx", templates)).fill(order.context(), word)
    if not has_same_words(_NAME, templates):
        return [word]
    pdf = folder / f"{title}.pdf"
    pdf.write_bytes(render_pdf(f"{_NAME}.typ", printable(order.context()), templates))
    return [word, pdf]


def _ground(ticket: Ticket) -> str:
    found = ticket.found_at.astimezone(TOWN_ZONE)
    day = f"{found.year}年{found.month}月{found.day}日"
    words = f"{day}，{ticket.get_source_display()}发现{ticket.site.name}存在下列问题"
    if ticket.repeats is not None:
        words += f"；同一问题此前已整改结案（整改单{ticket.repeats.number}），现再次出现"
    if ticket.fails:
        words += f"；经核查，已有{ticket.fails}次整改没有通过"
    return words


def _in_words(ticket: Ticket) -> str:
    if ticket.due is None:
        return "　　　　年　　月　　日　　时"
    due = ticket.due.astimezone(TOWN_ZONE)
    return f"{due.year}年{due.month}月{due.day}日{due:%H:%M}"

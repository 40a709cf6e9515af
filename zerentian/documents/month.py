"""All documents of a run: a bulletin for each month, a notice for each interview."""

from __future__ import annotations

import re
from pathlib import Path

from zerentian.documents.bulletin import make_bulletin
from zerentian.documents.content import printable
from zerentian.documents.letter import Letter
from zerentian.documents.notice import make_notice
from zerentian.documents.pdf import has_same_words, render_pdf, write_pdf
from zerentian.documents.word import WordTemplate, find_template
from zerentian.documents.workbook import write_workbook
from zerentian.evaluation.results import PeriodResult, Results

_UNSAFE = re.compile(r"[^0-9A-Za-z\u4e00-\u9fff-]")
_LONGEST_ID = 40


def write_month_documents(
    results: Results, folder: Path, *, letter: Letter, templates: Path | None
) -> list[Path]:
    """Write `bulletin.docx`, `.xlsx`, `.pdf` (of several months: `bulletin-2023-10.docx`) and `interviews/`.

    Of a notice whose Word template is the town's own there is no PDF, which would say other words.
    `templates` is a folder of the town's own templates. Raises `ProblemsFound`.
    """
    bulletin_template = WordTemplate(find_template("bulletin.docx", templates))
    written = []
    for result in results.periods:
        name = "bulletin" if len(results.periods) == 1 else f"bulletin-{result.period}"
        bulletin = make_bulletin(results, result, letter)
        word, excel, pdf = (folder / f"{name}.{suffix}" for suffix in ("docx", "xlsx", "pdf"))
        bulletin_template.fill(bulletin.context(), word)
        write_workbook(bulletin, result, excel)
        write_pdf(bulletin, pdf, templates)
        written += [word, excel, pdf]
    return written + _write_notices(results, folder, letter, templates)


def _write_notices(results: Results, folder: Path, letter: Letter, templates: Path | None) -> list[Path]:
    template = WordTemplate(find_template("interview_notice.docx", templates))
    written = []
    for result in results.periods:
        for number, due in enumerate(result.interviews, 1):
            out = folder / "interviews" / _notice_name(result, number, due.subject.id)
            out.parent.mkdir(exist_ok=True)
            context = make_notice(results, result, due, letter).context()
            template.fill(context, out)
            written.append(out)
            if has_same_words("interview_notice", templates):
                pdf = out.with_suffix(".pdf")
                pdf.write_bytes(render_pdf("interview_notice.typ", printable(context), templates))
                written.append(pdf)
    return written


def _notice_name(result: PeriodResult, number: int, subject: str) -> str:
    """A name that no subject id can lead astray."""
    return f"{result.period}-{number:02d}-{_UNSAFE.sub('_', subject)[:_LONGEST_ID]}.docx"

"""The paper score sheet of a standard, for a walk without a phone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from zerentian.core.months import in_words
from zerentian.core.output_file import output_file
from zerentian.core.points import plain
from zerentian.core.table_writing import Value, write_workbook_rows
from zerentian.documents.content import printable
from zerentian.documents.pdf import has_same_words, render_pdf
from zerentian.documents.word import WordTemplate, find_template
from zerentian.evaluation.clauses import Clause, Veto
from zerentian.evaluation.standard import Section, Standard, kind_name

_COLUMNS = ("类别", "序号", "检查内容", "评分细则", "标准分值", "得分", "扣分情况（处数、位置）")


def write_score_sheet(standard: Standard, out: Path, *, templates: Path | None, force: bool) -> None:
    """Write the sheet as a Word file. Raises `ProblemsFound`."""
    template = WordTemplate(find_template("score_sheet.docx", templates))
    with output_file(out, force=force) as path:
        template.fill(score_sheet_context(standard), path)


def write_sheet_files(standard: Standard, folder: Path, name: str, templates: Path | None) -> list[Path]:
    """The sheet as Word, Excel and PDF; no PDF where the town's own Word template says other words."""
    context = score_sheet_context(standard)
    word, excel, pdf = (folder / f"{name}.{kind}" for kind in ("docx", "xlsx", "pdf"))
    WordTemplate(find_template("score_sheet.docx", templates)).fill(context, word)
    with excel.open("wb") as file:
        write_workbook_rows(file, name, _COLUMNS, _rows(context))
    if not has_same_words("score_sheet", templates):
        return [word, excel]
    pdf.write_bytes(render_pdf("score_sheet.typ", printable(context), templates))
    return [word, excel, pdf]


def _rows(context: Mapping[str, Any]) -> Iterator[Sequence[Value]]:
    """The clauses with their section; what the inspector fills in stays empty."""
    for section in context["sections"]:
        for clause in section["clauses"]:
            number = int(clause["number"])
            yield (
                section["name"],
                number,
                clause["text"],
                clause["words"],
                clause["marks"],
                "",
                clause["tick"],
            )


def score_sheet_context(standard: Standard) -> dict[str, Any]:
    """The variables of the template."""
    numbers = {clause.id: str(number) for number, clause in enumerate(standard.clauses, 1)}
    effective = f"{in_words(standard.effective_from)}起执行" if standard.effective_from else ""
    return {
        "title": standard.title or standard.standard,
        "version": standard.version,
        "effective": effective,
        "source": standard.source,
        "kind": kind_name(standard.site_kind),
        "full_marks": plain(standard.full_marks),
        "pass_line": plain(standard.pass_line),
        "not_applicable": "按比例折算" if standard.not_applicable == "rescale" else "视为满分",
        "sections": [_section(section, numbers) for section in standard.sections],
    }


def _section(section: Section, numbers: dict[str, str]) -> dict[str, Any]:
    marks = sum(clause.marks for clause in section.clauses)
    notes = []
    if section.gate:
        notes.append(f"第{numbers[section.gate.clause]}项得0分的，本类别不得分")
    if section.bonus_cap is not None:
        notes.append(f"加分最多{plain(section.bonus_cap)}分")
    if section.penalty_cap is not None:
        notes.append(f"另扣最多{plain(section.penalty_cap)}分")
    return {
        "name": section.name,
        "marks": f"{plain(marks)}分" if marks else "",
        "note": "；".join(notes),
        "clauses": [_clause(clause, numbers[clause.id]) for clause in section.clauses],
    }


def _clause(clause: Clause, number: str) -> dict[str, str]:
    return {
        "number": number,
        "text": clause.text,
        "words": clause.words,
        "marks": plain(clause.marks) if clause.scored else "—",
        "tick": "□发生" if isinstance(clause, Veto) else "",
    }

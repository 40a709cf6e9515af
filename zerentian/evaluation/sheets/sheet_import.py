"""From a town's score sheet to a standard: one clause for each content row, one section for each category.

Nothing of the sheet gets lost silently: a clause whose words leave something open says so in `unsure`, and
`ImportedStandard.notes` lists these clauses and every sum by which the sheet contradicts itself.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import ROUND_DOWN, Decimal
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from zerentian.core.points import plain
from zerentian.core.problems import ProblemList, problem
from zerentian.evaluation.clauses import AnyClause
from zerentian.evaluation.sheets.rule_wording import UNIT
from zerentian.evaluation.sheets.rule_words import OUTSIDE_TOTAL, Proposal, propose
from zerentian.evaluation.sheets.sheet_reading import (
    ContentRow,
    SheetWords,
    is_usable,
    joined_lines,
    read_points,
    read_score_sheet,
)
from zerentian.evaluation.sheets.sheet_sums import Disagreement, disagreements
from zerentian.evaluation.sheets.standard_yaml import standard_yaml
from zerentian.evaluation.standard import Identifier, Kind, Section, Standard

_CLAUSE: TypeAdapter[AnyClause] = TypeAdapter(AnyClause)
_CENT = Decimal("0.01")
_UNNAMED_SECTION = "评分项"
_POINTS_IN_CONTENT = re.compile(r"[(（]\s*(?:满分|共|计)?\s*(\d+(?:\.\d+)?)\s*分\s*[)）]")
_SPEAKS_OF_POINTS = re.compile(
    r"扣\s*[\d一二两三四五半]|不得分|得\s*\d|否决|加\s*[\d一二两三四五半]|不合格|[\d.]分?/|÷"
)
_SUBJECT_ENDS = re.compile(
    rf"每|发现|出现|[,，:：]|(?<![\d第])[1１一]{UNIT}|扣|不得分|得\s*\d|[\d.]+\s*分?\s*/|酌情"
)


@dataclass(frozen=True, slots=True)
class UnsureClause:
    """A clause that somebody has to look at before the standard can be used."""

    row: int
    clause: AnyClause
    words: str
    why: str

    def __str__(self) -> str:
        said = f"原文“{self.words}”，" if self.words else ""
        rule = f"{self.clause.rule}（{self.clause.words}）"
        return f"第{self.row}行 {self.clause.id} {self.clause.text}：{said}暂按 {rule}，原因：{self.why}"


@dataclass(frozen=True, slots=True)
class ImportedStandard:
    """The standard that a sheet gave, and what a person has to check."""

    standard: Standard
    unsure: list[UnsureClause]
    disagreements: list[Disagreement]
    skipped: list[tuple[int, str]]

    def yaml_text(self) -> str:
        """The standard as YAML, ready to be written to a file."""
        return standard_yaml(self.standard)

    def notes(self) -> list[str]:
        """Lines for the terminal: unsure clauses, sums that don't agree, rows that were left out."""
        lines = [str(clause) for clause in self.unsure]
        lines += [str(disagreement) for disagreement in self.disagreements]
        return lines + [f"第{row}行没有作为评分项：“{text}”" for row, text in self.skipped]


@dataclass(slots=True)
class _Draft:
    """A clause on its way: what the row says, and what was made of it."""

    row: ContentRow
    text: str
    words: str
    points: Decimal | None
    proposal: Proposal
    doubts: list[str] = field(default_factory=list)

    @property
    def hint(self) -> str:
        return f"{self.row.section} {self.row.points_words}"

    @property
    def outside(self) -> bool:
        return self.proposal.rule in OUTSIDE_TOTAL

    def decide(self, points: Decimal | None) -> None:
        """Propose the rule anew for a clause of these points."""
        self.points = points
        self.proposal = propose(self.words, points, self.text, self.hint)


def import_sheet(path: Path, standard_id: str, site_kind: str) -> ImportedStandard:
    """Read a score sheet (.xlsx or CSV) into a standard.

    Raises `ProblemsFound` when the sheet has no header, no clauses or no points, or an id is not allowed.
    """
    _check_ids(standard_id, site_kind)
    sheet = read_score_sheet(path)
    drafts = [_draft(row, text) for row, text in zip(sheet.rows, _texts(sheet.rows), strict=True)]
    _settle_points(drafts, sheet)
    clauses = [_clause(draft, name) for draft, name in zip(drafts, _ids(drafts), strict=True)]
    full_marks = sum((clause.marks for clause in clauses), Decimal(0))
    if full_marks == 0:
        raise problem("sheet.no_points", file=sheet.file)
    standard = Standard(
        standard=standard_id,
        version="1",
        title=sheet.title,
        site_kind=site_kind,
        full_marks=full_marks,
        sections=_sections(drafts, clauses, sheet),
    )
    unsure = [
        UnsureClause(draft.row.row, clause, joined_lines(draft.words), _why(draft))
        for draft, clause in zip(drafts, clauses, strict=True)
        if clause.unsure
    ]
    return ImportedStandard(standard, unsure, disagreements(sheet, clauses), sheet.skipped)


def _check_ids(standard_id: str, site_kind: str) -> None:
    problems = ProblemList()
    for adapter, code, value in (
        (TypeAdapter[str](Identifier), "sheet.standard_id", standard_id),
        (TypeAdapter[str](Kind), "sheet.site_kind", site_kind),
    ):
        try:
            adapter.validate_python(value)
        except ValidationError:
            problems.add(code, value=value)
    problems.raise_if_any()


def _texts(rows: list[ContentRow]) -> list[str]:
    """What is checked; rows under one merged content cell add the subject of their own rule."""
    groups: dict[int, list[ContentRow]] = {}
    for row in rows:
        groups.setdefault(row.content_row, []).append(row)
    texts = []
    for row in rows:
        content = "：".join(dict.fromkeys(joined_lines(part) for part in row.contents))
        alike = groups[row.content_row]
        if len(alike) > 1:
            subjects = [_subject(other.words) for other in alike]
            mine = _subject(row.words)
            content += f"：{mine if subjects.count(mine) == 1 else joined_lines(row.words)}"
        texts.append(content.rstrip("：") or _UNNAMED_SECTION)
    return texts


def _subject(words: str) -> str:
    whole = joined_lines(words)
    end = _SUBJECT_ENDS.search(whole)
    return (whole[: end.start()] if end else whole).strip(" ，,：:；;的") or whole


def _draft(row: ContentRow, text: str) -> _Draft:
    words = row.words
    if not words and _SPEAKS_OF_POINTS.search(text):
        words = "\n".join(row.contents)
    points = row.points or None
    hint = f"{row.section} {row.points_words}"
    return _Draft(row, text, words, points, propose(words, points, text, hint))


def _settle_points(drafts: list[_Draft], sheet: SheetWords) -> None:
    """Give each clause inside the total its points: its own, a share of a merged cell, or a guess."""
    blocks: dict[int, list[_Draft]] = {}
    for draft in drafts:
        if not draft.outside:
            blocks.setdefault(draft.row.points_row, []).append(draft)
    for block in blocks.values():
        if len(block) > 1 and block[0].points is not None:
            _share(block, block[0].points, sheet.file)
    for draft in drafts:
        if draft.outside and draft.row.points_row in blocks:
            draft.decide(None)  # the points of the merged cell are those of the clauses it stands with
    for draft in drafts:
        if draft.points is None and not draft.outside:
            _guess(draft, sheet.has_points)


def _share(block: list[_Draft], points: Decimal, file: str) -> None:
    stated = [_own_points(draft) for draft in block]
    if all(stated) and sum(filter(None, stated)) == points:
        shares = [share for share in stated if share]
        doubt = ""
    else:
        even = (points / len(block)).quantize(_CENT, ROUND_DOWN)
        if not even:
            raise problem("sheet.points_invalid", file=file, row=block[0].row.row, value=plain(points))
        shares = [points - even * (len(block) - 1)] + [even] * (len(block) - 1)
        doubt = f"分值{plain(points)}分由{len(block)}项合用，表上没有分开，暂平均分配"
    for draft, share in zip(block, shares, strict=True):
        draft.decide(share)
        draft.doubts += [doubt] if doubt else []


def _own_points(draft: _Draft) -> Decimal | None:
    """What the words alone make the clause worth: 得5分, 最多扣5分, or 未设置扣5分."""
    alone = propose(draft.words, None, draft.text, draft.hint)
    cap = alone.settings.get("cap")
    points = alone.stated_points or (cap if isinstance(cap, Decimal) else None)
    if points is None and alone.rule == "all_or_nothing":
        points = alone.likely_points
    return points if points and is_usable(points) else None


def _guess(draft: _Draft, has_points: bool) -> None:
    written = _POINTS_IN_CONTENT.search(" ".join(draft.row.contents))
    stated = draft.proposal.stated_points
    points = read_points(written[1])[0] if written else stated or draft.proposal.likely_points
    draft.decide(points if points and is_usable(points) else Decimal(1))
    if not written and (has_points or not stated):
        draft.doubts.append(f"表上没有分值，暂按{plain(draft.points or 1)}分")


def _ids(drafts: list[_Draft]) -> list[str]:
    """`c` and the sheet's own number when all rows have one and none repeats, else by order."""
    numbers = [read_points(draft.row.number)[0] for draft in drafts]
    plain_numbers = [str(int(n)) for n in numbers if n is not None and n == n.to_integral_value() and n > 0]
    if len(set(plain_numbers)) == len(drafts):
        return [f"c{number}" for number in plain_numbers]
    return [f"c{position}" for position in range(1, len(drafts) + 1)]


def _why(draft: _Draft) -> str:
    return "；".join(filter(None, [*draft.doubts, draft.proposal.unsure]))


def _clause(draft: _Draft, name: str) -> AnyClause:
    proposal, why = draft.proposal, _why(draft)
    quoted = f"（原文：{joined_lines(draft.words)}）" if why and draft.words else ""
    data: dict[str, object] = {"id": name, "text": draft.text, "rule": proposal.rule, "unsure": why + quoted}
    if not draft.outside:
        data["points"] = draft.points
    try:
        return _CLAUSE.validate_python({**data, **proposal.settings})
    except ValidationError:
        # figures that no rule can hold, such as 每处扣0分
        rule = "veto" if draft.outside else "all_or_nothing"
        draft.proposal = Proposal(rule, {}, "评分细则中的数值用不了")
        why = f"{_why(draft)}（原文：{joined_lines(draft.words)}）"
        return _CLAUSE.validate_python({**data, "rule": rule, "unsure": why})


def _sections(drafts: list[_Draft], clauses: list[AnyClause], sheet: SheetWords) -> list[Section]:
    """One section for each category, in the order in which the sheet first names them."""
    members: dict[str, list[tuple[_Draft, AnyClause]]] = {}
    for draft, clause in zip(drafts, clauses, strict=True):
        members.setdefault(draft.row.section, []).append((draft, clause))
    sections = []
    for name, pairs in members.items():
        own = next((s.figure for s in sheet.sums if s.kind == "section" and s.section == name), None)
        if any(clause.scored for _, clause in pairs):
            own = None
        kinds = {clause.rule for _, clause in pairs} & {"bonus", "penalty"}
        caps = {
            f"{kind}_cap": own if own is not None and len(kinds) == 1 else _cap(pairs, kind) for kind in kinds
        }
        sections.append(
            Section.model_validate(
                {"name": name or _UNNAMED_SECTION, "clauses": [clause for _, clause in pairs], **caps}
            )
        )
    return sections


def _cap(pairs: list[tuple[_Draft, AnyClause]], kind: str) -> Decimal | None:
    """The sum of the limits of a section's bonuses (penalties), a limit of merged cells counted once."""
    limits: dict[tuple[int, int], Decimal | None] = {}
    for draft, clause in pairs:
        if clause.rule == kind:
            limits[draft.row.rule_row, draft.row.points_row] = draft.proposal.section_cap
    known = [limit for limit in limits.values() if limit is not None]
    return sum(known, Decimal(0)) if known and len(known) == len(limits) else None

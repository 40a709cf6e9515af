"""Do a published table's ranks, totals, bands and order follow from its own figures?

Errors are only told where the table itself shows the rule (a convention of ties, a formula, an order) that
a row breaks: a table that follows no rule is no proof of anything.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

from zerentian.evaluation.bulletin_reading import Bulletin, BulletinRow, read_bulletin
from zerentian.evaluation.bulletin_totals import expected_totals
from zerentian.evaluation.policy import Policy
from zerentian.evaluation.ranking import band_of, ranks

Ties = Literal["competition", "dense"]
Kind = Literal["rank", "total", "band", "order", "duplicate"]

_KIND_WORDS: dict[Kind, str] = {
    "rank": "名次",
    "total": "总分",
    "band": "档次",
    "order": "排列位置",
    "duplicate": "名称重复",
}
_FEWEST_ROWS_FOR_ORDER = 6
_KINDS: tuple[Kind, ...] = ("rank", "total", "band", "order", "duplicate")


@dataclass(frozen=True, slots=True)
class BulletinError:
    """A row that does not follow; `row` counts data rows from 1, `line` is the row Excel shows."""

    kind: Kind
    row: int
    line: int
    name: str
    printed: str
    expected: str


@dataclass(frozen=True, slots=True)
class BulletinReport:
    """What a check found."""

    file: str
    rows: int
    ties: Ties
    errors: list[BulletinError]

    def as_json(self) -> dict[str, Any]:
        """The report in the form of the specification."""
        return {
            "rows": self.rows,
            "ties": self.ties,
            "errors": [
                {
                    "kind": error.kind,
                    "row": error.row,
                    "name": error.name,
                    "printed": error.printed,
                    "expected": error.expected,
                }
                for error in self.errors
            ],
        }

    def as_text(self) -> str:
        """The report for a reader."""
        ties = {"competition": "并列占位（1、2、2、4）", "dense": "并列不占位（1、2、2、3）"}[self.ties]
        lines = [f"{self.file}：核对 {self.rows} 行，名次按{ties}"]
        lines += [
            f"第{error.row}行（表中第{error.line}行）{error.name}：{_KIND_WORDS[error.kind]}"
            f"印作“{error.printed}”，应为“{error.expected}”"
            for error in self.errors
        ]
        lines.append(f"发现 {len(self.errors)} 处错误" if self.errors else "没有发现错误")
        return "\n".join(lines)


def check_bulletin(path: Path, policy: Policy | None) -> BulletinReport:
    """Read and check a table. Raises `ProblemsFound` when it can't be read."""
    bulletin = read_bulletin(path)
    ties, wrong_ranks = _check_ranks(bulletin, policy)
    wrong = {
        "rank": wrong_ranks,
        "total": _check_totals(bulletin),
        "band": _check_bands(bulletin, policy),
        "order": _check_order(bulletin, {row.number for row, _, _ in wrong_ranks}),
        "duplicate": _check_names(bulletin),
    }
    errors = [
        BulletinError(kind, row.number, row.line, row.name, printed, expected)
        for kind in _KINDS
        for row, printed, expected in wrong[kind]
    ]
    errors.sort(key=lambda error: (error.row, _KINDS.index(error.kind)))
    return BulletinReport(path.name, len(bulletin.rows), ties, errors)


Wrong = list[tuple[BulletinRow, str, str]]
"""Rows with what is printed and what was expected."""


def _check_ranks(bulletin: Bulletin, policy: Policy | None) -> tuple[Ties, Wrong]:
    """The convention and grouping that leave the fewest rows unexplained, and those rows."""
    scored = [row for row in bulletin.rows if row.score is not None]
    conventions: list[Ties] = [policy.ties] if policy else ["competition", "dense"]
    best: tuple[Ties, Wrong] | None = None
    for grouping in _groupings(scored):
        groups: dict[object, list[BulletinRow]] = {}
        for row, group in zip(scored, grouping, strict=True):
            groups.setdefault(group, []).append(row)
        for ties in conventions:
            wrong = [
                entry for rows in groups.values() for entry in _wrong_ranks(rows, ties, bulletin.ascending)
            ]
            if best is None or len(wrong) < len(best[1]):
                best = ties, wrong
    assert best is not None
    if bulletin.serial and _is_mere_numbering(bulletin.rows) and 3 * len(best[1]) > len(scored):
        return best[0], []
    return best


def _groupings(rows: Sequence[BulletinRow]) -> list[list[object]]:
    """Ways to split the rows into ranked groups, the likeliest first."""
    whole: list[object] = [""] * len(rows)
    groupings: list[list[object]] = []
    if len({row.group for row in rows}) > 1:
        groupings.append([row.group for row in rows])
    if len({row.block for row in rows}) > 1:
        groupings.append([row.block for row in rows])
    groupings.append(whole)
    restarts, run, previous = [], 0, 0
    for row in rows:
        if row.rank == 1 and previous > 1:
            run += 1
        previous = row.rank or previous
        restarts.append(run)
    if run and rows[0].rank == 1:
        groupings.append(list(restarts))
    return groupings


def _wrong_ranks(rows: Sequence[BulletinRow], ties: Ties, ascending: bool) -> Wrong:
    """Rows of one group whose printed rank does not follow.

    A list that shows only some places (the last five, say) is judged from its own best place on.
    """
    sign = -1 if ascending else 1
    from_one = ranks([(sign * (row.score or Decimal(0)),) for row in rows], ties)
    best: Wrong | None = None
    for offset in _offsets(rows, from_one):
        wrong = [
            (row, row.rank_text, str(rank + offset))
            for row, rank in zip(rows, from_one, strict=True)
            if row.rank != rank + offset
        ]
        if best is None or len(wrong) < len(best):
            best = wrong
    return best or []


def _offsets(rows: Sequence[BulletinRow], from_one: Sequence[int]) -> list[int]:
    """No offset, or the one most rows share when none of them could be counted from 1."""
    shifts = Counter(
        row.rank - rank for row, rank in zip(rows, from_one, strict=True) if row.rank is not None
    )
    printed = [row.rank for row in rows if row.rank is not None]
    if not printed or min(printed) == 1:
        return [0]
    common, _ = shifts.most_common(1)[0]
    return [0, common] if common > 0 else [0]


def _is_mere_numbering(rows: Sequence[BulletinRow]) -> bool:
    return [row.rank for row in rows] == list(range(1, len(rows) + 1))


def _check_totals(bulletin: Bulletin) -> Wrong:
    expected = expected_totals(bulletin)
    return [
        (row, f"{row.score}", f"{expected[row.number]}") for row in bulletin.rows if row.number in expected
    ]


def _check_bands(bulletin: Bulletin, policy: Policy | None) -> Wrong:
    rows = [row for row in bulletin.rows if row.band and row.score is not None]
    if policy is not None and policy.bands:
        names = {band.name for band in policy.bands}
        if not rows or not {row.band for row in rows} & names:
            return []
        return [
            (row, row.band, expected)
            for row in rows
            if (expected := band_of(row.score or Decimal(0), policy.bands)) != row.band
        ]
    return _odd_bands(rows)


def _odd_bands(rows: Sequence[BulletinRow]) -> Wrong:
    """Rows whose band stands among those of another band, when all others fall into clean ranges."""
    scores: dict[str, list[Decimal]] = {}
    for row in rows:
        scores.setdefault(row.band, []).append(row.score or Decimal(0))
    if len(scores) < 2 or min(len(values) for values in scores.values()) < 2:
        return []
    level = {
        band: place
        for place, band in enumerate(
            sorted(scores, key=lambda band: sorted(scores[band])[len(scores[band]) // 2])
        )
    }
    ordered = sorted(rows, key=lambda row: (row.score or Decimal(0), level[row.band]))
    kept = _longest_rising(ordered, lambda row: level[row.band])
    odd = [row for row in ordered if row not in kept]
    if len(odd) > max(1, len(rows) // 10):
        return []
    found: Wrong = []
    for row in odd:
        below = [known for known in kept if (known.score or Decimal(0)) <= (row.score or Decimal(0))]
        found.append((row, row.band, (below[-1] if below else kept[0]).band))
    return found


def _check_order(bulletin: Bulletin, wrong: set[int]) -> Wrong:
    """Rows that stand out of place in a table that is otherwise sorted by its scores.

    A row with a wrong rank is told once, as such.
    """
    found: Wrong = []
    blocks: dict[tuple[int, str], list[BulletinRow]] = {}
    for row in bulletin.rows:
        if row.score is not None:
            blocks.setdefault((row.block, row.group), []).append(row)
    for rows in blocks.values():
        for direction in (1, -1):
            place = {row.number: direction * (row.score or Decimal(0)) for row in rows}
            kept = _longest_rising(rows, lambda row: place[row.number])  # noqa: B023 - used at once
            odd = [row for row in rows if row not in kept]
            if len(rows) >= _FEWEST_ROWS_FOR_ORDER and len(odd) <= max(1, len(rows) // 10):
                ordered = sorted(rows, key=lambda row: (place[row.number], row.number))
                found += [
                    (row, str(row.number), str(rows[ordered.index(row)].number))
                    for row in odd
                    if row.number not in wrong
                ]
                break
    return found


def _longest_rising(
    rows: Sequence[BulletinRow], value: Callable[[BulletinRow], Decimal | int]
) -> list[BulletinRow]:
    """The longest run of rows, not necessarily neighbours, whose values never fall."""
    lengths: list[int] = []
    before: list[int] = []
    for position, row in enumerate(rows):
        choices = [i for i in range(position) if value(rows[i]) <= value(row)]
        best = max(choices, key=lambda i: lengths[i], default=-1)
        before.append(best)
        lengths.append(1 + (lengths[best] if best >= 0 else 0))
    if not rows:
        return []
    position = max(range(len(rows)), key=lambda i: lengths[i])
    kept = []
    while position >= 0:
        kept.append(rows[position])
        position = before[position]
    return kept[::-1]


def _check_names(bulletin: Bulletin) -> Wrong:
    seen: set[tuple[int, str, str]] = set()
    found: Wrong = []
    for row in bulletin.rows:
        key = (row.block, row.group, row.name.replace(" ", ""))
        if row.name and key in seen:
            found.append((row, row.name, ""))
        seen.add(key)
    return found

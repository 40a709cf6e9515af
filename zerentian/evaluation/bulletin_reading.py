"""Reading a published ranking, however its table is laid out."""

from __future__ import annotations

import csv
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from zerentian.core.points import parse_number
from zerentian.core.problems import problem
from zerentian.core.tables import detect_encoding
from zerentian.core.workbooks import cell_text, read_sheet

_HEADER_SEARCH = 20
_RANK = re.compile(r"名次|排名|排序|位次|排行|^rank$")
_SERIAL = re.compile(r"^(序号|编号|no\.?)$")
_NAME = re.compile(
    r"名称|村居|村\(居\)|居\(村\)|单位|街道|镇|小区|社区|对象|村委|居委|物业|^村$|^居$|^行政村$|^村名$|^区$|^name$"
)
_TOTAL = re.compile(r"总分|总得分|综合得分|综合分|总成绩|合计|最终得分|^总评")
_SCORE = re.compile(r"得分|分数|成绩|平均分|^score$|^分值$|测评分|考评分|扣分|问题数")
_GROUP = re.compile(r"组别|类别|分组|片区|分类|^组$|类型|^group$")
_BAND = re.compile(r"等级|等次|档次|档别|榜|评定|星级|^band$")
_NOT_DATA = re.compile(r"^(合计|总计|小计|平均|均值|全镇|备注|注[::]|说明|制表|审核|填表)")
_ASCENDING = re.compile(r"扣分|问题|违规|次数")
_RANK_TEXT = re.compile(r"(?:并列)?第?(\d+)(?:名|位)?(?:\(并列\))?")
_OWN_COLUMNS = frozenset({"period", "subject", "sites", "passed_sites", "pass_rate", "rank_bonus"})


@dataclass(frozen=True, slots=True)
class BulletinRow:
    """One published row. `number` counts data rows from 1, `line` is the row Excel shows.

    `block` counts the stacked tables or captions that the row stands under.
    """

    number: int
    line: int
    rank_text: str
    rank: int | None
    name: str
    score: Decimal | None
    group: str
    block: int
    band: str
    parts: dict[str, Decimal]


@dataclass(slots=True)
class Bulletin:
    """A published table. `serial`: its ranks come from a column that may be mere numbering (序号)."""

    rows: list[BulletinRow] = field(default_factory=list)
    serial: bool = False
    ascending: bool = False
    part_names: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Columns:
    rank: int | None
    name: int | None
    score: int
    group: int | None
    band: int | None
    rest: dict[int, str]
    serial: bool


def read_bulletin(path: Path) -> Bulletin:
    """Read a table of CSV or .xlsx. Raises `ProblemsFound` when no ranking can be found in it."""
    grid = _grid(path)
    header, depth = _find_header(grid)
    if header is None:
        raise problem("bulletin.no_header", file=path.name)
    titles = _titles(grid, header, depth)
    columns = _columns(titles)
    if columns is None:
        raise problem(
            "bulletin.no_score", file=path.name, found="、".join(title for title in titles if title)
        )
    if columns.rank is None:
        raise problem("bulletin.no_rank", file=path.name, found="、".join(title for title in titles if title))
    bulletin = Bulletin(serial=columns.serial, ascending=bool(_ASCENDING.search(titles[columns.score])))
    _take_rows(bulletin, grid, header + depth, columns, titles)
    if not bulletin.rows:
        raise problem("bulletin.no_rows", file=path.name)
    bulletin.part_names = [
        name
        for name in columns.rest.values()
        if sum(name in row.parts for row in bulletin.rows) * 2 > len(bulletin.rows)
    ]
    return bulletin


def _grid(path: Path) -> list[list[str]]:
    """The table as texts, merged blocks filled with their value."""
    suffix = path.suffix.lower()
    if suffix in (".xlsx", ".xlsm", ".xls"):
        sheet = read_sheet(path)
        grid = [[cell_text(cell) for cell in row] for row in sheet.rows]
        for merge in sheet.merges:
            for row in range(merge.first_row - 1, min(merge.last_row, len(grid))):
                for column in range(merge.first_column - 1, min(merge.last_column, len(grid[row]))):
                    grid[row][column] = grid[merge.first_row - 1][merge.first_column - 1]
    elif suffix in (".csv", ".txt") or not path.exists():
        encoding = detect_encoding(path)
        with path.open(encoding=encoding, newline="") as file:
            grid = list(csv.reader(file))
    else:
        raise problem("file.unknown_type", file=path.name)
    width = max((len(row) for row in grid), default=0)
    return [[_clean(cell) for cell in row] + [""] * (width - len(row)) for row in grid]


def _clean(text: str) -> str:
    return " ".join(text.split())


def _key(text: str) -> str:
    """A header as it is compared: half width, no spaces, no brackets around units."""
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", text)).lower()


def _roles(title: str) -> int:
    key = _key(title)
    return int(
        any(pattern.search(key) for pattern in (_RANK, _SERIAL, _NAME, _TOTAL, _SCORE, _GROUP, _BAND))
        and parse_number(key) is None
        and len(key) <= 20
    )


def _find_header(grid: list[list[str]]) -> tuple[int | None, int]:
    """The header's row and how many rows it spans."""
    best, found = 1, None
    for number, row in enumerate(grid[:_HEADER_SEARCH]):
        different = [title for title in dict.fromkeys(row) if title]
        known = sum(_roles(title) for title in different)
        if known > best:
            best, found = known, number
    if found is None:
        return None, 1
    below = grid[found + 1] if found + 1 < len(grid) else []
    second = any(below) and all(parse_number(_key(cell)) is None for cell in below)
    continues = any(low and (not high or low != high) for high, low in zip(grid[found], below, strict=False))
    repeated = len(set(filter(None, grid[found]))) < len(list(filter(None, grid[found])))
    return found, 2 if second and continues and (repeated or "" in grid[found]) else 1


def _titles(grid: list[list[str]], header: int, depth: int) -> list[str]:
    """One title for each column; a second header row refines the first."""
    top = grid[header]
    if depth == 1:
        return top
    return [low if low and low != high else high for high, low in zip(top, grid[header + 1], strict=True)]


def _columns(titles: list[str]) -> _Columns | None:
    keys = [_key(title) for title in titles]

    def first(pattern: re.Pattern[str], taken: set[int]) -> int | None:
        return next((i for i, key in enumerate(keys) if i not in taken and pattern.search(key)), None)

    taken: set[int] = {i for i, key in enumerate(keys) if key in _OWN_COLUMNS or not key}
    rank = first(_RANK, taken)
    serial_column = first(_SERIAL, taken)
    serial = rank is None
    rank = serial_column if serial else rank
    taken |= {i for i in (rank, serial_column) if i is not None}
    band = first(_BAND, taken)
    taken |= {band} if band is not None else set()
    score = first(_TOTAL, taken)
    if score is None:
        score = first(_SCORE, taken)
    if score is None:
        return None
    taken.add(score)
    group = first(_GROUP, taken)
    taken |= {group} if group is not None else set()
    name = first(_NAME, taken)
    taken |= {name} if name is not None else set()
    rest = {i: title for i, title in enumerate(titles) if i not in taken}
    return _Columns(rank, name, score, group, band, rest, serial)


def _take_rows(
    bulletin: Bulletin, grid: list[list[str]], begin: int, columns: _Columns, titles: list[str]
) -> None:
    block, caption_open = 0, True
    for line, row in enumerate(grid[begin:], begin + 1):
        filled = list(dict.fromkeys(cell for cell in row if cell))
        if not filled or _NOT_DATA.match(unicodedata.normalize("NFKC", filled[0]).replace(" ", "")):
            continue
        score = parse_number(_cell(row, columns.score).removesuffix("分"))
        if len(filled) == 1 or [_key(cell) for cell in row] == [_key(title) for title in titles]:
            block += not caption_open
            caption_open = True
            continue
        rank_text = _cell(row, columns.rank)
        name = _cell(row, columns.name)
        if _NOT_DATA.match(name) or (score is None and _rank(rank_text) is None):
            continue
        caption_open = False
        bulletin.rows.append(
            BulletinRow(
                number=len(bulletin.rows) + 1,
                line=line,
                rank_text=rank_text,
                rank=_rank(rank_text),
                name=name,
                score=score,
                group=_cell(row, columns.group),
                block=block,
                band=_cell(row, columns.band),
                parts={
                    title: number
                    for position, title in columns.rest.items()
                    if (number := parse_number(row[position].removesuffix("分"))) is not None
                },
            )
        )
    _fill_groups(bulletin)


def _fill_groups(bulletin: Bulletin) -> None:
    """A group written once for the rows below it (as merged cells leave it in CSV) holds for them."""
    groups = Counter(bool(row.group) for row in bulletin.rows)
    if groups[True] == 0 or groups[False] == 0:
        return
    current = ""
    for position, row in enumerate(bulletin.rows):
        current = row.group or current
        bulletin.rows[position] = BulletinRow(
            row.number, row.line, row.rank_text, row.rank, row.name, row.score, current, row.block, row.band,
            row.parts,
        )  # fmt: skip


def _cell(row: list[str], position: int | None) -> str:
    return "" if position is None else row[position]


def _rank(text: str) -> int | None:
    found = _RANK_TEXT.fullmatch(_key(text))
    return int(found.group(1)) if found else None

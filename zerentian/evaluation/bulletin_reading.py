"""Reading a published ranking, whatever its columns are called and wherever they stand."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

from zerentian.core.points import parse_number
from zerentian.core.problems import problem
from zerentian.evaluation.bulletin_grid import Grid, key_of, read_grid

_RANK = re.compile(r"名次|排名|排序|位次|排行|^rank$")
_SERIAL = re.compile(r"^(序号|编号|no\.?)$")
_NAME = re.compile(
    r"名称|村居|村\(居\)|居\(村\)|单位|街道|镇|小区|社区|对象|村委|居委|物业|^行政村|村名|^[村居区]$|^name$"
)
_GROUP = re.compile(r"组别|类别|分组|片区|分类|^组$|类型|^group$")
_BAND = re.compile(r"等级|等次|档次|档别|榜|评定|星级|^band$")
_SCORES = (
    re.compile(r"总分|总得分|综合得分|综合分|综合成绩|总成绩|合计|最终得分|总评"),
    re.compile(r"^(得分|分数|成绩|score|分值|平均分|(考评|考核|测评|评分|检查)(得分|成绩|分数?))(\(.*\))?$"),
    re.compile(r"得分|分数|成绩|平均分|测评分|考评分|考核分"),
    re.compile(r"扣分|问题数|问题个数"),
)
_ANOTHER_TIME = re.compile(r"上月|上期|上季|去年|同期|变化|升降|同比|环比|比上")
_REMARK = re.compile(r"备注|说明|原因|情况|负责人|联系")
_ASCENDING = re.compile(r"扣分|问题|违规|次数")
_NOT_DATA = re.compile(r"^(合计|总计|小计|平均|均值|全镇|备注|注[::]|说明|制表|审核|填表)")
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
    """A published table.

    `serial`: its ranks come from a column that may be mere numbering (序号). `ascending`: less is better.
    """

    rows: list[BulletinRow]
    serial: bool
    ascending: bool
    part_names: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Columns:
    rank: int
    serial: bool
    name: int | None
    score: int
    group: int | None
    band: int | None
    rest: dict[int, str]


def read_bulletin(path: Path) -> Bulletin:
    """Read a table of CSV or .xlsx. Raises `ProblemsFound` when no ranking can be found in it."""
    grid = read_grid(path)
    columns = _columns(path, grid)
    ascending = bool(_ASCENDING.search(key_of(grid.titles[columns.score])))
    rows = _fill_groups(_data_rows(grid, columns))
    if not rows:
        raise problem("bulletin.no_rows", file=path.name)
    parts = [name for name in columns.rest.values() if sum(name in row.parts for row in rows) * 2 > len(rows)]
    return Bulletin(rows, columns.serial, ascending, parts)


def _columns(path: Path, grid: Grid) -> _Columns:
    """What each column is, by its title and by what it holds."""
    if not any(cell for _, cells in grid.lines for cell in cells):
        raise problem("bulletin.no_rows", file=path.name)
    keys = [key_of(title) for title in grid.titles]
    free = {
        i for i, key in enumerate(keys) if key and key not in _OWN_COLUMNS and not _ANOTHER_TIME.search(key)
    }
    numeric = {i for i in free if _mostly(grid.column(i), lambda text: _number(text) is not None)}

    def take(pattern: re.Pattern[str], among: set[int]) -> int | None:
        found = next((i for i in sorted(among & free) if pattern.search(keys[i])), None)
        free.discard(-1 if found is None else found)
        return found

    ranked = {i for i in free if _mostly(grid.column(i), lambda text: _rank(text) is not None)}
    rank, numbering = take(_RANK, ranked), take(_SERIAL, ranked)
    band = take(_BAND, free - numeric)
    score = _score_column(grid, keys, free & numeric, rank if rank is not None else numbering)
    titles = "、".join(title for title in grid.titles if title)
    if score is None:
        raise problem("bulletin.no_score", file=path.name, found=titles)
    free.discard(score)
    if rank is None and numbering is None:
        raise problem("bulletin.no_rank", file=path.name, found=titles)
    name = take(_NAME, free - numeric)
    group = take(_GROUP, free - numeric)
    if group is None:
        group = take(re.compile(r"^(组别?|分组|group)$"), free)
    if name is None:
        name = next((i for i in sorted(free - numeric) if not _REMARK.search(keys[i])), None)
    rest = {i: grid.titles[i] for i in sorted(free) if i != name}
    return _Columns(
        rank=numbering if rank is None and numbering is not None else rank or 0,
        serial=rank is None,
        name=name,
        score=score,
        group=group,
        band=band,
        rest=rest,
    )


def _score_column(grid: Grid, keys: list[str], numeric: set[int], rank: int | None) -> int | None:
    """The likeliest title whose figures the ranks plausibly follow; of equal titles the rightmost."""
    candidates = [i for pattern in _SCORES for i in sorted(numeric, reverse=True) if pattern.search(keys[i])]
    for candidate in candidates:
        if rank is None or _plausible(grid, keys, rank, candidate):
            return candidate
    return candidates[0] if candidates else None


def _plausible(grid: Grid, keys: list[str], rank: int, score: int) -> bool:
    """Whether at most a third of the neighbours by rank stand the wrong way round."""
    sign = 1 if _ASCENDING.search(keys[score]) else -1
    placed = sorted(
        (place, position, sign * figure)
        for position, (_, cells) in enumerate(grid.lines)
        if (place := _rank(cells[rank])) is not None and (figure := _number(cells[score])) is not None
    )
    # neighbours of equal rank belong to different groups, or are tied
    pairs = [(a, b) for a, b in pairwise(placed) if a[0] < b[0]]
    return 3 * sum(a[2] > b[2] for a, b in pairs) <= max(1, len(pairs))


def _data_rows(grid: Grid, columns: _Columns) -> list[BulletinRow]:
    rows: list[BulletinRow] = []
    block, caption_open = 0, True
    header = [key_of(title) for title in grid.titles]
    for line, cells in grid.lines:
        filled = list(dict.fromkeys(cell for cell in cells if cell))
        if not filled or _is_note(filled[0]):
            continue
        if len(filled) == 1 or [key_of(cell) for cell in cells] == header:
            block += not caption_open
            caption_open = True
            continue
        score, rank_text = _number(cells[columns.score]), cells[columns.rank]
        name = _cell(cells, columns.name)
        if _is_note(name) or (score is None and _rank(rank_text) is None):
            continue
        caption_open = False
        figures = {title: _number(cells[position]) for position, title in columns.rest.items()}
        rows.append(
            BulletinRow(
                number=len(rows) + 1,
                line=line,
                rank_text=rank_text,
                rank=_rank(rank_text),
                name=name,
                score=score,
                group=_cell(cells, columns.group),
                block=block,
                band=_cell(cells, columns.band),
                parts={title: figure for title, figure in figures.items() if figure is not None},
            )
        )
    return rows


def _fill_groups(rows: list[BulletinRow]) -> list[BulletinRow]:
    """A group written once for the rows below it (as merged cells leave it in CSV) holds for them."""
    filled, current = [], ""
    for row in rows:
        current = row.group or current
        filled.append(replace(row, group=current))
    return filled


def _is_note(text: str) -> bool:
    return bool(_NOT_DATA.match(unicodedata.normalize("NFKC", text).replace(" ", "")))


def _cell(cells: list[str], position: int | None) -> str:
    return "" if position is None else cells[position]


def _number(text: str) -> Decimal | None:
    """A figure as bulletins print it: `95.5`, `95.5分`."""
    return parse_number(text.removesuffix("分"))


def _rank(text: str) -> int | None:
    found = _RANK_TEXT.fullmatch(key_of(text))
    return int(found.group(1)) if found else None


def _mostly(texts: list[str], holds: Callable[[str], bool]) -> bool:
    return 2 * sum(holds(text) for text in texts) > len(texts)

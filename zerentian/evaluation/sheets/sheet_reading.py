"""Reading a score sheet as towns keep it: title, header, categories, content rows, sub-totals, total.

Nothing is interpreted here beyond the layout: what the words of a rule mean is `rule_words`' business.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import zip_longest
from pathlib import Path

from zerentian.core.problems import problem
from zerentian.evaluation.sheets.sheet_columns import Columns, arrange, is_header
from zerentian.evaluation.sheets.sheet_grid import Grid, read_grid

_HEADER_WITHIN = 40
_N = r"\d+(?:\.\d+)?"
_FIGURE_AT_END = re.compile(
    rf"\s*(?:[(（\[【]\s*(?:满分|共计?|总分|总计|合计|计|占|权重|最多|最高)?[加扣]?:?\s*({_N})\s*[分%]?\s*[)）\]】]"
    rf"|[:：]?\s*({_N})\s*分|[(（\[【]?(?:满分|共计?|计)\s*({_N})\s*分?[)）\]】]?)\s*$"
)
_NUMBERING = re.compile(
    r"^(?:第?[一二三四五六七八九十]+(?:、|[.．](?!\d)|\s+|部分[:：、]?)|[(（][一二三四五六七八九十\d]+[)）]、?|\d{1,2}(?:、|[.．](?!\d)))\s*"
)
_TOTAL = re.compile(
    r"(?:合计|总计|总分|共计|总得分|合计得分|总分值|总和|满分合计|分值合计|合计分值|合计总分)"
)
_SUBTOTAL = re.compile(r"(?:.{0,20}(?:小计|分计)|(?:本|该)(?:项|类|部分)合计)")
_FOOTER = re.compile(
    r"^(?:备注|说明|注|附注|填表说明|(?:被|受)?(?:检查?|考核?|考评|测评|评分|督查|填表|抽查|打分|记录|陪同|现场)?"
    r"(?:人员?|员|组|单位|小区|村居?|点位|地点|对象|时间|日期|部门|机构|签[字名]|盖章)(?:[(（][^)）]*[)）]|签[字名]|盖章|名称|负责人)*|负责人.{0,4}|联系.{0,4}|年月日)"
    r"(?:[:：_]|\s|$)"
)
_ATTACHMENT = re.compile(r"^附[件表][\d一二三四五六七八九十]*[:：]?$")
_RULE_WORDS = re.compile(r"扣\s*[\d一二三半]|加\s*[\d一二三半]|得\s*\d|不得分|否决|不合格|0分|零分|[扣得]分")
_SPECIAL_SECTION = re.compile(
    r"(?:(?:一票)?否决(?:性|制)?|加分|减分|扣分|加减分|加扣分|附加分?|奖惩|奖励|奖扣|附加奖惩)"
    r"(?:项目?|事项|类|指标|内容|部分|情形)*"
)
_SECTION_NUMBER = re.compile(r"第?[一二三四五六七八九十]+(?:、|部分)|[(（][一二三四五六七八九十]+[)）]")
_LONGEST_SECTION_NAME = 24
_CHINESE_NUMBER = re.compile(r"[(（]?[一二三四五六七八九十]+[)）]?、?")


@dataclass(frozen=True, slots=True)
class ContentRow:
    """One row that will be a clause; rows are those Excel shows.

    `rule_row` and `points_row` are where a merged rule or points cell begins: rows that share one, share it.
    """

    row: int
    number: str
    section: str
    contents: tuple[str, ...]
    words: str
    rule_row: int
    points: Decimal | None
    points_words: str
    points_row: int
    content_row: int


@dataclass(frozen=True, slots=True)
class PrintedSum:
    """A figure by which the sheet itself sums up: of a section, a sub-total, the whole."""

    row: int
    label: str
    figure: Decimal
    kind: str  # section | subtotal | total
    section: str
    after: int  # how many content rows stand above it


@dataclass(slots=True)
class SheetWords:
    """What a sheet says, row by row."""

    file: str
    title: str = ""
    rows: list[ContentRow] = field(default_factory=list)
    sums: list[PrintedSum] = field(default_factory=list)
    skipped: list[tuple[int, str]] = field(default_factory=list)
    has_points: bool = True


def read_score_sheet(path: Path) -> SheetWords:
    """Read the layout. Raises `ProblemsFound` when there is no header or nothing below it."""
    grid = read_grid(path)
    header = next(
        (row for row in range(min(len(grid.texts), _HEADER_WITHIN)) if _names_columns(grid, row)), None
    )
    if header is None:
        raise problem("sheet.no_header", file=path.name)
    reader = _Reader(grid, SheetWords(path.name), header)
    reader.read()
    if not reader.sheet.rows:
        raise problem("sheet.no_clauses", file=path.name, row=header + 1)
    return reader.sheet


def split_figure(text: str) -> tuple[str, Decimal | None]:
    """`一、设施设备（20分）` is the section 设施设备 of 20 points."""
    text = " ".join(text.split())
    figure = _FIGURE_AT_END.search(text)
    name = text[: figure.start()] if figure else text
    value = next((group for group in figure.groups() if group), None) if figure else None
    name = _NUMBERING.sub("", name).strip(" :：、")
    return (name, Decimal(unicodedata.normalize("NFKC", value)) if value else None) if name else (text, None)


def read_points(text: str) -> tuple[Decimal | None, str]:
    """The figure of a points cell (5, ５分, 满分5分, 0-5, -5), or None and the words that stand there."""
    plain = re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))
    figures: list[str] = re.findall(_N, plain)
    ranged = re.fullmatch(rf"0分?[-~—至]{_N}分?", plain)
    if len(figures) == 1 or ranged:
        return Decimal(figures[-1]), ""
    return None, plain.strip("-—/\\")


def is_usable(points: Decimal) -> bool:
    """True for a figure of at most eight digits before the point and four after it."""
    return points < 10**8 and points == round(points, 4)


def joined_lines(text: str) -> str:
    """A cell's lines as one: a blank between them, none after punctuation."""
    lines = [" ".join(line.split()) for line in text.splitlines()]
    whole = ""
    for line in filter(None, lines):
        whole += line if not whole or whole[-1] in "，。；：、！,;:（(" else f" {line}"
    return whole


def _names_columns(grid: Grid, row: int) -> bool:
    return is_header([text for _, text in grid.filled_cells(row)])


class _Reader:
    """Walks the rows below the header and remembers the section it is in."""

    def __init__(self, grid: Grid, sheet: SheetWords, header: int) -> None:
        self.grid, self.sheet, self.header = grid, sheet, header
        self.first = self._end_of_header()
        self.columns = self._settled(arrange(self._names()))
        self.section = ""
        self.above: list[str] = []

    def read(self) -> None:
        self._read_title()
        self.sheet.has_points = bool(self.columns.points)
        for row in range(self.first, len(self.grid.texts)):
            cells = [cell for cell in self.grid.filled_cells(row) if cell[0] not in self.columns.ignored]
            if cells and not _names_columns(self.grid, row):
                self._read_row(row, cells)

    # the header

    def _end_of_header(self) -> int:
        grid, header = self.grid, self.header
        last = max((grid.bottom(header, column) for column, _ in grid.filled_cells(header)), default=header)
        below = grid.filled_cells(header + 1) if header + 1 < len(grid.texts) else []
        if last == header and below and all(arrange([text]) != arrange([""]) for _, text in below):
            last = header + 1
        return last + 1

    def _names(self) -> list[str]:
        rows = range(self.header, self.first)
        width = max(self.grid.width(row) for row in rows)
        names = []
        for column in range(width):
            texts = [self.grid.own(row, column) for row in rows]
            block = self.grid.merges.get((self.header, column))  # one name over several columns
            over = self.grid.own(self.header, block.first_column - 1) if block else ""
            names.append(next((text for text in reversed(texts) if text), over))
        return names

    def _settled(self, columns: Columns) -> Columns:
        """Decide which column holds what where a sheet has several of a kind, or none."""
        categories, contents, rules = (
            tuple(filter(self._has_text, group))
            for group in (columns.categories, columns.contents, columns.rules)
        )
        if columns.both is not None:
            contents += (columns.both,)
            rules = rules or (columns.both,)
        if len(rules) > 1:
            rule = max(rules, key=lambda column: (self._count(column, _RULE_WORDS), column))
            contents = tuple(sorted({*contents, *rules} - {rule}))
            rules = (rule,)
        if (
            not contents
            and categories
            and (len(categories) > 1 or self._is_content(categories[0], rules or columns.points))
        ):
            categories, contents = categories[:-1], categories[-1:]
        contents = tuple(sorted(categories[1:] + contents)) or rules
        points, ignored = columns.points, columns.ignored
        if len(points) > 1:
            best = max(points, key=lambda column: (self._count(column, re.compile(r"\d")), column))
            ignored |= set(points) - {best}
            points = (best,)
        return replace(
            columns, categories=categories[:1], contents=contents, rules=rules, points=points, ignored=ignored
        )

    def _has_text(self, column: int) -> bool:
        return self._count(column, re.compile(r"\S")) > 0

    def _count(self, column: int, words: re.Pattern[str]) -> int:
        rows = range(self.first, len(self.grid.texts))
        return sum(1 for row in rows if words.search(self.grid.own(row, column)))

    def _is_content(self, column: int, beside: tuple[int, ...]) -> bool:
        """A column headed 项目 holds the contents when nearly each row with a rule has its own."""
        rows = range(self.first, len(self.grid.texts))
        ruled = [row for row in rows if any(self.grid.filled(row, other) for other in beside)]
        return sum(1 for row in ruled if self.grid.own(row, column)) * 5 >= len(ruled) * 4

    # rows

    def _read_title(self) -> None:
        parts = []
        for row in range(self.first):
            cells = self.grid.filled_cells(row)
            for column, text in cells:
                if row < self.header or column in self.columns.points:
                    self._note_whole(row, text)
            if row < self.header and len(cells) == 1 and not _is_form_line(cells[0][1]):
                parts.append(joined_lines(cells[0][1]))
        self.sheet.title = "".join(parts)

    def _note_whole(self, row: int, text: str) -> None:
        found = re.search(
            rf"[(（][^()（）]*?({_N})\s*分[^()（）]*[)）]|(?:满分|总分)\s*[:：]?\s*({_N})\s*分", text
        )
        if found:
            figure = Decimal(unicodedata.normalize("NFKC", found[1] or found[2]))
            self.sheet.sums.append(PrintedSum(row + 1, joined_lines(text), figure, "total", "", -1))

    def _read_row(self, row: int, cells: list[tuple[int, str]]) -> None:
        columns, grid = self.columns, self.grid
        if self._read_sum(row, cells):
            return
        inside = set(columns.contents) | set(columns.rules)
        own = [column for column, _ in cells if column in inside]
        whole_row = joined_lines(" ".join(text for _, text in cells))
        if _FOOTER.match(cells[0][1]) and (len(cells) < 3 or not own):
            if _RULE_WORDS.search(whole_row):
                self.sheet.skipped.append((row + 1, whole_row))
            return
        if self._is_head(row, cells, own):
            self._enter_head(row, cells)
            return
        if columns.categories and (text := grid.filled(row, columns.categories[0])):
            self._enter(grid.top(row, columns.categories[0]), text)
        if own:
            self._add(row)
        elif any(_RULE_WORDS.search(text) for _, text in cells):
            self._add(row, whole=cells[0][1])
        else:
            self.sheet.skipped.append((row + 1, whole_row))

    def _read_sum(self, row: int, cells: list[tuple[int, str]]) -> bool:
        labels = [(column, text) for column, text in cells if column not in self.columns.points][:3]
        for _column, text in labels:
            label, figure = split_figure(re.sub(r"\s+", "", text))
            bare = re.sub(r"[(（].*?[)）]|[:：]", "", label)
            whole = bool(_TOTAL.fullmatch(bare))
            if whole or _SUBTOTAL.fullmatch(bare):
                printed = [read_points(self.grid.own(row, column))[0] for column in self.columns.points]
                others = [read_points(other)[0] for _, other in cells if other != text]
                found = next((value for value in [*printed, figure, *others] if value is not None), None)
                if found is not None:
                    kind = "total" if whole else "subtotal"
                    self._note_sum(row, bare, found, kind, self.section)
                return True
        return False

    def _is_head(self, row: int, cells: list[tuple[int, str]], own: list[int]) -> bool:
        """A row that only names a section: across the sheet, or a category without content."""
        columns = self.columns
        texts = [(c, t) for c, t in cells if c not in columns.points and c != columns.number]
        number = self.grid.own(row, columns.number) if columns.number is not None else ""
        if not texts:
            texts, number = [(columns.number or 0, number)], ""
        if len(texts) != 1 or not texts[0][1]:
            return False
        column, text = texts[0]
        if not _names_a_section(text):
            return False
        if not own:
            return True
        if column in columns.rules and column not in columns.contents:
            return False
        block = self.grid.merges.get((row, column))
        wide = bool(block and block.last_column - block.first_column >= 2)
        numbered = bool(_CHINESE_NUMBER.fullmatch(number) or _SECTION_NUMBER.match(text))
        totalled = split_figure(text)[1] is not None and not number
        return wide or numbered or (not columns.categories and totalled)

    def _enter_head(self, row: int, cells: list[tuple[int, str]]) -> None:
        columns = self.columns
        texts = [t for c, t in cells if c not in columns.points and c != columns.number] or [cells[0][1]]
        self._enter(row, texts[0])
        figure = next((read_points(t)[0] for c, t in cells if c in columns.points), None)
        if figure is not None and not any(known.row == row + 1 for known in self.sheet.sums):
            self._note_sum(row, self.section, figure, "section", self.section)

    def _enter(self, row: int, text: str) -> None:
        name, figure = split_figure(text)
        if figure is not None and not any(
            known.row == row + 1 and known.section == name for known in self.sheet.sums
        ):
            self._note_sum(row, joined_lines(text), figure, "section", name)
        self.section = name

    def _note_sum(self, row: int, label: str, figure: Decimal, kind: str, section: str) -> None:
        self.sheet.sums.append(PrintedSum(row + 1, label, figure, kind, section, len(self.sheet.rows)))

    def _add(self, row: int, whole: str = "") -> None:
        """Note a content row; `whole` is the text of a row that is one cell across the sheet."""
        columns, grid = self.columns, self.grid
        before = (
            self.sheet.rows[-1] if self.sheet.rows and self.sheet.rows[-1].section == self.section else None
        )
        contents = self._contents(row, before)
        words = "\n".join(filter(None, (grid.filled(row, column) for column in columns.rules)))
        tops = [grid.top(row, column) for column in columns.contents if grid.filled(row, column)]
        content_row = max(tops, default=row) + 1
        if whole:
            contents, words, content_row = (whole,), whole, row + 1
        elif not contents and before:
            contents, content_row = before.contents, before.content_row
        points, points_words, points_row = self._points(row, before)
        self.sheet.rows.append(
            ContentRow(
                row=row + 1,
                number=grid.own(row, columns.number) if columns.number is not None else "",
                section=self.section,
                contents=contents or (self.section,),
                words=words,
                rule_row=grid.top(row, columns.rules[0]) + 1 if columns.rules else row + 1,
                points=points,
                points_words=points_words,
                points_row=points_row,
                content_row=content_row,
            )
        )

    def _contents(self, row: int, before: ContentRow | None) -> tuple[str, ...]:
        """The texts of the content columns; in CSV an empty one before the last means the one above."""
        texts = [self.grid.filled(row, column) for column in self.columns.contents]
        if self.grid.from_csv and texts and texts[-1]:
            above = self.above[: len(texts) - 1] if before else []
            texts = [text or known for text, known in zip_longest(texts, above, fillvalue="")]
        self.above = texts if any(texts) else self.above
        return tuple(filter(None, texts))

    def _points(self, row: int, before: ContentRow | None) -> tuple[Decimal | None, str, int]:
        if not self.columns.points:
            return None, "", row + 1
        column = self.columns.points[0]
        text = self.grid.filled(row, column)
        if not text and before and self.grid.from_csv and row == before.row:
            return before.points, before.points_words, before.points_row  # CSV has lost the merge
        points, words = read_points(text)
        if points is not None and not is_usable(points):
            raise problem("sheet.points_invalid", file=self.sheet.file, row=row + 1, value=text)
        return points, words, self.grid.top(row, column) + 1


def _names_a_section(text: str) -> bool:
    """设施设备（20分）, 一票否决项, 加分项（最多加2分）; but not 发现焚烧垃圾的一票否决, which is a rule."""
    name = re.sub(r"[(（].*?[)）]", "", split_figure(text)[0]).strip()
    if len(name) > _LONGEST_SECTION_NAME:
        return False
    return bool(_SPECIAL_SECTION.fullmatch(name)) or not _RULE_WORDS.search(name)


def _is_form_line(text: str) -> bool:
    return bool(
        _FOOTER.match(text)
        or _ATTACHMENT.match(re.sub(r"\s+", "", text))
        or re.search(r"[:：]\s*(?:$|_|\s)", text)
    )

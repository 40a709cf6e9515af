"""Lists of problems as others write them: their columns, dates, deadlines, names. Pure."""

from __future__ import annotations

import datetime
import difflib
import hashlib
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from zerentian.core.worktime import TownCalendar
from zerentian.people.rules import Role
from zerentian.standards.loop import Limit

COLUMNS = {
    "site": "点位", "region": "村居", "words": "问题描述", "clause": "检查项", "found": "检查日期",
    "due": "整改期限", "number": "来文编号", "ordinal": "序号", "points": "扣分", "photos": "照片",
}  # fmt: skip
"""What a row of a list may say, and how our pages call it."""
REQUIRED = ("site", "words")
_HEADINGS: dict[str, tuple[str, ...]] = {
    "site": (
        "点位名称", "点位", "小区名称", "小区", "检查点位", "检查对象", "单位名称", "检查地点", "问题点位",
        "地点", "点位编号", "地址", "位置",
    ),
    "region": ("村居", "村(居)", "居村", "居委", "村居委", "所属村居", "责任村居", "居(村)委"),
    "words": (
        "问题描述", "存在问题", "问题", "问题情况", "具体问题", "问题内容", "主要问题", "发现问题",
        "扣分原因", "情况描述",
    ),
    "clause": ("检查项", "检查项目", "检查内容", "评分项", "扣分项", "问题类别", "问题类型", "指标", "项目"),
    "found": ("检查日期", "检查时间", "发现日期", "发现时间", "督查日期", "督查时间", "日期", "时间"),
    "due": ("整改期限", "整改时限", "期限", "时限", "完成时限", "完成期限", "整改截止", "要求完成时间"),
    "number": ("问题编号", "来文编号", "工单号", "工单编号", "案件编号", "案件号", "单号", "编号"),
    "ordinal": ("序号", "序", "no", "no."),
    "points": ("扣分", "扣分值", "扣分数", "得分", "分值"),
    "photos": ("照片", "图片", "问题照片", "照片名", "照片编号", "附件"),
}  # fmt: skip
_INSIDE: dict[str, tuple[str, ...]] = {
    "site": ("点位", "小区"), "words": ("问题",), "due": ("期限", "时限"), "found": ("日期",),
    "photos": ("照片", "图片"), "region": ("村居", "居委"), "points": ("扣分",),
}  # fmt: skip
_SCORES = frozenset({"得分", "总分", "成绩", "考核得分", "综合得分", "名次", "排名", "达标"})
_SOURCES_OF_ROLES = {
    Role.FIELD_LEADER: "leader", Role.DEPUTY_LEADER: "leader", Role.MAIN_LEADER: "leader",
    Role.COMMITTEE: "self",
}  # fmt: skip
_DATE = re.compile(
    r"(?:(\d{4})\s*[-/.年]\s*)?(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*[日号]?"
    r"(?:[\sT]*(\d{1,2})\s*[:时点](?:\s*(\d{1,2})\s*分?)?(?::\d{1,2}(?:\.\d+)?)?)?\s*(?:前|之前|以前|止)?"
)
_PACKED_DATE = re.compile(r"(20\d\d)(\d\d)(\d\d)")
_LENGTH = re.compile(r"(\d{1,4})\s*个?\s*(工作日|工作小时|自然日|日历天|小时|天|日)\s*(?:内|之内|以内)?")
_UNITS = {
    "工作日": "working_days", "工作小时": "working_hours", "小时": "natural_hours",
    "自然日": "calendar_days", "日历天": "calendar_days", "天": "calendar_days", "日": "calendar_days",
}  # fmt: skip
_NOON, _LAST_MINUTE = datetime.time(12), datetime.time(23, 59)
_ALIKE = 0.34


def source_of(role: Role) -> str | None:
    """The source under which a role reports what it saw itself; None for roles that don't, or report any."""
    return _SOURCES_OF_ROLES.get(role)


def folded(text: str) -> str:
    """A heading or name as it is compared: NFKC, lower case, without spaces."""
    return "".join(unicodedata.normalize("NFKC", text).lower().split())


def guess_columns(header: Sequence[str], remembered: Mapping[str, str] | None = None) -> dict[str, str]:
    """Which heading says what: as remembered of the sender, else by the headings that lists usually have."""
    found = {field: name for field, name in (remembered or {}).items() if name in header and field in COLUMNS}
    for field, known in _HEADINGS.items():
        free = {folded(name): name for name in reversed(header) if name and name not in found.values()}
        match = next((free[one] for one in known if one in free), None)
        if field not in found and match:
            found[field] = match
    for field, parts in _INSIDE.items():
        left = [name for name in header if name and name not in found.values()]
        match = next((name for part in parts for name in left if part in folded(name)), None)
        if field not in found and match:
            found[field] = match
    return found


def headings_in(cells: Iterable[str]) -> int:
    """How many of a row's cells are headings that lists usually have."""
    known = {one for names in _HEADINGS.values() for one in names} | _SCORES
    return len({folded(cell) for cell in cells} & known)


def is_score_table(header: Iterable[str]) -> bool:
    """Whether a table gives scores of committees instead of problems of sites."""
    names = {folded(one) for one in header}
    problems = {*_HEADINGS["words"], *_HEADINGS["clause"], *_HEADINGS["site"]}
    return bool(names & _SCORES) and not names & problems


def read_moment(text: str, today: datetime.date) -> datetime.datetime | None:
    """A date as lists write it, at noon unless a time is given, without a zone; None for anything else.

    Without a year it is the last such day.
    """
    return _moment(text, today, _NOON, ahead=False)


def read_due(
    text: str, now: datetime.datetime, today: datetime.date, calendar: TownCalendar
) -> datetime.datetime | None:
    """A deadline as lists write it: until the end of a day, or a length of time from now, aware.

    None for anything else.
    """
    if length := _LENGTH.fullmatch(unicodedata.normalize("NFKC", text).strip()):
        count = int(length[1])
        return Limit.model_validate({_UNITS[length[2]]: count}).after(now, calendar) if count else None
    found = _moment(text, today, _LAST_MINUTE, ahead=True)
    return found.replace(tzinfo=calendar.zone) if found else None


def _moment(
    text: str, today: datetime.date, usual: datetime.time, *, ahead: bool
) -> datetime.datetime | None:
    text = unicodedata.normalize("NFKC", text).strip()
    if packed := _PACKED_DATE.fullmatch(text):
        text = "-".join(packed.groups())
    found = _DATE.fullmatch(text)
    if found is None:
        return None
    year, month, day, hour, minute = (int(part) if part else None for part in found.groups())
    try:
        time = usual if hour is None else datetime.time(hour, minute or 0)
        date = datetime.date(year or today.year, month or 0, day or 0)
        if year is None:
            date = _nearest(date, today, ahead)
        return datetime.datetime.combine(date, time)
    except ValueError:
        return None


def _nearest(date: datetime.date, today: datetime.date, ahead: bool) -> datetime.date:
    """A day without its year: of things past the last one, of deadlines the next within half a year."""
    half = datetime.timedelta(days=183)
    if not ahead:
        return date if date <= today else date.replace(year=date.year - 1)
    return date if date >= today - half else date.replace(year=date.year + 1)


def row_hash(*texts: str) -> str:
    """What a row is known by whose sender gives no number."""
    return "#" + hashlib.sha256("\x1f".join(folded(one) for one in texts).encode()).hexdigest()[:40]


@dataclass(frozen=True, slots=True)
class Named:
    """A thing that has a name to be compared."""

    id: str
    key: str


class Likeness:
    """Finds the names that are most like another: those that contain it first, then by common pieces."""

    def __init__(self, known: Iterable[Named]) -> None:
        self._known = list(known)
        self._by_piece: defaultdict[str, list[int]] = defaultdict(list)
        for number, one in enumerate(self._known):
            for piece in _pieces(one.key):
                self._by_piece[piece].append(number)

    def most_like(self, name: str, most: int = 8) -> list[str]:
        """Ids of the names that are most like this one, the likest first."""
        key = folded(name)
        common: Counter[int] = Counter()
        for piece in _pieces(key):
            common.update(self._by_piece[piece])
        near = sorted(common, key=lambda number: (-common[number], number))[: 5 * most]
        rated = [(self._rate(key, self._known[number].key), self._known[number]) for number in near]
        rated = sorted((one for one in rated if one[0] >= _ALIKE), key=lambda one: (-one[0], one[1].key))
        return [one.id for _, one in rated[:most]]

    @staticmethod
    def _rate(key: str, other: str) -> float:
        inside = key in other or other in key
        return difflib.SequenceMatcher(None, key, other, autojunk=False).ratio() + (1 if inside else 0)


def _pieces(key: str) -> set[str]:
    return {key[place : place + 2] for place in range(len(key) - 1)} | set(key)


def dotted(data: object, path: str) -> object:
    """What lies at a dotted path such as `data.device.code` or `items.0.id`; None where nothing does."""
    for part in path.split("."):
        if isinstance(data, dict):
            data = data.get(part)
        elif isinstance(data, list) and part.isdecimal() and int(part) < len(data):
            data = data[int(part)]
        else:
            return None
    return data

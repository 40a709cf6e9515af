"""Sites from a town's own table: what each row would do, told before anything is saved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from zerentian.core.points import parse_count, parse_number
from zerentian.core.problems import ProblemList
from zerentian.core.tables import open_table
from zerentian.people.models import Account, Organisation
from zerentian.people.rules import Right
from zerentian.places.models import Region, Site, SiteKind
from zerentian.places.rules import name_key, opening_text, parse_opening

REQUIRED = ("编号", "类型", "名称", "村居代码")
OPTIONAL = ("地址", "户数", "纬度", "经度", "投放时段", "物业企业")
MOST_ROWS = 20_000
_KINDS = {label: value for value, label in SiteKind.choices} | {value: value for value in SiteKind.values}


@dataclass(frozen=True, slots=True)
class PlannedRow:
    """What a row would do: `state` is new, changed or unchanged; `changes` names field, before and after."""

    number: int
    values: Mapping[str, object]
    state: str
    changes: list[tuple[str, str, str]]
    site: Site | None


@dataclass(slots=True)
class ImportPlan:
    """All rows of a table, and all its faults."""

    rows: list[PlannedRow] = field(default_factory=list)
    problems: ProblemList = field(default_factory=ProblemList)

    def count(self, state: str) -> int:
        """How many rows are in a state."""
        return sum(row.state == state for row in self.rows)


def plan_import(path: Path, account: Account) -> ImportPlan:
    """Read a table of sites against what is stored.

    Columns that the table lacks stay as they are. Faults go to the plan's `problems`; a file that can't be
    read at all raises `ProblemsFound`.
    """
    plan = ImportPlan()
    table = open_table(path, REQUIRED, plan.problems)
    if table is None:
        return plan
    reader = _RowReader(account, plan.problems, table.file)
    present = [name for name in OPTIONAL if name in table.header]
    rows_of: dict[str, int] = {}
    for number, cells in table.rows((*REQUIRED, *present), plan.problems):
        if number > MOST_ROWS + 1:
            plan.problems.add("places.too_many_rows", file=table.file, row=number, limit=MOST_ROWS)
            break
        row = dict(zip((*REQUIRED, *present), (cell.strip() for cell in cells), strict=True))
        first = rows_of.setdefault(row["编号"], number)
        if first != number:
            plan.problems.add(
                "row.repeated", file=table.file, row=number, column="编号", value=row["编号"], first=first
            )
            continue
        values = reader.read(number, row)
        if values is not None:
            plan.rows.append(_planned(number, values, reader.sites.get(row["编号"])))
    return plan


class _RowReader:
    """Reads rows in the scope of one account."""

    def __init__(self, account: Account, problems: ProblemList, file: str) -> None:
        scope = account.scope(Right.MANAGE_PLACES)
        self._regions = {
            one.code: one for one in Region.objects.filter(scope.regions("code"), is_active=True)
        }
        companies = Organisation.objects.filter(
            scope.regions("region"), kind=Organisation.Kind.PROPERTY_COMPANY, is_active=True
        )
        self._companies = {name_key(one.name): one for one in companies}
        found = Site.objects.visible_to(account, Right.MANAGE_PLACES)
        self.sites = {one.code: one for one in found.select_related("region", "property_company")}
        self._problems = problems
        self._file = file

    def read(self, number: int, row: dict[str, str]) -> dict[str, object] | None:
        """The row's values by field, or None when it is faulty."""
        before = self._problems.count
        values: dict[str, object] = {
            "code": self._text(number, row, "编号", 40),
            "name": self._text(number, row, "名称", 200),
            "kind": _KINDS.get(row["类型"]),
            "region": self._regions.get(row["村居代码"]),
        }
        if values["kind"] is None:
            self._fault(number, "类型", row["类型"], "、".join(SiteKind.labels))
        if values["region"] is None:
            self._fault(number, "村居代码", row["村居代码"], "本镇在用村居的 12 位区划代码")
        if "地址" in row:
            values["address"] = row["地址"][:300]
        if "户数" in row:
            values["households"] = self._count(number, row["户数"])
        for column, name, limit in (("纬度", "latitude", 90), ("经度", "longitude", 180)):
            if column in row:
                values[name] = self._degrees(number, column, row[column], limit)
        if "投放时段" in row:
            values["opening"] = parse_opening(row["投放时段"])
            if values["opening"] is None:
                self._fault(number, "投放时段", row["投放时段"], "开始-结束，例如 06:30-08:30、18:00-20:00")
        if "物业企业" in row:
            values["property_company"] = self._company(number, row["物业企业"])
        return values if self._problems.count == before else None

    def _text(self, number: int, row: dict[str, str], column: str, longest: int) -> str:
        if not 0 < len(row[column]) <= longest:
            self._fault(number, column, row[column], f"1 至 {longest} 个字")
        return row[column]

    def _count(self, number: int, text: str) -> int | None:
        count = parse_count(text) if text else None
        if text and count is None:
            self._fault(number, "户数", text, "不小于 0 的整数，或留空")
        return count

    def _degrees(self, number: int, column: str, text: str, limit: int) -> Decimal | None:
        degrees = parse_number(text) if text else None
        if text and (degrees is None or abs(degrees) > limit):
            self._fault(number, column, text, f"-{limit} 至 {limit} 的度数（WGS-84），或留空")
            return None
        return None if degrees is None else degrees.quantize(Decimal("0.000001"))

    def _company(self, number: int, text: str) -> Organisation | None:
        company = self._companies.get(name_key(text))
        if text and company is None:
            self._fault(number, "物业企业", text, "已登记的物业企业名称，或留空")
        return company

    def _fault(self, number: int, column: str, value: str, expected: str) -> None:
        self._problems.add(
            "row.value", file=self._file, row=number, column=column, value=value, expected=expected
        )


_TITLES = {
    "kind": "类型", "name": "名称", "region": "村居", "address": "地址", "households": "户数",
    "latitude": "纬度", "longitude": "经度", "opening": "投放时段", "property_company": "物业企业",
}  # fmt: skip


def _planned(number: int, values: dict[str, object], site: Site | None) -> PlannedRow:
    if site is None:
        return PlannedRow(number, values, "new", [], None)
    changes = [
        (title, _shown(name, getattr(site, name)), _shown(name, values[name]))
        for name, title in _TITLES.items()
        if name in values and getattr(site, name) != values[name]
    ]
    return PlannedRow(number, values, "changed" if changes else "unchanged", changes, site)


def _shown(name: str, value: object) -> str:
    if name == "opening":
        return opening_text(value) or "全天"  # type: ignore[arg-type]
    return "—" if value in (None, "") else str(value)

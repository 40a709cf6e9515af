"""People from a town's own table: accounts and their posts, told before anything is saved."""

from __future__ import annotations

import datetime
import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from zerentian.core import clock
from zerentian.core.problems import ProblemList
from zerentian.core.regions import is_region
from zerentian.core.tables import open_table
from zerentian.people.models import Account, Organisation, Post
from zerentian.people.rules import Right, Role, exclusive_pair

REQUIRED = ("登录名", "姓名或岗位名", "岗位", "单位", "区划代码")
OPTIONAL = ("手机", "自", "至")
LOGIN = re.compile(r"[a-z0-9][a-z0-9._-]{2,39}")
_PHONE = re.compile(r"[0-9+ -]{5,20}")
_ROLES = {role.label: role for role in Role} | {role.value: role for role in Role}


@dataclass(frozen=True, slots=True)
class PlannedPost:
    """A row: a post for a login. `state` is new (with the account), post (added to it) or unchanged."""

    number: int
    login: str
    name: str
    phone: str
    role: Role
    organisation: Organisation
    region: str
    since: datetime.date
    until: datetime.date | None
    state: str


@dataclass(slots=True)
class PeoplePlan:
    """All rows of a table, and all its faults."""

    rows: list[PlannedPost] = field(default_factory=list)
    problems: ProblemList = field(default_factory=ProblemList)

    def count(self, state: str) -> int:
        """How many rows are in a state."""
        return sum(row.state == state for row in self.rows)


def plan_people(path: Path, account: Account) -> PeoplePlan:
    """Read a table of people in the scope of who imports. A file that is no table raises `ProblemsFound`."""
    plan = PeoplePlan()
    table = open_table(path, REQUIRED, plan.problems)
    if table is None:
        return plan
    columns = [*REQUIRED, *(name for name in OPTIONAL if name in table.header)]
    reader = _RowReader(account, plan.problems, table.file)
    for number, cells in table.rows(columns, plan.problems):
        row = {name: cell.strip() for name, cell in zip(columns, cells, strict=True)}
        planned = reader.read(number, row)
        if planned is not None:
            plan.rows.append(planned)
    reader.refuse_exclusive(plan.rows)
    return plan


class _RowReader:
    def __init__(self, account: Account, problems: ProblemList, file: str) -> None:
        self._scope = account.scope(Right.MANAGE_PEOPLE)
        organisations = Organisation.objects.filter(self._scope.regions("region"), is_active=True)
        self._organisations: defaultdict[str, list[Organisation]] = defaultdict(list)
        for one in organisations:
            self._organisations[one.name].append(one)
        self._accounts = {one.login: one for one in Account.objects.all().prefetch_related("posts")}
        self._managed = set(Account.objects.visible_to(account).values_list("login", flat=True))
        self._own = account.login
        self._names: dict[str, str] = {}
        self._problems = problems
        self._file = file

    def read(self, number: int, row: Mapping[str, str]) -> PlannedPost | None:
        """The row as a post, or None when it is faulty."""
        before = self._problems.count
        login, role = row["登录名"].lower(), _ROLES.get(row["岗位"])
        self._check_login(number, login, row["姓名或岗位名"])
        if role is None:
            self._fault(number, "岗位", row["岗位"], "、".join(one.label for one in Role))
        organisation = self._organisation(number, row)
        region = row["区划代码"]
        if not is_region(region) or not self._scope.covers(region):
            self._fault(number, "区划代码", region, "您管理范围内的 12 位区划代码")
        phone = row.get("手机", "")
        if phone and not _PHONE.fullmatch(phone):
            self._fault(number, "手机", phone, "5 至 20 位数字，或留空")
        since = self._day(number, "自", row.get("自", "")) or clock.today()
        until = self._day(number, "至", row.get("至", ""))
        if until and until < since:
            self._fault(number, "至", str(until), f"不早于 {since}")
        if self._problems.count > before or role is None or organisation is None:
            return None
        state = self._state(login, role, organisation, region)
        name = row["姓名或岗位名"]
        return PlannedPost(number, login, name, phone, role, organisation, region, since, until, state)

    def refuse_exclusive(self, rows: list[PlannedPost]) -> None:
        """Roles that no account may hold together, those it holds already among them."""
        roles: defaultdict[str, set[Role]] = defaultdict(set)
        for row in rows:
            known = self._accounts.get(row.login)
            roles[row.login] |= {row.role} | (known.roles if known else set())
            pair = exclusive_pair(roles[row.login])
            if pair:
                names = "、".join(sorted(one.label for one in pair))
                self._problems.add(
                    "people.exclusive_roles", file=self._file, row=row.number, column="岗位", roles=names
                )

    def _check_login(self, number: int, login: str, name: str) -> None:
        if not LOGIN.fullmatch(login):
            self._fault(number, "登录名", login, "3 至 40 个字母、数字和 . _ -")
        elif login == self._own or (login in self._accounts and login not in self._managed):
            self._fault(number, "登录名", login, "未被使用，或您管理范围内别人的账号")
        if not 0 < len(name) <= 60:
            self._fault(number, "姓名或岗位名", name, "1 至 60 个字")
        elif self._names.setdefault(login, name) != name:
            self._fault(number, "姓名或岗位名", name, f"与同一登录名前面的行相同（{self._names[login]}）")

    def _organisation(self, number: int, row: Mapping[str, str]) -> Organisation | None:
        found = self._organisations.get(row["单位"], [])
        near = [one for one in found if one.region == row["区划代码"]] or found
        if len(near) != 1:
            self._fault(number, "单位", row["单位"], "已登记且不重名的单位名称")
            return None
        return near[0]

    def _day(self, number: int, column: str, text: str) -> datetime.date | None:
        if not text:
            return None
        try:
            return datetime.date.fromisoformat(text.split(" ")[0].replace("/", "-"))
        except ValueError:
            self._fault(number, column, text, "YYYY-MM-DD，例如 2023-10-08，或留空")
            return None

    def _state(self, login: str, role: Role, organisation: Organisation, region: str) -> str:
        known = self._accounts.get(login)
        if known is None:
            return "new"
        held = known.posts.filter(
            Post.held_on(clock.today()), role=role, organisation=organisation, region=region
        )
        return "unchanged" if held.exists() else "post"

    def _fault(self, number: int, column: str, value: str, expected: str) -> None:
        self._problems.add(
            "row.value", file=self._file, row=number, column=column, value=value, expected=expected
        )

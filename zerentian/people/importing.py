"""People from a town's own table: accounts and their posts, told before anything is saved."""

from __future__ import annotations

import datetime
import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from zerentian.core import clock
from zerentian.core.days import parse_day
from zerentian.core.problems import ProblemList
from zerentian.core.regions import is_region
from zerentian.core.tables import open_table
from zerentian.people.models import Account, Organisation, Post
from zerentian.people.rules import Right, Role, excluded_by, overlap

REQUIRED = ("登录名", "姓名或岗位名", "岗位", "单位", "区划代码")
OPTIONAL = ("手机", "自", "至")
MOST_ROWS = 2000
LOGIN = re.compile(r"[a-z0-9][a-z0-9._-]{2,39}")
_PHONE = re.compile(r"[0-9+ -]{5,20}")
_ROLES = {role.label: role for role in Role} | {role.value: role for role in Role}


@dataclass(frozen=True, slots=True)
class PlannedPost:
    """A row: a post for a login. `state` is new (with the account), post (added to it) or unchanged.

    `changes` names what of a known account the row changes, with before and after.
    """

    number: int
    login: str
    name: str
    phone: str
    account: Account | None
    post: Post
    state: str
    changes: list[tuple[str, str, str]]


@dataclass(slots=True)
class PeoplePlan:
    """All rows of a table, and all its faults."""

    rows: list[PlannedPost] = field(default_factory=list)
    problems: ProblemList = field(default_factory=ProblemList)

    @property
    def counts(self) -> dict[str, int]:
        """How many rows are in each state, and how many change an account's name or phone."""
        states = [row.state for row in self.rows]
        counts = {state: states.count(state) for state in ("new", "post", "unchanged")}
        return counts | {"details": sum(bool(row.changes) for row in self.rows)}

    @property
    def has_work(self) -> bool:
        """Whether anything would be saved."""
        return any(row.changes or row.state != "unchanged" for row in self.rows)


def plan_people(path: Path, account: Account) -> PeoplePlan:
    """Read a table of people in the scope of who imports. A file that is no table raises `ProblemsFound`."""
    plan = PeoplePlan()
    table = open_table(path, REQUIRED, plan.problems)
    if table is None:
        return plan
    columns = [*REQUIRED, *(name for name in OPTIONAL if name in table.header)]
    rows = []
    for number, cells in table.rows(columns, plan.problems):
        if number > MOST_ROWS + 1:
            plan.problems.add("people.too_many_rows", file=table.file, row=number, limit=MOST_ROWS)
            break
        row = {name: cell.strip() for name, cell in zip(columns, cells, strict=True)}
        rows.append((number, row | {"登录名": row["登录名"].lower()}))
    reader = _RowReader(account, {row["登录名"] for _, row in rows}, plan.problems, table.file)
    for number, row in rows:
        planned = reader.read(number, row)
        if planned is not None:
            plan.rows.append(planned)
    return plan


class _RowReader:
    """Reads rows in the scope of one account, each against what is stored and against the rows before."""

    def __init__(self, account: Account, logins: set[str], problems: ProblemList, file: str) -> None:
        self._own = account.login
        self._scope = account.scope(Right.MANAGE_PEOPLE)
        self._organisations: defaultdict[str, list[Organisation]] = defaultdict(list)
        for one in Organisation.objects.visible_to(account).filter(is_active=True):
            self._organisations[_key(one.name)].append(one)
        known = Account.objects.filter(login__in=logins).prefetch_related("posts")
        self._accounts: dict[str, Account] = {one.login: one for one in known}
        self._rows: dict[str, list[PlannedPost]] = defaultdict(list)
        self._said: dict[tuple[str, str], str] = {}
        self._problems = problems
        self._file = file

    def read(self, number: int, row: Mapping[str, str]) -> PlannedPost | None:
        """The row as a post, or None when it is faulty."""
        before = self._problems.count
        login, name, phone = row["登录名"], row["姓名或岗位名"], row.get("手机", "")
        account = self._check_login(number, login)
        changes = self._details(number, login, name, phone)
        role = _ROLES.get(row["岗位"])
        if role is None:
            self._wrong(number, "岗位", row["岗位"], " / ".join(one.label for one in Role))
        organisation = self._organisation(number, row)
        region = row["区划代码"]
        if not is_region(region) or not self._scope.covers(region):
            self._wrong(number, "区划代码", region, "您管理范围内的 12 位区划代码")
        since = self._day(number, "自", row.get("自", ""))
        until = self._day(number, "至", row.get("至", ""))
        first = since or clock.today()
        if until and until < first:
            self._fault("people.post_dates", number, "至", since=first, until=until)
        if self._problems.count > before or role is None or organisation is None:
            return None
        post = Post(role=role, organisation=organisation, region=region, since=first, until=until)
        state = self._state(number, login, post, since is not None)
        if not state:
            return None
        planned = PlannedPost(number, login, name, phone, account, post, state, changes)
        self._rows[login].append(planned)
        return planned

    def _check_login(self, number: int, login: str) -> Account | None:
        """The account of this login, when there is one."""
        if not LOGIN.fullmatch(login):
            self._wrong(number, "登录名", login, "3 至 40 个字母、数字和 . _ -")
        account = self._accounts.get(login)
        if account and not all(self._scope.covers(post.region) for post in account.posts.all()):
            self._fault("people.not_managed", number, "登录名", value=login)
        return account

    def _details(self, number: int, login: str, name: str, phone: str) -> list[tuple[str, str, str]]:
        """What changes of a known account, told with its first row. An empty phone leaves what is there."""
        if not 0 < len(name) <= 60:
            self._wrong(number, "姓名或岗位名", name, "1 至 60 个字")
        if phone and not _PHONE.fullmatch(phone):
            self._wrong(number, "手机", phone, "5 至 20 位数字，或留空")
        account = self._accounts.get(login)
        stored = {"姓名或岗位名": account.name, "手机": account.phone} if account else {}
        changes = []
        for column, value in (("姓名或岗位名", name), ("手机", phone)):
            if not value:
                continue
            earlier = self._said.get((login, column))
            if earlier is None:
                self._said[login, column] = value
                if account and stored[column] != value:
                    changes.append((column, stored[column] or "—", value))
            elif earlier != value:
                self._fault("people.differs", number, column, value=value, other=earlier)
        return changes

    def _organisation(self, number: int, row: Mapping[str, str]) -> Organisation | None:
        name = row["单位"]
        found = self._organisations.get(_key(name), [])
        near = [one for one in found if one.region == row["区划代码"]] or found
        if not near:
            self._wrong(number, "单位", name, "管理范围内已登记、在用的单位名称")
        elif len(near) > 1:
            self._fault("people.organisations_alike", number, "单位", value=name, count=len(near))
        return near[0] if len(near) == 1 else None

    def _day(self, number: int, column: str, text: str) -> datetime.date | None:
        day = parse_day(text) if text else None
        if text and day is None:
            self._fault("date.invalid", number, column, value=text)
        return day

    def _state(self, number: int, login: str, post: Post, is_dated: bool) -> str:
        """What the row does; an empty text when it can't be done."""
        account = self._accounts.get(login)
        stored = [held for held in account.posts.all() if overlap(held, post)] if account else []
        same = next((held for held in stored if held.is_same(post)), None)
        if same and _says(post, is_dated, same):
            return "unchanged"
        earlier = [row for row in self._rows[login] if overlap(row.post, post)]
        twin = next((row for row in earlier if row.post.is_same(post)), None)
        role = Role(post.role)
        other = excluded_by(role, [Role(one.role) for one in (*stored, *(row.post for row in earlier))])
        if same:
            until = same.until or "未定"
            self._fault("people.post_held", number, "岗位", since=same.since, until=until)
        elif twin:
            self._fault("row.repeated", number, "岗位", value=role.label, first=twin.number)
        elif other:
            roles = "、".join(sorted((role.label, other.label)))
            self._fault("people.exclusive_roles", number, "岗位", roles=roles)
        elif login == self._own:
            self._fault("people.own_post", number, "登录名")
        else:
            return "post" if account else "new"
        return ""

    def _wrong(self, number: int, column: str, value: str, expected: str) -> None:
        self._fault("row.value", number, column, value=value, expected=expected)

    def _fault(self, code: str, number: int, column: str, **details: object) -> None:
        self._problems.add(code, file=self._file, row=number, column=column, **details)


def _key(name: str) -> str:
    return "".join(name.split())


def _says(post: Post, is_dated: bool, held: Post) -> bool:
    """Whether a stored post is what the row says; days that the row leaves open are not compared."""
    begins = not is_dated or post.since == held.since
    goes_on = post.until is None and (held.until is None or held.until >= clock.today())
    return begins and (goes_on or post.until == held.until)

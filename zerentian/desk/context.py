"""What the shell of every page shows: the menu and who one is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

from django.http import HttpRequest
from django.urls import reverse

from zerentian.messages.queries import COUNTED_AT_MOST, unread_of
from zerentian.people.models import Account
from zerentian.people.rules import Right

_MENU: tuple[tuple[str, str, str, tuple[Right, ...]], ...] = (
    ("首页", "desk:home", "home", ()),
    ("点位", "places:sites", "map-pin", (Right.SEE_PLACES,)),
    ("今天的检查", "rounds:today", "clipboard-check", (Right.INSPECT,)),
    ("测评", "rounds:rounds", "dice-3", (Right.SEE_ROUNDS,)),
    ("检查记录", "rounds:inspections", "checklist", (Right.SEE_INSPECTIONS, Right.INSPECT)),
    ("疑点", "rounds:flags", "alert-triangle", (Right.CORRECT_INSPECTIONS,)),
    ("手机收件", "reception:held", "device-mobile", (Right.CORRECT_INSPECTIONS,)),
    ("整改", "tickets:board", "tool", (Right.SEE_TICKETS,)),
    ("自查", "self_checks:mine", "eye", (Right.SELF_CHECK, Right.SEE_TICKETS)),
    ("登记问题", "intake:find_site", "flag", (Right.REPORT_PROBLEMS,)),
    ("商铺验证码", "shop:codes", "key", (Right.VERIFY_TICKETS,)),
    ("指导培训", "guidance:guidances", "report", (Right.SEE_TICKETS, Right.GUIDE)),
    ("结果", "results:closings", "chart-bar", (Right.SEE_RESULTS, Right.SEE_DRAFT_RESULTS)),
    ("文书", "documents:jobs", "file-text", (Right.MAKE_DOCUMENTS,)),
    ("标准", "standards:versions", "scale", (Right.SEE_STANDARDS,)),
    ("台账", "desk:ledger", "history", (Right.READ_LEDGER,)),
    ("账号", "people:accounts", "users", (Right.MANAGE_PEOPLE,)),
    ("设置", "desk:settings", "settings", (Right.MANAGE_SETTINGS,)),
)
"""Title, address, icon and the rights of which one opens it. Rooms join as they come."""


@dataclass(frozen=True, slots=True)
class MenuItem:
    """An entry of the main menu."""

    title: str
    url: str
    icon: str
    active: bool


def shell(request: HttpRequest) -> dict[str, object]:
    """Menu entries that the account may open, its roles in words, and how many messages wait for it."""
    account = getattr(request, "user", None)
    if not isinstance(account, Account):
        return {}
    return {"shell": _Shell(account, request.path)}


class _Shell:
    def __init__(self, account: Account, path: str) -> None:
        self._account = account
        self._path = path

    @property
    def menu(self) -> list[MenuItem]:
        items = []
        for title, name, icon, rights in _MENU:
            if rights and not any(self._account.has(right) for right in rights):
                continue
            url = reverse(name)
            items.append(MenuItem(title, url, icon, False))
        here = [item.url for item in items if item.url != "/" and self._path.startswith(item.url)]
        longest = max(here, key=len, default=self._path)
        return [replace(item, active=item.url == longest) for item in items]

    @cached_property
    def unread(self) -> str:
        count = unread_of(self._account)
        return "" if not count else f"{COUNTED_AT_MOST - 1}+" if count == COUNTED_AT_MOST else str(count)

    @property
    def roles(self) -> str:
        return "、".join(sorted(role.label for role in self._account.roles))

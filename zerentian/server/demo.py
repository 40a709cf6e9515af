"""The demo town: the real committees of the example month; sites, companies and people are invented."""

from __future__ import annotations

import csv
import datetime
import random
import secrets
from collections.abc import Mapping
from pathlib import Path

from django.db import transaction

from zerentian.core import clock
from zerentian.core.months import shift
from zerentian.ledger.actions import seal
from zerentian.people.models import Account, Organisation, Post, TownSettings
from zerentian.people.person import Person
from zerentian.people.rules import Role
from zerentian.places import actions as places
from zerentian.places.models import Region
from zerentian.server.demo_months import Answers, Town, play_months
from zerentian.standards import actions as standards

TOWN = "310118102000"
MONTHS = 3
_MIDDLE = (31.1085, 121.0563)
"""Near the middle of the real town, around which invented sites are scattered."""
_DEFAULTS = Path(__file__).parent.parent / "evaluation" / "defaults"
_KINDS = Organisation.Kind
_ORGANISATIONS = {
    "office": (_KINDS.DEPARTMENT, "镇社会事业发展办公室（演示）"),
    "audit": (_KINDS.DEPARTMENT, "镇审计岗（演示）"),
    "centre": (_KINDS.DEPARTMENT, "镇城市运行管理中心（演示）"),
    "building": (_KINDS.DEPARTMENT, "镇城市建设管理中心（演示）"),
    "leaders": (_KINDS.DEPARTMENT, "镇领导班子（演示）"),
    "company": (_KINDS.INSPECTION_COMPANY, "第三方测评机构（演示）"),
    "property": (_KINDS.PROPERTY_COMPANY, "物业甲（演示）"),
    "other_property": (_KINDS.PROPERTY_COMPANY, "物业乙（演示）"),
    "unit": (_KINDS.UNIT, "单位甲（演示）"),
    "enforcement": (_KINDS.ENFORCEMENT_TEAM, "综合行政执法队（演示）"),
}
_ROLES = {
    Role.SYSTEM_ADMIN: "centre",
    Role.AUDITOR: "audit",
    Role.OPERATOR: "office",
    Role.DEPUTY_LEADER: "leaders",
    Role.MAIN_LEADER: "leaders",
    Role.FIELD_LEADER: "leaders",
    Role.INSPECTION_SUPERVISOR: "company",
    Role.INSPECTOR: "company",
    Role.COMMITTEE: "committee",
    Role.PROPERTY: "property",
    Role.SITE_STAFF: "unit",
    Role.DISPATCHER: "centre",
    Role.CONSTRUCTION: "building",
    Role.ENFORCEMENT: "enforcement",
    Role.COUNCIL_MEMBER: "building",
    Role.DISTRICT_VIEWER: "office",
}
_PHRASES = (
    "湿垃圾桶内混有干垃圾", "干垃圾桶内混有可回收物", "桶身脏污、未盖", "桶满未及时清运",
    "投放点周边有小包垃圾", "无人值守", "公示牌信息未更新", "已当场告知值守人员",
)  # fmt: skip
_INSPECTORS = 4
_FACILITIES = (("waste_room", "垃圾厢房", 8), ("drop_off", "一号投放点", 4))
_OPENING = [["06:30", "09:00"], ["17:30", "20:00"]]


@transaction.atomic
def load_demo(example: Path, data: Path) -> None:
    """Fill an empty database; one that already holds a town is left alone."""
    if TownSettings.objects.exists():
        return
    first = shift(clock.this_month(), 1 - MONTHS)
    TownSettings.objects.create(
        town=TOWN, name="朱家角镇（演示）", issuer="朱家角镇人民政府（演示）", phrases="\n".join(_PHRASES)
    )
    subjects = _rows(example / "subjects.csv")
    people, lines = _people(subjects[0])
    _other_committees(subjects[1:])
    operator = Person.of(people["operator"])
    Region.objects.create(code=TOWN, name="朱家角镇", parent="310118000000")
    with clock.set_to(_a_day_before(first)):
        _set_up(operator, subjects, _rows(example / "sites.csv"), first)
    answers = _answers(_rows(example / "observations.csv"))
    town = Town(TOWN, operator, Person.of(people["deputy-leader"]), Person.of(people["dispatcher"]), answers)
    play_months(town, [shift(first, number) for number in range(MONTHS)])
    seal()
    accounts_file = data / "demo_accounts.txt"
    accounts_file.touch(mode=0o600)
    accounts_file.write_text("".join(lines), "utf-8")


def _a_day_before(month: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(f"{month}-01T09:00:00+08:00") - datetime.timedelta(days=1)


def _set_up(
    operator: Person, subjects: list[dict[str, str]], sites: list[dict[str, str]], first: str
) -> None:
    """Committees, sites and rules, as they stand before the first month."""
    for row in subjects:
        places.create_region(operator, row["subject"], row["name"], TOWN)
    _sites(operator, sites)
    for kind, folder in (("standard", "standards"), ("policy", "policies")):
        for path in sorted((_DEFAULTS / folder).glob("*.yaml")):
            version = standards.draft(operator, TOWN, kind, path.read_text("utf-8"), first)
            standards.publish(operator, version, first)


def _people(committee: Mapping[str, str]) -> tuple[dict[str, Account], list[str]]:
    """Organisations and accounts by login; a line of login and password for each role."""
    organisations = {
        key: Organisation.objects.create(kind=kind, name=name, region=TOWN)
        for key, (kind, name) in _ORGANISATIONS.items()
    }
    organisations["committee"] = Organisation.objects.create(
        kind=_KINDS.COMMITTEE, name=committee["name"], region=committee["subject"]
    )
    people, lines = {}, []
    for role, key in _ROLES.items():
        login, place = role.value.replace("_", "-"), organisations[key]
        region = place.region if role is Role.COMMITTEE else TOWN
        people[login], password = _account(login, f"{role.label}（演示）", role, place, region)
        lines.append(f"{role.label}：{login} / {password}\n")
    for number in range(2, _INSPECTORS + 1):
        name = f"第三方检查员{number}（演示）"
        _account(f"inspector-{number}", name, Role.INSPECTOR, organisations["company"], TOWN)
    return people, lines


def _other_committees(subjects: list[dict[str, str]]) -> None:
    """The other committees, each with somebody who mends; nobody signs in as them."""
    for number, row in enumerate(subjects, 2):
        place = Organisation.objects.create(kind=_KINDS.COMMITTEE, name=row["name"], region=row["subject"])
        account = Account(
            login=f"committee-{number}", name=f"{row['name']}（演示）", must_change_password=False
        )
        account.set_unusable_password()
        account.save()
        since = clock.today().replace(day=1, month=1, year=clock.today().year - 1)
        Post.objects.create(
            account=account, role=Role.COMMITTEE, organisation=place, region=row["subject"], since=since
        )


def _account(login: str, name: str, role: Role, place: Organisation, region: str) -> tuple[Account, str]:
    password = secrets.token_urlsafe(12)
    account = Account(login=login, name=name, must_change_password=False)
    account.set_password(password)
    account.save()
    since = clock.today().replace(day=1, month=1, year=clock.today().year - 1)
    Post.objects.create(account=account, role=role, organisation=place, region=region, since=since)
    return account, password


def _sites(operator: Person, rows: list[dict[str, str]]) -> None:
    regions = Region.objects.in_bulk()
    companies = list(Organisation.objects.filter(kind=_KINDS.PROPERTY_COMPANY))
    unit = Organisation.objects.get(kind=_KINDS.UNIT)
    for number, row in enumerate(rows):
        chance = random.Random(row["subject"])  # noqa: S311 - scatters invented sites, no secret
        middle = [degrees + chance.uniform(-0.045, 0.045) for degrees in _MIDDLE]
        spread = random.Random(row["site"])  # noqa: S311
        latitude, longitude = (f"{degrees + spread.uniform(-0.005, 0.005):.6f}" for degrees in middle)
        homes = row["kind"] in ("compound", "village")
        values = {
            "code": row["site"], "name": row["name"], "kind": row["kind"],
            "region": regions[row["subject"]], "households": int(row["households"] or 0) or None,
            "address": f"{regions[row['subject']].name}虚构路{number % 90 + 1}号",
            "latitude": latitude, "longitude": longitude, "opening": _OPENING if homes else [],
            "property_company": companies[number % 2] if row["kind"] == "compound" else None,
            "responsible": unit if row["kind"] == "unit" and number % 9 == 0 else None,
        }  # fmt: skip
        site = places.create_site(operator, values)
        if row["kind"] == "compound":
            for kind, name, containers in _FACILITIES:
                facility = {"kind": kind, "name": name, "containers": containers, "remark": "演示"}
                places.set_facility(operator, site, facility)


def _answers(rows: list[dict[str, str]]) -> dict[str, Answers]:
    """What the example month observed, by site."""
    found: dict[str, Answers] = {}
    for row in rows:
        found.setdefault(row["site"], {})[row["clause"]] = row["value"]
    return found


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))

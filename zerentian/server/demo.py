"""The demo town: the real committees of the example month, invented sites, accounts named by post."""

from __future__ import annotations

import csv
import secrets
from pathlib import Path

from django.db import transaction
from django.utils import timezone

from zerentian.ledger.actions import seal
from zerentian.people.models import Account, Organisation, Post, TownSettings
from zerentian.people.person import Person
from zerentian.people.rules import Role
from zerentian.places import actions as places
from zerentian.places.models import Region
from zerentian.standards import actions as standards

TOWN = "310118102000"
_FROM = "2023-08"
_DEFAULTS = Path(__file__).parent.parent / "evaluation" / "defaults"
_ROLES = {
    Role.SYSTEM_ADMIN: "office",
    Role.AUDITOR: "audit",
    Role.OPERATOR: "office",
    Role.DEPUTY_LEADER: "office",
    Role.INSPECTION_SUPERVISOR: "company",
    Role.INSPECTOR: "company",
    Role.COMMITTEE: "committee",
}


@transaction.atomic
def load_demo(example: Path, data: Path) -> None:
    """Fill an empty database; one that already holds a town is left alone."""
    if TownSettings.objects.exists():
        return
    TownSettings.objects.create(town=TOWN, name="朱家角镇（演示）")
    subjects = _rows(example / "subjects.csv")
    kinds = Organisation.Kind
    make = Organisation.objects.create
    organisations = {
        "office": make(kind=kinds.DEPARTMENT, name="镇社会事业发展办公室（演示）", region=TOWN),
        "audit": make(kind=kinds.DEPARTMENT, name="镇审计岗（演示）", region=TOWN),
        "company": make(kind=kinds.INSPECTION_COMPANY, name="第三方测评机构（演示）", region=TOWN),
        "committee": make(kind=kinds.COMMITTEE, name=subjects[0]["name"], region=subjects[0]["subject"]),
    }
    lines = []
    accounts = {}
    for role, key in _ROLES.items():
        password = secrets.token_urlsafe(12)
        account = Account(
            login=role.value.replace("_", "-"), name=f"{role.label}（演示）", must_change_password=False
        )
        account.set_password(password)
        account.save()
        organisation = organisations[key]
        region = organisation.region if role is Role.COMMITTEE else TOWN
        Post.objects.create(
            account=account, role=role, organisation=organisation, region=region, since=timezone.localdate()
        )
        accounts[role] = account
        lines.append(f"{role.label}：{account.login} / {password}\n")
    operator = Person.of(accounts[Role.OPERATOR])
    Region.objects.create(code=TOWN, name="朱家角镇", parent="310118000000")
    for row in subjects:
        places.create_region(operator, row["subject"], row["name"], TOWN)
    regions = Region.objects.in_bulk()
    for row in _rows(example / "sites.csv"):
        values = {
            "code": row["site"], "name": row["name"], "kind": row["kind"],
            "region": regions[row["subject"]], "households": int(row["households"] or 0) or None,
        }  # fmt: skip
        places.create_site(operator, values)
    for kind, folder in (("standard", "standards"), ("policy", "policies")):
        for path in sorted((_DEFAULTS / folder).glob("*.yaml")):
            version = standards.draft(operator, TOWN, kind, path.read_text("utf-8"), _FROM)
            standards.publish(operator, version, _FROM)
    seal()
    accounts_file = data / "demo_accounts.txt"
    accounts_file.touch(mode=0o600)
    accounts_file.write_text("".join(lines), "utf-8")


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))

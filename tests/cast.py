"""The cast: the same few people in every test of the rooms, each with a clear relation to the town.

Two towns; in ours two committees with a compound each. Everybody's password is `PASSWORD`.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field

import pytest
from django.test import Client

from zerentian.people.models import Account, Organisation, Post, TownSettings
from zerentian.people.person import Person
from zerentian.people.rules import Role
from zerentian.places.models import Region, Site
from zerentian.places.rules import initials, name_key, pinyin

PASSWORD = "correct-horse-battery"
TOWN, OTHER_TOWN = "310118102000", "310118103000"
VILLAGE, NEIGHBOUR, FAR_VILLAGE = "310118102201", "310118102202", "310118103201"
LONG_AGO = datetime.date(2020, 1, 1)


@dataclass
class Cast:
    """Who and what a test may need."""

    organisations: dict[str, Organisation]
    accounts: dict[str, Account]
    sites: dict[str, Site] = field(default_factory=dict)

    def __getattr__(self, name: str) -> Account:
        """An account by its part: `cast.operator`."""
        try:
            return self.__dict__["accounts"][name]
        except KeyError:
            raise AttributeError(name) from None

    def person(self, name: str) -> Person:
        """The account as one who acts."""
        return Person.of(Account.objects.get(pk=self.accounts[name].pk))

    def client(self, name: str) -> Client:
        """A browser in which the account is signed in."""
        client = Client()
        client.force_login(self.accounts[name], "django.contrib.auth.backends.ModelBackend")
        return client


PARTS: dict[str, tuple[Role, str, str]] = {
    "admin": (Role.SYSTEM_ADMIN, "office", TOWN),
    "auditor": (Role.AUDITOR, "audit", TOWN),
    "operator": (Role.OPERATOR, "office", TOWN),
    "second_operator": (Role.OPERATOR, "office", TOWN),
    "deputy": (Role.DEPUTY_LEADER, "office", TOWN),
    "leader": (Role.MAIN_LEADER, "office", TOWN),
    "dispatcher": (Role.DISPATCHER, "office", TOWN),
    "inspector": (Role.INSPECTOR, "inspectors", TOWN),
    "other_inspector": (Role.INSPECTOR, "inspectors", TOWN),
    "supervisor": (Role.INSPECTION_SUPERVISOR, "inspectors", TOWN),
    "village": (Role.COMMITTEE, "village", VILLAGE),
    "neighbour": (Role.COMMITTEE, "neighbour", NEIGHBOUR),
    "property": (Role.PROPERTY, "property", TOWN),
    "enforcement": (Role.ENFORCEMENT, "enforcement", TOWN),
    "outsider": (Role.OPERATOR, "far_office", OTHER_TOWN),
    "far_admin": (Role.SYSTEM_ADMIN, "far_office", OTHER_TOWN),
}


@pytest.fixture
def cast(db: None) -> Cast:
    """Both towns and everybody in them."""
    return gather()


def gather() -> Cast:
    """Write the cast into the database."""
    for code, name, parent in (
        (TOWN, "示范镇", "310118000000"),
        (OTHER_TOWN, "邻镇", "310118000000"),
        (VILLAGE, "东村", TOWN),
        (NEIGHBOUR, "西村", TOWN),
        (FAR_VILLAGE, "远村", OTHER_TOWN),
    ):
        Region.objects.create(code=code, name=name, parent=parent)
    TownSettings.objects.create(town=TOWN, name="示范镇", photo_rule="never")
    TownSettings.objects.create(town=OTHER_TOWN, name="邻镇", photo_rule="never")
    kinds = Organisation.Kind
    organisations = {
        key: Organisation.objects.create(kind=kind, name=name, region=region)
        for key, kind, name, region in (
            ("office", kinds.DEPARTMENT, "镇社发办", TOWN),
            ("audit", kinds.DEPARTMENT, "镇纪委", TOWN),
            ("inspectors", kinds.INSPECTION_COMPANY, "测评公司", TOWN),
            ("village", kinds.COMMITTEE, "东村村委会", VILLAGE),
            ("neighbour", kinds.COMMITTEE, "西村村委会", NEIGHBOUR),
            ("property", kinds.PROPERTY_COMPANY, "安居物业", TOWN),
            ("enforcement", kinds.ENFORCEMENT_TEAM, "执法队", TOWN),
            ("far_office", kinds.DEPARTMENT, "邻镇社发办", OTHER_TOWN),
        )
    }
    accounts = {}
    for part, (role, organisation, region) in PARTS.items():
        account = Account(login=part, name=f"{role.label}（{part}）", must_change_password=False)
        account.set_password(PASSWORD)
        account.save()
        Post.objects.create(
            account=account,
            role=role,
            organisation=organisations[organisation],
            region=region,
            since=LONG_AGO,
        )
        accounts[part] = account
    sites = {
        key: Site.objects.create(
            town=town,
            code=f"C-{key}",
            kind="compound",
            name=name,
            region_id=region,
            property_company=company,
            name_key=name_key(name),
            initials=initials(name),
            pinyin=pinyin(name),
        )
        for key, town, name, region, company in (
            ("own", TOWN, "东村一期", VILLAGE, organisations["property"]),
            ("next", TOWN, "西村花园", NEIGHBOUR, None),
            ("far", OTHER_TOWN, "远村小区", FAR_VILLAGE, None),
        )
    }
    return Cast(organisations, accounts, sites)

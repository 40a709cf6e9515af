"""Roles and the rights they carry. Pure.

A right says what may be done; where it may be done is the post's scope (`scope.py`). The three powers of
GB/T 22239 are kept apart: who manages accounts neither decides figures nor reads all records.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from enum import StrEnum
from typing import Protocol


class Right(StrEnum):
    """What a person may do, within the scope of the post that carries it."""

    MANAGE_PEOPLE = "manage_people"
    MANAGE_SETTINGS = "manage_settings"
    READ_LEDGER = "read_ledger"
    SEE_PLACES = "see_places"
    MANAGE_PLACES = "manage_places"
    SEE_STANDARDS = "see_standards"
    MANAGE_STANDARDS = "manage_standards"
    SEE_ROUNDS = "see_rounds"
    PLAN_ROUNDS = "plan_rounds"
    INSPECT = "inspect"
    SEE_INSPECTIONS = "see_inspections"
    CORRECT_INSPECTIONS = "correct_inspections"
    SEE_RESULTS = "see_results"
    SEE_DRAFT_RESULTS = "see_draft_results"
    CLOSE_MONTH = "close_month"
    MAKE_DOCUMENTS = "make_documents"
    SEE_TICKETS = "see_tickets"
    DISPATCH_TICKETS = "dispatch_tickets"
    HANDLE_TICKETS = "handle_tickets"
    VERIFY_TICKETS = "verify_tickets"
    REPORT_PROBLEMS = "report_problems"
    GUIDE = "guide"
    SELF_CHECK = "self_check"


class Role(StrEnum):
    """A post's role (岗位)."""

    SYSTEM_ADMIN = "system_admin"
    AUDITOR = "auditor"
    OPERATOR = "operator"
    DISPATCHER = "dispatcher"
    INSPECTION_SUPERVISOR = "inspection_supervisor"
    INSPECTOR = "inspector"
    COMMITTEE = "committee"
    PROPERTY = "property"
    SITE_STAFF = "site_staff"
    ENFORCEMENT = "enforcement"
    CONSTRUCTION = "construction"
    FIELD_LEADER = "field_leader"
    DEPUTY_LEADER = "deputy_leader"
    MAIN_LEADER = "main_leader"
    COUNCIL_MEMBER = "council_member"
    DISTRICT_VIEWER = "district_viewer"

    @property
    def label(self) -> str:
        """The Chinese name."""
        return _LABELS[self]


_LABELS = {
    Role.SYSTEM_ADMIN: "系统管理员",
    Role.AUDITOR: "审计员",
    Role.OPERATOR: "镇社发办",
    Role.DISPATCHER: "镇城运中心",
    Role.INSPECTION_SUPERVISOR: "第三方主管",
    Role.INSPECTOR: "第三方检查员",
    Role.COMMITTEE: "村居",
    Role.PROPERTY: "物业",
    Role.SITE_STAFF: "单位、商铺",
    Role.ENFORCEMENT: "综合行政执法队",
    Role.CONSTRUCTION: "镇城建中心",
    Role.FIELD_LEADER: "包干领导",
    Role.DEPUTY_LEADER: "分管领导",
    Role.MAIN_LEADER: "主要领导",
    Role.COUNCIL_MEMBER: "联席会议成员单位",
    Role.DISTRICT_VIEWER: "区、市查看",
}

_SEE_TOWN = {
    Right.SEE_PLACES,
    Right.SEE_STANDARDS,
    Right.SEE_ROUNDS,
    Right.SEE_INSPECTIONS,
    Right.SEE_RESULTS,
}
_LEAD = {
    Right.SEE_PLACES,
    Right.SEE_STANDARDS,
    Right.SEE_RESULTS,
    Right.SEE_INSPECTIONS,
    Right.SEE_TICKETS,
}
_OWN = {*_LEAD, Right.HANDLE_TICKETS}
_DISPATCH = {Right.SEE_TICKETS, Right.DISPATCH_TICKETS, Right.VERIFY_TICKETS, Right.REPORT_PROBLEMS}

RIGHTS: dict[Role, frozenset[Right]] = {
    Role.SYSTEM_ADMIN: frozenset({Right.MANAGE_PEOPLE, Right.MANAGE_SETTINGS}),
    Role.AUDITOR: frozenset({*_SEE_TOWN, Right.READ_LEDGER, Right.SEE_DRAFT_RESULTS, Right.SEE_TICKETS}),
    Role.OPERATOR: frozenset(
        {
            *_SEE_TOWN,
            *_DISPATCH,
            Right.GUIDE,
            Right.MANAGE_PLACES,
            Right.MANAGE_STANDARDS,
            Right.PLAN_ROUNDS,
            Right.CORRECT_INSPECTIONS,
            Right.SEE_DRAFT_RESULTS,
            Right.CLOSE_MONTH,
            Right.MAKE_DOCUMENTS,
        }
    ),
    Role.DISPATCHER: frozenset({*_SEE_TOWN, *_DISPATCH}),
    # no list of places: an inspection company answers for visits, not for sites, and its list would be empty
    Role.INSPECTION_SUPERVISOR: frozenset(
        {
            Right.SEE_STANDARDS,
            Right.SEE_ROUNDS,
            Right.SEE_INSPECTIONS,
            Right.CORRECT_INSPECTIONS,
            Right.GUIDE,
        }
    ),
    Role.INSPECTOR: frozenset({Right.INSPECT, Right.SEE_STANDARDS, Right.GUIDE}),
    Role.COMMITTEE: frozenset(
        {*_OWN, Right.VERIFY_TICKETS, Right.REPORT_PROBLEMS, Right.GUIDE, Right.SELF_CHECK}
    ),
    Role.PROPERTY: frozenset({*_OWN, Right.SELF_CHECK}),
    Role.SITE_STAFF: frozenset(_OWN),
    Role.ENFORCEMENT: frozenset({Right.SEE_PLACES, Right.SEE_STANDARDS}),
    Role.CONSTRUCTION: frozenset({Right.SEE_PLACES, Right.SEE_STANDARDS, Right.SEE_RESULTS}),
    Role.FIELD_LEADER: frozenset({*_LEAD, Right.REPORT_PROBLEMS}),
    Role.DEPUTY_LEADER: frozenset(
        {*_LEAD, Right.REPORT_PROBLEMS, Right.SEE_ROUNDS, Right.SEE_DRAFT_RESULTS, Right.CLOSE_MONTH}
    ),
    Role.MAIN_LEADER: frozenset({*_LEAD, Right.REPORT_PROBLEMS, Right.SEE_ROUNDS}),
    Role.COUNCIL_MEMBER: frozenset({Right.SEE_STANDARDS, Right.SEE_RESULTS}),
    Role.DISTRICT_VIEWER: frozenset({Right.SEE_PLACES, Right.SEE_STANDARDS, Right.SEE_RESULTS}),
}

OWN_ORGANISATION_ONLY = frozenset(
    {Role.PROPERTY, Role.SITE_STAFF, Role.INSPECTOR, Role.INSPECTION_SUPERVISOR}
)
"""Roles that see what belongs to their organisation, not all of their region."""

EXCLUSIVE = (
    frozenset({Role.SYSTEM_ADMIN, Role.AUDITOR}),
    frozenset({Role.SYSTEM_ADMIN, Role.OPERATOR}),
    frozenset({Role.AUDITOR, Role.OPERATOR}),
    frozenset({Role.INSPECTOR, Role.COMMITTEE}),
    frozenset({Role.INSPECTOR, Role.PROPERTY}),
)
"""Roles that no account may hold together."""


def excluded_by(role: Role, others: Iterable[Role]) -> Role | None:
    """One of the others that no account may hold together with `role`, or None."""
    return next((other for other in others if frozenset({role, other}) in EXCLUSIVE), None)


class Term(Protocol):
    """Something that holds from a day and maybe until one, both included."""

    @property
    def since(self) -> datetime.date:
        """The first day."""

    @property
    def until(self) -> datetime.date | None:
        """The last day, or None while there is none."""


def overlap(one: Term, other: Term) -> bool:
    """Whether there is a day on which both hold."""
    return (one.until is None or other.since <= one.until) and (
        other.until is None or one.since <= other.until
    )

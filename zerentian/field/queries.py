"""Reads of what phones sent and still owe."""

from __future__ import annotations

from django.db.models import Count, Exists, F, IntegerField, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, Greatest

from zerentian.field.models import Device, HeldReport
from zerentian.people.models import Account, Post
from zerentian.people.rules import Right
from zerentian.rounds.models import Inspection


def overseen(account: Account) -> QuerySet[Account]:
    """Accounts whose inspections somebody corrects, also those whose posts ended; never himself."""
    scope = account.scope(Right.CORRECT_INSPECTIONS)
    posts = Post.objects.filter(scope.regions("region") | scope.own("organisation_id"))
    found: QuerySet[Account] = Account.objects.filter(pk__in=posts.values("account")).exclude(pk=account.pk)
    return found


def devices_of(accounts: QuerySet[Account], *, only_owing: bool = False) -> QuerySet[Device]:
    """Their phones, each with how many reports `came` and how many are `owed`: neither here nor on it."""
    filed = Inspection.objects.filter(
        inspector=OuterRef("account"), device=OuterRef("device"), replaces=None
    ).exclude(state=Inspection.State.DRAFT)
    is_filed = Inspection.objects.filter(
        pk=OuterRef("inspection"), inspector=OuterRef("account"), device=OuterRef("device")
    )
    held = HeldReport.objects.filter(
        ~Exists(is_filed), account=OuterRef("account"), device=OuterRef("device")
    ).exclude(why=HeldReport.Why.OTHER_BYTES)
    rows = Device.objects.filter(account__in=accounts).select_related("account")
    rows = rows.annotate(came=_count(filed, "pk") + _count(held, "inspection"))
    counted = rows.annotate(owed=Greatest(F("made") - F("came") - F("waiting"), Value(0)))
    return counted.filter(owed__gt=0) if only_owing else counted


def _count(rows: QuerySet[Inspection] | QuerySet[HeldReport], field: str) -> Coalesce:
    """How many different ones, as a part of a larger query."""
    counted = rows.order_by().values("device").annotate(number=Count(field, distinct=True))
    return Coalesce(Subquery(counted.values("number"), output_field=IntegerField()), Value(0))

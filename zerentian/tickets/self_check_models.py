"""What committees and property companies saw at their own sites (自查): no score comes of it."""

from __future__ import annotations

import datetime

from django.db import models
from django.db.models import Q

from zerentian.core import clock
from zerentian.core.ids import new_id
from zerentian.people.models import Account, Organisation
from zerentian.people.rules import Right
from zerentian.places.models import Site
from zerentian.standards.models import RuleVersion


class SheetText(models.Model):
    """What self-checks asked: each text of their standard once, by its SHA-256."""

    sha256 = models.CharField(max_length=64, primary_key=True)
    text = models.TextField()


class SelfCheckQuerySet(models.QuerySet["SelfCheck"]):
    """Self-checks, as far as one may see them."""

    def visible_to(self, account: Account, right: Right = Right.SEE_TICKETS) -> SelfCheckQuerySet:
        """Those of one's regions, and those of the sites that one's own organisation answers for."""
        scope = account.scope(right)
        return self.filter(
            scope.inside("town", "site__region__code")
            | scope.own("site__property_company_id", "site__responsible_id")
        )


class SelfCheck(models.Model):
    """One look at one's own site, submitted once and never changed.

    `week` is the Monday of its week in the town; `answers` holds the observed text of each clause of
    `standard`, of which `version` is the town's own (None: the one that ships).
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    town = models.CharField(max_length=12)
    site = models.ForeignKey(Site, models.PROTECT, related_name="self_checks", verbose_name="点位")
    week = models.DateField("周")
    by = models.ForeignKey(Account, models.PROTECT, related_name="+", verbose_name="自查人")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name="单位")
    started = models.DateTimeField("开始")
    submitted = models.DateTimeField("提交", default=clock.now)
    standard = models.ForeignKey(SheetText, models.PROTECT, related_name="+")
    version = models.ForeignKey(RuleVersion, models.PROTECT, null=True, blank=True, related_name="+")
    answers = models.JSONField(default=dict)
    remark = models.CharField("备注", max_length=500, blank=True)
    problems = models.PositiveSmallIntegerField("发现问题", default=0)

    objects = SelfCheckQuerySet.as_manager()

    class Meta:
        ordering = ("-submitted", "id")
        constraints = (
            models.CheckConstraint(condition=~Q(town=""), name="self_check_of_a_town"),
            models.CheckConstraint(condition=Q(week__iso_week_day=1), name="self_check_week_is_a_monday"),
        )
        indexes = (models.Index(fields=["town", "week"]), models.Index(fields=["site", "week"]))

    def __str__(self) -> str:
        return f"{self.site.name} {self.week:%m-%d} 当周自查"

    @property
    def sunday(self) -> datetime.date:
        """The last day of its week."""
        return self.week + datetime.timedelta(days=6)


class SelfCheckPhotoQuerySet(models.QuerySet["SelfCheckPhoto"]):
    """Photos of self-checks, as far as one may see them."""

    def visible_to(self, account: Account) -> SelfCheckPhotoQuerySet:
        """Those of self-checks one may see."""
        return self.filter(self_check__in=SelfCheck.objects.visible_to(account))


class SelfCheckPhoto(models.Model):
    """A photo of a clause, by SHA-256."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    self_check = models.ForeignKey(SelfCheck, models.PROTECT, related_name="photos")
    clause = models.CharField("检查项", max_length=64)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveIntegerField()
    content_type = models.CharField(max_length=40)

    objects = SelfCheckPhotoQuerySet.as_manager()

    class Meta:
        ordering = ("clause", "id")
        constraints = (
            models.UniqueConstraint(
                fields=["self_check", "clause", "sha256"], name="one_self_check_photo_a_clause"
            ),
        )
        indexes = (models.Index(fields=["sha256"]),)

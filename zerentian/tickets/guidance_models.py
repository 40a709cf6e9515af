"""Guidance on the spot and trainings: which problems they answer, who came, their photos."""

from __future__ import annotations

from uuid import UUID

from django.db import models
from django.db.models import Q

from zerentian.core import clock
from zerentian.core.ids import new_id
from zerentian.people.models import Account, Organisation
from zerentian.people.rules import RIGHTS, Right, Role
from zerentian.places.models import Site


def guiding_organisations(account: Account) -> set[UUID]:
    """The organisations for which the account gives guidance today."""
    if not account.is_active:
        return set()
    return {post.organisation_id for post in account.current_posts if Right.GUIDE in RIGHTS[Role(post.role)]}


class GuidanceQuerySet(models.QuerySet["Guidance"]):
    """Guidance, as far as one may see it."""

    def visible_to(self, account: Account) -> GuidanceQuerySet:
        """That of one's regions and sites, and what one's own organisation gives."""
        see, guide = account.scope(Right.SEE_TICKETS), account.scope(Right.GUIDE)
        own = Q(organisation__in=guiding_organisations(account), town__in=account.towns)
        named = GuidanceSite.objects.visible_to(account).values("guidance")
        return self.filter(see.regions("town") | guide.regions("town") | own | Q(pk__in=named))


class Guidance(models.Model):
    """A visit that shows how it is done (现场指导), or a training (培训). `held_at` is the time planned
    until it was held.
    """

    class Kind(models.TextChoices):
        VISIT = "visit", "现场指导"
        TRAINING = "training", "培训"

    class State(models.TextChoices):
        PLANNED = "planned", "已安排"
        HELD = "held", "已开展"
        WITHDRAWN = "withdrawn", "已撤销"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    town = models.CharField(max_length=12)
    kind = models.CharField("类别", max_length=10, choices=Kind)
    title = models.CharField("主题", max_length=100)
    held_at = models.DateTimeField("时间")
    place = models.CharField("地点", max_length=200)
    by = models.ForeignKey(Account, models.PROTECT, related_name="+", verbose_name="开展人")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name="开展单位")
    words = models.TextField("内容", max_length=2000, blank=True)
    follow_up = models.TextField("后续要求", max_length=1000, blank=True)
    state = models.CharField("状态", max_length=10, choices=State, default=State.PLANNED)
    withdrawn = models.CharField("撤销的原因", max_length=200, blank=True)
    made = models.DateTimeField(default=clock.now)

    objects = GuidanceQuerySet.as_manager()

    class Meta:
        ordering = ("-held_at", "id")
        constraints = (
            models.CheckConstraint(condition=~Q(town=""), name="guidance_of_a_town"),
            models.CheckConstraint(
                condition=~Q(state="withdrawn") | ~Q(withdrawn=""), name="guidance_withdrawn_with_a_reason"
            ),
        )
        indexes = (models.Index(fields=["town", "held_at"]), models.Index(fields=["organisation", "held_at"]))

    def __str__(self) -> str:
        return self.title

    @property
    def is_held(self) -> bool:
        """Whether it took place."""
        return self.state == self.State.HELD


class GuidanceSiteQuerySet(models.QuerySet["GuidanceSite"]):
    """Sites of guidance, as far as one may see them."""

    def visible_to(self, account: Account) -> GuidanceSiteQuerySet:
        """Those of one's regions, one's own, and those that one's own organisation guides."""
        see, guide = account.scope(Right.SEE_TICKETS), account.scope(Right.GUIDE)
        guided = Q(guidance__organisation__in=guiding_organisations(account))
        return self.filter(
            see.inside("guidance__town", "site__region__code")
            | guide.inside("guidance__town", "site__region__code")
            | see.own("site__property_company_id", "site__responsible_id")
            | (guided & Q(guidance__town__in=account.towns))
        )

    def held(self) -> GuidanceSiteQuerySet:
        """Those of guidance that took place."""
        return self.filter(guidance__state=Guidance.State.HELD)


class GuidanceSite(models.Model):
    """A problem site that guidance answers, with the ids of the clauses it is about."""

    guidance = models.ForeignKey(Guidance, models.CASCADE, related_name="sites")
    site = models.ForeignKey(Site, models.PROTECT, related_name="guidance")
    clauses = models.JSONField("检查项", default=list, blank=True)
    ticket = models.ForeignKey(
        "tickets.Ticket",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="guidance",
        verbose_name="整改单",
    )

    objects = GuidanceSiteQuerySet.as_manager()

    class Meta:
        ordering = ("id",)
        constraints = (models.UniqueConstraint(fields=["guidance", "site"], name="one_guidance_site_a_site"),)


class Attendance(models.Model):
    """Somebody who came, as the sign-in list says. The ledger holds how many came, never who."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    guidance = models.ForeignKey(Guidance, models.CASCADE, related_name="attendances")
    name = models.CharField("姓名", max_length=60)
    organisation = models.CharField("单位", max_length=100, blank=True)
    phone = models.CharField("手机", max_length=20, blank=True)
    signed_at = models.DateTimeField("签到")

    class Meta:
        ordering = ("signed_at", "id")
        constraints = (
            models.UniqueConstraint(
                fields=["guidance", "name", "organisation"], name="one_attendance_a_person"
            ),
        )


class GuidancePhoto(models.Model):
    """A photo of guidance, filed under its SHA-256."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    guidance = models.ForeignKey(Guidance, models.CASCADE, related_name="photos")
    sha256 = models.CharField(max_length=64)
    size = models.PositiveIntegerField()
    content_type = models.CharField(max_length=40)
    by = models.ForeignKey(Account, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ("at", "id")
        constraints = (
            models.UniqueConstraint(fields=["guidance", "sha256"], name="one_guidance_photo_a_content"),
        )

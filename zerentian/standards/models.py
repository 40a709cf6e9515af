"""Versions of standards, policies and rules for rectification: YAML, and its first month."""

from __future__ import annotations

from hashlib import sha256

from django.db import models
from django.db.models import Q
from django.utils import timezone

from zerentian.core.ids import new_id
from zerentian.people.models import Account
from zerentian.people.rules import Right


class VersionQuerySet(models.QuerySet["RuleVersion"]):
    """Versions, as far as one may see them."""

    def visible_to(self, account: Account, right: Right = Right.SEE_STANDARDS) -> VersionQuerySet:
        """Versions of the towns the account has to do with; drafts only for those who manage standards."""
        if not account.has(right):
            return self.none()
        seen = self.filter(town__in=account.towns) | self.filter(account.scope(right).regions("town"))
        if account.has(Right.MANAGE_STANDARDS):
            return seen
        return seen.filter(published__isnull=False)


class RuleVersion(models.Model):
    """One version of a standard (for a kind of sites), or of a town's policy or rules for rectification.

    A published version never changes; another one follows it. It applies to whole months from
    `effective_from` on, until a later version of the same `kind` and `name` does.
    """

    class Kind(models.TextChoices):
        STANDARD = "standard", "评分标准"
        POLICY = "policy", "考评办法"
        LOOP = "loop", "整改办法"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    town = models.CharField(max_length=12)
    kind = models.CharField("类别", max_length=10, choices=Kind)
    name = models.CharField("编号", max_length=64, help_text="the id inside the YAML")
    site_kind = models.CharField("点位类型", max_length=64, blank=True)
    number = models.PositiveIntegerField("版次", default=1)
    title = models.CharField("名称", max_length=200)
    effective_from = models.CharField("自（月）", max_length=7)
    text = models.TextField("内容")
    created = models.DateTimeField(default=timezone.now)
    published = models.DateTimeField("发布时间", null=True, blank=True)

    objects = VersionQuerySet.as_manager()

    class Meta:
        ordering = ("kind", "site_kind", "-effective_from", "-number")
        constraints = (
            models.UniqueConstraint(fields=["town", "kind", "name", "number"], name="one_rule_version"),
            models.UniqueConstraint(
                fields=["town", "kind", "site_kind", "effective_from"],
                condition=Q(published__isnull=False),
                name="one_rule_a_month",
            ),
        )

    def __str__(self) -> str:
        return f"{self.title}（第{self.number}版）"

    @property
    def mark(self) -> str:
        """Tells one state of a draft from another: who changes it says which state he has seen."""
        return sha256(f"{self.effective_from}\n{self.text}".encode()).hexdigest()[:16]

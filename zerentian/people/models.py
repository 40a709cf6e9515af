"""Organisations, accounts, posts, sign-ins and a town's settings."""

from __future__ import annotations

import datetime
from functools import cached_property
from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from zerentian.core.ids import new_id
from zerentian.core.regions import town_of
from zerentian.people.rules import RIGHTS, Right, Role
from zerentian.people.scope import Scope, scope_of


class OrganisationQuerySet(models.QuerySet["Organisation"]):
    """Organisations, as far as one may see them."""

    def visible_to(self, account: Account, right: Right = Right.MANAGE_PEOPLE) -> OrganisationQuerySet:
        """Organisations in the regions where `account` holds the right."""
        return self.filter(account.scope(right).regions("region"))


class Organisation(models.Model):
    """Whoever answers for something: a committee, a department, a company, a unit."""

    class Kind(models.TextChoices):
        COMMITTEE = "committee", "村居"
        DEPARTMENT = "department", "镇部门"
        PROPERTY_COMPANY = "property_company", "物业企业"
        INSPECTION_COMPANY = "inspection_company", "第三方检查机构"
        ENFORCEMENT_TEAM = "enforcement_team", "执法队"
        UNIT = "unit", "单位、商铺"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField("类别", max_length=20, choices=Kind)
    name = models.CharField("名称", max_length=200)
    region = models.CharField("区划代码", max_length=12)
    contact = models.CharField("联系方式", max_length=100, blank=True)
    is_active = models.BooleanField("在用", default=True)

    objects = OrganisationQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["region", "kind", "name"], name="one_organisation_a_name"),
        )
        ordering = ("region", "kind", "name")

    def __str__(self) -> str:
        return self.name


class AccountQuerySet(models.QuerySet["Account"]):
    """Accounts, as far as one may see them."""

    def visible_to(self, account: Account) -> AccountQuerySet:
        """Accounts with a post in the regions where `account` manages people, and those without any post."""
        scope = account.scope(Right.MANAGE_PEOPLE)
        if scope.is_empty:
            return self.none()
        inside = Post.objects.filter(scope.regions("region"))
        outside = Post.objects.exclude(scope.regions("region"))
        return self.filter(Q(posts__in=inside) | ~Q(id__in=outside.values("account_id"))).distinct()


class AccountManager(BaseUserManager.from_queryset(AccountQuerySet)):  # type: ignore[misc]
    """Finds accounts by login, whatever the case."""

    def get_by_natural_key(self, username: str | None) -> Account:
        """The account that signs in as `username`."""
        found: Account = self.get(login=(username or "").strip().lower())
        return found


class Account(AbstractBaseUser):
    """A person who signs in. Named by post where a name is not needed."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    login = models.CharField("登录名", max_length=40, unique=True)
    name = models.CharField("姓名或岗位名", max_length=60)
    phone = models.CharField("手机", max_length=20, blank=True)
    is_active = models.BooleanField("启用", default=True)
    must_change_password = models.BooleanField(default=True)
    password_expires = models.DateTimeField("初始密码有效期", null=True, blank=True)
    created = models.DateTimeField(default=timezone.now)

    USERNAME_FIELD = "login"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]
    objects: ClassVar[AccountManager] = AccountManager()

    class Meta:
        ordering = ("login",)

    def __str__(self) -> str:
        return self.name

    @cached_property
    def current_posts(self) -> list[Post]:
        """The posts held today."""
        return list(self.posts.filter(Post.held_on(timezone.localdate())).select_related("organisation"))

    @property
    def roles(self) -> set[Role]:
        """The roles of today's posts."""
        return {Role(post.role) for post in self.current_posts}

    def scope(self, right: Right) -> Scope:
        """Where this account holds a right today; nowhere when deactivated."""
        return scope_of(self.current_posts, right) if self.is_active else Scope()

    def has(self, right: Right) -> bool:
        """Whether it holds the right anywhere."""
        return self.is_active and any(right in RIGHTS[role] for role in self.roles)

    @property
    def town(self) -> str:
        """The code of the town (or wider region) of its first post; empty without posts."""
        return next((town_of(post.region) for post in self.current_posts), "")

    @property
    def towns(self) -> set[str]:
        """The codes of the towns (or wider regions) of all its posts."""
        return {town_of(post.region) for post in self.current_posts}


class Post(models.Model):
    """A role that an account holds at an organisation for a region, from a day and maybe until one."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    account = models.ForeignKey(Account, models.CASCADE, related_name="posts")
    role = models.CharField("岗位", max_length=30, choices=[(role.value, role.label) for role in Role])
    organisation = models.ForeignKey(Organisation, models.PROTECT, verbose_name="单位", related_name="posts")
    region = models.CharField("范围（区划代码）", max_length=12)
    since = models.DateField("自", default=timezone.localdate)
    until = models.DateField("至", null=True, blank=True)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gte=F("since")), name="post_ends_after_it_begins"
            ),
        )
        ordering = ("since",)

    def __str__(self) -> str:
        return f"{self.account.name}：{Role(self.role).label}（{self.organisation.name}）"

    def is_same(self, other: Post) -> bool:
        """Whether it is the same role at the same organisation for the same region, whatever the days."""
        mine, others = ((one.role, one.organisation_id, one.region) for one in (self, other))
        return mine == others

    @staticmethod
    def held_on(day: datetime.date) -> Q:
        """Posts held on a day, both ends included."""
        return Q(since__lte=day) & (Q(until__isnull=True) | Q(until__gte=day))


class SignIn(models.Model):
    """A session somebody opened."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    account = models.ForeignKey(Account, models.CASCADE, related_name="sign_ins")
    session = models.CharField(max_length=40, unique=True)
    at = models.DateTimeField("登录时间", default=timezone.now)
    address = models.CharField("来源地址", max_length=45, blank=True)
    agent = models.CharField("设备", max_length=300, blank=True)
    ended = models.DateTimeField("结束时间", null=True)

    class Meta:
        ordering = ("-at",)


class TownSettings(models.Model):
    """What a town decides for itself."""

    class PhotoRule(models.TextChoices):
        NEVER = "never", "不要求"
        DEDUCTION = "deduction", "每个扣分项至少一张"

    town = models.CharField("区划代码", max_length=12, primary_key=True)
    name = models.CharField("镇名", max_length=60)
    second_factor_roles = models.JSONField("须动态口令的岗位", default=list, blank=True)
    photo_rule = models.CharField("取证照片", max_length=12, choices=PhotoRule, default=PhotoRule.DEDUCTION)
    reveal_hour = models.PositiveSmallIntegerField("当日任务公布时刻（时）", default=6)
    issuer = models.CharField("发文机关", max_length=100, blank=True)
    phrases = models.TextField("检查常用语（每行一句）", blank=True)

    class Meta:
        constraints = (models.CheckConstraint(condition=Q(reveal_hour__lte=23), name="hour_of_a_day"),)

    def __str__(self) -> str:
        return f"{self.name}设置"

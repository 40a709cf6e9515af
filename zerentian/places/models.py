"""Regions, sites and the facilities of a site."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from zerentian.core.ids import new_id
from zerentian.people.models import Account, Organisation
from zerentian.people.rules import Right


class RegionQuerySet(models.QuerySet["Region"]):
    """Regions, as far as one may see them."""

    def visible_to(self, account: Account, right: Right = Right.SEE_PLACES) -> RegionQuerySet:
        """Regions inside the account's scope of a right, and those where its own organisation has sites."""
        scope = account.scope(right)
        own = Site.objects.filter(scope.own("property_company_id", "responsible_id")).values("region_id")
        return self.filter(scope.regions("code") | Q(code__in=own))


class Region(models.Model):
    """A division by its national 12-digit code: town or committee (with what lies above)."""

    code = models.CharField("区划代码", max_length=12, primary_key=True)
    name = models.CharField("名称", max_length=200)
    parent = models.CharField("上级代码", max_length=12, blank=True)
    initials = models.CharField("拼音首字母", max_length=200, blank=True)
    pinyin = models.CharField("拼音", max_length=600, blank=True)
    is_active = models.BooleanField("在用", default=True)
    merged_into = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="merged")

    objects = RegionQuerySet.as_manager()

    class Meta:
        ordering = ("code",)
        indexes = (models.Index(fields=["parent"]),)

    def __str__(self) -> str:
        return self.name


class SiteKind(models.TextChoices):
    """The six kinds of sites of the town's plan."""

    COMPOUND = "compound", "居住小区"
    VILLAGE = "village", "行政村"
    UNIT = "unit", "单位"
    SHOP = "shop", "沿街商铺"
    PUBLIC_PLACE = "public_place", "公共场所"
    STATION = "station", "中转站"


class SiteQuerySet(models.QuerySet["Site"]):
    """Sites, as far as one may see them."""

    def visible_to(self, account: Account, right: Right = Right.SEE_PLACES) -> SiteQuerySet:
        """Sites in the account's regions, and those its own organisation manages or answers for."""
        scope = account.scope(right)
        return self.filter(scope.regions("region__code") | scope.own("property_company_id", "responsible_id"))

    def active(self) -> SiteQuerySet:
        """Sites that are inspected."""
        return self.filter(is_active=True)


class Site(models.Model):
    """What is inspected (点位).

    Positions are WGS-84 degrees; `opening` lists drop-off windows as pairs of HH:MM.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    town = models.CharField(max_length=12)
    code = models.CharField("编号", max_length=40)
    kind = models.CharField("类型", max_length=20, choices=SiteKind)
    name = models.CharField("名称", max_length=200)
    region = models.ForeignKey(Region, models.PROTECT, verbose_name="村居", related_name="sites")
    address = models.CharField("地址", max_length=300, blank=True)
    latitude = models.DecimalField("纬度", max_digits=9, decimal_places=6, null=True, blank=True)
    longitude = models.DecimalField("经度", max_digits=9, decimal_places=6, null=True, blank=True)
    households = models.PositiveIntegerField("户数", null=True, blank=True)
    responsible = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, verbose_name="管理责任人", related_name="+"
    )
    property_company = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, verbose_name="物业企业", related_name="+"
    )
    opening = models.JSONField("投放时段", default=list, blank=True)
    initials = models.CharField("拼音首字母", max_length=200, blank=True)
    name_key = models.CharField(max_length=200, blank=True, help_text="name after NFKC without spaces")
    pinyin = models.CharField(max_length=1000, blank=True, help_text="sorts by sound")
    is_active = models.BooleanField("在用", default=True)
    closed_on = models.DateField("停用日期", null=True, blank=True)
    merged_into = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="merged")
    version = models.PositiveIntegerField(default=1)

    objects = SiteQuerySet.as_manager()

    class Meta:
        ordering = ("code",)
        constraints = (
            models.UniqueConstraint(fields=["town", "code"], name="one_site_a_code"),
            models.CheckConstraint(
                condition=Q(latitude__isnull=True) | Q(latitude__range=(-90, 90)), name="latitude_on_earth"
            ),
            models.CheckConstraint(
                condition=Q(longitude__isnull=True) | Q(longitude__range=(-180, 180)),
                name="longitude_on_earth",
            ),
            models.CheckConstraint(condition=~Q(merged_into=F("id")), name="not_merged_into_itself"),
        )
        indexes = (
            models.Index(fields=["region", "kind"]),
            models.Index(fields=["town", "pinyin"]),
            models.Index(fields=["property_company"]),
            models.Index(fields=["responsible"]),
        )

    def __str__(self) -> str:
        return self.name


class Facility(models.Model):
    """A waste room, a drop-off point or the like that belongs to a site."""

    class Kind(models.TextChoices):
        WASTE_ROOM = "waste_room", "垃圾厢房"
        DROP_OFF = "drop_off", "定时定点投放点"
        LATE_DROP_OFF = "late_drop_off", "误时投放点"
        RECYCLING = "recycling", "可回收物服务点"
        BULKY = "bulky", "大件、装修垃圾堆放点"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    site = models.ForeignKey(Site, models.CASCADE, related_name="facilities")
    kind = models.CharField("类别", max_length=20, choices=Kind)
    name = models.CharField("名称", max_length=200)
    containers = models.PositiveSmallIntegerField("容器数", default=0)
    remark = models.CharField("备注", max_length=300, blank=True)

    class Meta:
        ordering = ("kind", "name")

    def __str__(self) -> str:
        return f"{self.site.name} {self.name}"

"""What is done with regions and sites. Every change leaves its before and after in the ledger."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from pathlib import Path

from django.db import transaction

from zerentian.core.problems import problem
from zerentian.core.regions import checked, town_of
from zerentian.ledger.actions import record
from zerentian.people.models import Organisation
from zerentian.people.person import Person
from zerentian.people.rules import Right
from zerentian.places.importing import ImportPlan, plan_import
from zerentian.places.models import Facility, Region, Site
from zerentian.places.rules import initials, name_key, pinyin

FIELDS = (
    "code", "kind", "name", "region", "address", "latitude", "longitude", "households", "responsible",
    "property_company", "opening",
)  # fmt: skip
"""What a person may set of a site."""
FACILITY_FIELDS = ("kind", "name", "containers", "remark")


@transaction.atomic
def create_region(by: Person, code: str, name: str, parent: str) -> Region:
    """A new committee or town."""
    by.require(Right.MANAGE_PLACES, checked(code))
    region = Region.objects.create(
        code=code, name=name, parent=parent, initials=initials(name), pinyin=pinyin(name)
    )
    record(by, "region.created", region, region=code, data={"name": name})
    return region


@transaction.atomic
def rename_region(by: Person, region: Region, name: str) -> None:
    """Another name for a committee; its code, and with it its history, stays."""
    held = Region.objects.select_for_update().get(pk=region.pk)
    by.require(Right.MANAGE_PLACES, held.code)
    name, before = name.strip(), held.name
    if name == before:
        return
    held.name, held.initials, held.pinyin = name, initials(name), pinyin(name)
    held.save()
    record(by, "region.renamed", held, region=held.code, data={"name": {"from": before, "to": name}})


@transaction.atomic
def merge_region(by: Person, region: Region, into: Region, reason: str) -> int:
    """Merge a committee into another: its sites move there, its past stays under its code.

    Returns how many sites moved. Raises `ProblemsFound` for a committee of another town or out of use.
    """
    held, target = (Region.objects.select_for_update().get(pk=one.pk) for one in (region, into))
    by.require(Right.MANAGE_PLACES, held.code)
    if held.pk == target.pk or held.parent != target.parent or not (held.is_active and target.is_active):
        raise problem("places.no_region_merge", value=target.name)
    sites = Site.objects.select_for_update().filter(region=held, is_active=True)
    for site in sites:
        site.region, site.version = target, site.version + 1
        site.save()
        moved = {"region": {"from": held.code, "to": target.code}}
        record(by, "site.changed", site, region=target.code, reason=reason, data=moved)
    held.is_active, held.merged_into = False, target
    held.save()
    record(by, "region.merged", held, region=held.code, reason=reason, data={"into": target.code})
    return len(sites)


@transaction.atomic
def set_facility(
    by: Person, site: Site, values: Mapping[str, object], facility: Facility | None = None
) -> Facility:
    """Add a facility to a site, or change one of it."""
    by.require(Right.MANAGE_PLACES, site.region_id)
    held = facility or Facility(site=site)
    before = _snapshot(held, FACILITY_FIELDS) if facility else {}
    for name in FACILITY_FIELDS:
        setattr(held, name, values[name])
    held.save()
    after = _snapshot(held, FACILITY_FIELDS)
    data = {name: {"from": before.get(name), "to": after[name]} for name in FACILITY_FIELDS}
    record(by, "facility.set", site, region=site.region_id, data=data)
    return held


@transaction.atomic
def remove_facility(by: Person, facility: Facility) -> None:
    """Take a facility off a site's list; the ledger keeps what it was."""
    site = facility.site
    by.require(Right.MANAGE_PLACES, site.region_id)
    record(by, "facility.removed", site, region=site.region_id, data=_snapshot(facility, FACILITY_FIELDS))
    facility.delete()


@transaction.atomic
def create_site(by: Person, values: Mapping[str, object]) -> Site:
    """A new site of `FIELDS`. Raises `ProblemsFound` when the code is taken in its town."""
    site = Site(**{name: values[name] for name in FIELDS if name in values})
    by.require(Right.MANAGE_PLACES, site.region_id)
    site.town = town_of(site.region_id)
    if Site.objects.filter(town=site.town, code=site.code).exists():
        raise problem("places.code_taken", value=site.code)
    _set_keys(site)
    site.save()
    record(by, "site.created", site, region=site.region_id, data=_snapshot(site, FIELDS))
    return site


@transaction.atomic
def change_site(by: Person, site: Site, values: Mapping[str, object], version: int) -> bool:
    """Change a site's fields; False when nothing differs.

    Raises `ProblemsFound` when somebody else changed it since `version` was read.
    """
    held = Site.objects.select_for_update().get(pk=site.pk)
    by.require(Right.MANAGE_PLACES, held.region_id)
    if held.version != version:
        raise problem("places.changed_meanwhile", value=held.name)
    before = _snapshot(held, FIELDS)
    for name in FIELDS:
        if name in values:
            setattr(held, name, values[name])
    by.require(Right.MANAGE_PLACES, held.region_id)
    if town_of(held.region_id) != held.town:
        raise problem("places.other_town", value=held.region_id)
    if Site.objects.filter(town=held.town, code=held.code).exclude(pk=held.pk).exists():
        raise problem("places.code_taken", value=held.code)
    after = _snapshot(held, FIELDS)
    changes = {
        name: {"from": before[name], "to": after[name]} for name in FIELDS if before[name] != after[name]
    }
    if not changes:
        return False
    _set_keys(held)
    held.version += 1
    held.save()
    record(by, "site.changed", held, region=held.region_id, data=changes)
    return True


@transaction.atomic
def close_site(by: Person, site: Site, day: datetime.date, reason: str, into: Site | None = None) -> None:
    """Close a site, or merge it into another; its past stays where it is."""
    held = Site.objects.select_for_update().get(pk=site.pk)
    by.require(Right.MANAGE_PLACES, held.region_id)
    if not held.is_active:
        raise problem("places.closed_already", value=held.name)
    if into:
        into = Site.objects.select_for_update().get(pk=into.pk)
    if into and (into.pk == held.pk or into.town != held.town or not into.is_active):
        raise problem("places.no_merge", value=into.name)
    held.is_active, held.closed_on, held.merged_into = False, day, into
    held.version += 1
    held.save()
    data = {"day": str(day), "into": str(into.pk) if into else ""}
    record(
        by, "site.merged" if into else "site.closed", held, region=held.region_id, reason=reason, data=data
    )


@transaction.atomic
def import_sites(by: Person, path: Path) -> ImportPlan:
    """Save what a table says, all of it or nothing. Raises `ProblemsFound` with all its faults."""
    by.require(Right.MANAGE_PLACES)
    assert by.holder is not None
    plan = plan_import(path, by.holder)
    plan.problems.raise_if_any()
    for row in plan.rows:
        if row.state == "new":
            create_site(by, row.values)
        elif row.site is not None:
            change_site(by, row.site, row.values, row.site.version)
    return plan


def _set_keys(site: Site) -> None:
    site.name_key, site.initials, site.pinyin = name_key(site.name), initials(site.name), pinyin(site.name)


def _snapshot(site: Site | Facility, names: Iterable[str]) -> dict[str, object]:
    values: dict[str, object] = {}
    for name in names:
        value = getattr(site, name)
        if isinstance(value, Region | Organisation):
            value = str(value.pk)
        values[name] = value if isinstance(value, list | int | None) else str(value)
    return values

"""Which rules apply in a month, and what a version is compared with."""

from __future__ import annotations

from functools import cache, lru_cache
from pathlib import Path

from django.db.models import QuerySet

from zerentian.core.data_files import load_model, parse_model
from zerentian.standards.loop import Loop
from zerentian.standards.models import RuleVersion


def version_before(version: RuleVersion, versions: QuerySet[RuleVersion]) -> RuleVersion | None:
    """Of `versions`, the published one that is in force where this one is to follow or followed."""
    return (
        versions.filter(
            town=version.town, kind=version.kind, site_kind=version.site_kind, published__isnull=False,
            effective_from__lte=version.effective_from,
        )
        .exclude(pk=version.pk)
        .order_by("effective_from", "number")
        .last()
    )  # fmt: skip


def standard_name(town: str, site_kind: str) -> str:
    """The id of a town's standard for a kind of sites: the one in use, or one made from the kind."""
    last = (
        RuleVersion.objects.filter(town=town, kind=RuleVersion.Kind.STANDARD, site_kind=site_kind)
        .order_by("created")
        .last()
    )
    return last.name if last else site_kind.replace("_", "-")


def standards_of(town: str, month: str) -> dict[str, RuleVersion]:
    """The standard of each kind of sites in a month: the latest published that applies from it or before."""
    found = RuleVersion.objects.filter(
        town=town, kind=RuleVersion.Kind.STANDARD, published__isnull=False, effective_from__lte=month
    ).order_by("effective_from", "number")
    return {version.site_kind: version for version in found}


def policy_of(town: str, month: str) -> RuleVersion | None:
    """The policy of a month."""
    return (
        RuleVersion.objects.filter(
            town=town, kind=RuleVersion.Kind.POLICY, published__isnull=False, effective_from__lte=month
        )
        .order_by("effective_from", "number")
        .last()
    )


def loop_of(town: str, month: str) -> Loop:
    """The rules for rectification of a month; those that come with the program until a town has its own."""
    found = (
        RuleVersion.objects.filter(
            town=town, kind=RuleVersion.Kind.LOOP, published__isnull=False, effective_from__lte=month
        )
        .order_by("effective_from", "number")
        .values_list("text", flat=True)
        .last()
    )
    return _loop(found) if found else _shipped_loop()


@lru_cache(maxsize=64)
def _loop(text: str) -> Loop:
    return parse_model(text, Loop, Path("整改办法.yaml"))


@cache
def _shipped_loop() -> Loop:
    return load_model(Path(__file__).parent / "defaults" / "loop-2023.yaml", Loop)

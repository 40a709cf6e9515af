"""Which rules apply in a month."""

from __future__ import annotations

from zerentian.standards.models import RuleVersion


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

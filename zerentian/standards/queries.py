"""Which rules apply in a month, and what a version says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from django.db.models import QuerySet

from zerentian.core.data_files import parse_model
from zerentian.core.problems import problem
from zerentian.evaluation.policy import Policy
from zerentian.evaluation.standard import Standard
from zerentian.standards.models import RuleVersion

_NAME = Path("内容.yaml")


def read_rule(kind: str, text: str) -> Standard | Policy:
    """The standard or policy that a text says. Raises `ProblemsFound` with all its faults."""
    rule: Standard | Policy
    if kind == RuleVersion.Kind.STANDARD:
        rule = parse_model(text, Standard, _NAME)
    else:
        rule = parse_model(text, Policy, _NAME)
    for word in _strings(rule.model_dump()):
        for character in word:
            if character == "\0" or "\ud800" <= character <= "\udfff":
                raise problem("file.control_character", file=_NAME.name, character=ascii(character))
    return rule


def _strings(value: object) -> Iterator[str]:
    """All texts of a nested value. YAML can write characters that no database holds."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _strings(key)
            yield from _strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from _strings(item)


def printed_standard(version: RuleVersion) -> Standard:
    """The standard of a version as sheets cite it: with the version's own number and first month.

    Whatever number and month stand in the text, they may be those of another version it was copied from.
    """
    standard = parse_model(version.text, Standard, _NAME)
    return standard.model_copy(
        update={"version": f"第{version.number}", "effective_from": version.effective_from}
    )


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

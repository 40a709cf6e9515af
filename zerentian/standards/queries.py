"""Which rules apply in a month, and what a version is compared with."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache
from hashlib import sha256
from pathlib import Path

from django.db.models import QuerySet

from zerentian.core.data_files import load_model, parse_model
from zerentian.evaluation.standard import Standard
from zerentian.standards.loop import Loop
from zerentian.standards.models import RuleVersion

SELF_CHECK = "self_check"
"""The `site_kind` of the one standard by which committees and property companies look at their own sites."""
_DEFAULTS = Path(__file__).parent / "defaults"


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
    """The standard of each kind of sites in a month: the latest published that applies from it or before.

    That of self-checks is not among them: nothing is scored by it.
    """
    found = RuleVersion.objects.filter(
        town=town, kind=RuleVersion.Kind.STANDARD, published__isnull=False, effective_from__lte=month
    ).order_by("effective_from", "number")
    return {version.site_kind: version for version in found.exclude(site_kind=SELF_CHECK)}


@dataclass(frozen=True, slots=True)
class SelfCheckSheet:
    """What self-checks ask: the standard, its text, and the town's version that says it (None: shipped)."""

    standard: Standard
    text: str
    version: RuleVersion | None = None

    @property
    def sha256(self) -> str:
        """By which the text is known."""
        return sha256(self.text.encode()).hexdigest()


def self_check_standard_of(town: str, month: str) -> SelfCheckSheet:
    """The short standard of a month's self-checks; the one that ships until a town has its own."""
    version = (
        RuleVersion.objects.filter(
            town=town, kind=RuleVersion.Kind.STANDARD, site_kind=SELF_CHECK,
            published__isnull=False, effective_from__lte=month,
        )
        .order_by("effective_from", "number")
        .last()
    )  # fmt: skip
    text = version.text if version else shipped_self_check()
    return SelfCheckSheet(self_check_standard(text), text, version)


@lru_cache(maxsize=64)
def self_check_standard(text: str) -> Standard:
    """The standard that a text of a self-check says."""
    return parse_model(text, Standard, Path("自查表.yaml"))


@cache
def shipped_self_check() -> str:
    """The text of the self-check that ships."""
    return (_DEFAULTS / "self_checks" / "self-check-2023.yaml").read_text("utf-8")


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
    return load_model(_DEFAULTS / "loop-2023.yaml", Loop)

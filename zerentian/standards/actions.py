"""What is done with standards and policies: drafts, publishing. A published version never changes."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from django.db import transaction
from django.utils import timezone

from zerentian.core.data_files import parse_model
from zerentian.core.months import is_month
from zerentian.core.problems import problem
from zerentian.evaluation.policy import Policy
from zerentian.evaluation.standard import Standard
from zerentian.ledger.actions import record
from zerentian.people.person import Person
from zerentian.people.rules import Right
from zerentian.standards.models import RuleVersion

_NAME = Path("内容.yaml")


@lru_cache(maxsize=256)
def read_rule(kind: str, text: str) -> Standard | Policy:
    """The standard or policy that a text says; each text is read once. Raises `ProblemsFound`."""
    if kind == RuleVersion.Kind.STANDARD:
        return parse_model(text, Standard, _NAME)
    return parse_model(text, Policy, _NAME)


@transaction.atomic
def draft(by: Person, town: str, kind: str, text: str, effective_from: str) -> RuleVersion:
    """A new draft, the next version of the rule that the text names. Raises `ProblemsFound`."""
    by.require(Right.MANAGE_STANDARDS, town)
    rule = read_rule(kind, text)
    if not is_month(effective_from):
        raise problem("month.invalid", value=effective_from)
    name = rule.standard if isinstance(rule, Standard) else rule.policy
    last = RuleVersion.objects.filter(town=town, kind=kind, name=name).order_by("number").last()
    version = RuleVersion.objects.create(
        town=town,
        kind=kind,
        name=name,
        site_kind=rule.site_kind if isinstance(rule, Standard) else "",
        number=last.number + 1 if last else 1,
        title=rule.title,
        effective_from=effective_from,
        text=text,
    )
    record(by, "rule.drafted", version, region=town, data={"name": name, "from": effective_from})
    return version


@transaction.atomic
def change_draft(by: Person, version: RuleVersion, text: str, effective_from: str) -> None:
    """Put another text into a draft; a published version never changes. Raises `ProblemsFound`."""
    held = RuleVersion.objects.select_for_update().get(pk=version.pk)
    by.require(Right.MANAGE_STANDARDS, held.town)
    if held.published:
        raise problem("standards.published_already", value=str(held))
    rule = read_rule(held.kind, text)
    name = rule.standard if isinstance(rule, Standard) else rule.policy
    if name != held.name:
        raise problem("standards.other_rule", value=name, expected=held.name)
    if not is_month(effective_from):
        raise problem("month.invalid", value=effective_from)
    held.text, held.effective_from, held.title = text, effective_from, rule.title
    held.site_kind = rule.site_kind if isinstance(rule, Standard) else ""
    held.save()
    record(by, "rule.changed", held, region=held.town, data={"from": effective_from})


@transaction.atomic
def publish(by: Person, version: RuleVersion, today_month: str) -> None:
    """Put a draft in force from its month on.

    A month that has begun keeps its rules: the first one possible is the next. Only a rule with no version
    before it may begin in the present or the past, or a town could never start.
    """
    held = RuleVersion.objects.select_for_update().get(pk=version.pk)
    by.require(Right.MANAGE_STANDARDS, held.town)
    if held.published:
        raise problem("standards.published_already", value=str(held))
    rule = read_rule(held.kind, held.text)
    if isinstance(rule, Standard):
        unsure = [clause for clause in rule.clauses if clause.is_unsure]
        if unsure:
            raise problem("standard.unsure", clause=unsure[0].id, reason=unsure[0].unsure)
    others = RuleVersion.objects.filter(
        town=held.town, kind=held.kind, site_kind=held.site_kind, published__isnull=False
    )
    if others.exists() and held.effective_from <= today_month:
        raise problem("standards.month_begun", value=held.effective_from)
    if others.filter(effective_from=held.effective_from).exists():
        raise problem("standards.month_taken", value=held.effective_from)
    held.published = timezone.now()
    held.save()
    record(by, "rule.published", held, region=held.town, data={"from": held.effective_from})

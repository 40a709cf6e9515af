"""What is done with standards and other rules: drafts, publishing. A published version never changes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path

from django.db import transaction
from django.utils import timezone
from pydantic import ValidationError

from zerentian.core.data_files import parse_model, reason_words
from zerentian.core.months import is_month
from zerentian.core.problems import ProblemList, ProblemsFound, problem
from zerentian.evaluation.policy import Policy
from zerentian.evaluation.sheets.standard_yaml import standard_yaml
from zerentian.evaluation.standard import Standard
from zerentian.ledger.actions import record
from zerentian.people.person import Person
from zerentian.people.rules import Right
from zerentian.standards.differences import differences
from zerentian.standards.editing import Change
from zerentian.standards.loop import Loop
from zerentian.standards.models import RuleVersion

_NAME = Path("内容.yaml")
_LONGEST_TITLE = 200

Rule = Standard | Policy | Loop
_MODELS: dict[RuleVersion.Kind, type[Rule]] = {
    RuleVersion.Kind.STANDARD: Standard,
    RuleVersion.Kind.POLICY: Policy,
    RuleVersion.Kind.LOOP: Loop,
}


@lru_cache(maxsize=256)
def read_rule(kind: str, text: str) -> Rule:
    """The rule of a kind that a text says; each text is read once. Raises `ProblemsFound`."""
    rule: Rule = parse_model(text, _MODELS[RuleVersion.Kind(kind)], _NAME)
    for word in _strings(rule.model_dump()):
        for character in word:
            if character == "\0" or "\ud800" <= character <= "\udfff":
                raise problem("file.control_character", file=_NAME.name, character=ascii(character))
    return rule


@transaction.atomic
def draft(by: Person, town: str, kind: str, text: str, effective_from: str) -> RuleVersion:
    """A new draft, the next version of the rule that the text names. Raises `ProblemsFound`."""
    by.require(Right.MANAGE_STANDARDS, town)
    rule = read_rule(kind, text)
    last = RuleVersion.objects.filter(town=town, kind=kind, name=_name(rule)).order_by("number").last()
    version = RuleVersion(town=town, kind=kind, name=_name(rule), number=last.number + 1 if last else 1)
    _write(version, rule, text, effective_from)
    record(by, "rule.drafted", version, region=town, data={"name": version.name, "from": effective_from})
    return version


@transaction.atomic
def change_draft(
    by: Person, version: RuleVersion, text: str, effective_from: str, seen: str = ""
) -> RuleVersion:
    """Give a draft another text and first month. `seen` is the mark of the state that was changed.

    Raises `ProblemsFound`: a version in use cannot change, and a draft that another changed meanwhile is
    not overwritten.
    """
    held = _held_draft(by, version, seen)
    before = read_rule(held.kind, held.text)
    after = read_rule(held.kind, text)
    if _name(after) != held.name:
        raise problem("standards.other_rule", value=_name(after), expected=held.name)
    data = {
        "name": held.name,
        "from": [held.effective_from, effective_from],
        "changes": [str(one) for one in differences(before, after)],
    }
    _write(held, after, text, effective_from)
    record(by, "rule.changed", held, region=held.town, data=data)
    return held


@transaction.atomic
def edit_draft(
    by: Person, version: RuleVersion, seen: str, change: Change, effective_from: str = ""
) -> RuleVersion:
    """Change a draft of a standard in one thing, see `editing`; without a month it keeps its own."""
    held = _held_draft(by, version, seen)
    rule = read_rule(held.kind, held.text)
    if not isinstance(rule, Standard):
        raise problem("standards.no_standard", value=str(held))
    try:
        changed = change(rule)
    except ValidationError as error:
        problems = ProblemList()
        for detail in error.errors():
            problems.add("data.invalid", path=rule.title or rule.standard, reason=reason_words(detail))
        raise ProblemsFound(problems.kept, problems.count) from error
    return change_draft(by, held, standard_yaml(changed), effective_from or held.effective_from, seen)


@transaction.atomic
def discard_draft(by: Person, version: RuleVersion, seen: str) -> None:
    """Delete a draft as it was `seen`; the ledger keeps what it said."""
    held = _held_draft(by, version, seen)
    record(by, "rule.discarded", held, region=held.town, data={"name": held.name, "text": held.text})
    held.delete()


@transaction.atomic
def publish(by: Person, version: RuleVersion, today_month: str, seen: str = "") -> None:
    """Put a draft in force from its month on.

    A month that has begun keeps its rules: the first one possible is the next. Only a rule with no version
    before it may begin in the present or the past, or a town could never start. With `seen`, only the state
    of the draft that was looked at is published.
    """
    held = _held_draft(by, version, seen)
    rule = read_rule(held.kind, held.text)
    if isinstance(rule, Standard):
        unsure = ProblemList()
        for clause in rule.clauses:
            if clause.is_unsure:
                unsure.add("standards.unsure", clause=clause.text, reason=clause.unsure)
        unsure.raise_if_any()
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


def _held_draft(by: Person, version: RuleVersion, seen: str = "") -> RuleVersion:
    """The draft, locked until the transaction ends. `seen` is the mark it must still have."""
    held = RuleVersion.objects.select_for_update().get(pk=version.pk)
    by.require(Right.MANAGE_STANDARDS, held.town)
    if held.published:
        raise problem("standards.published_already", value=str(held))
    if seen and seen != held.mark:
        raise problem("standards.changed_meanwhile", value=str(held))
    return held


def _name(rule: Rule) -> str:
    """What a rule is called in all of its versions."""
    if isinstance(rule, Standard):
        return rule.standard
    return rule.policy if isinstance(rule, Policy) else rule.loop


def _write(version: RuleVersion, rule: Rule, text: str, effective_from: str) -> None:
    """Store what a draft says."""
    if not is_month(effective_from):
        raise problem("month.invalid", value=effective_from)
    version.site_kind = rule.site_kind if isinstance(rule, Standard) else ""
    version.title = (rule.title or version.name)[:_LONGEST_TITLE]
    version.effective_from = effective_from
    version.text = text
    version.save()


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

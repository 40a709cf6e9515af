"""The short standard of self-checks: shipped, a town's own, and in nobody's way."""

from __future__ import annotations

import pytest
import yaml

from tests.cast import TOWN, Cast
from tests.playing import MONTH
from zerentian.evaluation.clauses import AllOrNothing, PerOccurrence
from zerentian.standards.actions import draft, publish, read_rule
from zerentian.standards.loop import Loop, SelfChecks
from zerentian.standards.loop_words import loop_words
from zerentian.standards.models import RuleVersion
from zerentian.standards.queries import (
    loop_of,
    self_check_standard_of,
    shipped_self_check,
)
from zerentian.standards.starts import start_text, starts


def own_version(cast: Cast, month: str = "2023-01", title: str = "本镇自查表") -> RuleVersion:
    by, told = cast.person("operator"), yaml.safe_load(shipped_self_check()) | {"title": title}
    version = draft(by, TOWN, "standard", yaml.safe_dump(told, allow_unicode=True), month)
    publish(by, version, "2023-01")
    return version


def test_the_shipped_one_is_short_and_of_the_towns_words(db: None) -> None:
    sheet = self_check_standard_of(TOWN, MONTH)
    assert sheet.version is None
    assert sheet.standard.site_kind == "self_check"
    assert 6 <= len(sheet.standard.clauses) <= 8
    assert all(isinstance(one, AllOrNothing | PerOccurrence) for one in sheet.standard.clauses)
    assert all(one.source for one in sheet.standard.clauses)
    loop = loop_of(TOWN, MONTH)
    known = {clause for one in loop.classes for clause in one.clauses}
    assert {one.id for one in sheet.standard.clauses} <= known


def test_a_town_may_have_its_own(cast: Cast) -> None:
    version = own_version(cast, "2023-09")
    assert self_check_standard_of(TOWN, "2023-08").version is None
    found = self_check_standard_of(TOWN, "2023-09")
    assert (found.version, found.standard.title) == (version, "本镇自查表")
    assert found.sha256 != self_check_standard_of(TOWN, "2023-08").sha256


def test_it_is_a_start_for_a_draft(cast: Cast) -> None:
    values = [value for _, group in starts(RuleVersion.objects.all()) for value, _ in group]
    assert "shipped:standard:self-check-2023" in values
    kind, text = start_text(RuleVersion.objects.all(), TOWN, "shipped:standard:self-check-2023")
    assert read_rule(kind, text).standard == "self-check"


def test_the_rules_say_how_often(db: None) -> None:
    loop = loop_of(TOWN, MONTH)
    assert loop.self_checks.kinds == ["compound", "village", "public_place", "station"]
    words = {one.label: one.words for group in loop_words(loop) for one in group.facts}
    assert words["自查"] == "居住小区、行政村、公共场所、中转站每 7 天一次"
    told = loop.model_dump(exclude={"self_checks"})
    silent = Loop.model_validate(told)
    assert silent.self_checks == SelfChecks()
    assert {one.label: one.words for group in loop_words(silent) for one in group.facts}["自查"] == "不作要求"
    for every_days in (1, 10, 35):
        with pytest.raises(ValueError):  # noqa: PT011 - of pydantic
            SelfChecks(every_days=every_days)
    assert SelfChecks(every_days=14).weeks == 2

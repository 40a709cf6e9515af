"""Versions of standards: drafted, published, never changed, in force from a month."""

from __future__ import annotations

import pytest
import yaml
from django.core.exceptions import PermissionDenied

from tests.cast import TOWN, Cast
from tests.town import purity
from zerentian.core.problems import ProblemsFound
from zerentian.standards.actions import change_draft, discard_draft, draft, publish
from zerentian.standards.models import RuleVersion
from zerentian.standards.queries import standards_of

SHEET = yaml.safe_dump(purity(), allow_unicode=True)


def published(cast: Cast, month: str, today: str = "2023-01") -> RuleVersion:
    by = cast.person("operator")
    version = draft(by, TOWN, "standard", SHEET, month)
    publish(by, version, today)
    return version


def test_it_works(cast: Cast) -> None:
    version = published(cast, "2023-01")
    assert standards_of(TOWN, "2023-05") == {"compound": version}
    assert standards_of(TOWN, "2022-12") == {}


def test_a_later_version_applies_from_its_month(cast: Cast) -> None:
    first, second = published(cast, "2023-01"), published(cast, "2023-06", today="2023-05")
    assert (first.number, second.number) == (1, 2)
    assert standards_of(TOWN, "2023-05") == {"compound": first}
    assert standards_of(TOWN, "2023-06") == {"compound": second}


def test_a_month_that_has_begun_keeps_its_rules(cast: Cast) -> None:
    published(cast, "2023-01")
    with pytest.raises(ProblemsFound, match=r"standards\.month_begun"):
        published(cast, "2023-05", today="2023-05")


def test_all_faults_of_a_text_are_told(cast: Cast) -> None:
    with pytest.raises(ProblemsFound) as found:
        draft(cast.person("operator"), TOWN, "standard", "standard: x\ncolour: 1\n", "2023-01")
    assert found.value.count > 1
    assert not RuleVersion.objects.exists()


def test_only_the_operator_of_the_town_publishes(cast: Cast) -> None:
    for who in ("village", "admin", "outsider"):
        with pytest.raises(PermissionDenied):
            draft(cast.person(who), TOWN, "standard", SHEET, "2023-01")


def test_a_change_in_mid_month_applies_from_the_next(cast: Cast) -> None:
    """T87: the month that runs keeps its rules to the end; the next one has the new."""
    old = published(cast, "2023-01")
    by = cast.person("operator")
    new = draft(by, TOWN, "standard", SHEET.replace("0.9", "0.8"), "2023-10")
    with pytest.raises(ProblemsFound, match=r"standards\.month_begun"):
        publish(by, new, "2023-10")
    assert standards_of(TOWN, "2023-10") == {"compound": old}
    new = change_draft(by, new, new.text, "2023-11", new.mark)
    publish(by, new, "2023-10")
    assert standards_of(TOWN, "2023-10") == {"compound": old}
    assert standards_of(TOWN, "2023-11") == {"compound": new}


def test_a_version_is_published_once(cast: Cast) -> None:
    version = published(cast, "2023-01")
    with pytest.raises(ProblemsFound, match=r"standards\.published_already"):
        publish(cast.person("operator"), version, "2023-01")
    version.refresh_from_db()
    assert RuleVersion.objects.filter(published__isnull=False).count() == 1


def test_a_month_has_one_version(cast: Cast) -> None:
    published(cast, "2023-06")
    with pytest.raises(ProblemsFound, match=r"standards\.month_taken"):
        published(cast, "2023-06", today="2023-05")


def test_all_unsure_clauses_are_told_at_once(cast: Cast) -> None:
    data = purity()
    first = data["sections"][0]["clauses"][0]
    data["sections"][0]["clauses"] = [
        first | {"points": 50, "unsure": "甲"}, first | {"points": 50, "id": "x", "unsure": "乙"}
    ]  # fmt: skip
    by = cast.person("operator")
    version = draft(by, TOWN, "standard", yaml.safe_dump(data, allow_unicode=True), "2023-01")
    with pytest.raises(ProblemsFound) as found:
        publish(by, version, "2023-01")
    assert found.value.count == 2


def test_only_the_operator_of_the_town_changes_a_draft(cast: Cast) -> None:
    version = draft(cast.person("operator"), TOWN, "standard", SHEET, "2023-01")
    for who in ("village", "admin", "outsider", "deputy"):
        with pytest.raises(PermissionDenied):
            change_draft(cast.person(who), version, SHEET, "2023-02")
        with pytest.raises(PermissionDenied):
            discard_draft(cast.person(who), version, version.mark)

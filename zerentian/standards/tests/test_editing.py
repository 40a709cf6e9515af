"""The editor: what a form says becomes the same standard again, and only whole standards come of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.utils.datastructures import MultiValueDict

import zerentian.evaluation
from zerentian.core.data_files import parse_model
from zerentian.core.problems import ProblemsFound
from zerentian.evaluation.clauses import Clause
from zerentian.evaluation.model_files import load_standard
from zerentian.evaluation.sheets.standard_yaml import standard_yaml
from zerentian.evaluation.standard import Standard
from zerentian.standards import editing
from zerentian.standards.clause_form import CLAUSES, RULE_WORDS, ClauseForm
from zerentian.standards.forms import FactsForm, SectionForm
from zerentian.standards.models import RuleVersion
from zerentian.standards.tests.sheets import whole

SHIPPED = sorted((Path(zerentian.evaluation.__file__).parent / "defaults/standards").glob("*.yaml"))
OTHER_TOWNS = [
    path for path in sorted(Path("examples/other-towns").glob("*/*.yaml")) if path.stem != "policy"
]


def posted(form: ClauseForm | FactsForm | SectionForm, **changes: object) -> MultiValueDict[str, object]:
    """What a browser sends back of a form as it was drawn, with some fields typed over."""
    data: MultiValueDict[str, object] = MultiValueDict()
    for name in form.fields:
        value = changes.get(name, form[name].value())
        if name in ("levels", "targets"):
            rows = value or []
            data.setlist(f"{name}-0", [first for first, _ in rows] + [""])
            data.setlist(f"{name}-1", [second for _, second in rows] + [""])
        elif value not in (None, False):
            data[name] = str(value).replace("\n", "\r\n")
    return data


def read_again(standard: Standard) -> Standard:
    return parse_model(standard_yaml(standard), Standard, Path("x.yaml"))


@pytest.mark.parametrize("path", [*SHIPPED, *OTHER_TOWNS], ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_the_editor_gives_back_what_it_was_given(path: Path) -> None:
    before = after = load_standard(path)
    for place in range(1, len(before.clauses) + 1):
        form = ClauseForm(after, place, posted(ClauseForm(after, place)))
        assert form.is_valid(), form.errors
        assert form.clause is not None
        after = editing.with_clause(after, form.clause, place, form.section_place)
    for number, section in enumerate(before.sections, 1):
        section_form = SectionForm(section, posted(SectionForm(section)))
        assert section_form.is_valid(), section_form.errors
        after = editing.with_section(after, number, section_form.facts())
    version = RuleVersion(effective_from="2023-11")
    facts = FactsForm(after, version, posted(FactsForm(after, version)))
    assert facts.is_valid(), facts.errors
    after = editing.with_facts(after, facts.facts())
    assert read_again(after) == before


def test_every_rule_has_words_and_a_form() -> None:
    assert set(RULE_WORDS) == set(CLAUSES) == {str(one.rule) for one in whole().clauses}  # type: ignore[attr-defined]
    for place in range(1, len(whole().clauses) + 1):
        form = ClauseForm(whole(), place, posted(ClauseForm(whole(), place)))
        assert form.is_valid(), form.errors
        assert form.clause == whole().clauses[place - 1]


def form_of(rule: str, **changes: object) -> ClauseForm:
    place = [clause.id for clause in whole().clauses].index(rule) + 1
    return ClauseForm(whole(), place, posted(ClauseForm(whole(), place), **changes))


@pytest.mark.parametrize(
    ("rule", "changes", "faulty"),
    [
        ("per_occurrence", {"text": "", "points": "五", "each": "0", "cap": "-1"}, ["text", "points", "each", "cap"]),
        ("all_or_nothing", {"points": "", "section": "new", "new_section": ""}, ["points", "new_section"]),
        ("missing_kinds", {"kinds": "盖\n盖"}, ["kinds"]),
        ("missing_kinds", {"kinds": ""}, ["kinds"]),
        ("levels", {"levels": [("好", "6"), ("差", "0")]}, ["levels"]),
        ("levels", {"levels": [("好", "5"), ("好", "0")]}, ["levels"]),
        ("levels", {"levels": [("好", "5"), ("差", "")]}, ["levels"]),
        ("shortfall", {"target": "80"}, ["targets"]),
        ("shortfall", {"targets": [("2023年", "80")]}, ["targets"]),
        ("shortfall", {"targets": []}, ["target"]),
        ("steps", {"start": "120", "step": "0"}, ["start", "step"]),
        ("veto", {"cap": "x"}, ["cap"]),
    ],
)  # fmt: skip
def test_all_faults_stand_beside_their_fields(
    rule: str, changes: dict[str, object], faulty: list[str]
) -> None:
    form = form_of(rule, **changes)
    assert not form.is_valid()
    assert set(form.errors) == set(faulty)
    assert all("input" not in str(words).lower() for words in form.errors.values()), form.errors


def test_full_width_figures_are_figures() -> None:
    form = form_of("per_occurrence", each="０．５")
    assert form.is_valid()
    assert str(form.clause.each) == "0.5"  # type: ignore[union-attr]


def test_another_rule_keeps_what_was_typed() -> None:
    place = 1
    data = posted(ClauseForm(whole(), place), rule="per_occurrence", text="改过的话")
    form = ClauseForm.redrawn(whole(), place, data)
    assert form["text"].value() == "改过的话"
    assert form["points"].value() == "5"
    assert {"each", "cap"} <= set(form.fields)
    assert not form.errors


def test_a_new_clause_gets_an_id_of_its_own_and_adds_to_full_marks() -> None:
    data = posted(ClauseForm(whole(), None), text="新的", rule="all_or_nothing", points="7")
    form = ClauseForm(whole(), None, data)
    assert form.is_valid(), form.errors
    assert form.clause is not None
    after = editing.with_clause(whole(), form.clause, None, form.section_place)
    assert after.clauses[-1].text == "新的"
    assert after.full_marks == whole().full_marks + 7
    assert len({clause.id for clause in after.clauses}) == len(after.clauses)


def test_a_clause_may_found_a_section_and_leave_another_empty() -> None:
    standard = whole()
    moved = editing.with_clause(standard, standard.clauses[0], 1, "新类别")
    assert [section.name for section in moved.sections] == ["全部", "新类别"]
    assert moved.clauses[-1] == standard.clauses[0]
    back = editing.without_clause(moved, len(moved.clauses))
    assert [section.name for section in back.sections] == ["全部"]


def test_moving() -> None:
    standard = whole()
    first, second = standard.clauses[:2]
    assert editing.clause_moved(standard, 1, 1).clauses[:2] == (second, first)
    assert editing.clause_moved(standard, 1, -1) == standard
    two = editing.with_clause(standard, first, 1, "新类别")
    assert editing.section_moved(two, 2, -1).clauses[0] == first


def gated() -> Standard:
    return editing.with_section(whole(), 1, {"gate": {"clause": "all_or_nothing"}})


def test_what_a_gate_hangs_on_stays() -> None:
    changed = CLAUSES["veto"].model_validate({"id": "all_or_nothing", "text": "x", "rule": "veto"})
    for change in (
        lambda: editing.without_clause(gated(), 1),
        lambda: editing.with_clause(gated(), gated().clauses[0], 1, "别处"),
        lambda: editing.with_clause(gated(), changed, 1, 1),
    ):
        with pytest.raises(ProblemsFound, match=r"standards\.gate_clause"):
            change()


def test_something_scored_stays() -> None:
    standard = whole()
    while sum(clause.scored for clause in standard.clauses) > 1:
        standard = editing.without_clause(standard, 1)
    with pytest.raises(ProblemsFound, match=r"standards\.nothing_scored"):
        editing.without_clause(standard, 1)


def test_a_mark_of_the_import_goes_only_when_settled() -> None:
    first = whole().clauses[0]
    marked: Clause = type(first).model_validate(first.model_dump() | {"unsure": "看不清"})
    standard = editing.with_clause(whole(), marked, 1, 1)
    for ticked in (False, True):
        form = ClauseForm(standard, 1, posted(ClauseForm(standard, 1), settled=ticked))
        assert form.is_valid(), form.errors
        assert form.clause is not None
        assert form.clause.is_unsure != ticked
    assert not editing.clause_settled(standard, 1).clauses[0].is_unsure
    moved = editing.clause_moved(standard, 2, 1)
    assert [clause.id for clause in read_again(moved).clauses if clause.is_unsure] == [first.id]

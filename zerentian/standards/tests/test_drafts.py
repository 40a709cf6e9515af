"""Drafts: imported from a score sheet, changed, tried out with the engine itself, compared in words."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils.datastructures import MultiValueDict

from tests.cast import TOWN, Cast
from tests.playing import GOOD, POOR, SHEET
from zerentian.core.problems import ProblemsFound
from zerentian.core.table_writing import workbook_bytes
from zerentian.evaluation.model_files import load_standard
from zerentian.standards import actions
from zerentian.standards.answers import answers_from, control_of
from zerentian.standards.models import RuleVersion

TEXT = yaml.safe_dump(SHEET, allow_unicode=True)
SHIPPED = sorted(
    (Path(actions.__file__).parent.parent / "evaluation" / "defaults" / "standards").glob("*.yaml")
)


@pytest.fixture
def draft(cast: Cast) -> RuleVersion:
    return actions.draft(cast.person("operator"), TOWN, "standard", TEXT, "2023-01")


def form_of(answers: dict[str, str]) -> dict[str, list[str]]:
    """What a browser sends of the test's sheet."""
    return {f"a-{clause}": text.split("/") for clause, text in answers.items()}


def test_a_draft_changes_and_a_published_version_does_not(cast: Cast, draft: RuleVersion) -> None:
    by = cast.person("operator")
    actions.change_draft(by, draft, TEXT.replace("title: 测评表", "title: 新名"), "2023-02")
    draft.refresh_from_db()
    assert (draft.title, draft.effective_from) == ("新名", "2023-02")
    actions.publish(by, draft, "2023-01")
    with pytest.raises(ProblemsFound, match=r"standards\.published_already"):
        actions.change_draft(by, draft, TEXT, "2023-03")


def test_a_draft_stays_the_same_rule(cast: Cast, draft: RuleVersion) -> None:
    other = TEXT.replace("standard: compound", "standard: other")
    with pytest.raises(ProblemsFound, match=r"standards\.other_rule"):
        actions.change_draft(cast.person("operator"), draft, other, "2023-02")


def test_faults_of_a_changed_draft_are_told_and_the_text_is_kept(cast: Cast, draft: RuleVersion) -> None:
    text = TEXT.replace("points: 20", "points: 19")
    sent = {"effective_from": "2023-01", "text": text, "seen": draft.mark}
    page = cast.client("operator").post(f"/standards/{draft.pk}/edit", sent)
    assert page.status_code == 422
    assert "应等于 full_marks 100" in page.content.decode()
    assert "points: 19" in page.content.decode()
    draft.refresh_from_db()
    assert draft.text == TEXT


def test_a_score_sheet_becomes_a_draft(cast: Cast) -> None:
    rows = [
        ["设施", "四分类容器齐全", "不齐全不得分", "40"],
        ["实效", "垃圾混投", "每发现一处扣5分，扣完为止", "60"],
    ]
    sheet = workbook_bytes("评分表", ["类别", "检查内容", "评分细则", "标准分值"], rows)
    sent = {"sheet": SimpleUploadedFile("表.xlsx", sheet), "site_kind": "unit", "effective_from": "2023-12"}
    client = cast.client("operator")
    kept = client.post("/standards/import", sent).context["kept"]
    assert not RuleVersion.objects.exists()
    del sent["sheet"]
    page = client.post("/standards/import", sent | {"kept": kept}, follow=True)
    made = RuleVersion.objects.get()
    assert (made.site_kind, made.published) == ("unit", None)
    assert "垃圾混投" in page.content.decode()
    assert "每处扣5分，扣完为止" in page.content.decode()


def test_what_is_no_sheet_is_told(cast: Cast) -> None:
    sent = {
        "sheet": SimpleUploadedFile("x.xlsx", b"a,b\n1,2\n"),
        "site_kind": "unit",
        "effective_from": "2023-12",
    }
    page = cast.client("operator").post("/standards/import", sent)
    assert page.status_code == 422
    assert "找不到表头" in page.content.decode()
    assert not RuleVersion.objects.exists()


def test_trying_out_gives_the_engines_score(cast: Cast, draft: RuleVersion) -> None:
    client = cast.client("operator")
    assert "60.00" in client.post(f"/standards/{draft.pk}/trial", form_of(POOR)).content.decode()
    assert "100.00" in client.post(f"/standards/{draft.pk}/trial", form_of(GOOD)).content.decode()
    assert not RuleVersion.objects.exclude(pk=draft.pk).exists()


def test_the_preview_of_a_text_tells_faults_or_scores(cast: Cast) -> None:
    client = cast.client("operator")
    sent = {"kind": "standard", "text": TEXT, **form_of(POOR)}
    assert "60.00" in client.post("/standards/preview", sent).content.decode()
    assert (
        "standard" in client.post("/standards/preview", {"kind": "standard", "text": "x: 1"}).content.decode()
    )


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_every_clause_of_the_shipped_standards_can_be_asked_and_answered(path: Path) -> None:
    standard = load_standard(path)
    for clause in standard.clauses:
        for text in _some_answers(clause):
            control = control_of(clause, text)
            sent = MultiValueDict({control.name: list(control.chosen)})
            assert answers_from(standard, sent.getlist)[clause.id] == text


def _some_answers(clause: object) -> list[str]:
    kind = control_of(clause).kind
    texts = {
        "choice": [value for value, _ in control_of(clause).choices],
        "several": ["none", *(value for value, _ in control_of(clause).choices[1:])],
        "count": ["0", "3"],
        "ratio": ["13/15"],
        "percent": ["89.9"],
    }[kind]
    return texts + (["n/a"] if clause.scored else [])

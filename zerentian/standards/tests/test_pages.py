"""The pages of standards as a clerk walks through them."""

from __future__ import annotations

import pytest
import yaml
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.cast import TOWN, Cast
from tests.town import purity
from zerentian.evaluation.scoring import ScoringTable, Visit, score_site
from zerentian.evaluation.sheets.standard_yaml import standard_yaml
from zerentian.evaluation.sites import Site
from zerentian.ledger.models import Event
from zerentian.standards.actions import draft, publish, read_rule
from zerentian.standards.models import RuleVersion
from zerentian.standards.rules import as_printed
from zerentian.standards.tests.sheets import whole

SHEET_FILE = """类别,检查内容,评分细则,标准分值
设施,公示牌,酌情扣分,10
实效,分类准确率,达到90%得满分,90
"""


def text_of(data: dict[str, object]) -> str:
    return yaml.safe_dump(data, allow_unicode=True)


@pytest.fixture
def version(cast: Cast) -> RuleVersion:
    """A draft that holds a clause of every rule."""
    return draft(cast.person("operator"), TOWN, "standard", standard_yaml(whole()), "2023-11")


def url(name: str, version: RuleVersion | None = None, **query: object) -> str:
    address = reverse(f"standards:{name}", args=[version.pk] if version else [])
    return f"{address}?{'&'.join(f'{key}={value}' for key, value in query.items())}" if query else address


def stored(version: RuleVersion) -> object:
    held = RuleVersion.objects.get(pk=version.pk)
    return read_rule(held.kind, held.text)


def arrange(client: Client, version: RuleVersion, way: str, place: object, seen: str = "") -> int:
    mark = seen or RuleVersion.objects.get(pk=version.pk).mark
    return client.post(url("arrange", version), {"way": way, "place": place, "seen": mark}).status_code


def test_a_clerk_starts_from_a_shipped_standard_and_from_nothing(cast: Cast) -> None:
    client = cast.client("operator")
    for base in ("shipped:standard:compound", "shipped:policy:town-2023", "empty:public_place"):
        made = client.post(url("new_version"), {"base": base, "effective_from": "2023-11"})
        page = client.get(made["Location"])
        assert page.status_code == 200
    names = set(RuleVersion.objects.values_list("kind", "name", "published"))
    assert names == {
        ("standard", "compound", None), ("policy", "town-2023", None), ("standard", "public-place", None)
    }  # fmt: skip


def test_an_empty_standard_cannot_be_published_as_it_stands(cast: Cast) -> None:
    client = cast.client("operator")
    client.post(url("new_version"), {"base": "empty:shop", "effective_from": "2023-11"})
    made = RuleVersion.objects.get()
    page = client.post(url("publish", made), {"seen": made.mark})
    assert page.status_code == 422
    assert "还没有核对" in page.content.decode()


def test_a_version_of_another_town_is_no_start(cast: Cast, version: RuleVersion) -> None:
    page = cast.client("outsider").post(
        url("new_version"), {"base": f"version:{version.pk}", "effective_from": "2023-11"}
    )
    assert page.status_code == 200
    assert RuleVersion.objects.count() == 1


def test_a_clause_is_changed_added_moved_and_removed(cast: Cast, version: RuleVersion) -> None:
    client = cast.client("operator")
    form = {"section": "1", "text": "改过", "rule": "all_or_nothing", "points": "6", "seen": version.mark}
    assert client.post(url("edit_clause", version, place=1), form).status_code == 302
    form |= {"text": "新增", "seen": RuleVersion.objects.get().mark}
    assert client.post(url("edit_clause", version, section=1), form).status_code == 302
    after = stored(version)
    assert (after.clauses[0].text, after.clauses[-1].text) == ("改过", "新增")
    assert after.full_marks == whole().full_marks + 7
    count = len(after.clauses)
    assert arrange(client, version, "clause_up", count) == 302
    assert stored(version).clauses[-2].text == "新增"
    assert arrange(client, version, "clause_remove", count - 1) == 302
    assert len(stored(version).clauses) == count - 1
    for way, place in (("clause_remove", 99), ("clause_remove", 0), ("explode", 1), ("section_up", "x")):
        assert arrange(client, version, way, place) == 422
    changes = [one for event in Event.objects.filter(kind="rule.changed") for one in event.data["changes"]]
    assert any("改过" in one for one in changes)


def test_faults_of_a_clause_are_told_and_nothing_is_saved(cast: Cast, version: RuleVersion) -> None:
    form = {
        "section": "1",
        "text": "",
        "rule": "per_occurrence",
        "points": "x",
        "each": "0",
        "seen": version.mark,
    }
    page = cast.client("operator").post(url("edit_clause", version, place=2), form)
    assert page.status_code == 422
    assert page.content.decode().count("invalid-feedback") == 3
    assert stored(version) == whole()


def test_two_clerks_do_not_overwrite_each_other(cast: Cast, version: RuleVersion) -> None:
    first, second = cast.client("operator"), cast.client("second_operator")
    assert arrange(first, version, "clause_remove", 1, version.mark) == 302
    assert arrange(second, version, "clause_remove", 1, version.mark) == 422
    page = second.post(
        url("edit", version), {"text": version.text, "effective_from": "2023-11", "seen": version.mark}
    )
    assert "已被改动" in page.content.decode()
    assert second.post(url("publish", version), {"seen": version.mark}).status_code == 422
    assert second.post(url("discard", version), {"seen": version.mark}).status_code == 422


def test_a_published_version_stays_as_it_is(cast: Cast, version: RuleVersion) -> None:
    publish(cast.person("operator"), version, "2023-10")
    client = cast.client("operator")
    for page in (
        client.get(url("edit_clause", version, place=1)),
        client.get(url("edit_facts", version)),
        client.get(url("edit_section", version, place=1)),
        client.post(
            url("edit", version),
            {"text": text_of(purity()), "effective_from": "2023-12", "seen": version.mark},
        ),
        client.post(url("discard", version), {"seen": version.mark}),
        client.post(url("publish", version), {"seen": version.mark}),
    ):
        assert page.status_code == 422
        assert "已经发布" in page.content.decode()
    assert stored(version) == whole()
    assert "加一项" not in client.get(url("version", version)).content.decode()


def test_facts_and_section(cast: Cast, version: RuleVersion) -> None:
    client = cast.client("operator")
    facts = {
        "title": "新名", "effective_from": "2024-01", "pass_share": "85",
        "not_applicable": "full", "decimals": "1", "source": "", "seen": version.mark,
    }  # fmt: skip
    assert client.post(url("edit_facts", version), facts).status_code == 302
    held = RuleVersion.objects.get()
    assert (held.title, held.effective_from) == ("新名", "2024-01")
    section = {"name": "设施", "gate": "levels", "bonus_cap": "3", "penalty_cap": "", "seen": held.mark}
    assert client.post(url("edit_section", version, place=1), section).status_code == 302
    after = stored(version)
    assert (str(after.pass_share), after.sections[0].gate.clause, after.sections[0].bonus_cap) == (
        "0.85",
        "levels",
        3,
    )
    facts |= {"pass_share": "九成", "effective_from": "明年"}
    page = client.post(url("edit_facts", version), facts)
    assert page.content.decode().count("invalid-feedback") == 2


def test_all_faults_of_a_text_are_told_at_once(cast: Cast, version: RuleVersion) -> None:
    page = cast.client("operator").post(
        url("edit", version),
        {"text": "standard: X Y\ncolour: 1\n", "effective_from": "2023-11", "seen": version.mark},
    )
    assert page.status_code == 422
    assert page.content.decode().count("<li>内容.yaml") >= 3
    assert stored(version) == whole()


@pytest.mark.parametrize("word", ["\\0", "\\ud800"])
def test_characters_that_no_database_holds_are_refused(cast: Cast, word: str) -> None:
    text = text_of(purity()).replace("测评表", f'"测评{word}表"')
    page = cast.client("operator").post(
        url("new_text"), {"kind": "standard", "text": text, "effective_from": "2023-11"}
    )
    assert page.status_code == 422
    assert not RuleVersion.objects.exists()


def test_a_draft_is_deleted_and_the_ledger_keeps_it(cast: Cast, version: RuleVersion) -> None:
    cast.client("operator").post(url("discard", version), {"seen": version.mark})
    assert not RuleVersion.objects.exists()
    assert Event.objects.get(kind="rule.discarded").data["text"] == version.text


def test_the_trial_gives_the_engines_score(cast: Cast, version: RuleVersion) -> None:
    form = {
        "month": "2023-11", "a-all_or_nothing": "no", "a-per_occurrence": "2",
        "a-missing_kinds": ["湿垃圾", "干垃圾"], "a-levels": "n/a", "a-ratio": ["13", "15"],
        "a-steps": "82.5", "a-bonus": "1",
    }  # fmt: skip
    table = ScoringTable(whole(), "2023-11")
    visit = Visit(table, Site("s", "", "compound", ""), "", "")
    texts = {
        "all_or_nothing": "no",
        "per_occurrence": "2",
        "missing_kinds": "湿垃圾;干垃圾",
        "levels": "n/a",
        "ratio": "13/15",
        "steps": "82.5",
        "bonus": "1",
    }
    visit.outcomes = [
        clause.observe(texts[clause.id], "2023-11") if clause.id in texts else clause.unobserved()
        for clause in table.clauses
    ]
    expected = score_site([visit], "latest")
    page = (
        cast.client("operator")
        .post(url("trial", version), form, headers={"HX-Request": "true"})
        .content.decode()
    )
    assert "<html" not in page
    assert f"<strong>{expected.score}</strong>" in page
    assert page.count("<li>") == len(expected.deductions)
    assert "不达标" in page


def test_the_trial_tells_vetoes_and_faults(cast: Cast, version: RuleVersion) -> None:
    client = cast.client("operator")
    assert "一票否决：veto" in client.post(url("trial", version), {"a-veto": "yes"}).content.decode()
    page = client.post(url("trial", version), {"a-ratio": ["9", "3"], "a-steps": "x"}).content.decode()
    assert "有 2 处填写有误" in page
    assert 'value="9"' in page


def test_nothing_applicable_is_no_score(cast: Cast, version: RuleVersion) -> None:
    form = {f"a-{one.id}": "n/a" for one in whole().clauses if one.scored}
    assert "不计分" in cast.client("operator").post(url("trial", version), form).content.decode()


def test_a_score_sheet_becomes_a_draft_to_be_settled(cast: Cast) -> None:
    client = cast.client("operator")
    table = SimpleUploadedFile("表.csv", SHEET_FILE.encode())
    form = {"site_kind": "shop", "effective_from": "2023-11"}
    page = client.post(url("import_sheet"), form | {"sheet": table})
    assert "没有写明扣几分" in page.content.decode()
    assert not RuleVersion.objects.exists()
    client.post(url("import_sheet"), form | {"kept": page.context["kept"]})
    made = RuleVersion.objects.get()
    assert made.title == "沿街商铺评分标准"
    assert client.post(url("publish", made), {"seen": made.mark}).status_code == 422
    while unsure := [place for place, one in enumerate(stored(made).clauses, 1) if one.is_unsure]:
        arrange(client, made, "clause_settle", unsure[0])
    made.refresh_from_db()
    client.post(url("publish", made), {"seen": made.mark})
    made.refresh_from_db()
    assert made.published


def test_what_is_no_score_sheet_is_told(cast: Cast) -> None:
    form = {
        "site_kind": "shop",
        "effective_from": "2023-11",
        "sheet": SimpleUploadedFile("x.csv", b"a,b\n1,2\n"),
    }
    page = cast.client("operator").post(url("import_sheet"), form)
    assert page.status_code == 422
    assert "找不到表头" in page.content.decode()


def test_the_sheet_is_printed_and_downloaded(cast: Cast, version: RuleVersion) -> None:
    publish(cast.person("operator"), version, "2023-10")
    client = cast.client("inspector")
    page = client.get(url("sheet", version)).content.decode()
    assert all(clause.words in page for clause in whole().clauses)
    assert client.post(reverse("documents:ask_for_score_sheet", args=[version.pk])).status_code == 302


def test_a_sheet_cites_the_version_itself_not_the_one_it_was_copied_from() -> None:
    printed = as_printed(whole().model_copy(update={"effective_from": "2020-01"}), 3, "2023-11")
    assert (printed.label, printed.effective_from) == ("all（第3版）", "2023-11")


def test_a_policy_reads_in_words(cast: Cast) -> None:
    client = cast.client("operator")
    client.post(url("new_version"), {"base": "shipped:policy:town-2023", "effective_from": "2023-11"})
    made = RuleVersion.objects.get()
    page = client.get(url("version", made)).content.decode()
    for words in (
        "居住小区、行政村各点位得分率的平均",
        "后 5 名，由差到好排列",
        "连续 2 个月不达标",
        "由镇主要领导约谈",
    ):
        assert words in page
    assert client.get(url("trial", made)).status_code == 404
    assert client.get(url("sheet", made)).status_code == 404


def test_a_draft_is_compared_with_the_version_in_force(cast: Cast) -> None:
    by = cast.person("operator")
    old = draft(by, TOWN, "standard", text_of(purity()), "2023-01")
    publish(by, old, "2023-01")
    new = draft(by, TOWN, "standard", text_of(purity(title="新的测评表")), "2023-11")
    page = cast.client("operator").get(url("changes", new)).content.decode()
    assert "新的测评表" in page
    assert "1 处不同" in page
    assert "没有可比较的" in cast.client("village").get(url("changes", old)).content.decode()
    assert cast.client("village").get(url("changes", old, against=new.pk)).status_code == 200


def test_the_list_keeps_its_number_of_queries(cast: Cast, version: RuleVersion) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert cast.client("operator").get(url("versions")).status_code == 200
        return len(captured)

    before = queries()
    for number in range(5):
        sheet = purity(title=f"第{number}种")
        draft(
            cast.person("operator"), TOWN, "standard", text_of(sheet | {"standard": f"s{number}"}), "2023-11"
        )
    assert queries() == before

"""Closing a month: checked, prepared by one, confirmed by another, frozen, made again the same."""

from __future__ import annotations

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection

from tests.cast import NEIGHBOUR, TOWN, VILLAGE, Cast
from tests.playing import GOOD, LAST, POOR, at, drawn_round, inspect
from zerentian.core import clock
from zerentian.core.problems import ProblemsFound
from zerentian.ledger.models import Event
from zerentian.places.models import Site
from zerentian.results import actions
from zerentian.results.checks import Light, checklist
from zerentian.results.models import Closing, ListEntry, SiteResult, SubjectResult
from zerentian.results.verifying import differences
from zerentian.rounds import correction_actions as corrections
from zerentian.rounds import visit_actions as visits
from zerentian.rounds.models import Inspection, Round

RULES = {
    "lists": [{"name": "黑榜", "bottom": 1}],
    "interviews": [{"name": "末位约谈", "when": {"bottom": 1}, "chair": "分管领导", "attend": ["村居书记"]}],
}


def refused(code: str):
    return pytest.raises(ProblemsFound, match=code.replace(".", r"\."))


@pytest.fixture
def round_(cast: Cast) -> Round:
    """All visited: our village's compound is poor, the neighbour's good."""
    made = drawn_round(cast, **RULES)
    for one in made.assignments.all():
        inspect(cast, one, POOR if one.site.code == "C-own" else GOOD)
    return made


def closed(cast: Cast, round_: Round) -> Closing:
    with clock.set_to(at(LAST, 17)):
        made = actions.prepare(cast.person("operator"), round_)
        actions.confirm(cast.person("deputy"), made)
    made.refresh_from_db()
    round_.refresh_from_db()
    return made


def test_it_works(cast: Cast, round_: Round) -> None:
    made = closed(cast, round_)
    ranks = {one.subject: (one.rank, str(one.score)) for one in made.subject_results.all()}
    assert ranks == {NEIGHBOUR: (1, "100.0000"), VILLAGE: (2, "60.0000")}
    assert {(one.kind, one.title, one.subject) for one in made.entries.all()} == {
        ("list", "黑榜", VILLAGE),
        ("interview", "末位约谈", VILLAGE),
    }
    assert round_.state == Round.State.CLOSED
    assert list(differences(made)) == []


def test_shown_lines_add_up_to_the_score(cast: Cast, round_: Round) -> None:
    from decimal import Decimal

    for one in closed(cast, round_).site_results.all():
        lost = sum(Decimal(row["points"]) for row in one.deductions)
        rest = sum(Decimal(points) for _, points in one.adjustments)
        assert one.full_marks - lost + rest == one.score


def test_a_site_leads_to_its_inspection(cast: Cast, round_: Round) -> None:
    poor = closed(cast, round_).site_results.get(site=cast.sites["own"])
    assert [row["text"] for row in poor.deductions] == ["条款bins", "条款dirty", "条款purity"]
    assert Inspection.objects.get(pk=poor.inspections[0]).site == cast.sites["own"]


def test_who_prepares_does_not_confirm(cast: Cast, round_: Round) -> None:
    made = actions.prepare(cast.person("operator"), round_)
    with refused("results.own_closing"):
        actions.confirm(cast.person("operator"), made)
    for who in ("outsider", "village", "inspector", "supervisor", "auditor"):
        with pytest.raises(PermissionDenied):
            actions.confirm(cast.person(who), made)


def test_coverage_that_lacks_needs_a_signed_reason(cast: Cast) -> None:
    round_ = drawn_round(cast, **RULES)
    inspect(cast, round_.assignments.first())
    by = cast.person("operator")
    with refused("results.reason_needed"):
        actions.prepare(by, round_)
    made = actions.prepare(by, round_, "一处小区疫情封控，经分管领导同意")
    assert made.site_results.filter(score__isnull=True).count() == 1
    assert Event.objects.get(kind="closing.prepared").reason.startswith("一处小区")


def test_an_unseen_site_is_not_zero(cast: Cast) -> None:
    round_ = drawn_round(cast, **RULES)
    seen = round_.assignments.first()
    inspect(cast, seen)
    made = actions.prepare(cast.person("operator"), round_, "其余未能检查")
    other = made.subject_results.exclude(subject=seen.site.region_id).get()
    assert (other.score, other.rank) == (None, None)
    assert "样本不足" in other.not_ranked


def test_red_checks_other_than_coverage_are_not_excused(cast: Cast, round_: Round) -> None:
    done = round_.inspections.first()
    corrections.propose_correction(cast.person("operator"), done, {"purity": "1/2"}, "算错")
    with refused("results.not_ready"):
        actions.prepare(cast.person("operator"), round_, "等不及")
    red = [check.title for check in checklist(round_) if check.light == Light.RED]
    assert red == ["更正都已审结"]


def test_what_changed_since_preparing_stops_the_confirmation(cast: Cast, round_: Round) -> None:
    made = actions.prepare(cast.person("operator"), round_)
    proposed = corrections.propose_correction(
        cast.person("operator"), round_.inspections.get(score=60), {"bins": "yes"}, "误点"
    )
    corrections.decide_correction(cast.person("supervisor"), proposed, True)
    with refused("results.changed_meanwhile"):
        actions.confirm(cast.person("deputy"), made)
    actions.prepare(cast.person("operator"), round_)
    made.refresh_from_db()
    assert made.state == Closing.State.WITHDRAWN


def test_a_closed_month_takes_no_correction(cast: Cast, round_: Round) -> None:
    closed(cast, round_)
    with refused("rounds.closed"):
        corrections.propose_correction(
            cast.person("operator"), round_.inspections.first(), {"bins": "no"}, "x"
        )


def test_a_late_submission_is_kept_outside_of_the_ranking(cast: Cast) -> None:
    round_ = drawn_round(cast, **RULES)
    first, second = round_.assignments.all()
    inspect(cast, first)
    by = cast.person(second.inspector.login)
    with clock.set_to(at(second.day)):
        draft = visits.start(by, second)
        visits.save_draft(by, draft, POOR, "")
    Inspection.objects.filter(pk=draft.pk).update(state="replaced")
    with clock.set_to(at(LAST, 17)):
        made = actions.prepare(cast.person("operator"), round_, "手机离线")
        actions.confirm(cast.person("deputy"), made)
    Inspection.objects.filter(pk=draft.pk).update(state="draft")
    late = visits.submit(by, draft)
    assert late.standing == Inspection.Standing.LATE
    assert list(differences(made)) == []


def test_reopening_makes_a_second_version_and_keeps_the_first(cast: Cast, round_: Round) -> None:
    first = closed(cast, round_)
    actions.publish(cast.person("operator"), first)
    actions.reopen(cast.person("operator"), round_, "异议成立")
    proposed = corrections.propose_correction(
        cast.person("operator"),
        round_.inspections.get(score=60),
        {"bins": "yes", "dirty": "0", "purity": "1/1"},
        "误判",
    )
    corrections.decide_correction(cast.person("supervisor"), proposed, True)
    second = closed(cast, round_)
    first.refresh_from_db()
    assert (first.state, second.number) == (Closing.State.REPLACED, 2)
    assert first.subject_results.get(subject=VILLAGE).score == 60
    assert second.subject_results.get(subject=VILLAGE).score == 100
    assert list(differences(first)) == list(differences(second)) == []
    assert first.reopened_for == "异议成立"


def test_reopening_needs_a_closed_month(cast: Cast, round_: Round) -> None:
    with refused("results.not_closed"):
        actions.reopen(cast.person("operator"), round_, "为什么不")


def test_villages_see_what_is_published(cast: Cast, round_: Round) -> None:
    made = closed(cast, round_)
    assert not Closing.objects.visible_to(cast.village).exists()
    assert Closing.objects.visible_to(cast.deputy).get() == made
    actions.publish(cast.person("operator"), made)
    for who in (cast.village, cast.neighbour, cast.leader, cast.property):
        assert SubjectResult.objects.visible_to(who).count() == 2
        assert ListEntry.objects.visible_to(who).count() == 2
    for who in (cast.outsider, cast.inspector, cast.admin):
        assert not Closing.objects.visible_to(who).exists()


@pytest.mark.parametrize(
    ("sql", "fault"),
    [
        ("UPDATE results_siteresult SET score = 99 WHERE score = 60", "点位“310118102201 东村一期"),
        ("UPDATE results_subjectresult SET rank = 1 WHERE rank = 2", "村居“310118102201 东村"),
        ("DELETE FROM results_listentry WHERE kind = 'interview'", "名单“末位约谈"),
        (
            "UPDATE rounds_observation SET value = 'yes' WHERE value = 'no' AND clause = 'bins'",
            "检查记录被改动",
        ),
        ("UPDATE standards_ruleversion SET text = replace(text, 'each: 5', 'each: 6')", "结果指纹不符"),
        ("UPDATE results_closing SET digest = 'x'", "结果指纹不符"),
    ],
)
def test_every_change_in_the_database_is_found(cast: Cast, round_: Round, sql: str, fault: str) -> None:
    made = closed(cast, round_)
    with connection.cursor() as cursor:
        cursor.execute(sql)
    found = "\n".join(differences(Closing.objects.get(pk=made.pk)))
    assert fault in found


def test_a_fail_this_month_and_last_is_a_run(cast: Cast) -> None:
    from zerentian.results.models import OutsideResult

    rules = {
        "interviews": [{"name": "连续不达标约谈", "when": {"consecutive_fails": 2}, "chair": "镇主要领导"}]
    }
    made = drawn_round(cast, **rules)
    for one in made.assignments.all():
        inspect(cast, one, POOR)
    OutsideResult.objects.create(
        town=made.town, month="2023-09", source="town", subject=VILLAGE, passed=False
    )
    interview = actions.prepare(cast.person("operator"), made).entries.get()
    assert interview.subject == VILLAGE
    assert "连续2个月不达标" in interview.reason


def test_site_results_name_everything_needed(cast: Cast, round_: Round) -> None:
    closed(cast, round_)
    assert SiteResult.objects.filter(full_marks=100, passed=True).count() == 1


def test_a_site_registered_after_the_draw_is_not_covered(cast: Cast, round_: Round) -> None:
    """Full coverage of what was drawn is not full coverage of the town (2 drawn, 1 more registered)."""
    lights = {one.title: one for one in checklist(round_)}
    assert lights["在用点位都已排入"].light == Light.GREEN
    Site.objects.create(town=TOWN, code="C-new", kind="compound", name="新登记小区", region_id=VILLAGE)
    check = {one.title: one for one in checklist(round_)}["在用点位都已排入"]
    assert (check.light, check.may_be_excused) == (Light.RED, True)
    assert check.note == "1 个点位没有排入，也没有检查：新登记小区"
    assert {one.title: one for one in checklist(round_)}["全覆盖"].light == Light.GREEN
    with refused("results.reason_needed"), clock.set_to(at(LAST, 17)):
        actions.prepare(cast.person("operator"), round_)
    with clock.set_to(at(LAST, 17)):
        made = actions.prepare(cast.person("operator"), round_, "抽签后新登记，下月检查")
    assert made.site_results.get(name="新登记小区").score is None


def test_the_preview_comes_after_the_check_list(cast: Cast, round_: Round) -> None:
    """The month is calculated for the preview alone; without script a link shows both."""
    client, path = cast.client("operator"), f"/results/rounds/{round_.pk}"
    page = client.get(path).content.decode()
    assert "关账清单" in page
    assert 'hx-get="?preview=1"' in page
    whole = client.get(f"{path}?preview=1").content.decode()
    part = client.get(f"{path}?preview=1", headers={"HX-Request": "true"}).content.decode()
    assert "关账清单" in whole
    assert "关账清单" not in part
    for content in (whole, part):
        assert "须约谈" in content
        assert "东村" in content

"""Home, to-dos, the month's strip and the search: each shows what its account may see, and nothing else."""

from __future__ import annotations

import datetime
import re

from django.db import transaction

from tests.cast import TOWN, VILLAGE, Cast
from tests.playing import GOOD, LAST, POOR, at, drawn_round, inspect
from zerentian.core import clock
from zerentian.desk.queries import month_strip
from zerentian.desk.search import search
from zerentian.desk.tasks import tasks
from zerentian.ledger.actions import record
from zerentian.places.models import Region
from zerentian.results import actions as results
from zerentian.rounds import correction_actions as corrections
from zerentian.rounds import visit_actions as visits
from zerentian.tickets.following import follow_waiting


def states(cast: Cast, who: str = "operator") -> list[str]:
    strip = month_strip(cast.accounts[who])
    assert strip is not None
    return [step.state for step in strip[1]]


def titles(cast: Cast, who: str) -> str:
    return "\n".join(f"{task.light} {task.title}" for task in tasks(cast.accounts[who]))


def test_the_strip_follows_the_month(cast: Cast) -> None:
    assert month_strip(cast.operator) is None
    round_ = drawn_round(cast)
    assert states(cast)[:3] == ["done", "now", "next"]
    for task in round_.assignments.all():
        inspect(cast, task)
    assert states(cast)[:5] == ["done", "done", "now", "done", "next"]
    with clock.set_to(at(LAST, 17)):
        made = results.prepare(cast.person("operator"), round_)
        results.confirm(cast.person("deputy"), made)
    assert states(cast)[4] == "done"


def test_what_is_late_is_red_for_who_must_act(cast: Cast) -> None:
    drawn_round(cast)
    with clock.set_to(at(LAST + datetime.timedelta(days=1), 8)):
        assert "red 2023年10月镇检查有 2 个点位晚了" in titles(cast, "operator")
        late = titles(cast, "inspector") + titles(cast, "other_inspector")
        assert "过了检查日还没有查" in late
        assert titles(cast, "village") == "yellow 本周还有 1 个点位没有自查"


def test_a_correction_waits_for_another_person(cast: Cast) -> None:
    task = drawn_round(cast).assignments.first()
    done = inspect(cast, task, POOR)
    corrections.propose_correction(cast.person("operator"), done, {"bins": "yes"}, "误点")
    assert "更正待审" not in titles(cast, "operator")
    assert "yellow 更正待审" in titles(cast, "second_operator")
    assert "yellow 更正待审" in titles(cast, "supervisor")


def test_an_unsigned_report_waits_for_a_signature(cast: Cast) -> None:
    task = drawn_round(cast).assignments.first()
    with clock.set_to(at(task.day)):
        visits.report_unreachable(cast.person(task.inspector.login), task, "封闭")
        assert "未能检查待签认" in titles(cast, "supervisor")


def test_a_prepared_closing_waits_for_the_second_person(cast: Cast) -> None:
    round_ = drawn_round(cast)
    for task in round_.assignments.all():
        inspect(cast, task, GOOD)
    with clock.set_to(at(LAST, 17)):
        results.prepare(cast.person("operator"), round_)
    assert "red 关账待您确认" in titles(cast, "deputy")
    assert "关账待您确认" not in titles(cast, "operator")


def test_the_search_finds_what_one_may_see(cast: Cast) -> None:
    assert [hit.name for hit in search(cast.operator, "东村一期")] == ["东村一期"]
    assert [hit.name for hit in search(cast.operator, "dcyq")] == ["东村一期"]
    assert search(cast.neighbour, "东村一期") == []
    assert search(cast.outsider, "东村一期") == []
    assert search(cast.operator, "  ") == []
    assert [hit.what for hit in search(cast.admin, "operator")] == ["账号", "账号"]


def test_the_search_knows_sounds_and_months_as_people_write_them(cast: Cast) -> None:
    round_ = drawn_round(cast)
    for task in round_.assignments.all():
        inspect(cast, task)
    with clock.set_to(at(LAST, 17)):
        made = results.prepare(cast.person("operator"), round_)
        results.confirm(cast.person("deputy"), made)
        results.publish(cast.person("operator"), made)
    Region.objects.filter(pk=VILLAGE).update(initials="dc")
    assert any(hit.what == "村居结果" for hit in search(cast.operator, "DC"))
    assert any(hit.what == "测评" for hit in search(cast.operator, "2023年10月"))
    assert not any(hit.what == "测评" for hit in search(cast.operator, "9月"))
    assert any(hit.what == "单位" for hit in search(cast.admin, "社发办"))


def test_a_month_that_could_be_closed_is_a_task(cast: Cast) -> None:
    round_ = drawn_round(cast)
    with clock.set_to(at(LAST, 16)):
        assert "关账" not in titles(cast, "operator")
    for task in round_.assignments.all():
        inspect(cast, task)
    with clock.set_to(at(LAST, 16)):
        assert "yellow 2023年10月镇检查初查已完成，可以抽取复查" in titles(cast, "operator")
    assert "red 2023年10月镇检查已过月底，还没有关账" in titles(cast, "deputy")


def test_who_oversees_committees_sees_the_latest_month(cast: Cast) -> None:
    round_ = drawn_round(cast)
    for task in round_.assignments.all():
        inspect(cast, task)
    with clock.set_to(at(LAST, 17)):
        made = results.prepare(cast.person("operator"), round_)
        results.confirm(cast.person("deputy"), made)
        results.publish(cast.person("operator"), made)
    assert "最近公布" in cast.client("leader").get("/").content.decode()
    assert "最近名次" in cast.client("village").get("/").content.decode()


def test_the_ledger_is_narrowed_to_days(cast: Cast) -> None:
    drawn_round(cast)
    client = cast.client("auditor")
    everything = client.get("/ledger/").context["listing"].page.paginator.count
    day = {"since": "2023-10-16", "until": "2023-10-16"}
    narrowed = client.get("/ledger/", day).context["listing"].page.paginator.count
    assert 0 < narrowed < everything
    assert client.get("/ledger/", {"since": "never"}).context["listing"].page.paginator.count == everything
    assert client.get("/ledger/", day | {"export": "xlsx"}).status_code == 200


def test_odd_words_are_literal(cast: Cast) -> None:
    client = cast.client("operator")
    for words in ("'; DROP TABLE", "%", "_", "\\", "\x00", "<script>", "九" * 500):
        page = client.get("/search", {"q": words})
        assert page.status_code == 200
        assert "<script>" not in page.content.decode().split("<body>")[1].split("</main>")[0]


def test_an_event_is_told_in_chinese(cast: Cast) -> None:
    with transaction.atomic():
        change = {
            "kind": {"from": "shop", "to": "unit"},
            "is_active": {"from": True, "to": False},
            "remark": "",
        }
        made = record(cast.person("operator"), "site.changed", cast.sites["own"], region=TOWN, data=change)
    page = cast.client("auditor").get(f"/ledger/{made.pk}").content.decode()
    text = re.sub("<[^>]+>", "", page)
    for words in ("类别：沿街商铺 → 单位", "在用：是 → 否", "备注：（空）"):
        assert words in text


def test_the_strip_tells_how_far_rectification_is(cast: Cast) -> None:
    for task in drawn_round(cast).assignments.all():
        inspect(cast, task, POOR)
    with clock.set_to(at(LAST, 12)):
        follow_waiting()
        strip = month_strip(cast.operator)
        assert strip is not None
        step = next(one for one in strip[1] if one.title == "整改")
        assert step.note == "0/4 已办结"
        listed = cast.client("operator").get(step.url).context["listing"].page.paginator.count
    assert listed == 4

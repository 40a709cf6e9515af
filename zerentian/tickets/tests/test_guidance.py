"""Guidance and trainings: who gives them where, what is refused, who sees them, what they changed."""

from __future__ import annotations

import datetime
import io
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import openpyxl
import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.cast import TOWN, VILLAGE, Cast
from tests.playing import GOOD, at, publish_rules
from zerentian.core import clock
from zerentian.core.problems import ProblemsFound
from zerentian.ledger.models import Event
from zerentian.people.models import Account
from zerentian.people.rules import Right
from zerentian.places.models import Site
from zerentian.rounds.models import Inspection, Observation, Round
from zerentian.standards.models import RuleVersion
from zerentian.standards.queries import loop_of
from zerentian.tickets import guidance_actions as actions
from zerentian.tickets.actions import Seen, open_ticket
from zerentian.tickets.guidance_actions import Answered, Facts, plan_guidance, record_guidance
from zerentian.tickets.guidance_models import Guidance, GuidanceSite
from zerentian.tickets.guidance_queries import effect, month_effect, recurring
from zerentian.tickets.guidance_rules import Guest, Tally
from zerentian.tickets.models import Ticket
from zerentian.tickets.tests.test_proofs import picture

HELD = at(datetime.date(2023, 10, 16))
NOW = at(datetime.date(2023, 12, 20))


@pytest.fixture(autouse=True)
def december(cast: Cast) -> Iterator[None]:
    publish_rules(cast)
    with clock.set_to(NOW):
        yield


def visit(cast: Cast, site: Site, day: str, standing: str = "counts", **answers: str) -> Inspection:
    """A submitted visit on a day; what is not named was good."""
    started = at(datetime.date.fromisoformat(day))
    month = day[:7]
    round_, _ = Round.objects.get_or_create(
        town=TOWN, month=month, source="town",
        defaults={"begins": f"{month}-01", "ends": f"{month}-28", "commitment": "0" * 64},
    )  # fmt: skip
    made = Inspection.objects.create(
        round=round_, site=site, inspector=cast.inspector, organisation=cast.organisations["inspectors"],
        standard=RuleVersion.objects.get(kind="standard"), state="submitted", standing=standing,
        started=started, submitted=started, month=month,
    )  # fmt: skip
    told = {**GOOD, **answers}
    Observation.objects.bulk_create(Observation(inspection=made, clause=k, value=v) for k, v in told.items())
    return made


def facts(kind: str = "visit", held_at: datetime.datetime = HELD, **more: str) -> Facts:
    return Facts(
        kind, **{"title": "现场指导", "place": "东村一期", "words": "已示范"} | more, held_at=held_at
    )


def given(cast: Cast, *sites: Site, who: str = "operator", clauses: tuple[str, ...] = ("dirty",)) -> Guidance:
    return record_guidance(cast.person(who), facts(), [Answered(one, clauses) for one in sites])


def codes(caught: pytest.ExceptionInfo[ProblemsFound]) -> list[str]:
    return [one.code for one in caught.value.problems]


def neighbour_site(name: str) -> Site:
    return Site.objects.create(town=TOWN, code=name, kind="compound", name=name, region_id=VILLAGE)


# What changed


def test_the_effect_worked_by_hand(cast: Cast) -> None:
    """`dirty` has 30 marks, 5 for each place; what was set aside does not count."""
    site = cast.sites["own"]
    for day, places in (("2023-07-10", "4"), ("2023-08-10", "1"), ("2023-09-10", "2"), ("2023-10-10", "1")):
        visit(cast, site, day, dirty=places)
    visit(cast, site, "2023-10-12", standing="set_aside", dirty="6")
    for day, places in (("2023-11-10", "0"), ("2023-12-10", "2")):
        visit(cast, site, day, dirty=places)
    (line,) = effect(given(cast, site))
    assert line.text == "条款dirty"
    assert line.change.words == "指导前失 5 分 → 指导后没有失分"
    assert line.change.mean_before == Fraction(5 + 10 + 5, 3) / 30
    assert line.change.mean_after == Fraction(0 + 10, 2) / 30
    assert line.change.mean_words == "22.2%（3 次） → 16.7%（2 次）"
    assert line.change.verdict.label == "好转"


def test_no_visit_after_says_so_and_an_answer_that_does_not_apply_is_none(cast: Cast) -> None:
    site = cast.sites["own"]
    visit(cast, site, "2023-10-10", bins="no", mixed="yes")
    visit(cast, site, "2023-11-10", bins="n/a", mixed="no")
    bins, mixed, purity = effect(given(cast, site, clauses=("bins", "mixed", "purity")))
    assert bins.change.words == "指导前失 20 分，没有再查"
    assert mixed.change.words == "指导前触发一票否决 → 指导后没有失分"
    assert mixed.change.verdict.label == "好转"
    assert (purity.change.words, purity.change.verdict.label) == ("指导前没有失分 → 指导后没有失分", "持平")
    (unknown,) = effect(given(cast, cast.sites["next"]))
    assert unknown.change.words == "指导前没有检查，没有再查"


def test_a_month_beside_sites_with_the_same_problem_and_no_guidance(cast: Cast) -> None:
    """Guided: one better, one worse, one without a problem. Others: one better, one same, one unchecked.

    A site that was guided another month is no comparison, nor is one that had no problem.
    """
    own, next_ = cast.sites["own"], cast.sites["next"]
    better, same, unchecked, elsewhen, sound, spotless = map(neighbour_site, "甲乙丙丁戊己")
    before = ((own, "2"), (next_, "1"), (better, "3"), (same, "1"), (unchecked, "1"), (elsewhen, "2"))
    for site, places in before:
        visit(cast, site, "2023-10-10", dirty=places)
    after = ((own, "1"), (next_, "2"), (better, "0"), (same, "1"), (elsewhen, "0"))
    for site, places in after:
        visit(cast, site, "2023-11-10", dirty=places)
    for site in (sound, spotless):
        visit(cast, site, "2023-10-10")
    given(cast, own, next_, spotless)
    by = cast.person("operator")
    record_guidance(by, facts(held_at=at(datetime.date(2023, 11, 2))), [Answered(elsewhen, ("dirty",))])
    told = month_effect(cast.operator, "2023-10")
    assert told.whole.guided == Tally(better=1, worse=1)
    assert told.whole.others == Tally(better=1, same=1, unchecked=1)
    assert (told.whole.guided.share, told.whole.others.share, told.left_out) == ("50%", "50%", 1)
    assert [one.name for one in told.clauses] == ["居住小区：条款dirty"]
    mine = month_effect(cast.property, "2023-10")
    assert (mine.whole.guided, mine.whole.others) == (Tally(better=1), Tally())
    page = cast.client("operator").get("/guidance/effects?month=2023-10").content.decode()
    assert "回归平均" in page
    assert "指导前失 10 分 → 指导后失 5 分" in page


# Who gives it, and what is refused


def test_who_may_give_which_kind(cast: Cast) -> None:
    may = {name: actions.kinds_for(cast.accounts[name]) for name in cast.accounts}
    both, training = ["visit", "training"], ["training"]
    assert {name: kinds for name, kinds in may.items() if kinds} == {
        "operator": both, "second_operator": both, "outsider": both, "inspector": both,
        "other_inspector": both, "supervisor": both, "village": training, "neighbour": training,
    }  # fmt: skip
    own, next_ = cast.sites["own"], cast.sites["next"]
    with pytest.raises(PermissionDenied):
        given(cast, own, who="inspector")  # whose company never inspected there
    visit(cast, own, "2023-10-10", dirty="1")
    assert given(cast, own, who="inspector").organisation.name == "测评公司"
    for who in ("village", "property", "dispatcher", "outsider"):
        with pytest.raises(PermissionDenied):
            given(cast, own, who=who)
    trained = record_guidance(cast.person("village"), facts("training"), [Answered(own, ("dirty",))])
    assert trained.organisation.name == "东村村委会"
    with pytest.raises(PermissionDenied):
        record_guidance(cast.person("village"), facts("training"), [Answered(next_, ("dirty",))])


def test_all_faults_at_once(cast: Cast) -> None:
    by, own, next_ = cast.person("operator"), cast.sites["own"], cast.sites["next"]
    ticket = ticket_of(cast)
    wrong = facts(title=" ", words="", held_at=NOW + datetime.timedelta(days=1))
    with pytest.raises(ProblemsFound) as caught:
        record_guidance(
            by, wrong, [Answered(own, ("nothing",)), Answered(next_), Answered(next_, (), ticket)]
        )
    assert codes(caught) == [
        "guidance.missing", "guidance.site_twice", "guidance.unknown_clause", "guidance.no_clause",
        "guidance.other_ticket", "guidance.future", "guidance.missing",
    ]  # fmt: skip
    with pytest.raises(ProblemsFound) as caught:
        plan_guidance(by, facts(), [])
    assert codes(caught) == ["guidance.no_sites", "guidance.past"]
    assert not Guidance.objects.exists()


def test_planned_held_withdrawn(cast: Cast) -> None:
    by = cast.person("operator")
    soon = NOW + datetime.timedelta(days=2)
    made = plan_guidance(by, facts(held_at=soon, words=""), [Answered(cast.sites["own"], ("dirty",))])
    with pytest.raises(ProblemsFound) as caught:
        actions.hold_guidance(by, made, soon, "")
    assert codes(caught) == ["guidance.future", "guidance.missing"]
    with clock.set_to(soon + datetime.timedelta(hours=3)):
        held = actions.hold_guidance(by, made, soon, "已示范", "一周内自查")
        assert held.is_held
        with pytest.raises(ProblemsFound) as caught:
            actions.hold_guidance(by, made, soon, "已示范")
        assert codes(caught) == ["guidance.moved_on"]
        with pytest.raises(ProblemsFound) as caught:
            actions.withdraw(by, made, " ")
        assert codes(caught) == ["guidance.no_reason"]
        actions.withdraw(by, made, "重复登记")
        assert not GuidanceSite.objects.held().exists()
        with pytest.raises(ProblemsFound):
            actions.add_attendance(by, made, Guest("张三"))
    kinds = set(Event.objects.filter(kind__startswith="guidance").values_list("kind", flat=True))
    assert kinds == {"guidance.planned", "guidance.held", "guidance.withdrawn"}


def test_only_who_leads_it_changes_it(cast: Cast) -> None:
    made = given(cast, cast.sites["own"])
    for who in ("village", "property", "inspector", "auditor", "outsider"):
        with pytest.raises(PermissionDenied):
            actions.add_attendance(cast.person(who), made, Guest("张三"))
        with pytest.raises(PermissionDenied):
            actions.withdraw(cast.person(who), made, "x")


# Who came, and photos


def test_signing_in_one_by_one_pasted_and_by_table(cast: Cast, tmp_path: Path) -> None:
    by, made = cast.person("operator"), given(cast, cast.sites["own"])
    one = actions.add_attendance(by, made, Guest("张三", "安居物业"))
    assert actions.add_attendance(by, made, Guest("张三", "安居物业")).pk == one.pk
    pasted = "张三\t安居物业\n\n李四，安居物业\n王五\n李四 安居物业\n"
    assert actions.import_attendance(by, made, pasted) == 2
    assert actions.import_attendance(by, made, pasted) == 0
    path = tmp_path / "签到.xlsx"
    book = openpyxl.Workbook()
    for row in (["姓名", "单位", "签名"], ["赵六", "东村村委会", ""], ["王五", "", ""]):
        book.active.append(row)
    book.save(path)
    assert actions.import_attendance(by, made, path) == 1
    assert [one.name for one in made.attendances.all().order_by("name")] == ["张三", "李四", "王五", "赵六"]
    actions.remove_attendance(by, one)
    told = Event.objects.filter(kind__startswith="guidance.attendance")
    assert sorted((event.kind, event.data["count"]) for event in told) == [
        ("guidance.attendance_added", 1), ("guidance.attendance_added", 1), ("guidance.attendance_added", 2),
        ("guidance.attendance_removed", 1),
    ]  # fmt: skip
    assert all(set(event.data) == {"count"} for event in told)


def test_a_list_with_faults_signs_nobody_in(cast: Cast, tmp_path: Path) -> None:
    by, made = cast.person("operator"), given(cast, cast.sites["own"])
    path = tmp_path / "x.csv"
    path.write_text(f"姓名,单位\n,安居物业\n张三,{'长' * 101}\n李四,\n", "utf-8")
    with pytest.raises(ProblemsFound) as caught:
        actions.import_attendance(by, made, path)
    assert [(one.code, one.row) for one in caught.value.problems] == [
        ("guidance.no_name", 2), ("guidance.too_long", 3),
    ]  # fmt: skip
    with pytest.raises(ProblemsFound) as caught:
        actions.import_attendance(by, made, "\n")
    assert codes(caught) == ["guidance.nobody"]
    assert not made.attendances.exists()


def test_photos(cast: Cast) -> None:
    by, made = cast.person("operator"), given(cast, cast.sites["own"])
    kept = actions.add_photo(by, made, picture())
    assert actions.add_photo(by, made, picture()).pk == kept.pk
    client = cast.client("property")
    assert client.get(f"/guidance/photos/{kept.pk}")["Content-Type"] == "image/jpeg"
    actions.remove_photo(by, kept)
    assert not made.photos.exists()


# Pages


def ticket_of(cast: Cast, site: str = "own") -> Ticket:
    kind = loop_of(TOWN, "2023-12").class_of("dirty")
    return open_ticket(
        cast.person("operator"), cast.sites[site], "town", kind, [Seen("落地", clock.now(), "dirty")]
    )


def test_from_a_ticket_to_its_guidance(cast: Cast) -> None:
    ticket, client = ticket_of(cast), cast.client("operator")
    assert f"/guidance/new?ticket={ticket.pk}" in client.get(f"/tickets/{ticket.pk}").content.decode()
    assert "安排指导" not in cast.client("property").get(f"/tickets/{ticket.pk}").content.decode()
    page = client.get(f"/guidance/new?ticket={ticket.pk}").content.decode()
    assert f'value="{ticket.pk}"' in page
    assert 'value="dirty" checked' in page
    told = {
        "site": str(ticket.site_id), f"clauses-{ticket.site_id}": ["dirty", "purity"],
        f"ticket-{ticket.site_id}": str(ticket.pk), "kind": "visit", "state": "held", "title": "现场指导",
        "held_at": "2023-12-19T09:00", "place": "现场", "words": "已示范",
    }  # fmt: skip
    bad = client.post("/guidance/new", told | {"state": "planned"})
    assert bad.status_code == 422
    assert "已经过去" in bad.content.decode()
    assert 'value="purity" checked' in bad.content.decode()
    done = client.post("/guidance/new", told)
    made = Guidance.objects.get()
    assert done["Location"] == f"/guidance/{made.pk}"
    row = made.sites.get()
    assert (row.site_id, row.ticket_id, row.clauses) == (ticket.site_id, ticket.pk, ["dirty", "purity"])


def test_from_what_recurs(cast: Cast) -> None:
    ticket_of(cast), ticket_of(cast, "next")
    (one,) = recurring(cast.operator, "2023-12")
    assert (one.clause, one.text, one.tickets, one.sites) == ("dirty", "条款dirty", 2, 2)
    assert [one.sites for one in recurring(cast.village, "2023-12")] == [1]
    page = cast.client("operator").get("/guidance/new?month=2023-12&kind=compound&clause=dirty")
    assert page.content.decode().count('value="dirty" checked') == 2


def test_a_site_that_is_added_comes_with_what_it_lost_ticked(cast: Cast) -> None:
    site, client = cast.sites["own"], cast.client("inspector")
    assert client.get(f"/guidance/sites/{site.pk}").status_code == 404
    visit(cast, site, "2023-12-10", dirty="2")
    assert "东村一期" in client.get("/guidance/sites?q=东村").content.decode()
    page = client.get(f"/guidance/sites/{site.pk}").content.decode()
    assert "12-10 失 10 分" in page
    assert 'value="dirty" checked' in page
    assert 'value="bins" checked' not in page
    assert client.get(f"/guidance/sites/{site.pk}?site={site.pk}").content == b""


def test_each_sees_his_own_sites_and_only_who_leads_sees_names(cast: Cast) -> None:
    made = given(cast, cast.sites["own"], cast.sites["next"])
    actions.add_attendance(cast.person("operator"), made, Guest("张三", "安居物业", "13800000000"))
    operator = cast.client("operator").get(f"/guidance/{made.pk}").content.decode()
    property_ = cast.client("property").get(f"/guidance/{made.pk}").content.decode()
    assert "西村花园" in operator
    assert "13800000000" in operator
    assert "东村一期" in property_
    assert "西村花园" not in property_
    assert "张三" not in property_
    assert "1 人" in property_
    assert cast.client("outsider").get(f"/guidance/{made.pk}").status_code == 404
    listed = cast.client("operator").get("/guidance/?q=西村花园&kind=visit&month=2023-10")
    assert "现场指导" in listed.content.decode()
    book = openpyxl.load_workbook(io.BytesIO(cast.client("operator").get("/guidance/?export=xlsx").content))
    assert [cell.value for cell in book.active[2]][:3] == ["现场指导", "现场指导", "2023-10-16 09:00"]


def test_the_pages_of_its_course(cast: Cast) -> None:
    client = cast.client("operator")
    soon = NOW - datetime.timedelta(minutes=5)
    with clock.set_to(NOW - datetime.timedelta(days=1)):
        answered = [Answered(cast.sites["own"], ("dirty",))]
        made = plan_guidance(cast.person("operator"), facts(held_at=soon, words=""), answered)
    path = f"/guidance/{made.pk}"
    assert client.post(f"{path}/held", {}).status_code == 422
    client.post(f"{path}/held", {"held_at": "2023-12-20T08:00", "words": "已示范"})
    client.post(f"{path}/attendances", {"name": "张三"})
    table = SimpleUploadedFile("x.csv", "姓名,单位\n李四,物业\n".encode())
    client.post(f"{path}/attendances/import", {"table": table})
    client.post(f"{path}/attendances/import", {"lines": "王五 物业"})
    assert client.post(f"{path}/attendances/import", {}).status_code == 422
    made.refresh_from_db()
    assert (made.state, made.attendances.count()) == ("held", 3)
    sheet = client.get(f"{path}/sheet").content.decode()
    assert "李四" in sheet
    assert "<th>手机</th>" not in sheet
    assert "<th>手机</th>" in client.get(f"{path}/sheet?phone=yes").content.decode()
    client.post(f"{path}/withdraw", {"reason": "重复登记"})
    assert "已撤销：重复登记" in client.get(path).content.decode()


def test_who_may_give_guidance_holds_the_right(cast: Cast) -> None:
    account = Account.objects.get(login="inspector")
    assert account.has(Right.GUIDE)
    assert not Account.objects.get(login="property").has(Right.GUIDE)

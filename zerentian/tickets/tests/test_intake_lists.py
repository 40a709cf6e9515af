"""Lists of problems: read as they come, told before they are saved, saved once and whole."""

from __future__ import annotations

import datetime
import io
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import docx
import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from tests.cast import OTHER_TOWN, TOWN, Cast
from tests.playing import at, publish_rules
from zerentian.core import clock
from zerentian.core.problems import ProblemsFound
from zerentian.ledger.models import Event
from zerentian.places.models import Site
from zerentian.places.rules import name_key
from zerentian.standards.queries import loop_of
from zerentian.tickets import actions, intake_actions
from zerentian.tickets.actions import Opening, Seen
from zerentian.tickets.intake_models import Sender
from zerentian.tickets.list_files import read_list
from zerentian.tickets.list_planning import columns_for, plan_list
from zerentian.tickets.models import Finding, Proof, Step, Ticket
from zerentian.tickets.rules import State

MONDAY = at(datetime.date(2023, 10, 23))
HEADER = ["编号", "村居", "点位", "检查日期", "存在问题", "整改期限", "扣分", "照片"]
ROWS = [
    ["Q-1", "东村", "东村一期", "2023-10-20", "小包垃圾落地", "2023-10-23", "2", "a.jpg"],
    ["Q-2", "东村", "东村一期", "2023-10-20", "桶边散落垃圾", "", "", ""],
    ["Q-3", "西村", "C-next", "10月20日 9:30", "湿垃圾混投", "3个工作日", "1.5", ""],
]


@pytest.fixture
def monday() -> Iterator[None]:
    with clock.set_to(MONDAY):
        yield


@pytest.fixture
def sender(cast: Cast, monday: None) -> Sender:
    return intake_actions.create_sender(cast.person("dispatcher"), TOWN, "区分减联办", "district")


def workbook(path: Path, rows: Sequence[Sequence[object]], merged: str = "") -> Path:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(list(row))
    if merged:
        book.active.merge_cells(merged)
    book.save(path)
    return path


def ready(cast: Cast, sender: Sender, path: Path) -> Path:
    found = read_list(path)
    intake_actions.set_columns(cast.person("dispatcher"), sender, columns_for(sender, found))
    sender.refresh_from_db()
    return path


def the_list(cast: Cast, sender: Sender, tmp_path: Path, rows: Sequence[Sequence[object]] = ROWS) -> Path:
    return ready(cast, sender, workbook(tmp_path / "清单.xlsx", [HEADER, *rows]))


def faults(sender: Sender, path: Path) -> list[str]:
    return [str(one) for row in plan_list(sender, path).rows for one in row.faults]


def picture(color: str = "red") -> bytes:
    packed = io.BytesIO()
    Image.new("RGB", (64, 48), color).save(packed, "JPEG")
    return packed.getvalue()


def packed(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def test_told_row_by_row_then_saved_once(cast: Cast, sender: Sender, tmp_path: Path) -> None:
    publish_rules(cast)
    path, by = the_list(cast, sender, tmp_path), cast.person("dispatcher")
    assert [row.state for row in plan_list(sender, path).rows] == ["new", "joins", "new"]
    assert not Ticket.objects.exists()
    intake_actions.import_list(by, sender, path)
    exposed, mixed = Ticket.objects.order_by("number")
    assert (exposed.site.code, exposed.problem_class, exposed.source, exposed.state) == (
        "C-own", "exposed", "district", State.DISPATCHED,
    )  # fmt: skip
    assert exposed.summary == "小包垃圾落地；桶边散落垃圾"
    assert exposed.due == at(datetime.date(2023, 10, 23), 15)  # 4 working hours end before the sender's day
    assert mixed.due == at(datetime.date(2023, 10, 24))  # its own 24 hours
    assert exposed.findings.get(reference=f"{sender.pk}|q-1").seen == "扣 2 分"
    assert mixed.found_at == at(datetime.date(2023, 10, 20), 9, 30)
    again = plan_list(sender, path)
    assert [row.state for row in again.rows] == ["known"] * 3
    with pytest.raises(ProblemsFound) as found:
        intake_actions.import_list(by, sender, path)
    assert found.value.problems[0].code == "intake.nothing_new"
    assert (Ticket.objects.count(), Finding.objects.count()) == (2, 3)
    (event,) = Event.objects.filter(kind="sender.list_imported")
    assert (event.data["new"], event.data["joined"], event.data["rows"]) == (2, 1, 3)


def test_without_numbers_a_row_is_known_by_what_it_says(cast: Cast, sender: Sender, tmp_path: Path) -> None:
    header = ["序号", "小区", "问题描述"]
    rows = [["1", "东村一期", "垃圾落地"], ["2", "西村花园", "标识破损"], ["3", "西村花园", "标识破损"]]
    path = ready(cast, sender, workbook(tmp_path / "a.xlsx", [header, *rows]))
    assert [row.state for row in plan_list(sender, path).rows] == ["new", "new", "known"]
    intake_actions.import_list(cast.person("dispatcher"), sender, path)
    later = workbook(tmp_path / "b.xlsx", [header, ["1", "西村花园", "垃圾落地"], rows[0]])
    assert [row.state for row in plan_list(sender, later).rows] == ["new", "known"]


def test_a_number_given_to_another_problem_is_not_passed_over(
    cast: Cast, sender: Sender, tmp_path: Path
) -> None:
    intake_actions.import_list(cast.person("dispatcher"), sender, the_list(cast, sender, tmp_path))
    other = [["Q-1", "西村", "西村花园", "2023-10-21", "无人值守", "", "", ""]]
    (said,) = faults(sender, the_list(cast, sender, tmp_path, other))
    assert "已在整改单 2023-00001 中导入过，而内容不同（上次：小包垃圾落地）" in said


def test_joins_the_open_ticket_and_brings_its_deadline_forward(
    cast: Cast, sender: Sender, tmp_path: Path
) -> None:
    kind = loop_of(TOWN, "2023-10").class_named("facility")
    found = [Seen("容器不全", clock.now(), "bins")]
    ticket = actions.open_ticket(cast.person("operator"), cast.sites["own"], "town", kind, found)
    row = ["Q-9", "", "东村一期", "2023-10-22", "标识破损", "24小时", "", ""]
    path = the_list(cast, sender, tmp_path, [row])
    (planned,) = plan_list(sender, path).rows
    assert (planned.state, planned.ticket) == ("joins", ticket)
    intake_actions.import_list(cast.person("dispatcher"), sender, path)
    ticket.refresh_from_db()
    assert (ticket.summary, ticket.due) == ("容器不全；标识破损", MONDAY + datetime.timedelta(days=1))
    assert ticket.first_due == ticket.due
    kinds = set(Event.objects.filter(subject=str(ticket.pk)).values_list("kind", flat=True))
    assert {"ticket.found_again", "ticket.brought_forward"} <= kinds


def test_faults_name_file_row_column_and_what_is_expected(cast: Cast, sender: Sender, tmp_path: Path) -> None:
    path = the_list(cast, sender, tmp_path, [
        ["Q-1", "", "", "2023-10-20", "落地", "", "", ""],
        ["Q-2", "", "东村一期", "2023-10-20", "", "", "", ""],
        ["Q-3", "", "东村一期", "明天", "落地", "尽快", "", ""],
        ["Q-4", "", "东村一期", "2023-11-20", "落地", "", "", ""],
        ["Q-5", "", "东村一期", "2003-10-20", "落地", "", "", ""],
        ["Q-5", "", "东村一期", "2023-10-20", "落地", "", "", ""],
        ["Q-6", "西村", "东村一期", "2023-10-20", "落地", "", "", ""],
    ])  # fmt: skip
    said = faults(sender, path)
    assert said[0] == "清单.xlsx 第2行 “点位”列：没有填写；应为点位编号或名称"
    assert said[1].startswith("清单.xlsx 第3行 “存在问题”列：没有填写")
    assert "“检查日期”列：“明天”读不出日期" in said[2]
    assert "“整改期限”列：“尽快”读不出期限" in said[3]
    assert "还没有到" in said[4]
    assert "早于一年前" in said[5]
    assert "重复，与第6行相同" in said[6]
    assert "第8行 “点位”列：“东村一期”对不上" in said[7]


def test_three_hundred_faults_are_all_shown_and_nothing_is_saved(
    cast: Cast, sender: Sender, tmp_path: Path
) -> None:
    rows = [[f"Q-{n}", "", "东村一期", "不知道", "落地", "", "", ""] for n in range(300)]
    rows.append(["Q-ok", "", "东村一期", "2023-10-20", "落地", "", "", ""])
    path = the_list(cast, sender, tmp_path, rows)
    assert len(faults(sender, path)) == 300
    with pytest.raises(ProblemsFound) as found:
        intake_actions.import_list(cast.person("dispatcher"), sender, path)
    assert found.value.count == 300
    assert not Ticket.objects.exists()
    client = cast.client("dispatcher")
    kept = upload(client, sender, path)
    page = client.get(kept).content.decode()
    assert page.count("读不出日期") == 300
    assert "确认导入" not in page
    assert client.post(kept, {"confirm": "1"}).status_code == 422


def test_names_are_picked_and_remembered(cast: Cast, sender: Sender, tmp_path: Path) -> None:
    row = ["Q-1", "", "东村一期小区（南门）", "2023-10-20", "落地", "", "", ""]
    path = the_list(cast, sender, tmp_path, [row, ["Q-2", *row[1:4], "混投", *row[5:]]])
    (unknown,) = plan_list(sender, path).unknown
    assert (unknown.count, unknown.sites[0].code) == (2, "C-own")
    client = cast.client("dispatcher")
    kept = upload(client, sender, path)
    page = client.get(kept).content.decode()
    assert "这些名称对应哪个点位" in page
    picked = {"key-0": unknown.key, "site-0": str(cast.sites["own"].pk), "code-0": ""}
    assert client.post(kept, picked).status_code == 302
    assert "确认导入" in client.get(kept).content.decode()
    answer = client.post(kept, {"confirm": "1"})
    assert answer.status_code == 302
    assert Ticket.objects.count() == 2
    other = [["Q-7", "", "东村一期小区（南门）", "2023-10-21", "无人值守", "", "", ""]]
    (planned,) = plan_list(Sender.objects.get(), the_list(cast, sender, tmp_path, other)).rows
    assert (planned.state, planned.site) == ("new", cast.sites["own"])
    client.post(f"/intake/senders/{sender.pk}/forget", {"key": unknown.key})
    assert Sender.objects.get().aliases == {}


def test_a_site_of_another_town_is_never_meant(cast: Cast, sender: Sender, tmp_path: Path) -> None:
    row = ["Q-1", "", "远村小区", "2023-10-20", "落地", "", "", ""]
    assert "对不上" in faults(sender, the_list(cast, sender, tmp_path, [row]))[0]
    with pytest.raises(ProblemsFound):
        intake_actions.set_aliases(cast.person("dispatcher"), sender, {"|远村小区": cast.sites["far"]})


def test_two_sites_of_a_name_are_told_apart_by_the_committee(
    cast: Cast, sender: Sender, tmp_path: Path
) -> None:
    Site.objects.create(
        town=TOWN, code="C-two", kind="compound", name="东村一期", region_id="310118102202",
        name_key=name_key("东村一期"),
    )  # fmt: skip
    rows = [
        [f"Q-{n}", region, "东村一期", "2023-10-20", "落地", "", "", ""]
        for n, region in enumerate(("东村", "西村", ""))
    ]
    plan = plan_list(sender, the_list(cast, sender, tmp_path, rows))
    assert [row.site and row.site.code for row in plan.rows] == ["C-own", "C-two", None]
    assert "对得上 2 个点位" in str(plan.rows[2].faults[0])


def test_mapping_is_remembered_for_the_next_list(cast: Cast, sender: Sender, tmp_path: Path) -> None:
    header = ["甲", "乙", "丙"]
    path = workbook(tmp_path / "清单.xlsx", [header, ["东村一期", "落地", "2023-10-20"]])
    client = cast.client("dispatcher")
    kept = upload(client, sender, path, go_on=False)
    chosen = {"site": "甲", "words": "乙", "found": "丙"}
    refused = client.post(f"{kept}/columns", {"site": "甲", "words": "甲"})
    assert "指定了不止一次" in refused.content.decode()
    assert client.post(f"{kept}/columns", chosen)["Location"] == kept
    again = upload(client, sender, path, go_on=False)
    page = client.get(f"{again}/columns").content.decode()
    assert '<option value="丙" selected>' in page
    assert client.post(again, {"confirm": "1"}).status_code == 302
    assert Ticket.objects.get().found_at == at(datetime.date(2023, 10, 20), 12)


def test_title_rows_and_merged_cells(cast: Cast, sender: Sender, tmp_path: Path) -> None:
    rows = [
        ["2023年10月区督查问题清单"],
        [],
        HEADER,
        *ROWS,
        ["Q-4", None, "东村一期", "2023-10-20", "无人值守"],
    ]
    path = ready(cast, sender, workbook(tmp_path / "清单.xlsx", rows, "B6:B7"))
    plan = plan_list(sender, path)
    assert [row.number for row in plan.rows] == [4, 5, 6, 7]
    assert not plan.rows[2].faults
    assert "第7行 “点位”列" in str(plan.rows[3].faults[0])  # 西村 stands there, too, and has no such site


def test_csv_in_gbk(cast: Cast, sender: Sender, tmp_path: Path) -> None:
    path = tmp_path / "清单.csv"
    path.write_bytes('小区,问题描述\r\n东村一期,"垃圾落地，\r\n有异味"\r\n'.encode("gbk"))
    plan = plan_list(sender, ready(cast, sender, path))
    assert [(row.number, row.state) for row in plan.rows] == [(2, "new")]


def test_a_table_in_a_document(cast: Cast, sender: Sender, tmp_path: Path) -> None:
    document = docx.Document()
    document.add_paragraph("关于督查问题的通报")
    document.add_table(1, 2).rows[0].cells[0].text = "签发"
    for rows in (ROWS[:2], ROWS[2:]):
        table = document.add_table(1 + len(rows), len(HEADER))
        for row, texts in zip(table.rows, [HEADER, *rows], strict=True):
            for cell, text in zip(row.cells, texts, strict=True):
                cell.text = text
    table.rows[0].cells[0].text = HEADER[0]
    document.save(tmp_path / "通报.docx")
    plan = plan_list(sender, ready(cast, sender, tmp_path / "通报.docx"))
    assert [row.state for row in plan.rows] == ["new", "joins", "new"]
    assert "1 张列名不同的表没有读" in plan.left_out
    document.tables[1].rows[1].cells[3].text = "某日"
    document.tables[1].cell(1, 1).merge(document.tables[1].cell(2, 1))
    document.save(tmp_path / "通报.docx")
    (said,) = faults(sender, tmp_path / "通报.docx")
    assert said.startswith("通报.docx（第 2 张表） 第2行 “检查日期”列")


def test_files_that_are_no_list(cast: Cast, sender: Sender, tmp_path: Path) -> None:
    (tmp_path / "a.docx").write_bytes(b"PK\x03\x04 word/document.xml")
    docx.Document().save(tmp_path / "b.docx")
    workbook(tmp_path / "c.xlsx", [["只有标题"]])
    workbook(tmp_path / "d.xlsx", [HEADER])
    codes = {"a.docx": "archive.broken", "b.docx": "intake.no_table", "c.xlsx": "intake.no_header", "d.xlsx": "intake.no_rows"}  # fmt: skip
    for name, code in codes.items():
        with pytest.raises(ProblemsFound) as found:
            read_list(tmp_path / name)
        assert found.value.problems[0].code == code, name


def test_scores_are_sent_to_the_results(cast: Cast, sender: Sender, tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", [["月份", "村居", "得分", "排名"], ["2023-09", "东村", 88, 1]])
    for who, link in (("operator", True), ("dispatcher", False)):
        client = cast.client(who)
        kept = upload(client, sender, path, go_on=False)
        page = client.get(f"{kept}/columns").content.decode()
        assert "成绩表" in page
        assert ("/results/outside/import" in page) == link


def test_photos_by_name_number_and_folder(cast: Cast, sender: Sender, tmp_path: Path) -> None:
    files = {
        "现场/a.jpg": picture(), "现场/q-2/1.jpg": picture("blue"), "Q-3(1).png": picture("green"),
        "Q-3(2).jpg": picture("black"), "多余.jpg": picture("white"), "__MACOSX/._a.jpg": b"x",
    }  # fmt: skip
    archive = packed(tmp_path / "照片压缩包.zip", files)
    path = the_list(cast, sender, tmp_path)
    plan = plan_list(sender, path, archive)
    assert [len(row.photos) for row in plan.rows] == [1, 1, 2]
    assert plan.loose_photos == ["多余.jpg"]
    intake_actions.import_list(cast.person("dispatcher"), sender, path, archive)
    proofs = Proof.objects.filter(kind="before")
    assert sorted(proofs.values_list("ticket__number", flat=True)) == ["2023-00001"] * 2 + ["2023-00002"] * 2
    assert proofs.filter(by=cast.dispatcher, grade="C").count() == 4


def test_names_of_photos_in_gbk(cast: Cast, sender: Sender, tmp_path: Path) -> None:
    archive = tmp_path / "照片压缩包.zip"
    with zipfile.ZipFile(archive, "w") as made:
        made.writestr("XXXX.jpg", picture())
    archive.write_bytes(archive.read_bytes().replace(b"XXXX", "落地".encode("gbk")))
    row = ["Q-1", "", "东村一期", "2023-10-20", "落地", "", "", "落地.jpg"]
    plan = plan_list(sender, the_list(cast, sender, tmp_path, [row]), archive)
    assert plan.rows[0].photos == ["落地.jpg"]


@pytest.mark.parametrize(
    ("files", "code"),
    [
        ({"../a.jpg": b"x"}, "archive.path"),
        ({"/etc/a.jpg": b"x"}, "archive.path"),
        ({"a.exe": b"MZ"}, "archive.foreign"),
        ({"a.jpg": b"no picture"}, "archive.photo"),
        ({"b.jpg": b"x"}, "intake.photo_missing"),
        ({"a.jpg": b"0" * 30_000_000}, "archive.suspicious"),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_archives_that_are_refused(
    cast: Cast, sender: Sender, tmp_path: Path, files: dict[str, bytes], code: str
) -> None:
    archive = tmp_path / "照片压缩包.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in files.items():
            made.writestr(name, content)
    path = the_list(cast, sender, tmp_path)
    with pytest.raises(ProblemsFound) as found:
        intake_actions.import_list(cast.person("dispatcher"), sender, path, archive)
    assert found.value.problems[0].code == code
    assert not Ticket.objects.exists()


def test_formulas_stay_text_when_exported(cast: Cast, sender: Sender, tmp_path: Path) -> None:
    evil = '=HYPERLINK("http://evil.example","看")'
    path = tmp_path / "清单.csv"
    path.write_text(f'小区,问题描述\n东村一期,"{evil.replace(chr(34), chr(34) * 2)}"\n', "utf-8")
    ready(cast, sender, path)
    client = cast.client("dispatcher")
    answer = client.get(upload(client, sender, path) + "?export=xlsx")
    sheet = openpyxl.load_workbook(io.BytesIO(answer.getvalue())).active
    assert (sheet["D2"].value, sheet["D2"].data_type) == (evil, "s")


def test_many_at_once_are_as_one_by_one(cast: Cast, monday: None) -> None:
    """The quick way writes what the plain way would: same tickets, steps, findings and events."""
    by, loop = cast.person("dispatcher"), loop_of(TOWN, "2023-10")
    kind, early = loop.class_of("bins"), MONDAY + datetime.timedelta(hours=3)
    seen = (Seen("缺桶", MONDAY, "bins"),)
    closed = actions.open_ticket(by, cast.sites["own"], "town", kind, seen)
    Ticket.objects.filter(pk=closed.pk).update(state="closed", closed_at=MONDAY)
    for source, site, due in (("district", "own", None), ("city", "next", early), ("public", "next", early)):
        plain = actions.open_ticket(by, cast.sites[site], source, kind, seen, due=due)
        first = Event.objects.filter(subject=str(plain.pk)).order_by("id")
        (quick,) = actions.open_tickets(by, TOWN, source, [Opening(cast.sites[site], kind, seen, due)])
        assert facts(quick) == facts(plain)
        told = [(one.kind, one.actor, one.reason, one.data, one.region) for one in first]
        second = Event.objects.filter(subject=str(quick.pk)).order_by("id")
        assert [(one.kind, one.actor, one.reason, one.data, one.region) for one in second] == told
        assert int(quick.number[5:]) == int(plain.number[5:]) + 1


def facts(ticket: Ticket) -> object:
    held = Ticket.objects.get(pk=ticket.pk)
    left_out = {"_state", "id", "number"}
    steps = Step.objects.filter(ticket=held).values_list(
        "number",
        "move",
        "label",
        "come_from",
        "leads_to",
        "by",
        "by_name",
        "reason",
        "due",
        "handler",
        "lasted",
    )
    findings = Finding.objects.filter(ticket=held).values_list("clause", "words", "source", "found_at")
    values = {name: value for name, value in vars(held).items() if name not in left_out}
    return values, list(steps), list(findings)


def test_previews_ask_few_questions(
    cast: Cast, sender: Sender, tmp_path: Path, django_assert_max_num_queries
) -> None:
    publish_rules(cast)
    rows = [[f"Q-{n}", "东村", f"东村{n}期", "2023-10-20", "落地", "", "", ""] for n in range(60)]
    path = the_list(cast, sender, tmp_path, [*ROWS, *rows])
    client = cast.client("dispatcher")
    kept = upload(client, sender, path)
    for page in (kept, f"{kept}/columns", f"{kept}?export=xlsx"):
        with django_assert_max_num_queries(12):
            assert client.get(page).status_code == 200


def test_only_dispatchers_of_the_town(cast: Cast, sender: Sender, tmp_path: Path) -> None:
    path = the_list(cast, sender, tmp_path)
    for who in ("outsider", "village", "leader"):
        with pytest.raises(Exception, match=r".*") as found:
            intake_actions.import_list(cast.person(who), sender, path)
        assert type(found.value).__name__ == "PermissionDenied", who
    with pytest.raises(Exception, match=r".*"):
        intake_actions.create_sender(cast.person("dispatcher"), OTHER_TOWN, "别镇", "city")
    intake_actions.switch_sender(cast.person("dispatcher"), sender, False)
    with pytest.raises(ProblemsFound) as off:
        intake_actions.import_list(cast.person("dispatcher"), sender, path)
    assert off.value.problems[0].code == "intake.switched_off"


def upload(client, sender: Sender, path: Path, go_on: bool = True) -> str:
    """Upload a list; the address of its preview (the columns confirmed as guessed)."""
    sent = {"sender": str(sender.pk), "table": SimpleUploadedFile(path.name, path.read_bytes())}
    answer = client.post("/intake/lists", sent)
    assert answer.status_code == 302, answer.content.decode()
    address = answer["Location"].removesuffix("/columns")
    if go_on:
        form = client.get(answer["Location"]).context["form"]
        assert (
            client.post(answer["Location"], {k: v for k, v in form.initial.items() if v}).status_code == 302
        )
    return address

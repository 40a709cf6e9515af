"""Documents asked for on pages: made in the background, alike when made again, downloaded by who asked."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from urllib.parse import quote

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from docx import Document
from procrastinate.contrib.django.models import ProcrastinateJob
from pypdf import PdfReader

from tests.cast import Cast
from tests.playing import GOOD, LAST, POOR, at, drawn_round, inspect
from zerentian.core import clock
from zerentian.core.problems import ProblemsFound
from zerentian.documents import actions, registers, templates_of_town
from zerentian.documents.letter import Letter
from zerentian.documents.models import Job
from zerentian.results import actions as results
from zerentian.results.models import Closing
from zerentian.tickets.actions import supervise
from zerentian.tickets.following import follow_waiting
from zerentian.tickets.models import Ticket

RULES = {
    "lists": [{"name": "黑榜", "bottom": 1}],
    "interviews": [{"name": "末位约谈", "when": {"bottom": 1}, "chair": "分管领导", "attend": ["村居书记"]}],
}


@pytest.fixture
def closing(cast: Cast) -> Closing:
    round_ = drawn_round(cast, **RULES)
    for one in round_.assignments.all():
        inspect(cast, one, POOR if one.site.code == "C-own" else GOOD)
    with clock.set_to(at(LAST, 16)):
        follow_waiting()
        supervise(cast.person("operator"), Ticket.objects.get(problem_class="mixed"), "当日整改")
    with clock.set_to(at(LAST, 17)):
        made = results.prepare(cast.person("operator"), round_)
        results.confirm(cast.person("deputy"), made)
        results.publish(cast.person("operator"), made)
    made.refresh_from_db()
    return made


def made(job: Job) -> Job:
    actions.make(job.pk)
    job.refresh_from_db()
    return job


def text_of(path: Path) -> str:
    document = Document(str(path))
    cells = (cell.text for table in document.tables for row in table.rows for cell in row.cells)
    return "\n".join([*(paragraph.text for paragraph in document.paragraphs), *cells])


def test_a_months_documents(cast: Cast, closing: Closing) -> None:
    letter = Letter(issuer="示范镇人民政府")
    job = made(actions.ask_for_month(cast.person("operator"), closing, letter))
    assert job.state == Job.State.DONE
    assert job.files == [
        "bulletin.docx",
        "bulletin.xlsx",
        "bulletin.pdf",
        "interviews/2023-10-01-310118102201.docx",
        "interviews/2023-10-01-310118102201.pdf",
    ]
    folder = actions.folder_of_job(job)
    words = text_of(folder / "bulletin.docx")
    assert "示范镇人民政府" in words
    assert "东村" in words
    assert closing.digest in words
    assert "东村" in text_of(folder / job.files[3])
    assert "约谈" in "".join(page.extract_text() for page in PdfReader(folder / "bulletin.pdf").pages)


def test_files_are_called_in_chinese(cast: Cast, closing: Closing) -> None:
    job = made(actions.ask_for_month(cast.person("operator"), closing, Letter()))
    client = cast.client("operator")
    page = client.get("/documents/").content.decode()
    month = str(closing.round)
    assert f"{month}通报.docx" in page
    assert f"{month}约谈通知书01（东村村委会）.docx"
    told = client.get(f"/documents/{job.pk}/3")["Content-Disposition"]
    assert quote("约谈通知书01") in told


def test_a_file_that_is_gone_is_told(cast: Cast, closing: Closing) -> None:
    job = made(actions.ask_for_register(cast.person("operator"), "sites", "2023-10", ["xlsx"]))
    (actions.folder_of_job(job) / job.files[0]).unlink()
    answer = cast.client("operator").get(f"/documents/{job.pk}/0")
    assert answer.status_code == 422
    assert "请再制作一次" in answer.content.decode()


def test_an_unforeseen_failure_is_told_and_leaves_nothing(
    cast: Cast, closing: Closing, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = actions.ask_for_month(cast.person("operator"), closing, Letter())

    def fail(*args: object, **settings: object) -> list[Path]:
        raise RuntimeError("unforeseen")

    monkeypatch.setattr(actions, "write_month_documents", fail)
    with pytest.raises(RuntimeError):
        actions.make(job.pk)
    job.refresh_from_db()
    assert job.state == Job.State.FAILED
    assert "请再制作一次" in job.fault
    assert not any(path.name.startswith(".") for path in actions.folder_of_job(job).parent.iterdir())


def test_asking_leaves_a_task_for_the_worker(cast: Cast, closing: Closing) -> None:
    job = actions.ask_for_month(cast.person("operator"), closing, Letter())
    waiting = ProcrastinateJob.objects.get(task_name=actions.TASK)
    assert waiting.args == {"job_id": str(job.pk)}


def test_made_again_after_a_crash_it_is_the_same(cast: Cast, closing: Closing) -> None:
    job = made(actions.ask_for_month(cast.person("operator"), closing, Letter()))
    folder = actions.folder_of_job(job)
    before = {name: (folder / name).read_bytes() for name in job.files}
    Job.objects.update(state=Job.State.RUNNING)
    made(job)
    assert {name: (folder / name).read_bytes() for name in job.files} == before
    assert sorted(path.name for path in folder.parent.iterdir()) == [str(job.pk)]


@pytest.mark.parametrize("name", sorted(registers.REGISTERS))
def test_every_register_in_every_format(cast: Cast, closing: Closing, name: str) -> None:
    job = made(actions.ask_for_register(cast.person("operator"), name, "2023-10", ["xlsx", "docx", "pdf"]))
    assert job.state == Job.State.DONE, job.fault
    folder = actions.folder_of_job(job)
    book = openpyxl.load_workbook(folder / f"{job.title}.xlsx").active
    expected = {
        "sites": 2, "facilities": 0, "inspections": 2, "unreachable": 0, "deductions": 3, "ranks": 2,
        "lists": 1, "interviews": 1, "tickets": 2, "guidance": 0, "self_checks": 0,
    }  # fmt: skip
    assert book.max_row - 1 == expected[name]
    assert registers.REGISTERS[name].columns[0] in text_of(folder / f"{job.title}.docx")
    assert PdfReader(folder / f"{job.title}.pdf").pages


def test_a_register_holds_what_its_account_may_see(cast: Cast, closing: Closing) -> None:
    job = made(actions.ask_for_register(cast.person("outsider"), "sites", "2023-10", ["xlsx"]))
    book = openpyxl.load_workbook(actions.folder_of_job(job) / f"{job.title}.xlsx").active
    assert [row[0].value for row in book.iter_rows(min_row=2)] == ["远村小区"]


def test_formulas_stay_text(cast: Cast, closing: Closing) -> None:
    cast.sites["own"].name = '=HYPERLINK("http://x")'
    cast.sites["own"].save()
    job = made(actions.ask_for_register(cast.person("operator"), "sites", "2023-10", ["xlsx", "docx"]))
    book = openpyxl.load_workbook(actions.folder_of_job(job) / f"{job.title}.xlsx").active
    (cell,) = [row[0] for row in book.iter_rows(min_row=2) if str(row[0].value).startswith("=")]
    assert cell.data_type == "s"


def test_too_much_for_paper_is_told(cast: Cast, closing: Closing, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registers, "PAPER_ROWS", 1)
    job = made(actions.ask_for_register(cast.person("operator"), "sites", "2023-10", ["xlsx", "pdf"]))
    assert (job.state, job.files) == (Job.State.FAILED, [])
    assert "只选 Excel" in job.fault


def test_the_whole_way_on_pages(cast: Cast, closing: Closing) -> None:
    client = cast.client("operator")
    assert client.post(f"/documents/months/{closing.pk}", {"issuer": "镇政府"}).status_code == 302
    assert "排队中" in client.get("/documents/").content.decode()
    job = made(Job.objects.get())
    assert "通报.pdf" in client.get("/documents/").content.decode()
    assert client.get(f"/documents/{job.pk}/2").content.startswith(b"%PDF")
    assert client.get(f"/documents/{job.pk}/9").status_code == 404
    assert cast.client("second_operator").get(f"/documents/{job.pk}/2").status_code == 404


def changed(town: str, old: str, new: str) -> bytes:
    document = Document(str(templates_of_town.current(town, "bulletin.docx")))
    for paragraph in document.paragraphs:
        for run in paragraph.runs:
            run.text = run.text.replace(old, new)
    packed = io.BytesIO()
    document.save(packed)
    return packed.getvalue()


def test_a_towns_own_template_is_used_and_taken_back(cast: Cast, closing: Closing) -> None:
    town, by = closing.round.town, cast.person("operator")
    client = cast.client("operator")
    upload = SimpleUploadedFile("通报.docx", changed(town, "总体情况", "本月总体情况"))
    client.post("/documents/templates/bulletin.docx", {"template": upload})
    assert templates_of_town.is_own(town, "bulletin.docx")
    job = made(actions.ask_for_month(by, closing, Letter()))
    assert "本月总体情况" in text_of(actions.folder_of_job(job) / "bulletin.docx")
    actions.take_back_template(by, town, "bulletin.docx")
    assert not templates_of_town.is_own(town, "bulletin.docx")


@pytest.mark.parametrize("content", [b"no word file", b""])
def test_a_template_that_can_not_be_filled_is_refused(cast: Cast, closing: Closing, content: bytes) -> None:
    with pytest.raises(ProblemsFound, match=r"template\.broken"):
        actions.replace_template(cast.person("operator"), closing.round.town, "bulletin.docx", content)
    assert not templates_of_town.is_own(closing.round.town, "bulletin.docx")


def test_a_template_with_entities_is_refused_or_prints_none_of_them(cast: Cast, closing: Closing) -> None:
    town, packed = closing.round.town, io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(changed(town, "总体情况", "needle"))) as sound,
        zipfile.ZipFile(packed, "w") as hostile,
    ):
        for name in sound.namelist():
            text = sound.read(name)
            if name == "word/document.xml":
                assert b"needle" in text
                declared = b'<!DOCTYPE x [<!ENTITY a "stolen"><!ENTITY f SYSTEM "file:///etc/passwd">]>'
                head, _, body = text.partition(b"?>")
                text = head + b"?>" + declared + body.replace(b"needle", b"&a;&f;")
            hostile.writestr(name, text)
    try:
        shown = templates_of_town.preview(town, "bulletin.docx", packed.getvalue())
    except ProblemsFound:
        return
    with zipfile.ZipFile(io.BytesIO(shown)) as document:
        body = document.read("word/document.xml")
    assert b"root:" not in body


def test_a_template_of_no_known_name_is_refused(cast: Cast, closing: Closing) -> None:
    with pytest.raises(ProblemsFound, match=r"template\.unknown"):
        actions.replace_template(cast.person("operator"), closing.round.town, "other.docx", b"PK")


def test_an_unknown_variable_is_named(cast: Cast, closing: Closing) -> None:
    content = changed(closing.round.town, "letter.issuer", "letter.nobody")
    with pytest.raises(ProblemsFound) as found:
        actions.replace_template(cast.person("operator"), closing.round.town, "bulletin.docx", content)
    assert "nobody" in str(found.value.problems[0])


@pytest.mark.parametrize("name", sorted(templates_of_town.TITLES))
def test_every_template_can_be_previewed(cast: Cast, closing: Closing, name: str) -> None:
    assert templates_of_town.preview(closing.round.town, name).startswith(b"PK")

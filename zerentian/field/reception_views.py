"""Pages about what phones sent: held reports, phones that owe some, photos nobody named, a phone's file."""

from __future__ import annotations

import mmap
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from django.contrib import messages
from django.core.files.uploadedfile import TemporaryUploadedFile, UploadedFile
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from zerentian.core import clock
from zerentian.core.problems import ProblemsFound, problem
from zerentian.evaluation.assessment import observed_words
from zerentian.evaluation.standard import Standard
from zerentian.field import reception_actions, uploads
from zerentian.field.models import Device, HeldReport, Upload
from zerentian.field.queries import devices_of, overseen
from zerentian.field.queue_files import LARGEST, Content, read_queue
from zerentian.field.schemas import ReportIn
from zerentian.pages.listing import Choice, Column, export, listing
from zerentian.people.access import account_of, page, person_of
from zerentian.people.rules import Right
from zerentian.places.models import Site
from zerentian.rounds import photos as photo_files
from zerentian.rounds.forms import ReasonForm
from zerentian.rounds.models import Assignment, Inspection
from zerentian.rounds.visit_actions import answers_of
from zerentian.standards.actions import read_rule
from zerentian.standards.models import RuleVersion

M = TypeVar("M", HeldReport, Device, Upload)

_HELD = [
    Column[HeldReport]("检查员", lambda one: one.account.name, "account__name"),
    Column[HeldReport]("原因", lambda one: one.get_why_display(), "why"),
    Column[HeldReport]("说明", lambda one: "；".join(known["message"] for known in one.problems)),
    Column[HeldReport]("收到", lambda one: clock.as_text(one.received), "received"),
    Column[HeldReport]("设备", lambda one: one.device, "device"),
    Column[HeldReport]("状态", lambda one: one.get_state_display(), "state"),
    Column[HeldReport]("处理意见", lambda one: one.answer),
]
_DEVICES = [
    Column[Device]("检查员", lambda one: one.account.name, "account__name"),
    Column[Device]("设备", lambda one: one.device, "device"),
    Column[Device]("已做", lambda one: one.made, "made"),
    Column[Device]("已到", lambda one: getattr(one, "came"), "came"),  # noqa: B009 - annotated
    Column[Device]("手机上待传", lambda one: one.waiting, "waiting"),
    Column[Device]("下落不明", lambda one: getattr(one, "owed"), "owed"),  # noqa: B009 - annotated
    Column[Device]("待传照片", lambda one: one.photos, "photos"),
    Column[Device]("最近联系", lambda one: clock.as_text(one.seen), "seen"),
]
_ORPHANS = [
    Column[Upload]("照片", lambda one: f"{one.sha256[:16]}…", "sha256"),
    Column[Upload]("上传人", lambda one: one.account.name, "account__name"),
    Column[Upload]("上传时间", lambda one: clock.as_text(one.begun), "begun"),
    Column[Upload]("大小（千字节）", lambda one: one.size // 1024, "size"),
    Column[Upload](
        "已到", lambda one: "全部" if one.arrived >= one.size else f"{one.arrived * 100 // one.size}%"
    ),
]


@dataclass(frozen=True, slots=True)
class Row:
    """A clause: what the accepted report says of it (empty without one) and what the held one says."""

    clause: str
    accepted: str
    held: str

    @property
    def differs(self) -> bool:
        """Whether the two say different things."""
        return bool(self.accepted) and self.accepted != self.held


@page(Right.CORRECT_INSPECTIONS)
@require_GET
def held(request: HttpRequest) -> HttpResponse:
    """Reports that came but found no place."""
    rows = HeldReport.objects.visible_to(account_of(request)).select_related("account")
    found = listing(
        request, rows, _HELD, sort="-received",
        choices=[
            Choice("state", "状态", HeldReport.State.choices),
            Choice("why", "原因", HeldReport.Why.choices),
        ],
        search=_by_name, link=lambda one: reverse("reception:held_report", args=[one.pk]),
        empty="没有待处理的报告：手机交来的检查都已各就各位。",
    )  # fmt: skip
    if "export" in request.GET:
        return export("待处理的报告", found.rows_found, _HELD)
    context = {
        "listing": found, "title": "待处理的报告", "search_hint": "检查员",
        "help": "手机交来、但不能直接入账的检查；原文已完整保存，由您决定是否采用。", "buttons": _buttons(),
    }  # fmt: skip
    return render(request, "pages/list.html", context)


@page(Right.CORRECT_INSPECTIONS)
@require_http_methods(["GET", "POST"])
def held_report(request: HttpRequest, held_id: UUID) -> HttpResponse:
    """A held report, clause by clause beside the accepted one of its id, and the decision."""
    found = _held(request, held_id)
    form = ReasonForm(request.POST or None)
    form.fields["reason"].label = "处理意见"
    if request.method == "POST" and form.is_valid():
        take = request.POST.get("decision") == "take"
        reception_actions.decide(person_of(request), found, take, form.cleaned_data["reason"])
        if take and found.why == HeldReport.Why.OTHER_BYTES:
            messages.success(request, "已转为一项更正，待另一人审核。")
        else:
            messages.success(request, "已采用。" if take else "未采用；原文仍保留在案。")
        return redirect("reception:held_report", found.pk)
    report = ReportIn.model_validate_json(found.body)
    accepted = Inspection.objects.filter(pk=found.inspection).select_related("site", "inspector").first()
    task = (
        Assignment.objects.filter(pk__in=_some(report.task)).select_related("site__region", "round").first()
    )
    site = (
        task.site if task else Site.objects.filter(pk__in=_some(report.site)).select_related("region").first()
    )
    context = {
        "held": found, "report": report, "form": form, "accepted": accepted, "task": task, "site": site,
        "rows": _rows(report, accepted), "title": "待处理的报告",
        "back": reverse("reception:held") + "?state=open",
        "photos": [
            (number, one, photo_files.find(one.sha256) is not None)
            for number, one in enumerate(report.photos)
        ],
    }  # fmt: skip
    return render(request, "reception/held.html", context)


@page(Right.CORRECT_INSPECTIONS)
@require_GET
def held_photo(request: HttpRequest, held_id: UUID, number: int) -> HttpResponse:
    """A photo that a held report names."""
    named = ReportIn.model_validate_json(_held(request, held_id).body).photos
    if number >= len(named):
        raise Http404
    return _shown(named[number].sha256)


@page(Right.CORRECT_INSPECTIONS)
@require_GET
def devices(request: HttpRequest) -> HttpResponse:
    """Phones, and what they owe."""
    rows = devices_of(overseen(account_of(request)))
    found = listing(
        request, rows, _DEVICES, sort="-owed", search=_by_name, choices=[
            Choice("owed__gt", "报告", [("0", "下落不明")]), Choice("waiting__gt", "手机", [("0", "有待传")])
        ], empty="还没有手机联系过。",
    )  # fmt: skip
    if "export" in request.GET:
        return export("手机", found.rows_found, _DEVICES)
    context = {
        "listing": found, "title": "手机", "search_hint": "检查员", "back": reverse("reception:held"),
        "help":
        "下落不明＝手机做过、没有到、手机上也没有了：请检查员在那部手机上打开应用，或导入它的文件。",
    }  # fmt: skip
    return render(request, "pages/list.html", context)


@page(Right.CORRECT_INSPECTIONS)
@require_GET
def orphans(request: HttpRequest) -> HttpResponse:
    """Photos that came and that no report names."""
    rows = uploads.orphans(overseen(account_of(request)))
    found = listing(
        request, rows, _ORPHANS, sort="begun", search=_by_name,
        link=lambda one: reverse("reception:orphan", args=[one.pk]), empty="没有：每张照片都有检查认领。",
    )  # fmt: skip
    if "export" in request.GET:
        return export("没有归属的照片", found.rows_found, _ORPHANS)
    context = {
        "listing": found, "title": "没有归属的照片", "search_hint": "上传人",
        "back": reverse("reception:held"),
        "help": "到了一天以上、却没有检查认领的照片：多半是检查报告还在手机上。不会自动删除。",
    }  # fmt: skip
    return render(request, "pages/list.html", context)


@page(Right.CORRECT_INSPECTIONS)
@require_GET
def orphan(request: HttpRequest, upload_id: UUID) -> HttpResponse:
    """Such a photo. Raises `ProblemsFound` while it has not come whole."""
    return _shown(get_object_or_404(uploads.orphans(overseen(account_of(request))), pk=upload_id).sha256)


@page(Right.CORRECT_INSPECTIONS)
@require_http_methods(["GET", "POST"])
def import_queue(request: HttpRequest) -> HttpResponse:
    """The file a broken phone wrote: judged whole, then taken in whole, each thing once."""
    context: dict[str, object] = {
        "title": "导入手机文件", "back": reverse("reception:held"), "limit": LARGEST // 1024**2,
    }  # fmt: skip
    file = request.FILES.get("queue")
    if request.method == "POST" and isinstance(file, UploadedFile):
        try:
            with _content(file) as content:
                queue = read_queue(content, overseen(account_of(request)))
                context["done"] = reception_actions.import_queue(person_of(request), queue)
                context["queue"] = queue
        except ProblemsFound as found:
            context["lines"] = list(found.lines())
    return render(request, "reception/import.html", context, status=422 if "lines" in context else 200)


@contextmanager
def _content(file: UploadedFile[bytes]) -> Iterator[Content]:
    """What was uploaded, a large file as it lies on the disk. Raises `ProblemsFound` beyond the limit."""
    if (file.size or 0) > LARGEST:
        raise problem("queue.too_large", limit=f"{LARGEST // 1024**2} MB")
    if isinstance(file, TemporaryUploadedFile) and file.size:
        with (
            open(file.temporary_file_path(), "rb") as kept,  # noqa: PTH123 - Django tells a text
            mmap.mmap(kept.fileno(), 0, access=mmap.ACCESS_READ) as content,
        ):
            yield content
    else:
        yield file.read()


def _buttons() -> list[tuple[str, str, str]]:
    return [
        ("导入手机文件", reverse("reception:import_queue"), "upload"),
        ("手机", reverse("reception:devices"), "device-mobile"),
        ("没有归属的照片", reverse("reception:orphans"), "camera"),
    ]


def _by_name(rows: QuerySet[M], words: str) -> QuerySet[M]:
    return rows.filter(Q(account__name__icontains=words) | Q(account__login=words))


def _some(id_: UUID | None) -> list[UUID]:
    return [] if id_ is None else [id_]


def _held(request: HttpRequest, held_id: UUID) -> HeldReport:
    rows = HeldReport.objects.visible_to(account_of(request)).select_related("account", "decided_by")
    return get_object_or_404(rows, pk=held_id)


def _shown(sha256: str) -> HttpResponse:
    response = HttpResponse(photo_files.shown_copy(sha256), content_type="image/jpeg")
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _rows(report: ReportIn, accepted: Inspection | None) -> list[Row]:
    before = answers_of(accepted) if accepted else {}
    version = RuleVersion.objects.filter(
        pk__in=_some(report.standard or (accepted.standard_id if accepted else None)),
        kind=RuleVersion.Kind.STANDARD,
    ).first()
    standard = read_rule(version.kind, version.text) if version else None
    clauses = {one.id: one for one in standard.clauses} if isinstance(standard, Standard) else {}
    month = clock.as_text(report.started)[:7]

    def words(answers: Mapping[str, str], id_: str) -> str:
        given = answers.get(id_, "")
        return observed_words(clauses[id_], given, month) if id_ in clauses else given

    named = [*clauses, *(id_ for id_ in {**before, **report.answers} if id_ not in clauses)]
    return [
        Row(clauses[id_].text if id_ in clauses else id_, words(before, id_), words(report.answers, id_))
        for id_ in named
    ]

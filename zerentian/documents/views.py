"""Documents to download: made at once when small, in the background when not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from zerentian.core import clock
from zerentian.core.problems import problem
from zerentian.documents import actions, templates_of_town
from zerentian.documents.file_names import in_chinese, subjects_of
from zerentian.documents.forms import LetterForm, OrderForm, RegisterForm, TemplateForm
from zerentian.documents.models import Job
from zerentian.documents.plates import plates as make_plates
from zerentian.pages.listing import download
from zerentian.people.access import account_of, page, person_of
from zerentian.people.models import TownSettings
from zerentian.people.rules import Right
from zerentian.places.models import Region, Site
from zerentian.results.models import Closing
from zerentian.standards.models import RuleVersion
from zerentian.tickets.models import Ticket

_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_SHOWN = 50


@page(Right.SEE_PLACES)
@require_GET
def plates(request: HttpRequest, region_code: str) -> HttpResponse:
    """The QR plates of a committee's sites, as far as one sees them."""
    account = account_of(request)
    region = get_object_or_404(Region.objects.visible_to(account), pk=region_code)
    sites = list(Site.objects.visible_to(account).active().filter(region=region).order_by("kind", "code"))
    if not sites:
        raise problem("places.no_sites", value=region.name)

    def address_of(site: Site) -> str:
        return request.build_absolute_uri(reverse("shop:entry", args=[site.pk]))

    content = make_plates(region, sites, address_of)
    return download(f"{region.name}码牌.pdf", content, "application/pdf")


@page(Right.MAKE_DOCUMENTS, Right.SEE_STANDARDS)
@require_GET
def jobs(request: HttpRequest) -> HttpResponse:
    """One's documents: asked for, being made, ready."""
    found = list(Job.objects.visible_to(account_of(request))[:_SHOWN])
    context = {
        "jobs": list(zip(found, _names(found), strict=True)),
        "title": "文书", "help": "通报、约谈通知书、评分表和台账；做好后在这里下载。",
        "busy": any(job.state in (Job.State.WAITING, Job.State.RUNNING) for job in found),
        "buttons": [
            ("制作台账", reverse("documents:ask_for_register"), "file-text"),
            ("模板", reverse("documents:templates"), "edit"),
        ] if account_of(request).has(Right.MAKE_DOCUMENTS) else [],
    }  # fmt: skip
    template = "documents/job_list.html" if request.headers.get("HX-Request") else "documents/jobs.html"
    return render(request, template, context)


@page(Right.MAKE_DOCUMENTS)
@require_http_methods(["GET", "POST"])
def ask_for_month(request: HttpRequest, closing_id: UUID) -> HttpResponse:
    """Bulletin and notices of a closed month, with the marks of the letter."""
    account = account_of(request)
    found = get_object_or_404(Closing.objects.visible_to(account).select_related("round"), pk=closing_id)
    form = LetterForm(request.POST or None, initial=_letter_marks(found.round.town))
    if request.method == "POST" and form.is_valid():
        actions.ask_for_month(person_of(request), found, form.letter)
        messages.success(request, "已开始制作。")
        return redirect("documents:jobs")
    context = {
        "form": form, "title": f"制作文书：{found}", "submit": "制作",
        "back": reverse("results:closing", args=[found.pk]),
        "note": "生成通报（Word、Excel、PDF）和每一份约谈通知书（Word、PDF）；留空的项目印成空格，由人填写。",
    }  # fmt: skip
    return render(request, "pages/form.html", context)


@page(Right.DISPATCH_TICKETS)
@require_http_methods(["GET", "POST"])
def ask_for_order(request: HttpRequest, ticket_id: UUID) -> HttpResponse:
    """The supervision order of a ticket, with the marks of the letter."""
    seen = Ticket.objects.visible_to(account_of(request), Right.DISPATCH_TICKETS)
    found = get_object_or_404(seen.select_related("site"), pk=ticket_id)
    form = OrderForm(request.POST or None, initial=_letter_marks(found.town))
    if request.method == "POST" and form.is_valid():
        actions.ask_for_order(person_of(request), found, form.letter)
        messages.success(request, "已开始制作。")
        return redirect("documents:jobs")
    context = {
        "form": form, "title": f"督办通知书：{found.number}", "submit": "制作",
        "back": reverse("tickets:ticket", args=[found.pk]),
        "note": "生成督办通知书（Word、PDF）；留空的项目印成空格，由人填写。",
    }  # fmt: skip
    return render(request, "pages/form.html", context)


@page(Right.MAKE_DOCUMENTS)
@require_http_methods(["GET", "POST"])
def ask_for_register(request: HttpRequest) -> HttpResponse:
    """A register in the formats wanted."""
    form = RegisterForm(request.POST or None, initial={"month": clock.this_month()})
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        actions.ask_for_register(person_of(request), values["register"], values["month"], values["kinds"])
        messages.success(request, "已开始制作。")
        return redirect("documents:jobs")
    context = {"form": form, "title": "制作台账", "submit": "制作", "back": reverse("documents:jobs")}
    return render(request, "pages/form.html", context)


@page(Right.SEE_STANDARDS)
@require_POST
def ask_for_score_sheet(request: HttpRequest, version_id: UUID) -> HttpResponse:
    """The printable sheet of a standard."""
    found = get_object_or_404(RuleVersion.objects.visible_to(account_of(request)), pk=version_id)
    actions.ask_for_score_sheet(person_of(request), found)
    messages.success(request, "已开始制作。")
    return redirect("documents:jobs")


@page(Right.MAKE_DOCUMENTS, Right.SEE_STANDARDS)
@require_GET
def file(request: HttpRequest, job_id: UUID, number: int) -> HttpResponse:
    """A file of one's own job."""
    job = get_object_or_404(Job.objects.visible_to(account_of(request)), pk=job_id, state=Job.State.DONE)
    if number >= len(job.files):
        raise Http404
    path = actions.folder_of_job(job) / job.files[number]
    name = next(_names([job]))[number]
    if not path.exists():
        raise problem("documents.gone", value=name)
    return download(name, path.read_bytes(), "application/octet-stream")


def _letter_marks(town: str) -> dict[str, str]:
    """What is known of a letter before anybody writes: its issuer and the day."""
    settings, today = TownSettings.objects.filter(pk=town).first(), clock.today()
    date = f"{today.year}年{today.month}月{today.day}日"
    return {"issuer": settings.issuer if settings else "", "date": date}


def _names(found: Sequence[Job]) -> Iterator[list[str]]:
    """What the files of each job are called."""
    regions = Region.objects.in_bulk({code for job in found for code in subjects_of(job.files)})
    names = {code: region.name for code, region in regions.items()}
    for job in found:
        yield [in_chinese(file, job.settings.get("month", ""), names) for file in job.files]


@page(Right.MAKE_DOCUMENTS)
@require_GET
def templates(request: HttpRequest) -> HttpResponse:
    """The town's templates."""
    town = account_of(request).town
    context = {
        "title": "文书模板", "back": reverse("documents:jobs"), "form": TemplateForm(),
        "help": "下载 Word 模板修改后再上传；上传时先试填，有错误就不采用。",
        "templates": [
            (name, title, templates_of_town.is_own(town, name))
            for name, title in templates_of_town.TITLES.items()
        ],
    }  # fmt: skip
    return render(request, "documents/templates.html", context)


@page(Right.MAKE_DOCUMENTS)
@require_http_methods(["GET", "POST"])
def template(request: HttpRequest, name: str) -> HttpResponse:
    """A template: downloaded, or replaced by the town's own."""
    town = account_of(request).town
    if request.method == "GET":
        return download(name, templates_of_town.current(town, name).read_bytes(), _WORD)
    form = TemplateForm(request.POST, request.FILES)
    if form.is_valid():
        content = form.cleaned_data["template"].read()
        actions.replace_template(person_of(request), town, name, content)
        messages.success(request, "试填成功，已采用新模板。")
    return redirect("documents:templates")


@page(Right.MAKE_DOCUMENTS)
@require_GET
def preview(request: HttpRequest, name: str) -> HttpResponse:
    """A template filled with the town's latest data."""
    content = templates_of_town.preview(account_of(request).town, name)
    return download(f"预览-{name}", content, _WORD)


@page(Right.MAKE_DOCUMENTS)
@require_POST
def take_back(request: HttpRequest, name: str) -> HttpResponse:
    """The shipped template again."""
    actions.take_back_template(person_of(request), account_of(request).town, name)
    messages.success(request, "已恢复自带的模板。")
    return redirect("documents:templates")

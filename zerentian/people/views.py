"""Pages about people and for signing in."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast
from uuid import UUID

import segno
from django.contrib import messages
from django.contrib.auth import login, logout, update_session_auth_hash
from django.contrib.auth.views import LoginView
from django.core.files.uploadedfile import UploadedFile
from django.db.models import FilteredRelation, Prefetch, Q, QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_otp import login as verify_device
from django_otp.plugins.otp_totp.models import TOTPDevice

from zerentian.core import clock
from zerentian.core.problems import ProblemsFound
from zerentian.ledger.actions import Actor
from zerentian.pages.addresses import client_address
from zerentian.pages.forms import offer
from zerentian.pages.listing import Choice, Column, blank_table, export, listing
from zerentian.pages.uploads import forget_table, keep_table, kept_table
from zerentian.people import actions
from zerentian.people.access import Page, account_of, page, person_of, public
from zerentian.people.forms import (
    AccountChangeForm,
    AccountForm,
    EndPostForm,
    OrganisationChangeForm,
    OrganisationForm,
    PasswordForm,
    PostForm,
    ReasonForm,
    SecondFactorForm,
    SignInForm,
)
from zerentian.people.importing import OPTIONAL, REQUIRED, plan_people
from zerentian.people.models import Account, Organisation, Post, SignIn
from zerentian.people.rules import Right, Role

_COLUMNS = [
    Column[Account]("登录名", lambda one: one.login, "login"),
    Column[Account]("姓名或岗位名", lambda one: one.name, "name"),
    Column[Account]("岗位", lambda one: _listed(Role(post.role).label for post in one.posts.all())),
    Column[Account]("单位", lambda one: _listed(post.organisation.name for post in one.posts.all())),
    Column[Account]("启用", lambda one: "是" if one.is_active else "否", "is_active"),
]
_ORGANISATION_COLUMNS = [
    Column[Organisation]("名称", lambda one: one.name, "name"),
    Column[Organisation]("类别", lambda one: one.get_kind_display(), "kind"),
    Column[Organisation]("区划代码", lambda one: one.region, "region"),
    Column[Organisation]("联系方式", lambda one: one.contact),
    Column[Organisation]("在用", lambda one: "是" if one.is_active else "否", "is_active"),
]


class SignIn_(LoginView):  # noqa: N801 - the model has the plain name
    """Signing in; a new session id each time."""

    template_name = "people/sign_in.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def form_valid(self, form: SignInForm) -> HttpResponse:  # type: ignore[override]
        """Open the session and note it."""
        account = form.get_user()
        login(self.request, account)
        session = self.request.session.session_key or ""
        by = Actor(
            account.id, account.name, getattr(self.request, "request_id", ""), client_address(self.request)
        )
        actions.note_sign_in(by, account, session, self.request.headers.get("User-Agent", ""))
        return redirect(self.get_success_url())


sign_in = public(cast("Page[...]", SignIn_.as_view()))


@public
def locked_out(request: HttpRequest, /, *args: object, **kwargs: object) -> HttpResponse:
    """Too many failures of this account from this address; told to programs in JSON."""
    if request.content_type == "application/json":
        message = "失败次数过多，请十五分钟后再试。"
        return JsonResponse({"accepted": False, "message": message}, status=429)
    return render(request, "people/locked.html", status=429)


@page()
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End this session."""
    actions.sign_out(person_of(request), request.session.session_key or "")
    logout(request)
    return redirect("people:sign_in")


@page()
@require_http_methods(["GET", "POST"])
def password(request: HttpRequest) -> HttpResponse:
    """Choose a new password; other sessions end."""
    form = PasswordForm(account_of(request), request.POST or None)
    if request.method == "POST" and form.is_valid():
        account = account_of(request)
        actions.change_password(person_of(request), account, form.cleaned_data["new_password1"])
        update_session_auth_hash(request, account)
        session = request.session.session_key or ""
        actions.note_session(person_of(request), account, session, request.headers.get("User-Agent", ""))
        messages.success(request, "密码已修改。")
        return redirect("desk:home")
    return render(request, "people/password.html", {"form": form})


@page()
@require_http_methods(["GET", "POST"])
def second_factor(request: HttpRequest) -> HttpResponse:
    """Give the code, or set the app up when there is none yet."""
    account = account_of(request)
    device, _ = TOTPDevice.objects.get_or_create(
        user=account, defaults={"name": "动态口令", "confirmed": False}
    )
    form = SecondFactorForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        accepted = actions.accept_code(person_of(request), device, form.cleaned_data["code"])
        if accepted:
            verify_device(request, accepted)
            return redirect("desk:home")
        form.add_error("code", "动态口令不正确，请等下一个口令再试。")
    picture = "" if device.confirmed else segno.make(device.config_url).svg_inline(scale=5)
    return render(
        request,
        "people/second_factor.html",
        {"form": form, "picture": mark_safe(picture)},  # noqa: S308 - drawn by segno
    )


@page()
@require_GET
def sessions(request: HttpRequest) -> HttpResponse:
    """One's own open sessions."""
    mine = account_of(request).sign_ins.filter(ended__isnull=True)
    context = {"sessions": mine, "current": request.session.session_key}
    return render(request, "people/sessions.html", context)


@page()
@require_POST
def end_session(request: HttpRequest, sign_in_id: UUID) -> HttpResponse:
    """End a session: one's own, or one of an account one manages."""
    managed = Account.objects.visible_to(account_of(request))
    allowed = SignIn.objects.filter(account__in=managed) | SignIn.objects.filter(account=account_of(request))
    sign_in = get_object_or_404(allowed.distinct(), pk=sign_in_id)
    actions.end_sign_in(person_of(request), sign_in)
    messages.success(request, "已结束该会话。")
    if sign_in.account_id == account_of(request).id:
        return redirect("people:sessions")
    return redirect("people:account", sign_in.account_id)


def _listed(names: Iterable[str]) -> str:
    return "、".join(dict.fromkeys(names))


def _organisations(request: HttpRequest) -> QuerySet[Organisation]:
    return Organisation.objects.visible_to(account_of(request))


def _accounts(request: HttpRequest) -> QuerySet[Account]:
    found: QuerySet[Account] = Account.objects.visible_to(account_of(request))
    return found.prefetch_related("posts__organisation")


@page(Right.MANAGE_PEOPLE)
@require_GET
def accounts(request: HttpRequest) -> HttpResponse:
    """The list of accounts with the posts they hold or will hold."""
    held = Q(posts__until=None) | Q(posts__until__gte=clock.today())
    now_or_later = Post.objects.exclude(until__lt=clock.today()).select_related("organisation")
    rows = (
        Account.objects.visible_to(account_of(request))
        .prefetch_related(Prefetch("posts", now_or_later))
        .annotate(post=FilteredRelation("posts", condition=held))
    )
    roles = [(role.value, role.label) for role in Role]
    known = [(str(one.pk), one.name) for one in _organisations(request)]
    found = listing(
        request,
        rows,
        _COLUMNS,
        sort="login",
        choices=[
            Choice("post__role", "岗位", roles),
            Choice("post__organisation", "单位", known),
            Choice("is_active", "启用", [("True", "是"), ("False", "否")]),
        ],
        search=lambda query, words: (
            query.filter(name__icontains=words) | query.filter(login__icontains=words)
        ),
        link=lambda one: reverse("people:account", args=[one.pk]),
        empty="还没有账号；点“新建账号”开始。",
    )
    if "export" in request.GET:
        return export("账号", found.rows_found, _COLUMNS)
    return render(
        request,
        "pages/list.html",
        {
            "listing": found,
            "title": "账号",
            "help": "谁能进来、以什么岗位、管到哪里。",
            "buttons": [
                ("新建账号", reverse("people:new_account"), "plus"),
                ("导入", reverse("people:import_people"), "upload"),
                ("单位", reverse("people:organisations"), "building"),
            ],
        },
    )


@page(Right.MANAGE_PEOPLE)
@require_http_methods(["GET", "POST"])
def new_account(request: HttpRequest) -> HttpResponse:
    """A new account; its initial password is shown once, on the letter."""
    form = AccountForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        return _letters(request, [actions.create_account(person_of(request), **form.cleaned_data)])
    return render(
        request,
        "pages/form.html",
        {
            "form": form,
            "title": "新建账号",
            "submit": "建立并显示初始密码",
            "back": reverse("people:accounts"),
        },
    )


@page(Right.MANAGE_PEOPLE)
@require_http_methods(["GET", "POST"])
def import_people(request: HttpRequest) -> HttpResponse:
    """A table of people: uploaded, previewed, confirmed; then the letters of the new ones, this once."""
    owner = account_of(request).id
    context: dict[str, object] = {
        "title": "导入人员", "back": reverse("people:accounts"),
        "required": "、".join(REQUIRED), "optional": "、".join(OPTIONAL),
        "roles": " / ".join(role.label for role in Role),
        "help": "一行一个岗位；同一登录名的几行是同一人的几个岗位。",
    }  # fmt: skip
    if "blank" in request.GET:
        return blank_table("人员导入表", (*REQUIRED, *OPTIONAL))
    if request.method == "POST" and "kept" in request.POST:
        path = kept_table(request.POST["kept"], owner)
        plan, made = actions.import_people(person_of(request), path)
        forget_table(path)
        if made:
            return _letters(request, made)
        messages.success(request, "已导入；没有新建账号。" if plan.has_work else "没有要导入的内容。")
        return redirect("people:accounts")
    table = request.FILES.get("table")
    if request.method == "POST" and isinstance(table, UploadedFile):
        kept = keep_table(table, owner)
        plan = plan_people(kept_table(kept, owner), account_of(request))
        context |= {
            "plan": plan, "kept": kept, "problems_count": plan.problems.count, "counts": plan.counts,
            "rows": [row for row in plan.rows if row.changes or row.state != "unchanged"],
            "lines": list(ProblemsFound(plan.problems.kept, plan.problems.count).lines()),
        }  # fmt: skip
    return render(request, "people/import.html", context)


def _letters(request: HttpRequest, made: list[tuple[Account, str]]) -> HttpResponse:
    """The letters of initial passwords: shown once, never to be seen again."""
    address = request.build_absolute_uri(reverse("people:sign_in"))
    picture = mark_safe(segno.make(address).svg_inline(scale=3))  # noqa: S308 - drawn by segno
    context = {"letters": made, "address": address, "picture": picture}
    return render(request, "people/letter.html", context)


@page(Right.MANAGE_PEOPLE)
@require_GET
def account(request: HttpRequest, account_id: UUID) -> HttpResponse:
    """One account: posts, sessions."""
    found = get_object_or_404(_accounts(request), pk=account_id)
    sign_ins = found.sign_ins.filter(ended__isnull=True)
    has_device = TOTPDevice.objects.filter(user=found, confirmed=True).exists()
    context = {"account": found, "sign_ins": sign_ins, "has_device": has_device}
    return render(request, "people/account.html", context)


@page(Right.MANAGE_PEOPLE)
@require_http_methods(["GET", "POST"])
def change_account(request: HttpRequest, account_id: UUID) -> HttpResponse:
    """Another name or phone."""
    found = get_object_or_404(_accounts(request), pk=account_id)
    form = AccountChangeForm(request.POST or None, initial={"name": found.name, "phone": found.phone})
    if request.method == "POST" and form.is_valid():
        actions.change_account(person_of(request), found, **form.cleaned_data)
        messages.success(request, "已保存。")
        return redirect("people:account", found.pk)
    back = reverse("people:account", args=[found.pk])
    return render(request, "pages/form.html", {"form": form, "title": f"修改：{found.name}", "back": back})


@page(Right.MANAGE_PEOPLE)
@require_http_methods(["GET", "POST"])
def reset_second_factor(request: HttpRequest, account_id: UUID) -> HttpResponse:
    """Forget the code app of a lost phone, with a reason."""
    found = get_object_or_404(_accounts(request), pk=account_id)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        actions.reset_second_factor(person_of(request), found, form.cleaned_data["reason"])
        messages.success(request, "已重设；下次登录时重新绑定手机验证器。")
        return redirect("people:account", found.pk)
    context = {
        "form": form, "title": f"重设动态口令：{found.name}", "submit": "重设",
        "back": reverse("people:account", args=[found.pk]),
    }  # fmt: skip
    return render(request, "pages/form.html", context)


@page(Right.MANAGE_PEOPLE)
@require_http_methods(["GET", "POST"])
def new_post(request: HttpRequest, account_id: UUID) -> HttpResponse:
    """Give the account a post."""
    found = get_object_or_404(_accounts(request), pk=account_id)
    form = PostForm(
        request.POST or None, initial={"since": timezone.localdate(), "region": account_of(request).town}
    )
    offer(form, "organisation", _organisations(request).filter(is_active=True))
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        actions.give_post(person_of(request), found, Role(values.pop("role")), **values)
        messages.success(request, "已任命岗位；该账号须重新登录。")
        return redirect("people:account", found.pk)
    return render(
        request,
        "pages/form.html",
        {
            "form": form,
            "title": f"任命岗位：{found.name}",
            "submit": "任命",
            "back": reverse("people:account", args=[found.pk]),
        },
    )


@page(Right.MANAGE_PEOPLE)
@require_http_methods(["GET", "POST"])
def end_post(request: HttpRequest, post_id: UUID) -> HttpResponse:
    """End a post with a day."""
    post = get_object_or_404(Post.objects.filter(account__in=_accounts(request)), pk=post_id)
    form = EndPostForm(request.POST or None, initial={"last_day": timezone.localdate()})
    if request.method == "POST" and form.is_valid():
        actions.end_post(person_of(request), post, form.cleaned_data["last_day"])
        return redirect("people:account", post.account_id)
    return render(
        request,
        "pages/form.html",
        {
            "form": form,
            "title": f"结束岗位：{post}",
            "submit": "结束岗位",
            "back": reverse("people:account", args=[post.account_id]),
        },
    )


@page(Right.MANAGE_PEOPLE)
@require_POST
def reset_password(request: HttpRequest, account_id: UUID) -> HttpResponse:
    """A new initial password, shown once."""
    found = get_object_or_404(_accounts(request), pk=account_id)
    return _letters(request, [(found, actions.reset_password(person_of(request), found))])


@page(Right.MANAGE_PEOPLE)
@require_http_methods(["GET", "POST"])
def set_active(request: HttpRequest, account_id: UUID) -> HttpResponse:
    """Deactivate or activate, with a reason."""
    found = get_object_or_404(_accounts(request), pk=account_id)
    form = ReasonForm(request.POST or None)
    word = "停用" if found.is_active else "启用"
    if request.method == "POST" and form.is_valid():
        actions.set_active(person_of(request), found, not found.is_active, form.cleaned_data["reason"])
        messages.success(request, f"已{word}。")
        return redirect("people:account", found.pk)
    return render(
        request,
        "pages/form.html",
        {
            "form": form,
            "title": f"{word}账号：{found.name}",
            "submit": word,
            "back": reverse("people:account", args=[found.pk]),
        },
    )


@page(Right.MANAGE_PEOPLE)
@require_GET
def organisations(request: HttpRequest) -> HttpResponse:
    """The list of organisations."""
    found = listing(
        request,
        _organisations(request),
        _ORGANISATION_COLUMNS,
        sort="name",
        choices=[
            Choice("kind", "类别", Organisation.Kind.choices),
            Choice("is_active", "在用", [("True", "是"), ("False", "否")]),
        ],
        search=lambda query, words: query.filter(name__icontains=words),
        link=lambda one: reverse("people:organisation", args=[one.pk]),
        empty="还没有单位。",
    )
    if "export" in request.GET:
        return export("单位", found.rows_found, _ORGANISATION_COLUMNS)
    return render(
        request,
        "pages/list.html",
        {
            "listing": found,
            "title": "单位",
            "help": "村居、部门、物业企业、检查机构等；岗位都挂在单位下。",
            "buttons": [("新建单位", reverse("people:new_organisation"), "plus")],
        },
    )


@page(Right.MANAGE_PEOPLE)
@require_http_methods(["GET", "POST"])
def new_organisation(request: HttpRequest) -> HttpResponse:
    """A new organisation."""
    form = OrganisationForm(request.POST or None, initial={"region": account_of(request).town})
    if request.method == "POST" and form.is_valid():
        actions.create_organisation(person_of(request), **form.cleaned_data)
        return redirect("people:organisations")
    return render(
        request,
        "pages/form.html",
        {"form": form, "title": "新建单位", "submit": "建立", "back": reverse("people:organisations")},
    )


@page(Right.MANAGE_PEOPLE)
@require_http_methods(["GET", "POST"])
def organisation(request: HttpRequest, organisation_id: UUID) -> HttpResponse:
    """Change an organisation."""
    found = get_object_or_404(_organisations(request), pk=organisation_id)
    initial = {"name": found.name, "contact": found.contact, "is_active": found.is_active}
    form = OrganisationChangeForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        actions.change_organisation(person_of(request), found, **form.cleaned_data)
        messages.success(request, "已保存。")
        return redirect("people:organisations")
    context = {
        "form": form, "title": f"修改：{found.name}", "back": reverse("people:organisations"),
        "help": f"{found.get_kind_display()}，区划代码 {found.region}；类别和区划不能改。",
    }  # fmt: skip
    return render(request, "pages/form.html", context)

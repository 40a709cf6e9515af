"""What people type about people."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm, SetPasswordForm
from django.utils import timezone

from zerentian.core.regions import is_region
from zerentian.people.models import Account, Organisation
from zerentian.people.rules import Role


class SignInForm(AuthenticationForm):
    """Login and password. Says the same whether the login exists or not."""

    error_messages = {"invalid_login": "登录名或密码不正确。", "inactive": "登录名或密码不正确。"}

    def clean_username(self) -> str:
        """The login as it is stored: failures under another spelling count for the same account."""
        return str(self.cleaned_data["username"]).strip().lower()

    def confirm_login_allowed(self, user: Account) -> None:
        """Refuse an initial password whose time is over."""
        super().confirm_login_allowed(user)
        if user.password_expires and user.password_expires < timezone.now():
            raise forms.ValidationError("初始密码已过期，请联系系统管理员重新发放。", code="expired")


class PasswordForm(SetPasswordForm):  # type: ignore[type-arg]  # generic for the checker only
    """A new password, twice."""

    def clean(self) -> dict[str, Any]:
        """Refuse the present one: an initial password works once."""
        found = super().clean() or {}
        new = found.get("new_password1")
        if new and self.user.check_password(new):
            self.add_error("new_password1", "不能与现在的密码相同")
        return found


class SecondFactorForm(forms.Form):
    """The six digits of the code app."""

    code = forms.RegexField(
        r"^\d{6}$",
        label="动态口令",
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code"}),
        error_messages={"invalid": "应为 6 位数字"},
    )


class AccountForm(forms.Form):
    """A new account."""

    login = forms.RegexField(
        r"^[a-zA-Z0-9][a-zA-Z0-9._-]{2,39}$",
        label="登录名",
        help_text="3 至 40 个字母、数字",
        error_messages={"invalid": "只能用字母、数字和 . _ -，至少 3 个"},
    )
    name = forms.CharField(label="姓名或岗位名", max_length=60)
    phone = forms.RegexField(r"^[0-9+ -]{5,20}$", label="手机", required=False)


class AccountChangeForm(forms.Form):
    """Another name or phone."""

    name = forms.CharField(label="姓名或岗位名", max_length=60)
    phone = forms.RegexField(r"^[0-9+ -]{5,20}$", label="手机", required=False)


class PostForm(forms.Form):
    """A post for an account."""

    role = forms.ChoiceField(label="岗位", choices=[(role.value, role.label) for role in Role])
    organisation = forms.ModelChoiceField(Organisation.objects.none(), label="单位")
    region = forms.CharField(label="范围（区划代码）", max_length=12)
    since = forms.DateField(label="自", widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(label="至", required=False, widget=forms.DateInput(attrs={"type": "date"}))

    def clean_region(self) -> str:
        """A division code."""
        code = str(self.cleaned_data["region"]).strip()
        if not is_region(code):
            raise forms.ValidationError("应为 12 位区划代码，例如 310118102000")
        return code


class OrganisationForm(forms.Form):
    """A new organisation."""

    kind = forms.ChoiceField(label="类别", choices=Organisation.Kind.choices)
    name = forms.CharField(label="名称", max_length=200)
    region = forms.CharField(label="区划代码", max_length=12)
    contact = forms.CharField(label="联系方式", max_length=100, required=False)

    clean_region = PostForm.clean_region


class OrganisationChangeForm(forms.Form):
    """What may change of an organisation."""

    name = forms.CharField(label="名称", max_length=200)
    contact = forms.CharField(
        label="联系方式", max_length=100, required=False, help_text="单位的公开电话；改动前后都会记入台账"
    )
    is_active = forms.BooleanField(label="在用", required=False, help_text="停用后不能再任命到该单位")


class EndPostForm(forms.Form):
    """The last day of a post."""

    last_day = forms.DateField(label="最后一天", widget=forms.DateInput(attrs={"type": "date"}))


class ReasonForm(forms.Form):
    """A reason, in words."""

    reason = forms.CharField(label="理由", max_length=500, widget=forms.Textarea(attrs={"rows": 2}))

"""What people type about places."""

from __future__ import annotations

from typing import Any

from django import forms

from zerentian.pages.forms import offer
from zerentian.people.models import Account, Organisation
from zerentian.people.rules import Right
from zerentian.places.models import Facility, Region, Site
from zerentian.places.rules import name_key, opening_text, parse_opening


class SiteForm(forms.ModelForm):  # type: ignore[type-arg]  # generic for the checker only
    """A site's fields; the version it was read at travels along."""

    opening = forms.CharField(
        label="投放时段", required=False, help_text="例如 06:30-08:30、18:00-20:00；全天开放留空"
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    class Meta:
        model = Site
        fields = (
            "code", "kind", "name", "region", "address", "latitude", "longitude", "households",
            "property_company", "responsible",
        )  # fmt: skip

    def __init__(self, account: Account, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        regions = Region.objects.visible_to(account, Right.MANAGE_PLACES).filter(is_active=True)
        offer(self, "region", regions.exclude(code__endswith="000"))
        scope = account.scope(Right.MANAGE_PLACES)
        known = Organisation.objects.filter(scope.regions("region"), is_active=True)
        companies = known.filter(kind=Organisation.Kind.PROPERTY_COMPANY)
        offer(self, "property_company", companies)
        offer(self, "responsible", known)
        self.initial["opening"] = opening_text(self.instance.opening)
        self.initial["version"] = self.instance.version

    def clean_name(self) -> str:
        """A name that can be seen."""
        name: str = self.cleaned_data["name"]
        if not name_key(name):
            raise forms.ValidationError("应为看得见的名称")
        return name

    def clean_opening(self) -> list[list[str]]:
        """Windows as pairs of times."""
        windows = parse_opening(self.cleaned_data["opening"])
        if windows is None:
            raise forms.ValidationError("应为“开始-结束”，例如 06:30-08:30、18:00-20:00")
        return windows

    def _post_clean(self) -> None:
        """Leave the instance untouched: only actions write."""

    def validate_unique(self) -> None:
        """The action checks the code."""


class CloseForm(forms.Form):
    """Closing a site, with the one it is merged into."""

    day = forms.DateField(label="停用日期", widget=forms.DateInput(attrs={"type": "date"}))
    into = forms.CharField(label="并入的点位编号", required=False, max_length=40, help_text="只是停用则留空")
    reason = forms.CharField(label="理由", max_length=500, widget=forms.Textarea(attrs={"rows": 2}))


class FacilityForm(forms.Form):
    """A facility of a site."""

    kind = forms.ChoiceField(label="类别", choices=Facility.Kind.choices)
    name = forms.CharField(label="名称", max_length=200)
    containers = forms.IntegerField(label="容器数", min_value=0, max_value=10_000, initial=0)
    remark = forms.CharField(label="备注", max_length=300, required=False)


class RegionForm(forms.Form):
    """A committee."""

    code = forms.CharField(
        label="区划代码", max_length=12, help_text="12 位，最后三位 001–199 居委会，200 起村委会"
    )
    name = forms.CharField(label="名称", max_length=200)


class RenameForm(forms.Form):
    """Another name for a committee, or another one that takes it over."""

    name = forms.CharField(label="名称", max_length=200)
    into = forms.ModelChoiceField(
        Region.objects.none(), label="并入", required=False, help_text="撤并时选择接收的村居；只是改名则不选"
    )
    reason = forms.CharField(label="撤并理由", max_length=500, required=False)

"""What people type about rounds and inspections."""

from __future__ import annotations

import datetime
from decimal import Decimal

from django import forms

from zerentian.core.months import is_month
from zerentian.people.models import Account, Organisation
from zerentian.places.models import Region
from zerentian.rounds.visit_actions import Position

_DATE = forms.DateInput(attrs={"type": "date"})


class RoundForm(forms.Form):
    """A month's round."""

    month = forms.CharField(label="月份", widget=forms.TextInput(attrs={"type": "month"}))
    begins = forms.DateField(label="开始日期", widget=_DATE)
    ends = forms.DateField(label="结束日期", widget=_DATE)
    per_day = forms.IntegerField(
        label="每人每天最多检查", min_value=1, max_value=100, initial=20, help_text="个点位"
    )

    def clean_month(self) -> str:
        """A month."""
        month = str(self.cleaned_data["month"]).strip()
        if not is_month(month):
            raise forms.ValidationError("应为 YYYY-MM，例如 2023-10")
        return month


class ReasonForm(forms.Form):
    """A reason, in words."""

    reason = forms.CharField(label="理由", max_length=500, widget=forms.Textarea(attrs={"rows": 2}))


class FlagForm(ReasonForm):
    """What is decided about a doubt."""

    reason = forms.CharField(
        label="处理意见", max_length=500, widget=forms.Textarea(attrs={"rows": 3}),
        help_text="写明依据，例如“同一厢房，角度和地面垃圾都不同，确系两次拍摄”；记入台账",
    )  # fmt: skip
    set_aside = forms.BooleanField(label="如认定，这次检查不予采信：不计分，点位须重新检查", required=False)
    alike = forms.BooleanField(label="本次检查的同类疑点一并处理", required=False)


class ConflictForm(forms.Form):
    """A conflict of interest that is declared."""

    inspector = forms.ModelChoiceField(Account.objects.none(), label="检查员")
    region = forms.ModelChoiceField(Region.objects.none(), label="回避的村居", required=False)
    organisation = forms.ModelChoiceField(
        Organisation.objects.none(), label="回避的单位", required=False, help_text="其管理或负责的点位都回避"
    )
    reason = forms.CharField(label="情形", max_length=200, help_text="例如亲属在该物业任职")
    until = forms.DateField(label="至", required=False, widget=_DATE, help_text="长期回避则留空")


class ReassignForm(forms.Form):
    """A visit given to another inspector or day."""

    inspector = forms.ModelChoiceField(Account.objects.none(), label="检查员")
    day = forms.DateField(label="日期", widget=_DATE)
    reason = forms.CharField(label="理由", max_length=500, widget=forms.Textarea(attrs={"rows": 2}))


class PositionForm(forms.Form):
    """Where a phone says it is; all of it may be missing."""

    latitude = forms.DecimalField(required=False, min_value=-90, max_value=90)
    longitude = forms.DecimalField(required=False, min_value=-180, max_value=180)
    accuracy = forms.DecimalField(required=False, min_value=0, max_value=1_000_000)

    @property
    def position(self) -> Position | None:
        """The position, or None when nothing sound was sent."""
        if not self.is_valid():
            return None
        latitude, longitude = self.cleaned_data["latitude"], self.cleaned_data["longitude"]
        if latitude is None or longitude is None:
            return None
        places, accuracy = Decimal("0.000001"), self.cleaned_data["accuracy"]
        return Position(
            latitude.quantize(places), longitude.quantize(places), None if accuracy is None else int(accuracy)
        )


class DecisionForm(forms.Form):
    """What the second person says of a correction."""

    answer = forms.CharField(label="审核意见", max_length=500, required=False)


def first_and_last(month: str) -> tuple[datetime.date, datetime.date]:
    """The first and the last day of a month."""
    first = datetime.date.fromisoformat(f"{month}-01")
    after = (first + datetime.timedelta(days=31)).replace(day=1)
    return first, after - datetime.timedelta(days=1)

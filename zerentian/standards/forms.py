"""What people type about standards."""

from __future__ import annotations

from django import forms

from zerentian.core.months import is_month
from zerentian.evaluation.standard import KIND_NAMES
from zerentian.standards.models import RuleVersion


class DraftForm(forms.Form):
    """A standard or policy as text, with the month it is to apply from."""

    kind = forms.ChoiceField(label="类别", choices=RuleVersion.Kind.choices)
    effective_from = forms.CharField(label="自（月）", max_length=7, help_text="例如 2026-12")
    text = forms.CharField(
        label="内容（YAML）", widget=forms.Textarea(attrs={"rows": 24, "spellcheck": "false", "wrap": "off"})
    )

    def clean_effective_from(self) -> str:
        """A month."""
        month = str(self.cleaned_data["effective_from"]).strip()
        if not is_month(month):
            raise forms.ValidationError("应为 YYYY-MM，例如 2026-12")
        return month


class SheetForm(forms.Form):
    """A score sheet in Excel, what it is for, and from when."""

    sheet = forms.FileField(
        label="评分表（.xlsx 或 .csv）", widget=forms.FileInput(attrs={"accept": ".xlsx,.csv"})
    )
    site_kind = forms.ChoiceField(label="适用的点位类型", choices=list(KIND_NAMES.items()))
    effective_from = forms.CharField(label="自（月）", max_length=7, help_text="例如 2026-12")

    clean_effective_from = DraftForm.clean_effective_from

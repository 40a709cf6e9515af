"""What people type about standards."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms

from zerentian.core import clock
from zerentian.core.months import is_month
from zerentian.core.points import parse_number, plain
from zerentian.evaluation.standard import Section, Standard, kind_name
from zerentian.places.models import SiteKind
from zerentian.standards.models import RuleVersion
from zerentian.standards.queries import SELF_CHECK
from zerentian.standards.starts import Group
from zerentian.standards.words import NOT_APPLICABLE_WORDS

_NO_GATE = ""


class MonthField(forms.CharField):
    """The first month of a version."""

    def __init__(self) -> None:
        hint = "整月施行；当月已开始的不能再改，一般填下个月。例如 2026-12"
        super().__init__(label="自（月）", max_length=7, help_text=hint, initial=clock.next_month)

    def clean(self, value: Any) -> str:
        """A month."""
        month = str(super().clean(value)).strip()
        if not is_month(month):
            raise forms.ValidationError("应为 YYYY-MM，例如 2026-12")
        return month


class _PointsField(forms.CharField):
    """A figure, or nothing."""

    def __init__(self, label: str, hint: str = "", *, required: bool = False, most: int = 10_000_000) -> None:
        widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
        super().__init__(label=label, required=required, help_text=hint, max_length=40, widget=widget)
        self._most = most

    def clean(self, value: Any) -> Any:
        """The figure as a Decimal; None for nothing."""
        text = str(super().clean(value))
        if not text:
            return None
        number = parse_number(text)
        if number is None or not 0 <= number <= self._most:
            raise forms.ValidationError(f"应为 0 至 {self._most} 的数，现为“{text}”")
        if number != round(number, 4):
            raise forms.ValidationError("小数最多 4 位")
        return number


class StartForm(forms.Form):
    """What a new version starts from."""

    base = forms.ChoiceField(label="从哪一份开始", help_text="先照抄为草稿，再逐项修改；原件不受影响。")
    effective_from = MonthField()

    def __init__(self, groups: Sequence[Group], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["base"].choices = [group for group in groups if group[1]]  # type: ignore[attr-defined]


class TextForm(forms.Form):
    """A standard or policy as text, with the month it is to apply from."""

    effective_from = MonthField()
    text = forms.CharField(
        label="内容（YAML）", widget=forms.Textarea(attrs={"rows": 24, "spellcheck": "false", "wrap": "off"})
    )


class NewTextForm(TextForm):
    """The same for a new draft, which may be of any kind."""

    kind = forms.ChoiceField(label="类别", choices=RuleVersion.Kind.choices)
    field_order = ("kind", "effective_from", "text")


_SELF_CHECK = (SELF_CHECK, kind_name(SELF_CHECK))


class ImportForm(forms.Form):
    """A town's score sheet."""

    sheet = forms.FileField(
        label="评分表", help_text="Excel（.xlsx）或 CSV；应有检查内容、评分细则、标准分值等列"
    )
    site_kind = forms.ChoiceField(label="适用点位", choices=[*SiteKind.choices, _SELF_CHECK])
    effective_from = MonthField()


class FactsForm(forms.Form):
    """What a standard says outside of its clauses."""

    title = forms.CharField(label="名称", max_length=200)
    effective_from = MonthField()
    pass_share = _PointsField("达标线（满分的百分之几）", "例如 90", required=True, most=100)
    not_applicable = forms.ChoiceField(label="不适用的项目", choices=list(NOT_APPLICABLE_WORDS.items()))
    decimals = forms.TypedChoiceField(
        label="得分小数位数", coerce=int, choices=[(number, str(number)) for number in range(7)]
    )
    source = forms.CharField(label="依据", required=False, max_length=500)

    def __init__(self, standard: Standard, version: RuleVersion, data: Any = None) -> None:
        initial = dict(standard) | {
            "effective_from": version.effective_from,
            "pass_share": plain(standard.pass_share * 100, 12),
        }
        super().__init__(data, initial=initial)

    def facts(self) -> dict[str, object]:
        """The standard's own facts that were entered."""
        values = {name: value for name, value in self.cleaned_data.items() if name != "effective_from"}
        return values | {"pass_share": Decimal(values["pass_share"]) / 100}


class SectionForm(forms.Form):
    """The name of a section, and what holds for it as a whole."""

    name = forms.CharField(label="类别名称", max_length=100)
    gate = forms.ChoiceField(
        label="整类不得分", required=False, help_text="这一项得 0 分的，整个类别都不得分"
    )
    bonus_cap = _PointsField("加分最多", "留空为不限")
    penalty_cap = _PointsField("另扣最多", "留空为不限")

    def __init__(self, section: Section, data: Any = None) -> None:
        initial = dict(section) | {
            "gate": section.gate.clause if section.gate else _NO_GATE,
            "bonus_cap": None if section.bonus_cap is None else plain(section.bonus_cap, 12),
            "penalty_cap": None if section.penalty_cap is None else plain(section.penalty_cap, 12),
        }
        super().__init__(data, initial=initial)
        scored = [(clause.id, clause.text) for clause in section.clauses if clause.scored]
        self.fields["gate"].choices = [(_NO_GATE, "没有"), *scored]  # type: ignore[attr-defined]
        rules = {clause.rule for clause in section.clauses}
        for name, rule in (("bonus_cap", "bonus"), ("penalty_cap", "penalty")):
            if rule not in rules and getattr(section, name) is None:
                del self.fields[name]

    def facts(self) -> dict[str, object]:
        """What was entered of the section."""
        gate = self.cleaned_data["gate"]
        return self.cleaned_data | {"gate": {"clause": gate} if gate else None}

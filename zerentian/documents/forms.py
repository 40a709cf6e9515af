"""What people type about documents."""

from __future__ import annotations

from django import forms

from zerentian.core.months import is_month
from zerentian.documents.letter import Letter
from zerentian.documents.registers import REGISTERS

_LETTER_FIELDS = (
    "issuer",
    "number",
    "notice_number",
    "recipients",
    "date",
    "contact",
    "objection",
    "copy_to",
    "place",
    "time",
)


class LetterForm(forms.Form):
    """The marks of a letter; what is left empty becomes a blank to fill in by hand."""

    def __init__(self, data: object = None, *, initial: dict[str, str] | None = None) -> None:
        super().__init__(data, initial=initial)  # type: ignore[arg-type]
        for name in _LETTER_FIELDS:
            label = str(Letter.model_fields[name].description).split("，")[0]
            self.fields[name] = forms.CharField(label=label, required=False, max_length=200)

    @property
    def letter(self) -> Letter:
        """The letter; fields left empty keep their blanks."""
        return Letter(**{name: value for name, value in self.cleaned_data.items() if value})


class OrderForm(LetterForm):
    """The marks of a supervision order: fewer."""

    def __init__(self, data: object = None, *, initial: dict[str, str] | None = None) -> None:
        super().__init__(data, initial=initial)
        for name in set(self.fields) - {"issuer", "notice_number", "date", "contact"}:
            del self.fields[name]
        self.fields["notice_number"].label = "督办通知书的发文字号"


class RegisterForm(forms.Form):
    """A register, its month and formats."""

    register = forms.ChoiceField(
        label="台账", choices=[(name, register.title) for name, register in REGISTERS.items()]
    )
    month = forms.CharField(label="月份", widget=forms.TextInput(attrs={"type": "month"}))
    kinds = forms.MultipleChoiceField(
        label="格式", choices=[("xlsx", "Excel"), ("docx", "Word"), ("pdf", "PDF")], initial=["xlsx"],
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip

    def clean_month(self) -> str:
        """A month."""
        month = str(self.cleaned_data["month"]).strip()
        if not is_month(month):
            raise forms.ValidationError("应为 YYYY-MM，例如 2023-10")
        return month


class TemplateForm(forms.Form):
    """A template in Word."""

    template = forms.FileField(label="Word 模板（.docx）", widget=forms.FileInput(attrs={"accept": ".docx"}))

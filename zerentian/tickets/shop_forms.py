"""What a shop without an account types."""

from __future__ import annotations

import unicodedata

from django import forms

from zerentian.tickets.code_actions import NAME_LONGEST


class CodeForm(forms.Form):
    """The six digits, however a phone's keyboard writes them."""

    code = forms.CharField(max_length=20, strip=True)

    def clean_code(self) -> str:
        """Plain digits."""
        plain = unicodedata.normalize("NFKC", self.cleaned_data["code"])
        digits = "".join(plain.split())
        if len(digits) != 6 or not (digits.isascii() and digits.isdigit()):
            raise forms.ValidationError("请输入六位数字")
        return digits


class HandInForm(forms.Form):
    """What was done and by whom, on the version that was seen."""

    words = forms.CharField(max_length=500, error_messages={"required": "请写明做了什么"})
    name = forms.CharField(max_length=NAME_LONGEST, error_messages={"required": "请写明是谁整改的"})
    seen = forms.IntegerField(min_value=1, max_value=1_000_000)

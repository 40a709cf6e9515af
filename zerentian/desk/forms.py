"""What a town decides for itself."""

from __future__ import annotations

from django import forms

from zerentian.people.models import TownSettings
from zerentian.people.rules import Role


class SettingsForm(forms.ModelForm):  # type: ignore[type-arg]
    """A town's settings."""

    second_factor_roles = forms.MultipleChoiceField(
        label="须动态口令的岗位",
        choices=[(role.value, role.label) for role in Role],
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    class Meta:
        model = TownSettings
        fields = ("name", "issuer", "photo_rule", "reveal_hour", "phrases", "second_factor_roles")

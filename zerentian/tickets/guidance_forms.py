"""What people type about guidance and trainings."""

from __future__ import annotations

import datetime
from typing import Any

from django import forms

from zerentian.core import clock
from zerentian.core.worktime import TOWN_ZONE
from zerentian.tickets.guidance_actions import Facts
from zerentian.tickets.guidance_models import Guidance
from zerentian.tickets.guidance_rules import LONGEST_NAME, LONGEST_ORGANISATION, LONGEST_PHONE, Guest

_MOMENT = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
_MORNING = datetime.time(9)
_WORDS = forms.Textarea(attrs={"rows": 3})


class GuidanceForm(forms.Form):
    """Guidance to come, or that took place."""

    kind = forms.ChoiceField(label="类别")
    state = forms.ChoiceField(
        label="情况", choices=[(Guidance.State.PLANNED, "先安排"), (Guidance.State.HELD, "已经开展")]
    )
    title = forms.CharField(label="主题", max_length=100, help_text="例如：湿垃圾纯净度现场指导")
    held_at = forms.DateTimeField(label="时间", widget=_MOMENT)
    place = forms.CharField(label="地点", max_length=200)
    words = forms.CharField(
        label="内容", max_length=2000, required=False, widget=_WORDS,
        help_text="指出了什么、怎样示范、讲了哪些要点；先安排的可以以后再写",
    )  # fmt: skip
    follow_up = forms.CharField(
        label="后续要求", max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 2}),
        help_text="谁在什么时候以前做到什么，没有就留空",
    )  # fmt: skip

    def __init__(self, kinds: list[str], *args: Any, **kwargs: Any) -> None:  # a committee only trains
        super().__init__(*args, **kwargs)
        names, kind = dict(Guidance.Kind.choices), self.fields["kind"]
        assert isinstance(kind, forms.ChoiceField)
        kind.choices = [(one, names[one]) for one in kinds]
        tomorrow = clock.today() + datetime.timedelta(days=1)
        self.initial.setdefault("held_at", datetime.datetime.combine(tomorrow, _MORNING, TOWN_ZONE))

    @property
    def is_held(self) -> bool:
        """Whether it took place already."""
        return bool(self.cleaned_data["state"] == Guidance.State.HELD)

    @property
    def facts(self) -> Facts:
        """What it says."""
        told = self.cleaned_data
        return Facts(
            told["kind"], told["title"], told["held_at"], told["place"], told["words"], told["follow_up"]
        )


class HeldForm(forms.Form):
    """That planned guidance took place."""

    held_at = forms.DateTimeField(label="实际时间", widget=_MOMENT)
    words = forms.CharField(label="内容", max_length=2000, widget=_WORDS)
    follow_up = forms.CharField(
        label="后续要求", max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )


class GuestForm(forms.Form):
    """Somebody who signs in."""

    name = forms.CharField(label="姓名", max_length=LONGEST_NAME)
    organisation = forms.CharField(label="单位", max_length=LONGEST_ORGANISATION, required=False)
    phone = forms.CharField(
        label="手机", max_length=LONGEST_PHONE, required=False, help_text="一般不填，确需联系才填"
    )

    @property
    def guest(self) -> Guest:
        """Who it is."""
        return Guest(*(self.cleaned_data[name].strip() for name in ("name", "organisation", "phone")))


class GuestsForm(forms.Form):
    """Many who sign in: pasted, or a table."""

    lines = forms.CharField(
        label="粘贴名单", required=False, max_length=50_000, widget=forms.Textarea(attrs={"rows": 4}),
        help_text="每人一行：姓名 单位",
    )  # fmt: skip
    table = forms.FileField(
        label="或上传表格", required=False, help_text="Excel（.xlsx）或 CSV，列名 姓名、单位",
        widget=forms.FileInput(attrs={"accept": ".xlsx,.csv"}),
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        """One of both."""
        told = super().clean() or {}
        if bool((told.get("lines") or "").strip()) == bool(told.get("table")):
            self.add_error("lines", "请粘贴名单或上传表格，二者选一")
        return told


class ReasonForm(forms.Form):
    """Why guidance is withdrawn."""

    reason = forms.CharField(label="原因", max_length=200, widget=forms.Textarea(attrs={"rows": 2}))

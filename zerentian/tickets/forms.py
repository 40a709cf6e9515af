"""What people type about tickets."""

from __future__ import annotations

import datetime

from django import forms

from zerentian.core import clock
from zerentian.core.worktime import TOWN_ZONE
from zerentian.people.models import Organisation
from zerentian.tickets.models import Ticket
from zerentian.tickets.rules import MOVES, Move

_WORDS = {
    Move.HANDLE: "整改情况",
    Move.RETURN: "退回理由",
    Move.SUSPEND: "挂账说明",
    Move.FAIL: "不通过的原因",
    Move.SUPERVISE: "督办要求",
    Move.DISMISS: "不予立案的理由",
    Move.REOPEN: "重新整改的理由",
}
_AREA = forms.Textarea(attrs={"rows": 2})


class MoveForm(forms.Form):
    """What a move needs to be told; `seen` is the state of the ticket that was looked at."""

    seen = forms.IntegerField(widget=forms.HiddenInput)
    words = forms.CharField(label="说明", required=False, max_length=500, widget=_AREA)

    def __init__(self, ticket: Ticket, move: Move, data: object = None) -> None:
        super().__init__(data, initial={"seen": ticket.version}, prefix=move.value)  # type: ignore[arg-type]
        words = self.fields["words"]
        words.label = _WORDS.get(move, "说明（可不填）")
        words.required = MOVES[move].needs_reason
        if move is Move.DISPATCH:
            self.fields["handler"] = _handler_field(ticket)
        if move is Move.SUSPEND:
            day = forms.DateInput(attrs={"type": "date"})
            self.fields["review_on"] = forms.DateField(label="复核日期", widget=day)


def _handler_field(ticket: Ticket) -> forms.ModelChoiceField[Organisation]:
    """Organisations of the town that may mend a problem; those of the site first."""
    kinds = Organisation.Kind
    others = Organisation.objects.filter(region__startswith=ticket.town[:9], is_active=True).exclude(
        kind__in=(kinds.INSPECTION_COMPANY, kinds.ENFORCEMENT_TEAM)
    )
    return forms.ModelChoiceField(
        others.order_by("kind", "name"), label="处置单位", initial=ticket.handler_id
    )


class ExtensionForm(forms.Form):
    """More time that is asked for."""

    until = forms.DateTimeField(
        label="申请延至",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    words = forms.CharField(label="理由", max_length=500, widget=_AREA)

    def __init__(self, latest: datetime.datetime, data: object = None) -> None:
        local = latest.astimezone(TOWN_ZONE)
        super().__init__(data, initial={"until": local}, prefix="extension")  # type: ignore[arg-type]
        self.fields["until"].help_text = f"最晚 {clock.as_text(latest)}"


class AnswerForm(forms.Form):
    """A decision's words."""

    words = forms.CharField(label="意见", max_length=500, widget=_AREA)


class MonthForm(forms.Form):
    """A month whose closed tickets are drawn from."""

    month = forms.RegexField(
        r"[0-9]{4}-(0[1-9]|1[0-2])", label="月份", widget=forms.TextInput(attrs={"type": "month"}),
        error_messages={"invalid": "应为 YYYY-MM，例如 2023-10"},
    )  # fmt: skip

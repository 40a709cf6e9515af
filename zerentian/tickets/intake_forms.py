"""What people type about problems that others found, and about who sends them."""

from __future__ import annotations

from typing import Any

from django import forms

from zerentian.core import clock
from zerentian.evaluation.clauses import Clause
from zerentian.standards.loop import Loop
from zerentian.tickets.intake_actions import Report
from zerentian.tickets.intake_models import EVENT_FIELDS, SENDER_SOURCES, USUAL_PATHS, Sender
from zerentian.tickets.intake_rules import COLUMNS, REQUIRED
from zerentian.tickets.models import SOURCES

_MOMENT = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")


class ReportForm(forms.Form):
    """A problem that somebody saw at a site."""

    source = forms.ChoiceField(label="来源")
    clause = forms.ChoiceField(
        label="检查项", required=False, help_text="对得上评分标准的哪一项就选哪一项，定类别和时限更准"
    )
    words = forms.CharField(
        label="看到了什么", max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 3}),
        help_text="例如“3 号厢房门口有小包垃圾落地”；选了检查项可以不写",
    )  # fmt: skip
    found_at = forms.DateTimeField(label="发现时间", widget=_MOMENT)
    due = forms.DateTimeField(
        label="来文规定的期限", required=False, widget=_MOMENT, help_text="没有就留空，按整改办法定"
    )
    reference = forms.CharField(
        label="来文编号", required=False, max_length=100, help_text="来信、工单、通报的编号，没有就留空"
    )

    def __init__(
        self, sources: list[str], clauses: list[Clause], *args: Any, **kwargs: Any
    ) -> None:  # the choices differ by who reports and where
        super().__init__(*args, **kwargs)
        names, self._clauses = dict(SOURCES), {one.id: one.text for one in clauses}
        source, clause = self.fields["source"], self.fields["clause"]
        assert isinstance(source, forms.ChoiceField)
        assert isinstance(clause, forms.ChoiceField)
        source.choices = [(one, names[one]) for one in sources]
        clause.choices = [("", "不选"), *self._clauses.items()]
        self.initial.setdefault("found_at", clock.now())

    def clean(self) -> dict[str, Any]:
        """Words, or those of the clause."""
        values = super().clean() or {}
        values["words"] = values.get("words") or self._clauses.get(values.get("clause", ""), "")
        if not values["words"]:
            self.add_error("words", "请写明看到了什么，或选一个检查项")
        return values

    @property
    def report(self) -> Report:
        """What it says."""
        values = self.cleaned_data
        return Report(
            values["source"], values["words"], values["found_at"], values["clause"], values["due"],
            values["reference"].strip(),
        )  # fmt: skip


class ListForm(forms.Form):
    """A list of problems, and who sent it."""

    sender = forms.ModelChoiceField(
        Sender.objects.none(), label="来源单位", help_text="各单位的列名和点位叫法会记住，下次自动对上"
    )
    table = forms.FileField(
        label="问题清单", help_text="Excel（.xlsx）、CSV 或 Word（.docx）中的表；可以有标题行和合并单元格",
        widget=forms.FileInput(attrs={"accept": ".xlsx,.csv,.docx"}),
    )  # fmt: skip
    photos = forms.FileField(
        label="照片压缩包", required=False,
        help_text="ZIP；照片放在以编号命名的文件夹里，或文件名以编号开头，或与“照片”列所写一致",
        widget=forms.FileInput(attrs={"accept": ".zip"}),
    )  # fmt: skip


class ColumnsForm(forms.Form):
    """Which heading of a list holds what."""

    def __init__(self, header: list[str], chosen: dict[str, str], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial = dict(chosen)
        choices = [("", "不选"), *((one, one) for one in header)]
        for name, label in COLUMNS.items():
            self.fields[name] = forms.ChoiceField(
                label=label, choices=choices, required=name == REQUIRED[0], help_text=_HINTS.get(name, "")
            )

    def clean(self) -> dict[str, Any]:
        """What was seen must stand somewhere, and no heading holds two things."""
        values = super().clean() or {}
        if not values.get("words") and not values.get("clause"):
            self.add_error("words", "“问题描述”和“检查项”至少指定一列")
        chosen = [value for value in values.values() if value]
        for name, value in list(values.items()):
            if value and chosen.count(value) > 1:
                self.add_error(name, f"“{value}”指定了不止一次")
        return values


_HINTS = {
    "region": "有重名的点位时用来区分",
    "found": "不选则记为导入的时间",
    "due": "日期，或 3个工作日、24小时、5天",
    "number": "来源单位自己的唯一编号，据此认出已导入的行；每次从 1 重新编的请选到“序号”",
    "ordinal": "只用来对照片",
    "points": "记入检查情况",
}


class NewSenderForm(forms.Form):
    """Who sends problems."""

    name = forms.CharField(label="名称", max_length=100, help_text="例如：区分减联办、市督查组、智能监控平台")
    source = forms.ChoiceField(
        label="来源", choices=SENDER_SOURCES, help_text="定时限和是否须先现场核实；建立后不能改"
    )


class SenderForm(forms.Form):
    """A sender's name, and for systems of devices how their events are read."""

    name = forms.CharField(label="名称", max_length=100)

    def __init__(self, sender: Sender, loop: Loop, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._classes = {one.id: one.name for one in loop.classes}
        self.initial["name"] = sender.name
        if sender.is_device:
            paths = {**USUAL_PATHS, **sender.paths}
            for name, label in EVENT_FIELDS.items():
                self.fields[f"path_{name}"] = forms.RegexField(
                    r"^[^\s.]+(\.[^\s.]+)*$", label=f"{label}在事件中的位置", initial=paths[name],
                    max_length=100,
                    required=name in ("event", "site"), help_text="用点分隔层级，例如 data.device.code",
                )  # fmt: skip
            known = "、".join(f"{id_}（{name}）" for id_, name in self._classes.items())
            self.fields["classes"] = forms.CharField(
                label="事件类型对应的问题类别", required=False, max_length=5_000,
                initial="\n".join(f"{kind}={id_}" for kind, id_ in sender.classes.items()),
                widget=forms.Textarea(attrs={"rows": 5}),
                help_text=f"每行一个“事件类型=类别”，没有写的按说明文字归类。类别：{known}",
            )  # fmt: skip

    def clean_classes(self) -> dict[str, str]:
        """Classes by event type."""
        found = {}
        for line in self.cleaned_data["classes"].splitlines():
            kind, mark, id_ = (part.strip() for part in line.partition("="))
            if not line.strip():
                continue
            if not mark or not kind or id_ not in self._classes:
                raise forms.ValidationError(f"“{line.strip()}”不合规定；应为“事件类型=类别”")
            found[kind[:100]] = id_
        return found

    @property
    def values(self) -> dict[str, object]:
        """What of a sender it sets."""
        found = dict(self.cleaned_data)
        paths = {name: found.pop(f"path_{name}") for name in EVENT_FIELDS if f"path_{name}" in found}
        return found | ({"paths": {name: path for name, path in paths.items() if path}} if paths else {})


class DismissForm(forms.Form):
    """Why an event needs no ticket."""

    reason = forms.CharField(label="理由", max_length=500, widget=forms.Textarea(attrs={"rows": 2}))

"""The form of one clause: only the fields its rule needs; the engine's own model judges what they say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, get_args

from django import forms
from django.utils.datastructures import MultiValueDict
from pydantic import ValidationError

from zerentian.core.data_files import reason_words
from zerentian.core.points import parse_number, plain
from zerentian.evaluation.clauses import Bonus, Clause, Penalty, ScoredClause, Veto
from zerentian.evaluation.standard import Standard
from zerentian.standards.editing import new_clause_id, section_of

RULE_WORDS = {
    "all_or_nothing": "达到要求得满分，否则不得分",
    "per_occurrence": "发现一处扣一次分",
    "missing_kinds": "缺一种扣一次分",
    "levels": "按等级得分",
    "ratio": "按合格比例得分",
    "steps": "百分率，每低一档扣分",
    "shortfall": "百分率，比目标每低 1 个百分点扣分",
    "veto": "一票否决",
    "bonus": "加分项（满分之外）",
    "penalty": "另扣项（满分之外）",
}
"""What a person chooses from, in the order of the list."""

CLAUSES: dict[str, type[Clause]] = {
    get_args(one.model_fields["rule"].annotation)[0]: one
    for one in (*get_args(ScoredClause), Veto, Bonus, Penalty)
}
"""The engine's class of each rule."""

_NEW_SECTION = "new"
_NUMBERS = frozenset({"points", "each", "cap", "start", "step", "target"})
_EXACT = 12
"""More decimals than a figure of a standard has."""
_SPARE_ROWS, _FEWEST_ROWS = 2, 4
_BELONGS_TO = {"missing_kinds": "kinds", "levels": "levels", "shortfall": "target"}
"""Where a fault of the clause as a whole is shown."""


class PairsWidget(forms.Widget):
    """Rows of two inputs, such as a level and its points; rows left empty do not count."""

    template_name = "standards/pairs.html"

    def __init__(self, heads: tuple[str, str]) -> None:
        super().__init__()
        self.heads = heads

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """The rows with some spare ones."""
        context = super().get_context(name, value, attrs)
        rows = list(value or [])
        spare = max(_SPARE_ROWS, _FEWEST_ROWS - len(rows))
        context["widget"] |= {"heads": self.heads, "rows": rows + [("", "")] * spare}
        return context

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[tuple[str, str]]:
        """The rows that hold anything."""
        lists: list[list[str]] = [
            data.getlist(f"{name}-{side}") if isinstance(data, MultiValueDict) else [] for side in (0, 1)
        ]
        rows = [(first.strip(), second.strip()) for first, second in zip(*lists, strict=False)]
        return [row for row in rows if any(row)]

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        """Never: no rows are no rows."""
        return False


class PairsField(forms.Field):
    """Rows of two texts."""

    def __init__(self, heads: tuple[str, str], **settings: Any) -> None:
        super().__init__(widget=PairsWidget(heads), required=False, **settings)


def _number(label: str, hint: str = "") -> forms.CharField:
    widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
    return forms.CharField(label=label, required=False, help_text=hint, widget=widget, max_length=40)


def _rule_fields(rule: str) -> dict[str, forms.Field]:
    """The fields of a rule's own numbers."""
    fields: dict[str, forms.Field] = {}
    if "points" in CLAUSES[rule].model_fields:
        fields["points"] = _number("分值")
    each = {
        "per_occurrence": "每处扣分", "missing_kinds": "每缺一种扣分", "steps": "每低一档扣分",
        "shortfall": "每低 1 个百分点扣分", "bonus": "每次加分", "penalty": "每次扣分",
    }  # fmt: skip
    if rule == "steps":
        fields["start"] = _number("达到百分之几不扣分", "例如 90")
        fields["step"] = _number("每低几个百分点为一档", "例如 10；不足一档的按一档计")
    if rule == "shortfall":
        fields["target"] = _number("目标（百分数）", "例如 85；目标逐月提高的，这里留空，填下面的表")
        fields["targets"] = PairsField(("自月份（如 2023-10）", "目标（百分数）"), label="分月目标")
    if rule in each:
        fields["each"] = _number(each[rule])
    if rule == "per_occurrence":
        fields["cap"] = _number("最多扣分", "留空为扣完为止")
    if rule == "veto":
        fields["cap"] = _number("一旦发生，得分不超过", "留空为得分不变，只判不达标")
    if rule == "missing_kinds":
        fields["kinds"] = forms.CharField(
            label="应有的种类", required=False, widget=forms.Textarea(attrs={"rows": 4}), help_text="每行一种"
        )
    if rule == "levels":
        fields["levels"] = PairsField(("等级", "得分"), label="等级与得分")
    return fields


class ClauseForm(forms.Form):
    """A clause of a standard: the one at `place`, or a new one."""

    text = forms.CharField(
        label="检查内容", required=False, widget=forms.Textarea(attrs={"rows": 2}), max_length=2000
    )
    section = forms.ChoiceField(label="类别")
    new_section = forms.CharField(
        label="新类别的名称", required=False, max_length=100, help_text="只在上面选“新类别”时填"
    )
    rule = forms.ChoiceField(label="评分办法", choices=list(RULE_WORDS.items()))
    source = forms.CharField(label="依据", required=False, max_length=500, help_text="文件与条款，可以不填")

    def __init__(self, standard: Standard, place: int | None, data: Any = None, section: int = 1) -> None:
        self.before = standard.clauses[place - 1] if place else None
        self._id = self.before.id if self.before else new_clause_id(standard)
        self.clause: Clause | None = None
        initial: dict[str, Any] = {"section": section, "rule": "all_or_nothing"}
        if place and self.before:
            initial = clause_initial(self.before) | {"section": section_of(standard, place)}
        super().__init__(data, initial=initial)
        asked = (data or initial).get("rule", "")
        self.rule_name: str = asked if asked in CLAUSES else "all_or_nothing"
        sections = [(str(number), one.name) for number, one in enumerate(standard.sections, 1)]
        self.fields["section"].choices = [*sections, (_NEW_SECTION, "（新类别）")]  # type: ignore[attr-defined]
        self.fields |= _rule_fields(self.rule_name)
        if self.before is not None and self.before.is_unsure:
            self.fields["settled"] = forms.BooleanField(
                label="已核对", required=False, help_text=f"导入时拿不准：{self.before.unsure}"
            )
        self.order_fields(["section", "new_section", "text", "rule", *_rule_fields(self.rule_name)])

    @classmethod
    def redrawn(cls, standard: Standard, place: int | None, data: Any) -> ClauseForm:
        """The form for another rule, holding what was typed so far and not yet judged."""
        bound = cls(standard, place, data)
        form = cls(standard, place)
        form.rule_name, form.fields = bound.rule_name, bound.fields
        for name, field in bound.fields.items():
            form.initial[name] = field.widget.value_from_datadict(data, MultiValueDict(), name)
        return form

    @property
    def section_place(self) -> int | str:
        """The number of the section that was chosen, or the name of a new one."""
        chosen = self.cleaned_data["section"]
        return str(self.cleaned_data["new_section"]) if chosen == _NEW_SECTION else int(chosen)

    def clean(self) -> dict[str, Any]:
        """Make the clause; each fault of it goes to its field."""
        values = self.cleaned_data
        if values.get("section") == _NEW_SECTION and not values.get("new_section"):
            self.add_error("new_section", "请写明新类别的名称")
        try:
            clause = CLAUSES[self.rule_name].model_validate(self._clause_data())
        except ValidationError as error:
            for detail in error.errors():
                self._tell(str(detail["loc"][0]) if detail["loc"] else "", reason_words(detail))
            return values
        if not self.errors:
            self.clause = clause
        return values

    def _tell(self, name: str, reason: str) -> None:
        name = name or _BELONGS_TO.get(self.rule_name, "")
        if name == "target" and self.cleaned_data.get("targets"):
            name = "targets"
        if name not in self.fields:
            self.add_error(None, reason)
        elif name not in self.errors:
            self.add_error(name, reason)

    def _clause_data(self) -> dict[str, object]:
        """What the engine's model reads. What can't be read as a number is told here and left as text."""
        data: dict[str, object] = {"id": self._id, "rule": self.rule_name}
        for name in ("text", "source"):
            data[name] = str(self.cleaned_data.get(name, "")).replace("\r\n", "\n")
        for name in self.fields:
            value = self.cleaned_data.get(name)
            if name in _NUMBERS and value:
                data[name] = self._read(name, str(value))
        if "kinds" in self.fields:
            lines = str(self.cleaned_data.get("kinds", "")).splitlines()
            data["kinds"] = [line.strip() for line in lines if line.strip()]
        for name, key in (("levels", "levels"), ("targets", "target")):
            rows = self.cleaned_data.get(name) or []
            if rows or (name == "levels" and name in self.fields):
                if name == "targets" and data.get("target") is not None:
                    self._tell("targets", "目标与分月目标只填其中一个")
                data[key] = self._read_pairs(name, rows)
        if self.before is not None and self.before.is_unsure and not self.cleaned_data.get("settled"):
            data["unsure"] = self.before.unsure
        return data

    def _read(self, name: str, text: str) -> Decimal | str:
        number = parse_number(text)
        if number is None:
            self._tell(name, f"应为数，例如 2 或 0.5，现为“{text}”")
            return text
        return number

    def _read_pairs(self, name: str, rows: Iterable[tuple[str, str]]) -> dict[str, Decimal | str]:
        pairs: dict[str, Decimal | str] = {}
        for first, second in rows:
            if first in pairs:
                self._tell(name, f"“{first}”写了两次")
            if not first or not second:
                self._tell(name, f"每行两格都要填，现为“{first}”和“{second}”")
            pairs[first] = self._read(name, second)
        return pairs


def clause_initial(clause: Clause) -> dict[str, Any]:
    """What stands in the form of a clause."""
    values: dict[str, Any] = {}
    for name, value in dict(clause).items():
        if isinstance(value, Decimal):
            values[name] = plain(value, _EXACT)
        elif isinstance(value, Mapping):
            rows = [(str(key), plain(figure, _EXACT)) for key, figure in value.items()]
            values["targets" if name == "target" else name] = rows
        elif isinstance(value, list):
            values[name] = "\n".join(value)
        elif value is not None:
            values[name] = value
    return values

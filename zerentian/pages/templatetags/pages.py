"""Words for templates."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, cast

from django import template
from django.db.models import Model
from django.forms import (
    BoundField,
    CheckboxSelectMultiple,
    ChoiceField,
    ModelChoiceField,
    RadioSelect,
    Select,
)
from django.forms.boundfield import BoundWidget
from django.template import Context
from django.templatetags.static import static
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from zerentian.core.months import in_words
from zerentian.core.points import plain, shown
from zerentian.evaluation.inputs import source_name
from zerentian.evaluation.standard import kind_name
from zerentian.pages.event_words import EVENT_WORDS
from zerentian.pages.help_words import HELP_WORDS
from zerentian.pages.listing import Listing

register = template.Library()

_SHORT = 5
_CHOICE = '<label class="form-check">{}<span class="form-check-label">{}</span></label>'


@register.simple_tag
def icon(name: str) -> SafeString:
    """An icon of the sprite."""
    return format_html(
        '<svg class="icon" aria-hidden="true"><use href="{}#{}"></use></svg>',
        static("vendor/icons.svg"),
        name,
    )


@register.simple_tag(takes_context=True)
def page_help(context: Context) -> str:
    """What the page is for, in one sentence: its own words, or those known for its address."""
    match = getattr(context.get("request"), "resolver_match", None)
    own = context.get("help") or ""
    return str(own or (match and HELP_WORDS.get(match.view_name, "")) or "")


@register.filter
def month_words(month: str) -> str:
    """`2023-10` as 2023年10月."""
    return in_words(month)


@register.filter
def points(value: object) -> str:
    """A figure without needless zeros; a dash for nothing."""
    return "—" if value in (None, "") else plain(value)  # type: ignore[arg-type]


@register.filter
def figure(value: object) -> str:
    """A published figure with two places at least; a dash for nothing."""
    return shown(value) if isinstance(value, Decimal) else "—"


@register.filter
def rounded(value: object) -> str:
    """A sum of points to two places, without needless zeros: for overviews, where lines need not add up."""
    if value in (None, ""):
        return "—"
    return plain(Decimal(str(value)).quantize(Decimal("0.01"), ROUND_HALF_UP))


@register.filter
def cell_style(value: object) -> str:
    """The class of a list's cell: figures and short words keep their line."""
    text = str(value)
    is_figure = all(mark in "0123456789.-+%−" for mark in text)
    return "text-nowrap" if is_figure or len(text) <= _SHORT else ""


@register.filter
def kind_words(kind: str) -> str:
    """A kind of sites in Chinese."""
    return kind_name(kind)


@register.filter
def value_of(values: Mapping[str, object], name: str) -> object:
    """What a mapping holds under a name that only the page knows."""
    return values.get(name)


@register.filter
def source_words(source: str) -> str:
    """A source of results in Chinese."""
    return source_name(source)


@register.simple_tag
def column_title(listing: Listing[Model], position: int) -> str:
    """The title of a list's column."""
    return listing.columns[position].title


@register.simple_tag
def export_query(listing: Listing[Model]) -> str:
    """The address that exports the list as filtered."""
    return listing.query(export="xlsx", page="1")


@register.simple_tag
def control(field: BoundField) -> SafeString:
    """A form field in Tabler's look."""
    _name_blank(field)
    widget = field.field.widget
    kinds = {"select": "form-select", "checkbox": "form-check-input"}
    style = kinds.get(getattr(widget, "input_type", ""), "form-control")
    if isinstance(widget, CheckboxSelectMultiple | RadioSelect):
        return format_html_join("", _CHOICE, ((_tick(one), one.choice_label) for one in field.subwidgets))
    if field.errors:
        style += " is-invalid"
    return field.as_widget(attrs={"class": style})


def _name_blank(field: BoundField) -> None:
    """Say what choosing nothing means, where Django draws a dashed line."""
    words = "请选择" if field.field.required else "不选"
    if isinstance(field.field, ModelChoiceField):
        field.field.empty_label = field.field.empty_label and words
    elif isinstance(field.field, ChoiceField) and isinstance(field.field.widget, Select):
        choices = cast(list[tuple[object, object]], list(cast(Any, field.field.choices)))
        field.field.choices = [(key, words if key == "" else label) for key, label in choices]


def _tick(choice: BoundWidget) -> SafeString:
    choice.data["attrs"]["class"] = "form-check-input"
    return choice.tag()


@register.filter
def event_words(kind: str) -> str:
    """A kind of event in Chinese."""
    return EVENT_WORDS.get(kind, kind)

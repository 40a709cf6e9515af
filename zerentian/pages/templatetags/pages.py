"""Words for templates."""

from __future__ import annotations

from decimal import Decimal

from django import template
from django.db.models import Model
from django.forms import BoundField, CheckboxSelectMultiple, RadioSelect
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

from zerentian.core.months import in_words
from zerentian.core.points import plain, shown
from zerentian.evaluation.inputs import source_name
from zerentian.evaluation.standard import kind_name
from zerentian.pages.event_words import EVENT_WORDS
from zerentian.pages.listing import Listing

register = template.Library()


@register.simple_tag
def icon(name: str) -> SafeString:
    """An icon of the sprite."""
    return format_html(
        '<svg class="icon" aria-hidden="true"><use href="{}#{}"></use></svg>',
        static("vendor/icons.svg"),
        name,
    )


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
def kind_words(kind: str) -> str:
    """A kind of sites in Chinese."""
    return kind_name(kind)


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
    widget = field.field.widget
    kinds = {"select": "form-select", "checkbox": "form-check-input"}
    style = kinds.get(getattr(widget, "input_type", ""), "form-control")
    if isinstance(widget, CheckboxSelectMultiple | RadioSelect):
        style = "form-check-input"
    if field.errors:
        style += " is-invalid"
    return field.as_widget(attrs={"class": style})


@register.filter
def event_words(kind: str) -> str:
    """A kind of event in Chinese."""
    return EVENT_WORDS.get(kind, kind)

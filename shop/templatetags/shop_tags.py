"""What every template may use without loading it: money, curtain times, fields, errors. Words: `shop.words`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django import template
from django.forms import BaseForm, BoundField
from django.forms.widgets import CheckboxInput, CheckboxSelectMultiple, RadioSelect

from shop import words
from shop.money import Money

register = template.Library()


@register.filter
def money(value: Money | int | None, currency: str = "") -> str:
    """`{{ line.price|money }}`, `{{ line.price_minor|money:line.currency }}`: "£45.50"."""
    if value is None or value == "":
        return ""
    return words.money(value if isinstance(value, Money) else Money(int(value), currency))


@register.filter
def notice(text: str) -> str:
    return words.notice(text or "")


@register.filter
def curtain(at: datetime | None, zone: str = "") -> str:
    return words.curtain(at or None, zone)


@register.filter
def curtain_full(at: datetime | None, zone: str = "") -> str:
    return words.curtain_full(at or None, zone)


@register.filter
def day_date(at: datetime | None, zone: str = "") -> str:
    return words.day_date(at or None, zone)


@register.filter
def short_date(at: datetime | None, zone: str = "") -> str:
    return words.short_date(at or None, zone)


@register.filter
def clock(at: datetime | None, zone: str = "") -> str:
    return words.clock_time(at or None, zone)


@register.filter
def held_until(at: datetime | None, zone: str = "") -> str:
    return words.held_until(at or None, zone)


@register.filter
def near(at: datetime | None, zone: str = "") -> str:
    return words.near(at or None, zone)


@register.filter
def month_year(at: datetime | None, zone: str = "") -> str:
    return words.month_year(at or None, zone)


@register.filter
def iso(at: datetime | None, zone: str = "") -> str:
    """For `datetime=""`: with the offset of that date at the venue."""
    return words.local(at, zone).isoformat(timespec="minutes") if at else ""


@register.filter
def zone_words(zone: str) -> str:
    return words.zone_words(zone)


@register.filter
def minutes_words(minutes: int | None) -> str:
    return words.minutes_words(minutes or None)


@register.filter
def left_words(seconds: int | None) -> str:
    return words.left_words(None if seconds == "" else seconds)


@register.filter
def tickets_words(number: int | None) -> str:
    return words.tickets_words(number or 0)


@register.filter
def kind_words(tickets: Iterable[Any] | None) -> str:
    return words.kind_words(tickets or ())


@register.filter
def ticket_notes(tickets: Iterable[Any] | None) -> list[tuple[str, bool]]:
    return words.ticket_notes(tickets or ())


@register.filter
def seat_words(tickets: Iterable[Any] | None) -> str:
    return words.seat_words(tickets or ())


@register.simple_tag
def date_range(first: datetime | None, last: datetime | None, zone: str = "") -> str:
    return words.date_range(first or None, last or None, zone)


@register.inclusion_tag("_date_block.html")
def date_block(at: datetime, zone: str = "") -> dict[str, Any]:
    """The weekday, day and month as a block that can be scanned down a list."""
    weekday, day, month = words.date_parts(at, zone)
    return {
        "iso": words.local(at, zone).date().isoformat(),
        "weekday": weekday,
        "day": day,
        "month": month,
    }


@register.inclusion_tag("_field.html")
def field(bound: BoundField) -> dict[str, Any]:
    """A form's field as the shop writes it: label, "(optional)", hint, error in words, input."""
    widget = bound.field.widget
    return {
        "field": bound,
        "tiles": isinstance(widget, RadioSelect | CheckboxSelectMultiple),
        "single": isinstance(widget, CheckboxInput),
    }


@register.inclusion_tag("_error_summary.html")
def guest_errors(forms: Iterable[BaseForm]) -> dict[str, Any]:
    """As `error_summary`, of a list of forms."""
    return error_summary(*forms)


@register.inclusion_tag("_error_summary.html")
def error_summary(*forms: BaseForm | None) -> dict[str, Any]:
    """All that is wrong, on top, each with a link to its field. Nothing where nothing is wrong."""
    wrong: list[tuple[str, str]] = []
    for form in forms:
        if form is None or not form.is_bound:
            continue
        wrong += [("", str(message)) for message in form.non_field_errors()]
        for bound in form:
            target = bound.id_for_label or (f"{bound.auto_id}_0" if bound.auto_id else "")
            wrong += [(target, str(message)) for message in bound.errors]
    return {"wrong": wrong}

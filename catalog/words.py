"""The words for kinds of events, access marks and days, and text folded for searching."""

from __future__ import annotations

import unicodedata
from datetime import UTC, date, datetime, time

from babel import Locale
from babel.dates import get_day_names
from babel.numbers import format_currency
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from shop import words as house

KINDS: dict[str, str | Promise] = {
    "musical": _("Musical"),
    "play": _("Play"),
    "comedy": _("Comedy"),
    "dance": _("Dance"),
    "ballet": _("Ballet"),
    "opera": _("Opera"),
    "concert": _("Concert"),
    "classical": _("Classical music"),
    "club": _("Club night"),
    "festival": _("Festival"),
    "family": _("Family"),
    "circus": _("Circus"),
    "magic": _("Magic"),
    "talk": _("Talk"),
    "film": _("Film"),
    "exhibition": _("Exhibition"),
    "attraction": _("Attraction"),
    "tour": _("Tour"),
    "sport": _("Sport"),
    "conference": _("Conference"),
    "workshop": _("Workshop"),
    "theatre": _("Theatre"),
    "event": _("Event"),
    "other": _("Event"),
}
ACCESS: dict[str, str | Promise] = {
    "signed": _("Signed"),
    "captioned": _("Captioned"),
    "described": _("Audio described"),
    "relaxed": _("Relaxed"),
    "step_free": _("Step-free"),
}


def kind(code: str) -> str:
    """The word for a kind; a provider's kind that we do not know is shown as it is."""
    return str(KINDS.get(code) or code.replace("_", " ").capitalize())


def marks(text: str) -> list[str]:
    """Words for the access marks in a text such as " signed captioned "."""
    return [str(ACCESS[code]) for code in text.split() if code in ACCESS]


def marks_text(codes: object) -> str:
    """Known codes as text that can be searched: " signed captioned ", "" for none."""
    given = codes if isinstance(codes, list) else []
    known = [code for code in ACCESS if code in given]
    return f" {' '.join(known)} " if known else ""


def fold(text: str) -> str:
    """Without accents and capitals: "Café Müller" and "cafe muller" are found by each other."""
    plain = "".join(
        c for c in unicodedata.normalize("NFKD", text.replace("ß", "ss")) if not unicodedata.combining(c)
    )
    return " ".join(plain.casefold().replace("’", "'").split())


def day(on: date) -> str:
    """ "Sat 21 Nov" for a day of the calendar, wherever it is."""
    return house.short_date(datetime.combine(on, time(12), UTC), "UTC")


def month(first: date) -> str:
    """ "December 2026" for its first day."""
    return house.month_year(datetime.combine(first, time(12), UTC), "UTC")


def long_day(on: date) -> str:
    """ "Saturday 21 November 2026"."""
    return house.day_date(datetime.combine(on, time(12), UTC), "UTC")


def day_parts(on: date) -> tuple[str, str, str]:
    """("Sat", "21", "Nov")."""
    return house.date_parts(datetime.combine(on, time(12), UTC), "UTC")


def near_day(on: date, today: date) -> str:
    """ "today", "tomorrow", "this weekend" where true."""
    days = (on - today).days
    if days in (0, 1):
        return gettext("tomorrow") if days else gettext("today")
    return gettext("this weekend") if 1 < days <= 6 - today.weekday() and on.weekday() >= 5 else ""


def first_weekday() -> int:
    """On which day a week begins where the page's language is spoken; Monday is 0."""
    return Locale.parse(house.locale()).first_week_day


def weekdays() -> list[tuple[str, str]]:
    """("Mon", "Monday") and so on, as a week runs there."""
    locale = Locale.parse(house.locale())
    short, wide = (get_day_names(width, "stand-alone", locale) for width in ("abbreviated", "wide"))
    first = locale.first_week_day
    return [(short[day % 7], wide[day % 7]) for day in range(first, first + 7)]


def whole_money(amount: int, currency: str) -> str:
    """ "£40" for a round price of a filter."""
    locale = Locale.parse(house.locale())
    pattern = locale.currency_formats["standard"].pattern.replace("0.00", "0")
    return format_currency(amount, currency, format=pattern, locale=locale, currency_digits=False)

"""Money, dates and counts in the words of the page's language.

The template filters in `shop_tags` and code that prepares strings once (the catalogue's rows, mails) share these
functions. Formats come from Babel, sentences from gettext. Everything is cached by value, because a list formats
the same dates and prices over and over.

A time is an aware `datetime`; `zone` is an IANA name, "" for the shop's own (`settings.TIME_ZONE`).
"""

from __future__ import annotations

import functools
import zoneinfo
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_skeleton, format_time, get_timezone_location
from babel.lists import format_list
from babel.units import format_unit
from django.conf import settings
from django.utils.translation import get_language, gettext, ngettext, pgettext, to_locale

from shop import clock
from shop.money import Money

EVENING = 17  # from this hour on a performance of today is "tonight"
_YEAR_NEEDED_AFTER = timedelta(days=300)  # a date further away, or past, carries its year

# English as the house writes it: no comma after the weekday. Other languages take Babel's patterns.
_ENGLISH = {
    "MMMEd": "EEE d MMM",
    "yMMMEd": "EEE d MMM y",
    "MMMMEd": "EEE d MMMM",
    "yMMMMEd": "EEE d MMMM y",
    "yMMMMEEEEd": "EEEE d MMMM y",
}


def locale() -> str:
    """Babel's name of the page's language; plain English is British."""
    return _locale(get_language() or settings.LANGUAGE_CODE)


@functools.lru_cache(maxsize=64)
def _locale(language: str) -> str:
    if language == "en":
        return "en_GB"
    try:
        return str(Locale.parse(to_locale(language)))
    except (UnknownLocaleError, ValueError):
        return "en_GB"


# --- money --------------------------------------------------------------------------------------------------


def money(amount: Money | None) -> str:
    """ "£45.50"; "" for None."""
    return "" if amount is None else _money(amount.minor, amount.currency, locale())


@functools.lru_cache(maxsize=8192)
def _money(minor: int, currency: str, name: str) -> str:
    return Money(minor, currency).format(name)


# --- dates and times ----------------------------------------------------------------------------------------


@functools.lru_cache(maxsize=512)
def _zone(name: str) -> zoneinfo.ZoneInfo:
    try:
        return zoneinfo.ZoneInfo(name or settings.TIME_ZONE)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        return zoneinfo.ZoneInfo(settings.TIME_ZONE)


def local(at: datetime, zone: str = "") -> datetime:
    """The same moment by the clock on the venue's wall."""
    return at.astimezone(_zone(zone))


@functools.lru_cache(maxsize=16384)
def _day(day: date, skeleton: str, name: str) -> str:
    if name == "en_GB" and skeleton in _ENGLISH:
        return format_date(day, _ENGLISH[skeleton], locale=name)
    if skeleton == "yMMMMEEEEd":
        return format_date(day, "full", locale=name)
    if skeleton in ("ccc", "d", "LLL"):
        return format_date(day, skeleton, locale=name)
    return format_skeleton(skeleton, day, locale=name)


@functools.lru_cache(maxsize=4096)
def _clock(hour: int, minute: int, name: str) -> str:
    return format_time(datetime(2000, 1, 1, hour, minute), "short", locale=name)  # noqa: DTZ001


def _year_needed(day: date, today: date) -> bool:
    return (day.year != today.year and not today <= day <= today + _YEAR_NEEDED_AFTER) or day < today


def clock_time(at: datetime | None, zone: str = "") -> str:
    """ "19:30" as the language writes it."""
    if at is None:
        return ""
    there = local(at, zone)
    return _clock(there.hour, there.minute, locale())


def day_date(at: datetime | None, zone: str = "") -> str:
    """ "Saturday 21 November 2026"."""
    return "" if at is None else _day(local(at, zone).date(), "yMMMMEEEEd", locale())


def short_date(at: datetime | None, zone: str = "") -> str:
    """ "Sat 21 Nov"; with the year where it would be missed."""
    if at is None:
        return ""
    day, today = local(at, zone).date(), local(clock.now(), zone).date()
    return _day(day, "yMMMEd" if _year_needed(day, today) else "MMMEd", locale())


def month_year(at: datetime | None, zone: str = "") -> str:
    """ "December 2026"."""
    return "" if at is None else _day(local(at, zone).date().replace(day=1), "yMMMM", locale())


def date_parts(at: datetime, zone: str = "") -> tuple[str, str, str]:
    """Weekday, day and month for a block that is scanned down a list: ("Sat", "21", "Nov")."""
    day, name = local(at, zone).date(), locale()
    return _day(day, "ccc", name), _day(day, "d", name), _day(day, "LLL", name)


def near(at: datetime | None, zone: str = "") -> str:
    """ "tonight", "today", "tomorrow", "this weekend" where true, else ""."""
    if at is None:
        return ""
    there, here = local(at, zone), local(clock.now(), zone)
    days = (there.date() - here.date()).days
    if days == 0:
        return gettext("tonight") if there.hour >= EVENING else gettext("today")
    if days == 1:
        return gettext("tomorrow")
    if 1 < days <= 6 - here.weekday() and there.weekday() >= 5:
        return gettext("this weekend")
    return ""


def curtain(at: datetime | None, zone: str = "") -> str:
    """When the curtain rises: "Tonight, 19:30", "Tomorrow, 14:30", "Sat 21 November, 19:30"."""
    if at is None:
        return ""
    there, here = local(at, zone), local(clock.now(), zone)
    time = _clock(there.hour, there.minute, locale())
    days = (there.date() - here.date()).days
    if days == 0 and there.hour >= EVENING:
        return gettext("Tonight, %(time)s") % {"time": time}
    if days == 0:
        return gettext("Today, %(time)s") % {"time": time}
    if days == 1:
        return gettext("Tomorrow, %(time)s") % {"time": time}
    skeleton = "yMMMMEd" if _year_needed(there.date(), here.date()) else "MMMMEd"
    return _date_and_time(_day(there.date(), skeleton, locale()), time)


def curtain_full(at: datetime | None, zone: str = "") -> str:
    """For tickets and mails, true on any day: "Saturday 21 November 2026, 19:30"."""
    return "" if at is None else _date_and_time(day_date(at, zone), clock_time(at, zone))


def _date_and_time(day: str, time: str) -> str:
    return pgettext("a date and a time of day", "%(date)s, %(time)s") % {"date": day, "time": time}


def date_range(first: datetime | None, last: datetime | None, zone: str = "") -> str:
    """ "Sat 21 Nov", "Sat 21 Nov to Sat 5 Dec", "Sat 21 Nov 2026 to Sun 3 Jan 2027"."""
    if first is None:
        return ""
    begin = local(first, zone).date()
    end = begin if last is None else local(last, zone).date()
    if begin >= end:
        return short_date(first, zone)
    today, name = local(clock.now(), zone).date(), locale()
    if _year_needed(end, today) or _year_needed(begin, today):
        first_skeleton = "MMMEd" if begin.year == end.year else "yMMMEd"
        return _span(_day(begin, first_skeleton, name), _day(end, "yMMMEd", name))
    return _span(_day(begin, "MMMEd", name), _day(end, "MMMEd", name))


def _span(first: str, last: str) -> str:
    return pgettext("from one date to another", "%(first)s to %(last)s") % {"first": first, "last": last}


def zone_words(zone: str) -> str:
    """ "London time" for Europe/London."""
    return gettext("%(city)s time") % {"city": _city(zone or settings.TIME_ZONE, locale())}


def held_until(at: datetime | None, zone: str = "") -> str:
    """The clock time a hold ends at: "12:32", or "12:32 (Vienna time)" where the venue's zone is not the shop's.

    It stands beside the minutes left (`left_words`), never instead of them.
    """
    if at is None:
        return ""
    time = clock_time(at, zone)
    if zone in ("", settings.TIME_ZONE):
        return time
    return pgettext("a time of day and its zone", "%(time)s (%(zone)s)") % {
        "time": time,
        "zone": zone_words(zone),
    }


@functools.lru_cache(maxsize=256)
def _city(zone: str, name: str) -> str:
    return get_timezone_location(_zone(zone), locale=name, return_city=True)


# --- lengths and counts -------------------------------------------------------------------------------------


@functools.lru_cache(maxsize=1024)
def _unit(number: int, unit: str, name: str) -> str:
    return format_unit(number, unit, length="long", locale=name)


def minutes_words(minutes: int | None) -> str:
    """150 is "2 hours 30 minutes"."""
    if not minutes or minutes < 0:
        return ""
    hours, rest = divmod(int(minutes), 60)
    name = locale()
    parts = [_unit(hours, "duration-hour", name)] if hours else []
    return " ".join([*parts, _unit(rest, "duration-minute", name)] if rest else parts)


def left_words(seconds: int | None) -> str:
    """What is left of a hold, calmly: "about 7 minutes", "less than a minute"."""
    if seconds is None:
        return ""
    if seconds <= 0:
        return gettext("no time")
    if seconds < 60:
        return gettext("less than a minute")
    minutes = round(seconds / 60)
    return ngettext("about %(minutes)s minute", "about %(minutes)s minutes", minutes) % {"minutes": minutes}


def through(seller: str, account: str) -> str:
    """ "Museum am Ring (through Tickethead)": a seller beside money for the first time, and who takes the money."""
    if not account or seller == account:
        return seller
    return gettext("%(seller)s (through %(account)s)") % {"seller": seller, "account": account}


def tickets_words(number: int | None) -> str:
    """ "2 tickets"."""
    count = number or 0
    return ngettext("%(count)s ticket", "%(count)s tickets", count) % {"count": count}


def any_of(numbers: Iterable[int]) -> str:
    """ "1, 2, 3 or 5"."""
    return str(format_list([str(number) for number in numbers], style="or", locale=locale()))


def notice(text: str) -> str:
    """What a provider says of an event, as it is; a code that it may say instead is put into words."""
    if text.strip() == "date_to_be_confirmed":
        return gettext(
            "The date and the time are still to be confirmed. They can change until a few weeks before."
        )
    return text


def kind_words(tickets: Iterable[Any] | None) -> str:
    """ "2 × Adult, 1 × Under 19"; "2 tickets" where they have no kind."""
    kinds: dict[str, int] = {}
    for ticket in tickets or ():
        kind = ticket.get("ticket_type") if isinstance(ticket, Mapping) else ticket.ticket_type
        kinds[str(kind or "")] = kinds.get(str(kind or ""), 0) + 1
    plain = kinds.pop("", 0)
    said = [f"{count} × {kind}" for kind, count in kinds.items()]
    if plain or not said:
        said.append(tickets_words(plain))
    return ", ".join(said)


def ticket_notes(tickets: Iterable[Any] | None) -> list[tuple[str, bool]]:
    """What is to be said of tickets, each thing once, and whether it is about the view: "6 × Group of six"."""
    groups: dict[tuple[str, bool], list[Any]] = {}
    for ticket in tickets or ():
        facts = ticket if isinstance(ticket, Mapping) else vars(ticket)
        note, restricted = str(facts.get("note") or ""), bool(facts.get("restricted"))
        if note or restricted:
            groups.setdefault((note or gettext("Restricted view"), restricted), []).append(ticket)
    found = []
    for (note, restricted), those in groups.items():
        if seats := seat_words(those):
            note = f"{seats}: {note}"
        elif len(those) > 1:
            note = f"{len(those)} × {note}"
        found.append((note, restricted))
    return found


def seat_words(tickets: Iterable[Any] | None) -> str:
    """ "F12, F13" from dicts or objects that have `row` and `number`; those without a number have no seat.

    As they stand in the house, whatever order the provider names them in.
    """
    seats = []
    for ticket in tickets or ():
        if isinstance(ticket, Mapping):
            row, number = ticket.get("row"), ticket.get("number")
        else:
            row, number = getattr(ticket, "row", ""), getattr(ticket, "number", "")
        if number not in (None, ""):
            seats.append((str(row or ""), str(number)))
    seats.sort(key=lambda seat: (len(seat[0]), seat[0], len(seat[1]), seat[1]))
    return ", ".join(dict.fromkeys(row + number for row, number in seats))

"""The calendar as its pages show it: every date drawn once, for the table and for the agenda alike.

Times are by the clock on the venue's wall. A page says once which zone that is; a time of another zone has its
zone beside it, and where the clocks go back and an hour comes twice, the time says which of the two it is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from html import escape

from django.conf import settings
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from catalog import calendar_reads, drawing, months, rows
from catalog import words as kinds
from catalog.models import Instance
from shop import words


@dataclass(frozen=True, slots=True)
class Day:
    """One day with what is on. `entries` are items of a list; `more` is said where there are others."""

    on: date
    block: SafeString
    near: str
    label: str  # "Saturday 21 March 2027, 3 performances"
    count: int
    entries: SafeString
    more: str
    url: str
    today: bool


@dataclass(frozen=True, slots=True)
class Place:
    """One place of the table: a day of this month with or without anything, or none."""

    on: date | None = None
    today: bool = False
    day: Day | None = None


def main_zone(found: Iterable[Instance]) -> str:
    """The zone that a page says once: the shop's own where any date is in it, else the commonest."""
    zones = Counter(row.event.venue.timezone for row in found)
    if not zones or settings.TIME_ZONE in zones:
        return settings.TIME_ZONE
    return zones.most_common(1)[0][0]


def performances(number: int) -> str:
    return ngettext("%(n)s performance", "%(n)s performances", number) % {"n": number}


def time_words(at: datetime, zone: str) -> str:
    """ "19:30"; "01:30 BST" in an hour that comes twice because the clocks go back in it."""
    there = words.local(at, zone)
    said = words.clock_time(at, zone)
    if there.replace(fold=0).utcoffset() != there.replace(fold=1).utcoffset() and _exists(there):
        return f"{said} {there.tzname()}"
    return said


def _exists(there: datetime) -> bool:
    """Whether the wall showed this time at all; in the hour that spring leaves out the two readings differ too."""
    return there.replace(fold=0).utcoffset() > there.replace(fold=1).utcoffset()  # type: ignore[operator]


def until_words(row: Instance, now: datetime) -> str:
    """ "until Sun 14 Mar" for what lasts for days, "until 05:00" for what began before today; else ""."""
    zone = row.event.venue.timezone
    if row.ends_at is None:
        return ""
    today = words.local(now, zone).date()
    begun_before = row.starts_at < now and words.local(row.starts_at, zone).date() < today
    if row.ends_at - row.starts_at < rows.FOR_DAYS and not begun_before:
        return ""
    same = words.local(row.ends_at, zone).date() == today
    end = words.clock_time(row.ends_at, zone) if same else words.short_date(row.ends_at, zone)
    return _("until %(until)s") % {"until": end}


def entry(
    row: Instance, *, url: str, book_url: str = "", title: str, where: str, day: str, zone: str, now: datetime
) -> SafeString:
    """One date as an item: when, what, where, for how much, how the sale stands, and access, all of it as text.

    Leads to `book_url`, where there is one and it can be booked. A month has hundreds of these: they are put
    together from strings, and all that comes from outside goes through `_text`.
    """
    venue = row.event.venue
    there = words.local(row.starts_at, venue.timezone)
    state = rows.instance_state(row, now)
    until = until_words(row, now)
    running = bool(until) and row.starts_at < now
    time = until if running else time_words(row.starts_at, venue.timezone)
    other = words.zone_words(venue.timezone) if venue.timezone != zone else ""
    marks = tuple(
        kinds.marks(
            kinds.marks_text([*row.access_text.split(), *row.event.access_marks, *row.event.given_marks])
        )
    )
    price = rows.from_price(row.price_from_minor, row.price_to_minor, row.currency)
    place = " · ".join(part for part in (row.name if row.name != title else "", where) if part)
    return mark_safe(  # noqa: S308 - every text is escaped
        f'<li class="cal-entry{"" if state.can_book else " cal-off"}">'
        f'<a class="cal-link" href="{_text((state.can_book and book_url) or url)}">'
        f'<time class="cal-time" datetime="{there.isoformat(timespec="minutes")}">{_text(time)}</time>'
        f"{_span('cal-zone', other)}{_span('cal-title', title)}"
        f'<span class="visually-hidden">, {_text(day)}</span></a>'
        f"{_span('cal-where', place)}{_span('cal-until', '' if running else until)} "
        f'<span class="cal-facts">{drawing.price(price, words.locale())} {drawing.standing(state)}'
        f"{drawing.access(marks)}</span></li>"
    )


def _text(said: str) -> str:
    return escape(str(said))


def _span(css: str, said: str) -> str:
    return f' <span class="{css}">{_text(said)}</span>' if said else ""


class Page:
    """The table and the agenda of one month. `day_url` is where one day of it is shown whole."""

    def __init__(
        self,
        month: calendar_reads.Month,
        *,
        today: date,
        now: datetime,
        day_url: Callable[[int], str],
        party: int | None = None,
        one_show: bool = False,
    ) -> None:
        self.month, self.today, self.now, self.day_url = month, today, now, day_url
        every = [row for part in (month.cells, month.agenda) for found in part.values() for row in found]
        self.zone = main_zone(every)
        self.mixed = any(row.event.venue.timezone != self.zone for row in every)
        self._event, self._pick = (
            reverse("catalog:event_detail", args=["-"])[:-2],
            reverse("baskets:pick", args=[0]),
        )
        self._party = f"?party={party}" if party else ""
        self._one_show = one_show
        self._several = len({row.event.venue_id for row in every}) > 1
        self._drawn: dict[int, SafeString] = {}

    def table(self) -> list[list[Place]]:
        """The weeks of the month, without those at its beginning that are over and have nothing."""
        since = min([self.today, *self.month.counts])
        return [
            [
                Place()
                if day is None
                else Place(
                    day,
                    day == self.today,
                    self._day(day, self.month.cells[day]) if day in self.month.cells else None,
                )
                for day in week
            ]
            for week in months.weeks(self.month.first, kinds.first_weekday())
            if any(day is not None and day >= since for day in week)
        ]

    def agenda(self) -> list[Day]:
        return [self._day(day, found) for day, found in self.month.agenda.items()]

    def _day(self, on: date, found: list[Instance]) -> Day:
        count = max(self.month.counts.get(on, 0), len(found))
        more = count - len(found)
        said = kinds.day(on)
        return Day(
            on=on,
            block=drawing.day(on, kinds.day_parts(on)),
            near=kinds.near_day(on, self.today),
            label=f"{kinds.long_day(on)}, {performances(count)}",
            count=count,
            entries=mark_safe("".join(self._entry(row, said) for row in found)),  # noqa: S308 - drawn
            more=ngettext("%(n)s more", "%(n)s more", more) % {"n": more} if more else "",
            url=self.day_url(on.day),
            today=on == self.today,
        )

    def _entry(self, row: Instance, day: str) -> SafeString:
        drawn = self._drawn.get(row.pk)
        if drawn is None:
            event = row.event
            drawn = self._drawn[row.pk] = entry(
                row,
                url=f"{self._event}{event.slug}/{row.pk}/",
                book_url=self._pick.replace("/0/", f"/{row.pk}/") + self._party if self._one_show else "",
                title="" if self._one_show else event.title,
                where=event.venue.name if self._several else "",
                day=day,
                zone=self.zone,
                now=self.now,
            )
        return drawn

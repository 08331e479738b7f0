"""Rows as pages show them: every string made once, so that a template only prints."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any

from django.core.files.storage import default_storage
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from catalog import availability, drawing, posters, selling
from catalog import words as kinds
from catalog.models import Event, Instance, ProviderAccount
from catalog.summaries import seats_word
from shop import words
from shop.money import Money
from shop.providers.types import Availability

FOR_DAYS = timedelta(hours=24)  # from so long on it is on for days, not for a night
EAGER = 4  # pictures of a list that are fetched at once


@dataclass(frozen=True, slots=True)
class State:
    """How the sale stands, always as words. `css` is the look's name for it; `can_book`: there is something to try."""

    code: str
    word: str
    css: str
    can_book: bool = True


@dataclass(frozen=True, slots=True)
class Picture:
    src: str = ""
    srcset: str = ""
    width: int = 0
    height: int = 0
    alt: str = ""
    shared: str = ""  # 1200 x 630, for social networks


@dataclass(frozen=True, slots=True)
class FromPrice:
    """What the cheapest ticket costs, in words. `is_from`: others cost more; `free`: there are free ones."""

    words: str = ""
    is_from: bool = True
    free: bool = False

    def __bool__(self) -> bool:
        return bool(self.words)


@dataclass(frozen=True, slots=True)
class Card:
    """One event in a list."""

    url: str
    title: str
    kind: str
    when: str
    when_iso: str
    where: str
    poster: SafeString
    foot: SafeString  # price, state and access marks


@dataclass(frozen=True, slots=True)
class DateRow:
    """One date of an event."""

    pk: int
    url: str
    book_url: str
    starts_at: datetime
    day: SafeString
    time: str
    when: str  # date and time in one, for the button's name
    near: str
    name: str
    price: SafeString
    state: State
    standing: SafeString  # state and access marks


@dataclass(frozen=True, slots=True)
class PriceRow:
    area: str
    band: str
    ticket_type: str
    price: str
    upto: str
    fee: str
    left: str = ""
    closed: str = ""
    charges: tuple[tuple[str, str], ...] = ()  # what the fee is made of: name, sum


@dataclass(frozen=True, slots=True)
class PriceGroup:
    """Prices of one area, where there are several; "" for a table that needs no headings."""

    area: str
    left: str
    rows: tuple[PriceRow, ...]


def picture(event: Event) -> Picture:
    """The venue's own picture before the provider's; empty where there is none."""
    for path, width, height, alt in (
        (event.own_poster, event.own_poster_width, event.own_poster_height, event.own_image_alt),
        (event.poster, event.poster_width, event.poster_height, ""),
    ):
        if path:
            return Picture(
                posters.small(path, width),
                posters.srcset(path, width),
                width,
                height,
                alt,
                posters.shared(path),
            )
    return Picture()


def media_url(path: str) -> str:
    return default_storage.url(path)


def price_words(minor: int | None, currency: str) -> str:
    if minor == 0:
        return _("Free")
    return "" if minor is None else words.money(Money(minor, currency))


def from_price(lowest: int | None, highest: int | None, currency: str) -> FromPrice:
    if lowest == 0:
        if highest:
            upto = price_words(highest, currency)
            return FromPrice(_("Free to %(price)s") % {"price": upto}, is_from=False, free=True)
        return FromPrice(_("Free"), is_from=False, free=True)
    return FromPrice(price_words(lowest, currency))


def event_state(event: Event, now: datetime) -> State:
    """From the event's own row; nothing else is asked."""
    if event.gone_at is not None or not event.dates:
        return State("gone", _("No dates at the moment"), "state-off", False)
    if event.status == Event.Status.CANCELLED or event.dates_cancelled >= event.dates:
        return State("cancelled", _("Cancelled"), "state-off", False)
    if event.stop_sale or event.account.stop_sale or not event.account.configured:
        return State("stop_sale", _("Sale stopped"), "state-off", False)
    if event.on_sale and event.sale_starts_at is not None and event.sale_starts_at > now:
        when = words.curtain(event.sale_starts_at, event.venue.timezone)
        return State("not_yet", _("On sale from: %(when)s") % {"when": when}, "state-soon", False)
    if not event.on_sale and event.seats_left == 0:
        return State("sold_out", _("Sold out"), "state-out", False)
    if not event.on_sale:
        return State("not_on_sale", _("Not on sale online"), "state-off", False)
    if event.status == Event.Status.MOVED:
        return State("moved", _("New date or place"), "state-info")
    if seats_word(event.seats_left) == "few":
        return State("few", _("Few left"), "state-few")
    return State("on_sale", _("On sale"), "state-open")


def state_of_dates(state: State, dates: Sequence[DateRow]) -> State:
    """What the dates on the page know better than the event's own row: that the sale of all of them is over."""
    if state.code == "not_on_sale" and dates and all(row.state.code == "ended" for row in dates):
        return dates[0].state
    return state


def instance_state(row: Instance, now: datetime) -> State:
    """From the row and its event, venue and account."""
    refused = selling.refusal(row, now=now)
    if refused is not None:
        word, css = {
            "past": (_("Over"), "state-off"),
            "cancelled": (_("Cancelled"), "state-off"),
            "stop_sale": (_("Sale stopped"), "state-off"),
            "not_yet": (refused.text.rstrip("."), "state-soon"),
            "ended": (_("Sale over"), "state-off"),
        }.get(refused.code, (_("Not on sale online"), "state-off"))
        if refused.code == "not_on_sale" and row.seats_left == 0:
            return State("sold_out", _("Sold out"), "state-out", False)
        return State(refused.code, word, css, False)
    if row.seats_left == 0:
        return State("sold_out", _("Sold out"), "state-out", False)
    if row.status == Event.Status.MOVED:
        return State("moved", _("New date or place"), "state-info")
    if seats_word(row.seats_left) == "few":
        return State("few", _("Few left"), "state-few")
    return State("on_sale", _("On sale"), "state-open")


def cards(events: Iterable[Event], now: datetime) -> list[Card]:
    """The first row of pictures is fetched at once, the others when they come near."""
    base = reverse("catalog:event_detail", args=["-"])
    return [card(event, now, base=base, lazy=place >= EAGER) for place, event in enumerate(events)]


def card(event: Event, now: datetime, *, base: str, lazy: bool) -> Card:
    venue = event.venue
    zone = venue.timezone
    shown = getattr(event, "shown_at", None)
    if shown is not None:
        when = words.curtain(shown, zone)
        if event.dates > 1:
            when = _("%(when)s, and other dates") % {"when": when}
    else:
        when = when_words(event)
    first = shown or event.first_at
    title = event.title
    return Card(
        url=f"{base[:-2]}{event.slug}/",
        title=title,
        kind=kinds.kind(event.kind),
        when=when,
        when_iso=words.local(first, zone).isoformat(timespec="minutes") if first else "",
        where=f"{venue.name}, {venue.city}" if venue.city and venue.city not in venue.name else venue.name,
        poster=drawing.poster(picture(event), title[:1].upper(), lazy=lazy),
        foot=drawing.foot(
            from_price(event.price_from_minor, event.price_to_minor, event.currency),
            event_state(event, now),
            tuple(kinds.marks(event.access_text)),
            words.locale(),
        ),
    )


def when_words(event: Event) -> str:
    """Date and hour of a single date; from when to when it is on where there are several, or one lasts for days."""
    zone = event.venue.timezone
    lasts = event.last_at - event.first_at if event.first_at and event.last_at else timedelta()
    if event.dates == 1 and lasts < FOR_DAYS:
        return words.curtain(event.first_at, zone)
    return words.date_range(event.first_at, event.last_at, zone)


def date_rows(event: Event, rows: Iterable[Instance], now: datetime) -> list[DateRow]:
    zone, language = event.venue.timezone, words.locale()
    base = reverse("catalog:event_detail", args=[event.slug])
    pick = reverse("baskets:pick", args=[0])
    found = []
    for row in rows:
        row.event = event  # no query a row
        state = instance_state(row, now)
        found.append(
            DateRow(
                pk=row.pk,
                url=f"{base}{row.pk}/",
                book_url=pick.replace("/0/", f"/{row.pk}/"),
                starts_at=row.starts_at,
                day=drawing.day(
                    words.local(row.starts_at, zone).date(), words.date_parts(row.starts_at, zone)
                ),
                time=words.clock_time(row.starts_at, zone),
                when=words.curtain(row.starts_at, zone),
                near=words.near(row.starts_at, zone),
                name=row.name,
                price=drawing.price(
                    from_price(row.price_from_minor, row.price_to_minor, row.currency), language
                ),
                state=state,
                standing=drawing.standing(state) + drawing.access(tuple(kinds.marks(row.access_text))),
            )
        )
    return found


def by_month(rows: Sequence[DateRow], zone: str) -> list[tuple[str, list[DateRow]]]:
    """("December 2026", its rows), in order."""

    def key(row: DateRow) -> date:
        return words.local(row.starts_at, zone).date().replace(day=1)

    groups = ((list(found)) for _month, found in groupby(rows, key))
    return [(words.month_year(found[0].starts_at, zone), found) for found in groups]


def price_table(table: list[list[Any]], currency: str, *, over: bool = False) -> list[PriceRow]:
    """From `Instance.prices` (one price), or `over` several dates `Event.prices` (from and to)."""
    found = []
    for area, band, ticket_type, price, *rest in table:
        upto = rest.pop(0) if over else price
        fee, charges = rest[0], rest[1] if len(rest) > 1 else ()
        found.append(
            PriceRow(
                area,
                band,
                ticket_type,
                price_words(price, currency),
                price_words(upto, currency) if upto != price else "",
                price_words(fee, currency) if fee else "",
                charges=tuple((name or _("fees"), price_words(amount, currency)) for name, amount in charges),
            )
        )
    return found


def price_groups(prices: Sequence[PriceRow]) -> list[PriceGroup]:
    """By area, in the order of their cheapest price, where areas have several prices each; else as one group.

    What is left is said once for an area whose tickets share it. Areas where everything costs the same are one.
    """
    areas: dict[str, list[PriceRow]] = {}
    for price in prices:
        areas.setdefault(price.area, []).append(price)
    if len(areas) < 2 or all(len(each) < 2 for each in areas.values()):
        return [PriceGroup("", "", tuple(by_band(prices)))] if prices else []
    alike: dict[tuple[str, tuple[PriceRow, ...]], list[str]] = {}
    for area, each in areas.items():
        shared = {price.left for price in each} if area and not any(price.closed for price in each) else {""}
        left = shared.pop() if len(shared) == 1 else ""
        mine = tuple(replace(price, area="", left="" if left else price.left) for price in by_band(each))
        alike.setdefault((left, mine), []).append(area or _("Other places"))
    return [PriceGroup(" · ".join(names), left, mine) for (left, mine), names in alike.items()]


def by_band(prices: Sequence[PriceRow]) -> list[PriceRow]:
    """The prices of one band one after the other, bands in the order of their cheapest."""
    order = {band: place for place, band in reversed(list(enumerate(price.band for price in prices)))}
    return sorted(prices, key=lambda price: order[price.band])


@dataclass(frozen=True, slots=True)
class Freshness:
    """When availability was last checked, and whether it is being updated."""

    checked_at: datetime | None
    clock: str
    down: bool


def freshness(account: ProviderAccount, row: Instance | None, zone: str) -> Freshness:
    times = [account.last_good_refresh_at, row.availability_at if row is not None else None]
    checked = max((moment for moment in times if moment is not None), default=None)
    return Freshness(
        checked, words.clock_time(checked, zone), account.down_since is not None or not account.configured
    )


def live_prices(found: Availability) -> list[PriceRow]:
    """What can be had now: each area, band and ticket type with its price and what is left of it."""
    table: dict[tuple[str, str, str, int], list[Any]] = {}
    for offer in availability.priced(found):
        key = (offer.area, offer.price_band, offer.ticket_type, offer.price.minor)
        table.setdefault(key, [offer.price, offer.fee, offer.left, offer.closed, offer.charges])
    for area in found.areas:
        for row in area.rows:
            for seat in row.seats:
                entry = table.setdefault(
                    (area.name, "", "", seat.price.minor), [seat.price, seat.fee, 0, "", ()]
                )
                entry[2] = (entry[2] or 0) + 1
    rows_found = []
    for (area_name, band, ticket_type, _minor), (price, fee, left, closed, charges) in sorted(
        table.items(), key=lambda pair: (pair[0][3], pair[0][:3])
    ):
        rows_found.append(
            PriceRow(
                area_name,
                band,
                ticket_type,
                price_words(price.minor, price.currency),
                "",
                words.money(fee) if fee else "",
                _left_words(left),
                _closed_words(closed, left),
                tuple((one.name or _("fees"), words.money(one.amount)) for one in charges),
            )
        )
    return rows_found


def _left_words(left: int | None) -> str:
    if left is None:
        return ""
    return ngettext("%(n)s left", "%(n)s left", left) % {"n": left}


def _closed_words(closed: str, left: int | None) -> str:
    if closed == "sold_out" or left == 0:
        return _("None left right now")
    return {
        "not_yet": _("Not on sale yet"),
        "ended": _("Sale over"),
        "unsupported": _("Not sold online"),
    }.get(closed, "")

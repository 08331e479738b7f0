"""From Tickethead's records to the shop's catalogue and availability. Pure: no calls; the time is handed in."""

from __future__ import annotations

import functools
import zoneinfo
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from babel import Locale

from shop.money import Money
from shop.providers.ordinary import ordinary_prices
from shop.providers.tickethead import inferred, prices
from shop.providers.tickethead.records import (
    Dated,
    EventRecord,
    Organizer,
    Sector,
    TicketConfig,
    TicketDiscount,
    Timeslot,
    VenueRecord,
)  # fmt: skip
from shop.providers.types import (
    Availability,
    Discount,
    EventInfo,
    InstanceInfo,
    Offer,
    Status,
    VenueInfo,
    Window,
)  # fmt: skip

UNSAID_LIMIT = 10  # tickets of one offer, where no number limits them


def zone_of(name: str, default: str) -> str:
    """The event's own zone where it is one, else the account's."""
    return name if name in _zones() else default


@functools.lru_cache(maxsize=1)
def _zones() -> frozenset[str]:
    return frozenset(zoneinfo.available_timezones())


@functools.lru_cache(maxsize=1)
def _countries() -> dict[str, str]:
    return {
        str(name).casefold(): code
        for language in ("en", "de")
        for code, name in Locale(language).territories.items()
        if len(code) == 2
    }


def country_code(country: str) -> str:
    """ISO 3166 alpha-2, from a code or an English or German name; "" where it is neither."""
    if len(country) == 2 and country.isascii() and country.isalpha():
        return country.upper()
    return _countries().get(country.casefold(), "")


def venue_info(venue: VenueRecord, timezone: str) -> VenueInfo:
    """Position only where both numbers are on the globe; 0, 0 is a place that nobody meant."""
    latitude, longitude = venue.latitude, venue.longitude
    placed = (
        latitude is not None
        and longitude is not None
        and abs(latitude) <= 90
        and abs(longitude) <= 180
        and (latitude, longitude) != (0, 0)
    )
    return VenueInfo(
        ref=venue.id,
        name=venue.name,
        address=venue.street,
        city=venue.city,
        postcode=venue.zip,
        country=country_code(venue.country),
        timezone=timezone,
        latitude=latitude if placed else None,
        longitude=longitude if placed else None,
    )


def currency_of(event: EventRecord, currency: str) -> str:
    """What an event is sold in: the account's currency if any of its tickets is, else that of the first."""
    named = [
        config.currency
        for dated in (event.own, *event.occurrences)
        for config in dated.configs
        if config.currency and inferred.config_is_offered(config)
    ]
    return currency if currency in named or not named else named[0]


# --- rows: what could be ordered ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Row:
    """One orderable combination. `closed` is a code of `Offer.closed`; `why` says more where we cannot sell it."""

    key: str
    config: TicketConfig
    sector: Sector | None
    slot: Timeslot | None
    closed: str
    why: str
    left: int | None
    maximum: int


def key_of(config: TicketConfig, sector: Sector | None, slot: Timeslot | None) -> str:
    """ "7489", "7489-s3", "7489-s3-t9"."""
    parts = [config.id, f"s{sector.id}" if sector else "", f"t{slot.id}" if slot else ""]
    return "-".join(filter(None, parts))


def _left(config: TicketConfig, sector: Sector | None, slot: Timeslot | None) -> int | None:
    counts = [config.available_tickets]
    counts += [place.available_tickets for place in (sector, slot) if place is not None]
    known = [count for count in counts if count is not None]
    return max(0, min(known)) if known else None


def _closed(
    event: EventRecord,
    dated: Dated,
    config: TicketConfig,
    slot: Timeslot | None,
    limit: int | None,
    formats: Sequence[str],
    now: datetime,
    seats_sold: bool,
) -> tuple[str, str]:
    if why := inferred.unsupported(event, dated, config, formats, seats_sold=seats_sold):
        return "unsupported", why
    if (config.end_sale_at is not None and config.end_sale_at <= now) or inferred.is_over(dated, slot, now):
        return "ended", ""
    if config.start_sale_at is not None and config.start_sale_at > now:
        return "not_yet", ""
    return ("sold_out", "") if limit == 0 else ("", "")


def rows(
    event: EventRecord,
    dated: Dated,
    organizer: Organizer,
    *,
    currency: str,
    now: datetime,
    seats_sold: bool = False,
) -> list[Row]:
    """Every ticket config of a date in each of its sectors and timeslots; hidden configs are left out.

    One in another currency than the event's is closed: a basket has one currency. `currency` is the account's.
    `seats_sold`: named seats can be had of this account. Then the chart counts them, not the config; and a config that
    is sold in several sectors or timeslots is closed, for a seat does not say which.
    """
    currency = currency_of(event, currency)
    dated = inferred.own_or_parents(event, dated)
    by_seat = seats_sold and bool(dated.chart_key)
    formats = inferred.formats(event, organizer)
    found: list[Row] = []
    for config in dated.configs:
        if not inferred.config_is_offered(config):
            continue
        if by_seat:
            config = replace(config, available_tickets=None)
        sectors, slots = inferred.sectors_of(dated, config), inferred.timeslots_of(dated, config)
        for sector in sectors:
            for slot in slots:
                limit = inferred.payable_limit(config, sector, slot)
                closed, why = _closed(event, dated, config, slot, limit, formats, now, seats_sold)
                if by_seat and len(sectors) * len(slots) > 1:
                    closed, why = "unsupported", "seat_chart"
                if config.currency not in {"", currency}:
                    closed, why = "unsupported", "other_currency"
                maximum = UNSAID_LIMIT if limit is None else limit
                left = _left(config, sector, slot)
                found.append(
                    Row(key_of(config, sector, slot), config, sector, slot, closed, why, left, maximum)
                )
    return found


def open_discounts(
    event: EventRecord, dated: Dated, config: TicketConfig, now: datetime
) -> list[TicketDiscount]:
    """What anybody may take without a code, now."""
    return [
        one
        for one in inferred.own_or_parents(event, dated).discounts
        if not one.code and inferred.discount_fits(one, config) and inferred.discount_is_open(one, now)
    ]


def discount(record: TicketDiscount, currency: str) -> Discount:
    return Discount(
        ref=record.id,
        name=record.name,
        percent=int(record.value * 100) if record.type == "percent" else None,
        amount=prices.money(record.value, currency) if record.type == "amount" else None,
        needs_code=bool(record.code),
        minimum=record.min_quantity,
        maximum=record.max_quantity,
        left=record.available_tickets,
    )


# --- availability -------------------------------------------------------------------------------------------


def offer(
    row: Row,
    event: EventRecord,
    dated: Dated,
    organizer: Organizer,
    every: Sequence[Row],
    currency: str,
    now: datetime,
) -> Offer:
    """One row as the buyer sees it. Its price is what an order of one such ticket would probably cost, so that
    no fee can make it dearer than shown."""
    config = row.config
    currency = config.currency or currency
    priced = prices.price_of_one(config, organizer.fees, currency)
    return Offer(
        key=row.key,
        price=priced.total,
        area=row.sector.name if row.sector else "",
        ticket_type=config.name,
        description=config.description,
        fee=priced.fee if priced.fee else None,
        face_value=prices.money(config.face_value, currency),
        left=row.left,
        maximum=row.maximum,
        time_from=row.slot.start_at if row.slot else None,
        time_to=row.slot.end_at if row.slot else None,
        closed=row.closed,
        sale_starts_at=config.start_sale_at,
        sale_ends_at=config.end_sale_at,
        discounts=tuple(discount(one, currency) for one in open_discounts(event, dated, config, now)),
        notes=(row.why,) if row.why else (),
        needs=tuple(other.key for other in every if other.config.id in config.depends_on),
        price_estimated=bool(priced.total),
    )


def availability(
    event: EventRecord,
    dated: Dated,
    organizer: Organizer,
    *,
    currency: str,
    now: datetime,
    seats_sold: bool = False,
) -> Availability:
    """What can be had for one date now. A cancelled one has nothing."""
    if inferred.is_cancelled(event.status) or inferred.is_cancelled(dated.status):
        return Availability(instance_ref=dated.ref, checked_at=now, status=Status.CANCELLED, limit=0)
    currency = currency_of(event, currency)
    every = rows(event, dated, organizer, currency=currency, now=now, seats_sold=seats_sold)
    limits: dict[str, int] = {}
    for row in every:
        if not row.closed:
            limits[row.config.id] = max(limits.get(row.config.id, 0), row.maximum)
    return Availability(
        instance_ref=dated.ref,
        checked_at=now,
        offers=tuple(offer(row, event, dated, organizer, every, currency, now) for row in every),
        limit=sum(limits.values()),
        code_field=any(not row.closed and row.config.pricing_type == "paid" for row in every),
    )


# --- catalogue ----------------------------------------------------------------------------------------------


def dates(event: EventRecord) -> tuple[Dated, ...]:
    """The dates of an event: its occurrences, or itself."""
    return event.occurrences if inferred.is_recurring(event) else (event.own,)


def is_public(status: str) -> bool:
    """Whether people may see it at all: on sale, or called off."""
    return inferred.is_sellable(status) or inferred.is_cancelled(status)


def find(event: EventRecord, instance_ref: str) -> Dated | None:
    return next((one for one in dates(event) if one.ref == instance_ref), None)


def in_window(dated: Dated, window: Window, timezone: str) -> bool:
    """Whether it takes place, by the calendar there, on a day of the window."""
    zone = zoneinfo.ZoneInfo(timezone)
    first = dated.start_at.astimezone(zone).date()
    last = (dated.end_at or dated.start_at).astimezone(zone).date()
    return first < window.until and window.since <= last


def _prices(configs: Iterable[TicketConfig], organizer: Organizer, currency: str) -> list[Money]:
    """All-in prices in the event's own currency, of the tickets that anybody may take."""
    return ordinary_prices(
        (config.name, prices.price_of_one(config, organizer.fees, currency).total, bool(config.depends_on))
        for config in configs
        if config.currency in {"", currency}
    )


def instance(
    event: EventRecord,
    dated: Dated,
    organizer: Organizer,
    *,
    currency: str,
    now: datetime,
    seats_sold: bool = False,
) -> InstanceInfo:
    """One date as the catalogue keeps it."""
    formats = inferred.formats(event, organizer)
    configs = [
        config
        for config in inferred.own_or_parents(event, dated).configs
        if inferred.config_is_offered(config)
        and not inferred.unsupported(event, dated, config, formats, seats_sold=seats_sold)
    ]
    current = [c for c in configs if c.end_sale_at is None or c.end_sale_at > now]
    cancelled = inferred.is_cancelled(event.status) or inferred.is_cancelled(dated.status)
    on_sale = not cancelled and inferred.is_sellable(event.status) and inferred.is_sellable(dated.status)
    there = [c for c in current if c.available_tickets != 0]
    starts = [c.start_sale_at for c in current if c.start_sale_at is not None]
    # where the sale of every ticket is over, it is known since when
    ends = [c.end_sale_at for c in current or configs if c.end_sale_at is not None]
    counts = [c.available_tickets for c in current if c.available_tickets is not None]
    made = [c.quantity for c in configs if c.quantity is not None]
    asked = _prices(there or current or configs, organizer, currency_of(event, currency))
    return InstanceInfo(
        ref=dated.ref,
        event_ref=event.id,
        starts_at=dated.start_at,
        ends_at=dated.end_at,
        doors_at=dated.gate_time,
        status=Status.CANCELLED if cancelled else Status.SCHEDULED,
        bookable=on_sale and bool(current),
        sale_starts_at=min(starts) if starts and len(starts) == len(current) else None,
        sale_ends_at=max(ends) if ends and len(ends) == len(current or configs) else None,
        seats_left=max(0, sum(counts)) if counts and len(counts) == len(current) else None,
        seats_total=sum(made) if made and len(made) == len(configs) else None,
        price_from=min(asked, default=None),
        price_to=max(asked, default=None),
    )


def event_info(
    event: EventRecord,
    venue: VenueRecord,
    organizer: Organizer,
    *,
    currency: str,
    timezone: str,
    now: datetime,
    window: Window | None = None,
    seats_sold: bool = False,
) -> EventInfo:
    """One event with its dates; of these only the ones in the window, where there is one."""
    timezone = zone_of(event.timezone, timezone)
    instances = tuple(
        instance(event, dated, organizer, currency=currency, now=now, seats_sold=seats_sold)
        for dated in sorted(dates(event), key=lambda one: one.start_at)
        if is_public(dated.status) and (window is None or in_window(dated, window, timezone))
    )
    low = [one.price_from for one in instances if one.price_from is not None]
    high = [one.price_to for one in instances if one.price_to is not None]
    every = dates(event)
    return EventInfo(
        ref=event.id,
        name=event.name,
        kind=inferred.kind_of(event.subcategory),
        venue=venue_info(venue, timezone),
        description_html=event.description,
        terms_html=event.tos,
        image_url=event.image,
        seller=organizer.display_name,
        status=Status.CANCELLED if inferred.is_cancelled(event.status) else Status.SCHEDULED,
        listed=event.visible,
        price_from=min(low, default=None),
        price_to=max(high, default=None),
        starts_at=min((one.start_at for one in every), default=None),
        ends_at=max((one.end_at or one.start_at for one in every), default=None),
        instances=instances,
    )

"""Their catalogue and tickets in our types. Pure: no calls, no clock of its own.

A function that returns a record raises `Malformed` with the reason why the record is left out.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from shop.money import Money
from shop.providers.types import (
    BadRecord,
    EventInfo,
    InstanceInfo,
    Offer,
    Status,
    VenueInfo,
    Window,
)  # fmt: skip
from shop.providers.xs2event import countries, inferred, reading
from shop.providers.xs2event.pricing import Rule
from shop.providers.xs2event.reading import Json, Malformed

TO_BE_CONFIRMED = "date_to_be_confirmed"  # a notice that the pages have words for


def bad_record(what: str, raw: Any, id_name: str, wrong: Malformed) -> BadRecord:
    """A record that is left out, with a little of what came."""
    found = reading.record(raw)
    shown = {
        name: found[name] for name in (id_name, "event_name", "date_start", "date_stop") if name in found
    }
    excerpt = json.dumps(shown, default=str) if found else type(raw).__name__
    return BadRecord(
        what=what, ref=reading.text(found, id_name)[:100], reason=str(wrong), excerpt=excerpt[:300]
    )


# --- events -------------------------------------------------------------------------------------------------------------


def venue(raw: Json, default: ZoneInfo) -> VenueInfo:
    """The venue as every event carries it."""
    name, country = reading.text(raw, "venue_name"), reading.text(raw, "iso_country").upper()
    if not name:
        raise Malformed("venue_name is missing")
    city = reading.text(raw, "city")
    latitude, longitude = reading.coordinate(raw, "latitude"), reading.coordinate(raw, "longitude")
    placed = latitude is not None and longitude is not None and abs(latitude) <= 90
    return VenueInfo(
        ref=reading.ref(raw, "venue_id"),
        name=name,
        city=city,
        country=countries.two(country),
        timezone=inferred.zone_of(country, city, default).key,
        latitude=latitude if placed else None,
        longitude=longitude if placed else None,
    )


def _aware(moment: datetime | None, zone: ZoneInfo) -> datetime | None:
    return None if moment is None else moment.replace(tzinfo=zone).astimezone(UTC)


def event(raw: Json, *, rule: Rule, zone: ZoneInfo) -> EventInfo:
    """One event of theirs: our event and its only date, both under the same id."""
    ref, name = reading.ref(raw, "event_id"), reading.text(raw, "event_name")
    if not name:
        raise Malformed("event_name is missing")
    place = venue(raw, zone)
    local = ZoneInfo(place.timezone)
    starts, ends = inferred.begins_and_ends(raw)
    first = _aware(reading.wall_clock(raw, "date_start"), local)
    last = _aware(reading.wall_clock(raw, "date_stop"), local)
    starts_at, ends_at = _aware(starts, local), _aware(ends, local)
    assert starts_at is not None
    word = reading.text(raw, "event_status").lower()
    status, sure = inferred.status_of(word), raw.get("date_confirmed") is not False
    price = inferred.price_from(raw, rule)
    instance = InstanceInfo(
        ref=ref,
        event_ref=ref,
        starts_at=starts_at,
        ends_at=ends_at if ends_at is not None and ends_at > starts_at and sure else None,
        status=status,
        bookable=inferred.is_bookable(word),
        seats_left=0 if word == "soldout" else None,
        price_from=price,
    )
    description = raw.get("event_description")
    return EventInfo(
        ref=ref,
        name=name,
        kind=inferred.kind_of(reading.text(raw, "sport_type"), reading.text(raw, "tournament_name")),
        venue=place,
        description_html=description.strip() if isinstance(description, str) else "",
        tagline=reading.text(raw, "tournament_name"),
        notice="" if sure else TO_BE_CONFIRMED,
        status=status,
        price_from=price,
        starts_at=min(first or starts_at, starts_at),
        ends_at=max(last or starts_at, ends_at or starts_at),
        instances=(instance,),
    )


def in_window(info: EventInfo, window: Window) -> bool:
    """Whether it goes on on a day of the window, by the venue's clock."""
    zone = ZoneInfo(info.venue.timezone)
    assert info.starts_at is not None
    assert info.ends_at is not None
    first, last = info.starts_at.astimezone(zone).date(), info.ends_at.astimezone(zone).date()
    return first < window.until and last >= window.since


# --- tickets ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Ticket:
    """One supplier's offer of a place, as it is now. `price` is None where it is not sold at this net rate."""

    ref: str
    event: str
    category: str
    area: str
    band: str
    net: Money
    face: Money | None
    price: Money | None
    fee: int
    stock: int
    sellable: bool
    notes: tuple[str, ...]
    raw: Json

    @property
    def place(self) -> tuple[str, str]:
        return self.category or self.area, reading.text(self.raw, "sub_category").lower() or self.band

    def quantities(self, held: int = 0, most: int = inferred.MOST_TICKETS) -> tuple[int, ...]:
        """How many can be had, those that are held already included."""
        free = inferred.free_for(self.stock, held)
        return inferred.quantities(self.raw, free, most)


def ticket(raw: Json, *, rule: Rule) -> Ticket:
    """One row of `/tickets`. Raises Malformed without id, event, net rate or currency, and where it cannot be told how
    many are sold."""
    ref, event_ref = reading.ref(raw, "ticket_id"), reading.ref(raw, "event_id")
    code = reading.currency(raw, "currency_code")
    net = reading.amount(raw, "net_rate", code)
    if net is None:
        raise Malformed("net_rate is missing")
    reading.count(raw, "min_order")  # of one that cannot be read nobody knows which numbers are allowed
    try:
        face = reading.amount(raw, "face_value", code)
    except Malformed:
        face = None
    return Ticket(
        ref=ref,
        event=event_ref,
        category=reading.text(raw, "category_id"),
        area=reading.text(raw, "category_name") or reading.text(raw, "ticket_title"),
        band=inferred.band_words(raw),
        net=net,
        face=face,
        price=rule.price(net, face),
        fee=rule.fees.get(code, 0),
        stock=max(0, reading.count(raw, "stock") or 0),
        sellable=inferred.is_available(raw) and "package_rate" not in reading.words(raw, "flags"),
        notes=inferred.notes_of(raw),
        raw=raw,
    )


def tickets(rows: Iterable[Any], event_ref: str, *, rule: Rule) -> list[Ticket]:
    """The rows of one event that can be read. A package is not sold: its price and stock are not those of a ticket."""
    found = []
    for raw in reading.records(list(rows)):
        try:
            one = ticket(raw, rule=rule)
        except Malformed:
            continue
        if one.event == event_ref and one.sellable and one.stock:
            found.append(one)
    return found


def offers(found: Iterable[Ticket], descriptions: Mapping[str, str]) -> tuple[Offer, ...]:
    """One offer for each place, in each currency: several suppliers may have it, the cheapest that is sold is shown."""
    places: dict[tuple[str, str, str], list[Ticket]] = {}
    for one in found:
        places.setdefault((*one.place, one.net.currency), []).append(one)
    chosen = []
    for same in places.values():
        sold = [one for one in same if one.price is not None and one.quantities()]
        best = min(
            sold, key=lambda one: (one.price.minor if one.price else 0, -one.stock, one.ref), default=None
        )
        chosen.append(_offer(best or min(same, key=lambda one: one.ref), descriptions, closed=best is None))
    return tuple(
        sorted(chosen, key=lambda one: (bool(one.closed), one.price.currency, one.price.minor, one.area))
    )


def _offer(one: Ticket, descriptions: Mapping[str, str], *, closed: bool) -> Offer:
    allowed = one.quantities()
    step = 2 if allowed and all(number % 2 == 0 for number in allowed) else 1
    plain = bool(allowed) and allowed == tuple(range(allowed[0], allowed[-1] + 1, step))
    about = [descriptions.get(one.category, "")]
    about += [reading.plain(str(one.raw.get(name) or ""), 200) for name in ("description_supplier",)]
    return Offer(
        key=one.ref,
        price=one.price or one.net,
        area=one.area,
        price_band=one.band,
        description=" ".join(dict.fromkeys(filter(None, about))),
        face_value=one.face,
        left=one.stock,
        minimum=allowed[0] if allowed else 1,
        maximum=inferred.MOST_TICKETS,
        step=step,
        quantities=() if plain else allowed,
        closed="unsupported" if closed else "",
        notes=one.notes,
    )


def descriptions(rows: Iterable[Any]) -> dict[str, str]:
    """Category id -> a little text about it, in English where there is any."""
    found = {}
    for raw in reading.records(list(rows)):
        given = raw.get("description")
        said = reading.record(given)
        best = said.get("en_GB") or next((one for one in said.values() if isinstance(one, str) and one), "")
        found[reading.text(raw, "category_id")] = reading.plain(best if isinstance(best, str) else "", 240)
    return {ref: text for ref, text in found.items() if ref and text}


def is_over(status: Status) -> bool:
    return status is not Status.SCHEDULED

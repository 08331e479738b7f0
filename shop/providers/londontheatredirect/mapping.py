"""Their catalogue and availability in our types. Pure: no calls, no clock of its own.

A function that returns a record raises `Malformed` with the reason why the record is left out.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from shop.money import Money
from shop.providers.londontheatredirect import inferred, reading
from shop.providers.londontheatredirect.reading import Malformed
from shop.providers.types import (
    BadRecord,
    EventInfo,
    InstanceInfo,
    Offer,
    Seat,
    SeatArea,
    SeatRow,
    VenueInfo,
    Window,
)  # fmt: skip

Json = Mapping[str, Any]


def bad_record(what: str, raw: Any, id_name: str, wrong: Malformed) -> BadRecord:
    """A record that is left out, with a little of what came: its id, name and dates."""
    found = reading.record(raw)
    ref = reading.optional_ref(found, id_name)
    shown = {
        name: found[name]
        for name in (id_name, "Name", "StartDate", "EndDate", "PerformanceDate")
        if name in found
    }
    excerpt = json.dumps(shown, default=str) if found else type(raw).__name__
    return BadRecord(
        what=what, ref=ref, reason=str(wrong), excerpt=excerpt[:300], withdrawn=isinstance(wrong, Withdrawn)
    )


# --- venues and events --------------------------------------------------------------------------------------


def venue(raw: dict[str, Any], *, zone: ZoneInfo) -> VenueInfo:
    """`VenueInfo` of "Venues". Raises Malformed, also for a venue outside the United Kingdom."""
    ref, name = reading.ref(raw, "VenueId"), reading.text(raw, "Name")
    if not name:
        raise Malformed("the venue has no name")
    city = reading.text(raw, "City")
    postcode = reading.text(raw, "Postcode") or reading.text(raw, "PostCode")
    if not inferred.is_in_the_uk(city, postcode):
        raise Malformed(f"the venue is not in the United Kingdom ({city or 'no city'}): currency not known")
    tube, train = reading.lines(raw, "NearestTube"), reading.lines(raw, "Train")
    return VenueInfo(
        ref=ref,
        name=name,
        address=reading.text(raw, "Address"),
        city=city,
        postcode=postcode,
        country="GB",
        telephone=reading.text(raw, "Telephone"),
        timezone=zone.key,
        getting_there="\n".join(filter(None, (tube, train))),
    )


def venues(raw: list[Any], *, zone: ZoneInfo) -> dict[str, VenueInfo | str]:
    """By id; a text is the reason why its events are left out."""
    found: dict[str, VenueInfo | str] = {}
    for one in reading.records(raw):
        ref = reading.optional_ref(one, "VenueId")
        if not ref:
            continue
        try:
            found[ref] = venue(one, zone=zone)
        except Malformed as wrong:
            found[ref] = str(wrong)
    return found


def kinds(raw: list[Any]) -> dict[str, str]:
    """`EventTypeId` -> our word."""
    return {
        reading.optional_ref(one, "EventTypeId"): inferred.kind_of(reading.text(one, "EventTypeName"))
        for one in reading.records(raw)
    }


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What an event is read with."""

    venues: Mapping[str, VenueInfo | str]
    kinds: Mapping[str, str]
    zone: ZoneInfo
    currency: str
    now: datetime


class Withdrawn(Malformed):
    """Listed, but without the dates that their own plug-in asks for before it shows an event."""


def dates(raw: dict[str, Any], zone: ZoneInfo) -> tuple[datetime, datetime]:
    """First and last performance. Their own plug-in leaves out events without either; so do we."""
    start, end = reading.moment(raw, "StartDate", zone), reading.moment(raw, "EndDate", zone)
    if start is None or end is None:
        raise Withdrawn("StartDate is missing" if start is None else "EndDate is missing")
    if end < start:
        raise Malformed("EndDate is before StartDate")
    return start, end


def in_window(start: datetime, end: datetime, window: Window, zone: ZoneInfo) -> bool:
    return end.astimezone(zone).date() >= window.since and start.astimezone(zone).date() < window.until


def event(raw: dict[str, Any], around: Surroundings) -> EventInfo:
    """`EventInfo` of "Events"; one record is one production at one venue. Raises Malformed."""
    ref = reading.ref(raw, "EventId")
    name = inferred.shown_name(reading.text(raw, "Name"))
    if not name:
        raise Malformed("the event has no name")
    start, end = dates(raw, around.zone)
    venue_ref = reading.ref(raw, "VenueId")
    where = around.venues.get(venue_ref, f"venue {venue_ref} is not in their list")
    if isinstance(where, str):
        raise Malformed(where)
    low = reading.known_amount(raw, "EventMinimumPrice", around.currency)
    high = reading.known_amount(raw, "EventMaximumPrice", around.currency)
    return EventInfo(
        ref=ref,
        name=name,
        kind=around.kinds.get(reading.optional_ref(raw, "EventType"), "other"),
        venue=where,
        description_html=reading.markup(raw, "Description"),
        tagline=reading.text(raw, "TagLine"),
        running_time=reading.text(raw, "RunningTime"),
        age_note=reading.text(raw, "MinimumAge") or _age(raw),
        notice="\n\n".join(
            filter(None, (reading.lines(raw, "ImportantNotice"), reading.lines(raw, "ContentWarning")))
        ),
        access_note=reading.lines(raw, "Accessibility"),
        offer_text=next(
            filter(
                None, (reading.text(raw, key) for key in ("ShortOfferText", "OfferLabel", "OfferDisplayText"))
            ),
            "",
        ),
        terms_html=reading.markup(raw, "LongOfferText"),
        image_url=_image(raw),
        seller=inferred.SELLER,
        price_from=low,
        price_to=high if high and (low is None or high >= low) else None,
        starts_at=inferred.first_date(start, around.now),
        ends_at=end,
    )


def _age(raw: dict[str, Any]) -> str:
    try:
        age = reading.count(raw, "AgeRating")
    except Malformed:
        return ""
    return f"{age}+" if age else ""


def _image(raw: dict[str, Any]) -> str:
    """The best picture there is. The list of pictures comes with one event asked for, seldom with many."""
    pictures = [one.get("Url") for one in reading.records(raw.get("Images"))]
    named = [raw.get(key) for key in ("DetailImageUrl", "MainImageUrl", "SmallImageUrl")]
    for url in (*named, *pictures):
        if isinstance(url, str) and url.strip().lower().startswith(("https://", "http://")):
            return url.strip()
    return ""


# --- performances -------------------------------------------------------------------------------------------


def instance(raw: dict[str, Any], event_ref: str, *, zone: ZoneInfo, currency: str) -> InstanceInfo:
    """`PerformanceInfo` of "Performances". Raises Malformed, also for paired ones, which are left out."""
    ref = reading.ref(raw, "PerformanceId")
    starts_at = reading.moment(raw, "PerformanceDate", zone)
    if starts_at is None:
        raise Malformed("PerformanceDate is missing")
    if inferred.is_paired(raw):
        raise Malformed("belongs to a pair that must be bought together, which is not supported")
    left = reading.count(raw, "TotalAvailableTickesCount")  # the name is misspelt in their API
    if left is None:
        left = reading.count(raw, "TotalAvailableTicketsCount")
    return InstanceInfo(
        ref=ref,
        event_ref=event_ref,
        starts_at=starts_at,
        bookable=reading.yes(raw, "DirectlyBookablePerformance", default=True),
        seats_left=left,
        seats_total=reading.count(raw, "TotalSeatsCount"),
        longest_run=inferred.longest_run(raw, left),
        price_from=reading.known_amount(raw, "MinimumTicketPrice", currency),
    )


def is_inside(found: InstanceInfo, window: Window, zone: ZoneInfo) -> bool:
    day: date = found.starts_at.astimezone(zone).date()
    return window.since <= day < window.until


# --- availability -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Free:
    """One free seat before it has its place."""

    ref: str
    number: str
    price: Money
    face: Money | None
    restricted: bool
    note: str


def seats(raw: list[Any], *, currency: str) -> tuple[SeatArea, ...]:
    """`TicketAreaInfo` of "Performances": area -> row -> free seats.

    The same area comes in many groups (a row, a price); the price stands on the group. A group or seat that
    cannot be read is passed over: it is not sold rather than sold at a wrong price.
    """
    found: dict[str, dict[str, dict[str, _Free]]] = {}
    for group in reading.records(raw):
        area = reading.text(group, "AreaName")
        try:
            price = reading.known_amount(group, "SellingPrice", currency)
            face = reading.known_amount(group, "FaceValue", currency)
        except Malformed:
            continue
        if price is None:
            continue
        for ticket in reading.records(group.get("Tickets")):
            ref = reading.optional_ref(ticket, "TicketId")
            if not ref.isdigit():
                continue
            row = reading.text(ticket, "TicketName1") or reading.text(group, "TicketName1")
            note = reading.text(ticket, "RestrictionDescription")
            found.setdefault(area, {}).setdefault(row, {})[ref] = _Free(
                ref=ref, number=reading.text(ticket, "TicketName2"), price=price, face=face,
                restricted=reading.yes(ticket, "IsRestrictedView"), note=note,
            )  # fmt: skip
    places = iter(
        inferred.neighbour_indexes(
            [[one.number for one in row.values()] for rows in found.values() for row in rows.values()]
        )
    )
    areas = []
    for area, rows in found.items():
        placed = {name: _row(name, list(row.values()), next(places)) for name, row in rows.items()}
        areas.append(SeatArea(name=area, rows=tuple(placed[name] for name in sorted(placed, key=_row_order))))
    return tuple(areas)


def _row(name: str, free: list[_Free], places: list[int]) -> SeatRow:
    placed = sorted(zip(places, free, strict=True), key=lambda one: one[0])
    return SeatRow(
        name=name,
        seats=tuple(
            Seat(
                ref=one.ref, row=name, number=one.number, price=one.price, fee=inferred.fee_of(one.price, one.face),
                face_value=one.face, restricted=one.restricted, note=one.note, index=place,
            )
            for place, one in placed
        ),
    )  # fmt: skip


def _row_order(name: str) -> tuple[bool, int, str]:
    """A to Z before AA, 1 to 9 before 10, named rows by length and letter."""
    return not name, len(name), name


def best_key(area_id: str, price: Decimal) -> str:
    return f"best:{area_id}:{price.normalize():f}"


def read_best_key(key: str) -> tuple[int, Decimal]:
    """Area and price of an offer's key. Raises ValueError for anything else."""
    name, area, price = key.split(":")
    found = Decimal(price) if price.replace(".", "", 1).isdigit() else Decimal(-1)
    if name != "best" or not (area.isascii() and area.isdigit()) or found <= 0:
        raise ValueError("not the key of an offer here")
    return int(area), found


def best_offers(raw: list[Any], areas: tuple[SeatArea, ...], *, currency: str) -> tuple[Offer, ...]:
    """`AreasPrices`: an area and price of which they pick the seats (BestSeats), or general admission."""
    named = [area.name for area in areas]
    offers: dict[str, Offer] = {}
    for area in reading.records(raw):
        area_id, name = reading.optional_ref(area, "AreaId"), reading.text(area, "AreaName")
        if not area_id.isdigit():
            continue
        for one in reading.records(area.get("Prices")):
            try:
                plain = reading.number(one, "Price")
                price = reading.known_amount(one, "Price", currency)
                face = reading.known_amount(one, "FaceValue", currency)
                left = reading.count(one, "AvailableSeatsCount")
            except Malformed:
                continue
            if plain is None or price is None:
                continue
            most = inferred.MOST_TICKETS if left is None else max(0, min(left, inferred.MOST_TICKETS))
            key = best_key(area_id, plain)
            offers[key] = Offer(
                key=key, price=price, area=name, fee=inferred.fee_of(price, face), face_value=face, left=left,
                maximum=most, closed="" if most else "sold_out",
                together=not inferred.is_general_admission(name, named),
            )  # fmt: skip
    return tuple(offers.values())

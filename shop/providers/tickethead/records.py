"""Tickethead's JSON as typed records, in its own words. Nothing is decided here.

A record with a field that is missing or wrong raises `Misread`; inside a list it is left out and named in
`flaws`, and the others go on. Field names and types are those of the vendor's own client.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeVar

from shop.providers.tickethead.fields import (
    Misread,
    currency,
    ident,
    mapping,
    moment,
    needed_text,
    number,
    rows,
    text,
    whole,
    yes,
)  # fmt: skip
from shop.providers.types import BadRecord

T = TypeVar("T")
Ids = frozenset[str] | None  # None: the relation was not sent


@dataclass(frozen=True, slots=True)
class TicketConfig:
    """A kind of ticket. `face_value` in major units; there is no field called price."""

    id: str
    name: str
    description: str
    pricing_type: str  # paid, free, donation
    face_value: Decimal
    currency: str
    tax_rate: Decimal | None
    tax_included: bool | None
    absorb_fees: bool
    quantity: int | None
    available_tickets: int | None
    tickets_per_user: int | None
    start_sale_at: datetime | None
    end_sale_at: datetime | None
    status: str
    visible: bool
    sectors: Ids
    timeslots: Ids
    discounts: Ids
    depends_on: frozenset[str]


@dataclass(frozen=True, slots=True)
class Sector:
    id: str
    name: str
    available_tickets: int | None
    configs: Ids


@dataclass(frozen=True, slots=True)
class Timeslot:
    id: str
    name: str
    available_tickets: int | None
    start_at: datetime | None
    end_at: datetime | None
    configs: Ids


@dataclass(frozen=True, slots=True)
class TicketDiscount:
    id: str
    name: str
    type: str  # amount, percent
    value: Decimal
    available_tickets: int | None
    start_at: datetime | None
    end_at: datetime | None
    code: str
    min_quantity: int | None
    max_quantity: int | None
    configs: Ids


@dataclass(frozen=True, slots=True)
class Dated:
    """What an event and an occurrence of it have in common. `ref` is the shop's: "311" or "311/415"."""

    id: str
    ref: str
    status: str
    start_at: datetime
    end_at: datetime | None
    gate_time: datetime | None
    chart_key: str
    configs: tuple[TicketConfig, ...]
    sectors: tuple[Sector, ...]
    timeslots: tuple[Timeslot, ...]
    discounts: tuple[TicketDiscount, ...]


@dataclass(frozen=True, slots=True)
class EventRecord:
    id: str
    name: str
    type: str
    status: str
    description: str
    tos: str
    image: str
    venue_id: str
    organizer_id: str
    kyc_level: int
    visible: bool
    timezone: str
    subcategory: str
    formats: tuple[str, ...]  # upper case; () where the relation is empty or was not sent
    format_labels: dict[str, str]
    own: Dated
    occurrences: tuple[Dated, ...]
    flaws: tuple[BadRecord, ...] = ()


@dataclass(frozen=True, slots=True)
class Fee:
    type: int  # 0 per order, 1 per order item, 2 per ticket
    fixed_amount: Decimal
    minimum_amount: Decimal | None
    maximum_amount: Decimal | None
    percentage: Decimal
    tax_rate: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class Organizer:
    """Who sells. `known` is False where the organizer could not be read: fees and payment window are guesses."""

    id: str
    display_name: str = ""
    event_timer_s: int | None = None
    fees: tuple[Fee, ...] = ()
    formats: tuple[str, ...] = ()
    format_labels: dict[str, str] = field(default_factory=dict)
    known: bool = True


@dataclass(frozen=True, slots=True)
class VenueRecord:
    id: str
    name: str
    description: str
    street: str
    city: str
    zip: str
    country: str
    latitude: float | None
    longitude: float | None


def _related(record: dict[str, Any], name: str) -> Ids:
    found = rows(record, name)
    return None if found is None else frozenset(ident(mapping(one, name)) for one in found)


def ticket_config(record: dict[str, Any]) -> TicketConfig:
    face_value = number(record, "face_value")
    pricing = needed_text(record, "pricing_type")
    if face_value is None:
        if pricing == "paid":
            raise Misread("face_value is missing")
        face_value = Decimal(0)
    if face_value < 0:
        raise Misread("face_value is negative")
    tax_included = record.get("tax_included")
    return TicketConfig(
        id=ident(record),
        name=needed_text(record, "name"),
        description=text(record, "description"),
        pricing_type=pricing,
        face_value=face_value,
        currency=currency(record),
        tax_rate=number(record, "tax_rate"),
        tax_included=None if tax_included is None else yes(record, "tax_included", default=True),
        absorb_fees=yes(record, "absorb_fees", default=False),
        quantity=whole(record, "quantity"),
        available_tickets=whole(record, "available_tickets"),
        tickets_per_user=whole(record, "tickets_per_user"),
        start_sale_at=moment(record, "start_sale_at"),
        end_sale_at=moment(record, "end_sale_at"),
        status=text(record, "status"),
        visible=yes(record, "visible", default=True),
        sectors=_related(record, "sector"),
        timeslots=_related(record, "timeslot"),
        discounts=_related(record, "ticket_discount"),
        depends_on=_related(record, "depends_on") or frozenset(),
    )


def sector(record: dict[str, Any]) -> Sector:
    return Sector(
        id=ident(record),
        name=needed_text(record, "name"),
        available_tickets=whole(record, "available_tickets"),
        configs=_related(record, "ticket_config"),
    )


def timeslot(record: dict[str, Any]) -> Timeslot:
    return Timeslot(
        id=ident(record),
        name=text(record, "name"),
        available_tickets=whole(record, "available_tickets"),
        start_at=moment(record, "start_at"),
        end_at=moment(record, "end_at"),
        configs=_related(record, "ticket_config"),
    )


def ticket_discount(record: dict[str, Any]) -> TicketDiscount:
    value = number(record, "value")
    kind = needed_text(record, "type")
    if value is None or value < 0 or kind not in {"amount", "percent"} or (kind == "percent" and value > 100):
        raise Misread("a discount of no known kind or value")
    return TicketDiscount(
        id=ident(record),
        name=text(record, "name"),
        type=kind,
        value=value,
        available_tickets=whole(record, "available_tickets"),
        start_at=moment(record, "start_at"),
        end_at=moment(record, "end_at"),
        code=text(record, "code"),
        min_quantity=whole(record, "min_quantity"),
        max_quantity=whole(record, "max_quantity"),
        configs=_related(record, "ticket_config"),
    )


class _Flaws:
    """Reads the rows of a relation and remembers those that could not be read."""

    def __init__(self, event_id: str) -> None:
        self.event_id = event_id
        self.found: list[BadRecord] = []

    def each(
        self, record: dict[str, Any], name: str, read: Callable[[dict[str, Any]], T]
    ) -> tuple[T, ...] | None:
        found = rows(record, name)
        if found is None:
            return None
        good: list[T] = []
        for one in found:
            try:
                good.append(read(mapping(one, name)))
            except Misread as error:
                what = "instance" if name == "occurrence" else name
                self.found.append(bad_record(what, one, error, parent=self.event_id))
        return tuple(good)


def bad_record(what: str, record: Any, error: Misread, *, parent: str = "") -> BadRecord:
    """The record that is left out: what it is, its id where it has one, and why."""
    ref = str(record.get("id", "")) if isinstance(record, dict) else ""
    name = record.get("name") if isinstance(record, dict) else None
    return BadRecord(
        what=what,
        ref=f"{parent}/{ref}" if parent else ref,
        reason=str(error),
        excerpt=name[:120] if isinstance(name, str) else "",
    )


def _dated(record: dict[str, Any], ref: str, flaws: _Flaws, parent: Dated | None = None) -> Dated:
    start_at = moment(record, "start_at")
    if start_at is None:
        raise Misread("start_at is missing")
    end_at = moment(record, "end_at")
    if end_at is not None and end_at < start_at:
        raise Misread("it ends before it begins")
    configs = flaws.each(record, "ticket_config", ticket_config)
    sectors = flaws.each(record, "sector", sector)
    timeslots = flaws.each(record, "timeslot", timeslot)
    discounts = flaws.each(record, "ticket_discount", ticket_discount)
    return Dated(
        id=ident(record),
        ref=ref,
        status=text(record, "status") or (parent.status if parent else ""),
        start_at=start_at,
        end_at=end_at,
        gate_time=moment(record, "gate_time"),
        chart_key=text(record, "chart_key") or (parent.chart_key if parent else ""),
        configs=configs or (),
        sectors=sectors or (),
        timeslots=timeslots or (),
        # discounts are the event's; an occurrence that lists none of its own has those
        discounts=discounts if discounts is not None else (parent.discounts if parent else ()),
    )


def _formats(record: dict[str, Any], name: str) -> tuple[tuple[str, ...], dict[str, str]]:
    words: list[str] = []
    labels: dict[str, str] = {}
    for one in rows(record, name) or []:
        word = (one if isinstance(one, str) else text(mapping(one, name), "name")).upper()
        if word and word not in words:
            words.append(word)
            labels[word] = "" if isinstance(one, str) else text(one, "display_name")
    return tuple(words), labels


def _first_start(record: dict[str, Any]) -> str | None:
    """A recurring event without a date of its own begins with its first occurrence."""
    found = [one.get("start_at") for one in rows(record, "occurrence") or [] if isinstance(one, dict)]
    return min((start for start in found if isinstance(start, str)), default=None)


def event(value: Any) -> EventRecord:
    """One event with its relations. Raises Misread for what no event can do without."""
    record = mapping(value, "event")
    event_id = ident(record)
    flaws = _Flaws(event_id)
    own = _dated({**record, "start_at": record.get("start_at") or _first_start(record)}, event_id, flaws)
    occurrences = flaws.each(
        record, "occurrence", lambda one: _dated(one, f"{event_id}/{ident(one)}", flaws, own)
    )
    formats, labels = _formats(record, "ticket_format")
    subcategory = record.get("subcategory")
    return EventRecord(
        id=event_id,
        name=needed_text(record, "name"),
        type=text(record, "type").lower(),
        status=needed_text(record, "status"),
        description=text(record, "description"),
        tos=text(record, "tos"),
        image=text(record, "main_image_uri"),
        venue_id=ident(record, "venue_id"),
        organizer_id=ident(record, "organizer_id"),
        kyc_level=whole(record, "kyc_level_id") or 1,
        visible=yes(record, "visible", default=True),
        timezone=text(record, "timezone_name"),
        subcategory=text(subcategory, "name") if isinstance(subcategory, dict) else "",
        formats=formats,
        format_labels=labels,
        own=own,
        occurrences=occurrences or (),
        flaws=tuple(flaws.found),
    )


def _fee(record: dict[str, Any]) -> Fee:
    kind = whole(record, "type")
    if kind not in {0, 1, 2}:
        raise Misread("a fee of no known type")
    money = record.get("currency")
    name = text(money, "acronym") if isinstance(money, dict) else text(record, "currency")
    return Fee(
        type=kind,
        fixed_amount=number(record, "fixed_amount") or Decimal(0),
        minimum_amount=number(record, "minimum_amount"),
        maximum_amount=number(record, "maximum_amount"),
        percentage=number(record, "percentage") or Decimal(0),
        tax_rate=number(record, "tax_rate") or Decimal(0),
        currency=name.upper(),
    )


def organizer(value: Any) -> Organizer:
    record = mapping(value, "organizer")
    formats, labels = _formats(record, "ticket_formats" if "ticket_formats" in record else "ticket_format")
    return Organizer(
        id=ident(record),
        display_name=text(record, "display_name") or text(record, "name"),
        event_timer_s=whole(record, "event_timer_s"),
        fees=tuple(_fee(mapping(one, "fees")) for one in rows(record, "fees") or []),
        formats=formats,
        format_labels=labels,
    )


def venue(value: Any) -> VenueRecord:
    record = mapping(value, "venue")
    address = mapping(record.get("address") or {}, "address")
    position = mapping(address.get("position") or {}, "position")
    latitude, longitude = number(position, "latitude"), number(position, "longitude")
    return VenueRecord(
        id=ident(record),
        name=needed_text(record, "name"),
        description=text(record, "description"),
        street=", ".join(filter(None, (text(address, "street1"), text(address, "street2")))),
        city=text(address, "city"),
        zip=text(address, "zip"),
        country=text(address, "country"),
        latitude=None if latitude is None else float(latitude),
        longitude=None if longitude is None else float(longitude),
    )

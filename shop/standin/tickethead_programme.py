"""From slots of the season to rows: events, ticket configs, sectors, timeslots, discounts, seats.

Ids follow from slot and edition alone, so an event keeps its id over restarts, days and lost state; an edition
that is over stays readable, and the next one is written ahead of it. What the control pages or buyers changed is
never written over.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from shop.standin import tickethead_charts, tickethead_seats
from shop.standin.programme import seeded
from shop.standin.tickethead_places import PLACES, subcategory
from shop.standin.tickethead_season import SLOTS, Discount, Slot, Ticket
from shop.standin.tickethead_wire import iso

SCHEMA = """
CREATE TABLE IF NOT EXISTS th_events (
    id INTEGER PRIMARY KEY, parent_id INTEGER, slug TEXT NOT NULL, organizer TEXT NOT NULL, venue_id INTEGER NOT NULL,
    name TEXT NOT NULL, status TEXT NOT NULL, visible INTEGER NOT NULL, removed INTEGER NOT NULL DEFAULT 0,
    start_at TEXT NOT NULL, end_at TEXT NOT NULL, chart INTEGER NOT NULL DEFAULT 0, body TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS th_events_parent ON th_events (parent_id);
CREATE INDEX IF NOT EXISTS th_events_start ON th_events (start_at);
CREATE TABLE IF NOT EXISTS th_configs (
    id INTEGER PRIMARY KEY, event_id INTEGER NOT NULL, quantity INTEGER NOT NULL, taken INTEGER NOT NULL,
    next_seq INTEGER NOT NULL, body TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS th_configs_event ON th_configs (event_id);
CREATE TABLE IF NOT EXISTS th_areas (
    id INTEGER PRIMARY KEY, kind TEXT NOT NULL, event_id INTEGER NOT NULL, capacity INTEGER NOT NULL,
    taken INTEGER NOT NULL, body TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS th_areas_event ON th_areas (event_id);
CREATE TABLE IF NOT EXISTS th_discounts (
    id INTEGER PRIMARY KEY, event_id INTEGER NOT NULL, quantity INTEGER NOT NULL, taken INTEGER NOT NULL,
    code TEXT NOT NULL, body TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS th_discounts_event ON th_discounts (event_id);
"""
PERIOD_DAYS = 182
# A Monday, so that a slot keeps its weekday.
ANCHOR = date(2020, 1, 6)
SCALE_FROM = 5_000_000


def editions(slot: Slot, now: datetime) -> list[int]:
    """The editions of a slot that are under way or start within one period from now."""
    zone = ZoneInfo(PLACES[slot.place].zone)
    today = now.astimezone(zone).date()
    first = (today - ANCHOR).days // PERIOD_DAYS - 1
    found = []
    for edition in range(max(first, 0), first + 4):
        start, end = span(slot, edition)
        if end > now and start <= now + timedelta(days=PERIOD_DAYS):
            found.append(edition)
    return found


def span(slot: Slot, edition: int) -> tuple[datetime, datetime]:
    """First start and last end of an edition, aware UTC."""
    start = _start(slot, edition, 0)
    last = slot.repeat_days[-1] if slot.repeat_days else slot.slot_days - 1
    return start, _start(slot, edition, last) + timedelta(minutes=slot.minutes)


def _start(slot: Slot, edition: int, plus_days: int, hour: str = "") -> datetime:
    """Local wall time of the venue, so an hour stays the same on both sides of a clock change."""
    day = ANCHOR + timedelta(days=edition * PERIOD_DAYS + slot.day + plus_days)
    hours, minutes = (hour or slot.hour).split(":")
    local = datetime.combine(day, time(int(hours), int(minutes)), ZoneInfo(PLACES[slot.place].zone))
    return local.astimezone(UTC)


def event_id(slot: Slot, edition: int) -> int:
    return 1000 * (edition + 1) + slot.number


def write(connection: sqlite3.Connection, now: datetime, scale: int = 0) -> None:
    """Add what is missing; leave everything that is there as it is."""
    for slot in SLOTS:
        for edition in editions(slot, now):
            number = event_id(slot, edition)
            if not connection.execute("SELECT 1 FROM th_events WHERE id = ?", (number,)).fetchone():
                _write_slot(connection, slot, edition, number)
            elif (
                slot.chart is not None
                and not connection.execute(
                    "SELECT 1 FROM th_chart_seats WHERE event_key = ? LIMIT 1", (str(number),)
                ).fetchone()
            ):
                # A state from before there were charts to look into.
                _write_seats(connection, slot, number, _ids(slot, number), edition)
    if scale:
        _write_many(connection, now, scale)


def _write_slot(connection: sqlite3.Connection, slot: Slot, edition: int, number: int) -> None:
    start, end = span(slot, edition)
    kind = "recurring" if slot.repeat_days else "single"
    connection.execute(_INSERT_EVENT, _event_row(slot, number, None, kind, start, end))
    if slot.repeat_days:
        for place, days in enumerate(slot.repeat_days):
            begins = _start(slot, edition, days)
            ends = begins + timedelta(minutes=slot.minutes)
            below = number * 100 + place
            row = _event_row(slot, below, number, "occurrence", begins, ends)
            connection.execute(_INSERT_EVENT, row)
            _write_stock(connection, slot, below, begins, ends, edition)
    else:
        _write_stock(connection, slot, number, start, end, edition)


def _event_row(
    slot: Slot, number: int, parent: int | None, kind: str, start: datetime, end: datetime
) -> tuple[Any, ...]:
    body = {
        "id": number,
        "name": slot.title,
        "type": kind,
        "gate_time": iso(start - timedelta(minutes=45)),
        "created_at": iso(start - timedelta(days=210)),
        "main_image_uri": f"/posters/tickethead/{slot.slug}.svg",
        "sectors_map_image_uri": None,
        "description": slot.text,
        "tos": "<p>No returns except where the law says so. Please be kind to the stewards.</p>",
        "contact_email": f"box-office@{slot.organizer}.example",
        "contact_phone": "+43 1 555 01 00",
        "enrollment_id": hashlib.sha256(f"event|{number}".encode()).hexdigest()[:32],
        "chart_key": f"chart-{number}" if slot.chart else None,
        "ruleset_key": None,
        "kyc_level_id": slot.kyc,
        "ticket_activation_period": None,
        "timezone_name": PLACES[slot.place].zone,
        "pdf_template_id": None,
        "local_ticket_validation": False,
        "subcategory": subcategory(slot.genre),
        "formats": list(slot.formats),
        "access_token": hashlib.sha256(f"private|{number}".encode()).hexdigest()[:24],
    }
    return (
        number,
        parent,
        slot.slug,
        slot.organizer,
        slot.place,
        slot.title,
        slot.status,
        int(slot.visible),
        iso(start),
        iso(end),
        int(slot.chart is not None),
        json.dumps(body),
    )


_INSERT_EVENT = (
    "INSERT INTO th_events (id, parent_id, slug, organizer, venue_id, name, status, visible, start_at, end_at, chart,"
    " body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)


def _write_stock(
    connection: sqlite3.Connection, slot: Slot, number: int, start: datetime, end: datetime, edition: int
) -> None:
    base = number * 100
    names = _ids(slot, number)
    counts = _write_seats(connection, slot, number, names, edition)
    areas = list(_areas(slot, base, start, edition))
    discounts = {each.name: base + place for place, each in enumerate(slot.discounts, 1)}
    for ticket in slot.tickets:
        body = _config(slot, ticket, names, start, end)
        body["areas"] = [row[0] for row in areas]
        body["discounts"] = [
            discounts[each.name] for each in slot.discounts if not each.tickets or ticket.name in each.tickets
        ]
        quantity, taken = counts.get(ticket.name, (ticket.quantity, ticket.taken))
        connection.execute(
            "INSERT INTO th_configs VALUES (?, ?, ?, ?, ?, ?)",
            (body["id"], number, quantity, taken, taken + 1, json.dumps(body)),
        )
    connection.executemany(
        "INSERT INTO th_areas VALUES (?, ?, ?, ?, ?, ?)",
        [(i, kind, number, capacity, taken, json.dumps(body)) for i, kind, capacity, taken, body in areas],
    )
    for each in slot.discounts:
        connection.execute(
            "INSERT INTO th_discounts VALUES (?, ?, ?, ?, ?, ?)",
            (
                discounts[each.name],
                number,
                each.quantity,
                each.taken,
                each.code,
                json.dumps(_discount(each, discounts[each.name], start)),
            ),
        )


def _ids(slot: Slot, number: int) -> dict[str, int]:
    """The id of each ticket config by its name."""
    return {ticket.name: number * 100 + place for place, ticket in enumerate(slot.tickets, 1)}


def _write_seats(
    connection: sqlite3.Connection, slot: Slot, number: int, names: dict[str, int], edition: int
) -> dict[str, tuple[int, int]]:
    """The chart's seats, if there is one; how many each ticket config has for sale, and how many are gone."""
    if slot.chart is None:
        return {}
    planned = list(tickethead_charts.seats(slot.chart, seeded("seats", slot.slug, edition)))
    tickethead_seats.write(connection, str(number), [(seat, names[seat.config]) for seat in planned])
    return {
        name: (
            sum(seat.config == name and seat.for_sale for seat in planned),
            sum(seat.config == name and seat.booked for seat in planned),
        )
        for name in names
    }


def _config(
    slot: Slot, ticket: Ticket, names: dict[str, int], start: datetime, end: datetime
) -> dict[str, Any]:
    sale_to = end if slot.slot_hours and not ticket.sale_to else start - timedelta(days=ticket.sale_to)
    status = slot.status if slot.status in {"draft", "committed"} else "published"
    return {
        "id": names[ticket.name],
        "name": ticket.name,
        "description": ticket.description or None,
        "pricing_type": ticket.kind,
        "face_value": ticket.price,
        "currency": slot.currency,
        "tax_rate": ticket.tax,
        "tax_included": ticket.tax_included,
        "absorb_fees": ticket.absorb_fees,
        "tickets_per_user": ticket.limit,
        "start_sale_at": iso((start - timedelta(days=ticket.sale_from)).replace(hour=8, minute=0)),
        "end_sale_at": iso(sale_to),
        "tickets_valid_from": iso(start - timedelta(minutes=45)),
        "tickets_valid_to": iso(end),
        "status": status,
        "visible": ticket.visible,
        "created_at": iso(start - timedelta(days=210)),
        "depends_on": [names[ticket.needs]] if ticket.needs else [],
    }


def _areas(
    slot: Slot, base: int, start: datetime, edition: int
) -> Iterator[tuple[int, str, int, int, dict[str, Any]]]:
    for place, sector in enumerate(slot.sectors, 1):
        yield base + place, "sector", sector.capacity, sector.taken, {"id": base + place, "name": sector.name}
    place = len(slot.sectors)
    numbers = seeded("timeslots", slot.slug, edition)
    zone = ZoneInfo(PLACES[slot.place].zone)
    for day in range(slot.slot_days if slot.slot_hours else 0):
        for hour in slot.slot_hours:
            place += 1
            begins = _start(slot, edition, day, hour)
            taken = numbers.choice((0, 4, 9, 20, 37, 58, 60)) * slot.slot_capacity // 60
            body = {
                "id": base + place,
                "name": f"{begins.astimezone(zone):%d.%m. %H:%M}",
                "start_at": iso(begins),
                "end_at": iso(begins + timedelta(minutes=75)),
            }
            yield base + place, "timeslot", slot.slot_capacity, taken, body


def _discount(each: Discount, number: int, start: datetime) -> dict[str, Any]:
    ends = start - timedelta(days=185) if each.over else start
    return {
        "id": number,
        "name": each.name,
        "type": each.kind,
        "value": each.value,
        "start_at": iso(start - timedelta(days=200)),
        "end_at": iso(ends),
        "min_quantity": each.minimum,
        "max_quantity": each.maximum,
    }


def _write_many(connection: sqlite3.Connection, now: datetime, scale: int) -> None:
    """``scale`` recurring events with ten dates each, for load work; written once per state."""
    if connection.execute("SELECT 1 FROM th_events WHERE id = ?", (SCALE_FROM,)).fetchone():
        return
    midnight = now.replace(hour=18, minute=0, second=0, microsecond=0)
    genres = ("Concert", "Club night", "Comedy", "Lecture", "Exhibition", "Basketball")
    events, configs = [], []
    for place in range(scale):
        number = SCALE_FROM + place
        first = midnight + timedelta(days=1 + place % 150, minutes=15 * (place % 8))
        slot = Slot(
            0, 0, f"load-{place % 60}", f"Load Night {place + 1}", genres[place % len(genres)], "lantern",
            21 + place % 9, "18:00", 120, f"<p>Evening {place + 1} of many.</p>", (Ticket("Seat", 2000, 200),),
        )  # fmt: skip
        events.append(_event_row(slot, number, None, "recurring", first, first + timedelta(days=20)))
        for below in range(10):
            begins = first + timedelta(days=2 * below)
            occurrence = number * 100 + below
            ends = begins + timedelta(hours=2)
            events.append(_event_row(slot, occurrence, number, "occurrence", begins, ends))
            config = occurrence * 100 + 1
            body = {
                **_config(slot, slot.tickets[0], {"Seat": config}, begins, ends),
                "areas": [],
                "discounts": [],
            }
            configs.append((config, occurrence, 200, (place * 7 + below) % 150, 151, json.dumps(body)))
    connection.executemany(_INSERT_EVENT, events)
    connection.executemany("INSERT INTO th_configs VALUES (?, ?, ?, ?, ?, ?)", configs)

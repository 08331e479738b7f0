"""Booking orders: one per event and supplier, one item per ticket, ``processing`` until somebody completes them.

Source: XS2Event, "Booking orders" and "E-tickets".
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Response

from shop.standin.programme import seeded
from shop.standin.wsgi import Env, Handler, StandinRequest, as_json
from shop.standin.xs2event_guests import Party, report
from shop.standin.xs2event_ids import fresh
from shop.standin.xs2event_offers import Ticket, in_euro
from shop.standin.xs2event_order_rows import detail, flat
from shop.standin.xs2event_query import DAY, IGNORED, MOMENT, YES, Key, Query, text, word
from shop.standin.xs2event_requirements import CHECKOUT, DOWNLOAD, REQUIREMENTS
from shop.standin.xs2event_wire import naive, not_found

if TYPE_CHECKING:
    from shop.standin.xs2event import XS2Event

SCHEMA = """
CREATE TABLE IF NOT EXISTS xs2_orders (
    id TEXT PRIMARY KEY,
    booking_id TEXT NOT NULL,
    reservation_id TEXT NOT NULL,
    distributor INTEGER NOT NULL,
    event_id TEXT NOT NULL,
    supplier_id TEXT NOT NULL,
    status TEXT NOT NULL,
    guest_status TEXT NOT NULL,
    created TEXT NOT NULL,
    zip_sha TEXT,
    body TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS xs2_orders_booking ON xs2_orders (booking_id);
CREATE TABLE IF NOT EXISTS xs2_order_items (
    id TEXT PRIMARY KEY,
    order_id TEXT NOT NULL,
    place INTEGER NOT NULL,
    ticket_id TEXT NOT NULL,
    channel TEXT NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS xs2_order_items_order ON xs2_order_items (order_id, place);
"""
STATES = ("processing", "cancelled", "postponed", "completed", "waitforactivation", "administrative", "returned",
          "review", "blocked", "pendingticketupload")  # fmt: skip
GUEST_STATES = ("notapplicable", "waitingfordistributor", "waitingforendcustomer", "waitingtosendtosupplier",
                "waitingforprocessing", "completed")  # fmt: skip
CHANNELS = ("xs2event", "external", "external_end_client")
EVERYTHING = frozenset({CHECKOUT, DOWNLOAD})
# How each answer writes the status when the setting says `mixed`.
_MIXED = {"booking": str.upper, "orders": str.lower, "list": str.title, "order": str.upper}


class Orders:
    def __init__(self, world: XS2Event, env: Env) -> None:
        self._world = world
        self._env = env

    def routes(self) -> Iterable[tuple[str, str, Handler]]:
        return [
            ("GET", "/v1/bookingorders", self.listed),
            ("GET", "/v1/bookingorders/list", self.flat_listed),
            ("GET", "/v1/bookingorders/<wanted>", self.one),
        ]

    def cased(self, status: str, where: str) -> str:
        style = str(self._world.settings["status_case"])
        change = {"lower": str.lower, "upper": str.upper, "title": str.title}.get(style, _MIXED[where])
        return change(status)

    # Making

    def open(
        self, connection: sqlite3.Connection, booking: sqlite3.Row, items: Iterable[sqlite3.Row]
    ) -> None:
        """The orders of a new booking and an invoice for each."""
        groups: dict[tuple[str, str], list[tuple[sqlite3.Row, Ticket]]] = {}
        for item in items:
            ticket = self._world.catalogue.ticket_of(item["ticket_id"])
            assert ticket is not None
            groups.setdefault((ticket.event.id, ticket.supplier.id), []).append((item, ticket))
        for (event_id, supplier_id), members in groups.items():
            order_id = fresh("bkn")
            event = members[0][1].event
            start, stop = event.dates(self._env.clock.now())
            body = {
                "event_name": event.fixture.name,
                "event_startdate": naive(start),
                "event_stopdate": naive(stop),
                "venue": f"{event.venue.name}, {event.venue.city}",
                "sport_type": event.tournament.sport,
                "tournament_id": event.tournament.id_in(event.season),
                "supplier": members[0][1].supplier.name,
                "tickets": {
                    ticket.id: {"quantity": item["quantity"], "asks": ticket.spec.asks}
                    for item, ticket in members
                },
            }
            connection.execute(
                "INSERT INTO xs2_orders (id, booking_id, reservation_id, distributor, event_id, supplier_id, status,"
                " guest_status, created, body) VALUES (?, ?, ?, ?, ?, ?, 'processing', 'notapplicable', ?, ?)",
                (
                    order_id,
                    booking["id"],
                    booking["reservation_id"],
                    booking["distributor"],
                    event_id,
                    supplier_id,
                    booking["created"],
                    json.dumps(body),
                ),
            )
            place = 0
            for item, ticket in members:
                for number in range(item["quantity"]):
                    self._add_item(connection, order_id, place, number, item, ticket)
                    place += 1
            self.review_guests(connection, self.get(connection, order_id))
            self._world.documents.invoice(connection, order_id)

    @staticmethod
    def _add_item(
        connection: sqlite3.Connection,
        order_id: str,
        place: int,
        number: int,
        item: sqlite3.Row,
        ticket: Ticket,
    ) -> None:
        spec, category = ticket.spec, ticket.category
        chance = seeded(order_id, ticket.id)
        numbered, row, seat = category.has("numbered"), chance.randint(1, 30), chance.randint(1, 20)
        first, last = ticket.window
        channel = "xs2event"
        if spec.kind == "appticket":
            channel = "external"
        elif spec.kind == "other" and spec.supplier == "gradas":
            channel = "external_end_client"
        body = {
            "ticket_name": ticket.title,
            "type_ticket": spec.kind,
            "category_id": category.id,
            "category_name": category.name,
            "sub_category": ticket.sub_category,
            "ticket_validity": ticket.validity,
            "ticket_targetgroup": spec.target,
            "ticket_startdate": naive(first),
            "ticket_stopdate": naive(last),
            "labels": list(ticket.labels),
            "row": str(row) if numbered else None,
            "seat": str(seat + number) if numbered else None,
            "section": str(100 + chance.randint(1, 40)) if numbered else None,
            "net_rate": in_euro(item["net_rate"], item["currency"]),
            "face_value": ticket.face_value,
            "face_value_eur": in_euro(ticket.face_value, spec.currency),
            "ticket_currency": item["currency"],
            "ticket_net_rate": item["net_rate"],
            "number": number,
        }
        connection.execute(
            "INSERT INTO xs2_order_items (id, order_id, place, ticket_id, channel, body) VALUES (?, ?, ?, ?, ?, ?)",
            (fresh("bkd"), order_id, place, ticket.id, channel, json.dumps(body)),
        )

    # Guests

    def parties(self, connection: sqlite3.Connection, order: sqlite3.Row) -> list[Party]:
        return [
            self._world.guests.party(
                connection, order["reservation_id"], ticket_id, about["quantity"], about["asks"]
            )
            for ticket_id, about in json.loads(order["body"])["tickets"].items()
        ]

    def guests_complete(self, connection: sqlite3.Connection, order: sqlite3.Row) -> bool:
        today = self._env.clock.now().date()
        return all(report(party, today, EVERYTHING)[1] for party in self.parties(connection, order))

    def review_guests(self, connection: sqlite3.Connection, order: sqlite3.Row) -> None:
        """``guestdata_status`` after the booking, after each PUT, and when the order is completed."""
        asked = any(REQUIREMENTS[a["asks"]] for a in json.loads(order["body"])["tickets"].values())
        if not asked:
            status = "notapplicable"
        elif not self.guests_complete(connection, order):
            status = "waitingfordistributor"
        else:
            status = "completed" if order["status"] == "completed" else "waitingtosendtosupplier"
        connection.execute("UPDATE xs2_orders SET guest_status = ? WHERE id = ?", (status, order["id"]))

    # Reading

    def get(self, connection: sqlite3.Connection, order_id: str) -> sqlite3.Row:
        row: sqlite3.Row | None = connection.execute(
            "SELECT * FROM xs2_orders WHERE id = ?", (order_id,)
        ).fetchone()
        if row is None:
            raise not_found("booking order", order_id)
        return row

    def row(self, connection: sqlite3.Connection, request: StandinRequest, wanted: str) -> sqlite3.Row:
        """The caller's order, when it can be seen already."""
        for row in self._seen(connection, self._world.accounts.caller(request).number):
            if row["id"] == wanted:
                return row
        raise not_found("booking order", wanted)

    def _seen(self, connection: sqlite3.Connection, distributor: int) -> list[sqlite3.Row]:
        """The orders of a distributor. They may appear a moment after their booking; our reading."""
        latest = self._env.clock.now() - timedelta(seconds=int(self._world.settings["order_seconds"]))
        rows = connection.execute(
            "SELECT * FROM xs2_orders WHERE distributor = ? ORDER BY created, rowid", (distributor,)
        ).fetchall()
        return [row for row in rows if datetime.fromisoformat(row["created"]).replace(tzinfo=UTC) <= latest]

    def of_booking(self, connection: sqlite3.Connection, booking_id: str) -> list[sqlite3.Row]:
        return connection.execute(
            "SELECT * FROM xs2_orders WHERE booking_id = ? ORDER BY rowid", (booking_id,)
        ).fetchall()

    def one(self, request: StandinRequest, wanted: str) -> Response:
        Query(request, {}, paged=False)
        with self._env.store.read() as connection:
            return as_json(self._view(connection, self.row(connection, request, wanted), "order"))

    def _view(self, connection: sqlite3.Connection, row: sqlite3.Row, where: str) -> dict[str, Any]:
        booking = connection.execute(
            "SELECT * FROM xs2_bookings WHERE id = ?", (row["booking_id"],)
        ).fetchone()
        items = connection.execute(
            "SELECT * FROM xs2_order_items WHERE order_id = ? ORDER BY place", (row["id"],)
        ).fetchall()
        invoices = self._world.documents.invoices(connection, row["id"])
        caller = next(d for d in self._world.accounts.all() if d.number == row["distributor"])
        status = self.cased(row["status"], where)
        if where == "list":
            return flat(row, booking, items, caller, status, invoices)
        files = self._world.documents.files(connection, row["id"])
        guests = {
            party.ticket_id: self._world.guests.of(connection, row["reservation_id"], party.ticket_id)
            for party in self.parties(connection, row)
        }
        return detail(row, booking, items, caller, status, invoices, files, guests)

    def listed(self, request: StandinRequest) -> Response:
        keys = {
            "booking_id": text(), "bookingorder_id": text(), "logistic_status": word(*STATES, field="logistic"),
            "booking_email": text(), "compare_mode": IGNORED,
        }  # fmt: skip
        return self._listed(request, keys, "orders")

    def flat_listed(self, request: StandinRequest) -> Response:
        keys = {
            "reservation_id": text(), "booking_id": text(), "query": IGNORED, "booking_email": text(),
            "compare_mode": IGNORED, "ticket_id": text("ticket_ids"), "event_id": text(), "event_startdate": DAY,
            "event_stopdate": DAY, "created": MOMENT, "api_booking": YES, "guestdata_status": word(*GUEST_STATES),
            "booking_code": text(), "sport_type": text(), "tournament_id": text(),
            "logistic_status": word(*STATES, field="logistic"), "mass_booking": YES,
        }  # fmt: skip
        return self._listed(request, keys, "list")

    def _listed(self, request: StandinRequest, keys: dict[str, Key], where: str) -> Response:
        query = Query(request, keys)
        mode = query.compare_mode("AND")
        part = query.given.get("query", "").casefold()
        number = self._world.accounts.caller(request).number
        late = self._env.faults.take(self._world.name, "orders_late")
        found = []
        with self._env.store.read() as connection:
            for row in [] if late else self._seen(connection, number):
                view = self._view(connection, row, where)
                body = json.loads(row["body"])
                more = {"logistic": row["status"], "reservation_id": row["reservation_id"],
                        "sport_type": body["sport_type"], "tournament_id": body["tournament_id"]}  # fmt: skip
                about = [{**view, **more, "ticket_ids": ticket_id} for ticket_id in body["tickets"]]
                if part in json.dumps(view, ensure_ascii=False).casefold() and query.chosen(about, mode=mode):
                    found.append(view)
        return self._world.catalogue.listed(query.without_tests(), "bookingorders", found)

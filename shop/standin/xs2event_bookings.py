"""Bookings: one step from a reservation to an invoice and its booking orders. No idempotency key exists.

Source: XS2Event, "Create booking"; the captured answers for the shape. A booking settles in euros.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Response

from shop.standin.wsgi import Env, Handler, StandinRequest, as_json
from shop.standin.xs2event_guests import check
from shop.standin.xs2event_ids import booking_code, fresh
from shop.standin.xs2event_offers import in_euro
from shop.standin.xs2event_query import IGNORED, YES, Query, text
from shop.standin.xs2event_reservations import EMAIL
from shop.standin.xs2event_wire import body_of, naive, not_found, problem, validation

if TYPE_CHECKING:
    from shop.standin.xs2event import XS2Event

SCHEMA = """
CREATE TABLE IF NOT EXISTS xs2_bookings (
    id TEXT PRIMARY KEY,
    reservation_id TEXT NOT NULL UNIQUE,
    distributor INTEGER NOT NULL,
    code TEXT NOT NULL,
    created TEXT NOT NULL,
    body TEXT NOT NULL,
    items TEXT NOT NULL
);
"""
_FIELDS: dict[str, type] = {
    "reservation_id": str,
    "booking_email": str,
    "payment_method": str,
    "invoice_reference": str,
    "booking_reference": str,
    "payment_reference": str,
    "is_test_booking": bool,
}
_REQUIRED = ("reservation_id", "booking_email", "payment_method")


class Bookings:
    def __init__(self, world: XS2Event, env: Env) -> None:
        self._world = world
        self._env = env

    def routes(self) -> Iterable[tuple[str, str, Handler]]:
        return [
            ("GET", "/v1/bookings", self.listed),
            ("POST", "/v1/bookings", self.create),
            ("GET", "/v1/bookings/reservation/<wanted>", self.of_reservation),
            ("GET", "/v1/bookings/<wanted>", self.one),
        ]

    def create(self, request: StandinRequest) -> Response:
        """Looks in this order: the reservation is there, not booked, not over; payment method; e-mail; guest data."""
        Query(request, {}, paged=False)
        body = read_body(body_of(request))
        wanted = body["reservation_id"]
        reservations = self._world.reservations
        if self._env.faults.take(self._world.name, "reservation_expires", reservation_id=wanted):
            self._world.controls.expire_now(wanted)
        # before anything is written: what ends in an error is rolled back, and the fault would never be used up
        refused = self._env.faults.take(self._world.name, "payment_method_refused", reservation_id=wanted)
        now = self._env.clock.now()
        booking_id = fresh("bkn")
        with self._env.store.write() as connection:
            row = reservations.row(connection, request, wanted)
            reservations.usable(row)
            self._payable(body, refused=bool(refused))
            items = reservations.items(connection, wanted)
            parties = [
                self._world.guests.party(
                    connection,
                    wanted,
                    item["ticket_id"],
                    item["quantity"],
                    self._world.guestdata.asks(item["ticket_id"]),
                )
                for item in items
            ]
            check(parties, now.date())
            priced = [self._item(item) for item in items]
            connection.execute(
                "INSERT INTO xs2_bookings (id, reservation_id, distributor, code, created, body, items)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    booking_id,
                    wanted,
                    row["distributor"],
                    booking_code(),
                    naive(now),
                    json.dumps(body),
                    json.dumps(priced),
                ),
            )
            connection.execute(
                "UPDATE xs2_reservations SET status = 'booked', updated = ? WHERE id = ?",
                (naive(now), wanted),
            )
            booking = self._row(connection, row["distributor"], "id", booking_id)
            self._world.orders.open(connection, booking, items)
            view = self._view(booking, "", names=False)
        return as_json(view, 201)

    def _payable(self, body: dict[str, Any], *, refused: bool) -> None:
        allowed = str(self._world.settings["payment_methods"]).replace(",", " ").split()
        if body["payment_method"] not in allowed or refused:
            raise problem(422, "invalid-payment-method", "Invalid payment method",
                          f"Payment method {body['payment_method']} is not available")  # fmt: skip
        if not EMAIL.fullmatch(body["booking_email"]):
            raise problem(422, "invalid-booking-email", "Invalid booking email",
                          "booking_email is not an e-mail address")  # fmt: skip

    def _item(self, item: sqlite3.Row) -> dict[str, Any]:
        ticket = self._world.catalogue.ticket_of(item["ticket_id"])
        assert ticket is not None
        price = in_euro(item["net_rate"], item["currency"])
        return {
            "quantity": item["quantity"],
            "salesprice": price,
            "net_rate": price,
            "currency": "EUR",
            "ticket_id": ticket.id,
            "ticket_name": ticket.title,
            "event_id": ticket.event.id,
            "event_name": ticket.event.fixture.name,
            "event_season": ticket.event.season,
            "tournament_name": ticket.event.tournament.name,
        }

    # Reading

    def _row(self, connection: sqlite3.Connection, distributor: int, column: str, value: str) -> sqlite3.Row:
        row: sqlite3.Row | None = connection.execute(
            f"SELECT * FROM xs2_bookings WHERE distributor = ? AND {column} = ?", (distributor, value)
        ).fetchone()
        if row is None:
            raise not_found("booking" if column == "id" else "booking of reservation", value)
        return row

    def _view(self, row: sqlite3.Row, status: str, *, names: bool = True) -> dict[str, Any]:
        """Captured: at first both statuses and the names of the events are null."""
        body = json.loads(row["body"])
        caller = next(d for d in self._world.accounts.all() if d.number == row["distributor"])
        unnamed = {} if names else dict.fromkeys(("event_name", "event_season", "tournament_name"))
        return {
            "booking_id": row["id"],
            "reservation_id": row["reservation_id"],
            "booking_code": row["code"],
            "created": row["created"],
            "updated": row["created"],
            "client_id": caller.client_id,
            "booking_email": body["booking_email"],
            "payment_method": body["payment_method"],
            "payment_reference": body.get("payment_reference"),
            "booking_reference": body.get("booking_reference"),
            "distributorfinancial_status": "OPEN" if status else None,
            "logistic_status": self._world.orders.cased(status, "booking") if status else None,
            "deleted": None,
            "items": [{**item, **unnamed} for item in json.loads(row["items"])],
        }

    def _later(self, connection: sqlite3.Connection, row: sqlite3.Row) -> dict[str, Any]:
        """A booking says what its orders say; when they differ, that of the one that is furthest behind."""
        states = [order["status"] for order in self._world.orders.of_booking(connection, row["id"])]
        status = next((each for each in states if each != "completed"), "completed") if states else ""
        return self._view(row, status)

    def one(self, request: StandinRequest, wanted: str) -> Response:
        Query(request, {}, paged=False)
        number = self._world.accounts.caller(request).number
        with self._env.store.read() as connection:
            return as_json(self._later(connection, self._row(connection, number, "id", wanted)))

    def of_reservation(self, request: StandinRequest, wanted: str) -> Response:
        """404 when there is none; our reading."""
        Query(request, {}, paged=False)
        number = self._world.accounts.caller(request).number
        with self._env.store.read() as connection:
            row = self._row(connection, number, "reservation_id", wanted)
            return as_json(self._later(connection, row))

    def listed(self, request: StandinRequest) -> Response:
        keys = {
            "reservation_id": text(), "booking_id": text(), "booking_code": text(), "booking_email": text(),
            "distributor_id": text(), "client_id": text(), "compare_mode": IGNORED, "query": IGNORED,
            "mass_booking": YES, "event_id": text("event_ids"),
        }  # fmt: skip
        query = Query(request, keys)
        mode = query.compare_mode("OR")
        caller = self._world.accounts.caller(request)
        part = query.given.get("query", "").casefold()
        found = []
        with self._env.store.read() as connection:
            for row in connection.execute(
                "SELECT * FROM xs2_bookings WHERE distributor = ? ORDER BY created, rowid", (caller.number,)
            ).fetchall():
                view = self._later(connection, row)
                about = [
                    {**view, "event_ids": item["event_id"], "distributor_id": caller.id}
                    for item in view["items"]
                ]
                if part in json.dumps(view, ensure_ascii=False).casefold() and query.chosen(about, mode=mode):
                    found.append(view)
        return self._world.catalogue.listed(query.without_tests(), "bookings", found)


def read_body(body: dict[str, Any]) -> dict[str, Any]:
    """Raises 422 for what is missing or malformed."""
    errors = {name: "required" for name in _REQUIRED if body.get(name) in (None, "")}
    for name, value in body.items():
        if name not in _FIELDS:
            errors[name] = "unknown"
        elif value is not None and not isinstance(value, _FIELDS[name]):
            errors[name] = f"must be {'true or false' if _FIELDS[name] is bool else 'a text'}"
    if errors:
        raise validation(errors)
    return {name: value for name, value in body.items() if value is not None}

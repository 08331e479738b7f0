"""Reservations: ten minutes, the price said back, stock taken in one step.

Source: XS2Event, "Booking flow" and the API reference of reservations. Expiry is looked at on every read; nobody waits.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Response

from shop.standin.wsgi import Env, Handler, StandinRequest, as_json
from shop.standin.xs2event_ids import fresh
from shop.standin.xs2event_query import IGNORED, MOMENT, Query, text, word
from shop.standin.xs2event_stock import Look, Now
from shop.standin.xs2event_wire import Refusal, body_of, naive, not_found, problem, validation

if TYPE_CHECKING:
    from shop.standin.xs2event import XS2Event

SCHEMA = """
CREATE TABLE IF NOT EXISTS xs2_reservations (
    id TEXT PRIMARY KEY,
    distributor INTEGER NOT NULL,
    status TEXT NOT NULL,
    created TEXT NOT NULL,
    updated TEXT NOT NULL,
    valid_until TEXT NOT NULL,
    body TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS xs2_items (
    reservation_id TEXT NOT NULL REFERENCES xs2_reservations (id) ON DELETE CASCADE,
    place INTEGER NOT NULL,
    ticket_id TEXT NOT NULL,
    quantity INTEGER NOT NULL,
    net_rate INTEGER NOT NULL,
    currency TEXT NOT NULL,
    PRIMARY KEY (reservation_id, place)
);
CREATE INDEX IF NOT EXISTS xs2_items_ticket ON xs2_items (ticket_id);
"""
STATES = ("active", "booked", "void", "error", "extended")
EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")
# Keys of a body and their types; `items` is looked at by itself.
_FIELDS: dict[str, type] = {
    "booking_email": str,
    "notify_client": bool,
    "notify_me": bool,
    "notes": str,
    "external_reference_id": str,
    "target_currency": str,
    "local_currency": str,
    "on_behalf": str,
    "valid_until": str,
}
_PATCHED = {"booking_email", "notify_client", "notify_me", "notes", "external_reference_id"}


class Reservations:
    def __init__(self, world: XS2Event, env: Env) -> None:
        self._world = world
        self._env = env

    def routes(self) -> Iterable[tuple[str, str, Handler]]:
        return [
            ("GET", "/v1/reservations", self.listed),
            ("POST", "/v1/reservations", self.create),
            ("GET", "/v1/reservations/<wanted>", self.one),
            ("PUT", "/v1/reservations/<wanted>", self.replace),
            ("PATCH", "/v1/reservations/<wanted>", self.patch),
            ("DELETE", "/v1/reservations/<wanted>", self.delete),
        ]

    # Reading

    def row(self, connection: sqlite3.Connection, request: StandinRequest, wanted: str) -> sqlite3.Row:
        """The reservation of the caller; another distributor's is not there."""
        number = self._world.accounts.caller(request).number
        row: sqlite3.Row | None = connection.execute(
            "SELECT * FROM xs2_reservations WHERE id = ? AND distributor = ?", (wanted, number)
        ).fetchone()
        if row is None:
            raise not_found("reservation", wanted)
        return row

    def lapse(self) -> None:
        """What is past its time is void from now on."""
        now = naive(self._env.clock.now())
        late = "status IN ('active', 'extended') AND valid_until <= ?"
        with self._env.store.connect() as connection:
            if not connection.execute(
                f"SELECT 1 FROM xs2_reservations WHERE {late} LIMIT 1", (now,)
            ).fetchone():
                return
        with self._env.store.write() as connection:
            connection.execute(
                f"UPDATE xs2_reservations SET status = 'void', updated = valid_until WHERE {late}", (now,)
            )

    @staticmethod
    def usable(row: sqlite3.Row) -> None:
        """Raises 409 for what is booked and 410 for what is void."""
        if row["status"] == "booked":
            raise problem(409, "reservation-already-booked", "Reservation already booked",
                          f"Reservation {row['id']} was booked")  # fmt: skip
        if row["status"] not in {"active", "extended"}:
            raise expired(row["id"])

    def items(self, connection: sqlite3.Connection, reservation_id: str) -> list[sqlite3.Row]:
        return connection.execute(
            "SELECT * FROM xs2_items WHERE reservation_id = ? ORDER BY place", (reservation_id,)
        ).fetchall()

    def view(self, connection: sqlite3.Connection, row: sqlite3.Row) -> dict[str, Any]:
        body = json.loads(row["body"])
        client = next(d.client_id for d in self._world.accounts.all() if d.number == row["distributor"])
        return {
            "client_id": client,
            "reservation_id": row["id"],
            "status": row["status"],
            "notify_client": body.get("notify_client", False),
            "notes": body.get("notes"),
            "valid_until": row["valid_until"],
            "created": row["created"],
            "updated": row["updated"],
            "parent_allocation_id": None,
            "external_reference_id": body.get("external_reference_id"),
            "items": [
                {
                    "ticket_id": item["ticket_id"],
                    "quantity": item["quantity"],
                    "salesprice": item["net_rate"],
                    "net_rate": item["net_rate"],
                    "currency": item["currency"],
                    **self._names(item["ticket_id"]),
                }
                for item in self.items(connection, row["id"])
            ],
        }

    def _names(self, ticket_id: str) -> dict[str, str]:
        ticket = self._world.catalogue.ticket_of(ticket_id)
        if ticket is None:
            return {"ticket_name": "", "event_name": ""}
        return {"ticket_name": ticket.title, "event_name": ticket.event.fixture.name}

    def listed(self, request: StandinRequest) -> Response:
        keys = {
            "created": MOMENT, "valid_until": MOMENT, "status": word(*STATES), "query": IGNORED,
            "event_id": text("event_ids"), "distributor_id": text(), "on_behalf": text(), "ticket_id": text("ticket_ids"),
            "sport_type": text("sport_types"), "external_reference_id": text(),
        }  # fmt: skip
        query = Query(request, keys)
        caller = self._world.accounts.caller(request)
        part = query.given.get("query", "").casefold()
        with self._env.store.read() as connection:
            rows = connection.execute(
                "SELECT * FROM xs2_reservations WHERE distributor = ? ORDER BY created, rowid",
                (caller.number,),
            ).fetchall()
            views = [self.view(connection, row) for row in rows]
        found = []
        for row, view in zip(rows, views, strict=True):
            if part and part not in json.dumps(view, ensure_ascii=False).casefold():
                continue
            on_behalf = json.loads(row["body"]).get("on_behalf")
            tickets = [self._world.catalogue.ticket_of(item["ticket_id"]) for item in view["items"]]
            about = [
                {**view, "ticket_ids": t.id, "event_ids": t.event.id, "sport_types": t.event.tournament.sport,
                 "distributor_id": caller.id, "on_behalf": on_behalf}
                for t in tickets if t
            ] or [view]  # fmt: skip
            if query.chosen(about):
                found.append(view)
        return self._world.catalogue.listed(query.without_tests(), "reservations", found)

    def one(self, request: StandinRequest, wanted: str) -> Response:
        Query(request, {}, paged=False)
        with self._env.store.read() as connection:
            return as_json(self.view(connection, self.row(connection, request, wanted)))

    # Making and changing

    def create(self, request: StandinRequest) -> Response:
        Query(request, {}, paged=False)
        caller = self._world.accounts.caller(request)
        body = body_of(request)
        items = read_items(body)
        fields = read_fields(body, set(_FIELDS))
        self._scheduled(items)
        now = self._env.clock.now()
        reservation_id = fresh("rsr")
        until = now + timedelta(minutes=int(self._world.settings["hold_minutes"]))
        with self._env.store.write() as connection:
            self._take(connection, reservation_id, items)
            connection.execute(
                "INSERT INTO xs2_reservations (id, distributor, status, created, updated, valid_until, body)"
                " VALUES (?, ?, 'active', ?, ?, ?, ?)",
                (reservation_id, caller.number, naive(now), naive(now), naive(until), json.dumps(fields)),
            )
            self._write_items(connection, reservation_id, items)
            view = self.view(connection, self.row(connection, request, reservation_id))
        return as_json(view, 201)

    def _scheduled(self, items: list[dict[str, Any]]) -> None:
        """Faults by name that concern the tickets of a reservation."""
        for item in items:
            if self._env.faults.take(self._world.name, "sold_out", ticket_id=item["ticket_id"]):
                self._world.stock.change("ticket", {"stock": 0}, [item["ticket_id"]])
            moved = self._env.faults.take(self._world.name, "price_changed", ticket_id=item["ticket_id"])
            ticket = self._world.catalogue.ticket_of(item["ticket_id"])
            if moved and ticket:
                now = self._world.stock.look().ticket(ticket)
                price = now.net_rate + int(moved.get("by") or 500)
                self._world.stock.change("ticket", {"net_rate": price}, [ticket.id])

    def _take(self, connection: sqlite3.Connection, reservation_id: str, items: list[dict[str, Any]]) -> None:
        """Everything or nothing: known, price as it is now, enough left, quantity allowed. The order in which the real one
        looks is not documented; our reading."""
        look = Look(connection, self._env.clock.now(), without=reservation_id)
        found: list[tuple[dict[str, Any], Now]] = []
        for item in items:
            ticket = self._world.catalogue.ticket_of(item["ticket_id"])
            if ticket is None or look.ticket(ticket).removed:
                raise problem(404, "unknown-ticket", "Unknown ticket", f"Ticket {item['ticket_id']} does not exist",
                              items=[{"ticket_id": item["ticket_id"]}])  # fmt: skip
            found.append((item, look.ticket(ticket)))
        for item, now in found:
            if (item["net_rate"], item["currency_code"]) != (now.net_rate, now.currency):
                raise problem(409, "price-mismatch", "Price information mismatch",
                              "net_rate or currency_code differ from the ticket",
                              items=[{**item, "expected": {"net_rate": now.net_rate, "currency_code": now.currency}}])  # fmt: skip
        for item, now in found:
            if now.status != "available" or now.stock < item["quantity"]:
                left = now.stock if now.status == "available" else 0
                raise problem(409, "out-of-stock", "Out of stock", f"{left} of {item['quantity']} tickets are left",
                              items=[{**item, "stock": left}])  # fmt: skip
            reason = now.allows(item["quantity"])
            if reason:
                raise problem(422, "invalid-quantity", "Invalid quantity", f"Quantity {item['quantity']}: {reason}",
                              items=[item])  # fmt: skip

    @staticmethod
    def _write_items(
        connection: sqlite3.Connection, reservation_id: str, items: list[dict[str, Any]]
    ) -> None:
        connection.execute("DELETE FROM xs2_items WHERE reservation_id = ?", (reservation_id,))
        connection.executemany(
            "INSERT INTO xs2_items (reservation_id, place, ticket_id, quantity, net_rate, currency)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            [
                (reservation_id, place, i["ticket_id"], i["quantity"], i["net_rate"], i["currency_code"])
                for place, i in enumerate(items)
            ],
        )

    def replace(self, request: StandinRequest, wanted: str) -> Response:
        """All items anew. The ten minutes do not begin again, and guest data stays for the tickets that stay, cut to the
        new quantity: neither is documented; our reading. ``valid_until`` is read and changes nothing."""
        Query(request, {}, paged=False)
        body = body_of(request)
        with self._env.store.read() as connection:
            self.usable(self.row(connection, request, wanted))
        items = read_items(body)
        fields = read_fields(body, set(_FIELDS))
        self._scheduled(items)
        with self._env.store.write() as connection:
            row = self.row(connection, request, wanted)
            self.usable(row)
            self._take(connection, wanted, items)
            self._write_items(connection, wanted, items)
            self._world.guests.cut(connection, wanted, {i["ticket_id"]: i["quantity"] for i in items})
            self._update(connection, row, fields)
            view = self.view(connection, self.row(connection, request, wanted))
        return as_json(view)

    def patch(self, request: StandinRequest, wanted: str) -> Response:
        Query(request, {}, paged=False)
        fields = read_fields(body_of(request), _PATCHED, items=False)
        with self._env.store.write() as connection:
            row = self.row(connection, request, wanted)
            self._update(connection, row, fields)
            view = self.view(connection, self.row(connection, request, wanted))
        return as_json(view)

    def _update(self, connection: sqlite3.Connection, row: sqlite3.Row, fields: dict[str, Any]) -> None:
        connection.execute(
            "UPDATE xs2_reservations SET body = ?, updated = ? WHERE id = ?",
            (
                json.dumps({**json.loads(row["body"]), **fields}),
                naive(self._env.clock.now()),
                row["id"],
            ),
        )

    def delete(self, request: StandinRequest, wanted: str) -> Response:
        """The stock comes back at once, and GET still answers, ``void``; our reading."""
        Query(request, {}, paged=False)
        with self._env.store.write() as connection:
            row = self.row(connection, request, wanted)
            if row["status"] == "booked":
                self.usable(row)
            if row["status"] in {"active", "extended"}:
                connection.execute(
                    "UPDATE xs2_reservations SET status = 'void', updated = ? WHERE id = ?",
                    (naive(self._env.clock.now()), wanted),
                )
        return Response(b"", status=int(self._world.settings["delete_status"]))


def expired(reservation_id: str) -> Refusal:
    return problem(410, "reservation-expired", "Reservation expired", f"Reservation {reservation_id} is void")


def read_items(body: dict[str, Any]) -> list[dict[str, Any]]:
    """Raises 422 for anything but whole numbers and texts where they belong."""
    given = body.get("items")
    if not isinstance(given, list) or not given:
        raise validation({"items": "required" if given is None else "must be a list that is not empty"})
    errors: dict[str, str] = {}
    kinds: dict[str, type] = {"ticket_id": str, "quantity": int, "net_rate": int, "currency_code": str}
    for place, item in enumerate(given):
        if not isinstance(item, dict):
            errors[f"items.{place}"] = "must be an object"
            continue
        for name, kind in kinds.items():
            value = item.get(name)
            if value is None:
                errors[f"items.{place}.{name}"] = "required"
            elif not isinstance(value, kind) or isinstance(value, bool):
                errors[f"items.{place}.{name}"] = "a whole number" if kind is int else "a text"
            elif name == "quantity" and isinstance(value, int) and value < 1:
                errors[f"items.{place}.{name}"] = "at least 1"
        for name in set(item) - {*kinds, "sales_price"}:
            errors[f"items.{place}.{name}"] = "unknown"
    if not errors:
        ids = [item["ticket_id"] for item in given]
        if len(set(ids)) != len(ids):
            errors["items"] = "a ticket is listed twice"
    if errors:
        raise validation(errors)
    return [{name: item[name] for name in kinds} for item in given]


def read_fields(body: dict[str, Any], known: set[str], *, items: bool = True) -> dict[str, Any]:
    errors: dict[str, str] = {}
    fields: dict[str, Any] = {}
    for name, value in body.items():
        if name == "items" and items:
            continue
        if name not in known:
            errors[name] = "unknown"
        elif value is not None and not isinstance(value, _FIELDS[name]):
            errors[name] = f"must be {'true or false' if _FIELDS[name] is bool else 'a text'}"
        elif name != "valid_until":
            fields[name] = value
    email = fields.get("booking_email")
    if email is not None and not EMAIL.fullmatch(email):
        errors["booking_email"] = "invalid"
    if errors:
        raise validation(errors)
    return fields

"""The control side of the imitated XS2Event, below ``/_standin/xs2event``."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Response

from shop.standin.control import arguments
from shop.standin.wsgi import Env, Handler, StandinRequest, as_json
from shop.standin.xs2event_orders import CHANNELS, GUEST_STATES, STATES
from shop.standin.xs2event_wire import naive

if TYPE_CHECKING:
    from shop.standin.xs2event import XS2Event

TICKET_STATES = ("available", "disabled", "error", "returned")
EVENT_STATES = ("notstarted", "soldout", "nosale", "closed", "postponed", "cancelled")


class Controls:
    def __init__(self, world: XS2Event, env: Env) -> None:
        self._world = world
        self._env = env

    def routes(self) -> Iterable[tuple[str, str, Handler]]:
        return [
            ("GET POST", "/settings", self.settings),
            ("GET", "/events", self.events),
            ("POST", "/events", self.change_event),
            ("POST", "/events/<event_id>", self.change_event),
            ("POST", "/tickets", self.change_ticket),
            ("POST", "/tickets/<ticket_id>", self.change_ticket),
            ("GET", "/orders", self.orders),
            ("POST", "/orders/complete", self.complete),
            ("POST", "/orders/<order_id>/complete", self.complete),
            ("POST", "/orders/<order_id>/channel", self.channel),
            ("POST", "/orders/status", self.change_order),
            ("POST", "/orders/<order_id>", self.change_order),
            ("POST", "/reservations/<reservation_id>/expire", self.expire),
            ("POST", "/reservations/<reservation_id>/extend", self.extend),
            ("POST", "/reservations/<reservation_id>/fail", self.fail),
            ("POST", "/expire", self.expire),
        ]

    def settings(self, request: StandinRequest) -> Response:
        if request.method == "POST":
            return as_json(self._world.settings.set(arguments(request)))
        return as_json(self._world.settings.all())

    # What is on offer

    def events(self, request: StandinRequest) -> Response:
        """Every event that is to come with all its tickets, for picking ids."""
        look = self._world.stock.look()
        return as_json({"events": [
            {
                "id": one.id, "name": one.fixture.name, "sport": one.tournament.sport, "day": one.day.isoformat(),
                "status": look.status(one), "changed": dict(look.event(one)),
                "tickets": [
                    {
                        "id": each.ticket.id, "title": each.ticket.title, "supplier": each.ticket.supplier.name,
                        "asks": each.ticket.spec.asks, "target": each.ticket.spec.target, "kind": each.ticket.spec.kind,
                        "net_rate": each.net_rate, "currency": each.currency, "stock": each.stock, "status": each.status,
                        "min_order": each.min_order, "flags": list(each.flags), "removed": each.removed,
                    }
                    for each in map(look.ticket, self._world.catalogue.tickets_for(one))
                ],
            }
            for one in self._world.catalogue.all_events() if not one.over(look.now)
        ]})  # fmt: skip

    def change_event(self, request: StandinRequest, event_id: str = "") -> Response:
        """``event_name``, ``event_status``, ``date_start``, ``date_stop``, ``date_confirmed``, ``removed``; null takes one
        back."""
        given = arguments(request)
        wanted = event_id or str(given.pop("event", ""))
        if all(one.id != wanted for one in self._world.catalogue.all_events()):
            raise LookupError(f"No event {wanted}.")
        if given.get("event_status") not in {None, *EVENT_STATES}:
            raise ValueError(f"event_status is one of {', '.join(EVENT_STATES)}.")
        return as_json(self._world.stock.change("event", given, [wanted]))

    def change_ticket(self, request: StandinRequest, ticket_id: str = "") -> Response:
        """``stock`` (what shall be left), ``net_rate``, ``face_value``, ``ticket_status``, ``min_order``, ``flags`` (list or
        words), ``currency_code``, ``removed``; null takes one back."""
        given = arguments(request)
        wanted = ticket_id or str(given.pop("ticket", ""))
        if self._world.catalogue.ticket_of(wanted) is None:
            raise LookupError(f"No ticket {wanted}.")
        if given.get("ticket_status") not in {None, *TICKET_STATES}:
            raise ValueError(f"ticket_status is one of {', '.join(TICKET_STATES)}.")
        return as_json(self._world.stock.change("ticket", given, [wanted]))

    # Reservations

    def expire_now(self, reservation_id: str = "") -> int:
        """Ends one reservation, or all that are open. How many there were."""
        with self._env.store.write() as connection:
            changed = connection.execute(
                "UPDATE xs2_reservations SET valid_until = ? WHERE status IN ('active', 'extended')"
                " AND (? = '' OR id = ?)",
                (naive(self._env.clock.now()), reservation_id, reservation_id),
            ).rowcount
        self._world.reservations.lapse()
        return changed

    def expire(self, request: StandinRequest, reservation_id: str = "") -> Response:
        wanted = reservation_id or str(arguments(request).get("reservation") or "")
        changed = self.expire_now(wanted)
        if wanted and not changed:
            raise LookupError(f"No open reservation {wanted}.")
        return as_json({"ok": True, "expired": changed})

    def _set_open(self, reservation_id: str, status: str, until: str | None) -> Response:
        with self._env.store.write() as connection:
            changed = connection.execute(
                "UPDATE xs2_reservations SET status = ?, updated = ?, valid_until = COALESCE(?, valid_until)"
                " WHERE id = ? AND status IN ('active', 'extended')",
                (status, naive(self._env.clock.now()), until, reservation_id),
            ).rowcount
        if not changed:
            raise LookupError(f"No open reservation {reservation_id}.")
        return as_json({"ok": True, "status": status})

    def extend(self, request: StandinRequest, reservation_id: str) -> Response:
        """Somebody at XS2Event prolongs it by ``minutes`` from now."""
        minutes = int(arguments(request).get("minutes") or 10)
        until = self._env.clock.now() + timedelta(minutes=minutes)
        return self._set_open(reservation_id, "extended", naive(until))

    def fail(self, request: StandinRequest, reservation_id: str) -> Response:
        """The supplier could not keep it: ``error``."""
        return self._set_open(reservation_id, "error", None)

    # Orders

    def set_status(self, connection: sqlite3.Connection, order: sqlite3.Row, status: str) -> None:
        if status == "cancelled" and order["status"] != "cancelled":
            self._world.documents.invoice(connection, order["id"], credit=True)
        connection.execute("UPDATE xs2_orders SET status = ? WHERE id = ?", (status, order["id"]))
        order = self._world.orders.get(connection, order["id"])
        if status == "completed":
            self._world.documents.make(connection, order)
            self._world.orders.review_guests(connection, order)

    def complete(self, request: StandinRequest, order_id: str = "") -> Response:
        """One order, or every one that is not completed, cancelled or returned: tickets are there from now on."""
        wanted = order_id or str(arguments(request).get("order") or "")
        with self._env.store.write() as connection:
            if wanted:
                orders = [self._order(connection, wanted)]
            else:
                orders = connection.execute(
                    "SELECT * FROM xs2_orders WHERE status NOT IN ('completed', 'cancelled', 'returned')"
                ).fetchall()
            for order in orders:
                self.set_status(connection, order, "completed")
        return as_json({"ok": True, "completed": [order["id"] for order in orders]})

    def _order(self, connection: sqlite3.Connection, order_id: str) -> sqlite3.Row:
        row: sqlite3.Row | None = connection.execute(
            "SELECT * FROM xs2_orders WHERE id = ?", (order_id,)
        ).fetchone()
        if row is None:
            raise LookupError(f"No booking order {order_id}.")
        return row

    def change_order(self, request: StandinRequest, order_id: str = "") -> Response:
        """``logistic_status`` and ``guestdata_status``, one of the documented words each."""
        given = arguments(request)
        order_id = order_id or str(given.pop("order", ""))
        unknown = set(given) - {"logistic_status", "guestdata_status"}
        if unknown or not given:
            raise ValueError("Give logistic_status, guestdata_status or both.")
        with self._env.store.write() as connection:
            order = self._order(connection, order_id)
            for name, words in (("logistic_status", STATES), ("guestdata_status", GUEST_STATES)):
                if given.get(name) not in {None, *words}:
                    raise ValueError(f"{name} is one of {', '.join(words)}.")
            if given.get("logistic_status"):
                self.set_status(connection, order, str(given["logistic_status"]))
            if given.get("guestdata_status"):
                connection.execute(
                    "UPDATE xs2_orders SET guest_status = ? WHERE id = ?",
                    (given["guestdata_status"], order_id),
                )
        return as_json({"ok": True, **given})

    def channel(self, request: StandinRequest, order_id: str) -> Response:
        """``channel`` of all items of an order, or of one (``orderitem_id``)."""
        given = arguments(request)
        if given.get("channel") not in CHANNELS:
            raise ValueError(f"channel is one of {', '.join(CHANNELS)}.")
        item_id = str(given.get("orderitem_id") or "")
        with self._env.store.write() as connection:
            self._order(connection, order_id)
            changed = connection.execute(
                "UPDATE xs2_order_items SET channel = ? WHERE order_id = ? AND (? = '' OR id = ?)",
                (given["channel"], order_id, item_id, item_id),
            ).rowcount
            order = self._order(connection, order_id)
            if order["status"] == "completed":
                self._world.documents.make(connection, order)
        if not changed:
            raise LookupError(f"No item {item_id} in order {order_id}.")
        return as_json({"ok": True, "changed": changed})

    def orders(self, request: StandinRequest) -> Response:
        return as_json(self.books())

    # The truth

    def books(self) -> dict[str, Any]:
        """Who holds what until when, what was booked, invoiced (euro cents), asked of whom, fetched how often."""
        self._world.reservations.lapse()
        with self._env.store.read() as connection:
            items: dict[str, list[dict[str, Any]]] = {}
            for row in connection.execute("SELECT * FROM xs2_items ORDER BY reservation_id, place"):
                told = {name: row[name] for name in ("ticket_id", "quantity", "net_rate", "currency")}
                items.setdefault(row["reservation_id"], []).append(told)
            reservations = [
                {**dict(row), **json.loads(row["body"]), "items": items.get(row["id"], []), "body": None}
                for row in connection.execute("SELECT * FROM xs2_reservations ORDER BY rowid")
            ]
            bookings = [
                {**json.loads(row["body"]), "id": row["id"], "code": row["code"], "created": row["created"],
                 "distributor": row["distributor"], "items": json.loads(row["items"])}
                for row in connection.execute("SELECT * FROM xs2_bookings ORDER BY rowid")
            ]  # fmt: skip
            orders = [self._told(connection, row) for row in connection.execute(
                "SELECT * FROM xs2_orders ORDER BY rowid").fetchall()]  # fmt: skip
            guests = [
                {"id": row["id"], "reservation_id": row["reservation_id"], "ticket_id": row["ticket_id"],
                 "place": row["place"], "lead": bool(row["lead"]), **json.loads(row["body"])}
                for row in connection.execute("SELECT * FROM xs2_guests ORDER BY reservation_id, ticket_id, place")
            ]  # fmt: skip
            invoices = [
                {"id": str(row["id"]), "order_id": row["order_id"], "kind": row["kind"], "total": row["total"],
                 "currency": "EUR", "lines": json.loads(row["body"])}
                for row in connection.execute("SELECT * FROM xs2_invoices ORDER BY id")
            ]  # fmt: skip
        for each in reservations:
            del each["body"]
        look = self._world.stock.look()
        stock = []
        for ticket_id, taken in sorted(look.taken.items()):
            ticket = self._world.catalogue.ticket_of(ticket_id)
            left = look.ticket(ticket).stock if ticket else None
            stock.append({"ticket_id": ticket_id, "taken": taken, "left": left})
        return {"reservations": reservations, "bookings": bookings, "orders": orders, "guests": guests,
                "invoices": invoices, "stock": stock}  # fmt: skip

    def _told(self, connection: sqlite3.Connection, row: sqlite3.Row) -> dict[str, Any]:
        about = json.loads(row["body"])
        files = self._world.documents.files(connection, row["id"])
        return {
            "id": row["id"],
            "booking_id": row["booking_id"],
            "reservation_id": row["reservation_id"],
            "distributor": row["distributor"],
            "event_id": row["event_id"],
            "event_name": about["event_name"],
            "supplier": about["supplier"],
            "logistic_status": row["status"],
            "guestdata_status": row["guest_status"],
            "tickets": {ticket_id: each["quantity"] for ticket_id, each in about["tickets"].items()},
            "items": [
                {
                    "id": item["id"],
                    "ticket_id": item["ticket_id"],
                    "channel": item["channel"],
                    "files": [
                        {"name": each["name"], "sha": each["sha"], "downloads": each["downloads"]}
                        for each in files.get(item["id"], [])
                    ],
                }
                for item in connection.execute(
                    "SELECT * FROM xs2_order_items WHERE order_id = ? ORDER BY place", (row["id"],)
                )
            ],
        }

"""The control side of the imitated Tickethead, below ``/_standin/tickethead``."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from html import escape
from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Response

from shop.standin.control import arguments
from shop.standin.tickethead_auth import accounts
from shop.standin.tickethead_catalog import STATUSES
from shop.standin.tickethead_seats import BOOKED, FREE, UnknownSeatError
from shop.standin.tickethead_wire import amount
from shop.standin.wsgi import Env, Handler, StandinRequest, as_json

if TYPE_CHECKING:
    from shop.standin.tickethead import Tickethead


class Controls:
    def __init__(self, world: Tickethead, env: Env) -> None:
        self._world = world
        self._env = env

    def routes(self) -> Iterable[tuple[str, str, Handler]]:
        return [
            ("GET", "/events", self.events),
            ("POST", "/events", self.change_event),
            ("POST", "/events/<int:event_id>", self.change_event),
            ("POST", "/configs", self.change_config),
            ("POST", "/configs/<int:config_id>", self.change_config),
            ("GET", "/orders", self.orders),
            ("POST", "/orders/<int:order_id>/expire", self.expire),
            ("POST", "/expire", self.expire),
            ("GET POST", "/settings", self.settings),
            ("GET", "/seats", self.seats),
            ("POST", "/seats", self.change_seats),
            ("POST", "/hold-tokens/<token>/expire", self.expire_token),
        ]

    def forms(self) -> list[dict[str, Any]]:
        """Forms for the page at ``/_standin/``: title, action, fields of name, label, kind, value, choices."""
        options = self._world.settings.all()
        with self._env.store.connect() as connection:
            rows = connection.execute(
                "SELECT id, name, status, chart FROM th_events WHERE removed = 0 AND parent_id IS NULL ORDER BY start_at"
                " LIMIT 200"
            ).fetchall()
            configs = connection.execute(
                "SELECT c.id, json_extract(c.body, '$.name') AS name, e.name AS event FROM th_configs c"
                " JOIN th_events e ON e.id = c.event_id WHERE e.removed = 0 ORDER BY e.start_at, c.id LIMIT 300"
            ).fetchall()
        chosen = [(str(row["id"]), f"{row['name']} ({row['status']})") for row in rows]
        charted = [(str(row["id"]), row["name"]) for row in rows if row["chart"]]
        tickets = [(str(row["id"]), f"{row['event']}: {row['name']}") for row in configs]
        return [
            {
                "title": "Change an event",
                "action": "/_standin/tickethead/events",
                "button": "Change",
                "fields": [
                    {"name": "event", "label": "Event", "kind": "select", "value": "", "choices": chosen},
                    {"name": "name", "label": "New name", "kind": "text", "value": ""},
                    {"name": "status", "label": "New status", "kind": "select", "value": "",
                     "choices": ["", *sorted(STATUSES)]},
                    {"name": "remove", "label": "Remove", "kind": "select", "value": "", "choices": ["", "true"]},
                ],
            },
            {
                "title": "Change a ticket config",
                "action": "/_standin/tickethead/configs",
                "button": "Change",
                "fields": [
                    {"name": "config", "label": "Tickets", "kind": "select", "value": "", "choices": tickets},
                    {"name": "price", "label": "New price in minor units", "kind": "number", "value": ""},
                    {"name": "left", "label": "Tickets left", "kind": "number", "value": ""},
                ],
            },
            {
                "title": "Book or free seats from outside",
                "action": "/_standin/tickethead/seats",
                "button": "Change",
                "fields": [
                    {"name": "event", "label": "Event", "kind": "select", "value": "", "choices": charted},
                    {"name": "seats", "label": "Seats, with commas", "kind": "text", "value": ""},
                    {"name": "status", "label": "Status", "kind": "select", "value": BOOKED,
                     "choices": [BOOKED, FREE]},
                ],
            },
            {
                "title": "Windows and lags",
                "action": "/_standin/tickethead/settings",
                "button": "Set",
                "fields": [
                    {"name": name, "label": name.replace("_", " "), "kind": "number", "value": value}
                    for name, value in options.items()
                ],
            },
            {
                "title": "Close an order's payment window",
                "action": "/_standin/tickethead/expire",
                "button": "Close",
                "fields": [{"name": "order", "label": "Order", "kind": "number", "value": ""}],
            },
        ]  # fmt: skip

    def notes(self) -> str:
        """The last orders and the accounts that can log in, for a person."""
        self._world.states.catch_up()
        with self._env.store.connect() as connection:
            rows = connection.execute(
                "SELECT o.id, o.status, o.format, o.total, o.currency, e.name FROM th_orders o"
                " JOIN th_events e ON e.id = o.event_id ORDER BY o.id DESC LIMIT 10"
            ).fetchall()
        lines = "".join(
            f"<tr><td>{row['id']}</td><td>{escape(row['name'])}</td><td>{escape(row['status'])}</td>"
            f"<td>{escape(row['format'])}</td><td>{row['total'] / 100:.2f} {escape(row['currency'])}</td></tr>"
            for row in rows
        )
        head = "<tr><th>Order<th>Event<th>Status<th>Format<th>Total</tr>"
        table = f'<div class="scroll"><table>{head}{lines}</table></div>' if rows else "<p>No order yet.</p>"
        names = ", ".join(f"{escape(name)} / {escape(password)}" for name, _, password, _ in accounts())
        return f"<p>Accounts: {names}.</p>{table}"

    def events(self, request: StandinRequest) -> Response:
        """Every event and what it sells, for picking ids: also drafts, private ones, removed ones."""
        with self._env.store.connect() as connection:
            rows = connection.execute("SELECT * FROM th_events ORDER BY start_at, id").fetchall()
            configs: dict[int, list[dict[str, Any]]] = {}
            for row in connection.execute("SELECT * FROM th_configs ORDER BY id"):
                body = json.loads(row["body"])
                configs.setdefault(row["event_id"], []).append(
                    {
                        "id": row["id"],
                        "name": body["name"],
                        "pricing_type": body["pricing_type"],
                        "face_value": body["face_value"],
                        "currency": body["currency"],
                        "left": row["quantity"] - row["taken"],
                        "start_sale_at": body["start_sale_at"],
                        "end_sale_at": body["end_sale_at"],
                    }
                )
        found = [
            {
                "id": row["id"],
                "parent_id": row["parent_id"],
                "slug": row["slug"],
                "name": row["name"],
                "status": row["status"],
                "visible": bool(row["visible"]),
                "removed": bool(row["removed"]),
                "organizer": row["organizer"],
                "start_at": row["start_at"],
                "end_at": row["end_at"],
                "access_token": self._world.access_token(row),
                "ticket_config": configs.get(row["id"], []),
            }
            for row in rows
        ]
        return as_json({"events": found})

    def change_event(self, request: StandinRequest, event_id: int | None = None) -> Response:
        """``name``, ``description``, ``status``, ``visible``, ``start_at``, ``end_at``, ``remove`` (true/false).

        Name, status and removal of a recurring event hold for its occurrences as well.
        """
        given = arguments(request)
        number = event_id if event_id is not None else int(given.pop("event", 0) or 0)
        given.pop("event", None)
        columns = {"name", "status", "visible", "start_at", "end_at", "remove", "description"}
        unknown = set(given) - columns
        if unknown:
            raise ValueError(f"An event has {', '.join(sorted(columns))}; not {', '.join(sorted(unknown))}.")
        if given.get("status", "draft") not in STATUSES:
            raise ValueError(f"status is one of {', '.join(sorted(STATUSES))}.")
        with self._env.store.write() as connection:
            if not connection.execute("SELECT 1 FROM th_events WHERE id = ?", (number,)).fetchone():
                raise LookupError(f"No event {number}.")
            for name, value in given.items():
                self._set(connection, number, name, value)
            if given.get("status") == "canceled":
                for row in connection.execute(
                    "SELECT id FROM th_events WHERE id = ? OR parent_id = ?", (number, number)
                ).fetchall():
                    self._world.states.event_cancelled(connection, row["id"])
        return as_json({"ok": True, "event": number})

    @staticmethod
    def _set(connection: sqlite3.Connection, number: int, name: str, value: Any) -> None:
        family = "WHERE id = ? OR parent_id = ?"
        truth = str(value).lower() in {"true", "1"}
        if name == "description":
            connection.execute(
                f"UPDATE th_events SET body = json_set(body, '$.description', ?) {family}",
                (value, number, number),
            )
        elif name in {"visible", "remove"}:
            column = "visible" if name == "visible" else "removed"
            connection.execute(f"UPDATE th_events SET {column} = ? {family}", (int(truth), number, number))
        elif name in {"name", "status"}:
            connection.execute(f"UPDATE th_events SET {name} = ? {family}", (value, number, number))
            if name == "status":
                state = value if value in {"draft", "committed"} else "published"
                connection.execute(
                    "UPDATE th_configs SET body = json_set(body, '$.status', ?)"
                    f" WHERE event_id IN (SELECT id FROM th_events {family})",
                    (state, number, number),
                )
        else:
            connection.execute(f"UPDATE th_events SET {name} = ? WHERE id = ?", (value, number))

    def change_config(self, request: StandinRequest, config_id: int | None = None) -> Response:
        """``price`` (minor units), ``left`` (0 sells it out), ``start_sale_at``, ``end_sale_at``, ``name``,
        ``tickets_per_user``, ``visible``. Orders that exist keep their price."""
        given = arguments(request)
        number = config_id if config_id is not None else int(given.pop("config", 0) or 0)
        given.pop("config", None)
        paths = {"price": "face_value", "start_sale_at": "start_sale_at", "end_sale_at": "end_sale_at",
                 "name": "name", "tickets_per_user": "tickets_per_user", "visible": "visible"}  # fmt: skip
        unknown = set(given) - {*paths, "left"}
        if unknown:
            raise ValueError(
                f"A ticket config has {', '.join(paths)}, left; not {', '.join(sorted(unknown))}."
            )
        with self._env.store.write() as connection:
            row = connection.execute("SELECT * FROM th_configs WHERE id = ?", (number,)).fetchone()
            if row is None:
                raise LookupError(f"No ticket config {number}.")
            body = json.loads(row["body"])
            for name, value in given.items():
                if name in {"price", "tickets_per_user"}:
                    body[paths[name]] = int(value)
                elif name == "visible":
                    body["visible"] = str(value).lower() in {"true", "1"}
                elif name != "left":
                    body[paths[name]] = str(value)
            quantity = row["taken"] + int(given["left"]) if "left" in given else row["quantity"]
            connection.execute(
                "UPDATE th_configs SET body = ?, quantity = ? WHERE id = ?",
                (json.dumps(body), quantity, number),
            )
        return as_json({"ok": True, "config": number})

    def orders(self, request: StandinRequest) -> Response:
        return as_json(self._world.books())

    def expire(self, request: StandinRequest, order_id: int | None = None) -> Response:
        """Close the payment window of one open order now."""
        number = order_id if order_id is not None else int(arguments(request).get("order") or 0)
        with self._env.store.write() as connection:
            changed = connection.execute(
                "UPDATE th_orders SET expires_at = ? WHERE id = ? AND status IN ('draft', 'payment_processing')",
                (self._env.clock.now().timestamp(), number),
            ).rowcount
        if not changed:
            raise LookupError(f"No open order {number}.")
        self._world.states.catch_up()
        return as_json({"ok": True, "order": number})

    def seats(self, request: StandinRequest) -> Response:
        """Seats that are not free, and who has them; ``event`` for one event only."""
        return as_json({"seats": self._taken_seats(request.args.get("event"))})

    def _taken_seats(self, key: str | None = None) -> dict[str, list[dict[str, Any]]]:
        found = {}
        with self._env.store.read() as connection:
            for row in connection.execute("SELECT DISTINCT event_key FROM th_chart_seats ORDER BY event_key"):
                if key in {None, row["event_key"]}:
                    found[row["event_key"]] = [
                        {name: seat[name] for name in ("label", "status", "hold_token", "order_id")}
                        for seat in self._world.seats.all(connection, row["event_key"])
                        if seat["status"] != FREE
                    ]
        return found

    def change_seats(self, request: StandinRequest) -> Response:
        """``event``, ``seats`` (labels with commas), ``status`` (``booked`` unless said): somebody outside, whom no
        hold stops. What Tickethead counts as available does not change."""
        given = arguments(request)
        key, status = str(given.get("event") or ""), str(given.get("status") or BOOKED)
        labels = [label.strip() for label in str(given.get("seats") or "").split(",") if label.strip()]
        if status not in {BOOKED, FREE}:
            raise ValueError(f"status is {BOOKED} or {FREE}.")
        if not labels:
            raise ValueError("seats holds at least one label.")
        try:
            with self._env.store.write() as connection:
                self._world.seats.force(connection, key, labels, status)
        except UnknownSeatError as problem:
            raise LookupError(f"Event {key} has no seat {problem.label}.") from None
        return as_json({"ok": True, "event": key, "seats": labels, "status": status})

    def expire_token(self, request: StandinRequest, token: str) -> Response:
        with self._env.store.write() as connection:
            found = self._world.seats.token(connection, token)
            if found is None:
                raise LookupError("No such live hold token.")
            self._world.seats.expire_in(connection, found, 0)
        return as_json({"ok": True})

    def settings(self, request: StandinRequest) -> Response:
        if request.method == "POST":
            return as_json(self._world.settings.set(arguments(request)))
        return as_json(self._world.settings.all())

    def books(self) -> dict[str, Any]:
        """Every order with its money in minor units and its tickets; what is held and sold per config."""
        self._world.states.catch_up()
        with self._env.store.read() as connection:
            orders = connection.execute("SELECT * FROM th_orders ORDER BY id").fetchall()
            tickets: dict[int, list[dict[str, Any]]] = {}
            for row in connection.execute("SELECT * FROM th_tickets ORDER BY id"):
                shown = {"id": row["id"], "ticket_config_id": row["config_id"], "seq_num": row["seq"],
                         "status": row["status"], "seat": row["seat"], "price": row["price"]}  # fmt: skip
                tickets.setdefault(row["order_id"], []).append(shown)
            contacts = {
                row["order_id"]: json.loads(row["body"])
                for row in connection.execute("SELECT * FROM th_contacts")
            }
            mails = [dict(row) for row in connection.execute("SELECT * FROM th_mails ORDER BY id")]
            touched = connection.execute(
                "SELECT id, event_id, quantity, taken FROM th_configs"
                " WHERE id IN (SELECT DISTINCT config_id FROM th_tickets) ORDER BY id"
            ).fetchall()
        return {
            "orders": [
                {
                    "id": row["id"],
                    "owner_id": row["owner_id"],
                    "owner_type": row["owner_kind"],
                    "event_id": row["event_id"],
                    "status": row["status"],
                    "format": row["format"],
                    "total": row["total"],
                    "total_shown": amount(row["total"]),
                    "refunded": row["refunded"],
                    "currency": row["currency"],
                    "payment_id": row["payment_id"],
                    "late_payments_returned": row["late"],
                    "contact": contacts.get(row["id"]),
                    "tickets": tickets.get(row["id"], []),
                }
                for row in orders
            ],
            "mails": mails,
            "stock": [dict(row) for row in touched],
            "seats": self._taken_seats(),
        }

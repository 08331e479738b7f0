"""How orders of the imitated Tickethead live: held, paid, failed, refunded; what that does to stock and seats.

Source: order and ticket states of the vendor's own client. That drafts expire with the payment window, that freed
tickets go back on sale, and that money which comes after the window is given back is not documented; our reading.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from shop.standin import stripe_charges as charges
from shop.standin.stripe_ledger import TICKETHEAD_ACCOUNT
from shop.standin.tickethead_money import shares
from shop.standin.tickethead_settings import AT_THE_LATEST
from shop.standin.tickethead_wire import bad, iso
from shop.standin.wsgi import Env

if TYPE_CHECKING:
    from shop.standin.stripe import Stripe
    from shop.standin.tickethead import Tickethead

SCHEMA = """
CREATE TABLE IF NOT EXISTS th_orders (
    id INTEGER PRIMARY KEY AUTOINCREMENT, owner_id INTEGER NOT NULL, owner_kind TEXT NOT NULL, event_id INTEGER NOT NULL,
    organizer TEXT NOT NULL, status TEXT NOT NULL, format TEXT NOT NULL, total INTEGER NOT NULL, currency TEXT NOT NULL,
    refunded INTEGER NOT NULL DEFAULT 0, hold_token TEXT, created_at TEXT NOT NULL, expires_at REAL NOT NULL,
    payment_id TEXT, payment_type TEXT, payment_created_at TEXT, money_at REAL, paid_due REAL,
    polls_left INTEGER NOT NULL DEFAULT 0, downloads_left INTEGER NOT NULL DEFAULT 0, late INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS th_orders_open ON th_orders (expires_at) WHERE status IN ('draft', 'payment_processing');
CREATE INDEX IF NOT EXISTS th_orders_owner ON th_orders (owner_id);
CREATE TABLE IF NOT EXISTS th_items (
    id INTEGER PRIMARY KEY AUTOINCREMENT, order_id INTEGER NOT NULL, config_id INTEGER NOT NULL, sector_id INTEGER,
    timeslot_id INTEGER, quantity INTEGER NOT NULL, price INTEGER NOT NULL, discounts TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS th_items_order ON th_items (order_id);
CREATE TABLE IF NOT EXISTS th_tickets (
    id INTEGER PRIMARY KEY AUTOINCREMENT, order_id INTEGER NOT NULL, item_id INTEGER NOT NULL, config_id INTEGER NOT NULL,
    seq INTEGER NOT NULL, status TEXT NOT NULL, seat TEXT, format TEXT NOT NULL, price INTEGER NOT NULL,
    holder TEXT, updated_at TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS th_tickets_order ON th_tickets (order_id);
CREATE TABLE IF NOT EXISTS th_contacts (
    id INTEGER PRIMARY KEY AUTOINCREMENT, order_id INTEGER NOT NULL UNIQUE, body TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS th_intents (intent_id TEXT PRIMARY KEY, order_id INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS th_mails (
    id INTEGER PRIMARY KEY AUTOINCREMENT, order_id INTEGER NOT NULL, kind TEXT NOT NULL, recipient TEXT NOT NULL,
    at TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS th_free_seqs (config_id INTEGER NOT NULL, seq INTEGER NOT NULL);
"""
LIVE = ("draft", "payment_processing", "paid", "partially_refunded")


class States:
    def __init__(self, world: Tickethead, env: Env) -> None:
        self._world = world
        self._env = env

    def catch_up(self) -> None:
        """What time has done since the last call: windows that closed, payments that became known."""
        now = self._env.clock.now().timestamp()
        due = (
            "SELECT id FROM th_orders WHERE status IN ('draft', 'payment_processing') AND ("
            " (money_at IS NULL AND expires_at <= :now) OR (money_at IS NOT NULL AND paid_due <= :now"
            "  AND (polls_left <= 0 OR paid_due + :latest <= :now)))"
        )
        values = {"now": now, "latest": AT_THE_LATEST}
        with self._env.store.connect() as connection:
            if connection.execute(due + " LIMIT 1", values).fetchone() is None:
                return
        with self._env.store.write() as connection:
            for row in connection.execute(due, values).fetchall():
                order = self.order(connection, row["id"])
                if order["money_at"] is None:
                    self.fail(connection, order)
                else:
                    self.pay(connection, order)

    @staticmethod
    def order(connection: sqlite3.Connection, order_id: int) -> sqlite3.Row:
        row: sqlite3.Row = connection.execute("SELECT * FROM th_orders WHERE id = ?", (order_id,)).fetchone()
        return row

    def polled(self, order_id: int) -> None:
        """Somebody looked at an order whose money is already there: the news is one look nearer."""
        with self._env.store.connect() as connection:
            row = self.order(connection, order_id)
        if row["money_at"] is not None and row["status"] == "payment_processing" and row["polls_left"] > 0:
            with self._env.store.write() as connection:
                connection.execute(
                    "UPDATE th_orders SET polls_left = polls_left - 1 WHERE id = ? AND polls_left > 0",
                    (order_id,),
                )

    def on_stripe_event(self, connection: sqlite3.Connection, event: dict[str, Any]) -> None:
        """Stripe tells Tickethead about its own account; runs inside the transaction that moved the money."""
        if event["type"] != "payment_intent.succeeded":
            return
        intent_id = event["data"]["object"]["id"]
        row = connection.execute(
            "SELECT order_id FROM th_intents WHERE intent_id = ?", (intent_id,)
        ).fetchone()
        if row is None:
            return
        now = self._env.clock.now().timestamp()
        order = self.order(connection, row["order_id"])
        waiting = order["status"] == "payment_processing" and order["money_at"] is None
        if waiting and order["expires_at"] <= now:
            self.fail(connection, order)
            waiting = False
        if not waiting:
            self._give_back(connection, order["id"], intent_id)
            return
        options = self._world.settings.all()
        connection.execute(
            "UPDATE th_orders SET money_at = ?, paid_due = ?, polls_left = ?, downloads_left = ?, payment_id = ?"
            " WHERE id = ?",
            (
                now,
                now + options["lag_seconds"],
                options["lag_polls"],
                options["download_lag"],
                intent_id,
                order["id"],
            ),
        )

    def _give_back(self, connection: sqlite3.Connection, order_id: int, intent_id: str) -> None:
        with self._stripe().ledger(account=TICKETHEAD_ACCOUNT) as ledger:
            charges.refund(ledger, {"payment_intent": intent_id, "metadata": {"reason": "order was closed"}})
        connection.execute("UPDATE th_orders SET late = late + 1 WHERE id = ?", (order_id,))

    def _stripe(self) -> Stripe:
        world = self._env.worlds["stripe"]
        return world  # type: ignore[return-value]

    def pay(self, connection: sqlite3.Connection, order: sqlite3.Row) -> None:
        connection.execute("UPDATE th_orders SET status = 'paid' WHERE id = ?", (order["id"],))
        self._mark(connection, "order_id = ?", (order["id"],), "confirmed")
        if order["format"] in {"PDF", "PKPASS"}:
            self.mail(connection, order["id"], "tickets")

    def mail(self, connection: sqlite3.Connection, order_id: int, kind: str) -> None:
        row = connection.execute("SELECT body FROM th_contacts WHERE order_id = ?", (order_id,)).fetchone()
        recipient = json.loads(row["body"])["email"] if row else ""
        connection.execute(
            "INSERT INTO th_mails (order_id, kind, recipient, at) VALUES (?, ?, ?, ?)",
            (order_id, kind, recipient, iso(self._env.clock.now())),
        )

    def fail(self, connection: sqlite3.Connection, order: sqlite3.Row) -> None:
        """The window closed, or somebody cancelled: an end state; what was held goes back on sale."""
        connection.execute("UPDATE th_orders SET status = 'payment_failed' WHERE id = ?", (order["id"],))
        self.release(connection, self.tickets(connection, order["id"]))

    @staticmethod
    def tickets(connection: sqlite3.Connection, order_id: int) -> list[sqlite3.Row]:
        return connection.execute(
            "SELECT t.*, i.sector_id, i.timeslot_id, i.discounts FROM th_tickets t JOIN th_items i ON i.id = t.item_id"
            " WHERE t.order_id = ? ORDER BY t.id",
            (order_id,),
        ).fetchall()

    def release(self, connection: sqlite3.Connection, tickets: Iterable[sqlite3.Row]) -> None:
        for ticket in tickets:
            if ticket["status"] not in {"reserved", "confirmed", "issued", "unavailable"}:
                continue
            connection.execute("UPDATE th_configs SET taken = taken - 1 WHERE id = ?", (ticket["config_id"],))
            connection.execute("INSERT INTO th_free_seqs VALUES (?, ?)", (ticket["config_id"], ticket["seq"]))
            for area in (ticket["sector_id"], ticket["timeslot_id"]):
                if area is not None:
                    connection.execute("UPDATE th_areas SET taken = taken - 1 WHERE id = ?", (area,))
            for discount in json.loads(ticket["discounts"]):
                connection.execute("UPDATE th_discounts SET taken = taken - 1 WHERE id = ?", (discount,))
            if ticket["seat"]:
                event = str(self.order(connection, ticket["order_id"])["event_id"])
                self._world.seats.give_back(connection, event, ticket["seat"], ticket["order_id"])
            self._mark(connection, "id = ?", (ticket["id"],), "available")

    def _mark(self, connection: sqlite3.Connection, where: str, values: tuple[Any, ...], status: str) -> None:
        connection.execute(
            f"UPDATE th_tickets SET status = ?, updated_at = ? WHERE {where}",
            (status, iso(self._env.clock.now()), *values),
        )

    def event_cancelled(self, connection: sqlite3.Connection, event_id: int) -> None:
        """Tickets of live orders become unavailable; giving the money back stays the organizer's step."""
        self._mark(
            connection,
            "order_id IN (SELECT id FROM th_orders WHERE event_id = ?) AND status IN ('reserved', 'confirmed')",
            (event_id,),
            "unavailable",
        )

    def refund(self, connection: sqlite3.Connection, order: sqlite3.Row, wanted: list[int] | None) -> int:
        """Give back some tickets or, with None, the rest of the order; minor units that went back.

        A part is worth its share of the line; fees of the order go back with the last ticket only.
        """
        if order["status"] not in {"paid", "partially_refunded"}:
            raise bad("order_not_refundable", f"Order {order['id']} cannot be refunded")
        live = [row for row in self.tickets(connection, order["id"]) if row["status"] != "available"]
        chosen = live if wanted is None else [row for row in live if row["id"] in wanted]
        if not chosen or (wanted is not None and len(chosen) != len(set(wanted))):
            raise bad("validation_failed", "ticket_ids must name tickets of this order that are not refunded")
        whole = len(chosen) == len(live)
        amount = order["total"] - order["refunded"] if whole else sum(row["price"] for row in chosen)
        if amount and order["payment_id"]:
            with self._stripe().ledger(account=TICKETHEAD_ACCOUNT) as ledger:
                charges.refund(ledger, {"payment_intent": order["payment_id"], "amount": str(amount)})
        self.release(connection, chosen)
        connection.execute(
            "UPDATE th_orders SET status = ?, refunded = refunded + ? WHERE id = ?",
            ("refunded" if whole else "partially_refunded", amount, order["id"]),
        )
        return int(amount)

    def hold(
        self,
        connection: sqlite3.Connection,
        order_id: int,
        item_id: int,
        item: dict[str, Any],
        price: int,
        form: str,
    ) -> None:
        """Take the tickets of one checked line out of stock and write them down."""
        quantity, config = item["quantity"], item["config"]["id"]
        connection.execute("UPDATE th_configs SET taken = taken + ? WHERE id = ?", (quantity, config))
        for area in (item["sector_id"], item["timeslot_id"]):
            if area is not None:
                connection.execute("UPDATE th_areas SET taken = taken + ? WHERE id = ?", (quantity, area))
        for discount in item["discounts"]:
            connection.execute(
                "UPDATE th_discounts SET taken = taken + ? WHERE id = ?", (quantity, discount["id"])
            )
        seats = item["seats"] or [None] * quantity
        for seat, share in zip(seats, shares(price, quantity), strict=True):
            connection.execute(
                "INSERT INTO th_tickets (order_id, item_id, config_id, seq, status, seat, format, price, updated_at)"
                " VALUES (?, ?, ?, ?, 'reserved', ?, ?, ?, ?)",
                (
                    order_id,
                    item_id,
                    config,
                    self._seq(connection, config),
                    seat,
                    form,
                    share,
                    iso(self._env.clock.now()),
                ),
            )

    @staticmethod
    def _seq(connection: sqlite3.Connection, config: int) -> int:
        """The serial number of the next ticket: one that came back, else a new one."""
        row = connection.execute(
            "DELETE FROM th_free_seqs WHERE rowid = (SELECT rowid FROM th_free_seqs WHERE config_id = ?"
            " ORDER BY seq LIMIT 1) RETURNING seq",
            (config,),
        ).fetchone()
        if row is None:
            row = connection.execute(
                "UPDATE th_configs SET next_seq = next_seq + 1 WHERE id = ? RETURNING next_seq - 1 AS seq",
                (config,),
            ).fetchone()
        return int(row["seq"])

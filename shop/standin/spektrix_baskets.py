"""Baskets of the imitated Spektrix: whose they are, what is in them, when they give their stock back.

A basket is that of a visitor's session (web mode) or one made by a signed call. Every change moves its ``hash``.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from shop.standin.spektrix_deliveries import COLUMNS, Option, chosen, for_merchandise, for_tickets
from shop.standin.spektrix_ids import wire_id
from shop.standin.spektrix_season import Offer, Tenant
from shop.standin.spektrix_sessions import Session
from shop.standin.spektrix_wire import missing
from shop.standin.wsgi import Env

if TYPE_CHECKING:
    from shop.standin.spektrix import Spektrix

SCHEMA = """
CREATE TABLE IF NOT EXISTS spk_baskets (
    id INTEGER PRIMARY KEY AUTOINCREMENT, client TEXT NOT NULL, mode TEXT NOT NULL, login TEXT NOT NULL,
    state TEXT NOT NULL, version INTEGER NOT NULL DEFAULT 0, touched REAL NOT NULL, customer INTEGER,
    promo TEXT, ticket_delivery INTEGER, merchandise_delivery INTEGER, attributes TEXT NOT NULL DEFAULT '{}',
    checkout TEXT NOT NULL DEFAULT '{}'
);
CREATE TABLE IF NOT EXISTS spk_lines (
    id INTEGER PRIMARY KEY AUTOINCREMENT, client TEXT NOT NULL, basket_id INTEGER NOT NULL, kind TEXT NOT NULL,
    thing INTEGER NOT NULL, price INTEGER NOT NULL, body TEXT NOT NULL, order_id TEXT
);
CREATE INDEX IF NOT EXISTS spk_lines_basket ON spk_lines (basket_id);
"""
KINDS = ("donations", "merchandise", "memberships", "subscriptions", "vouchers")


@dataclass
class Ticket:
    row: sqlite3.Row
    offer: Offer | None = None
    discount: int = 0

    @property
    def total(self) -> int:
        return int(self.row["price"]) + int(self.row["commission"]) - self.discount


@dataclass
class Contents:
    """What is in a basket, priced: minor units."""

    row: sqlite3.Row
    tickets: list[Ticket] = field(default_factory=list)
    lines: dict[str, list[sqlite3.Row]] = field(default_factory=dict)
    ticket_options: list[Option] = field(default_factory=list)
    merchandise_options: list[Option] = field(default_factory=list)

    @property
    def ticket_delivery(self) -> Option | None:
        return chosen(self.row["ticket_delivery"], self.ticket_options)

    @property
    def merchandise_delivery(self) -> Option | None:
        return chosen(self.row["merchandise_delivery"], self.merchandise_options)

    @property
    def empty(self) -> bool:
        return not self.tickets and not any(self.lines.values())

    @property
    def total(self) -> int:
        return (
            sum(ticket.total for ticket in self.tickets)
            + sum(row["price"] for rows in self.lines.values() for row in rows)
            + sum(each.fee for each in (self.ticket_delivery, self.merchandise_delivery) if each)
        )

    @property
    def discount(self) -> int:
        return sum(ticket.discount for ticket in self.tickets)

    @property
    def offers(self) -> list[Offer]:
        return list(dict.fromkeys(ticket.offer for ticket in self.tickets if ticket.offer))

    @property
    def hash(self) -> str:
        if self.empty and self.row["customer"] is None:
            return "NotLoggedIn"
        return hashlib.sha256(f"{self.row['id']}|{self.row['version']}".encode()).hexdigest()[:16]


class Baskets:
    def __init__(self, world: Spektrix, env: Env) -> None:
        self.world, self.env = world, env

    def sweep(self) -> None:
        """Baskets that nobody touched for too long give back what they held."""
        limit = self.env.clock.now().timestamp() - 60 * int(self.world.settings["basket_minutes"])
        with self.env.store.connect() as connection:
            old = connection.execute(
                "SELECT id FROM spk_baskets WHERE state = 'open' AND touched < ?", (limit,)
            ).fetchall()
        for row in old:
            with self.env.store.write() as connection:
                self.empty(connection, row["id"])
                connection.execute("UPDATE spk_baskets SET state = 'expired' WHERE id = ?", (row["id"],))

    def empty(self, connection: sqlite3.Connection, basket_id: int) -> None:
        connection.execute("DELETE FROM spk_tickets WHERE basket_id = ? AND order_id IS NULL", (basket_id,))
        connection.execute("DELETE FROM spk_lines WHERE basket_id = ? AND order_id IS NULL", (basket_id,))
        connection.execute(
            "UPDATE spk_baskets SET version = version + 1, promo = NULL, attributes = '{}', checkout = '{}',"
            " ticket_delivery = NULL, merchandise_delivery = NULL WHERE id = ?",
            (basket_id,),
        )

    def row(self, connection: sqlite3.Connection, basket_id: int | None) -> sqlite3.Row | None:
        """The open basket of that number."""
        row: sqlite3.Row | None = connection.execute(
            "SELECT * FROM spk_baskets WHERE id = ? AND state = 'open'", (basket_id or 0,)
        ).fetchone()
        return row

    def create(
        self,
        connection: sqlite3.Connection,
        tenant: Tenant,
        mode: str,
        login: str = "",
        customer: int | None = None,
    ) -> sqlite3.Row:
        cursor = connection.execute(
            "INSERT INTO spk_baskets (client, mode, login, state, touched, customer) VALUES (?, ?, ?, 'open', ?, ?)",
            (tenant.client, mode, login, self.env.clock.now().timestamp(), customer),
        )
        row = self.row(connection, cursor.lastrowid)
        assert row is not None
        return row

    def of_session(
        self, connection: sqlite3.Connection, tenant: Tenant, session: Session
    ) -> sqlite3.Row | None:
        return self.row(connection, session.basket_id)

    def needed(self, connection: sqlite3.Connection, tenant: Tenant, session: Session) -> sqlite3.Row:
        """The session's basket, made if there is none. Without a cookie it is one that nobody will find again."""
        row = self.of_session(connection, tenant, session)
        if row is None:
            row = self.create(connection, tenant, "web", customer=session.customer)
            session.basket_id = row["id"]
            self.world.sessions.save(session)
        return row

    def signed(
        self, connection: sqlite3.Connection, tenant: Tenant, number: int | None, mode: str, login: str
    ) -> sqlite3.Row:
        """A basket made by a signed call; an agent sees its own only, and nobody else sees those. Raises 404."""
        row = self.row(connection, number)
        if (
            row is None
            or row["client"] != tenant.client
            or ("agent" in (mode, row["mode"]) and (row["mode"], row["login"]) != (mode, login))
        ):
            raise missing("Basket")
        return row

    def touch(self, connection: sqlite3.Connection, basket_id: int) -> sqlite3.Row:
        """After a change: a new hash, the time-out begins again, and a delivery that is not offered any more is gone."""
        before = self.row(connection, basket_id)
        if before is not None:
            found = self.contents(connection, self.world.tenants[before["client"]], before)
            lost = {
                "ticketDelivery": found.tickets and found.ticket_delivery is None,
                "merchandiseDelivery": found.lines["merchandise"] and found.merchandise_delivery is None,
            }
            for name, column in COLUMNS.items():
                if before[column] is not None and lost[name]:
                    connection.execute(f"UPDATE spk_baskets SET {column} = NULL WHERE id = ?", (basket_id,))
        connection.execute(
            "UPDATE spk_baskets SET version = version + 1, touched = ? WHERE id = ?",
            (self.env.clock.now().timestamp(), basket_id),
        )
        row = self.row(connection, basket_id)
        assert row is not None
        return row

    def contents(self, connection: sqlite3.Connection, tenant: Tenant, row: sqlite3.Row) -> Contents:
        found = Contents(row)
        found.tickets = [
            Ticket(each) for each in connection.execute(
                "SELECT * FROM spk_tickets WHERE basket_id = ? AND order_id IS NULL ORDER BY id", (row["id"],)
            )
        ]  # fmt: skip
        found.lines = {kind: [] for kind in KINDS}
        for each in connection.execute(
            "SELECT * FROM spk_lines WHERE basket_id = ? AND order_id IS NULL ORDER BY id", (row["id"],)
        ):
            found.lines[each["kind"]].append(each)
        self._discount(tenant, found)
        local = self.env.programme.local_now(tenant.zone)
        sold = [each.row for each in found.tickets]
        found.ticket_options = for_tickets(self.world, tenant, row["mode"], sold, local)
        found.merchandise_options = for_merchandise(self.world, tenant, found.lines["merchandise"])
        return found

    def _discount(self, tenant: Tenant, found: Contents) -> None:
        """One offer a ticket, the best: promo code, many tickets of one event, a membership."""
        held = {row["thing"] for row in found.lines["memberships"]}
        held |= self.world.customers.memberships(tenant, found.row["customer"])
        by_event: dict[int, int] = {}
        for ticket in found.tickets:
            index = ticket.row["instance"] % 1000 // 10
            by_event[index] = by_event.get(index, 0) + 1
        offers = [o for o in tenant.offers if not o.code or o.code == found.row["promo"]]
        offers += [
            Offer(7500 + m.number, f"{m.name}: member price", m.about, m.percent)
            for m in tenant.memberships if m.number in held
        ]  # fmt: skip
        for ticket in found.tickets:
            index = ticket.row["instance"] % 1000 // 10
            fitting = [
                o for o in offers if (not o.events or index in o.events) and by_event[index] >= o.minimum
            ]
            if fitting and ticket.row["price"]:
                ticket.offer = max(fitting, key=lambda each: each.percent)
                ticket.discount = ticket.row["price"] * ticket.offer.percent // 100

    def saved_with(
        self, connection: sqlite3.Connection, tenant: Tenant, row: sqlite3.Row, membership: int
    ) -> int:
        """What the tickets would cost less with that membership, minor units."""
        found = self.contents(connection, tenant, row)
        percent = next((m.percent for m in tenant.memberships if m.number == membership), 0)
        return sum(max(0, t.row["price"] * percent // 100 - t.discount) for t in found.tickets)


def body_of_line(row: sqlite3.Row) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(row["body"])
    return body


def line_id(row: sqlite3.Row) -> str:
    return wire_id(row["id"])

"""Orders of the imitated Spektrix: what the checkout makes of a basket, and how signed calls read them.

Paged, with ``DateFrom`` and ``DateTo``. The fields of an order are not documented; our reading: those of a basket,
``orderDate`` and, when the switch says so, the basket it came from.
"""

from __future__ import annotations

import json
import sqlite3
from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Response

from shop.standin.programme import seeded
from shop.standin.spektrix_baskets import Contents
from shop.standin.spektrix_callers import Caller
from shop.standin.spektrix_catalogue import lowered
from shop.standin.spektrix_deliveries import BY_AGENT, PRINT
from shop.standin.spektrix_season import Tenant
from shop.standin.spektrix_sessions import Session
from shop.standin.spektrix_wire import (
    Json,
    Refusal,
    at_or_after,
    before,
    day_or_moment,
    missing,
    money,
    utc_text,
)
from shop.standin.wsgi import Env, StandinRequest, as_json

if TYPE_CHECKING:
    from shop.standin.spektrix import Spektrix

SCHEMA = """
CREATE TABLE IF NOT EXISTS spk_orders (
    number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL, client TEXT NOT NULL, basket_id INTEGER NOT NULL,
    mode TEXT NOT NULL, login TEXT NOT NULL, customer INTEGER, total INTEGER NOT NULL, means TEXT NOT NULL,
    at TEXT NOT NULL, local TEXT NOT NULL, body TEXT NOT NULL, mailed INTEGER NOT NULL DEFAULT 1
);
"""


def order_code(number: int) -> str:
    """``22-JZ-03GS``: how an order's id looks; the letters are ours."""
    chance = seeded("order", number)
    letters = "".join(chance.choice("BCDFGHJKLMNPQRSTVWXZ") for _ in range(2))
    tail = "".join(chance.choice("0123456789BCDFGHJKLMNPQRSTVWXZ") for _ in range(2))
    return f"{22 + number // 10_000}-{letters}-{number % 100:02d}{tail}"


def barcode(ticket_id: str) -> str:
    """What the door reads: thirteen digits. Whether an order shows them is not documented; our reading: to an agent that
    hands the tickets over itself or lets people print them."""
    return f"{seeded('barcode', ticket_id).randrange(10**13):013d}"


class Orders:
    def __init__(self, world: Spektrix, env: Env) -> None:
        self.world, self.env = world, env

    def make(
        self, request: StandinRequest, caller: Caller, customer: int | None, means: str, *, mail: bool = True
    ) -> Json | None:
        """The order of the caller's basket; None when it is gone. The basket is closed, its places are sold."""
        tenant = caller.tenant
        with self.env.store.write() as connection:
            found = caller.contents(connection)
            if found is None:
                return None
            if customer is not None:
                connection.execute(
                    "UPDATE spk_baskets SET customer = ? WHERE id = ?", (customer, found.row["id"])
                )
            row = self.world.baskets.row(connection, found.row["id"])
            assert row is not None
            found = self.world.baskets.contents(connection, tenant, row)
            body = self._insert(request, connection, caller, found, means, mail)
        if caller.session is not None:
            caller.session.basket_id, caller.session.last_order = None, body["id"]
            self.world.queue.leave(caller.session)
        return body

    def _insert(
        self, request: StandinRequest, connection: sqlite3.Connection, caller: Caller, found: Contents, means: str,
        mail: bool,
    ) -> Json:  # fmt: skip
        tenant, row = caller.tenant, found.row
        now = self.env.clock.now()
        local = now.astimezone(tenant.zone).replace(tzinfo=None, microsecond=0)
        body = self.world.view.basket(request, tenant, found)
        cursor = connection.execute(
            "INSERT INTO spk_orders (id, client, basket_id, mode, login, customer, total, means, at, local, body, mailed)"
            " VALUES ('', ?, ?, ?, ?, ?, ?, ?, ?, ?, '', ?)",
            (tenant.client, row["id"], caller.mode, caller.login, row["customer"], found.total, means, now.isoformat(),
             local.isoformat(), int(mail)),
        )  # fmt: skip
        number = int(cursor.lastrowid or 0)
        code = order_code(number)
        basket_id = body.pop("basketId")
        for name in ("hash", "disableWebComponents", "potentialOffers", "ticketDeliveryOptions",
                     "merchandiseDeliveryOptions", "defaultCardPaymentFee"):  # fmt: skip
            body.pop(name)
        body.update(id=code, orderDate=local.isoformat(), orderDateUtc=utc_text(local, tenant.zone),
                    total=money(found.total), payments=[{"amount": money(found.total), "type": means}])  # fmt: skip
        body["_basket"] = basket_id
        option = found.ticket_delivery
        if caller.mode == "agent" and option is not None and option.kind in {BY_AGENT, PRINT}:
            for ticket in body["tickets"]:
                ticket["barcode"] = barcode(ticket["id"])
        connection.execute(
            "UPDATE spk_orders SET id = ?, body = ? WHERE number = ?", (code, json.dumps(body), number)
        )
        for table in ("spk_tickets", "spk_lines"):
            connection.execute(
                f"UPDATE {table} SET order_id = ? WHERE basket_id = ? AND order_id IS NULL", (code, row["id"])
            )
        connection.execute(
            "UPDATE spk_baskets SET state = 'confirmed', version = version + 1 WHERE id = ?", (row["id"],)
        )
        for each in found.lines["memberships"]:
            if row["customer"] is not None:
                self.world.customers.grant(connection, row["customer"], each["thing"])
        return body

    # Reading

    def wire(self, row: sqlite3.Row) -> Json:
        body: dict[str, Any] = json.loads(row["body"])
        basket = body.pop("_basket")
        if int(self.world.settings["order_names_basket"]):
            body["basketId"] = basket
        return body

    def _rows(self, tenant: Tenant, mode: str, login: str) -> list[sqlite3.Row]:
        """An agent sees its own orders only."""
        with self.env.store.connect() as connection:
            return connection.execute(
                "SELECT * FROM spk_orders WHERE client = ? AND (? != 'agent' OR login = ?) ORDER BY number",
                (tenant.client, mode, login),
            ).fetchall()

    def listed(self, request: StandinRequest, tenant: Tenant, mode: str, login: str) -> Response:
        """A page of orders, oldest first; ``page`` counts from 1; a page behind the last is empty."""
        given = lowered(request)
        since, until = day_or_moment(given.get("datefrom")), day_or_moment(given.get("dateto"))
        found = []
        rows = self._rows(tenant, mode, login)
        if self.env.faults.take("spektrix", "orders_late", client=tenant.client):
            rows = rows[:-1]
        for row in rows:
            body = self.wire(row)
            local = day_or_moment(row["local"])
            assert local is not None
            if at_or_after(local, since) and before(local, until):  # type: ignore[arg-type]
                found.append(body)
        size = max(1, int(self.world.settings["orders_page"]))
        try:
            page = max(1, int(given.get("page") or 1))
        except ValueError:
            page = 1
        return as_json(found[(page - 1) * size : page * size])

    def one(self, request: StandinRequest, tenant: Tenant, mode: str, login: str, text: str) -> Response:
        row = next((row for row in self._rows(tenant, mode, login) if row["id"] == text), None)
        if row is None:
            raise missing("Order")
        return as_json(self.wire(row))

    def own(
        self, request: StandinRequest, tenant: Tenant, session: Session, text: str | None = None
    ) -> Response:
        """The visitor's own history."""
        if session.customer is None:
            raise Refusal(401, "No customer is logged in.", "NotLoggedIn")
        rows = [r for r in self._rows(tenant, "owner", "") if r["customer"] == session.customer]
        if text is None:
            return as_json([self.wire(row) for row in rows])
        row = next((each for each in rows if each["id"] == text), None)
        if row is None:
            raise missing("Order")
        return as_json(self.wire(row))

    def by_code(self, tenant: Tenant, code: str) -> sqlite3.Row | None:
        return next((row for row in self._rows(tenant, "owner", "") if row["id"] == code), None)

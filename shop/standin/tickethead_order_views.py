"""Orders and tickets as JSON, with the relations that were asked for.

Source: the resource types declared by the vendor's own client.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from typing import Any

from shop.standin.tickethead_views import CONFIG, Views
from shop.standin.tickethead_wire import Tree, amount

TICKET: Tree = {
    "ticket_config": CONFIG,
    "sector": {},
    "timeslot": {},
    "ticket_discount": {},
    "ticket_holder": {"address": {}},
    "order_item": {},
    "ticket_asset": {},
}
ORDER: Tree = {"order_item": {"ticket": TICKET, "ticket_config": CONFIG}, "order_contact": {}}


class OrderViews:
    def __init__(self, connection: sqlite3.Connection, origin: str) -> None:
        self._connection = connection
        self.views = Views(connection, origin)

    def order(self, row: sqlite3.Row, wanted: Tree) -> dict[str, Any]:
        shown: dict[str, Any] = {
            "id": row["id"],
            "owner_id": str(row["owner_id"]),
            "owner_type": row["owner_kind"],
            "payment_id": row["payment_id"],
            "format": row["format"],
            "status": row["status"],
            "total": amount(row["total"]),
            "refunded_amount": amount(row["refunded"]),
            "payment_created_at": row["payment_created_at"],
            "created_at": row["created_at"],
            "currency": row["currency"],
            "hold_token": row["hold_token"],
        }
        if "order_item" in wanted:
            shown["order_item"] = self._items(row, wanted["order_item"])
        if "order_contact" in wanted:
            found = self._connection.execute(
                "SELECT * FROM th_contacts WHERE order_id = ?", (row["id"],)
            ).fetchone()
            shown["order_contact"] = {"id": found["id"], **json.loads(found["body"])} if found else None
        return shown

    def _items(self, order: sqlite3.Row, wanted: Tree) -> list[dict[str, Any]]:
        items = self._connection.execute(
            "SELECT * FROM th_items WHERE order_id = ? ORDER BY id", (order["id"],)
        ).fetchall()
        tickets: dict[int, list[dict[str, Any]]] = {}
        if "ticket" in wanted:
            rows = self._connection.execute(
                "SELECT * FROM th_tickets WHERE order_id = ? ORDER BY id", (order["id"],)
            ).fetchall()
            for row, shown in zip(rows, self.tickets(rows, wanted["ticket"]), strict=True):
                tickets.setdefault(row["item_id"], []).append(shown)
        found = []
        for item in items:
            body: dict[str, Any] = {"id": item["id"], "price": amount(item["price"])}
            if "ticket" in wanted:
                body["ticket"] = tickets.get(item["id"], [])
            if "ticket_config" in wanted:
                body["ticket_config"] = self._one("th_configs", item["config_id"], wanted["ticket_config"])
            found.append(body)
        return found

    def tickets(self, rows: Sequence[sqlite3.Row], wanted: Tree) -> list[dict[str, Any]]:
        found = []
        for row in rows:
            shown: dict[str, Any] = {
                "id": row["id"],
                "seq_num": row["seq"],
                "status": row["status"],
                "kyc_status": "none",
                "enrollment_id": None,
                "seat_id": row["seat"],
                "format": row["format"],
                "updated_at": row["updated_at"],
            }
            item = self._connection.execute(
                "SELECT * FROM th_items WHERE id = ?", (row["item_id"],)
            ).fetchone()
            if "ticket_config" in wanted:
                shown["ticket_config"] = self._one("th_configs", row["config_id"], wanted["ticket_config"])
            for kind in ("sector", "timeslot"):
                if kind in wanted:
                    shown[kind] = self._one("th_areas", item[f"{kind}_id"], {})
            if "ticket_discount" in wanted:
                discounts = json.loads(item["discounts"])
                shown["ticket_discount"] = [self._one("th_discounts", number, {}) for number in discounts]
            if "ticket_holder" in wanted:
                holder = json.loads(row["holder"]) if row["holder"] else None
                shown["ticket_holder"] = {"id": row["id"], "response": holder} if holder else None
            if "order_item" in wanted:
                shown["order_item"] = {"id": item["id"], "price": amount(item["price"])}
            if "ticket_asset" in wanted:
                shown["ticket_asset"] = []
            found.append(shown)
        return found

    def _one(self, table: str, number: int | None, wanted: Tree) -> dict[str, Any] | None:
        if number is None:
            return None
        row = self._connection.execute(f"SELECT * FROM {table} WHERE id = ?", (number,)).fetchone()
        if row is None:
            return None
        if table == "th_configs":
            return self.views.configs([row], wanted)[0]
        return self.views.area(row) if table == "th_areas" else self.views.discount(row)

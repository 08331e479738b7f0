"""E-tickets, their zip and invoices: real small PDFs with true hashes. Source: XS2Event, "E-tickets"."""

from __future__ import annotations

import hashlib
import io
import json
import secrets
import sqlite3
import zipfile
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from werkzeug.wrappers import Response

from shop.standin.programme import seeded, slug
from shop.standin.tickethead_pdf import Sheet, document, letter
from shop.standin.wsgi import Env, Handler, StandinRequest, as_json
from shop.standin.xs2event_ids import fresh
from shop.standin.xs2event_query import Query
from shop.standin.xs2event_wire import Refusal, base_url, naive, not_found, problem

if TYPE_CHECKING:
    from shop.standin.xs2event import XS2Event

SCHEMA = """
CREATE TABLE IF NOT EXISTS xs2_files (
    id TEXT PRIMARY KEY,
    order_id TEXT NOT NULL,
    item_id TEXT NOT NULL,
    place INTEGER NOT NULL,
    label TEXT,
    name TEXT NOT NULL,
    sha TEXT NOT NULL,
    content BLOB NOT NULL,
    downloads INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS xs2_files_order ON xs2_files (order_id, place);
CREATE TABLE IF NOT EXISTS xs2_links (
    token TEXT PRIMARY KEY,
    order_id TEXT NOT NULL,
    until TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS xs2_invoices (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    order_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    created TEXT NOT NULL,
    total INTEGER NOT NULL,
    body TEXT NOT NULL
);
"""
# What comes as a PDF; the rest is posted or fetched at the gate.
_PRINTED = ("eticket", "appticket", "other")
_MAKER = "XS2Event stand-in"


class Documents:
    def __init__(self, world: XS2Event, env: Env) -> None:
        self._world = world
        self._env = env

    def routes(self) -> Iterable[tuple[str, str, Handler]]:
        return [
            ("GET", "/v1/etickets/download/zip/<wanted>", self.zip_address),
            ("GET", "/v1/etickets/download/<wanted>/<item_id>/url/<path:name>", self.download),
            ("GET", "/v1/bookingorders/<wanted>/invoice/<invoice_id>", self.invoice_file),
            ("GET", "/cdn/<token>/<name>", self.cdn),
        ]

    # Making

    def files(self, connection: sqlite3.Connection, order_id: str) -> dict[str, list[sqlite3.Row]]:
        """By order item, without their content."""
        found: dict[str, list[sqlite3.Row]] = {}
        for row in connection.execute(
            "SELECT id, item_id, label, name, sha, downloads FROM xs2_files WHERE order_id = ? ORDER BY place",
            (order_id,),
        ):
            found.setdefault(row["item_id"], []).append(row)
        return found

    def make(self, connection: sqlite3.Connection, order: sqlite3.Row) -> None:
        """The PDFs of every item that XS2Event delivers itself, and the zip over them. What is there stays as it is."""
        there = self.files(connection, order["id"])
        about = json.loads(order["body"])
        for item in connection.execute(
            "SELECT * FROM xs2_order_items WHERE order_id = ? ORDER BY place", (order["id"],)
        ).fetchall():
            body = json.loads(item["body"])
            wanted = item["channel"] == "xs2event" and body["type_ticket"] in _PRINTED
            if wanted and item["id"] not in there:
                labels = body["labels"] if about["sport_type"] == "formula1" else body["labels"][:1]
                for number, label in enumerate(labels):
                    several = len(labels) > 1
                    content = self._ticket(order, item, number, label if several else None)
                    stem = label[:3] if several else "ticket"
                    name = f"{stem}-{seeded(item['id'], number).randrange(36**5):05d}.pdf"
                    connection.execute(
                        "INSERT INTO xs2_files (id, order_id, item_id, place, label, name, sha, content)"
                        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                        (
                            fresh("dli"),
                            order["id"],
                            item["id"],
                            item["place"] * 10 + number,
                            label if several else None,
                            name,
                            hashlib.sha256(content).hexdigest(),
                            content,
                        ),
                    )
        packed = self._zip(connection, order["id"])
        sha = hashlib.sha256(packed).hexdigest() if packed else None
        connection.execute("UPDATE xs2_orders SET zip_sha = ? WHERE id = ?", (sha, order["id"]))

    def _ticket(self, order: sqlite3.Row, item: sqlite3.Row, number: int, label: str | None) -> bytes:
        """``number``: the days after the first one."""
        about, body = json.loads(order["body"]), json.loads(item["body"])
        facts = [("Category", body["category_name"]), ("Ticket", f"{item['place'] + 1}")]
        if body["row"]:
            facts += [("Section", body["section"]), ("Row / Seat", f"{body['row']} / {body['seat']}")]
        day = datetime.fromisoformat(body["ticket_startdate"]) + timedelta(days=number)
        sheet = Sheet(
            title=about["event_name"],
            when=f"{day:%A %d %B %Y}{', this day only' if label else ''}",
            where=about["venue"],
            facts=tuple(facts),
            code=f"{item['id']}:{label or 'all'}",
            footer=f"{_MAKER} · order {order['id']} · opens no door",
        )
        return document([sheet], title=f"Ticket {item['id']}", producer=_MAKER)

    def _zip(self, connection: sqlite3.Connection, order_id: str) -> bytes:
        """The same bytes for the same files; nothing when there is no file."""
        rows = connection.execute(
            "SELECT f.name, f.content FROM xs2_files f JOIN xs2_order_items i ON i.id = f.item_id"
            " WHERE f.order_id = ? AND i.channel = 'xs2event' ORDER BY f.place",
            (order_id,),
        ).fetchall()
        if not rows:
            return b""
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as packed:
            for row in rows:
                packed.writestr(zipfile.ZipInfo(row["name"]), row["content"])
        return out.getvalue()

    # Downloads

    def _ready(self, connection: sqlite3.Connection, request: StandinRequest, wanted: str) -> sqlite3.Row:
        """Raises 422 while the order is not completed, or data that must come first is outstanding."""
        Query(request, {}, paged=False)
        order = self._world.orders.row(connection, request, wanted)
        if order["status"] != "completed":
            raise _not_yet(f"The order is {order['status']}")
        if not self._world.orders.guests_complete(connection, order):
            raise _not_yet("Guest data that is required before download is missing")
        return order

    def zip_address(self, request: StandinRequest, wanted: str) -> Response:
        """A quoted address that works for a short while, without the key."""
        with self._env.store.write() as connection:
            order = self._ready(connection, request, wanted)
            if order["zip_sha"] is None:
                raise _not_yet("There is no zip of this order")
            token = secrets.token_urlsafe(24)
            until = self._env.clock.now() + timedelta(seconds=int(self._world.settings["zip_seconds"]))
            connection.execute(
                "INSERT INTO xs2_links (token, order_id, until) VALUES (?, ?, ?)",
                (token, wanted, naive(until)),
            )
        return as_json(f"{base_url(request)}/cdn/{token}/{quote(wanted)}.zip")

    def cdn(self, request: StandinRequest, token: str, name: str) -> Response:
        with self._env.store.read() as connection:
            link = connection.execute("SELECT * FROM xs2_links WHERE token = ?", (token,)).fetchone()
            if link is None or link["until"] <= naive(self._env.clock.now()):
                text = "<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>"
                return Response(text, status=403, content_type="application/xml")
            packed = self._zip(connection, link["order_id"])
        return Response(packed, content_type="application/zip")

    def download(self, request: StandinRequest, wanted: str, item_id: str, name: str) -> Response:
        """The link is a file name, encoded in the address."""
        with self._env.store.write() as connection:
            order = self._ready(connection, request, wanted)
            item = connection.execute(
                "SELECT * FROM xs2_order_items WHERE id = ? AND order_id = ?", (item_id, order["id"])
            ).fetchone()
            if item is None:
                raise not_found("order item", item_id)
            if item["channel"] != "xs2event":
                raise _not_yet(f"Tickets of channel {item['channel']} are not downloaded here")
            row = connection.execute(
                "SELECT * FROM xs2_files WHERE item_id = ? AND name = ?", (item_id, name)
            ).fetchone()
            if row is None:
                raise not_found("file", name)
            connection.execute("UPDATE xs2_files SET downloads = downloads + 1 WHERE id = ?", (row["id"],))
        headers = {"Content-Disposition": f'attachment; filename="{row["name"]}"'}
        return Response(row["content"], headers=headers, content_type="application/pdf")

    # Invoices

    def invoice(self, connection: sqlite3.Connection, order_id: str, *, credit: bool = False) -> int:
        """What XS2Event asks for an order: the tickets and its fixed fee for each. A credit note takes it all back."""
        sign = -1 if credit else 1
        fee = int(self._world.settings["fee_per_ticket"])
        lines: dict[tuple[str, int], int] = {}
        for item in connection.execute(
            "SELECT body FROM xs2_order_items WHERE order_id = ? ORDER BY place", (order_id,)
        ):
            body = json.loads(item["body"])
            key = (body["ticket_name"], body["net_rate"])
            lines[key] = lines.get(key, 0) + 1
        number = sum(lines.values())
        told: list[dict[str, Any]] = [
            {"text": text, "quantity": count, "each": price, "sum": sign * price * count}
            for (text, price), count in lines.items()
        ]
        told.append({"text": "Fee per ticket", "quantity": number, "each": fee, "sum": sign * fee * number})
        cursor = connection.execute(
            "INSERT INTO xs2_invoices (order_id, kind, created, total, body) VALUES (?, ?, ?, ?, ?)",
            (
                order_id,
                "credit" if credit else "invoice",
                naive(self._env.clock.now()),
                sum(line["sum"] for line in told),
                json.dumps(told),
            ),
        )
        return int(cursor.lastrowid or 0)

    @staticmethod
    def invoices(connection: sqlite3.Connection, order_id: str) -> list[str]:
        rows = connection.execute("SELECT id FROM xs2_invoices WHERE order_id = ? ORDER BY id", (order_id,))
        return [str(row["id"]) for row in rows]

    def invoice_file(self, request: StandinRequest, wanted: str, invoice_id: str) -> Response:
        Query(request, {}, paged=False)
        with self._env.store.read() as connection:
            order = self._world.orders.row(connection, request, wanted)
            invoice = connection.execute(
                "SELECT * FROM xs2_invoices WHERE order_id = ? AND CAST(id AS TEXT) = ?", (wanted, invoice_id)
            ).fetchone()
            booking = connection.execute(
                "SELECT body FROM xs2_bookings WHERE id = ?", (order["booking_id"],)
            ).fetchone()
        if invoice is None:
            raise not_found("invoice", invoice_id)
        about = json.loads(order["body"])
        lines = [("Event", about["event_name"]),
                 ("Your reference", json.loads(booking["body"]).get("invoice_reference") or "-"), ("", "")]  # fmt: skip
        lines += [
            (f"{line['quantity']} x {line['text']}", _euro(line["sum"]))
            for line in json.loads(invoice["body"])
        ]
        lines += [("", ""), ("Total", _euro(invoice["total"]))]
        head = "Credit note" if invoice["kind"] == "credit" else "Invoice"
        content = letter(f"{head} {invoice['id']}", lines, title=f"{head} {invoice['id']}", producer=_MAKER)
        headers = {"Content-Disposition": f'attachment; filename="{slug(head)}-{invoice["id"]}.pdf"'}
        return Response(content, headers=headers, content_type="application/pdf")


def _euro(minor: int) -> str:
    return f"{'-' if minor < 0 else ''}EUR {abs(minor) // 100}.{abs(minor) % 100:02d}"


def _not_yet(detail: str) -> Refusal:
    return problem(422, "not-downloadable", "Tickets cannot be downloaded", detail)

"""Orders, contacts, tickets and their holders, downloads and refunds of the imitated Tickethead."""

from __future__ import annotations

import base64
import io
import json
import sqlite3
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import segno
from werkzeug.wrappers import Response

from shop.standin import tickethead_money as money
from shop.standin.tickethead_auth import Caller
from shop.standin.tickethead_order_views import ORDER, TICKET, OrderViews
from shop.standin.tickethead_places import ORGANIZERS
from shop.standin.tickethead_rules import check, check_format, read_items
from shop.standin.tickethead_wire import (
    Refusal,
    bad,
    body_of,
    envelope,
    flag,
    iso,
    listed,
    not_found,
    number,
    relations,
    window,
)
from shop.standin.wsgi import Env, Handler, StandinRequest

if TYPE_CHECKING:
    from shop.standin.tickethead import Tickethead

CONTACT_NEEDED = ("first_name", "last_name", "email")
CONTACT_MORE = ("billing_email", "phone", "street1", "street2", "city", "zip", "state", "country", "vat_number",
                "business_name")  # fmt: skip


class Orders:
    def __init__(self, world: Tickethead, env: Env) -> None:
        self._world = world
        self._env = env

    def routes(self) -> Iterable[tuple[str, str, Handler]]:
        order = "/event/v1/order/<int:order_id>"
        ticket = "/event/v1/ticket/<int:ticket_id>"
        return [
            ("POST", "/event/v1/order", self.create),
            ("GET", "/event/v1/order", self.list),
            ("GET", order, self.read),
            ("POST", f"{order}/order_contact", self.contact),
            ("GET", f"{order}/download_tickets", self.download),
            ("POST", f"{order}/email_tickets", self.email),
            ("POST", f"{order}/admin_email_tickets", self.admin_email),
            ("POST", f"{order}/refund", self.refund),
            ("GET", "/event/v1/ticket", self.tickets),
            ("GET", ticket, self.ticket),
            ("POST", f"{ticket}/ticket_holder", self.holder),
            ("PATCH", f"{ticket}/ticket_holder/<int:holder_id>", self.holder),
            ("POST", f"{ticket}/qrcode", self.qrcode),
            ("GET", "/event/v1/my_events", self.my_events),
            ("GET", "/v1/my_events", self.my_events),
        ]

    def create(self, request: StandinRequest) -> Response:
        """A draft that holds its tickets until the payment window closes."""
        caller = self._world.doors.must(request)
        given = body_of(request)
        items, form = read_items(given), check_format(given)
        hold_token = given.get("hold_token")
        if hold_token is not None and not isinstance(hold_token, str):
            raise bad("validation_failed", "hold_token must be a text")
        # Outside the transaction: a refusal undoes it, and the fault would never be used up.
        for item in items:
            if self._env.faults.take("tickethead", "sold_out", ticket_config_id=item["config_id"]):
                raise bad("sold_out", "Not enough tickets left (0)")
        now = self._env.clock.now()
        with self._env.store.write() as connection:
            event, checked = check(connection, items, form, caller, now)
            fees = ORGANIZERS[event["organizer"]].fees
            currency = checked[0]["config"]["currency"]
            if any(item["config"]["currency"] != currency for item in checked):
                raise bad("validation_failed", "All order items must have one currency")
            lines = [
                money.line(item["config"], item["quantity"], item["discounts"], fees) for item in checked
            ]
            order_id = self._insert(
                connection, caller, event, form, hold_token, money.total(lines, currency, fees), currency
            )
            for item, line in zip(checked, lines, strict=True):
                cursor = connection.execute(
                    "INSERT INTO th_items (order_id, config_id, sector_id, timeslot_id, quantity, price, discounts)"
                    " VALUES (?, ?, ?, ?, ?, ?, ?)",
                    (
                        order_id,
                        item["config_id"],
                        item["sector_id"],
                        item["timeslot_id"],
                        item["quantity"],
                        line.price,
                        json.dumps(item["discount_ids"]),
                    ),
                )
                assert cursor.lastrowid is not None
                self._world.states.hold(connection, order_id, cursor.lastrowid, item, line.price, form)
            wanted = {"order_item": {"ticket": {}}}
            shown = OrderViews(connection, self._env.public_origin).order(
                self._world.states.order(connection, order_id), wanted
            )
        return envelope(shown, 201)

    def _insert(
        self,
        connection: sqlite3.Connection,
        caller: Caller,
        event: sqlite3.Row,
        form: str,
        hold_token: str | None,
        total: int,
        currency: str,
    ) -> int:
        now = self._env.clock.now()
        cursor = connection.execute(
            "INSERT INTO th_orders (owner_id, owner_kind, event_id, organizer, status, format, total, currency,"
            " hold_token, created_at, expires_at) VALUES (?, ?, ?, ?, 'draft', ?, ?, ?, ?, ?, ?)",
            (
                caller.id,
                caller.kind,
                event["id"],
                event["organizer"],
                form,
                total,
                currency,
                hold_token,
                iso(now),
                now.timestamp() + self._world.settings.window_seconds(event["organizer"]),
            ),
        )
        assert cursor.lastrowid is not None
        return cursor.lastrowid

    def own(self, request: StandinRequest, order_id: int) -> sqlite3.Row:
        """The caller's order. 401 without a token, 404 for an unknown id, 403 for somebody else's."""
        caller = self._world.doors.must(request)
        with self._env.store.connect() as connection:
            row = self._world.states.order(connection, order_id)
        if row is None:
            raise not_found(f"Order {order_id}")
        if row["owner_id"] != caller.id:
            raise Refusal(403, "forbidden", "This is not your order")
        return row

    def _organizers(self, request: StandinRequest, order_id: int) -> sqlite3.Row:
        caller = self._world.doors.must(request)
        with self._env.store.connect() as connection:
            row = self._world.states.order(connection, order_id)
        if row is None:
            raise not_found(f"Order {order_id}")
        if not caller.works_for(row["organizer"]):
            raise Refusal(403, "forbidden", "You do not have the permission for this")
        return row

    def read(self, request: StandinRequest, order_id: int) -> Response:
        """The owner, or the organizer's staff."""
        wanted = relations(request, ORDER)
        try:
            row = self.own(request, order_id)
            self._world.states.polled(order_id)
        except Refusal as refusal:
            if refusal.status != 403:
                raise
            row = self._organizers(request, order_id)
        with self._env.store.read() as connection:
            return envelope(OrderViews(connection, self._env.public_origin).order(row, wanted))

    def list(self, request: StandinRequest) -> Response:
        """The caller's orders, newest first; ``include_not_owned`` for the organizer's staff."""
        caller = self._world.doors.must(request)
        wanted = relations(request, ORDER)
        limit, offset = window(request)
        where, values = ["1"], []  # type: ignore[var-annotated]
        organizer = request.args.get("organizer_id")
        if flag(request, "include_not_owned"):
            if not organizer or not caller.works_for(organizer):
                raise Refusal(403, "forbidden", "You do not have the permission for this")
        else:
            where.append("owner_id = ?")
            values.append(caller.id)
        if organizer:
            where.append("organizer = ?")
            values.append(organizer)
        for name in ("id", "event_id"):
            given = number(request, name)
            if given is not None:
                where.append(f"{name} = ?")
                values.append(given)
        if request.args.get("contact_email"):
            where.append(
                "id IN (SELECT order_id FROM th_contacts WHERE json_extract(body, '$.email') = ? COLLATE NOCASE)"
            )
            values.append(request.args["contact_email"])
        sort = request.args.get("sort_by") or "id"
        direction = (request.args.get("direction") or "desc").lower()
        if sort not in {"id", "created_at", "total", "status"} or direction not in {"asc", "desc"}:
            raise bad("validation_failed", "sort_by must be among id, created_at, total, status")
        matching = f"FROM th_orders WHERE {' AND '.join(where)}"
        with self._env.store.read() as connection:
            total = connection.execute(f"SELECT COUNT(*) AS n {matching}", values).fetchone()["n"]
            rows = connection.execute(
                f"SELECT * {matching} ORDER BY {sort} {direction}, id DESC LIMIT ? OFFSET ?",
                [*values, limit, offset],
            ).fetchall()
            shown = [OrderViews(connection, self._env.public_origin).order(row, wanted) for row in rows]
        for row in rows:
            self._world.states.polled(row["id"])
        return listed(shown, limit=limit, offset=offset, total=total)

    def contact(self, request: StandinRequest, order_id: int) -> Response:
        """Creates the contact; a second call replaces it (not documented; our reading)."""
        self.own(request, order_id)
        given = body_of(request)
        body: dict[str, Any] = {}
        for name in CONTACT_NEEDED:
            value = given.get(name)
            if not isinstance(value, str) or not value.strip() or len(value) > 255:
                raise bad("validation_failed", f"{name} is required")
            body[name] = value.strip()
        for name in CONTACT_MORE:
            value = given.get(name)
            if value is not None and (not isinstance(value, str) or len(value) > 255):
                raise bad("validation_failed", f"{name} must be a text of at most 255 characters")
            if value is not None:
                body[name] = value
        for name in ("email", "billing_email"):
            if name in body and not _looks_like_mail(body[name]):
                raise bad("validation_failed", f"{name} must be an e-mail address")
        with self._env.store.write() as connection:
            order = self._world.states.order(connection, order_id)
            if order["status"] not in {"draft", "payment_processing"}:
                raise bad("order_not_payable", f"Order {order_id} is {order['status']}")
            row = connection.execute(
                "INSERT INTO th_contacts (order_id, body) VALUES (?, ?)"
                " ON CONFLICT (order_id) DO UPDATE SET body = excluded.body RETURNING id",
                (order_id, json.dumps(body)),
            ).fetchone()
        return envelope({"id": row["id"], **body}, 201)

    def download(self, request: StandinRequest, order_id: int) -> Response:
        """One file for the whole order; 404 until there is one."""
        order = self.own(request, order_id)
        if order["format"] == "SECURE":
            raise bad("format_not_supported", "SECURE tickets are in the wallet")
        if order["status"] not in {"paid", "partially_refunded"}:
            raise Refusal(404, "order_not_confirmed", f"Order {order_id} has no tickets to download")
        if order["downloads_left"] > 0:
            with self._env.store.write() as connection:
                connection.execute(
                    "UPDATE th_orders SET downloads_left = downloads_left - 1 WHERE id = ?", (order_id,)
                )
            raise Refusal(404, "not_found", "The tickets are not ready yet")
        body, kind = self._world.documents.file(order)
        name = {"application/pdf": "pdf", "application/vnd.apple.pkpass": "pkpass"}.get(kind, "pkpasses")
        response = Response(body, content_type=kind)
        response.headers["Content-Disposition"] = f'attachment; filename="tickets-{order_id}.{name}"'
        response.headers["Cache-Control"] = "no-store"
        return response

    def email(self, request: StandinRequest, order_id: int) -> Response:
        return self._mail_again(self.own(request, order_id))

    def admin_email(self, request: StandinRequest, order_id: int) -> Response:
        return self._mail_again(self._organizers(request, order_id))

    def _mail_again(self, order: sqlite3.Row) -> Response:
        if order["status"] not in {"paid", "partially_refunded"}:
            raise bad("order_not_confirmed", f"Order {order['id']} is not confirmed")
        with self._env.store.write() as connection:
            self._world.states.mail(connection, order["id"], "tickets again")
        return envelope({"success": True})

    def refund(self, request: StandinRequest, order_id: int) -> Response:
        """All of it, or the tickets named in ``ticket_ids``."""
        self._organizers(request, order_id)
        wanted = body_of(request).get("ticket_ids")
        if wanted is not None and not (isinstance(wanted, list) and all(isinstance(i, int) for i in wanted)):
            raise bad("validation_failed", "ticket_ids must be a list of ids")
        with self._env.store.write() as connection:
            self._world.states.refund(
                connection, self._world.states.order(connection, order_id), wanted or None
            )
        return envelope({"success": True})

    # Tickets.

    def tickets(self, request: StandinRequest) -> Response:
        caller = self._world.doors.must(request)
        wanted = relations(request, TICKET)
        where, values = ["o.owner_id = ?", "o.status IN ('paid', 'partially_refunded')"], [caller.id]
        for name in ("format", "status"):
            if request.args.get(name):
                where.append(f"t.{name} = ?")
                values.append(request.args[name])  # type: ignore[arg-type]
        with self._env.store.read() as connection:
            rows = connection.execute(
                "SELECT t.* FROM th_tickets t JOIN th_orders o ON o.id = t.order_id"
                f" WHERE {' AND '.join(where)} ORDER BY t.id",
                values,
            ).fetchall()
            return envelope(OrderViews(connection, self._env.public_origin).tickets(rows, wanted))

    def _own_ticket(self, request: StandinRequest, ticket_id: int) -> sqlite3.Row:
        caller = self._world.doors.must(request)
        with self._env.store.connect() as connection:
            row: sqlite3.Row | None = connection.execute(
                "SELECT t.*, o.owner_id, o.status AS order_status, o.event_id FROM th_tickets t"
                " JOIN th_orders o ON o.id = t.order_id WHERE t.id = ?",
                (ticket_id,),
            ).fetchone()
        if row is None:
            raise not_found(f"Ticket {ticket_id}")
        if row["owner_id"] != caller.id:
            raise Refusal(403, "forbidden", "This is not your ticket")
        return row

    def ticket(self, request: StandinRequest, ticket_id: int) -> Response:
        wanted = relations(request, TICKET)
        row = self._own_ticket(request, ticket_id)
        with self._env.store.read() as connection:
            return envelope(OrderViews(connection, self._env.public_origin).tickets([row], wanted)[0])

    def holder(self, request: StandinRequest, ticket_id: int, holder_id: int | None = None) -> Response:
        """``{"response": {...}}``, or the older flat form. A ticket has one holder, numbered like the ticket."""
        row = self._own_ticket(request, ticket_id)
        if holder_id is not None and (holder_id != ticket_id or row["holder"] is None):
            raise not_found("Ticket holder")
        if row["order_status"] not in {"draft", "payment_processing", "paid", "partially_refunded"}:
            raise bad("order_not_payable", f"The order of ticket {ticket_id} is {row['order_status']}")
        given = body_of(request)
        answers = given.get(
            "response", {name: given[name] for name in (*CONTACT_NEEDED, "phone") if name in given}
        )
        if not isinstance(answers, dict) or not answers:
            raise bad("validation_failed", "response is required")
        with self._env.store.write() as connection:
            connection.execute(
                "UPDATE th_tickets SET holder = ?, updated_at = ? WHERE id = ?",
                (json.dumps(answers), iso(self._env.clock.now()), ticket_id),
            )
        return envelope({"id": ticket_id, "response": answers}, 201 if holder_id is None else 200)

    def qrcode(self, request: StandinRequest, ticket_id: int) -> Response:
        row = self._own_ticket(request, ticket_id)
        if row["order_status"] not in {"paid", "partially_refunded"} or row["status"] == "available":
            raise bad("order_not_confirmed", f"Ticket {ticket_id} is not confirmed")
        out = io.BytesIO()
        text = self._world.signer.text(row["event_id"], row["config_id"], row["seq"])
        segno.make(text, error="m", micro=False).save(out, kind="png", scale=4)
        return envelope({"code": base64.b64encode(out.getvalue()).decode()})

    def my_events(self, request: StandinRequest) -> Response:
        """Events of the caller's SECURE tickets; only for those who have a wallet."""
        caller = self._world.doors.must(request)
        if not caller.enrollment_id:
            raise Refusal(403, "forbidden", "Only for users with a wallet")
        now = str(iso(self._env.clock.now()))
        date = request.args.get("date", "all")
        sign = {"future": "e.end_at >= ?", "past": "e.end_at < ?"}.get(date, "? != ''")
        with self._env.store.read() as connection:
            rows = connection.execute(
                "SELECT DISTINCT e.* FROM th_events e JOIN th_orders o ON o.event_id = e.id WHERE o.owner_id = ?"
                f" AND o.format = 'SECURE' AND o.status IN ('paid', 'partially_refunded') AND {sign} ORDER BY e.start_at",
                (caller.id, now),
            ).fetchall()
            return envelope(
                OrderViews(connection, self._env.public_origin).views.events(
                    rows, {"ticket_config": {}, "venue": {}}
                )
            )


def _looks_like_mail(text: str) -> bool:
    name, _, host = text.strip().rpartition("@")
    return (
        bool(name) and "." in host and " " not in text and not host.startswith(".") and not host.endswith(".")
    )

"""Whether an order may be placed. Runs inside the transaction that then takes the tickets.

Source: Tickethead, "Orders" (published event, sale begun, seats as many as tickets); limits and error codes are
not documented; our reading.
"""

from __future__ import annotations

import json
import sqlite3
from datetime import datetime
from typing import Any

from shop.standin.tickethead_auth import Caller
from shop.standin.tickethead_states import LIVE
from shop.standin.tickethead_wire import Refusal, bad, iso, moment, not_found

FORMATS = ("PDF", "PKPASS", "SECURE")
Item = dict[str, Any]


def read_items(given: dict[str, Any]) -> list[Item]:
    """The lines of a request as they were sent; ``order_item`` (the client) and ``orderItem`` (the guide)."""
    raw = given.get("order_item", given.get("orderItem"))
    if not isinstance(raw, list) or not raw:
        raise bad("validation_failed", "order_item must be a list of at least one order item")
    return [_item(each) for each in raw]


def _whole(each: dict[str, Any], name: str, *, least: int = 1, needed: bool = False) -> int | None:
    value = each.get(name)
    if value is None and not needed:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise bad("validation_failed", f"{name} must be a whole number of at least {least}")
    return value


def _item(each: Any) -> Item:
    if not isinstance(each, dict):
        raise bad("validation_failed", "An order item must be an object")
    seats, discounts = each.get("selected_seats"), each.get("ticket_discount")
    if seats is not None and not (isinstance(seats, list) and all(isinstance(seat, str) for seat in seats)):
        raise bad("validation_failed", "selected_seats must be a list of texts")
    if discounts is not None and not (
        isinstance(discounts, list) and all(isinstance(i, int) and not isinstance(i, bool) for i in discounts)
    ):
        raise bad("validation_failed", "ticket_discount must be a list of ids")
    return {
        "quantity": _whole(each, "quantity", needed=True),
        "config_id": _whole(each, "ticket_config_id", needed=True),
        "sector_id": _whole(each, "sector_id"),
        "timeslot_id": _whole(each, "timeslot_id"),
        "seats": list(seats or []),
        "discount_ids": list(dict.fromkeys(discounts or [])),
    }


def check_format(given: dict[str, Any]) -> str:
    form = given.get("format")
    if form not in FORMATS:
        raise bad("format_not_supported", f"format must be one of {', '.join(FORMATS)}")
    return str(form)


def check(
    connection: sqlite3.Connection, items: list[Item], form: str, caller: Caller, now: datetime
) -> tuple[sqlite3.Row, list[Item]]:
    """The event, and the items with ``config``, ``discounts`` filled in. Raises the first refusal."""
    for item in items:
        row = connection.execute("SELECT * FROM th_configs WHERE id = ?", (item["config_id"],)).fetchone()
        if row is None:
            raise not_found(f"Ticket config {item['config_id']}")
        item["config"] = {**json.loads(row["body"]), "event_id": row["event_id"]}
        item["left"] = row["quantity"] - row["taken"]
    events = {item["config"]["event_id"] for item in items}
    if len(events) > 1:
        raise bad("validation_failed", "All order items must belong to one event")
    event = connection.execute(
        "SELECT * FROM th_events WHERE id = ? AND removed = 0", (events.pop(),)
    ).fetchone()
    if event is None:
        raise not_found("Event")
    check_event(event)
    _check_form(event, form, caller)
    for item in items:
        _check_sale(item["config"], now)
    _check_limits(connection, items, caller)
    for item in items:
        _check_area(connection, event, item, now)
        _check_seats(connection, event, item)
        item["discounts"] = [_discount(connection, item, number, now) for number in item["discount_ids"]]
    _check_stock(connection, items)
    _check_needs(items)
    seats = [seat for item in items for seat in item["seats"]]
    if len(seats) != len(set(seats)):
        raise bad("seats_unavailable", "A seat is selected twice")
    return event, items


def check_event(event: sqlite3.Row) -> None:
    if event["status"] not in {"published", "updated"}:
        raise bad("event_not_published", f"Event {event['id']} is not published")


def _check_form(event: sqlite3.Row, form: str, caller: Caller) -> None:
    if form not in json.loads(event["body"])["formats"]:
        raise bad("format_not_supported", f"Tickets of this event are not available as {form}")
    if form == "SECURE" and not caller.enrollment_id:
        raise bad("format_not_supported", "SECURE tickets need a wallet")


def _check_sale(config: dict[str, Any], now: datetime) -> None:
    if config["pricing_type"] == "donation":
        # How a buyer names an amount is not documented, so a donation cannot be ordered.
        raise bad("validation_failed", f"Ticket config {config['id']} needs an amount")
    if config["status"] not in {"published", "updated"} or moment(config["start_sale_at"]) > now:
        raise bad("ticket_config_not_on_sale", f"The sale has not started for ticket config {config['id']}")
    if moment(config["end_sale_at"]) <= now:
        raise bad("ticket_config_sale_ended", f"The sale has ended for ticket config {config['id']}")


def _check_limits(connection: sqlite3.Connection, items: list[Item], caller: Caller) -> None:
    wanted: dict[int, int] = {}
    for item in items:
        wanted[item["config_id"]] = wanted.get(item["config_id"], 0) + item["quantity"]
    for item in items:
        had = connection.execute(
            "SELECT COUNT(*) AS n FROM th_tickets t JOIN th_orders o ON o.id = t.order_id WHERE o.owner_id = ?"
            f" AND t.config_id = ? AND t.status != 'available' AND o.status IN ({','.join('?' * len(LIVE))})",
            (caller.id, item["config_id"], *LIVE),
        ).fetchone()["n"]
        limit = item["config"]["tickets_per_user"]
        if had + wanted[item["config_id"]] > limit:
            raise bad(
                "tickets_per_user_exceeded", f"At most {limit} tickets of ticket config {item['config_id']}"
            )


def _check_area(connection: sqlite3.Connection, event: sqlite3.Row, item: Item, now: datetime) -> None:
    rows = connection.execute("SELECT * FROM th_areas WHERE event_id = ?", (event["id"],)).fetchall()
    for kind in ("sector", "timeslot"):
        legal = {
            row["id"]: row for row in rows if row["kind"] == kind and row["id"] in item["config"]["areas"]
        }
        chosen = item[f"{kind}_id"]
        if not legal:
            item[f"{kind}_id"] = None
        elif chosen not in legal:
            raise bad(
                f"{kind}_required", f"{kind}_id must name a {kind} of ticket config {item['config_id']}"
            )
        elif kind == "timeslot" and moment(json.loads(legal[chosen]["body"])["end_at"]) <= now:
            raise bad("timeslot_required", "This timeslot is over")


def _check_seats(connection: sqlite3.Connection, event: sqlite3.Row, item: Item) -> None:
    if not event["chart"]:
        item["seats"] = []
        return
    if not item["seats"]:
        raise bad("seats_required", "selected_seats is required for an event with a seating chart")
    if len(item["seats"]) != item["quantity"]:
        raise bad("seats_quantity_mismatch", "selected_seats must hold as many seats as quantity says")
    for seat in item["seats"]:
        row = connection.execute(
            "SELECT category_key FROM th_chart_seats WHERE event_key = ? AND label = ?",
            (str(event["id"]), seat),
        ).fetchone()
        if row is None or row["category_key"] != str(item["config_id"]):
            raise bad(
                "seats_unavailable", f"Seat {seat} does not belong to ticket config {item['config_id']}"
            )


def _discount(connection: sqlite3.Connection, item: Item, number: int, now: datetime) -> dict[str, Any]:
    row = connection.execute("SELECT * FROM th_discounts WHERE id = ?", (number,)).fetchone()
    if row is None or number not in item["config"]["discounts"]:
        raise bad("discount_invalid", f"Discount {number} is not for ticket config {item['config_id']}")
    body: dict[str, Any] = json.loads(row["body"])
    if not body["start_at"] <= str(iso(now)) < body["end_at"]:
        raise bad("discount_invalid", f"Discount {number} is not valid now")
    least, most = body["min_quantity"] or 1, body["max_quantity"]
    if item["quantity"] < least or (most is not None and item["quantity"] > most):
        raise bad("discount_invalid", f"Discount {number} is not for {item['quantity']} tickets")
    return {**body, "left": row["quantity"] - row["taken"]}


def _check_stock(connection: sqlite3.Connection, items: list[Item]) -> None:
    """All lines together must fit into every config, area and discount."""
    wanted: dict[tuple[str, int], int] = {}
    left: dict[tuple[str, int], int] = {}
    for item in items:
        key = ("config", item["config_id"])
        wanted[key], left[key] = wanted.get(key, 0) + item["quantity"], item["left"]
        for area in (item["sector_id"], item["timeslot_id"]):
            if area is not None:
                row = connection.execute(
                    "SELECT capacity, taken FROM th_areas WHERE id = ?", (area,)
                ).fetchone()
                key = ("area", area)
                wanted[key], left[key] = wanted.get(key, 0) + item["quantity"], row["capacity"] - row["taken"]
        for discount in item["discounts"]:
            key = ("discount", discount["id"])
            wanted[key], left[key] = wanted.get(key, 0) + item["quantity"], discount["left"]
    for key, count in wanted.items():
        if count > left[key]:
            kind, number = key
            if kind == "discount":
                raise bad("discount_invalid", f"Discount {number} has been used up")
            raise bad("sold_out", f"Not enough tickets left ({max(left[key], 0)})")


def _check_needs(items: list[Item]) -> None:
    """An add-on needs one of the configs it depends on in the same order (not documented; our reading)."""
    ordered = {item["config_id"] for item in items}
    for item in items:
        needs = item["config"]["depends_on"]
        if needs and not ordered & set(needs):
            raise Refusal(
                400, "validation_failed", f"Ticket config {item['config_id']} depends on {needs[0]}"
            )

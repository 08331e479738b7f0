"""What is left of each ticket, and what was changed from the control side."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shop.standin.wsgi import Env
from shop.standin.xs2event_offers import Ticket
from shop.standin.xs2event_season import Event
from shop.standin.xs2event_wire import naive

SCHEMA = """
CREATE TABLE IF NOT EXISTS xs2_changes (
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    body TEXT NOT NULL,
    updated TEXT NOT NULL,
    PRIMARY KEY (kind, id)
);
"""
# What can be changed and the type of each value.
EVENT_CHANGES: dict[str, type] = {
    "event_name": str,
    "event_status": str,
    "date_start": str,
    "date_stop": str,
    "date_confirmed": bool,
    "removed": bool,
}
TICKET_CHANGES: dict[str, type] = {
    "stock": int,
    "net_rate": int,
    "face_value": int,
    "ticket_status": str,
    "min_order": int,
    "flags": list,
    "currency_code": str,
    "removed": bool,
}


@dataclass(frozen=True)
class Now:
    """A ticket as it stands at this moment."""

    ticket: Ticket
    net_rate: int
    face_value: int
    currency: str
    stock: int
    status: str
    min_order: int
    flags: tuple[str, ...]
    removed: bool
    updated: str

    def allows(self, quantity: int) -> str:
        """Why so many cannot be taken, or nothing. ``stock`` is what is left for the one who asks."""
        if quantity < max(1, self.min_order):
            return f"at least {max(1, self.min_order)}"
        if "pairs_only" in self.flags and quantity % 2:
            return "pairs only"
        if "no_max_minus_1" in self.flags and self.stock - quantity == 1:
            return "a single ticket must not be left over"
        return ""


class Look:
    """One consistent look at everything that is on offer: changes and what is held or sold."""

    def __init__(self, connection: sqlite3.Connection, now: datetime, *, without: str = "") -> None:
        """``without``: a reservation whose own tickets count as free."""
        self.now = now
        self.changes: dict[tuple[str, str], dict[str, Any]] = {}
        self.changed_at: dict[tuple[str, str], str] = {}
        for row in connection.execute("SELECT * FROM xs2_changes"):
            self.changes[row["kind"], row["id"]] = json.loads(row["body"])
            self.changed_at[row["kind"], row["id"]] = row["updated"]
        self.taken: dict[str, int] = {
            row["ticket_id"]: row["taken"]
            for row in connection.execute(
                "SELECT i.ticket_id, SUM(i.quantity) AS taken FROM xs2_items i JOIN xs2_reservations r"
                " ON r.id = i.reservation_id WHERE r.id != ? AND (r.status = 'booked'"
                " OR (r.status IN ('active', 'extended') AND r.valid_until > ?)) GROUP BY i.ticket_id",
                (without, naive(now)),
            )
        }

    def event(self, event: Event) -> Mapping[str, Any]:
        return self.changes.get(("event", event.id), {})

    def status(self, event: Event) -> str:
        if event.over(self.now):
            return "closed"
        return str(self.event(event).get("event_status", event.fixture.status))

    def ticket(self, ticket: Ticket) -> Now:
        spec, event = ticket.spec, ticket.event
        change = self.changes.get(("ticket", ticket.id), {})
        state = self.status(event)
        left = max(0, int(change.get("stock", spec.stock)) - self.taken.get(ticket.id, 0))
        status = str(change.get("ticket_status", spec.status))
        if state not in {"notstarted", "soldout"} and status == "available":
            status = "disabled"
        return Now(
            ticket,
            int(change.get("net_rate", ticket.net_rate)),
            int(change.get("face_value", ticket.face_value)),
            str(change.get("currency_code", spec.currency)),
            0 if state == "soldout" else left,
            status,
            int(change.get("min_order", spec.least)),
            tuple(change.get("flags", ticket.flags)),
            bool(change.get("removed") or self.event(event).get("removed")),
            max(self.changed_at.get(("ticket", ticket.id), ""), naive(event.created)),
        )


class Stock:
    def __init__(self, env: Env) -> None:
        self._env = env

    def look(self, *, without: str = "") -> Look:
        with self._env.store.read() as connection:
            return Look(connection, self._env.clock.now(), without=without)

    def change(self, kind: str, given: Mapping[str, Any], ids: Iterable[str]) -> dict[str, Any]:
        """Merge a change; null takes one back. Raises ``ValueError`` with a sentence."""
        known = EVENT_CHANGES if kind == "event" else TICKET_CHANGES
        values = {name: _typed(name, known, value) for name, value in given.items()}
        now = self._env.clock.now()
        body: dict[str, Any] = {}
        with self._env.store.write() as connection:
            look = Look(connection, now)
            for each in ids:
                new = dict(values)
                if new.get("stock") is not None:
                    # The wish is what shall be left; what is held or sold stays so.
                    new["stock"] += look.taken.get(each, 0)
                body = {**look.changes.get((kind, each), {}), **new}
                body = {name: value for name, value in body.items() if value is not None}
                connection.execute(
                    "INSERT INTO xs2_changes (kind, id, body, updated) VALUES (?, ?, ?, ?) ON CONFLICT (kind, id)"
                    " DO UPDATE SET body = excluded.body, updated = excluded.updated",
                    (kind, each, json.dumps(body), naive(now)),
                )
        return body


def _typed(name: str, known: Mapping[str, type], value: Any) -> Any:
    if name not in known:
        raise ValueError(f"There is {', '.join(known)}; not {name}.")
    if value is None:
        return None
    wanted = known[name]
    if wanted is bool:
        return str(value).lower() in {"true", "1"}
    if wanted is list:
        return list(value) if isinstance(value, list) else str(value).split()
    made = wanted(value)
    if isinstance(made, int) and made < 0:
        raise ValueError(f"{name} is not negative.")
    return made

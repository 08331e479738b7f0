"""Baskets of London Theatre Direct: hold, expire, submit, pay. All changes run in one write at a time.

States (ours; the API shows none of them): ``open`` (also while it holds seats), ``submitted`` (the payment gate
waits), ``failed`` (declined or given up at the gate), ``paid``. An expiry is not a state: it is the clock.
"""

from __future__ import annotations

import json
import sqlite3
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from shop.standin.ltd_calendar import Calendar, Performance, Price, ticket_parts
from shop.standin.ltd_catalogue import Catalogue, area_id
from shop.standin.ltd_lists import (
    DELIVERIES,
    PROTECTION_PENCE,
    VENUE_DISPATCH,
)
from shop.standin.ltd_plans import members
from shop.standin.ltd_words import (
    Problem,
    invalid_basket,
    unknown,
)
from shop.standin.wsgi import Env

SCHEMA = """
CREATE TABLE IF NOT EXISTS ltd_baskets (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    basket_id TEXT NOT NULL UNIQUE,
    owner TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    state TEXT NOT NULL DEFAULT 'open',
    submission TEXT,
    reference TEXT UNIQUE,
    paid_ms INTEGER,
    print_polls INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS ltd_items (
    item_id INTEGER PRIMARY KEY AUTOINCREMENT,
    basket_id TEXT NOT NULL REFERENCES ltd_baskets (basket_id) ON DELETE CASCADE,
    performance_id INTEGER NOT NULL,
    area INTEGER NOT NULL,
    expires_ms INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS ltd_items_of_basket ON ltd_items (basket_id);
CREATE TABLE IF NOT EXISTS ltd_tickets (
    item_id INTEGER NOT NULL REFERENCES ltd_items (item_id) ON DELETE CASCADE,
    seat INTEGER NOT NULL,
    face INTEGER NOT NULL,
    selling INTEGER NOT NULL,
    document TEXT UNIQUE,
    PRIMARY KEY (item_id, seat)
);
CREATE TABLE IF NOT EXISTS ltd_taken (
    performance_id INTEGER NOT NULL,
    seat INTEGER NOT NULL,
    item_id INTEGER NOT NULL,
    until_ms INTEGER,
    PRIMARY KEY (performance_id, seat)
);
CREATE INDEX IF NOT EXISTS ltd_taken_by_item ON ltd_taken (item_id);
CREATE TABLE IF NOT EXISTS ltd_challenges (
    token TEXT PRIMARY KEY,
    basket_id TEXT NOT NULL,
    means TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS ltd_charges (
    basket_id TEXT PRIMARY KEY,
    pence INTEGER NOT NULL,
    means TEXT NOT NULL,
    at TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS ltd_mails (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    basket_id TEXT NOT NULL,
    at TEXT NOT NULL,
    recipient TEXT NOT NULL,
    subject TEXT NOT NULL
);
"""
TABLES = (
    "ltd_mails",
    "ltd_challenges",
    "ltd_charges",
    "ltd_taken",
    "ltd_tickets",
    "ltd_items",
    "ltd_baskets",
)

# Ten minutes less a moment, so that a fresh hold has nine whole minutes left, as in the documents' sample.
HOLD_MS = 10 * 60 * 1000 - 500
LINGER_MS = 5 * 60 * 1000
MOST_TICKETS = 10
FIRST_ITEM = 7_300_000
FIRST_TRANSACTION = 1_204_416

NOT_AVAILABLE, LONE_SEAT = 1, 2


@dataclass(frozen=True)
class Item:
    """One basket item with its tickets: pairs of seat index and price, documents by seat."""

    item_id: int
    performance: Performance
    area: int
    expires_ms: int
    tickets: tuple[tuple[int, Price], ...]
    documents: dict[int, str]

    @property
    def pence(self) -> int:
        return sum(price.selling for _, price in self.tickets)


@dataclass(frozen=True)
class Wanted:
    """Seats of one performance, as bits."""

    performance: Performance
    seats: int


class Refused(Exception):
    """Nothing was added; ``reason`` is the FailureReason."""

    def __init__(self, reason: int) -> None:
        super().__init__(reason)
        self.reason = reason


class Baskets:
    def __init__(self, env: Env, calendar: Calendar, catalogue: Catalogue) -> None:
        self.env = env
        self.calendar = calendar
        self.catalogue = catalogue

    def create(self, owner: str) -> str:
        basket_id = str(uuid.uuid4())
        with self.env.store.write() as connection:
            connection.execute(
                "INSERT INTO ltd_baskets (basket_id, owner, created_ms) VALUES (?, ?, ?)",
                (basket_id, owner, self.catalogue.now()),
            )
        return basket_id

    def row(self, connection: sqlite3.Connection, basket_id: str, owner: str | None = None) -> sqlite3.Row:
        """The basket; one of another key does not exist for this one."""
        row: sqlite3.Row | None = connection.execute(
            "SELECT * FROM ltd_baskets WHERE basket_id = ?", (basket_id.lower(),)
        ).fetchone()
        if row is None or (owner is not None and row["owner"] != owner):
            raise unknown("basket")
        return row

    def items(self, connection: sqlite3.Connection, row: sqlite3.Row) -> list[Item]:
        """What is listed: items expired less than five minutes ago still are, unless the basket is paid."""
        oldest = self.catalogue.now() - LINGER_MS
        found = []
        for item in connection.execute(
            "SELECT * FROM ltd_items WHERE basket_id = ? ORDER BY item_id", (row["basket_id"],)
        ).fetchall():
            if row["state"] != "paid" and item["expires_ms"] <= oldest:
                continue
            performance = self.calendar.performance_ever(item["performance_id"])
            if performance is None:
                continue
            tickets = connection.execute(
                "SELECT * FROM ltd_tickets WHERE item_id = ? ORDER BY seat", (item["item_id"],)
            ).fetchall()
            found.append(
                Item(
                    item["item_id"],
                    performance,
                    item["area"],
                    item["expires_ms"],
                    tuple((t["seat"], Price(t["face"], t["selling"])) for t in tickets),
                    {t["seat"]: t["document"] for t in tickets if t["document"]},
                )
            )
        return found

    def alive(self, items: list[Item]) -> bool:
        """Something is in it and nothing of it has expired."""
        now = self.catalogue.now()
        return bool(items) and all(item.expires_ms > now for item in items)

    # Holding

    def add(self, basket_id: str, owner: str, ticket_ids: list[int], best: dict[str, int] | None) -> None:
        """Hold all of it or nothing. Raises ``Refused``, or ``Problem`` for what makes no sense."""
        dearer = self.env.faults.take("ltd", "price_changed", basket_id=basket_id)
        with self.env.store.write() as connection:
            row = self.row(connection, basket_id, owner)
            if row["state"] == "paid":
                raise invalid_basket("The basket was already paid.")
            wanted = self._named(ticket_ids)
            for part in wanted:
                free = self.catalogue.free(connection, part.performance)
                if part.seats & ~free:
                    raise Refused(NOT_AVAILABLE)
                rule = self.calendar.lone_seat_rule(part.performance)
                if rule and part.performance.plan.leaves_lone_seat(free, part.seats):
                    raise Refused(LONE_SEAT)
                self._take(connection, row, part, dearer)
            if best is not None:
                self._take(connection, row, self._best(connection, best), dearer)
            # The gate must not charge for something else than what was submitted.
            self._set_state(connection, row, "open")

    def _named(self, ticket_ids: list[int]) -> list[Wanted]:
        seats: dict[int, int] = {}
        for ticket_id in dict.fromkeys(ticket_ids):
            performance_id, index = ticket_parts(ticket_id)
            seats[performance_id] = seats.get(performance_id, 0) | 1 << index
        wanted = []
        for performance_id, bits in seats.items():
            performance = self.calendar.performance(performance_id)
            if performance is None or not performance.plan.numbered or bits > performance.plan.everything:
                raise Refused(NOT_AVAILABLE)
            if bits.bit_count() > MOST_TICKETS:
                raise Problem(400, "The request is invalid.", f"At most {MOST_TICKETS} tickets at once.")
            wanted.append(Wanted(performance, bits))
        return wanted

    def _best(self, connection: sqlite3.Connection, best: dict[str, int]) -> Wanted:
        """``best``: performance, area (id), count, pence."""
        performance = self.calendar.performance(best["performance"])
        if performance is None:
            raise Refused(NOT_AVAILABLE)
        plan = performance.plan
        area = next((a for a in range(len(plan.areas)) if area_id(performance, a) == best["area"]), None)
        if area is None:
            raise Refused(NOT_AVAILABLE)
        if not 1 <= best["count"] <= MOST_TICKETS:
            raise Problem(400, "The request is invalid.", f"SeatsCount is 1 to {MOST_TICKETS}.")
        priced = 0
        for band, price in zip(plan.bands, self.calendar.prices(performance), strict=True):
            if band.area == area and price.selling == best["pence"]:
                priced |= band.seats
        seats = plan.best(self.catalogue.free(connection, performance), priced, best["count"])
        if seats is None:
            raise Refused(NOT_AVAILABLE)
        return Wanted(performance, seats)

    def _take(
        self, connection: sqlite3.Connection, row: sqlite3.Row, wanted: Wanted, dearer: dict[str, Any] | None
    ) -> None:
        """One item for each area. The primary key of ``ltd_taken`` is the last word on who has a seat."""
        now = self.catalogue.now()
        performance = wanted.performance
        prices = self.calendar.prices(performance)
        more = int(dearer.get("by") or 500) if dearer else 0
        areas: dict[int, list[int]] = {}
        for index in members(wanted.seats):
            areas.setdefault(performance.plan.seats[index].area, []).append(index)
        connection.execute(
            "DELETE FROM ltd_taken WHERE performance_id = ? AND until_ms <= ?",
            (performance.performance_id, now),
        )
        for area, indexes in areas.items():
            cursor = connection.execute(
                "INSERT INTO ltd_items (basket_id, performance_id, area, expires_ms) VALUES (?, ?, ?, ?)",
                (row["basket_id"], performance.performance_id, area, now + HOLD_MS),
            )
            for index in indexes:
                price = prices[performance.plan.seats[index].band]
                try:
                    connection.execute(
                        "INSERT INTO ltd_taken (performance_id, seat, item_id, until_ms) VALUES (?, ?, ?, ?)",
                        (performance.performance_id, index, cursor.lastrowid, now + HOLD_MS),
                    )
                except sqlite3.IntegrityError:
                    raise Refused(NOT_AVAILABLE) from None
                connection.execute(
                    "INSERT INTO ltd_tickets (item_id, seat, face, selling) VALUES (?, ?, ?, ?)",
                    (cursor.lastrowid, index, price.face, price.selling + more),
                )

    def delete(self, basket_id: str, owner: str, item_id: int | None = None) -> None:
        """One item, or all. An empty basket has nothing to delete and answers 403."""
        with self.env.store.write() as connection:
            row = self.row(connection, basket_id, owner)
            if row["state"] == "paid":
                raise invalid_basket("The basket was already paid.")
            going = [
                i.item_id for i in self.items(connection, row) if item_id in {None, i.item_id + FIRST_ITEM}
            ]
            if not going:
                raise invalid_basket("There is nothing to remove.")
            for key in going:
                connection.execute("DELETE FROM ltd_taken WHERE item_id = ?", (key,))
                connection.execute("DELETE FROM ltd_items WHERE item_id = ?", (key,))
            self._set_state(connection, row, "open")

    def expire(self, basket_id: str, milliseconds_ago: int = 60_000) -> None:
        """Let every hold of the basket end now (a fault, or the control page)."""
        with self.env.store.write() as connection:
            row = self.row(connection, basket_id)
            if row["state"] == "paid":
                return
            ended = self.catalogue.now() - milliseconds_ago
            connection.execute(
                "UPDATE ltd_items SET expires_ms = MIN(expires_ms, ?) WHERE basket_id = ?",
                (ended, row["basket_id"]),
            )
            connection.execute(
                "UPDATE ltd_taken SET until_ms = MIN(until_ms, ?) WHERE until_ms IS NOT NULL AND item_id IN"
                " (SELECT item_id FROM ltd_items WHERE basket_id = ?)",
                (ended, row["basket_id"]),
            )

    # Submitting and paying

    def deliveries(self, items: list[Item]) -> list[int]:
        """What all events in the basket offer; box office collection where they agree on nothing."""
        offered = [set(item.performance.spec.deliveries) for item in items]
        common = set.intersection(*offered) if offered else set()
        return sorted(common) or [1]

    def submit(self, basket_id: str, owner: str, submission: dict[str, Any]) -> None:
        """``submission`` is the checked order. The hold is not prolonged."""
        with self.env.store.write() as connection:
            row = self.row(connection, basket_id, owner)
            items = self.items(connection, row)
            if row["state"] == "paid" or not self.alive(items):
                raise invalid_basket("The basket is empty, expired or already paid.")
            if submission["delivery"] not in self.deliveries(items):
                raise Problem(
                    400, "The request is invalid.", "DeliveryType is not available for this basket."
                )
            connection.execute(
                "UPDATE ltd_baskets SET state = 'submitted', submission = ? WHERE basket_id = ?",
                (json.dumps(submission), row["basket_id"]),
            )

    def total(self, row: sqlite3.Row, items: list[Item]) -> int:
        """Pence: tickets, delivery once, protection for each ticket."""
        return sum(item.pence for item in items) + sum(self.extras(row, items))

    def extras(self, row: sqlite3.Row, items: list[Item]) -> tuple[int, int]:
        """Delivery and protection in pence."""
        submission = submission_of(row)
        delivery = DELIVERIES[submission["delivery"]][1] if submission else 0
        count = sum(len(item.tickets) for item in items)
        return delivery, PROTECTION_PENCE * count if submission.get("protection") else 0

    def pay(self, basket_id: str, means: str, *, submission: dict[str, Any] | None = None) -> bool:
        """Take the money once and book. False when the hold is over or there is nothing submitted.

        With ``submission`` (an order on account) the basket need not have been submitted before.
        """
        with self.env.store.write() as connection:
            row = self.row(connection, basket_id)
            if row["state"] == "paid":
                return True
            items = self.items(connection, row)
            payable = submission is not None or row["state"] in {"submitted", "failed"}
            if not payable or not self.alive(items):
                return False
            if submission is not None:
                connection.execute(
                    "UPDATE ltd_baskets SET submission = ? WHERE basket_id = ?",
                    (json.dumps(submission), row["basket_id"]),
                )
                row = self.row(connection, basket_id)
            at = self.env.clock.now().isoformat()
            connection.execute(
                "INSERT INTO ltd_charges (basket_id, pence, means, at) VALUES (?, ?, ?, ?)",
                (row["basket_id"], self.total(row, items), means, at),
            )
            connection.execute(
                "UPDATE ltd_baskets SET state = 'paid', reference = ?, paid_ms = ? WHERE basket_id = ?",
                (reference(row, items), self.catalogue.now(), row["basket_id"]),
            )
            for item in items:
                connection.execute("UPDATE ltd_taken SET until_ms = NULL WHERE item_id = ?", (item.item_id,))
                for seat, _ in item.tickets:
                    connection.execute(
                        "UPDATE ltd_tickets SET document = ? WHERE item_id = ? AND seat = ?",
                        (str(uuid.uuid4()), item.item_id, seat),
                    )
            self._mails(connection, row, at)
            return True

    def challenge(self, basket_id: str, means: str) -> str:
        """The card was good: what the bank's question has to bring back."""
        token = str(uuid.uuid4())
        with self.env.store.write() as connection:
            connection.execute(
                "INSERT INTO ltd_challenges (token, basket_id, means) VALUES (?, ?, ?)",
                (token, basket_id.lower(), means),
            )
        return token

    def challenged(self, basket_id: str, token: str) -> str | None:
        """The card behind a challenge, once; None when there is no such challenge."""
        with self.env.store.write() as connection:
            found = connection.execute(
                "DELETE FROM ltd_challenges WHERE token = ? AND basket_id = ? RETURNING means",
                (token, basket_id.lower()),
            ).fetchone()
        return found["means"] if found else None

    def decline(self, basket_id: str) -> None:
        """Declined, or given up, at the gate. The hold goes on; the order may be submitted or paid again."""
        with self.env.store.write() as connection:
            connection.execute(
                "UPDATE ltd_baskets SET state = 'failed' WHERE basket_id = ? AND state = 'submitted'",
                (basket_id.lower(),),
            )

    def _mails(self, connection: sqlite3.Connection, row: sqlite3.Row, at: str) -> None:
        submission = submission_of(row)
        subjects = ["Booking confirmation"] if submission.get("mail") else []
        subjects += ["Your tickets from the venue"] if submission["delivery"] == VENUE_DISPATCH else []
        for subject in subjects:
            connection.execute(
                "INSERT INTO ltd_mails (basket_id, at, recipient, subject) VALUES (?, ?, ?, ?)",
                (row["basket_id"], at, submission["email"], subject),
            )

    def _set_state(self, connection: sqlite3.Connection, row: sqlite3.Row, state: str) -> None:
        connection.execute("UPDATE ltd_baskets SET state = ? WHERE basket_id = ?", (state, row["basket_id"]))


def scheduled_on(performance: Performance) -> datetime:
    """When a scheduled e-ticket is released: 48 hours before the curtain (naive, venue's wall clock)."""
    return performance.starts - timedelta(hours=48)


def submission_of(row: sqlite3.Row) -> dict[str, Any]:
    """The submitted order, empty before there was one."""
    found: dict[str, Any] = json.loads(row["submission"]) if row["submission"] else {}
    return found


def reference(row: sqlite3.Row, items: list[Item]) -> str:
    """Three letters of the first event's name and five digits."""
    name = items[0].performance.spec.name if items else "LTD"
    letters = "".join(c for c in name.upper() if c.isascii() and c.isalpha() and c not in "AEIOU") + "XXX"
    return f"{letters[:3]}{20_000 + row['number']}"

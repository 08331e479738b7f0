"""The objects of the imitated Stripe: one table, one transaction's view of it, and the events it leaves.

Objects are kept as the JSON that the API shows, so that what a caller reads is what happened. Every change
that Stripe would report appends an event with a copy of the object at that moment.
"""

from __future__ import annotations

import json
import secrets
import sqlite3
import string
from collections.abc import Callable
from datetime import datetime
from typing import Any

from shop.standin.stripe_forms import missing

SCHEMA = """
CREATE TABLE IF NOT EXISTS stripe_objects (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    account TEXT NOT NULL,
    parent TEXT NOT NULL DEFAULT '',
    created INTEGER NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS stripe_objects_kind ON stripe_objects (kind, account, seq);
CREATE INDEX IF NOT EXISTS stripe_objects_parent ON stripe_objects (parent, kind);
CREATE TABLE IF NOT EXISTS stripe_idempotency (
    account TEXT NOT NULL, key TEXT NOT NULL, method TEXT NOT NULL, path TEXT NOT NULL, params TEXT NOT NULL,
    status INTEGER NOT NULL, body TEXT NOT NULL, created INTEGER NOT NULL, request_id TEXT NOT NULL,
    PRIMARY KEY (account, key)
);
CREATE TABLE IF NOT EXISTS stripe_due (
    id INTEGER PRIMARY KEY AUTOINCREMENT, account TEXT NOT NULL, object_id TEXT NOT NULL, task TEXT NOT NULL,
    due_at REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS stripe_deliveries (
    id INTEGER PRIMARY KEY AUTOINCREMENT, event_id TEXT NOT NULL, url TEXT NOT NULL, secret TEXT NOT NULL,
    state TEXT NOT NULL, due_at REAL NOT NULL, attempts INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS stripe_deliveries_state ON stripe_deliveries (state, due_at);
CREATE TABLE IF NOT EXISTS stripe_attempts (
    id INTEGER PRIMARY KEY AUTOINCREMENT, delivery_id INTEGER NOT NULL, event_id TEXT NOT NULL,
    event_type TEXT NOT NULL, at TEXT NOT NULL, url TEXT NOT NULL, status INTEGER, problem TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS stripe_settings (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""
TABLES = (
    "stripe_objects",
    "stripe_idempotency",
    "stripe_due",
    "stripe_deliveries",
    "stripe_attempts",
    "stripe_settings",
)

SHOP_ACCOUNT = "acct_standinshop"
TICKETHEAD_ACCOUNT = "acct_standintickethead"

_LETTERS = string.ascii_letters + string.digits


def new_id(prefix: str) -> str:
    return f"{prefix}_3S" + "".join(secrets.choice(_LETTERS) for _ in range(22))


def account_of(key: str) -> str:
    """The account behind a key: Tickethead's own keys are told by their name, all others are the shop's."""
    return TICKETHEAD_ACCOUNT if key.split("_test_", 1)[-1].startswith("tickethead") else SHOP_ACCOUNT


class Ledger:
    """The Stripe objects of one account inside one transaction.

    ``on_event`` is called for each event as it is appended; it queues the webhooks.
    """

    def __init__(
        self,
        connection: sqlite3.Connection,
        now: datetime,
        *,
        account: str,
        api_version: str,
        origin: str,
        on_event: Callable[[sqlite3.Connection, dict[str, Any], str], None],
        request_id: str | None = None,
        idempotency_key: str | None = None,
    ) -> None:
        self.connection = connection
        self.now = now
        self.account = account
        self.origin = origin
        self._api_version = api_version
        self._on_event = on_event
        self._request = {"id": request_id, "idempotency_key": idempotency_key}

    @property
    def timestamp(self) -> int:
        return int(self.now.timestamp())

    def add(self, kind: str, body: dict[str, Any], *, parent: str = "") -> dict[str, Any]:
        self.connection.execute(
            "INSERT INTO stripe_objects (id, kind, account, parent, created, body) VALUES (?, ?, ?, ?, ?, ?)",
            (body["id"], kind, self.account, parent, body["created"], json.dumps(body)),
        )
        return body

    def save(self, body: dict[str, Any]) -> dict[str, Any]:
        self.connection.execute(
            "UPDATE stripe_objects SET body = ? WHERE id = ?", (json.dumps(body), body["id"])
        )
        return body

    def find(self, kind: str, object_id: str) -> dict[str, Any] | None:
        row = self.connection.execute(
            "SELECT body FROM stripe_objects WHERE id = ? AND kind = ? AND account = ?",
            (object_id, kind, self.account),
        ).fetchone()
        return json.loads(row["body"]) if row else None

    def get(self, kind: str, object_id: str, *, param: str = "id") -> dict[str, Any]:
        """Raises the 404 that Stripe answers for an unknown or foreign id."""
        found = self.find(kind, object_id)
        if found is None:
            raise missing(kind, object_id, param="intent" if kind == "payment_intent" else param)
        return found

    def below(self, parent: str, kind: str) -> list[dict[str, Any]]:
        """Oldest first."""
        rows = self.connection.execute(
            "SELECT body FROM stripe_objects WHERE parent = ? AND kind = ? ORDER BY seq", (parent, kind)
        )
        return [json.loads(row["body"]) for row in rows]

    def event(self, name: str, body: dict[str, Any]) -> None:
        event = {
            "id": new_id("evt"),
            "object": "event",
            "api_version": self._api_version,
            "created": self.timestamp,
            "data": {"object": json.loads(json.dumps(body))},
            "livemode": False,
            "pending_webhooks": 0,
            "request": dict(self._request),
            "type": name,
        }
        self.add("event", event, parent=str(body["id"]))
        self._on_event(self.connection, event, self.account)

    def setting(self, name: str) -> str:
        """What the control side said of the bank; "" when it said nothing."""
        row = self.connection.execute("SELECT value FROM stripe_settings WHERE name = ?", (name,)).fetchone()
        return str(row["value"]) if row else ""

    def later(self, task: str, object_id: str, seconds: float) -> None:
        """Have ``task`` done for the object once that much of the stand-in's time has passed."""
        self.connection.execute(
            "INSERT INTO stripe_due (account, object_id, task, due_at) VALUES (?, ?, ?, ?)",
            (self.account, object_id, task, self.now.timestamp() + seconds),
        )

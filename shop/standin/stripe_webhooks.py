"""Signed webhooks: queued with the event, delivered by a thread, repeated until the other side says 2xx.

Source: Stripe documentation, "Receive Stripe events in your webhook endpoint" (signature, retries, order not
guaranteed). The waiting times between tries are our reading, much shorter than the real hours.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import sqlite3
import threading
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import requests
import stripe as library

from shop.standin.stripe_ledger import SHOP_ACCOUNT
from shop.standin.wsgi import Env

API_VERSION = library.api_version
ENDPOINT = "we_standin"
RETRY_SECONDS = (1, 3, 10, 30, 120, 600, 3600, 4 * 3600, 12 * 3600, 24 * 3600)
PATIENCE = 10
MODES = ("deliver", "hold", "drop")
DEFAULTS: dict[str, Any] = {
    "url": "",
    "secret": "whsec_standin",
    "mode": "deliver",
    "copies": 1,
    "delay_seconds": 0.0,
    "events": [],
}


def signature(payload: str, secret: str, timestamp: int) -> str:
    """The ``Stripe-Signature`` header of a body."""
    digest = hmac.new(secret.encode(), f"{timestamp}.{payload}".encode(), hashlib.sha256).hexdigest()
    return f"t={timestamp},v1={digest}"


class Courier:
    """Keeps the settings, the queue and the delivering thread.

    The thread lives only while something waits, so a stand-in without a webhook address has none.
    """

    def __init__(self, env: Env) -> None:
        self._env = env
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def settings(self) -> dict[str, Any]:
        with self._env.store.connect() as connection:
            row = connection.execute("SELECT value FROM stripe_settings WHERE name = 'webhooks'").fetchone()
        preset = {
            "url": self._env.options.get("stripe_webhook_url") or "",
            "secret": self._env.options.get("stripe_webhook_secret") or DEFAULTS["secret"],
        }
        return {**DEFAULTS, **preset, **(json.loads(row["value"]) if row else {})}

    def set(self, **changes: Any) -> dict[str, Any]:
        """Raises ``ValueError`` with a sentence for a setting that makes no sense."""
        unknown = set(changes) - set(DEFAULTS)
        if unknown:
            raise ValueError(f"Webhooks know {', '.join(DEFAULTS)}; not {', '.join(sorted(unknown))}.")
        if changes.get("mode", "deliver") not in MODES:
            raise ValueError(f"mode is one of {', '.join(MODES)}.")
        if "copies" in changes:
            changes["copies"] = int(changes["copies"])
            if not 1 <= changes["copies"] <= 20:
                raise ValueError("copies is between 1 and 20.")
        if "delay_seconds" in changes:
            changes["delay_seconds"] = float(changes["delay_seconds"])
        if isinstance(changes.get("events"), str):
            changes["events"] = [name.strip() for name in changes["events"].split(",") if name.strip()]
        if changes.get("url") and not str(changes["url"]).startswith(("http://", "https://")):
            raise ValueError("url is an http address.")
        new = {**self.settings(), **changes}
        with self._env.store.write() as connection:
            connection.execute(
                "INSERT INTO stripe_settings (name, value) VALUES ('webhooks', ?)"
                " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                (json.dumps(new),),
            )
        return new

    def endpoint(self) -> dict[str, Any] | None:
        """The one endpoint there is, as the API shows it; the secret is shown when one is made, not later."""
        settings = self.settings()
        if not settings["url"]:
            return None
        return {
            "id": ENDPOINT,
            "object": "webhook_endpoint",
            "api_version": API_VERSION,
            "application": None,
            "created": 1_767_225_600,
            "description": None,
            "enabled_events": settings["events"] or ["*"],
            "livemode": False,
            "metadata": {},
            "status": "enabled",
            "url": settings["url"],
        }

    def queue(self, connection: sqlite3.Connection, event: dict[str, Any], account: str) -> None:
        """Note the deliveries of a new event, in the transaction that made it."""
        settings = self.settings()
        if account != SHOP_ACCOUNT or not settings["url"]:
            return
        if settings["events"] and event["type"] not in settings["events"]:
            return
        state = {"deliver": "waiting", "hold": "held", "drop": "dropped"}[settings["mode"]]
        due = self._env.clock.now().timestamp() + settings["delay_seconds"]
        for _ in range(settings["copies"]):
            connection.execute(
                "INSERT INTO stripe_deliveries (event_id, url, secret, state, due_at) VALUES (?, ?, ?, ?, ?)",
                (event["id"], settings["url"], settings["secret"], state, due),
            )

    def recover(self) -> None:
        """After a restart: what was under way is tried again. The address that was given at the start takes the place
        of one that is kept from before."""
        given = {
            name: self._env.options[f"stripe_webhook_{name}"]
            for name in ("url", "secret")
            if self._env.options.get(f"stripe_webhook_{name}")
        }
        if given:
            self.set(**given)
        with self._env.store.write() as connection:
            connection.execute("UPDATE stripe_deliveries SET state = 'waiting' WHERE state = 'sending'")
        self.wake()

    def wake(self) -> None:
        """Start the thread if something waits. Call it after the transaction is over."""
        with self._lock:
            if self._thread is None and self._waiting():
                self._thread = threading.Thread(target=self._run, name="stripe-webhooks", daemon=True)
                self._thread.start()

    def flush(self, *, reverse: bool = False) -> list[dict[str, Any]]:
        """Deliver everything held or waiting now, one after the other, in this thread."""
        order = "DESC" if reverse else "ASC"
        with self._env.store.write() as connection:
            rows = connection.execute(
                f"SELECT id FROM stripe_deliveries WHERE state IN ('held', 'waiting') ORDER BY id {order}"
            ).fetchall()
            connection.execute(
                "UPDATE stripe_deliveries SET state = 'sending' WHERE state IN ('held', 'waiting')"
            )
        return [self._deliver(int(row["id"])) for row in rows]

    def again(self, event_id: str) -> dict[str, Any]:
        """Send one event once more, as the button in Stripe's dashboard does. Raises ``LookupError``."""
        settings = self.settings()
        with self._env.store.write() as connection:
            if not connection.execute("SELECT 1 FROM stripe_objects WHERE id = ?", (event_id,)).fetchone():
                raise LookupError(f"No event {event_id}.")
            cursor = connection.execute(
                "INSERT INTO stripe_deliveries (event_id, url, secret, state, due_at)"
                " VALUES (?, ?, ?, 'sending', ?)",
                (event_id, settings["url"], settings["secret"], self._env.clock.now().timestamp()),
            )
        return self._deliver(int(cursor.lastrowid or 0))

    def attempts(self, limit: int = 500) -> list[dict[str, Any]]:
        """Every try to deliver, oldest first."""
        with self._env.store.connect() as connection:
            rows = connection.execute(
                "SELECT * FROM (SELECT * FROM stripe_attempts ORDER BY id DESC LIMIT ?) ORDER BY id", (limit,)
            ).fetchall()
        return [dict(row) for row in rows]

    def counts(self) -> dict[str, int]:
        with self._env.store.connect() as connection:
            rows = connection.execute("SELECT state, COUNT(*) AS n FROM stripe_deliveries GROUP BY state")
            return {row["state"]: row["n"] for row in rows}

    def _waiting(self) -> bool:
        with self._env.store.connect() as connection:
            return bool(
                connection.execute(
                    "SELECT 1 FROM stripe_deliveries WHERE state = 'waiting' LIMIT 1"
                ).fetchone()
            )

    def _run(self) -> None:
        with ThreadPoolExecutor(max_workers=4, thread_name_prefix="stripe-webhook") as pool:
            while True:
                for delivery_id in self._claim():
                    pool.submit(self._deliver, delivery_id)
                with self._lock:
                    if not self._waiting():
                        self._thread = None
                        return
                time.sleep(0.1)

    def _claim(self) -> Iterable[int]:
        now = self._env.clock.now().timestamp()
        with self._env.store.write() as connection:
            rows = connection.execute(
                "UPDATE stripe_deliveries SET state = 'sending' WHERE state = 'waiting' AND due_at <= ?"
                " RETURNING id",
                (now,),
            ).fetchall()
        return sorted(int(row["id"]) for row in rows)

    def _deliver(self, delivery_id: int) -> dict[str, Any]:
        with self._env.store.connect() as connection:
            row = connection.execute(
                "SELECT d.*, o.body FROM stripe_deliveries d JOIN stripe_objects o ON o.id = d.event_id"
                " WHERE d.id = ?",
                (delivery_id,),
            ).fetchone()
        if row is None:
            return {}
        event = json.loads(row["body"])
        event["pending_webhooks"] = 1
        payload = json.dumps(event, indent=2)
        status, problem = None, ""
        try:
            # The signature is checked against real time, whatever the stand-in's clock says.
            answer = requests.post(
                row["url"],
                data=payload.encode(),
                headers={
                    "Content-Type": "application/json; charset=utf-8",
                    "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
                    "Stripe-Signature": signature(payload, row["secret"], int(time.time())),
                },
                timeout=PATIENCE,
                allow_redirects=False,
            )
            status = answer.status_code
        except requests.RequestException as error:
            problem = type(error).__name__
        self._note(row, event, status, problem)
        return {"event": event["id"], "type": event["type"], "status": status, "problem": problem}

    def _note(self, row: sqlite3.Row, event: dict[str, Any], status: int | None, problem: str) -> None:
        now = self._env.clock.now()
        done = status is not None and 200 <= status < 300
        tries = row["attempts"] + 1
        state = "done" if done else "waiting" if tries <= len(RETRY_SECONDS) else "failed"
        due = now.timestamp() + (RETRY_SECONDS[tries - 1] if state == "waiting" else 0)
        with self._env.store.write() as connection:
            connection.execute(
                "UPDATE stripe_deliveries SET state = ?, attempts = ?, due_at = ? WHERE id = ?",
                (state, tries, due, row["id"]),
            )
            connection.execute(
                "INSERT INTO stripe_attempts (delivery_id, event_id, event_type, at, url, status, problem)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                (row["id"], event["id"], event["type"], now.isoformat(), row["url"], status, problem),
            )
        if state == "waiting":
            self.wake()

"""Every call that reached the stand-in, so that tests can read what was really sent."""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any

from shop.standin.store import Store

KEEP = 50_000
BODY_LIMIT = 64_000
RESPONSE_LIMIT = 4_000
SECRET_HEADERS = {
    "api-key",
    "authorization",
    "cookie",
    "x-api-key",
    "proxy-authorization",
    "stripe-signature",
}
_CARD = re.compile(r"(?<!\d)\d(?:(?:[ +]|%20)?\d){12,18}(?!\d)")
_CODE = re.compile(r"""(\b(?:cvc|cvv|password)\]?["']?\s*[=:]\s*["']?)[^&"',\s}]+""", re.IGNORECASE)

_SECRET = re.compile(r'("secret_key"\s*:\s*")([^"]+)')
_KEY = re.compile(r"((?:^|&)api_key=)([^&]+)", re.IGNORECASE)


def fingerprint(secret: str) -> str:
    """Short and the same for the same secret: two keys can be told apart without being shown."""
    return "fp:" + hashlib.sha256(secret.encode()).hexdigest()[:12]


def without_key(query: str) -> str:
    """A key that travels in an address becomes its fingerprint."""
    return _KEY.sub(lambda found: found.group(1) + fingerprint(found.group(2)), query)


def without_card(text: str) -> str:
    """Card numbers keep their last four digits; security codes and passwords go."""
    return _CODE.sub(r"\1***", _CARD.sub(_mask, text))


def without_secret(text: str) -> str:
    """A secret key that an answer hands out becomes its fingerprint."""
    return _SECRET.sub(lambda found: found.group(1) + fingerprint(found.group(2)), text)


def _mask(found: re.Match[str]) -> str:
    digits = re.sub(r"%20|\D", "", found.group())
    doubled = [int(d) * (2 if place % 2 else 1) for place, d in enumerate(reversed(digits))]
    is_card = sum(n - 9 if n > 9 else n for n in doubled) % 10 == 0
    return "card:" + digits[-4:] if is_card else found.group()


class Journal:
    def __init__(self, store: Store) -> None:
        self._store = store

    def write(
        self,
        *,
        at: str,
        world: str,
        method: str,
        path: str,
        query: str,
        headers: list[tuple[str, str]],
        body: bytes,
        status: int | None,
        response: bytes,
        milliseconds: float,
        fault: str | None,
        hide_card: bool = True,
    ) -> None:
        """``status`` is None when the caller got no answer at all."""
        shown = {
            name: fingerprint(value) if name.lower() in SECRET_HEADERS else value for name, value in headers
        }
        text = body[:BODY_LIMIT].decode("utf-8", "replace")
        with self._store.write() as connection:
            cursor = connection.execute(
                "INSERT INTO journal"
                " (at, world, method, path, query, headers, body, status, response, milliseconds, fault)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    at,
                    world,
                    method,
                    path,
                    without_key(query),
                    json.dumps(shown),
                    without_card(text) if hide_card else text,
                    status,
                    without_secret(response[:RESPONSE_LIMIT].decode("utf-8", "replace")),
                    round(milliseconds, 3),
                    fault,
                ),
            )
            row_id = int(cursor.lastrowid or 0)
            if row_id % 500 == 0:
                connection.execute("DELETE FROM journal WHERE id <= ?", (row_id - KEEP,))

    def read(
        self,
        *,
        world: str | None = None,
        since_id: int = 0,
        path: str | None = None,
        method: str | None = None,
        limit: int = 1000,
    ) -> list[dict[str, Any]]:
        """Oldest first. ``path`` is a glob such as ``*/Baskets/*/Tickets``; headers come as an object."""
        with self._store.connect() as connection:
            rows = connection.execute(
                "SELECT * FROM journal WHERE id > ? AND (? IS NULL OR world = ?)"
                " AND (? IS NULL OR path GLOB ?) AND (? IS NULL OR method = ?) ORDER BY id LIMIT ?",
                (since_id, world, world, path, path, method, method, limit),
            ).fetchall()
        return [{**dict(row), "headers": json.loads(row["headers"])} for row in rows]

    def last_id(self) -> int:
        with self._store.connect() as connection:
            row = connection.execute("SELECT MAX(id) AS last FROM journal").fetchone()
        return int(row["last"] or 0)

    def clear(self) -> None:
        with self._store.write() as connection:
            connection.execute("DELETE FROM journal")

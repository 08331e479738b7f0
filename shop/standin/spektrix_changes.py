"""What the control pages changed at the imitated Spektrix: laid over events and instances, merged, taken back by null."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from shop.standin.spektrix_ids import number_of
from shop.standin.store import Store

SCHEMA = """
CREATE TABLE IF NOT EXISTS spk_changes (
    client TEXT NOT NULL, kind TEXT NOT NULL, number INTEGER NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (client, kind, number)
);
"""


def _seats(value: Any) -> list[int]:
    """Numbers of seats that are named by wire id."""
    found = [number_of(each) for each in value] if isinstance(value, list) else [None]
    if None in found:
        raise ValueError("only_free is a list of seat ids.")
    return [number for number in found if number is not None]


KNOWN: dict[str, dict[str, Callable[[Any], Any]]] = {
    "event": {"name": str, "htmlDescription": str, "removed": bool, "price_change": int},
    "instance": {
        "cancelled": bool, "sold_out": bool, "off_sale": bool, "removed": bool, "price_change": int, "only_free": _seats,
    },
}  # fmt: skip
Found = dict[int, dict[str, Any]]


class Changes:
    def __init__(self, store: Store) -> None:
        self._store = store

    def of(self, client: str, kind: str) -> Found:
        with self._store.connect() as connection:
            rows = connection.execute(
                "SELECT number, body FROM spk_changes WHERE client = ? AND kind = ?", (client, kind)
            ).fetchall()
        return {row["number"]: json.loads(row["body"]) for row in rows}

    def one(self, client: str, kind: str, number: int) -> dict[str, Any]:
        return self.of(client, kind).get(number, {})

    def merge(self, client: str, kind: str, number: int, given: dict[str, Any]) -> dict[str, Any]:
        """Raises ``ValueError`` with a sentence for what makes no sense."""
        known = KNOWN[kind]
        unknown = set(given) - set(known)
        if unknown:
            raise ValueError(f"An {kind} has {', '.join(known)}; not {', '.join(sorted(unknown))}.")
        body = self.one(client, kind, number)
        for name, value in given.items():
            if value is None:
                body.pop(name, None)
            elif known[name] is bool:
                body[name] = str(value).lower() in {"true", "1"}
            else:
                body[name] = known[name](value)
        with self._store.write() as connection:
            connection.execute(
                "INSERT INTO spk_changes VALUES (?, ?, ?, ?)"
                " ON CONFLICT (client, kind, number) DO UPDATE SET body = excluded.body",
                (client, kind, number, json.dumps(body)),
            )
        return body

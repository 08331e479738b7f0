"""Faults that can be switched on from the control pages and from tests.

Two families live in one table:

* *named* faults belong to a world, which asks for them at the right moment with ``take`` (for example
  ``ltd``/``sold_out``);
* *transport* faults have a ``match`` such as ``POST /rest/v2/Baskets/*/Tickets`` and are applied by the
  dispatcher to every world in the same way, see ``TRANSPORT_KINDS``.

``times`` is how often a fault strikes (default 1, ``-1`` until it is switched off), ``skip`` lets that many
calls pass first, ``where`` (named faults) narrows it to certain attributes, e.g. ``{"performance_id": 7}``.
"""

from __future__ import annotations

import json
from fnmatch import fnmatchcase
from typing import Any

from shop.standin.store import Store

TRANSPORT_KINDS = {
    "status": "answers with `status` and `body` without doing the work",
    "lost_answer": "does the work, then drops the connection (or answers `status`, or stalls `seconds`)",
    "slow": "waits `seconds`, then does the work; with `after` true it does the work first",
    "drop": "drops the connection without doing the work",
    "html": "answers 200 (or `status`) with a page of HTML instead of data",
    "empty": "answers 200 (or `status`) with nothing in it",
    "garbage": "answers 200 (or `status`) with broken JSON",
    "too_many": "answers 429 with Retry-After (`seconds`, default 2)",
}


class Faults:
    def __init__(self, store: Store) -> None:
        self._store = store

    def add(self, spec: dict[str, Any]) -> int:
        """Switch a fault on. Raises ``ValueError`` with a sentence when the order makes no sense."""
        world = str(spec.get("world") or "")
        match = str(spec.get("match") or "")
        kind = str(spec.get("kind") or "")
        name = str(spec.get("name") or "")
        if not world:
            raise ValueError("A fault needs a world.")
        if match:
            if kind not in TRANSPORT_KINDS:
                raise ValueError(f"A fault with a match needs a kind: {', '.join(TRANSPORT_KINDS)}.")
            if len(match.split(" ")) != 2:
                raise ValueError("match reads METHOD PATH, e.g. POST /rest/v2/Baskets/*/Tickets.")
        elif not name:
            raise ValueError("A fault needs a name, or a match and a kind.")
        try:
            times, skip = int(spec.get("times", 1)), int(spec.get("skip", 0))
            seconds, status = float(spec.get("seconds") or 0), int(spec.get("status") or 200)
            int(spec.get("by") or 0)
        except (TypeError, ValueError):
            raise ValueError("times, skip, seconds, status and by are numbers.") from None
        if not all(isinstance(spec.get(key) or {}, dict) for key in ("where", "headers")):
            raise ValueError("where and headers are objects.")
        if times == 0 or times < -1 or skip < 0 or seconds < 0 or not 100 <= status <= 599:
            raise ValueError(
                "times is -1 or at least 1, skip and seconds are not negative, status is 1xx-5xx."
            )
        params = {key: value for key, value in spec.items() if key not in {"world", "match", "times", "skip"}}
        with self._store.write() as connection:
            cursor = connection.execute(
                "INSERT INTO faults (world, name, match, params, times_left, skip) VALUES (?, ?, ?, ?, ?, ?)",
                (world, name or kind, match, json.dumps(params), times, skip),
            )
        return int(cursor.lastrowid or 0)

    def all(self) -> list[dict[str, Any]]:
        with self._store.connect() as connection:
            rows = connection.execute("SELECT * FROM faults WHERE times_left != 0 ORDER BY id").fetchall()
        return [{**dict(row), "params": json.loads(row["params"])} for row in rows]

    def clear(self, *, world: str | None = None, fault_id: int | None = None) -> int:
        """Switch off one fault, those of one world, or all. How many there were."""
        with self._store.write() as connection:
            return connection.execute(
                "DELETE FROM faults WHERE (? IS NULL OR world = ?) AND (? IS NULL OR id = ?)",
                (world, world, fault_id, fault_id),
            ).rowcount

    def is_on(self, world: str, name: str, **attributes: Any) -> dict[str, Any] | None:
        """The parameters of a fault that would strike now, without using it up."""
        return self._find(world, name, attributes, use=False)

    def take(self, world: str, name: str, **attributes: Any) -> dict[str, Any] | None:
        """Use up one charge of a named fault; its parameters, or None when it is not on."""
        return self._find(world, name, attributes, use=True)

    def take_transport(self, world: str, method: str, path: str) -> dict[str, Any] | None:
        """Use up one charge of the first transport fault that matches this call. Path is without prefix."""
        with self._store.connect() as connection:
            rows = connection.execute(
                "SELECT * FROM faults WHERE world IN (?, '*') AND match != '' AND times_left != 0"
                " ORDER BY id",
                (world,),
            ).fetchall()
        for row in rows:
            wanted_method, wanted_path = row["match"].split(" ")
            if wanted_method in {method, "*"} and fnmatchcase(path, wanted_path) and self._use(row["id"]):
                params: dict[str, Any] = json.loads(row["params"])
                return params
        return None

    def _find(self, world: str, name: str, attributes: dict[str, Any], *, use: bool) -> dict[str, Any] | None:
        with self._store.connect() as connection:
            rows = connection.execute(
                "SELECT * FROM faults WHERE world = ? AND name = ? AND match = '' AND times_left != 0"
                " ORDER BY id",
                (world, name),
            ).fetchall()
        for row in rows:
            params: dict[str, Any] = json.loads(row["params"])
            where = params.get("where") or {}
            if any(str(attributes.get(key)) != str(value) for key, value in where.items()):
                continue
            if use:
                if self._use(row["id"]):
                    return params
            elif row["skip"] == 0:
                return params
        return None

    def _use(self, fault_id: int) -> bool:
        """True when the fault strikes this call; a remaining ``skip`` is counted down instead."""
        with self._store.write() as connection:
            skipped = connection.execute(
                "UPDATE faults SET skip = skip - 1 WHERE id = ? AND skip > 0", (fault_id,)
            ).rowcount
            if skipped:
                return False
            return bool(
                connection.execute(
                    "UPDATE faults SET used = used + 1,"
                    " times_left = CASE WHEN times_left > 0 THEN times_left - 1 ELSE times_left END"
                    " WHERE id = ? AND times_left != 0",
                    (fault_id,),
                ).rowcount
            )

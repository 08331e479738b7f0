"""What can be turned at an imitated world: numbers and texts with defaults, kept in the state as one row."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from shop.standin.wsgi import Env


class Turned:
    """`table` has the columns name and value. `defaults` names everything, each a text or a number."""

    def __init__(self, env: Env, table: str, defaults: Mapping[str, Any]) -> None:
        self._env, self._table, self._defaults = env, table, defaults

    def all(self) -> dict[str, Any]:
        with self._env.store.connect() as connection:
            row = connection.execute(f"SELECT value FROM {self._table} WHERE name = 'options'").fetchone()
        return {**self._defaults, **(json.loads(row["value"]) if row else {})}

    def __getitem__(self, name: str) -> Any:
        return self.all()[name]

    def set(self, changes: Mapping[str, Any]) -> dict[str, Any]:
        """Raises ``ValueError`` with a sentence for what makes no sense."""
        new = self.all()
        for name, value in changes.items():
            if name not in self._defaults:
                raise ValueError(f"There is {', '.join(self._defaults)}; not {name}.")
            new[name] = type(self._defaults[name])(value)
            if isinstance(new[name], int | float) and new[name] < 0:
                raise ValueError(f"{name} is not negative.")
        with self._env.store.write() as connection:
            connection.execute(
                f"INSERT INTO {self._table} (name, value) VALUES ('options', ?)"
                " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                (json.dumps(new),),
            )
        return new

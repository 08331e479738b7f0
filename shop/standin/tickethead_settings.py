"""What can be turned at the imitated Tickethead: windows and lags. Kept in the state."""

from __future__ import annotations

import json
from typing import Any

from shop.standin.wsgi import Env

DEFAULTS: dict[str, Any] = {
    # Seconds from the order to the end of its payment window (organizer.event_timer_s).
    "event_timer_s": 600,
    # How long "paid" lags behind Stripe's success: polls of the order, and seconds.
    "lag_polls": 1,
    "lag_seconds": 0.0,
    # Polls of the finished file that still answer 404 after "paid".
    "download_lag": 0,
}
# Whoever does not poll is told late, but the order is paid by then.
AT_THE_LATEST = 30.0


class Settings:
    def __init__(self, env: Env) -> None:
        self._env = env

    def all(self) -> dict[str, Any]:
        with self._env.store.connect() as connection:
            row = connection.execute("SELECT value FROM th_settings WHERE name = 'options'").fetchone()
        return {**DEFAULTS, **(json.loads(row["value"]) if row else {})}

    def set(self, changes: dict[str, Any]) -> dict[str, Any]:
        """Raises ``ValueError`` with a sentence for what makes no sense."""
        new = self.all()
        for name, value in changes.items():
            if name not in DEFAULTS:
                raise ValueError(f"There is {', '.join(DEFAULTS)}; not {name}.")
            new[name] = type(DEFAULTS[name])(value)
            if new[name] < 0:
                raise ValueError(f"{name} is not negative.")
        with self._env.store.write() as connection:
            connection.execute(
                "INSERT INTO th_settings (name, value) VALUES ('options', ?)"
                " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                (json.dumps(new),),
            )
        return new

    def window_seconds(self, organizer: str) -> int:
        return int(self.all()["event_timer_s"])

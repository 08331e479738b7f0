"""The stand-in's adjustable now."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from shop.standin.store import Store

LONDON = ZoneInfo("Europe/London")
_OFFSET = "clock_offset_seconds"


class Clock:
    """Real time plus an offset that is kept in the store and moved through the control pages."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def now(self) -> datetime:
        """Aware, UTC."""
        return datetime.now(UTC) + timedelta(seconds=self.offset())

    def offset(self) -> float:
        """Seconds ahead of real time (negative: behind)."""
        with self._store.connect() as connection:
            row = connection.execute("SELECT value FROM meta WHERE name = ?", (_OFFSET,)).fetchone()
        return float(row["value"]) if row else 0.0

    def set_offset(self, seconds: float) -> None:
        with self._store.write() as connection:
            connection.execute(
                "INSERT INTO meta (name, value) VALUES (?, ?)"
                " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                (_OFFSET, str(float(seconds))),
            )

    def advance(self, seconds: float) -> None:
        with self._store.write():
            self.set_offset(self.offset() + seconds)

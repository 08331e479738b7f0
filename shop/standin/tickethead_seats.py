"""The seats of charted events and who holds them: what seats.io keeps for Tickethead.

Source: docs.seats.io (statuses, hold tokens, holding, booking, releasing, changing several seats at once). The event
key is the event's id and the category key the ticket config's id: chosen here. Holding a seat again with the same
token, and releasing a free one, changes nothing and is no mistake: our reading.
"""

from __future__ import annotations

import json
import secrets
import sqlite3
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from shop.standin.tickethead_charts import PlannedSeat
from shop.standin.wsgi import Env

FREE, HELD, BOOKED = "free", "reservedByToken", "booked"
HOLD_MINUTES = 15

SCHEMA = """
CREATE TABLE IF NOT EXISTS th_chart_seats (
    event_key TEXT NOT NULL, label TEXT NOT NULL, place INTEGER NOT NULL, category_key TEXT NOT NULL,
    status TEXT NOT NULL, hold_token TEXT, order_id TEXT, ticket_type TEXT, extra_data TEXT,
    for_sale INTEGER NOT NULL, body TEXT NOT NULL, PRIMARY KEY (event_key, label)
);
CREATE INDEX IF NOT EXISTS th_chart_seats_token ON th_chart_seats (hold_token) WHERE hold_token IS NOT NULL;
CREATE TABLE IF NOT EXISTS th_hold_tokens (
    token TEXT PRIMARY KEY, workspace TEXT NOT NULL, expires_at REAL NOT NULL
);
"""


class IllegalStatusChange(Exception):
    """Nothing was changed. ``messages``: one sentence for each seat that stood in the way."""

    def __init__(self, messages: list[str]) -> None:
        super().__init__("; ".join(messages))
        self.messages = messages


class UnknownSeatError(Exception):
    """``label`` is not on the chart of the event."""

    def __init__(self, label: str) -> None:
        super().__init__(label)
        self.label = label


@dataclass(frozen=True)
class Token:
    """``workspace`` is empty for one that was made with the key of the whole company."""

    token: str
    workspace: str
    expires_at: float


@dataclass(frozen=True)
class Wanted:
    """One object of a call."""

    label: str
    ticket_type: str | None = None
    extra_data: Any = None


@dataclass(frozen=True)
class Change:
    """One change of status. ``status`` ``free`` releases. ``allowed``: None is any earlier status."""

    seats: tuple[Wanted, ...]
    status: str
    token: str | None = None
    order_id: str | None = None
    allowed: Collection[str] | None = None
    rejected: Collection[str] = field(default_factory=tuple)


def write(connection: sqlite3.Connection, key: str, planned: Iterable[tuple[PlannedSeat, int]]) -> None:
    """Put a plan under an event; each seat with the id of its ticket config."""
    connection.executemany(
        "INSERT INTO th_chart_seats (event_key, label, place, category_key, status, for_sale, body)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        [
            (
                key,
                seat.label,
                place,
                str(config),
                BOOKED if seat.booked else FREE,
                int(seat.for_sale),
                json.dumps(seat.body),
            )
            for place, (seat, config) in enumerate(planned)
        ],
    )


class Seats:
    """Everything takes an open connection, so that a caller decides what belongs together."""

    def __init__(self, env: Env) -> None:
        self._env = env

    # Tokens.

    def new_token(
        self, connection: sqlite3.Connection, workspace: str, minutes: float = HOLD_MINUTES
    ) -> Token:
        made = Token(secrets.token_urlsafe(12), workspace, self._now() + minutes * 60)
        connection.execute(
            "INSERT INTO th_hold_tokens VALUES (?, ?, ?)", (made.token, made.workspace, made.expires_at)
        )
        return made

    def token(self, connection: sqlite3.Connection, token: str, workspace: str = "") -> Token | None:
        """None for an unknown, expired or another workspace's one."""
        row = connection.execute("SELECT * FROM th_hold_tokens WHERE token = ?", (token,)).fetchone()
        if row is None or row["expires_at"] <= self._now():
            return None
        if workspace and row["workspace"] not in {"", workspace}:
            return None
        return Token(row["token"], row["workspace"], row["expires_at"])

    def expire_in(self, connection: sqlite3.Connection, token: Token, minutes: float) -> Token:
        """Counted from now; nothing left gives its seats back at once."""
        moved = Token(token.token, token.workspace, self._now() + minutes * 60)
        connection.execute(
            "UPDATE th_hold_tokens SET expires_at = ? WHERE token = ?", (moved.expires_at, moved.token)
        )
        return moved

    def seconds_left(self, token: Token) -> int:
        return max(round(token.expires_at - self._now()), 0)

    @staticmethod
    def ends(token: Token) -> datetime:
        return datetime.fromtimestamp(token.expires_at, UTC)

    def _now(self) -> float:
        return self._env.clock.now().timestamp()

    # Seats.

    def all(
        self, connection: sqlite3.Connection, key: str, wanted: Collection[str] | None = None
    ) -> list[dict[str, Any]]:
        """Columns of the seats as they are now, in the order of the plan; held without a live token is free."""
        where, values = "", []
        if wanted is not None:
            where = f" AND s.label IN ({','.join('?' * len(wanted))})"
            values = list(wanted)
        found = connection.execute(
            "SELECT s.*, t.expires_at FROM th_chart_seats s LEFT JOIN th_hold_tokens t ON t.token = s.hold_token"
            f" WHERE s.event_key = ?{where} ORDER BY s.place",
            [key, *values],
        ).fetchall()
        now = self._now()
        return [self._as_it_is(dict(row), now) for row in found]

    @staticmethod
    def _as_it_is(seat: dict[str, Any], now: float) -> dict[str, Any]:
        ends = seat.pop("expires_at")
        if seat["status"] == HELD and (ends is None or ends <= now):
            seat |= {
                "status": FREE,
                "hold_token": None,
                "order_id": None,
                "ticket_type": None,
                "extra_data": None,
            }
        return seat

    def known(
        self, connection: sqlite3.Connection, key: str, labels: Collection[str]
    ) -> list[dict[str, Any]]:
        """Those seats, in the order asked for. Raises ``UnknownSeatError``."""
        found = {seat["label"]: seat for seat in self.all(connection, key, list(labels))}
        for label in labels:
            if label not in found:
                raise UnknownSeatError(label)
        return [found[label] for label in labels]

    def change(self, connection: sqlite3.Connection, key: str, change: Change) -> None:
        """All or none, in the caller's write. Raises ``IllegalStatusChange`` or ``UnknownSeatError``."""
        seats = self.known(connection, key, [seat.label for seat in change.seats])
        problems = [said for seat in seats if (said := self._objection(seat, change))]
        if problems:
            raise IllegalStatusChange(problems)
        for seat, wanted in zip(seats, change.seats, strict=True):
            if change.status == FREE:
                order_id = ticket_type = extra = None
            else:
                order_id = change.order_id or seat["order_id"]
                ticket_type = wanted.ticket_type or seat["ticket_type"]
                extra = None if wanted.extra_data is None else json.dumps(wanted.extra_data)
            connection.execute(
                "UPDATE th_chart_seats SET status = ?, hold_token = ?, order_id = ?, ticket_type = ?, extra_data = ?"
                " WHERE event_key = ? AND label = ?",
                (
                    change.status,
                    change.token if change.status == HELD else None,
                    order_id,
                    ticket_type,
                    extra,
                    key,
                    seat["label"],
                ),
            )

    @staticmethod
    def _objection(seat: dict[str, Any], change: Change) -> str:
        """Why this seat may not change so; empty when it may."""
        label, status = seat["label"], seat["status"]
        mine = status == HELD and seat["hold_token"] == change.token
        if change.allowed is not None and status not in change.allowed:
            return f"{label} is {status}, which is not an allowed previous status"
        if status in change.rejected:
            return f"{label} is {status}, which is a rejected previous status"
        if status == HELD and not mine:
            return f"{label} is held with another hold token"
        if change.status == FREE:
            booked = status not in {FREE, HELD} and change.token is not None
            return f"{label} is {status}, not held with this hold token" if booked else ""
        if not seat["for_sale"]:
            return f"{label} is not for sale"
        if status == BOOKED and change.status in {HELD, BOOKED}:
            return f"{label} is already booked"
        if change.status == BOOKED and change.token is not None and not mine:
            return f"{label} is not held with this hold token"
        return ""

    def book_for_order(
        self, connection: sqlite3.Connection, key: str, labels: list[str], token: str | None, order: int
    ) -> None:
        """What Tickethead does when a payment is created. Raises as ``change`` does."""
        wanted = tuple(Wanted(label) for label in labels)
        self.change(connection, key, Change(wanted, BOOKED, token, str(order)))

    @staticmethod
    def give_back(connection: sqlite3.Connection, key: str, label: str, order: int) -> None:
        """Free a seat that is still the order's."""
        connection.execute(
            "UPDATE th_chart_seats SET status = ?, order_id = NULL, ticket_type = NULL, extra_data = NULL"
            " WHERE event_key = ? AND label = ? AND order_id = ? AND status = ?",
            (FREE, key, label, str(order), BOOKED),
        )

    def force(self, connection: sqlite3.Connection, key: str, labels: list[str], status: str) -> None:
        """Somebody outside, whom no token stops. Raises ``UnknownSeatError``."""
        self.known(connection, key, labels)
        connection.executemany(
            "UPDATE th_chart_seats SET status = ?, hold_token = NULL, order_id = NULL WHERE event_key = ? AND label = ?",
            [(status, key, label) for label in labels],
        )

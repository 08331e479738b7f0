"""What can be turned at the imitated XS2Event: what a contract sets, and the variants that its documents leave open."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shop.standin.turned import Turned
from shop.standin.wsgi import Env

SCHEMA = "CREATE TABLE IF NOT EXISTS xs2_settings (name TEXT PRIMARY KEY, value TEXT NOT NULL);"
DEFAULTS: dict[str, Any] = {
    # XS2Event, "Booking flow": ten minutes.
    "hold_minutes": 10,
    # Calls a minute from one address before 503; 0: no limit. The real number is not published.
    "rate_limit": 0,
    # `flat` as a working client reads them, `nested` as in the documents, `mixed`: nested when there are several groups.
    "requirements": "mixed",
    # Guests on GET: plain values, or each wrapped with its condition even when nobody asked for that.
    "guests": "plain",
    # Whether guest data comes back on GET at all (on the test API it may not).
    "guests_come_back": 1,
    # Whether POST of guest data echoes the ids it gave; the documents' samples show null.
    "echo_guest_ids": 0,
    # Whether pagination has page_number (older answers have not).
    "page_number": 1,
    # DELETE of a reservation: 200 with nothing in it, or 204.
    "delete_status": 200,
    # How logistic_status is written: `lower`, `upper`, `title`, or `mixed`: another way in each list.
    "status_case": "mixed",
    # Seconds until the orders of a new booking can be seen.
    "order_seconds": 0,
    # Seconds a zip address works.
    "zip_seconds": 60,
    # XS2Event's fixed fee per ticket, on its invoice only, in euro cents.
    "fee_per_ticket": 250,
    # Payment methods of the contract.
    "payment_methods": "invoice",
}
CHOICES: dict[str, tuple[Any, ...]] = {
    "requirements": ("flat", "nested", "mixed"),
    "guests": ("plain", "wrapped"),
    "guests_come_back": (0, 1),
    "echo_guest_ids": (0, 1),
    "page_number": (0, 1),
    "delete_status": (200, 204),
    "status_case": ("mixed", "lower", "upper", "title"),
}


class Settings(Turned):
    def __init__(self, env: Env) -> None:
        super().__init__(env, "xs2_settings", DEFAULTS)

    def set(self, changes: Mapping[str, Any]) -> dict[str, Any]:
        for name, value in changes.items():
            if name in CHOICES and str(value) not in map(str, CHOICES[name]):
                raise ValueError(f"{name} is one of {', '.join(map(str, CHOICES[name]))}.")
        return super().set(changes)

"""A caller of the stand-in's XS2Event, as the documents would have it: no client of ours in between."""

from __future__ import annotations

import atexit
import json
import shutil
import sqlite3
import tempfile
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import requests

from shop.standin.transport import StandinAdapter
from shop.standin.wsgi import Standin, make_app

ORIGIN = "http://stand-in.test"
NOON = datetime(2027, 1, 12, 12, tzinfo=UTC)  # a Tuesday
EMAIL = "orders@example.com"
ADA = {
    "first_name": "Ada", "last_name": "Example", "contact_email": "ada@example.com", "contact_phone": "+31612345678",
    "date_of_birth": "1990-01-02", "passport_number": "X1234567", "country_of_residence": "NLD", "gender": "female",
    "street_name": "Voorbeeldlaan 1", "city": "Utrecht", "zip": "3511 AA",
}  # fmt: skip
BODIES = Path(__file__).parent / "xs2event_bodies"


class Buyer:
    """One distributor: a session with a key."""

    def __init__(self, app: Standin | None, key: str = "demo-xs2-key", origin: str = ORIGIN) -> None:
        self.app, self.origin = app, origin
        self.base = f"{origin}/xs2event/v1"
        self.http = requests.Session()
        self.http.trust_env = False
        self.http.headers.update({"X-Api-Key": key, "Accept": "application/json"})
        if app is not None:
            self.http.mount(origin, StandinAdapter(app))

    def call(self, method: str, path: str, body: Any = None, **options: Any) -> requests.Response:
        if body is not None:
            options["json"] = body
        return self.http.request(method, self.base + path, **options)

    def get(self, path: str, **query: Any) -> Any:
        answer = self.call("GET", path, params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def refused(self, path: str, **query: Any) -> int:
        answer = self.call("GET", path, params=query)
        assert answer.status_code >= 400, answer.text
        return answer.status_code

    # The control side

    def control(self, path: str, body: Any = None) -> Any:
        if body is None:
            return self.http.get(f"{self.origin}/_standin{path}").json()
        answer = self.http.post(f"{self.origin}/_standin{path}", json=body)
        assert answer.ok, answer.text
        return answer.json()

    def fault(self, **spec: Any) -> None:
        self.control("/faults", {"world": "xs2event", **spec})

    def settings(self, **changes: Any) -> None:
        self.control("/xs2event/settings", changes)

    def advance(self, seconds: float) -> None:
        self.control("/clock", {"advance_seconds": seconds})

    def books(self) -> dict[str, Any]:
        books: dict[str, Any] = self.control("/books")["xs2event"]
        return books

    def change(self, ticket: dict[str, Any], **values: Any) -> None:
        self.control(f"/xs2event/tickets/{ticket['ticket_id']}", values)

    # What most tests begin with

    def coming(self, **query: Any) -> list[dict[str, Any]]:
        day = self.control("/clock")["now"][:10]
        events: list[dict[str, Any]] = self.get("/events", date_stop=f"ge:{day}", page_size=1000, **query)[
            "events"
        ]
        return events

    def tickets(self, event: dict[str, Any], **query: Any) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.get("/tickets", event_id=event["event_id"], **query)["tickets"]
        return found

    def every(self, **query: Any) -> list[dict[str, Any]]:
        """Every ticket of every event to come."""
        coming = {event["event_id"] for event in self.coming()}
        rows = self.get("/tickets", page_size=1000, **query)["tickets"]
        return [row for row in rows if row["event_id"] in coming]

    def football(self, category: str = "Tribuna Alta", place: int = 0) -> dict[str, Any]:
        """A ticket of the Spanish league in euros; its lead guest is asked before checkout, everybody before download."""
        event = [e for e in self.coming(country="ESP") if e["event_name"].startswith("CD Puerto Alzado vs")][
            place
        ]
        return next(t for t in self.tickets(event) if t["category_name"] == category)

    def line(self, ticket: dict[str, Any], quantity: int = 2, **other: Any) -> dict[str, Any]:
        return {"ticket_id": ticket["ticket_id"], "quantity": quantity, "net_rate": ticket["net_rate"],
                "currency_code": ticket["currency_code"], **other}  # fmt: skip

    def reserve(self, *lines: dict[str, Any], **more: Any) -> requests.Response:
        return self.call("POST", "/reservations", {"items": list(lines), **more})

    def reserved(self, ticket: dict[str, Any], quantity: int = 2, **more: Any) -> dict[str, Any]:
        answer = self.reserve(self.line(ticket, quantity), **more)
        assert answer.status_code == 201, answer.text
        reservation: dict[str, Any] = answer.json()
        return reservation

    def send(self, reservation: dict[str, Any], *groups: list[dict[str, Any]]) -> requests.Response:
        """Guests for each item of the reservation."""
        items = [
            {"ticket_id": item["ticket_id"], "quantity": item["quantity"], "guests": guests}
            for item, guests in zip(reservation["items"], groups, strict=True)
        ]
        return self.call("POST", f"/reservations/{reservation['reservation_id']}/guestdata", {"items": items})

    def book(self, reservation: dict[str, Any], **other: Any) -> requests.Response:
        body = {"reservation_id": reservation["reservation_id"], "booking_email": EMAIL, "payment_method": "invoice",
                "invoice_reference": "INV-1001", **other}  # fmt: skip
        return self.call(
            "POST", "/bookings", {name: value for name, value in body.items() if value is not None}
        )

    def booked(
        self, ticket: dict[str, Any], quantity: int = 2, guests: list[dict[str, Any]] | None = None
    ) -> dict[str, Any]:
        reservation = self.reserved(ticket, quantity)
        if guests is not None:
            assert self.send(reservation, guests).status_code == 200
        answer = self.book(reservation)
        assert answer.status_code == 201, answer.text
        booking: dict[str, Any] = answer.json()
        return booking

    def orders(self, booking: dict[str, Any]) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.get("/bookingorders", booking_id=booking["booking_id"])[
            "bookingorders"
        ]
        return found

    def complete(self, order: dict[str, Any]) -> dict[str, Any]:
        self.control(f"/xs2event/orders/{order['bookingorder_id']}/complete", {})
        now: dict[str, Any] = self.get(f"/bookingorders/{order['bookingorder_id']}")
        return now

    def left(self, ticket: dict[str, Any]) -> int:
        return int(self.get(f"/tickets/{ticket['ticket_id']}")["stock"])


def guest(first: str, *fields: str, lead: bool = False) -> dict[str, Any]:
    """Somebody with a name and the other fields that are wanted."""
    return {**{name: ADA[name] for name in ("last_name", *fields)}, "first_name": first, "lead_guest": lead}


def body(name: str) -> Any:
    """A captured answer."""
    return json.loads((BODIES / name).read_text())


@lru_cache(maxsize=1)
def _once() -> tuple[Standin, sqlite3.Connection]:
    """One application for all tests of a process, and its state when nothing had happened yet."""
    room = Path(tempfile.mkdtemp(prefix="xs2event-tests-"))
    atexit.register(shutil.rmtree, room, ignore_errors=True)
    app = make_app(str(room / "standin.sqlite3"), ORIGIN)
    untouched = sqlite3.connect(":memory:", check_same_thread=False)
    with app.env.store.connect() as connection:
        connection.backup(untouched)
    return app, untouched


def standin() -> Standin:
    """A stand-in in this process, as on its first day, whose clock says noon on 12 January 2027."""
    app, untouched = _once()
    with app.env.store.connect() as connection:
        untouched.backup(connection)
    Buyer(app).control("/clock", {"offset_seconds": (NOON - datetime.now(UTC)).total_seconds()})
    return app

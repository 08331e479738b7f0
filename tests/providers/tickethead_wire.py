"""Tickethead on the wire for tests: scripted answers for each endpoint, and a look at what was sent."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests
import responses

from shop.providers.accounts import AccountConfig
from shop.providers.tickethead.provider import Tickethead
from shop.providers.types import Details, Selection

TENANT = "https://lantern.api.tickethead.example"
WORLD = "https://api.tickethead.example"
NOW = datetime(2026, 11, 21, 7, 31, tzinfo=UTC)
PAYLOADS = Path(__file__).parent / "payloads" / "tickethead"
LOST = requests.exceptions.ReadTimeout("the answer never came")
DOWN = requests.exceptions.ConnectTimeout("nobody there")
HTML = "<html><body>Bad gateway</body></html>"

LOGIN = ("POST", f"{WORLD}/account/v1/guest/login")
ORGANIZER = ("GET", f"{WORLD}/account/v1/organizer/lantern")
VENUE = ("GET", f"{WORLD}/venue/v1/venue/21")
EVENTS = ("GET", f"{TENANT}/event/v1/event")
EVENT = ("GET", f"{TENANT}/event/v1/event/311")
RECURRING = ("GET", f"{TENANT}/event/v1/event/320")
CODES = ("GET", f"{TENANT}/event/v1/organizer/lantern/event/311/ticket_discount")
ORDERS = ("GET", f"{TENANT}/event/v1/order")
ORDER = ("POST", f"{TENANT}/event/v1/order")
CONTACT = ("POST", f"{TENANT}/event/v1/order/1234/order_contact")
PAYMENT = ("POST", f"{TENANT}/payment/v1/payment")
READ = ("GET", f"{TENANT}/event/v1/order/1234")
TICKETS = ("GET", f"{TENANT}/event/v1/order/1234/download_tickets")
HEALTH = ("GET", f"{TENANT}/event/health")


def payload(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((PAYLOADS / f"{name}.json").read_text())
    return found


def token(user: int = 1, *, lives: timedelta = timedelta(hours=2)) -> str:
    def part(value: dict[str, Any]) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    claims = {"id": user, "type": "guest", "exp": int((NOW + lives).timestamp())}
    return f"{part({'alg': 'none'})}.{part(claims)}.signature{user}"


def order(status: str = "draft", **fields: Any) -> dict[str, Any]:
    found = payload("order__draft")
    found["data"] |= {"status": status, **fields}
    return found


def refused(status: int, code: str, message: str = "") -> tuple[int, dict[str, Any]]:
    return status, {"statusCode": status, "error": "Bad Request", "errorCode": code, "message": message}


class Wire:
    """Answers in the order given; the last one stays. An answer is a body, (status, body), text or an exception."""

    def __init__(self, mock: responses.RequestsMock) -> None:
        self.mock = mock
        self.users = 0
        mock.add_callback(*LOGIN, callback=self._login, content_type="application/json")
        self.says(ORGANIZER, payload("organizer"))
        self.says(VENUE, payload("venue"))
        self.says(EVENT, payload("event__standing"))
        self.says(RECURRING, payload("event__recurring"))
        self.says(CODES, payload("discount__by_code"))
        self.says(HEALTH, {"status": "ok"})

    def _login(self, _request: Any) -> tuple[int, dict[str, str], str]:
        self.users += 1
        return 200, {}, json.dumps({"data": {"token": token(self.users)}})

    def says(self, endpoint: tuple[str, str], *answers: Any) -> None:
        method, url = endpoint
        self.mock.remove(method, url)
        for answer in answers:
            status, body = answer if isinstance(answer, tuple) else (200, answer)
            if isinstance(body, Exception | str | bytes):
                kind = "application/pdf" if isinstance(body, bytes) else "text/html"
                self.mock.add(method, url, body=body, status=status, content_type=kind)
            else:
                self.mock.add(method, url, json=body, status=status)

    def sells(self) -> None:
        """Order, contact and payment as on a good day."""
        self.says(ORDER, (201, order()))
        self.says(CONTACT, (201, payload("contact")))
        self.says(PAYMENT, (201, payload("payment")))
        self.says(READ, order("payment_processing"))

    def sent(self, endpoint: tuple[str, str] | None = None) -> list[requests.PreparedRequest]:
        found = [call.request for call in self.mock.calls]
        if endpoint is None:
            return found
        return [one for one in found if (one.method, str(one.url).split("?")[0]) == endpoint]

    def bodies(self, endpoint: tuple[str, str]) -> list[Any]:
        return [json.loads(one.body or "null") for one in self.sent(endpoint)]

    def query(self, endpoint: tuple[str, str]) -> dict[str, str]:
        return {k: v[0] for k, v in parse_qs(urlsplit(str(self.sent(endpoint)[-1].url)).query).items()}

    def tokens(self, endpoint: tuple[str, str]) -> list[str]:
        return [one.headers.get("Authorization", "").removeprefix("Bearer ") for one in self.sent(endpoint)]

    def steps(self) -> list[str]:
        """The writes in their order: login, order, contact, payment."""
        ends = {
            "/guest/login": "login",
            "/v1/order": "order",
            "/order_contact": "contact",
            "/v1/payment": "payment",
        }
        paths = [str(one.url).split("?")[0] for one in self.sent() if one.method == "POST"]
        return [name for path in paths for end, name in ends.items() if path.endswith(end)]


def account(**changes: Any) -> AccountConfig:
    given: dict[str, Any] = {
        "name": "arena", "kind": "tickethead", "title": "Lantern", "base_url": TENANT, "timezone": "Europe/Vienna",
        "currency": "EUR", "options": {"global_url": WORLD},
    }  # fmt: skip
    return AccountConfig(**{**given, **changes})


def provider(**changes: Any) -> Tickethead:
    return Tickethead(account(**changes))


class Kept:
    """The handles that were handed over, newest last."""

    def __init__(self) -> None:
        self.all: list[str] = []

    def __call__(self, handle: str) -> None:
        self.all.append(handle)

    @property
    def last(self) -> str:
        return self.all[-1]


def wants(offer: str = "7489", quantity: int = 2, *, instance: str = "311", **more: Any) -> Selection:
    return Selection(instance_ref=instance, offer_key=offer, quantity=quantity, **more)


def ada(**answers: str) -> Details:
    given = {"first_name": "Ada", "last_name": "Test", "email": "ada@example.org", "format": "pdf"}
    return Details(reference="FOY-7K2M9Q-1", answers=given | answers)


# --- seats ----------------------------------------------------------------------------------------------------

SEATSIO = "https://api-eu.seatsio.example"
SEAT_SECRET = "workspace-secret-1"
SEAT_TOKEN = "q7Zk2LmN0p"
NEW_TOKEN = ("POST", f"{SEATSIO}/hold-tokens")
ONE_TOKEN = ("GET", f"{SEATSIO}/hold-tokens/{SEAT_TOKEN}")
REPORT = ("GET", f"{SEATSIO}/reports/events/311/byLabel")
OBJECTS = ("GET", f"{SEATSIO}/events/311/objects")
CHANGE = ("POST", f"{SEATSIO}/events/groups/actions/change-object-status")


def seat_token(token: str = SEAT_TOKEN, seconds: int = 900) -> dict[str, Any]:
    until = (NOW + timedelta(seconds=seconds)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {"holdToken": token, "expiresAt": until, "expiresInSeconds": seconds, "workspaceKey": "public-1"}


def seat(label: str, category: str = "7489", **fields: Any) -> dict[str, Any]:
    """One object as the vendor's own tests read it back."""
    row, _, number = label.rpartition("-")
    return {
        "label": label,
        "labels": {"own": {"label": number, "type": "seat"}, "parent": {"label": row, "type": "row"}, "section": "Stalls"},
        "ids": {"own": number, "parent": row}, "status": "free", "categoryKey": category, "categoryLabel": "Cat",
        "objectType": "seat", "forSale": True, "isAvailable": True, "section": "Stalls", "isAccessible": False,
        "isCompanionSeat": False, "hasRestrictedView": False, "leftNeighbour": None, "rightNeighbour": None,
        **fields,
    }  # fmt: skip


def held(label: str, category: str = "7489", token: str = SEAT_TOKEN, **fields: Any) -> dict[str, Any]:
    return seat(
        label, category, **{"status": "reservedByToken", "holdToken": token, "isAvailable": False, **fields}
    )


def by_label(*seats: dict[str, Any]) -> dict[str, Any]:
    """A report by label: each label has a list."""
    return {one["label"]: [one] for one in seats}


def objects(*seats: dict[str, Any]) -> dict[str, Any]:
    return {one["label"]: one for one in seats}


def changed(*seats: dict[str, Any]) -> dict[str, Any]:
    return {"objects": objects(*seats)}


def seats_refused(code: str = "ILLEGAL_STATUS_CHANGE") -> tuple[int, dict[str, Any]]:
    error = {"code": code, "message": "Not possible"}
    return 400, {"status": 400, "messages": ["Not possible"], "errors": [error], "requestId": "r1"}


def charted() -> dict[str, Any]:
    """The event with a seating chart."""
    found = payload("event__standing")
    found["data"]["chart_key"] = "chart-1"
    return found


def seated(**changes: Any) -> Tickethead:
    """The provider of an account that sells named seats."""
    given: dict[str, Any] = {
        "keys": {"seatsio_secret": SEAT_SECRET},
        "options": {"global_url": WORLD, "seatsio_url": SEATSIO},
    }
    return provider(**{**given, **changes})

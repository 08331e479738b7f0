"""Spektrix on the wire for tests: scripted answers of a house with every kind of plan, and what was really sent."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests
import responses

from shop.providers import http
from shop.providers.accounts import AccountConfig
from shop.providers.spektrix import options
from shop.providers.spektrix.options import Options
from shop.providers.spektrix.provider import Spektrix

SYSTEM = "https://system.spektrix.com"
DOMAIN = "https://tickets.lantern.example"
API = f"{SYSTEM}/lantern/api/v3"
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
PAYLOADS = Path(__file__).parent / "payloads" / "spektrix"
HTML = "<html><body>Attention Required! | Cloudflare</body></html>"


def load(name: str) -> Any:
    """As it comes off the wire: fractions as decimals."""
    return http.parse_json((PAYLOADS / f"{name}.json").read_bytes())


def ident(number: int) -> str:
    """An id in the shape of theirs, one for each number."""
    letters = "BCDGHJKLMNPQRSTV"
    return (f"{number}A" + "".join(letters[(number * 7 + step * step) % 16] for step in range(40)))[:33]


EVENT, OTHER_EVENT = ident(34001), ident(34002)
# instances
STALLS_ONLY, BLOCKS, HOUSE, MIXED, NO_PLAN = map(ident, (41401, 41402, 41403, 41404, 41405))
# plans and areas
HALL, FLOORS, THEATRE, GROUP = map(ident, (301, 310, 320, 330))
FLOOR, GALLERY_LEFT, GALLERY_RIGHT, STALLS, STANDING = map(ident, (311, 313, 314, 331, 332))
# bands and ticket types
BAND_A, BAND_B = ident(201), ident(202)
FULL, UNDER_26, AGENT = ident(1), ident(2), ident(9)
VENUE, STUDIO = ident(211), ident(212)


def price(
    amount: Any, kind: str = FULL, band: str = BAND_A, *, default: bool = True, **more: Any
) -> dict[str, Any]:
    names = {FULL: "Full Price", UNDER_26: "Under 26", AGENT: "Agent"}
    bands = {BAND_A: "Band A", BAND_B: "Band B"}
    return {
        "id": ident(9001), "isBandDefault": default, "amount": amount,
        "ticketType": {"id": kind, "name": names[kind], "attribute_Note": ""},
        "priceBand": {"id": band, "name": bands[band]}, **more,
    }  # fmt: skip


def price_list(*prices: dict[str, Any]) -> dict[str, Any]:
    given = prices or (
        price(24.5), price(12, UNDER_26, default=False), price(0, AGENT, default=False),
        price(18, FULL, BAND_B), price(9.25, UNDER_26, BAND_B, default=False),
    )  # fmt: skip
    return {"id": ident(7801), "prices": list(given)}


def instance(identifier: str = STALLS_ONLY, plan: str | None = HALL, **more: Any) -> dict[str, Any]:
    found = {
        "isOnSale": True, "planId": plan, "priceList": {"id": ident(7801)}, "event": {"id": EVENT},
        "start": "2026-12-12T19:30:00", "startUtc": "2026-12-12T19:30:00",
        "startSellingAtWeb": "2026-06-01T10:00:00", "startSellingAtWebUtc": "2026-06-01T09:00:00Z",
        "stopSellingAtWeb": "2026-12-12T19:00:00", "stopSellingAtWebUtc": "2026-12-12T19:00:00Z",
        "webInstanceId": None, "cancelled": False, "id": identifier, "hasBestAvailableOverlay": False,
        "attribute_AudioDescribed": False, "attribute_Note": "",
    }  # fmt: skip
    return {**found, **more}


def event(identifier: str = EVENT, **more: Any) -> dict[str, Any]:
    found = {
        "id": identifier, "name": " The Paper Lantern ", "description": "Rental Event",
        "htmlDescription": "<div id>\r\n<p>Light.</p></div>", "duration": 90, "imageUrl": "", "thumbnailUrl": "",
        "isOnSale": True, "instanceDates": "12 December-12 December", "webEventId": None,
        "firstInstanceDateTime": "2026-12-12T19:30:00", "lastInstanceDateTime": "2026-12-12T19:30:00",
        "attribute_Genre": "Family musical",
    }  # fmt: skip
    return {**found, **more}


def seat(number: int, row: str = "A", base: int = 25500) -> dict[str, Any]:
    return {"id": ident(base + number), "row": row, "number": number, "x": number * 20, "y": 100}


PLANS: dict[str, dict[str, Any]] = {
    STALLS_ONLY: {"id": HALL, "name": "Hall", "type": "Unreserved", "venue": {"id": VENUE}},
    BLOCKS: {
        "id": FLOORS, "name": "Floors", "type": "Unreserved", "venue": {"id": VENUE},
        "areas": [
            {"id": FLOOR, "name": "Floor", "type": "Unreserved"},
            {"id": ident(312), "name": "Gallery", "type": "Unreserved", "areas": [
                {"id": GALLERY_LEFT, "name": "Left", "type": "Unreserved"},
                {"id": GALLERY_RIGHT, "name": "Right", "type": "Unreserved"},
            ]},
        ],
    },
    HOUSE: {
        "id": THEATRE, "name": "Main House", "type": "Reserved", "venue": {"id": VENUE},
        "seats": [seat(number) for number in range(1, 7)],
    },
    MIXED: {
        "id": GROUP, "name": "Everything", "type": "Group", "venue": {"id": STUDIO},
        "areas": [
            {"id": STALLS, "name": "Stalls", "type": "Reserved", "seats": [seat(n, "B", 26500) for n in range(1, 5)]},
            {"id": STANDING, "name": "Standing", "type": "Unreserved", "capacity": 150},
        ],
    },
}  # fmt: skip


def status(available: int, locked: int = 0, **more: Any) -> dict[str, Any]:
    locks = [{"quantity": locked, "lockType": {"id": ident(5), "name": "Wheelchair space"}}] if locked else []
    return {
        "name": "Plan", "available": available, "wheelchairAvailable": locked, "specialAvailable": 0, "capacity": 320,
        "inBasket": 0, "unavailable": 320 - available, "lockInfoAvailable": locks, "lockInfoSpecialAvailable": [],
        **more,
    }  # fmt: skip


class Wire:
    """Answers in the order given; the last one stays. An answer is a body, (status, body), text or an exception."""

    def __init__(self, mock: responses.RequestsMock) -> None:
        self.mock = mock
        self.says("/venues", [{"id": VENUE, "name": "Lantern House", "address": "1 Quay Street, Bristol"},
                              {"id": STUDIO, "name": "Studio", "address": "2 Quay Street, Bristol"}])  # fmt: skip

    def says(self, path: str, *answers: Any) -> None:
        """GET answers below the public API; the query is not compared (see `sent`)."""
        url = API + path
        self.mock.remove("GET", url)
        for answer in answers:
            code, body = answer if isinstance(answer, tuple) else (200, answer)
            if isinstance(body, Exception | str | bytes):
                self.mock.add("GET", url, body=body, status=code, content_type="text/html")
            else:
                self.mock.add("GET", url, json=body, status=code)

    def house(self, one: dict[str, Any], left: Any = None, prices: dict[str, Any] | None = None) -> None:
        """An instance with its plan, price list and status, all as asked for by a buyer."""
        ref = one["id"]
        self.says(f"/instances/{ref}", one)
        self.says(f"/instances/{ref}/plan", PLANS.get(ref, (404, {"message": "Not found"})))
        self.says(f"/instances/{ref}/price-list", prices or price_list())
        self.says(f"/instances/{ref}/status", status(40) if left is None else left)

    def sent(self, path: str) -> list[dict[str, str]]:
        """The queries of the calls to one path."""
        return [
            {name: values[0] for name, values in parse_qs(urlsplit(str(one.url)).query).items()}
            for one in self.requests()
            if str(one.url).split("?")[0] == API + path
        ]

    def requests(self) -> list[requests.PreparedRequest]:
        return [call.request for call in self.mock.calls]


def account(**changes: Any) -> AccountConfig:
    """`option_x` sets the option X of the account."""
    extra = {
        name.removeprefix("option_"): value for name, value in changes.items() if name.startswith("option_")
    }
    plain = {name: value for name, value in changes.items() if not name.startswith("option_")}
    given: dict[str, Any] = {
        "name": "lantern", "kind": "spektrix", "title": "Lantern House", "base_url": SYSTEM,
        "timezone": "Europe/London", "currency": "GBP",
        "options": {"client_name": "lantern", "custom_domain": DOMAIN, **extra},
    }  # fmt: skip
    return AccountConfig(**{**given, **plain})


def provider(**changes: Any) -> Spektrix:
    return Spektrix(account(**changes))


def options_of(**changes: Any) -> Options:
    return options.read(account(**changes))


def as_json(value: Any) -> Any:
    """As it comes off the wire: fractions as decimals."""
    return http.parse_json(json.dumps(value, default=str).encode())

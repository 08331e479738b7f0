"""London Theatre Direct on the wire for tests: scripted answers for each endpoint, and what was really sent."""

from __future__ import annotations

import copy
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests
import responses

from shop.providers.accounts import AccountConfig
from shop.providers.londontheatredirect.handle import Handle
from shop.providers.londontheatredirect.provider import LondonTheatreDirect
from shop.providers.types import Details

BASE = "https://api.londontheatredirect.com/rest/v2"
BASKET = "da8dbc5b-ab4c-4cb8-bd0e-ac003d21b28f"
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
PAYLOADS = Path(__file__).parent / "payloads" / "londontheatredirect"
LOST = requests.exceptions.ReadTimeout("the answer never came")
DOWN = requests.exceptions.ConnectTimeout("nobody there")

NEW = ("POST", "/Baskets")
ADD = ("POST", f"/Baskets/{BASKET}/Tickets")
READ = ("GET", f"/Baskets/{BASKET}")
DELETE_ITEM = ("DELETE", f"/Baskets/{BASKET}/BasketItem/9251039")
DELETE_ALL = ("DELETE", f"/Baskets/{BASKET}/Tickets")
DELIVERIES = ("GET", f"/Baskets/{BASKET}/AvailableDeliveries")
SUBMIT = ("POST", f"/Baskets/{BASKET}/SubmitOrder")
ON_ACCOUNT = ("POST", f"/Baskets/{BASKET}/SubmitOrderOnAccount")
SUMMARY = ("GET", f"/Baskets/{BASKET}/SubmittedBasketSummary")
PRINT = ("GET", f"/Baskets/{BASKET}/PrintAtHomeTickets")
E_TICKETS = ("GET", f"/Baskets/{BASKET}/ETickets")
COUNTRIES = ("GET", "/System/Countries")
STATES = ("GET", "/System/USStates")
PLAN = ("GET", "/TicketPlanPrice")

SEATS = ("141745744", "141745743", "141745742")


def load(name: str) -> Any:
    return json.loads((PAYLOADS / f"{name}.json").read_text())


def changed(payload: Any, **values: Any) -> Any:
    """A copy with some fields set."""
    found = copy.deepcopy(payload)
    found.update(values)
    return found


def item(number: int, tickets: list[int], minutes: int = 9, price: Any = 90, **more: Any) -> dict[str, Any]:
    """One basket item of theirs with so many tickets."""
    return {
        "BasketItemId": number, "EventId": 9, "EventName": "The Lion King", "ImageUrl": None,
        "PerformanceDate": "2027-05-06T19:30:00", "AreaName": "Stalls",
        "Seats": [f"P{one % 100}" for one in tickets],
        "Tickets": [
            {"TicketId": one, "TicketName1": "P", "TicketName2": str(one % 100), "FaceValue": 75,
             "SellingPrice": price, "IsRestrictedView": False, "RestrictionDescription": None, "Barcode": "658942",
             "BarcodeType": "Pdf417"}
            for one in tickets
        ],
        "VenueId": 9, "VenueName": "Lyceum Theatre", "VenueAddress": "21 Wellington Street",
        "VenueCity": "London", "VenuePostCode": "WC2E 7RQ", "PriceSubTotal": price * len(tickets),
        "ReservationValidity": minutes, "ExpirationDate": "2026-11-21T12:09:08.567", **more,
    }  # fmt: skip


def basket(*items: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "BasketId": BASKET, "MinExpirationDate": "2026-11-21T12:09:08.567", "DeliveryInformation": None,
        "Items": list(items), "DiscountInformation": None, **more,
    }  # fmt: skip


def config(**more: Any) -> AccountConfig:
    facts: dict[str, Any] = {
        "name": "west-end", "kind": "londontheatredirect", "title": "West End", "base_url": BASE,
        "keys": {"api_key": "very-secret-key"},
        "allowed_hosts": ("londontheatredirect.com", "*.londontheatredirect.com"), **more,
    }  # fmt: skip
    return AccountConfig(**facts)


class Wire:
    """Answers in order, the last one for ever; `sent` is what went out."""

    def __init__(self, mock: responses.RequestsMock) -> None:
        self.mock = mock
        self.kept: list[str] = []  # handles in the order in which they were to be kept

    def on(self, call: tuple[str, str], *answers: Any) -> None:
        """An answer: a payload's name, data, a status, (status, data), bytes, or an exception to raise."""
        method, path = call
        for answer in answers:
            status, body = answer if isinstance(answer, tuple) else (200, answer)
            if isinstance(body, str):
                body = load(body)
            if isinstance(body, Exception):
                self.mock.add(method, BASE + path, body=body)
            elif isinstance(body, bytes):
                self.mock.add(method, BASE + path, body=body, status=status, content_type="text/html")
            elif isinstance(body, int) and not isinstance(body, bool):
                self.mock.add(method, BASE + path, status=body)
            else:
                self.mock.add(method, BASE + path, json=body, status=status)

    @property
    def calls(self) -> list[str]:
        """METHOD /path of each call, without query."""
        return [
            f"{one.request.method} {urlsplit(one.request.url or '').path.removeprefix('/rest/v2')}"
            for one in self.mock.calls
        ]

    def times(self, call: tuple[str, str]) -> int:
        return self.calls.count(" ".join(call))

    def sent(self, call: tuple[str, str], which: int = -1) -> Any:
        """The JSON body of a call."""
        wanted = " ".join(call)
        found = [one for one, name in zip(self.mock.calls, self.calls, strict=True) if name == wanted]
        return json.loads(found[which].request.body or "null")

    def query(self, call: tuple[str, str]) -> dict[str, list[str]]:
        wanted = " ".join(call)
        found = [one for one, name in zip(self.mock.calls, self.calls, strict=True) if name == wanted]
        return parse_qs(urlsplit(found[-1].request.url or "").query)

    def keep(self, handle: str) -> None:
        self.kept.append(handle)

    def provider(self, **more: Any) -> LondonTheatreDirect:
        return LondonTheatreDirect(config(**more))


def held_handle(**more: Any) -> str:
    """The handle of a basket with the three seats of the documents' example in it."""
    handle = Handle(
        basket=BASKET, tickets=dict.fromkeys(SEATS, "880014"), present=list(SEATS),
        until={"9251039": "2026-11-21T12:09:00+00:00"},
    )  # fmt: skip
    for name, value in more.items():
        setattr(handle, name, value)
    return handle.text()


def details(**answers: str) -> Details:
    return Details(
        reference="FOY-7K3M9Q-1",
        answers={"first_name": "Ada", "last_name": "Buyer", "email": "ada@example.org", "delivery": "1"}
        | answers,
        success_url="https://shop.example.test/en/checkout/return/tok/success/",
        failure_url="https://shop.example.test/en/checkout/return/tok/failure/",
    )

"""XS2Event on the wire for tests: scripted answers for each endpoint, and a look at what was sent."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import requests
import responses

from shop.providers.accounts import AccountConfig
from shop.providers.types import Details, Selection
from shop.providers.xs2event.provider import XS2Event

BASE = "https://testapi.xs2event.com/v1"
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
PAYLOADS = Path(__file__).parent / "payloads" / "xs2event"
LOST = requests.exceptions.ReadTimeout("the answer never came")
DOWN = requests.exceptions.ConnectTimeout("nobody there")

EVENT = "0d4e5f60718293a4b5c6d7e8f9a0b1c2_evt"
OTHER_EVENT = "1d4e5f60718293a4b5c6d7e8f9a0b1c2_gnr"
TICKET = "3f1c9b70a4de4c58b1f02a6c7d8e9f10_tck"
OTHER = "4f1c9b70a4de4c58b1f02a6c7d8e9f10_spp"
CATEGORY = "77aa88bb99cc00dd11ee22ff33445566_ctg"
RESERVATION = "a41f0d6be2c84e53a0d7c5b19e3f7788_rsr"
BOOKING = "b41f0d6be2c84e53a0d7c5b19e3f7788_bkn"
ORDER = "c41f0d6be2c84e53a0d7c5b19e3f7788_bkn"
OTHER_ORDER = "d41f0d6be2c84e53a0d7c5b19e3f7788_bkn"

SPORTS = ("GET", "/sports")
EVENTS = ("GET", "/events")
ONE_EVENT = ("GET", f"/events/{EVENT}")
TICKETS = ("GET", "/tickets")
ONE_TICKET = ("GET", f"/tickets/{TICKET}")
OTHER_TICKET = ("GET", f"/tickets/{OTHER}")
ASKED = ("GET", f"/tickets/{TICKET}/guestdata")
OTHER_ASKED = ("GET", f"/tickets/{OTHER}/guestdata")
CATEGORIES = ("GET", "/categories")
NEW = ("POST", "/reservations")
LISTED = ("GET", "/reservations")
READ = ("GET", f"/reservations/{RESERVATION}")
CHANGE = ("PUT", f"/reservations/{RESERVATION}")
DELETE = ("DELETE", f"/reservations/{RESERVATION}")
SHEET = ("GET", f"/reservations/{RESERVATION}/guestdata")
GIVE = ("POST", f"/reservations/{RESERVATION}/guestdata")
BOOK = ("POST", "/bookings")
BOOKED = ("GET", f"/bookings/reservation/{RESERVATION}")
ORDERS = ("GET", "/bookingorders")
ORDER_SHEET = ("GET", f"/bookingorders/{ORDER}/guestdata")
ORDER_CHANGE = ("PUT", f"/bookingorders/{ORDER}/guestdata")


def load(name: str) -> Any:
    return json.loads((PAYLOADS / f"{name}.json").read_text())


def stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")


def listed(name: str, rows: list[Any], **paging: Any) -> dict[str, Any]:
    about = {
        "total_size": len(rows),
        "page_size": 100,
        "page_number": 1,
        "next_page": "",
        "previous_page": "",
    }
    return {name: rows, "pagination": {**about, **paging}}


def event(**changes: Any) -> dict[str, Any]:
    """The first captured event, moved into the future."""
    found = dict(load("events_list_soccer_testapi")["events"][0])
    return found | {
        "event_id": EVENT, "date_start": "2027-02-14T21:00:00", "date_stop": "2027-02-14T22:45:00",
        "date_confirmed": True, **changes,
    }  # fmt: skip


def ticket(ref: str = TICKET, **changes: Any) -> dict[str, Any]:
    return {
        "ticket_id": ref, "event_id": EVENT, "category_id": CATEGORY, "category_name": "Category 1",
        "ticket_title": "Category 1 (14/02)", "ticket_status": "available", "type_ticket": "eticket",
        "category_type": "grandstand", "sub_category": "singleday_regular", "ticket_validity": "singleday",
        "ticket_targetgroup": "regular", "eventdays": "sunday", "net_rate": 12500, "face_value": 15000,
        "currency_code": "EUR", "local_rates": {"net_rate_eur": 1}, "stock": 20, "min_order": 1, "flags": [],
        "options": {"pairs_only": False}, "sales_periods": [], "supplier_id": "5c0ffee05c0ffee05c0ffee05c0ffee0_spp",
        "description_supplier": "", "created": "2026-01-05T09:00:00", "updated": "2026-02-01T09:00:00", **changes,
    }  # fmt: skip


def item(
    ref: str = TICKET, quantity: int = 2, net: int = 12500, currency: str = "EUR", **changes: Any
) -> dict[str, Any]:
    return {
        "ticket_id": ref, "quantity": quantity, "salesprice": net, "net_rate": net, "currency": currency,
        "ticket_name": "Category 1 (14/02)", "event_name": "Malaga vs Eibar", **changes,
    }  # fmt: skip


def reservation(
    *items: dict[str, Any], status: str = "active", ago: timedelta = timedelta(0), **changes: Any
) -> dict[str, Any]:
    """As answered by a server whose clock is an hour ahead of ours: only what lies between its times counts."""
    created = NOW - ago + timedelta(hours=1)
    return {
        "client_id": "00000000000000000000000000000c11_cln", "reservation_id": RESERVATION, "status": status,
        "notify_client": False, "notes": "", "valid_until": stamp(created + timedelta(minutes=10)),
        "created": stamp(created), "updated": stamp(created), "parent_allocation_id": None,
        "external_reference_id": "x", "items": list(items or [item()]), **changes,
    }  # fmt: skip


def wrapped(**fields: tuple[Any, str | None, str | None]) -> dict[str, Any]:
    """A guest whose fields say value, condition and error."""
    told = {name: {"value": v, "condition": c, "error": e} for name, (v, c, e) in fields.items()}
    return told | {"lead_guest": True}


def refused(status: int, kind: str, **more: Any) -> tuple[int, dict[str, Any]]:
    return status, {"type": f"/errors/{kind}", "title": kind, "message": kind, "detail": kind, **more}


def order(
    ref: str = ORDER, *items: dict[str, Any], status: str | None = "processing", **changes: Any
) -> dict[str, Any]:
    return {
        "booking_id": BOOKING, "bookingorder_id": ref, "event_id": EVENT, "logistic_status": status,
        "guestdata_status": "notapplicable", "booking_code": "ABC2D3", "zip_sha": None, "invoices": [],
        "items": list(items), **changes,
    }  # fmt: skip


def order_item(ref: str, **changes: Any) -> dict[str, Any]:
    return {
        "orderitem_id": ref, "ticket_id": TICKET, "quantity": 1, "distribution_channel": "xs2event",
        "type_ticket": "eticket", "ticket_sha": None, "download_link": "", "download_items": [], "row": "", "seat": "",
        "section": "", **changes,
    }  # fmt: skip


def booking(**changes: Any) -> dict[str, Any]:
    """The captured 201, of our reservation."""
    found = dict(load("bookings_create_201_captured_sanitised")[1])
    return found | {"booking_id": BOOKING, "reservation_id": RESERVATION, **changes}


class Wire:
    """Answers in the order given; the last one stays. An answer is a body, (status, body), bytes, text or an exception."""

    def __init__(self, mock: responses.RequestsMock) -> None:
        self.mock = mock
        self.says(SPORTS, listed("sports", [{"sport_id": "soccer"}]))
        self.says(ONE_EVENT, event())
        self.says(TICKETS, listed("tickets", [ticket()]))
        self.says(ONE_TICKET, ticket())
        self.says(ASKED, {"guest_data_requirements": []})
        self.says(CATEGORIES, listed("categories", []))
        self.says(NEW, (201, reservation()))
        self.says(READ, reservation())
        self.says(SHEET, {"items": []})
        self.says(DELETE, (200, b""))

    def says(self, endpoint: tuple[str, str], *answers: Any) -> None:
        method, path = endpoint
        self.mock.remove(method, BASE + path)
        for answer in answers:
            status, body = answer if isinstance(answer, tuple) else (200, answer)
            if isinstance(body, Exception | str | bytes):
                kind = "application/pdf" if isinstance(body, bytes) else "text/html"
                self.mock.add(method, BASE + path, body=body, status=status, content_type=kind)
            else:
                self.mock.add(method, BASE + path, json=body, status=status)

    def sent(self, endpoint: tuple[str, str] | None = None) -> list[requests.PreparedRequest]:
        found = [call.request for call in self.mock.calls]
        if endpoint is None:
            return found
        wanted = endpoint[0], BASE + endpoint[1]
        return [one for one in found if (one.method, str(one.url).split("?")[0]) == wanted]

    def bodies(self, endpoint: tuple[str, str]) -> list[Any]:
        return [json.loads(one.body or "null") for one in self.sent(endpoint)]

    def queries(self, endpoint: tuple[str, str]) -> list[dict[str, str]]:
        return [
            {k: v[0] for k, v in parse_qs(urlsplit(str(one.url)).query).items()}
            for one in self.sent(endpoint)
        ]

    def writes(self) -> list[str]:
        return [
            f"{one.method} {re.sub('[0-9a-f]{32}', '', unquote(urlsplit(str(one.url)).path))}"
            for one in self.sent() if one.method != "GET"
        ]  # fmt: skip


class Kept(list[str]):
    """The handles that were kept, in their order."""

    def __call__(self, handle: str) -> None:
        self.append(handle)


def account(**options: str) -> AccountConfig:
    given = {
        "fee_per_ticket": "EUR:350,GBP:300",
        "margin_percent": "10",
        "booking_email": "orders@shop.example",
    }
    return AccountConfig(
        name="grandstand", kind="xs2event", title="Grandstand", base_url=BASE, keys={"api_key": "k-xs2-secret"},
        timezone="Europe/Amsterdam", currency="EUR", options={**given, **options},
    )  # fmt: skip


def provider(**options: str) -> XS2Event:
    return XS2Event(account(**options))


def wants(quantity: int = 2, ref: str = TICKET, event_ref: str = EVENT) -> Selection:
    return Selection(instance_ref=event_ref, offer_key=ref, quantity=quantity)


def details(**answers: str) -> Details:
    given = {"first_name": "Ada", "last_name": "Example", "email": "ada@example.com"}
    return Details(reference="F-1001-1", answers={**given, **answers})

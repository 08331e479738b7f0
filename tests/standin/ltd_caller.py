"""A caller of the stand-in's London Theatre Direct, as the documents would have it: no client of ours in between."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import requests

from shop.standin.transport import StandinAdapter
from shop.standin.wsgi import Standin, make_app

ORIGIN = "http://stand-in.test"
NOON = datetime(2027, 1, 12, 12, tzinfo=UTC)  # a Tuesday
VISA, MASTERCARD = "4000000000000002", "5200000000000007"


class Caller:
    """One session with a key; ``base`` is the root of the API."""

    def __init__(self, origin: str = ORIGIN, key: str = "demo-ltd-key", app: Standin | None = None) -> None:
        self.origin = origin
        self.base = f"{origin}/ltd/rest/v2"
        self.http = requests.Session()
        self.http.trust_env = False
        self.http.headers.update({"Api-Key": key, "Content-Type": "application/json"})
        self.app = app
        if app is not None:
            self.http.mount(origin, StandinAdapter(app))

    def get(self, path: str, **query: Any) -> requests.Response:
        return self.http.get(self.base + path, params=query)

    def post(self, path: str, body: Any = None, **options: Any) -> requests.Response:
        return self.http.post(self.base + path, json={} if body is None else body, **options)

    def delete(self, path: str) -> requests.Response:
        return self.http.delete(self.base + path)

    def control(self, path: str, body: Any = None) -> Any:
        if body is None:
            return self.http.get(f"{self.origin}/_standin{path}").json()
        answer = self.http.post(f"{self.origin}/_standin{path}", json=body)
        assert answer.ok, answer.text
        return answer.json()

    def fault(self, **spec: Any) -> None:
        self.control("/faults", {"world": "ltd", **spec})

    def advance(self, seconds: float) -> None:
        self.control("/clock", {"advance_seconds": seconds})

    def move_to(self, moment: datetime) -> None:
        self.control("/clock", {"offset_seconds": (moment - datetime.now(UTC)).total_seconds()})

    def books(self) -> dict[str, Any]:
        books: dict[str, Any] = self.control("/books")["ltd"]
        return books

    # What most tests begin with

    def performance(self, event_id: int, place: int = 0) -> dict[str, Any]:
        performance: dict[str, Any] = self.get(f"/Events/{event_id}/Performances").json()["Performances"][
            place
        ]
        return performance

    def groups(self, performance_id: int, count: int = 1) -> list[dict[str, Any]]:
        answer = self.get(f"/Performances/{performance_id}/AvailableTickets", requiredTicketsCount=count)
        areas: list[dict[str, Any]] = answer.json()["TicketAreas"]
        return areas

    def seats(self, performance_id: int, count: int) -> list[int]:
        """Ids of ``count`` seats side by side or not, of one row and price."""
        return [ticket["TicketId"] for ticket in self.groups(performance_id, count)[0]["Tickets"][:count]]

    def basket(self) -> str:
        basket: str = self.post("/Baskets").json()["BasketId"]
        return basket

    def add(self, basket: str, tickets: list[int]) -> requests.Response:
        return self.post(f"/Baskets/{basket}/Tickets", {"Tickets": tickets})

    def held(self, event_id: int = 5112, count: int = 2, place: int = 0) -> str:
        """A basket with seats of that event in it."""
        basket = self.basket()
        answer = self.add(basket, self.seats(self.performance(event_id, place)["PerformanceId"], count))
        assert answer.status_code == 200, answer.text
        return basket

    def submit(self, basket: str, **changes: Any) -> requests.Response:
        return self.post(f"/Baskets/{basket}/SubmitOrder", order(**changes))

    def gate(self, basket: str, **changes: Any) -> str:
        url: str = self.submit(basket, **changes).json()["PaymentRedirectUrl"]
        return url

    def card(
        self, url: str, number: str = VISA, expiry: str = "12/29", cvc: str = "111"
    ) -> requests.Response:
        form = {"step": "card", "number": number, "expiry": expiry, "cvc": cvc}
        return self._form(url, form)

    def bank(self, url: str, page: requests.Response, password: str = "1234") -> requests.Response:
        found = re.search(r'name="challenge" value="([^"]+)"', page.text)
        assert found, page.text
        return self._form(url, {"step": "bank", "challenge": found.group(1), "password": password})

    def _form(self, url: str, form: dict[str, str]) -> requests.Response:
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        return self.http.post(url, data=form, headers=headers, allow_redirects=False)

    def pay(self, basket: str, **changes: Any) -> requests.Response:
        url = self.gate(basket, **changes)
        return self.bank(url, self.card(url))


def order(**changes: Any) -> dict[str, Any]:
    """The documents' sample order; a change to None leaves the field out."""
    body = {
        "Email": "ada@example.org",
        "Name": "Ada",
        "LastName": "Buyer",
        "AddressLine1": "132, My Street",
        "City": "London",
        "Country": 218,
        "Zip": "WC1A 1AA",
        "Phone": "020 7946 0645",
        "DeliveryType": 1,
        "SuccessReturnUrl": "https://shop.example.org/pay/7f3a/success?keep=this",
        "FailureReturnUrl": "https://shop.example.org/pay/7f3a/failure",
        "SendConfirmationEmail": True,
        "TransactionReference": "SHOP-000123",
        "PaymentGateLanguage": 1,
        **changes,
    }
    return {name: value for name, value in body.items() if value is not None}


def in_process(path: Path, *, scale: int = 0) -> Caller:
    """A stand-in in this process whose clock says noon on 12 January 2027."""
    app = make_app(str(path / "standin.sqlite3"), ORIGIN, scale=scale)
    caller = Caller(app=app)
    caller.move_to(NOON)
    return caller

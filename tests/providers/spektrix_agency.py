"""A box office that an agent sells for, as the guide and the v3 Help describe it: signed baskets, customers and orders.

What a basket answers is that of `spektrix_browser.Browser`; here it has an id, deliveries and a customer, and every call
must be signed. Every call is checked against the signature of its very bytes.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests
import responses

from shop.providers.spektrix import signing
from shop.providers.spektrix.provider import Spektrix
from tests.providers import spektrix_wire as sx
from tests.providers.spektrix_browser import Browser
from tests.providers.spektrix_wire import ident

LOGIN, SECRET = "foyer-agent", base64.b64encode(b"an agent's secret key").decode()
COLLECT = {"type": 1, "name": "Collect from box office", "price": 0}
POST = {"type": 4, "name": "First class post", "price": 1.5}
PRINT = {"type": 5, "name": "Print at home", "price": 0}
COURIER = {"type": 7, "name": "Courier", "price": 6.0}
LOST = "lost"
PAGE = "page"


class Agency(Browser):
    """`says(method, path)` may answer instead: (status, body), LOST (it is done, the answer does not come), PAGE
    (it is not done, and a gateway says 200) or an exception (it is not done). `ways`: options of deliveries by field. `confirmed`: orders by basket."""

    def __init__(self, mock: responses.RequestsMock) -> None:
        super().__init__()
        self.mock = mock
        self.held: dict[str, dict[str, Any]] = {}
        self.customers: dict[str, dict[str, Any]] = {}
        self.orders: list[dict[str, Any]] = []
        self.members: set[str] = set()  # ids of customers who pay a tenth less for tickets
        self.ways = {"ticketDelivery": [COLLECT, POST, PRINT], "merchandiseDelivery": [COLLECT, COURIER]}
        self.says: Callable[[str, str], Any] = lambda method, path: None
        self.calls: list[tuple[str, str, Any]] = []
        self.unsigned: list[str] = []
        pattern = re.compile(re.escape(sx.API) + r"/(baskets|customers|orders)\b.*")
        for method in ("GET", "POST", "PATCH", "DELETE"):
            mock.add_callback(method, pattern, callback=self._wire)

    # --- the wire -------------------------------------------------------------------------------------------------

    def _wire(self, request: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
        raw = request.body if isinstance(request.body, bytes) else (request.body or "").encode()
        parts = urlsplit(str(request.url))
        path = parts.path.split("/api/v3")[1]
        method = str(request.method)
        if not self._is_signed(request, raw):
            self.unsigned.append(path)
            return 401, {}, ""
        body = json.loads(raw) if raw else None
        self.calls.append((method, path, body))
        instead = self.says(method, path)
        if isinstance(instead, Exception):
            raise instead
        if isinstance(instead, tuple):
            return instead[0], {"Content-Type": "application/json"}, json.dumps(instead[1])
        if instead == PAGE:
            return 200, {"Content-Type": "text/html"}, "<html>We are down for maintenance</html>"
        status, answer = self._at(method, path, parse_qs(parts.query), body)
        if instead == LOST:
            raise requests.ReadTimeout("nothing came")
        return status, {"Content-Type": "application/json"}, json.dumps(answer, default=str)

    def _is_signed(self, request: requests.PreparedRequest, raw: bytes) -> bool:
        date = str(request.headers.get("Date", ""))
        body = raw or None
        want = signing.signature(SECRET, str(request.method), str(request.url), date, body)
        return request.headers.get("Authorization") == f"SpektrixAPI3 {LOGIN}:{want}"

    # --- the box office ---------------------------------------------------------------------------------------------

    def _at(self, method: str, path: str, query: dict[str, list[str]], body: Any) -> tuple[int, Any]:
        kind, _slash, rest = path.strip("/").partition("/")
        if kind == "customers":
            return self._customer(method, rest, query, body)
        if kind == "orders":
            if rest:
                found = [one for one in self.orders if one["id"] == rest]
                return (200, found[0]) if found else (404, {"message": "Not found"})
            return 200, self.orders if query.get("page", ["1"]) == ["1"] else []
        if not rest:
            self.basket = self._empty()
            self.basket["hash"] = "c2f1"
            self.held[self.basket["id"]] = self.basket
            return 200, self._whole()
        basket, _slash, below = rest.partition("/")
        if basket not in self.held:
            return 404, {"message": "Not found"}
        self.basket = self.held[basket]
        if below == "confirm":
            return self._confirm(basket, body)
        if method == "PATCH" and not below:
            return self._set(body)
        found = self._answer(method, f"/{below}" if below else "", query, body)
        self.held[basket] = self.basket
        return found

    def _whole(self) -> dict[str, Any]:
        for one in self.basket["tickets"]:
            member = (self.basket["customer"] or {}).get("id") in self.members
            one["total"] = round(one["price"] * (0.9 if member else 1), 2)
        found = super()._whole()
        for field, things in (("ticketDelivery", "tickets"), ("merchandiseDelivery", "merchandiseItems")):
            found[f"{field}Options"] = self.ways[field] if self.basket[things] else []
            chosen = self.basket.get(field)
            now = next((one for one in self.ways[field] if chosen and one["type"] == chosen["type"]), None)
            found[field] = now if self.basket[things] else None  # dropped where it is not offered any more
            found["total"] += (found[field] or {}).get("price", 0)
        return found

    def _set(self, body: dict[str, Any]) -> tuple[int, Any]:
        rest = dict(body)
        for field in ("ticketDelivery", "merchandiseDelivery"):
            if field in rest:
                self.basket[field] = rest.pop(field)
        if "customer" in rest:
            self.basket["customer"] = {"id": rest.pop("customer")}
        status, answer = self._answer("PATCH", "", {}, rest) if rest else (200, None)
        return status, answer or self._whole()

    def _customer(self, method: str, rest: str, query: dict[str, list[str]], body: Any) -> tuple[int, Any]:
        if method == "GET":
            email = query["email"][0]
            return (
                (200, self.customers[email]) if email in self.customers else (404, {"message": "Not found"})
            )
        if method == "PATCH":
            who = next(one for one in self.customers.values() if one["id"] == rest)
            who.update(body)
            return 200, who
        if rest.endswith("/addresses"):
            who = next(one for one in self.customers.values() if one["id"] == rest.split("/")[0])
            who.setdefault("addresses", []).append(body)
            return 200, body
        if body["email"] in self.customers:
            return 400, {"message": "Duplicate Entry"}
        self.customers[body["email"]] = {"id": f"I-8H22-{len(self.customers):02}HV", **body}
        return 200, self.customers[body["email"]]

    def _confirm(self, basket: str, body: Any) -> tuple[int, Any]:
        whole = self._whole()
        self.orders.append(
            {**whole, "id": f"22-JZ-{len(self.orders):02}GS", "basketId": basket, "mailed": body}
        )
        del self.held[basket]
        return 200, self.orders[-1]

    def time_out(self) -> None:
        self.held.clear()

    def sent(self, method: str, ending: str) -> list[Any]:
        """Bodies of the calls to paths that end like this."""
        return [body for verb, path, body in self.calls if verb == method and path.endswith(ending)]


def provider(**changes: Any) -> Spektrix:
    return sx.provider(**{"option_mode": "agent", "keys": {"api_user": LOGIN, "secret": SECRET}, **changes})


__all__ = [
    "COLLECT",
    "COURIER",
    "LOGIN",
    "LOST",
    "PAGE",
    "POST",
    "PRINT",
    "SECRET",
    "Agency",
    "ident",
    "provider",
]

"""A visitor's browser with a basket at Spektrix, as its guide describes it: for tests of what we ask and hear.

Prices and names are fixed; stock is what a test says. It answers what a browser would post to us.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

from shop.providers.spektrix.holds import Holds
from shop.providers.types import AskBrowser, Hold
from tests.providers import spektrix_wire as sx
from tests.providers.spektrix_wire import ident

ROOT = "/lantern/api/v3/basket"
LISTS = {
    "donations": "donations", "merchandise": "merchandiseItems", "membership-subscriptions": "membershipSubscriptions",
    "ticket-subscriptions": "ticketSubscriptions", "gift-vouchers": "giftVouchers",
}  # fmt: skip
REFUSED = {"message": "Validation failed", "errorCode": "ValidationFailed",
           "problems": ["The seat is no longer available."]}  # fmt: skip


class Browser:
    """`stock`: plan, area or seat -> how many are left (missing: plenty). `refuses`: words for a call whose path and
    body a test chooses. `keeps_cookies` False: every call begins with an empty basket."""

    def __init__(self) -> None:
        self.basket: dict[str, Any] = self._empty()
        self.stock: dict[str, int] = {}
        self.keeps_cookies = True
        self.host = urlsplit(sx.DOMAIN).netloc
        self.queue: list[
            dict[str, Any]
        ] = []  # answers of the queue; while there are some, adds are sent to it
        self.refuses: Callable[[str, str, Any], tuple[int, Any] | None] = lambda method, path, body: None
        self.loses: Callable[[str, str], bool] = lambda method, path: False
        self.best_type = ""
        self.asked: list[tuple[str, str, Any]] = []
        self.last = 990000

    baskets = 880000

    def _empty(self) -> dict[str, Any]:
        self.baskets += 1
        return {"id": ident(self.baskets), "hash": "NotLoggedIn", "promoCode": None, "customer": None, "tickets": [],
                **{name: [] for name in LISTS.values()}}  # fmt: skip

    # --- what a page would do -----------------------------------------------------------------------------------

    def run(self, desk: Holds, ask: AskBrowser | Hold, keep: Callable[[str], None]) -> Hold:
        """Do what is asked until there is a hold."""
        for _step in range(6):
            if isinstance(ask, Hold):
                return ask
            ask = desk.heard(ask.handle, self.does(ask), keep)
        raise AssertionError("it asks for ever")

    def does(self, ask: AskBrowser) -> dict[str, Any]:
        """The calls of one request, in order, and the reading after them."""
        request = json.loads(json.dumps(dict(ask.request)))
        assert request["host"] == urlsplit(sx.DOMAIN).netloc
        calls = []
        for call in request["calls"]:
            calls.append(self._call(call["method"], call["url"], call["body"]))
            if not calls[-1]["status"]:
                break
        read = self._call("GET", request["read"], None)
        return json.loads(
            json.dumps({"step": request["step"], "host": self.host, "calls": calls, "read": read})
        )

    def _call(self, method: str, url: str, body: Any) -> dict[str, Any]:
        parts = urlsplit(url)
        assert f"{parts.scheme}://{parts.netloc}" == sx.DOMAIN, "every call is to the custom domain"
        assert parts.path.startswith(ROOT), "the browser makes basket calls only"
        path = parts.path[len(ROOT) :]
        self.asked.append((method, path, body))
        if not self.keeps_cookies:
            self.basket = self._empty()
        if not self.loses(method, path):
            status, answer = self._answer(method, path, parse_qs(parts.query), body)
            return {"status": status, "body": answer}
        self._answer(method, path, parse_qs(parts.query), body)
        return {"status": 0, "body": None}

    # --- the box office ---------------------------------------------------------------------------------------------

    def _answer(self, method: str, path: str, query: dict[str, list[str]], body: Any) -> tuple[int, Any]:
        if method == "GET":
            return 200, self._whole()
        if refusal := self.refuses(method, path, body):
            return refusal
        if path.startswith("/queue/"):
            answer = self.queue.pop(0) if self.queue else {}
            return (200, answer) if answer.get("code") is None else (400, answer)
        if path.startswith("/tickets") and method == "POST":
            if self.queue:
                instance = body[0]["instance"] if isinstance(body, list) else body["instance"]
                return 400, {"eventInstanceId": instance, "joinQueue": f"/api/v3/basket/queue/{instance}",
                             "message": "You must join the queue.", "code": "JoinQueue"}  # fmt: skip
            return self._best(body) if path.endswith("best-available") else self._tickets(body)
        if path.startswith("/tickets") and method == "PATCH":
            one = re.fullmatch(r"/tickets/(\w+)", path)
            ids = [one[1]] if one else _listed(query, "ticketIds")
            return self._patch([t for t in self.basket["tickets"] if not ids or t["id"] in ids], body)
        if method == "DELETE":
            field = "tickets" if path == "/tickets" else LISTS[path.strip("/")]
            gone = [one for name in query for one in _listed(query, name)]
            self.basket[field] = [one for one in self.basket[field] if one["id"] not in gone]
            return 200, None
        if path == "/clear":
            self.basket = {**self._empty(), "id": self.basket["id"]}
            return 200, None
        if method == "PATCH" and path == "":
            if "promoCode" in body:
                self.basket["promoCode"] = body["promoCode"] if body["promoCode"] in {"WINTER", ""} else None
            return self._patch([self.basket], {k: v for k, v in body.items() if k != "promoCode"})
        return self._other(LISTS[path.strip("/")], body)

    def _number(self) -> str:
        self.last += 1
        return ident(self.last)

    def _whole(self) -> dict[str, Any]:
        lists = [self.basket["tickets"], *(self.basket[name] for name in LISTS.values())]
        total = sum(one.get("total", one.get("amount", 0)) for each in lists for one in each)
        return {**self.basket, "total": total, "totalDiscount": 0}

    def _ticket(self, instance: str, place: str, kind: str, **more: Any) -> dict[str, Any]:
        price = 12.0 if kind == sx.UNDER_26 else 24.5
        return {
            "id": self._number(), "event": {"id": sx.EVENT}, "instance": {"id": instance}, "planId": place,
            "planName": "Stalls", "seatName": "", "band": {"id": sx.BAND_A}, "type": {"id": kind},
            "ticketType": {"id": kind}, "discount": 0.0, "price": price, "total": price, "customItems": [], **more,
        }  # fmt: skip

    def _tickets(self, body: Any) -> tuple[int, Any]:
        """The array is taken whole or refused whole."""
        wanted: dict[str, int] = {}
        for one in body:
            if "seat" in one and "seatingPlan" in one:
                return 400, {"message": "validation failed"}
            place = one.get("seat") or one["seatingPlan"]
            wanted[place] = wanted.get(place, 0) + 1
        if any(self.stock.get(place, 99) < count for place, count in wanted.items()):
            return 400, REFUSED
        for one in body:
            if "seat" in one:
                number = next(s["number"] for s in sx.PLANS[sx.HOUSE]["seats"] if s["id"] == one["seat"])
                new = self._ticket(one["instance"], sx.THEATRE, one["type"], seat={"id": one["seat"]},
                                   seatName=f"A{number}")  # fmt: skip
            else:
                new = self._ticket(one["instance"], one["seatingPlan"], one["type"])
            self.basket["tickets"].append(new)
        return 200, list(self.basket["tickets"])

    def _best(self, body: Any) -> tuple[int, Any]:
        if self.stock.get(sx.THEATRE, 99) < body["quantity"]:
            return 400, {"message": "Best Available Seats not possible for this event instance"}
        for number in range(body["quantity"]):
            kind = self.best_type or body["type"]
            place = {"seat": {"id": ident(25501 + 3 * number)}, "seatName": f"A{1 + 3 * number}"}
            self.basket["tickets"].append(self._ticket(body["instance"], sx.THEATRE, kind, **place))
        return 200, list(self.basket["tickets"])

    def _patch(self, holders: list[dict[str, Any]], body: Any) -> tuple[int, Any]:
        for holder in holders:
            for name, value in body.items():
                if name == "type":
                    price = 12.0 if value == sx.UNDER_26 else 24.5
                    holder.update(type={"id": value}, ticketType={"id": value}, price=price, total=price)
                elif "Unknown" not in name:  # a label that the venue does not show in the API
                    holder[f"attribute_{re.sub(r'[^0-9A-Za-z]', '', name.removeprefix('attribute_'))}"] = (
                        value
                    )
        return 200, None

    def _other(self, field: str, body: Any) -> tuple[int, Any]:
        for one in body:
            new = {"id": self._number()}
            if field == "donations":
                new |= {"amount": one["amount"], "fund": {"id": one["fundId"]}}
            elif field == "merchandiseItems":
                new |= {"stockItem": {"id": one["stockItem"]}, "reference": one.get("reference", ""), "price": 4.5,
                        "total": 4.5, "discount": 0}  # fmt: skip
            elif field == "membershipSubscriptions":
                if any(m["membership"]["id"] == one["membership"] for m in self.basket[field]):
                    return 400, {"message": "The customer already has this membership."}
                new |= {"membership": {"id": one["membership"]}, "autoRenew": one.get("autoRenew", False),
                        "price": 35, "total": 35}  # fmt: skip
            elif field == "ticketSubscriptions":
                new |= {"ticketSubscriptionStructureName": "Season", "pricingSetName": "Adult", "price": 80.0,
                        "total": 80.0 * one["quantity"]}  # fmt: skip
            else:
                new |= {"amount": one["amount"]}
            self.basket[field].append(new)
        return 200, list(self.basket[field])


def _listed(query: dict[str, list[str]], name: str) -> list[str]:
    return [one for value in query.get(name, []) for one in value.split(",")]


class Kept:
    """The handles that were handed over, newest last."""

    def __init__(self) -> None:
        self.all: list[str] = []

    def __call__(self, handle: str) -> None:
        self.all.append(handle)

    @property
    def last(self) -> str:
        return self.all[-1]

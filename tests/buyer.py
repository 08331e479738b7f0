"""A buyer without scripts who knows how to buy: `Shopper` with the verbs of this shop and of the hosted pages."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from tests.shopper import Shopper

SANDBOX_CARD = {"number": "4000000000000002", "expiry": "12/30", "code": "111", "password": "1234"}


class Buyer(Shopper):
    def __init__(self, origin: str, name: str = "Ada") -> None:
        super().__init__(origin)
        self.name = name
        self.email = f"{name.lower()}@example.org"

    def choose_event(self, words: str) -> None:
        """The first event that a search finds."""
        self.get(f"/en/?{urlencode({'q': words})}")
        self.follow("/events/")

    def pick(self, instance: int | None = None) -> None:
        if instance is None:
            self.follow("/basket/pick/")
        else:
            self.get(f"/en/basket/pick/{instance}/")

    def hold_together(self, seats: int = 2) -> None:
        """The first group of neighbours on the page; falls back to what the box office thinks best."""
        self.submit("/basket/add/", button="door", party=str(seats), door="best")

    def hold_on_any_date(self, seats: int = 2) -> None:
        """Neighbours on the first date of the show that has them: how full a house is follows the calendar."""
        for date in dict.fromkeys(self.links("/basket/pick/")):
            self.get(date)
            self.hold_together(seats)
            if self.answer.status_code != 422:
                return
        raise AssertionError(f"no date with {seats} seats: {self.text[:400]}")

    def to_checkout(self) -> None:
        self.follow("/checkout/?currency")

    def fill_in(self, delivery: str = "", **more: str) -> None:
        """Who buys, and how each part is delivered: the first way offered unless `delivery` names another."""
        form = self.form()
        values: dict[str, Any] = {"first_name": self.name, "last_name": "Buyer", "email": self.email, **more}
        named = False
        for radio in form.select("input[type=radio]"):
            name = str(radio["name"])
            if radio.has_attr("disabled"):
                continue
            label = form.select_one(f"label[for='{radio.get('id')}']") or radio.find_parent("label")
            words = label.get_text(" ", strip=True) if label else ""
            if delivery and name.endswith("delivery") and delivery.lower() in words.lower():
                values[name], named = str(radio["value"]), True
            else:
                values.setdefault(name, "no" if name.endswith("protection") else str(radio["value"]))
        assert named or not delivery, f"no delivery called {delivery!r} here"
        self.submit(**values)

    def agree_and_pay(self) -> None:
        """Tick every box of the review and press pay."""
        form = self.form("/pay/")
        boxes = {str(box["name"]): str(box.get("value", "on")) for box in form.select("input[type=checkbox]")}
        self.submit("/pay/", **boxes)

    def pay_at_gate(self, **card: str) -> None:
        """On the provider's own page: card, then the bank's password; back in the shop afterwards."""
        card = {**SANDBOX_CARD, **card}
        form = self.page.select_one("form")
        assert form is not None, self.text[:500]
        names = [str(field.get("name", "")) for field in form.select("input")]
        values: dict[str, Any] = {}
        for name in names:
            low = name.lower()
            if "number" in low or low in {"card", "pan"}:
                values[name] = card["number"]
            elif "expir" in low:
                values[name] = card["expiry"]
            elif "code" in low or "cvc" in low or "cvv" in low:
                values[name] = card["code"]
            elif "holder" in low or low == "name":
                values[name] = f"{self.name} Buyer"
        self.submit("", **values)
        if field := self.page.select_one("input[type=password]"):
            self.submit("", **{str(field["name"]): card["password"]})

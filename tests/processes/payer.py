"""Somebody in front of the shop's own card page, and what the books of the outside world say of them afterwards.

What was taken and given back, and what was sold, is read there and never in the shop's own tables.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import requests
from playwright.sync_api import Page, expect

from tests.buyer import Buyer
from tests.processes.till import EVENT
from tests.stack import Stack

GOOD, DECLINED, BANK_ASKS = "4242424242424242", "4000000000000002", "4000000000003220"
SLOWLY = 30_000
ORDER = re.compile("/checkout/order/")


def posted(stack: Stack, path: str, world: str) -> list[dict[str, Any]]:
    """``path`` is a pattern such as ``*/capture``."""
    asked = {"world": world, "method": "POST", "path": path, "limit": "50000"}
    answer = requests.get(f"{stack.standin_origin}/_standin/journal", params=asked, timeout=30)
    answer.raise_for_status()
    found: list[dict[str, Any]] = answer.json()["calls"]
    return found


@dataclass
class Since:
    """What the books of the outside world say beyond what they said at the beginning."""

    stack: Stack
    intents_before: set[str]
    baskets_before: set[str]
    journal_before: int

    @classmethod
    def now(cls, stack: Stack) -> Since:
        books = stack.standin.get("books")
        return cls(
            stack,
            {each["id"] for each in books["stripe"]["intents"]},
            {each["basket_id"] for each in books["ltd"]["baskets"] if each["state"] == "paid"},
            max((call["id"] for world in ("stripe", "ltd") for call in posted(stack, "*", world)), default=0),
        )

    def intents(self) -> list[dict[str, Any]]:
        found = self.stack.standin.get("books")["stripe"]["intents"]
        return [each for each in found if each["id"] not in self.intents_before]

    def the_intent(self) -> dict[str, Any]:
        (found,) = self.intents()
        return found

    def sold(self) -> list[dict[str, Any]]:
        found = self.stack.standin.get("books")["ltd"]["baskets"]
        return [b for b in found if b["state"] == "paid" and b["basket_id"] not in self.baskets_before]

    def calls(self, path: str, world: str = "stripe") -> list[dict[str, Any]]:
        """What was posted to an address of the outside world, in order."""
        return [call for call in posted(self.stack, path, world) if call["id"] > self.journal_before]

    def paid_once(self) -> None:
        """One intent, one charge, all of its amount taken and nothing given back; two tickets sold once for that."""
        intent = self.the_intent()
        (basket,) = self.sold()
        assert (intent["status"], intent["charges"]) == ("succeeded", 1), intent
        assert (intent["amount_received"], intent["refunded"]) == (intent["amount"], 0), intent
        assert intent["amount"] == basket["pence"], (intent, basket)
        assert sum(len(item["seats"]) for item in basket["items"]) == 2

    def not_charged(self) -> None:
        """Nothing was taken, nothing is held on a card, nothing was sold."""
        for intent in self.intents():
            assert (intent["amount_received"], intent["amount_capturable"]) == (0, 0), intent
            assert intent["status"] in {"canceled", "requires_payment_method"}, intent
        assert self.sold() == []


def two_seats(buyer: Buyer) -> None:
    buyer.choose_event(EVENT)
    buyer.hold_on_any_date(2)


class Payer:
    """Somebody in front of the card page, in a browser that took the way there without scripts."""

    def __init__(self, stack: Stack, page: Page) -> None:
        self.stack, self.page = stack, page
        self.since = Since.now(stack)
        self.address = ""

    def is_ours(self, url: str) -> bool:
        return url.startswith(self.stack.origin)

    def arrive(
        self, into_basket: Callable[[Buyer], None] = two_seats, name: str = "Ada", **details: str
    ) -> Payer:
        buyer = Buyer(self.stack.origin, name)
        into_basket(buyer)
        buyer.to_checkout()
        buyer.fill_in(**details)
        buyer.agree_and_pay()
        assert "/pay/" in buyer.url, buyer.text[:2000]
        host = urlsplit(self.stack.origin).hostname
        self.page.context.add_cookies(
            [
                {"name": c.name, "value": str(c.value), "domain": str(host), "path": "/"}
                for c in buyer.session.cookies
            ]
        )
        self.address = buyer.url
        self.page.goto(buyer.url)
        self.ready()
        return self

    def comes_again(self) -> None:
        """Later, to the page where the card was asked for."""
        self.page.context.unroute_all()
        self.page.goto(self.address)

    def another_tab(self) -> Payer:
        """The same page of the same order, once more."""
        other = Payer(self.stack, self.page.context.new_page())
        other.since = self.since
        other.page.goto(self.page.url)
        other.ready()
        return other

    # The card page

    @property
    def button(self) -> Any:
        return self.page.locator("#card-pay")

    @property
    def said(self) -> Any:
        return self.page.locator("#card-problem")

    def ready(self) -> None:
        expect(self.button).to_be_enabled(timeout=SLOWLY)

    def fill(self, number: str = GOOD) -> None:
        fields = self.page.frame_locator('iframe[title="Secure payment input frame"]')
        fields.locator("[name=number]").fill(number)
        fields.locator("[name=expiry]").fill("12 / 40")
        fields.locator("[name=cvc]").fill("123")

    def pay(self, number: str = GOOD) -> None:
        self.ready()
        self.fill(number)
        self.button.click()

    def answer_bank(self, words: str) -> None:
        bank = self.page.frame_locator("iframe[name=stripe-challenge-frame]")
        bank.get_by_role("button", name=words).click(timeout=SLOWLY)

    def never_comes_back(self) -> None:
        """The browser will not be led back from the payment: as when a tab is closed at that moment."""
        self.page.context.route(
            lambda url: url.startswith(self.stack.origin) and "payment_intent=" in url,
            lambda route: route.abort(),
        )

    # Waiting, with the page alive

    def until(self, true: Callable[[], Any], what: str, seconds: float = 45) -> None:
        for _ in range(int(seconds * 5)):
            if true():
                return
            self.page.wait_for_timeout(200)
        tails = {name: self.stack.log(name)[-2500:] for name in self.stack.processes}
        raise AssertionError(
            f"never: {what}; intents: {[i['status'] for i in self.since.intents()]}; "
            f"on {self.page.url}: {self.page.locator('body').inner_text()[:1500]}\n"
            + "\n".join(f"[{name}] {text}" for name, text in tails.items())
        )

    def until_status(self, *statuses: str, seconds: float = 45) -> None:
        self.until(
            lambda: (
                [i["status"] for i in self.since.intents()] and self.since.the_intent()["status"] in statuses
            ),
            f"an intent that is {' or '.join(statuses)}",
            seconds,
        )

    def until_paid(self, seconds: float = 60) -> None:
        """The money is taken and the order is paid in the shop too."""
        self.until_status("succeeded", seconds=seconds)
        self.until(lambda: self.order_status() in {"paid", "fulfilled"}, "a paid order", seconds)

    def sees_order(self) -> None:
        self.page.wait_for_url(ORDER, timeout=SLOWLY)

    def order_status(self) -> str:
        return str(self.stack.sql("SELECT status FROM checkout_order ORDER BY id DESC LIMIT 1")[0][0])


@contextmanager
def without(stack: Stack, *names: str) -> Iterator[None]:
    """Those processes are down meanwhile."""
    stack.stop(*names)
    try:
        yield
    finally:
        stack.start(*(name for name in names if name not in stack.processes))

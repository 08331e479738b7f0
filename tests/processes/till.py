"""The shop with one account that is paid to our own till, as processes that can be killed; and its buyer.

The money is looked up in the stand-in's own books, never in ours: `Purse` is what one order took and what it booked.
"""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import requests

from tests.buyer import Buyer
from tests.stack import Stack

TOUR = {
    "PROVIDER_ACCOUNTS": "tour",
    "ACCOUNT_TOUR_KIND": "londontheatredirect",
    "ACCOUNT_TOUR_TITLE": "London Theatre Direct",
    "ACCOUNT_TOUR_API_KEY": "account-ltd-key",
    "ACCOUNT_TOUR_PAYMENT_ROUTE": "account",
    "ACCOUNT_TOUR_RATE_PER_SECOND": "50",
}
EVENT = "A Hundred Years of Brass"  # nothing of it is sold elsewhere
CAPTURE = "POST /v1/payment_intents/*/capture"
FIVE_MINUTES, AN_HOUR = 300, 3600


class Till(Stack):
    """`web`, `worker` and `beat` can be killed and started again; what is dead is started by `alive`.

    `database_url` and `redis_url` make it a shop of several machines (`tests.processes.machines`); without them it is
    SQLite and the embedded broker.

    `world` is the box office in the stand-in, `book` the call that books there, `refuses` the fault that makes it say
    no, `at_once`: tickets are there as soon as they are booked.
    """

    world, book, refuses = "ltd", "POST /rest/v2/Baskets/*/SubmitOrderOnAccount", "account_refused"
    at_once = True
    several = 1  # web servers, and workers

    def __init__(self, room: Path, **more: Any) -> None:
        super().__init__(room, **{**TOUR, **more})
        hosts = f"127.0.0.1:{self.standin_port},localhost:{self.standin_port}"
        self.env |= {
            "ACCOUNT_TOUR_BASE_URL": f"{self.standin_origin}/ltd/rest/v2",
            "ACCOUNT_TOUR_ALLOWED_HOSTS": hosts,
        }
        self.born = 0
        self.stalled = 0

    def command(self, name: str) -> list[str]:
        """Beat looks every two seconds instead of every fifteen: `tests.processes.quick`."""
        found = super().command(name)
        if name.startswith("beat"):
            found[found.index("shop.celery")] = "tests.processes.quick"
        return found

    def open(self) -> None:
        self.start("standin")
        self.fill()
        self.alive()

    def alive(self) -> None:
        """Everything runs, nothing is broken, messages are delivered, and the stand-in is done with every slow call: one
        of an earlier test would use up what the next one sets."""
        self.standin.delete("faults")
        self.wait(lambda: self.slow_calls() >= self.stalled, "the slow calls of earlier tests")
        self.standin.post(
            "stripe/webhooks",
            {"url": f"{self.origin}/checkout/webhooks/stripe/", "mode": "deliver", "copies": 1, "delay_seconds": 0},
        )  # fmt: skip
        self.again("web", "worker", "beat")

    def again(self, *kinds: str) -> None:
        """Start those of these kinds that are dead, under a fresh name: its log is its own."""
        names = []
        for kind in kinds:
            alive = sum(name.rstrip("0123456789") == kind for name in self.processes)
            for _one in range(alive, 1 if kind == "beat" else self.several):
                self.born += 1
                names.append(f"{kind}{self.born}")
        self.start(*names)

    def lives_again(self, after: float) -> None:
        """Everything that died is started, and time moves. An hour passes while they are dead: whoever is back sooner
        finds the holds alive."""
        if after >= AN_HOUR:
            self.advance(after)
        self.again("web", "worker", "beat")
        if after < AN_HOUR:
            self.advance(after)

    def dies(self, *kinds: str) -> None:
        """kill -9."""
        for name in [name for name in self.processes if name.rstrip("0123456789") in kinds]:
            self.kill(name)

    # --- faults ----------------------------------------------------------------------------------------------

    def stall(self, match: str, *, world: str = "", seconds: float = 6, done: bool) -> None:
        """The next such call takes a while; `done`: the work is done first."""
        self.standin.post(
            "faults",
            {
                "world": world or self.world,
                "match": match,
                "kind": "slow",
                "seconds": seconds,
                "after": done,
                "times": 1,
            },
        )

    def struck(self, what: str, seconds: float = 40, *, name: str = "slow") -> None:
        """Until the fault that was set is used up: the call is there, and its answer is not."""
        self.wait(lambda: all(one["name"] != name for one in self.faults()), what, seconds=seconds)
        self.stalled += name == "slow"

    def slow_calls(self) -> int:
        """How many calls took a while and are over."""
        calls = self.standin.get("journal", limit=100_000)["calls"]
        return sum(call["fault"] == "slow" for call in calls)

    def faults(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.standin.get("faults")["faults"]
        return found

    # --- the books of the others -----------------------------------------------------------------------------

    def intents(self, number: str) -> list[dict[str, Any]]:
        """What the payment company has of an order."""
        return [one for one in self.standin.get("books")["stripe"]["intents"] if one["description"] == number]

    def bookings(self, number: str) -> list[dict[str, Any]]:
        """What the box office has sold under an order's number: the basket, its bill, its seats."""
        books = self.standin.get("books")["ltd"]
        mine = [one for one in books["baskets"] if str(one["external_reference"] or "").startswith(number)]
        return [
            {
                "reference": one["reference"],
                "bills": sum(bill["basket_id"] == one["basket_id"] for bill in books["charges"]),
                "tickets": sum(seat["basket_id"] == one["basket_id"] for seat in books["sold"]),
            }
            for one in mine
            if one["reference"]
        ]

    def calls_to_book(self, number: str) -> int:
        """How often the box office was asked to book this order."""
        method, _space, path = self.book.partition(" ")
        calls = self.standin.get(
            f"journal?world={self.world}&method={method}&path=*{path.rpartition('/*')[2]}"
        )["calls"]
        return sum(number in str(call.get("body")) for call in calls)

    def part(self, number: str) -> str:
        """Where the only part of an order stands."""
        query = "SELECT b.status FROM checkout_booking b JOIN checkout_order o ON o.id = b.order_id WHERE o.number = ?"
        return str(self.sql(query, number)[0][0])

    def frozen(self, number: str) -> str:
        """Where an order's basket stands."""
        query = "SELECT b.status FROM baskets_basket b JOIN checkout_order o ON o.basket_id = b.id WHERE o.number = ?"
        return str(self.sql(query, number)[0][0])

    def status(self, number: str) -> str:
        return str(self.sql("SELECT status FROM checkout_order WHERE number = ?", number)[0][0])

    def comes_to(self, number: str, final: set[str], seconds: float = 90) -> None:
        """Until an order stands so; says how it stands and what it went through when it never does."""
        try:
            self.wait(lambda: self.status(number) in final, f"the order to be {final}", seconds=seconds)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.story(number)}") from None

    def story(self, number: str) -> str:
        """An order, its parts and payments as they stand, and its history."""
        of = "FROM checkout_{} WHERE order_id IN (SELECT id FROM checkout_order WHERE number = ?) ORDER BY id"
        rows = [
            *self.sql("SELECT number, status, attention_reason FROM checkout_order WHERE number = ?", number),
            *self.sql("SELECT id, status, reason, unproven_since, due_at " + of.format("booking"), number),
            *self.sql("SELECT id, route, status, reason, due_at " + of.format("payment"), number),
            *self.sql("SELECT at, subject, became, because, actor " + of.format("historyentry"), number),
            *self.sql("SELECT name, expires_at FROM shop_claim"),
        ]
        return "\n".join(" ".join(str(value) for value in row) for row in rows)


@dataclass
class Purse:
    """Where the money of one order is, by the payment company, and what it bought, by the box office."""

    intents: int
    price: int
    taken: int  # received, less what was given back
    reserved: int  # authorised, not taken
    booked: int
    tickets: int

    @property
    def words(self) -> str:
        where = "taken" if self.taken else ("reserved" if self.reserved else "not taken")
        return f"{where}; {self.tickets} tickets booked"


def purse(shop: Till, number: str) -> Purse:
    intents, sold = shop.intents(number), shop.bookings(number)
    return Purse(
        intents=len(intents),
        price=max((one["amount"] for one in intents), default=0),
        taken=sum(one["amount_received"] - one["refunded"] for one in intents),
        reserved=sum(one["amount_capturable"] for one in intents),
        booked=sum(one["bills"] for one in sold),
        tickets=sum(one["tickets"] for one in sold),
    )


class Payer(Buyer):
    """A buyer whose card form is the stand-in's control page: what the script does is done by hand."""

    token = ""
    number = ""
    price = 0

    def at_the_review(self, shop: Till) -> None:
        """From the programme to the page with the button."""
        self.choose_event(EVENT)
        self.hold_on_any_date(2)
        self.to_checkout()
        self.fill_in("E-ticket")
        self.known(shop)

    def known(self, shop: Stack) -> None:
        """On a page of the order: its address, and its number for people."""
        self.token = self.url.rstrip("/").split("/")[-2]
        self.number = str(shop.sql("SELECT number FROM checkout_order WHERE token = ?", self.token)[0][0])

    def at_the_till(self, shop: Till) -> None:
        """From the programme to our own payment page."""
        self.at_the_review(shop)
        self.agree_and_pay()
        self.is_at_the_till()

    def agrees_in_vain(self) -> None:
        """ "Pay" on the review, where nobody will answer."""
        with contextlib.suppress(requests.RequestException):
            self.agree_and_pay()

    def is_at_the_till(self) -> None:
        """What the card page says: the sum that its button names."""
        card = self.page.select_one("#card-form")
        assert card is not None, self.text[:600]
        self.price = int(str(card["data-amount"]))

    def presses_pay(self, patience: float = 30) -> str:
        """What the script of the card page does: ask the gate. The intent's id; "" where no answer came."""
        card = self.page.select_one("#card-form")
        assert card is not None, self.text[:400]
        data = dict(self.filled(card)) | {"shown": str(card["data-amount"])}
        try:
            answer = self.session.post(
                urljoin(self.url, str(card["data-intent-url"])), data=data, timeout=patience,
                headers={"Referer": self.url, "Origin": self.origin},
            )  # fmt: skip
        except requests.RequestException:
            return ""
        secret = str(answer.json().get("secret", ""))
        return secret.partition("_secret_")[0]

    def confirms(self, shop: Stack, intent: str, **how: str) -> dict[str, Any]:
        """The card is typed and the bank says yes; the tab is closed before anything comes back to the shop."""
        told = shop.standin.post(f"stripe/settle/{intent}", how)
        found: dict[str, Any] = told["payment_intent"]
        return found

    def comes_back(self) -> None:
        """The bank's page leads to our return address."""
        card = self.page.select_one("#card-form")
        assert card is not None
        self.get(str(card["data-return-url"]))

    def comes_back_in_vain(self) -> None:
        """The same where nobody will answer."""
        with contextlib.suppress(requests.RequestException):
            self.comes_back()

    def pays_whatever_is_asked(self, shop: Stack, seconds: float = 60, before: str = "") -> list[str]:
        """Every payment that the pages lead to, until none asks for one; which ways they went: gate, card, their
        card. Stops in front of the way that `before` names."""
        ways: list[str] = []
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            card = self.page.select_one("#card-form")
            if before == "gate" and "/PaymentGate.aspx" in self.url:
                break
            if "/PaymentGate.aspx" in self.url:
                ways.append("gate")
                self.pay_at_gate()
            elif card is not None and card.has_attr("data-intent-url"):
                ways.append("card")
                self.is_at_the_till()
                self.confirms(shop, self.presses_pay())
                self.comes_back()
            elif card is not None:
                if before == "their card":
                    break
                ways.append("their card")
                self.confirms(shop, str(card["data-client-secret"]).partition("_secret_")[0])
                self.comes_back()
            elif self.url.rstrip("/").endswith("/pay"):
                self.submit("/pay/")
            elif "/thanks/" in self.url:
                time.sleep(0.3)  # waits for the worker of another process, as the page does by itself
                self.get(self.url)
            else:
                break
            assert self.answer.status_code == 200, (self.answer.status_code, self.url, self.text[:600])
        return ways

    def looks(self) -> str:
        """The heading of the order's page as it is now; typed anew, wherever the buyer was led to meanwhile."""
        self.get(f"{self.origin}/en/checkout/order/{self.token}/")
        heading = self.page.select_one("h1")
        return heading.get_text(" ", strip=True) if heading else self.text[:80]

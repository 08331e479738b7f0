"""The shop with one account that is paid to our own till, as processes that can be killed; and its buyer.

The money is looked up in the stand-in's own books, never in ours: `Purse` is what one order took and what it booked.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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
BOOK = "POST /rest/v2/Baskets/*/SubmitOrderOnAccount"
FIVE_MINUTES = 300


class Till(Stack):
    """`web`, `worker` and `beat` can be killed and started again; what is dead is started by `alive`."""

    def __init__(self, room: Path, **more: str) -> None:
        super().__init__(room, **{**TOUR, **more})
        hosts = f"127.0.0.1:{self.standin_port},localhost:{self.standin_port}"
        self.env |= {
            "ACCOUNT_TOUR_BASE_URL": f"{self.standin_origin}/ltd/rest/v2",
            "ACCOUNT_TOUR_ALLOWED_HOSTS": hosts,
        }
        self.born = 0

    def open(self) -> None:
        self.start("standin")
        self.fill()
        self.alive()

    def alive(self) -> None:
        """Everything runs, nothing is broken, messages are delivered."""
        self.standin.delete("faults")
        self.standin.post(
            "stripe/webhooks",
            {"url": f"{self.origin}/checkout/webhooks/stripe/", "mode": "deliver", "copies": 1, "delay_seconds": 0},
        )  # fmt: skip
        self.again("web", "worker", "beat")

    def again(self, *kinds: str) -> None:
        """Start those of these kinds that are dead, under a fresh name: its log is its own."""
        names = []
        for kind in kinds:
            if not any(name.rstrip("0123456789") == kind for name in self.processes):
                self.born += 1
                names.append(f"{kind}{self.born}")
        self.start(*names)

    def dies(self, *kinds: str) -> None:
        """kill -9."""
        for name in [name for name in self.processes if name.rstrip("0123456789") in kinds]:
            self.kill(name)

    # --- faults ----------------------------------------------------------------------------------------------

    def stall(self, match: str, *, world: str = "ltd", seconds: float = 6, done: bool) -> None:
        """The next such call takes a while; `done`: the work is done first."""
        self.standin.post(
            "faults",
            {"world": world, "match": match, "kind": "slow", "seconds": seconds, "after": done, "times": 1},
        )

    def struck(self, what: str, seconds: float = 40) -> None:
        """Until the fault that was set is used up: the call is there, and its answer is not."""
        self.wait(lambda: not self.standin.get("faults")["faults"], what, seconds=seconds)

    # --- the books of the others -----------------------------------------------------------------------------

    def intents(self, number: str) -> list[dict[str, Any]]:
        """What the payment company has of an order."""
        return [one for one in self.standin.get("books")["stripe"]["intents"] if one["description"] == number]

    def bookings(self, number: str) -> list[dict[str, Any]]:
        """What the box office has sold under an order's number."""
        books = self.standin.get("books")["ltd"]
        sold = {one["basket_id"] for one in books["charges"]}
        return [
            one
            for one in books["baskets"]
            if one["basket_id"] in sold and str(one["external_reference"] or "").startswith(number)
        ]

    def status(self, number: str) -> str:
        return str(self.sql("SELECT status FROM checkout_order WHERE number = ?", number)[0][0])


@dataclass
class Purse:
    """Where the money of one order is, by the payment company, and what was booked for it, by the box office."""

    taken: int
    reserved: int
    intents: int
    booked: int
    tickets: int
    price: int


def purse(shop: Till, number: str) -> Purse:
    intents, sold = shop.intents(number), shop.bookings(number)
    return Purse(
        taken=sum(one["amount_received"] - one["refunded"] for one in intents),
        reserved=sum(one["amount_capturable"] for one in intents),
        intents=len(intents),
        booked=len(sold),
        tickets=sum(len(one["tickets"]) for one in sold),
        price=sum(one["amount"] for one in intents[:1]),
    )


def eventually(shop: Till, true: Callable[[], bool], what: str, *, seconds: float = 60) -> None:
    """The shop gets there by itself: nobody asks, nobody presses anything."""
    shop.wait(true, what, seconds=seconds)


class Payer(Buyer):
    """A buyer whose card form is the stand-in's control page: what the script does is done by hand."""

    number = ""

    def at_the_till(self, event: str = EVENT) -> None:
        """From the programme to our own payment page."""
        self.choose_event(event)
        self.pick()
        self.hold_together(2)
        self.to_checkout()
        self.fill_in()
        self.agree_and_pay()

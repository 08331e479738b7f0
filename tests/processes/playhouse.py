"""The same shop with a house that is sold by an agent: baskets that our server makes and confirms on credit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.processes import dublin
from tests.processes.till import Payer, Till


class Playhouse(Till):
    """Its orders do not name ours: they are told by who buys, so everybody has a name of their own."""

    world, book, refuses = "spektrix", "POST /*/api/v3/baskets/*/confirm", "confirm_refused"
    at_once = False

    def __init__(self, room: Path, **more: Any) -> None:
        super().__init__(room, **{"PROVIDER_ACCOUNTS": "dublin", **dublin.VARIABLES, **more})
        dublin.add_to(self)
        self.confirmed = 0  # when the buyer of this test came

    def confirmations(self) -> int:
        path = "journal?world=spektrix&method=POST&path=*/confirm&limit=100000"
        return len(self.standin.get(path)["calls"])

    def reads_of_orders(self) -> int:
        path = "journal?world=spektrix&method=GET&path=*/orders&limit=100000"
        return len(self.standin.get(path)["calls"])

    def bookings(self, number: str) -> list[dict[str, Any]]:
        books = self.standin.get("books")["spektrix"]
        [(email,)] = self.sql("SELECT email FROM checkout_order WHERE number = ?", number)
        return [
            {
                "reference": one["id"],
                "bills": 1,
                "tickets": sum(ticket["order_id"] == one["id"] for ticket in books["tickets"]),
            }
            for one in books["orders"]
            if one["email"] == email
        ]

    def calls_to_book(self, number: str) -> int:
        return self.confirmations() - self.confirmed


class Visitor(Payer):
    def at_the_review(self, shop: Till) -> None:
        dublin.two_tickets(self)
        self.to_checkout()
        self.fill_in()
        self.known(shop)

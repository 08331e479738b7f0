"""The same shop with an account whose box office invoices the shop and sends e-tickets later."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.processes.till import Payer, Till

CONCERT, STANDING = "Club Saturno", "The rest of the floor"  # nothing is asked of guests there


class Stadium(Till):
    world, book, refuses = "xs2event", "POST /v1/bookings", "payment_method_refused"
    at_once = False

    def __init__(self, room: Path, **more: Any) -> None:
        super().__init__(room, PROVIDER_ACCOUNTS="stadium", **more)

    def bookings(self, number: str) -> list[dict[str, Any]]:
        books = self.standin.get("books")["xs2event"]
        return [
            {
                "reference": one["code"],
                "bills": 1,
                "tickets": sum(int(item["quantity"]) for item in one["items"]),
            }
            for one in books["bookings"]
            if str(one["invoice_reference"]).startswith(number)
        ]


class Fan(Payer):
    def at_the_review(self, shop: Till) -> None:
        self.choose_event(CONCERT)
        self.pick()
        row = next(
            field
            for field in self.page.select("input[type=number][name^=q-]")
            if STANDING in (field.find_parent("li") or field).get_text(" ", strip=True)
        )
        self.submit("/basket/add/", **{str(row["name"]): "2"})
        self.to_checkout()
        self.fill_in()
        self.known(shop)

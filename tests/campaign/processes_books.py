"""What must be true of every order once the dust has settled, read from the books of the outside world.

The shop's own rows are asked for two things only: which parts an order has at which price, and whether it stands in
the list of staff with a reason.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any

from tests.processes.mixed import ON_THEIR_PAGE, Mixed

OVER = {"paid", "fulfilled", "expired", "cancelled", "refunded"}


@dataclass
class Part:
    position: int
    account: str
    status: str
    route: str
    price: int


@dataclass
class Row:
    """An order as the shop has it."""

    number: str
    email: str
    status: str
    reason: str
    parts: list[Part] = field(default_factory=list)


def rows(shop: Mixed) -> dict[str, Row]:
    """Every order by number."""
    found = {
        str(number): Row(str(number), str(email), str(status), str(reason))
        for number, email, status, reason in shop.sql(
            "SELECT number, email, status, attention_reason FROM checkout_order"
        )
    }
    for number, position, account, status, route, price in shop.sql(
        "SELECT o.number, b.position, a.name, b.status, b.route, b.total_minor FROM checkout_booking b"
        " JOIN checkout_order o ON o.id = b.order_id JOIN catalog_provideraccount a ON a.id = b.account_id"
    ):
        found[number].parts.append(Part(int(position), str(account), str(status), str(route), int(price)))
    return found


def is_over(row: Row) -> bool:
    """Ended, or for a person, or never begun to be paid."""
    return row.status in OVER or bool(row.reason) or row.status == "placed"


class Books:
    """The books of one moment, by order number."""

    def __init__(self, books: dict[str, Any]) -> None:
        self.intents: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for one in books["stripe"]["intents"]:
            if str(one["description"] or "").startswith("FOY-"):
                self.intents[one["description"]].append(one)
        self.charged = Counter(bill["basket_id"] for bill in books["ltd"]["charges"])
        self.booked: dict[str, list[tuple[str, dict[str, Any]]]] = defaultdict(list)
        for one in books["ltd"]["baskets"]:
            reference = str(one["external_reference"] or "")
            if one["state"] == "paid" and reference.startswith("FOY-"):
                self.booked[_number(reference)].append(
                    ("west-end" if one["account"] == ON_THEIR_PAGE else "tour", one)
                )
        for one in books["xs2event"]["bookings"]:
            reference = str(one["invoice_reference"] or "")
            if reference.startswith("FOY-"):
                self.booked[_number(reference)].append(("stadium", one))
        self.arena: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for one in books["tickethead"]["orders"]:
            email = str((one["contact"] or {}).get("email", ""))
            if one["status"] == "paid":
                self.arena[email].append(one)

    def numbers(self) -> set[str]:
        return {*self.intents, *self.booked}


def _number(reference: str) -> str:
    """FOY-ABC123-2 is the second part of FOY-ABC123."""
    return "-".join(reference.split("-")[:2])


def broken(row: Row, books: Books) -> list[str]:
    """What is not as it must be; nothing is excused but what a person was called for, and double work never is."""
    wrong: list[str] = []
    intents, booked = books.intents[row.number], books.booked[row.number]
    per_account = Counter(account for account, _one in booked)
    for account, times in per_account.items():
        if times > sum(part.account == account for part in row.parts):
            wrong.append(f"booked {times} times at {account}")
    if any(one["charges"] > 1 for one in intents):
        wrong.append("one intent charged twice")
    if sum(one["amount_received"] > one["refunded"] for one in intents) > 1:
        wrong.append("two intents keep money")
    for account, one in booked:
        if account == "west-end" and books.charged[one["basket_id"]] != 1:
            wrong.append(f"charged there {books.charged[one['basket_id']]} times")
    if not is_over(row):
        wrong.append(f"waits for ever as {row.status}")
    if row.reason:
        return wrong
    taken = sum(one["amount_received"] - one["refunded"] for one in intents)
    reserved = sum(one["amount_capturable"] for one in intents)
    due = sum(
        part.price for part in row.parts if part.account in ("tour", "stadium") and per_account[part.account]
    )
    if taken != due:
        wrong.append(f"taken {taken}, booked for {due}")
    if reserved:
        wrong.append(f"still reserved {reserved}")
    for part in row.parts:
        sold = per_account[part.account] if part.account != "arena" else len(books.arena[row.email])
        if part.status in ("booked", "ticketed") and not sold:
            wrong.append(f"{part.account} is called booked and is not")
        if sold and part.status not in ("booked", "ticketed", "refunded"):
            wrong.append(f"{part.account} is sold there and called {part.status}")
    return wrong

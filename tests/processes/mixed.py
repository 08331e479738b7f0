"""A shop of four accounts whose tickets go into one basket, and its buyers; the money is told by the outside world.

`west-end` is paid on London Theatre Direct's own page, `tour` books there on account, `stadium` is XS2Event in pounds:
these two are paid to our own till. `arena` is Tickethead, paid by card to its own account.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shop.standin.journal import fingerprint
from tests.buyer import Buyer
from tests.processes.till import EVENT, Payer, Till
from tests.stack import Stack

PLAY = "Mostly Harmless Weddings"  # London Theatre Direct, on its page
DOME, STANDING = "Harbour Dome", "The rest of the floor"  # XS2Event, in pounds; nothing is asked of guests
ARENA = "The Quiet Carriage"  # Tickethead, in pounds
ON_THEIR_PAGE = fingerprint("demo-ltd-key")  # whose baskets are paid there


def a_play(buyer: Buyer, shop: Stack) -> None:
    buyer.choose_event(PLAY)
    buyer.hold_on_any_date(2)


def two_seats_on_tour(buyer: Buyer, shop: Stack) -> None:
    buyer.choose_event(EVENT)
    buyer.hold_on_any_date(2)


def standing(buyer: Buyer, shop: Stack) -> None:
    buyer.pick(dates(shop, "stadium", DOME)[0])
    so_many(buyer, STANDING)


def in_the_arena(buyer: Buyer, shop: Stack) -> None:
    buyer.pick(dates(shop, "arena", ARENA)[0])
    so_many(buyer, "")


def so_many(buyer: Buyer, words: str, count: int = 2) -> None:
    """Tickets of the first row that says so."""
    rows = buyer.page.select("input[type=number][name^=q-]")
    row = next(
        (one for one in rows if words in (one.find_parent("li") or one).get_text(" ", strip=True)), None
    )
    assert row is not None, (buyer.url, buyer.text[:600])
    buyer.submit("/basket/add/", button="door", door="offers", **{str(row["name"]): str(count)})


def dates(shop: Stack, account: str, words: str = "") -> list[int]:
    """Dates of an account, of an event or at a venue of such a name, the next one first."""
    rows = shop.sql(
        "SELECT i.id FROM catalog_instance i JOIN catalog_event e ON e.id = i.event_id"
        " JOIN catalog_provideraccount a ON a.id = e.account_id JOIN catalog_venue v ON v.id = e.venue_id"
        " WHERE a.name = ? AND (e.name LIKE ? OR v.name = ?) AND i.gone_at IS NULL AND i.bookable = ?"
        " AND COALESCE(i.longest_run, 9) > 3"
        " ORDER BY i.starts_at, i.id",
        account,
        f"%{words}%",
        words,
        True,
    )
    return [int(pk) for (pk,) in rows]


INTO_BASKET: dict[str, Callable[[Buyer, Stack], None]] = {
    "west-end": a_play,
    "tour": two_seats_on_tour,
    "stadium": standing,
    "arena": in_the_arena,
}


class Mixed(Till):
    """All four at once. What is booked by us, on the way to the money, is XS2Event's."""

    world, book, refuses = "xs2event", "POST /v1/bookings", "payment_method_refused"
    at_once = False

    def __init__(self, room: Path, **more: Any) -> None:
        super().__init__(room, **{"PROVIDER_ACCOUNTS": "west-end,tour,stadium,arena", **more})

    def sold(self, number: str, email: str = "") -> Sold:
        return Sold.of(self.standin.get("books"), number, email)


@dataclass
class Sold:
    """What the outside world has of one order: `there` is what London Theatre Direct charged on its own page,
    `card_there` what Tickethead did in its own card form."""

    taken: int
    reserved: int
    there: int
    west_end: int  # tickets
    tour: int
    stadium: int
    arena: int
    card_there: int

    @classmethod
    def of(cls, books: dict[str, Any], number: str, email: str = "") -> Sold:
        """`books` of the stand-in; Tickethead's orders do not name ours and are told by who buys."""
        ours = [one for one in books["stripe"]["intents"] if one["description"] == number]
        there, seats = 0, {True: 0, False: 0}
        for basket in books["ltd"]["baskets"]:
            if basket["state"] == "paid" and str(basket["external_reference"] or "").startswith(number):
                redirected = basket["account"] == ON_THEIR_PAGE
                there += basket["pence"] if redirected else 0
                seats[redirected] += sum(len(item["seats"]) for item in basket["items"])
        standing = sum(
            int(item["quantity"])
            for one in books["xs2event"]["bookings"]
            if str(one["invoice_reference"]).startswith(number)
            for item in one["items"]
        )
        arena = [
            one
            for one in books["tickethead"]["orders"]
            if email and one["status"].lower() == "paid" and email in str(one["contact"])
        ]
        return cls(
            taken=sum(one["amount_received"] - one["refunded"] for one in ours),
            reserved=sum(one["amount_capturable"] for one in ours),
            there=there, west_end=seats[True], tour=seats[False], stadium=standing,
            arena=sum(len(one["tickets"]) for one in arena),
            card_there=sum(int(one["total"]) - int(one["refunded"]) for one in arena),
        )  # fmt: skip

    @property
    def words(self) -> str:
        ours = "taken" if self.taken else ("reserved" if self.reserved else "not taken")
        theirs = "paid there" if self.there + self.card_there else "not paid there"
        return f"ours {ours}, {theirs}; {self.tour + self.stadium} + {self.west_end + self.arena} tickets"


class Guest(Payer):
    """Whoever wants something of several sellers, in the order of `wants`."""

    wants: tuple[str, ...] = ("stadium", "west-end")
    basket_there = ""  # its id at the box office whose page is paid on
    intent_there = ""  # of the box office that has a card form of its own

    def at_the_review(self, shop: Stack) -> None:
        """From the programme to the page with the button."""
        for account in self.wants:
            INTO_BASKET[account](self, shop)
            assert self.answer.status_code == 200, (self.answer.status_code, self.url, self.text[:400])
            assert "/basket/add/" not in self.url, self.text[:800]
        self.get("/en/basket/")
        self.to_checkout()
        # documents at home are the second sign where nobody comes back from paying
        self.fill_in("print" if "west-end" in self.wants else "")
        assert "/details/" not in self.url, self.text[:1500]
        self.known(shop)

    def buys(self, shop: Stack, *accounts: str) -> list[str]:
        """All the way to the order's page; the ways in which was paid."""
        self.wants = accounts
        self.at_the_review(shop)
        self.agree_and_pay()
        return self.pays_whatever_is_asked(shop)

    def at_the_gate(self, shop: Mixed) -> str:
        """Our own money is reserved, and the page of the box office asks for its own. The basket's id there."""
        self.at_the_till(shop)
        self.pays_whatever_is_asked(shop, before="gate")
        assert "/PaymentGate.aspx" in self.url, (self.url, self.text[:600])
        assert shop.sold(self.number).reserved == self.price
        return self.url.partition("basketId=")[2]

    def at_their_card(self, shop: Mixed) -> str:
        """Our own money is reserved, and the card form of the other's own account is open. Its intent."""
        self.at_the_till(shop)
        self.pays_whatever_is_asked(shop, before="their card")
        card = self.page.select_one("#card-form")
        assert card is not None, (self.url, self.text[:600])
        assert shop.sold(self.number).reserved == self.price
        return str(card["data-client-secret"]).partition("_secret_")[0]

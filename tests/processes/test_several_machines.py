"""The suite's purchases on several machines: two web servers and two workers on a real PostgreSQL and a real Redis.

What was sold and what was paid is read in the books of the outside world.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.processes.machines import Machines
from tests.processes.mixed import Guest, Mixed
from tests.processes.payer import Payer as InABrowser

pytestmark = [
    pytest.mark.processes,
    pytest.mark.postgres,
    pytest.mark.redis,
    pytest.mark.xdist_group("several_machines"),
]
OURS, THEIRS = "card", "gate"


@pytest.fixture(scope="module")
def shop(machines: Machines, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mixed]:
    with Mixed(tmp_path_factory.mktemp("machines"), **machines.addresses()) as stack:
        stack.start("standin")
        stack.fill()
        stack.collect_statics()
        stack.start("web", "web2", "worker", "worker2", "beat")
        yield stack


def ends_with_tickets(shop: Mixed, guest: Guest) -> None:
    shop.wait(lambda: shop.status(guest.number) in {"paid", "fulfilled"}, "a paid order")
    assert guest.looks().startswith("Thank you. Your tickets are booked"), guest.text[:400]
    shop.wait(lambda: any(guest.number in mail for mail in shop.mails()), "the mail")


def test_tickets_paid_on_the_box_offices_own_page(shop: Mixed) -> None:
    guest = Guest(shop.origin, "Ada")
    assert guest.buys(shop, "west-end") == [THEIRS]
    ends_with_tickets(shop, guest)
    found = shop.sold(guest.number)
    assert (found.taken, found.reserved, found.west_end) == (0, 0, 2)
    assert found.there > 0


def test_tickets_on_account_are_paid_to_our_till(shop: Mixed) -> None:
    guest = Guest(shop.origin, "Bea")
    assert guest.buys(shop, "tour") == [OURS]
    ends_with_tickets(shop, guest)
    found = shop.sold(guest.number)
    assert (found.taken, found.there, found.tour) == (guest.price, 0, 2)


def test_tickets_on_invoice_are_paid_to_our_till(shop: Mixed) -> None:
    guest = Guest(shop.origin, "Cleo")
    assert guest.buys(shop, "stadium") == [OURS]
    ends_with_tickets(shop, guest)
    found = shop.sold(guest.number)
    assert (found.taken, found.there, found.stadium) == (guest.price, 0, 2)


def test_tickets_paid_by_card_to_the_sellers_own_account(shop: Mixed) -> None:
    guest = Guest(shop.origin, "Dora")
    assert guest.buys(shop, "arena") == ["their card"]
    ends_with_tickets(shop, guest)
    found = shop.sold(guest.number)
    assert (found.taken, found.reserved, found.there) == (0, 0, 0)
    (order,) = [
        one
        for one in shop.standin.get("books")["tickethead"]["orders"]
        if one["contact"] and guest.email in str(one["contact"])
    ]
    assert (order["status"], len(order["tickets"])) == ("paid", 2)


def test_tickets_of_all_four_accounts_in_one_order(shop: Mixed) -> None:
    """Our own authorisation first, then what is paid to others, and ours is taken last."""
    guest = Guest(shop.origin, "Eva")
    ways = guest.buys(shop, "west-end", "tour", "stadium", "arena")
    assert ways[0] == OURS
    assert sorted(ways) == sorted([OURS, THEIRS, "their card"])
    ends_with_tickets(shop, guest)
    found = shop.sold(guest.number)
    assert (found.taken, found.reserved) == (guest.price, 0)
    assert (found.west_end, found.tour, found.stadium) == (2, 2, 2)


def test_eight_at_once_each_get_what_they_paid_for(shop: Mixed) -> None:
    wishes = [("stadium",), ("west-end",), ("tour",), ("stadium", "west-end")] * 2

    def buys(number: int) -> Guest:
        guest = Guest(shop.origin, f"Buyer{number}")
        guest.buys(shop, *wishes[number])
        return guest

    with ThreadPoolExecutor(4) as crowd:
        guests = list(crowd.map(buys, range(len(wishes))))
    for wish, guest in zip(wishes, guests, strict=True):
        ends_with_tickets(shop, guest)
        found = shop.sold(guest.number)
        assert found.taken == guest.price
        assert (found.west_end, found.tour, found.stadium) == tuple(
            2 if account in wish else 0 for account in ("west-end", "tour", "stadium")
        )


@pytest.mark.browser
def test_a_card_is_typed_in_a_browser(shop: Mixed, open_page: Callable[..., Any]) -> None:
    ada = InABrowser(shop, open_page()).arrive()
    ada.pay()
    ada.sees_order()
    ada.until_paid()
    ada.since.paid_once()


def test_every_machine_took_part(shop: Mixed) -> None:
    """Last in this file: by what they wrote down."""
    for name in ("worker", "worker2"):
        assert " succeeded in " in shop.log(name), name
    for name in ("web", "web2", "worker", "worker2", "beat"):
        assert "Traceback" not in shop.log(name), (name, shop.log(name)[-3000:])

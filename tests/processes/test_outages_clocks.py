"""The clocks of the machines of web servers and workers are minutes apart: what is held, paid and booked still fits.

What hangs on the time (a claim's end, a hold's end, a wait) is judged by whoever looks, and all of them go by the
database's clock. Told by the books of the outside world, which sits on a machine whose clock is right. Real processes, a
real PostgreSQL and Redis; what is shifted is the time of day of the machine, for all that a process asks it.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests import provision
from tests.processes.kills import BOOKED
from tests.processes.machines import Machines
from tests.processes.mixed import Guest, Mixed

pytestmark = [
    pytest.mark.long,
    pytest.mark.processes,
    pytest.mark.postgres,
    pytest.mark.redis,
    pytest.mark.xdist_group("several_machines"),
]
AHEAD = [
    pytest.param({"worker": 240, "beat": 240}, id="the worker is four minutes ahead"),
    pytest.param({"worker": -240, "beat": -240}, id="the worker is four minutes behind"),
    pytest.param({"web": 240}, id="the web server is four minutes ahead"),
]


@pytest.fixture(scope="module", params=AHEAD)
def shop(
    request: pytest.FixtureRequest, machines: Machines, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Mixed]:
    with Mixed(tmp_path_factory.mktemp("clocks"), **machines.addresses()) as stack:
        for kind, seconds in request.param.items():
            try:
                stack.skew(kind, seconds)
            except provision.Missing as missing:
                provision.need(missing)
                raise
        stack.open()
        yield stack


@pytest.fixture(autouse=True)
def nothing_is_left(shop: Mixed) -> None:
    shop.alive()


def is_booked_and_paid(shop: Mixed, ada: Guest) -> None:
    """Asked for once, by nobody's hand."""
    ends = {"paid", "fulfilled", "expired", "cancelled", "attention"}
    shop.wait(lambda: shop.status(ada.number) in ends, "an end", seconds=90)
    shop.wait(lambda: shop.sold(ada.number).reserved == 0, "the money to be taken or let go", seconds=60)
    found = shop.sold(ada.number)
    reason = shop.sql("SELECT attention_reason FROM checkout_order WHERE number = ?", ada.number)[0][0]
    assert (found.stadium, found.taken, reason) == (2, ada.price, "")
    assert shop.status(ada.number) in {"paid", "fulfilled"}
    assert shop.calls_to_book(ada.number) == 1
    assert ada.looks() == BOOKED


def test_an_order_of_two_sellers_ends_with_its_tickets(shop: Mixed) -> None:
    ada = Guest(shop.origin)
    assert ada.buys(shop, "stadium", "west-end") == ["card", "gate"]
    shop.wait(lambda: shop.status(ada.number) in {"paid", "fulfilled"}, "a paid order")
    found = shop.sold(ada.number)
    assert (found.taken, found.reserved, found.stadium, found.west_end) == (ada.price, 0, 2, 2)
    assert ada.looks() == BOOKED


def test_the_tab_is_closed_after_paying_on_the_others_page(shop: Mixed) -> None:
    ada = Guest(shop.origin)
    basket = ada.at_the_gate(shop)
    shop.standin.post(f"ltd/baskets/{basket}/pay_without_return")
    shop.advance(60)
    shop.wait(lambda: shop.status(ada.number) in {"paid", "fulfilled"}, "a paid order", seconds=90)
    shop.wait(lambda: shop.sold(ada.number).taken == ada.price, "the money")
    found = shop.sold(ada.number)
    assert (found.reserved, found.stadium, found.west_end) == (0, 2, 2)


def test_a_slow_booking_of_the_web_server_is_not_given_up_by_the_worker(shop: Mixed) -> None:
    """The sweep comes by every two seconds. By a clock that is minutes ahead the claim is over, and the box office, which
    knows nothing of the order yet, has surely not booked it: the card would be let go, and then it books."""
    ada = Guest(shop.origin)
    ada.wants = ("stadium",)
    ada.at_the_till(shop)
    shop.standin.post("stripe/webhooks", {"mode": "drop"})
    intent = ada.presses_pay()
    shop.stall(shop.book, seconds=7, done=False)
    ada.confirms(shop, intent)
    ada.comes_back()
    is_booked_and_paid(shop, ada)


def test_a_slow_booking_of_the_worker_is_not_given_up_by_the_web_server(shop: Mixed) -> None:
    """The message of the payment company makes the worker book it; the buyer looks at the page again and again."""
    ada = Guest(shop.origin)
    ada.wants = ("stadium",)
    ada.at_the_till(shop)
    intent = ada.presses_pay()
    shop.stall(shop.book, seconds=7, done=False)
    ada.confirms(shop, intent)
    shop.struck("the order to reach the box office")
    ada.comes_back()
    ada.pays_whatever_is_asked(shop)
    is_booked_and_paid(shop, ada)


def test_a_buyer_who_goes_away_keeps_nothing_and_pays_nothing(shop: Mixed) -> None:
    ada = Guest(shop.origin)
    ada.at_the_gate(shop)
    shop.advance(20 * 60)
    shop.wait(lambda: shop.sold(ada.number).reserved == 0, "the money to be let go", seconds=90)
    shop.wait(lambda: shop.status(ada.number) in {"expired", "cancelled"}, "the order to be over", seconds=90)
    found = shop.sold(ada.number)
    assert (found.taken, found.there, found.stadium, found.west_end) == (0, 0, 0, 0)

"""The clocks of web servers and workers are minutes apart: what is held, paid and booked still fits.

What hangs on the time (a claim's end, a hold's end, a wait) is judged by whoever looks. Told by the books of the
outside world, whose clock is the right one.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.processes.kills import BOOKED
from tests.processes.mixed import Guest, Mixed
from tests.processes.till import FIVE_MINUTES

pytestmark = [pytest.mark.long, pytest.mark.processes, pytest.mark.xdist_group("clocks")]
AHEAD = [
    pytest.param({"worker": 240.0, "beat": 240.0}, id="the worker is four minutes ahead"),
    pytest.param(
        {"worker": -240.0, "beat": -240.0}, id="the worker is four minutes behind", marks=pytest.mark.long
    ),
    pytest.param({"web": 240.0}, id="the web server is four minutes ahead", marks=pytest.mark.long),
]


@pytest.fixture(scope="module", params=AHEAD)
def shop(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mixed]:
    with Mixed(tmp_path_factory.mktemp("clocks")) as stack:
        for kind, seconds in request.param.items():
            stack.skew(kind, seconds)
        stack.open()
        yield stack


@pytest.fixture(autouse=True)
def nothing_is_left(shop: Mixed) -> None:
    shop.alive()


def reason(shop: Mixed, number: str) -> str:
    return str(shop.sql("SELECT attention_reason FROM checkout_order WHERE number = ?", number)[0][0])


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


def test_a_slow_booking_is_watched_by_a_clock_that_says_it_died(shop: Mixed) -> None:
    """The web server is having it booked; the worker's clock says that this claim is over. Booked and paid, not booked
    and not paid, or on the list of staff with a reason: never both wrong."""
    ada = Guest(shop.origin)
    ada.wants = ("stadium",)
    ada.at_the_till(shop)
    shop.standin.post("stripe/webhooks", {"mode": "drop"})
    intent = ada.presses_pay()
    shop.stall(shop.book, seconds=7, done=False)
    ada.confirms(shop, intent)
    ada.comes_back()
    shop.advance(FIVE_MINUTES)
    shop.wait(
        lambda: shop.status(ada.number) in {"paid", "fulfilled", "expired", "cancelled", "attention"},
        "an end", seconds=90,
    )  # fmt: skip
    shop.pause(5)
    found = shop.sold(ada.number)
    assert shop.calls_to_book(ada.number) <= 1
    if found.stadium:
        assert found.taken == ada.price or reason(shop, ada.number), found
    else:
        assert (found.taken, found.reserved) == (0, 0)


def test_a_buyer_who_goes_away_keeps_nothing_and_pays_nothing(shop: Mixed) -> None:
    ada = Guest(shop.origin)
    ada.at_the_gate(shop)
    shop.advance(20 * 60)
    shop.wait(lambda: shop.sold(ada.number).reserved == 0, "the money to be let go", seconds=90)
    shop.wait(lambda: shop.status(ada.number) in {"expired", "cancelled"}, "the order to be over", seconds=90)
    found = shop.sold(ada.number)
    assert (found.taken, found.there, found.stadium, found.west_end) == (0, 0, 0, 0)

"""Redis is gone, does not answer, is emptied, comes back empty: nobody's page breaks, nobody's payment is lost.

Redis is the speed, rows and the sweep are the guarantee. Two web servers, two workers, a real PostgreSQL.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.buyer import Buyer
from tests.processes.kills import BOOKED, pressed_and_authorised
from tests.processes.machines import Machines
from tests.processes.mixed import Guest, Mixed, two_seats_on_tour
from tests.processes.till import FIVE_MINUTES

pytestmark = [
    pytest.mark.long,
    pytest.mark.processes,
    pytest.mark.postgres,
    pytest.mark.redis,
    pytest.mark.xdist_group("several_machines"),
]
AWAY: dict[str, Callable[[Machines], None]] = {
    "gone": lambda machines: machines.redis.halt(),
    "frozen": lambda machines: machines.redis.freeze(),
}


@pytest.fixture(scope="module")
def house(machines: Machines, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mixed]:
    with Mixed(tmp_path_factory.mktemp("redis"), **machines.addresses()) as stack:
        stack.several = 2
        stack.open()
        yield stack


@pytest.fixture
def shop(house: Mixed, machines: Machines) -> Iterator[Mixed]:
    house.alive()
    yield house
    machines.back()
    ended = [name for name, process in house.processes.items() if process.poll() is not None]
    for name in ended:
        print(house.log(name)[-3000:])
        house.kill(name)
    assert not ended, f"ended by themselves: {ended}"


def ends_with_tickets(shop: Mixed, ada: Guest) -> None:
    shop.wait(lambda: shop.status(ada.number) in {"paid", "fulfilled"}, "a paid order", seconds=120)
    shop.wait(lambda: shop.sold(ada.number).taken == ada.price, "the money")
    found = shop.sold(ada.number)
    assert (found.reserved, found.there) == (0, 0)
    assert found.tour + found.stadium == 2
    assert ada.looks() == BOOKED
    shop.wait(lambda: any(ada.number in mail for mail in shop.mails()), "the mail", seconds=90)


def messages(shop: Mixed, ada: Guest) -> list[str]:
    """Where the messages of the payment company about an order stand."""
    query = (
        "SELECT m.state FROM checkout_inboxmessage m JOIN checkout_payment p ON p.id = m.payment_id"
        " JOIN checkout_order o ON o.id = p.order_id WHERE o.number = ? ORDER BY m.id"
    )
    return [str(state) for (state,) in shop.sql(query, ada.number)]


@pytest.mark.parametrize("how", list(AWAY))
def test_every_page_opens_and_tickets_are_held_and_let_go(shop: Mixed, machines: Machines, how: str) -> None:
    AWAY[how](machines)
    ben = Buyer(shop.origin, "Ben")
    two_seats_on_tour(ben, shop)
    assert "Your basket" in ben.text
    for path in ("/en/", "/en/basket/", "/robots.txt", "/sitemap.xml"):
        ben.get(path)
        assert ben.answer.status_code == 200, path
    ben.get("/en/basket/")
    while ben.page.select("form[action*='/remove/']"):
        ben.submit("/remove/")
        assert ben.answer.status_code == 200
    assert "Nothing in it yet" in ben.text


@pytest.mark.parametrize("how", list(AWAY))
def test_a_purchase_with_the_buyer_there_needs_no_redis_at_all(
    shop: Mixed, machines: Machines, how: str
) -> None:
    """The way back asks for itself; only the mail waits."""
    AWAY[how](machines)
    ada = Guest(shop.origin)
    assert ada.buys(shop, "tour") == ["card"]
    assert ada.looks() == BOOKED
    assert shop.sold(ada.number).taken == ada.price
    machines.back()
    shop.advance(FIVE_MINUTES)
    ends_with_tickets(shop, ada)


@pytest.mark.parametrize("how", list(AWAY))
def test_a_message_that_comes_while_redis_is_away_is_kept_and_the_sweep_handles_it(
    shop: Mixed, machines: Machines, how: str
) -> None:
    ada = Guest(shop.origin)
    ada.wants = ("stadium",)
    ada.at_the_till(shop)
    AWAY[how](machines)
    pressed_and_authorised(shop, ada)  # and the tab is closed
    shop.wait(lambda: messages(shop, ada), "the message in the inbox")
    assert set(messages(shop, ada)) == {"received"}
    found = shop.sold(ada.number)
    assert (found.reserved, found.stadium) == (ada.price, 0)
    machines.back()
    shop.advance(60)
    ends_with_tickets(shop, ada)
    shop.wait(lambda: set(messages(shop, ada)) == {"handled"}, "the messages to be handled")
    attempts = shop.standin.get("stripe/webhooks/attempts")
    assert attempts


@pytest.mark.parametrize("what", ["flushed", "restarted"])
def test_a_redis_that_lost_everything_loses_no_order(shop: Mixed, machines: Machines, what: str) -> None:
    """While the workers wait for work; and again with work in hand."""
    (machines.redis.flush if what == "flushed" else machines.redis.restart)()
    ada = Guest(shop.origin, "Ada")
    ada.wants = ("stadium",)
    ada.at_the_till(shop)
    shop.stall(shop.book, done=True)
    pressed_and_authorised(shop, ada)
    shop.struck("the order to reach the box office")
    (machines.redis.flush if what == "flushed" else machines.redis.restart)()
    shop.advance(60)
    ends_with_tickets(shop, ada)
    assert shop.calls_to_book(ada.number) == 1


@pytest.mark.long
def test_redis_is_gone_for_a_minute_and_every_process_works_on(shop: Mixed, machines: Machines) -> None:
    """A real minute: what tries again in ever longer steps must still be there afterwards."""
    ada = Guest(shop.origin)
    ada.wants = ("stadium", "west-end")
    basket = ada.at_the_gate(shop)
    machines.redis.halt()
    shop.standin.post(f"ltd/baskets/{basket}/pay_without_return")
    guests = []
    for number in range(12):
        guest = Guest(shop.origin, f"Guest{number}")
        guest.buys(shop, "tour")
        guests.append(guest)
        shop.pause(5)
    machines.redis.start()
    shop.advance(60)
    for guest in guests:
        ends_with_tickets(shop, guest)
    shop.wait(lambda: shop.sold(ada.number).taken == ada.price, "both parts of the first", seconds=120)
    found = shop.sold(ada.number)
    assert (found.stadium, found.west_end) == (2, 2)

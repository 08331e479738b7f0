"""PostgreSQL is restarted, dies and is away for a while, in the middle of a payment: no charged buyer without a ticket.

Meanwhile there is a page that says so. Two web servers, two workers, a real Redis.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

import pytest
import requests

from tests.processes.kills import BOOKED, beside, pressed_and_authorised
from tests.processes.machines import Machines
from tests.processes.mixed import Guest, Mixed, two_seats_on_tour
from tests.processes.till import CAPTURE, FIVE_MINUTES

pytestmark = [
    pytest.mark.long,
    pytest.mark.processes,
    pytest.mark.postgres,
    pytest.mark.redis,
    pytest.mark.xdist_group("several_machines"),
]


@pytest.fixture(scope="module")
def house(machines: Machines, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mixed]:
    with Mixed(tmp_path_factory.mktemp("postgres"), **machines.addresses()) as stack:
        stack.several = 2
        stack.open()
        yield stack


@pytest.fixture
def shop(house: Mixed, machines: Machines) -> Iterator[Mixed]:
    house.alive()
    yield house
    machines.back()


@pytest.fixture
def ada(shop: Mixed) -> Guest:
    """On our own payment page."""
    found = Guest(shop.origin)
    found.wants = ("stadium",)
    found.at_the_till(shop)
    return found


def in_vain(do: Callable[[], object]) -> None:
    with contextlib.suppress(AssertionError, requests.RequestException):
        do()


def ends_with_tickets(shop: Mixed, ada: Guest, after: float = FIVE_MINUTES) -> None:
    shop.advance(after)
    shop.wait(lambda: shop.status(ada.number) in {"paid", "fulfilled"}, "a paid order", seconds=120)
    found = shop.sold(ada.number)
    assert (found.taken, found.reserved, found.stadium) == (ada.price, 0, 2), found
    assert shop.calls_to_book(ada.number) == 1
    assert ada.looks() == BOOKED
    shop.wait(lambda: any(ada.number in mail for mail in shop.mails()), "the mail", seconds=90)


@pytest.mark.parametrize("crash", [False, True], ids=["restarted", "crashed"])
def test_a_restart_between_two_clicks_is_not_noticed(
    shop: Mixed, machines: Machines, ada: Guest, crash: bool
) -> None:
    intent = ada.presses_pay()
    machines.postgres.restart(crash=crash)
    shop.wait(lambda: shop.sql("SELECT 1"), "the database")
    for path in ("/en/", "/en/basket/", f"/en/checkout/{ada.token}/pay/"):
        for _server in range(4):
            ada.get(path)
            assert ada.answer.status_code == 200, (path, ada.text[:400])
    ada.confirms(shop, intent)
    ada.comes_back()
    assert ada.answer.status_code == 200, ada.text[:400]
    ends_with_tickets(shop, ada, after=20)


def test_away_when_the_buyer_comes_back_is_told_in_words_and_ends_with_tickets(
    shop: Mixed, machines: Machines, ada: Guest
) -> None:
    intent = ada.presses_pay()
    machines.postgres.halt()
    ada.confirms(shop, intent)
    ada.comes_back()
    assert ada.answer.status_code == 503
    assert ada.answer.headers["Retry-After"]
    assert "do not pay again" in ada.text
    machines.postgres.start()
    assert shop.sold(ada.number).reserved == ada.price
    ends_with_tickets(shop, ada)


def test_away_when_pay_is_pressed_asks_nothing_of_the_card(
    shop: Mixed, machines: Machines, ada: Guest
) -> None:
    card = ada.page.select_one("#card-form")
    assert card is not None
    machines.postgres.halt()
    answer = ada.session.post(
        f"{shop.origin}{card['data-intent-url']}", data=dict(ada.filled(card)), timeout=60,
        headers={"Referer": ada.url, "Origin": ada.origin},
    )  # fmt: skip
    assert answer.status_code == 503
    machines.postgres.start()
    shop.wait(lambda: shop.sql("SELECT 1"), "the database")
    assert shop.intents(ada.number) == []
    pressed_and_authorised(shop, ada)
    ends_with_tickets(shop, ada)


@pytest.mark.parametrize("what", ["booked", "taken"])
def test_away_while_the_answer_is_on_its_way(shop: Mixed, machines: Machines, ada: Guest, what: str) -> None:
    """The work is done outside, and what came of it cannot be written down."""
    if what == "booked":
        shop.stall(shop.book, done=True)
    else:
        shop.stall(CAPTURE, world="stripe", done=True)
    pressed_and_authorised(shop, ada)
    shop.struck("the call")
    machines.postgres.halt(crash=True)
    shop.pause(8)  # the answer comes, and nobody can keep it
    machines.postgres.start()
    ends_with_tickets(shop, ada)


def test_away_while_tickets_are_being_held(shop: Mixed, machines: Machines) -> None:
    """What was held and could not be written down lapses by itself; the buyer may try again."""
    ben = Guest(shop.origin, "Ben")
    ben.wants = ("tour",)
    shop.stall("POST /rest/v2/Baskets/*/Tickets", world="ltd", done=True)
    press = beside(lambda: in_vain(lambda: two_seats_on_tour(ben, shop)))
    shop.struck("the call")
    machines.postgres.halt(crash=True)
    press.join(60)
    assert ben.answer.status_code == 503
    machines.postgres.start()
    shop.wait(lambda: shop.sql("SELECT 1"), "the database")
    shop.advance(FIVE_MINUTES)  # until then the shop says that it is at it: nobody holds the same twice
    assert ben.buys(shop, "tour") == ["card"]
    assert shop.sold(ben.number).tour == 2


@pytest.mark.long
def test_away_for_a_minute_and_every_process_works_on(shop: Mixed, machines: Machines) -> None:
    """A real minute, in the middle of an order of two sellers."""
    ada = Guest(shop.origin)
    ada.wants = ("stadium", "west-end")
    basket = ada.at_the_gate(shop)
    machines.postgres.halt()
    shop.standin.post(f"ltd/baskets/{basket}/pay_without_return")
    for _look in range(12):
        ada.get(f"{shop.origin}/en/basket/")
        assert ada.answer.status_code == 503
        shop.pause(5)
    machines.postgres.start()
    shop.advance(FIVE_MINUTES)
    shop.wait(lambda: shop.status(ada.number) in {"paid", "fulfilled"}, "a paid order", seconds=120)
    found = shop.sold(ada.number)
    assert (found.taken, found.stadium, found.west_end) == (ada.price, 2, 2)

"""The deadly moments at a house that is sold by an agent: its orders do not name ours and come late into its list.

See `test_killed_till`.
"""

from __future__ import annotations

from itertools import count

import pytest

from tests.processes.kills import (
    ALL,
    AN_HOUR,
    BOOKED,
    LATER,
    MADE,
    NEVER,
    NOT_BOOKED,
    TIME_OVER,
    booked_and_not_taken,
    dies_while_booking,
    ends,
    pressed_and_authorised,
    told,
)
from tests.processes.playhouse import Playhouse, Visitor
from tests.processes.till import CAPTURE, purse

pytestmark = [pytest.mark.long, pytest.mark.processes, pytest.mark.xdist_group("killed_agent")]
HOUSE = Playhouse
NUMBERS = count(1)


@pytest.fixture
def shop(shop: Playhouse) -> Playhouse:
    shop.confirmed = shop.confirmations()
    return shop


@pytest.fixture
def eva(shop: Playhouse) -> Visitor:
    """On our payment page, with two tickets in a basket of the house."""
    found = Visitor(shop.origin, f"Eva{next(NUMBERS)}")
    found.at_the_till(shop)
    return found


def test_the_worker_is_dead_when_the_card_is_authorised(shop: Playhouse, eva: Visitor) -> None:
    shop.dies("worker")
    pressed_and_authorised(shop, eva)
    shop.wait(lambda: shop.sql("SELECT count(*) FROM checkout_inboxmessage")[0][0], "the message")
    found = purse(shop, eva.number)
    assert (found.reserved, found.booked) == (eva.price, 0)
    afterwards = ends(shop, eva, booked=True)
    assert afterwards == BOOKED
    told("worker", "agent: card authorised, nothing booked", "(tab closed)", afterwards, shop, eva)


@pytest.mark.parametrize("how", [MADE, NEVER, LATER])
def test_the_worker_dies_in_the_middle_of_booking(shop: Playhouse, eva: Visitor, how: str) -> None:
    meanwhile = dies_while_booking(shop, eva, how, "worker")
    afterwards = ends(shop, eva, booked=how != NEVER)
    assert afterwards == (BOOKED if how != NEVER else NOT_BOOKED)
    told("worker", f"agent: in the middle of confirming, {how}", meanwhile, afterwards, shop, eva)


@pytest.mark.parametrize("how", [MADE, NEVER])
def test_all_are_dead_for_an_hour_in_the_middle_of_booking(shop: Playhouse, eva: Visitor, how: str) -> None:
    meanwhile = dies_while_booking(shop, eva, how, *ALL)
    afterwards = ends(shop, eva, booked=how == MADE, after=AN_HOUR)
    assert afterwards == BOOKED if how == MADE else afterwards in {NOT_BOOKED, TIME_OVER}
    told("all, for an hour", f"agent: in the middle of confirming, {how}", meanwhile, afterwards, shop, eva)


def test_the_answer_is_lost_and_the_order_is_not_listed_yet(shop: Playhouse, eva: Visitor) -> None:
    """The list of orders does not know it for a while: it is not called unbooked before it must be there."""
    shop.standin.post("faults", {"world": shop.world, "match": shop.book, "kind": "lost_answer"})
    shop.standin.post("faults", {"world": shop.world, "name": "orders_late", "times": -1})
    pressed_and_authorised(shop, eva)
    shop.wait(lambda: shop.part(eva.number) == "uncertain", "the answer to be missed")
    meanwhile = eva.looks()
    before = shop.reads_of_orders()
    shop.advance(60)
    shop.wait(lambda: shop.reads_of_orders() > before, "the orders to be read")
    shop.pause(1)  # what is made of them
    assert shop.part(eva.number) == "uncertain"
    assert purse(shop, eva.number).reserved == eva.price
    shop.standin.delete("faults")
    afterwards = ends(shop, eva, booked=True)
    assert afterwards == BOOKED
    told("nobody", "agent: answer lost, not among the orders yet", meanwhile, afterwards, shop, eva)


def test_the_worker_dies_between_booking_and_taking_the_money(shop: Playhouse, eva: Visitor) -> None:
    booked_and_not_taken(shop, eva)
    shop.dies("worker")
    found = purse(shop, eva.number)
    assert (found.taken, found.reserved, found.booked) == (0, eva.price, 1)
    meanwhile = eva.looks()
    shop.standin.delete("faults")
    afterwards = ends(shop, eva, booked=True)
    assert afterwards == BOOKED
    told("worker", "agent: confirmed, money not taken", meanwhile, afterwards, shop, eva)


def test_the_worker_dies_when_the_money_is_taken_and_the_answer_is_lost(
    shop: Playhouse, eva: Visitor
) -> None:
    shop.stall(CAPTURE, world="stripe", done=True)
    pressed_and_authorised(shop, eva)
    shop.struck("the money to be taken")
    shop.dies("worker")
    meanwhile = eva.looks()
    afterwards = ends(shop, eva, booked=True)
    assert afterwards == BOOKED
    told("worker", "agent: confirmed, money taken, answer lost", meanwhile, afterwards, shop, eva)

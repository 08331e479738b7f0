"""The deadly moments once more at a box office whose bookings could be made twice: one is never asked for again.

See `test_killed_till`.
"""

from __future__ import annotations

import pytest

from tests.processes.kills import (
    BOOKED,
    LATER,
    MADE,
    NEVER,
    NOT_BOOKED,
    booked_and_not_taken,
    dies_while_booking,
    ends,
    pressed_and_authorised,
    told,
)
from tests.processes.stadium import Fan, Stadium
from tests.processes.till import CAPTURE, purse

pytestmark = [pytest.mark.long, pytest.mark.processes, pytest.mark.xdist_group("killed_for_an_hour")]
HOUSE = Stadium


@pytest.fixture
def ada(shop: Stadium) -> Fan:
    found = Fan(shop.origin)
    found.at_the_till(shop)
    return found


@pytest.mark.parametrize("how", [MADE, NEVER, LATER])
def test_the_worker_dies_in_the_middle_of_booking(shop: Stadium, ada: Fan, how: str) -> None:
    meanwhile = dies_while_booking(shop, ada, how, "worker")
    afterwards = ends(shop, ada, booked=how != NEVER)
    assert afterwards == (BOOKED if how != NEVER else NOT_BOOKED)
    told("worker", f"in the middle of a booking on invoice, {how}", meanwhile, afterwards, shop, ada)


def test_the_answer_to_a_booking_is_lost_and_nobody_dies(shop: Stadium, ada: Fan) -> None:
    shop.standin.post("faults", {"world": shop.world, "match": shop.book, "kind": "lost_answer"})
    pressed_and_authorised(shop, ada)
    afterwards = ends(shop, ada, booked=True)
    assert afterwards == BOOKED
    told("nobody", "the answer to a booking on invoice is lost", "(tab closed)", afterwards, shop, ada)


def test_the_worker_dies_between_booking_and_taking_the_money(shop: Stadium, ada: Fan) -> None:
    booked_and_not_taken(shop, ada)
    shop.dies("worker")
    found = purse(shop, ada.number)
    assert (found.taken, found.reserved, found.booked) == (0, ada.price, 1)
    meanwhile = ada.looks()
    shop.standin.delete("faults")
    afterwards = ends(shop, ada, booked=True)
    assert afterwards == BOOKED
    told("worker", "booked on invoice, money not taken", meanwhile, afterwards, shop, ada)


def test_the_worker_dies_when_the_money_is_taken_and_the_answer_is_lost(shop: Stadium, ada: Fan) -> None:
    shop.stall(CAPTURE, world="stripe", done=True)
    pressed_and_authorised(shop, ada)
    shop.struck("the money to be taken")
    shop.dies("worker")
    meanwhile = ada.looks()
    afterwards = ends(shop, ada, booked=True)
    assert afterwards == BOOKED
    told("worker", "booked on invoice, money taken, answer lost", meanwhile, afterwards, shop, ada)

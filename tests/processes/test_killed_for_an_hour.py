"""Everything is dead for an hour, longer than any hold: see `test_killed_till`."""

from __future__ import annotations

import pytest

from tests.processes.kills import (
    ALL,
    AN_HOUR,
    BOOKED,
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
from tests.processes.till import CAPTURE, Payer, Till

pytestmark = [pytest.mark.long, pytest.mark.processes, pytest.mark.xdist_group("killed_for_an_hour")]
HOUSE = Till


@pytest.fixture
def ada(shop: Till) -> Payer:
    """On our payment page, with two tickets held."""
    found = Payer(shop.origin)
    found.at_the_till(shop)
    return found


def test_all_are_dead_for_an_hour_with_the_card_authorised(shop: Till, ada: Payer) -> None:
    intent = ada.presses_pay()
    shop.dies(*ALL)
    ada.confirms(shop, intent)
    afterwards = ends(shop, ada, booked=False, after=AN_HOUR)
    assert afterwards == NOT_BOOKED
    told("all, for an hour", "card authorised", "nothing answers", afterwards, shop, ada)


@pytest.mark.parametrize("how", [MADE, NEVER])
def test_all_are_dead_for_an_hour_in_the_middle_of_booking(shop: Till, ada: Payer, how: str) -> None:
    meanwhile = dies_while_booking(shop, ada, how, *ALL)
    afterwards = ends(shop, ada, booked=how == MADE, after=AN_HOUR)
    assert afterwards in {BOOKED, "Your tickets"} if how == MADE else {NOT_BOOKED, TIME_OVER}
    told("all, for an hour", f"in the middle of booking, {how}", meanwhile, afterwards, shop, ada)


def test_all_are_dead_for_an_hour_between_booking_and_taking_the_money(shop: Till, ada: Payer) -> None:
    booked_and_not_taken(shop, ada)
    shop.dies(*ALL)
    shop.standin.delete("faults")
    afterwards = ends(shop, ada, booked=True, after=AN_HOUR)
    assert afterwards == BOOKED
    told("all, for an hour", "booked, money not taken", "nothing answers", afterwards, shop, ada)


def test_all_are_dead_for_an_hour_when_the_money_is_taken_and_the_answer_is_lost(
    shop: Till, ada: Payer
) -> None:
    shop.stall(CAPTURE, world="stripe", done=True)
    pressed_and_authorised(shop, ada)
    shop.struck("the money to be taken")
    shop.dies(*ALL)
    afterwards = ends(shop, ada, booked=True, after=AN_HOUR)
    assert afterwards == BOOKED
    told("all, for an hour", "money taken, answer lost", "nothing answers", afterwards, shop, ada)

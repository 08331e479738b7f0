"""An account that is left alone for not answering: what money hangs on is asked of it all the same."""

from __future__ import annotations

import pytest

from checkout.models import Booking, Order, Payment
from shop import breakers
from shop.providers import http
from shop.providers.errors import Resting
from tests.checkout.conftest import Ada
from tests.checkout.test_charging import back, paying, press, stands
from tests.checkout.till_world import Till
from tests.checkout.world import World


def left_alone(*names: str) -> None:
    for name in names:
        call = http.CallInfo(name, "event", "GET", "/", False, outcome="unavailable")
        for _again in range(breakers.FAILURES):
            breakers.listen(call)
        with pytest.raises(Resting):
            breakers.ask_leave(name)


@pytest.mark.usefixtures("paid_to_us")
def test_an_authorised_order_is_booked_taken_and_ticketed(
    ada: Ada, theatre: World, arena: World, till: Till
) -> None:
    paying(ada, "west-end", "arena")
    press(ada)
    till.pay()
    left_alone("west-end", "arena")
    assert back(ada).url == ada.url("thanks")
    assert stands(ada) == (
        Order.Status.FULFILLED,
        [Booking.Status.TICKETED, Booking.Status.TICKETED],
        Payment.Status.CAPTURED,
    )
    assert till.taken == 18000


@pytest.mark.usefixtures("paid_to_us")
def test_a_buyer_who_has_the_tickets_held_can_still_pay(ada: Ada, theatre: World, till: Till) -> None:
    left_alone("west-end")
    paying(ada)
    press(ada)
    till.pay()
    back(ada)
    assert ada.now().status == Order.Status.FULFILLED


def test_an_order_that_was_paid_at_the_box_office_is_looked_for_and_found(ada: Ada, theatre: World) -> None:
    ada.holds()
    ada.goes_to_payment()
    for handle in theatre.orders:
        theatre.paid(handle)
    left_alone("west-end")
    ada.comes_back()
    assert ada.now().status == Order.Status.FULFILLED

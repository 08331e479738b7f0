"""A backup is brought back: what was sold since is in the books of the others, and not in ours."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from checkout import charging, reopening
from checkout.models import Booking, Order, Payment
from shop.providers.errors import Unavailable
from tests.checkout.conftest import Ada
from tests.checkout.test_charging import paying, press, stands
from tests.checkout.till_world import Till
from tests.checkout.world import World

pytestmark = pytest.mark.usefixtures("paid_to_us")
P, B, O = Payment.Status, Booking.Status, Order.Status  # noqa: E741
FIVE = timedelta(minutes=5)


class Backup:
    """The rows of orders as they are now; `restore` writes them back over what happened since."""

    def __init__(self) -> None:
        self.rows = [(model, list(model._default_manager.values())) for model in (Order, Booking, Payment)]

    def restore(self) -> dict[str, int]:
        for model, rows in self.rows:
            for row in rows:
                model._default_manager.filter(pk=row["id"]).update(**row)
        return reopening.look_afresh()


@pytest.mark.parametrize("authorised", [False, True], ids=["before the card", "the card was authorised"])
def test_a_part_that_was_booked_since_is_found_there_and_not_booked_again(
    ada: Ada, till: Till, theatre: World, sweep: Callable[..., None], authorised: bool
) -> None:
    payment = paying(ada)
    press(ada)
    backup = Backup()
    till.pay()
    if authorised:
        theatre.fail("confirm", Unavailable())
        charging.settle_payment(payment.pk, road="return")
        backup = Backup()
        assert stands(ada) == (O.PAYING, [B.PREPARED], P.AUTHORISED)
    sweep(timedelta(minutes=1))
    assert stands(ada) == (O.FULFILLED, [B.TICKETED], P.CAPTURED)
    asked = theatre.calls["confirm"]
    assert backup.restore()["parts to be looked for"] == 1
    sweep(FIVE)
    assert stands(ada) == (O.FULFILLED, [B.TICKETED], P.CAPTURED)
    assert theatre.calls["confirm"] == asked
    assert (till.taken, till.given) == (9000, [])


def test_a_part_that_was_not_booked_is_not_paid(
    ada: Ada, till: Till, theatre: World, sweep: Callable[..., None]
) -> None:
    payment = paying(ada)
    press(ada)
    till.pay()
    theatre.fail("confirm", Unavailable())
    charging.settle_payment(payment.pk, road="return")
    Backup().restore()
    sweep(FIVE)
    assert stands(ada) == (O.CANCELLED, [B.REFUSED], P.RELEASED)
    assert (till.taken, till.reserved) == (0, 0)


def test_where_the_box_office_cannot_be_asked_a_person_is_called_and_no_money_moves(
    ada: Ada, till: Till, theatre: World, sweep: Callable[..., None]
) -> None:
    payment = paying(ada)
    press(ada)
    till.pay()
    theatre.fail("confirm", Unavailable())
    charging.settle_payment(payment.pk, road="return")
    Backup().restore()
    theatre.fail("look", *[Unavailable()] * 200)
    sweep(timedelta(minutes=12))
    assert ada.now().attention_reason == "uncertain"
    assert stands(ada)[1:] == ([B.UNCERTAIN], P.AUTHORISED)
    assert (till.taken, till.reserved) == (0, 9000)


def test_what_was_only_chosen_is_not_in_doubt(ada: Ada, till: Till, theatre: World) -> None:
    ada.holds()
    ada.starts()
    assert reopening.look_afresh()["parts to be looked for"] == 0
    assert Booking.objects.get().status == B.HELD

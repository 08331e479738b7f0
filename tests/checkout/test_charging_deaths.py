"""The process dies at every point between "Pay" and the tickets; five minutes later all is right.

What is done before the death stays done, there and in our rows; nothing behind it runs. Then the sweep alone goes on.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from checkout import charging, confirming, gate, settling
from checkout.models import Booking, Order, Payment
from checkout.payments.base import IntentState
from shop import claims
from tests.checkout.conftest import Ada
from tests.checkout.test_charging import paying, press, stands
from tests.checkout.till_world import Gone, Killed, Till
from tests.checkout.world import Lost, World

pytestmark = pytest.mark.usefixtures("paid_to_us")
P, B, O = Payment.Status, Booking.Status, Order.Status  # noqa: E741
FIVE = timedelta(minutes=5)


@pytest.fixture
def dies(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Run something that is killed half-way. Its claims stay behind, as those of a killed process do."""
    kept = claims.give_up

    def run(do: Callable[[], Any]) -> None:
        with monkeypatch.context() as patch:
            patch.setattr(claims, "give_up", lambda name, owner: None)
            with pytest.raises(Killed):
                do()
        assert claims.give_up is kept

    return run


def test_after_the_row(ada: Ada, till: Till, theatre: World, sweep: Callable[..., None], dies: Any) -> None:
    """Nobody could pay: it runs out with its hold, or is paid when the buyer comes back."""
    paying(ada)
    till.fail("create", Killed())
    dies(lambda: gate.press(ada.now(), shown_minor=9000))
    sweep(FIVE)
    assert stands(ada) == (O.PAYING, [B.PREPARED], P.BEGUN)
    assert press(ada).json() == {"secret": "pi_1_secret_s"}
    till.pay()
    sweep(timedelta(minutes=1))
    assert stands(ada)[1:] == ([B.TICKETED], P.CAPTURED)


def test_after_the_intent(
    ada: Ada, till: Till, theatre: World, sweep: Callable[..., None], dies: Any
) -> None:
    """The intent is there and nobody has heard of it: nobody can pay it, and the next press finds it again."""
    paying(ada)
    till.fail("create", Gone(Killed()))
    dies(lambda: gate.press(ada.now(), shown_minor=9000))
    assert Payment.objects.get().external_id == ""
    sweep(FIVE)
    assert press(ada).json() == {"secret": "pi_1_secret_s"}
    assert len(till.made) == 1
    sweep(timedelta(minutes=8), step=timedelta(seconds=60))
    assert stands(ada) == (O.EXPIRED, [B.LAPSED], P.EXPIRED)


def test_after_the_card_was_authorised(
    ada: Ada, till: Till, theatre: World, sweep: Callable[..., None], dies: Any
) -> None:
    payment = paying(ada)
    press(ada)
    till.pay()
    till.fail("retrieve", Gone(Killed()))
    dies(lambda: charging.settle_payment(payment.pk, road="return"))
    assert stands(ada) == (O.PAYING, [B.PREPARED], P.BEGUN)
    sweep(FIVE)
    assert stands(ada) == (O.FULFILLED, [B.TICKETED], P.CAPTURED)
    assert till.taken == 9000


def test_after_authorised_was_written_down(
    ada: Ada, till: Till, theatre: World, sweep: Callable[..., None], dies: Any, monkeypatch: Any
) -> None:
    payment = paying(ada)
    press(ada)
    till.pay()
    with monkeypatch.context() as patch:
        patch.setattr(confirming, "confirm", _die)
        dies(lambda: charging.settle_payment(payment.pk, road="return"))
    assert stands(ada) == (O.PAYING, [B.PREPARED], P.AUTHORISED)
    sweep(FIVE)
    assert stands(ada) == (O.FULFILLED, [B.TICKETED], P.CAPTURED)


def _die(*_args: Any, **_more: Any) -> Any:
    raise Killed


def test_before_the_booking_was_sent(
    ada: Ada, till: Till, theatre: World, sweep: Callable[..., None], dies: Any
) -> None:
    """It is written down as being booked and never was: looked for, never sent again, and nobody is charged."""
    payment = paying(ada)
    press(ada)
    till.pay()
    theatre.fail("confirm", Killed())
    dies(lambda: charging.settle_payment(payment.pk, road="return"))
    assert stands(ada) == (O.PAYING, [B.CONFIRMING], P.AUTHORISED)
    sweep(timedelta(minutes=2))
    assert stands(ada)[1] == [B.CONFIRMING]  # somebody may still be at it
    sweep(timedelta(minutes=3))
    assert stands(ada) == (O.CANCELLED, [B.REFUSED], P.RELEASED)
    assert theatre.calls["confirm"] == 1
    assert (till.taken, till.reserved) == (0, 0)


def test_after_the_booking_and_before_its_answer(
    ada: Ada, till: Till, theatre: World, sweep: Callable[..., None], dies: Any
) -> None:
    payment = paying(ada)
    press(ada)
    till.pay()
    theatre.fail("confirm", Lost(Killed()))  # type: ignore[arg-type]
    dies(lambda: charging.settle_payment(payment.pk, road="return"))
    assert stands(ada) == (O.PAYING, [B.CONFIRMING], P.AUTHORISED)
    sweep(FIVE)
    assert stands(ada) == (O.FULFILLED, [B.TICKETED], P.CAPTURED)
    assert theatre.calls["confirm"] == 1


def test_after_the_answer_and_before_it_was_written_down(
    ada: Ada, till: Till, theatre: World, sweep: Callable[..., None], dies: Any, monkeypatch: Any
) -> None:
    payment = paying(ada)
    press(ada)
    till.pay()
    with monkeypatch.context() as patch:
        patch.setattr(settling, "apply", _die)
        dies(lambda: charging.settle_payment(payment.pk, road="return"))
    sweep(FIVE)
    assert stands(ada) == (O.FULFILLED, [B.TICKETED], P.CAPTURED)
    assert theatre.calls["confirm"] == 1


def test_after_booked_and_before_the_money_is_taken(
    ada: Ada, till: Till, theatre: World, sweep: Callable[..., None], dies: Any
) -> None:
    payment = paying(ada)
    press(ada)
    till.pay()
    till.fail("capture", Killed())
    dies(lambda: charging.settle_payment(payment.pk, road="return"))
    assert stands(ada)[1:] == ([B.BOOKED], P.AUTHORISED)
    assert ada.now().status == O.PAYING
    sweep(FIVE)
    assert stands(ada) == (O.FULFILLED, [B.TICKETED], P.CAPTURED)
    assert till.taken == 9000


def test_after_the_money_was_taken_and_before_that_was_written_down(
    ada: Ada, till: Till, theatre: World, sweep: Callable[..., None], dies: Any
) -> None:
    payment = paying(ada)
    press(ada)
    till.pay()
    till.fail("capture", Gone(Killed()))
    dies(lambda: charging.settle_payment(payment.pk, road="return"))
    assert stands(ada)[1:] == ([B.BOOKED], P.AUTHORISED)
    sweep(FIVE)
    assert stands(ada) == (O.FULFILLED, [B.TICKETED], P.CAPTURED)
    assert (till.taken, till.calls["capture"]) == (9000, 1)


def test_after_that_was_written_down_and_before_the_order_follows(
    ada: Ada, till: Till, theatre: World, sweep: Callable[..., None], dies: Any, monkeypatch: Any
) -> None:
    payment = paying(ada)
    press(ada)
    till.pay()
    follow = settling.follow

    def dying(order_id: int, *, road: str) -> Order:
        if Payment.objects.filter(status=P.CAPTURED).exists():
            raise Killed
        return follow(order_id, road=road)

    with monkeypatch.context() as patch:
        patch.setattr(settling, "follow", dying)
        dies(lambda: charging.settle_payment(payment.pk, road="return"))
    assert stands(ada)[1:] == ([B.BOOKED], P.CAPTURED)
    assert ada.now().status == O.PAYING
    sweep(FIVE)
    assert stands(ada) == (O.FULFILLED, [B.TICKETED], P.CAPTURED)


def test_after_the_refusal_and_before_the_card_is_let_go(
    ada: Ada, till: Till, theatre: World, sweep: Callable[..., None], dies: Any
) -> None:
    from shop.providers.errors import SoldOut

    payment = paying(ada)
    press(ada)
    till.pay()
    theatre.fail("confirm", SoldOut())
    till.fail("cancel", Killed())
    dies(lambda: charging.settle_payment(payment.pk, road="return"))
    assert stands(ada)[1:] == ([B.REFUSED], P.AUTHORISED)
    assert ada.now().basket.status == "frozen"
    sweep(FIVE)
    assert stands(ada) == (O.CANCELLED, [B.REFUSED], P.RELEASED)
    assert (till.taken, till.reserved) == (0, 0)


def test_after_the_card_was_let_go_and_before_that_was_written_down(
    ada: Ada, till: Till, theatre: World, sweep: Callable[..., None], dies: Any
) -> None:
    from shop.providers.errors import SoldOut

    payment = paying(ada)
    press(ada)
    till.pay()
    theatre.fail("confirm", SoldOut())
    till.fail("cancel", Gone(Killed()))
    dies(lambda: charging.settle_payment(payment.pk, road="return"))
    sweep(FIVE)
    assert stands(ada) == (O.CANCELLED, [B.REFUSED], P.RELEASED)
    assert ada.now().attention_reason == ""


def test_money_taken_at_once_dies_before_it_is_given_back(
    ada: Ada, till: Till, theatre: World, sweep: Callable[..., None], dies: Any, settings: Any, monkeypatch: Any
) -> None:  # fmt: skip
    from checkout import refunding
    from shop.providers.errors import SoldOut

    settings.STRIPE_AUTHORISE_FIRST, till.manual = False, False
    payment = paying(ada)
    press(ada)
    till.pay()
    theatre.fail("confirm", SoldOut())
    with monkeypatch.context() as patch:
        patch.setattr(refunding, "refund", _die)
        dies(lambda: charging.settle_payment(payment.pk, road="return"))
    assert stands(ada)[1:] == ([B.REFUSED], P.CAPTURED)
    sweep(FIVE)
    assert till.given == [9000]
    assert ada.now().status == O.REFUNDED


def test_while_it_is_cancelled_at_the_end_of_its_time(
    ada: Ada, till: Till, theatre: World, sweep: Callable[..., None], dies: Any, move_clock: Callable[..., None]
) -> None:  # fmt: skip
    payment = paying(ada)
    press(ada)
    move_clock(timedelta(minutes=11))
    till.fail("cancel", Gone(Killed()))
    dies(lambda: charging.settle_payment(payment.pk, road="sweep"))
    assert till.only().state == IntentState.CANCELED
    sweep(FIVE)
    assert stands(ada) == (O.EXPIRED, [B.LAPSED], P.EXPIRED)
    assert ada.now().basket.status == "open"

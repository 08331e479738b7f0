"""Time runs out, the buyer goes back, money comes late, parts that others are paid for."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail

from checkout import charging, settling
from checkout.models import Booking, Order, Payment, Refund
from checkout.payments.base import IntentState, TillRefused, TillUnavailable, TillUnknown
from shop.providers.errors import OutcomeUnknown, SoldOut, Unavailable
from shop.providers.types import BookingState
from tests.checkout.conftest import Ada
from tests.checkout.test_charging import back, paying, press, stands
from tests.checkout.till_world import Gone, Till
from tests.checkout.world import Lost, World

pytestmark = pytest.mark.usefixtures("paid_to_us")
P, B, O = Payment.Status, Booking.Status, Order.Status  # noqa: E741
OVER = timedelta(minutes=11)


# --- the hold runs out ------------------------------------------------------------------------------------------


def test_never_pressed_it_is_over_with_its_hold(
    ada: Ada, till: Till, theatre: World, sweep: Callable[..., None]
) -> None:
    paying(ada)
    sweep(OVER, step=timedelta(seconds=60))
    assert stands(ada) == (O.EXPIRED, [B.LAPSED], P.EXPIRED)
    assert till.calls == {}
    assert ada.now().basket.status == "open"


def test_the_bank_is_still_asking_when_time_runs_out_it_is_cancelled_and_nothing_can_come(
    ada: Ada, till: Till, theatre: World, sweep: Callable[..., None]
) -> None:
    paying(ada)
    press(ada)
    till.change(state=IntentState.NEEDS_BUYER)
    sweep(OVER, step=timedelta(seconds=30))
    assert till.only().state == IntentState.CANCELED
    assert stands(ada) == (O.EXPIRED, [B.LAPSED], P.EXPIRED)
    assert theatre.calls["confirm"] == 0
    assert any("not booked" in m.subject.lower() for m in mail.outbox)


def test_authorised_in_the_last_moment_it_is_booked_and_not_cancelled(
    ada: Ada, till: Till, theatre: World, move_clock: Callable[..., None], sweep: Callable[..., None]
) -> None:
    """Nobody told us; the sweep that would end it reads first."""
    paying(ada)
    press(ada)
    till.pay()
    move_clock(OVER)
    sweep()
    assert stands(ada)[1:] == ([B.TICKETED], P.CAPTURED)
    assert till.calls["cancel"] == 0


def test_authorised_after_the_reading_and_before_the_cancelling_only_lets_go_of_an_authorisation(
    ada: Ada, till: Till, theatre: World, move_clock: Callable[..., None], sweep: Callable[..., None]
) -> None:
    paying(ada)
    press(ada)
    move_clock(OVER)
    till.before = lambda verb: till.pay() if verb == "cancel" and not till.reserved else None
    sweep()
    till.before = None
    sweep(timedelta(seconds=30))
    assert (till.taken, till.reserved) == (0, 0)
    assert stands(ada)[0] in (O.EXPIRED, O.CANCELLED)


def test_taken_between_reading_and_cancelling_it_is_booked(
    ada: Ada, till: Till, theatre: World, move_clock: Callable[..., None], sweep: Callable[..., None],
    settings: Any,
) -> None:  # fmt: skip
    """ "Unexpected state", says the cancel: it is read again, and the money is there."""
    settings.STRIPE_AUTHORISE_FIRST, till.manual = False, False
    paying(ada)
    press(ada)
    move_clock(OVER)
    till.before = lambda verb: till.pay() if verb == "cancel" and not till.taken else None
    sweep()
    assert stands(ada) == (O.PAYING, [B.PREPARED], P.BEGUN)  # nobody was told that it is over
    till.before = None
    sweep(timedelta(seconds=30))
    assert stands(ada)[1:] == ([B.TICKETED], P.CAPTURED)


@pytest.mark.parametrize("fault", [TillUnknown(), TillUnavailable(), Gone(TillUnknown()), TillRefused()])
def test_a_cancel_without_an_answer_ends_nothing_before_it_is_known(
    ada: Ada, till: Till, theatre: World, move_clock: Callable[..., None], sweep: Callable[..., None], fault: Any
) -> None:  # fmt: skip
    paying(ada)
    press(ada)
    move_clock(OVER)
    till.fail("cancel", fault)
    sweep()
    assert stands(ada) == (O.PAYING, [B.PREPARED], P.BEGUN)
    assert ada.now().basket.status == "frozen"
    sweep(timedelta(minutes=1))
    assert stands(ada) == (O.EXPIRED, [B.LAPSED], P.EXPIRED)
    assert till.only().state == IntentState.CANCELED


def test_a_cancel_that_was_refused_is_asked_with_another_key(
    ada: Ada, till: Till, theatre: World, move_clock: Callable[..., None], sweep: Callable[..., None]
) -> None:
    """The bank was at it, so the cancel was refused; that refusal is kept with its key, and the money came then."""
    paying(ada)
    press(ada)
    move_clock(OVER)
    till.before = lambda verb: (
        till.change(state=IntentState.PROCESSING) if verb == "cancel" and not till.refusals else None
    )  # type: ignore[assignment,return-value]
    sweep()
    till.before = None
    till.pay()
    theatre.fail("confirm", SoldOut())
    sweep(timedelta(minutes=1))
    assert (till.taken, till.reserved) == (0, 0)
    assert stands(ada)[2] == P.RELEASED


def test_a_payment_that_the_payment_company_does_not_know_calls_staff(
    ada: Ada, till: Till, theatre: World
) -> None:
    payment = paying(ada)
    press(ada)
    till.fail("retrieve", TillRefused(code="resource_missing"))
    charging.settle_payment(payment.pk, road="sweep")
    assert ada.now().attention_reason == "till_misconfigured"
    assert stands(ada)[2] == P.BEGUN


def test_an_intent_that_was_refused_is_asked_with_another_key(ada: Ada, till: Till, theatre: World) -> None:
    payment = paying(ada)
    till.fail("create", TillRefused(code="idempotency"))
    assert "say" in press(ada).json()
    assert press(ada).json() == {"secret": "pi_1_secret_s"}
    assert list(till.keys) == [f"payment-{payment.pk}-intent-2"]


def test_a_payment_company_that_is_away_ends_nothing(
    ada: Ada, till: Till, theatre: World, sweep: Callable[..., None]
) -> None:
    paying(ada)
    press(ada)
    till.pay()
    till.fail("retrieve", *[TillUnavailable()] * 200)
    sweep(timedelta(minutes=14), step=timedelta(seconds=60))
    assert stands(ada) == (O.PAYING, [B.PREPARED], P.BEGUN)
    till.faults["retrieve"].clear()
    theatre.fail("confirm", SoldOut())
    sweep(timedelta(minutes=2))
    assert stands(ada)[2] == P.RELEASED
    assert till.reserved == 0


def test_while_the_bank_is_at_it_nobody_is_asked_to_pay(
    ada: Ada, till: Till, theatre: World
) -> None:  # fmt: skip
    paying(ada)
    press(ada)
    till.change(state=IntentState.PROCESSING)
    page = ada.sees(back(ada))
    assert page.wsgi_request.path == ada.url("thanks")
    assert "Asking your bank" in page.content.decode()
    assert ada.client.get(ada.url("pay")).url == ada.url("thanks")


def test_money_that_comes_after_everything_was_given_up_goes_back_whole(
    ada: Ada, till: Till, theatre: World, sweep: Callable[..., None], settings: Any
) -> None:
    settings.STRIPE_AUTHORISE_FIRST, till.manual = False, False
    payment = paying(ada)
    press(ada)
    till.change(state=IntentState.PROCESSING)
    sweep(timedelta(minutes=15), step=timedelta(seconds=60))
    assert stands(ada) == (O.EXPIRED, [B.LAPSED], P.EXPIRED)
    till.pay()
    for _copy in range(3):
        charging.settle_payment(payment.pk, road="webhook")
    refund = Refund.objects.get()
    assert (refund.amount_minor, refund.reason) == (9000, "late")
    assert till.given == [9000]
    assert theatre.calls["confirm"] == 0
    assert ada.now().attention_reason == "late_money"


def test_an_authorisation_that_comes_late_is_let_go(
    ada: Ada, till: Till, theatre: World, sweep: Callable[..., None]
) -> None:
    payment = paying(ada)
    press(ada)
    till.change(state=IntentState.PROCESSING)
    sweep(timedelta(minutes=15), step=timedelta(seconds=60))
    till.pay()
    sweep(timedelta(hours=2), step=timedelta(minutes=20))  # no message ever came: it is looked at each hour
    assert (till.taken, till.reserved) == (0, 0)
    assert Payment.objects.get(pk=payment.pk).status == P.EXPIRED
    assert ada.now().attention_reason == "late_money"


# --- going back ---------------------------------------------------------------------------------------------------


def test_back_to_the_basket_cancels_first(ada: Ada, till: Till, theatre: World) -> None:
    paying(ada)
    press(ada)
    answer = ada.client.post(ada.url("cancel"))
    assert answer.url.startswith("/en/basket/")
    assert till.only().state == IntentState.CANCELED
    assert stands(ada) == (O.PLACED, [B.PREPARED], P.FAILED)
    assert ada.now().basket.status == "open"


def test_back_to_the_basket_after_paying_in_the_other_tab_goes_on_to_the_tickets(
    ada: Ada, till: Till, theatre: World
) -> None:
    paying(ada)
    press(ada)
    till.pay()
    ada.client.post(ada.url("cancel"))
    assert stands(ada)[1:] == ([B.TICKETED], P.CAPTURED)
    assert till.calls["cancel"] == 0


def test_back_to_the_basket_is_not_believed_before_the_cancel_is_known(
    ada: Ada, till: Till, theatre: World
) -> None:
    paying(ada)
    press(ada)
    till.fail("cancel", TillUnknown())
    ada.client.post(ada.url("cancel"))
    assert stands(ada)[0] == O.PAYING
    assert ada.now().basket.status == "frozen"


def test_back_and_again_is_a_new_payment_with_the_sum_of_now(ada: Ada, till: Till, theatre: World) -> None:
    paying(ada)
    press(ada)
    ada.client.post(ada.url("cancel"))
    theatre.surcharge = -500
    assert ada.pays().url == ada.url("pay")
    first, second = Payment.objects.order_by("pk")
    assert (first.status, second.status, second.amount_minor) == (P.FAILED, P.BEGUN, 8500)
    assert press(ada).json() == {"secret": "pi_2_secret_s"}
    till.pay("pi_2")
    back(ada)
    assert stands(ada)[1:] == ([B.TICKETED], P.CAPTURED)
    charging.settle_payment(first.pk, road="webhook")  # a late message of the first one
    assert (till.taken, Refund.objects.count()) == (8500, 0)


# --- news of the parts ------------------------------------------------------------------------------------------


def test_booked_found_by_a_look_leads_on_to_taking(
    ada: Ada, till: Till, theatre: World, sweep: Callable[..., None]
) -> None:
    paying(ada)
    press(ada)
    till.pay()
    theatre.fail("confirm", Lost(OutcomeUnknown()))
    back(ada)
    settling.settle(ada.booking().pk, road="sweep")
    assert Payment.objects.get().status == P.AUTHORISED  # a look at a provider takes no money by itself
    assert ada.now().status == O.PAYING
    sweep()
    assert stands(ada)[1:] == ([B.TICKETED], P.CAPTURED)


def test_a_look_never_calls_money_of_ours_taken(ada: Ada, till: Till, theatre: World) -> None:
    """Booked at the box office by somebody there, before anybody paid: a person is called, nothing is called paid."""
    paying(ada)
    theatre.orders[theatre.only_order()]["state"] = BookingState.BOOKED
    settling.settle(ada.booking().pk, road="sweep")
    charging.go_on(ada.now().pk)
    assert Payment.objects.get().status != P.CAPTURED
    order = ada.now()
    assert order.status not in (O.PAID, O.FULFILLED)
    assert order.attention_reason == "booked_unpaid"


def test_booked_after_all_when_the_money_was_let_go_calls_a_person(
    ada: Ada, till: Till, theatre: World, sweep: Callable[..., None]
) -> None:
    paying(ada)
    press(ada)
    till.pay()
    theatre.fail("confirm", OutcomeUnknown())
    back(ada)
    sweep(timedelta(minutes=3))
    assert stands(ada)[1:] == ([B.REFUSED], P.RELEASED)
    theatre.orders[theatre.only_order()]["state"] = BookingState.BOOKED
    sweep(timedelta(minutes=3), step=timedelta(seconds=60))
    order = ada.now()
    assert (order.status, order.attention_reason) == (O.ATTENTION, "booked_unpaid")
    assert stands(ada)[1][0] in (B.BOOKED, B.TICKETED)


def test_a_hold_that_lapses_there_before_anybody_paid_ends_the_payment_first(
    ada: Ada, till: Till, theatre: World, sweep: Callable[..., None]
) -> None:
    paying(ada)
    press(ada)
    theatre.orders[theatre.only_order()]["state"] = BookingState.LAPSED
    settling.settle(ada.booking().pk, road="page")
    assert ada.now().basket.status == "frozen"
    sweep()
    assert till.only().state == IntentState.CANCELED
    assert stands(ada) == (O.EXPIRED, [B.LAPSED], P.EXPIRED)
    assert ada.now().basket.status == "open"


def test_before_the_bank_lets_it_go_what_is_booked_is_taken(
    ada: Ada, till: Till, theatre: World, arena: World, sweep: Callable[..., None], move_clock: Callable[..., None]
) -> None:  # fmt: skip
    paying(ada, "west-end", "arena")
    press(ada)
    till.pay()
    arena.fail("confirm", OutcomeUnknown())
    arena.fail("look", *[Unavailable()] * 5000)
    back(ada)
    assert B.UNCERTAIN in stands(ada)[1]
    assert (stands(ada)[2], till.taken) == (P.AUTHORISED, 0)
    move_clock(timedelta(days=6, hours=13))
    sweep(timedelta(minutes=1))
    assert till.taken == 9000
    assert Payment.objects.get().captured_minor == 9000
    assert till.reserved == 0


# --- beside payments to others ------------------------------------------------------------------------------------


@pytest.fixture
def mixed(ada: Ada, theatre: World, arena: World, till: Till) -> Ada:
    """The theatre is paid by us, the arena takes the money in its own form."""
    arena.route = "their_form"
    ada.holds("west-end")
    ada.holds("arena")
    ada.goes_to_payment()
    return ada


def test_two_payments_ours_first(mixed: Ada, theatre: World, arena: World, till: Till) -> None:
    assert sorted(Payment.objects.values_list("route", flat=True)) == ["their_form", "us"]
    page = mixed.client.get(mixed.url("pay")).content.decode()
    assert "Pay £90.00 to Foyer" in page
    assert "Payment 1 of 2" in page


def test_ours_is_booked_and_taken_when_the_other_is_decided(
    mixed: Ada, theatre: World, arena: World, till: Till
) -> None:
    press(mixed)
    till.pay()
    to_us = Payment.objects.get(route="us")
    charging.came_back(to_us.pk)
    assert theatre.calls["confirm"] == 0
    assert Payment.objects.get(route="us").status == P.AUTHORISED
    page = mixed.client.get(mixed.url("pay")).content.decode()
    assert "Payment 2 of 2" in page
    arena.paid(arena.only_order())
    other = mixed.now().bookings.get(account__name="arena")
    mixed.client.get(mixed.url("returned", other.return_token, "success"))
    assert sorted(mixed.now().bookings.values_list("status", flat=True)) == [B.TICKETED, B.TICKETED]
    assert till.taken == 9000


def test_the_other_is_not_paid_and_left_out_ours_goes_on(
    mixed: Ada, theatre: World, arena: World, till: Till
) -> None:
    press(mixed)
    till.pay()
    charging.came_back(Payment.objects.get(route="us").pk)
    other = mixed.now().bookings.get(account__name="arena")
    mixed.client.post(mixed.url("without", mixed.now().token, other.position))
    assert till.taken == 9000
    other.refresh_from_db()
    assert (other.status, other.reason) == (B.REFUSED, "dropped")


def test_back_to_the_basket_with_ours_authorised_and_the_other_unpaid_costs_nothing(
    mixed: Ada, theatre: World, arena: World, till: Till
) -> None:
    press(mixed)
    till.pay()
    charging.came_back(Payment.objects.get(route="us").pk)
    mixed.client.post(mixed.url("cancel"))
    assert (till.taken, till.reserved) == (0, 0)
    assert mixed.now().status == O.PLACED
    assert mixed.now().basket.status == "open"


# --- what the pages say ---------------------------------------------------------------------------------------------


def test_what_is_booked_and_not_paid_is_never_called_paid(
    ada: Ada, till: Till, theatre: World, sweep: Callable[..., None]
) -> None:
    paying(ada)
    press(ada)
    till.pay()
    till.fail("capture", TillRefused(code="charge_expired_for_capture"))
    back(ada)
    page = " ".join(ada.client.get(ada.url("order")).content.decode().split())
    assert "We are checking this order" in page
    assert "<dt>Paid</dt>" not in page
    assert '<dt>Paid in all</dt><dd class="money">£0.00</dd>' in page


def test_what_was_let_go_may_be_seen_at_the_bank_for_days(ada: Ada, till: Till, theatre: World) -> None:
    paying(ada)
    press(ada)
    till.pay()
    theatre.fail("confirm", SoldOut())
    page = ada.sees(back(ada)).content.decode()
    assert "You have not been charged." in page
    assert "Your bank may show the sum as reserved for some days." in page
    assert "book the tickets and write to you" not in page


def test_the_card_page_needs_scripts_and_says_so_and_tells_the_whole_sum(
    ada: Ada, till: Till, theatre: World
) -> None:
    ada.holds()
    ada.starts()
    delivery = f"part-{ada.booking().pk}-delivery"
    ada.fills_in(**{delivery: "1"})
    ada.pays()
    answer = ada.client.get(ada.url("pay"))
    page = " ".join(answer.content.decode().split())
    assert "Pay £91.00 to Foyer" in page
    assert 'Delivery: Box Office Collection</dt><dd class="money">£1.00</dd>' in page
    assert "Card entry needs scripts" in page
    assert 'data-amount="9100" data-currency="gbp" data-capture-method="manual"' in page
    assert "secret" not in page
    assert "js.stripe.com" in answer["Content-Security-Policy"]
    assert answer["Cache-Control"] == "no-store, private"

"""The road of our own till: authorised, booked, taken; and every way in which it goes otherwise."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail

from checkout import charging, settling, taking, tasks
from checkout.models import Booking, HistoryEntry, Order, Payment, Refund
from checkout.payments.base import IntentState, TillRefused, TillUnavailable, TillUnknown
from shop.providers.errors import (
    BadAnswer,
    HoldExpired,
    Misconfigured,
    OutcomeUnknown,
    SoldOut,
    Unavailable,
)
from shop.providers.types import BookingState
from tests.checkout.conftest import Ada
from tests.checkout.till_world import Gone, Till
from tests.checkout.world import Lost, World

pytestmark = pytest.mark.usefixtures("paid_to_us")
P, B, O = Payment.Status, Booking.Status, Order.Status  # noqa: E741


def paying(ada: Ada, *accounts: str, **held: Any) -> Payment:
    """Ada has reviewed her order and stands before our card form."""
    for account in accounts or ("west-end",):
        ada.holds(account, **held)
    ada.goes_to_payment()
    return Payment.objects.latest("pk")


def press(ada: Ada, shown: int | None = None) -> Any:
    amount = Payment.objects.latest("pk").amount_minor
    return ada.client.post(ada.url("intent"), {"shown": str(amount if shown is None else shown)})


def back(ada: Ada) -> Any:
    """The address that the payment company sends the buyer to."""
    from checkout.views_till import return_url

    return ada.client.get(return_url(Payment.objects.latest("pk")))


def stands(ada: Ada) -> tuple[str, list[str], str]:
    """Order, parts, payment."""
    order = ada.now()
    parts = list(order.bookings.order_by("position").values_list("status", flat=True))
    return order.status, parts, Payment.objects.filter(route="us").latest("pk").status


# --- the straight road --------------------------------------------------------------------------------------


def test_the_row_is_there_before_anybody_is_asked_for_money(ada: Ada, till: Till) -> None:
    payment = paying(ada)
    assert (payment.status, payment.booking, payment.route, payment.amount_minor) == (
        "begun",
        None,
        "us",
        9000,
    )
    assert payment.external_id == ""
    assert till.calls == {}
    assert ada.booking().route == "us"


def test_authorised_then_booked_then_taken(ada: Ada, theatre: World, till: Till) -> None:
    paying(ada)
    assert press(ada).json() == {"secret": "pi_1_secret_s"}
    till.pay()
    seen: list[tuple[str, int]] = []
    theatre.before = lambda verb: seen.append((verb, till.taken)) if verb == "confirm" else None
    assert back(ada).url == ada.url("thanks")
    assert seen == [("confirm", 0)]  # nothing was taken before it was booked
    assert stands(ada)[1:] == ([B.TICKETED], P.CAPTURED)
    assert ada.now().status == O.FULFILLED
    assert till.taken == 9000
    payment = Payment.objects.get()
    assert (payment.captured_minor, payment.charge_id, payment.due_at) == (9000, "ch_1", None)
    assert ("confirm", f"{ada.now().number}-1") in theatre.seen
    assert [m.subject for m in mail.outbox]


def test_two_parts_are_one_payment(ada: Ada, theatre: World, arena: World, till: Till) -> None:
    payment = paying(ada, "west-end", "arena")
    assert payment.amount_minor == 18000
    press(ada)
    till.pay()
    back(ada)
    assert stands(ada)[1:] == ([B.TICKETED, B.TICKETED], P.CAPTURED)
    assert till.taken == 18000
    assert till.calls["create"] == 1


def test_nobody_can_be_charged_by_a_return_address_alone(ada: Ada, theatre: World, till: Till) -> None:
    paying(ada)
    press(ada)
    assert back(ada).url == ada.url("pay")
    assert theatre.calls["confirm"] == 0
    assert stands(ada) == (O.PAYING, [B.PREPARED], P.BEGUN)


def test_what_is_appended_to_the_return_address_is_dropped_and_not_believed(ada: Ada, till: Till) -> None:
    paying(ada)
    press(ada)
    from checkout.views_till import return_url

    address = return_url(Payment.objects.get())
    answer = ada.client.get(f"{address}?payment_intent=pi_x&redirect_status=succeeded&secret=s")
    assert answer.status_code == 302
    assert "?" not in answer.url
    assert address.endswith(answer.url)


@pytest.mark.parametrize("token", ["1", "1:forged", "x" * 40])
def test_a_forged_return_address_is_nobodys(ada: Ada, till: Till, token: str) -> None:
    paying(ada)
    assert ada.client.get(f"/en/checkout/charged/{token}/").status_code == 404


def test_the_return_address_works_without_a_cookie(ada: Ada, till: Till, theatre: World) -> None:
    paying(ada)
    press(ada)
    till.pay()
    ada.client.cookies.clear()
    answer = back(ada)
    assert ada.sees(answer).status_code == 200
    assert ada.now().status == O.FULFILLED


@pytest.mark.parametrize("road", ["webhook", "sweep", "poll"])
def test_it_needs_no_return(ada: Ada, till: Till, theatre: World, road: str) -> None:
    """The tab was closed: a message, the sweep or a poll does the same step."""
    payment = paying(ada)
    press(ada)
    till.pay()
    charging.settle_payment(payment.pk, road=road)
    assert stands(ada)[1:] == ([B.BOOKED], P.CAPTURED)


def test_called_many_times_it_does_everything_once(ada: Ada, till: Till, theatre: World) -> None:
    payment = paying(ada)
    press(ada)
    till.pay()
    for road in ("webhook", "return", "webhook", "sweep", "poll", "webhook"):
        charging.settle_payment(payment.pk, road=road)
    assert theatre.calls["confirm"] == 1
    assert till.calls["capture"] == 1
    assert HistoryEntry.objects.filter(subject="payment", became="captured").count() == 1


def test_somebody_who_comes_while_it_is_settled_changes_nothing(ada: Ada, till: Till, theatre: World) -> None:
    """A message arrives while the return page has the tickets booked."""
    payment = paying(ada)
    press(ada)
    till.pay()
    inside: list[str] = []

    def meanwhile(verb: str) -> None:
        if verb == "confirm":
            inside.append(charging.settle_payment(payment.pk, road="webhook").status)

    theatre.before = meanwhile
    back(ada)
    assert inside == [P.AUTHORISED]
    assert theatre.calls["confirm"] == 1
    assert till.calls["capture"] == 1


# --- refusals -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("error", [SoldOut(), HoldExpired()])
def test_refused_by_the_box_office_nothing_is_taken(
    ada: Ada, till: Till, theatre: World, error: Exception
) -> None:
    paying(ada)
    press(ada)
    till.pay()
    theatre.fail("confirm", error)
    page = ada.sees(back(ada)).content.decode()
    assert stands(ada) == (O.CANCELLED, [B.REFUSED], P.RELEASED)
    assert (till.taken, till.reserved) == (0, 0)
    assert "You have not been charged" in page
    assert ada.now().basket.status == "open"


def test_an_account_that_may_not_book_calls_staff_and_takes_nothing(
    ada: Ada, till: Till, theatre: World
) -> None:
    paying(ada)
    press(ada)
    till.pay()
    theatre.fail("confirm", Misconfigured())
    back(ada)
    assert stands(ada) == (O.CANCELLED, [B.REFUSED], P.RELEASED)
    assert ada.now().attention_reason == "account_refuses"
    assert till.reserved == 0


def test_one_of_two_is_refused_only_the_other_is_taken_and_that_is_said_first(
    ada: Ada, till: Till, theatre: World, arena: World
) -> None:
    paying(ada, "west-end", "arena")
    press(ada)
    till.pay()
    arena.fail("confirm", SoldOut())
    page = ada.sees(back(ada)).content.decode()
    assert sorted(stands(ada)[1]) == [B.REFUSED, B.TICKETED]
    assert till.taken == 9000
    assert Payment.objects.get().captured_minor == 9000
    assert "1 of 2 bookings are confirmed. Night Concert could not be booked; £90.00 was not taken." in page
    assert ada.now().total_minor == 9000
    assert not Refund.objects.exists()


def test_a_box_office_that_is_away_is_asked_again_while_the_hold_lives(
    ada: Ada, till: Till, theatre: World, sweep: Callable[..., None]
) -> None:
    paying(ada)
    press(ada)
    till.pay()
    theatre.fail("confirm", Unavailable(), Unavailable())
    page = ada.sees(back(ada)).content.decode()
    assert "Payment authorised. Booking your tickets with" in page
    assert stands(ada) == (O.PAYING, [B.PREPARED], P.AUTHORISED)
    sweep(timedelta(minutes=1))
    assert stands(ada)[1:] == ([B.TICKETED], P.CAPTURED)
    assert theatre.calls["confirm"] == 3


def test_a_box_office_that_stays_away_until_the_hold_is_over_costs_nothing(
    ada: Ada, till: Till, theatre: World, sweep: Callable[..., None]
) -> None:
    paying(ada)
    press(ada)
    till.pay()
    theatre.fail("confirm", *[Unavailable()] * 500)
    back(ada)
    sweep(timedelta(minutes=14), step=timedelta(seconds=30))
    assert stands(ada) == (O.EXPIRED, [B.LAPSED], P.RELEASED)
    assert (till.taken, till.reserved) == (0, 0)
    assert ada.now().basket.status == "open"
    assert any("not booked" in m.subject.lower() for m in mail.outbox)


# --- lost answers -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("error", [OutcomeUnknown(), BadAnswer()])
def test_an_answer_that_was_lost_is_looked_for_and_never_asked_twice(
    ada: Ada, till: Till, theatre: World, sweep: Callable[..., None], error: Any
) -> None:
    paying(ada)
    press(ada)
    till.pay()
    theatre.fail("confirm", Lost(error))
    theatre.fail("look", *[Unavailable()] * 3)
    page = ada.sees(back(ada)).content.decode()
    assert stands(ada) == (O.PAYING, [B.UNCERTAIN], P.AUTHORISED)
    assert "nothing is taken before that is certain" in page
    assert till.taken == 0
    sweep(timedelta(minutes=2))
    assert stands(ada)[1:] == ([B.TICKETED], P.CAPTURED)
    assert theatre.calls["confirm"] == 1
    assert till.taken == 9000


def test_what_was_lost_on_the_way_there_is_a_no_after_two_minutes(
    ada: Ada, till: Till, theatre: World, sweep: Callable[..., None]
) -> None:
    paying(ada)
    press(ada)
    till.pay()
    theatre.fail("confirm", OutcomeUnknown())
    back(ada)
    sweep(timedelta(minutes=1))
    assert stands(ada) == (O.PAYING, [B.UNCERTAIN], P.AUTHORISED)
    sweep(timedelta(minutes=2))
    assert stands(ada) == (O.CANCELLED, [B.REFUSED], P.RELEASED)
    assert theatre.calls["confirm"] == 1
    assert (till.taken, till.reserved) == (0, 0)
    assert ada.now().basket.status == "open"


def test_uncertain_for_long_calls_staff_and_keeps_the_money_authorised(
    ada: Ada, till: Till, theatre: World, sweep: Callable[..., None]
) -> None:
    paying(ada)
    press(ada)
    till.pay()
    theatre.fail("confirm", Lost(OutcomeUnknown()))
    theatre.fail("look", *[Unavailable()] * 5000)
    back(ada)
    sweep(timedelta(minutes=12), step=timedelta(seconds=30))
    assert stands(ada)[1:] == ([B.UNCERTAIN], P.AUTHORISED)
    assert ada.now().attention_reason == "uncertain"
    assert (till.taken, till.reserved) == (0, 9000)
    theatre.faults["look"].clear()
    sweep(timedelta(minutes=15), step=timedelta(minutes=1))
    assert stands(ada)[1:] == ([B.TICKETED], P.CAPTURED)


def test_a_hold_that_is_gone_a_moment_after_a_lost_answer_may_be_gone_because_it_is_booked(
    ada: Ada, till: Till, theatre: World, sweep: Callable[..., None]
) -> None:
    paying(ada)
    press(ada)
    till.pay()
    theatre.fail("confirm", Lost(OutcomeUnknown()))
    theatre.orders[theatre.only_order()]["state"] = BookingState.OPEN
    back(ada)
    theatre.orders[theatre.only_order()]["state"] = BookingState.LAPSED
    sweep(timedelta(seconds=30))
    assert stands(ada)[1:] == ([B.UNCERTAIN], P.AUTHORISED)
    theatre.orders[theatre.only_order()]["state"] = BookingState.BOOKED
    sweep(timedelta(seconds=30))
    assert stands(ada)[1:] == ([B.TICKETED], P.CAPTURED)


# --- taking -------------------------------------------------------------------------------------------------


def test_the_answer_of_the_capture_is_lost_it_is_taken_once(
    ada: Ada, till: Till, theatre: World, sweep: Callable[..., None]
) -> None:
    paying(ada)
    press(ada)
    till.pay()
    till.fail("capture", Gone(TillUnknown()))
    back(ada)
    assert stands(ada)[0] == O.PAYING
    assert Payment.objects.get().status == P.AUTHORISED
    sweep(timedelta(seconds=30))
    assert stands(ada)[1:] == ([B.TICKETED], P.CAPTURED)
    assert till.taken == 9000


def test_a_capture_that_was_not_done_is_done_later_with_the_same_key(
    ada: Ada, till: Till, theatre: World, sweep: Callable[..., None]
) -> None:
    paying(ada)
    press(ada)
    till.pay()
    till.fail("capture", TillUnknown(), TillUnavailable())
    back(ada)
    sweep(timedelta(minutes=1))
    assert stands(ada)[1:] == ([B.TICKETED], P.CAPTURED)
    pk = Payment.objects.get().pk
    assert sorted(till.keys) == [f"payment-{pk}-capture-1-9000", f"payment-{pk}-intent-1"]


def test_an_authorisation_that_was_lost_calls_staff_for_what_is_booked(
    ada: Ada, till: Till, theatre: World, sweep: Callable[..., None]
) -> None:
    paying(ada)
    press(ada)
    till.pay()
    till.fail("capture", TillRefused(code="charge_expired_for_capture"))
    back(ada)
    assert stands(ada)[2] == P.RELEASED
    order = ada.now()
    assert (order.status, order.attention_reason) == (O.ATTENTION, "authorisation_lost")


def test_a_capture_that_is_refused_calls_staff_and_goes_on_trying(
    ada: Ada, till: Till, theatre: World, sweep: Callable[..., None]
) -> None:
    paying(ada)
    press(ada)
    till.pay()
    till.fail("capture", TillRefused(code="something_else"))
    back(ada)
    assert ada.now().attention_reason == "capture_refused"
    assert Payment.objects.get().due_at is not None
    sweep(timedelta(minutes=1))
    assert Payment.objects.get().status == P.CAPTURED


def test_an_intent_cancelled_there_while_it_was_authorised_leaves_nobody_charged(
    ada: Ada, till: Till, theatre: World, sweep: Callable[..., None]
) -> None:
    payment = paying(ada)
    press(ada)
    till.pay()
    theatre.fail("confirm", Unavailable())
    charging.settle_payment(payment.pk, road="webhook")
    till.change(state=IntentState.CANCELED, capturable=0)
    sweep(timedelta(minutes=1))
    assert stands(ada) == (O.EXPIRED, [B.LAPSED], P.RELEASED)
    assert theatre.calls["confirm"] == 1


@pytest.mark.parametrize(
    "facts",
    [{"amount": 100}, {"currency": "EUR"}, {"live": True}, {"payment_ref": "999"}, {"payment_ref": ""}],
)
def test_what_is_not_as_we_made_it_moves_nothing(
    ada: Ada, till: Till, theatre: World, facts: dict[str, Any]
) -> None:
    from shop.money import Money

    payment = paying(ada)
    press(ada)
    till.pay()
    if "amount" in facts or "currency" in facts:
        facts = {"amount": Money(facts.get("amount", 9000), facts.get("currency", "GBP"))}
    till.change(**facts)
    charging.settle_payment(payment.pk, road="webhook")
    assert stands(ada)[1:] == ([B.PREPARED], P.BEGUN)
    order = ada.now()
    assert (order.status, order.attention_reason) == (O.ATTENTION, "till_mismatch")
    assert theatre.calls["confirm"] == 0
    assert till.calls["capture"] == 0


# --- methods that take the money at once ------------------------------------------------------------------------


def test_money_that_is_taken_at_once_and_a_refusal_are_given_back(
    ada: Ada, till: Till, theatre: World, arena: World, settings: Any
) -> None:
    settings.STRIPE_AUTHORISE_FIRST, till.manual = False, False
    paying(ada, "west-end", "arena")
    press(ada)
    till.pay()
    arena.fail("confirm", SoldOut())
    page = ada.sees(back(ada)).content.decode()
    refund = Refund.objects.get()
    assert (refund.amount_minor, refund.reason, refund.status) == (9000, "refused", "succeeded")
    assert refund.booking is not None
    assert refund.booking.status == B.REFUSED
    assert till.given == [9000]
    assert "£90.00 is being returned the way it came" in page
    assert sorted(stands(ada)[1]) == [B.REFUSED, B.TICKETED]


def test_money_that_is_taken_at_once_and_nothing_booked_goes_back_whole(
    ada: Ada, till: Till, theatre: World, settings: Any, sweep: Callable[..., None]
) -> None:
    settings.STRIPE_AUTHORISE_FIRST, till.manual = False, False
    payment = paying(ada)
    press(ada)
    till.pay()
    theatre.fail("confirm", SoldOut())
    back(ada)
    for _again in range(3):
        charging.settle_payment(payment.pk, road="webhook")
    assert till.given == [9000]
    assert ada.now().status == O.REFUNDED
    assert Payment.objects.get().status == P.REFUNDED
    sweep(timedelta(minutes=1))
    assert till.given == [9000]


def test_another_sum_after_an_answer_that_was_lost_is_another_key(
    ada: Ada, till: Till, theatre: World, arena: World, sweep: Callable[..., None]
) -> None:
    """Staff had the booked part taken, that came to nothing; then the other part was booked after all."""
    from checkout import by_hand

    payment = paying(ada, "west-end", "arena")
    press(ada)
    till.pay()
    arena.fail("confirm", Lost(OutcomeUnknown()))
    arena.fail("look", *[Unavailable()] * 5)
    back(ada)
    till.fail("capture", TillUnknown())
    by_hand.take(payment.pk, road="staff:vera")
    assert till.taken == 0
    sweep(timedelta(minutes=2))
    assert till.taken == 18000
    assert stands(ada)[1:] == ([B.TICKETED, B.TICKETED], P.CAPTURED)


def test_what_is_not_booked_when_staff_take_the_rest_is_never_booked_without_money(
    ada: Ada, till: Till, theatre: World, arena: World, sweep: Callable[..., None]
) -> None:
    from checkout import by_hand

    payment = paying(ada, "west-end", "arena")
    press(ada)
    till.pay()
    arena.fail("confirm", Unavailable())
    back(ada)
    assert sorted(stands(ada)[1]) == [B.PREPARED, B.TICKETED]
    assert by_hand.take(payment.pk, road="staff:vera") == "taken"
    charging.settle_payment(payment.pk, road="webhook")
    sweep(timedelta(minutes=1))
    assert arena.calls["confirm"] == 1
    assert sorted(stands(ada)[1]) == [B.LAPSED, B.TICKETED]
    assert (till.taken, till.given) == (9000, [])
    assert ada.now().status == O.FULFILLED


def test_money_that_is_taken_at_once_waits_for_a_box_office_that_is_away(
    ada: Ada, till: Till, theatre: World, settings: Any, sweep: Callable[..., None]
) -> None:
    settings.STRIPE_AUTHORISE_FIRST, till.manual = False, False
    paying(ada)
    press(ada)
    till.pay()
    theatre.fail("confirm", Unavailable(), Unavailable())
    back(ada)
    assert stands(ada)[1:] == ([B.PREPARED], P.CAPTURED)
    sweep(timedelta(minutes=1))
    assert stands(ada)[1:] == ([B.TICKETED], P.CAPTURED)
    assert till.given == []
    assert Payment.objects.get().due_at is None


def test_a_booked_part_that_was_given_back_leaves_nothing_for_one_that_was_never_charged(
    ada: Ada, till: Till, theatre: World, arena: World
) -> None:
    from checkout import refunding

    payment = paying(ada, "west-end", "arena")
    press(ada)
    till.pay()
    arena.fail("confirm", SoldOut())
    back(ada)
    booked = Booking.objects.get(status=B.TICKETED)
    refunding.refund(Payment.objects.get(), booked.total_minor, booking=booked, reason="buyer", actor="vera")
    for _again in range(2):
        charging.settle_payment(payment.pk, road="webhook")
    assert till.given == [9000]
    assert Refund.objects.count() == 1
    assert ada.now().attention_reason == ""


def test_a_capture_that_is_not_answered_for_long_calls_staff(
    ada: Ada, till: Till, theatre: World, sweep: Callable[..., None]
) -> None:
    paying(ada)
    press(ada)
    till.pay()
    till.fail("capture", *[TillUnknown()] * 100)
    back(ada)
    sweep(timedelta(minutes=32), step=timedelta(minutes=4))
    order = ada.now()
    assert (order.status, order.attention_reason) == (O.PAYING, "capture_waits")
    till.faults["capture"].clear()
    sweep(timedelta(minutes=62), step=timedelta(minutes=10))
    assert till.taken == 9000


def test_a_payment_company_that_answers_nothing_at_all_with_tickets_booked_calls_staff(
    ada: Ada, till: Till, theatre: World, sweep: Callable[..., None]
) -> None:
    """Not even the question how it stands: nobody comes as far as to the taking."""
    paying(ada)
    press(ada)
    till.pay()
    till.fail("capture", *[TillUnknown()] * 100)
    back(ada)
    till.fail("retrieve", *[TillUnavailable()] * 100)
    sweep(timedelta(minutes=20), step=timedelta(minutes=5))
    assert ada.now().attention_reason == ""
    sweep(timedelta(minutes=12), step=timedelta(minutes=3))
    order = ada.now()
    assert (order.status, order.attention_reason) == (O.PAYING, "capture_waits")
    till.faults["capture"].clear()
    till.faults["retrieve"].clear()
    sweep(timedelta(minutes=62), step=timedelta(minutes=10))
    assert till.taken == 9000


def test_a_payment_company_that_answers_nothing_with_nothing_booked_calls_nobody(
    ada: Ada, till: Till, theatre: World, sweep: Callable[..., None]
) -> None:
    """The buyer has not been charged, and will not be."""
    paying(ada)
    press(ada)
    till.pay()
    theatre.fail("confirm", *[Unavailable()] * 100)
    back(ada)
    till.fail("retrieve", *[TillUnavailable()] * 100)
    sweep(timedelta(minutes=40), step=timedelta(minutes=5))
    assert ada.now().attention_reason == ""
    till.faults["retrieve"].clear()
    sweep(timedelta(minutes=62), step=timedelta(minutes=10))
    assert stands(ada) == (O.EXPIRED, [B.LAPSED], P.RELEASED)


def test_a_part_that_is_decided_while_its_payment_is_looked_at_is_paid_for_now_and_not_in_an_hour(
    ada: Ada, till: Till, theatre: World, move_clock: Callable[[Any], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two workers after an hour in which everything was dead: one has read that a part is not decided, the other decides
    it before the first writes down when it looks again."""
    payment = paying(ada)
    press(ada)
    till.pay()
    theatre.fail("confirm", Lost(OutcomeUnknown()))
    theatre.fail("look", *[Unavailable()] * 20)
    back(ada)
    assert stands(ada)[1:] == ([B.UNCERTAIN], P.AUTHORISED)
    move_clock(timedelta(hours=1))
    theatre.faults["look"].clear()
    finish = taking.finish

    def and_the_other_decides(row: Payment, road: str, owner: str) -> None:
        finish(row, road, owner)
        monkeypatch.setattr(taking, "finish", finish)
        settling.settle(ada.booking().pk, road="sweep")

    monkeypatch.setattr(taking, "finish", and_the_other_decides)
    charging.settle_payment(payment.pk, road="sweep")
    assert stands(ada)[1:] == ([B.BOOKED], P.AUTHORISED)
    tasks.sweep.delay()
    assert (stands(ada)[2], till.taken) == (P.CAPTURED, 9000)

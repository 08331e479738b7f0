"""Money goes back once, never more than was received, and by a ledger of our own."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
import requests
import responses
from django.core import mail
from django.db import connection
from responses.matchers import header_matcher, urlencoded_params_matcher

from checkout import emails, pay_steps, refundable, refunding, settling, tasks
from checkout.models import Booking, InboxMessage, Mail, Order, Payment, Refund
from checkout.payments import marks
from checkout.refunding import NotPossible
from checkout.showing import show
from shop import claims, clock
from shop.money import Money
from shop.providers.types import BookingState
from tests.checkout.till_rows import (
    API,
    INTENT,
    deliver,
    event,
    listed,
    paid_order,
    refund_body,
    refused,
)
from tests.checkout.world import World

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("our_till")]
R, B, P, O = Refund.Status, Booking.Status, Payment.Status, Order.Status  # noqa: E741
Till = responses.RequestsMock
URL = f"{API}/v1/refunds"


@pytest.fixture
def order(season: Any) -> Order:
    return paid_order(season)


def test_money_for_what_was_not_booked_is_not_called_untaken_when_its_refund_failed(season: Any) -> None:
    order = paid_order(season, "west-end", "arena")
    first, second = order.bookings.order_by("position")
    Booking.objects.filter(pk=second.pk).update(status=B.REFUSED, reason="sold_out")
    shown = show(order)
    assert [part.owed for part in shown.parts] == [False, True]
    assert "£90.00 was taken and has to go back to you" in shown.summary
    assert "£90.00 was taken and has to go back to you" in shown.lost[0].end
    row = Refund.objects.create(
        payment=order.payments.get(), booking=second, currency="GBP", amount_minor=9000, reason="refused",
        status=R.PENDING, made_at=clock.now(),
    )  # fmt: skip
    assert "is being returned the way it came" in show(order).summary
    Refund.objects.filter(pk=row.pk).update(status=R.FAILED)
    assert "was taken and has to go back to you" in show(order).summary
    Payment.objects.update(captured_minor=first.total_minor)  # only what is booked was taken
    assert "£90.00 was not taken" in show(order).summary


def test_a_payment_that_was_taken_for_nothing_is_not_called_uncharged_beside_the_next(season: Any) -> None:
    order = paid_order(season)
    Booking.objects.update(status=B.REFUSED, reason="sold_out")
    assert [step.state for step in pay_steps.of(show(order))] == ["back"]
    Payment.objects.update(status=P.RELEASED, captured_minor=0)
    assert [step.state for step in pay_steps.of(show(order))] == ["off"]


def test_the_mail_of_an_order_that_is_sent_again_says_which_tickets_were_given_back(order: Order) -> None:
    booking, row = order.bookings.get(), Mail(order=order, kind="paid")

    def said() -> list[str]:
        message = emails.compose(row, ["ada@example.org"])
        return [str(message.body), str(message.alternatives[0][0])]

    assert not any("no longer valid" in text for text in said())
    Refund.objects.create(
        payment=order.payments.get(), booking=booking, currency="GBP", amount_minor=4500, reason="buyer",
        status=R.SUCCEEDED, made_at=clock.now(), tickets=tickets(booking, 0),
    )  # fmt: skip
    (name,) = refundable.words_of(Refund.objects.get())
    for text in said():
        assert "£45.00 goes back to you" in text
        assert f"It is for {name}: no longer valid" in text


@pytest.fixture
def payment(order: Order) -> Payment:
    return order.payments.get()


@pytest.fixture
def booking(order: Order) -> Booking:
    return order.bookings.get()


def give(payment: Payment, minor: int = 3000, **changes: Any) -> Refund:
    return refunding.refund(payment, minor, **{"reason": "buyer", "actor": "staff:vera", **changes})


def tickets(booking: Booking, *numbers: int) -> list[dict[str, Any]]:
    found = refundable.tickets_of(booking.lines.get(), set())
    return refundable.entries([found[n] for n in numbers])


def reasons(order: Order) -> str:
    return Order.objects.get(pk=order.pk).attention_reason


# --- asking -------------------------------------------------------------------------------------------------


def test_a_refund_is_asked_for_with_its_row_as_key_and_our_marks(
    our_till: Till,
    payment: Payment,
    booking: Booking,
) -> None:
    number = (Refund.objects.order_by("-pk").values_list("pk", flat=True).first() or 0) + 1
    our_till.post(
        URL,
        json=refund_body(),
        match=[
            header_matcher({"Idempotency-Key": f"refund-{number}"}),
            urlencoded_params_matcher(
                {
                    "payment_intent": INTENT, "amount": "3000", "reason": "requested_by_customer",
                    "metadata[shop]": "http://testserver", "metadata[order]": payment.order.number,
                    "metadata[payment]": str(payment.pk), "metadata[refund]": str(number),
                }
            ),
        ],
    )  # fmt: skip
    row = give(payment, booking=booking, tickets=tickets(booking, 1), note="rang up")
    assert (row.pk, row.status, row.external_id, row.note) == (number, R.SUCCEEDED, "re_1", "rang up")
    assert row.settled_at is not None
    assert row.due_at is None


def test_the_row_is_there_before_anybody_is_asked(our_till: Till, payment: Payment) -> None:
    seen: list[str] = []

    def answer(request: Any) -> tuple[int, dict[str, str], str]:
        seen.append(Refund.objects.get().status)
        assert connection.in_atomic_block is False or len(connection.atomic_blocks) == 1  # the test's own
        return 500, {}, "{}"

    our_till.add_callback("POST", URL, answer)
    give(payment)
    assert set(seen) == {R.ASKED}


@pytest.mark.parametrize(
    ("status", "row"),
    [
        ("pending", R.PENDING),
        ("succeeded", R.SUCCEEDED),
        ("requires_action", R.NEEDS_ACTION),
        ("on_a_walk", R.PENDING),
    ],
)
def test_each_state_there_has_one_here(our_till: Till, payment: Payment, status: str, row: str) -> None:
    our_till.post(URL, json=refund_body(status=status))
    assert give(payment).status == row
    assert reasons(payment.order) == ""


def test_a_refund_is_written_into_the_history_with_its_sum_and_who_asked(
    our_till: Till, payment: Payment
) -> None:
    our_till.post(URL, json=refund_body())
    give(payment)
    steps = list(
        payment.order.history.filter(subject="refund").values_list("was", "became", "because", "actor")
    )
    assert steps == [
        ("", "asked", "a refund is asked for: £30.00", "staff:vera"),
        ("asked", "succeeded", "a refund was made: £30.00", "staff:vera"),
    ]


# --- never more than was received ---------------------------------------------------------------------------


def test_no_more_is_given_back_than_was_received(our_till: Till, payment: Payment) -> None:
    our_till.post(URL, json=refund_body(amount=6000, status="pending"))
    give(payment, 6000)
    with pytest.raises(NotPossible) as no:
        give(payment, 3001)
    assert (no.value.code, no.value.left) == ("too_much", 3000)
    assert Refund.objects.count() == 1
    assert len(our_till.calls) == 1


def test_what_is_not_answered_yet_counts_and_what_failed_does_not(our_till: Till, payment: Payment) -> None:
    our_till.post(URL, **refused(500, kind="api_error"))
    give(payment, 9000)
    assert Refund.objects.get().status == R.ASKED
    with pytest.raises(NotPossible):
        give(payment, 1)
    Refund.objects.update(status=R.FAILED)
    our_till.upsert("POST", URL, json=refund_body(2, amount=9000))
    assert give(payment, 9000).status == R.SUCCEEDED


@pytest.mark.parametrize("minor", [0, -1])
def test_nothing_and_less_than_nothing_is_not_given_back(payment: Payment, minor: int) -> None:
    with pytest.raises(NotPossible, match="nothing"):
        give(payment, minor)


@pytest.mark.parametrize(
    "changes",
    [
        {"status": P.AUTHORISED},
        {"status": P.RELEASED},
        {"route": "there"},
        {"external_id": ""},
        {"captured_minor": 0},
    ],
)
def test_only_money_that_we_received_is_given_back(payment: Payment, changes: dict[str, Any]) -> None:
    Payment.objects.update(**changes)
    with pytest.raises(NotPossible):
        give(payment)
    assert not Refund.objects.exists()


def test_a_part_does_not_give_back_the_money_of_another(our_till: Till, season: Any) -> None:
    order = paid_order(season, "west-end", "arena")
    with pytest.raises(NotPossible) as no:
        give(order.payments.get(), 9001, booking=order.bookings.get(position=1))
    assert no.value.left == 9000


def test_a_ticket_is_given_back_once(our_till: Till, payment: Payment, booking: Booking) -> None:
    our_till.post(URL, json=refund_body())
    give(payment, booking=booking, tickets=tickets(booking, 0))
    with pytest.raises(NotPossible, match="ticket_back"):
        give(payment, booking=booking, tickets=tickets(booking, 0, 1))


def test_a_press_while_another_is_being_written_does_nothing(payment: Payment) -> None:
    with claims.claim(f"refund:{payment.pk}"), pytest.raises(NotPossible, match="busy"):
        give(payment)
    assert not Refund.objects.exists()


def test_a_second_press_while_the_first_is_being_asked_for_gives_back_what_is_left_and_no_more(
    our_till: Till, payment: Payment
) -> None:
    second: list[str] = []

    def answer(request: Any) -> tuple[int, dict[str, str], str]:
        if not second:
            second.append("pressed")
            with pytest.raises(NotPossible) as no:
                give(payment, 5000)
            second.append(no.value.code)
        return 200, {}, json.dumps(refund_body(amount=5000))

    our_till.add_callback("POST", URL, answer)
    give(payment, 5000)
    assert second == ["pressed", "too_much"]
    assert Refund.objects.count() == len(our_till.calls) == 1


# --- answers that get lost ----------------------------------------------------------------------------------


def test_a_lost_answer_is_asked_for_again_with_the_same_key(
    our_till: Till, payment: Payment, move_clock: Any
) -> None:
    our_till.post(URL, body=requests.exceptions.ReadTimeout())
    row = give(payment)
    assert (row.status, row.external_id) == (R.ASKED, "")
    assert mail.outbox == []
    our_till.upsert("POST", URL, json=refund_body())
    move_clock(timedelta(minutes=1))
    tasks.sweep()
    assert Refund.objects.get().status == R.SUCCEEDED
    keys = {
        call.request.headers["Idempotency-Key"] for call in our_till.calls if call.request.method == "POST"
    }
    assert keys == {f"refund-{row.pk}"}


def test_after_a_day_it_is_read_first_and_found_by_our_mark(
    our_till: Till, payment: Payment, move_clock: Any
) -> None:
    our_till.post(URL, body=requests.exceptions.ReadTimeout())
    row = give(payment)
    asked = len(our_till.calls)
    move_clock(timedelta(hours=25))
    ours = marks.of_refund(row.pk, payment.pk, "X")
    our_till.get(URL, json=listed(refund_body(7, metadata={}), refund_body(8, metadata=ours)))
    refunding.settle_refund(row.pk, road="sweep")
    row.refresh_from_db()
    assert (row.status, row.external_id) == (R.SUCCEEDED, "re_8")
    assert [call.request.method for call in list(our_till.calls)[asked:]] == ["GET"]


def test_after_a_day_what_was_never_made_is_made(our_till: Till, payment: Payment, move_clock: Any) -> None:
    our_till.post(URL, body=requests.exceptions.ConnectionError())
    row = give(payment)
    move_clock(timedelta(hours=25))
    our_till.get(URL, json=listed())
    our_till.upsert("POST", URL, json=refund_body())
    assert refunding.settle_refund(row.pk, road="sweep").status == R.SUCCEEDED


def test_a_lost_answer_is_resolved_by_the_message_about_it(our_till: Till, payment: Payment) -> None:
    our_till.post(URL, body=requests.exceptions.ReadTimeout())
    row = give(payment)
    made = refund_body(5, metadata=marks.of_refund(row.pk, payment.pk, payment.order.number))
    our_till.get(f"{URL}/re_5", json=made)
    assert deliver(event("refund.created", made)).status_code == 200
    row.refresh_from_db()
    assert (row.status, row.external_id, row.seen_outside) == (R.SUCCEEDED, "re_5", False)
    assert Refund.objects.count() == 1
    assert len(mail.outbox) == 1


def test_who_waits_long_for_an_answer_is_a_persons_matter(
    our_till: Till, payment: Payment, move_clock: Any
) -> None:
    our_till.post(URL, **refused(500, kind="api_error"))
    give(payment)
    for _n in range(3):
        move_clock(timedelta(minutes=20))
        tasks.sweep()
    assert reasons(payment.order) == ""
    move_clock(timedelta(minutes=20))
    tasks.sweep()
    assert reasons(payment.order) == "refund_waits"


def test_a_key_that_is_refused_calls_a_person_at_once_and_waits(our_till: Till, payment: Payment) -> None:
    our_till.post(URL, **refused(401))
    assert give(payment).status == R.ASKED
    assert reasons(payment.order) == "refund_waits"


def test_the_first_asking_that_is_still_under_way_is_no_failure(our_till: Till, payment: Payment) -> None:
    our_till.post(URL, **refused(400, kind="idempotency_error"))
    assert give(payment).status == R.ASKED


def test_a_refusal_is_final_calls_a_person_and_learns_what_was_given_back_elsewhere(
    our_till: Till,
    payment: Payment,
) -> None:
    our_till.post(URL, **refused(400, code="charge_already_refunded"))
    our_till.get(URL, json=listed(refund_body(9, amount=9000)))
    row = give(payment)
    assert (row.status, row.failure) == (R.FAILED, "charge_already_refunded")
    outside = Refund.objects.get(seen_outside=True)
    assert (outside.amount_minor, outside.external_id) == (9000, "re_9")
    payment.refresh_from_db()
    assert payment.status == P.REFUNDED
    assert reasons(payment.order) in ("refund_failed", "refund_outside")
    with pytest.raises(NotPossible):
        give(payment, 1)


# --- what follows -------------------------------------------------------------------------------------------


def test_one_of_three_leaves_the_part_booked_and_tells_the_buyer_once(
    our_till: Till,
    order: Order,
    payment: Payment,
    booking: Booking,
) -> None:
    our_till.post(URL, json=refund_body())
    row = give(payment, booking=booking, tickets=tickets(booking, 1))
    refunding.settle_refund(row.pk, road="sweep")
    tasks.hurry(order.pk)
    for thing, status in ((order, O.FULFILLED), (payment, P.CAPTURED), (booking, B.TICKETED)):
        thing.refresh_from_db()
        assert thing.status == status
    (letter,) = mail.outbox
    assert letter.to == ["ada@example.org"]
    assert "£30.00" in letter.subject
    assert "F13" not in letter.subject
    for text in (letter.body, letter.alternatives[0][0]):
        assert "Hamlet, Stalls, F13" in text
        assert "F12" not in text
        assert "no longer valid" in text
        assert f"/en/checkout/order/{order.token}/" in text


def test_everything_back_moves_payment_part_and_order_and_sends_one_mail(
    our_till: Till,
    order: Order,
    payment: Payment,
    booking: Booking,
) -> None:
    our_till.post(URL, json=refund_body(amount=9000))
    give(payment, 9000)
    tasks.hurry(order.pk)
    for thing, status in ((order, O.REFUNDED), (payment, P.REFUNDED), (booking, B.REFUNDED)):
        thing.refresh_from_db()
        assert thing.status == status
    assert len(mail.outbox) == 1
    assert order.attention_reason == ""


def test_one_part_of_two_back_leaves_the_other_alone(our_till: Till, season: Any) -> None:
    order = paid_order(season, "west-end", "arena")
    our_till.post(URL, json=refund_body(amount=9000))
    give(order.payments.get(), 9000, booking=order.bookings.get(position=2))
    assert list(order.bookings.values_list("status", flat=True)) == [B.TICKETED, B.REFUNDED]
    order.refresh_from_db()
    assert (order.status, order.payments.get().status) == (O.FULFILLED, P.CAPTURED)


def test_every_ticket_back_is_the_whole_part_even_where_the_delivery_fee_is_kept(
    our_till: Till, season: Any
) -> None:
    order = paid_order(season, delivery=250)
    booking = order.bookings.get()
    our_till.post(URL, json=refund_body(amount=9000))
    give(order.payments.get(), 9000, booking=booking, tickets=tickets(booking, 0, 1, 2))
    booking.refresh_from_db()
    assert (booking.status, order.payments.get().status) == (B.REFUNDED, P.CAPTURED)
    order.refresh_from_db()
    assert order.status == O.REFUNDED


def test_a_payment_that_came_twice_goes_back_and_the_tickets_stay(
    our_till: Till, order: Order, booking: Booking
) -> None:
    twice = Payment.objects.create(
        order=order, route="us", status=P.CAPTURED, currency="GBP", amount_minor=9000, captured_minor=9000,
        external_id="pi_2", begun_at=clock.now(),
    )  # fmt: skip
    our_till.post(URL, json=refund_body(amount=9000, payment_intent="pi_2"))
    give(twice, 9000, reason="duplicate")
    twice.refresh_from_db()
    booking.refresh_from_db()
    assert (twice.status, booking.status) == (P.REFUNDED, B.TICKETED)


def test_what_could_not_be_booked_stays_not_booked_when_its_money_goes_back(
    our_till: Till, season: Any
) -> None:
    order = paid_order(season, "west-end", "arena")
    lost = order.bookings.get(position=2)
    Booking.objects.filter(pk=lost.pk).update(status=B.REFUSED)
    our_till.post(URL, json=refund_body(amount=9000))
    give(order.payments.get(), 9000, booking=lost, reason="refused", actor="sweep")
    lost.refresh_from_db()
    assert lost.status == B.REFUSED
    tasks.hurry(order.pk)
    assert "could not be booked" in mail.outbox[0].body


# --- later ---------------------------------------------------------------------------------------------------


def test_a_refund_that_fails_days_later_calls_a_person_and_can_be_made_again(
    our_till: Till,
    order: Order,
    payment: Payment,
) -> None:
    our_till.post(URL, json=refund_body(amount=9000))
    row = give(payment, 9000)
    our_till.get(
        f"{URL}/re_1",
        json=refund_body(amount=9000, status="failed", failure_reason="expired_or_canceled_card"),
    )
    deliver(event("refund.failed", refund_body(amount=9000)))
    row.refresh_from_db()
    payment.refresh_from_db()
    assert (row.status, row.failure) == (R.FAILED, "expired_or_canceled_card")
    assert (payment.status, reasons(order)) == (P.CAPTURED, "refund_failed_late")
    our_till.upsert("POST", URL, json=refund_body(2, amount=9000))
    assert give(payment, 9000).status == R.SUCCEEDED
    payment.refresh_from_db()
    assert payment.status == P.REFUNDED


def test_one_that_is_on_its_way_is_read_again_by_the_sweep_and_mailed_once(
    our_till: Till,
    payment: Payment,
    move_clock: Any,
) -> None:
    our_till.post(URL, json=refund_body(status="pending"))
    row = give(payment)
    our_till.get(f"{URL}/re_1", json=refund_body(status="pending"))
    move_clock(timedelta(hours=13))
    tasks.sweep()
    row.refresh_from_db()
    assert (row.status, row.due_at is None) == (R.PENDING, False)
    our_till.upsert("GET", f"{URL}/re_1", json=refund_body())
    move_clock(timedelta(hours=13))
    tasks.sweep()
    row.refresh_from_db()
    assert (row.status, row.due_at) == (R.SUCCEEDED, None)
    assert len(mail.outbox) == 1


def test_messages_in_the_wrong_order_and_many_times_change_nothing(
    our_till: Till,
    payment: Payment,
) -> None:
    our_till.post(URL, json=refund_body())
    row = give(payment)
    our_till.get(f"{URL}/re_1", json=refund_body(metadata=marks.of_refund(row.pk, payment.pk, "X")))
    for number, (kind, status) in enumerate(
        (("updated", "succeeded"), ("created", "pending"), ("updated", "failed"))
    ):
        for _twice in range(2):
            deliver(event(f"refund.{kind}", refund_body(status=status), number))
    row.refresh_from_db()
    assert (row.status, Refund.objects.count(), len(mail.outbox)) == (R.SUCCEEDED, 1, 1)
    assert set(InboxMessage.objects.values_list("state", flat=True)) == {"handled"}


def test_a_refund_made_elsewhere_counts_in_our_ledger_once(our_till: Till, payment: Payment) -> None:
    our_till.get(f"{URL}/re_9", json=refund_body(9, amount=4000, status="pending"))
    for number in range(2):
        deliver(event("refund.created", refund_body(9), number))
    row = Refund.objects.get()
    assert (row.seen_outside, row.status, row.booking) == (True, R.PENDING, payment.order.bookings.get())
    assert reasons(payment.order) == "refund_outside"
    assert refundable.left_of_payment(payment).minor == 5000


def test_a_refund_that_does_not_exist_there_changes_nothing(our_till: Till, payment: Payment) -> None:
    our_till.get(f"{URL}/re_9", **refused(404, code="resource_missing"))
    deliver(event("refund.created", refund_body(9)))
    assert not Refund.objects.exists()
    assert InboxMessage.objects.get().state == "handled"


def test_one_that_we_were_refused_and_that_was_made_all_the_same_is_seen(
    our_till: Till, payment: Payment
) -> None:
    our_till.post(URL, **refused(400, code="something_new"))
    our_till.get(URL, json=listed())
    row = give(payment)
    assert row.status == R.FAILED
    our_till.upsert(
        "GET", URL, json=listed(refund_body(3, metadata=marks.of_refund(row.pk, payment.pk, "X")))
    )
    assert refunding.learn_all(payment, road="staff:vera") == 1
    row.refresh_from_db()
    assert (row.status, row.external_id, reasons(payment.order)) == (R.SUCCEEDED, "re_3", "refund_differs")


def test_what_the_provider_cancels_is_not_called_refunded_while_the_buyers_money_is_with_us(
    order: Order, booking: Booking, theatre: World
) -> None:
    theatre.orders["h"] = {"id": 1, "state": BookingState.REFUNDED, "amount": Money(9000, "GBP")}
    settling.settle(booking.pk, road="staff:vera")
    booking.refresh_from_db()
    order.refresh_from_db()
    assert (booking.status, order.status) == (B.TICKETED, O.FULFILLED)
    assert order.attention_reason == "cancelled_there"
    assert mail.outbox == []

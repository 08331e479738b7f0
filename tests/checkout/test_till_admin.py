"""Buttons about money that was paid to us: look again, take it, let it go; for whom, and never against the tickets."""

from __future__ import annotations

from typing import Any

import pytest
import requests
import responses
from django.test import Client
from django.urls import reverse

from catalog.models import Venue
from checkout.models import Booking, Order, Payment, Refund
from checkout.payments import marks
from shop import claims, clock
from tests.checkout.till_rows import (
    API,
    INTENT,
    intent_body,
    listed,
    paid_order,
    person,
    refund_body,
    refused,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("our_till")]
Till = responses.RequestsMock
B, P, O = Booking.Status, Payment.Status, Order.Status  # noqa: E741
URL = f"{API}/v1/payment_intents/{INTENT}"


@pytest.fixture
def garrick(season: Any) -> Venue:
    return season["west-end"].event.venue


@pytest.fixture
def hall(season: Any) -> Venue:
    return season["arena"].event.venue


def authorised(season: Any, *statuses: str) -> Order:
    """An order with a part for each status, whose money is authorised and not taken."""
    order = paid_order(season, *("west-end", "arena")[: len(statuses)])
    for position, status in enumerate(statuses, 1):
        order.bookings.filter(position=position).update(status=status)
    order.payments.update(status=P.AUTHORISED, captured_minor=0, settled_at=None)
    Order.objects.filter(pk=order.pk).update(status=O.PAYING, paid_at=None)
    order.refresh_from_db()
    return order


def body(order: Order, **changes: Any) -> dict[str, Any]:
    payment = order.payments.get()
    return intent_body(
        marks.of_payment(payment.pk, order.number), amount=payment.amount_minor, livemode=False,
        capture_method="manual", client_secret="pi_1_secret_x", latest_charge=None, last_payment_error=None,
        amount_capturable=0, amount_received=0, cancellation_reason=None, **changes,
    )  # fmt: skip


def change(order: Order) -> str:
    return reverse("admin:checkout_order_change", args=[order.pk])


def press(client: Client, order: Order, name: str) -> str:
    """The words that follow."""
    address = reverse("admin:checkout_order_do", args=[order.pk, name])
    page = client.get(address)
    assert page.status_code == 200
    once = page.context["form"].initial["once"]
    answer = client.post(address, {"reason": "the bank rang", "once": once}, follow=True)
    return " ".join(str(said) for said in answer.context["messages"])


def test_the_money_is_taken_for_what_is_booked_and_the_rest_is_let_go(our_till: Till, season: Any) -> None:
    order = authorised(season, B.TICKETED, B.UNCERTAIN)
    our_till.post(f"{URL}/capture", json=body(order, status="succeeded") | {"amount_received": 9000})
    assert press(person("boss", boss=True), order, "take-money") == "The money is taken."
    payment = order.payments.get()
    assert (payment.status, payment.captured_minor) == (P.CAPTURED, 9000)
    assert our_till.calls[0].request.body == "amount_to_capture=9000&expand[0]=latest_charge"
    entry = order.history.get(subject="staff", because__startswith="take-money")
    assert (entry.because, entry.actor) == ("take-money: the bank rang", "staff:boss")


def test_nothing_is_taken_for_nothing(our_till: Till, season: Any) -> None:
    order = authorised(season, B.UNCERTAIN)
    assert "nothing to take" in press(person("boss", boss=True), order, "take-money")
    assert len(our_till.calls) == 0


def test_a_lost_answer_is_said_and_nothing_is_called_taken(our_till: Till, season: Any) -> None:
    order = authorised(season, B.TICKETED)
    our_till.post(f"{URL}/capture", body=requests.exceptions.ReadTimeout())
    assert "not answered yet" in press(person("boss", boss=True), order, "take-money")
    payment = order.payments.get()
    assert payment.status == P.AUTHORISED
    assert payment.due_at is not None


def test_money_is_let_go_and_what_waits_is_not_booked_any_more(our_till: Till, season: Any) -> None:
    order = authorised(season, B.UNCERTAIN, B.PREPARED)
    our_till.post(f"{URL}/cancel", json=body(order, status="canceled"))
    assert "not charged" in press(person("boss", boss=True), order, "release-money")
    assert order.payments.get().status == P.RELEASED
    assert list(order.bookings.values_list("status", flat=True)) == [B.UNCERTAIN, B.LAPSED]


@pytest.mark.parametrize(("status", "words"), [(B.BOOKED, "Tickets are booked"), (B.TICKETED, "Tickets are booked"),
                                               (B.CONFIRMING, "being booked at this moment")])  # fmt: skip
def test_money_is_not_let_go_under_tickets(our_till: Till, season: Any, status: str, words: str) -> None:
    order = authorised(season, status)
    assert words in press(person("boss", boss=True), order, "release-money")
    assert (order.payments.get().status, len(our_till.calls)) == (P.AUTHORISED, 0)


def test_a_button_waits_for_the_step_that_is_at_work(our_till: Till, season: Any) -> None:
    order = authorised(season, B.TICKETED)
    with claims.claim(f"till:{order.payments.get().pk}"):
        for name in ("take-money", "release-money"):
            assert "Try again in a minute" in press(person(name, boss=True), order, name)
    assert len(our_till.calls) == 0


def test_the_buttons_are_there_while_they_make_sense_and_for_whom_they_are(
    season: Any, garrick: Venue, hall: Venue
) -> None:
    order = authorised(season, B.TICKETED, B.UNCERTAIN)
    both, half = person("both", garrick, hall), person("half", garrick)
    poor = person("poor", garrick, hall, without=("refund",))
    for client, there in ((both, True), (half, False), (poor, False)):
        text = client.get(change(order)).content.decode()
        for name in ("take-money", "release-money"):
            address = reverse("admin:checkout_order_do", args=[order.pk, name])
            assert (address in text) is there
            assert client.get(address).status_code == (200 if there else 403)
        assert reverse("admin:checkout_order_do", args=[order.pk, "check-payment"]) in text
    order.payments.update(status=P.CAPTURED)
    assert "take-money" not in both.get(change(order)).content.decode()
    order.payments.update(route="there")
    assert "check-payment" not in both.get(change(order)).content.decode()


def test_the_payment_and_its_refunds_are_read_again(our_till: Till, season: Any, garrick: Venue) -> None:
    order = paid_order(season)
    our_till.get(URL, json=body(order, status="succeeded") | {"amount_received": 9000})
    our_till.get(f"{API}/v1/refunds", json=listed(refund_body(9)))
    assert press(person("vera", garrick), order, "check-payment") == "Asked again: received. Refunds: 1."
    assert Refund.objects.get().seen_outside
    our_till.upsert("GET", f"{API}/v1/refunds", **refused(500, kind="api_error"))
    assert "could not be read" in press(person("anna", garrick), order, "check-payment")


def test_an_authorisation_shows_until_when_it_lasts_and_a_dispute_is_said(
    season: Any, garrick: Venue
) -> None:
    order = authorised(season, B.UNCERTAIN)
    order.payments.update(capture_before=clock.now(), disputed_at=clock.now())
    text = person("vera", garrick).get(change(order)).content.decode()
    assert "Authorised until" in text
    assert "disputes this payment" in text

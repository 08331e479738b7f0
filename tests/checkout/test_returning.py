"""Coming back from a payment page: the address proves nothing, and works without a cookie."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from checkout.models import Booking, Order, Payment
from shop import clock
from shop.money import Money
from shop.providers.errors import BadAnswer, Unavailable
from shop.providers.types import BookingState
from tests.checkout.conftest import Ada
from tests.checkout.world import Lost, World


def text_of(answer: Any) -> str:
    return str(answer.content.decode())


def test_a_typed_success_address_proves_nothing(ada: Ada, theatre: World) -> None:
    ada.holds()
    ada.goes_to_payment()
    assert ada.comes_back().url == ada.url("thanks")
    page = ada.client.get(ada.url("thanks"))
    assert page.status_code == 200
    assert "Please do not pay again" in text_of(page)
    assert ada.now().status == Order.Status.PAYING
    assert Payment.objects.get().status == "begun"
    assert not ada.booking().documents.exists()


def test_a_foreign_or_malformed_return_address_is_404(ada: Ada, theatre: World) -> None:
    ada.holds()
    ada.goes_to_payment()
    for path in (
        "return/" + "x" * 32 + "/success/",
        "return/short/success/",
        "return/" + "x" * 32 + "/maybe/",
    ):
        assert ada.client.get(f"/en/checkout/{path}").status_code == 404
    assert ada.client.post(f"/en/checkout/return/{ada.booking().return_token}/success/").status_code == 405


def test_what_a_payment_page_appends_leaves_the_address_at_once(ada: Ada, theatre: World) -> None:
    ada.holds()
    ada.goes_to_payment()
    clean = reverse("checkout:returned", args=[ada.booking().return_token, "success"])
    answer = ada.client.get(
        f"{clean}?payment_intent=pi_1&payment_intent_client_secret=pi_1_secret_s&redirect_status=succeeded"
    )
    assert answer.url == clean
    assert ada.booking().returned == ""


def test_a_failed_bank_page_leads_back_to_the_card_form(ada: Ada, arena: World) -> None:
    ada.holds("arena", currency="EUR")
    ada.goes_to_payment()
    token = ada.booking().return_token
    answer = ada.client.get(reverse("checkout:returned", args=[token, "success"]) + "?redirect_status=failed")
    assert answer.url == reverse("checkout:returned", args=[token, "failure"])
    answer = ada.client.get(answer.url)
    assert answer.url == ada.url("pay")
    page = text_of(ada.client.get(answer.url))
    assert "You have not been charged" in page
    assert "card-form" in page


def test_after_a_try_without_an_answer_the_card_form_says_what_became_of_it(ada: Ada, arena: World) -> None:
    ada.holds("arena", currency="EUR")
    ada.goes_to_payment()
    booking = ada.booking()
    assert f"{ada.url('thanks')}?tried={booking.pk}" in ada.client.get(ada.url("pay")).text
    for tried, told in ((str(booking.pk), True), ("", False), (str(booking.pk + 1), False), ("x", False)):
        answer = ada.client.get(ada.url("thanks"), {"tried": tried}, follow=True)
        assert "card-form" in answer.text
        assert ("The last try has not come through" in text_of(answer)) is told


def test_without_a_cookie_the_buyer_gets_their_tickets(ada: Ada, theatre: World) -> None:
    ada.holds()
    ada.goes_to_payment()
    theatre.paid(theatre.only_order())
    stranger = Client()
    answer = ada.comes_back(client=stranger)
    assert stranger.get(stranger.get(answer.url).url).status_code == 200


def test_without_a_cookie_a_failed_buyer_gets_their_basket_back(ada: Ada, theatre: World) -> None:
    ada.holds()
    ada.goes_to_payment()
    browser = Client()
    answer = ada.comes_back("failure", client=browser)
    assert answer.url == ada.url("review")
    assert "You have not been charged" in text_of(browser.get(answer.url))
    assert "Hamlet" in text_of(browser.get("/en/basket/"))


def test_a_failure_with_seats_still_held_leads_to_review_and_they_can_pay_again(
    ada: Ada, theatre: World
) -> None:
    ada.holds()
    ada.goes_to_payment()
    assert ada.comes_back("failure").url == ada.url("review")
    order = ada.now()
    assert (order.status, order.basket.status) == (Order.Status.PLACED, "open")
    assert ada.pays().status_code == 303
    theatre.paid(theatre.only_order())
    ada.comes_back()
    assert ada.now().status == Order.Status.FULFILLED
    assert ada.now().attention_reason == ""
    assert Payment.objects.count() == 1


def test_after_a_failure_that_cannot_be_checked_nobody_is_told_not_charged(ada: Ada, theatre: World) -> None:
    ada.holds()
    ada.goes_to_payment()
    theatre.fail("look", Unavailable())
    answer = ada.comes_back("failure")
    assert answer.url == ada.url("thanks")
    assert "not been charged" not in text_of(ada.client.get(answer.url))


def test_a_failure_address_typed_after_paying_changes_nothing(ada: Ada, theatre: World) -> None:
    ada.holds()
    ada.buys()
    answer = ada.comes_back("failure")
    assert answer.url == ada.url("thanks")
    assert ada.now().status == Order.Status.FULFILLED
    assert ada.booking().returned == "success"


def test_a_summary_that_is_there_before_the_payment_is_not_believed(ada: Ada, theatre: World) -> None:
    ada.holds()
    ada.goes_to_payment()
    theatre.orders[theatre.only_order()]["state"] = "early"
    ada.comes_back()
    assert ada.booking().status == Booking.Status.UNCERTAIN
    assert ada.now().status == Order.Status.PAYING
    page = text_of(ada.client.get(ada.url("thanks")))
    assert "making sure that the payment is there" in page
    assert Payment.objects.get().status == "begun"


def test_an_early_summary_that_goes_away_leaves_the_order_payable(
    ada: Ada, theatre: World, sweep: Callable[..., None]
) -> None:
    ada.holds()
    ada.goes_to_payment()
    order = theatre.orders[theatre.only_order()]
    order["state"] = "early"
    sweep(timedelta(seconds=30))
    assert ada.booking().status == Booking.Status.UNCERTAIN
    order["state"] = BookingState.OPEN
    sweep(timedelta(seconds=30))
    assert ada.booking().status == Booking.Status.PREPARED


def test_a_failure_return_with_a_booking_behind_it_goes_to_a_person_at_once(ada: Ada, theatre: World) -> None:
    ada.holds()
    ada.goes_to_payment()
    theatre.orders[theatre.only_order()]["state"] = "early"
    ada.comes_back("failure")
    order = ada.now()
    assert (order.status, order.attention_reason) == (Order.Status.ATTENTION, "unproven")
    assert "A person is looking at this" in text_of(ada.client.get(ada.url("order")))


def test_unproven_for_long_goes_to_a_person_and_a_later_proof_ends_it(
    ada: Ada, theatre: World, sweep: Callable[..., None]
) -> None:
    ada.holds(seconds=1500)
    ada.goes_to_payment()
    order = theatre.orders[theatre.only_order()]
    order["state"] = "early"
    sweep(timedelta(minutes=9), step=timedelta(seconds=30))
    assert ada.now().status == Order.Status.PAYING
    sweep(timedelta(minutes=3), step=timedelta(seconds=30))
    assert (ada.now().status, ada.now().attention_reason) == (Order.Status.ATTENTION, "unproven")
    order["state"] = BookingState.BOOKED
    sweep(timedelta(minutes=22), step=timedelta(minutes=2))
    assert ada.now().status == Order.Status.FULFILLED


def test_paid_and_204_for_a_while_ends_by_itself(
    ada: Ada, theatre: World, sweep: Callable[..., None]
) -> None:
    ada.holds()
    ada.goes_to_payment()
    order = theatre.orders[theatre.only_order()]
    order["state"] = BookingState.PROCESSING
    ada.comes_back()
    sweep(timedelta(seconds=45))
    assert ada.now().status == Order.Status.PAYING
    order["state"] = BookingState.BOOKED
    sweep(timedelta(seconds=30))
    assert ada.now().status == Order.Status.FULFILLED


def test_processing_past_the_end_of_the_hold_is_never_called_not_charged(
    ada: Ada, theatre: World, sweep: Callable[..., None]
) -> None:
    ada.holds()
    ada.goes_to_payment()
    order = theatre.orders[theatre.only_order()]
    order["state"] = BookingState.PROCESSING
    ada.comes_back()
    sweep(timedelta(minutes=41), step=timedelta(minutes=1))
    found = ada.now()
    assert (found.status, found.attention_reason) == (Order.Status.ATTENTION, "silent")
    assert ada.booking().status == Booking.Status.PREPARED


def test_a_return_while_the_box_office_is_down_waits_and_ends_well(
    ada: Ada, theatre: World, sweep: Callable[..., None]
) -> None:
    ada.holds()
    ada.goes_to_payment()
    theatre.paid(theatre.only_order())
    theatre.fail("look", Unavailable(), BadAnswer(), Lost(Unavailable()))
    ada.comes_back()
    assert ada.client.get(ada.url("thanks")).status_code == 200
    sweep(timedelta(minutes=2))
    assert ada.now().status == Order.Status.FULFILLED


def test_the_same_return_address_opened_again_shows_the_same_order(ada: Ada, theatre: World) -> None:
    ada.holds()
    ada.buys()
    calls = theatre.calls["look"]
    for _again in range(3):
        assert ada.client.get(ada.comes_back().url).url == ada.url("order")
    assert theatre.calls["look"] == calls


def test_another_sum_than_agreed_is_booked_and_shown_to_a_person(ada: Ada, theatre: World) -> None:
    ada.holds()
    ada.goes_to_payment()
    theatre.orders[theatre.only_order()] |= {"state": BookingState.BOOKED, "told": Money(9100, "GBP")}
    ada.comes_back()
    assert ada.now().status == Order.Status.FULFILLED
    assert ada.now().attention_reason == "amount_differs"


# --- waiting ------------------------------------------------------------------------------------------------


def test_the_waiting_page_reloads_without_scripts_and_polls_with_them(ada: Ada, theatre: World) -> None:
    ada.holds()
    ada.goes_to_payment()
    ada.comes_back()
    page = text_of(ada.client.get(ada.url("thanks")))
    assert '<noscript><meta http-equiv="refresh" content="5"></noscript>' in page
    assert 'hx-trigger="every 2s"' in page
    assert ada.client.get(ada.url("status")).status_code == 200


def test_the_poll_ends_with_286_and_the_way_on(
    ada: Ada, theatre: World, move_clock: Callable[[timedelta], None]
) -> None:
    ada.holds()
    ada.goes_to_payment()
    ada.comes_back()
    theatre.paid(theatre.only_order())
    move_clock(timedelta(seconds=3))
    answer = ada.client.get(ada.url("status"))
    assert answer.status_code == 286
    assert answer["HX-Redirect"] == ada.url("order")


def test_many_pollers_ask_no_more_often_than_one(
    ada: Ada, theatre: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada.holds()
    ada.goes_to_payment()
    ada.comes_back()
    due = ada.booking().due_at
    assert due is not None
    monkeypatch.setattr(clock, "now", lambda: due)  # one moment, however long the polls take
    calls = theatre.calls["look"]
    for _poll in range(10):
        ada.client.get(ada.url("status"))
    assert theatre.calls["look"] == calls + 1


def test_after_a_minute_the_page_says_that_it_can_be_closed(
    ada: Ada, theatre: World, move_clock: Callable[[timedelta], None]
) -> None:
    ada.holds()
    ada.goes_to_payment()
    ada.comes_back()
    assert "You can close this page" not in text_of(ada.client.get(ada.url("thanks")))
    move_clock(timedelta(seconds=61))
    page = text_of(ada.client.get(ada.url("thanks")))
    assert "You can close this page" in page
    assert "Do not pay again" in page


# --- by itself ----------------------------------------------------------------------------------------------


def test_a_buyer_who_never_comes_back_gets_their_tickets_within_five_minutes(
    ada: Ada, theatre: World, sweep: Callable[..., None]
) -> None:
    ada.holds()
    ada.goes_to_payment()
    sweep(timedelta(minutes=3))
    theatre.paid(theatre.only_order())
    sweep(timedelta(minutes=2))
    assert ada.now().status == Order.Status.FULFILLED
    assert ada.now().attention_reason == ""


def test_a_buyer_who_walks_away_costs_nothing_and_their_choice_can_be_tried_again(
    ada: Ada, theatre: World, sweep: Callable[..., None]
) -> None:
    ada.holds()
    ada.goes_to_payment()
    sweep(timedelta(minutes=16), step=timedelta(minutes=1))
    order = ada.now()
    assert order.status == Order.Status.EXPIRED
    assert (ada.booking().status, Payment.objects.get().status) == ("lapsed", "expired")
    assert order.basket.status == "open"
    page = text_of(ada.client.get(ada.url("order")))
    assert "The time ran out" in page
    assert "You have not been charged" in page


def test_a_success_after_the_order_expired_wins_and_staff_are_called(
    ada: Ada, theatre: World, sweep: Callable[..., None]
) -> None:
    ada.holds()
    ada.goes_to_payment()
    sweep(timedelta(minutes=16), step=timedelta(minutes=1))
    assert ada.now().status == Order.Status.EXPIRED
    theatre.paid(theatre.only_order())
    sweep(timedelta(minutes=3), step=timedelta(seconds=30))
    order = ada.now()
    assert (order.status, order.attention_reason) == (Order.Status.FULFILLED, "late_success")
    assert Payment.objects.get().status == "captured"


def test_a_late_success_wins_while_the_buyer_tries_again_with_the_same_basket(
    ada: Ada, theatre: World, sweep: Callable[..., None]
) -> None:
    ada.holds()
    ada.goes_to_payment()
    sweep(timedelta(minutes=16), step=timedelta(minutes=1))
    first = ada.now()
    ada.holds()
    ada.starts()
    second = ada.now()
    assert (second.pk != first.pk, second.basket, second.status) == (True, first.basket, Order.Status.PLACED)
    theatre.paid(theatre.only_order())
    sweep(timedelta(minutes=3), step=timedelta(seconds=30))
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.status, first.attention_reason) == (Order.Status.FULFILLED, "late_success")
    assert "paid" in first.mails.values_list("kind", flat=True)
    assert (second.status, second.basket.status) == (Order.Status.PLACED, "open")
    assert [part.status for part in second.bookings.all()] == ["held"]


def test_a_late_success_leaves_the_basket_to_the_order_that_is_being_paid(
    ada: Ada, theatre: World, sweep: Callable[..., None]
) -> None:
    ada.holds()
    ada.goes_to_payment()
    sweep(timedelta(minutes=16), step=timedelta(minutes=1))
    first, (late,) = ada.now(), theatre.orders
    ada.holds()
    ada.goes_to_payment()
    theatre.paid(late)
    sweep(timedelta(minutes=3), step=timedelta(seconds=30))
    first.refresh_from_db()
    second = ada.now()
    assert first.status == Order.Status.FULFILLED
    assert (second.status, second.basket.status) == (Order.Status.PAYING, "frozen")


def test_watching_ends_half_an_hour_after_the_hold(
    ada: Ada, theatre: World, sweep: Callable[..., None]
) -> None:
    ada.holds()
    ada.goes_to_payment()
    sweep(timedelta(minutes=45), step=timedelta(minutes=1))
    calls = theatre.calls["look"]
    assert ada.booking().due_at is None
    sweep(timedelta(minutes=5), step=timedelta(minutes=1))
    assert theatre.calls["look"] == calls


def test_the_provider_is_asked_every_fifteen_seconds_at_first_and_every_minute_later(
    ada: Ada, theatre: World, sweep: Callable[..., None]
) -> None:
    ada.holds()
    ada.goes_to_payment()
    before = theatre.calls["look"]
    sweep(timedelta(seconds=105))
    early = theatre.calls["look"] - before
    sweep(timedelta(minutes=5))
    late = theatre.calls["look"] - before - early
    assert 6 <= early <= 8
    assert 4 <= late <= 7


def test_after_expiry_typed_data_is_in_the_next_order(
    ada: Ada, theatre: World, sweep: Callable[..., None]
) -> None:
    ada.holds()
    ada.goes_to_payment()
    first = ada.now()
    sweep(timedelta(minutes=16), step=timedelta(minutes=1))
    ada.holds()
    ada.starts()
    assert ada.now().pk != first.pk
    assert 'value="Lovelace"' in text_of(ada.client.get(ada.url("details")))


def test_the_same_hold_in_a_later_order_is_not_booked_twice(
    ada: Ada, theatre: World, sweep: Callable[..., None]
) -> None:
    ada.holds()
    ada.goes_to_payment()
    sweep(timedelta(minutes=16), step=timedelta(minutes=1))
    first = ada.now()
    assert first.status == Order.Status.EXPIRED
    from baskets.models import Hold, Line

    until = clock.now() + timedelta(minutes=10)
    theatre.items["basket-west-end-1"][0].expires_at = until
    Line.objects.update(state="held", expires_at=until)
    Hold.objects.update(state="open", expires_at=until)
    ada.starts()
    ada.fills_in()
    ada.pays()
    theatre.paid(theatre.only_order())
    ada.comes_back()
    sweep(timedelta(minutes=2))
    first.refresh_from_db()
    assert first.status == Order.Status.EXPIRED
    assert ada.now().status == Order.Status.FULFILLED
    assert Payment.objects.filter(status="captured").count() == 1


def test_two_settles_at_once_ask_once(ada: Ada, theatre: World) -> None:
    ada.holds()
    ada.goes_to_payment()
    theatre.paid(theatre.only_order())
    from checkout import settling

    inside: list[str] = []

    def meanwhile(verb: str) -> None:
        if verb == "look" and not inside:
            inside.append(settling.settle(ada.booking().pk, road="other").status)

    theatre.before = meanwhile
    calls = theatre.calls["look"]
    settling.settle(ada.booking().pk, road="one")
    assert theatre.calls["look"] == calls + 1
    assert inside == ["prepared"]


def test_money_that_went_back_is_said_and_mailed(ada: Ada, theatre: World) -> None:
    from checkout import settling

    ada.holds()
    ada.buys()
    theatre.orders[theatre.only_order()]["state"] = BookingState.REFUNDED
    settling.settle(ada.booking().pk, road="staff:vera")
    order = ada.now()
    assert (order.status, order.attention_reason) == (Order.Status.REFUNDED, "refunded")
    assert "goes back the way it came" in text_of(ada.client.get(ada.url("order")))
    assert order.mails.filter(kind="refunded").count() == 1

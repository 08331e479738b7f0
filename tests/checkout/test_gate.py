"""Pressing "Pay": the gate before the card is asked."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from checkout import gate, our_till
from checkout.models import Booking, Order, Payment
from checkout.payments.base import IntentState, TillMisconfigured, TillRefused, TillUnavailable, TillUnknown
from shop import claims, clock
from shop.providers.errors import HoldGone, Unavailable
from tests.checkout.conftest import Ada
from tests.checkout.test_charging import back, paying, press, stands
from tests.checkout.till_world import Gone, Killed, Till
from tests.checkout.world import World

pytestmark = pytest.mark.usefixtures("paid_to_us")
P, B, O = Payment.Status, Booking.Status, Order.Status  # noqa: E741


def test_pressed_again_it_is_the_same_intent(ada: Ada, till: Till) -> None:
    paying(ada)
    assert press(ada).json() == press(ada).json() == press(ada).json() == {"secret": "pi_1_secret_s"}
    assert till.calls["create"] == 1


def test_while_one_tab_is_at_it_the_other_is_told_to_wait(ada: Ada, till: Till) -> None:
    payment = paying(ada)
    with claims.claim(our_till.claim_of(payment.pk), seconds=60):
        answer = press(ada)
    assert (answer.status_code, answer.json()) == (409, {"wait": 0.8})
    with claims.claim(f"pay:{ada.now().pk}", seconds=60):
        assert press(ada).json() == {"wait": 0.8}
    assert till.calls["create"] == 0
    assert press(ada).json() == {"secret": "pi_1_secret_s"}


def test_pressed_in_the_other_tab_while_the_intent_is_made_it_waits(ada: Ada, till: Till) -> None:
    paying(ada)
    inside: list[Any] = []
    till.before = lambda verb: inside.append(press(ada).json()) if verb == "create" and not inside else None
    assert press(ada).json() == {"secret": "pi_1_secret_s"}
    assert inside == [{"wait": 0.8}]


@pytest.mark.parametrize("shown", ["", "x", "8999", "9001", "-9000", "9" * 30, "٩٠٠٠"])
def test_a_page_that_shows_another_sum_is_led_on(ada: Ada, till: Till, shown: str) -> None:
    paying(ada)
    answer = ada.client.post(ada.url("intent"), {"shown": shown})
    assert answer.json() == {"go": ada.url("pay")}
    assert till.calls["create"] == 0


def test_it_takes_no_get_and_no_foreign_form(ada: Ada, till: Till) -> None:
    from django.test import Client

    paying(ada)
    assert ada.client.get(ada.url("intent")).status_code == 405
    assert Client(enforce_csrf_checks=True).post(ada.url("intent"), {"shown": "9000"}).status_code == 403
    assert till.calls["create"] == 0


def test_a_hold_that_is_gone_stops_before_the_card(ada: Ada, theatre: World, till: Till) -> None:
    paying(ada)
    theatre.items[theatre.only_order()] = []
    assert press(ada).json() == {"go": ada.url("pay")}
    assert till.calls["create"] == 0
    assert stands(ada) == (O.CANCELLED, [B.REFUSED], P.EXPIRED)
    assert ada.now().basket.status == "open"


def test_a_hold_nobody_knows_any_more_stops_before_the_card(ada: Ada, theatre: World, till: Till) -> None:
    paying(ada)
    theatre.fail("read", HoldGone())
    press(ada)
    assert till.calls["create"] == 0
    assert stands(ada) == (O.EXPIRED, [B.LAPSED], P.EXPIRED)


def test_a_price_that_rose_stops_before_the_card(ada: Ada, theatre: World, till: Till) -> None:
    paying(ada)
    theatre.items[theatre.only_order()][0].minor = 9900
    press(ada)
    assert till.calls["create"] == 0
    assert stands(ada)[2] == P.EXPIRED


def test_fewer_tickets_than_were_chosen_stop_before_the_card(ada: Ada, theatre: World, till: Till) -> None:
    paying(ada)
    held = theatre.items[theatre.only_order()][0]
    held.minor, held.tickets = held.minor // held.tickets, 1
    assert press(ada).json() == {"go": ada.url("pay")}
    assert till.calls["create"] == 0
    assert stands(ada)[1:] == ([B.REFUSED], P.EXPIRED)


def test_one_of_two_is_gone_the_rest_can_be_paid_afresh(
    ada: Ada, theatre: World, arena: World, till: Till
) -> None:
    paying(ada, "west-end", "arena")
    theatre.items[theatre.only_order()] = []
    press(ada)
    page = ada.sees(ada.client.get(ada.url("pay"))).content.decode()
    assert "Try again: pay £90.00 to Foyer" in page
    assert "You have not been charged" in page
    ada.client.post(ada.url("pay"))
    payment = Payment.objects.latest("pk")
    assert (payment.status, payment.amount_minor) == (P.BEGUN, 9000)
    press(ada)
    till.pay()
    back(ada)
    assert sorted(stands(ada)[1]) == [B.REFUSED, B.TICKETED]
    assert till.taken == 9000


def test_a_box_office_that_is_away_charges_nobody_and_can_be_tried_again(
    ada: Ada, theatre: World, till: Till
) -> None:
    paying(ada)
    theatre.fail("read", Unavailable())
    answer = press(ada)
    assert answer.status_code == 503
    assert "Nothing was booked or charged" in answer.json()["say"]
    assert till.calls["create"] == 0
    assert press(ada).json() == {"secret": "pi_1_secret_s"}


@pytest.mark.parametrize("error", [TillUnavailable(), TillUnknown()])
def test_a_payment_company_that_is_away_charges_nobody(ada: Ada, till: Till, error: Any) -> None:
    paying(ada)
    till.fail("create", error)
    answer = press(ada)
    assert answer.status_code == 503
    assert "You have not been charged" in answer.json()["say"]
    assert press(ada).json() == {"secret": "pi_1_secret_s"}
    assert ada.now().attention_reason == ""


@pytest.mark.parametrize("error", [TillMisconfigured(), TillRefused(code="amount_too_small")])
def test_a_till_that_says_no_calls_staff(ada: Ada, till: Till, error: Any) -> None:
    paying(ada)
    till.fail("create", error)
    assert press(ada).status_code == 503
    assert ada.now().attention_reason == "till_misconfigured"


def test_an_intent_whose_answer_was_lost_is_found_again_by_its_key(ada: Ada, till: Till) -> None:
    paying(ada)
    till.fail("create", Gone(TillUnknown()))
    press(ada)
    assert Payment.objects.get().external_id == ""
    assert press(ada).json() == {"secret": "pi_1_secret_s"}
    assert len(till.made) == 1


def test_too_late_to_press(ada: Ada, till: Till, move_clock: Callable[..., None]) -> None:
    paying(ada)
    move_clock(timedelta(seconds=595))
    assert press(ada).json() == {"go": ada.url("pay")}
    assert till.calls["create"] == 0
    page = ada.client.get(ada.url("pay")).content.decode()
    assert "too little time left" in page
    assert "You have not been charged" in page


def test_declined_the_same_intent_takes_another_card(ada: Ada, till: Till, theatre: World) -> None:
    paying(ada)
    press(ada)
    till.change(declined="insufficient_funds")
    answer = back(ada)
    assert answer.url == ada.url("pay")
    assert "You have not been charged" in ada.sees(answer).content.decode()
    assert Payment.objects.get().reason == "declined"
    assert press(ada).json() == {"secret": "pi_1_secret_s"}
    till.pay()
    back(ada)
    assert stands(ada)[1:] == ([B.TICKETED], P.CAPTURED)
    assert till.calls["create"] == 1


def test_declined_too_often_a_new_intent_takes_the_place_of_the_dead_one(
    ada: Ada, till: Till, theatre: World
) -> None:
    paying(ada)
    press(ada)
    till.change(state=IntentState.CANCELED, cancel_reason="failed_invoice")
    back(ada)
    assert stands(ada) == (O.PAYING, [B.PREPARED], P.BEGUN)
    assert press(ada).json() == {"secret": "pi_2_secret_s"}
    assert press(ada).json() == {"secret": "pi_2_secret_s"}
    payment = Payment.objects.get()
    assert (payment.attempt, payment.external_id) == (2, "pi_2")
    till.pay("pi_2")
    back(ada)
    assert stands(ada)[1:] == ([B.TICKETED], P.CAPTURED)
    assert till.taken == 9000


@pytest.mark.parametrize("state", [IntentState.AUTHORISED, IntentState.CAPTURED, IntentState.PROCESSING])
def test_what_is_paid_is_not_asked_for_again(
    ada: Ada, till: Till, theatre: World, state: IntentState
) -> None:
    paying(ada)
    press(ada)
    till.change(state=state, capturable=9000 if state == IntentState.AUTHORISED else 0, received=9000)
    assert press(ada).json() == {"go": ada.url("pay")}
    assert ada.sees(ada.client.get(ada.url("pay"))).wsgi_request.path in (ada.url("thanks"), ada.url("order"))


def test_an_intent_of_another_sum_is_nobodys(ada: Ada, till: Till) -> None:
    from shop.money import Money

    paying(ada)
    press(ada)
    till.change(amount=Money(1, "GBP"))
    assert press(ada).json() == {"go": ada.url("pay")}


def test_an_order_that_is_over_leads_on(ada: Ada, till: Till) -> None:
    paying(ada)
    ada.client.post(ada.url("cancel"))
    assert press(ada).json() == {"go": ada.url("pay")}
    assert till.calls["create"] == 0


@pytest.mark.parametrize("verb", ["create", "retrieve"])
def test_a_process_that_dies_at_the_gate_leaves_one_intent(
    ada: Ada, till: Till, verb: str, move_clock: Callable[..., None]
) -> None:
    payment = paying(ada)
    order = ada.now()
    if verb == "retrieve":
        press(ada)
    till.fail(verb, Gone(Killed()))
    with pytest.raises(Killed):
        gate.press(order, shown_minor=9000)
    claims.Claim.objects.filter(name__startswith="pay:").update(expires_at=clock.now())
    claims.Claim.objects.filter(name=our_till.claim_of(payment.pk)).update(expires_at=clock.now())
    assert press(ada).json() == {"secret": "pi_1_secret_s"}
    assert len(till.made) == 1

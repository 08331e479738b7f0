"""A part whose account may not book in its own way is paid in the provider's other one, with the same hold."""

from __future__ import annotations

from html import unescape
from typing import Any

import pytest
from django.core import mail

from checkout import other_route, paying
from checkout.models import Order, Payment
from checkout.words import REASONS
from tests.checkout.conftest import Ada
from tests.checkout.world import World


@pytest.fixture
def turned(ada: Ada, theatre: World) -> Ada:
    """Our till let the card go: the box office does not book on account."""
    theatre.route, theatre.other = "us", "there"
    ada.holds()
    ada.starts()
    assert ada.fills_in().status_code == 302
    assert other_route.turn(ada.booking(), road="till")
    return ada


def text_of(answer: Any) -> str:
    return " ".join(unescape(answer.content.decode()).split())


def test_the_review_says_that_nothing_was_charged_and_offers_the_other_page(turned: Ada) -> None:
    text = text_of(turned.client.get(turned.url("review")))
    assert "You have not been charged" in text
    assert "Your tickets are still held: you can pay on the page of London Theatre Direct instead." in text
    assert "Pay £90.00 on London Theatre Direct’s page" in text


def test_a_part_that_was_never_refused_is_not_spoken_of(ada: Ada, theatre: World) -> None:
    theatre.route, theatre.other = "us", "there"
    ada.holds()
    ada.starts()
    ada.fills_in()
    text = text_of(ada.client.get(ada.url("review")))
    assert "You have not been charged" not in text
    assert other_route.way_of(ada.booking()) == "us"


def test_pressing_pay_leads_to_the_other_page_with_the_same_hold(turned: Ada, theatre: World) -> None:
    before = turned.booking().hold_id
    answer = turned.pays()
    assert answer.status_code == 303
    assert answer.url.startswith("https://pay.example.org/gate/")
    asked = [details.route for verb, details in theatre.seen if verb == "prepare"]
    assert asked == ["there"]
    payment = Payment.objects.get()
    assert (payment.route, payment.status, turned.booking().hold_id) == ("there", "begun", before)


def test_what_is_paid_there_is_booked_as_any_other(turned: Ada, theatre: World) -> None:
    turned.pays()
    theatre.paid(theatre.only_order())
    turned.comes_back()
    assert turned.now().status in (Order.Status.PAID, Order.Status.FULFILLED)
    assert turned.booking().reference


def test_staff_hears_once_why(turned: Ada, settings: Any) -> None:
    settings.STAFF_EMAILS = ["staff@example.org"]
    other_route.turn(turned.booking(), road="till")
    order = turned.now()
    assert order.attention_reason == "not_unlocked"
    assert "not_unlocked" in REASONS
    assert order.status == Order.Status.PLACED  # the order itself goes on
    assert order.history.filter(because__startswith="staff called").count() == 1
    assert order.history.filter(because__startswith="paid in another way").count() == 1
    assert not mail.outbox


def test_an_account_without_another_way_stays_as_it_is(ada: Ada, theatre: World) -> None:
    theatre.route = "us"
    ada.holds()
    ada.starts()
    ada.fills_in()
    assert not other_route.turn(ada.booking(), road="till")
    assert ada.booking().other_route == ""
    assert ada.now().attention_reason == "not_unlocked"


def test_an_account_that_is_set_back_is_asked_in_its_own_way(turned: Ada, theatre: World) -> None:
    theatre.route, theatre.other = "there", ""
    assert other_route.asked_of(turned.booking()) == ""
    assert other_route.way_of(turned.booking()) == "there"


def test_a_later_order_of_the_same_hold_does_not_begin_with_the_closed_way(
    turned: Ada, theatre: World
) -> None:
    turned.pays()
    order = turned.now()
    assert paying.cancel(order).kind == "basket"
    Order.objects.filter(pk=order.pk).update(status=Order.Status.CANCELLED)
    turned.starts()
    again = turned.booking()
    assert again.order_id != order.pk
    assert other_route.way_of(again) == "there"

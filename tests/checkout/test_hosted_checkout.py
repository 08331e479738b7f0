"""A basket that is the visitor's own cookie is paid on the box office's own page, which tells us nothing; the signed
orders do, where the account may ask for them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.core import mail
from django.urls import reverse

from baskets.models import Basket, Line
from catalog.models import Instance
from checkout import settling
from checkout.models import Booking, Order, OrderLine
from tests.baskets.cookie_office import CookieOffice
from tests.baskets.cookie_visitor import Visitor, counted
from tests.checkout.hosted_world import lantern, look, play, to_payment, vi
from tests.providers import spektrix_wire as sx

__all__ = ["lantern", "play", "vi"]


def test_the_buyer_is_led_to_the_hosted_checkout_without_questions(
    vi: Visitor, play: Instance, lantern: CookieOffice
) -> None:
    vi.buy(play)
    vi.get(reverse("checkout:start"))
    assert "Review and pay" in vi.text
    assert "which asks for your details" in vi.text
    assert "Your details" not in vi.text
    assert lantern.domain in vi.response["Content-Security-Policy"].split("form-action")[1]
    assert to_payment(vi) == f"{lantern.domain}/lantern/website/secure/Checkout.aspx"
    booking = Booking.objects.get()
    assert (booking.status, booking.total_minor, booking.tickets_expected) == ("prepared", 4900, 2)
    assert Basket.objects.get().status == Basket.Status.FROZEN


def test_the_signed_orders_say_that_it_is_paid(vi: Visitor, play: Instance, lantern: CookieOffice) -> None:
    vi.buy(play)
    to_payment(vi)
    order = lantern.is_paid()
    look(vi)
    assert "Your tickets are booked" in vi.text
    assert order["id"] in vi.text
    assert "£49.00" in vi.text
    assert "sends you the tickets, in the way you chose on its page" in vi.text
    assert Order.objects.get().status in (Order.Status.PAID, Order.Status.FULFILLED)
    assert Basket.objects.get().status == Basket.Status.CONVERTED
    assert "somebody@example.org" not in vi.text
    assert mail.outbox == [], "nobody asked for an address, so nobody is written to"


def test_who_comes_back_through_the_basket_finds_the_order(
    vi: Visitor, play: Instance, lantern: CookieOffice, move_clock: Any
) -> None:
    vi.buy(play)
    to_payment(vi)
    lantern.is_paid()
    move_clock(timedelta(minutes=3))
    vi.get(reverse("checkout:start"))
    assert "Your tickets are booked" in vi.text


def test_the_sweep_finds_the_order_of_a_buyer_who_never_came_back(
    vi: Visitor, play: Instance, lantern: CookieOffice
) -> None:
    vi.buy(play)
    to_payment(vi)
    lantern.is_paid()
    settling.settle(Booking.objects.get().pk, road="sweep")
    assert Order.objects.get().status in (Order.Status.PAID, Order.Status.FULFILLED)


def test_not_paid_yet_is_said_and_can_be_gone_on_with(
    vi: Visitor, play: Instance, lantern: CookieOffice
) -> None:
    vi.buy(play)
    to_payment(vi)
    look(vi)
    assert "has no order of yours yet" in vi.text
    assert vi.page.select_one("#paid-there") is not None
    vi.post(reverse("checkout:cancel", args=[Order.objects.get().token]))
    assert counted() == [("held", 1), ("held", 1)]
    assert Basket.objects.get().status == Basket.Status.OPEN


def test_where_nobody_can_be_asked_the_page_says_exactly_that(
    vi: Visitor, play: Instance, lantern: CookieOffice, settings: Any
) -> None:
    settings.PROVIDER_ACCOUNTS = {"lantern": lantern.account(asked=False)}
    vi.buy(play)
    to_payment(vi)
    lantern.is_paid()
    look(vi)
    assert "its own confirmation is what counts" in vi.text
    assert "booked" not in vi.text.lower().split("help")[0]
    assert Booking.objects.get().status == Booking.Status.UNCERTAIN


def test_what_is_beside_tickets_is_paid_with_them(vi: Visitor, play: Instance, lantern: CookieOffice) -> None:
    vi.buy(play, count=1)
    (visitor,) = lantern.visitors.values()
    visitor.basket["donations"].append({"id": sx.ident(771), "amount": 5, "name": "Roof fund"})
    vi.post(reverse("baskets:check"))
    vi.run()
    to_payment(vi)
    assert Booking.objects.get().total_minor == 2950
    assert list(OrderLine.objects.values_list("event_name", "quantity", "price_minor")) == [
        ("The Paper Lantern", 1, 2450),
        ("Roof fund", 0, 500),
    ]
    lantern.is_paid()
    look(vi)
    assert "Roof fund" in vi.text
    assert Line.objects.count() == 1

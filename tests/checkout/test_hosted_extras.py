"""What a venue sells beside tickets, in checkout: alone or with tickets, on every page and mail, with its price."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core import mail
from django.test import Client
from django.urls import reverse

from baskets.models import Line
from catalog.models import Instance
from checkout import emails
from checkout.models import Mail, Order, OrderLine
from shop import clock
from tests.baskets.cookie_office import CookieOffice
from tests.baskets.cookie_visitor import Visitor
from tests.checkout.hosted_world import lantern, look, play, the_order, the_part, to_payment, to_review, vi
from tests.providers import spektrix_wire as sx

__all__ = ["lantern", "play", "vi"]


def put(vi: Visitor, lantern: CookieOffice, kind: str, number: int, **thing: Any) -> None:
    """Something else is in the visitor's basket, and the shop has read it."""
    (visitor,) = lantern.visitors.values()
    visitor.basket[kind].append({"id": sx.ident(number), **thing})
    vi.post(reverse("baskets:check"))
    vi.run()


@pytest.fixture
def only_extras(vi: Visitor, play: Instance, lantern: CookieOffice) -> Visitor:
    """A basket with a donation, a programme and a membership, and no ticket."""
    vi.buy(play, count=1)
    put(vi, lantern, "donations", 771, amount=5, name="Roof fund")
    put(vi, lantern, "merchandiseItems", 772, total=6.5, name="Programme", reference="For Ada")
    put(vi, lantern, "membershipSubscriptions", 773, total=40, name="Friends", autoRenew=True)
    vi.post(reverse("baskets:remove", args=[Line.objects.get().pk]))
    vi.run()
    assert Line.objects.count() == 0
    return vi


def test_an_order_without_tickets_can_be_placed_and_shows_everything(
    only_extras: Visitor, lantern: CookieOffice
) -> None:
    vi = only_extras
    to_review(vi)
    assert "Review and pay" in vi.text
    for words in ("Donation", "Roof fund", "£5.00", "Programme", "For Ada", "£6.50", "Membership", "Friends",
                  "renews by itself", "£40.00", "£51.50"):  # fmt: skip
        assert words in vi.text, words
    assert "0 tickets" not in vi.text
    to_payment(vi)
    assert list(
        OrderLine.objects.values_list("kind", "event_name", "quantity", "price_minor", "seats_text")
    ) == [
        ("donation", "Roof fund", 0, 500, ""),
        ("merchandise", "Programme", 0, 650, "For Ada"),
        ("membership", "Friends", 0, 4000, "renews by itself"),
    ]
    lantern.is_paid()
    look(vi)
    assert the_order().status == Order.Status.FULFILLED
    assert "Your order is confirmed" in vi.text
    for words in ("Roof fund", "Programme", "Friends", "£51.50"):
        assert words in vi.text, words
    assert "0 tickets" not in vi.text
    assert "Add to calendar" not in vi.text


def test_the_pay_page_of_an_order_without_tickets_lists_it(
    only_extras: Visitor, lantern: CookieOffice
) -> None:
    to_payment(only_extras)
    only_extras.get(reverse("checkout:pay", args=[the_order().token]))
    assert "Roof fund" in only_extras.text
    assert "Pay £51.50" in only_extras.text


def test_somebody_elses_donation_is_not_ours(only_extras: Visitor, lantern: CookieOffice) -> None:
    to_payment(only_extras)
    lantern.orders.append(
        {"id": "W1", "total": 5, "tickets": [], "donations": [{"id": sx.ident(999), "amount": 5}]}
    )
    look(only_extras)
    assert the_part().status == "prepared"


def test_staff_of_the_house_see_it_with_its_price(only_extras: Visitor, lantern: CookieOffice) -> None:
    to_payment(only_extras)
    lantern.is_paid()
    look(only_extras)
    user = get_user_model().objects.create_superuser("vera", "vera@example.org", "x")
    client = Client()
    client.force_login(user)
    page = client.get(reverse("admin:checkout_order_change", args=[the_order().pk])).content.decode()
    for words in ("Roof fund", "Donation", "£5.00", "Friends", "£40.00"):
        assert words in page, words
    assert "0 tickets" not in page
    venue = OrderLine.objects.values_list("venue__slug", flat=True).distinct().get()
    assert venue == "lantern-house", "the house's own people see it too"


def test_the_mail_lists_it_where_an_address_is_known(only_extras: Visitor, lantern: CookieOffice) -> None:
    to_payment(only_extras)
    lantern.is_paid()
    look(only_extras)
    Order.objects.update(email="ada@example.org")
    row = Mail.objects.create(
        order=the_order(), kind="paid", attempt=1, queued_at=clock.now(), due_at=clock.now()
    )
    assert emails.send(row.pk)
    body = str(mail.outbox[0].body)
    html = str(mail.outbox[0].alternatives[0][0])  # type: ignore[attr-defined]
    for words in ("Roof fund", "Donation", "£5.00", "Programme", "For Ada", "Friends"):
        assert words in body, words
        assert words in html, words


def test_a_donation_beside_tickets_is_in_the_sum_and_on_each_page(
    vi: Visitor, play: Instance, lantern: CookieOffice
) -> None:
    vi.buy(play, count=1)
    put(vi, lantern, "donations", 771, amount=5, name="Roof fund")
    to_review(vi)
    assert "Roof fund" in vi.text
    assert "£29.50" in vi.text
    to_payment(vi)
    lantern.is_paid()
    look(vi)
    assert "Roof fund" in vi.text
    assert "Your tickets are booked" in vi.text


def test_a_subscription_is_paid_in_the_express_checkout(
    vi: Visitor, play: Instance, lantern: CookieOffice
) -> None:
    vi.buy(play, count=1)
    for number in (781, 782):
        put(
            vi, lantern, "ticketSubscriptions", number, price=80,
            ticketSubscriptionStructureName="Season", pricingSetName="Adult",
        )  # fmt: skip
    assert to_payment(vi) == f"{lantern.domain}/lantern/website/secure/checkout/v2"
    assert list(OrderLine.objects.filter(kind="subscription").values_list("event_name", "price_minor")) == [
        ("Season, Adult", 8000),
        ("Season, Adult", 8000),
    ]


def test_an_empty_basket_is_still_nothing_to_pay_for(
    vi: Visitor, play: Instance, lantern: CookieOffice
) -> None:
    vi.get(reverse("checkout:start"))
    assert "nothing in your basket that could be paid for" in vi.text

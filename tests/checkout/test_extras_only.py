"""From the page of what a venue sells to an order without any ticket."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from baskets import extras
from catalog.models import Instance
from checkout.models import Order, OrderLine
from shop.providers.spektrix import kept
from tests.baskets.cookie_office import CookieOffice
from tests.baskets.cookie_visitor import Visitor
from tests.checkout.hosted_world import lantern, play, to_payment, vi
from tests.providers.spektrix_wire import ident

__all__ = ["lantern", "play", "vi"]
FUND, SET = ident(101), ident(6011)


@pytest.fixture(autouse=True)
def _shelf(lantern: CookieOffice, play: Instance) -> Any:
    kept.forget()
    lantern.public |= {
        "/funds": [{"id": FUND, "name": "Roof fund", "defaultDonationAmount": 5}],
        "/ticket-subscription-structures": [
            {"id": ident(601), "name": "Season", "pricingSets": [{"id": SET, "name": "Adult", "price": 80}]}
        ],
    }
    extras.refresh(play.event.account)
    yield
    kept.forget()


def add(vi: Visitor, **values: str) -> None:
    vi.get(reverse("baskets:extras", args=["lantern"]))
    token = vi.page.select_one("form.extras [name=token]")
    assert token is not None
    vi.post(reverse("baskets:extras", args=["lantern"]), {"token": str(token["value"]), **values})
    vi.run()


def test_a_donation_alone_goes_the_whole_road(vi: Visitor, lantern: CookieOffice) -> None:
    add(vi, **{f"donation-{FUND}-amount": "2000"})
    vi.get(reverse("checkout:start"))
    assert "Roof fund" in vi.text
    assert "0 tickets" not in vi.text
    assert to_payment(vi) == f"{lantern.domain}/lantern/website/secure/Checkout.aspx"
    assert list(OrderLine.objects.values_list("event_name", "price_minor")) == [("Roof fund", 2000)]
    (visitor,) = lantern.visitors.values()
    basket = visitor.basket["id"]
    lantern.is_paid()["basketId"] = basket
    vi.post(reverse("checkout:paid_there", args=[Order.objects.get().token]))
    assert Order.objects.get().status in (Order.Status.PAID, Order.Status.FULFILLED)
    assert "Roof fund" in vi.text
    assert "0 tickets" not in vi.text


def test_a_season_ticket_alone_goes_to_the_express_checkout(vi: Visitor, lantern: CookieOffice) -> None:
    add(vi, **{f"subscription-{SET}-quantity": "2"})
    vi.get(reverse("checkout:start"))
    assert "Season, Adult" in vi.text
    assert to_payment(vi) == f"{lantern.domain}/lantern/website/secure/checkout/v2"

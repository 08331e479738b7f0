"""A box office with a basket that is the visitor's cookie, seen from checkout: shared by the tests of hosted checkouts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings as real_settings
from django.urls import reverse

from catalog.models import Instance
from checkout.models import Booking, Order
from tests.baskets.cookie_office import CookieOffice
from tests.baskets.cookie_visitor import Visitor
from tests.providers import spektrix_wire as sx

KINDS = dict(real_settings.PROVIDERS)


@pytest.fixture
def lantern(offices: Any, settings: Any) -> Iterator[CookieOffice]:
    found = CookieOffice()
    settings.PROVIDERS = KINDS
    settings.PROVIDER_ACCOUNTS = {"lantern": found.account()}
    yield found
    found.close()


@pytest.fixture
def play(db: None, lantern: CookieOffice) -> Instance:
    return lantern.puts_on(sx.STALLS_ONLY, sx.HALL)


@pytest.fixture
def vi(db: None) -> Visitor:
    return Visitor()


def set_up(settings: Any, lantern: CookieOffice, *, asked: bool = True, **options: str) -> None:
    """Change the one account."""
    settings.PROVIDER_ACCOUNTS = {"lantern": lantern.account(asked=asked, **options)}


def to_review(vi: Visitor) -> None:
    """Into checkout, doing whatever the browser is asked for on the way."""
    vi.get(reverse("checkout:start"))
    while vi.page.select_one("[data-ask]") is not None:
        vi.run()


def press_pay(vi: Visitor) -> Any:
    """Say yes to the sum; the answer, not followed."""
    form = vi.page.select_one("form[action$='/pay/']")
    assert form is not None, vi.text
    sent = {str(one["name"]): str(one.get("value", "on")) for one in form.select("input[name]")}
    return vi.client.post(str(form["action"]), sent)


def to_payment(vi: Visitor) -> str:
    """From the basket to where the payment is: its address."""
    to_review(vi)
    answer = press_pay(vi)
    assert answer.status_code in (302, 303), answer.content
    return str(answer["Location"])


def the_order() -> Order:
    return Order.objects.get()


def the_part() -> Booking:
    return Booking.objects.get()


def look(vi: Visitor, **data: str) -> None:
    vi.post(reverse("checkout:paid_there", args=[the_order().token]), data)


def seen(vi: Visitor, **data: str) -> dict[str, Any]:
    """What the frame's script tells, and the shop's answer."""
    answer = vi.client.post(reverse("checkout:seen", args=[the_order().token]), data)
    assert answer.status_code == 200, answer.content
    return dict(answer.json())

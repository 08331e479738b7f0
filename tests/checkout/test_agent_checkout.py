"""The way from a basket at an agent's box office to the review: the sum there is the one that will be charged."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.urls import reverse

from baskets.models import Line
from catalog.models import Instance
from checkout.models import Booking, Order
from shop.providers.types import PayUs, Sign
from tests.baskets import agent_office
from tests.baskets.agent_office import AgentOffice
from tests.baskets.conftest import Ada
from tests.providers import spektrix_wire as sx
from tests.providers.spektrix_agency import COLLECT, POST, provider

FULL = f"u:{sx.HALL}:{sx.FULL}"
MEMBER = "member@example.org"


@pytest.fixture
def agency(settings: Any, offices: Any, db: None) -> Iterator[AgentOffice]:
    settings.PROVIDERS = {"spektrix": "shop.providers.spektrix.provider.Spektrix"}
    with agent_office.opened(settings) as found:
        found.customers[MEMBER] = {"id": "I-1111-11HV"}
        found.members = {"I-1111-11HV"}
        yield found


@pytest.fixture
def hall(agency: AgentOffice) -> Instance:
    return agency.puts_on(sx.STALLS_ONLY, sx.HALL)


@pytest.fixture
def vi(db: None, hall: Instance) -> Ada:
    """Somebody with two tickets for £49.00, at the details."""
    found = Ada()
    found.pick(hall)
    found.press(hall, **{"door": "offers", f"q-{FULL}": "2"})
    found.get(reverse("checkout:start"))
    assert "How do you want to get your tickets?" in found.text
    return found


def says(vi: Ada, email: str = "ada@example.org", delivery: str = "1", **more: str) -> None:
    order, part = Order.objects.get(), Booking.objects.get()
    said = {
        "first_name": "Ada",
        "last_name": "Example",
        "email": email,
        f"part-{part.pk}-delivery": delivery,
        **more,
    }
    vi.post(reverse("checkout:details", args=[order.token]), said)


def test_the_review_has_the_price_of_a_member(vi: Ada, agency: AgentOffice) -> None:
    says(vi, MEMBER)
    assert vi.response.redirect_chain[-1][0] == reverse("checkout:review", args=[Order.objects.get().token])
    told = "has a price of its own for you: your tickets there cost £44.10, not £49.00."
    assert told in vi.text
    assert "£49.00" not in vi.text.replace(told, "")
    assert {line.state for line in Line.objects.all()} == {"held"}
    part = Booking.objects.get()
    assert (part.total_minor, part.details_at is not None) == (4410, True)


def test_somebody_else_pays_the_price_of_everybody_again(vi: Ada, agency: AgentOffice) -> None:
    says(vi, MEMBER)
    says(vi, "ada@example.org")
    assert "£49.00" in vi.text
    assert Booking.objects.get().total_minor == 4900


def test_a_delivery_that_costs_something_else_by_now_is_in_the_review(vi: Ada, agency: AgentOffice) -> None:
    agency.ways["ticketDelivery"] = [COLLECT, {**POST, "price": 2.25}]
    home = {"address_1": "1 Quay Street", "city": "Bristol", "postcode": "BS1 5ZZ", "country": "GB"}
    says(vi, delivery="4", **home)
    assert "£51.25" in vi.text
    part = Booking.objects.get()
    assert (part.delivery_minor, part.total_minor) == (225, 5125)


def test_a_delivery_that_is_gone_is_asked_again(vi: Ada, agency: AgentOffice) -> None:
    agency.ways["ticketDelivery"] = [{**COLLECT, "type": 9}]
    says(vi, delivery="1")
    assert vi.status == 200
    assert vi.page.select_one("p.error, .error-summary") is not None
    assert Booking.objects.get().details_at is None


def test_a_box_office_that_does_not_answer_stops_nobody_before_the_review(
    vi: Ada, agency: AgentOffice
) -> None:
    agency.says = lambda method, path: (503, {}) if path.startswith("/customers") else None
    says(vi)
    assert vi.response.redirect_chain[-1][0] == reverse("checkout:review", args=[Order.objects.get().token])
    agency.says = lambda method, path: None


def test_what_is_prepared_costs_what_the_review_said(vi: Ada, agency: AgentOffice) -> None:
    from checkout import preparing

    says(vi, MEMBER)
    part = Booking.objects.get()
    desk = provider().bookings
    order = Order.objects.get()
    details = preparing.Details(
        reference=f"{order.number}-1",
        answers={"first_name": "Ada", "last_name": "E", "email": MEMBER, "delivery": "1"},
    )
    ready = desk.prepare(part.handle, details, lambda handle: None)
    assert ready.payment == PayUs(part.total)
    assert desk.look(ready.hold.handle, Sign()).state == "open"

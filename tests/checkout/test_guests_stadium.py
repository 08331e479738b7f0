"""Guests on the whole road with the imitated XS2Event as a process of its own: asked, typed, held, handed over, completed.

The payment is not part of it: the part is booked by its provider's own desk.
"""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import requests
from bs4 import BeautifulSoup
from django.test import Client
from django.urls import reverse

from baskets.models import Basket, Hold, Line
from catalog.models import Event, Instance, ProviderAccount, Venue
from checkout import guests_later, tasks
from checkout.models import Booking, Guest, GuestList, Order
from shop import clock
from shop.providers import registry
from shop.providers.accounts import AccountConfig
from shop.providers.types import BookingState, Sign
from tests.checkout.test_guests_later import states

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[2]
STAND = "Grada Lateral"  # the lead guest before the booking, everybody before there are tickets


@dataclass
class Stadium:
    origin: str

    def control(self, path: str, **body: Any) -> Any:
        return requests.post(f"{self.origin}/_standin/xs2event/{path}", json=body, timeout=10).json()

    def coming(self) -> list[dict[str, Any]]:
        found = requests.get(f"{self.origin}/_standin/xs2event/events", timeout=20).json()
        rows: list[dict[str, Any]] = found["events"] if isinstance(found, dict) else found
        return rows


@pytest.fixture(scope="module")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    state = tmp_path_factory.mktemp("stadium") / "state.sqlite3"
    command = [sys.executable, "-m", "shop.standin", "--port", "0", "--state", str(state)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        line = running.stdout.readline()
        assert line.startswith("stand-in ready on "), line
        yield line.split(" on ")[1].split()[0]
        running.send_signal(signal.SIGTERM)


@pytest.fixture
def stadium(process: str, settings: Any) -> Stadium:
    settings.PROVIDERS = {"xs2event": "shop.providers.xs2event.provider.XS2Event"}
    settings.PROVIDER_ACCOUNTS = {
        "stadium": AccountConfig(
            name="stadium", kind="xs2event", title="Stadium", base_url=f"{process}/xs2event/v1", currency="EUR",
            keys={"api_key": "demo-xs2-key"}, allowed_hosts=(process.removeprefix("http://"),),
            options={"booking_email": "tickets@foyer.example", "payment_method": "invoice", "margin_percent": "10",
                     "fee_per_ticket": "EUR:350"},
        )
    }  # fmt: skip
    return Stadium(process)


@pytest.fixture
def match(stadium: Stadium) -> Instance:
    """A match whose tickets ask the lead guest before the booking and everybody later."""
    source = registry.provider("stadium").catalog
    for row in stadium.coming():
        ref = str(row.get("id") or row.get("event_id") or row.get("event") or "")
        found = source.availability(ref)
        offers = [one for one in found.offers if one.area == STAND and not one.closed and one.maximum >= 3]
        info = source.event(ref)
        if not offers or info is None or not info.instances:
            continue
        first = info.instances[0]
        account = ProviderAccount.objects.create(name="stadium", kind="xs2event", title="Stadium")
        venue = Venue.objects.create(
            account=account, provider_ref="v", slug="v", name=info.venue.name, timezone=info.venue.timezone
        )
        event = Event.objects.create(
            account=account,
            provider_ref=info.ref,
            venue=venue,
            slug="match",
            name=info.name,
            kind="sport",
            currency="EUR",
        )
        return Instance.objects.create(
            event=event, provider_ref=first.ref, starts_at=first.starts_at, bookable=True, currency="EUR"
        )
    raise AssertionError("no such match")


class Buyer:
    """A browser without scripts."""

    def __init__(self) -> None:
        self.client = Client()
        self.soup = BeautifulSoup("", "html.parser")
        self.path = ""

    def take(self, answer: Any) -> BeautifulSoup:
        self.path = answer.request["PATH_INFO"]
        self.soup = BeautifulSoup(answer.content, "html.parser")
        return self.soup

    def get(self, url: str) -> BeautifulSoup:
        return self.take(self.client.get(url, follow=True))

    def form(self, css: str) -> dict[str, str]:
        found: dict[str, str] = {}
        for one in self.soup.select(f"{css} input[name]"):
            if one.get("type") not in ("checkbox", "radio") or one.has_attr("checked"):
                found[str(one["name"])] = str(one.get("value", ""))
        for one in self.soup.select(f"{css} select[name]"):
            option = one.select_one("option[selected]") or one.select_one("option")
            found[str(one["name"])] = str(option["value"]) if option else ""
        return found

    def send(self, url: str, data: dict[str, str]) -> BeautifulSoup:
        return self.take(self.client.post(url, data, follow=True))


def fill(data: dict[str, str], number: int = 0) -> dict[str, str]:
    """Sensible answers for every guest's field of a form."""
    known = {
        "first_name": ("Ada", "Zoë", "小龍")[number % 3], "last_name": "O’Neill", "email": "ada@example.org",
        "phone": "+44 20 7946 0018", "passport": f"AB12345{number}", "country": "NL",
        "date_of_birth_0": "31", "date_of_birth_1": "12", "date_of_birth_2": "1990",
    }  # fmt: skip
    return {
        name: known.get(name.rpartition("-")[2], value) if name.startswith("guest-") else value
        for name, value in data.items()
    }


def offer_field(buyer: Buyer, instance: Instance) -> str:
    offers = registry.provider("stadium").catalog.availability(instance.provider_ref).offers
    return f"q-{next(one.key for one in offers if one.area == STAND)}"


def holds(buyer: Buyer, match: Instance, count: int = 3) -> Hold:
    """From the choice, over the form of the guests, to tickets that are held."""
    soup = buyer.get(reverse("baskets:pick", args=[match.pk]))
    assert "What your guests are asked" in soup.text
    data = {**buyer.form("#pick"), "door": "offers", offer_field(buyer, match): str(count)}
    url = reverse("baskets:guests", args=[match.pk])
    buyer.send(url, data)
    assert "Nothing is held yet" in buyer.soup.text
    buyer.send(url, {**fill(buyer.form("form.form")), "then": "hold"})
    assert "Held for you" in buyer.soup.text, buyer.soup.text[:2000]
    return Hold.objects.latest("pk")


def to_review(buyer: Buyer) -> Order:
    buyer.get(reverse("checkout:start"))
    order = Order.objects.latest("pk")
    details = {
        "first_name": "Ada",
        "last_name": "Lovelace",
        "email": "ada@example.org",
        "phone": "+44 20 7946 0018",
    }
    buyer.send(reverse("checkout:details", args=[order.token]), details)
    return order


def books(order: Order) -> Booking:
    """The provider's own desk books it; the shop learns it as it would after a payment."""
    from checkout import placing

    booking = order.bookings.get()
    placing.snapshot(order)
    desk = registry.provider("stadium").bookings
    found = desk.confirm(booking.handle, f"{order.number}-1")
    if found.state != BookingState.BOOKED:
        found = desk.look(found.handle, Sign())
    Booking.objects.filter(pk=booking.pk).update(
        handle=found.handle, status=Booking.Status.BOOKED, reference=found.reference
    )
    Order.objects.filter(pk=order.pk).update(status=Order.Status.PAID, paid_at=clock.now())
    Basket.objects.filter(pk=order.basket_id).update(status=Basket.Status.CONVERTED)
    booking.refresh_from_db()
    return booking


@pytest.fixture
def buyer() -> Buyer:
    return Buyer()


def test_the_lead_guest_before_payment_and_everybody_later_each_by_their_own_link(buyer, match, stadium):
    hold = holds(buyer, match)
    assert Line.objects.get(hold=hold).quantity == 3
    order = to_review(buyer)
    assert buyer.path == reverse("checkout:guests", args=[order.token])
    assert len(buyer.soup.select(".guest")) == 1
    buyer.send(buyer.path, buyer.form("#guests-form"))  # typed before, and there
    assert buyer.path == reverse("checkout:review", args=[order.token]), buyer.soup.text
    assert "Ada O’Neill" in buyer.soup.text

    booking = books(order)
    row = guests_later.look(booking.pk, road="test")
    assert row is not None
    assert (row.asks_before, row.asks_later, row.complete) == (True, True, False)
    assert states() == ["missing"] * 3
    assert row.remind_at is None or isinstance(row.remind_at, datetime)

    buyer.get(reverse("checkout:guests_later", args=[order.token]))
    assert "3 of 3 guests still need" in buyer.soup.text
    for number, guest in enumerate(Guest.objects.order_by("position")):
        own = Buyer()
        own.get(reverse("checkout:guest", args=[guest.token]))
        assert len(own.soup.select(".guest")) == 1
        own.send(own.path, fill(own.form("form.form"), number))
        tasks.sweep()
    assert states() == ["accepted"] * 3
    assert GuestList.objects.get().complete
    assert not any("AB12345" in guest.typed for guest in Guest.objects.all())
    buyer.get(reverse("checkout:guests_later", args=[order.token]))
    assert "The organiser has everything about your guests." in buyer.soup.text


def test_a_reservation_that_expired_is_made_again_and_has_what_was_typed(buyer, match, stadium):
    first = holds(buyer, match, 2)
    to_review(buyer)
    buyer.send(buyer.path, buyer.form("#guests-form"))
    stadium.control("expire")
    from baskets import holding

    holding.read(Basket.objects.get())
    line = Line.objects.get(hold__basket=first.basket)
    assert not line.counts
    buyer.get(reverse("baskets:detail"))
    buyer.send(reverse("baskets:retry", args=[line.pk]), {})
    assert any(one.counts for one in Line.objects.all()), buyer.soup.text
    order = to_review(buyer)
    assert buyer.path == reverse("checkout:guests", args=[order.token])
    typed = [one.get("value") for one in buyer.soup.select('.guest input[name$="_name"]')]
    assert typed == ["Ada", "O’Neill"]
    buyer.send(buyer.path, buyer.form("#guests-form"))
    assert buyer.path == reverse("checkout:review", args=[order.token])

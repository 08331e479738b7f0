"""Rows of an order that was paid to us, and what the payment company says of it, byte for byte as it is sent."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import responses
import stripe
from django.contrib.auth.models import Permission
from django.test import Client

from baskets.models import Basket
from catalog.models import Instance, Venue
from checkout.models import Booking, Order, OrderLine, Payment
from shop import clock
from shop.models import User

API = "https://api.stripe.com"
SECRET = "whsec_of_the_tests"
INTENT = "pi_1"
_numbers = iter(range(1, 1_000_000))


@pytest.fixture
def our_till(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[responses.RequestsMock]:
    """Our till with a test key; whatever is asked of it and was not laid out fails."""
    settings.STRIPE_SECRET_KEY, settings.STRIPE_PUBLISHABLE_KEY = (
        "sk_test_of_the_tests",
        "pk_test_of_the_tests",
    )
    settings.STRIPE_WEBHOOK_SECRETS, settings.STRIPE_API_BASE = [SECRET], API
    settings.STRIPE_MAX_RETRIES = 0
    monkeypatch.setattr(stripe.HTTPClient, "INITIAL_DELAY", 0)
    monkeypatch.setattr(stripe.HTTPClient, "MAX_DELAY", 0)
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


def paid_order(
    season: dict[str, Instance],
    *accounts: str,
    each: int = 3000,
    tickets: int = 3,
    intent: str = INTENT,
    status: str = Booking.Status.TICKETED,
    delivery: int = 0,
) -> Order:
    """Ada's order, a part for each account, three tickets each, paid to us in one payment."""
    now, n = clock.now(), next(_numbers)
    names = accounts or ("west-end",)
    part = each * tickets + delivery
    basket = Basket.objects.create(
        visitor=f"v{n}", currency="GBP", created_at=now, touched_at=now, status="converted"
    )
    order = Order.objects.create(
        number=f"FOY-T{n:05}", basket=basket, status=Order.Status.FULFILLED, currency="GBP",
        total_minor=part * len(names), first_name="Ada", last_name="Lovelace", email="ada@example.org",
        placed_at=now, paid_at=now,
    )  # fmt: skip
    for position, name in enumerate(names, 1):
        instance = season[name]
        booking = Booking.objects.create(
            order=order, account=instance.event.account, position=position, status=status, route="us",
            handle="h", reference=f"REF{n}", currency="GBP", tickets_minor=each * tickets, delivery_minor=delivery,
            total_minor=part, prepared_at=now, tickets_expected=tickets, tickets_ready=tickets, arrives="download",
        )  # fmt: skip
        OrderLine.objects.create(
            booking=booking, item_ref="i", instance=instance, venue=instance.event.venue,
            event_name=instance.event.name, venue_name=instance.event.venue.name, starts_at=instance.starts_at,
            area="Stalls", quantity=tickets, currency="GBP", price_minor=each * tickets,
            tickets=[{"ref": f"t{k}", "row": "F", "number": str(12 + k), "price": each} for k in range(tickets)],
            seats_text="Stalls F12, F13",
        )  # fmt: skip
    Payment.objects.create(
        order=order, route="us", status=Payment.Status.CAPTURED, currency="GBP", amount_minor=part * len(names),
        captured_minor=part * len(names), external_id=intent, charge_id="ch_1", begun_at=now, settled_at=now,
    )  # fmt: skip
    return order


def person(name: str, *venues: Venue, boss: bool = False, without: tuple[str, ...] = ()) -> Client:
    """A member of staff of these houses, signed in, who may do all that the admin of orders offers but `without`."""
    user = User.objects.create(username=name, is_staff=True, is_superuser=boss)
    rights = Permission.objects.filter(content_type__app_label="checkout")
    user.user_permissions.set(rights.exclude(codename__in=without))
    for venue in venues:
        venue.staff.add(user)
    client = Client()
    client.force_login(user)
    return client


def refund_body(number: int = 1, **changes: Any) -> dict[str, Any]:
    """A Refund object."""
    return {
        "id": f"re_{number}", "object": "refund", "amount": 3000, "currency": "gbp", "charge": "ch_1",
        "payment_intent": INTENT, "status": "succeeded", "reason": None, "created": int(clock.now().timestamp()),
        "metadata": {}, "failure_reason": None, **changes,
    }  # fmt: skip


def listed(*bodies: dict[str, Any], url: str = "/v1/refunds") -> dict[str, Any]:
    return {"object": "list", "data": list(bodies), "has_more": False, "url": url}


def refused(status: int = 400, *, kind: str = "invalid_request_error", code: str = "") -> dict[str, Any]:
    """Keyword arguments of an answer that says no."""
    return {"status": status, "json": {"error": {"type": kind, "code": code or None, "message": "No."}}}


def event(kind: str, about: dict[str, Any], number: int | str = 1, **changes: Any) -> dict[str, Any]:
    return {
        "id": f"evt_{number}", "object": "event", "api_version": stripe.api_version, "type": kind, "livemode": False,
        "created": int(clock.now().timestamp()), "data": {"object": about}, "pending_webhooks": 1,
        "request": {"id": "req_1", "idempotency_key": None}, **changes,
    }  # fmt: skip


def intent_body(metadata: dict[str, str] | None = None, **changes: Any) -> dict[str, Any]:
    return {
        "id": INTENT, "object": "payment_intent", "amount": 9000, "currency": "gbp", "status": "succeeded",
        "metadata": metadata or {}, **changes,
    }  # fmt: skip


def deliver(said: dict[str, Any] | bytes, *, secret: str = SECRET, header: str | None = None) -> Any:
    """Post an event as the payment company does; `header` instead of its own signature."""
    body = said if isinstance(said, bytes) else json.dumps(said).encode()
    if header is None:
        header = stripe.WebhookSignature.generate_signature_header(body.decode(), secret)
    extra = {"HTTP_STRIPE_SIGNATURE": header} if header else {}
    return Client(enforce_csrf_checks=True).post(
        "/checkout/webhooks/stripe/", body, content_type="application/json", **extra
    )

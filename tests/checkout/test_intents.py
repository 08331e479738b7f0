"""Attempts to pay, byte for byte as the payment company is asked and as it answers."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
import requests
import responses
import stripe
from responses.matchers import header_matcher, query_param_matcher, urlencoded_params_matcher

from checkout.payments import intents
from checkout.payments.base import (
    IntentState,
    TillMisconfigured,
    TillRefused,
    TillUnavailable,
    TillUnknown,
)
from shop.guards import CalledInsideTransaction
from shop.money import Money
from tests.checkout.till_rows import API

URL = f"{API}/v1/payment_intents"
SHOP = "http://testserver"


@pytest.fixture
def wire(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Our account with a test key; whatever is asked of it and was not laid out fails."""
    settings.STRIPE_SECRET_KEY, settings.STRIPE_API_BASE = "sk_test_of_the_tests", API
    settings.STRIPE_MAX_RETRIES = 0
    monkeypatch.setattr(stripe.HTTPClient, "INITIAL_DELAY", 0)
    monkeypatch.setattr(stripe.HTTPClient, "MAX_DELAY", 0)
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


def body(status: str = "requires_payment_method", **more: Any) -> dict[str, Any]:
    """A PaymentIntent as it is sent."""
    return {
        "id": "pi_1", "object": "payment_intent", "amount": 12000, "currency": "eur", "status": status,
        "capture_method": "manual", "client_secret": "pi_1_secret_x", "livemode": False, "amount_capturable": 0,
        "amount_received": 0, "latest_charge": None, "last_payment_error": None, "cancellation_reason": None,
        "metadata": {"shop": SHOP, "order": "FOY-7K3M9Q", "payment": "7"}, **more,
    }  # fmt: skip


def no(status: int, kind: str, code: str | None = None, **more: Any) -> dict[str, Any]:
    return {
        "status": status,
        "json": {"error": {"type": kind, "code": code, "message": "No. sk_test_x", **more}},
    }


def make() -> Any:
    return intents.create(
        key="payment-7-intent-1", amount=Money(12000, "EUR"), payment_id=7, order_number="FOY-7K3M9Q"
    )


def test_it_is_made_with_its_key_and_says_nothing_personal(wire: responses.RequestsMock) -> None:
    wire.post(
        URL,
        json=body(),
        match=[
            header_matcher({"Idempotency-Key": "payment-7-intent-1"}),
            urlencoded_params_matcher(
                {
                    "amount": "12000",
                    "currency": "eur",
                    "capture_method": "manual",
                    "automatic_payment_methods[enabled]": "true",
                    "description": "FOY-7K3M9Q",
                    "metadata[shop]": SHOP,
                    "metadata[order]": "FOY-7K3M9Q",
                    "metadata[payment]": "7",
                }
            ),
        ],
    )
    found = make()
    assert (found.id, found.state, found.amount) == ("pi_1", IntentState.NEEDS_CARD, Money(12000, "EUR"))
    assert (found.client_secret, found.payment_ref, found.live, found.manual) == (
        "pi_1_secret_x", "7", False, True,
    )  # fmt: skip


def test_without_authorising_first_the_money_is_taken_at_once(
    wire: responses.RequestsMock, settings: Any
) -> None:
    settings.STRIPE_AUTHORISE_FIRST = False
    wire.post(URL, json=body(capture_method="automatic"))
    assert make().manual is False
    sent = wire.calls[0].request.body
    assert "capture_method=automatic" in (sent if isinstance(sent, str) else bytes(sent or b"").decode())


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("requires_payment_method", IntentState.NEEDS_CARD),
        ("requires_confirmation", IntentState.NEEDS_CARD),
        ("requires_action", IntentState.NEEDS_BUYER),
        ("processing", IntentState.PROCESSING),
        ("requires_capture", IntentState.AUTHORISED),
        ("succeeded", IntentState.CAPTURED),
        ("canceled", IntentState.CANCELED),
    ],
)
def test_each_of_their_states_is_one_of_ours(
    wire: responses.RequestsMock, status: str, state: IntentState
) -> None:
    wire.get(f"{URL}/pi_1", json=body(status))
    assert intents.retrieve("pi_1").state == state


def test_a_state_that_nobody_knows_is_asked_for_again(wire: responses.RequestsMock) -> None:
    wire.get(f"{URL}/pi_1", json=body("requires_a_miracle"))
    with pytest.raises(TillUnavailable):
        intents.retrieve("pi_1")


def test_the_true_end_of_the_authorisation_is_read_from_its_charge(wire: responses.RequestsMock) -> None:
    until = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)
    charge = {
        "id": "ch_1", "object": "charge",
        "payment_method_details": {"type": "card", "card": {"capture_before": int(until.timestamp())}},
    }  # fmt: skip
    wire.get(
        f"{URL}/pi_1",
        json=body("requires_capture", latest_charge=charge, amount_capturable=12000),
        match=[query_param_matcher({"expand[0]": "latest_charge"})],
    )
    found = intents.retrieve("pi_1")
    assert (found.charge_id, found.capture_before, found.capturable) == ("ch_1", until, 12000)


@pytest.mark.parametrize(
    "charge",
    [None, "ch_1", {"id": "ch_1", "object": "charge", "payment_method_details": None},
     {"id": "ch_1", "object": "charge", "payment_method_details": {"type": "paypal", "paypal": {}}}],
)  # fmt: skip
def test_a_charge_without_a_card_has_no_end(wire: responses.RequestsMock, charge: Any) -> None:
    wire.get(f"{URL}/pi_1", json=body("succeeded", latest_charge=charge, amount_received=12000))
    found = intents.retrieve("pi_1")
    assert (found.capture_before, found.received) == (None, 12000)
    assert found.charge_id == ("ch_1" if charge else "")


def test_why_a_card_was_declined_is_a_code_and_words_for_the_buyer(wire: responses.RequestsMock) -> None:
    error = {
        "type": "card_error", "code": "card_declined", "decline_code": "insufficient_funds",
        "message": "Your card has insufficient funds.",
    }  # fmt: skip
    wire.get(f"{URL}/pi_1", json=body(last_payment_error=error))
    found = intents.retrieve("pi_1")
    assert (found.declined, found.declined_words) == (
        "insufficient_funds",
        "Your card has insufficient funds.",
    )


@pytest.mark.parametrize(
    "metadata", [{}, None, {"shop": "https://other.example.org", "payment": "7"}, {"payment": "7"}]
)
def test_what_another_shop_made_has_no_reference_of_ours(wire: responses.RequestsMock, metadata: Any) -> None:
    wire.get(f"{URL}/pi_1", json=body(metadata=metadata))
    assert intents.retrieve("pi_1").payment_ref == ""


def test_a_part_of_the_sum_is_taken_with_its_key(wire: responses.RequestsMock) -> None:
    wire.post(
        f"{URL}/pi_1/capture",
        json=body("succeeded", amount_received=8000),
        match=[
            header_matcher({"Idempotency-Key": "payment-7-capture-1"}),
            urlencoded_params_matcher({"amount_to_capture": "8000", "expand[0]": "latest_charge"}),
        ],
    )
    found = intents.capture("pi_1", key="payment-7-capture-1", minor=8000)
    assert (found.state, found.received) == (IntentState.CAPTURED, 8000)


def test_it_is_let_go_as_abandoned(wire: responses.RequestsMock) -> None:
    wire.post(
        f"{URL}/pi_1/cancel",
        json=body("canceled", cancellation_reason="abandoned"),
        match=[
            header_matcher({"Idempotency-Key": "payment-7-cancel-1"}),
            urlencoded_params_matcher({"cancellation_reason": "abandoned", "expand[0]": "latest_charge"}),
        ],
    )
    found = intents.cancel("pi_1", key="payment-7-cancel-1")
    assert (found.state, found.cancel_reason) == (IntentState.CANCELED, "abandoned")


# --- errors -------------------------------------------------------------------------------------------------


WRITES = [
    ("", lambda: make()),
    ("/pi_1/capture", lambda: intents.capture("pi_1", key="k", minor=1)),
    ("/pi_1/cancel", lambda: intents.cancel("pi_1", key="k")),
]


@pytest.mark.parametrize(("path", "do"), WRITES)
@pytest.mark.parametrize(
    "answer",
    [
        {"body": requests.exceptions.ReadTimeout()},
        {"body": requests.exceptions.ConnectionError()},
        no(500, "api_error"),
        {"status": 503, "body": "<html>"},
    ],
)
def test_a_write_without_an_answer_is_unknown(
    wire: responses.RequestsMock, path: str, do: Any, answer: dict[str, Any]
) -> None:
    wire.post(f"{URL}{path}", **answer)
    with pytest.raises(TillUnknown):
        do()


@pytest.mark.parametrize(
    "answer", [{"body": requests.exceptions.ReadTimeout()}, no(500, "api_error"), no(429, "rate_limit")]
)
def test_a_reading_without_an_answer_is_asked_again(
    wire: responses.RequestsMock, answer: dict[str, Any]
) -> None:
    wire.get(f"{URL}/pi_1", **answer)
    with pytest.raises(TillUnavailable):
        intents.retrieve("pi_1")


@pytest.mark.parametrize(("path", "do"), WRITES)
@pytest.mark.parametrize("code", ["payment_intent_unexpected_state", "charge_expired_for_capture"])
def test_a_no_carries_its_code_and_nothing_else(
    wire: responses.RequestsMock, path: str, do: Any, code: str
) -> None:
    wire.post(f"{URL}{path}", **no(400, "invalid_request_error", code))
    with pytest.raises(TillRefused) as error:
        do()
    assert error.value.code == code
    assert "sk_test" not in str(error.value)


def test_another_sum_under_the_same_key_is_a_mistake_of_ours(wire: responses.RequestsMock) -> None:
    wire.post(URL, **no(400, "idempotency_error"))
    with pytest.raises(TillRefused) as error:
        make()
    assert error.value.code == "idempotency"


@pytest.mark.parametrize("status", [401, 403])
def test_a_key_that_is_refused_is_for_the_operator(wire: responses.RequestsMock, status: int) -> None:
    wire.post(URL, **no(status, "invalid_request_error"))
    with pytest.raises(TillMisconfigured):
        make()


def test_an_answer_that_was_lost_is_asked_for_again_with_the_same_key(
    wire: responses.RequestsMock, settings: Any
) -> None:
    settings.STRIPE_MAX_RETRIES = 1
    wire.post(URL, body=requests.exceptions.ReadTimeout())
    wire.post(URL, json=body())
    assert make().id == "pi_1"
    assert [c.request.headers["Idempotency-Key"] for c in wire.calls] == ["payment-7-intent-1"] * 2


@pytest.mark.django_db
def test_nobody_is_asked_inside_a_transaction(wire: responses.RequestsMock) -> None:
    from django.db import transaction

    with transaction.atomic(), pytest.raises(CalledInsideTransaction):
        make()
    assert not wire.calls


@pytest.mark.parametrize(
    ("key", "live"), [("sk_live_x", True), ("rk_live_x", True), ("sk_test_x", False), ("rk_test_x", False)]
)
def test_the_mode_is_that_of_the_key(settings: Any, key: str, live: bool) -> None:
    settings.STRIPE_SECRET_KEY = key
    assert intents.is_live() is live

"""What a shop with an account of its own needs of the imitated Stripe, driven by the official library.

From Stripe's API reference ("Payment Intents", "Refunds", "Disputes", "Idempotent requests", "Webhook Endpoints") and
its documentation ("Place a hold on a payment method", "Test card numbers").
"""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
import requests
import stripe

from tests.standin.stripe_caller import ORIGIN, SECRET, Receiver, intent, pay, types

Control = Callable[..., Any]
CARD_FIRST = {"payment_method_options": {"card": {"capture_method": "manual"}}}


# Authorise first where that can be


def test_a_card_can_be_authorised_first_while_other_methods_are_taken_at_once(
    shop: stripe.StripeClient, control: Control
) -> None:
    made = intent(shop, **CARD_FIRST)
    assert set(made.payment_method_types) == {"card", "eps"}
    assert made.payment_method_options.card.capture_method == "manual"
    held = pay(shop, **CARD_FIRST)
    assert (held.status, held.amount_capturable) == ("requires_capture", 1500)
    assert shop.v1.payment_intents.capture(held.id).status == "succeeded"
    made = intent(shop, **CARD_FIRST)
    data = {"type": "eps", "billing_details": {"name": "Eva"}}
    asked = shop.v1.payment_intents.confirm(
        made.id, {"payment_method_data": data, "return_url": "https://shop.test/back"}
    )
    assert asked.next_action.type == "redirect_to_url"
    control(f"stripe/authenticate/{made.id}", passed=True)
    now = shop.v1.payment_intents.retrieve(made.id)
    assert (now.status, now.amount_received) == ("succeeded", 1500), "taken at once"


def test_a_method_that_cannot_be_authorised_is_not_offered_for_a_hold(shop: stripe.StripeClient) -> None:
    assert intent(shop, capture_method="manual").payment_method_types == ["card"]


def test_an_option_of_a_method_that_makes_no_sense_is_refused(shop: stripe.StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError):
        intent(shop, payment_method_options={"card": {"capture_method": "automatic"}})


def test_capture_before_is_seven_days_after_the_authorisation(shop: stripe.StripeClient) -> None:
    held = pay(shop, capture_method="manual")
    found = shop.v1.payment_intents.retrieve(held.id, {"expand": ["latest_charge"]})
    charge = found.latest_charge
    assert charge.payment_method_details.card.capture_before - charge.created == 7 * 24 * 3600


def test_an_authorisation_can_be_made_to_run_out_now(shop: stripe.StripeClient, control: Control) -> None:
    held = pay(shop, capture_method="manual")
    control(f"stripe/expire-authorisation/{held.id}")
    with pytest.raises(stripe.InvalidRequestError) as caught:
        shop.v1.payment_intents.capture(held.id)
    assert caught.value.code == "payment_intent_unexpected_state"
    assert caught.value.error.payment_intent.status == "canceled"
    assert types(shop)[-2:] == ["payment_intent.canceled", "charge.expired"]


def test_what_is_authorised_can_be_canceled_blindly_and_a_captured_intent_cannot(
    shop: stripe.StripeClient,
) -> None:
    held, taken = pay(shop, capture_method="manual"), pay(shop)
    assert shop.v1.payment_intents.cancel(held.id, {"cancellation_reason": "abandoned"}).status == "canceled"
    with pytest.raises(stripe.InvalidRequestError):
        shop.v1.payment_intents.cancel(taken.id)


# Refunds, disputes, warnings


@pytest.mark.parametrize("method", ["pm_card_pendingRefund", "pm_card_visa"])
def test_a_refund_can_fail_whether_it_waited_or_looked_done(
    shop: stripe.StripeClient, control: Control, http: requests.Session, method: str
) -> None:
    paid = pay(shop, method)
    made = shop.v1.refunds.create({"payment_intent": paid.id, "amount": 500})
    control(f"stripe/refunds/{made.id}", status="failed")
    failed = shop.v1.refunds.retrieve(made.id)
    assert (failed.status, failed.failure_reason) == ("failed", "lost_or_stolen_card")
    assert types(shop)[-2:] == ["refund.failed", "refund.updated"]
    (row,) = http.get(f"{ORIGIN}/_standin/books?world=stripe").json()["stripe"]["refunds"]
    assert (row["status"], row["amount"]) == ("failed", 500)
    assert shop.v1.refunds.create({"payment_intent": paid.id}).amount == 1500, "all of it is there again"


def test_a_payment_can_be_disputed_any_time_and_the_dispute_ends(
    shop: stripe.StripeClient, control: Control
) -> None:
    paid = pay(shop)
    dispute = control(f"stripe/dispute/{paid.id}", reason="product_not_received")["dispute"]["id"]
    assert shop.v1.disputes.retrieve(dispute).reason == "product_not_received"
    control(f"stripe/disputes/{dispute}/update")
    assert shop.v1.disputes.retrieve(dispute).status == "under_review"
    control(f"stripe/disputes/{dispute}/close", won=False)
    assert shop.v1.disputes.retrieve(dispute).status == "lost"
    assert types(shop)[-4:] == [
        "charge.dispute.created",
        "charge.dispute.funds_withdrawn",
        "charge.dispute.updated",
        "charge.dispute.closed",
    ]


def test_a_bank_may_warn_of_fraud_after_a_payment(shop: stripe.StripeClient) -> None:
    paid = pay(shop, "pm_card_createIssuerFraudRecord")
    assert paid.status == "succeeded"
    (warning,) = shop.v1.radar.early_fraud_warnings.list({"payment_intent": paid.id}).data
    assert (warning.charge, warning.actionable) == (paid.latest_charge, True)
    assert types(shop)[-1] == "radar.early_fraud_warning.created"


# Keys of repeated calls


def test_a_key_is_remembered_for_a_day_and_not_longer(shop: stripe.StripeClient, control: Control) -> None:
    params = {"amount": 1500, "currency": "eur"}
    first = shop.v1.payment_intents.create(params, {"idempotency_key": "order-1"})  # type: ignore[arg-type]
    control("clock", advance_seconds=23 * 3600)
    again = shop.v1.payment_intents.create(params, {"idempotency_key": "order-1"})  # type: ignore[arg-type]
    control("clock", advance_seconds=2 * 3600)
    later = shop.v1.payment_intents.create(params, {"idempotency_key": "order-1"})  # type: ignore[arg-type]
    assert (first.id == again.id, first.id == later.id) == (True, False)


def test_the_journal_names_the_key_of_every_call(shop: stripe.StripeClient, http: requests.Session) -> None:
    shop.v1.payment_intents.create(
        {"amount": 1500, "currency": "eur"}, {"idempotency_key": "payment-7-intent-1"}
    )
    (call,) = http.get(f"{ORIGIN}/_standin/journal?world=stripe&method=POST").json()["calls"]
    assert call["headers"]["Idempotency-Key"] == "payment-7-intent-1"


# A sign of life


def test_the_balance_says_its_mode_and_the_answer_says_the_time(
    client: Callable[..., stripe.StripeClient],
) -> None:
    for key in ("sk_test_foyer", "rk_test_foyer"):
        found = client(key).v1.balance.retrieve()
        assert found.livemode is False
        date = parsedate_to_datetime(found.last_response.headers["Date"])
        assert abs((datetime.now(UTC) - date).total_seconds()) < 60


def test_the_webhook_endpoint_is_listed_with_its_address_and_version(
    shop: stripe.StripeClient, receiver: Receiver, control: Control
) -> None:
    control("stripe/webhooks", events=["payment_intent.succeeded"])
    (endpoint,) = shop.v1.webhook_endpoints.list().data
    assert endpoint.url == f"http://127.0.0.1:{receiver.server_port}/hook"
    assert (endpoint.api_version, endpoint.status) == (stripe.api_version, "enabled")
    assert endpoint.enabled_events == ["payment_intent.succeeded"]
    assert shop.v1.webhook_endpoints.retrieve(endpoint.id).url == endpoint.url
    assert "secret" not in endpoint
    control("stripe/webhooks", url="")
    assert shop.v1.webhook_endpoints.list().data == []


def test_what_an_intent_says_can_be_made_untrue(shop: stripe.StripeClient, control: Control) -> None:
    paid = pay(shop)
    control(f"stripe/alter/{paid.id}", livemode=True, currency="gbp", amount_received=1)
    now = shop.v1.payment_intents.retrieve(paid.id)
    assert (now.livemode, now.currency, now.amount_received) == (True, "gbp", 1)


# Webhooks


def test_an_event_can_be_sent_once_more(
    shop: stripe.StripeClient, receiver: Receiver, control: Control
) -> None:
    intent(shop)
    receiver.wait_for(1)
    event = shop.v1.events.list().data[0].id
    assert control("stripe/webhooks/resend", event=event)["status"] == 200
    receiver.wait_for(2)
    assert len({shop.construct_event(body, header, SECRET).id for body, header in receiver.heard}) == 1


def test_a_delayed_event_arrives_when_its_time_has_come(
    shop: stripe.StripeClient, receiver: Receiver, control: Control
) -> None:
    control("stripe/webhooks", delay_seconds=3600)
    intent(shop)
    assert receiver.heard == []
    control("clock", advance_seconds=3700)
    receiver.wait_for(1)


def test_the_process_sends_its_events_where_it_was_told_at_the_start(
    start_standin: Callable[..., tuple[str, subprocess.Popen[str]]],
) -> None:
    server = Receiver()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}/checkout/webhooks/stripe/"
    try:
        origin, _ = start_standin("--stripe-webhook", url, "--stripe-webhook-secret", SECRET)
        settings = requests.get(f"{origin}/_standin/stripe/webhooks").json()["settings"]
        assert (settings["url"], settings["secret"]) == (url, SECRET)
        data = {"amount": "1500", "currency": "eur"}
        key = {"Authorization": "Bearer sk_test_foyer"}
        assert requests.post(f"{origin}/stripe/v1/payment_intents", data=data, headers=key).ok
        server.wait_for(1)
        stripe.StripeClient("sk_test_foyer").construct_event(*server.heard[0], SECRET)
    finally:
        server.shutdown()
        server.server_close()


def test_an_address_given_at_the_start_takes_the_place_of_one_from_before(
    start_standin: Callable[..., tuple[str, subprocess.Popen[str]]],
) -> None:
    origin, process = start_standin("--stripe-webhook", "http://127.0.0.1:1/old")
    requests.post(
        f"{origin}/_standin/stripe/webhooks", json={"url": "http://127.0.0.1:1/chosen", "copies": 2}
    )
    process.terminate()
    process.wait(15)
    origin, _ = start_standin("--stripe-webhook", "http://127.0.0.1:1/new")
    settings = requests.get(f"{origin}/_standin/stripe/webhooks").json()["settings"]
    assert (settings["url"], settings["copies"]) == ("http://127.0.0.1:1/new", 2)

"""The imitated Stripe, driven by the official library. Written from Stripe's API reference and test cards."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests
import stripe

from shop.standin.transport import StandinAdapter
from shop.standin.wsgi import Standin, make_app
from tests.standin.stripe_caller import ORIGIN, SECRET, Receiver, intent, pay, types

CARD = {
    "type": "card",
    "card": {"number": "4242424242424242", "exp_month": 12, "exp_year": 2040, "cvc": "123"},
}


# Creating and paying.


def test_an_intent_begins_with_nothing_received_and_a_secret_of_its_own(shop: stripe.StripeClient) -> None:
    made = intent(shop)
    assert made.status == "requires_payment_method"
    assert made.client_secret.startswith(f"{made.id}_secret_")
    assert (made.amount_received, made.amount_capturable, made.latest_charge) == (0, 0, None)
    assert made.livemode is False
    assert made.metadata.to_dict() == {"order": "7"}
    assert set(made.payment_method_types) == {"card", "eps"}


def test_a_good_card_pays_at_once_and_leaves_a_charge(shop: stripe.StripeClient) -> None:
    paid = pay(shop)
    assert (paid.status, paid.amount_received) == ("succeeded", 1500)
    again = shop.v1.payment_intents.retrieve(paid.id, {"expand": ["latest_charge"]})
    assert again.latest_charge.amount_captured == 1500
    assert again.latest_charge.payment_method_details.card.last4 == "4242"
    assert types(shop) == ["payment_intent.created", "charge.succeeded", "payment_intent.succeeded"]


def test_card_data_pays_as_a_ready_made_method_does(shop: stripe.StripeClient) -> None:
    made = intent(shop, allowed_payment_method_types=["card"])
    paid = shop.v1.payment_intents.confirm(made.id, {"payment_method_data": CARD})
    assert paid.status == "succeeded"


def test_create_and_confirm_in_one_call(shop: stripe.StripeClient) -> None:
    more = {"confirm": True, "payment_method": "pm_card_visa", "allowed_payment_method_types": ["card"]}
    assert intent(shop, **more).status == "succeeded"


@pytest.mark.parametrize(
    ("method", "code", "decline_code"),
    [
        ("pm_card_chargeDeclined", "card_declined", "generic_decline"),
        ("pm_card_chargeDeclinedInsufficientFunds", "card_declined", "insufficient_funds"),
        ("pm_card_chargeDeclinedExpiredCard", "expired_card", None),
        ("pm_card_chargeDeclinedIncorrectCvc", "incorrect_cvc", None),
        ("pm_card_chargeDeclinedProcessingError", "processing_error", None),
    ],
)
def test_a_declined_card_is_a_card_error_and_leaves_the_intent_payable(
    shop: stripe.StripeClient, method: str, code: str, decline_code: str | None
) -> None:
    made = intent(shop, allowed_payment_method_types=["card"])
    with pytest.raises(stripe.CardError) as caught:
        shop.v1.payment_intents.confirm(made.id, {"payment_method": method})
    error = caught.value
    assert (error.http_status, error.code) == (402, code)
    assert error.error.to_dict().get("decline_code") == decline_code
    assert error.error.payment_intent.id == made.id
    now = shop.v1.payment_intents.retrieve(made.id)
    assert now.status == "requires_payment_method"
    assert now.last_payment_error.code == code
    assert now.amount_received == 0
    assert "payment_intent.payment_failed" in types(shop)
    paid = shop.v1.payment_intents.confirm(made.id, {"payment_method": "pm_card_visa"})
    assert (paid.status, paid.last_payment_error) == ("succeeded", None)


def test_a_card_that_is_no_test_card_is_declined_and_a_mistyped_one_is_incorrect(
    shop: stripe.StripeClient,
) -> None:
    made = intent(shop, allowed_payment_method_types=["card"])
    for number, code in (("4539578763621486", "card_declined"), ("4242424242424241", "incorrect_number")):
        data = {"type": "card", "card": {**CARD["card"], "number": number}}  # type: ignore[dict-item]
        with pytest.raises(stripe.CardError) as caught:
            shop.v1.payment_intents.confirm(made.id, {"payment_method_data": data})
        assert caught.value.code == code


def test_a_paid_intent_can_neither_be_confirmed_nor_canceled(shop: stripe.StripeClient) -> None:
    paid = pay(shop)
    for call in (
        lambda: shop.v1.payment_intents.confirm(paid.id, {"payment_method": "pm_card_visa"}),
        lambda: shop.v1.payment_intents.cancel(paid.id),
        lambda: shop.v1.payment_intents.update(paid.id, {"amount": 900}),
    ):
        with pytest.raises(stripe.InvalidRequestError) as caught:
            call()
        assert caught.value.code == "payment_intent_unexpected_state"
        assert caught.value.error.payment_intent.status == "succeeded"
    assert len(shop.v1.charges.list({"payment_intent": paid.id}).data) == 1


def test_too_many_declines_end_the_intent(shop: stripe.StripeClient) -> None:
    made = intent(shop, allowed_payment_method_types=["card"])
    for _ in range(20):
        with pytest.raises(stripe.CardError):
            shop.v1.payment_intents.confirm(made.id, {"payment_method": "pm_card_chargeDeclined"})
    with pytest.raises(stripe.InvalidRequestError):
        shop.v1.payment_intents.confirm(made.id, {"payment_method": "pm_card_visa"})
    assert shop.v1.payment_intents.retrieve(made.id).status == "canceled"


# 3-D Secure and redirects.


def test_a_server_confirm_of_a_3ds_card_leads_to_the_bank_and_back(
    shop: stripe.StripeClient, http: requests.Session
) -> None:
    made = pay(shop, "pm_card_threeDSecure2Required")
    assert made.status == "requires_action"
    page = made.next_action.redirect_to_url.url
    shown = http.get(page)
    assert "Complete" in shown.text
    assert "Fail" in shown.text
    form = {"client_secret": made.client_secret, "answer": "complete", "back": "https://shop.test/back"}
    answer = http.post(page.partition("?")[0], data=form, allow_redirects=False)
    assert answer.status_code == 302
    assert answer.headers["Location"] == (
        f"https://shop.test/back?payment_intent={made.id}"
        f"&payment_intent_client_secret={made.client_secret}&redirect_status=succeeded"
    )
    assert shop.v1.payment_intents.retrieve(made.id).status == "succeeded"


def test_failing_the_bank_leaves_the_intent_payable(
    shop: stripe.StripeClient, control: Callable[..., Any]
) -> None:
    made = pay(shop, "pm_card_threeDSecure2Required")
    control(f"stripe/authenticate/{made.id}", passed=False)
    now = shop.v1.payment_intents.retrieve(made.id)
    assert now.status == "requires_payment_method"
    assert now.last_payment_error.code == "payment_intent_authentication_failure"
    assert now.amount_received == 0


def test_a_card_may_be_declined_after_the_bank_said_yes(
    shop: stripe.StripeClient, control: Callable[..., Any]
) -> None:
    made = pay(shop, "pm_card_threeDSecureRequiredChargeDeclined")
    control(f"stripe/authenticate/{made.id}", passed=True)
    assert shop.v1.payment_intents.retrieve(made.id).last_payment_error.code == "card_declined"


def test_the_banks_page_changes_nothing_once_the_intent_is_canceled(
    shop: stripe.StripeClient, http: requests.Session
) -> None:
    made = pay(shop, "pm_card_threeDSecure2Required")
    shop.v1.payment_intents.cancel(made.id, {"cancellation_reason": "abandoned"})
    answer = http.post(
        f"{ORIGIN}/stripe/3ds/{made.id}",
        data={"client_secret": made.client_secret, "answer": "complete", "frame": "1"},
    )
    assert answer.status_code == 200
    assert "data-done" in answer.text
    now = shop.v1.payment_intents.retrieve(made.id)
    assert (now.status, now.cancellation_reason, now.amount_received) == ("canceled", "abandoned", 0)


def test_the_banks_page_is_for_whoever_knows_the_secret(
    shop: stripe.StripeClient, http: requests.Session
) -> None:
    made = pay(shop, "pm_card_threeDSecure2Required")
    assert http.get(f"{ORIGIN}/stripe/3ds/{made.id}?client_secret=guess").status_code == 404


# Authorise, capture, cancel.


def test_manual_capture_takes_a_part_and_releases_the_rest(shop: stripe.StripeClient) -> None:
    held = pay(shop, capture_method="manual")
    assert (held.status, held.amount_capturable, held.amount_received) == ("requires_capture", 1500, 0)
    charge = shop.v1.charges.retrieve(held.latest_charge)
    assert charge.payment_method_details.card.capture_before > charge.created
    with pytest.raises(stripe.InvalidRequestError) as caught:
        shop.v1.payment_intents.capture(held.id, {"amount_to_capture": 1501})
    assert caught.value.code == "amount_too_large"
    taken = shop.v1.payment_intents.capture(held.id, {"amount_to_capture": 1100})
    assert (taken.status, taken.amount_received, taken.amount_capturable) == ("succeeded", 1100, 0)
    assert shop.v1.charges.retrieve(held.latest_charge).amount_refunded == 400


def test_a_held_amount_can_be_released(shop: stripe.StripeClient) -> None:
    held = pay(shop, capture_method="manual")
    gone = shop.v1.payment_intents.cancel(held.id, {"cancellation_reason": "requested_by_customer"})
    assert (gone.status, gone.amount_capturable) == ("canceled", 0)
    assert shop.v1.charges.retrieve(held.latest_charge).amount_refunded == 1500
    with pytest.raises(stripe.InvalidRequestError):
        shop.v1.payment_intents.capture(held.id)


def test_an_authorisation_that_nobody_captures_runs_out_after_seven_days(
    shop: stripe.StripeClient, control: Callable[..., Any]
) -> None:
    held = pay(shop, capture_method="manual")
    control("clock", advance_seconds=7 * 24 * 3600 - 60)
    assert shop.v1.payment_intents.retrieve(held.id).status == "requires_capture"
    control("clock", advance_seconds=120)
    now = shop.v1.payment_intents.retrieve(held.id)
    assert (now.status, now.cancellation_reason) == ("canceled", "automatic")
    assert types(shop)[-2:] == ["payment_intent.canceled", "charge.expired"]


# Refunds and disputes.


def test_refunds_stop_at_what_was_taken(shop: stripe.StripeClient) -> None:
    paid = pay(shop)
    first = shop.v1.refunds.create(
        {"payment_intent": paid.id, "amount": 400, "reason": "requested_by_customer"}
    )
    assert (first.status, first.amount) == ("succeeded", 400)
    with pytest.raises(stripe.InvalidRequestError) as caught:
        shop.v1.refunds.create({"payment_intent": paid.id, "amount": 1101})
    assert caught.value.code == "amount_too_large"
    assert shop.v1.refunds.create({"charge": paid.latest_charge}).amount == 1100
    with pytest.raises(stripe.InvalidRequestError) as caught:
        shop.v1.refunds.create({"payment_intent": paid.id})
    assert caught.value.code == "charge_already_refunded"
    assert [row.amount for row in shop.v1.refunds.list({"payment_intent": paid.id}).data] == [1100, 400]
    assert shop.v1.charges.retrieve(paid.latest_charge).refunded is True


def test_what_was_not_paid_cannot_be_refunded(shop: stripe.StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError):
        shop.v1.refunds.create({"payment_intent": intent(shop).id})


def test_some_refunds_stay_pending_and_some_fail_later(
    shop: stripe.StripeClient, control: Callable[..., Any]
) -> None:
    slow = shop.v1.refunds.create({"payment_intent": pay(shop, "pm_card_pendingRefund").id})
    bad = shop.v1.refunds.create({"payment_intent": pay(shop, "pm_card_refundFail").id})
    assert (slow.status, bad.status) == ("pending", "succeeded")
    control("clock", advance_seconds=90)
    assert shop.v1.refunds.retrieve(slow.id).status == "succeeded"
    failed = shop.v1.refunds.retrieve(bad.id)
    assert (failed.status, bool(failed.failure_reason)) == ("failed", True)
    assert "refund.failed" in types(shop)
    assert shop.v1.charges.retrieve(failed.charge).amount_refunded == 0


def test_a_disputed_payment_is_paid_and_then_disputed(shop: stripe.StripeClient) -> None:
    paid = pay(shop, "pm_card_createDispute")
    assert paid.status == "succeeded"
    (dispute,) = shop.v1.disputes.list({"payment_intent": paid.id}).data
    assert (dispute.reason, dispute.status, dispute.amount) == ("fraudulent", "needs_response", 1500)
    assert types(shop)[-2:] == ["charge.dispute.created", "charge.dispute.funds_withdrawn"]


# Keys, parameters, errors.


@pytest.mark.parametrize("key", ["sk_live_foyer", "rk_live_foyer", "secret", "pk_live_foyer"])
def test_only_test_keys_open_the_door(client: Callable[..., stripe.StripeClient], key: str) -> None:
    with pytest.raises(stripe.AuthenticationError) as caught:
        intent(client(key))
    assert caught.value.http_status == 401
    assert key not in str(caught.value)


def test_a_publishable_key_reads_and_confirms_only_with_the_secret_of_the_intent(
    shop: stripe.StripeClient, client: Callable[..., stripe.StripeClient]
) -> None:
    made = intent(shop, allowed_payment_method_types=["card"])
    browser = client("pk_test_foyer")
    with pytest.raises(stripe.AuthenticationError):
        intent(browser)
    with pytest.raises(stripe.InvalidRequestError):
        browser.v1.payment_intents.retrieve(made.id)
    with pytest.raises(stripe.InvalidRequestError):
        browser.v1.payment_intents.retrieve(made.id, {"client_secret": f"{made.id}_secret_guess"})
    seen = browser.v1.payment_intents.retrieve(made.id, {"client_secret": made.client_secret})
    assert seen.amount == 1500
    assert "metadata" not in seen
    assert "latest_charge" not in seen


def test_the_intent_of_another_account_does_not_exist_here(
    shop: stripe.StripeClient, client: Callable[..., stripe.StripeClient]
) -> None:
    theirs = intent(client("sk_test_tickethead_vendor"))
    with pytest.raises(stripe.InvalidRequestError) as caught:
        shop.v1.payment_intents.retrieve(theirs.id)
    assert (caught.value.http_status, caught.value.code) == (404, "resource_missing")


@pytest.mark.parametrize(
    ("params", "code", "param"),
    [
        ({"amount": 1500, "currency": "eur", "amonut": 1}, "parameter_unknown", "amonut"),
        ({"currency": "eur"}, "parameter_missing", "amount"),
        ({"amount": "12.50", "currency": "eur"}, "parameter_invalid_integer", "amount"),
        ({"amount": 20, "currency": "eur"}, "amount_too_small", "amount"),
        ({"amount": 100_000_000, "currency": "eur"}, "amount_too_large", "amount"),
        ({"amount": 1500, "currency": "xxx"}, None, "currency"),
        ({"amount": 1500, "currency": "eur", "capture_method": "later"}, None, "capture_method"),
    ],
)
def test_wrong_parameters_are_named(
    shop: stripe.StripeClient, params: dict[str, Any], code: str | None, param: str
) -> None:
    with pytest.raises(stripe.InvalidRequestError) as caught:
        shop.v1.payment_intents.create(params)  # type: ignore[arg-type]
    assert (caught.value.http_status, caught.value.code, caught.value.param) == (400, code, param)


def test_an_unknown_address_is_an_error_in_the_same_shape(http: requests.Session) -> None:
    answer = http.post(f"{ORIGIN}/stripe/v1/nothing", headers={"Authorization": "Bearer sk_test_x"})
    assert answer.status_code == 404
    assert answer.json()["error"]["type"] == "invalid_request_error"


def test_metadata_is_merged_and_an_empty_value_removes_its_key(shop: stripe.StripeClient) -> None:
    made = intent(shop)
    now = shop.v1.payment_intents.update(made.id, {"metadata": {"order": "", "part": "2"}})
    assert now.metadata.to_dict() == {"part": "2"}


# Idempotency.


def test_the_same_key_and_parameters_give_the_same_answer_once(
    shop: stripe.StripeClient, http: requests.Session
) -> None:
    params = {"amount": 1500, "currency": "eur"}
    first = shop.v1.payment_intents.create(params, {"idempotency_key": "order-1"})  # type: ignore[arg-type]
    again = shop.v1.payment_intents.create(params, {"idempotency_key": "order-1"})  # type: ignore[arg-type]
    assert first.id == again.id
    assert again.last_response.headers["Idempotent-Replayed"] == "true"
    assert len(shop.v1.payment_intents.list().data) == 1


def test_the_same_key_with_other_parameters_is_an_idempotency_error(shop: stripe.StripeClient) -> None:
    shop.v1.payment_intents.create({"amount": 1500, "currency": "eur"}, {"idempotency_key": "k"})
    with pytest.raises(stripe.IdempotencyError) as caught:
        shop.v1.payment_intents.create({"amount": 1600, "currency": "eur"}, {"idempotency_key": "k"})
    assert caught.value.http_status == 400


def test_refused_parameters_do_not_use_the_key_up_but_a_decline_does(shop: stripe.StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError):
        shop.v1.payment_intents.create({"amount": 1, "currency": "eur"}, {"idempotency_key": "a"})
    made = shop.v1.payment_intents.create(
        {"amount": 1500, "currency": "eur", "allowed_payment_method_types": ["card"]},
        {"idempotency_key": "a"},
    )
    for _ in range(2):
        with pytest.raises(stripe.CardError):
            shop.v1.payment_intents.confirm(
                made.id, {"payment_method": "pm_card_chargeDeclined"}, {"idempotency_key": "b"}
            )
    assert types(shop).count("payment_intent.payment_failed") == 1


def test_a_lost_answer_is_found_again_with_the_same_key(
    client: Callable[..., stripe.StripeClient], control: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stripe.HTTPClient, "INITIAL_DELAY", 0)
    monkeypatch.setattr(stripe.HTTPClient, "MAX_DELAY", 0)
    shop = client(max_network_retries=2)
    for kind in ({"kind": "lost_answer"}, {"kind": "lost_answer", "status": 500}):
        control("faults", world="stripe", match="POST /v1/payment_intents", **kind)
        intent(shop)
    assert len(shop.v1.payment_intents.list().data) == 2


def test_two_captures_at_once_with_one_key_take_the_money_once(
    app: Standin, shop: stripe.StripeClient, client: Callable[..., stripe.StripeClient]
) -> None:
    held = pay(shop, capture_method="manual")
    answers: list[Any] = []

    def take() -> None:
        session = requests.Session()
        session.mount(ORIGIN, StandinAdapter(app))
        one = stripe.StripeClient(
            "sk_test_foyer",
            base_addresses={"api": f"{ORIGIN}/stripe"},
            http_client=stripe.RequestsClient(session=session),
        )
        answers.append(one.v1.payment_intents.capture(held.id, options={"idempotency_key": "cap"}).status)

    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == ["succeeded"] * 4
    assert types(shop).count("payment_intent.succeeded") == 1


# Webhooks.


def test_events_arrive_signed_as_the_official_library_checks(
    shop: stripe.StripeClient, receiver: Receiver
) -> None:
    paid = pay(shop)
    receiver.wait_for(3)
    for body, header in receiver.heard:
        event = shop.construct_event(body, header, SECRET)
        assert event.api_version == stripe.api_version
        with pytest.raises(stripe.SignatureVerificationError):
            shop.construct_event(body.replace("1500", "1501"), header, SECRET)
    assert sorted(receiver.names()) == sorted(types(shop))
    done = next(json.loads(b) for b, _ in receiver.heard if "payment_intent.succeeded" in b)
    assert done["data"]["object"]["id"] == paid.id


def test_a_refused_delivery_comes_again_until_it_is_taken(
    shop: stripe.StripeClient, receiver: Receiver, control: Callable[..., Any], http: requests.Session
) -> None:
    receiver.statuses = [500, 503]
    intent(shop)
    receiver.wait_for(1)
    control("clock", advance_seconds=5)
    receiver.wait_for(2)
    control("clock", advance_seconds=30)
    receiver.wait_for(3)
    assert len({json.loads(body)["id"] for body, _ in receiver.heard}) == 1


def test_held_events_are_delivered_on_demand_and_last_first_if_wished(
    shop: stripe.StripeClient, receiver: Receiver, control: Callable[..., Any]
) -> None:
    control("stripe/webhooks", mode="hold")
    pay(shop)
    assert receiver.heard == []
    answer = control("stripe/webhooks/flush", reverse=True)
    assert [row["status"] for row in answer["delivered"]] == [200, 200, 200]
    assert receiver.names() == list(reversed(types(shop)))


def test_dropped_events_never_arrive_but_can_be_listed(
    shop: stripe.StripeClient, receiver: Receiver, control: Callable[..., Any]
) -> None:
    control("stripe/webhooks", mode="drop")
    pay(shop)
    control("stripe/webhooks/flush")
    assert receiver.heard == []
    missed = shop.v1.events.list({"delivery_success": False, "types": ["payment_intent.succeeded"]}).data
    assert [event.type for event in missed] == ["payment_intent.succeeded"]


def test_an_event_can_arrive_several_times_at_once(
    shop: stripe.StripeClient, receiver: Receiver, control: Callable[..., Any]
) -> None:
    control("stripe/webhooks", copies=4)
    intent(shop)
    receiver.wait_for(4)
    assert receiver.names() == ["payment_intent.created"] * 4


def test_events_of_the_other_account_do_not_reach_our_address(
    client: Callable[..., stripe.StripeClient], shop: stripe.StripeClient, receiver: Receiver
) -> None:
    intent(client("sk_test_tickethead_vendor"))
    ours = intent(shop)
    receiver.wait_for(1)
    assert [json.loads(body)["data"]["object"]["id"] for body, _ in receiver.heard] == [ours.id]


# State.


def test_the_money_is_still_there_after_a_restart(
    app: Standin, shop: stripe.StripeClient, http: requests.Session, tmp_path: Path
) -> None:
    paid = pay(shop)
    http.mount(ORIGIN, StandinAdapter(make_app(str(tmp_path / "standin.sqlite3"), ORIGIN)))
    assert shop.v1.payment_intents.retrieve(paid.id).status == "succeeded"
    (row,) = http.get(f"{ORIGIN}/_standin/books?world=stripe").json()["stripe"]["intents"]
    assert (row["amount_received"], row["refunded"], row["charges"]) == (1500, 0, 1)


def test_settling_from_the_control_page_pays_as_a_buyer_would(
    shop: stripe.StripeClient, control: Callable[..., Any]
) -> None:
    made = intent(shop)
    answer = control(f"stripe/settle/{made.id}", card="4000 0000 0000 0002")
    assert answer["error"]["decline_code"] == "generic_decline"
    answer = control(f"stripe/settle/{made.id}", card="4000000000003220", challenge="leave open")
    assert answer["payment_intent"]["status"] == "requires_action"
    assert control(f"stripe/settle/{made.id}")["payment_intent"]["status"] == "succeeded"


def test_card_numbers_and_codes_do_not_reach_the_journal(
    shop: stripe.StripeClient, http: requests.Session
) -> None:
    made = intent(shop, allowed_payment_method_types=["card"])
    data = {"type": "card", "card": {**CARD["card"], "cvc": "987"}}  # type: ignore[dict-item]
    shop.v1.payment_intents.confirm(made.id, {"payment_method_data": data})
    calls = http.get(f"{ORIGIN}/_standin/journal?world=stripe").json()["calls"]
    written = json.dumps(calls)
    assert "4242424242424242" not in written
    assert "987" not in "".join(call["body"] for call in calls)
    assert "sk_test_foyer" not in written


def test_scripts_and_frames_carry_what_a_page_of_another_origin_needs(http: requests.Session) -> None:
    script = http.get(f"{ORIGIN}/stripe/endive/stripe.js")
    assert script.headers["Content-Type"].startswith("text/javascript")
    assert script.headers["Access-Control-Allow-Origin"] == "*"
    frame = http.get(f"{ORIGIN}/stripe/element")
    assert "frame-ancestors *" in frame.headers["Content-Security-Policy"]
    assert "unsafe" not in frame.headers["Content-Security-Policy"]
    assert http.options(f"{ORIGIN}/stripe/v1/payment_intents").headers["Access-Control-Allow-Origin"] == "*"
    assert http.get(f"{ORIGIN}/stripe/static/..%2fstripe.py").status_code == 404

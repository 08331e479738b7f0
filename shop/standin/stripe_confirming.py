"""Confirming a payment intent: the card is tried, the bank asks, the money moves or does not.

Source: Stripe API reference, "Confirm a PaymentIntent"; Stripe documentation, "3D Secure authentication", "Declines".
"""

from __future__ import annotations

from typing import Any

from shop.standin import stripe_charges as charges
from shop.standin.stripe_cards import CARDS, card_error
from shop.standin.stripe_forms import StripeError, boolean, choice, refused
from shop.standin.stripe_intents import OPEN, by_hand, cancel, options_of, unexpected
from shop.standin.stripe_ledger import Ledger, new_id
from shop.standin.stripe_methods import card_behind, method_of

# "A variable upper limit on how many times a PaymentIntent can be confirmed"; the number is our reading.
CONFIRM_LIMIT = 20


def confirm(ledger: Ledger, intent_id: str, params: dict[str, Any], *, server: bool = True) -> dict[str, Any]:
    """The intent afterwards; a declined card raises a 402 that was recorded (``keep`` is set on it)."""
    body = ledger.get("payment_intent", intent_id)
    if body["status"] not in OPEN:
        done = {
            "succeeded": "it has already succeeded after being previously confirmed",
            "requires_capture": "it has already been authorized and is waiting for capture",
            "canceled": "it has a status of canceled",
        }
        raise unexpected(
            body,
            f"You cannot confirm this PaymentIntent because "
            f"{done.get(body['status'], 'it has a status of ' + body['status'])}.",
        )
    attempts = len(ledger.below(body["id"], "attempt"))
    if attempts >= CONFIRM_LIMIT:
        cancel(ledger, intent_id, {}, reason="automatic")
        raise _kept(
            unexpected(
                ledger.get("payment_intent", intent_id),
                "This PaymentIntent has been confirmed too many times and was canceled.",
            )
        )
    if "receipt_email" in params:
        body["receipt_email"] = params["receipt_email"]
    if "shipping" in params:
        body["shipping"] = params["shipping"]
    if "capture_method" in params:
        body["capture_method"] = choice(params, "capture_method", ("automatic", "automatic_async", "manual"))
    options_of(body, params)
    given = "payment_method" in params or "payment_method_data" in params
    if not given and body["payment_method"] is None:
        method_of(ledger, {}, body)
    try:
        method = (
            method_of(ledger, params, body) if given else ledger.get("payment_method", body["payment_method"])
        )
    except StripeError as error:
        if error.error["type"] == "card_error":
            ledger.add("attempt", {"id": new_id("att"), "created": ledger.timestamp}, parent=body["id"])
            raise _recorded(ledger, body, error) from None
        raise
    ledger.add("attempt", {"id": new_id("att"), "created": ledger.timestamp}, parent=body["id"])
    if method["type"] not in body["payment_method_types"]:
        raise refused(
            f"The PaymentMethod provided ({method['type']}) is not allowed for this PaymentIntent.",
            code="payment_intent_invalid_parameter",
            param="payment_method",
        )
    return_url = params.get("return_url")
    if (
        server
        and not return_url
        and body["automatic_payment_methods"]
        and "eps" in body["payment_method_types"]
    ):
        raise refused(
            "This PaymentIntent is configured to accept payment methods enabled in your Dashboard. Because some of "
            "these payment methods might redirect your customer off of your page, you must provide a "
            "`return_url`. If you don't want to accept redirect-based payment methods, set "
            "`automatic_payment_methods[enabled]` to `true` and `automatic_payment_methods[allow_redirects]` to "
            "`never` when creating Setup Intents and Payment Intents.",
            param="return_url",
        )
    body["payment_method"] = method["id"]
    body["last_payment_error"] = None
    body["next_action"] = None
    if method["type"] == "eps" or CARDS[card_behind(ledger, method)].challenge:
        if boolean(params, "error_on_requires_action"):
            return _fail(
                ledger,
                body,
                method,
                "authentication_required",
                None,
                "Your card was declined. This transaction requires authentication.",
            )
        in_page = boolean(params, "use_stripe_sdk") and ledger.setting("challenge") != "redirect"
        return _ask(ledger, body, method, return_url, in_page=in_page)
    return _pay(ledger, body, method)


def _ask(
    ledger: Ledger, body: dict[str, Any], method: dict[str, Any], return_url: str | None, *, in_page: bool
) -> dict[str, Any]:
    page = f"{ledger.origin}/stripe/3ds/{body['id']}?client_secret={body['client_secret']}"
    body["status"] = "requires_action"
    if in_page and method["type"] == "card":
        body["next_action"] = {
            "type": "use_stripe_sdk",
            "use_stripe_sdk": {
                "type": "three_d_secure_redirect",
                "stripe_js": page + "&frame=1",
                "source": new_id("src"),
            },
        }
    else:
        if not return_url:
            raise refused(
                "You must provide a `return_url` when confirming with a redirect-based payment method.",
                param="return_url",
                code="parameter_missing",
            )
        body["next_action"] = {
            "type": "redirect_to_url",
            "redirect_to_url": {"return_url": return_url, "url": page},
        }
    ledger.save(body)
    ledger.event("payment_intent.requires_action", body)
    return body


def authenticate(ledger: Ledger, intent_id: str, *, passed: bool) -> dict[str, Any]:
    """The buyer's bank has spoken. Does nothing when the intent no longer waits for it.

    A failed authentication or a decline after it are recorded on the intent, not raised.
    """
    body = ledger.get("payment_intent", intent_id)
    if body["status"] != "requires_action":
        return body
    method = ledger.get("payment_method", body["payment_method"])
    body["next_action"] = None
    try:
        if passed:
            return _pay(ledger, body, method)
        return _fail(
            ledger,
            body,
            method,
            "payment_intent_authentication_failure",
            None,
            "We are unable to authenticate your payment method. Please choose a different payment method "
            "and try again.",
            kind="invalid_request_error",
            charged=False,
        )
    except StripeError:
        return ledger.get("payment_intent", intent_id)


def _pay(ledger: Ledger, body: dict[str, Any], method: dict[str, Any]) -> dict[str, Any]:
    number = card_behind(ledger, method)
    card = CARDS.get(number)
    if card and card.decline:
        code, decline_code, message = card.decline
        return _fail(ledger, body, method, code, decline_code, message)
    manual = by_hand(body, method["type"])
    charge = charges.make(ledger, body, method, captured=not manual)
    body["latest_charge"] = charge["id"]
    body["next_action"] = None
    if manual:
        body["status"] = "requires_capture"
        body["amount_capturable"] = body["amount"]
        ledger.save(body)
        ledger.event("charge.succeeded", charge)
        ledger.event("payment_intent.amount_capturable_updated", body)
        ledger.later("expire_authorisation", body["id"], charges.AUTHORISED_SECONDS)
        return body
    body["status"] = "succeeded"
    body["amount_received"] = body["amount"]
    ledger.save(body)
    ledger.event("charge.succeeded", charge)
    ledger.event("payment_intent.succeeded", body)
    if card and card.dispute:
        charges.dispute(ledger, charge, card.dispute)
    if card and card.warned:
        charges.warn_of_fraud(ledger, charge)
    return body


def _kept(error: StripeError) -> StripeError:
    """Mark an error whose traces on the intent must stay."""
    error.keep = True
    return error


def _fail(
    ledger: Ledger,
    body: dict[str, Any],
    method: dict[str, Any],
    code: str,
    decline_code: str | None,
    message: str,
    *,
    kind: str = "card_error",
    charged: bool = True,
) -> dict[str, Any]:
    """Record a refusal on the intent, then raise it as a 402 (400 for a failed authentication)."""
    error = card_error(code, message, decline_code=decline_code)
    error.error["type"] = kind
    if charged:
        charge = charges.make(ledger, body, method, captured=False, failure=(code, decline_code, message))
        body["latest_charge"] = charge["id"]
        error.error["charge"] = charge["id"]
        ledger.event("charge.failed", charge)
    error.error["payment_method"] = method
    raise _recorded(ledger, body, error)


def _recorded(ledger: Ledger, body: dict[str, Any], error: StripeError) -> StripeError:
    """The same error, with its traces on the intent."""
    body["status"] = "requires_payment_method"
    body["payment_method"] = None
    body["next_action"] = None
    body["last_payment_error"] = dict(error.error)
    ledger.save(body)
    ledger.event("payment_intent.payment_failed", body)
    error.error["payment_intent"] = body
    return _kept(error)

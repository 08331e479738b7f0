"""Payment intents: create, update, capture, cancel.

Source: Stripe API reference, "Payment Intents"; Stripe documentation, "How PaymentIntents work", "Place a hold
on a payment method". Amounts are minor units.
"""

from __future__ import annotations

from typing import Any

from shop.standin import stripe_charges as charges
from shop.standin.stripe_forms import (
    StripeError,
    check_amount,
    choice,
    currency,
    integer,
    metadata,
    refused,
)
from shop.standin.stripe_ledger import Ledger, new_id
from shop.standin.stripe_methods import method_of

METHODS = ("card", "eps")
OPEN = {"requires_payment_method", "requires_confirmation", "requires_action"}


def create(ledger: Ledger, params: dict[str, Any]) -> dict[str, Any]:
    code = currency(params)
    amount = integer(params, "amount") or 0
    check_amount(amount, code)
    automatic = params.get("automatic_payment_methods")
    allowed = _methods(params, "allowed_payment_method_types")
    excluded = _methods(params, "excluded_payment_method_types")
    capture = choice(params, "capture_method", ("automatic", "automatic_async", "manual"), "automatic_async")
    body: dict[str, Any] = {
        "id": new_id("pi"),
        "object": "payment_intent",
        "amount": amount,
        "amount_capturable": 0,
        "amount_details": {"tip": {}},
        "amount_received": 0,
        "application": None,
        "application_fee_amount": None,
        "allowed_payment_method_types": allowed,
        "automatic_payment_methods": {"allow_redirects": _redirects(automatic), "enabled": True},
        "canceled_at": None,
        "cancellation_reason": None,
        "capture_method": capture,
        "client_secret": "",
        "confirmation_method": choice(params, "confirmation_method", ("automatic", "manual"), "automatic"),
        "created": ledger.timestamp,
        "currency": code,
        "customer": params.get("customer"),
        "description": params.get("description"),
        "excluded_payment_method_types": excluded,
        "last_payment_error": None,
        "latest_charge": None,
        "livemode": False,
        "metadata": metadata(params.get("metadata")),
        "next_action": None,
        "on_behalf_of": params.get("on_behalf_of"),
        "payment_method": None,
        "payment_method_configuration_details": None,
        "payment_method_options": {
            "card": {
                "installments": None,
                "mandate_options": None,
                "network": None,
                "request_three_d_secure": "automatic",
            }
        },
        "payment_method_types": [],
        "processing": None,
        "receipt_email": params.get("receipt_email"),
        "review": None,
        "setup_future_usage": params.get("setup_future_usage"),
        "shipping": params.get("shipping"),
        "source": None,
        "statement_descriptor": params.get("statement_descriptor"),
        "statement_descriptor_suffix": params.get("statement_descriptor_suffix"),
        "status": "requires_payment_method",
        "transfer_data": None,
        "transfer_group": params.get("transfer_group"),
    }
    options_of(body, params)
    body["payment_method_types"] = _compatible(body)
    _check_statement(params)
    secret = new_id("secret").removeprefix("secret_")
    body["client_secret"] = f"{body['id']}_secret_{secret}"
    method = method_of(ledger, params, body) if "payment_method" in params else None
    if method is not None:
        body["payment_method"] = method["id"]
        body["status"] = "requires_confirmation"
    ledger.add("payment_intent", body)
    ledger.event("payment_intent.created", body)
    return body


def options_of(body: dict[str, Any], params: dict[str, Any]) -> None:
    """Merge ``payment_method_options`` into the intent: what is asked of one method only, such as that a card is
    authorised first while all others are taken at once."""
    given = params.get("payment_method_options")
    if given is None:
        return
    if not isinstance(given, dict):
        raise refused("Invalid hash", param="payment_method_options")
    for kind, options in given.items():
        if not isinstance(options, dict):
            raise refused("Invalid hash", param=f"payment_method_options[{kind}]")
        if options.get("capture_method") not in (None, "", "manual"):
            raise refused(
                "Invalid capture_method: must be one of manual",
                param=f"payment_method_options[{kind}][capture_method]",
            )
        merged = {**body["payment_method_options"].get(kind, {}), **options}
        body["payment_method_options"][kind] = {name: value for name, value in merged.items() if value != ""}


def by_hand(body: dict[str, Any], kind: str) -> bool:
    """Whether that method is authorised first: as is said for it, or for the whole intent."""
    own = (body["payment_method_options"].get(kind) or {}).get("capture_method")
    return (own or body["capture_method"]) == "manual"


def _redirects(automatic: Any) -> str:
    return str(automatic.get("allow_redirects", "always")) if isinstance(automatic, dict) else "always"


def _methods(params: dict[str, Any], name: str) -> list[str] | None:
    given = params.get(name)
    if given is None or given == "":
        return None
    if not isinstance(given, list) or not all(isinstance(each, str) for each in given):
        raise refused("Invalid array", param=name)
    return list(given)


def _compatible(body: dict[str, Any]) -> list[str]:
    """What may pay this intent: the activated methods, less what its parameters rule out."""
    allowed = body["allowed_payment_method_types"]
    excluded = body["excluded_payment_method_types"] or ()
    automatic = body["automatic_payment_methods"] or {}
    found = [name for name in METHODS if (allowed is None or name in allowed) and name not in excluded]
    redirects = automatic.get("allow_redirects") != "never"
    if body["currency"] != "eur" or body["capture_method"] == "manual" or not redirects:
        found = [name for name in found if name != "eps"]
    if not found:
        raise refused(
            "No valid payment method types for this Payment Intent. Please ensure that you have activated payment "
            "methods compatible with your chosen currency in your dashboard, and that the parameters allow one.",
            code="payment_intent_invalid_parameter",
        )
    return found


def _check_statement(params: dict[str, Any]) -> None:
    suffix = params.get("statement_descriptor_suffix")
    if suffix and len(suffix) > 22:
        raise refused(
            "The statement descriptor suffix must be at most 22 characters.",
            param="statement_descriptor_suffix",
        )


def update(ledger: Ledger, intent_id: str, params: dict[str, Any]) -> dict[str, Any]:
    body = ledger.get("payment_intent", intent_id)
    only_notes = set(params) <= {"metadata", "description", "receipt_email", "shipping", "expand"}
    if body["status"] not in OPEN and not (only_notes and body["status"] != "canceled"):
        raise unexpected(
            body,
            "This PaymentIntent's {} could not be updated because it has a status of {}.".format(
                next(iter(params), "parameters"), body["status"]
            ),
        )
    if "currency" in params:
        body["currency"] = currency(params)
    if "amount" in params:
        body["amount"] = integer(params, "amount") or 0
    check_amount(body["amount"], body["currency"])
    if "capture_method" in params:
        body["capture_method"] = choice(params, "capture_method", ("automatic", "automatic_async", "manual"))
    for name in ("allowed_payment_method_types", "excluded_payment_method_types"):
        if name in params:
            body[name] = _methods(params, name)
    options_of(body, params)
    body["payment_method_types"] = _compatible(body)
    _check_statement(params)
    for name in ("description", "receipt_email", "shipping", "statement_descriptor_suffix", "transfer_group"):
        if name in params:
            body[name] = params[name] or None
    body["metadata"] = metadata(params.get("metadata"), body["metadata"])
    if "payment_method" in params:
        method = method_of(ledger, params, body)
        body["payment_method"] = method["id"]
        if body["status"] == "requires_payment_method":
            body["status"] = "requires_confirmation"
    return ledger.save(body)


def unexpected(body: dict[str, Any], message: str) -> StripeError:
    return StripeError(400, message, code="payment_intent_unexpected_state", payment_intent=body)


def capture(ledger: Ledger, intent_id: str, params: dict[str, Any]) -> dict[str, Any]:
    body = ledger.get("payment_intent", intent_id)
    if body["status"] != "requires_capture":
        raise unexpected(
            body,
            "This PaymentIntent could not be captured because it has a status of "
            f"{body['status']}. Only a PaymentIntent with one of the following statuses may be "
            "captured: requires_capture.",
        )
    if params.get("final_capture") == "false":
        raise refused("This account is not eligible for the requested card features.", param="final_capture")
    amount = integer(params, "amount_to_capture")
    amount = body["amount_capturable"] if amount is None else amount
    if amount < 1:
        raise refused("Invalid positive integer", param="amount_to_capture", code="parameter_invalid_integer")
    if amount > body["amount_capturable"]:
        raise StripeError(
            400,
            "The amount to capture is greater than the amount you can capture.",
            code="amount_too_large",
            param="amount_to_capture",
        )
    body["metadata"] = metadata(params.get("metadata"), body["metadata"])
    charge = charges.capture(ledger, body["latest_charge"], amount)
    body["status"] = "succeeded"
    body["amount_received"] = amount
    body["amount_capturable"] = 0
    ledger.save(body)
    ledger.event("charge.captured", charge)
    ledger.event("payment_intent.succeeded", body)
    return body


def cancel(
    ledger: Ledger, intent_id: str, params: dict[str, Any], *, reason: str | None = None
) -> dict[str, Any]:
    body = ledger.get("payment_intent", intent_id)
    reasons = ("duplicate", "fraudulent", "requested_by_customer", "abandoned")
    reason = reason or choice(params, "cancellation_reason", reasons)
    if body["status"] not in OPEN | {"requires_capture", "processing"}:
        raise unexpected(
            body,
            f"You cannot cancel this PaymentIntent because it has a status of {body['status']}. "
            "Only a PaymentIntent with one of the following statuses may be canceled: "
            "requires_payment_method, requires_capture, requires_confirmation, requires_action, "
            "processing.",
        )
    if body["status"] == "requires_capture":
        charges.release(ledger, body["latest_charge"])
    body["status"] = "canceled"
    body["canceled_at"] = ledger.timestamp
    body["cancellation_reason"] = reason
    body["amount_capturable"] = 0
    body["next_action"] = None
    ledger.save(body)
    ledger.event("payment_intent.canceled", body)
    return body


def expire_authorisation(ledger: Ledger, intent_id: str) -> None:
    """An authorisation that nobody captured in time: the money is released, the intent canceled."""
    body = ledger.find("payment_intent", intent_id)
    if body is None or body["status"] != "requires_capture":
        return
    charge = ledger.get("charge", body["latest_charge"])
    cancel(ledger, intent_id, {}, reason="automatic")
    ledger.event("charge.expired", charge)

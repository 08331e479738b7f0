"""Payment methods: what a request names or describes, and which test card stands behind it."""

from __future__ import annotations

from typing import Any

from shop.standin.stripe_cards import CARDS, READY, check_card
from shop.standin.stripe_forms import refused
from shop.standin.stripe_ledger import Ledger, new_id


def method_of(ledger: Ledger, params: dict[str, Any], intent: dict[str, Any]) -> dict[str, Any]:
    """The payment method that a request names or describes. Raises what a wrong one gets."""
    named = params.get("payment_method")
    if named:
        if named in READY:
            return _card_method(ledger, READY[named], 12, ledger.now.year + 1, params)
        return ledger.get("payment_method", str(named), param="payment_method")
    data = params.get("payment_method_data")
    if isinstance(data, dict):
        kind = data.get("type")
        if kind not in intent["payment_method_types"]:
            raise refused(
                f"The PaymentMethod provided ({kind}) is not allowed for this PaymentIntent. Please attach a "
                "PaymentMethod of one of the following types: "
                + ", ".join(intent["payment_method_types"])
                + ".",
                param="payment_method_data[type]",
                code="payment_intent_invalid_parameter",
            )
        if kind == "eps":
            return _add_method(ledger, "eps", {"bank": None}, data)
        card = data.get("card")
        if isinstance(card, dict):
            number, month, year = check_card(card, ledger.now)
            return _card_method(ledger, number, month, year, data)
    raise refused(
        "You cannot confirm this PaymentIntent because it's missing a payment method. You can either update the "
        "PaymentIntent with a payment method and then confirm it again, or confirm it again directly with a "
        "payment method or ConfirmationToken.",
        code="payment_intent_unexpected_state",
    )


def _card_method(ledger: Ledger, number: str, month: int, year: int, data: dict[str, Any]) -> dict[str, Any]:
    card = CARDS[number]
    details = {
        "brand": card.brand,
        "checks": {"address_line1_check": None, "address_postal_code_check": None, "cvc_check": "pass"},
        "country": card.country,
        "display_brand": card.brand,
        "exp_month": month,
        "exp_year": year,
        "fingerprint": "standin" + number[-4:],
        "funding": "credit",
        "last4": number[-4:],
        "networks": {"available": [card.brand], "preferred": None},
        "three_d_secure_usage": {"supported": True},
        "wallet": None,
    }
    return _add_method(ledger, "card", details, data, number=number)


def _add_method(
    ledger: Ledger, kind: str, details: dict[str, Any], data: dict[str, Any], *, number: str = ""
) -> dict[str, Any]:
    billing = data.get("billing_details") if isinstance(data.get("billing_details"), dict) else {}
    assert isinstance(billing, dict)
    body = {
        "id": new_id("pm"),
        "object": "payment_method",
        "billing_details": {
            "address": billing.get("address")
            or dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state")),
            "email": billing.get("email"),
            "name": billing.get("name"),
            "phone": billing.get("phone"),
        },
        "created": ledger.timestamp,
        "customer": None,
        "livemode": False,
        "metadata": {},
        "type": kind,
        kind: details,
    }
    # Only test cards get this far; which one it was decides what happens, so the number stays with the parent.
    ledger.add("payment_method", body, parent=number)
    return body


def card_behind(ledger: Ledger, method: dict[str, Any]) -> str:
    row = ledger.connection.execute(
        "SELECT parent FROM stripe_objects WHERE id = ?", (method["id"],)
    ).fetchone()
    return str(row["parent"])

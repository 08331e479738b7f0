"""Attempts to pay through our own till: make one, read it, take what was authorised, let it go.

Stripe, "The PaymentIntent object", "Place a hold on a payment method", "Idempotent requests". Whoever makes or changes
one names the key of what is meant: the same key again is the same intent, capture or cancel, for a day at least.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import stripe
from django.conf import settings

from checkout.payments import marks
from checkout.payments.base import Intent, IntentState, TillUnavailable
from checkout.payments.client import asking, client
from shop.money import Money

STATES = {
    "requires_payment_method": IntentState.NEEDS_CARD,
    "requires_confirmation": IntentState.NEEDS_CARD,
    "requires_action": IntentState.NEEDS_BUYER,
    "processing": IntentState.PROCESSING,
    "requires_capture": IntentState.AUTHORISED,
    "succeeded": IntentState.CAPTURED,
    "canceled": IntentState.CANCELED,
}
EXPAND = ["latest_charge"]  # it knows until when the bank keeps the money for us
ABANDONED = "abandoned"
UNEXPECTED_STATE = "payment_intent_unexpected_state"  # of a refusal: it is not as we thought, read it again
ALREADY_CAPTURED = "charge_already_captured"
TOO_LATE = "charge_expired_for_capture"


def is_live() -> bool:
    """Whether our key moves real money."""
    return settings.STRIPE_SECRET_KEY.startswith(("sk_live_", "rk_live_"))


def capture_method() -> str:
    """For the browser's form and for the intent: both must say the same."""
    return "manual" if settings.STRIPE_AUTHORISE_FIRST else "automatic"


def create(*, key: str, amount: Money, payment_id: int, order_number: str) -> Intent:
    """A new attempt for this sum; with a key that was used before, the same one again.

    Raises TillRefused (nothing was made), TillUnknown, TillUnavailable, TillMisconfigured.
    """
    params: dict[str, Any] = {
        "amount": amount.minor,
        "currency": amount.currency.lower(),
        "capture_method": capture_method(),
        "automatic_payment_methods": {"enabled": True},
        "description": order_number,
        "metadata": marks.of_payment(payment_id, order_number),
    }
    with asking(writes=True):
        return _intent(client().v1.payment_intents.create(params, {"idempotency_key": key}))  # type: ignore[arg-type]


def retrieve(intent_id: str) -> Intent:
    """As it stands now. Raises TillUnavailable, TillRefused (`resource_missing`: not of this account)."""
    with asking(writes=False):
        return _intent(client().v1.payment_intents.retrieve(intent_id, {"expand": EXPAND}))  # type: ignore[typeddict-item]


def capture(intent_id: str, *, key: str, minor: int) -> Intent:
    """Take so much of what was authorised; the rest is let go. Once only.

    Raises TillRefused (UNEXPECTED_STATE, TOO_LATE ...), TillUnknown (the same key again), TillUnavailable.
    """
    with asking(writes=True):
        return _intent(
            client(patient=True).v1.payment_intents.capture(
                intent_id, {"amount_to_capture": minor, "expand": EXPAND}, {"idempotency_key": key}
            )
        )


def cancel(intent_id: str, *, key: str) -> Intent:
    """Let it go: nothing is taken, what was authorised goes back. Raises as `capture` does."""
    with asking(writes=True):
        return _intent(
            client(patient=True).v1.payment_intents.cancel(
                intent_id, {"cancellation_reason": ABANDONED, "expand": EXPAND}, {"idempotency_key": key}
            )
        )


def _intent(found: stripe.PaymentIntent) -> Intent:
    raw = found.to_dict()
    state = STATES.get(raw["status"])
    if state is None:  # nothing is built on a state that nobody knows: it is asked again
        raise TillUnavailable(f"unknown state {str(raw['status'])[:40]}")
    charge = raw.get("latest_charge")
    charge = charge if isinstance(charge, Mapping) else {"id": charge or ""}
    card = (charge.get("payment_method_details") or {}).get("card") or {}
    until = card.get("capture_before")
    error = raw.get("last_payment_error") or {}
    return Intent(
        id=raw["id"],
        state=state,
        amount=Money(int(raw["amount"]), raw["currency"].upper()),
        live=bool(raw["livemode"]),
        payment_ref=marks.payment_ref(raw.get("metadata")),
        manual=raw.get("capture_method") == "manual",
        client_secret=raw.get("client_secret") or "",
        capturable=int(raw.get("amount_capturable") or 0),
        received=int(raw.get("amount_received") or 0),
        charge_id=charge.get("id") or "",
        capture_before=datetime.fromtimestamp(until, UTC) if until else None,
        declined=str(error.get("decline_code") or error.get("code") or "")[:60],
        declined_words=str(error.get("message") or "") if error.get("type") == "card_error" else "",
        cancel_reason=raw.get("cancellation_reason") or "",
    )

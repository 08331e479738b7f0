"""Charges, refunds and disputes.

Source: Stripe API reference, "Charges", "Refunds", "Disputes"; Stripe documentation, "Refund and cancel
payments", "Test card numbers" (refunds and disputes).
"""

from __future__ import annotations

from typing import Any

from shop.standin.stripe_cards import CARDS
from shop.standin.stripe_forms import StripeError, choice, in_words, integer, metadata, refused
from shop.standin.stripe_ledger import Ledger, new_id

# Card not present, the customer acting: seven days.
AUTHORISED_SECONDS = 7 * 24 * 3600
# How long a refund that does not settle at once stays as it is. Real ones take days.
REFUND_SECONDS = 60


def make(
    ledger: Ledger,
    intent: dict[str, Any],
    method: dict[str, Any],
    *,
    captured: bool,
    failure: tuple[str, str | None, str] | None = None,
) -> dict[str, Any]:
    """One try to take the intent's amount; ``failure`` is code, decline code, sentence."""
    details: dict[str, Any] = {"type": method["type"], method["type"]: dict(method[method["type"]])}
    if method["type"] == "card":
        details["card"].pop("networks", None)
        details["card"]["network"] = details["card"]["brand"]
        details["card"]["amount_authorized"] = None if failure else intent["amount"]
        if not captured and not failure:
            details["card"]["capture_before"] = ledger.timestamp + AUTHORISED_SECONDS
    outcome = (
        {
            "network_status": "declined_by_network",
            "reason": failure[1] or failure[0],
            "risk_level": "normal",
            "seller_message": "The bank did not return any further details with this decline.",
            "type": "issuer_declined",
        }
        if failure
        else {
            "network_status": "approved_by_network",
            "reason": None,
            "risk_level": "normal",
            "seller_message": "Payment complete.",
            "type": "authorized",
        }
    )
    body = {
        "id": new_id("ch"),
        "object": "charge",
        "amount": intent["amount"],
        "amount_captured": intent["amount"] if captured else 0,
        "amount_refunded": 0,
        "balance_transaction": new_id("txn") if captured else None,
        "billing_details": method["billing_details"],
        "captured": captured,
        "created": ledger.timestamp,
        "currency": intent["currency"],
        "customer": intent["customer"],
        "description": intent["description"],
        "disputed": False,
        "failure_code": failure[0] if failure else None,
        "failure_message": failure[2] if failure else None,
        "livemode": False,
        "metadata": dict(intent["metadata"]),
        "outcome": outcome,
        "paid": failure is None,
        "payment_intent": intent["id"],
        "payment_method": method["id"],
        "payment_method_details": details,
        "receipt_email": intent["receipt_email"],
        "receipt_url": None,
        "refunded": False,
        "shipping": intent["shipping"],
        "status": "failed" if failure else "succeeded",
    }
    return ledger.add("charge", body, parent=intent["id"])


def capture(ledger: Ledger, charge_id: str, amount: int) -> dict[str, Any]:
    """Take ``amount`` of an authorisation; the rest is released and shows as refunded on the charge."""
    body = ledger.get("charge", charge_id)
    body["captured"] = True
    body["amount_captured"] = amount
    body["amount_refunded"] = body["amount"] - amount
    body["balance_transaction"] = new_id("txn")
    return ledger.save(body)


def release(ledger: Ledger, charge_id: str) -> dict[str, Any]:
    body = ledger.get("charge", charge_id)
    body["amount_refunded"] = body["amount"]
    body["refunded"] = True
    ledger.save(body)
    ledger.event("charge.refunded", body)
    return body


def refund(ledger: Ledger, params: dict[str, Any]) -> dict[str, Any]:
    if ("charge" in params) == ("payment_intent" in params):
        raise refused(
            "One of the following params should be provided for this request: payment_intent or charge."
        )
    reason = choice(params, "reason", ("duplicate", "fraudulent", "requested_by_customer"))
    amount = integer(params, "amount")
    notes = metadata(params.get("metadata"))
    charge = _refundable(ledger, params)
    left = charge["amount_captured"] - _refunded(ledger, charge)
    if left <= 0:
        raise StripeError(
            400, f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded"
        )
    amount = left if amount is None else amount
    if amount < 1:
        raise refused("Invalid positive integer", param="amount", code="parameter_invalid_integer")
    if amount > left:
        code = charge["currency"]
        raise StripeError(
            400,
            f"Refund amount ({in_words(amount, code)}) is greater than unrefunded amount on "
            f"charge ({in_words(left, code)})",
            code="amount_too_large",
            param="amount",
        )
    card = _card_of(ledger, charge)
    pending = card is not None and card.refund == "pending"
    body: dict[str, Any] = {
        "id": new_id("re"),
        "object": "refund",
        "amount": amount,
        "balance_transaction": new_id("txn"),
        "charge": charge["id"],
        "created": ledger.timestamp,
        "currency": charge["currency"],
        "destination_details": {"type": charge["payment_method_details"]["type"]},
        "metadata": notes,
        "payment_intent": charge["payment_intent"],
        "reason": reason,
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": "pending" if pending else "succeeded",
        "transfer_reversal": None,
    }
    ledger.add("refund", body, parent=charge["id"])
    _sum_up(ledger, charge)
    ledger.event("refund.created", body)
    ledger.event("charge.refunded", charge)
    if pending:
        ledger.later("refund_succeeds", body["id"], REFUND_SECONDS)
    elif card is not None and card.refund == "fails_later":
        ledger.later("refund_fails", body["id"], REFUND_SECONDS)
    return body


def _refundable(ledger: Ledger, params: dict[str, Any]) -> dict[str, Any]:
    if "charge" in params:
        charge = ledger.get("charge", str(params["charge"]), param="charge")
        if charge["status"] != "succeeded" or not charge["captured"]:
            raise StripeError(
                400,
                f"Charge {charge['id']} has not been captured or did not succeed.",
                code="charge_not_refundable",
                param="charge",
            )
        return charge
    intent = ledger.get("payment_intent", str(params["payment_intent"]))
    if intent["status"] != "succeeded" or not intent["latest_charge"]:
        raise StripeError(
            400,
            f"This PaymentIntent ({intent['id']}) does not have a successful charge to refund.",
            code="payment_intent_unexpected_state",
            payment_intent=intent,
        )
    return ledger.get("charge", intent["latest_charge"])


def _refunded(ledger: Ledger, charge: dict[str, Any]) -> int:
    return sum(
        row["amount"]
        for row in ledger.below(charge["id"], "refund")
        if row["status"] in {"succeeded", "pending"}
    )


def _sum_up(ledger: Ledger, charge: dict[str, Any]) -> None:
    released = charge["amount"] - charge["amount_captured"]
    charge["amount_refunded"] = released + _refunded(ledger, charge)
    charge["refunded"] = charge["amount_refunded"] == charge["amount"]
    ledger.save(charge)


def _card_of(ledger: Ledger, charge: dict[str, Any]) -> Any:
    row = ledger.connection.execute(
        "SELECT parent FROM stripe_objects WHERE id = ?", (charge["payment_method"],)
    ).fetchone()
    return CARDS.get(row["parent"]) if row else None


def update_refund(ledger: Ledger, refund_id: str, params: dict[str, Any]) -> dict[str, Any]:
    body = ledger.get("refund", refund_id)
    body["metadata"] = metadata(params.get("metadata"), body["metadata"])
    ledger.save(body)
    ledger.event("refund.updated", body)
    return body


def refund_succeeds(ledger: Ledger, refund_id: str) -> None:
    body = ledger.find("refund", refund_id)
    if body is not None and body["status"] == "pending":
        body["status"] = "succeeded"
        ledger.save(body)
        ledger.event("refund.updated", body)


def refund_fails(ledger: Ledger, refund_id: str) -> None:
    """The bank sends the money back: the refund fails although it had looked done."""
    body = ledger.find("refund", refund_id)
    if body is None or body["status"] not in {"succeeded", "pending"}:
        return
    body["status"] = "failed"
    body["failure_reason"] = "lost_or_stolen_card"
    body["failure_balance_transaction"] = new_id("txn")
    ledger.save(body)
    charge = ledger.get("charge", body["charge"])
    _sum_up(ledger, charge)
    ledger.event("refund.failed", body)
    ledger.event("refund.updated", body)


def dispute(ledger: Ledger, charge: dict[str, Any], reason: str) -> dict[str, Any]:
    charge["disputed"] = True
    ledger.save(charge)
    body = {
        "id": new_id("du"),
        "object": "dispute",
        "amount": charge["amount"],
        "balance_transactions": [],
        "charge": charge["id"],
        "created": ledger.timestamp,
        "currency": charge["currency"],
        "evidence": {},
        "evidence_details": {
            "due_by": ledger.timestamp + 10 * 24 * 3600,
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
        },
        "is_charge_refundable": False,
        "livemode": False,
        "metadata": {},
        "payment_intent": charge["payment_intent"],
        "reason": reason,
        "status": "needs_response",
    }
    ledger.add("dispute", body, parent=charge["id"])
    ledger.event("charge.dispute.created", body)
    ledger.event("charge.dispute.funds_withdrawn", body)
    return body


def update_dispute(ledger: Ledger, dispute_id: str) -> dict[str, Any]:
    """The shop's evidence is being looked at."""
    body = ledger.get("dispute", dispute_id)
    body["status"] = "under_review"
    body["evidence_details"] = {**body["evidence_details"], "has_evidence": True, "submission_count": 1}
    ledger.save(body)
    ledger.event("charge.dispute.updated", body)
    return body


def warn_of_fraud(ledger: Ledger, charge: dict[str, Any]) -> dict[str, Any]:
    body = {
        "id": new_id("issfr"),
        "object": "radar.early_fraud_warning",
        "actionable": True,
        "charge": charge["id"],
        "created": ledger.timestamp,
        "fraud_type": "made_with_stolen_card",
        "livemode": False,
        "payment_intent": charge["payment_intent"],
    }
    ledger.add("early_fraud_warning", body, parent=charge["id"])
    ledger.event("radar.early_fraud_warning.created", body)
    return body


def close_dispute(ledger: Ledger, dispute_id: str, *, won: bool) -> dict[str, Any]:
    body = ledger.get("dispute", dispute_id)
    body["status"] = "won" if won else "lost"
    ledger.save(body)
    if won:
        ledger.event("charge.dispute.funds_reinstated", body)
    ledger.event("charge.dispute.closed", body)
    return body

"""Giving money back: make a refund, read one, list those of a payment.

Stripe, "Refunds", "The Refund object" and "Idempotent requests". A refund can still fail days after it was accepted.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from checkout.payments import marks
from checkout.payments.base import RefundSeen, RefundState, TillRefused
from checkout.payments.client import asking, client
from shop.money import Money

STATES = {
    "pending": RefundState.PENDING,
    "succeeded": RefundState.SUCCEEDED,
    "failed": RefundState.FAILED,
    "canceled": RefundState.CANCELED,
    "requires_action": RefundState.NEEDS_ACTION,
}
# their words for ours; others are kept in our own row alone
REASONS = {"duplicate": "duplicate", "buyer": "requested_by_customer"}
MOST = 200


def make(*, key: str, intent_id: str, minor: int, metadata: dict[str, str], reason: str) -> RefundSeen:
    """Ask for it. `key` is the idempotency key: the same one again is the same refund, for a day at least.

    Raises TillRefused (nothing was given back), TillUnavailable (nothing was done), TillUnknown.
    """
    params: dict[str, Any] = {"payment_intent": intent_id, "amount": minor, "metadata": metadata}
    if reason in REASONS:
        params["reason"] = REASONS[reason]
    with asking(writes=True):
        made = client(patient=True).v1.refunds.create(params, {"idempotency_key": key})  # type: ignore[arg-type]
        return _seen(made.to_dict())


def read(refund_id: str) -> RefundSeen | None:
    """As it stands now; None where there is no such refund. Raises TillError."""
    try:
        with asking(writes=False):
            return _seen(client(patient=True).v1.refunds.retrieve(refund_id).to_dict())
    except TillRefused as error:
        if error.code == "resource_missing":
            return None
        raise


def of_intent(intent_id: str) -> list[RefundSeen]:
    """All refunds of one payment, wherever they were made. Raises TillError."""
    found: list[RefundSeen] = []
    with asking(writes=False):
        page = client(patient=True).v1.refunds.list({"payment_intent": intent_id, "limit": 100})
        for refund in page.auto_paging_iter():
            found.append(_seen(refund.to_dict()))
            if len(found) >= MOST:
                break
    return found


def _seen(refund: Mapping[str, Any]) -> RefundSeen:
    intent = refund.get("payment_intent")
    return RefundSeen(
        id=refund["id"],
        state=STATES.get(refund.get("status") or "", RefundState.PENDING),  # a word we do not know is no end
        amount=Money(refund["amount"], refund["currency"].upper()),
        intent_id=str((intent["id"] if isinstance(intent, Mapping) else intent) or ""),
        refund_ref=marks.refund_ref(refund.get("metadata")),
        failure=str(refund.get("failure_reason") or ""),
        made_at=datetime.fromtimestamp(refund["created"], UTC) if refund.get("created") else None,
    )

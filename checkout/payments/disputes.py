"""A buyer's bank takes a payment back, or asks about it: read afresh, never from a message.

Stripe, "Disputes", "The Dispute object".
"""

from __future__ import annotations

from dataclasses import dataclass

from checkout.payments.base import TillRefused
from checkout.payments.client import asking, client
from shop.money import Money

OVER_FOR_US = frozenset(
    {"won", "warning_closed", "prevented"}
)  # the money is ours, nothing is asked any more


@dataclass(frozen=True, slots=True)
class DisputeSeen:
    """`status` is theirs: needs_response, under_review, won, lost, and the same with warning_ before a dispute."""

    id: str
    status: str
    amount: Money
    intent_id: str
    why: str  # their code: fraudulent, product_not_received ...

    @property
    def is_open(self) -> bool:
        return self.status not in OVER_FOR_US

    @property
    def is_lost(self) -> bool:
        return self.status == "lost"


def read(dispute_id: str) -> DisputeSeen | None:
    """As it stands now; None where there is no such dispute. Raises TillError."""
    try:
        with asking(writes=False):
            found = client(patient=True).v1.disputes.retrieve(dispute_id).to_dict()
    except TillRefused as error:
        if error.code == "resource_missing":
            return None
        raise
    intent = found.get("payment_intent")
    return DisputeSeen(
        id=found["id"],
        status=found["status"],
        amount=Money(found["amount"], found["currency"].upper()),
        intent_id=str((intent["id"] if isinstance(intent, dict) else intent) or ""),
        why=str(found.get("reason") or ""),
    )

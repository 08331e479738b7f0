"""Every attempt to pay that this shop ever made, as the payment company lists them. Stripe, "List all PaymentIntents"."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from checkout.payments import marks
from checkout.payments.client import asking, client
from shop.money import Money


@dataclass(frozen=True, slots=True)
class Listed:
    """`status` is theirs; `received` what was taken, `capturable` what is authorised, in minor units."""

    id: str
    status: str
    amount: Money
    received: int
    capturable: int
    payment_ref: str
    order_number: str
    made_at: datetime


def since(moment: datetime) -> list[Listed]:
    """Those of this shop, the oldest first. Raises TillError."""
    found = []
    with asking(writes=False):
        page = client(patient=True).v1.payment_intents.list(
            {"created": {"gte": int(moment.timestamp())}, "limit": 100}
        )
        for intent in page.auto_paging_iter():
            raw = intent.to_dict()
            ours = marks.payment_ref(raw.get("metadata"))
            if ours:
                found.append(
                    Listed(
                        id=raw["id"],
                        status=str(raw["status"]),
                        amount=Money(int(raw["amount"]), raw["currency"].upper()),
                        received=int(raw.get("amount_received") or 0),
                        capturable=int(raw.get("amount_capturable") or 0),
                        payment_ref=ours,
                        order_number=str(raw["metadata"].get("order") or ""),
                        made_at=datetime.fromtimestamp(raw["created"], UTC),
                    )
                )
    return found[::-1]

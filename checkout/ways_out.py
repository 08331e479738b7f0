"""What a page with one payment of several says of the others, and the ways out of it."""

from __future__ import annotations

from typing import Any

from checkout import pay_steps
from checkout.models import Order, Payment
from checkout.showing import OrderShown, PartShown

P = Payment.Status


def ways_out(order: Order, shown: OrderShown, part: PartShown, *, kind: str = "pay") -> dict[str, Any]:
    """`pay_steps`, `number` and `count` of this one; `lost`: what is not to be had any more; and what the buyer may do.

    `can_leave_out`: go on without this part; `can_drop`: back to the basket at no cost, as long as nothing is booked;
    `reserved`: what is on hold on the card for us meanwhile, `received` what was taken at once.
    """
    steps = pay_steps.of(shown, part)
    payment = shown.to_us
    held = payment if payment is not None and payment.status == P.AUTHORISED else None
    taken = payment if payment is not None and payment.status == P.CAPTURED else None
    alone = [p for p in shown.parts if p.ours and not p.done and not p.lost] if part.ours else [part]
    others = [p for p in shown.parts if p not in alone and not p.lost]
    asked = bool(shown.done or held or taken or kind != "pay")
    return {
        "pay_steps": steps,
        **pay_steps.place_of(steps, part.booking),
        "lost": [p for p in shown.lost if p.booking.prepared_at is not None],
        "can_leave_out": asked and bool(others) and len(alone) == 1,
        "can_drop": not shown.done,
        "reserved": held,
        "received": taken if not shown.done else None,
    }

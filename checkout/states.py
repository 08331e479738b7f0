"""What may follow what, and the one way to change it: compare-and-swap with a line of history.

Nobody sets a status by hand. `move` changes a row only where it still stands as we read it, so a repeated
message, a second tab or a second worker changes nothing, on SQLite as on PostgreSQL.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import transaction

from checkout.models import Booking, HistoryEntry, Mail, Order, Payment, Refund
from shop import clock

O, B, P = Order.Status, Booking.Status, Payment.Status  # noqa: E741

ALLOWED: dict[type, dict[str, frozenset[str]]] = {
    Order: {
        O.PLACED: frozenset({O.PAYING, O.EXPIRED, O.CANCELLED, O.ATTENTION}),
        O.PAYING: frozenset({O.PLACED, O.PAID, O.EXPIRED, O.CANCELLED, O.ATTENTION, O.REFUNDED}),
        O.PAID: frozenset({O.FULFILLED, O.REFUNDED, O.ATTENTION}),
        O.FULFILLED: frozenset({O.PAID, O.REFUNDED, O.ATTENTION}),
        O.EXPIRED: frozenset({O.PAYING, O.ATTENTION}),
        O.CANCELLED: frozenset({O.PAYING, O.ATTENTION}),
        O.ATTENTION: frozenset({O.PAID, O.REFUNDED, O.CANCELLED, O.EXPIRED, O.PAYING}),
        O.REFUNDED: frozenset(),
    },
    Booking: {
        B.HELD: frozenset({B.PREPARED, B.BOOKED, B.UNCERTAIN, B.LAPSED, B.REFUSED, B.REFUNDED}),
        B.PREPARED: frozenset({B.CONFIRMING, B.BOOKED, B.UNCERTAIN, B.LAPSED, B.REFUSED, B.REFUNDED}),
        B.CONFIRMING: frozenset({B.PREPARED, B.REFUSED, B.UNCERTAIN, B.BOOKED}),
        B.UNCERTAIN: frozenset({B.BOOKED, B.REFUSED, B.PREPARED, B.LAPSED, B.REFUNDED}),
        B.BOOKED: frozenset({B.TICKETED, B.REFUNDED}),
        B.TICKETED: frozenset({B.REFUNDED, B.BOOKED}),
        B.REFUSED: frozenset({B.HELD, B.BOOKED, B.UNCERTAIN, B.REFUNDED}),
        B.LAPSED: frozenset({B.HELD, B.BOOKED, B.UNCERTAIN, B.REFUNDED}),
        B.REFUNDED: frozenset(),
    },
    Payment: {
        P.BEGUN: frozenset({P.AUTHORISED, P.CAPTURED, P.FAILED, P.EXPIRED, P.REFUNDED}),
        P.AUTHORISED: frozenset({P.CAPTURED, P.RELEASED}),
        P.CAPTURED: frozenset({P.REFUNDED}),
        P.FAILED: frozenset({P.BEGUN, P.CAPTURED, P.EXPIRED, P.REFUNDED}),
        P.EXPIRED: frozenset({P.CAPTURED, P.REFUNDED}),
        P.RELEASED: frozenset(),
        P.REFUNDED: frozenset({P.CAPTURED}),  # a refund that failed after all
    },
}


class NotAllowed(Exception):
    """A move that the table does not know: a mistake of ours, never of a buyer."""


def move(row: Order | Booking | Payment, to: str, *, because: str, actor: str = "", **fields: Any) -> bool:
    """Bring a row from the status it was read with to another; True where we were the one who did.

    `fields` change in the same statement. False: somebody was quicker; the row is read afresh and nothing
    was written. Raises NotAllowed for a move outside the table.
    """
    kind, was = type(row), row.status
    if to not in ALLOWED[kind][was]:
        raise NotAllowed(f"{kind.__name__} {row.pk}: {was} -> {to}")
    with transaction.atomic():
        if not kind._default_manager.filter(pk=row.pk, status=was).update(status=to, **fields):
            won = False
        else:
            won = True
            note(row, was=was, became=to, because=because, actor=actor)
    if not won:
        row.refresh_from_db()
        return False
    row.status = to
    for name, value in fields.items():
        setattr(row, name, value)
    return True


def can(row: Order | Booking | Payment, to: str) -> bool:
    return to in ALLOWED[type(row)][row.status]


def note(
    row: Order | Booking | Payment,
    *,
    because: str,
    was: str = "",
    became: str = "",
    actor: str = "",
    subject: str = "",
    refund: Refund | None = None,
) -> None:
    """One line of history. `refund`: the one it tells of."""
    HistoryEntry.objects.create(
        order_id=row.pk if isinstance(row, Order) else row.order_id,
        booking=row if isinstance(row, Booking) else getattr(row, "booking", None),
        payment=row if isinstance(row, Payment) else None,
        refund=refund,
        at=clock.now(),
        subject=subject or type(row).__name__.lower(),
        was=was,
        became=became,
        because=because[:200],
        actor=actor[:100],
    )


def call_staff(order: Order, reason: str, *, actor: str = "", stop: bool = False) -> None:
    """A person should look at this order: shown on top of the admin, one mail to staff for each reason.

    `reason` is a code of `checkout.words.REASONS`. `stop`: the order can go no further by itself.
    """
    with transaction.atomic():
        fresh = Order.objects.filter(pk=order.pk).exclude(attention_reason=reason)
        if fresh.update(attention_reason=reason, attention_at=clock.now()):
            note(order, because=f"staff called: {reason}", actor=actor, subject="staff")
            if settings.STAFF_EMAILS:
                Mail.objects.get_or_create(
                    order=order,
                    kind=f"staff-{reason}"[:40],
                    attempt=1,
                    defaults={"queued_at": clock.now(), "due_at": clock.now()},
                )
        order.refresh_from_db()
        if stop and can(order, Order.Status.ATTENTION):
            move(order, Order.Status.ATTENTION, because=reason, actor=actor)

"""The rows of our own till: which parts it is paid for, and the payment that pays them. Nobody is asked here."""

from __future__ import annotations

from django.db.models import F

from checkout import following
from checkout.models import Booking, Order, Payment

US = following.US
LIVE = following.LIVE_PAYMENT
UNPAID = (Booking.Status.HELD, Booking.Status.PREPARED)
CLAIM_SECONDS = 120  # longer than any one call; prolonged from part to part


def parts(order: Order) -> list[Booking]:
    """The parts that our own till pays for."""
    return list(order.bookings.filter(route=US).select_related("order", "account").order_by("position"))


def payment_of(order: Order) -> Payment | None:
    """The newest payment to us, whatever became of it."""
    return order.payments.filter(route=US).order_by("-pk").first()


def other_key(payment: Payment) -> None:
    """A refusal is kept with its key for a day: what is asked next, read afresh before, has another."""
    Payment.objects.filter(pk=payment.pk).update(attempt=F("attempt") + 1)
    payment.attempt += 1


def claim_of(payment_id: int) -> str:
    """Whoever reads, makes or changes the intent of a payment holds this claim."""
    return f"till:{payment_id}"

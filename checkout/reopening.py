"""After a backup was brought back: whatever waited then is looked at afresh, at its provider and at the payment company."""

from __future__ import annotations

from django.db import transaction

from baskets.models import Basket, Hold
from checkout import following, inbox
from checkout.models import Booking, InboxMessage, Order, Payment, Refund
from checkout.watching import OPEN
from shop import clock
from shop.models import Claim, RateBudget

GOING = (Refund.Status.ASKED, Refund.Status.PENDING, Refund.Status.NEEDS_ACTION)


def look_afresh() -> dict[str, int]:
    """Make everything that is not decided due now, and forget who was at it. What -> how many rows."""
    now = clock.now()
    with transaction.atomic():
        Claim.objects.all().delete()  # their owners are on another machine, or dead
        RateBudget.objects.all().delete()
        return {
            "orders": Order.objects.filter(status__in=(Order.Status.PLACED, Order.Status.PAYING)).update(
                due_at=now
            ),
            "bookings": Booking.objects.filter(status__in=OPEN, prepared_at__isnull=False).update(due_at=now),
            "tickets to fetch": Booking.objects.filter(documents_due_at__isnull=False).update(
                documents_due_at=now
            ),
            "payments": Payment.objects.filter(status__in=following.LIVE_PAYMENT).update(due_at=now),
            "refunds": Refund.objects.filter(status__in=GOING).update(due_at=now),
            "messages": InboxMessage.objects.filter(state__in=inbox.WAITING, payment__isnull=False).update(
                due_at=now
            ),
            "holds": Hold.objects.filter(basket__status=Basket.Status.OPEN)
            .exclude(state=Hold.State.CLOSED)
            .exclude(handle="")
            .update(due_at=now),
        }

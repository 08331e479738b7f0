"""After a backup was brought back: whatever waited then is looked at afresh, at its provider and at the payment company.

Parts that our own till pays for are looked for in the box office's books before anything else: one that stands here as
ready to be booked may have been booked since, and a box office that refuses to book it again would give back the money of
tickets that are there. So each of them counts as one whose answer was lost: found, it is booked; not there for a while, it
is not booked and its money is let go; a box office that cannot be asked leaves it to a person.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from baskets.models import Basket, Hold
from checkout import following, inbox
from checkout.models import Booking, InboxMessage, Order, Payment, Refund
from checkout.our_till import US
from checkout.states import move
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
            "parts to be looked for": _in_doubt(now),
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


def _in_doubt(now: datetime) -> int:
    """What would be booked as soon as its money is seen: ours is not to book it twice."""
    ready = Booking.objects.filter(status=Booking.Status.PREPARED, route=US, prepared_at__isnull=False)
    because = "a backup was brought back: it may have been booked since"
    return sum(
        move(booking, Booking.Status.UNCERTAIN, because=because, actor="restore", unproven_since=now)
        for booking in ready.select_related("order")
    )

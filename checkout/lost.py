"""Payments of this shop that the payment company knows and this database does not: bought after a backup that was restored."""

from __future__ import annotations

from datetime import datetime

from checkout.models import Payment
from checkout.payments import listing
from checkout.payments.listing import Listed


def payments(since: datetime) -> list[Listed]:
    """The oldest first. By what is written into them: our payment's id and the number of its order. Raises TillError."""
    found = listing.since(since)
    known = dict(
        Payment.objects.filter(
            pk__in={int(one.payment_ref) for one in found if one.payment_ref.isdigit()}
        ).values_list("pk", "order__number")
    )
    return [
        one
        for one in found
        if not one.payment_ref.isdigit() or known.get(int(one.payment_ref)) != one.order_number
    ]

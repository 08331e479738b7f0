"""What a part costs this buyer, asked between details and review where a provider's prices depend on it.

So the sum on the review is the one that is charged: a member pays the members' price, a delivery costs what it costs.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import cast

from django.db import transaction

from baskets import holding
from baskets.models import Hold
from checkout import placing
from checkout.asking import answers_for, ask
from checkout.models import Booking, Order
from shop import claims, clock
from shop.calls import recording
from shop.providers import registry
from shop.providers.base import QuotingDesk
from shop.providers.errors import DetailsRejected, Misconfigured, ProviderError
from shop.providers.types import Details

log = logging.getLogger(__name__)


def quote(order: Order, bookings: Iterable[Booking]) -> tuple[Booking, DetailsRejected] | None:
    """Ask for each part whose details are complete. What the provider says against the details, and of which part.

    Anything else that goes wrong stops nobody here: the part is prepared, and its sum compared, before anything is
    charged. Calls providers: never inside a transaction.
    """
    for booking in bookings:
        try:
            if booking.details_at is not None and registry.provider(booking.account.name).capabilities.quotes:
                _quote(order, booking)
        except DetailsRejected as error:
            Booking.objects.filter(pk=booking.pk).update(details_at=None)
            return booking, error
        except (ProviderError, Misconfigured, claims.Taken) as error:
            log.info("part %s: its price could not be asked: %s", booking.pk, type(error).__name__)
    return None


def _quote(order: Order, booking: Booking) -> None:
    def keep(handle: str) -> None:
        with transaction.atomic():
            Booking.objects.filter(pk=booking.pk).update(handle=handle)
            Hold.objects.filter(pk=booking.hold_id).update(handle=handle)
        booking.handle = handle

    (part,) = ask(order, [booking])
    details = Details(
        reference=f"{order.number}-{booking.position}",
        answers=answers_for(part, placing.buyer_answers(order)),
        language=order.language,
    )
    with claims.claim(f"hold:{booking.hold_id}", seconds=75), recording(f"order:{order.pk}"):
        desk = cast(QuotingDesk, registry.provider(booking.account.name).bookings)
        found = desk.quote(booking.handle, details, keep)
        if booking.hold_id is not None:
            holding.take_quote(booking.hold_id, found.hold)
    placing.sync(order)
    fresh = Booking.objects.get(pk=booking.pk)
    # other prices of the same things: what was answered still stands
    fresh.details_at = clock.now()
    if found.delivery is not None:
        fresh.delivery_minor = found.delivery.minor
    if fresh.asked_minor is None:
        fresh.total_minor = fresh.tickets_minor + fresh.delivery_minor + fresh.protection_minor
    fresh.save(update_fields=["details_at", "delivery_minor", "total_minor"])
    placing.update_total(order)

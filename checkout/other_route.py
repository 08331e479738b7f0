"""Another way to pay a part, where its account may not book in its own way.

That shows only when it is to be booked, with the card authorised: the till lets the card go, and the part is paid in
the provider's other way from then on, with the same hold. Nothing here moves money or a status.
"""

from __future__ import annotations

from checkout.models import Booking
from checkout.states import call_staff, note
from shop.providers import registry

LOCKED = "not_unlocked"


def asked_of(booking: Booking) -> str:
    """What its provider is asked for (`Details.route`): "" is the account's own way. Raises Misconfigured."""
    if not booking.other_route:
        return ""
    other = registry.provider(booking.account.name).capabilities.other_payment
    return booking.other_route if booking.other_route == other else ""


def way_of(booking: Booking) -> str:
    """How this part will be paid, as `Payment.route` names it. Raises Misconfigured."""
    return asked_of(booking) or registry.provider(booking.account.name).capabilities.payment


def turn(booking: Booking, *, road: str) -> bool:
    """The provider refused the account this way of booking: from here on the other one. False: there is none.

    Staff is called in any case, for every buyer meets the same. Safe to repeat.
    """
    call_staff(booking.order, LOCKED, actor=road)
    other = registry.provider(booking.account.name).capabilities.other_payment
    if not other:
        return False
    if Booking.objects.filter(pk=booking.pk).exclude(other_route=other).update(other_route=other):
        note(booking, because=f"paid in another way from here on: {other}", actor=road)
    booking.other_route = other
    return True

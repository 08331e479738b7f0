"""Another way to pay a part, where its account may not book in its own way.

That shows only when it is to be booked, with the card authorised: the till lets the card go, and the part is paid in
the provider's other way from then on, with the same hold. Nothing here moves money or a status.
"""

from __future__ import annotations

from checkout.models import Booking, Order, Payment
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


def is_turned(booking: Booking) -> bool:
    """Whether its own way was refused and the other one is not begun: it is nobody's to pay just now."""
    return bool(booking.other_route) and not booking.route and booking.status == Booking.Status.PREPARED


def turned(order: Order) -> list[Booking]:
    return [one for one in order.bookings.select_related("order", "account") if is_turned(one)]


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


def story_of(booking: Booking) -> str:
    """What the buyer is told of the way that was closed: "" nothing, released, returned (the money had been taken)."""
    if not asked_of(booking):
        return ""
    taken = (Payment.Status.CAPTURED, Payment.Status.REFUNDED)
    return "returned" if booking.order.payments.filter(route="us", status__in=taken).exists() else "released"

"""Who sells a part of an order: the organiser where the provider names one, else the provider's account.

Every page and mail says the same name; beside money, where it stands for the first time, also through whom.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from baskets.models import Line
from checkout.models import Booking, OrderLine
from shop import words


@dataclass(frozen=True)
class Seller:
    """`account` takes the money and runs the payment page."""

    name: str
    account: str

    @property
    def through(self) -> str:
        """The name, and in brackets through whom, where that is somebody else."""
        return words.through(self.name, self.account)


def sellers_of(bookings: Iterable[Booking]) -> dict[int, Seller]:
    """Booking's pk -> who sells it, from its copied lines, or from the basket while there are none."""
    rows = list(bookings)
    names: dict[int, dict[str, None]] = {booking.pk: {} for booking in rows}
    copied = OrderLine.objects.filter(booking__in=rows, instance__isnull=False)
    for pk, name in copied.values_list("booking_id", "instance__event__seller"):
        names[pk].setdefault(name)
    by_hold = {b.hold_id: b.pk for b in rows if b.hold_id is not None and not names[b.pk]}
    held = Line.objects.filter(hold__in=by_hold, instance__isnull=False).exclude(
        state__in=[Line.State.GONE, Line.State.RELEASING]
    )
    for hold, name in held.values_list("hold_id", "instance__event__seller"):
        names[by_hold[hold]].setdefault(name)
    found = {}
    for booking in rows:
        title = booking.account.title
        said = dict.fromkeys(name or title for name in names[booking.pk]) or {title: None}
        found[booking.pk] = Seller(", ".join(said), title)
    return found

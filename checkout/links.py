"""Addresses that let somebody in: how long each of them lasts, and where that is held.

| address | who has it | opens | until |
|---|---|---|---|
| `/checkout/order/<token>/`, and all others with an order's token | the buyer: in the mail, on the page | the order and its tickets | `ORDER_LINK_DAYS` after the last date of the order; of an order that came to nothing, a month after it was placed |
| `.../documents/<token>/` | the order's page | one ticket | with the order |
| `/checkout/return/<token>/...`, `/checkout/charged/<signed>/` | the payment page that the buyer comes back from | asks how the payment stands, leads to the order; gives the basket back to a browser without a cookie while it is not paid | with the order |
| `/checkout/found/<signed>/` | the mail of "find my booking" | leads to the order | a day |
| `/checkout/guest/<token>/` | one guest, from the buyer | that guest's own fields | the end of the last date of that part; at once, when the buyer makes a new link |
| `/basket/asking/<token>/` | the visitor's own page, with the visitor's cookie | one errand of their browser | the errand |
| basket cookie | one browser | the baskets of one visitor | thirty days after it was used last; another one after an order is done, so that whoever came to the basket by a return address sees nothing of the next |
| session cookie of staff | one browser | the admin | `STAFF_SESSION_HOURS`, `STAFF_IDLE_MINUTES`; other key with the password and with the code; a new password or rank |
| cookie of a known browser | one browser | nothing: its wrong passwords are counted apart | half a year, or a new password |

Tokens are 192 random bits (`baskets.models.new_token`); signed ones carry a number and no token. What has ended is
answered with 410 and words, what never was with 404.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.core import signing
from django.db.models import Max

from checkout.models import Booking, Order, OrderLine
from shop import clock

FOUND_SALT = "checkout.found"
FOUND_FOR = timedelta(hours=24)
NOTHING_CAME_OF_IT = timedelta(days=30)
CAME_TO_NOTHING = (Order.Status.PLACED, Order.Status.EXPIRED, Order.Status.CANCELLED)
LONGEST_EVENT = timedelta(hours=12)  # where no end of a date is known


class Over(Exception):
    """The address was right and has ended. `guest`: it was a guest's."""

    def __init__(self, *, guest: bool = False, found: bool = False) -> None:
        super().__init__()
        self.guest, self.found = guest, found


def _last_date(**which: object) -> datetime | None:
    """When the last date of these lines is over; None where none of them has a date. One that was put off counts as it
    stands in the catalogue now."""
    lines = OrderLine.objects.filter(**which, starts_at__isnull=False)
    told = lines.aggregate(ends=Max("ends_at"), starts=Max("starts_at"), moved=Max("instance__starts_at"))
    known = [told["ends"], *(told[name] + LONGEST_EVENT for name in ("starts", "moved") if told[name])]
    return max((at for at in known if at is not None), default=None)


def order_ends(order: Order) -> datetime:
    """When the addresses of an order open nothing any more."""
    if order.status in CAME_TO_NOTHING:
        return order.placed_at + NOTHING_CAME_OF_IT
    return (_last_date(booking__order=order) or order.placed_at) + timedelta(days=settings.ORDER_LINK_DAYS)


def look_at_end(order: Order) -> None:
    """Raises `Over` where the order's addresses have ended. A young order costs no query."""
    shortest = min(NOTHING_CAME_OF_IT, timedelta(days=settings.ORDER_LINK_DAYS))
    now = clock.now()
    if now > order.placed_at + shortest and now > order_ends(order):
        raise Over


def guest_ends(booking: Booking) -> datetime | None:
    """When the links of a part's guests open nothing any more; None where it has no date."""
    return _last_date(booking=booking)


def look_at_guest_end(booking: Booking) -> None:
    end = guest_ends(booking)
    if end is not None and clock.now() > end:
        raise Over(guest=True)


def found_token(order: Order) -> str:
    """What stands in the mail of "find my booking": a number, signed, with the hour."""
    return signing.dumps(order.pk, salt=FOUND_SALT)


def found_order(text: str) -> Order | None:
    """The order behind it; None where it is forged. Raises `Over` where its day has passed."""
    try:
        pk = signing.loads(text, salt=FOUND_SALT, max_age=FOUND_FOR)
    except signing.SignatureExpired:
        raise Over(found=True) from None
    except signing.BadSignature:
        return None
    return Order.objects.filter(pk=pk).first()

"""The checkout on the box office's own pages: the basket there is the visitor's, and nothing leads back from it.

What a page in the visitor's browser saw (an order number, a basket that was emptied) is a hint: it makes us ask, and
proves nothing. The signed orders do, where the account may ask for them.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from django.db.models import Max, Q

from baskets import holding
from baskets.models import Basket, Errand, Hold, Line
from checkout import words
from checkout.models import Booking, Order, Payment
from shop import clock
from shop.providers import registry
from shop.providers.addresses import is_allowed
from shop.providers.errors import Misconfigured, ProviderError
from shop.providers.types import Capabilities

CANNOT_BE_ASKED = words.CANNOT_BE_ASKED
NOT_FOUND = "order_not_found"  # somebody says that it is paid, and the box office shows no such order
EMPTIED = "emptied"  # `Booking.returned`: the visitor's browser saw the basket there being emptied
NUMBER = re.compile(r"[0-9A-Za-z][0-9A-Za-z-]{1,39}")
UNPAID = (Booking.Status.HELD, Booking.Status.PREPARED)
# An end that a buyer may still contradict: they have paid after all.
MAY_BE_PAID = (*UNPAID, Booking.Status.LAPSED, Booking.Status.UNCERTAIN)


def _capabilities(name: str) -> Capabilities | None:
    try:
        return registry.provider(name).capabilities
    except Misconfigured:  # an account that is no longer sold
        return None


def is_hosted(booking: Booking) -> bool:
    """Whether this part is paid in a basket that is the visitor's own: its page tells us nothing."""
    found = _capabilities(booking.account.name)
    return found is not None and found.in_browser


def framed(booking: Booking, payment: Payment) -> bool:
    """Whether the page that takes the money may stand in a frame of ours."""
    found = _capabilities(booking.account.name)
    if found is None or payment.route != "there" or not payment.secret:
        return False
    if urlsplit(payment.secret).netloc.lower() not in found.frame_hosts:
        return False
    return is_allowed(payment.secret, registry.config(booking.account.name).allowed_hosts)


def will_be_framed(booking: Booking) -> bool:
    """Whether its payment page will stand in a frame of ours, as far as is known before it is named."""
    found = _capabilities(booking.account.name)
    return found is not None and found.payment == "there" and bool(found.frame_hosts)


def frame_name(booking: Booking) -> str:
    """The name by which the page in the frame wants to be called."""
    found = _capabilities(booking.account.name)
    return (found.frame_name if found else "") or "payment-frame"


def origin_of(address: str) -> str:
    """Scheme, host and port of an address, as a browser names the sender of a message."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}".lower()


# --- the visitor's browser, before the hand-over --------------------------------------------------------------


def is_old(hold: Hold) -> bool:
    """Whether the visitor was sent to pay since their browser last read this basket: it may be paid, or empty."""
    handed = Booking.objects.filter(hold_id=hold.pk).aggregate(last=Max("prepared_at"))["last"]
    if handed is None:
        return False
    read = Errand.objects.filter(hold=hold, state=Errand.State.DONE, problem__in=("", holding.NOT_READ_BACK))
    return not read.filter(served_at__gte=handed).exists()


def ask_browser(order: Order, *, then: str, number: bool = False, after: int = 0) -> None:
    """Have the visitor's browser read what is old and, with `number`, write our order number into each basket.

    Raises holding.BrowserAsks for the first hold behind `after` that needs it. What cannot be written is no reason to
    stop: the number only helps to find the order.
    """
    basket = Basket.objects.get(pk=order.basket_id)
    if order.status != Order.Status.PLACED or basket.status != Basket.Status.OPEN:
        return
    for hold in holding.in_browser(basket):
        if hold.pk <= after:
            continue
        found = _capabilities(hold.account.name)
        label = found.reference_label if found and number else ""
        onward = f"{then}?asked={hold.pk}" if number else then
        try:
            if label:
                holding.number(hold, label, order.number, onward)
            elif is_old(hold):
                holding.look(basket, hold, then=onward)
        except (ProviderError, holding.Busy):
            continue


def not_numbered(booking: Booking, order: Order) -> str:
    """A code of why our number is not in the basket there though it should be; "" where all is well."""
    found = _capabilities(booking.account.name)
    if found is None or not found.reference_label:
        return ""
    return holding.why_not(booking.hold_id, order.number)


# --- what was seen there --------------------------------------------------------------------------------------


def clean_number(said: str) -> str:
    """An order number as a confirmation page shows it; "" for what cannot be one."""
    found = said.strip().lstrip("#").strip()
    return found if NUMBER.fullmatch(found) else ""


def handed_over(order: Order) -> list[Booking]:
    """Parts whose buyer was sent to pay there, and whose end is not known for certain."""
    rows = order.bookings.filter(status__in=MAY_BE_PAID, prepared_at__isnull=False, payments__route="there")
    return [one for one in rows.select_related("account").distinct() if is_hosted(one)]


def told_of(order: Order, position: str) -> Booking | None:
    """The part that a page was about: the one it names, else the only one there is."""
    parts = handed_over(order)
    if not position and len(parts) == 1:
        return parts[0]
    return next((one for one in parts if str(one.position) == position), None)


def hint(booking: Booking, *, number: str = "", emptied: bool = False) -> None:
    """Keep what a browser saw. Told again it changes nothing; a number is more than an empty basket."""
    now, rows = clock.now(), Booking.objects.filter(pk=booking.pk, status__in=MAY_BE_PAID)
    if number:
        rows.exclude(hint=number, returned="success").update(hint=number, returned="success", returned_at=now)
    elif emptied:
        rows.filter(Q(returned="") | Q(returned="failure")).update(returned=EMPTIED, returned_at=now)


def says_paid(booking: Booking) -> None:
    """The buyer says so, and nobody else can be asked."""
    Booking.objects.filter(pk=booking.pk, status__in=MAY_BE_PAID).exclude(returned="success").update(
        returned="success", returned_at=clock.now()
    )


def let_go(booking: Booking) -> None:
    """What was in a basket there that is over is not offered as ours any more; it can be tried again.

    Should it be there all the same, the next reading by the visitor's browser shows it. A basket that their browser
    has read since the hand-over is known better than that: it may hold a fresh choice.
    """
    hold = Hold.objects.filter(pk=booking.hold_id).first()
    if hold is None or not is_old(hold):
        return
    live = (Line.State.HELD, Line.State.WISH, Line.State.CHANGED)
    Line.objects.filter(hold=hold, state__in=live).update(state=Line.State.GONE, problem="hold_expired")
    Hold.objects.filter(pk=hold.pk).update(beside={})


def is_taken(booking: Booking, reference: str) -> bool:
    """Whether the box office's order is that of another part: a basket is the visitor's word, its ids can be made up."""
    known = (Booking.Status.BOOKED, Booking.Status.TICKETED, Booking.Status.REFUNDED)
    if not reference or booking.status in known or not is_hosted(booking):
        return False
    others = Booking.objects.filter(account=booking.account_id, reference=reference[:100], status__in=known)
    return others.exclude(pk=booking.pk).exists()


def handed_over_since(booking: Booking) -> list[int]:
    """Parts that the same visitor was sent to pay at the same box office after this one, and that are not decided."""
    if booking.prepared_at is None or not is_hosted(booking):
        return []
    later = Booking.objects.filter(account=booking.account_id, prepared_at__gt=booking.prepared_at)
    mine = later.filter(order__basket__visitor=booking.order.basket.visitor, status__in=MAY_BE_PAID)
    return list(mine.order_by("-prepared_at").values_list("pk", flat=True))


def bought_again(booking: Booking) -> bool:
    """Whether the same visitor has paid for another order after this one was given up."""
    done = (Order.Status.PAID, Order.Status.FULFILLED)
    others = Order.objects.filter(basket__visitor=booking.order.basket.visitor, status__in=done)
    since = booking.prepared_at or booking.order.placed_at
    return others.filter(paid_at__gt=since).exclude(pk=booking.order_id).exists()

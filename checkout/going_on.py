"""What goes on with an order by itself, from pages, tasks and the sweep: our own till, free parts, attempts that died."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from baskets.models import Basket
from checkout import charging, placing, settling
from checkout.models import Booking, Order
from checkout.preparing import prepare
from checkout.states import can, move
from checkout.undoing import CLAIM_SECONDS, undo
from shop import claims, clock
from shop.providers.errors import ProviderError, Refused

log = logging.getLogger(__name__)
B, O = Booking.Status, Order.Status  # noqa: E741


def go_on(order_id: int) -> None:
    """What is due of our own till, and, when the paid parts are decided, the free ones."""
    charging.go_on(order_id)
    order = Order.objects.get(pk=order_id)
    if not _free_and_paid(order)[0]:
        return
    try:
        with claims.claim(f"pay:{order.pk}", seconds=CLAIM_SECONDS):
            order.refresh_from_db()
            free, paid = _free_and_paid(order)  # whoever had the claim a moment ago may have ended them
            if not _still_wanted(paid):
                _give_up(free, paid)
                return
            for booking in free:
                _book_free(order, booking)
    except claims.Taken:
        return


def _free_and_paid(order: Order) -> tuple[list[Booking], list[Booking]]:
    """The free parts whose turn it is, and the paid ones, which are decided then."""
    bookings = list(order.bookings.select_related("account"))
    paid = [b for b in bookings if b.total_minor > 0]
    if order.status != O.PAYING or any(b.status in settling.OPEN for b in paid):
        return [], paid
    return [b for b in bookings if b.status == B.HELD and b.total_minor == 0], paid


def _still_wanted(paid: Sequence[Booking]) -> bool:
    """Whether what is free is wanted by itself: something was bought with it, or the buyer left the rest out."""
    return not paid or any(b.status in settling.DONE or b.reason == "dropped" for b in paid)


def _give_up(free: Sequence[Booking], paid: Sequence[Booking]) -> None:
    """Nothing came of what it was chosen with: it is the buyer's to choose again, not booked behind their back."""
    to = B.LAPSED if any(b.status == B.LAPSED for b in paid) else B.REFUSED
    for booking in free:
        settling.end_part(booking, to, "with_the_rest", road="shop")


def _book_free(order: Order, booking: Booking) -> None:
    try:
        prepare(order, booking)
    except Refused as error:
        settling.end_part(booking, B.REFUSED, error.code, road="shop")
        return
    except (ProviderError, claims.Taken) as error:
        log.info("free part %s could not be booked yet: %s", booking.pk, type(error).__name__)
    settling.settle(booking.pk, road="free")


def recover(order_id: int) -> None:
    """What the sweep does with an order that stands still: undo an attempt that died, forget what is stale."""
    order = Order.objects.select_related("basket").get(pk=order_id)
    now = clock.now()
    if order.status == O.PAYING:
        Order.objects.filter(pk=order.pk).update(due_at=now + settling.SLOW)
        go_on(order.pk)
        settling.follow(order.pk, road="sweep")
        return
    if order.status != O.PLACED or claims.is_taken(f"pay:{order.pk}"):
        Order.objects.filter(pk=order.pk).update(
            due_at=None if order.status != O.PLACED else now + settling.SLOW
        )
        return
    if order.basket.status == Basket.Status.FROZEN:
        undo(order, "an attempt to pay was interrupted")
        return
    if order.basket.status != Basket.Status.OPEN or now - order.placed_at > placing.STALE_AFTER:
        if can(order, O.EXPIRED):
            move(order, O.EXPIRED, because="nobody went on with it", actor="sweep", due_at=None)
        return
    Order.objects.filter(pk=order.pk).update(due_at=now + placing.STALE_AFTER)

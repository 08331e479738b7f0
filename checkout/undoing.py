"""The way back: a choice is the buyer's again, at no cost, after making sure that nothing was booked or paid.

What may have been begun at a box office is asked about first, the money to us is let go after: so nobody loses the one
because of the other. A payment that somebody makes all the same is seen by the looks that go on, and wins.
"""

from __future__ import annotations

from datetime import datetime

from checkout import charging, following, our_till, placing, settling
from checkout.models import Booking, Order, Payment
from checkout.preparing import UNPAID
from checkout.standing import Step, current
from checkout.states import move
from shop import claims, clock
from shop.problems import problem

B, O, P = Booking.Status, Order.Status, Payment.Status  # noqa: E741
CLAIM_SECONDS = 120  # of whoever prepares, undoes or goes on with an order
TOLD = {"unasked": "not_dropped", "on_hold": "letting_go"}  # what `undo` says -> what the buyer is told


def undo(order: Order, because: str, *, dropped: bool = False) -> str | None:
    """Give the basket back. Not None: something is booked, may be, or could not be asked about, so it stays: a status,
    "unasked", or "paid" where it is booked as soon as somebody answers; or everything has ended, and the money is still
    on its way back ("returned") or on hold ("on_hold").
    `dropped`: the buyer wants none of it, whether the payment company answers or not.
    """
    asked_at = clock.now()
    theirs = order.bookings.exclude(route=our_till.US)
    if not all(_asked(pk, asked_at) for pk in _prepared(theirs)):
        return "unasked"  # it may have been paid: nobody is told otherwise before that is known
    if (found := _not_undone(order)) is not None:
        return found
    if not charging.let_go(order, because=because, road="before giving back"):
        return _give_back(order, dropped=dropped)
    for pk in _prepared(order.bookings.filter(route=our_till.US)):
        settling.settle(pk, road="before giving back")
    if (found := _not_undone(order)) is not None:
        return found
    for booking in order.bookings.filter(status__in=UNPAID):
        settling.payment_failed(booking, because=because, actor="buyer")
    order.refresh_from_db()
    if order.status == O.PAYING:
        move(order, O.PLACED, because=because, actor="buyer")
    Order.objects.filter(pk=order.pk, status=O.PLACED).update(due_at=clock.now() + placing.STALE_AFTER)
    following.thaw(order)
    return None


def _prepared(rows: object) -> list[int]:
    found = rows.filter(prepared_at__isnull=False, status__in=UNPAID)  # type: ignore[attr-defined]
    return list(found.values_list("pk", flat=True))


def _asked(booking_id: int, asked_at: datetime) -> bool:
    """Ask how a part stands. False: it was not to be asked, and its buyer was on the way to pay for it."""
    asked = settling.settle(booking_id, road="before giving back")
    if asked.looked_at is not None and asked.looked_at >= asked_at:
        return True
    return not asked.payments.filter(status=P.BEGUN).exists()


def _not_undone(order: Order) -> str | None:
    """What of an order is booked, or perhaps booked: then what is paid to us goes on with it."""
    undecided = order.bookings.filter(status__in=(B.BOOKED, B.TICKETED, B.CONFIRMING, B.UNCERTAIN)).first()
    order.refresh_from_db()
    if undecided is None:
        return None
    if order.status == O.PLACED:
        move(order, O.PAYING, because="a part is booked already", actor="shop", due_at=clock.now())
    following.follow(order.pk, road="before giving back")
    return str(undecided.status)


def _give_back(order: Order, *, dropped: bool) -> str:
    """Money that was taken at once, or that is on hold at a payment company which does not answer just now, for parts
    that nobody was asked to book. They end here and now, so nothing is booked however long it takes; the money goes back,
    or is let go, by itself, and the choice is the buyer's again with it."""
    payment = our_till.payment_of(order)
    if payment is None or payment.status not in (P.CAPTURED, P.AUTHORISED):
        return "unasked"
    if not charging.is_untouched(order) or (payment.status == P.AUTHORISED and not dropped):
        return "paid"
    # what is free first, then ours: once the others are decided, whoever comes by would have these booked
    waiting = order.bookings.filter(status__in=UNPAID)
    for booking in sorted(waiting, key=lambda one: (one.total_minor > 0, one.route != our_till.US)):
        settling.end_part(booking, B.REFUSED, "dropped", road="buyer")
    if (found := _not_undone(order)) is not None:
        return found  # whoever has the payment in hand had it booked this very moment
    settled = charging.settle_payment(payment.pk, road="before giving back")
    return "on_hold" if settled.status == P.AUTHORISED else "returned"


def returned_unpaid(booking: Booking) -> Step:
    """The buyer came back from a failure and the provider says: not paid. The tickets are still held.

    Alone, its choice is the buyer's again; one of several leaves them to try again, to go on without it, or to drop
    everything.
    """
    order = booking.order
    payment = booking.payments.order_by("-pk").first()
    if booking.status not in UNPAID or order.status != O.PAYING or payment is None:
        return current(order)
    if payment.route == "their_form":
        return current(order)  # the same form takes another card
    settling.payment_failed(booking, because="the buyer came back without having paid", actor="return")
    if order.bookings.exclude(pk=booking.pk).filter(total_minor__gt=0).exists():
        return current(order)
    if undo(order, "the payment did not come about") is not None:
        return Step("thanks")
    return Step("review", booking=booking)


def cancel(order: Order) -> Step:
    """Back to the basket, whatever was begun; unless something is booked or being checked."""
    try:
        with claims.claim(f"pay:{order.pk}", seconds=CLAIM_SECONDS):
            order.refresh_from_db()
            if order.status not in (O.PLACED, O.PAYING):
                return Step("thanks")
            if order.bookings.filter(status__in=UNPAID, returned="success").exists():
                return Step("thanks")  # somebody says that money is under way
            left = undo(order, "the buyer went back to the basket", dropped=True)
            if left is None:
                return Step("basket")
            return Step("thanks", problem=problem(TOLD[left]) if left in TOLD else None)
    except claims.Taken:
        return Step("busy", problem=problem("taken"))
